"""Demonstrate: everything on loopback, with a fictional roster and people who answer.

The demonstration's house is made anew at each start, and its clock runs fast, so that a newcomer
sees a consultation happen within two minutes.
"""

import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import yaml

from convening import activate
from operations import personas
from operations.rehearsal import EXAMPLES
from operations.supervisor import Part, convene, prefect_server
from playbooks.schema import load
from playbooks.situation import Place, SituationFacts, SituationKind
from settings import Settings
from store import directory, roster
from store.clock import SystemClock, set_clock
from store.installation import Installation
from store.migrations import migrate
from store.session import Database

RATE: Final = 20.0  # told seconds in a real one: the first reminder comes after 45 seconds
MINUTES: Final = (1.0, 9.0)  # within which a persona that answers does so: 3 to 27 real seconds


def installation_parts(settings: Settings) -> list[Part]:
    """Web and engine, and Prefect's server where the settings name a local one."""
    parts = [
        Part("web", convene("web"), f"http://127.0.0.1:{settings.web_port}/sign-in"),
        Part("engine", convene("engine")),
    ]
    if settings.prefect_api.startswith("http://127.0.0.1:"):
        parts.append(prefect_server(settings))
    return parts


def gateway_part(settings: Settings, *, persona_file: Path, rate: float) -> Part:
    """The simulated world outside."""
    command = convene("gateway", "--personas", str(persona_file), "--rate", str(rate))
    return Part("gateway", command, f"{settings.sms_api}/_gateway/")


def prepare(settings: Settings, *, rate: float, seed: int) -> Path:
    """A new installation with the fictional roster, a fast clock; the file of its personas."""
    shutil.rmtree(settings.home, ignore_errors=True)
    database = Database(settings.database)
    migrate(database)
    now = datetime.now(UTC)
    with database.transaction() as session:
        read = roster.read_roster(
            (EXAMPLES / "roster.yaml").read_text("utf-8"), source="roster.yaml"
        )
        directory.import_roster(session, read, now=now)
        played = personas.cast(directory.members(session), seed=seed, minutes=MINUTES)
    set_clock(database, now=now, rate=rate)
    database.close()
    path = settings.home / "personas.yaml"
    path.write_text(yaml.safe_dump(played), encoding="utf-8")
    return path


def preview(name: str, *, settings: Settings) -> Iterator[str]:
    """What each office of the example roster would get under a playbook, as plain text."""
    with tempfile.TemporaryDirectory() as folder:
        there = settings.model_copy(update={"home": Path(folder), "database_url": ""})
        prepare(there, rate=1.0, seed=1)
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
            session, activate.Wish(facts, members), government="AU", now=now,
            settings=installation.settings,
        )  # fmt: skip
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
