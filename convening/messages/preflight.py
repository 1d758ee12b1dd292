"""Would every text of a playbook fit and be rendered, for every office and way to answer?"""

from collections.abc import Iterator
from typing import Final

from convening.messages.compose import NO_TITLE, WayIn, longest_values, sms_words, way_in
from mechanism.ladder import Purpose
from mechanism.vocabulary import Channel
from notifications.content import gsm_segments, templates, translations
from notifications.content.country_rules import capability
from notifications.content.templates import Words
from playbooks.neutral import SHORT_TITLE_LIMIT
from playbooks.schema import Playbook
from settings import Settings
from store.capabilities import Overrides
from store.tables import (
    FocalPoint,
)
from validation import Fault, InvalidFileError


def sms_at_its_longest(
    office: FocalPoint, *, settings: Settings, overrides: Overrides, provider: str
) -> Words:
    """The longest first notice that a telephone of this office can get, its holes filled."""
    can = capability(office.country, provider=provider, overrides=overrides)
    values = {**_PLAIN, "way": way_in(office, can).value, "phone": settings.duty_phone}
    language = translations.courtesy(office.languages or (), Channel.SMS)
    words = sms_words(values, can, language, settings)
    return words.filled(longest_values(settings, kind=_PLAIN["kind"]))


_PLAIN: Final = {
    "kind": "real", "reference": templates.hole("reference"), "purpose": Purpose.FIRST_NOTICE.value,
    "short_title": "m" * SHORT_TITLE_LIMIT,
}  # fmt: skip


def longest_texts(playbook: Playbook, *, settings: Settings) -> Iterator[tuple[WayIn, str]]:
    """The longest first notice to a telephone by each way to answer, as it is sent."""
    for way in WayIn:
        fits = _too_long(playbook.wording.short_title, way, settings) <= 0
        title = playbook.wording.short_title if fits else NO_TITLE
        yield way, _at_its_longest(title, way, settings)


def check_sms(playbook: Playbook, *, source: str, settings: Settings) -> None:
    """RefusedError where a text to a telephone cannot say this playbook's title in one part."""
    faults = tuple(sms_faults(playbook, settings=settings))
    if faults:
        raise InvalidFileError(source, faults)


def sms_faults(playbook: Playbook, *, settings: Settings) -> Iterator[Fault]:
    """Why a text to a telephone cannot say this playbook's title in one part, and how to mend it.

    Where it cannot, it would say that a consultation is urgent; even that has its limit.
    """
    title = playbook.wording.short_title
    for way in WayIn:
        over = min(_too_long(title, way, settings), _too_long(NO_TITLE, way, settings))
        if over > 0:
            wrong = f"a text that says how to answer by {way.value} is {over} characters too long"
            yield Fault(None, _CAUSE[way], wrong, f"Shorten {_CAUSE[way]} by {over}.")
        elif (over := _too_long(title, way, settings)) > 0:
            wrong = (
                f"a text that says how to answer by {way.value} has no room for it: it would say "
                f"'{NO_TITLE}' instead"
            )
            mend = f"Shorten it by {over} characters, or {_CAUSE[way]} by as many."
            yield Fault(None, "wording.short_title", wrong, mend)


_CAUSE: Final = {
    WayIn.REPLY: "the reference",
    WayIn.LINK: "CM_PUBLIC_URL",
    WayIn.MAIL: "CM_DUTY_PHONE",
    WayIn.CALL: "CM_DUTY_PHONE",
}


def _too_long(title: str, way: WayIn, settings: Settings) -> int:
    """By how many characters a text with this title is longer than one part; below 1 it fits."""
    return gsm_segments.count(_at_its_longest(title, way, settings)).units - gsm_segments.ONE_PART


def _at_its_longest(title: str, way: WayIn, settings: Settings) -> str:
    values = {**_PLAIN, "short_title": title, "way": way.value, "phone": settings.duty_phone}
    words = templates.write("first_notice", Channel.SMS, values)
    return templates.fill(words.body, longest_values(settings, kind=_PLAIN["kind"]))
