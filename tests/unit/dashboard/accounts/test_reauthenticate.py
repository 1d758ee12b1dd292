import html
import json
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

import pytest

from convening import accounts
from dashboard.accounts import second_factor, sign_in_tries
from dashboard.app import PAGES
from dashboard.web import sessions
from store.installation import Installation
from store.tables import Account, Activation, LedgerEntry, Passkey, WebSession
from tests.support.authenticator import Device
from tests.support.clock import ToldTime
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import confirmed, drafted


@pytest.fixture
def device() -> Device:
    return Device()


def without_proof(visitor: Browser) -> Browser:
    """The same browser, whose holder types no code."""
    visitor.app = lambda: ""
    return visitor


def by_link(
    browser: NewBrowser, installation: Installation, real: ToldTime, name: str = "co_chair-au"
) -> Browser:
    """A browser that came by a one-time link, to an account that has nothing else."""
    with installation.database.transaction() as session:
        account = session.query(Account).filter_by(name=name).one()
        token = accounts.new_sign_in_link(session, account, real_now=real.now())
    visitor = browser()
    visitor.open(f"/sign-in/{token}")
    visitor.send(f"/sign-in/{token}")
    return visitor


def asked(visitor: Browser, path: str, form: Mapping[str, str | list[str]]) -> dict[str, Any]:
    """What the page's script is told when it asks for a form's act to be proved."""
    answer = visitor.client.post(
        "/prove",
        data={**form, "path": path, "form_token": _token(visitor)},
        headers={"Sec-Fetch-Site": "same-origin"},
    )
    assert answer.status_code == 200, answer.text
    question: dict[str, Any] = answer.json()
    return question


def proved(question: Mapping[str, Any], answer: str) -> dict[str, str]:
    """The fields that the script adds to the form."""
    fields = {"proof_nonce": question["nonce"], "proof_answer": answer}
    return {**fields, "proof_made": "1"} if question["make"] else fields


def _token(visitor: Browser) -> str:
    found = re.search(r'name="form_token" value="(\w+)"', visitor.page)
    return found[1] if found else ""


def sends_with_passkey(visitor: Browser, device: Device) -> str:
    """A checked draft, sent with the device's touch; where it leads."""
    path = drafted(visitor)
    form = confirmed(visitor, path)
    question = asked(visitor, path, form)
    touch = device.makes if question["make"] else device.uses_key
    return visitor.send(path, {**form, **proved(question, touch(question["options"]))})


def activations(installation: Installation) -> int:
    with installation.database.reading() as session:
        return session.query(Activation).count()


def test_a_form_without_a_proof_does_nothing_and_comes_back_with_all_that_was_typed(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = without_proof(browser("co_chair-au"))
    path = drafted(co_chair)
    form = confirmed(co_chair, path)

    co_chair.send(path, form, status=403)

    assert "Nothing has been done yet" in co_chair.page
    for name, value in form.items():
        assert f'name="{name}" hidden>\n{html.escape(str(value))}</textarea>' in co_chair.page
    assert activations(installation) == 0


@pytest.mark.check(35)
def test_every_act_that_cannot_be_called_back_asks_for_a_proof() -> None:
    proved = {page.path for page in PAGES if page.proof}

    assert all(page.takes for page in PAGES if page.proof)
    assert {
        "/new/{draft:int}/check",
        "/situation/{reference}/agree",
        "/situation/{reference}/object",
        "/situation/{reference}/text",
        "/situation/{reference}/close",
        "/directory/{member}/uncover",
        "/review/{reference}/evidence",
    } <= proved


@pytest.mark.check(23, 44)
def test_a_wrong_code_does_nothing_and_counts_against_the_account(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    shows, co_chair.app = co_chair.app, lambda: "000000"
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    for _ in range(sign_in_tries.TRIES_PER_ACCOUNT):
        co_chair.send(path, form, status=403)

    co_chair.send(path, {**form, "proof_code": shows()}, status=403)

    assert "That did not match" in co_chair.page
    assert activations(installation) == 0


@pytest.mark.check(33)
def test_an_act_proved_by_a_code_gives_the_session_a_new_id(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    before = co_chair.client.cookies["cm"]

    path = drafted(co_chair)
    co_chair.send(path, confirmed(co_chair, path))

    assert co_chair.client.cookies["cm"] != before
    co_chair.open("/account")
    with installation.database.reading() as session:
        assert session.query(WebSession).count() == 1


@pytest.mark.check(33)
def test_the_old_id_opens_nothing_after_some_seconds(browser: NewBrowser, real: ToldTime) -> None:
    co_chair = browser("co_chair-au")
    before = co_chair.client.cookies["cm"]
    path = drafted(co_chair)
    co_chair.send(path, confirmed(co_chair, path))
    thief = browser()
    thief.client.cookies.set("cm", before)

    real.passes(sessions.RENEWED_JUST_NOW)

    thief.open("/account", status=303)


def test_the_first_touch_makes_the_passkey_and_sends_and_is_kept_as_evidence(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    newcomer = by_link(browser, installation, real)

    where = sends_with_passkey(newcomer, device)

    assert where.startswith("/situation/BP-")
    with installation.database.reading() as session:
        assert session.query(Passkey).count() == 1
        entry = session.query(LedgerEntry).filter_by(type="cm.act.proved.v1").one()
        said = json.loads(entry.body)["data"]
    assert said["by"] == "passkey"
    assert said["act"] == "send to the members"
    challenge = second_factor.challenge_bytes(said["nonce"], said["form_sha256"])
    assert _challenge_in(said["clientDataJSON"]) == challenge


def _challenge_in(client_data: str) -> bytes:
    from webauthn.helpers import base64url_to_bytes  # noqa: PLC0415 - the oracle's own decoder

    return base64url_to_bytes(json.loads(base64url_to_bytes(client_data))["challenge"])


def test_a_passkey_signs_in_with_one_touch_and_then_sends_with_another(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    sends_with_passkey(by_link(browser, installation, real), device)
    duty_officer = browser()
    duty_officer.open("/sign-in")
    token = {"form_token": _token(duty_officer)}
    question = duty_officer.client.post("/sign-in/passkey/ask", data=token).json()

    answer = device.uses_key(question["options"])
    where = duty_officer.send("/sign-in/passkey", proved(question, answer))

    assert where == "/"
    assert "/situation/" in sends_with_passkey(duty_officer, device)


@pytest.mark.parametrize(
    "fault", ["another origin", "not unlocked", "another key", "another act", "twice", "too late"]
)
@pytest.mark.check(35)
def test_a_touch_that_is_not_about_this_act_here_and_now_does_nothing(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device, fault: str
) -> None:
    co_chair = by_link(browser, installation, real)
    sends_with_passkey(co_chair, device)
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    question = asked(co_chair, path, {**form, "word": "REAL"} if fault == "another act" else form)
    strange = {
        "another origin": Device("https://elsewhere.example", key=device.key, uses=5),
        "not unlocked": Device(unlocked=False, key=device.key, uses=5),
        "another key": Device(uses=5),
    }.get(fault, device)
    touched = proved(question, strange.uses_key(question["options"]))
    if fault == "twice":
        co_chair.send(path, {**form, **touched})
        real.passes(second_factor.TWICE_WITHIN)
    if fault == "too late":
        real.passes(second_factor.GOOD_FOR)
    before = activations(installation)

    co_chair.send(path, {**form, **touched}, status=403)

    assert "Confirm that it is you" in co_chair.page
    assert activations(installation) == before


def test_a_touch_for_one_account_proves_nothing_for_another(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    sends_with_passkey(by_link(browser, installation, real), device)
    jakarta = by_link(browser, installation, real, "co_chair-id")
    other = Device(credential_id=b"of-jakarta")
    sends_with_passkey(jakarta, other)
    path = drafted(jakarta)
    form = confirmed(jakarta, path)
    question = asked(jakarta, path, form)

    jakarta.send(
        path, {**form, **proved(question, device.uses_key(question["options"]))}, status=403
    )


def test_the_same_form_pressed_twice_is_told_that_it_was_sent_and_sends_once(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    co_chair = by_link(browser, installation, real)
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    question = asked(co_chair, path, form)
    pressed = {**form, **proved(question, device.makes(question["options"]))}
    co_chair.send(path, pressed)

    co_chair.send(path, pressed, status=409)

    assert "It was not sent a second time" in co_chair.page
    assert activations(installation) == 1


@pytest.mark.check(26)
def test_an_account_that_has_nothing_sets_up_an_app_and_then_needs_it(
    browser: NewBrowser, installation: Installation, real: ToldTime
) -> None:
    newcomer = by_link(browser, installation, real)
    newcomer.open("/account")
    newcomer.send("/account/app/new", status=200)
    found = re.search(r"secret=(\w+)", newcomer.page)
    assert found is not None
    import pyotp  # noqa: PLC0415 - as the app on a telephone

    shown = pyotp.TOTP(found[1]).at(real.now())
    newcomer.send("/account/app", status=400, code="000000")
    newcomer.send("/account/app", code=shown)

    newcomer.send("/account/codes", status=403)
    real.passes(timedelta(seconds=second_factor.STEP))
    newcomer.send("/account/codes", {"proof_code": pyotp.TOTP(found[1]).at(real.now())}, status=200)

    assert len(re.findall(r"<li class=\"mono\">\d{5}-\d{5}</li>", newcomer.page)) == 10


def test_a_removed_passkey_opens_nothing(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    co_chair = by_link(browser, installation, real)
    sends_with_passkey(co_chair, device)
    co_chair.open("/account")
    end = "/account/passkeys/1/end"
    question = asked(co_chair, end, {})
    co_chair.send(end, proved(question, device.uses_key(question["options"])))
    visitor = browser()
    visitor.open("/sign-in")
    question = visitor.client.post(
        "/sign-in/passkey/ask", data={"form_token": _token(visitor)}
    ).json()

    visitor.send(
        "/sign-in/passkey", proved(question, device.uses_key(question["options"])), status=403
    )

    assert "No passkey of an account here was used" in visitor.page


@pytest.mark.check(35)
def test_a_second_passkey_is_made_only_after_the_first_has_agreed(
    browser: NewBrowser, installation: Installation, real: ToldTime, device: Device
) -> None:
    co_chair = by_link(browser, installation, real)
    sends_with_passkey(co_chair, device)
    co_chair.open("/account")
    co_chair.send("/account/passkeys/new", status=403)
    question = asked(co_chair, "/account/passkeys/new", {})

    touched = proved(question, device.uses_key(question["options"]))
    co_chair.send("/account/passkeys/new", touched, status=200)
    made = re.search(r'data-asked="([^"]*)"', co_chair.page)
    assert made is not None
    question = json.loads(html.unescape(made[1]))
    other = Device(credential_id=b"the-duty-phone")
    co_chair.send(
        "/account/passkeys",
        {**proved(question, other.makes(question["options"])), "name": "Duty phone"},
    )

    assert "Duty phone" in co_chair.open("/account")
