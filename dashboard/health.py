"""Is the installation well? It is all that an operator sees: no situation, and nobody's address."""

from typing import Final

from starlette.responses import Response

from convening import providers
from dashboard.web.labels import Sign
from dashboard.web.layout import page
from dashboard.web.page import PageRequest
from mechanism import wording
from mechanism.breaker import Passage
from mechanism.vocabulary import Channel
from notifications.outbox import circuit_breaker
from store import needs
from store.heartbeats import engine_silence, last_heartbeat

_TAKES: Final = {
    Passage.ALL: Sign("ok", "✓", "Takes messages"),
    Passage.ONE: Sign("wait", "○", "On trial"),
    Passage.NOBODY: Sign("bad", "✗", "Takes none"),
}


def show(request: PageRequest) -> Response:
    """The engine, the providers, and how much waits for a person."""
    with request.installation.database.reading() as session:
        last = last_heartbeat(session)
        known, settings = circuit_breaker.standings(session), request.installation.settings
        return page(
            request,
            "health.html",
            silence=engine_silence(session, real_now=request.real_now),
            engine=last.detail if last is not None else "",
            needs=len(needs.open_needs(session)),
            providers=[
                (line, wording.CHANNEL[Channel(line.channel)], _TAKES[Passage(line.takes)])
                for line in providers.lines(known, settings, now=request.now)
            ],
            flow_runs=settings.prefect_ui,
        )
