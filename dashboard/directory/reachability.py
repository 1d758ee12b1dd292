"""What will work today: which address reaches whom, and how can it answer?

For the co-chairs and the secretariat, before they need it. Addresses are masked.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from starlette.responses import Response

from convening import reachability
from convening.reachability import Reach, Reachability
from dashboard.web import labels
from dashboard.web.labels import Sign
from dashboard.web.layout import page
from dashboard.web.page import DESK, Page, PageRequest
from mechanism import wording

VERDICT: Final = {
    Reachability.FAILED: Sign("bad", "✗", "Will not work"),
    Reachability.UNPROVEN: Sign("wait", "○", "Unproven"),
    Reachability.OK: Sign("ok", "✓", "Works"),
}


@dataclass(frozen=True)
class ReachRow:
    """One address as it is shown."""

    reach: Reach
    rank: str
    channel: str
    address: str
    sign: Sign
    length: str  # of the longest text to a telephone
    rules: str  # what the country's rules leave out or ask for
    sources: str  # who says so, and as of when


def show_reach(request: PageRequest) -> Response:
    """Every office by every channel, what does not work first."""
    only = request.asked("show") == "problems"
    with request.installation.database.reading() as session:
        found = reachability.today(session, now=request.now, settings=request.installation.settings)
        rows = [_row(one) for one in found]
        return page(
            request,
            "directory/reachability.html",
            rows=[row for row in rows if not only or row.reach.verdict is not Reachability.OK],
            counts=_counts(found),
            calls=sum(one.needs_a_call for one in found),
            only=only,
        )


def _counts(found: Sequence[Reach]) -> list[tuple[Sign, int]]:
    return [(VERDICT[v], sum(one.verdict is v for one in found)) for v in Reachability]


def _row(one: Reach) -> ReachRow:
    contact = one.contact
    return ReachRow(
        one,
        labels.RANK[one.office.rank],
        wording.CHANNEL[one.channel],
        labels.masked(contact.channel, contact.address) if contact is not None else "",
        VERDICT[one.verdict],
        _length(one),
        _rules(one),
        _sources(one),
    )


def _length(one: Reach) -> str:
    """The longest text beside the room of one part; nothing for an e-mail."""
    if not one.parts:
        return ""
    over = "" if one.fits else ", too long for this network"
    return f"{one.units} of {one.room}, {one.parts} {'part' if one.parts == 1 else 'parts'}{over}"


def _rules(one: Reach) -> str:
    if one.can is None:
        return ""
    said = [
        "no links" if not one.can.links else "",
        "goes without the title" if one.can.forbidden_content else "",
        "delivery reports end at the carrier" if not one.can.receipts else "",
        one.can.registration,
        one.can.note,
    ]
    return "; ".join(part for part in said if part)


def _sources(one: Reach) -> str:
    if one.can is None:
        return ""
    named = [
        f"{'this directory: ' if source.own else ''}{source.name}, {source.as_of.isoformat()}"
        for source in one.can.sources
    ]
    return "; ".join(named) or "nothing is known of this country"


REACHABILITY: Final = Page("/reach", show_reach, lets=DESK)
