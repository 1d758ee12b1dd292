"""How is a new situation written, checked and sent?

Step 1 sends nothing and loses nothing that was typed. Step 2 shows exactly what would leave, to
whom; its one button sends that and nothing else.
"""

import contextlib
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any, Final

from pydantic import ValidationError
from sqlalchemy import func, select, text
from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import activate
from convening.activate import CannotDrawUpError, Plan, StalePlanError, Wish
from convening.messages.compose import Line
from convening.standstill import standstill
from dashboard.situations import limits, plan_diff
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.layout import UNDECIDED, draft_band, page
from dashboard.web.links import Link
from dashboard.web.page import DESK, MenuEntry, Page, PageRequest, Typed, see_other
from dashboard.web.sessions import BREAK_GLASS, Visitor
from dashboard.web.times import minutes, place
from mechanism import wording
from mechanism.lifecycle import ActivationState
from mechanism.vocabulary import Channel, Kind, Role
from notifications.content import gsm_segments
from playbooks.schema import ConcurrenceMode, Playbook, SituationRole, load, playbook_names
from playbooks.situation import (
    ROLE_IN_WORDS,
    ExerciseSort,
    FigureKind,
    FigureStatus,
    SituationFacts,
)
from store import directory
from store.act import ENGINE, Act
from store.tables import Account, Activation, Draft, Member
from validation import Fault, faults_of, whole_number

FIGURES: Final = 3  # rows offered
MINUTES: Final = ("30", "60", "120", "360")
A_WEEK: Final = 7 * 24 * 60  # minutes: no playbook gives more
TO_FOLLOW: Final = "To follow."
PLACE_UNKNOWN: Final = "Position not yet known"
WORD: Final = {Kind.REAL: "REAL", Kind.EXERCISE: "EXERCISE"}
FIRST_PLAYBOOK: Final = "maritime-distress"

EXERCISE_SORTS: Final = tuple((sort.value, word) for sort, word in labels.SORT.items())
EXERCISE_NOTICES: Final = (("", "No notice"), ("announced", "Announced beforehand"))
WINDOWS: Final = ("15", "30", "60", "120", "360", "1440")  # minutes
EXERCISE_WINDOWS: Final = (
    ("", "Until the deadline"),
    *((number, minutes(timedelta(minutes=int(number)))) for number in WINDOWS),
)

TYPED: Final = (
    "kind", "exercise_sort", "exercise_notice", "exercise_window", "playbook", "title",
    "short_title", "what_happened", "deadline", "where", "latitude", "longitude",
    "region", "as_of", "mrcc_informed", "actions_taken", "not_known", "requested",
    *(f"role_{role.value}" for role in SituationRole),
    *(f"figure_{part}_{row}" for row in range(FIGURES)
      for part in ("label", "kind", "value", "unit", "as_of", "source", "status")),
)  # fmt: skip

FIRST: Final = {
    "kind",
    "exercise_sort",
    "exercise_notice",
    "exercise_window",
    "playbook",
    "title",
    "short_title",
    "what_happened",
    "deadline",
}
FormValues = dict[str, Any]


def show_new(request: PageRequest) -> Response:
    """An empty form with the first playbook's suggestions; neither kind is chosen."""
    name = request.asked("playbook")
    known = playbook_names()
    name = name if name in known else FIRST_PLAYBOOK if FIRST_PLAYBOOK in known else known[0]
    with request.installation.database.reading() as session:
        return _form_page(
            request, session, _suggested(session, name), action=request.path_of("new")
        )


def begin(request: PageRequest) -> Response:
    """Keep what was typed as a new draft."""
    form = _typed(request)
    with request.installation.database.transaction() as session:
        draft = Draft(account_id=request.who.account_id, form=form, changed_at=request.now)
        session.add(draft)
        session.flush()
        return _after_keeping(request, session, draft)


def show_draft(request: PageRequest) -> Response:
    """A draft with its preview."""
    with request.installation.database.reading() as session:
        draft = _draft(session, request)
        return _form_page(
            request, session, dict(draft.form), action=request.path_of("draft", draft=draft.id)
        )


def keep(request: PageRequest) -> Response:
    """Keep what was typed, then show the preview or the check."""
    with request.installation.database.transaction() as session:
        draft = _draft(session, request)
        draft.form, draft.changed_at = _typed(request), request.now
        return _after_keeping(request, session, draft)


def _after_keeping(request: PageRequest, session: Session, draft: Draft) -> Response:
    """On to where the button leads; what is wrong is said on the same page, nothing lost."""
    then = request.typed("then")
    if then == "playbook":
        roles = _roles(draft.form)
        draft.form = _suggested(session, draft.form["playbook"], roles) | _kept(draft.form)
    if then != "check":
        return see_other(request.path_of("draft", draft=draft.id))
    draft.form = {**draft.form, "as_of": draft.form["as_of"] or _minute(request.now)}
    wish, faults = read_wish(draft.form)
    if wish is not None:
        try:
            _plan(session, wish, request)
        except CannotDrawUpError as error:
            faults = error.faults
    faults = (*faults, *_unknown_states(session, draft.form))
    if faults:
        form = dict(draft.form)
        return _form_page(
            request, session, form, action=request.path_of("draft", draft=draft.id), faults=faults
        )
    return see_other(request.path_of("check", draft=draft.id))


def _typed(request: PageRequest) -> FormValues:
    return {
        **{name: request.typed(name) for name in TYPED},
        "members": sorted(set(request.ticked("members"))),
    }


def _kept(form: FormValues) -> FormValues:
    """What choosing another playbook does not replace."""
    suggested = {"playbook", "short_title", "deadline", "members", "title"}
    kept = {name: value for name, value in form.items() if name not in suggested}
    return kept | ({"title": form["title"]} if form["title"] else {})


def _suggested(
    session: Session, name: str, roles: Mapping[str, Sequence[str]] | None = None
) -> FormValues:
    """What a playbook fills in; a co-chair can change all of it.

    Who is asked follows from the roles that were typed, or else from those that it supposes.
    """
    playbook = _playbook(name)
    known = {m.code: m.roles for m in directory.members(session)}
    suggested = {role.value: codes for role, codes in playbook.ask.suggested.items()}
    asked = playbook.members_asked(known, roles or suggested)
    return {
        **dict.fromkeys(TYPED, ""),
        "playbook": playbook.name,
        "short_title": playbook.wording.short_title,
        "deadline": _whole_minutes(playbook.deadline),
        "members": [code for code in asked if code in known],
    }


def _playbook(name: str) -> Playbook:
    if name not in playbook_names():
        raise RefusedError(400, "There is no such playbook.")
    return load(name)[1]


def _whole_minutes(span: timedelta) -> str:
    return str(round(span.total_seconds() / 60))


def _minute(at: datetime) -> str:
    return f"{at.astimezone(UTC):%Y-%m-%dT%H:%M}"


def _draft(session: Session, request: PageRequest) -> Draft:
    """A draft of one's own, or one that the secretariat has prepared; 409 once it was sent."""
    draft = session.get(Draft, int(request.part("draft")))
    owner = session.get(Account, draft.account_id) if draft else None
    if draft is None or owner is None or not _may_open(owner, request.who):
        raise RefusedError(404, "There is no draft with this number.")
    if draft.sent_activation_id is not None:
        raise _sent_already(session.get_one(Activation, draft.sent_activation_id))
    return draft


def _may_open(owner: Account, visitor: Visitor) -> bool:
    return owner.id == visitor.account_id or owner.role is Role.SECRETARIAT


def _form_page(
    request: PageRequest,
    session: Session,
    form: FormValues,
    *,
    action: str,
    faults: Sequence[Fault] = (),
) -> Response:
    members = directory.members(session)
    return page(
        request,
        "situations/new.html",
        EXERCISE_SORTS=EXERCISE_SORTS,
        EXERCISE_NOTICES=EXERCISE_NOTICES,
        EXERCISE_WINDOWS=EXERCISE_WINDOWS,
        ROLES=ROLE_IN_WORDS.items(),
        status=400 if faults else 200,
        band=UNDECIDED,  # the style sheet lets it follow the choice
        form=form,
        action=action,
        playbooks=[(name, load(name)[1].title) for name in playbook_names()],
        playbook=_playbook(form["playbook"]),
        members=_in_order(members, set(form["members"])),
        deadlines=list(_deadlines(form["deadline"])),
        rows=range(FIGURES),
        preview=_preview(session, form, request),
        FIGURE_KINDS=[("", ""), *((k.value, k.value.capitalize()) for k in FigureKind)],
        FIGURE_STATUSES=[("", ""), *((s.value, s.value.capitalize()) for s in FigureStatus)],
        more=_more(form, faults),
        script=True,
        faults=tuple(faults),
    )


def _more(form: FormValues, faults: Sequence[Fault]) -> bool:
    """Whether the part that can follow later is open: something in it was typed, or is wrong."""
    later = set(TYPED) - FIRST
    return any(form[name] for name in later - {"as_of"}) or any(f.field in later for f in faults)


def _in_order(members: Sequence[Member], chosen: set[str]) -> list[tuple[str, str, bool]]:
    """Co-chairs first, then those who are chosen, then by name."""
    order = sorted(members, key=lambda m: (not m.is_co_chair, m.code not in chosen, m.display_name))
    return [(m.code, m.display_name, m.code in chosen) for m in order]


def _deadlines(chosen: str) -> Iterator[tuple[str, str]]:
    own = whole_number(chosen)
    offered = {*map(int, MINUTES), *({own} if own is not None and own <= A_WEEK else ())}
    for number in sorted(offered):
        yield str(number), minutes(timedelta(minutes=number))


@dataclass(frozen=True)
class Preview:
    """What one office would get, if it were sent now."""

    office: str
    sms: str
    parts: int
    characters: int
    subject: str
    mail: str
    deadline: datetime


def _preview(session: Session, form: FormValues, request: PageRequest) -> Preview | None:
    """The texts for one office; None as long as too little is filled in."""
    wish, _ = read_wish({**form, "as_of": form["as_of"] or _minute(request.now)})
    if wish is None:
        return None
    with contextlib.suppress(CannotDrawUpError):
        plan = _plan(session, wish, request)
        return _shown(plan, request.now)
    return None


def _shown(plan: Plan, now: datetime) -> Preview | None:
    first = next((line for line in plan.lines if line.contact.channel is Channel.SMS), None)
    mail = next((line for line in plan.lines if line.contact.channel is Channel.EMAIL), None)
    if mail is None:
        return None
    sms = plan.shown(first, now=now).body if first else ""
    letter, count = plan.shown(mail, now=now), gsm_segments.count(sms)
    return Preview(
        office=f"{mail.office.office}, {mail.member.display_name}",
        sms=sms,
        parts=count.parts,
        characters=len(sms),
        subject=letter.subject,
        mail=letter.body,
        deadline=now + plan.playbook.deadline,
    )


def read_wish(form: FormValues) -> tuple[Wish | None, tuple[Fault, ...]]:
    """What was typed as a wish, or every fault with the field that it stands beside."""
    faults = list(_own_faults(form))
    try:
        facts = SituationFacts.model_validate(_facts(form))
    except ValidationError as error:
        faults += [_at_its_field(fault) for fault in faults_of(error, None)]
    if faults:
        return None, tuple({fault.field: fault for fault in reversed(faults)}.values())[::-1]
    deadline = timedelta(minutes=int(form["deadline"]))
    return Wish(facts, tuple(form["members"]), deadline), ()


def _own_faults(form: FormValues) -> Iterator[Fault]:
    if form["kind"] not in set(Kind):
        yield Fault(None, "kind", "Real or exercise is not chosen", "Choose one of the two.")
    if not form["title"]:
        yield Fault(None, "title", "The one line is missing", "Say in one line what is happening.")
    if not form["members"]:
        yield Fault(None, "members", "Nobody is asked", "Choose at least one member.")
    if form.get("exercise_window") not in {None, "", *WINDOWS}:
        yield Fault(None, "exercise_window", "The window is none of the list", "Choose one.")
    if form["deadline"] not in {*MINUTES, _whole_minutes(_playbook(form["playbook"]).deadline)}:
        yield Fault(None, "deadline", "The deadline is not chosen", "Choose one of the times.")


def _facts(form: FormValues) -> dict[str, Any]:
    """The form as the file format knows it; what is left blank is left out."""
    facts = {
        "kind": form["kind"],
        "title": form["title"],
        "short_title": form["short_title"] or _playbook(form["playbook"]).wording.short_title,
        "what_happened": form["what_happened"] or form["title"] or TO_FOLLOW,
        "where": _place(form),
        "as_of": _instant(form["as_of"]),
        "figures": [_figure(form, row) for row in range(FIGURES) if form[f"figure_label_{row}"]],
        "mrcc_informed": form["mrcc_informed"],
        "actions_taken": [line.strip() for line in form["actions_taken"].splitlines()],
        "not_known": form["not_known"],
        "requested_of_you": form["requested"],
        "playbook": form["playbook"],
        "exercise": _exercise(form),
        "states_by_role": _roles(form),
    }
    return {name: value for name, value in facts.items() if value not in ("", None)}


def _roles(form: FormValues) -> dict[str, list[str]]:
    """The codes that were typed for each role, each once, whatever stands between them."""
    typed = {role.value: form.get(f"role_{role.value}", "") for role in SituationRole}
    codes = {role: re.findall(r"[^\s,;]+", text.upper()) for role, text in typed.items()}
    return {role: list(dict.fromkeys(found)) for role, found in codes.items() if found}


def _unknown_states(session: Session, form: FormValues) -> Iterator[Fault]:
    """A code that the directory does not know is a slip of the finger."""
    known = {member.code for member in directory.members(session)}
    for role, codes in _roles(form).items():
        unknown = ", ".join(code for code in codes if code not in known)
        if unknown:
            wrong = f"{unknown} is not in the directory"
            yield Fault(None, f"role_{role}", wrong, "Type codes of the directory, such as BD.")


def _exercise(form: FormValues) -> dict[str, Any] | None:
    """What sort of exercise, and within what it is scored. None of what is real."""
    if form["kind"] != Kind.EXERCISE:
        return None
    sort = form.get("exercise_sort") or ExerciseSort.DRILL.value
    window = form.get("exercise_window")
    return {
        "sort": sort,
        "announced": form.get("exercise_notice") == "announced",
        **({"window": f"PT{window}M"} if window else {}),
    }


def _place(form: FormValues) -> dict[str, Any]:
    place = {
        "name": form["where"] or PLACE_UNKNOWN,
        "latitude": form["latitude"],
        "longitude": form["longitude"],
        "search_and_rescue_region": form["region"],
    }
    return {name: value for name, value in place.items() if value}


def _figure(form: FormValues, row: int) -> dict[str, Any]:
    low, _, high = form[f"figure_value_{row}"].replace("–", "-").partition("-")  # noqa: RUF001 - as typed
    return {
        "label": form[f"figure_label_{row}"],
        "kind": form[f"figure_kind_{row}"],
        "value": {"minimum": _count(low), "maximum": _count(high or low)},
        "unit": form[f"figure_unit_{row}"],
        "as_of": _instant(form[f"figure_as_of_{row}"] or form["as_of"]),
        "source": form[f"figure_source_{row}"],
        "status": form[f"figure_status_{row}"],
    }


def _count(typed: str) -> int | str:
    digits = typed.replace(",", "").strip()
    number = whole_number(digits)
    return typed if number is None else number


def _instant(typed: str) -> str:
    """A minute in UTC, as the field takes it; whatever else is typed is left for the check."""
    return f"{typed}Z" if typed else ""


_FIELDS: Final = {
    "where.name": "where",
    "exercise.sort": "exercise_sort",
    "exercise.window": "exercise_window",
    "where.latitude": "latitude",
    "where.longitude": "longitude",
    "where.search_and_rescue_region": "region",
    "where": "latitude",
    "requested_of_you": "requested",
}


def _at_its_field(fault: Fault) -> Fault:
    """A fault of the facts beside the field of the form."""
    parts = fault.field.split(".")
    field = _FIELDS.get(fault.field, parts[0])
    if parts[0] == "figures" and len(parts) > 1:
        part = parts[2] if len(parts) > 2 else "label"  # noqa: PLR2004 - figures, row, part
        field = f"figure_{part}_{parts[1]}"
    if parts[0] == "states_by_role" and len(parts) > 1:
        field = f"role_{parts[1]}"
    return Fault(None, field, fault.wrong, fault.mend)


@dataclass(frozen=True)
class Recipient:
    """One office of the first wave with its masked addresses."""

    member: str
    office: str
    rank: str
    sms: tuple[str, ...]
    mail: tuple[str, ...]


def show_check(request: PageRequest) -> Response:
    """Who gets what, what to know before sending, and the one button."""
    with request.installation.database.reading() as session:
        draft = _draft(session, request)
        wish, faults = read_wish(draft.form)
        if wish is None:
            action = request.path_of("draft", draft=draft.id)
            return _form_page(request, session, dict(draft.form), action=action, faults=faults)
        return _check_page(request, session, draft, wish)


def send(request: PageRequest) -> Response:
    """Send exactly what was checked: one transaction, or a page that says what has changed."""
    with request.installation.database.transaction() as session:
        _one_at_a_time(session)
        draft = _draft(session, request)
        wish, _ = read_wish(draft.form)
        if wish is None:
            return see_other(request.path_of("check", draft=draft.id))
        kind = Kind(wish.facts.kind.value)
        newer = _newer(session, kind, seen=request.typed("seen"))
        if newer is not None:
            return _check_page(request, session, draft, wish, newer=newer)
        faults = tuple(_refusals(session, request, kind))
        if faults:
            return _check_page(request, session, draft, wish, faults=faults)
        try:
            activation = _activate(session, wish, request)
        except StalePlanError:
            return _check_page(request, session, draft, wish, stale=True)
        draft.sent_activation_id = activation.id
        waits = activation.state is ActivationState.AWAITING_CONCURRENCE
        done = "asked" if waits else "sent"
        board = request.path_of("board", reference=activation.situation.reference)
    return see_other(board, done=done)


def _activate(session: Session, wish: Wish, request: PageRequest) -> Activation:
    return activate.activate(
        session, request.act, wish, confirmed=request.typed("plan"), settings=request.settings
    )


def _refusals(session: Session, request: PageRequest, kind: Kind) -> Iterator[Fault]:
    if request.who.role is not Role.CO_CHAIR:
        raise RefusedError(403, "A co-chair sends what the secretariat has prepared.")
    if request.who.method == BREAK_GLASS and kind is not Kind.REAL:
        raise RefusedError(403, "Break-glass sends real situations alone.")
    if request.typed("word").upper() != WORD[kind]:
        wrong = f"The word {WORD[kind]} was not typed"
        yield Fault(None, "word", wrong, f"Type {WORD[kind]} if you mean to send it.")
    elif (one_more := limits.one_more_situation(session, request, kind)) is not None:
        yield one_more


def _one_at_a_time(session: Session) -> None:
    """Two sends at once are one after the other; SQLite's writer lock does the same."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:n)"), {"n": activate.NUMBERING_LOCK})


def _newest(session: Session, kind: Kind) -> int:
    return session.scalar(select(func.max(Activation.id)).where(Activation.kind == kind)) or 0


def _newer(session: Session, kind: Kind, *, seen: str) -> Activation | None:
    """What somebody else has sent since this page was shown: perhaps the same situation."""
    newest = _newest(session, kind)
    if (whole_number(seen) or 0) >= newest:
        return None
    return session.get(Activation, newest)


def _plan(session: Session, wish: Wish, request: PageRequest) -> Plan:
    """What sending would do; for the secretariat, in the name of the first co-chair."""
    government = request.who.government
    if government is None:
        government = next((m.code for m in directory.co_chairs(session)), "")
    return activate.draw_up(
        session, Act(ENGINE, request.now, government=government), wish, settings=request.settings
    )


def _check_page(
    request: PageRequest,
    session: Session,
    draft: Draft,
    wish: Wish,
    *,
    stale: bool = False,
    newer: Activation | None = None,
    faults: tuple[Fault, ...] = (),
) -> Response:
    try:
        plan = _plan(session, wish, request)
    except CannotDrawUpError as error:
        form, action = dict(draft.form), request.path_of("draft", draft=draft.id)
        return _form_page(request, session, form, action=action, faults=error.faults)
    kind = Kind(wish.facts.kind.value)
    stands = standstill(session, request.installation, real_now=request.real_now)
    return page(
        request,
        "situations/check.html",
        status=409 if stale or newer else 400 if faults else 200,
        band=draft_band(kind),
        draft=draft,
        kind=kind,
        word=WORD[kind],
        plan=plan,
        deadline=request.now + plan.playbook.deadline,
        reminders=[request.now + rung.after for rung in plan.playbook.ladder.rungs[1:]],
        waits=plan.playbook.concurrence.mode is ConcurrenceMode.BOTH,
        time_out=_time_out(plan, request.now),
        roles=_named_roles(session, plan),
        exercise=_exercise_words(plan),
        others=[m.display_name for m in plan.co_chairs if m.code != plan.government],
        first=_counts(plan.lines),
        to_co_chairs=_counts(plan.to_co_chairs),
        recipients=list(_recipients(plan.lines)),
        co_chair_offices=list(_recipients(plan.to_co_chairs)),
        texts=[_text(plan, line, request.now) for line in (*plan.lines, *plan.to_co_chairs)],
        calls=[_text(plan, line, request.now) for line in plan.calls],
        silence=stands.engine,
        closed=[labels.not_taken(*one) for one in stands.closed.items()],
        seen=_newest(session, kind),
        stale=stale,
        changes=plan_diff.changes(request.typed("parts"), plan) if stale else (),
        parts=plan_diff.carried(plan),
        newer=newer,
        may_send=request.who.role is Role.CO_CHAIR,
        one_more=any(fault.field == limits.ONE_MORE for fault in faults),
        faults=faults,
    )


def _named_roles(session: Session, plan: Plan) -> list[tuple[str, str]]:
    """Which state has which role, by name."""
    names = {member.code: member.display_name for member in directory.members(session)}
    return [
        (ROLE_IN_WORDS[role], ", ".join(names.get(code, code) for code in codes))
        for role, codes in plan.wish.facts.states_by_role.items()
    ]


def _exercise_words(plan: Plan) -> str:
    """What is agreed of an exercise, in one line; nothing of what is real."""
    agreed = plan.wish.facts.exercise
    if agreed is None:
        return ""
    notice = "Announced" if agreed.announced else "No notice"
    window = agreed.window or plan.playbook.deadline
    return f"{labels.SORT[agreed.sort]}. {notice}. Scored within {minutes(window)}."


def _time_out(plan: Plan, now: datetime) -> datetime | None:
    waits = plan.playbook.concurrence.time_out
    return now + waits if waits else None


def _counts(lines: Sequence[Line]) -> Mapping[str, int]:
    """How many texts, counted and never multiplied."""
    by = [line.contact.channel for line in lines]
    return {"sms": by.count(Channel.SMS), "mail": by.count(Channel.EMAIL)}


def _recipients(lines: Sequence[Line]) -> Iterator[Recipient]:
    offices = {line.office.id: line for line in lines}
    for office_id, line in offices.items():
        own = [other.contact for other in lines if other.office.id == office_id]
        yield Recipient(
            line.member.display_name,
            line.office.office,
            labels.RANK[line.office.rank],
            _masked(own, Channel.SMS),
            _masked(own, Channel.EMAIL),
        )


def _masked(contacts: Sequence[Any], channel: Channel) -> tuple[str, ...]:
    return tuple(labels.masked(c.channel, c.address) for c in contacts if c.channel is channel)


@dataclass(frozen=True)
class ShownMessage:
    """One text as its recipient would read it."""

    to: str
    channel: str
    address: str
    subject: str
    body: str
    parts: int
    zone: str


def _text(plan: Plan, line: Line, now: datetime) -> ShownMessage:
    said, channel = plan.shown(line, now=now), line.contact.channel
    return ShownMessage(
        to=f"{line.member.display_name}, {line.office.office}",
        channel=wording.CHANNEL[channel],
        address=labels.masked(channel, line.contact.address),
        subject=said.subject,
        body=said.body,
        parts=gsm_segments.count(said.body).parts if channel is Channel.SMS else 0,
        zone=place(line.office.zone),
    )


def _sent_already(activation: Activation) -> RefusedError:
    who, at = activation.triggered_by, activation.triggered_at
    return RefusedError(
        409,
        f"This draft was sent by {who} at {at:%H:%M:%S} UTC as {activation.situation.reference}.",
        "Go to its board; if it was wrong, correct or withdraw it there.",
        undone="It was not sent a second time.",
        link=Link("board", "Go to the board", {"reference": activation.situation.reference}),
    )


NEW: Final = Page(
    "/new",
    show_new,
    begin,
    lets=DESK,
    opened_by_break_glass=True,
    typed=Typed.OWN_CHECKS,
    menu=MenuEntry("New situation"),
    name="new",
)
DRAFT: Final = Page(
    "/new/{draft:int}",
    show_draft,
    keep,
    lets=DESK,
    opened_by_break_glass=True,
    typed=Typed.OWN_CHECKS,
    name="draft",
)
CHECK: Final = Page(
    "/new/{draft:int}/check",
    show_check,
    send,
    lets=DESK,
    proof="send to the members",
    opened_by_break_glass=True,
    name="check",
)
