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
from convening.timeline import Event, chronicle, last_change, number_of_events
from dashboard.situations import board
from dashboard.situations.home import AGAIN
from dashboard.situations.texts import may_suspend
from dashboard.web import labels, render_cache
from dashboard.web.address import activation_named, unknown_situation
from dashboard.web.layout import STATIC, band_of, fragment, page, review_band, safe_drawing
from dashboard.web.live import standstill, version_of
from dashboard.web.request import Page, Visit, asked_often
from dashboard.web.sessions import DESK
from mechanism.lifecycle import ACTIVATION_ENDS
from store import situations
from store.tables import Activation

SHOWN_EVENTS: Final = 9
RENEW_EVERY: Final = 20  # seconds, for a browser without scripts
FRESH_FOR: Final = 10  # told seconds during which a rendered board is shown again


def show_board(visit: Visit) -> Response:
    """The live board."""
    with visit.house.database.reading() as session:
        activation = situations.activation_by_reference(session, visit.part("reference"))
        if activation is None:
            raise unknown_situation()
        version = version_of(session, visit.part("reference"), visit.house, real_now=visit.real_now)
        drawing = visit.request.app.state.boards.board(
            _board_key(visit, version), lambda: _draw(session, visit)
        )
        drawn = board.heading_of(activation)
        ended = activation.state in ACTIVATION_ENDS
        reference = activation.situation.reference
        return page(
            visit,
            "board.html",
            band=(review_band if ended else band_of)(activation.kind, reference),
            board=drawn,
            fragment=safe_drawing(drawing.html),
            version=version,
            last_change=_last_change(session, reference),
            done=DONE.get(visit.asked("done"), ""),
            may_suspend=may_suspend(activation, visit),
            refresh=None if ended else RENEW_EVERY,
            script=True,
        )


async def show_fragment(visit: Visit) -> Response:
    """The part of the board that changes, with an ETag; what is drawn already asks no database."""
    state, reference = visit.request.app.state, visit.part("reference")
    version = await state.lookout.version(reference, heard=visit.asked("version"))
    drawn = await state.boards.board_soon(_board_key(visit, version), partial(_draw_now, visit))
    return render_cache.answer(visit.request, drawn)


def _draw_now(visit: Visit) -> str:
    with visit.house.database.reading() as session:
        return _draw(session, visit)


def _board_key(visit: Visit, version: str) -> Hashable:
    """All that tells one drawing from another: the situation as it is, and the kind of reader."""
    who = visit.who
    moment = int(visit.now.timestamp()) // FRESH_FOR
    return (visit.part("reference"), version, who.role, who.government, who.zone, moment)


def _draw(session: Session, visit: Visit) -> str:
    activation = activation_named(session, visit)
    reference = activation.situation.reference
    stands = standstill(session, visit.house, real_now=visit.real_now)
    drawn = board.board_of(session, activation, visitor=visit.who, now=visit.now, stands=stands)
    return fragment(
        "board_fragment.html",
        board=drawn,
        now=visit.now,
        times=visit.times,
        acts=visit.who.role in DESK,
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
    for event in reversed(chronicle(session, activation)):
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


ROUTES: Final = [Page("/situation/{reference}", show_board)]
FRAGMENTS: Final = [asked_often("/situation/{reference}/board", show_fragment)]
