"""What do providers and mail servers bring?

The two webhooks of the SMS provider, those of mail providers, and the doors for mail. Whatever
comes in is committed before its bringer hears that it was, and read after that.
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from convening.replies.worker import ReplyReader
from dashboard.web.errors import RefusedError
from dashboard.web.page import AsyncAct, Page, PageRequest
from dashboard.web.rate_limit import REFUSALS_KEPT, Pace
from mechanism.vocabulary import NeedCause
from notifications.email.inbound import arrival
from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.imap import MailboxDoor
from notifications.email.inbound.listener import MailDoor, listen_for_mail
from notifications.email.inbound.webhooks import DIALECTS
from notifications.email.inbound.webhooks.dialect import (
    Dialect,
    Knock,
    UnsignedError,
    WithoutOriginalError,
)
from notifications.inbox import keep
from notifications.inbox.batch import Batcher
from notifications.outbox import settle
from notifications.twilio import callbacks
from notifications.twilio.callbacks import text_message
from store import ledger, needs
from store.events import Noted
from store.installation import Installation
from store.tables import Attempt

LARGEST_POST: Final = 64 * 1024 * 1024  # the largest mail in base64, and what is said of it
AT_ONCE: Final = 8  # bodies of mail providers that are held in memory
COME_AGAIN: Final = 503  # the one answer after which every mail provider comes again for hours

_log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Refused:
    """A call at a provider's door that was not let in."""

    provider: str
    route: str
    why: str
    check: str  # what a person is told to look at
    address: str


class Doors:
    """What all doors of this process share: who keeps, who reads, and how refusals are noted."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self.batcher = Batcher(installation.database, installation.now)
        self.reader = ReplyReader(installation, self.batcher.stand_back)
        self.bodies = asyncio.Semaphore(AT_ONCE)
        self._refusals = Pace(REFUSALS_KEPT)
        self._open = ExitStack()

    def open(self) -> None:
        """Open those doors that are no routes: the listener for mail, and the mailbox."""
        self._open.callback(self.reader.close)
        self._open.callback(self.batcher.close)
        if self._installation.settings.inbox_port:
            self._open.callback(self._listen_for_mail())
        if self._installation.settings.imap_host:
            mailbox = MailboxDoor(
                self._installation.settings, self.batcher, self.reader.read, self._tell_a_person
            )
            self._open.callback(mailbox.open())

    def close(self) -> None:
        """Close them, and keep what has come in."""
        self._open.close()

    def reading(self, ids: Sequence[int]) -> BackgroundTask | None:
        """What is to be done with these once their bringer has its answer."""

        async def read() -> None:
            await asyncio.wrap_future(self.reader.read(ids))

        return BackgroundTask(read) if ids else None

    def _listen_for_mail(self) -> Callable[[], None]:
        settings, door = self._installation.settings, MailDoor(self.batcher, self.reader.read)
        return listen_for_mail(
            door, host=settings.inbox_host, port=settings.inbox_port, lmtp=settings.inbox_lmtp
        )

    def note_refusal(self, refused: Refused, *, real_now: datetime) -> None:
        """Write it down, as long as they do not come in floods; a person is told once a day."""
        if not self._refusals.lets(refused.provider, now=real_now):
            return
        now = self._installation.now()
        with self._installation.database.transaction() as session:
            ledger.append(
                session,
                Noted.WEBHOOK_REFUSED,
                subject=ledger.Subject(ledger.SYSTEM_LOG, "webhook", refused.provider),
                actor=ledger.Actor("provider", "unknown"),
                now=now,
                data={"route": refused.route, "why": refused.why},
                private={"address": refused.address},
            )
            _need(session, refused.check, key=f"webhooks/{refused.provider}", now=now)

    def _tell_a_person(self, what: str) -> None:
        now = self._installation.now()
        with self._installation.database.transaction() as session:
            _need(session, what, key="mailbox", now=now)


def _need(session: Session, what: str, *, key: str, now: datetime) -> None:
    """A person is needed for a door; said once a day."""
    dated = f"{key}/{now:%Y-%m-%d}"
    needs.raise_need(session, NeedCause.ENGINE, what, key=dated, now=now)


def doors_of(http: Request) -> Doors:
    """The doors of the application that is visited."""
    doors: Doors = http.app.state.doors
    return doors


async def take_text(request: PageRequest) -> Response:
    """A text from a member: kept at once, read after the provider has its answer.

    In a storm many wait here for one commit, so none of them holds a thread.
    """
    form, why = _form_and_fault(request)
    if why:
        raise await run_in_threadpool(unsigned, request, why)
    doors = doors_of(request.http)
    ids = await asyncio.wrap_future(doors.batcher.keep([text_message(_named(form))]))
    return Response("<Response/>", media_type="text/xml", background=doors.reading(ids))


def take_status(request: PageRequest) -> Response:
    """The provider's word about an attempt; again, early or about nothing, it harms nothing."""
    form = dict(signed_form(request))
    attempt_id = callbacks.attempt_of(
        request.part("attempt"), request.part("mac"), request.settings.key
    )
    if attempt_id is None:
        raise unsigned(request, "a report on an address that is not ours")
    with request.installation.database.transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        if keep.keep_receipt(session, attempt, form, now=request.now) and attempt is not None:
            settle.receive(
                session,
                attempt,
                status=form.get("MessageStatus", ""),
                provider_id=form["MessageSid"],
                refused=callbacks.reported(form.get("ErrorCode", "")),
                now=request.now,
            )
    return Response("<Response/>", media_type="text/xml")


def signed_form(request: PageRequest, *, about: str = "MessageSid") -> list[tuple[str, str]]:
    """The form, if the provider has signed it for our public address; else it is refused.

    `about` is the field that names what it is about, without which nothing can be kept.
    """
    form, why = _form_and_fault(request)
    if why:
        raise unsigned(request, why)
    return _named(form, about=about)


def _form_and_fault(request: PageRequest) -> tuple[list[tuple[str, str]], str]:
    """The form, and why it is not the provider's; nothing where it is.

    The address is never built from the Host header, which a stranger chooses.
    """
    form = [(name, str(value)) for name, value in request.form.multi_items()]
    query = request.http.url.query
    url = f"{request.settings.public_url}{request.http.url.path}" + (f"?{query}" if query else "")
    signature = request.http.headers.get("x-twilio-signature")
    is_signed = callbacks.signature_ok(
        tokens=request.settings.sms_tokens,
        url=url,
        params=form,
        signature=signature,
        settings_header=request.http.headers.get(callbacks.SIGNATURE_SETTINGS),
        shared_key=request.settings.sms_shared_key.get_secret_value(),
    )
    return form, "" if is_signed else ("forged" if signature else "no signature of the provider's")


def _named(form: list[tuple[str, str]], *, about: str = "MessageSid") -> list[tuple[str, str]]:
    if about not in dict(form):
        raise RefusedError(400, "The form names no message and no call.")
    return form


def unsigned(request: PageRequest, why: str) -> RefusedError:
    """A refusal that a person is told of.

    The one honest cause is a token that was changed at the provider alone. Every answer by SMS
    would then come late, by the list that the engine asks for.
    """
    check = "Unsigned webhooks are arriving; check the auth token of the SMS provider."
    refused = Refused("twilio", request.page.path, why, check, request.address)
    doors_of(request.http).note_refusal(refused, real_now=request.real_now)
    return RefusedError(403, "This call does not carry the provider's signature.")


class _Later(Exception):  # noqa: N818 - no fault of ours: the provider is to come again
    """The provider is asked to come again, and a person to look why."""

    def __init__(self, why: str, remedy: str) -> None:
        super().__init__(why)
        self.why, self.remedy = why, remedy


async def take_mail(request: PageRequest) -> Response:
    """A mail from a provider: its original is kept at once, and read after the answer.

    A provider that is not named in the settings does not exist. One that may be the right one with
    a wrong secret is asked to come again: a mail must not be lost for a slip of the operator's.
    """
    http, name = request.http, request.part("provider")
    doors, secret = doors_of(http), request.settings.mail_webhooks.get(name)
    if name not in DIALECTS or secret is None or not secret.get_secret_value():
        raise RefusedError(404)
    try:
        async with doors.bodies:
            arrived = await _opened(http, DIALECTS[name], secret.get_secret_value())
            ids = await asyncio.wrap_future(doors.batcher.keep(arrival.letters(arrived)))
    except _Later as later:
        await run_in_threadpool(_note, http, name, later.why, later.remedy)
        return PlainTextResponse("come again", COME_AGAIN)
    except Exception as error:  # noqa: BLE001 - whatever it is, the mail must not be lost
        _log.error("a mail could not be kept; its provider comes again: %s", type(error).__name__)
        return PlainTextResponse("come again", COME_AGAIN)
    return PlainTextResponse("kept", background=doors.reading(ids))


async def _opened(http: Request, dialect: Dialect, secret: str) -> Arrival:
    """The mail in this request; what holds no original is kept as it came, for a person."""
    check = f"check the secret of {dialect.name} in CM_MAIL_WEBHOOKS"
    key = http.path_params.get("key", "")
    if not dialect.lets_in(Knock(key, http.headers.get("authorization", "")), secret):
        raise _Later("without the secret", check)
    body, kind = await _body(http), http.headers.get("content-type", "")
    real_now = http.app.state.real_now()
    try:
        return await run_in_threadpool(dialect.open, body, kind, secret=secret, now=real_now)
    except UnsignedError:
        raise _Later("not signed, or too old", f"{check}, and the clock") from None
    except WithoutOriginalError:
        why, remedy = "without the original", f"tell {dialect.name} to send the raw message"
        await run_in_threadpool(_note, http, dialect.name, why, remedy)
        return Arrival(body, dialect.name, sender="", secure=True)


async def _body(http: Request) -> bytes:
    body = bytearray()
    async for chunk in http.stream():
        body += chunk
        if len(body) > LARGEST_POST:
            raise _Later("too large", "look for the mail at the provider itself")
    return bytes(body)


def _note(http: Request, provider: str, why: str, remedy: str) -> None:
    check = f"What a mail provider brings is not as it should be ({why}): {remedy}."
    address = http.client.host if http.client else ""
    refused = Refused(provider, http.scope["route"].path, why, check, address)
    doors_of(http).note_refusal(refused, real_now=http.app.state.real_now())


TWILIO_TEXT: Final = Page(
    "/twilio/sms", takes=AsyncAct(take_text), signed_by="twilio", opened_by_break_glass=True
)
TWILIO_STATUS: Final = Page(
    "/twilio/status/{attempt:int}/{mac}",
    takes=take_status,
    signed_by="twilio",
    opened_by_break_glass=True,
)
MAIL: Final = Page(
    "/mail/{provider}", takes=AsyncAct(take_mail), signed_by="the mail provider", reads_body=True
)
MAIL_WITH_KEY: Final = Page(
    "/mail/{provider}/{key}",
    takes=AsyncAct(take_mail),
    signed_by="the mail provider",
    reads_body=True,
)
