"""What does a person, a machine or a mail server write back to an e-mail?"""

import email
import email.policy
import email.utils
from datetime import datetime
from email.message import EmailMessage
from typing import NamedTuple, TypedDict

from simulator import invitations
from simulator.invitations import Attends
from simulator.received import Received


class OutgoingMail(NamedTuple):
    """A message on its way back; an empty `sender` is the null sender of machines."""

    sender: str
    to: str
    raw: bytes


def answer(received: Received, text: str, *, subject: str, now: datetime) -> OutgoingMail:
    """A person's answer, with the thread and the quoted original, to where answers are wanted."""
    mail = _mail(received, subject.format(subject=received.subject), now)
    _continue_thread(mail, received)
    mail.set_content(f"{text}\n\n{_quoted(received)}")
    return OutgoingMail(received.to, _to(received), mail.as_bytes())


def mistyped_answer(received: Received, text: str, *, now: datetime) -> OutgoingMail:
    """An answer written by hand to a wrong address of ours, outside the thread."""
    local, _, domain = _to(received).partition("@")
    wrong = f"{local[:-1]}{'a' if local[-1:] != 'a' else 'b'}@{domain}"
    mail = _mail(received, "answer", now)
    mail.replace_header("To", wrong)
    mail.set_content(f"{text}\n")
    return OutgoingMail(received.to, wrong, mail.as_bytes())


def calendar_answer(received: Received, attends: Attends, *, now: datetime) -> OutgoingMail:
    """What a calendar program sends to the organizer for its owner."""
    to = invitations.organizer(received.calendar) or _to(received)
    mail = _mail(received, f"{attends.capitalize()}: {received.subject}", now)
    mail.replace_header("To", to)
    _continue_thread(mail, received)
    mail.set_content(f"{attends.capitalize()}\n")
    calendar = invitations.reply(received.calendar, received.to, attends=attends, now=now)
    mail.add_alternative(calendar, subtype="calendar", params={"method": "REPLY"})
    return OutgoingMail(received.to, to, mail.as_bytes())


def automatic_answer(
    received: Received, text: str, *, subject: str | None, now: datetime
) -> OutgoingMail:
    """An out-of-office message.

    It goes to where answers are wanted, with the thread and so with every token quoted: the case
    that must never count as an acknowledgement.
    """
    words = subject or "Automatic reply: {subject}"
    mail = _mail(received, words.format(subject=received.subject), now)
    _continue_thread(mail, received)
    mail["Auto-Submitted"] = "auto-replied"
    mail["X-Auto-Response-Suppress"] = "All"
    mail.set_content(f"{text}\n\n{_quoted(received)}")
    return OutgoingMail("", _to(received), mail.as_bytes())


def bounce(received: Received, *, now: datetime) -> OutgoingMail:
    """A delivery report (RFC 3464) to the envelope sender: there is no such mailbox."""
    host = received.to.rpartition("@")[2]
    status = [f"Reporting-MTA: dns; mx.{host}"]
    status += [f"Original-Envelope-Id: {envid}"] if (envid := _envid(received)) else []
    status += [
        "",
        f"Final-Recipient: rfc822; {received.to}",
        "Action: failed",
        "Status: 5.1.1",
        "Diagnostic-Code: smtp; 550 5.1.1 no such mailbox",
    ]
    headers, _, _ = received.raw.replace(b"\r\n", b"\n").partition(b"\n\n")
    boundary = f"=_{received.number}.report"
    lines = [
        f"From: Mail Delivery System <MAILER-DAEMON@mx.{host}>",
        f"To: {received.sender}",
        "Subject: Undelivered Mail Returned to Sender",
        f"Date: {email.utils.format_datetime(now)}",
        f"Message-ID: {email.utils.make_msgid(domain=host)}",
        "Auto-Submitted: auto-replied",
        "MIME-Version: 1.0",
        "Content-Type: multipart/report; report-type=delivery-status;",
        f' boundary="{boundary}"',
        *("", f"--{boundary}", "Content-Type: text/plain; charset=us-ascii", ""),
        "Your message could not be delivered: there is no such mailbox.",
        *("", f"--{boundary}", "Content-Type: message/delivery-status", ""),
        *status,
        *("", f"--{boundary}", "Content-Type: text/rfc822-headers", ""),
        *headers.decode("ascii", errors="replace").splitlines(),
        *("", f"--{boundary}--", ""),
    ]
    return OutgoingMail("", received.sender, "\r\n".join(lines).encode())


class ReadMailFields(TypedDict):
    """What `Received` takes of a mail."""

    subject: str
    message_id: str
    references: str
    reply_to: str
    text: str
    html: str
    calendar: str


def read_mail(raw: bytes) -> ReadMailFields:
    """What a mail program shows of a message, and the headers by which it is answered."""
    message = email.message_from_bytes(raw, policy=email.policy.default)
    assert isinstance(message, EmailMessage)  # noqa: S101 - this policy makes nothing else
    return {
        "subject": str(message.get("Subject", "")),
        "message_id": str(message.get("Message-ID", "")).strip(),
        "references": str(message.get("References", "")),
        "reply_to": email.utils.parseaddr(str(message.get("Reply-To", "")))[1],
        "text": _body(message, "plain"),
        "html": _body(message, "html"),
        "calendar": _calendar(message),
    }


def _body(message: EmailMessage, kind: str) -> str:
    part = message.get_body(preferencelist=(kind,))
    return str(part.get_content()).replace("\r\n", "\n") if part is not None else ""


def _calendar(message: EmailMessage) -> str:
    parts = (part for part in message.walk() if part.get_content_type() == "text/calendar")
    part = next(parts, None)
    return str(part.get_content()) if part is not None else ""


def _mail(received: Received, subject: str, now: datetime) -> EmailMessage:
    mail = EmailMessage(policy=email.policy.SMTP)
    mail["From"] = received.to
    mail["To"] = _to(received)
    mail["Subject"] = subject
    mail["Date"] = email.utils.format_datetime(now)
    mail["Message-ID"] = email.utils.make_msgid(domain=received.to.rpartition("@")[2])
    return mail


def _continue_thread(mail: EmailMessage, received: Received) -> None:
    if received.message_id:
        mail["In-Reply-To"] = received.message_id
        mail["References"] = f"{received.references} {received.message_id}".strip()


def _to(received: Received) -> str:
    if received.reply_to:
        return received.reply_to
    message = email.message_from_bytes(received.raw)
    return email.utils.parseaddr(str(message.get("From", "")))[1] or received.sender


def _quoted(received: Received) -> str:
    lines = "\n".join(f"> {line}" for line in received.text.splitlines())
    return f"On {received.at:%a, %d %b %Y} at {received.at:%H:%M} wrote:\n{lines}\n"


def _envid(received: Received) -> str:
    named = (option.partition("=") for option in received.dsn)
    return next((value for name, _, value in named if name.upper() == "ENVID"), "")
