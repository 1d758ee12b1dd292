"""By which doors can an answer come in, is each open, and when did it last bring anything?

For the operator's examination. It knocks at our own doors as a stranger on this machine would. What
a provider elsewhere sees of them it cannot know; it says so where that must fail.
"""

import socket
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from sqlalchemy import case, func, select
from sqlalchemy.orm import Session

from mechanism.vocabulary import Channel, Door
from notifications import registry
from notifications.email.inbound import imap
from settings import Settings, is_loopback, leads_to_loopback
from store.tables import Reply

PATIENCE: Final = 3.0  # seconds for the answer to a knock
START: Final = "Start `convene serve`."
OUT_OF_REACH: Final = "the provider is elsewhere, and CM_PUBLIC_URL leads to this machine alone"
LastHeard = Mapping[tuple[Door, str], datetime]  # by the door, and the provider or way within it


class Group(StrEnum):
    """Doors of which one can stand in for another."""

    WEB = "web"  # what the web process takes: links, texts, keys
    MAIL = "mail"


class DoorState(StrEnum):
    """How a door stands."""

    OPEN = "open"
    UNUSED = "unused"  # not configured, which is no fault
    DOUBTFUL = "doubtful"  # open, though those who should come may not reach it
    SHUT = "shut"


@dataclass(frozen=True)
class DoorFinding:
    """One door, with the remedy where there is something to mend."""

    what: str
    group: Group
    how: DoorState
    says: str
    remedy: str = ""


def standings(settings: Settings, heard: LastHeard) -> list[DoorFinding]:
    """Every door, the most used first."""
    web_fault = _no_answer(settings.web_host, settings.web_port)
    return [*_by_web(settings, heard, web_fault), *_by_mail(settings, heard, web_fault)]


def last_heard(session: Session) -> LastHeard:
    """When each door last brought something, whatever it was."""
    named = Reply.provider != ""
    way = case((named, Reply.provider), else_=Reply.envelope["way"].as_string())
    each = select(Reply.door, way.label("way"), Reply.received_at).subquery()
    columns = each.c.door, each.c.way
    rows = session.execute(select(*columns, func.max(each.c.received_at)).group_by(*columns))
    return {(door, way or ""): at for door, way, at in rows}


def _by_web(settings: Settings, heard: LastHeard, fault: str) -> Iterator[DoorFinding]:
    yield _web_door("links", fault, _last(heard, Door.LINK))
    addresses = registry.addresses(settings)
    for row in registry.set_up(settings):
        if row.hook:
            what, door = _BRINGS[row.channel]
            elsewhere = _cannot_come(settings, addresses[row.name][0])
            says = _last(heard, door, row.name)
            yield _web_door(f"{what} by {row.name}", fault, says, elsewhere=elsewhere)


_BRINGS: Final = {Channel.SMS: ("texts", Door.SMS), Channel.VOICE: ("keys on calls", Door.VOICE)}


def _cannot_come(settings: Settings, host: str) -> bool:
    """Whether a provider at this host surely does not reach us."""
    return leads_to_loopback(settings.public_url) and not is_loopback(host)


def _web_door(
    what: str, fault: str, says: str, *, elsewhere: bool = False, group: Group = Group.WEB
) -> DoorFinding:
    if fault:
        return DoorFinding(
            what, group, DoorState.SHUT, f"the web process at {fault}; {says}", START
        )
    if elsewhere:
        remedy = "Set CM_PUBLIC_URL to the https address by which the provider reaches us."
        return DoorFinding(what, group, DoorState.DOUBTFUL, f"{OUT_OF_REACH}; {says}", remedy)
    return DoorFinding(what, group, DoorState.OPEN, f"open; {says}")


def _by_mail(settings: Settings, heard: LastHeard, web_fault: str) -> Iterator[DoorFinding]:
    yield _listener(settings, _last(heard, Door.MAIL, "smtp", "lmtp"))
    yield _mailbox(settings, _last(heard, Door.MAIL, "imap"))
    elsewhere = leads_to_loopback(settings.public_url)
    for name, secret in settings.mail_webhooks.items():
        what, says = f"mail by {name}", _last(heard, Door.MAIL, name)
        if secret.get_secret_value():
            yield _web_door(what, web_fault, says, elsewhere=elsewhere, group=Group.MAIL)
        else:
            remedy = f"Give {name} its secret in CM_MAIL_WEBHOOKS."
            yield DoorFinding(what, Group.MAIL, DoorState.SHUT, f"without a secret; {says}", remedy)


def _listener(settings: Settings, says: str) -> DoorFinding:
    what, host, port = "mail listener", settings.inbox_host, settings.inbox_port
    if not port:
        return DoorFinding(what, Group.MAIL, DoorState.UNUSED, "not configured")
    fault = _no_answer(host, port, greets="220")
    if fault:
        return DoorFinding(what, Group.MAIL, DoorState.SHUT, f"{fault}; {says}", START)
    speaks = "LMTP" if settings.inbox_lmtp else "SMTP"
    return DoorFinding(
        what, Group.MAIL, DoorState.OPEN, f"speaks {speaks} at {host}:{port}; {says}"
    )


def _mailbox(settings: Settings, says: str) -> DoorFinding:
    what = "mailbox"
    if not settings.imap_host:
        return DoorFinding(what, Group.MAIL, DoorState.UNUSED, "not configured")
    fault = imap.why_shut(settings)
    if fault:
        remedy = "Check CM_IMAP_HOST, CM_IMAP_PORT, CM_IMAP_USER and CM_IMAP_PASSWORD."
        return DoorFinding(
            what, Group.MAIL, DoorState.SHUT, f"cannot be opened ({fault}); {says}", remedy
        )
    return DoorFinding(what, Group.MAIL, DoorState.OPEN, f"can be opened; {says}")


def _no_answer(host: str, port: int, *, greets: str = "") -> str:
    """What is wrong where nobody answers, or greets as expected; else nothing."""
    try:
        with socket.create_connection((host, port), timeout=PATIENCE) as line:
            greeting = line.recv(len(greets)).decode("ascii", "replace") if greets else ""
    except OSError as error:
        return f"{host}:{port} does not answer ({type(error).__name__})"
    return "" if greeting == greets else f"{host}:{port} is answered by something else"


def _last(heard: LastHeard, door: Door, *ways: str) -> str:
    """When it last brought something; without `ways`, by any."""
    instants = [at for (of, way), at in heard.items() if of is door and (not ways or way in ways)]
    if not instants:
        return "nothing heard yet"
    return f"last heard {max(instants).astimezone(UTC):%Y-%m-%d %H:%M} UTC"
