"""How does the other co-chair agree, object, or let an objection go?"""

from collections.abc import Callable
from typing import Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import concur
from dashboard.web.address import activation_named, answered_already, back_to_board
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_of, page
from dashboard.web.request import Page, Visit
from mechanism.vocabulary import Door
from store.tables import Activation
from validation import Fault


def agree(visit: Visit) -> Response:
    """The other co-chair agrees, in one click."""
    return _concur(visit, "agreed", _agree)


def _agree(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.agree(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        door=Door.SIGNED_IN,
        actor=visit.who.actor,
        now=visit.now,
        settings=visit.settings,
    )


def show_objection(visit: Visit) -> Response:
    """The form for an objection."""
    return _reason_page(visit, "object")


def object_to(visit: Visit) -> Response:
    """The other co-chair objects, with a reason."""
    if not visit.typed("reason"):
        return _reason_page(visit, "object", faults=NO_REASON)
    return _concur(visit, "objected", _object)


def _object(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.object_to(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        reason=visit.typed("reason"),
        actor=visit.who.actor,
        now=visit.now,
    )


def show_resumption(visit: Visit) -> Response:
    """The form to resume what an objection has paused."""
    return _reason_page(visit, "resume")


def resume(visit: Visit) -> Response:
    """Either co-chair resumes, with a reason."""
    if not visit.typed("reason"):
        return _reason_page(visit, "resume", faults=NO_REASON)
    return _concur(visit, "resumed", _resume)


def _resume(session: Session, activation: Activation, visit: Visit) -> bool:
    return concur.resume(
        session,
        activation,
        government=visit.who.government or "",
        by=visit.who.signature,
        reason=visit.typed("reason"),
        actor=visit.who.actor,
        now=visit.now,
        settings=visit.settings,
    )


def _concur(visit: Visit, done: str, act: Callable[[Session, Activation, Visit], bool]) -> Response:
    with visit.house.database.transaction() as session:
        activation = activation_named(session, visit)
        try:
            was_first = act(session, activation, visit)
        except concur.NotYoursToConcurError:
            raise RefusedError(403, "A government does not answer for itself.") from None
        if not was_first:
            raise answered_already(activation)
    return back_to_board(visit, done)


def _reason_page(visit: Visit, act: str, *, faults: tuple[Fault, ...] = ()) -> Response:
    with visit.house.database.reading() as session:
        activation = activation_named(session, visit)
        return page(
            visit,
            "reason.html",
            status=400 if faults else 200,
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            act=act,
            reason=visit.typed("reason"),
            faults=faults,
        )


NO_REASON: Final = (Fault(None, "reason", "The reason is missing", "Write one sentence."),)


ROUTES: Final = [
    Page("/situation/{reference}/agree", takes=agree),
    Page("/situation/{reference}/object", show_objection, object_to),
    Page("/situation/{reference}/resume", show_resumption, resume),
]
