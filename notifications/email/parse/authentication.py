"""Does the domain that a mail says it came from stand by it?

Either our own mail server has looked and says so in its Authentication-Results, of which none but
those of the configured server count; or we look ourselves: DKIM, SPF, and DMARC's alignment of
both. What DNS does not answer is "not checked". It is asked after the mail is kept and before
anything is written, so that a slow name server can lose nothing and hold up nobody else.
"""

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, Final

from lazy import lazy
from mechanism.assurance import SenderCheck
from notifications.email.parse.parsed import BY_DNS, NOT_CHECKED, Checked

if TYPE_CHECKING:
    from notifications.email.parse import authentication_by_dns
else:
    authentication_by_dns = lazy("notifications.email.parse.authentication_by_dns")

OFF: Final = "off"
TAKES_AT_MOST: Final = 4.0  # real seconds for all questions about one mail
SILENCES: Final = 3  # in a row; then only every tenth mail is asked about, until DNS answers again
EVERY: Final = 10
AT_ONCE: Final = 8


class Patience:
    """How often DNS is asked while it is silent: answers must not queue up behind dead servers."""

    def __init__(self) -> None:
        self._silent, self._passed_over = 0, 0

    def allows(self) -> bool:
        """Whether it is asked about the next mail."""
        if self._silent < SILENCES:
            return True
        self._passed_over = (self._passed_over + 1) % EVERY
        return self._passed_over == 0

    def note(self, checked: Checked) -> None:
        silent = checked.check is SenderCheck.NOT_CHECKED
        self._silent = self._silent + 1 if silent else 0


class Authenticator:
    """Asks about senders for all who read mail in this process, several at a time."""

    def __init__(self, ask: "authentication_by_dns.Ask | None" = None) -> None:
        self._ask = ask
        self._patience = Patience()
        self._pool = ThreadPoolExecutor(max_workers=AT_ONCE, thread_name_prefix="authenticity")

    def check(
        self, raw: bytes, envelope: Mapping[str, Any], *, sender: str, trusted: str
    ) -> Checked:
        """What is known of a mail's sender; never raises, and takes a few seconds at most.

        `sender` is the address that people see; `trusted` is who looks: `off`, `dns`, or the name
        of our own mail server.
        """
        if trusted == OFF:
            return NOT_CHECKED
        if trusted != BY_DNS:
            return authentication_by_dns.as_our_server_says(raw, sender, trusted)
        if not self._patience.allows():
            return NOT_CHECKED
        checked = self._in_time(raw, envelope, sender)
        self._patience.note(checked)
        return checked

    def close(self) -> None:
        """Wait for nobody: what is under way ends by itself within seconds."""
        self._pool.shutdown(wait=False, cancel_futures=True)

    def _in_time(self, raw: bytes, envelope: Mapping[str, Any], sender: str) -> Checked:
        ask = self._ask or authentication_by_dns.ask_dns
        looking = self._pool.submit(authentication_by_dns.by_dns, raw, envelope, sender, ask)
        try:
            return looking.result(TAKES_AT_MOST)
        except Exception:  # noqa: BLE001 - no answer in time, or a stranger's mail and four parsers
            looking.cancel()
        return NOT_CHECKED
