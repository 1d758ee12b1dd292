"""What becomes of a send whose provider has been taken out of the settings meanwhile."""

from pathlib import Path

from flows import mailroom
from flows.worker_context import Premises
from mechanism.vocabulary import Channel
from notifications import registry
from notifications.outbox.queue import Claimed
from notifications.provider import Outgoing, Unknown
from settings import Settings
from store.installation import House


async def test_a_provider_that_is_not_set_up_any_more_cannot_say_and_stops_no_search(
    tmp_path: Path, sqlite_url: str
) -> None:
    house = House.open(Settings(home=tmp_path, database_url=sqlite_url))
    here = Premises(house, registry.providers(house.settings))
    mail = Outgoing(7, Channel.EMAIL, "desk@mu.example")

    said = await mailroom._asked(here, Claimed(7, mail, "smtp-second"))
    house.close()

    assert said == Unknown("its provider is not set up here any more")
