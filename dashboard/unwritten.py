"""What becomes of a form when the database takes nothing: read-only, full, or not to be reached?

It comes back on a page that says so, with everything that was typed, for her to send once more.
"""

from dataclasses import replace
from typing import Final

from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.responses import Response

from dashboard import refusals
from dashboard.frame import page, refusal_page
from dashboard.kept_form import KeptForm
from dashboard.refusals import RefusedError
from dashboard.visit import Act, Page, Visit
from store.session import is_read_only

NOT_SURE: Final = "Whether it was written down is not sure: look at the board before you repeat it."


def refusal_of(error: DBAPIError) -> RefusedError:
    """What to say where the database's state refuses; raises the error where that is no reason."""
    if is_read_only(error):
        return RefusedError(503)
    if isinstance(error, OperationalError):
        return RefusedError(503, undone=NOT_SURE)
    raise error


def guarded(page: Page) -> Page:
    """The route, whose form is kept where nothing can be written down."""
    return replace(page, takes=_kept(page.takes)) if page.takes is not None else page


def _kept(act: Act) -> Act:
    def tried(visit: Visit) -> Response:
        try:
            return act(visit)
        except DBAPIError as error:
            return _unwritten(visit, refusal_of(error))

    return tried


def _unwritten(visit: Visit, refusal: RefusedError) -> Response:
    refusals.note(refusal, route=visit.route)
    kept = KeptForm.of(visit)
    if visit.visitor is None or kept is None:
        return refusal_page(visit.request, refusal)
    return page(visit, "unwritten.html", status=refusal.status, refusal=refusal, kept=kept)
