"""What a password may be: long enough, of any signs, pasted, kept as it is typed."""

import re

import pytest

from convening import accounts
from dashboard.accounts import sign_in_tries
from store.installation import Installation
from tests.support.web import PASSWORD, NewBrowser
from tests.support.web_acts import give_password

SHORTEST, LONGEST = "grey hens at dx", "a harbour at dawn " * 8  # of 15 and 144 signs


@pytest.mark.parametrize(
    "chosen",
    [
        SHORTEST,
        LONGEST[:128],
        "  spaces before and after  ",
        "ရန်ကုန်မြို့၏ ညနေခင်း",
        "👩‍👩‍👧‍👦 four at the quay",
        "'; DROP TABLE account; -- <b>",
        "no capitals and no digits",
    ],
)
@pytest.mark.check(24)
def test_a_password_of_any_signs_is_taken_as_it_is_typed_and_opens(
    browser: NewBrowser, installation: Installation, chosen: str
) -> None:
    give_password(installation, "co_chair-au")
    holder = browser("co_chair-au")
    holder.open("/account")

    where = holder.send("/account/password", old=PASSWORD, new=chosen)

    assert where == "/account?done=password"
    assert opens(installation, chosen)
    assert not opens(installation, chosen + " ")
    assert not opens(installation, chosen[:-1])


def opens(installation: Installation, password: str) -> bool:
    try:
        sign_in_tries.account_for_password(
            installation, "co_chair-au", password, address="192.0.2.1", real_now=accounts.real_now()
        )
    except sign_in_tries.SignInRefusedError:
        return False
    return True


@pytest.mark.parametrize("weak", [SHORTEST[:-1], LONGEST[:129]])
@pytest.mark.check(24)
def test_one_sign_too_few_or_too_many_is_refused(
    browser: NewBrowser, installation: Installation, weak: str
) -> None:
    give_password(installation, "co_chair-au")
    holder = browser("co_chair-au")
    holder.open("/account")

    holder.send("/account/password", old=PASSWORD, new=weak, status=400)

    assert "Use 15 to 128 characters" in holder.page
    assert not opens(installation, weak)


@pytest.mark.check(24)
def test_the_fields_take_as_much_and_forbid_no_pasting(
    browser: NewBrowser, installation: Installation
) -> None:
    give_password(installation, "co_chair-au")
    pages = browser("co_chair-au").open("/account") + browser().open("/sign-in")

    fields = re.findall(r'<input [^>]*type="password"[^>]*>', pages)

    assert len(fields) >= 3
    for field in fields:
        told = re.search(r'maxlength="(\d+)"', field)
        assert told is None or int(told[1]) >= accounts.PASSWORD_LONGEST
        assert "onpaste" not in field
        assert 'autocomplete="off"' not in field
