"""What a check page says when what would be sent is no longer what was looked at."""

import html
import re
from collections.abc import Callable

import pytest
from sqlalchemy.orm import Session

from mechanism.vocabulary import Rank
from store.installation import Installation
from store.tables import ContactPoint, Draft, FocalPoint
from tests.support.five_members import NOW
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import confirmed, drafted


def another_address(session: Session) -> None:
    contact = session.query(ContactPoint).filter_by(address="desk1@bd.example").one()
    contact.address = "other@bd.example"


def another_text(session: Session) -> None:
    draft = session.query(Draft).one()
    draft.form = {**draft.form, "what_happened": "Seven boats, not six."}


def another_deadline(session: Session) -> None:
    draft = session.query(Draft).one()
    draft.form = {**draft.form, "deadline": "120"}


def one_member_less(session: Session) -> None:
    draft = session.query(Draft).one()
    draft.form = {**draft.form, "members": ["AU", "ID", "BD", "LK"]}


def one_office_less(session: Session) -> None:
    office = session.query(FocalPoint).filter_by(member_code="TH", rank=Rank.ALTERNATE_1).one()
    office.retired_at = NOW


def looked_at(co_chair: Browser) -> tuple[str, dict[str, str]]:
    """A check page, and what its form carries."""
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    parts = re.search(r'name="parts" value="([^"]+)"', co_chair.page)
    assert parts is not None
    return path, {**form, "parts": html.unescape(parts[1])}


def said(page: str) -> list[str]:
    """What the page says has changed."""
    note = page.partition("has changed since you looked")[2].partition("</div>")[0]
    return re.findall(r"<li>(.*?)\.</li>", note)


@pytest.mark.parametrize(
    ("happens", "words"),
    [
        (another_address, ["Bangladesh: its offices or addresses"]),
        (another_text, ["The situation: its title, text or figures"]),
        (another_deadline, ["The time to acknowledge"]),
        (one_member_less, ["TH would no longer be written to"]),
        (one_office_less, ["Thailand: its offices or addresses"]),
    ],
)
@pytest.mark.check(8)
def test_what_has_changed_is_named_and_the_page_sends_it_as_it_is_now(
    browser: NewBrowser,
    installation: Installation,
    happens: Callable[[Session], None],
    words: list[str],
) -> None:
    co_chair = browser("co_chair-au")
    path, form = looked_at(co_chair)
    with installation.database.transaction() as session:
        happens(session)

    co_chair.send(path, form, status=409)

    assert said(co_chair.page) == words
    assert co_chair.send(path, confirmed(co_chair, path)).endswith("?done=sent")


@pytest.mark.parametrize("parts", ["", "{}", "[1]", "nonsense", '{"a":' * 3000, '{"XX": "<b>"}'])
def test_where_it_cannot_be_said_the_page_still_says_that_something_has(
    browser: NewBrowser, installation: Installation, parts: str
) -> None:
    co_chair = browser("co_chair-au")
    path, form = looked_at(co_chair)
    with installation.database.transaction() as session:
        another_address(session)

    co_chair.send(path, {**form, "parts": parts}, status=409)

    assert "has changed since you looked" in co_chair.page
    assert "<b>" not in "".join(said(co_chair.page))
