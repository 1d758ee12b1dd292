"""What becomes of a form that holds what no text of ours can hold?

A sign that cannot be seen turns a line round or ends a header; too long a text would be cut.
Nothing is cut or left out behind her back: the form comes back with all that was typed, and each
part that does not fit in a field of its own, to be looked at and sent on.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from starlette.responses import Response

from dashboard.web import errors
from dashboard.web.errors import RefusedError
from dashboard.web.form_rescue import typed_in
from dashboard.web.layout import page
from dashboard.web.page import AsyncAct, Page, PageAct, PageRequest, Typed
from validation import Fault, MendableError, plain, seen

LINES: Final[Mapping[str, int]] = {
    "action": 500, "address": 254, "delegate": 120, "dial_in": 120, "level": 60, "modality": 60,
    "note_number": 60, "owner": 120, "place": 300, "second_listener": 120, "spoke_to": 200,
    "correction_title": 60, "situation_update_title": 60, "stand_down_title": 60,
    "withdrawal_title": 60,
}  # fmt: skip
TEXTS: Final[Mapping[str, int]] = {
    "agenda": 2000, "note": 500, "one_more": 300, "reason": 500, "text": 2000,
    "correction_body": 2000, "situation_update_body": 2000, "stand_down_body": 2000,
    "withdrawal_body": 2000,
}  # fmt: skip
LONGEST: Final = {**LINES, **TEXTS}
"""How many characters each field takes, as its page tells the browser too."""

LEFT_OUT: Final = "It is left out below: look whether the rest still says what you mean."


@dataclass(frozen=True)
class UnfitField:
    """One field of the form that does not fit."""

    fault: Fault
    value: str  # without the signs that cannot be seen

    @property
    def name(self) -> str:
        """The field's name."""
        return self.fault.field

    @property
    def label(self) -> str:
        """The field's name in words."""
        return self.name.replace("_", " ").capitalize()


def guarded(page: Page) -> Page:
    """The page, with its act behind a check of what was typed.

    What a provider brings is kept raw and read generously.
    """
    if page.takes is None or isinstance(page.takes, AsyncAct) or page.signed_by:
        return page
    if page.typed is not Typed.CHECKED:
        return page
    return replace(page, takes=_checked(page.takes))


def _checked(act: PageAct) -> PageAct:
    def checked(request: PageRequest) -> Response:
        typed = [(name, value.replace("\r\n", "\n")) for name, value in typed_in(request)]
        faults = tuple(filter(None, (fault_of(name, value) for name, value in typed)))
        return _correction_page(request, typed, faults) if faults else act(request)

    return checked


def fault_of(name: str, value: str) -> Fault | None:
    """What is wrong with what stands in a field; None where it fits."""
    value = value.strip()
    try:
        plain(value)
    except MendableError as error:
        mend = error.mend if seen(value) == value else LEFT_OUT
        return Fault(None, name, error.wrong[:1].upper() + error.wrong[1:], mend)
    if name in LINES and "\n" in value:
        return Fault(None, name, "It has more than one line", "Write it on one line.")
    longest = LONGEST.get(name, len(value))
    if len(value) > longest:
        wrong = f"It has {len(value)} characters, and {longest} fit"
        return Fault(None, name, wrong, "Shorten it.")
    return None


def _correction_page(
    request: PageRequest, typed: Sequence[tuple[str, str]], faults: tuple[Fault, ...]
) -> Response:
    errors.note(RefusedError(400), route=request.page.path)
    unfit = {fault.field for fault in faults}
    return page(
        request,
        "web/form_checks.html",
        status=400,
        action=request.http.url.path,
        parts=[UnfitField(fault, seen(dict(typed)[fault.field])) for fault in faults],
        rest=[(name, value) for name, value in typed if name not in unfit],
        faults=faults,
    )
