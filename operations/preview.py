"""What would each office of the example roster get under a playbook?"""

import tempfile
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from convening import activate
from operations.examples import ROSTER
from operations.furnish import furnish
from playbooks.schema import load
from playbooks.situation import Place, SituationFacts, SituationKind
from settings import Settings
from store import directory
from store.act import ENGINE, Act
from store.clock import SystemClock
from store.installation import Installation
from store.session import Database


def preview(name: str, *, settings: Settings) -> Iterator[str]:
    """What each office of the example roster would get under a playbook, as plain text."""
    with tempfile.TemporaryDirectory() as folder:
        there = settings.model_copy(update={"home": Path(folder), "database_url": ""})
        furnish(there, ROSTER, seed=1, minutes=(1.0, 9.0), rate=1.0)
        installation = Installation(there, Database(there.database), SystemClock())
        try:
            yield from _shown(installation, name)
        finally:
            installation.close()


def _shown(installation: Installation, name: str) -> Iterator[str]:
    now = installation.now()
    facts = _facts_for(name, now)
    with installation.database.reading() as session:
        everybody = tuple(member.code for member in directory.members(session))
        members = activate.asked_by_playbook(session, facts) or everybody
        plan = activate.draw_up(
            session,
            Act(ENGINE, now, government="AU"),
            activate.Wish(facts, members),
            settings=installation.settings,
        )
        calls = (line for line in plan.calls if line not in plan.lines)
        for line in (*plan.to_co_chairs, *plan.lines, *calls):
            words = plan.shown(line, now=now)
            head = f"{line.member.display_name}, {line.office.office}, by {line.contact.channel}"
            yield "\n".join(
                part for part in ("-" * 78, head, words.subject, "", words.body) if part
            )


def _facts_for(name: str, now: datetime) -> SituationFacts:
    _, playbook = load(name)
    wording = playbook.wording
    return SituationFacts(
        kind=SituationKind.EXERCISE,
        title=wording.title,
        short_title=wording.short_title,
        what_happened="What has happened stands here.",
        where=Place(name="The place stands here"),
        as_of=now,
        playbook=name,
        states_by_role=dict(playbook.ask.suggested),
    )
