"""What do providers bring: texts, keys, their word about what we sent, and mail?

Each comes to its provider's own hook, which alone knows its fields. Whatever comes in is committed
before its bringer hears that it was, and read after that.
"""

import asyncio
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

from starlette.background import BackgroundTask
from starlette.concurrency import run_in_threadpool
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response

from convening.replies import by_keypad
from convening.replies.by_keypad import Speech
from dashboard.doors import Refused, doors_of
from dashboard.web.errors import RefusedError
from dashboard.web.page import AsyncAct, Page, PageRequest
from notifications import registry
from notifications.email.inbound import arrival
from notifications.email.inbound.arrival import Arrival
from notifications.email.inbound.webhooks import DIALECTS
from notifications.email.inbound.webhooks.dialect import (
    Dialect,
    Knock,
    UnsignedError,
    WithoutOriginalError,
)
from notifications.hook import (
    CallHook,
    CallReport,
    Document,
    Hook,
    HookRequest,
    MalformedError,
    UnverifiedError,
)
from notifications.outbox import settle
from store.tables import Attempt

LARGEST_POST: Final = 64 * 1024 * 1024  # the largest mail in base64, and what is said of it
COME_AGAIN: Final = 503  # the one answer after which every mail provider comes again for hours

_log = logging.getLogger(__name__)


async def take_text(request: PageRequest) -> Response:
    """A text from a member: kept at once, read after the provider has its answer.

    In a storm many wait here for one commit, so none of them holds a thread.
    """
    hook, doors = _hook(request), doors_of(request.http)
    try:
        heard = hook.inbound(_called(request))
    except UnverifiedError as error:
        raise await run_in_threadpool(_stranger, request, hook, str(error)) from None
    except MalformedError as error:
        raise RefusedError(400, str(error)) from None
    ids = await asyncio.wrap_future(doors.batcher.keep([heard]))
    return _answer(hook.received, background=doors.reading(ids))


def take_text_by_query(request: PageRequest) -> Response:
    """A text that a provider asks us to take by GET."""
    hook, doors = _hook(request), doors_of(request.http)
    with _believed(request, hook):
        heard = hook.inbound(_called(request))
    ids = doors.batcher.keep([heard]).result()
    return _answer(hook.received, background=doors.reading(ids))


def take_status(request: PageRequest) -> Response:
    """A provider's word about an attempt; again, early or about nothing, it harms nothing."""
    hook = _hook(request)
    with _believed(request, hook):
        report = hook.status(_called(request))
    with request.installation.database.transaction() as session:
        settle.take_report(session, report, now=request.now)
    return _answer(hook.received)


def take_call(request: PageRequest) -> Response:
    """Somebody has taken a call of ours: say what that one may hear."""
    hook = _call_hook(request)
    with _believed(request, hook):
        report = hook.taken(_called(request))
    with request.installation.database.transaction() as session:
        attempt = session.get(Attempt, report.attempt)
        if attempt is None:
            return _hung_up(hook)
        speech = by_keypad.take(
            session, attempt, report, now=request.now, settings=request.settings
        )
    return _spoken(request, hook, speech, report.attempt)


def take_key(request: PageRequest) -> Response:
    """A key: committed raw, then read, then answered with what came of it."""
    hook, doors = _call_hook(request), doors_of(request.http)
    with _believed(request, hook):
        key = hook.inbound(_called(request))
    doors.reader.read_here(doors.batcher.keep([key]).result())
    with request.installation.database.reading() as session:
        attempt = session.get(Attempt, int(key.envelope["attempt"]))
        if attempt is None:
            return _hung_up(hook)
        speech = by_keypad.answer(session, attempt, key, settings=request.settings)
    return _spoken(request, hook, speech, attempt.id)


def take_call_status(request: PageRequest) -> Response:
    """How a call goes; nobody waits for an answer."""
    hook = _call_hook(request)
    with _believed(request, hook):
        report: CallReport = hook.status(_called(request))
    with request.installation.database.transaction() as session:
        by_keypad.end(session, report, now=request.now)
    return _answer(hook.received)


def _hook(request: PageRequest) -> Hook:
    hook = registry.hook_at(request.http.url.path, request.settings)
    if hook is None:
        raise RefusedError(404)
    return hook


def _call_hook(request: PageRequest) -> CallHook:
    hook = registry.call_hook_at(request.http.url.path, request.settings)
    if hook is None:
        raise RefusedError(404)
    return hook


def _called(request: PageRequest) -> HookRequest:
    http = request.http
    return HookRequest(
        path=http.url.path,
        settings=request.settings,
        parts={name: str(part) for name, part in http.path_params.items()},
        query=http.url.query,
        form=[(name, str(value)) for name, value in request.form.multi_items()],
        headers=dict(http.headers),
    )


@contextmanager
def _believed(request: PageRequest, hook: Hook) -> Iterator[None]:
    """Whoever is not the provider is refused, and what cannot be kept too."""
    try:
        yield
    except UnverifiedError as error:
        raise _stranger(request, hook, str(error)) from None
    except MalformedError as error:
        raise RefusedError(400, str(error)) from None


def _stranger(request: PageRequest, hook: Hook, why: str) -> RefusedError:
    """A refusal that a person is told of.

    The one honest cause is a secret that was changed at the provider alone. Every answer by text
    would then come late, by the list that the engine asks for, or never.
    """
    refused = Refused(hook.provider, request.page.path, why, hook.check, request.address)
    doors_of(request.http).note_refusal(refused, real_now=request.real_now)
    return RefusedError(403, "This call is not our provider's.")


def _spoken(request: PageRequest, hook: CallHook, speech: Speech, attempt: int) -> Response:
    if not speech.asks:
        return _answer(hook.tells(speech.lines))
    return _answer(
        hook.asks(speech.lines, at_end=speech.at_end, attempt=attempt, settings=request.settings)
    )


def _hung_up(hook: CallHook) -> Response:
    """An attempt that nobody knows any more has nothing to say."""
    return _answer(hook.tells(()))


def _answer(document: Document, *, background: BackgroundTask | None = None) -> Response:
    return Response(document.text, media_type=document.media_type, background=background)


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
TWILIO_CALL: Final = Page("/twilio/voice/{attempt:int}/{mac}", takes=take_call, signed_by="twilio")
TWILIO_KEY: Final = Page(
    "/twilio/voice/{attempt:int}/{mac}/answer", takes=take_key, signed_by="twilio"
)
TWILIO_CALL_STATUS: Final = Page(
    "/twilio/voice/{attempt:int}/{mac}/status", takes=take_call_status, signed_by="twilio"
)
KANNEL_STATUS: Final = Page("/kannel/status/{attempt:int}/{mac}", take_status, signed_by="kannel")
KANNEL_TEXT: Final = Page("/kannel/text/{word}", take_text_by_query, signed_by="kannel")
STATUS: Final = Page(
    "/hook/{provider}/status/{attempt:int}/{mac}",
    take_status,
    take_status,
    signed_by="the provider",
)
TEXT: Final = Page(
    "/hook/{provider}/text/{word}",
    take_text_by_query,
    AsyncAct(take_text),
    signed_by="the provider",
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
