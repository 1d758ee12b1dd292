"""Courtesy texts: the same holes as the English, marked for what they are, never instead of it."""

import re
from datetime import UTC, datetime
from string import Formatter

import pytest
from jinja2.meta import find_referenced_templates, find_undeclared_variables

from mechanism.ladder import Purpose
from mechanism.vocabulary import Channel
from notifications.content import gsm_segments, templates, translations
from notifications.content.templates import HOLE
from notifications.content.translations import FOLDER, MARK
from notifications.content.translations import languages as known
from tests.support.table import each

TEMPLATES = (
    "first_notice.mail.j2",
    "first_notice.sms.j2",
    "how_to_answer.sms.j2",
    "to_everybody.mail.j2",
    "to_everybody.sms.j2",
)
ALL = sorted(known())
ENGLISH_ALONE = {"intro", "opening", "what_happened", "details", "requested_of_you", "questions",
                 "marking", "co_chairs", "leaves_installation", "body", "issued_at"}  # fmt: skip
"""What the binding text says and a courtesy text leaves to it: facts and free text."""
NOTICE = {
    "kind": "real",
    "reference": "[[reference]]",
    "lead_word": "",
    "title": "Persons in distress at sea",
    "short_title": "Persons in distress",
    "what_happened": "Six wooden boats drift without power.",
    "details": (),
    "marking": "TLP:AMBER",
    "co_chairs": "Australia and Indonesia",
    "leaves_installation": True,
    "office": "Migration desk",
    "member_name": "Atlantis",
    "opening": "You are asked.",
    "questions": (),
    "intro": "The Co-Chairs call.",
    "requested_of_you": "Acknowledge.",
    "phone": "+999902000",
    "way": "reply",
    "purpose": "first_notice",
}
TEXT = {
    "kind": "real",
    "reference": "BP-2026-001",
    "text_kind": "stand_down",
    "revision": 1,
    "title": "Persons in distress at sea",
    "body": "No longer needed.",
    "short_title": "Persons in distress",
    "office": "Migration desk",
    "member_name": "Atlantis",
    "marking": "TLP:AMBER",
    "issued_at": datetime(2026, 11, 23, 3, 40, tzinfo=UTC),
    "leaves_installation": True,
}


def source(name: str) -> str:
    return (FOLDER / name).read_text(encoding="utf-8")


def holes(name: str) -> set[str]:
    return set(re.findall(r'hole\("(\w+)"\)', source(name)))


def words_of(name: str) -> set[str]:
    return find_undeclared_variables(templates._environment().parse(source(name))) - {"hole"}


def included(name: str) -> list[str]:
    tree = templates._environment().parse(source(name))
    return [str(found) for found in find_referenced_templates(tree)]


def test_there_are_courtesy_texts_in_five_languages() -> None:
    assert ALL == ["bn", "id", "ms", "prs", "th"]


@each(tag=ALL, name=TEMPLATES)
def test_every_language_has_the_same_holes_as_the_english(tag: str, name: str) -> None:
    assert holes(f"{tag}/{name}") == holes(name)


@each(tag=ALL, name=TEMPLATES)
def test_every_language_uses_the_same_words_as_the_english(tag: str, name: str) -> None:
    own, english = words_of(f"{tag}/{name}"), words_of(name)

    assert own - {"purpose"} <= english  # by the purpose it chooses what the English is given
    assert english - own <= (ENGLISH_ALONE if ".mail." in name else set())


@each(tag=ALL, name=TEMPLATES)
def test_a_language_includes_its_own_pieces(tag: str, name: str) -> None:
    assert included(f"{tag}/{name}") == [f"{tag}/{piece}" for piece in included(name)]


@pytest.mark.parametrize("tag", ALL)
def test_a_folder_holds_every_file_of_a_language_and_no_other(tag: str) -> None:
    assert {path.name for path in (FOLDER / tag).iterdir()} == {
        *TEMPLATES, "language.yaml", "page.yaml",
    }  # fmt: skip


@each(purpose=Purpose, kind=["real", "exercise"], tag=ALL)
def test_the_binding_english_comes_first_and_the_mark_before_the_courtesy(
    tag: str, kind: str, purpose: Purpose
) -> None:
    language = known()[tag]
    values = {**NOTICE, "kind": kind, "purpose": purpose.value}

    plain = templates.write("first_notice", Channel.EMAIL, values)
    both = templates.write("first_notice", Channel.EMAIL, values, language=language)

    assert both.body.startswith(plain.body)
    below = both.body.removeprefix(plain.body)
    assert MARK in below
    assert language.mark in below
    assert set(HOLE.findall(below)) == {
        "deadline", "deadline_local", "link", "words", "reference",
    }  # fmt: skip
    assert below.count("EXERCISE EXERCISE EXERCISE") == (2 if kind == "exercise" else 0)
    assert both.subject == plain.subject
    assert (plain.language, both.language) == ("en", tag)


@pytest.mark.parametrize("tag", ALL)
def test_the_html_names_the_language_and_its_direction(tag: str) -> None:
    language = known()[tag]

    html = templates.write("first_notice", Channel.EMAIL, NOTICE, language=language).html

    assert f'lang="{tag}" dir="{"rtl" if tag == "prs" else "ltr"}"' in html
    assert html.index("English is the binding text") < html.index(MARK) < html.index(language.mark)


@each(tag=ALL, kind=["first_notice", "situation_update", "correction", "withdrawal", "stand_down"])
def test_each_text_to_everybody_can_be_made_in_every_language(tag: str, kind: str) -> None:
    values = {**TEXT, "text_kind": kind}

    both = templates.write("to_everybody", Channel.EMAIL, values, language=known()[tag])

    below = both.body.partition(MARK)[2]
    assert below.count("BP-2026-001") == 1
    assert "Persons in distress at sea" in below


@each(way=["reply", "link", "mail", "call"], kind=["real", "exercise"], tag=ALL)
def test_a_text_to_a_telephone_is_in_another_language_only_where_it_is_one_part(
    tag: str, kind: str, way: str
) -> None:
    values = {**NOTICE, "kind": kind, "way": way}

    words = templates.write("first_notice", Channel.SMS, values, language=known()[tag])

    assert gsm_segments.count(templates.fill(words.body, templates.LONGEST)).parts == 1
    assert words.language in {tag, "en"}
    assert (words.language == tag) == (tag in {"id", "ms"})  # 70 signs are too few for the others
    assert ("OK" in words.body) == (way == "reply")
    assert (templates.hole("link") in words.body) == (way == "link")


@pytest.mark.parametrize("tag", ["th", "bn", "prs"])
def test_a_stand_down_is_short_enough_for_another_alphabet(tag: str) -> None:
    words = templates.write("to_everybody", Channel.SMS, TEXT, language=known()[tag])

    assert words.language == tag
    assert gsm_segments.count(words.body).units <= 70


@pytest.mark.parametrize(
    ("tags", "by_mail", "by_sms"),
    [
        (["en", "bn"], "bn", None),
        (["bn", "en"], "bn", "bn"),
        (["en", "fa", "ps"], "prs", None),
        (["fa-AF"], "prs", "prs"),
        (["en", "fr", "th"], "th", None),
        (["fr", "th"], "th", None),
        (["en"], None, None),
        ([], None, None),
    ],
)
def test_an_office_gets_the_first_of_its_languages_that_there_is(
    tags: list[str], by_mail: str | None, by_sms: str | None
) -> None:
    mail = translations.courtesy(tags, Channel.EMAIL)
    sms = translations.courtesy(tags, Channel.SMS)

    assert (mail.tag if mail else None, sms.tag if sms else None) == (by_mail, by_sms)


def test_languages_without_texts_are_named() -> None:
    assert translations.lacking(["en", "en-AU", "fr", "bn", "xx"]) == ["fr", "xx"]


@pytest.mark.parametrize("tag", ALL)
def test_the_members_page_has_every_word_in_every_language_with_the_same_holes(tag: str) -> None:
    english, own = translations.page_words(), translations.page_words(tag)

    assert list(own) == list(english)
    for name, text in own.items():
        assert fields(text) == fields(english[name]), name
        assert text.strip()


def fields(text: str) -> list[str]:
    return [name for _, name, _, _ in Formatter().parse(text) if name]


def test_a_page_without_a_translation_is_in_english() -> None:
    assert translations.page_words("fr") == translations.page_words("en")
