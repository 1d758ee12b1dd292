"""How does a test get a real mail server? A private Postfix on loopback, gone when the test ends.

    with postfix({"member.example": smtp_at(port), "in.cm.example": lmtp_at(inbox)}) as server:
        Smtp(host="127.0.0.1", port=server.port, ...)

Everything of it lies in one folder outside pytest's own, which the accounts that Postfix runs under
cannot enter. It offers PIPELINING, DSN, 8BITMIME and SMTPUTF8, and its reports about failures go
where `routes` says.
"""

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.servers.presence import missing, needed, program

NOWHERE: Final = "error:5.1.2 nobody has routed this domain"

# Service, type, private, unprivileged, chroot, wake-up, process limit, command
SERVICES: Final = """
pickup unix n - n 60 1 pickup
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
relay unix - - n - - smtp
lmtp unix - - n - - lmtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
discard unix - - n - - discard
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""


def smtp_at(port: int, host: str = "127.0.0.1") -> str:
    """The next hop is another SMTP server."""
    return f"smtp:[{host}]:{port}"


def lmtp_at(port: int, host: str = "127.0.0.1") -> str:
    """The next hop is the last one: it speaks LMTP."""
    return f"lmtp:inet:{host}:{port}"


DISCARD: Final = "discard:"  # taken, and thrown away


@dataclass(frozen=True)
class Postfix:
    """A running instance."""

    port: int
    folder: Path

    @property
    def log(self) -> str:
        """What it has said of every message so far."""
        return (self.folder / "mail.log").read_text(encoding="utf-8", errors="replace")

    def queue(self) -> str:
        """What still waits in it, in JSON lines."""
        return self._told("postqueue", "-j")

    def wait_until_empty(self) -> None:
        """Until everything that it has taken is handed on, or was reported as undeliverable."""
        until = time.monotonic() + PATIENCE
        while self.queue():
            if time.monotonic() > until:
                raise TimeoutError(f"Postfix still holds mail: {self.queue()}{self.log}")
            time.sleep(0.05)

    def flush(self) -> None:
        """Try at once whatever was put off."""
        self._told("postqueue", "-f")

    def _told(self, name: str, argument: str) -> str:
        command = (program(name) or name, "-c", str(self.folder / "etc"), argument)
        done = subprocess.run(command, check=True, capture_output=True, text=True)  # noqa: S603 - our words
        return done.stdout


def absence() -> str | None:
    """Why no instance can be started here, and what helps; None where it can."""
    lacking = missing(["postfix", "smtpd"], remedy="apt-get install postfix")
    if lacking is None and os.geteuid() != 0:
        return "Postfix starts its master as root only: run these tests as root"
    return lacking


@contextmanager
def postfix(
    routes: Mapping[str, str], *, otherwise: str = NOWHERE, **settings: str
) -> Iterator[Postfix]:
    """A server that hands each domain on as told; the test is skipped where there is no Postfix."""
    needed(absence())
    with running(routes, otherwise=otherwise, **settings) as server:
        yield server


@contextmanager
def running(
    routes: Mapping[str, str], *, otherwise: str = NOWHERE, **settings: str
) -> Iterator[Postfix]:
    """The same for whoever is no test; `settings` are added to main.cf."""
    folder = Path(tempfile.mkdtemp(prefix="postfix-"))
    server = Postfix(free_port(), folder)
    try:
        _furnish(server, _main(folder, routes, otherwise) | settings)
        _order(folder, "start")
        try:
            _wait_for(server)
            yield server
        finally:
            _order(folder, "stop")
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _main(folder: Path, routes: Mapping[str, str], otherwise: str) -> dict[str, str]:
    routed = " ".join(f"{{ {domain} = {hop} }}" for domain, hop in routes.items())
    return {
        "compatibility_level": "3.6",
        "queue_directory": f"{folder}/queue",
        "data_directory": f"{folder}/data",
        "maillog_file": f"{folder}/mail.log",
        "maillog_file_prefixes": str(folder),
        "myhostname": "mta.example",
        "mydestination": "",
        "inet_interfaces": "127.0.0.1",
        "inet_protocols": "ipv4",
        "mynetworks": "127.0.0.0/8",
        "smtpd_relay_restrictions": "permit_mynetworks, reject",
        "smtpd_client_connection_count_limit": "0",
        "disable_dns_lookups": "yes",
        "smtputf8_enable": "yes",
        "recipient_delimiter": "+",
        "default_transport": otherwise,
        "transport_maps": f"inline:{{ {routed} }}" if routed else "",
        "smtp_tls_security_level": "none",
        "lmtp_tls_security_level": "none",
        "alias_maps": "",
        "local_recipient_maps": "",
        "notify_classes": "",
        "minimal_backoff_time": "1s",
        "maximal_backoff_time": "5s",
        "queue_run_delay": "1s",
    }


def _furnish(server: Postfix, settings: Mapping[str, str]) -> None:
    folder = server.folder
    folder.chmod(0o755)
    for name in ("etc", "queue", "data"):
        (folder / name).mkdir()
    shutil.chown(folder / "data", "postfix")
    lines = [f"{name} = {value}" for name, value in settings.items()]
    (folder / "etc" / "main.cf").write_text("\n".join(lines) + "\n", encoding="utf-8")
    door = f"127.0.0.1:{server.port} inet n - n - 1000 smtpd"
    (folder / "etc" / "master.cf").write_text(f"{door}{SERVICES}", encoding="utf-8")


def _order(folder: Path, what: str) -> None:
    """Start or stop; what it says on a failure is shown."""
    command = (program("postfix") or "postfix", "-c", str(folder / "etc"), what)
    with (folder / f"{what}.txt").open("w+") as said:  # a pipe would stay open in its master
        done = subprocess.run(command, check=False, stdout=said, stderr=said)  # noqa: S603 - our words
        said.seek(0)
        if done.returncode:
            raise RuntimeError(f"Postfix could not {what}: {said.read()}")


def _wait_for(server: Postfix) -> None:
    until = time.monotonic() + PATIENCE
    while time.monotonic() < until:
        try:
            socket.create_connection(("127.0.0.1", server.port), timeout=1).close()
        except OSError:
            time.sleep(0.02)
        else:
            return
    raise TimeoutError(f"Postfix did not listen: {server.log}")
