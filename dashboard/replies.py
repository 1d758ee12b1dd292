"""What becomes of a reply that no rule could read, or that was set aside?

It is shown raw and escaped, beside its reading and a suggestion; one press says whether it counts,
for whom, or what else is to be done. A machine's messages can be looked at too.
"""

from collections.abc import Iterator
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening.replies import quarantine
from convening.replies.quarantine import Disposition
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.page import DESK, Page, PageRequest, see_other
from mechanism import wording
from mechanism.assurance import SenderCheck
from mechanism.lifecycle import ACTIVATION_ENDS, NoticeState, ReplyState
from mechanism.vocabulary import Channel, Door
from store import situations
from store.needs import open_needs
from store.tables import FocalPoint, Notice, Reply
from validation import Fault, whole_number

RAW_SHOWN: Final = 20_000
FORWARD: Final = "forward"
SEEN: Final = "seen"
TO_DUTY: Final = "duty"

DISPOSITIONS: Final = frozenset(
    {Disposition.ACKNOWLEDGES, Disposition.NO_ANSWER, Disposition.DIRECTORY}
)
SENDER: Final = {
    SenderCheck.PASSED: "its domain stands by it",
    SenderCheck.FAILED: "its domain disowns it",
    SenderCheck.NOTHING_PUBLISHED: "its domain says nothing either way",
    SenderCheck.NOT_CHECKED: "not checked",
}


def show_replies(request: PageRequest) -> Response:
    """Every reply that waits for a person, the oldest first; then what was set aside."""
    with request.installation.database.reading() as session:
        return page(
            request,
            "replies/list.html",
            replies=[(r, text_of(r), _suggested(r)) for r in quarantine.waiting(session)],
            aside=[(r, text_of(r)) for r in quarantine.set_aside(session)],
        )


def _suggested(reply: Reply) -> str:
    notice = reply.answer.notice if reply.answer is not None else None
    return notice.member.display_name if notice is not None else ""


def show_reply(request: PageRequest) -> Response:
    """One reply as it came, beside its reading."""
    with request.installation.database.reading() as session:
        return _reply_page(request, session)


def decide(request: PageRequest) -> Response:
    """A person says what it is: whether it counts and for whom, or what else is to be done."""
    disposition = request.typed("disposition")
    with request.installation.database.transaction() as session:
        reply = _reply(session, request)
        if disposition == SEEN:
            return _seen(request, session, reply)
        if not quarantine.may_be_settled(reply):
            raise RefusedError(409, "Somebody has settled this reply already.")
        if disposition == FORWARD:
            return _pass_on(request, session, reply)
        return _settle(request, session, reply, disposition)


def _settle(request: PageRequest, session: Session, reply: Reply, disposition: str) -> Response:
    notice = _chosen(session, request)
    faults = tuple(_faults(disposition, notice))
    if faults:
        return _reply_page(request, session, faults=faults)
    quarantine.settle(session, request.act, reply, Disposition(disposition), notice=notice)
    counts = disposition == Disposition.ACKNOWLEDGES
    if notice is not None and counts:
        board = request.path_of("board", reference=notice.activation.log)
        return see_other(board, done="settled")
    return see_other(request.path_of("replies"))


def _faults(disposition: str, notice: Notice | None) -> Iterator[Fault]:
    if disposition not in DISPOSITIONS:
        yield Fault(None, "disposition", "Whether it counts is not chosen", "Choose one.")
    if disposition == Disposition.ACKNOWLEDGES and notice is None:
        yield Fault(None, "notice", "For whom it counts is not chosen", "Choose the member.")


def _pass_on(request: PageRequest, session: Session, reply: Reply) -> Response:
    """Send it to the duty officers, or to an office of the member that it may be from."""
    to = request.typed("to")
    office = next((o for o in _offices(reply) if str(o.id) == to), None)
    if office is None and to != TO_DUTY:
        fault = Fault(None, "to", "To whom it goes is not chosen", "Choose who is to read it.")
        return _reply_page(request, session, faults=(fault,))
    told = quarantine.pass_on(session, request.act, reply, office, settings=request.settings)
    if not told:
        fault = Fault(None, "to", "That office has no mailbox on file", "Telephone instead.")
        return _reply_page(request, session, faults=(fault,))
    return see_other(request.path_of("reply", reply=reply.id), done="passed-on")


def _seen(request: PageRequest, session: Session, reply: Reply) -> Response:
    quarantine.seen(session, request.act, reply)
    return see_other(request.path_of("replies"))


def _reply_page(
    request: PageRequest, session: Session, *, faults: tuple[Fault, ...] = ()
) -> Response:
    reply = _reply(session, request)
    read = reply.answer
    suggested = str(read.notice_id) if read is not None and read.notice_id else ""
    waits = reply.state is ReplyState.WAITING
    return page(
        request,
        "replies/reply.html",
        status=400 if faults else 200,
        reply=reply,
        read=read,
        text=text_of(reply),
        raw=reply.raw[:RAW_SHOWN].decode("utf-8", "replace"),
        sender=labels.masked(_channel(reply), reply.sender),
        BY_DOOR=wording.BY_DOOR,
        domain_says=_domain_says(reply),
        waits=waits,
        open=quarantine.may_be_settled(reply),
        asks=not waits and any(need.reply_id == reply.id for need in open_needs(session)),
        notices=[("", "Choose the member"), *_open_notices(session)],
        notice=request.typed("notice") or suggested,
        to_choices=[(TO_DUTY, "The duty officers"), *_office_choices(reply)],
        to=request.typed("to") or TO_DUTY,
        passed_on=request.http.query_params.get("done") == "passed-on",
        faults=faults,
    )


def _domain_says(reply: Reply) -> str:
    """What DKIM, SPF and DMARC have shown of a mail's sender; empty for everything else."""
    if reply.door is not Door.MAIL:
        return ""
    known = dict(reply.envelope.get("authenticity", {}))
    check = SenderCheck(known.get("check", SenderCheck.NOT_CHECKED))
    found = [f"{name.upper()} {known[name]}" for name in ("dkim", "spf", "dmarc") if name in known]
    said = f"{SENDER[check]} ({', '.join(found)})" if found else SENDER[check]
    signature = str(reply.envelope.get("signature", "")).replace("_", " ")
    return f"{said}; signed ({signature}), the signature not judged" if signature else said


def text_of(reply: Reply) -> str:
    """What the sender wrote, without what machines put around it."""
    if reply.answer is not None and reply.answer.text:
        return reply.answer.text
    return reply.text if reply.door is Door.SMS else ""


def _channel(reply: Reply) -> Channel:
    return Channel.EMAIL if "@" in reply.sender else Channel.SMS


def _reply(session: Session, request: PageRequest) -> Reply:
    reply = session.get(Reply, int(request.part("reply")))
    if reply is None:
        raise RefusedError(404, "There is no reply with this number.")
    return reply


def _offices(reply: Reply) -> list[FocalPoint]:
    notice = reply.answer.notice if reply.answer is not None else None
    offices = notice.member.focal_points if notice is not None else []
    return [office for office in offices if office.retired_at is None]


def _office_choices(reply: Reply) -> Iterator[tuple[str, str]]:
    for office in _offices(reply):
        rank = labels.RANK[office.rank].lower()
        yield str(office.id), f"{office.office}, {office.member.display_name} ({rank})"


def _open_notices(session: Session) -> Iterator[tuple[str, str]]:
    for activation in situations.open_situations(session):
        for notice in activation.notices:
            if notice.state is not NoticeState.ACKNOWLEDGED:
                reference = activation.situation.reference
                yield str(notice.id), f"{notice.member.display_name}, {reference}"


def _chosen(session: Session, request: PageRequest) -> Notice | None:
    number = whole_number(request.typed("notice"))
    notice = session.get(Notice, number) if number is not None else None
    if notice is None or notice.activation.state in ACTIVATION_ENDS:
        return None
    return notice


REPLIES: Final = Page("/replies", show_replies, lets=DESK, name="replies")
REPLY: Final = Page("/replies/{reply:int}", show_reply, decide, lets=DESK, name="reply")
