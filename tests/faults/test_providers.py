"""Whatever a provider does, nothing is lost, and nothing is doubled that was surely taken."""

from collections.abc import Callable
from dataclasses import dataclass
from operator import attrgetter

import pytest

from simulator import PlannedFault, Trouble
from store.needs import open_needs
from tests.support.faults.tally import Tally
from tests.support.invariants import check
from tests.support.scene import Scene


@dataclass(frozen=True)
class Case:
    """Faults that meet every message of their kind, and what must come of it."""

    name: str
    faults: tuple[PlannedFault, ...]
    alternate: bool = False  # the alternate must be asked at once
    said: str = ""  # what people must be told
    doubled: int = 0  # arrivals too many, where nobody could know


def once(trouble: Trouble, **more: float) -> PlannedFault:
    """At each address in turn, once: the phone or mailbox of the focal point."""
    match = "*@atlantis.example" if trouble.name.startswith("MAIL") else "+99910031*"
    return PlannedFault(trouble, match=match, **more)  # type: ignore[arg-type]  # seconds and code only


def always(trouble: Trouble, **more: float) -> PlannedFault:
    """Every time at the focal point's address."""
    match = "desk@atlantis.example" if trouble.name.startswith("MAIL") else "+99910031*"
    return PlannedFault(trouble, match=match, times=None, **more)  # type: ignore[arg-type]  # as above


CASES = [
    Case("429 with Retry-After", (once(Trouble.SMS_BUSY, seconds=7),)),
    Case("503, not taken", (once(Trouble.SMS_ERROR),)),
    Case("503 after taking", (once(Trouble.SMS_TAKEN_THEN_ERROR), once(Trouble.CALLBACK_LOST))),
    Case("cut after taking", (once(Trouble.SMS_TAKEN_THEN_CUT), once(Trouble.CALLBACK_LOST))),
    Case("201 with a body of no use", (
        once(Trouble.SMS_TAKEN_THEN_GARBLED), once(Trouble.CALLBACK_LOST),
    )),
    Case("cut before taking", (once(Trouble.SMS_OUTAGE),)),
    Case("refused for good", (always(Trouble.SMS_REFUSED, code=21211),), alternate=True),
    Case("undelivered", (once(Trouble.UNDELIVERED),), alternate=True),
    Case("cut, and the list is down", (
        once(Trouble.SMS_TAKEN_THEN_CUT), always(Trouble.LIST_ERROR), once(Trouble.CALLBACK_LOST),
    ), alternate=True, said="nobody can tell whether it was sent"),
    Case("reports lost", (once(Trouble.CALLBACK_LOST),)),
    Case("reports doubled", (once(Trouble.CALLBACK_DOUBLED),)),
    Case("reports in the wrong order", (once(Trouble.CALLBACK_REORDERED),)),
    Case("a report before the answer", (once(Trouble.CALLBACK_EARLY),)),
    Case("a report although the answer was cut", (
        once(Trouble.SMS_TAKEN_THEN_CUT), once(Trouble.CALLBACK_EARLY),
    )),
    Case("forged reports", (once(Trouble.BAD_SIGNATURE),), said="Unsigned webhooks"),
    Case("mail: come back later", (once(Trouble.MAIL_REFUSED, code=451),)),
    Case("mail: no such mailbox", (always(Trouble.MAIL_REFUSED, code=550),), alternate=True),
    Case("mail: refused after its data", (once(Trouble.MAIL_REFUSED_AFTER_DATA, code=451),)),
    Case("mail: not wanted, after its data", (
        always(Trouble.MAIL_REFUSED_AFTER_DATA, code=550),
    ), alternate=True, said="could not be sent"),
    Case("mail: cut after its data", (once(Trouble.MAIL_TAKEN_THEN_CUT),), doubled=1),
    Case("mail: cut before", (once(Trouble.MAIL_OUTAGE),)),
]  # fmt: skip


@pytest.mark.parametrize("case", CASES, ids=attrgetter("name"))
def test_nothing_is_lost_and_nothing_surely_taken_is_doubled(
    installation: Scene, tally: Callable[[Tally], None], case: Case
) -> None:
    installation.gateway.faults.add(*case.faults)
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    for _ in range(5):
        installation.forward(seconds=8)

    check(installation.witness_of_anybody())
    counted = Tally.of(installation)
    assert counted.messages >= 8
    assert (counted.lost, counted.doubled_though_known) == (0, 0)
    assert counted.doubled_unknown == case.doubled
    assert {t for t, _ in installation.gateway.faults.struck} == {
        fault.trouble for fault in case.faults
    }
    if case.alternate:
        installation.phone("alternate of Atlantis").expects_sms("reply OK")
        installation.mailbox("alternate of Atlantis").expects_mail("You are asked next")
    else:
        installation.phone("focal point of Atlantis").expects_sms("reply OK")
        installation.mailbox("focal point of Atlantis").expects_mail("Acknowledge receipt")
        assert installation.phone("alternate of Atlantis").messages == ()
    with installation.installation.database.reading() as session:
        sentences = [need.sentence for need in open_needs(session)]
    assert (case.said in " ".join(sentences)) if case.said else sentences == []
    tally(counted)


def test_an_outage_is_told_to_people_and_everything_leaves_when_it_is_over(
    installation: Scene, tally: Callable[[Tally], None]
) -> None:
    installation.gateway.faults.add(
        PlannedFault(Trouble.SMS_OUTAGE, times=None), PlannedFault(Trouble.MAIL_OUTAGE, times=None)
    )
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    for _ in range(3):
        installation.forward(seconds=6)
    assert installation.phone("focal point of Atlantis").messages == ()
    with installation.installation.database.reading() as session:
        sentences = " ".join(need.sentence for need in open_needs(session))
    assert "E-mails by the provider smtp fail again and again" in sentences
    assert "Texts by the provider twilio fail again and again" in sentences

    installation.gateway.faults.clear()
    for _ in range(2):
        installation.forward(seconds=60)

    installation.phone("focal point of Atlantis").expects_sms("reply OK")
    installation.mailbox("focal point of Mu").expects_mail("Acknowledge receipt")
    installation.phone("the secretariat").expects_sms("by the provider smtp fail")
    check(installation.witness_of_anybody())
    counted = Tally.of(installation)
    assert (counted.lost, counted.doubled_though_known, counted.unknown) == (0, 0, 0)
    tally(counted)


def test_a_provider_that_never_answers_is_left_behind_and_asked_afterwards(
    installation: Scene, tally: Callable[[Tally], None]
) -> None:
    phone = installation.phone("focal point of Atlantis")
    installation.gateway.faults.add(
        PlannedFault(Trouble.SMS_HANG, match=phone.address, seconds=11),
        PlannedFault(Trouble.CALLBACK_LOST, match=phone.address),
    )
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    for _ in range(5):  # that a busy machine answers one question too late costs one of them
        installation.forward(seconds=8)

    check(installation.witness_of_anybody())
    assert len(phone.messages) == 1
    counted = Tally.of(installation)
    assert (counted.lost, counted.doubled_though_known, counted.doubled_unknown) == (0, 0, 0)
    assert counted.unknown == 0
    tally(counted)


def test_answers_that_a_provider_hands_in_twice_or_forged_do_no_harm(
    installation: Scene, tally: Callable[[Tally], None]
) -> None:
    phone = installation.phone("focal point of Atlantis")
    installation.gateway.faults.add(PlannedFault(Trouble.REPLY_DOUBLED, match=phone.address))
    installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])

    phone.expects_sms("reply OK").replies("OK {code}")
    phone.says("Thank you")

    check(installation.witness_of_anybody())
    assert installation.ledger.sentences.count("Atlantis acknowledged by SMS") == 1
    counted = Tally.of(installation)
    assert (counted.answers, counted.answers_lost) == (2, 0)
    tally(counted)
