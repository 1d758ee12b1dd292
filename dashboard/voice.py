"""What does a call of ours ask for: what it is to say, what a key has done, how it went?

Twilio signs each request, and its path carries the mark of the attempt. It waits for a document, so
everything here is short; a key is committed raw before anybody acts on it.
"""

from typing import Final

from starlette.responses import Response

from convening.replies import by_keypad
from convening.replies.by_keypad import Speech
from dashboard.web.page import Page, PageRequest
from dashboard.webhooks import doors_of, signed_form, unsigned
from notifications.twilio import twiml
from store.tables import Attempt

_XML: Final = "text/xml"


def take_call(request: PageRequest) -> Response:
    """Somebody has taken the call: say what that one may hear."""
    form, attempt_id = dict(_form(request)), _attempt(request)
    with request.installation.database.transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        if attempt is None:
            return _hung_up()
        speech = by_keypad.take(session, attempt, form, now=request.now, settings=request.settings)
    return _document(request, attempt_id, speech)


def take_key(request: PageRequest) -> Response:
    """A key: committed raw, then read, then answered with what came of it."""
    form, attempt_id = _form(request), _attempt(request)
    doors = doors_of(request.http)
    kept = doors.batcher.keep([twiml.pressed(form, attempt=attempt_id)]).result()
    doors.reader.read_here(kept)
    with request.installation.database.reading() as session:
        attempt = session.get(Attempt, attempt_id)
        if attempt is None:
            return _hung_up()
        speech = by_keypad.answer(session, attempt, dict(form), settings=request.settings)
    return _document(request, attempt_id, speech)


def take_status(request: PageRequest) -> Response:
    """How the call goes; nobody waits for an answer."""
    form, attempt_id = dict(_form(request)), _attempt(request)
    with request.installation.database.transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        if attempt is not None:
            by_keypad.end(session, attempt, form, now=request.now)
    return Response("<Response/>", media_type=_XML)


def _form(request: PageRequest) -> list[tuple[str, str]]:
    return signed_form(request, about="CallSid")


def _attempt(request: PageRequest) -> int:
    attempt_id = twiml.attempt_of(
        request.part("attempt"), request.part("mac"), request.settings.key
    )
    if attempt_id is None:
        raise unsigned(request, "a call on an address that is not ours")
    return attempt_id


def _document(request: PageRequest, attempt_id: int, speech: Speech) -> Response:
    if not speech.asks:
        return Response(twiml.told(speech.lines), media_type=_XML)
    answer = request.settings.public_url + twiml.answer_path(attempt_id, request.settings.key)
    document = twiml.asked(speech.lines, answer=answer, at_end=speech.at_end)
    return Response(document, media_type=_XML)


def _hung_up() -> Response:
    """An attempt that nobody knows any more has nothing to say."""
    return Response(twiml.told(()), media_type=_XML)


_CALL: Final = f"{twiml.PATH}/{{attempt:int}}/{{mac}}"
CALL: Final = Page(_CALL, takes=take_call, signed_by="twilio")
KEY: Final = Page(f"{_CALL}/answer", takes=take_key, signed_by="twilio")
CALL_STATUS: Final = Page(f"{_CALL}/status", takes=take_status, signed_by="twilio")
