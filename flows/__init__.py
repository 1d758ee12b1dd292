"""What runs when: Prefect runs it, and decides nothing.

Prefect reads its configuration when it is first imported, so it is set here, before any flow is.
"""

import os

from settings import Settings


def _tell_prefect(settings: Settings) -> None:
    """Quiet, offline, and never a server of its own inside this process."""
    home = settings.home.absolute() / "prefect"
    home.mkdir(parents=True, exist_ok=True)
    quiet = {
        "PREFECT_API_URL": settings.prefect_api or "http://127.0.0.1:1/api",
        "PREFECT_HOME": str(home),
        "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
        "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
        "PREFECT_LOGGING_LEVEL": "WARNING",
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "DO_NOT_TRACK": "1",
    }
    for name, value in quiet.items():
        os.environ.setdefault(name, value)


_tell_prefect(Settings())
