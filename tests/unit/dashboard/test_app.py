"""What every answer carries, and what a visitor reads when something cannot be done."""

import socket
from pathlib import Path

import httpx
import pytest

from dashboard.app import PortTakenError, create_app, run_web
from dashboard.web import errors
from dashboard.web.headers import FORM_BYTES, POLICY
from settings import Settings
from store.installation import Installation
from store.migrations import migrate
from store.session import Database
from store.tables import Account, SignInTry
from tests.support.clock import ToldTime
from tests.support.consultation import activated
from tests.support.ports import free_port
from tests.support.web import NewBrowser, a_client, serving

REQUESTS = [
    ("GET", "/sign-in", 200),
    ("GET", "/", 303),
    ("GET", "/nowhere", 404),
    ("PUT", "/sign-in", 405),
    ("GET", "/sign-in/unknown", 410),
    ("GET", "/static/style.css", 200),
    ("GET", "/static/nothing.css", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), REQUESTS)
@pytest.mark.check(15, 16, 17, 41)
def test_every_answer_is_dressed(browser: NewBrowser, method: str, path: str, status: int) -> None:
    answer = browser().client.request(method, path, follow_redirects=False)

    assert answer.status_code == status
    assert answer.headers["content-security-policy"] == POLICY
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert answer.headers["referrer-policy"] == "no-referrer"
    assert answer.headers["cross-origin-opener-policy"] == "same-origin"
    assert "strict-transport-security" not in answer.headers
    if not path.startswith("/static"):
        assert answer.headers["cache-control"] == "no-store"
    if answer.text:
        assert "charset=utf-8" in answer.headers["content-type"]


@pytest.mark.check(15, 46)
def test_a_fault_of_ours_is_dressed_too_and_says_what_was_not_done(
    browser: NewBrowser, monkeypatch: pytest.MonkeyPatch
) -> None:
    visitor = browser("co_chair-au")
    monkeypatch.setattr("dashboard.situations.home.situations.open_situations", None)

    answer = visitor.client.get("/")

    assert answer.status_code == 500
    assert answer.headers["content-security-policy"] == POLICY
    assert "Nothing was sent and nothing was changed." in answer.text
    assert "Reference" in answer.text
    assert "NoneType" not in answer.text


def test_a_form_that_is_too_large_is_refused_before_it_is_read(browser: NewBrowser) -> None:
    visitor = browser("co_chair-au")

    answer = visitor.client.post("/new", data={"what_happened": "x" * FORM_BYTES})

    assert answer.status_code == 413
    assert "larger than this page takes" in answer.text
    assert answer.headers["content-security-policy"] == POLICY


def test_a_body_without_a_declared_length_is_cut_off_at_the_limit(browser: NewBrowser) -> None:
    visitor = browser("co_chair-au")
    headers = {"Content-Type": "application/x-www-form-urlencoded"}

    answer = visitor.client.post(
        "/new", headers=headers, content=(b"x" * 1024 for _ in range(FORM_BYTES // 1024 + 2))
    )

    assert answer.status_code == 413


@pytest.mark.parametrize("status", sorted(errors.BY_STATUS))
@pytest.mark.check(46)
def test_every_refusal_says_what_happened_what_was_not_done_and_the_next_step(status: int) -> None:
    refusal = errors.refusal_of(status)

    assert all((refusal.title, refusal.happened, refusal.undone, refusal.next_step))
    assert "!" not in refusal.happened + refusal.next_step
    assert "please" not in (refusal.happened + refusal.next_step).lower()


@pytest.mark.check(13, 14)
def test_behind_https_the_cookie_is_bound_to_the_host_and_https_is_demanded(
    installation: Installation, real: ToldTime
) -> None:
    settings = Settings(home=installation.settings.home, public_url="https://cm.example")
    app = create_app(
        Installation(settings, installation.database, installation.clock), real_now=real.now
    )

    answer = a_client(app, "https://cm.example").get("/sign-in")

    assert "max-age=31536000" in answer.headers["strict-transport-security"]
    assert "secure" in answer.headers["set-cookie"].lower()


def test_a_static_file_is_asked_for_once(browser: NewBrowser) -> None:
    client = browser().client
    first = client.get("/static/style.css?v=abc")

    again = client.get("/static/style.css", headers={"If-None-Match": first.headers["etag"]})

    assert "immutable" in first.headers["cache-control"]
    assert again.status_code == 304


@pytest.mark.check(19)
def test_no_page_names_another_host_or_holds_script_or_style(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    for path in ("/", "/new", "/directory", "/directory/BD", "/exercises", "/account", "/replies"):
        page = co_chair.open(path)

        assert "<style" not in page
        assert "style=" not in page
        assert "onclick" not in page
        assert 'src="http' not in page
        assert page.count("<script") == page.count('<script type="module" src="/static/')


@pytest.mark.check(21)
@pytest.mark.parametrize(
    "path", ["/", "/new", "/directory", "/exercises", "/review", "/no-such-page", "/sign-in"]
)
def test_every_page_says_its_type_and_character_set(browser: NewBrowser, path: str) -> None:
    answer = browser("co_chair-au").client.get(path)

    assert answer.headers["content-type"] == "text/html; charset=utf-8"


@pytest.mark.check(21)
def test_what_is_no_page_says_its_type_and_character_set_too(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    here = "/situation/BP-2026-001"
    for path, kind in (
        (f"{here}/members.csv", "text/csv; charset=utf-8"),
        (f"{here}/board", "text/html; charset=utf-8"),
        ("/static/style.css", "text/css; charset=utf-8"),
        ("/static/live.js", "text/javascript; charset=utf-8"),
        ("/a/no-such-token", "text/html; charset=utf-8"),
    ):
        assert browser("co_chair-au").client.get(path).headers["content-type"] == kind, path


@pytest.mark.check(42)
def test_a_field_that_comes_twice_is_refused(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    co_chair.send("/new", {"title": ["One", "Another"]}, status=400)

    assert "came twice" in co_chair.page


@pytest.mark.check(25)
def test_a_new_installation_has_no_account(tmp_path: Path) -> None:
    database = Database(f"sqlite:///{tmp_path / 'new.sqlite3'}")
    migrate(database)

    with database.reading() as session:
        assert session.query(Account).count() == 0
    database.close()


@pytest.mark.check(22)
@pytest.mark.parametrize(("trusted", "seen"), [("", "127.0.0.1"), ("127.0.0.1", "198.51.100.7")])
def test_where_a_visitor_comes_from_is_believed_of_our_own_proxies_only(
    installation: Installation, real: ToldTime, trusted: str, seen: str
) -> None:
    settings = installation.settings.model_copy(update={"trusted_proxies": trusted})
    proxied = Installation(settings, installation.database, installation.clock)

    with serving(create_app(proxied, real_now=real.now)) as (url, _):
        httpx.post(
            f"{url}/sign-in",
            data={"name": "nobody", "password": "not this one"},
            headers={"X-Forwarded-For": "198.51.100.7", "Sec-Fetch-Site": "same-origin"},
        )

    with installation.database.reading() as session:
        assert session.query(SignInTry).one().address == seen


@pytest.mark.parametrize("setting", ["web_port", "inbox_port"])
def test_where_another_listens_nothing_starts_and_the_setting_is_named(
    installation: Installation, setting: str
) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        ports = {"web_port": free_port(), setting: other.getsockname()[1]}
        settings = installation.settings.model_copy(update=ports)

        with pytest.raises(PortTakenError, match=f"set CM_{setting.upper()} to a port"):
            run_web(Installation(settings, installation.database, installation.clock))
