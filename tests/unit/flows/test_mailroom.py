"""What becomes of a send whose provider has been taken out of the settings meanwhile."""

from pathlib import Path

from flows import mailroom
from flows.worker_context import WorkerContext
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.outbox.queue import Claimed
from notifications.provider import Outgoing, Unknown
from settings import Settings
from store.installation import Installation


async def test_a_provider_that_is_not_set_up_any_more_cannot_say_and_stops_no_search(
    tmp_path: Path, sqlite_url: str
) -> None:
    installation = Installation.open(Settings(home=tmp_path, database_url=sqlite_url))
    here = WorkerContext(installation, registry.providers(installation.settings))
    mail = Outgoing(7, Channel.EMAIL, "desk@mu.example")

    said = await mailroom._asked(here, Claimed(7, mail, "smtp-second"))
    installation.close()

    assert said == Unknown("its provider is not set up here any more")
