"""What do the desk and the auditors see and do with the record of a meeting?"""

from typing import Any, Final

from sqlalchemy.orm import Session
from starlette.responses import RedirectResponse, Response

from convening import record
from dashboard.meetings.shared import DONE, band_for
from dashboard.web import labels
from dashboard.web.address import activation_named
from dashboard.web.errors import RefusedError
from dashboard.web.layout import page
from dashboard.web.request import Page, Visit
from dashboard.web.sessions import CO_CHAIRS, DESK
from mechanism.lifecycle import RecordState
from store.tables import Activation, Record

MEDIA: Final = {
    "pdf": "application/pdf",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
}


def show_record(visit: Visit) -> Response:
    """Every revision of the record."""
    with visit.house.database.reading() as session:
        activation = activation_named(session, visit)
        return page(
            visit,
            "meeting/record.html",
            band=band_for(activation),
            activation=activation,
            revisions=list(record.revisions(session, activation))[::-1],
            SIGNS=labels.RECORD,
            draft=RecordState.DRAFT,
            may_draft=visit.who.role in DESK,
            may_adopt=visit.who.role in CO_CHAIRS,
            done=DONE.get(visit.asked("done"), ""),
        )


def draft_record(visit: Visit) -> Response:
    """Draft the next revision."""
    with visit.house.database.transaction() as session:
        draft_revision(session, activation_named(session, visit), visit)
    return back_to_record(visit, "drafted")


def adopt_record(visit: Visit) -> Response:
    """A co-chair adopts a revision."""
    with visit.house.database.transaction() as session:
        revision = _revision(session, visit)
        if not record.adopt(
            session, revision, by=visit.who.signature, actor=visit.who.actor, now=visit.now
        ):
            raise RefusedError(409, "This revision is no draft any more.")
    return back_to_record(visit, "adopted")


def download_record(visit: Visit) -> Response:
    """The bytes that were made then, and whose hash is in the ledger."""
    form = visit.part("form")
    if form not in MEDIA:
        raise RefusedError(404)
    with visit.house.database.reading() as session:
        revision = _revision(session, visit)
        content = revision.pdf if form == "pdf" else revision.docx
        name = f"{visit.part('reference')}-record-{revision.revision}.{form}"
    disposition = {"Content-Disposition": f'attachment; filename="{name}"'}
    return Response(content, media_type=MEDIA[form], headers=disposition)


def draft_revision(session: Session, activation: Activation, visit: Visit) -> Record:
    """Draft the record from what is held now, as a new revision."""
    return record.write_record(
        session, activation, by=visit.who.signature, actor=visit.who.actor,
        simulated=visit.house.clock.simulated, now=visit.now, settings=visit.settings,
    )  # fmt: skip


def _revision(session: Session, visit: Visit) -> Record:
    every = record.revisions(session, activation_named(session, visit))
    wanted: Any = int(visit.part("revision"))
    found = [one for one in every if one.revision == wanted]
    if not found:
        raise RefusedError(404, "The record has no such revision.")
    return found[0]


def back_to_record(visit: Visit, done: str) -> Response:
    """To the record, which says what was done."""
    where = f"/situation/{visit.part('reference')}/record?done={done}"
    return RedirectResponse(where, status_code=303)


ROUTES: Final = [
    Page("/situation/{reference}/record", show_record, draft_record),
    Page("/situation/{reference}/record/{revision:int}/adopt", takes=adopt_record),
    Page("/situation/{reference}/record/{revision:int}/{form}", download_record),
]
