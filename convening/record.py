"""Write the record of a consultation, adopt it, and hand over the evidence.

The record is compiled from what is remembered, and reproduces what was believed at the time. PDF
and DOCX are views of one model; their hashes are in the ledger.
"""

import io
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from hashlib import sha256
from typing import Any, Final

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import activate, timeline
from mechanism import wording
from mechanism.ladder import Purpose, milestones
from mechanism.lifecycle import RecordEvent, RecordState
from mechanism.vocabulary import AttendanceAnswer, PointKind
from playbooks.situation import ROLE_IN_WORDS, SituationFacts
from records import content, verify
from records.content import (
    AgendaItem,
    ConcurrenceLine,
    FigureLine,
    FollowUpLine,
    Happening,
    Mark,
    MemberLine,
    Participant,
    PlaybookMark,
    RecordModel,
    Seal,
)
from records.evidence import Bundle, write_bundle
from settings import Settings
from store import ledger
from store.act import Act
from store.events import Noted
from store.ledger import Because
from store.meetings import latest_meeting
from store.tables import (
    Activation,
    Convening,
    Figure,
    LedgerDisclosure,
    LedgerEntry,
    Member,
    Message,
    Notice,
    Record,
    Reply,
    Situation,
)

_ATTENDANCE: Final = {
    AttendanceAnswer.INVITED: None,
    AttendanceAnswer.CONFIRMED: None,
    AttendanceAnswer.ATTENDED: content.Participation.JOINED,
    AttendanceAnswer.REGRETS: content.Participation.REGRETS,
    AttendanceAnswer.DELEGATED: content.Participation.SENT_SOMEONE,
    AttendanceAnswer.ABSENT: content.Participation.ABSENT,
}
_MILESTONE: Final = {Purpose.ESCALATION: "next office", Purpose.REMINDER: "reminder"}


def write_record(
    session: Session, act: Act, activation: Activation, *, simulated: bool, settings: Settings
) -> Record:
    """The next revision, as a draft; an earlier draft is superseded by it."""
    earlier = revisions(session, activation)
    model = compile_model(
        session, activation, revision=len(earlier) + 1, simulated=simulated, now=act.at,
        settings=settings,
    )  # fmt: skip
    printed = _printed(model)
    record = Record(
        activation=activation,
        revision=model.revision,
        state=model.state,
        made_by=act.signature,
        made_at=act.at,
        **printed,
    )
    session.add(record)
    session.flush()
    for old in earlier:
        if old.state is RecordState.DRAFT:
            ledger.move(session, act, old, RecordEvent.SUPERSEDED)
    ledger.append(
        session,
        act,
        Noted.RECORD_DRAFTED,
        subject=ledger.subject_of(record),
        evidence=_hashes(printed),
        data={"revision": record.revision},
    )
    return record


def _printed(model: RecordModel) -> dict[str, Any]:
    """The columns that hold a model and its two views."""
    from records import docx, pdf  # noqa: PLC0415 - the web process starts without them

    as_pdf, as_docx = pdf.render_pdf(model), docx.render_docx(model)
    return {
        "model": model.to_json(),
        "pdf": as_pdf,
        "docx": as_docx,
        "model_sha256": model.sha256,
        "pdf_sha256": sha256(as_pdf).hexdigest(),
        "docx_sha256": sha256(as_docx).hexdigest(),
    }


def _hashes(printed: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(f"sha256:{printed[f'{name}_sha256']}" for name in ("model", "pdf", "docx"))


def adopt(session: Session, act: Act, record: Record) -> bool:
    """A co-chair adopts this very revision: the same content, printed without the draft's marks.

    False if it is no draft any more.
    """
    if record.state is not RecordState.DRAFT:
        return False
    draft = content.read_model(record.model)
    model = replace(
        draft, state=RecordState.ADOPTED, adopted=(content.DoneBy(act.signature, act.at),)
    )
    printed = _printed(model)
    because = Because(evidence=_hashes(printed), data={"revision": record.revision})
    return ledger.move(
        session,
        act,
        record,
        RecordEvent.ADOPTED,
        because=because,
        **printed,
    )


def revisions(session: Session, activation: Activation) -> Sequence[Record]:
    """Every revision of an activation's record, the first first."""
    query = select(Record).where(Record.activation_id == activation.id)
    return session.scalars(query.order_by(Record.revision)).all()


def compile_model(
    session: Session,
    activation: Activation,
    *,
    revision: int,
    simulated: bool,
    now: datetime,
    settings: Settings,
) -> RecordModel:
    """Everything that the record says, from what is remembered at `now`."""
    convening = latest_meeting(session, activation)
    return RecordModel(
        reference=activation.situation.reference,
        activation=activation.number,
        kind=activation.kind,
        title=str(activation.plan["facts"]["title"]),
        marking=settings.record_marking,
        playbook=_playbook(activation),
        triggered=content.DoneBy(activation.triggered_by, activation.triggered_at),
        generated_at=now,
        revision=revision,
        simulated_clock=simulated,
        kept_inside=not settings.leaves_installation,
        situation=_situation(session, activation),
        figures=tuple(_figure(figure) for figure in activation.situation.figures),
        concurrence=_concurrence(session, activation),
        deadline=activation.deadline_at,
        first_message_at=timeline.first_out(session, activation),
        members=tuple(_member(notice) for notice in activation.notices),
        marks=tuple(_marks(activation)),
        chronology=tuple(
            Happening(event.at, event.sentence) for event in timeline.timeline(session, activation)
        ),
        meeting=_meeting(convening) if convening is not None else None,
        follow_ups=_follow_ups(convening),
        seal=_seal(session, activation.log),
    )


def _playbook(activation: Activation) -> PlaybookMark:
    playbook = activate.pinned(activation)
    return PlaybookMark(playbook.name, str(playbook.version), activation.playbook_fingerprint)


def _situation(session: Session, activation: Activation) -> str:
    """What had happened, and which state had which role, as both were known at the trigger."""
    facts = SituationFacts.model_validate(activation.plan["facts"])
    if not facts.states_by_role:
        return facts.what_happened
    names = {member.code: member.display_name for member in session.scalars(select(Member))}
    roles = [
        f"{ROLE_IN_WORDS[role]}: {', '.join(names.get(code, code) for code in codes)}."
        for role, codes in facts.states_by_role.items()
    ]
    beside = "Roles of states in the situation, which say nothing about responsibility."
    return f"{facts.what_happened}\n\n{' '.join([beside, *roles])}"


def _concurrence(session: Session, activation: Activation) -> tuple[ConcurrenceLine, ...]:
    return tuple(
        ConcurrenceLine(
            session.get_one(Member, said.member_code).display_name,
            said.answer.value,
            said.at,
            said.reason or said.assurance_text,
        )
        for said in activation.concurrences
    )


def _figure(figure: Figure) -> FigureLine:
    return FigureLine(
        label=figure.label,
        value=f"{figure.minimum:,}",
        upper=f"{figure.maximum:,}" if figure.maximum != figure.minimum else None,
        unit=figure.unit.replace("_", " "),
        as_of=figure.as_of,
        source=figure.source,
        status=f"{figure.status}, planning" if figure.sort == "planning" else figure.status,
    )


def _member(notice: Notice) -> MemberLine:
    first_told = min((rung.at for rung in notice.rungs), default=None)
    line = MemberLine(
        code=notice.member_code,
        name=notice.member.display_name,
        state=notice.state,
        first_told_at=first_told,
    )
    told = notice.acknowledgement
    if told is None:
        return line
    office = told.focal_point
    return MemberLine(
        code=line.code,
        name=line.name,
        state=line.state,
        acknowledged_at=told.at,
        acknowledged_by=office.office if office is not None else "",
        rank=office.rank if office is not None else None,
        channel=wording.DOOR[told.door],
        assurance=told.assurance_text,
        first_told_at=first_told,
        late=told.late,
    )


def _marks(activation: Activation) -> list[Mark]:
    """When the playbook had reminders and further offices told; what the curve is read against."""
    if activation.began_at is None:
        return []
    return [
        Mark(_MILESTONE[tell.purpose], activation.began_at + after)
        for after, tell in milestones(activate.pinned_ladder(activation))
    ]


def _meeting(convening: Convening) -> content.Meeting:
    return content.Meeting(
        number=convening.number,
        level=convening.level,
        modality=convening.modality,
        starts=convening.starts_at,
        ends=convening.closed_at or convening.ends_at,
        place=convening.place,
        participants=tuple(
            Participant(a.member.display_name, a.delegate, _ATTENDANCE[a.answer])
            for a in convening.attendances
        ),
        agenda=tuple(
            AgendaItem(title, _noted(convening, number, PointKind.POINT))
            for number, title in enumerate(convening.agenda, start=1)
        ),
        decisions=tuple(p.text for p in convening.points if p.kind is PointKind.DECISION),
    )


def _noted(convening: Convening, item: int, kind: PointKind) -> tuple[str, ...]:
    return tuple(p.text for p in convening.points if p.item == item and p.kind is kind)


def _follow_ups(convening: Convening | None) -> tuple[FollowUpLine, ...]:
    if convening is None:
        return ()
    return tuple(
        FollowUpLine(f.number, f.action, f.owner, f.due_on, "open") for f in convening.follow_ups
    )


def _seal(session: Session, log: str) -> Seal:
    lines = ledger_lines(session, log)
    return Seal(log, len(lines), verify.in_base64(verify.merkle_root(lines)))


def ledger_lines(session: Session, log: str) -> list[bytes]:
    """The canonical events of a log, in its order: the leaves of its tree."""
    query = select(LedgerEntry.body).where(LedgerEntry.log == log).order_by(LedgerEntry.id)
    return [body.encode() for body in session.scalars(query)]


def export_evidence(
    session: Session, act: Act, situation: Situation, *, reason: str
) -> tuple[bytes, Bundle]:
    """The whole log of a situation with everything that it refers to; the export is logged too."""
    ledger.append(
        session,
        act,
        Noted.EXPORT_CREATED,
        subject=ledger.Subject(situation.reference, "situation", str(situation.id)),
        data={"reason": reason},
    )
    out = io.BytesIO()
    bundle = write_bundle(
        out,
        log=situation.reference,
        lines=ledger_lines(session, situation.reference),
        disclosures=_disclosures(session, situation.reference),
        files=_files(session, situation),
        exported_by=act.signature,
        exported_at=act.at,
        reason=reason,
    )
    return out.getvalue(), bundle


def _disclosures(session: Session, log: str) -> dict[str, str]:
    query = select(LedgerDisclosure).join(LedgerEntry).where(LedgerEntry.log == log)
    return {row.digest: row.disclosure for row in session.scalars(query)}


def _files(session: Session, situation: Situation) -> Mapping[str, bytes]:
    ids = [activation.id for activation in situation.activations]
    files: dict[str, bytes] = {}
    for record in session.scalars(select(Record).where(Record.activation_id.in_(ids))):
        name = f"record/A{record.activation.number}-r{record.revision}"
        files |= {
            f"{name}.pdf": record.pdf,
            f"{name}.docx": record.docx,
            f"{name}.json": record.model.encode(),
        }
    for message in session.scalars(select(Message).where(Message.activation_id.in_(ids))):
        text = f"{message.subject}\n\n{message.body}" if message.subject else message.body
        files[f"messages/{message.body_hash}.txt"] = text.encode()
    for reply in session.scalars(select(Reply).where(Reply.activation_id.in_(ids))):
        files[f"replies/{reply.sha256}.{reply.door.value}"] = reply.raw
    return files
