"""Every row of the security checklist is shown by a test, or stated where anybody can look."""

from docs.reference import security_checklist


def test_every_row_of_the_checklist_is_shown_or_stated() -> None:
    every = security_checklist.rows()

    assert [row.number for row in every] == list(range(1, 47))
    assert [row.number for row in every if not row.green] == []
