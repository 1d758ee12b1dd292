"""What do focal points open without signing in, and what do providers and mail bring?

A member's page and the co-chair's page behind one-time links, the two webhooks of the SMS provider,
and the door for mail. Whatever comes in is committed before it is read. The page sets no cookie,
needs no script, and a GET changes no state.
"""

import secrets
from collections import OrderedDict
from collections.abc import Callable
from datetime import datetime, timedelta
from threading import Lock
from typing import Any, Final

from sqlalchemy.orm import Session
from starlette.background import BackgroundTask
from starlette.responses import RedirectResponse, Response

from convening import answer_by_link as by_link
from convening import hear
from convening.answer_by_link import Came, ConcurView, LinkView, Sent, Standing, Verdict
from convening.house import House
from convening.letters import details_of
from dashboard.frame import Band, band_of, page
from dashboard.refusals import RefusedError
from dashboard.times import Times, minutes, span
from dashboard.visit import Page, Visit
from intake import Fault
from mechanism.answers import Meaning
from mechanism.codes import codes_in
from notifications import inbox, outbox, sms
from notifications.inbox import MailDoor, listen_for_mail
from playbooks.situation import SituationFacts
from settings import is_loopback
from store import directory, ledger, needs
from store.tables import Activation, Attempt, NeedCause, Reply, TextKind

PER_LINK: Final = 30  # visits a minute
PER_ADDRESS: Final = 120
REFUSALS_KEPT: Final = 10  # refused webhooks a minute that are written down one by one
ADDRESSES_KNOWN: Final = 10_000

NOTHING_TO_TELL: Final = Band("none", "One-time link")
STATUS: Final = {Standing.UNKNOWN: 404, Standing.REVOKED: 410, Standing.EXPIRED: 410}
FAULTS: Final = {
    Came.OFFICE_MISSING: Fault(
        None, "office", "Your office is missing", "Choose it from the list, or type the code."
    ),
    Came.CODE_WRONG: Fault(
        None, "code", "That is not the code", "Type the five digits of our SMS, or name the office."
    ),
    Came.NO_TRIES_LEFT: Fault(
        None, "code", "The code was tried too often", "Choose your office from the list."
    ),
    Came.REASON_MISSING: Fault(
        None, "reason", "The reason is missing", "Say in one sentence why you object."
    ),
}
ANSWERS: Final = frozenset({Meaning.RECEIVED, Meaning.WRONG_ADDRESSEE})


class Pace:
    """So many a minute for each key, in this process alone; several processes each count anew."""

    def __init__(self, a_minute: int) -> None:
        self._most = float(a_minute)
        self._left: OrderedDict[str, tuple[float, datetime]] = OrderedDict()
        self._lock = Lock()

    def lets(self, key: str, *, now: datetime) -> bool:
        """Whether one more is within the pace, and count it."""
        with self._lock:
            left, at = self._left.pop(key, (self._most, now))
            refilled = left + self._most * ((now - at) / timedelta(minutes=1))
            left = min(self._most, refilled)
            self._left[key] = (max(left - 1, 0.0), now)
            while len(self._left) > ADDRESSES_KNOWN:
                self._left.popitem(last=False)
        return left >= 1


class Paces:
    """The limits of one application."""

    def __init__(self) -> None:
        self.links = Pace(PER_LINK)
        self.addresses = Pace(PER_ADDRESS)
        self.refusals = Pace(REFUSALS_KEPT)


def _paces(visit: Visit) -> Paces:
    state = visit.request.app.state
    if not hasattr(state, "answer_paces"):
        state.answer_paces = Paces()
    paces: Paces = state.answer_paces
    return paces


def _keep_the_pace(visit: Visit) -> None:
    """Refuse who comes too often; an address of this machine is a proxy's, and says nothing."""
    paces, now = _paces(visit), visit.real_now
    from_here = is_loopback(visit.address)
    if paces.links.lets(visit.part("token"), now=now) and (
        from_here or paces.addresses.lets(visit.address, now=now)
    ):
        return
    raise RefusedError(429, "This link was opened too often in a short time.")


# --- the member's page ---------------------------------------------------------------------------


def show_link(visit: Visit) -> Response:
    """The member's page; its first opening is noted as evidence, and no state changes."""
    _keep_the_pace(visit)
    token = visit.part("token")
    with visit.house.database.reading() as session:
        view = by_link.look(session, token, now=visit.now)
        shown = _link_page(session, visit, view)
        is_first = view.token is not None and view.token.opened_at is None
    if is_first and visit.request.method == "GET":
        with visit.house.database.transaction() as session:
            by_link.open_link(session, token, now=visit.now, address=visit.address)
    return shown


def take_link(visit: Visit) -> Response:
    """An acknowledgement, "not the right person", or a word about the meeting."""
    _keep_the_pace(visit)
    with visit.house.database.transaction() as session:
        came = _answered(session, visit)
    if came not in FAULTS and came is not Came.NO_LINK:
        return RedirectResponse(visit.request.url.path, status_code=303)
    with visit.house.database.reading() as session:
        view = by_link.look(session, visit.part("token"), now=visit.now)
        faults = (FAULTS[came],) if came in FAULTS else ()
        return _link_page(session, visit, view, faults=faults)


def _answered(session: Session, visit: Visit) -> Came:
    token = visit.part("token")
    view = by_link.look(session, token, now=visit.now)
    sent = _sent(visit, view)
    if choice := visit.typed("meeting"):
        said = _meaning(choice, by_link.OF_THE_MEETING)
        delegate = visit.typed("delegate")[:120]
        return by_link.say_of_meeting(
            session, token, said, sent, delegate=delegate, now=visit.now
        )  # fmt: skip
    answer = _meaning(visit.typed("answer"), ANSWERS)
    return by_link.answer_by_link(session, token, answer, sent, now=visit.now)


def _meaning(typed: str, allowed: frozenset[Meaning]) -> Meaning:
    if typed not in allowed:
        raise RefusedError(400, "The form does not say what you answered.")
    return Meaning(typed)


def _sent(visit: Visit, view: LinkView | ConcurView) -> Sent:
    """The form with what the door knows: the office, the code, from where, and how soon."""
    office, typed = visit.typed("office"), visit.typed("code")
    opened_at = view.token.opened_at if view.token is not None else None
    since = (visit.now - opened_at).total_seconds() if opened_at is not None else None
    return Sent(
        form=visit.typed("form_id")[:40],
        raw=[(name, str(value)[:2000]) for name, value in visit.form.multi_items()],
        address=visit.address,
        agent=visit.request.headers.get("user-agent", ""),
        seconds_open=since / visit.house.clock.rate if since is not None else None,
        office_id=int(office) if office.isascii() and office.isdecimal() else None,
        code=(codes_in(typed) or (typed[:20],))[0],
    )


def _link_page(
    session: Session, visit: Visit, view: LinkView, *, faults: tuple[Fault, ...] = ()
) -> Response:
    notice = view.notice
    if notice is None or view.token is None or view.standing not in by_link.SHOWN:
        activation = notice.activation if notice is not None else None
        return _end_page(session, visit, view.standing, activation)
    office = view.token.contact_point.focal_point
    return _page(
        session,
        visit,
        "answers/member.html",
        notice.activation,
        zone=office.zone,
        status=400 if faults else 200,
        view=view,
        notice=notice,
        member=notice.member.display_name,
        office=office,
        told=notice.acknowledgement,
        left=_left(notice.activation, visit.now),
        faults=faults,
    )


def _left(activation: Activation, now: datetime) -> str:
    """The time that is left, in whole minutes: seconds would be wrong once they are read."""
    left = (activation.deadline_at or now) - now
    return minutes(left) if left < timedelta(hours=2) else span(left)


def _end_page(
    session: Session, visit: Visit, standing: Standing, activation: Activation | None
) -> Response:
    """A link that leads to nothing, or to what has ended; a stranger learns nothing."""
    status = STATUS.get(standing, 200)
    shown = activation if standing in {Standing.WITHDRAWN, Standing.ENDED} else None
    return _page(session, visit, "answers/end.html", shown, status=status, standing=standing)


def _page(
    session: Session,
    visit: Visit,
    template: str,
    activation: Activation | None,
    *,
    zone: str = "UTC",
    status: int = 200,
    **words: Any,
) -> Response:
    """A page in the small frame, which no search engine keeps."""
    band, about = NOTHING_TO_TELL, {}
    if activation is not None:
        band = band_of(activation.kind, activation.situation.reference)
        about = _about(session, activation)
    frame = {
        "band": band,
        "activation": activation,
        "form_id": secrets.token_urlsafe(9),
        "times": Times(zone, visit.now),
        "utc": Times("UTC", visit.now),
    }
    response = page(visit, template, status=status, **(frame | about | words))
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _about(session: Session, activation: Activation) -> dict[str, Any]:
    """What is said of the situation, the newest text first."""
    facts = SituationFacts.model_validate(activation.plan["facts"])
    further = [t for t in activation.texts if t.kind is not TextKind.FIRST_NOTICE]
    return {
        "facts": facts,
        "details": list(details_of(facts)),
        "further": further[::-1],
        "co_chairs": " and ".join(m.display_name for m in directory.co_chairs(session)),
    }


# --- the co-chair's page -------------------------------------------------------------------------


def show_concurrence(visit: Visit) -> Response:
    """The page on which the other co-chair agrees or objects without signing in."""
    _keep_the_pace(visit)
    token = visit.part("token")
    with visit.house.database.reading() as session:
        view = by_link.look_at_concurrence(session, token, now=visit.now)
        shown = _concurrence_page(session, visit, view)
        is_first = view.token is not None and view.token.opened_at is None
    if is_first and visit.request.method == "GET":
        with visit.house.database.transaction() as session:
            by_link.open_concurrence(session, token, now=visit.now, address=visit.address)
    return shown


def take_concurrence(visit: Visit) -> Response:
    """The other co-chair's word."""
    _keep_the_pace(visit)
    verdict, token = visit.typed("verdict"), visit.part("token")
    if verdict not in set(Verdict):
        raise RefusedError(400, "The form does not say whether you agree.")
    with visit.house.database.transaction() as session:
        view = by_link.look_at_concurrence(session, token, now=visit.now)
        came = by_link.concur_by_link(
            session, token, Verdict(verdict), _sent(visit, view),
            reason=visit.typed("reason")[:500], now=visit.now, settings=visit.settings,
        )  # fmt: skip
    if came not in FAULTS and came is not Came.NO_LINK:
        return RedirectResponse(visit.request.url.path, status_code=303)
    with visit.house.database.reading() as session:
        view = by_link.look_at_concurrence(session, token, now=visit.now)
        faults = (FAULTS[came],) if came in FAULTS else ()
        return _concurrence_page(session, visit, view, faults=faults)


def _concurrence_page(
    session: Session, visit: Visit, view: ConcurView, *, faults: tuple[Fault, ...] = ()
) -> Response:
    activation = view.activation
    if activation is None or view.token is None or view.standing is not Standing.OPEN:
        return _end_page(session, visit, view.standing, activation)
    office = view.token.contact_point.focal_point
    return _page(
        session,
        visit,
        "answers/co_chair.html",
        activation,
        zone=office.zone,
        status=400 if faults else 200,
        view=view,
        office=office,
        issuer=activation.plan["issuer"],
        reason=visit.typed("reason") if visit.form else "",
        faults=faults,
    )


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
    if _paces(visit).refusals.lets("webhook", now=visit.real_now):
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
    Page("/a/{token}", show_link, take_link),
    Page("/c/{token}", show_concurrence, take_concurrence),
    Page("/twilio/sms", takes=take_text),
    Page("/twilio/status/{attempt:int}/{mac}", takes=take_status),
]
