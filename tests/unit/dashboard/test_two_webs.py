"""Two web processes over one database: what comes in by one is seen on a board at the other."""

import re
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from convening import accounts
from mechanism.vocabulary import Channel
from operations.parts import environment
from operations.supervisor import Part, Together, convene
from settings import Settings
from store.clock import SystemClock
from store.installation import Installation
from store.session import Database
from store.tables import Activation
from tests.support.consultation import activated, token_of
from tests.support.five_members import furnish
from tests.support.patience import PATIENCE
from tests.support.ports import free_ports
from tests.support.web import signed_in

pytestmark = pytest.mark.servers

SHOWN = re.compile(r'aria-label="(\d+) of \d+ members have acknowledged"')


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    settings = Settings(home=tmp_path, database_url=database.url, prefect_api="")
    installation = Installation(settings, database, SystemClock())
    furnish(installation.database)
    return installation


@contextmanager
def webs(installation: Installation) -> Iterator[tuple[str, str]]:
    """The addresses of two processes of their own."""
    with ExitStack() as stack:
        for port, inbox in zip(ports := free_ports(2), free_ports(2), strict=True):
            url = f"http://127.0.0.1:{port}"
            chosen = {"web_port": port, "public_url": url, "inbox_port": inbox}
            settings = installation.settings.model_copy(update=chosen)
            part = Part(f"web-{port}", convene("web"), f"{url}/sign-in")
            logs = installation.settings.home / "log"
            web = Together([part], environ=environment(settings), logs=logs)
            stack.enter_context(web).wait_ready(seconds=PATIENCE)
        yield f"http://127.0.0.1:{ports[0]}", f"http://127.0.0.1:{ports[1]}"


def acknowledges(url: str) -> None:
    with httpx.Client(headers={"Sec-Fetch-Site": "same-origin"}) as phone:
        form_id = re.search(r'name="form_id" value="([^"]+)"', phone.get(url).text)
        sent = phone.post(
            url, data={"form_id": form_id[1] if form_id else "", "answer": "received"}
        )
    assert sent.status_code == 303, sent.text


def versions(stream: httpx.Response) -> Iterator[str]:
    for line in stream.iter_lines():
        if line.startswith("data: "):
            yield line.removeprefix("data: ")


def test_an_acknowledgement_through_one_is_shown_on_a_board_at_the_other(
    installation: Installation,
) -> None:
    number = activated(installation)
    link = token_of(installation, number, "BD", Channel.SMS)
    with installation.database.reading() as session:
        reference = session.get_one(Activation, number).situation.reference
    cookies = {"cm": signed_in(installation, "co_chair-id", accounts.real_now())}

    with (
        webs(installation) as (one, other),
        httpx.Client(cookies=cookies, timeout=PATIENCE) as visitor,
    ):
        board = f"{other}/situation/{reference}"
        with visitor.stream("GET", f"{board}/live") as stream:
            told = versions(stream)
            first = next(told)
            before = SHOWN.search(visitor.get(f"{board}/board").text)

            acknowledges(f"{one}/a/{link}")

            version = next(version for version in told if version != first)
            after = SHOWN.search(visitor.get(f"{board}/board?version={version}").text)

    assert before is not None
    assert after is not None
    assert int(after[1]) == int(before[1]) + 1
