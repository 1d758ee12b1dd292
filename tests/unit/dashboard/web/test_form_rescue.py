"""What was written when the session ended comes back after the next sign-in, and only to her."""

import html
import re

import pytest

from dashboard.web import sessions
from dashboard.web.form_rescue import KeptForm
from store.installation import Installation
from store.tables import Draft
from tests.support.clock import ToldTime
from tests.support.web import PASSWORD, Browser, NewBrowser
from tests.support.web_acts import give_password

WRITTEN = "Boats adrift <b>west</b> of the \u202eislands"


@pytest.fixture
def co_chair(installation: Installation, browser: NewBrowser) -> Browser:
    """Somebody with a password and an app, whose session ends while she writes."""
    give_password(installation, "co_chair-au")
    visitor = browser("co_chair-au")
    visitor.client.headers["Sec-Fetch-Site"] = "same-origin"
    visitor.open("/new")
    return visitor


def carried(page: str) -> str:
    """What the page's hidden field would send."""
    found = re.search(r'<textarea name="kept" hidden>\n(.*?)</textarea>', page, re.DOTALL)
    assert found is not None
    return html.unescape(found[1])


def test_what_was_written_comes_back_after_the_sign_in(
    co_chair: Browser, installation: Installation, real: ToldTime
) -> None:
    real.passes(sessions.IDLE * 2)

    co_chair.send("/new", {"title": WRITTEN, "kind": "exercise", "then": "preview"}, status=403)
    assert "nothing that you wrote is lost" in co_chair.page
    kept = carried(co_chair.page)
    sign_in = {"name": "co_chair-au", "password": PASSWORD, "kept": kept}
    co_chair.send("/sign-in", sign_in, status=200)
    nonce = re.search(r'name="nonce" value="([^"]+)"', co_chair.page)
    assert nonce is not None
    code = {"nonce": nonce[1], "code": co_chair.app(), "kept": carried(co_chair.page)}
    co_chair.send("/sign-in/code", code, status=200)

    assert "What you wrote is still here" in co_chair.page
    assert f'<textarea name="title" hidden>\n{html.escape(WRITTEN)}</textarea>' in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Draft).count() == 0  # nothing was done by itself
    fields = dict(re.findall(r'<textarea name="(\w+)" hidden>\n(.*?)</textarea>', co_chair.page))
    co_chair.send("/new", {name: html.unescape(value) for name, value in fields.items()})
    with installation.database.reading() as session:
        assert session.query(Draft).one().form["title"] == WRITTEN


def test_a_form_from_elsewhere_is_not_kept(co_chair: Browser, real: ToldTime) -> None:
    real.passes(sessions.IDLE * 2)
    headers = {"Sec-Fetch-Site": "cross-site"}

    answer = co_chair.client.post("/new", data={"title": "Planted"}, headers=headers)

    assert answer.status_code == 403
    assert "Planted" not in answer.text


def test_a_form_that_holds_a_secret_is_not_kept(co_chair: Browser, real: ToldTime) -> None:
    real.passes(sessions.IDLE * 2)

    co_chair.send("/account/password", {"password": "a long new password"}, status=403)

    assert "a long new password" not in co_chair.page


@pytest.mark.parametrize("carried", ["", "{}", "[1]", '["//elsewhere.example", []]', '["x", 1]'])
def test_what_is_no_form_of_ours_is_not_carried(
    co_chair: Browser, real: ToldTime, carried: str
) -> None:
    real.passes(sessions.IDLE * 2)
    co_chair.open("/sign-in")

    sign_in = {"name": "co_chair-au", "password": PASSWORD, "kept": carried}
    co_chair.send("/sign-in", sign_in, status=200)

    assert 'name="kept"' not in co_chair.page


def test_a_carried_form_is_the_same_on_the_other_side() -> None:
    kept = KeptForm("/new", (("title", WRITTEN), ("members", "BD"), ("members", "LK")))

    assert WRITTEN in kept.shown
    assert '"members"' in kept.written
