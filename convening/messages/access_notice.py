"""Tell a government that one of its accounts has a new way in.

By e-mail to its duty office, and to the secretariat's duty mailbox, so that a way in that nobody
of them made is noticed within the hour. No secret stands in it, and no address.
"""

from collections.abc import Iterator
from datetime import datetime
from enum import StrEnum
from typing import Final

from sqlalchemy.orm import Session

from convening.messages import compose
from mechanism.vocabulary import Channel, MessagePurpose, Rank
from notifications.content import templates
from notifications.outbox import queue
from notifications.outbox.queue import To
from settings import Settings
from store import contacts
from store.tables import Account, ContactPoint


class NewWay(StrEnum):
    """What was added to an account, or used on it."""

    PASSKEY = "passkey"  # its holder has made one
    APP = "app"  # an authenticator app has shown its first code
    LINK_USED = "link_used"  # somebody has signed in by a one-time link
    LINK_MADE = "link_made"  # an operator has made one


SAID: Final = {
    NewWay.PASSKEY: "A new passkey was added.",
    NewWay.APP: "A new authenticator app was added.",
    NewWay.LINK_USED: "Somebody has signed in by a one-time link.",
    NewWay.LINK_MADE: "An operator has made a one-time link for signing in.",
}


def tell(
    session: Session, account: Account, way: NewWay, *, now: datetime, settings: Settings
) -> None:
    """Queue the notice for the government's duty office and the secretariat."""
    words = templates.write(
        "access_changed",
        Channel.EMAIL,
        {
            "kind": "none",
            "reference": "Sign-in",
            "account": account.name,
            "said": SAID[way],
            "at": now,
        },
    )
    for address, addressee, contact in _told(account, settings):
        to = To(
            dedupe_key=f"access/{account.id}/{way.value}/{now:%Y%m%d%H%M%S}/{address}"[:120],
            purpose=MessagePurpose.ACCESS_CHANGED,
            channel=Channel.EMAIL,
            address=address,
            addressee=addressee,
            contact_point=contact,
            priority=7,
        )
        queue.queue(session, to, words, now=now)


def _told(account: Account, settings: Settings) -> Iterator[tuple[str, str, ContactPoint | None]]:
    yield settings.duty_mailbox, compose.DUTY_MAILBOX, None
    if account.member is None:
        return
    for office in contacts.offices(account.member, Rank.DUTY_OFFICER):
        for contact in contacts.addresses(office, (Channel.EMAIL,)):
            yield contact.address, f"{office.office}, {account.member.display_name}", contact
