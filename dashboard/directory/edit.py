"""How does the secretariat add, replace, retire and test an address of an office?

Nothing is deleted, and addresses stay masked: who changes one knows it, and the office is told.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from pydantic import ValidationError
from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import contacts
from convening.contacts import CannotChangeAddressError
from dashboard.directory.members import member_of, not_verified_for, standing
from dashboard.web import labels
from dashboard.web.errors import RefusedError
from dashboard.web.labels import Sign
from dashboard.web.layout import page
from dashboard.web.page import SECRETARIAT, Page, PageRequest, see_other
from mechanism import wording
from mechanism.vocabulary import WRITTEN, Channel
from notifications.content.country_rules import capability
from store import directory
from store.roster import ContactRow
from store.tables import ContactPoint, FocalPoint
from validation import Fault

CHANNELS: Final = tuple((channel.value, word) for channel, word in wording.CHANNEL.items())
DONE: Final = {
    "added": "Added. It is used from now on; send a test to prove it.",
    "replaced": "Both addresses are used until somebody has answered from the new one.",
    "retired": "Retired. Nothing is sent there any more.",
    "tested": "A test is on its way. The answer is shown here as soon as it comes.",
}


@dataclass(frozen=True)
class StandingAddress:
    """One address with what may be done to it."""

    contact: ContactPoint
    channel: str
    shown: str
    sign: Sign
    verified: str
    replaces: bool  # waits for an answer, to take the place of another
    may_test: bool
    cannot_reply: bool


def show_changes(request: PageRequest) -> Response:
    """Every address of a member with the acts that there are."""
    with request.installation.database.reading() as session:
        return _page(request, session)


def change(request: PageRequest) -> Response:
    """One act on one address or office."""
    act = request.chosen(ACTS)
    try:
        with request.installation.database.transaction() as session:
            done = act(session, request)
    except CannotChangeAddressError as error:
        fault = Fault(None, _field(request), error.why, error.mend)
        with request.installation.database.reading() as session:
            return _page(request, session, fault=fault)
    return see_other(request.path_of("edit", member=request.part("member")), done=done)


def _add(session: Session, request: PageRequest) -> str:
    office = next(
        (o for o in _offices(session, request) if str(o.id) == request.typed("office")), None
    )
    if office is None:
        raise _gone()
    row = _row(request, request.typed("channel"))
    contacts.add(session, request.act, office, row)
    return "added"


def _replace(session: Session, request: PageRequest) -> str:
    old = _contact(session, request)
    row = _row(request, old.channel.value)
    contacts.add(session, request.act, old.focal_point, row, replaces=old)
    return "replaced"


def _retire(session: Session, request: PageRequest) -> str:
    contacts.retire(session, request.act, _contact(session, request))
    return "retired"


def _test(session: Session, request: PageRequest) -> str:
    contacts.ask_to_answer(session, request.act, _contact(session, request))
    return "tested"


FormAct = Callable[[Session, PageRequest], str]
ACTS: Final[dict[str, FormAct]] = {
    "add": _add,
    "replace": _replace,
    "retire": _retire,
    "test": _test,
}


def _row(request: PageRequest, channel: str) -> ContactRow:
    """The address as it is typed, checked as one of a roster is."""
    try:
        return ContactRow.model_validate({"channel": channel, "address": request.typed("address")})
    except ValidationError:
        raise CannotChangeAddressError(
            "This is not an address for this channel",
            "Type name@office.example, or a number with + and country code.",
        ) from None


def _contact(session: Session, request: PageRequest) -> ContactPoint:
    typed = request.typed("contact")
    for office in _offices(session, request):
        for contact in standing(office):
            if str(contact.id) == typed:
                return contact
    raise _gone()


def _gone() -> RefusedError:
    return RefusedError(409, "This address was changed by somebody else.", "Open the page again.")


def _field(request: PageRequest) -> str:
    """The field that the complaint is about, as the page names it."""
    return f"address_{request.typed('contact') or 'new'}_{request.typed('office')}".rstrip("_")


def _offices(session: Session, request: PageRequest) -> list[FocalPoint]:
    return list(directory.offices_of(session, member_of(session, request).code))


def _page(request: PageRequest, session: Session, *, fault: Fault | None = None) -> Response:
    return page(
        request,
        "directory/edit.html",
        status=400 if fault else 200,
        member=member_of(session, request),
        offices=[
            (office, labels.RANK[office.rank], [_standing(c, request) for c in standing(office)])
            for office in _offices(session, request)
        ],
        channels=CHANNELS,
        done=DONE.get(request.asked("done"), ""),
        typed=request.typed("address") if fault else "",
        faults=(fault,) if fault else (),
    )


def _standing(contact: ContactPoint, request: PageRequest) -> StandingAddress:
    is_text = contact.channel is Channel.SMS
    return StandingAddress(
        contact,
        wording.CHANNEL[contact.channel],
        labels.masked(contact.channel, contact.address),
        labels.HEALTH[contact.health],
        not_verified_for(contact, request.now.date())
        or f"Verified {contact.verified_on:%-d %B %Y}",
        contact.replaces_id is not None,
        contact.channel in WRITTEN,
        is_text and not capability(contact.focal_point.country).two_way,
    )


EDIT: Final = Page(
    "/directory/{member}/change", show_changes, change, lets=SECRETARIAT, name="edit"
)
