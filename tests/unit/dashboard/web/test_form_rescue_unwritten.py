"""A database that takes nothing: what can be read is read, and nothing that was typed is lost."""

import html
import re
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event, text

from dashboard.app import create_app
from dashboard.web import sessions
from settings import Settings
from store.installation import Installation
from store.session import Database
from store.tables import Draft, Message
from tests.support.clock import ToldTime
from tests.support.consultation import activated, token_of
from tests.support.five_members import furnish
from tests.support.web import HOST, Browser, a_client, signed_in

BOARD = "/situation/BP-2026-001"
WRITTEN = "A boat <b>adrift</b>, its people on the roof"


@pytest.fixture
def installation(database: Database, tmp_path: Path, told: ToldTime) -> Installation:
    installation = Installation(
        Settings(home=tmp_path, public_url="http://localhost:8080"), database, told
    )
    furnish(installation.database)
    activated(installation)
    return installation


@pytest.fixture
def co_chair(installation: Installation, real: ToldTime) -> Browser:
    client = a_client(create_app(installation, real_now=real.now), "http://localhost:8080")
    client.headers["Sec-Fetch-Site"] = "same-origin"
    client.cookies.set("cm", signed_in(installation, "co_chair-au", real.now()), domain=HOST)
    return Browser(client)


@dataclass(frozen=True)
class Shut:
    """A database that can be made read-only, as an operator or a failed-over server would."""

    database: Database

    def begins(self) -> None:
        if self.database.is_sqlite:
            event.listen(self.database.engine, "connect", _only_query)
        else:
            self._alter("on")
        self.database.engine.dispose()

    def ends(self) -> None:
        if self.database.is_sqlite:
            event.remove(self.database.engine, "connect", _only_query)
        else:
            self._alter("off")
        self.database.engine.dispose()

    def _alter(self, value: str) -> None:
        name = self.database.engine.url.database
        with self.database.engine.begin() as connection:
            connection.execute(text("SET TRANSACTION READ WRITE"))
            connection.execute(
                text(f'ALTER DATABASE "{name}" SET default_transaction_read_only = {value}')
            )


@pytest.fixture
def shut(installation: Installation) -> Shut:
    return Shut(installation.database)


def _only_query(raw: Any, _record: object) -> None:
    raw.execute("PRAGMA query_only=ON")


@pytest.mark.check(46)
def test_what_was_typed_is_on_the_page_that_says_that_nothing_was_written(
    installation: Installation, co_chair: Browser, shut: Shut
) -> None:
    co_chair.open("/new")
    shut.begins()

    co_chair.send("/new", {"title": WRITTEN, "kind": "exercise", "then": "preview"}, status=503)

    assert "The database takes nothing now" in co_chair.page
    assert "Nothing was sent and nothing was changed." in co_chair.page
    assert "tell the operator the reference" in co_chair.page
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', co_chair.page))
    assert html.unescape(fields["title"]) == WRITTEN
    assert fields["kind"] == "exercise"
    assert WRITTEN not in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Draft).count() == 0


def test_the_same_form_goes_through_once_the_database_takes_it_again(
    installation: Installation, co_chair: Browser, shut: Shut
) -> None:
    co_chair.open("/new")
    shut.begins()
    typed = {"title": WRITTEN, "playbook": "maritime-distress", "then": "preview"}
    co_chair.send("/new", typed, status=503)
    shut.ends()

    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', co_chair.page))
    co_chair.send("/new", {name: html.unescape(value) for name, value in fields.items()})

    with installation.database.reading() as session:
        assert session.query(Draft).one().form["title"] == WRITTEN


def test_an_act_that_is_asked_for_once_more_is_kept_too_and_its_proof_is_not(
    installation: Installation, co_chair: Browser, shut: Shut
) -> None:
    co_chair.open(f"{BOARD}/text")
    shut.begins()
    words = {"kind": "withdrawal", "withdrawal_title": "Withdrawn", "withdrawal_body": WRITTEN}

    co_chair.send(f"{BOARD}/text", {**words, "proof_code": "123456"}, status=503)

    assert html.escape(WRITTEN) in co_chair.page
    assert "123456" not in co_chair.page
    with installation.database.reading() as session:
        assert "withdrawal" not in {m.purpose.value for m in session.query(Message)}


def test_the_boards_can_be_read_for_hours_by_whoever_is_in(
    co_chair: Browser, real: ToldTime, shut: Shut
) -> None:
    shut.begins()
    real.passes(sessions.TOUCH_EVERY + timedelta(seconds=1))  # it would be noted that she is here

    for path in ("/", BOARD, f"{BOARD}/call", f"{BOARD}/text", "/directory", "/playbooks"):
        assert co_chair.client.get(path).status_code == 200, path


def test_the_members_page_says_that_the_telephone_is_left(
    installation: Installation, co_chair: Browser, shut: Shut
) -> None:
    token = token_of(installation, 1, "BD")
    shut.begins()

    answer = co_chair.client.post(f"/a/{token}", data={"answer": "received"})

    assert answer.status_code == 503
    assert "use the telephone" in answer.text
