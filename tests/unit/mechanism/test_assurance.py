"""How sure it is who answered: one table, one function, words that name nobody."""

import pytest

from mechanism.assurance import (
    Assurance,
    Evidence,
    SenderCheck,
    SentFrom,
    Way,
    assurance,
    suffices,
)

LEVELS = (1, 2, 3)


@pytest.mark.parametrize("way", Way)
def test_every_way_has_a_level_and_words(way: Way) -> None:
    found = assurance(Evidence(way))

    assert found.level in LEVELS
    assert found.words


@pytest.mark.parametrize(
    ("way", "level"),
    [
        (Way.SIGNED_IN, 3), (Way.CALL_WITH_WORDS, 3), (Way.LINK_OFFICE, 2), (Way.LINK_CODE, 2),
        (Way.CALL, 2), (Way.CALL_KEY, 2), (Way.LINK_TEXT, 1), (Way.SMS_CODE, 1), (Way.MAIL, 1),
        (Way.CALL_ELSEWHERE, 1), (Way.READ_BY_PERSON, 1),
    ],
)  # fmt: skip
def test_the_levels_are_those_that_were_agreed(way: Way, level: int) -> None:
    assert assurance(Evidence(way)).level == level


@pytest.mark.parametrize("check", SenderCheck)
@pytest.mark.parametrize("sent_from", SentFrom)
def test_a_mail_is_never_more_than_one_dot_and_says_what_its_check_has_shown(
    sent_from: SentFrom, check: SenderCheck
) -> None:
    found = assurance(Evidence(Way.MAIL, sent_from=sent_from, check=check))

    assert found.level == 1
    assert ("unauthenticated" in found.words) is (check is SenderCheck.FAILED)
    assert ("not on file" in found.words) is (sent_from is SentFrom.ELSEWHERE)


def test_what_is_about_mail_is_said_of_mail_alone() -> None:
    text = Evidence(Way.SMS_CODE, sent_from=SentFrom.ELSEWHERE, check=SenderCheck.FAILED)

    assert assurance(text) == assurance(Evidence(Way.SMS_CODE))


def test_a_detail_stands_behind_the_words() -> None:
    told = assurance(Evidence(Way.NOTE_VERBALE, "No. 80"))

    assert told == Assurance(1, "note verbale, recorded by an officer, No. 80")


@pytest.mark.parametrize("level", LEVELS)
@pytest.mark.parametrize("minimum", LEVELS)
def test_less_than_the_least_that_is_asked_does_not_suffice(level: int, minimum: int) -> None:
    assert suffices(level, minimum=minimum) is (level >= minimum)
