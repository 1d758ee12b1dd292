"""What is open now, what was begun, and what has ended lately?"""

from datetime import timedelta
from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload
from starlette.responses import Response

from dashboard import health
from dashboard.web import labels
from dashboard.web.layout import page
from dashboard.web.page import DESK, READERS, STAFF, MenuEntry, Page, PageRequest, see_other
from mechanism.lifecycle import ACTIVATION_ENDS
from mechanism.vocabulary import Role
from store import directory, needs, situations
from store.heartbeats import engine_silence
from store.tables import Activation, Draft

AGAIN: Final = timedelta(minutes=5)
RECENT: Final = 10


def home(request: PageRequest) -> Response:
    """What is open now; one open situation is gone to at once. An operator sees no situation."""
    if request.who.role is Role.OPERATOR:
        return health.show(request)
    with request.installation.database.reading() as session:
        opened = situations.open_situations(session)
        if len(opened) == 1 and not request.asked("all"):
            return see_other(request.path_of("board", reference=opened[0].situation.reference))
        today = request.now.date()
        return page(
            request,
            "situations/home.html",
            open=opened,
            recent=_recent(session),
            drafts=drafts_of(session, request.who.account_id),
            needs=needs.open_needs(session),
            silence=engine_silence(session, real_now=request.real_now),
            members=len(directory.members(session)),
            attention=len({a.member_code for a in directory.attention(session, today=today)}),
            may_begin=request.who.role in DESK,
            SIGNS=labels.ACTIVATION,
        )


def _recent(session: Session) -> list[Activation]:
    query = (
        select(Activation)
        .where(Activation.state.in_(ACTIVATION_ENDS))
        .order_by(Activation.triggered_at.desc())
        .limit(RECENT)
        .options(joinedload(Activation.situation))
    )
    return list(session.scalars(query))


def drafts_of(session: Session, account_id: int) -> list[Draft]:
    """What this account has typed and not sent, the newest first."""
    query = (
        select(Draft)
        .where(Draft.account_id == account_id, Draft.sent_activation_id.is_(None))
        .order_by(Draft.changed_at.desc())
        .limit(3)
    )
    return list(session.scalars(query))


HOME: Final = Page(
    "/",
    home,
    lets=STAFF,
    opened_by_break_glass=True,
    menu=MenuEntry("Live board", to=READERS, beneath="/situation/"),
    name="start",
)
