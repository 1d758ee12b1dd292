"""What goes on the wire for one attempt?

Here, and only here, the holes of token and link are filled: what is stored and exported never holds
them.
"""

from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Final

from lazy import lazy
from mechanism.vocabulary import Channel, Kind, MessagePurpose
from notifications import tokens
from notifications.content.templates import fill
from notifications.email import addresses, mime
from notifications.email.mime import CalendarMethod, MailContent
from notifications.provider import Outgoing
from notifications.tokens import TokenPurpose
from settings import Settings
from store.tables import Message

if TYPE_CHECKING:
    from notifications.email import dkim
else:
    dkim = lazy("notifications.email.dkim")

SENDER_NAME: Final = "Bali Process Co-Chairs"
LONGEST: Final = timedelta(hours=10)  # of an SMS's validity, by the provider's own limit

PAGE_OF: Final = {MessagePurpose.CONCURRENCE: (TokenPurpose.CONCUR, "c")}


def outgoing(message: Message, attempt_id: int, *, settings: Settings, now: datetime) -> Outgoing:
    """Everything that the provider needs of this try."""
    values = {"link": link_of(message, settings)}
    body = fill(message.body, values)
    return Outgoing(
        attempt=attempt_id,
        channel=message.channel,
        address=message.address,
        body=body,
        raw=_mail(message, body, values, settings) if message.channel is Channel.EMAIL else b"",
        message_id=message_id_of(message, settings),
        search=body,
        valid_for=_validity(message, now),
        allowed=_allowed(message),
    )


def link_of(message: Message, settings: Settings) -> str:
    """The person's own link; empty where the message has none."""
    if message.activation is None or message.contact_point is None:
        return ""
    purpose, path = PAGE_OF.get(message.purpose, (TokenPurpose.LINK, "a"))
    seed = tokens.seed_for(purpose, message.activation, message.contact_point)
    return f"{settings.public_url}/{path}/{tokens.token_of(seed, key=settings.key)}"


def message_id_of(message: Message, settings: Settings) -> str:
    """The Message-ID, the same for every attempt; nobody can tell the message from it."""
    return mime.message_id(message.id, settings.mail_domain, settings.key)


def _validity(message: Message, now: datetime) -> timedelta:
    if message.not_after is None:
        return LONGEST
    return min(max(message.not_after - now, timedelta(seconds=1)), LONGEST)


def _allowed(message: Message) -> frozenset[str] | None:
    """In an exercise, the only addresses that may be reached: those of the frozen plan."""
    activation = message.activation
    if activation is None or activation.kind is Kind.REAL:
        return None
    return frozenset(activation.plan["addresses"])


def reply_address(message: Message, settings: Settings) -> str:
    """Where an answer to this message goes: an address that nobody else can guess."""
    if message.activation is None or message.contact_point is None:
        return addresses.office(settings.reply_domain)
    seed = tokens.seed_for(TokenPurpose.MAIL, message.activation, message.contact_point)
    return addresses.answers_to(tokens.token_of(seed, key=settings.key), settings.reply_domain)


def _mail(message: Message, body: str, values: dict[str, str], settings: Settings) -> bytes:
    thread = (
        message.activation.situation.reference if message.activation is not None else "installation"
    )
    letter = MailContent(
        sender=addresses.office(settings.mail_domain),
        sender_name=SENDER_NAME,
        to=message.address,
        to_name=message.addressee,
        subject=message.subject,
        text=body,
        html=fill(message.html, values) or None,
        message_id=message_id_of(message, settings),
        references=(mime.thread_id(thread, settings.mail_domain),),
        in_reply_to=message.in_reply_to or _first_notice_id(message, settings),
        reply_to=reply_address(message, settings),
        date=message.queued_at,
        calendar=_calendar(message, settings) or None,
        calendar_method=_method(message),
    )
    return _signed(mime.write(letter), settings)


def _first_notice_id(message: Message, settings: Settings) -> str | None:
    """What a reminder reminds of: the first mail of its notice to the same office."""
    if message.purpose is not MessagePurpose.REMINDER or message.notice is None:
        return None
    before = [
        one
        for one in message.notice.messages
        if one.channel is Channel.EMAIL
        and one.contact_point_id == message.contact_point_id
        and one.id < message.id
    ]
    return message_id_of(min(before, key=lambda one: one.id), settings) if before else None


def _signed(raw: bytes, settings: Settings) -> bytes:
    return b"".join([*(signer.signature_of(raw) for signer in dkim.signers(settings)), raw])


def _method(message: Message) -> CalendarMethod:
    ends = f"METHOD:{CalendarMethod.CANCEL}" in message.calendar
    return CalendarMethod.CANCEL if ends else CalendarMethod.REQUEST


def _calendar(message: Message, settings: Settings) -> bytes:
    """The calendar part, whose organizer is this office's own reply address.

    So an answer to the invitation proves whose it is, as an answer to the mail does.
    """
    own, _, _ = reply_address(message, settings).partition("@")
    return fill(message.calendar, {"organizer": own}).encode()
