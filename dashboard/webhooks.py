"""What do providers and mail servers bring?

The two webhooks of the SMS provider, and the door for mail. Whatever comes in is committed before
it is read.
"""

from collections.abc import Callable
from typing import Final

from starlette.background import BackgroundTask
from starlette.responses import Response

from convening import hear
from convening.house import House
from dashboard.pace import paces_of
from dashboard.refusals import RefusedError
from dashboard.visit import Page, Visit
from notifications import inbox, outbox, sms
from notifications.inbox import MailDoor, listen_for_mail
from store import ledger, needs
from store.tables import Attempt, NeedCause, Reply

# --- the SMS provider's webhooks -----------------------------------------------------------------


def take_text(visit: Visit) -> Response:
    """A text from a member: kept at once, read after the provider has its answer."""
    form = _signed_form(visit)
    with visit.house.database.transaction() as session:
        reply = inbox.keep(session, inbox.text_message(form), now=visit.now)
        reply_id = reply.id if reply is not None else None
    reading = BackgroundTask(read, visit.house, reply_id) if reply_id is not None else None
    return Response("<Response/>", media_type="text/xml", background=reading)


def take_status(visit: Visit) -> Response:
    """The provider's word about an attempt; again, early or about nothing, it harms nothing."""
    form = dict(_signed_form(visit))
    attempt_id = sms.attempt_of(visit.part("attempt"), visit.part("mac"), visit.settings.key)
    if attempt_id is None:
        raise _unsigned(visit, "a report on an address that is not ours")
    with visit.house.database.transaction() as session:
        attempt = session.get(Attempt, attempt_id)
        if inbox.keep_receipt(session, attempt, form, now=visit.now) and attempt is not None:
            outbox.receive(
                session,
                attempt,
                status=form.get("MessageStatus", ""),
                provider_id=form["MessageSid"],
                refused=sms.reported(form.get("ErrorCode", "")),
                now=visit.now,
            )
    return Response("<Response/>", media_type="text/xml")


def read(house: House, reply_id: int) -> None:
    """Read one kept reply in its own transaction; where this fails, the engine's next look does."""
    with house.database.transaction() as session:
        reply = session.get_one(Reply, reply_id)
        hear.hear(session, reply, now=house.now(), settings=house.settings)


def _signed_form(visit: Visit) -> list[tuple[str, str]]:
    """The form, if the provider has signed it for our public address; else it is refused.

    The address is never built from the Host header, which a stranger chooses.
    """
    form = [(name, str(value)) for name, value in visit.form.multi_items()]
    query = visit.request.url.query
    url = f"{visit.settings.public_url}{visit.request.url.path}" + (f"?{query}" if query else "")
    signature = visit.request.headers.get("x-twilio-signature")
    tokens = visit.settings.sms_tokens
    if not sms.signature_ok(tokens=tokens, url=url, params=form, signature=signature):
        raise _unsigned(visit, "no signature of the provider's" if not signature else "forged")
    if "MessageSid" not in dict(form):
        raise RefusedError(400, "The form names no message.")
    return form


def _unsigned(visit: Visit, why: str) -> RefusedError:
    """Write the refusal down, as long as they do not come in floods; a person is told once a day.

    The one honest cause is a token that was changed at the provider alone, and every answer by SMS
    would then be lost.
    """
    if paces_of(visit).refusals.lets("webhook", now=visit.real_now):
        with visit.house.database.transaction() as session:
            ledger.append(
                session,
                "cm.webhook.refused.v1",
                subject=ledger.Subject(ledger.SYSTEM_LOG, "webhook", "twilio"),
                actor=ledger.Actor("provider", "unknown"),
                now=visit.now,
                data={"route": visit.route, "why": why},
                private={"address": visit.address},
            )
            needs.raise_need(
                session,
                NeedCause.ENGINE,
                "Unsigned webhooks are arriving; check the auth token of the SMS provider.",
                key=f"unsigned-webhooks/{visit.now:%Y-%m-%d}",
                now=visit.now,
            )
    return RefusedError(403, "This call does not carry the provider's signature.")


# --- the door for mail ---------------------------------------------------------------------------


def start_mail_door(house: House) -> Callable[[], None]:
    """Listen for mail to our reply addresses; call what comes back to stop."""
    door = MailDoor(house.database, house.now, lambda reply_id: read(house, reply_id))
    settings = house.settings
    return listen_for_mail(
        door, host=settings.inbox_host, port=settings.inbox_port, lmtp=settings.inbox_lmtp
    )


ROUTES: Final = [
    Page("/twilio/sms", takes=take_text),
    Page("/twilio/status/{attempt:int}/{mac}", takes=take_status),
]
