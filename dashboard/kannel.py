"""What does a Kannel gateway bring: its reports about our texts, and the texts of members?

Kannel signs nothing. A report is believed for the mark in its path, a text for the word in it; both
come as GET, the only way in which Kannel asks.
"""

from typing import Final

from starlette.responses import PlainTextResponse, Response

from dashboard.web.errors import RefusedError
from dashboard.web.page import Page, PageRequest
from dashboard.webhooks import Refused, doors_of
from notifications.inbox import keep
from notifications.kannel import callbacks
from notifications.outbox import settle
from notifications.twilio.callbacks import text_message
from store.tables import Attempt

NOTHING_TO_SEND: Final = ""  # Kannel would text to the member whatever stood in the answer
_WORDS_KEPT: Final = 300
_CHECK: Final = (
    "Calls that our Kannel gateway did not make are arriving; compare its get-url with "
    "`convene provider list`."
)


def take_status(request: PageRequest) -> Response:
    """Kannel's word about an attempt; again, early or about nothing, it harms nothing."""
    attempt_id = callbacks.attempt_of(
        request.part("attempt"), request.part("mac"), request.settings.key
    )
    if attempt_id is None:
        raise _refused(request, "a report on an address that is not ours")
    value, words = request.asked("status"), request.asked("reply")[:_WORDS_KEPT]
    status, refused = callbacks.status_of(value), callbacks.reported(value, words)
    word = {
        "MessageSid": callbacks.provider_id_of(attempt_id),
        "MessageStatus": status or f"kannel {value}",
        "ErrorCode": refused.code if refused is not None else "",
        "Words": words,
    }
    with request.installation.database.transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        if keep.keep_receipt(session, attempt, word, now=request.now) and attempt is not None:
            settle.receive(
                session, attempt, status=status, provider_id=word["MessageSid"], refused=refused,
                now=request.now,
            )  # fmt: skip
    return PlainTextResponse(NOTHING_TO_SEND)


def take_text(request: PageRequest) -> Response:
    """A text from a member: kept at once, read after Kannel has its answer."""
    if not callbacks.is_text_word(request.part("word"), request.settings.key):
        raise _refused(request, "a text without the installation's word")
    if not request.asked("id"):
        raise RefusedError(400, "The call names no message.")
    doors = doors_of(request.http)
    ids = doors.batcher.keep([text_message(_as_posted(request))]).result()
    return PlainTextResponse(NOTHING_TO_SEND, background=doors.reading(ids))


def _as_posted(request: PageRequest) -> list[tuple[str, str]]:
    """The text in the form that every reader of texts knows."""
    return [
        ("MessageSid", f"{callbacks.NAME}-{request.asked('id')}"),
        ("From", _international(request.asked("from"))),
        ("To", _international(request.asked("to"))),
        ("Body", request.asked("text")),
    ]


def _international(number: str) -> str:
    """Operators often leave the plus out; a national number, with its zero, stays as it came."""
    digits = number.strip()
    is_bare = digits.isascii() and digits.isdecimal() and not digits.startswith("0")
    return f"+{digits}" if is_bare else digits


def _refused(request: PageRequest, why: str) -> RefusedError:
    refused = Refused(callbacks.NAME, request.page.path, why, _CHECK, request.address)
    doors_of(request.http).note_refusal(refused, real_now=request.real_now)
    return RefusedError(403, "This call is not our gateway's.")


STATUS: Final = Page("/kannel/status/{attempt:int}/{mac}", take_status, signed_by="kannel")
TEXT: Final = Page("/kannel/text/{word}", take_text, signed_by="kannel")
