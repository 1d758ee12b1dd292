"""Every form there is, filled in by somebody who is careless, unlucky, or means harm.

The forms are read off the pages, so that a new one is tried by itself.
"""

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Final

import pytest

from dashboard.app import PAGES
from dashboard.web import form_checks
from mechanism.vocabulary import Channel, NeedCause
from notifications.tokens import TokenPurpose
from store import needs
from store.act import by_engine
from store.tables import Concurrence, Notice
from tests.support.busy_desk import STRANGER, Desk, Found, a_desk
from tests.support.consultation import activated, token_of
from tests.support.five_members import NOW, furnish
from tests.support.forms import Field, WebForm, forms_of, found_by
from tests.support.web_acts import FORM, OCCASION, an_unclear_text

HERE: Final = "/situation/BP-2026-001"
BEGINS: Final = {
    "co_chair-au": ("/new", "/new/1", "/new/2/check", "/account", "/directory/BD", "/replies/1",
                    "/directory/sheet", "/break-glass", f"{HERE}/meeting", f"{HERE}/text",
                    f"{HERE}/record", f"{HERE}/sheet", f"{HERE}/call/BD", HERE,
                    "/situation/BP-2026-002/resume", "/situation/BP-2026-003/meeting",
                    "/situation/BP-X-2026-001"),
    "co_chair-id": (f"{HERE}/object", HERE),
    "secretariat": ("/directory/BD/change",),
    "auditor": ("/review/BP-2026-001", "/review/BP-2026-001/event/2"),
    "operator": ("/accounts",),
}  # fmt: skip


BY_HAND: Final = (
    Found(STRANGER, WebForm("", "/sign-in", (Field("kept", "hidden"), Field("name", "text")))),
    Found(STRANGER, WebForm("", "/sign-in/code", (Field("nonce", "text"), Field("code", "text")))),
    Found("auditor", WebForm("", "/account/app", (Field("code", "text"),))),
)
"""Forms that stand on a page only after another was sent."""

OF_SCRIPTS: Final = frozenset(
    {"/prove", "/sign-in/passkey/ask", "/account/passkeys", "/sign-in/{token}",
     "/account/passkeys/{passkey:int}/end"}
)  # fmt: skip
"""What only a page's script sends, or a page that a passkey makes: tests/browser tries them."""

NAMING: Final = tuple(
    page.path
    for page in PAGES
    if page.shows and "{" in page.path and not page.path.endswith("/live")  # a stream stays open
)
ROUTES: Final = tuple(
    page.path for page in PAGES if page.takes and page.path not in OF_SCRIPTS and not page.signed_by
)

SCRIPT: Final = "<script>alert(1)</script>\"'>"
UNSEEN: Final = {"a bell": "\a", "nothing": "\0", "turned round": "\u202e", "set apart": "\u2067"}
SCRIPT_IN_PATH: Final = "%3Cscript%3Ealert(1)%3C%2Fscript%3E"
NONSENSE: Final = {
    "many digits": "9" * 5000,
    "the last day": "9999-12-31T23:59",
}
EVERYWHERE: Final = {
    "nothing": "",
    "the first day": "0001-01-01",
    "no zone": "Mars/Olympus_Mons",
    "a script": SCRIPT,
    "digits of another script": "٣٤",
    "a number below zero": "-1",
    "a hole of ours": "[[code]] {{ code }} {% raw %}",
    "too much": "a boat " * 1000,
    "a line too many": "a\r\nBcc: all@elsewhere.example\r\n\r\nb",
    "many brackets": "[" * 2000,
    "a family": "👩‍👩‍👧‍👦" * 40,
}


@pytest.fixture(scope="module")
def busy(sqlite_pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The file of an installation in which something of everything goes on."""
    path = tmp_path_factory.mktemp("busy") / "house.sqlite3"
    shutil.copy(sqlite_pattern, path)
    with a_desk(path) as desk:
        furnish(desk.installation.database)
        keep_busy(desk)
    return path


def keep_busy(desk: Desk) -> None:
    """A meeting, a record, a call to make, two drafts, a reply, an exercise, an objection."""
    activated(desk.installation)
    an_unclear_text(desk.installation)
    for kind in ("real", "real", "exercise"):
        activated(desk.installation, kind=kind)
    with desk.installation.database.transaction() as session:
        notice = session.query(Notice).filter_by(activation_id=1, member_code="BD").one()
        needs.raise_need(
            session,
            by_engine(NOW),
            NeedCause.UNREACHED,
            "Nobody answered.",
            key="busy",
            notice=notice,
            activation=notice.activation,
        )
    canberra, jakarta = desk.browser("co_chair-au"), desk.browser("co_chair-id")
    canberra.open("/new")
    canberra.send("/new", {**FORM, "kind": ""}, then="preview")
    canberra.send("/new", FORM, then="check")
    canberra.send(f"{HERE}/meeting", OCCASION, act="send")
    canberra.send(f"{HERE}/record")
    jakarta.send("/situation/BP-2026-002/object", reason="It is no boat")


@pytest.fixture(scope="module")
def found(busy: Path) -> list[Found]:
    """Every form of every page, with who finds it."""
    with a_desk(busy) as desk:
        link = {c: token_of(desk.installation, 1, "BD", c) for c in (Channel.EMAIL, Channel.SMS)}
        concur = token_of(desk.installation, 1, "ID", Channel.EMAIL, purpose=TokenPurpose.CONCUR)
        links = (*(f"/a/{token}" for token in link.values()), f"/c/{concur}")
        every = {**BEGINS, STRANGER: ("/sign-in", "/break-glass", *links)}
        forms = [
            Found(account, form)
            for account, begins in every.items()
            for form in found_by(desk.browser(account), *begins)
        ]
    return [*{one.form.key: one for one in forms}.values(), *BY_HAND]


@pytest.fixture(scope="module")
def untouched(busy: Path) -> Iterator[Desk]:
    """The busy house itself, for what changes nothing in it."""
    with a_desk(busy) as desk:
        yield desk


@pytest.fixture
def desk(busy: Path, tmp_path: Path) -> Iterator[Desk]:
    """The busy house, for one test."""
    with a_desk(Path(shutil.copy(busy, tmp_path / "house.sqlite3"))) as desk:
        yield desk


def of_route(found: list[Found], route: str) -> list[Found]:
    return [one for one in found if one.form.route == route]


def test_every_form_is_found_and_tried(found: list[Found]) -> None:
    assert {one.form.route for one in found} == set(ROUTES)


def test_each_field_tells_the_browser_how_much_it_takes_and_the_door_takes_as_much(
    found: list[Found],
) -> None:
    for one in found:
        if one.form in (hand.form for hand in BY_HAND):
            continue
        for box in one.form.typed:
            where = (one.form.route, box.name)
            if box.sort in {"text", "textarea"}:
                assert box.longest is not None, where
                assert box.longest <= form_checks.LONGEST.get(box.name, box.longest), where


def names_of(form: WebForm) -> list[str]:
    """The fields that a person or a page fills in; of rows that are alike the first."""
    names = {field.name for field in form.fields} - {"form_token", ""}
    return sorted(name for name in names if not name.endswith(("_1", "_2")))


@pytest.mark.parametrize("route", ROUTES)
def test_nonsense_in_any_field_of_a_form_is_no_fault_of_ours(
    desk: Desk, found: list[Found], route: str
) -> None:
    different = {tuple(names_of(one.form)): one for one in of_route(found, route)}
    for names, one in different.items():
        if not names:
            continue
        trials = [(what, {name: v}) for what, v in NONSENSE.items() for name in names]
        trials += [(what, dict.fromkeys(names, value)) for what, value in EVERYWHERE.items()]
        for what, changed in trials:
            answer = desk.sends(one, **changed)

            assert answer.status_code < 500, (one.form.route, what, [*changed], answer.text[:2000])
            assert SCRIPT not in answer.text, (what, [*changed])
            assert "came twice" not in answer.text, one.form  # it was sent as a browser would


def looked_at(found: list[Found]) -> list[tuple[Found, str]]:
    """Every field that a person types into, of the forms that are looked at before they act."""
    guarded = {page.path for page in PAGES if form_checks.guarded(page) is not page}
    fields: dict[tuple[str, str], tuple[Found, str]] = {}
    for one in found:
        for box in one.form.typed if one.form.route in guarded else ():
            fields.setdefault((one.form.route, box.name), (one, box.name))
    return list(fields.values())


@pytest.mark.check(7)
def test_a_sign_that_cannot_be_seen_brings_the_form_back_and_does_nothing(
    desk: Desk, found: list[Found]
) -> None:
    before = desk.events()
    trials = looked_at(found)
    assert len(trials) >= len(form_checks.LONGEST)

    for number, (one, name) in enumerate(trials):
        sign = [*UNSEEN.values()][number % len(UNSEEN)]
        answer = desk.sends(one, **{name: f"Bo{sign}ats <b>"})

        assert answer.status_code == 400, (one.form.route, name)
        assert f'href="#{name}"' in answer.text
        assert f"U+{ord(sign):04X}" in answer.text
        assert f'id="{name}" name="{name}"' in answer.text
        assert ">Boats &lt;b&gt;</textarea>" in answer.text
        assert sign not in answer.text
    assert desk.events() == before


@pytest.mark.check(7)
def test_too_long_a_text_comes_back_whole_with_how_much_of_it_fits(
    desk: Desk, found: list[Found]
) -> None:
    before = desk.events()

    for one, name in looked_at(found):
        if name in form_checks.LONGEST:
            longest = form_checks.LONGEST[name]
            typed = "é" * (longest + 1)
            answer = desk.sends(one, **{name: typed})

            assert answer.status_code == 400, (one.form.route, name)
            assert f"It has {longest + 1} characters, and {longest} fit" in answer.text
            assert typed in answer.text
    assert desk.events() == before


def test_what_was_mended_does_what_was_meant(desk: Desk, found: list[Found]) -> None:
    reason = "It is \u202eno boat\nbut a raft"
    object_to = next(one for one in found if one.form.route == "/situation/{reference}/object")
    browser = desk.browser(object_to.account)
    browser.page = desk.sends(object_to, reason=reason).text

    back = next(one for one in forms_of(object_to.form.page, browser.page) if one.typed)
    values = {name: value[0] for name, value in back.values().items()}
    browser.send(back.action, values)

    with desk.installation.database.reading() as session:
        said = session.query(Concurrence).filter_by(activation_id=1, answer="objected").one()
        assert said.reason.replace("\r", "") == "It is no boat\nbut a raft"


@pytest.mark.parametrize("path", NAMING)
def test_an_address_that_names_nothing_there_can_be_is_not_found(
    untouched: Desk, path: str
) -> None:
    for part in ("9" * 5000, "9" * 18, "%00", "a%00b", "%ff%fe", "%E2%80%AE", SCRIPT_IN_PATH):
        where = re.sub(r"\{[^}]+\}", part, path)
        for account in ("co_chair-au", STRANGER):
            answer = untouched.browser(account).client.get(where, follow_redirects=False)

            assert answer.status_code < 500, (where[:80], answer.text[:2000])
            assert "<script>alert" not in answer.text


@pytest.mark.parametrize(
    "path",
    [
        "/review/BP-2026-001?from=" + "9" * 5000,
        "/review/BP-2026-001?from=-1",
        "/review/BP-2026-001?type=%00&member=%00&channel=" + SCRIPT_IN_PATH,
        f"{HERE}/meeting?another=1&at=9999-12-31T23:59%2B00:00",
        f"{HERE}/meeting?another=1&at=0001-01-01T00:00%2B00:00",
        "/new?playbook=" + SCRIPT_IN_PATH,
        "/sign-in?next=" + SCRIPT_IN_PATH,
        "/account?done=" + SCRIPT_IN_PATH,
        "/directory?show=" + SCRIPT_IN_PATH,
    ],
)
def test_nonsense_behind_an_address_is_no_fault_of_ours(untouched: Desk, path: str) -> None:
    for account in ("co_chair-au", "auditor", STRANGER):
        answer = untouched.browser(account).client.get(path, follow_redirects=False)

        assert answer.status_code < 500, answer.text[:2000]
        assert "<script>alert" not in answer.text


def test_a_body_that_no_page_of_ours_sends_is_refused(untouched: Desk) -> None:
    """A part may name a charset, and with it smuggle in what no text can hold."""
    charset = 'form-data; name="reason"\r\nContent-Type: text/plain; charset=unicode_escape'
    body = f"--x\r\nContent-Disposition: {charset}\r\n\r\n\\ud800\r\n--x--\r\n"
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    for route in ("/sign-in", "/new", f"{HERE}/object", "/break-glass"):
        browser = untouched.browser("co_chair-id" if route.endswith("object") else "co_chair-au")
        answer = browser.client.post(route, content=body, headers=headers)

        assert answer.status_code == 400
        assert "could not be read" in answer.text


@pytest.mark.parametrize("route", ROUTES)
def test_a_megabyte_is_refused_with_what_to_do(untouched: Desk, route: str) -> None:
    where = re.sub(r"\{[^}]+\}", "1", route)

    answer = untouched.browser("co_chair-au").client.post(where, data={"reason": "a" * 2**20})

    assert answer.status_code == 413
    assert "shorten the text" in answer.text
