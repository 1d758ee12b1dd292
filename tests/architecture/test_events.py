"""The types of the ledger stand in store/events.py alone, and each is written by somebody."""

import ast
import re
from collections.abc import Iterator

import pytest

from store.events import Noted
from tests.support.rooms import Source, read, sources

HOME = "store/events.py"
A_TYPE = re.compile(r"(?<![\w.])cm\.(?:[a-z_]+\.|$)")


def types_of(source: Source) -> Iterator[str]:
    """Texts that are a type of the ledger, begin one, or are put together to one."""
    for node in source.nodes:
        match node:
            case ast.Constant(value=str(text)) if A_TYPE.search(text):
                yield f"{source.path}:{node.lineno}"


def members_in(source: Source) -> Iterator[str]:
    for node in source.nodes:
        match node:
            case ast.Attribute(value=ast.Name(id=Noted.__name__), attr=name):
                yield name


def test_no_type_of_the_ledger_is_spelt_outside_the_catalogue() -> None:
    found = [place for source in sources() for place in types_of(source)]

    assert {place.partition(":")[0] for place in found} == {HOME}, found


@pytest.mark.parametrize(
    "text",
    [
        "append(session, 'cm.notice.answered.v1')",
        "append(session, f'cm.{noun}.made.v1')",
        "append(session, 'cm.notice.' + participle)",
        "select(LedgerEntry).where(LedgerEntry.type.startswith('cm.breaker.'))",
        "text(\"SELECT 1 FROM ledger_entry WHERE type = 'cm.need.told.v1'\")",
    ],
)
def test_a_type_that_is_spelt_elsewhere_would_be_found(text: str) -> None:
    assert list(types_of(read(text)))


@pytest.mark.parametrize("text", ["domain = 'cm.example'", "Noted.NEED_TOLD", "'12 cm. wide'"])
def test_what_is_no_type_is_left_in_peace(text: str) -> None:
    assert not list(types_of(read(text)))


def test_every_event_that_can_be_noted_is_named_by_somebody() -> None:
    named = {name for source in sources() if source.path != HOME for name in members_in(source)}

    assert named == set(Noted.__members__)
