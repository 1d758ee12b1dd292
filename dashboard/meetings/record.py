"""What do the desk and the auditors see and do with the record of a meeting?"""

from typing import Any, Final

from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import record
from dashboard.web import labels
from dashboard.web.address import activation_named
from dashboard.web.errors import RefusedError
from dashboard.web.layout import band_for, page
from dashboard.web.page import CO_CHAIRS, DESK, READERS, Page, PageRequest, see_other
from mechanism.lifecycle import RecordState
from store.tables import Activation, Record

MEDIA: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}
DONE: Final = {"drafted": "The record was drafted.", "adopted": "The record is adopted."}


def show_record(request: PageRequest) -> Response:
    """Every revision of the record."""
    with request.installation.database.reading() as session:
        activation = activation_named(session, request)
        return page(
            request,
            "meetings/record.html",
            band=band_for(activation),
            activation=activation,
            revisions=list(record.revisions(session, activation))[::-1],
            SIGNS=labels.RECORD,
            draft=RecordState.DRAFT,
            may_draft=request.who.role in DESK,
            may_adopt=request.who.role in CO_CHAIRS,
            done=DONE.get(request.asked("done"), ""),
        )


def draft_record(request: PageRequest) -> Response:
    """Draft the next revision."""
    with request.installation.database.transaction() as session:
        draft_revision(session, activation_named(session, request), request)
    return back_to_record(request, "drafted")


def adopt_record(request: PageRequest) -> Response:
    """A co-chair adopts a revision."""
    with request.installation.database.transaction() as session:
        revision = _revision(session, request)
        if not record.adopt(session, request.act, revision):
            raise RefusedError(409, "This revision is no draft any more.")
    return back_to_record(request, "adopted")


def download_record(request: PageRequest) -> Response:
    """The bytes that were made then, and whose hash is in the ledger."""
    form = request.part("form")
    if form not in MEDIA:
        raise RefusedError(404)
    with request.installation.database.reading() as session:
        revision = _revision(session, request)
        content = revision.pdf if form == "pdf" else revision.docx
        name = f"{request.part('reference')}-record-{revision.revision}.{form}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[form], headers=disposition)


def draft_revision(session: Session, activation: Activation, request: PageRequest) -> Record:
    """Draft the record from what is held now, as a new revision."""
    return record.write_record(
        session,
        request.act,
        activation,
        simulated=request.installation.clock.simulated,
        settings=request.settings,
    )


def _revision(session: Session, request: PageRequest) -> Record:
    every = record.revisions(session, activation_named(session, request))
    wanted: Any = int(request.part("revision"))
    found = [one for one in every if one.revision == wanted]
    if not found:
        raise RefusedError(404, "The record has no such revision.")
    return found[0]


def back_to_record(request: PageRequest, done: str) -> Response:
    """To the record, which says what was done."""
    return see_other(request.path_of("record", reference=request.part("reference")), done=done)


RECORD: Final = Page(
    "/situation/{reference}/record",
    show_record,
    draft_record,
    lets=READERS,
    takes_from=DESK,
    name="record",
)
ADOPTION: Final = Page(
    "/situation/{reference}/record/{revision:int}/adopt",
    takes=adopt_record,
    lets=CO_CHAIRS,
    proof="adopt the record",
)
DOCUMENT: Final = Page(
    "/situation/{reference}/record/{revision:int}/{form}", download_record, lets=READERS
)
