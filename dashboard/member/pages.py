"""What do focal points open without signing in?

A member's page and the co-chair's page behind one-time links. What is typed is committed before it
is read. The page sets no cookie, needs no script, and a GET changes no state.
"""

import secrets
from dataclasses import replace
from typing import Any, Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening.messages.compose import details_of
from convening.replies import by_link
from convening.replies.by_link import Came, ConcurView, LinkState, LinkView, Sent
from dashboard.member.translations import ENGLISH, Translation, page_translations, translation_of
from dashboard.web.errors import RefusedError
from dashboard.web.layout import Band, band_of, page
from dashboard.web.page import ANYONE, Page, PageRequest, Typed, see_other
from dashboard.web.rate_limit import keep_the_pace
from dashboard.web.times import Times
from mechanism.answers import Meaning
from mechanism.codes import codes_in
from mechanism.concurrence import Verdict
from mechanism.poll import AT_MOST
from mechanism.vocabulary import Kind, TextKind
from playbooks.situation import SituationFacts
from store import directory
from store.tables import Activation, Token
from validation import Fault, seen, whole_number

NOTHING_TO_TELL: Final = Band("none", "One-time link")
STATUS: Final = {LinkState.UNKNOWN: 404, LinkState.REVOKED: 410, LinkState.EXPIRED: 410}
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
    Came.TIMES_CLOSED: Fault(
        None,
        "times",
        "The times are not asked about any more",
        "The invitation says what is fixed.",
    ),
    Came.TIMES_LATE: Fault(
        None, "times", "Answers about the times are not taken any more", "Write or call instead."
    ),
    Came.TIMES_NOT_ASKED: Fault(
        None,
        "times",
        "Other times are asked about now",
        "Look at the times below, and answer anew.",
    ),
    Came.TIMES_MISSING: Fault(
        None, "times", "No time was answered", "Say of at least one whether you can."
    ),
}
_NUMBERS: Final = frozenset(map(str, range(1, 100)))  # of polls of one activation
ANSWERS: Final = frozenset({Meaning.RECEIVED, Meaning.WRONG_ADDRESSEE})


def show_link(request: PageRequest) -> Response:
    """The member's page; its first opening is noted as evidence, and no state changes."""
    token = request.part("token")
    keep_the_pace(request, token)
    with request.installation.database.reading() as session:
        view = by_link.look(session, token, now=request.now)
        shown = _link_page(session, request, view)
        is_first = _is_first_opening(request, view.token)
    if is_first:
        with request.installation.database.transaction() as session:
            by_link.open_link(session, token, now=request.now, address=request.address)
    return shown


def _is_first_opening(request: PageRequest, token: Token | None) -> bool:
    """Whether somebody looks for the first time; to ask for the head alone is not to look."""
    return token is not None and token.opened_at is None and request.http.method == "GET"


def take_link(request: PageRequest) -> Response:
    """An acknowledgement, "not the right person", or a word about the meeting."""
    keep_the_pace(request, request.part("token"))
    with request.installation.database.transaction() as session:
        came = _answered(session, request)
    if came not in FAULTS and came is not Came.NO_LINK:
        return _again(request)
    with request.installation.database.reading() as session:
        view = by_link.look(session, request.part("token"), now=request.now)
        faults = (FAULTS[came],) if came in FAULTS else ()
        return _link_page(session, request, view, faults=faults)


def _again(request: PageRequest) -> Response:
    """The same page anew, in the same language."""
    spoken = translation_of(request.asked("lang"))
    query = "" if spoken.is_binding else spoken.query
    return see_other(request.http.url.path + query)


def _answered(session: Session, request: PageRequest) -> Came:
    token = request.part("token")
    view = by_link.look(session, token, now=request.now)
    sent = _sent(request, view)
    if number := request.typed("poll"):
        asked = int(number) if number in _NUMBERS else 0
        return by_link.say_of_times(
            session, token, asked, _said_of_times(request), sent, now=request.now
        )  # fmt: skip
    if choice := request.typed("meeting"):
        said = _meaning(choice, by_link.OF_THE_MEETING)
        delegate = _line(request.typed("delegate"))[:120]
        return by_link.say_of_meeting(
            session, token, said, sent, delegate=delegate, now=request.now
        )  # fmt: skip
    answer = _meaning(request.typed("answer"), ANSWERS)
    return by_link.answer_by_link(session, token, answer, sent, now=request.now)


def _line(typed: str) -> str:
    """What was typed as one line, without what cannot be seen; the raw form is kept."""
    return " ".join(seen(typed).split())


def _said_of_times(request: PageRequest) -> dict[int, bool]:
    """What was chosen of each time; a time of which nothing was said is left out."""
    said = {n: request.typed(f"time_{n}") for n in range(1, AT_MOST + 1)}
    if set(said.values()) - {"can", "cannot", ""}:
        raise RefusedError(400, "The form does not say which times you can.")
    return {n: word == "can" for n, word in said.items() if word}


def _meaning(typed: str, allowed: frozenset[Meaning]) -> Meaning:
    if typed not in allowed:
        raise RefusedError(400, "The form does not say what you answered.")
    return Meaning(typed)


def _sent(request: PageRequest, view: LinkView | ConcurView) -> Sent:
    """The form with what the door knows: the office, the code, from where, and how soon."""
    typed = request.typed("code")
    opened_at = view.token.opened_at if view.token is not None else None
    since = (request.now - opened_at).total_seconds() if opened_at is not None else None
    return Sent(
        form=request.typed("form_id")[:40],
        raw=[(name, str(value)[:2000]) for name, value in request.form.multi_items()],
        address=request.address,
        agent=request.http.headers.get("user-agent", ""),
        seconds_open=since / request.installation.clock.rate if since is not None else None,
        office_id=whole_number(request.typed("office")),
        code=(codes_in(typed) or (typed[:20],))[0],
    )


def _link_page(
    session: Session, request: PageRequest, view: LinkView, *, faults: tuple[Fault, ...] = ()
) -> Response:
    notice = view.notice
    if notice is None or view.token is None or view.standing not in by_link.SHOWN:
        activation = notice.activation if notice is not None else None
        return _end_page(session, request, view.standing, activation)
    office = view.token.contact_point.focal_point
    spoken = translation_of(request.asked("lang"))
    near = {ENGLISH.tag, spoken.tag, *(translation_of(tag).tag for tag in office.languages)}
    left = (notice.activation.deadline_at or request.now) - request.now
    return _page(
        session,
        request,
        "member/member.html",
        notice.activation,
        translation=spoken,
        near=near,
        far={one.tag for one in page_translations()} - near,
        zone=office.zone,
        status=400 if faults else 200,
        view=view,
        notice=notice,
        member=notice.member.display_name,
        office=office,
        told=notice.acknowledgement,
        left=spoken.left(left),
        faults=faults,
    )


def _end_page(
    session: Session, request: PageRequest, standing: LinkState, activation: Activation | None
) -> Response:
    """A link that leads to nothing, or to what has ended; a stranger learns nothing."""
    status = STATUS.get(standing, 200)
    shown = activation if standing in {LinkState.WITHDRAWN, LinkState.ENDED} else None
    return _page(
        session,
        request,
        "member/end.html",
        shown,
        translation=translation_of(request.asked("lang")),
        status=status,
        standing=standing,
    )


def _page(
    session: Session,
    request: PageRequest,
    template: str,
    activation: Activation | None,
    *,
    translation: Translation = ENGLISH,
    zone: str = "UTC",
    status: int = 200,
    **words: Any,
) -> Response:
    """A page in the small frame, which no search engine keeps."""
    band, about = NOTHING_TO_TELL, {}
    if activation is not None:
        band = _band(activation, translation)
        about = _about(session, activation)
    frame = {
        "band": band,
        "translation": translation,
        "translations": page_translations(),
        "activation": activation,
        "form_id": secrets.token_urlsafe(9),
        "times": Times(zone, request.now),
        "utc": Times("UTC", request.now),
    }
    response = page(request, template, status=status, **(frame | about | words))
    response.headers["X-Robots-Tag"] = "noindex, nofollow, noarchive"
    return response


def _band(activation: Activation, spoken: Translation) -> Band:
    """The band in the page's language; the English word EXERCISE is in every language's."""
    band = band_of(activation.kind, activation.situation.reference)
    if spoken.is_binding:
        return band
    said = spoken.say("exercise" if activation.kind is Kind.EXERCISE else "real")
    return replace(band, word=said, beside="")


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


def show_concurrence(request: PageRequest) -> Response:
    """The page on which the other co-chair agrees or objects without signing in."""
    token = request.part("token")
    keep_the_pace(request, token)
    with request.installation.database.reading() as session:
        view = by_link.look_at_concurrence(session, token, now=request.now)
        shown = _concurrence_page(session, request, view)
        is_first = _is_first_opening(request, view.token)
    if is_first:
        with request.installation.database.transaction() as session:
            by_link.open_concurrence(session, token, now=request.now, address=request.address)
    return shown


def take_concurrence(request: PageRequest) -> Response:
    """The other co-chair's word."""
    keep_the_pace(request, request.part("token"))
    verdict, token = request.typed("verdict"), request.part("token")
    if verdict not in set(Verdict):
        raise RefusedError(400, "The form does not say whether you agree.")
    with request.installation.database.transaction() as session:
        view = by_link.look_at_concurrence(session, token, now=request.now)
        came = by_link.concur_by_link(
            session, token, Verdict(verdict), _sent(request, view),
            reason=seen(request.typed("reason"))[:500], now=request.now, settings=request.settings,
        )  # fmt: skip
    if came not in FAULTS and came is not Came.NO_LINK:
        return see_other(request.http.url.path)
    with request.installation.database.reading() as session:
        view = by_link.look_at_concurrence(session, token, now=request.now)
        faults = (FAULTS[came],) if came in FAULTS else ()
        return _concurrence_page(session, request, view, faults=faults)


def _concurrence_page(
    session: Session, request: PageRequest, view: ConcurView, *, faults: tuple[Fault, ...] = ()
) -> Response:
    activation = view.activation
    if activation is None or view.token is None or view.standing is not LinkState.OPEN:
        return _end_page(session, request, view.standing, activation)
    office = view.token.contact_point.focal_point
    return _page(
        session,
        request,
        "member/co_chair.html",
        activation,
        zone=office.zone,
        status=400 if faults else 200,
        view=view,
        office=office,
        issuer=activation.plan["issuer"],
        reason=request.typed("reason") if request.form else "",
        faults=faults,
    )


LINK: Final = Page("/a/{token}", show_link, take_link, lets=ANYONE, typed=Typed.OWN_CHECKS)
CONCURRENCE: Final = Page(
    "/c/{token}", show_concurrence, take_concurrence, lets=ANYONE, typed=Typed.OWN_CHECKS
)
