"""What becomes of a form whose sender was signed out while she wrote?

It travels with the sign-in, field by field, and comes back after it for her to send on: nothing is
sent by itself. Only a form of our own pages is kept, and none that holds a secret.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final, Self

from sqlalchemy.exc import DBAPIError, OperationalError
from starlette.responses import Response

from dashboard.web import errors
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page, refusal_page
from dashboard.web.page import AsyncAct, Page, PageAct, PageRequest, Typed
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
    """The page, whose form is kept where nothing can be written down."""
    if page.takes is None or isinstance(page.takes, AsyncAct):
        return page
    return replace(page, takes=_rescued(page.takes))


def _rescued(act: PageAct) -> PageAct:
    def rescued(request: PageRequest) -> Response:
        try:
            return act(request)
        except DBAPIError as error:
            return _not_written(request, refusal_of(error))

    return rescued


def _not_written(request: PageRequest, refusal: RefusedError) -> Response:
    errors.note(refusal, route=request.page.path)
    kept = KeptForm.of(request)
    if request.visitor is None or kept is None:
        return refusal_page(request.http, refusal)
    return page(request, "web/form_rescue.html", status=refusal.status, refusal=refusal, kept=kept)


FIELD: Final = "kept"
_NOT_TYPED: Final = ("form_token", "proof_")


@dataclass(frozen=True)
class KeptForm:
    """Where a form was going, and what was typed in it."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, request: PageRequest) -> Self | None:
        """The form that this visit brings; None where it is not kept."""
        if request.page.typed is Typed.SECRET:
            return None
        return cls(request.http.url.path, tuple(typed_in(request)))

    @classmethod
    def carried(cls, request: PageRequest) -> Self | None:
        """The form that a sign-in carries along; None where it carries none, or what is none."""
        try:
            path, fields = json.loads(request.typed(FIELD))
            kept = cls(str(path), tuple((str(name), str(value)) for name, value in fields))
        except (ValueError, TypeError, RecursionError):
            return None
        return kept if kept.path.startswith("/") and not kept.path.startswith("//") else None

    @property
    def written(self) -> str:
        """As a field of the sign-in carries it."""
        return json.dumps([self.path, self.fields], ensure_ascii=False)

    @property
    def shown(self) -> Sequence[str]:
        """What she typed, for her to look at before she sends it on."""
        return [value for _, value in self.fields if value.strip()]


def typed_in(request: PageRequest) -> list[tuple[str, str]]:
    """Every field of the form that a person or her button filled in, and no proof."""
    return [
        (name, str(value))
        for name, value in request.form.multi_items()
        if not name.startswith(_NOT_TYPED)
    ]
