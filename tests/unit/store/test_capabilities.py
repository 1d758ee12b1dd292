"""What the directory itself says of SMS to a country survives import and export."""

from datetime import UTC, datetime

import pytest
from sqlalchemy.orm import Session

from store import capabilities
from store.capabilities import Known
from store.directory import export_roster, import_roster
from store.roster import read_roster
from tests.support.rosters import SMALL
from validation import InvalidFileError

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
COUNTRIES = """\
countries:
  - country: "BD"
    provider: twilio
    two_way: yes
    source: drill of the duty desk
    as_of: 2026-11-01
    proved_by_drill_at: 2026-11-01
  - country: "CN"
    links_allowed: "no"
    forbidden_content: [Political]
    source: the embassy's note 12
    as_of: 2026-10-02
"""


def test_a_roster_says_what_is_known_here_of_a_country(session: Session) -> None:
    report = import_roster(session, read_roster(SMALL + COUNTRIES, source="r.yaml"), now=NOW)

    own = capabilities.overrides(session)
    assert own["BD", "twilio"].two_way is Known.YES
    assert own["CN", "any"].forbidden_content == ("political",)
    assert "SMS to BD by twilio" in report.changed


def test_what_is_exported_reads_back_as_the_same(session: Session) -> None:
    first = read_roster(SMALL + COUNTRIES, source="r.yaml")
    import_roster(session, first, now=NOW)

    again = read_roster(export_roster(session), source="r.yaml")

    assert again == first


def test_a_second_import_changes_nothing_and_a_missing_row_is_gone(session: Session) -> None:
    import_roster(session, read_roster(SMALL + COUNTRIES, source="r.yaml"), now=NOW)
    same = import_roster(session, read_roster(SMALL + COUNTRIES, source="r.yaml"), now=NOW)
    none = import_roster(session, read_roster(SMALL + "countries: []\n", source="r.yaml"), now=NOW)

    assert (same.changed, same.retired) == ([], [])
    assert none.retired == ["SMS to BD by twilio", "SMS to CN by any"]
    assert not capabilities.overrides(session)


def test_a_roster_without_a_word_about_countries_leaves_them(session: Session) -> None:
    import_roster(session, read_roster(SMALL + COUNTRIES, source="r.yaml"), now=NOW)
    import_roster(session, read_roster(SMALL, source="r.yaml"), now=NOW)

    assert len(capabilities.overrides(session)) == 2


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ('country: "BD"', 'country: "ZZ"', "no country has the code 'ZZ'"),
        ("two_way: yes", "two_way: perhaps", "two_way"),
        ("    as_of: 2026-10-02\n", "", "as_of"),
        ("provider: twilio", "provider: Twilio Inc.", "provider"),
        ('country: "CN"', 'country: "BD"\n    provider: twilio', "is there already"),
        ("links_allowed", "lynx_allowed", "lynx_allowed"),
    ],
)
def test_a_mistake_names_the_row_and_what_is_wrong(before: str, after: str, said: str) -> None:
    assert before in COUNTRIES
    with pytest.raises(InvalidFileError) as refused:
        read_roster(SMALL + COUNTRIES.replace(before, after), source="r.yaml")

    assert "countries" in str(refused.value)
    assert said in str(refused.value)
