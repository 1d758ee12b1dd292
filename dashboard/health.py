"""Is the installation well? It is all that an operator sees: no situation, and nobody's address."""

from typing import Final

from sqlalchemy import select
from sqlalchemy.orm import Session
from starlette.responses import Response

from convening import providers
from convening.standstill import ENGINE, engine_silence
from dashboard.web import labels
from dashboard.web.labels import Sign
from dashboard.web.layout import page
from dashboard.web.page import PageRequest
from mechanism.breaker import Passage
from mechanism.vocabulary import Channel
from notifications.outbox import circuit_breaker
from store import needs
from store.tables import Heartbeat

_TAKES: Final = {
    Passage.ALL: Sign("ok", "✓", "Takes messages"),
    Passage.ONE: Sign("wait", "○", "On trial"),
    Passage.NOBODY: Sign("bad", "✗", "Takes none"),
}


def show(request: PageRequest) -> Response:
    """The engine, the providers, and how much waits for a person."""
    with request.installation.database.reading() as session:
        known, settings = circuit_breaker.standings(session), request.installation.settings
        return page(
            request,
            "health.html",
            silence=engine_silence(session, real_now=request.real_now),
            engine=_engine(session),
            needs=len(needs.open_needs(session)),
            providers=[
                (line, labels.CHANNEL[Channel(line.channel)], _TAKES[Passage(line.takes)])
                for line in providers.lines(known, settings, now=request.now)
            ],
            flow_runs=settings.prefect_ui,
        )


def _engine(session: Session) -> str:
    """What the engine that was heard last says of itself."""
    newest = select(Heartbeat.detail).where(Heartbeat.name.startswith(ENGINE))
    return session.scalar(newest.order_by(Heartbeat.at.desc()).limit(1)) or ""
