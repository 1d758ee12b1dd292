"""How does mail come in where a site has only a mailbox?

The mailbox is watched by IDLE, and looked at four times a minute all the same: of what comes in
between a look and the beginning of IDLE the library hears nothing. What lies in it is kept first
and moved to another folder afterwards: whatever breaks in between, it is found again, and is known.
No number of the mailbox's is remembered from one sign-in to the next, so that a mailbox that is
made anew (its UIDVALIDITY changes) makes no difference.
"""

import contextlib
import logging
import socket
import ssl
from collections.abc import Callable, Iterator, Sequence
from imaplib import IMAP4
from threading import Event, Thread
from typing import Final

from imap_tools import BaseMailBox, MailBox, MailboxFolderCreateError, MailBoxUnencrypted
from imap_tools.errors import ImapToolsError
from imap_tools.message import MailMessage

from notifications.email.inbound import arrival
from notifications.email.inbound.arrival import Arrival
from notifications.inbox.batch import Batcher
from settings import Settings, is_loopback

LOOK: Final = 15.0  # seconds until a look of our own, whether or not the server tells of mail
SOON: Final = 1.0  # the same where mail has just come in, since more may have
PATIENCE: Final = 20.0  # seconds for any answer of the mail server
TOGETHER: Final = 20  # mails in one go
FIRST_PAUSE: Final = 1.0  # seconds until the next sign-in after a fault; doubled each time
LONGEST_PAUSE: Final = 60.0
TELL_AFTER: Final = 3  # faults in a row

_FAULTS: Final = (OSError, IMAP4.error, ImapToolsError)
_log = logging.getLogger(__name__)


class _Raw(MailMessage):
    """A mail that nobody parses here."""

    def __init__(self, fetch_data: list[object]) -> None:
        self.raw, self._raw_uid_data, self._raw_flag_data = self._get_message_data_parts(fetch_data)


class MailboxDoor:
    """Empties one mailbox, in a thread of its own.

    `kept` gets the ids of what is new; `trouble` is called when the mailbox has not been reached
    several times in a row.
    """

    def __init__(
        self,
        settings: Settings,
        batcher: Batcher,
        kept: Callable[[Sequence[int]], object],
        trouble: Callable[[str], None],
    ) -> None:
        self._settings, self._batcher = settings, batcher
        self._kept, self._trouble = kept, trouble
        self._stop = Event()
        self._mailbox: BaseMailBox | None = None
        self._has_looked = False  # since the last sign-in
        self._immovable: set[str] = set()  # of this sign-in: kept, and still lying there

    def open(self) -> Callable[[], None]:
        """Begin; call what comes back to end."""
        thread = Thread(target=self._run, name="mailbox", daemon=True)
        thread.start()

        def close() -> None:
            self._stop.set()
            self._hang_up()
            thread.join(PATIENCE)

        return close

    def _hang_up(self) -> None:
        """End whatever the thread is waiting for."""
        mailbox = self._mailbox
        if mailbox is not None:
            with contextlib.suppress(OSError):
                mailbox.client.sock.shutdown(socket.SHUT_RDWR)

    def _run(self) -> None:
        faults = 0
        while not self._stop.is_set():
            try:
                self._sign_in_and_attend()
                faults = 0
            except Exception as error:  # noqa: BLE001 - whatever it is, it is tried again
                if self._stop.is_set():
                    return
                faults = 0 if self._has_looked else faults
                faults += 1
                self._complain(error, faults)
                self._stop.wait(min(FIRST_PAUSE * 2 ** (faults - 1), LONGEST_PAUSE))

    def _complain(self, error: Exception, faults: int) -> None:
        _log.error("the mailbox could not be emptied, and is tried again: %s", type(error).__name__)
        if faults == TELL_AFTER:
            self._trouble(
                "The mailbox for replies cannot be emptied; check CM_IMAP_HOST and its account."
            )

    def _sign_in_and_attend(self) -> None:
        self._has_looked = False
        self._immovable.clear()
        with self._connected() as mailbox:
            mailbox.login(self._settings.imap_user, self._settings.imap_password.get_secret_value())
            _learn_what_it_can(mailbox)
            self._make_folder(mailbox)
            while not self._stop.is_set():
                had_mail = self._empty(mailbox)
                self._has_looked = True
                self._rest(mailbox, SOON if had_mail else LOOK)

    @contextlib.contextmanager
    def _connected(self) -> Iterator[BaseMailBox]:
        self._mailbox = mailbox = _mailbox_at(self._settings.imap_host, self._settings.imap_port)
        mailbox.email_message_class = _Raw
        try:
            yield mailbox
        finally:
            self._mailbox = None
            with contextlib.suppress(*_FAULTS):
                mailbox.logout()
            with contextlib.suppress(OSError):
                mailbox.client.shutdown()

    def _make_folder(self, mailbox: BaseMailBox) -> None:
        if not mailbox.folder.exists(self._settings.imap_kept):
            with contextlib.suppress(MailboxFolderCreateError):  # then nothing can be moved there
                mailbox.folder.create(self._settings.imap_kept)

    def _empty(self, mailbox: BaseMailBox) -> bool:
        """Until a look finds nothing, and the server has told of nothing; whether any lay there."""
        had_mail, looks_again = False, True
        while looks_again and not self._stop.is_set():
            mailbox.client.untagged_responses.pop("EXISTS", None)
            lying = [uid for uid in mailbox.uids() if uid not in self._immovable]
            self._take(mailbox, lying)
            had_mail = had_mail or bool(lying)
            looks_again = bool(lying) or "EXISTS" in mailbox.client.untagged_responses
        return had_mail

    def _take(self, mailbox: BaseMailBox, uids: Sequence[str]) -> None:
        """Keep these, move them away, and have them read."""
        for start in range(0, len(uids), TOGETHER):
            some = uids[start : start + TOGETHER]
            ids = self._keep(mailbox, some)
            self._move(mailbox, some)
            if ids:
                self._kept(ids)

    def _keep(self, mailbox: BaseMailBox, uids: Sequence[str]) -> list[int]:
        secure = isinstance(mailbox, MailBox)
        heard = [
            letter
            for mail in mailbox.fetch(uid_list=uids, mark_seen=False)
            if isinstance(mail, _Raw)
            for letter in arrival.letters(Arrival(mail.raw, "imap", secure=secure))
        ]
        return self._batcher.keep(heard).result() if heard else []

    def _move(self, mailbox: BaseMailBox, uids: Sequence[str]) -> None:
        try:
            mailbox.move(uids, self._settings.imap_kept)
        except ImapToolsError:
            _log.error("mail was kept, but the mailbox does not let it be moved away")
            self._immovable.update(uids)

    def _rest(self, mailbox: BaseMailBox, seconds: float) -> None:
        """Until something comes in, or it is time for a look."""
        if "IDLE" in mailbox.client.capabilities:
            mailbox.idle.wait(timeout=seconds)
        else:
            self._stop.wait(seconds)
            mailbox.client.noop()


def why_shut(settings: Settings) -> str:
    """What keeps us from signing in; nothing where the mailbox lets us in."""
    try:
        with _mailbox_at(settings.imap_host, settings.imap_port) as mailbox:
            mailbox.login(settings.imap_user, settings.imap_password.get_secret_value())
    except _FAULTS as fault:
        return type(fault).__name__
    return ""


def _mailbox_at(host: str, port: int) -> BaseMailBox:
    """Over TLS with a certificate that is vouched for, unless it cannot leave this machine."""
    if is_loopback(host):
        return MailBoxUnencrypted(host, port, timeout=PATIENCE)
    vouched = ssl.create_default_context()  # what imaplib takes by itself checks nothing
    return MailBox(host, port, timeout=PATIENCE, ssl_context=vouched)


def _learn_what_it_can(mailbox: BaseMailBox) -> None:
    """Many servers say what they can only to who has signed in; imaplib asks before."""
    _, said = mailbox.client.capability()
    mailbox.client.capabilities = tuple(said[0].decode("ascii", "replace").upper().split())
