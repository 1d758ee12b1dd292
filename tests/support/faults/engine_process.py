"""How is an engine started as a process of its own, and killed without a word?"""

import os
import subprocess
import time
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import IO, Final

from operations.parts import environment
from operations.supervisor import convene
from store.installation import Installation
from store.tables import Heartbeat
from tests.support.patience import PATIENCE

ROOT: Final = Path(__file__).parents[3]


class EngineProcess:
    """`convene engine`, started anew after each death."""

    def __init__(
        self, installation: Installation, log: Path, *, environ: Mapping[str, str] | None = None
    ) -> None:
        self._installation = installation
        inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
        self._environ = {**inherited, **(environ or environment(installation.settings))}
        self._log = log
        self._out: IO[bytes] | None = None
        self._process: subprocess.Popen[bytes] | None = None

    def start(self, *, detail: str = "") -> None:
        """Start it, and wait until it is seen at work, and says so."""
        began_at = datetime.now(UTC)
        self._out = self._log.open("ab")
        self._process = subprocess.Popen(  # noqa: S603 - our own command line
            convene("engine"), cwd=ROOT, env=self._environ, stdout=self._out, stderr=self._out
        )
        until = time.monotonic() + PATIENCE * 2  # its imports alone are seconds of work
        while not self._seen_since(began_at, detail):
            assert self._process.poll() is None, self._log.read_text()
            assert time.monotonic() < until, f"not seen at work: {self._log.read_text()}"
            time.sleep(0.05)

    def kill(self) -> None:
        """SIGKILL: nothing that it had in hand is finished."""
        if self._process is not None and self._out is not None:
            self._process.kill()
            self._process.wait()
            self._out.close()
        self._process = self._out = None

    def _seen_since(self, began_at: datetime, detail: str) -> bool:
        with self._installation.database.reading() as session:
            seen = session.get(Heartbeat, "engine")
            return seen is not None and seen.at > began_at and detail in seen.detail
