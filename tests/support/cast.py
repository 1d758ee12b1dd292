"""Who plays in the journeys, and what has happened? A fictional roster and a fictional boat."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from mechanism.vocabulary import Channel, Rank
from playbooks.situation import FigureFacts, Place, Range, SituationFacts, SituationKind
from store import directory, roster
from store.session import Database

NOW: Final = datetime(2026, 11, 23, 3, 40, tzinfo=UTC)
ROSTER: Final = Path(__file__).with_name("roster.yaml")
RANKS: Final = {
    "focal point": Rank.PRIMARY,
    "alternate": Rank.ALTERNATE_1,
    "duty officer": Rank.DUTY_OFFICER,
}


def furnish(database: Database) -> None:
    """Put the whole cast into the directory."""
    read = roster.read_roster(ROSTER.read_text("utf-8"), source=ROSTER.name)
    with database.transaction() as session:
        directory.import_roster(session, read, now=NOW)


def addresses_of(database: Database, office: str) -> dict[Channel, str]:
    """The addresses of, for example, the "alternate of Atlantis"."""
    rank, _, member = office.partition(" of ")
    with database.reading() as session:
        return {
            contact.channel: contact.address
            for focal_point in directory.offices_of(session, member.upper())
            if focal_point.rank is RANKS[rank]
            for contact in focal_point.contact_points
        }


def facts(
    *, playbook: str = "maritime-distress", kind: SituationKind = SituationKind.REAL
) -> SituationFacts:
    """A boat in distress, of which little is known."""
    return SituationFacts(
        kind=kind,
        title="Boat in distress, Sunken Sea",
        short_title="Boat in distress, Sunken Sea",
        what_happened="A wooden boat with persons on board drifts since the evening.",
        where=Place(name="Sunken Sea", latitude=6.5, longitude=95.2),
        as_of=NOW,
        figures=(
            FigureFacts.model_validate(
                {
                    "label": "Persons on board",
                    "kind": "observed",
                    "value": Range(minimum=80, maximum=120),
                    "unit": "persons",
                    "as_of": NOW,
                    "source": "Telephone call from the boat",
                    "status": "reported",
                }
            ),
        ),
        playbook=playbook,
    )
