"""Every field of the trigger form, filled by somebody who means harm."""

import re

import pytest

from mechanism.vocabulary import Channel
from store.installation import Installation
from store.tables import Activation, Draft
from tests.support.consultation import token_of
from tests.support.web import NewBrowser
from tests.support.web_acts import FORM, sent

FREE = (
    "title", "short_title", "what_happened", "where", "region", "mrcc_informed", "actions_taken",
    "not_known", "requested", "figure_label_0", "figure_unit_0", "figure_source_0",
)  # fmt: skip
FIGURE = {
    "figure_label_0": "Persons adrift",
    "figure_kind_0": "observed",
    "figure_value_0": "400",
    "figure_unit_0": "persons",
    "figure_source_0": "By telephone",
    "figure_status_0": "reported",
}
SIGNS = {
    "turned round": "\u202e",
    "set apart": "\u2066",
    "a bell": "\a",
    "an escape": "\x1b",
    "nothing": "\0",
}


CASES = [
    *((field, "turned round") for field in FREE),
    *(("title", sign) for sign in SIGNS if sign != "turned round"),
]


@pytest.mark.parametrize(("field", "sign"), CASES)
def test_a_sign_that_cannot_be_seen_is_refused_at_its_field_and_nothing_typed_is_lost(
    browser: NewBrowser, installation: Installation, field: str, sign: str
) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")
    typed = f"Bo{SIGNS[sign]}ats"

    co_chair.send("/new", {**FORM, **FIGURE, field: typed}, status=400, then="check")

    assert f'href="#{field}"' in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Draft).one().form[field] == typed
        assert session.query(Activation).count() == 0


@pytest.mark.check(1)
def test_script_in_every_field_is_text_on_every_page(
    browser: NewBrowser, installation: Installation
) -> None:
    hostile = {field: f"<script>{field}</script>" for field in FREE if field != "short_title"}
    co_chair = browser("co_chair-au")

    board = sent(co_chair, **{**FIGURE, **hostile})
    with installation.database.reading() as session:
        number = session.query(Activation).one().id
    member = f"/a/{token_of(installation, number, 'BD', Channel.EMAIL)}"
    reference = board.rpartition("/")[2]
    pages = {
        path: co_chair.open(path)
        for path in (board, f"{board}/text", f"{board}/call", f"/review/{reference}", member)
    }

    for path, page in pages.items():
        assert re.findall(r"<script(?! type=\"module\" src=\"/static/)", page) == [], path
    shown = set(re.findall(r"&lt;script&gt;(\w+)&lt;/script&gt;", pages[board]))
    assert shown >= {"title", "what_happened", "where", "not_known", "figure_label_0"}
    assert "&lt;script&gt;what_happened&lt;/script&gt;" in pages[member]
