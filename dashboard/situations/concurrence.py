"""How does the other co-chair agree, object, or let an objection go?"""

from collections.abc import Callable
from functools import partial
from typing import Final

from starlette.responses import Response

from convening import concur
from dashboard.web.address import activation_named, answered_already, back_to_board
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_of, page
from dashboard.web.page import CO_CHAIRS, DESK, Page, PageRequest
from mechanism.vocabulary import Door
from validation import Fault


def agree(request: PageRequest) -> Response:
    """The other co-chair agrees, in one click."""
    return _done(
        request,
        "agreed",
        partial(concur.agree, door=Door.SIGNED_IN, settings=request.settings),
    )


def show_objection(request: PageRequest) -> Response:
    """The form for an objection."""
    return _reason_page(request, "object")


def object_to(request: PageRequest) -> Response:
    """The other co-chair objects, with a reason."""
    return _with_reason(request, "object", "objected", concur.object_to)


def show_resumption(request: PageRequest) -> Response:
    """The form to resume what an objection has paused."""
    return _reason_page(request, "resume")


def resume(request: PageRequest) -> Response:
    """Either co-chair resumes, with a reason."""
    act = partial(concur.resume, settings=request.settings)
    return _with_reason(request, "resume", "resumed", act)


def _with_reason(request: PageRequest, name: str, done: str, act: Callable[..., bool]) -> Response:
    reason = request.typed("reason")
    if not reason:
        return _reason_page(request, name, faults=NO_REASON)
    return _done(request, done, partial(act, reason=reason))


def _done(request: PageRequest, done: str, said: Callable[..., bool]) -> Response:
    """One word of a government on an activation, unless somebody's word was first."""
    with request.installation.database.transaction() as session:
        activation = activation_named(session, request)
        try:
            was_first = said(session, request.act, activation)
        except concur.NotYoursToConcurError:
            raise RefusedError(403, "A government does not answer for itself.") from None
        if not was_first:
            raise answered_already(activation)
    return back_to_board(request, done)


def _reason_page(request: PageRequest, act: str, *, faults: tuple[Fault, ...] = ()) -> Response:
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        return page(
            request,
            "situations/concurrence.html",
            status=400 if faults else 200,
            band=band_of(activation.kind, activation.situation.reference),
            activation=activation,
            act=act,
            reason=request.typed("reason"),
            faults=faults,
        )


NO_REASON: Final = (Fault(None, "reason", "The reason is missing", "Write one sentence."),)


AGREE: Final = Page("/situation/{reference}/agree", takes=agree, lets=CO_CHAIRS, proof="agree")
OBJECT: Final = Page(
    "/situation/{reference}/object", show_objection, object_to, lets=CO_CHAIRS, proof="object"
)
RESUME: Final = Page(
    "/situation/{reference}/resume",
    show_resumption,
    resume,
    lets=DESK,
    takes_from=CO_CHAIRS,
    proof="resume",
    name="resume",
)
