"""A reference is found again as it was written, whatever a mail program has done around it."""

import pytest

from mechanism.reference import first_reference, reference, without_references
from mechanism.vocabulary import Kind


@pytest.mark.parametrize(
    ("kind", "number", "written"),
    [
        (Kind.REAL, 3, "BP-2026-003"),
        (Kind.EXERCISE, 3, "BP-X-2026-003"),
        (Kind.REAL, 1204, "BP-2026-1204"),
    ],
)
@pytest.mark.parametrize("around", ["{}", "Re: [{}] Urgent", "AW: {}: received", "({})."])
def test_what_is_written_is_found_in_a_subject(
    kind: Kind, number: int, written: str, around: str
) -> None:
    assert reference(kind, 2026, number) == written

    assert first_reference(around.format(written)) == written
    assert first_reference(around.format(written.lower())) == written
    assert written not in without_references(around.format(written))


@pytest.mark.parametrize(
    "other", ["", "Consultation", "ABP-2026-003", "BP-26-003", "BP-Y-2026-003"]
)
def test_what_is_none_is_not_taken_for_one(other: str) -> None:
    assert first_reference(other) is None
    assert without_references(other) == other
