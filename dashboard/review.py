"""What does an auditor see of a situation, and what is written down of her looking?

Every event, whether the ledger adds up at this moment, how well members were reached, and who has
looked. Personal values stay covered until somebody uncovers them, with a reason, and that is an
event too.
"""

import hashlib
import json
import re
from base64 import urlsafe_b64decode
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final

from sqlalchemy import func, select
from sqlalchemy.orm import Session, selectinload
from starlette.responses import Response

from convening import record, timeline
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_for, page
from dashboard.web.page import AUDITORS, READERS, MenuEntry, Page, PageRequest
from dashboard.web.sessions import Visitor
from dashboard.web.times import minutes
from mechanism import wording
from mechanism.durations import span
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Channel, Role
from records.content import KeyFigures
from records.verify import in_base64, merkle_root
from store import ledger
from store.events import CATALOGUE, Noted
from store.tables import (
    Activation,
    Attempt,
    LedgerDisclosure,
    LedgerEntry,
    Member,
    Message,
    Need,
    Notice,
    Reply,
    Situation,
)
from validation import Fault, whole_number

A_PAGE: Final = 200  # events
SEEN_WITHIN: Final = timedelta(hours=1)  # one look is written down once an hour and account
FIRST_MESSAGE_TARGET: Final = timedelta(seconds=10)

_ACTORS: Final = {"engine": "The system", "operator": "The operator", "provider": "Provider"}
_RANKS: Final = {rank.value: word for rank, word in labels.RANK.items()}
_ROLES: Final = {Role.CO_CHAIR.value: "Co-chair", Role.SECRETARIAT.value: "Secretariat",
                 Role.AUDITOR.value: "Auditor", Role.OPERATOR.value: "Operator"}  # fmt: skip
SHOWN_OF_A_RUN: Final = 16  # characters of a digest or signature: all of it is on its event's page
_LONG_RUN: Final = re.compile(r"\S{41,}")
_NOT_SAID: Final = frozenset({"actor", "evidence", "change", "member"})


@dataclass(frozen=True)
class EventSubject:
    """Which member and channel a row that events speak of belongs to."""

    member: str = ""
    channel: str = ""


@dataclass(frozen=True)
class ReviewedEvent:
    """One event of a log, as a row of the table."""

    number: int
    type: str
    at: datetime
    offset: str  # since the trigger
    who: str
    what: str
    beside: str
    about: EventSubject
    evidence: tuple[str, ...]
    body: Mapping[str, Any]
    raw: str
    leaf: bytes

    @property
    def covered(self) -> list[str]:
        """The names of its values that are commitments only."""
        return [name for name, value in self.body["data"].items() if _is_commitment(value)]


@dataclass(frozen=True)
class SealState:
    """Whether the ledger adds up, computed now; and no more than is true."""

    size: int
    root: str  # base64, as in a bundle's checkpoint
    wrong_at: int | None  # the first event whose leaf is not its body's


@dataclass(frozen=True)
class Look:
    """Somebody has looked, uncovered or taken away."""

    at: datetime
    who: str
    what: str


def show_list(request: PageRequest) -> Response:
    """Every situation, the newest first."""
    with request.installation.database.reading() as session:
        query = select(Situation).order_by(Situation.opened_at.desc(), Situation.id.desc())
        situations = session.scalars(query.options(selectinload(Situation.activations))).all()
        return page(
            request,
            "review/list.html",
            situations=situations,
            sizes=_sizes(session),
            ACTIVATION=labels.ACTIVATION,
        )


def _sizes(session: Session) -> dict[str, int]:
    query = select(LedgerEntry.log, func.count()).group_by(LedgerEntry.log)
    return dict(session.execute(query).all())


def show_situation(request: PageRequest) -> Response:
    """The review of one situation; that it was looked at is written down."""
    _note_look(request)
    with request.installation.database.reading() as session:
        return _situation_page(session, request)


def _situation_page(
    session: Session, request: PageRequest, *, faults: tuple[Fault, ...] = ()
) -> Response:
    situation = _situation(session, request)
    activation = situation.activations[-1]
    every = _events(session, situation)
    seal = _seal(every)
    shown = [event for event in every if _fits(event, request)]
    first = whole_number(request.asked("from")) or 0
    names = _names(session)
    return page(
        request,
        "review/situation.html",
        status=400 if faults else 200,
        band=band_for(activation),
        situation=situation,
        activation=activation,
        state=labels.ACTIVATION[activation.state],
        seal=seal,
        figures=[] if seal.wrong_at else _figures(session, activation, request),
        events=shown[first : first + A_PAGE],
        found=len(shown),
        first=first,
        a_page=A_PAGE,
        types=sorted({event.type for event in every}),
        members=sorted({(code, names.get(code, code)) for e in every if (code := e.about.member)}),
        channels=[(channel.value, wording.CHANNEL[channel]) for channel in Channel],
        chosen={name: request.asked(name) for name in ("type", "member", "channel")},
        looks=list(_looks(session, situation, every)),
        may_export=request.who.role is Role.AUDITOR,
        reason=request.typed("reason") if request.form else "",
        faults=faults,
    )


def _situation(session: Session, request: PageRequest) -> Situation:
    query = select(Situation).where(Situation.reference == request.part("reference"))
    situation = session.scalar(query)
    if situation is None:
        raise RefusedError(404, "There is no situation with this reference.")
    return situation


def _fits(event: ReviewedEvent, request: PageRequest) -> bool:
    """Whether the event is among those that the address asks for."""
    wanted = {
        "type": event.type, "member": event.about.member, "channel": event.about.channel,
    }  # fmt: skip
    return all(request.asked(name) in {"", value} for name, value in wanted.items())


def _seal(events: Sequence[ReviewedEvent]) -> SealState:
    """Each event's leaf and the tree's root, computed anew from the bodies."""
    bodies = [event.raw.encode() for event in events]
    wrong = [
        event.number
        for event, body in zip(events, bodies, strict=True)
        if hashlib.sha256(b"\0" + body).digest() != event.leaf
    ]
    return SealState(len(events), in_base64(merkle_root(bodies)), wrong[0] if wrong else None)


def _figures(
    session: Session, activation: Activation, request: PageRequest
) -> list[tuple[str, str, str]]:
    """Six figures with what they are to be read against; what did not happen is said so."""
    model = record.compile_model(
        session,
        activation,
        revision=0,
        simulated=request.installation.clock.simulated,
        now=request.now,
        settings=request.settings,
    )
    key, asked = model.key_figures, model.key_figures.asked
    within = minutes(timedelta(seconds=activation.plan["deadline_seconds"]))
    none = "Never" if activation.state in ACTIVATION_ENDS else "Not yet"
    spans = (key.to_first_message, key.to_half, key.to_nine_tenths, key.to_all)
    first, half, most, every = (none if one is None else span(one) for one in spans)
    return [
        ("First message out", first, f"target {span(FIRST_MESSAGE_TARGET)}"),
        ("Half had acknowledged", half, f"of {asked} members asked"),
        ("90 % had acknowledged", most, f"of {asked} members asked"),
        ("All had acknowledged", every, f"deadline {within}"),
        ("Acknowledged in time", f"{key.acknowledged - key.late} of {asked}", _late(key)),
        ("Not reached", f"{key.unreached} of {asked}", "target 0"),
    ]


def _late(key: KeyFigures) -> str:
    return f"target {key.asked}, {key.late} late"


def _events(session: Session, situation: Situation) -> list[ReviewedEvent]:
    """Every event of a situation's log, numbered as in its tree."""
    query = select(LedgerEntry).where(LedgerEntry.log == situation.reference)
    entries = session.scalars(query.order_by(LedgerEntry.id)).all()
    trigger = situation.activations[0].triggered_at
    abouts, names = _abouts(session, situation), _names(session)
    return [
        _event(number, entry, trigger, abouts, names)
        for number, entry in enumerate(entries, start=1)
    ]


def _event(
    number: int,
    entry: LedgerEntry,
    trigger: datetime,
    abouts: Mapping[str, EventSubject],
    names: Mapping[str, str],
) -> ReviewedEvent:
    body = json.loads(entry.body)
    data = body["data"]
    about = abouts.get(body["subject"], EventSubject())
    if "member" in data:
        about = EventSubject(str(data["member"]), about.channel)
    return ReviewedEvent(
        number=number,
        type=entry.type,
        at=entry.at,
        offset=_offset(entry.at - trigger),
        who=_who(body, names),
        what=_what(entry.type, data, about, names),
        beside=_beside(data),
        about=about,
        evidence=tuple(data["evidence"]),
        body=body,
        raw=entry.body,
        leaf=entry.leaf,
    )


def _offset(since: timedelta) -> str:
    seconds = since.total_seconds()
    if abs(seconds) < 60:  # noqa: PLR2004 - a minute
        return f"{seconds:+.2f} s"
    return f"{'+' if seconds > 0 else '-'}{span(abs(since))}"


def _who(body: Mapping[str, Any], names: Mapping[str, str]) -> str:
    """The office or part of the system that did it; never a person's name."""
    actor, kind = body["data"]["actor"], body["authtype"]
    government = names.get(actor["government"], actor["government"])
    if kind in _ACTORS:
        return f"{_ACTORS[kind]} {body['authid']}" if kind == "provider" else _ACTORS[kind]
    if kind == "focal_point":
        return ", ".join(filter(None, (_RANKS.get(actor["role"], "Sender, unread"), government)))
    return ", ".join(filter(None, (_ROLES.get(actor["role"], "Somebody"), government)))


def _what(kind: str, data: Mapping[str, Any], about: EventSubject, names: Mapping[str, str]) -> str:
    """What a person reads of it; of a type that this version does not know, the type."""
    event = CATALOGUE.get(kind)
    if event is None:
        return kind
    channel = Channel(about.channel) if about.channel else None
    member = names.get(about.member, "")
    return timeline.sentence(event, data, names, member=member, channel=channel)


def _beside(data: Mapping[str, Any]) -> str:
    """The event's own plain values."""
    change = data.get("change")
    said = [f"{change['before']} → {change['after']}".replace("_", " ")] if change else []
    for name, value in data.items():
        if name in _NOT_SAID or _is_commitment(value) or value in (None, "", []):
            continue
        said.append(f"{name}: {_as_words(value)}".replace("_", " "))
    return " · ".join(said)


def _as_words(value: object) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    said = ", ".join(map(str, value)) if isinstance(value, list) else str(value)
    return _LONG_RUN.sub(lambda run: f"{run[0][:SHOWN_OF_A_RUN]}…", said)


def _is_commitment(value: object) -> bool:
    return isinstance(value, dict) and set(value) == {"..."}


def _abouts(session: Session, situation: Situation) -> dict[str, EventSubject]:
    """For each subject that events name: its member and channel."""
    ids = [activation.id for activation in situation.activations]
    notices = session.scalars(select(Notice).where(Notice.activation_id.in_(ids))).all()
    codes = {notice.id: notice.member_code for notice in notices}
    abouts = {f"notice/{notice.id}": EventSubject(notice.member_code) for notice in notices}
    messages = session.scalars(select(Message).where(Message.activation_id.in_(ids))).all()
    abouts |= {
        f"message/{m.id}": EventSubject(codes.get(m.notice_id or 0, ""), m.channel.value)
        for m in messages
    }
    attempts = select(Attempt).join(Message).where(Message.activation_id.in_(ids))
    abouts |= {
        f"attempt/{a.id}": abouts[f"message/{a.message_id}"] for a in session.scalars(attempts)
    }
    for reply in session.scalars(select(Reply).where(Reply.activation_id.in_(ids))):
        notice_id = reply.answer.notice_id if reply.answer is not None else None
        channel = wording.CHANNEL_OF_DOOR.get(reply.door)
        abouts[f"reply/{reply.id}"] = EventSubject(
            codes.get(notice_id or 0, ""), channel.value if channel is not None else ""
        )
    for need in session.scalars(select(Need).where(Need.activation_id.in_(ids))):
        abouts[f"need/{need.id}"] = EventSubject(codes.get(need.notice_id or 0, ""))
    return abouts


def _names(session: Session) -> dict[str, str]:
    return {member.code: member.display_name for member in session.scalars(select(Member))}


def show_event(request: PageRequest) -> Response:
    """One event with its personal values covered."""
    _note_look(request)
    with request.installation.database.reading() as session:
        return _event_page(session, request)


def uncover(request: PageRequest) -> Response:
    """The same with its personal values, once the reason is written down."""
    reason = request.typed("reason")
    if not reason:
        fault = Fault(None, "reason", "The reason is missing", "Say why you need to see them.")
        with request.installation.database.reading() as session:
            return _event_page(session, request, faults=(fault,))
    with request.installation.database.transaction() as session:
        situation = _situation(session, request)
        event = _numbered(_events(session, situation), request)
        ledger.append(
            session,
            request.act,
            Noted.DISCLOSURE_UNCOVERED,
            subject=ledger.Subject(situation.reference, "situation", str(situation.id)),
            data={"event": event.body["id"], "number": event.number, "values": event.covered},
            private={"reason": reason},
        )
    with request.installation.database.reading() as session:
        return _event_page(session, request, uncovered=True)


def _event_page(
    session: Session,
    request: PageRequest,
    *,
    uncovered: bool = False,
    faults: tuple[Fault, ...] = (),
) -> Response:
    situation = _situation(session, request)
    every = _events(session, situation)
    event = _numbered(every, request)
    ids = {one.body["id"]: one.number for one in every}
    reply = _reply(session, situation, event)
    return page(
        request,
        "review/event.html",
        status=400 if faults else 200,
        band=band_for(situation.activations[-1]),
        situation=situation,
        event=event,
        last=len(every),
        adds_up=hashlib.sha256(b"\0" + event.raw.encode()).digest() == event.leaf,
        pretty=json.dumps(event.body, indent=2, ensure_ascii=False, sort_keys=True),
        cause=ids.get(event.body["causationid"]),
        effects=[one.number for one in every if one.body["causationid"] == event.body["id"]],
        values=_disclosed(session, event) if uncovered else {},
        uncovered=uncovered,
        reply=reply,
        raw_reply=_readable(reply.raw) if reply is not None and uncovered else "",
        DOOR=wording.BY_DOOR,
        may_uncover=request.who.role is Role.AUDITOR,
        reason=request.typed("reason") if request.form else "",
        faults=faults,
    )


def _numbered(events: Sequence[ReviewedEvent], request: PageRequest) -> ReviewedEvent:
    number = int(request.part("number"))
    if not 1 <= number <= len(events):
        raise RefusedError(404, "This situation has no event with this number.")
    return events[number - 1]


def _reply(session: Session, situation: Situation, event: ReviewedEvent) -> Reply | None:
    """The reply that the event is about, or that proves it."""
    noun, _, key = event.body["subject"].partition("/")
    if noun == "reply":
        return session.get(Reply, int(key))
    hashes = [one.removeprefix("sha256:") for one in event.evidence]
    ids = [activation.id for activation in situation.activations]
    query = select(Reply).where(Reply.sha256.in_(hashes), Reply.activation_id.in_(ids))
    return session.scalars(query).first()


def _disclosed(session: Session, event: ReviewedEvent) -> dict[str, str]:
    """The personal values, and of each that was deleted, that it was."""
    digests = {name: event.body["data"][name]["..."] for name in event.covered}
    query = select(LedgerDisclosure).where(LedgerDisclosure.digest.in_(digests.values()))
    kept = {row.digest: row.disclosure for row in session.scalars(query)}
    return {
        name: _value(kept[digest]) if digest in kept else "deleted"
        for name, digest in digests.items()
    }


def _value(disclosure: str) -> str:
    """The value of a disclosure: salt, name and value in base64, as in RFC 9901."""
    padded = disclosure + "=" * (-len(disclosure) % 4)
    _, _, value = json.loads(urlsafe_b64decode(padded))
    return str(value)


def _readable(raw: bytes) -> str:
    return raw.decode("utf-8", errors="replace")[:20_000]


def _note_look(request: PageRequest) -> None:
    """Write down that somebody looks: in the system's log, so that looking changes no review."""
    if request.http.method != "GET":
        return
    with request.installation.database.reading() as session:
        situation = _situation(session, request)
        subject = ledger.Subject(ledger.SYSTEM_LOG, "situation", str(situation.id))
        if _has_just_looked(session, situation, request.who, request.now):
            return
    with request.installation.database.transaction() as session:
        ledger.append(
            session,
            request.act,
            Noted.SITUATION_VIEWED,
            subject=subject,
            data={"reference": request.part("reference")},
        )


def _has_just_looked(
    session: Session, situation: Situation, visitor: Visitor, now: datetime
) -> bool:
    query = select(LedgerEntry.body).where(
        LedgerEntry.log == ledger.SYSTEM_LOG,
        LedgerEntry.type == Noted.SITUATION_VIEWED,
        LedgerEntry.at > now - SEEN_WITHIN,
    )
    mine = (json.loads(body) for body in session.scalars(query))
    return any(
        body["subject"] == f"situation/{situation.id}" and body["authid"] == str(visitor.account_id)
        for body in mine
    )


_LOOKS: Final = frozenset({Noted.DISCLOSURE_UNCOVERED, Noted.EXPORT_CREATED})


def _looks(
    session: Session, situation: Situation, events: Sequence[ReviewedEvent]
) -> Iterator[Look]:
    """Views, uncoverings and exports, the newest first."""
    names = _names(session)
    query = select(LedgerEntry).where(
        LedgerEntry.log == ledger.SYSTEM_LOG, LedgerEntry.type == Noted.SITUATION_VIEWED
    )
    looks = [Look(e.at, e.who, _looked(e)) for e in events if e.type in _LOOKS]
    for entry in session.scalars(query):
        body = json.loads(entry.body)
        if body["subject"] == f"situation/{situation.id}":
            looks.append(Look(entry.at, _who(body, names), "looked at it"))
    return iter(sorted(looks, key=lambda look: look.at, reverse=True)[:20])


def _looked(event: ReviewedEvent) -> str:
    data = event.body["data"]
    if event.type == Noted.EXPORT_CREATED:
        return "took the evidence bundle away"
    number = len(data["values"])
    return f"uncovered {number} value{'s' if number != 1 else ''} of event {data['number']}"


def take_evidence(request: PageRequest) -> Response:
    """The whole log as a bundle, once the reason is written down."""
    reason = request.typed("reason")
    if not reason:
        fault = Fault(None, "reason", "The reason is missing", "Say what the bundle is for.")
        with request.installation.database.reading() as session:
            return _situation_page(session, request, faults=(fault,))
    with request.installation.database.transaction() as session:
        packed, _ = record.export_evidence(
            session, request.act, _situation(session, request), reason=reason
        )
    name = f"{request.part('reference')}.evidence.zip"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(packed, media_type="application/zip", headers=disposition)


REVIEW: Final = Page("/review", show_list, lets=READERS, menu=MenuEntry("Review"))
SITUATION: Final = Page("/review/{reference}", show_situation, lets=READERS)
EVENT: Final = Page(
    "/review/{reference}/event/{number:int}", show_event, uncover, lets=READERS, takes_from=AUDITORS
)
EVIDENCE: Final = Page(
    "/review/{reference}/evidence", takes=take_evidence, lets=AUDITORS, proof="export the evidence"
)
