"""Which activation does a page's address name?"""

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.request import PageRequest
from store import situations
from store.tables import Activation


def activation_named(session: Session, request: PageRequest) -> Activation:
    """The newest activation of the situation in the path."""
    activation = situations.latest_activation(session, request.part("reference"))
    if activation is None:
        raise unknown_situation()
    return activation


def unknown_situation() -> RefusedError:
    """A refusal: the reference is nobody's."""
    return RefusedError(404, "There is no situation with this reference.")


def answered_already(activation: Activation) -> RefusedError:
    """A refusal: somebody else was first, and the board shows what came of it."""
    here = f"/situation/{activation.situation.reference}"
    happened = f"The activation is {labels.ACTIVATION[activation.state].word.lower()} already."
    return RefusedError(409, happened, link=(here, "Go to the board"))


def back_to_board(request: PageRequest, done: str) -> Response:
    """To the board, which says what was done."""
    return RedirectResponse(f"/situation/{request.part('reference')}?done={done}", status_code=303)
