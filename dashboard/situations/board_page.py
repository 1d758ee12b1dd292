"""How does the live board reach a reader?

Its fragment is drawn once for each version and kind of reader, and kept as bytes.
"""

from collections.abc import Hashable
from functools import partial
from typing import Final
from xml.etree import ElementTree as ET

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening.messages.compose import details_of
from convening.standstill import standstill, version_of
from convening.timeline import Event, last_change, number_of_events, timeline
from dashboard.situations import board
from dashboard.situations.home import AGAIN
from dashboard.situations.texts import may_suspend
from dashboard.web import labels, render_cache
from dashboard.web.address import activation_named, unknown_situation
from dashboard.web.layout import STATIC, band_for, fragment, page, safe_drawing
from dashboard.web.live import watch
from dashboard.web.page import DESK, READERS, AsyncAct, Page, PageRequest
from mechanism.lifecycle import ACTIVATION_ENDS
from store import situations
from store.tables import Activation

SHOWN_EVENTS: Final = 9
RENEW_EVERY: Final = 20  # seconds, for a browser without scripts
FRESH_FOR: Final = 10  # told seconds during which a rendered board is shown again


def show_board(request: PageRequest) -> Response:
    """The live board."""
    with request.installation.database.reading() as session:
        activation = situations.activation_by_reference(session, request.part("reference"))
        if activation is None:
            raise unknown_situation()
        version = version_of(
            session, request.part("reference"), request.installation, real_now=request.real_now
        )
        drawing = request.http.app.state.render_cache.board(
            _board_key(request, version), lambda: _draw(session, request)
        )
        drawn = board.heading_of(activation)
        ended = activation.state in ACTIVATION_ENDS
        reference = activation.situation.reference
        return page(
            request,
            "situations/board.html",
            band=band_for(activation),
            board=drawn,
            fragment=safe_drawing(drawing.html),
            version=version,
            last_change=_last_change(session, reference),
            done=DONE.get(request.asked("done"), ""),
            may_suspend=may_suspend(activation, request),
            refresh=None if ended else RENEW_EVERY,
            script=True,
        )


async def show_fragment(request: PageRequest) -> Response:
    """The part of the board that changes, with an ETag; what is drawn already asks no database."""
    state, reference = request.http.app.state, request.part("reference")
    version = await state.change_watcher.version(reference, heard=request.asked("version"))
    drawn = await state.render_cache.board_soon(
        _board_key(request, version), partial(_draw_now, request)
    )
    return render_cache.answer(request.http, drawn)


def _draw_now(request: PageRequest) -> str:
    with request.installation.database.reading() as session:
        return _draw(session, request)


def _board_key(request: PageRequest, version: str) -> Hashable:
    """All that tells one drawing from another: the situation as it is, and the kind of reader."""
    who = request.who
    moment = int(request.now.timestamp()) // FRESH_FOR
    return (request.part("reference"), version, who.role, who.government, who.zone, moment)


def _draw(session: Session, request: PageRequest) -> str:
    activation = activation_named(session, request)
    reference = activation.situation.reference
    stands = standstill(session, request.installation, real_now=request.real_now)
    drawn = board.board_of(session, activation, visitor=request.who, now=request.now, stands=stands)
    return fragment(
        "situations/board_fragment.html",
        path_of=request.path_of,
        board=drawn,
        now=request.now,
        times=request.times,
        acts=request.who.role in DESK,
        texts=activation.texts,
        details=list(details_of(drawn.facts)),
        curve=safe_drawing(drawn.curve),
        land=LAND,
        events=_newest_events(session, activation),
        number_of_events=number_of_events(session, reference),
        last_change=_last_change(session, reference),
        TEXT_WORDS=labels.TEXT,
    )


def _newest_events(session: Session, activation: Activation) -> list[Event]:
    """The newest first; a sentence that comes again within minutes stands once, the newest."""
    shown: list[Event] = []
    for event in reversed(timeline(session, activation)):
        again = (e for e in shown if e.sentence == event.sentence and e.at - event.at < AGAIN)
        if next(again, None) is None:
            shown.append(event)
        if len(shown) == SHOWN_EVENTS:
            break
    return shown


def _last_change(session: Session, reference: str) -> str:
    at = last_change(session, reference)
    return f"{at:%H:%M:%S} UTC" if at else ""


def _land() -> str:
    """The outline of the land, from the drawing beside the style sheet."""
    path = ET.parse(STATIC / "land.svg").find("{http://www.w3.org/2000/svg}path")  # noqa: S314 - our own file
    return path.attrib["d"] if path is not None else ""


LAND: Final = _land()

DONE: Final = {
    "sent": "Sent. The first messages leave within seconds; the board shows each.",
    "asked": "The other co-chair is asked to agree. Nothing was sent to the members.",
    "agreed": "You have agreed.",
    "objected": "Your objection is recorded. No further member is written to until it is resumed.",
    "resumed": "Resumed.",
    "said": "The text is on its way to everybody who got anything.",
    "closed": "Closed.",
    "suspended": "REAL EVENT: the exercise is suspended. Everybody who got anything is being told.",
    "recorded": "Recorded.",
    "settled": "Settled.",
    "taken-back": "The links were taken back.",
}


BOARD: Final = Page(
    "/situation/{reference}", show_board, lets=READERS, opened_by_break_glass=True, name="board"
)
FRAGMENT: Final = Page(
    "/situation/{reference}/board",
    AsyncAct(show_fragment),
    lets=READERS,
    opened_by_break_glass=True,
    compresses=True,
)
STREAM: Final = Page(
    "/situation/{reference}/live",
    AsyncAct(watch),
    lets=READERS,
    opened_by_break_glass=True,
    compresses=True,
)
