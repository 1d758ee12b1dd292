"""How does a test get a real mailbox? A private Dovecot on loopback, gone when the test ends.

    with dovecot(submission=("127.0.0.1", port)) as server:
        server.vacation("focal", subject="Out of office", text="Back on Monday.")
        with smtplib.LMTP("127.0.0.1", server.lmtp_port) as client: ...
        with MailBoxUnencrypted("127.0.0.1", server.imap_port) as box: box.login("focal", PASSWORD)

Any name is an account, and the part of an address before `+` or `@` is the name. A Sieve script of
an account is run when a mail is delivered by LMTP; what it sends leaves by SMTP for `submission`.
"""

import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.servers.certificate import self_signed
from tests.support.servers.presence import missing, needed, program

PASSWORD: Final = "test"  # noqa: S105 - of a mailbox that lives for one test
ACCOUNT: Final = "nobody"  # of the system: every mailbox is a folder of this account's

CONFIGURATION: Final = """
base_dir = {folder}/run
state_dir = {folder}/state
log_path = {folder}/dovecot.log
protocols = imap lmtp
listen = 127.0.0.1
ssl = {tls}
ssl_cert = <{folder}/own.pem
ssl_key = <{folder}/own.pem
disable_plaintext_auth = no
hostname = mailbox.example
postmaster_address = postmaster@mailbox.example
recipient_delimiter = +
mail_location = maildir:~/mail
mail_uid = {account}
mail_gid = {group}
first_valid_uid = 1
default_login_user = {account}
default_internal_user = {account}
default_internal_group = {group}
imap_capability = {capability}
submission_host = {submission}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={account} gid={group} home={folder}/homes/%n allow_all_users=yes
}}
service imap-login {{
  inet_listener imap {{
    port = {imap_port}
  }}
  inet_listener imaps {{
    address = 127.0.0.1
    port = {imaps_port}
    ssl = yes
  }}
  chroot =
}}
service lmtp {{
  inet_listener lmtp {{
    address = 127.0.0.1
    port = {lmtp_port}
  }}
}}
service anvil {{
  chroot =
}}
service stats {{
  chroot =
}}
protocol lmtp {{
  auth_username_format = %n
  mail_plugins = {sieve}
  lmtp_save_to_detail_mailbox = no
}}
plugin {{
  sieve = file:~/sieve;active=~/active.sieve
  sieve_vacation_min_period = 0
  sieve_vacation_dont_check_recipient = yes
}}
"""


@dataclass(frozen=True)
class Dovecot:
    """A running instance."""

    imap_port: int
    lmtp_port: int
    folder: Path
    imaps_port: int = 0  # for TLS; its certificate is `certificate`, which nobody vouches for

    @property
    def certificate(self) -> Path:
        """For `localhost`, with its key."""
        return self.folder / "own.pem"

    @property
    def log(self) -> str:
        """What it has said so far."""
        return (self.folder / "dovecot.log").read_text(encoding="utf-8", errors="replace")

    def vacation(self, name: str, *, subject: str, text: str) -> None:
        """From now on the account answers every mail with this, by Sieve's `vacation`.

        It leaves a mail unanswered that says it is automatic, as ours does. Not every responder in
        the world does so: a test of what comes back has the word taken off on the way.
        """
        self.script(
            name,
            'require ["vacation"];\n'
            f'vacation :days 0 :subject "{_quoted(subject)}" "{_quoted(text)}";\n',
        )

    def script(self, name: str, sieve: str) -> None:
        """From now on this Sieve script is run for every mail to the account."""
        home = self.folder / "homes" / name
        home.mkdir(parents=True, exist_ok=True)
        (home / "active.sieve").write_text(sieve, encoding="utf-8")
        _hand_over(home)

    def make_anew(self, name: str) -> None:
        """Take the account's mailbox away with everything in it; the next one has another number.

        IMAP calls that number UIDVALIDITY.
        """
        self.told("kick", name)
        shutil.rmtree(self.folder / "homes" / name / "mail", ignore_errors=True)

    def told(self, *words: str) -> str:
        """Have it do something by `doveadm`."""
        command = (program("doveadm") or "doveadm", "-c", str(self.folder / "dovecot.conf"), *words)
        done = subprocess.run(command, check=False, capture_output=True, text=True)  # noqa: S603 - our words
        return done.stdout


def absence() -> str | None:
    """Why no instance can be started here, and what helps; None where it can."""
    remedy = "apt-get install dovecot-imapd dovecot-lmtpd dovecot-sieve"
    lacking = missing(["dovecot", "doveadm", "imap", "lmtp"], remedy=remedy)
    if lacking is None and os.geteuid() != 0:
        return "Dovecot is started as root only: run these tests as root"
    return lacking


@contextmanager
def dovecot(
    *, submission: tuple[str, int] | None = None, capability: str = "", tls: str = "no"
) -> Iterator[Dovecot]:
    """A server with mailboxes; the test is skipped where there is no Dovecot.

    `capability` replaces what it says that it can, as for a server without IDLE; with `tls`, which
    is `yes`, it listens at a port for TLS as well.
    """
    needed(absence())
    with running(submission=submission, capability=capability, tls=tls) as server:
        yield server


@contextmanager
def running(
    *, submission: tuple[str, int] | None = None, capability: str = "", tls: str = "no"
) -> Iterator[Dovecot]:
    """The same for whoever is no test."""
    folder = Path(tempfile.mkdtemp(prefix="dovecot-"))
    folder.chmod(0o755)
    imaps_port = free_port() if tls == "yes" else 0
    server = Dovecot(free_port(), free_port(), folder, imaps_port)
    try:
        _furnish(server, submission, capability, tls)
        _order(server)
        try:
            _wait_for(server)
            yield server
        finally:
            _stop(server)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _furnish(
    server: Dovecot, submission: tuple[str, int] | None, capability: str, tls: str
) -> None:
    self_signed(server.certificate)
    (server.folder / "homes").mkdir()
    _hand_over(server.folder / "homes")
    group = subprocess.run(("id", "-gn", ACCOUNT), check=True, capture_output=True, text=True)  # noqa: S603, S607 - our words
    written = CONFIGURATION.format(
        folder=server.folder,
        account=ACCOUNT,
        group=group.stdout.strip(),
        password=PASSWORD,
        tls=tls,
        imap_port=server.imap_port,
        imaps_port=server.imaps_port,
        lmtp_port=server.lmtp_port,
        submission="{}:{}".format(*submission) if submission else "127.0.0.1:1",
        capability=capability,
        sieve="$mail_plugins sieve" if _has_sieve() else "$mail_plugins",
    )
    (server.folder / "dovecot.conf").write_text(written, encoding="utf-8")


def _has_sieve() -> bool:
    return any(Path("/usr/lib/dovecot/modules").glob("*sieve_plugin.so"))


def _hand_over(folder: Path) -> None:
    for path in (folder, *folder.rglob("*")):
        shutil.chown(path, ACCOUNT)


def _order(server: Dovecot) -> None:
    command = (program("dovecot") or "dovecot", "-c", str(server.folder / "dovecot.conf"))
    with (server.folder / "start.log").open("w") as said:  # a pipe would be held open by the server
        done = subprocess.run(command, check=False, stdout=said, stderr=said)  # noqa: S603 - our words
    if done.returncode:
        raise RuntimeError((server.folder / "start.log").read_text("utf-8"))


def _stop(server: Dovecot) -> None:
    """By its own master's number, and nobody else's."""
    mark = server.folder / "run" / "master.pid"
    os.kill(int(mark.read_text("ascii")), signal.SIGTERM)
    until = time.monotonic() + PATIENCE
    while mark.exists() and time.monotonic() < until:
        time.sleep(0.02)


def _wait_for(server: Dovecot) -> None:
    until = time.monotonic() + PATIENCE
    while not (_listens(server.imap_port) and _listens(server.lmtp_port)):
        if time.monotonic() > until:
            raise TimeoutError(f"Dovecot does not listen: {server.log}")
        time.sleep(0.02)


def _listens(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')
