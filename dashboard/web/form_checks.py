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
from dashboard.web.form_rescue import HOLD_SECRETS, typed_in
from dashboard.web.layout import page
from dashboard.web.request import Act, Page, PageRequest
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

OWN_LOOK: Final = frozenset({"/new", "/new/{draft:int}"})
"""A draft is kept whatever stands in it, and says at each field what must be mended."""

STRANGERS: Final = ("/a/", "/c/", "/hook/", "/kannel/", "/mail/", "/twilio/")
"""What comes from outside is kept raw and read generously."""

LEFT_OUT: Final = "It is left out below: look whether the rest still says what you mean."


@dataclass(frozen=True)
class Part:
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
    """The route, with its act behind a look at what was typed."""
    if page.takes is None or page.path in OWN_LOOK:
        return page
    if page.path.startswith((*STRANGERS, *HOLD_SECRETS)):
        return page
    return replace(page, takes=_behind_a_look(page.takes))


def _behind_a_look(act: Act) -> Act:
    def looked_at(request: PageRequest) -> Response:
        typed = [(name, value.replace("\r\n", "\n")) for name, value in typed_in(request)]
        faults = tuple(filter(None, (fault_of(name, value) for name, value in typed)))
        return _mending_page(request, typed, faults) if faults else act(request)

    return looked_at


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


def _mending_page(
    request: PageRequest, typed: Sequence[tuple[str, str]], faults: tuple[Fault, ...]
) -> Response:
    errors.note(RefusedError(400), route=request.route)
    unfit = {fault.field for fault in faults}
    return page(
        request,
        "mending.html",
        status=400,
        action=request.http.url.path,
        parts=[Part(fault, seen(dict(typed)[fault.field])) for fault in faults],
        rest=[(name, value) for name, value in typed if name not in unfit],
        faults=faults,
    )
