"""How an e-mail leaves, and what the server's answers mean."""

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address
from pathlib import Path

import pytest
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from cryptography import x509
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from mechanism.vocabulary import Channel
from notifications.email.addresses import attempt_bounced, bounces_of
from notifications.email.smtp import pool
from notifications.email.smtp.pipelined import Pipelined
from notifications.email.smtp.provider import Smtp, Tls
from notifications.provider import Accepted, Outgoing, Refusal, Rejected, Unknown
from simulator import Gateway, PlannedFault, Trouble
from tests.support.patience import PATIENCE
from tests.support.servers.postfix import postfix, smtp_at

KEY = b"a key of the tests"
OFFICE = "duty.officer@member.example"
RAW = b"From: desk@mechanism.example\r\nSubject: urgent\r\n\r\n.dot\r\nReply OK 48213\r\n"


def outgoing(attempt: int = 7, *, address: str = OFFICE, raw: bytes = RAW) -> Outgoing:
    return Outgoing(attempt, Channel.EMAIL, address, raw=raw, message_id="<m7@mechanism.example>")


def provider(
    port: int, *, connections: int = 2, tls: Tls | None = None, timeout: float = PATIENCE
) -> Smtp:
    return Smtp(
        host="127.0.0.1",
        port=port,
        mail_domain="mechanism.example",
        in_domain="in.mechanism.example",
        callback_key=KEY,
        connections=connections,
        tls=tls,
        timeout=timeout,
    )


@pytest.fixture
async def gateway() -> AsyncIterator[Gateway]:
    async with Gateway(rate=1000) as gateway:
        yield gateway


@pytest.fixture
async def smtp(gateway: Gateway) -> AsyncIterator[Smtp]:
    smtp = provider(gateway.smtp_port)
    await smtp.open()
    yield smtp
    await smtp.close()


class Script:
    """A mail server that says its lines, one for each command, and hangs up after the last."""

    def __init__(self, *lines: str) -> None:
        self._lines: tuple[str, ...] = lines
        self._later: tuple[str, ...] | None = None
        self._talks: set[asyncio.Task[None]] = set()
        self.connections = 0

    def then(self, *lines: str) -> None:
        """What every connection after the first hears."""
        self._later = lines

    async def __aenter__(self) -> int:
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._talks)

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        lines = self._lines if self.connections == 1 or self._later is None else self._later
        self._talks.add(asyncio.create_task(self._talk(lines, reader, writer)))

    async def _talk(
        self, lines: Sequence[str], reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        for line in lines:
            writer.write(f"{line}\r\n".encode())
            said = await reader.readline()
            while line.startswith("354") and said not in {b".\r\n", b""}:
                said = await reader.readline()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


GREETING, EHLO, OK = "220 ready", "250 mx.example", "250 2.1.0 OK"
PIPELINES = "250-mx.example\r\n250 PIPELINING"


@pytest.fixture(params=[EHLO, PIPELINES], ids=["sequential", "pipelined"])
def ehlo(request: pytest.FixtureRequest) -> str:
    """How the server introduces itself: the answers mean the same in both ways."""
    return str(request.param)


def as_offered(lines: list[str], ehlo: str) -> list[str]:
    return [ehlo if line == EHLO else line for line in lines]


def test_the_envelope_sender_brings_the_attempt_back() -> None:
    assert attempt_bounced(bounces_of(48213, KEY, "in.mechanism.example"), KEY) == 48213
    assert attempt_bounced(f"<{bounces_of(1, KEY, 'in.example').upper()}>", KEY) == 1


def test_an_envelope_sender_that_we_did_not_make_names_no_attempt() -> None:
    assert attempt_bounced(bounces_of(1, b"another key", "in.example"), KEY) is None
    assert attempt_bounced(bounces_of(1, KEY, "in.example").replace("+1-", "+2-"), KEY) is None
    assert attempt_bounced("bounce+1@in.example", KEY) is None


@given(st.text())
def test_no_address_makes_reading_fail(address: str) -> None:
    assert attempt_bounced(address, KEY) is None


@pytest.mark.parametrize("host", ["mail.example", "192.0.2.1", "localhost.example"])
@pytest.mark.check(39)
def test_plain_smtp_beyond_this_machine_is_refused_with_a_remedy(host: str) -> None:
    with pytest.raises(ValueError, match="use starttls"):
        Smtp(host=host, port=25, mail_domain="a.example", callback_key=KEY, tls=Tls.NONE)


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1", "::1"])
def test_on_this_machine_plain_smtp_is_allowed(host: str) -> None:
    Smtp(host=host, port=25, mail_domain="a.example", callback_key=KEY, tls=Tls.NONE)


@pytest.mark.check(39)
async def test_a_server_without_starttls_hears_nothing_of_a_message(gateway: Gateway) -> None:
    smtp = provider(gateway.smtp_port, tls=Tls.STARTTLS)

    outcome = await smtp.submit(outgoing())
    await smtp.close()

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is Refusal.CONFIGURATION
    assert list(gateway.arrivals) == []


async def test_the_bytes_arrive_as_they_are(gateway: Gateway, smtp: Smtp) -> None:
    await smtp.submit(outgoing())

    assert (await gateway.expect(OFFICE)).raw == RAW


async def test_the_attempt_travels_in_the_envelope(gateway: Gateway, smtp: Smtp) -> None:
    await smtp.submit(outgoing(attempt=48213))

    received = await gateway.expect(OFFICE)
    assert attempt_bounced(received.sender, KEY) == 48213
    assert received.sender.endswith("@in.mechanism.example")
    assert received.dsn == (
        "RET=HDRS",
        "ENVID=att48213",
        "NOTIFY=FAILURE,DELAY",
        f"ORCPT=rfc822;{OFFICE}",
    )


async def test_a_plus_in_an_address_is_escaped_for_the_report(gateway: Gateway, smtp: Smtp) -> None:
    await smtp.submit(outgoing(address="duty+night@member.example"))

    received = await gateway.expect("duty+night@member.example")
    assert received.dsn[-1] == "ORCPT=rfc822;duty+2Bnight@member.example"


async def test_an_address_beyond_ascii_arrives(gateway: Gateway, smtp: Smtp) -> None:
    assert isinstance(await smtp.submit(outgoing(address="café@member.example")), Accepted)
    assert await gateway.expect("café@member.example")


@pytest.mark.parametrize("address", ["a@b.example\r\nDATA", "a b@c.example", "<@>"])
async def test_an_address_that_would_break_the_conversation_is_refused(
    smtp: Smtp, address: str
) -> None:
    outcome = await smtp.submit(outgoing(address=address))

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is Refusal.UNUSABLE
    assert isinstance(await smtp.submit(outgoing()), Accepted)


@pytest.mark.parametrize(
    ("lines", "refusal"),
    [
        (["421 away"], Refusal.AWAY),
        (["450 not now"], Refusal.AWAY),
        (["554 no service"], Refusal.CONFIGURATION),
        ([GREETING, EHLO, "451 4.7.1 later"], Refusal.AWAY),
        ([GREETING, EHLO, "550 5.7.1 not you"], Refusal.POLICY),
        ([GREETING, EHLO, OK, "450 4.2.1 later"], Refusal.TEMPORARY),
        ([GREETING, EHLO, OK, "450 this mailbox is busy"], Refusal.TEMPORARY),
        ([GREETING, EHLO, OK, "451 4.7.1 greylisted"], Refusal.TEMPORARY),
        ([GREETING, EHLO, OK, "451 4.3.0 no lookups now"], Refusal.AWAY),
        ([GREETING, EHLO, OK, "451 local error"], Refusal.AWAY),
        ([GREETING, EHLO, OK, "421 closing"], Refusal.AWAY),
        ([GREETING, EHLO, OK, "550 no such mailbox"], Refusal.ADDRESS),
        ([GREETING, EHLO, OK, "553 bad mailbox"], Refusal.ADDRESS),
        ([GREETING, EHLO, OK, "554 5.1.6 moved"], Refusal.ADDRESS),
        ([GREETING, EHLO, OK, "550 5.7.1 relaying denied"], Refusal.POLICY),
        ([GREETING, EHLO, OK, "554 no"], Refusal.POLICY),
        ([GREETING, EHLO, OK, OK, "451 4.7.1 not this text now"], Refusal.TEMPORARY),
        ([GREETING, EHLO, OK, OK, "354 go on", "552 5.3.4 too large"], Refusal.POLICY),
        ([GREETING, EHLO, OK, OK, "354 go on", "550 5.1.1 no such mailbox"], Refusal.ADDRESS),
        ([GREETING, EHLO, OK, OK, "354 go on", "452 4.3.1 full"], Refusal.AWAY),
        ([GREETING, EHLO, OK], Refusal.AWAY),
        ([GREETING, "gibberish"], Refusal.AWAY),
    ],
)
async def test_a_refusal_is_read_by_when_it_came_and_what_it_says(
    ehlo: str, lines: list[str], refusal: Refusal
) -> None:
    async with Script(*as_offered(lines, ehlo)) as port:
        smtp = provider(port)
        outcome = await smtp.submit(outgoing())
        await smtp.close()

    assert isinstance(outcome, Rejected)
    assert outcome.refusal is refusal


@pytest.mark.parametrize(
    "lines",
    [
        [GREETING, EHLO, OK, OK, "354 go on"],
        [GREETING, EHLO, OK, OK, "354 go on", "gibberish"],
    ],
)
async def test_once_the_text_has_left_a_cut_is_unknown(ehlo: str, lines: list[str]) -> None:
    async with Script(*as_offered(lines, ehlo)) as port:
        smtp = provider(port)
        outcome = await smtp.submit(outgoing())
        await smtp.close()

    assert isinstance(outcome, Unknown)


@pytest.mark.parametrize(("offer", "known"), [(EHLO, Unknown), (PIPELINES, Rejected)])
async def test_a_cut_before_the_text_is_asked_for_is_unknown_only_to_the_plain_way(
    offer: str, known: type
) -> None:
    async with Script(GREETING, offer, OK, OK) as port:
        smtp = provider(port)
        outcome = await smtp.submit(outgoing())  # the library does DATA and the text in one
        await smtp.close()

    assert isinstance(outcome, known)
    assert not isinstance(outcome, Rejected) or not outcome.permanent


async def test_a_refused_message_leaves_the_connection_fit_for_the_next(
    gateway: Gateway,
) -> None:
    smtp = provider(gateway.smtp_port, connections=1)
    gateway.faults.add(PlannedFault(Trouble.MAIL_REFUSED, code=550))

    refused = await smtp.submit(outgoing())
    taken = await smtp.submit(outgoing(8))
    await smtp.close()

    assert (type(refused), type(taken)) == (Rejected, Accepted)


async def test_one_connection_serves_many_messages(ehlo: str) -> None:
    script = Script(
        GREETING, ehlo, OK, OK, "354 go on", "250 2.0.0 kept as 1", OK, OK, "354 go on", "250 kept"
    )
    async with script as port:
        smtp = provider(port, connections=1)
        first = await smtp.submit(outgoing())
        second = await smtp.submit(outgoing(8))
        await smtp.close()

    assert first == Accepted("2.0.0 kept as 1")
    assert isinstance(second, Accepted)
    assert script.connections == 1


@pytest.mark.parametrize("warm", [True, False])
@pytest.mark.parametrize("refusal", ["421 too many connections", "554 go away"])
async def test_a_server_that_takes_no_further_connection_is_content_with_fewer(
    refusal: str, *, warm: bool
) -> None:
    script = Script(GREETING, PIPELINES, *[OK, OK, "354 go on", "250 kept"] * 3)
    script.then(refusal)
    async with script as port:
        smtp = provider(port, connections=3)
        if warm:
            await smtp.open()
        ended = await asyncio.gather(*(smtp.submit(outgoing(n)) for n in range(3)))
        await smtp.close()

    assert [type(one) for one in ended] == [Accepted] * 3
    assert script.connections == 3


async def test_many_at_once_share_few_connections() -> None:
    script = Script(GREETING, PIPELINES, *[OK, OK, "354 go on", "250 kept"] * 20)
    async with script as port:
        smtp = provider(port, connections=1)
        ended = await asyncio.gather(*(smtp.submit(outgoing(n)) for n in range(20)))
        await smtp.close()

    assert [type(one) for one in ended] == [Accepted] * 20
    assert script.connections == 1


async def test_a_cut_costs_the_message_that_was_under_way_and_no_other() -> None:
    script = Script(GREETING, PIPELINES, OK, OK, "354 go on")
    script.then(GREETING, PIPELINES, *[OK, OK, "354 go on", "250 kept"] * 4)
    async with script as port:
        smtp = provider(port, connections=1)
        ended = await asyncio.gather(*(smtp.submit(outgoing(n)) for n in range(5)))
        await smtp.close()

    assert [type(one) for one in ended] == [Unknown] + [Accepted] * 4


async def test_what_still_waits_when_the_installation_closes_was_surely_not_sent() -> None:
    script = Script(GREETING)  # and then nothing
    async with script as port:
        smtp = provider(port, connections=1)
        waiting = asyncio.create_task(smtp.submit(outgoing()))
        await asyncio.sleep(0)
        await smtp.close()
        ended = await waiting

    assert isinstance(ended, Rejected)
    assert ended.refusal is Refusal.AWAY


async def test_a_server_that_is_away_at_the_start_is_met_by_the_first_send() -> None:
    gateway = Gateway()
    await gateway.start()
    port = gateway.smtp_port
    await gateway.close()
    smtp = provider(port)
    await smtp.open()

    async with Gateway(smtp_port=port):
        assert isinstance(await smtp.submit(outgoing()), Accepted)
        await smtp.close()


async def test_connections_that_died_while_idle_are_replaced() -> None:
    first = Gateway()
    await first.start()
    port = first.smtp_port
    smtp = provider(port)
    await smtp.open()
    await first.close()

    async with Gateway(smtp_port=port):
        assert isinstance(await smtp.submit(outgoing()), Accepted)
        await smtp.close()


async def test_a_server_that_says_nothing_does_not_keep_the_installation_from_opening(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(pool, "PROMPT_SECONDS", 0.05)
    with socket.create_server(("127.0.0.1", 0)) as silent:
        smtp = provider(silent.getsockname()[1])
        async with asyncio.timeout(PATIENCE / 2):
            await smtp.open()
        await smtp.close()


async def test_a_mail_server_cannot_be_asked_afterwards(smtp: Smtp) -> None:
    await smtp.submit(outgoing())

    assert isinstance(await smtp.reconcile(outgoing()), Unknown)


async def test_a_message_beyond_ascii_says_so(gateway: Gateway, smtp: Smtp) -> None:
    raw = "Subject: x\r\nContent-Transfer-Encoding: 8bit\r\n\r\nété\r\n".encode()

    assert isinstance(await smtp.submit(replace(outgoing(), raw=raw)), Accepted)
    assert (await gateway.expect(OFFICE)).raw == raw


class Guarded:
    """A mail server with a sign-in, and with a certificate that nobody vouches for."""

    def __init__(self, folder: Path, *offers: str) -> None:
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        self.taken: list[bytes] = []
        self._offers = offers

    async def __aenter__(self) -> int:
        _self_signed(self.certificate, self.key)
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(self.certificate, self.key)
        loop = asyncio.get_running_loop()
        self._server = await loop.create_server(
            lambda: SMTP(
                self,
                hostname="mx.example",
                tls_context=context,
                require_starttls=True,
                auth_required=True,
                authenticator=_knows,
                loop=loop,
            ),
            "127.0.0.1",
            0,
        )
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def handle_EHLO(  # noqa: N802 - aiosmtpd's name
        self,
        server: SMTP,
        session: Session,
        envelope: Envelope,
        hostname: str,
        responses: list[str],
    ) -> list[str]:
        session.host_name = hostname
        return [*responses[:-1], *(f"250-{one}" for one in self._offers), responses[-1]]

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        assert isinstance(envelope.content, bytes)
        self.taken.append(envelope.content)
        return "250 2.0.0 kept"


def _knows(*asked: object) -> AuthResult:
    given = asked[-1]
    assert isinstance(given, LoginPassword)
    known = (given.login, given.password) == (b"desk", b"right")
    return AuthResult(success=known, handled=False)


def _self_signed(certificate: Path, key: Path) -> None:
    own = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "mx.example")])
    now = datetime.now(tz=UTC)
    signed = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(own.public_key())
        .serial_number(1)
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(hours=1))
        .add_extension(
            x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False
        )
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(own, hashes.SHA256())
    )
    certificate.write_bytes(signed.public_bytes(Encoding.PEM))
    key.write_bytes(own.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()))


def guarded_provider(port: int, password: str) -> Smtp:
    return Smtp(
        host="127.0.0.1",
        port=port,
        mail_domain="mechanism.example",
        callback_key=KEY,
        username="desk",
        password=password,
        tls=Tls.STARTTLS,
        timeout=PATIENCE,
    )


@pytest.mark.parametrize("offers", [(), ("PIPELINING",)], ids=["sequential", "pipelined"])
@pytest.mark.parametrize(("password", "outcome"), [("right", Accepted), ("wrong", Rejected)])
async def test_over_starttls_the_right_password_is_let_in_and_no_other(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    password: str,
    outcome: type,
    offers: tuple[str, ...],
) -> None:
    server = Guarded(tmp_path, *offers)
    async with server as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        smtp = guarded_provider(port, password)
        ended = await smtp.submit(outgoing())
        await smtp.close()

    assert isinstance(ended, outcome)
    assert not isinstance(ended, Rejected) or ended.refusal is Refusal.CONFIGURATION
    assert server.taken == ([RAW] if outcome is Accepted else [])


@pytest.mark.check(39, 44)
async def test_a_certificate_that_nobody_vouches_for_is_a_matter_of_configuration(
    tmp_path: Path,
) -> None:
    server = Guarded(tmp_path)
    async with server as port:
        smtp = guarded_provider(port, "right")
        ended = await smtp.submit(outgoing())
        await smtp.close()

    assert isinstance(ended, Rejected)
    assert ended.refusal is Refusal.CONFIGURATION
    assert server.taken == []


class Tampered:
    """A mail server beyond a stranger who adds lines to its last answer before encryption."""

    def __init__(self, folder: Path) -> None:
        self.certificate, self.key = folder / "cert.pem", folder / "key.pem"
        self._talks: set[asyncio.Task[None]] = set()
        self.heard: list[bytes] = []

    async def __aenter__(self) -> int:
        _self_signed(self.certificate, self.key)
        self._context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        self._context.load_cert_chain(self.certificate, self.key)
        self._server = await asyncio.start_server(self._met, "127.0.0.1", 0)
        return int(self._server.sockets[0].getsockname()[1])

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()
        await asyncio.gather(*self._talks)

    def _met(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._talks.add(asyncio.create_task(self._talk(reader, writer)))

    async def _talk(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"220 ready\r\n")
        await reader.readline()
        writer.write(b"250-mx.example\r\n250 STARTTLS\r\n")
        await reader.readline()
        writer.write(b"220 go\r\n250-stranger.example\r\n250-PIPELINING\r\n250 DSN\r\n")
        await writer.start_tls(self._context)
        for answer in (b"250 mx.example", b"250 OK", b"250 OK", b"221 bye"):
            self.heard.append(await reader.readline())
            writer.write(answer + b"\r\n")
            await writer.drain()
        writer.close()
        with suppress(OSError):
            await writer.wait_closed()


async def test_what_a_stranger_adds_before_encryption_is_not_heard(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    server = Tampered(tmp_path)
    async with server as port:
        monkeypatch.setenv("SSL_CERT_FILE", str(server.certificate))
        smtp = provider(port, tls=Tls.STARTTLS)
        await smtp.submit(outgoing())
        await smtp.close()

    assert server.heard[0].startswith(b"EHLO")
    assert server.heard[1] == b"MAIL FROM:<" + verp_of(7) + b">\r\n"  # without what DSN adds


def verp_of(attempt: int) -> bytes:
    return bounces_of(attempt, KEY, "in.mechanism.example").encode()


@pytest.mark.parametrize("tls", [Tls.NONE, Tls.STARTTLS])
async def test_a_real_server_takes_many_over_few_connections_each_of_them_once(
    gateway: Gateway, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, tls: Tls
) -> None:
    _self_signed(tmp_path / "cert.pem", tmp_path / "key.pem")
    monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "cert.pem"))
    guarded = {
        "smtpd_tls_security_level": "may",
        "smtpd_tls_cert_file": str(tmp_path / "cert.pem"),
        "smtpd_tls_key_file": str(tmp_path / "key.pem"),
    }
    routes = {"member.example": smtp_at(gateway.smtp_port)}

    with postfix(routes, **guarded) as server:
        smtp = provider(server.port, tls=tls)
        mails = [outgoing(n, address=f"office{n}@member.example") for n in range(100)]
        ended = await asyncio.gather(*map(smtp.submit, mails))
        nowhere = await smtp.submit(outgoing(address="desk@unrouted.example"))
        await asyncio.gather(*(gateway.expect(mail.address) for mail in mails))
        assert [type(one) for one in smtp._pool._open] == [Pipelined] * 2
        await smtp.close()

    assert [type(one) for one in ended] == [Accepted] * 100
    assert len({one.provider_id for one in ended if isinstance(one, Accepted)}) == 100
    assert isinstance(nowhere, Rejected)
    assert nowhere.refusal is Refusal.ADDRESS
    assert sorted(one.to for one in gateway.arrivals) == sorted(mail.address for mail in mails)
