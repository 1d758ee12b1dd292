"""Which tables of the dashboard can be taken away as files?"""

from collections.abc import Sequence
from typing import Final

from starlette.responses import Response

from convening.standstill import standstill
from dashboard.situations import board
from dashboard.web.errors import RefusedError
from dashboard.web.page import READERS, Page, PageRequest
from dashboard.web.times import iso
from records import spreadsheet
from store import situations

COLUMNS: Final = ("code", "member", "office", "rank", "acknowledgement", "at", "assurance",
                  "messages", "note", "meeting")  # fmt: skip


def show_members(request: PageRequest) -> Response:
    """The member table of a board, as it stands now."""
    reference = request.part("reference")
    with request.installation.database.reading() as session:
        activation = situations.latest_activation(session, reference)
        if activation is None:
            raise RefusedError(404, "There is no such situation.")
        stands = standstill(session, request.installation, real_now=request.real_now)
        drawn = board.board_of(
            session, activation, visitor=request.who, now=request.now, stands=stands
        )
    return Response(
        spreadsheet.table(COLUMNS, map(_cells, drawn.rows)),
        media_type="text/csv; charset=utf-8",
        headers={"Content-Disposition": f'attachment; filename="{reference}.members.csv"'},
    )


def _cells(row: board.MemberRow) -> Sequence[str]:
    said = "; ".join(f"{one.channel}: {one.sign.word}" for one in row.messages)
    at = iso(row.at) if row.at else ""
    return (row.code, row.name, row.office, row.rank, row.sign.word, at, str(row.dots or ""),
            said, row.note, row.meeting)  # fmt: skip


MEMBERS: Final = Page("/situation/{reference}/members.csv", show_members, lets=READERS)
