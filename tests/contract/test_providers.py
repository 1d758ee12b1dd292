"""What every provider does alike, asked of the real clients over loopback."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, replace
from datetime import timedelta

import pytest
from aiosmtpd.smtp import Envelope, Session

from mechanism.vocabulary import Channel
from notifications.email.smtp.provider import Smtp
from notifications.kannel.sms import Kannel
from notifications.provider import (
    Accepted,
    NotFound,
    Outcome,
    Outgoing,
    Provider,
    Refusal,
    Rejected,
    Unknown,
    guarded,
)
from notifications.twilio.client import TwilioAccount
from notifications.twilio.sms import Twilio
from notifications.twilio.voice import TwilioVoice
from simulator import (
    DEMO_ACCOUNT,
    DEMO_KANNEL_PASSWORD,
    DEMO_KANNEL_USER,
    DEMO_NUMBER,
    DEMO_TOKEN,
    Gateway,
    PlannedFault,
    Trouble,
)
from simulator.mail import Conversation, Mailboxes
from tests.support.patience import PATIENCE

KEY = b"a key of the tests"
TIMEOUT = 2.0  # seconds it waits where the answer never comes
SILENCE = 60.0  # seconds for which it does not come


@dataclass(frozen=True)
class Way:
    """One kind of provider, and the faults by which the same thing happens to it."""

    channel: Channel
    make: Callable[[Gateway, float], Provider]  # the second: seconds it waits for an answer
    address: str
    permanent: PlannedFault
    temporary: PlannedFault
    cut_after_taking: PlannedFault
    silence_after_taking: PlannedFault
    cut_before_taking: PlannedFault
    pipelines: bool = False
    blames: Refusal = Refusal.ADDRESS  # as far as it can tell at once
    gives_ids: bool = True  # the provider's own, by which what arrived can be told apart

    def taken(self, gateway: Gateway, address: str = "") -> int:
        """How many were taken for an address: messages that arrived, or calls."""
        place = gateway.phone(address or self.address)
        return len(place.calls if self.channel is Channel.VOICE else place.messages)

    async def arrives(self, gateway: Gateway) -> None:
        """Wait until it is there; what a call says is asked for, and does not come with it."""
        if self.channel is Channel.VOICE:
            await gateway.phone(self.address).expect_call("no-answer")
        else:
            assert "OK 00001" in (await gateway.expect(self.address, containing="urgent")).text

    def outgoing(self, attempt: int = 1, *, address: str = "") -> Outgoing:
        to = address or self.address
        code = f"OK {attempt:05}"
        raw = f"From: desk@mechanism.example\r\nTo: {to}\r\nSubject: urgent\r\n\r\nReply {code}\r\n"
        return Outgoing(
            attempt=attempt,
            channel=self.channel,
            address=to,
            body=f"BP-X-2026-003 urgent. Reply {code}",
            raw=raw.encode(),
            message_id=f"<m{attempt}@mechanism.example>",
            search=code,
        )

    def other(self, number: int) -> str:
        return self.address.replace("1", str(number), 1)


def twilio(gateway: Gateway, timeout: float) -> Provider:
    return Twilio(
        account(gateway, timeout),
        senders={"": DEMO_NUMBER},
        public_url="http://127.0.0.1:9",  # nobody listens: status reports are lost
        callback_key=KEY,
    )


def voice(gateway: Gateway, timeout: float) -> Provider:
    return TwilioVoice(
        account(gateway, timeout),
        senders={"": DEMO_NUMBER},
        public_url="http://127.0.0.1:9",
        callback_key=KEY,
    )


def account(gateway: Gateway, timeout: float) -> TwilioAccount:
    return TwilioAccount(DEMO_ACCOUNT, DEMO_TOKEN, api_base=gateway.http_url, timeout=timeout)


def kannel(gateway: Gateway, timeout: float) -> Provider:
    return Kannel(
        api_base=gateway.http_url,
        user=DEMO_KANNEL_USER,
        password=DEMO_KANNEL_PASSWORD,
        sender="+999901001",
        public_url="http://127.0.0.1:9",
        callback_key=KEY,
        timeout=timeout,
    )


def smtp(gateway: Gateway, timeout: float) -> Provider:
    return Smtp(
        host="127.0.0.1",
        port=gateway.smtp_port,
        mail_domain="mechanism.example",
        callback_key=KEY,
        timeout=timeout,
    )


WAYS = [
    Way(
        channel=Channel.SMS,
        make=twilio,
        address="+999100000001",
        permanent=PlannedFault(Trouble.SMS_REFUSED, code=21614),
        temporary=PlannedFault(Trouble.SMS_BUSY, seconds=7),
        cut_after_taking=PlannedFault(Trouble.SMS_TAKEN_THEN_CUT),
        silence_after_taking=PlannedFault(Trouble.SMS_HANG, seconds=SILENCE),
        cut_before_taking=PlannedFault(Trouble.SMS_OUTAGE),
    ),
    Way(
        channel=Channel.EMAIL,
        make=smtp,
        address="office1@member.example",
        permanent=PlannedFault(Trouble.MAIL_REFUSED, code=550),
        temporary=PlannedFault(Trouble.MAIL_REFUSED, code=451),
        cut_after_taking=PlannedFault(Trouble.MAIL_TAKEN_THEN_CUT),
        silence_after_taking=PlannedFault(Trouble.MAIL_HANG, seconds=SILENCE),
        cut_before_taking=PlannedFault(Trouble.MAIL_OUTAGE),
    ),
]
WAYS.append(replace(WAYS[-1], pipelines=True))
WAYS.append(
    replace(
        WAYS[0],
        channel=Channel.VOICE,
        make=voice,
        permanent=PlannedFault(Trouble.CALL_REFUSED, code=21217),
        temporary=PlannedFault(Trouble.CALL_LIMITED, seconds=7),
        cut_after_taking=PlannedFault(Trouble.CALL_TAKEN_THEN_CUT),
        silence_after_taking=PlannedFault(Trouble.CALL_HANG, seconds=SILENCE),
        cut_before_taking=PlannedFault(Trouble.CALL_OUTAGE),
    )
)
WAYS.append(replace(WAYS[0], make=kannel, blames=Refusal.POLICY, gives_ids=False))


@pytest.fixture(params=WAYS, ids=lambda way: f"{way.make.__name__}{'_pipelined' * way.pipelines}")
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Way:
    assert isinstance(request.param, Way)
    if request.param.pipelines:
        monkeypatch.setattr(Mailboxes, "handle_EHLO", offering_pipelining)
    return request.param


PLAIN_EHLO = Mailboxes.handle_EHLO


async def offering_pipelining(  # aiosmtpd counts the parameters
    self: Mailboxes,
    server: Conversation,
    session: Session,
    envelope: Envelope,
    hostname: str,
    responses: list[str],
) -> list[str]:
    """The simulated mail server reads what is sent ahead, but does not say so by itself."""
    plain = await PLAIN_EHLO(self, server, session, envelope, hostname, responses)
    return [*plain[:-1], "250-PIPELINING", plain[-1]]


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=1000) as gateway:
        yield gateway


@asynccontextmanager
async def opened(provider: Provider) -> AsyncIterator[Provider]:
    """As the registry hands it out."""
    safe = guarded(provider, refused=("+1",))
    await safe.open()
    yield safe
    await safe.close()


@pytest.fixture
async def provider(gateway: Gateway, way: Way) -> AsyncIterator[Provider]:
    async with opened(way.make(gateway, PATIENCE)) as provider:
        yield provider


@pytest.fixture
async def hasty(gateway: Gateway, way: Way) -> AsyncIterator[Provider]:
    async with opened(way.make(gateway, TIMEOUT)) as provider:
        yield provider


async def test_what_is_accepted_arrives(gateway: Gateway, way: Way, provider: Provider) -> None:
    outcome = await provider.submit(way.outgoing())

    assert isinstance(outcome, Accepted)
    assert outcome.provider_id
    await way.arrives(gateway)


async def test_a_provider_names_itself_and_its_channel(way: Way, provider: Provider) -> None:
    assert provider.channel is way.channel
    assert provider.name


async def test_an_address_that_does_not_exist_is_refused_for_good(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    gateway.faults.add(way.permanent)

    outcome = await provider.submit(way.outgoing())

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is way.blames
    assert outcome.permanent
    assert way.taken(gateway) == 0


async def test_a_refusal_for_now_may_be_tried_again(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    gateway.faults.add(way.temporary)

    outcome = await provider.submit(way.outgoing())
    again = await provider.submit(way.outgoing(2))

    assert isinstance(outcome, Rejected)
    assert not outcome.permanent
    assert isinstance(again, Accepted)


async def test_a_connection_cut_after_taking_leaves_it_unknown(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    gateway.faults.add(way.cut_after_taking)

    outcome = await provider.submit(way.outgoing())

    assert isinstance(outcome, Unknown)
    assert way.taken(gateway) == 1


async def test_a_time_out_after_taking_leaves_it_unknown_and_comes_in_time(
    gateway: Gateway, way: Way, hasty: Provider
) -> None:
    gateway.faults.add(way.silence_after_taking)
    began = time.monotonic()

    outcome = await hasty.submit(way.outgoing())

    assert isinstance(outcome, Unknown)
    assert TIMEOUT * 0.9 < time.monotonic() - began < SILENCE / 2
    assert way.taken(gateway) == 1


async def test_a_cut_before_taking_is_never_called_accepted(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    gateway.faults.add(way.cut_before_taking)

    outcome = await provider.submit(way.outgoing())

    assert not isinstance(outcome, Accepted)
    assert way.taken(gateway) == 0


async def test_nobody_listening_is_a_refusal_for_now(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    await provider.close()
    await gateway.close()

    outcome = await provider.submit(way.outgoing())

    assert outcome == Rejected(Refusal.AWAY, "not_connected", _detail(outcome))


async def test_an_exercise_reaches_nobody_outside_its_list(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    listed = replace(way.outgoing(), allowed=frozenset({way.address}))
    stranger = replace(way.outgoing(2), allowed=frozenset({way.other(2)}))

    outcome = await provider.submit(stranger)

    assert isinstance(outcome, Rejected)
    assert (outcome.refusal, outcome.code) == (Refusal.HELD_BACK, "exercise_list")
    assert await provider.reconcile(stranger) == NotFound()
    assert way.taken(gateway) == 0
    assert isinstance(await provider.submit(listed), Accepted)


async def test_a_prefix_that_is_never_dialled_is_refused_and_was_surely_not_sent(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    number = replace(way.outgoing(), address="+1999")
    if way.channel is Channel.EMAIL:
        number = replace(number, address="+1999@member.example")

    outcome, found = await provider.submit(number), await provider.reconcile(number)

    is_number = way.channel is not Channel.EMAIL
    assert isinstance(outcome, Rejected if is_number else Accepted)
    assert isinstance(found, NotFound if is_number else Unknown)
    assert way.taken(gateway, number.address) == (0 if is_number else 1)


async def test_a_hundred_at_once_each_get_their_own_answer(
    gateway: Gateway, way: Way, provider: Provider
) -> None:
    addresses = [way.other(number) for number in range(100, 200)]
    gateway.faults.add(replace(way.permanent, match=addresses[50]))

    outcomes = await asyncio.gather(
        *(
            provider.submit(way.outgoing(number, address=address))
            for number, address in enumerate(addresses, start=1)
        )
    )

    kinds = [type(outcome) for outcome in outcomes]
    assert kinds == [Accepted] * 50 + [Rejected] + [Accepted] * 49
    assert [way.taken(gateway, address) for address in addresses].count(1) == 99
    by_id = {one.provider_id: one.to for one in gateway.arrivals if one.arrived}
    by_id |= {call.sid: call.to for call in gateway.calls}
    if way.channel is not Channel.EMAIL and way.gives_ids:
        given = [o.provider_id if isinstance(o, Accepted) else "" for o in outcomes]
        assert [by_id.get(one, addresses[50]) for one in given] == addresses


async def test_nothing_personal_is_logged(
    gateway: Gateway, way: Way, provider: Provider, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    caplog.set_level(logging.WARNING, logger="mail.log")  # the mail server's own, not ours

    await provider.submit(way.outgoing())
    gateway.faults.add(way.permanent, way.cut_after_taking)
    await provider.submit(way.outgoing(2))
    await provider.submit(way.outgoing(3))
    await provider.reconcile(way.outgoing())

    assert way.address not in caplog.text
    assert way.address.lstrip("+") not in caplog.text
    assert "urgent" not in caplog.text


async def test_a_closed_provider_opens_again_by_itself(way: Way, provider: Provider) -> None:
    await provider.close()

    assert isinstance(await provider.submit(way.outgoing()), Accepted)


async def test_a_validity_longer_than_any_provider_keeps_is_no_reason_to_refuse(
    way: Way, provider: Provider
) -> None:
    outgoing = replace(way.outgoing(), valid_for=timedelta(days=3))

    assert isinstance(await provider.submit(outgoing), Accepted)


def _detail(outcome: Outcome) -> str:
    return outcome.detail if isinstance(outcome, Rejected) else ""
