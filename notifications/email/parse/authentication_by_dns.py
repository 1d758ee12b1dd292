"""What proves that a domain stands by a mail: its own server's word, or what DNS publishes?

Whoever asks has kept the mail before, and waits only so long: see `authentication`.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from email import message_from_bytes
from email.policy import compat32
from ipaddress import ip_address
from typing import Any, Final

import authres  # type: ignore[import-untyped]
import authres.dmarc  # type: ignore[import-untyped]
import dkim  # type: ignore[import-untyped]
import dns.exception
import dns.resolver
import spf  # type: ignore[import-untyped]
from authheaders.dmarc_lookup import (  # type: ignore[import-untyped]
    DMARCException,
    get_org_domain,
    receiver_record,
)

from mechanism.assurance import SenderCheck
from notifications.email.parse.parsed import BY_DNS, NOT_CHECKED, Checked

Ask = Callable[[str, str], Sequence[str]]  # name and type of a DNS question to its answers

ONE_QUESTION: Final = 1.5
SIGNATURES_READ: Final = 5  # of a flood; real mail carries one to three
HEADERS_AT_MOST: Final = 65_536  # bytes searched for what our own server has written
_RESULTS: Final = authres.FeatureContext(authres.dmarc)


class DnsSilentError(Exception):
    """DNS has not answered: that is no evidence against a mail."""


def as_our_server_says(raw: bytes, sender: str, server: str) -> Checked:
    """The topmost result for each method under our server's name; everybody else's is ignored."""
    found: dict[str, str] = {}
    for result in _results_of(raw, server):
        found.setdefault(result.method, str(result.result).lower())
    if not found:
        return NOT_CHECKED
    dkim_, spf_, dmarc = (found.get(method, "") for method in ("dkim", "spf", "dmarc"))
    return Checked(_by_words(dmarc), _domain_of(sender), dkim_, spf_, dmarc, server)


def _results_of(raw: bytes, server: str) -> Iterator[Any]:
    head = message_from_bytes(raw[:HEADERS_AT_MOST], policy=compat32)
    for value in head.get_all("Authentication-Results", []):
        line = " ".join(str(value).split())
        try:
            read = _RESULTS.parse(f"Authentication-Results: {line}")
        except authres.AuthResError:
            continue
        if str(read.authserv_id).lower() == server.lower():
            yield from read.results


def _by_words(dmarc: str) -> SenderCheck:
    """Only DMARC ties a pass to the address that people see."""
    known = {
        "pass": SenderCheck.PASSED,
        "fail": SenderCheck.FAILED,
        "none": SenderCheck.NOTHING_PUBLISHED,
    }
    return known.get(dmarc, SenderCheck.NOT_CHECKED)


def by_dns(raw: bytes, envelope: Mapping[str, Any], sender: str, ask: Ask) -> Checked:
    """What DKIM, SPF and DMARC say of the domain that people see; DNS is asked by `ask`."""
    domain = _domain_of(sender)
    if not domain:
        return Checked(SenderCheck.NOTHING_PUBLISHED, by=BY_DNS)
    signed, signers = _dkim(raw, ask)
    sent, senders = _spf(envelope, ask)
    try:
        policy, _ = receiver_record(domain, dnsfunc=lambda name: _dmarc_record(name, ask))
    except DnsSilentError:
        policy = None
    except DMARCException:
        policy = {}
    aligned = [
        *(signer for signer in signers if _same(signer, domain, (policy or {}).get("adkim", "r"))),
        *(s for s in senders if _same(s, domain, (policy or {}).get("aspf", "r"))),
    ]
    verdict = _verdict(policy, aligned=bool(aligned), unsure="temperror" in {signed, sent})
    dmarc = _dmarc_word(policy, verdict)
    return Checked(verdict, domain, signed, sent, dmarc, BY_DNS)


def _verdict(policy: Mapping[str, str] | None, *, aligned: bool, unsure: bool) -> SenderCheck:
    """Without an answer nothing is held against it; without a policy nothing can fail."""
    if aligned:
        return SenderCheck.PASSED
    if policy is None or unsure:
        return SenderCheck.NOT_CHECKED
    return SenderCheck.FAILED if policy.get("p") else SenderCheck.NOTHING_PUBLISHED


def _dmarc_word(policy: Mapping[str, str] | None, verdict: SenderCheck) -> str:
    if policy is None or verdict is SenderCheck.NOT_CHECKED:
        return "temperror"
    if not policy.get("p"):
        return "none"
    return "pass" if verdict is SenderCheck.PASSED else "fail"


def _same(given: str, domain: str, mode: str) -> bool:
    """DMARC's alignment; by hand, since the library's pattern cuts a domain at its hyphen."""
    given, domain = given.lower().rstrip("."), domain.lower()
    if mode == "s":
        return given == domain
    return bool(given) and get_org_domain(given) == get_org_domain(domain)


def _domain_of(address: str) -> str:
    return address.rpartition("@")[2].lower().rstrip(".")


def _dmarc_record(name: str, ask: Ask) -> str | None:
    records = [text for text in ask(name, "TXT") if text.lower().startswith("v=dmarc1")]
    return records[0] if len(records) == 1 else None  # two are none: RFC 7489, section 6.6.3


def _dkim(raw: bytes, ask: Ask) -> tuple[str, list[str]]:
    """The best word on its signatures, and the domains whose signature holds."""
    mail = dkim.DKIM(raw)
    number = sum(name.lower() == b"dkim-signature" for name, _ in mail.headers)
    words, signers = [], []
    for index in range(min(number, SIGNATURES_READ)):
        word = _signature(mail, index, ask)
        words.append(word)
        if word == "pass":
            signers.append(mail.domain.decode("ascii", "replace"))
    return next((w for w in ("pass", "temperror", "fail") if w in words), "none"), signers


def _signature(mail: Any, index: int, ask: Ask) -> str:
    def key(name: bytes | str, timeout: float = ONE_QUESTION) -> bytes:  # noqa: ARG001 - dkim's
        asked = name.decode("ascii") if isinstance(name, bytes) else name
        return next(iter(ask(asked.rstrip("."), "TXT")), "").encode()

    try:
        return "pass" if mail.verify(idx=index, dnsfunc=key) else "fail"
    except DnsSilentError:
        return "temperror"
    except (dkim.DKIMException, ValueError, KeyError, TypeError):
        return "fail"


def _spf(envelope: Mapping[str, Any], ask: Ask) -> tuple[str, list[str]]:
    """SPF's word on the address that handed the mail to us; ours and unknown ones are not asked."""
    peer, sender = str(envelope.get("peer", "")), str(envelope.get("mail_from") or "")
    if not sender or not _is_public(peer):
        return "", []
    asking = _SpfQuestion(peer, sender, str(envelope.get("helo", "")), ask)
    word = str(asking.check()[0])
    return word, [_domain_of(sender)] if word == "pass" else []


def _is_public(address: str) -> bool:
    try:
        found = ip_address(address)
    except ValueError:
        return False
    return not (found.is_loopback or found.is_private or found.is_link_local)


class _SpfQuestion(spf.query):  # type: ignore[misc]  # pyspf has no types
    """pyspf's own evaluation, with its questions asked of whom we say."""

    def __init__(self, peer: str, sender: str, helo: str, ask: Ask) -> None:
        super().__init__(i=peer, s=sender, h=helo or _domain_of(sender))
        self._ask = ask

    def dns(
        self,
        name: str,
        qtype: str,
        cnames: object = None,
        ignore_void: object = False,  # noqa: FBT002 - pyspf's signature
    ) -> list[Any]:
        """The answers in the shapes that pyspf expects of its resolver."""
        try:
            answers = self._ask(str(name).rstrip(".").lower(), qtype)
        except DnsSilentError as error:
            raise spf.TempError("DNS") from error
        if not answers and not ignore_void:
            self.void_lookups += 1
            if self.void_lookups > spf.MAX_VOID_LOOKUPS:
                raise spf.PermError("too many names that do not exist")
        return [_shaped(answer, qtype) for answer in answers]


def _shaped(answer: str, kind: str) -> Any:
    if kind in {"TXT", "SPF"}:
        return (answer.encode(),)
    if kind == "MX":
        preference, _, host = answer.partition(" ")
        return int(preference), host.rstrip(".")
    return answer.rstrip(".")


def ask_dns(name: str, kind: str) -> Sequence[str]:
    """The answers of the machine's own resolver; empty where there is no such name."""
    try:
        found = dns.resolver.resolve(name, kind, lifetime=ONE_QUESTION)
    except (dns.resolver.NXDOMAIN, dns.resolver.NoAnswer):
        return ()
    except (dns.exception.DNSException, OSError) as error:
        raise DnsSilentError from error
    if kind in {"TXT", "SPF"}:
        return [b"".join(record.strings).decode("utf-8", "replace") for record in found]
    return [record.to_text() for record in found]
