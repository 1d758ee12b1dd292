"""How does a test get a real Prefect server and a worker? As processes on loopback.

with prefect_server(folder) as server:
    server.does("work-pool", "create", "convene", "--type", "process")
    server.asked("/deployments/filter", {})
    with server.worker("convene", environ={}):
        ...
"""

import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Any, Final
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.support.patience import PATIENCE
from tests.support.ports import free_port

ROOT: Final = Path(__file__).parents[3]
QUIET: Final = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}
LOOK: Final = "0.3"  # seconds between a worker's looks for runs that are due


@dataclass(frozen=True)
class PrefectServer:
    """A server that is up."""

    home: Path
    api: str

    @property
    def environ(self) -> dict[str, str]:
        """What a program reads that is to find this server, and nothing else of Prefect's."""
        return _environ(self.home, self.api)

    def asked(self, path: str, body: object = None, *, method: str | None = None) -> Any:
        """What its API answers: to a POST where there is a body, and a GET where there is none."""
        return _asked(f"{self.api}{path}", body, method=method)

    def does(self, *command: str) -> None:
        """Type a command of Prefect's, as an operator in the project's folder."""
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "prefect", "--no-prompt", *command],
            cwd=ROOT, env=self.environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr

    @contextmanager
    def worker(self, pool: str, *, environ: Mapping[str, str]) -> Iterator[Path]:
        """A worker of this pool, in the surroundings of an installation; gives its log."""
        command = ("prefect", "worker", "start", "--pool", pool)
        surroundings = {**self.environ, **environ, "PREFECT_WORKER_QUERY_SECONDS": LOOK}
        log = self.home / "worker.log"
        with _running(command, surroundings, log):
            yield log


@contextmanager
def prefect_server(home: Path) -> Iterator[PrefectServer]:
    """A server with a home of its own, for as long as it is wanted."""
    port = free_port()
    server = PrefectServer(home, f"http://127.0.0.1:{port}/api")
    command = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    log = home / "server.log"
    with _running(command, server.environ, log) as process:
        _wait(server.api, process, log)
        yield server


@contextmanager
def _running(
    command: tuple[str, ...], environ: Mapping[str, str], log: Path
) -> Iterator[subprocess.Popen[bytes]]:
    with log.open("wb") as out:
        process = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", *command], env=environ, stdout=out, stderr=out,
            start_new_session=True,
        )  # fmt: skip
        try:
            yield process
        finally:
            _end(process)


def _end(process: subprocess.Popen[bytes]) -> None:
    """With the runs that a worker has begun, for which it would wait."""
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(PATIENCE)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait(PATIENCE)


def _environ(home: Path, api: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    own = {"PREFECT_HOME": str(home), "PREFECT_API_URL": api, "CM_HOUSE": str(ROOT)}
    return {**inherited, **QUIET, **own}


def _wait(api: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until its health answers; a connection that is refused is tried again."""
    until = time.monotonic() + PATIENCE * 2
    while True:
        try:
            _answer(f"{api}/health")
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        else:
            return


def _asked(url: str, body: object, *, method: str | None) -> Any:
    """Its answer; on SQLite it turns writers away while another writes, who then come again."""
    until = time.monotonic() + PATIENCE
    while True:
        try:
            return _answer(url, body, method=method)
        except HTTPError as error:
            if error.code != HTTPStatus.SERVICE_UNAVAILABLE or time.monotonic() > until:
                raise
            time.sleep(0.2)


def _answer(url: str, body: object = None, *, method: str | None = None) -> Any:
    data = json.dumps(body).encode() if body is not None else None
    request = Request(  # noqa: S310 - our own loopback address
        url, data=data, headers={"Content-Type": "application/json"}, method=method
    )
    with urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
        content = answer.read()
    return json.loads(content) if content else None
