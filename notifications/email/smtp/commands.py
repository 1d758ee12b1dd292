"""What does SMTP carry for one e-mail, and how does whoever waits for its end hear of it?"""

import asyncio
import re
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from email.utils import parseaddr
from typing import Final

from notifications.email import addresses
from notifications.provider import Outcome, Outgoing, Refusal, Rejected

_ORDINARY: Final = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]+@[A-Za-z0-9.-]+")
_CARRIED: Final = re.compile(r'(?:"[^"<>\x00-\x1f\x7f]+"|[^"<>\s\x00-\x1f\x7f]+)@[^"<>@\s]+')
_LONE_ENDING: Final = re.compile(rb"\r\n|\n|\r")

BEYOND_THE_SERVER: Final = Rejected(
    Refusal.CONFIGURATION, "no_smtputf8", "the server takes no address beyond ASCII"
)


@dataclass(eq=False, slots=True)
class Submission:
    """One e-mail on its way, and the promise of its outcome."""

    outgoing: Outgoing
    sender: str  # of the envelope: a report comes back to it
    outcome: asyncio.Future[Outcome] = field(
        default_factory=lambda: asyncio.get_running_loop().create_future()
    )

    def ends(self, outcome: Outcome) -> None:
        """Tell whoever waits; what is told later does not count."""
        if not self.outcome.done():
            self.outcome.set_result(outcome)


def can_be_carried(address: str) -> bool:
    """False for what would end a command early, or send to a part of it."""
    if _ORDINARY.fullmatch(address):
        return True
    return _CARRIED.fullmatch(address) is not None and parseaddr(address)[1] == address


def is_beyond(outgoing: Outgoing, offered: AbstractSet[str]) -> bool:
    """Whether the address has letters that this server does not take."""
    return not outgoing.address.isascii() and "smtputf8" not in offered


def mail_options(outgoing: Outgoing, offered: AbstractSet[str]) -> list[str]:
    """What MAIL says beside the sender, as far as the server offers it."""
    options = []
    if not outgoing.address.isascii():
        options.append("SMTPUTF8")
    if not outgoing.raw.isascii() and "8bitmime" in offered:
        options.append("BODY=8BITMIME")
    if "dsn" in offered:
        options += ["RET=HDRS", f"ENVID={addresses.envelope_id(outgoing.attempt)}"]
    return options


def rcpt_options(outgoing: Outgoing, offered: AbstractSet[str]) -> list[str]:
    """What RCPT says beside the recipient; a report about a failure is asked for."""
    if "dsn" not in offered:
        return []
    options = ["NOTIFY=FAILURE,DELAY"]
    if outgoing.address.isascii():  # RFC 6533 wants another form beyond it
        options.append(f"ORCPT=rfc822;{_xtext(outgoing.address)}")
    return options


def _xtext(address: str) -> str:
    """The address as a value of ORCPT (RFC 3461, section 4)."""
    if _ORDINARY.fullmatch(address) and "+" not in address and "=" not in address:
        return address
    return "".join(c if "!" <= c <= "~" and c not in "+=" else f"+{ord(c):02X}" for c in address)


def envelope_of(outgoing: Outgoing, sender: str, offered: AbstractSet[str]) -> bytes:
    """MAIL, RCPT and DATA in one piece (RFC 2920: DATA ends a group)."""
    mail = " ".join([f"MAIL FROM:<{sender}>", *mail_options(outgoing, offered)])
    rcpt = " ".join([f"RCPT TO:<{outgoing.address}>", *rcpt_options(outgoing, offered)])
    return f"{mail}\r\n{rcpt}\r\nDATA\r\n".encode()


def text(raw: bytes) -> bytes:
    """The message as it follows DATA: whole lines, dots doubled, and the final dot."""
    lines = raw if _has_whole_lines(raw) else _LONE_ENDING.sub(b"\r\n", raw)
    if not lines.endswith(b"\r\n"):
        lines += b"\r\n"
    stuffed = lines.replace(b"\r\n.", b"\r\n..")
    return (b"." if stuffed.startswith(b".") else b"") + stuffed + b".\r\n"


def _has_whole_lines(raw: bytes) -> bool:
    """Whether no CR and no LF stands alone: a lone one could pass for the end of the message."""
    return raw.count(b"\n") == raw.count(b"\r") == raw.count(b"\r\n")
