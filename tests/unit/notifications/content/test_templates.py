"""Wording: a missing word is an error, holes are filled late, and an SMS is plain."""

from datetime import UTC, datetime

import pytest

from mechanism.vocabulary import Channel
from notifications.content import gsm_segments, templates
from notifications.content.templates import CannotRenderError, Words

WORDS = {
    "kind": "real",
    "reference": "BP-2026-001",
    "text_kind": "situation_update",
    "revision": 1,
    "title": "Boat in distress",
    "body": "Two boats.",
    "short_title": "Boat in distress",
    "office": "Migration desk",
    "member_name": "Atlantis",
    "marking": "TLP:AMBER",
    "issued_at": datetime(2026, 11, 23, 3, 40, tzinfo=UTC),
    "leaves_installation": True,
}


@pytest.mark.parametrize("channel", [Channel.SMS, Channel.EMAIL])
@pytest.mark.check(3)
def test_a_missing_word_is_an_error_that_names_the_template(channel: Channel) -> None:
    lacking = {name: value for name, value in WORDS.items() if name != "revision"}

    with pytest.raises(CannotRenderError, match=r"to_everybody\..*'revision' is undefined"):
        templates.write("to_everybody", channel, lacking)


def test_a_template_that_is_not_there_is_named() -> None:
    with pytest.raises(CannotRenderError, match=r"nothing\.sms\.j2: there is no such template"):
        templates.write("nothing", Channel.SMS, {})


def test_an_error_names_the_recipient_where_there_is_one() -> None:
    error = CannotRenderError("first_notice.mail.j2", "it broke", "Migration desk, Atlantis")

    assert str(error) == "Migration desk, Atlantis: first_notice.mail.j2: it broke"


def test_an_sms_is_one_line_of_plain_signs() -> None:
    words = templates.write(
        "to_everybody", Channel.SMS, WORDS | {"reference": "BP\u20132026\u2013001\n"}
    )

    assert "\n" not in words.body
    assert gsm_segments.count(words.body).parts == 1
    assert (words.subject, words.html) == ("", "")


@pytest.mark.check(1)
def test_the_html_says_the_same_words_and_escapes_them() -> None:
    words = templates.write("to_everybody", Channel.EMAIL, WORDS | {"body": "<b>Two</b> & more"})

    assert "<b>Two</b> & more" in words.body
    assert "&lt;b&gt;Two&lt;/b&gt; &amp; more" in words.html


def test_a_subject_is_one_line() -> None:
    words = templates.write("to_everybody", Channel.EMAIL, WORDS | {"title": "Boat\r\nBcc: x@y"})

    assert "\n" not in words.subject
    assert "\r" not in words.subject


def test_holes_without_a_value_stay_and_others_are_filled() -> None:
    words = Words("[[reference]]", "[[reference]] [[link]]", "[[code]]")

    assert words.filled({"reference": "BP-2026-001"}) == Words(
        "BP-2026-001", "BP-2026-001 [[link]]", "[[code]]"
    )


def test_what_is_filled_in_is_not_filled_again() -> None:
    assert templates.fill("[[a]]", {"a": "[[b]]", "b": "secret"}) == "[[b]]"


@pytest.mark.parametrize(
    "text",
    ["{{ nobody }}", "{{ title.__class__ }}", "{% include 'first_notice.mail.j2' %}", "{{ 1/0 }}"],
)
@pytest.mark.check(3)
def test_a_playbooks_sentence_may_use_nothing_but_its_words(text: str) -> None:
    with pytest.raises(CannotRenderError, match="the playbook's own wording"):
        templates.write_sentence(text, {"title": "Boat"})


def test_a_playbooks_sentence_is_text_and_not_html() -> None:
    assert templates.write_sentence("{{ title }} & co ", {"title": "<A>"}) == "<A> & co"


@pytest.mark.parametrize(
    ("zone", "said"),
    [
        ("UTC", "23 Nov 0340 UTC"),
        ("Asia/Dhaka", "09:40 Dhaka, 23 Nov"),
        ("Australia/Sydney", "14:40 Canberra, 23 Nov"),
        ("Asia/Kathmandu", "09:25 Kathmandu, 23 Nov"),
        ("America/New_York", "22:40 Washington, 22 Nov"),
    ],
)
def test_a_moment_is_said_as_a_duty_officer_reads_it(zone: str, said: str) -> None:
    assert templates.clock_time(WORDS["issued_at"], zone) == said  # type: ignore[arg-type]
