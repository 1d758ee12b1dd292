"""Test the contacts: an exercise to every member of the Ad Hoc Group, through the same code path.

Nothing about it is special: the playbook, the ladder and the scoring are a real activation's.
"""

from collections.abc import Iterable
from datetime import datetime

from prefect import flow

from convening import activate
from convening.activate import Wish
from flows.worker_context import worker_context
from mechanism.vocabulary import MemberRole
from playbooks.situation import Place, SituationFacts, SituationKind
from store import directory
from store.act import ENGINE, Act, Actor
from store.installation import Installation
from store.tables import Member

SCHEDULE = Actor("operator", "schedule", role="secretariat")


@flow(name="comms check")
async def comms_check(government: str) -> int:
    """Ask every member of the Ad Hoc Group to acknowledge; the activation's id.

    `government` is the co-chair in whose name it goes out, as the Co-Chairs agreed beforehand.
    """
    async with worker_context() as here:
        return ask_everybody(here.installation, government=government)


def ask_everybody(installation: Installation, *, government: str) -> int:
    """Draw up and trigger the contact test; the engine then sends it."""
    with installation.database.transaction() as session:
        now = installation.now()
        wish = Wish(_facts(now), _ad_hoc_group(directory.members(session)))
        plan = activate.draw_up(
            session, Act(ENGINE, now, government=government), wish, settings=installation.settings
        )
        return activate.activate(
            session,
            Act(SCHEDULE, now, signature="Scheduled contact test", government=government),
            wish,
            confirmed=plan.hash,
            settings=installation.settings,
        ).id


def _ad_hoc_group(members: Iterable[Member]) -> tuple[str, ...]:
    return tuple(m.code for m in members if MemberRole.AD_HOC_GROUP in m.roles)


def _facts(now: datetime) -> SituationFacts:
    return SituationFacts(
        kind=SituationKind.EXERCISE,
        title="Monthly contact test",
        short_title="Monthly contact test",
        what_happened="This is a contact test. There is no emergency.",
        where=Place(name="No place"),
        as_of=now,
        playbook="generic",
    )
