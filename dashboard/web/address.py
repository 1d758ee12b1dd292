"""Which activation does a page's address name?"""

from sqlalchemy.orm import Session
from starlette.responses import Response

from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.links import Link
from dashboard.web.page import PageRequest, see_other
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
    reference = activation.situation.reference
    happened = f"The activation is {labels.ACTIVATION[activation.state].word.lower()} already."
    return RefusedError(
        409, happened, link=Link("board", "Go to the board", {"reference": reference})
    )


def back_to_board(request: PageRequest, done: str) -> Response:
    """To the board, which says what was done."""
    return see_other(request.path_of("board", reference=request.part("reference")), done=done)
