"""The operator's desk: `convene`, one short function a verb.

`--json` prints one JSON document, or one a line, on standard output; everything else that is said
goes to standard error. Exit status 0 means that what was asked is so.
"""

import asyncio
import json
import logging
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import asdict
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, NoReturn
from urllib.parse import urlsplit

import typer
from rich.console import Console
from rich.table import Table
from sqlalchemy import select

from convening import accounts
from convening import activate as activating
from convening import (
    providers as carriers,
)
from convening import reachability as reaching
from convening import (
    record as records_of,
)
from convening.messages import break_glass_notice, preflight
from lazy import lazy
from mechanism.vocabulary import Pin, Role
from notifications import registry
from notifications.email.parse.sandbox import Sandbox
from notifications.outbox import circuit_breaker
from operations import demo as demonstration
from operations import parts, ports, preview
from operations import rehearsal as rehearsing
from operations.furnish import EXAMPLES
from operations.ports import PortTakenError
from operations.rehearsal import (
    RehearsalFailedError,
    RehearsalRequest,
)
from operations.supervisor import NotReadyError, Together, until_told
from playbooks import lint, schema
from playbooks.situation import read_situation
from records import verify
from settings import Settings, is_loopback
from store import directory as directory_of
from store import ledger, roster
from store.act import ENGINE, Act, Actor
from store.clock import Clock, SystemClock
from store.events import Noted
from store.installation import Installation
from store.migrations import migrate as bring_up_to_date
from store.session import Database
from store.tables import Account, Activation, Situation
from validation import InvalidFileError

if TYPE_CHECKING:
    from operations import doctor as examining
    from simulator import Gateway, Persona, PlannedFault
else:
    examining = lazy("operations.doctor")  # it knows every provider, and what each of them needs

app = typer.Typer(
    name="convene", no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False,
    help="Convene the affected members: notify, remind, escalate, meet, record.",
)  # fmt: skip
directory = typer.Typer(no_args_is_help=True, help="The roster of members and their offices.")
playbook = typer.Typer(no_args_is_help=True, help="What was agreed beforehand.")
evidence = typer.Typer(no_args_is_help=True, help="What auditors take home.")
account = typer.Typer(no_args_is_help=True, help="Who may sign in.")
provider = typer.Typer(no_args_is_help=True, help="Who carries our messages, and how they stand.")
app.add_typer(directory, name="directory")
app.add_typer(playbook, name="playbook")
app.add_typer(evidence, name="evidence")
app.add_typer(account, name="account")
app.add_typer(provider, name="provider")

console = Console(stderr=True)
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON on standard output.")]
ROSTER = EXAMPLES / "roster.yaml"
SITUATION = EXAMPLES / "situations" / "andaman-sea-2015.yaml"
OPERATOR = Actor("operator", "command line", role="operator")


def fail(message: object) -> NoReturn:
    """Say what is wrong and how to mend it, and end with status 1."""
    console.print(str(message), style="bold red", markup=False, highlight=False)
    raise typer.Exit(1)


@contextmanager
def opened() -> Iterator[Installation]:
    """The house that the environment describes, brought up to date."""
    settings = Settings()
    database = Database(settings.database)
    bring_up_to_date(database)
    database.close()
    installation = Installation.open(settings)
    try:
        yield installation
    finally:
        installation.close()


def say(sentence: str) -> None:
    """Tell the person who watches."""
    console.print(f"[dim]{datetime.now(UTC):%H:%M:%S}[/dim] {sentence}", highlight=False)


@app.command()
def web() -> None:
    """Serve the dashboard, the members' pages and the doors for replies."""
    from dashboard import app as web_app  # noqa: PLC0415 - the other verbs need no web server

    _log_to_stderr()
    with opened() as installation, _told():
        ports.demand(ports.of_web(installation.settings))
        web_app.run_web(installation)


@app.command()
def engine() -> None:
    """Do at once what the database says is due."""
    from flows.engine import run_engine  # noqa: PLC0415 - Prefect takes two seconds to import

    _log_to_stderr()
    with opened() as installation:
        asyncio.run(run_engine(installation))


@app.command()
def gateway(
    personas: Annotated[Path | None, typer.Option(help="YAML: how each office behaves.")] = None,
    faults: Annotated[Path | None, typer.Option(help="YAML: what goes wrong, and when.")] = None,
    rate: Annotated[float, typer.Option(help="Told seconds in a real one.")] = 1.0,
    seed: Annotated[int, typer.Option(help="The same seed gives the same deeds.")] = 0,
) -> None:
    """Simulate providers of SMS and calls, a mail server and the people behind them."""
    from simulator import run_gateway  # noqa: PLC0415 - nobody else may know it

    _log_to_stderr()
    settings = Settings()
    simulated = _gateway(settings, personas, faults, rate, seed)
    with _quiet_interrupt(), _told():
        ports.demand(ports.of_gateway(settings))
        asyncio.run(
            run_gateway(simulated, started=lambda g: say(f"gateway at {g.http_url}/_gateway/"))
        )


def _gateway(
    settings: Settings, personas: Path | None, faults: Path | None, rate: float, seed: int
) -> "Gateway":
    from simulator import Api, Gateway  # noqa: PLC0415 - as above

    inbound = registry.inbound_urls(settings)
    return Gateway(
        account_sid=settings.sms_account,
        auth_token=settings.sms_token.get_secret_value(),
        number=settings.sms_sender,
        http_port=urlsplit(settings.sms_api).port or 0,
        smtp_port=settings.smtp_port,
        smtp_second_port=_second_port(settings),
        inbound_sms_url=inbound[Api.TWILIO],
        kannel_inbound_url=inbound.get(Api.KANNEL),
        inbound_mail=(settings.inbox_host, settings.inbox_port),
        personas=_persona_file(personas),
        faults=_fault_plan(faults),
        rate=rate,
        seed=seed,
        clock=_clock(settings).now,
    )


def _second_port(settings: Settings) -> int | None:
    return settings.smtp_second_port if is_loopback(settings.smtp_second_host) else None


def _clock(settings: Settings) -> Clock:
    """The house's clock, so that its people's phones show the same time; else the machine's."""
    if settings.database.startswith("sqlite") and not settings.home.exists():
        return SystemClock()
    with opened() as installation:
        return installation.clock


def _fault_plan(path: Path | None) -> "list[PlannedFault]":
    from simulator import read_fault_plan  # noqa: PLC0415 - as above

    try:
        return read_fault_plan(path.read_text("utf-8"), source=path.name) if path else []
    except (InvalidFileError, OSError, UnicodeDecodeError) as error:
        fail(error)


def _persona_file(path: Path | None) -> "list[Persona]":
    from simulator import read_persona_file  # noqa: PLC0415 - as above

    try:
        return read_persona_file(path.read_text("utf-8"), source=path.name) if path else []
    except (InvalidFileError, OSError, UnicodeDecodeError) as error:
        fail(error)


@app.command()
def serve() -> None:
    """Run web, engine and Prefect's server together, and stop them cleanly."""
    with opened() as installation:
        settings = installation.settings
    logs = settings.home.absolute() / "log"
    with _told():
        ports.demand([*ports.of_web(settings), *ports.of_prefect(settings)])
        with Together(parts.of_installation(settings), environ={}, logs=logs) as together:
            together.wait_ready(seconds=60)
            say(f"the dashboard is at {settings.public_url}; logs are in {logs}")
            together.keep_up(until_told())


@app.command()
def demo(
    rate: Annotated[float, typer.Option(help="Told seconds in a real one.")] = demonstration.RATE,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cast.")] = 1,
) -> None:
    """Run everything on loopback, with a fictional roster and personas that answer."""
    with _told():
        settings = demonstration.settings_for(Settings(), say=say)
        say("a fictional installation is being prepared")
        personas = demonstration.prepare(settings, rate=rate, seed=seed)
        processes = [
            parts.gateway(settings, personas, rate=rate),
            *parts.of_installation(settings),
        ]
        logs = settings.home.absolute() / "log"
        with Together(processes, environ=parts.environment(settings), logs=logs) as together:
            together.wait_ready(seconds=60)
            _show_demo(settings)
            together.keep_up(until_told())
    say("stopped")


@contextmanager
def _told() -> Iterator[None]:
    """What keeps a process from starting is said in a sentence."""
    try:
        yield
    except (PortTakenError, NotReadyError) as error:
        fail(error)


def _show_demo(settings: Settings) -> None:
    from dashboard.accounts import second_factor  # noqa: PLC0415 - the other verbs need no web

    installation = Installation.open(settings)
    ways_in = demonstration.sign_ins(
        installation, print_codes=partial(second_factor.print_codes, key=settings.key)
    )
    installation.close()
    console.print(f"\nThe dashboard: [bold]{settings.public_url}[/bold]", highlight=False)
    for one in ways_in:
        console.print(f"  as {one.who}, once, within a quarter of an hour:", highlight=False)
        console.print(f"    {one.link}", highlight=False, soft_wrap=True)
        words = f"    codes to confirm what you do, each good once: {'  '.join(one.codes)}"
        console.print(words, highlight=False, soft_wrap=True)
    console.print(f"Phones and mailboxes: {settings.sms_api}/_gateway/", highlight=False)
    console.print("Everything is invented and nothing leaves this machine. Stop with Ctrl-C.\n")


@app.command()
def migrate() -> None:
    """Bring the database up to date."""
    with opened() as installation:
        say(f"{'SQLite' if installation.database.is_sqlite else 'PostgreSQL'} is up to date")


@app.command()
def rehearse(
    playbook: Annotated[str | None, typer.Option(help="Another playbook than the file's.")] = None,
    roster: Annotated[Path, typer.Option(help="The roster.")] = ROSTER,
    situation: Annotated[Path, typer.Option(help="The facts.")] = SITUATION,
    seed: Annotated[int, typer.Option(help="The same seed gives the same cast.")] = 1,
    faults: Annotated[Path | None, typer.Option(help="A fault plan.")] = None,
    database: Annotated[str, typer.Option(help="Another database than a fresh SQLite.")] = "",
    out: Annotated[Path, typer.Option(help="Where the files go.")] = Path("var/rehearsal"),
    as_json: AsJson = False,
) -> None:
    """Run one whole consultation unattended, from the trigger to the record."""
    _fault_plan(faults)  # its mistakes are told before anything starts
    asked = RehearsalRequest(out, playbook, roster, situation, seed, faults, database)
    try:
        outcome = rehearsing.rehearse(asked, ports=ports.any_free(4), say=say)
    except (RehearsalFailedError, NotReadyError, InvalidFileError) as error:
        fail(error)
    print(outcome.as_json()) if as_json else _show_outcome(outcome)
    raise typer.Exit(0 if outcome.complete else 1)


def _show_outcome(outcome: rehearsing.RehearsalOutcome) -> None:
    table = Table(title=outcome.reference, show_header=False)
    for name, value in asdict(outcome).items():
        shown = ", ".join(value) if name == "files" else str(value)
        table.add_row(name.replace("_", " "), shown)
    console.print(table)


def _log_to_stderr() -> None:
    logging.basicConfig(
        level=logging.INFO, format="%(asctime)s %(levelname)s %(name)s: %(message)s"
    )
    for chatty in ("alembic", "httpx", "aiohttp.access", "mail.log"):
        logging.getLogger(chatty).setLevel(logging.WARNING)


@contextmanager
def _quiet_interrupt() -> Iterator[None]:
    try:
        yield
    except KeyboardInterrupt:
        say("stopped")


@directory.command("import")
def import_(
    file: Path,
    partial: Annotated[bool, typer.Option(help="Import the good members of a bad file.")] = False,
) -> None:
    """Import a roster, YAML or CSV: all of it, or nothing."""
    try:
        read = roster.read_roster(file.read_text("utf-8"), source=file.name, partial=partial)
    except InvalidFileError as error:
        fail(f"{error}\nNothing was imported.")
    with opened() as installation, installation.database.transaction() as session:
        report = directory_of.import_roster(session, read, now=installation.now())
        _note_import(session, report, installation.now())
    for fault in read.faults:
        console.print(str(fault), style="red", markup=False)
    say(f"{len(report.added)} added, {len(report.changed)} changed, {len(report.retired)} retired")
    raise typer.Exit(1 if read.faults else 0)


def _note_import(session: Any, report: directory_of.ImportReport, now: datetime) -> None:
    ledger.append(
        session,
        Act(OPERATOR, now),
        Noted.DIRECTORY_IMPORTED,
        subject=ledger.Subject(ledger.SYSTEM_LOG, "directory", "roster"),
        data={
            "added": len(report.added),
            "changed": len(report.changed),
            "retired": len(report.retired),
        },
    )


@directory.command()
def export() -> None:
    """Print the roster as YAML, as it can be imported again."""
    with opened() as installation, installation.database.reading() as session:
        print(directory_of.export_roster(session))


@directory.command()
def sheet(
    out: Annotated[Path, typer.Option(help="The file to write, in HTML.")],
    reason: Annotated[str, typer.Option(help="Why: it goes into the ledger.")],
) -> None:
    """Write the contact sheet with full numbers, to print for when all is down."""
    from dashboard.directory import contact_sheet  # noqa: PLC0415 - the other verbs need no pages

    with opened() as installation, installation.database.transaction() as session:
        text = contact_sheet.for_the_host(session, Act(OPERATOR, installation.now()), reason=reason)
    out.write_text(text, encoding="utf-8")
    out.chmod(0o600)


@directory.command()
def check(as_json: AsJson = False) -> None:
    """Say what needs attention before an activation does."""
    with opened() as installation, installation.database.reading() as session:
        found = directory_of.attention(session, today=installation.now().date())
        lacking = list(reaching.lacking_languages(session))
    for one in found:
        line = {"member": one.member_code, "cause": one.cause.value, "says": one.sentence}
        print(json.dumps(line)) if as_json else print(f"{one.member_code}: {one.sentence}")
    for member, sentence in lacking:  # worth knowing, and no fault of the directory's
        line = {"member": member.code, "cause": "language", "says": sentence}
        print(json.dumps(line)) if as_json else print(f"{member.code}: {sentence}")
    raise typer.Exit(1 if found else 0)


@app.command()
def countries(as_json: AsJson = False) -> None:
    """Say what will work today: each office, by each channel, and how it can answer."""
    with opened() as installation, installation.database.reading() as session:
        found = reaching.today(session, now=installation.now(), settings=installation.settings)
        for one in found:
            print(json.dumps(one.as_line())) if as_json else print(one.sentence)
    failed = any(one.verdict is reaching.Reachability.FAILED for one in found)
    raise typer.Exit(1 if failed else 0)


@playbook.command("check")
def check_playbooks(files: Annotated[list[Path] | None, typer.Argument()] = None) -> None:
    """Check playbooks, the installation's own if none is named: form and wording."""
    paths = files or sorted(schema.OWN_DIRECTORY.glob("*.yaml"))
    settings, bad = Settings(), 0
    for path in paths:
        try:
            checked = lint.check(path.read_text("utf-8"), source=path.name)
            preflight.check_sms(checked, source=path.name, settings=settings)
            say(f"{path.name}: good")
        except InvalidFileError as error:
            bad += 1
            console.print(str(error), style="red", markup=False)
    raise typer.Exit(1 if bad else 0)


@playbook.command("show")
def show_playbook(name: str) -> None:
    """Print what each office would get, with the example roster."""
    try:
        for shown in preview.preview(name, settings=Settings()):
            print(shown)
    except schema.UnknownPlaybookError as error:
        fail(error)


@app.command()
def activate(
    situation: Annotated[Path, typer.Argument(help="YAML with the facts.")],
    government: Annotated[str, typer.Option(help="The co-chair who acts.")],
    reason: Annotated[str, typer.Option(help="Why from the host, and not from the dashboard.")],
    members: Annotated[str, typer.Option(help="Codes, comma-separated; else the playbook's.")] = "",
    confirm: Annotated[str, typer.Option(help="REAL or EXERCISE, typed beforehand.")] = "",
    as_json: AsJson = False,
) -> None:
    """Break-glass: the same act as the dashboard's, from the host; every co-chair is told."""
    try:
        facts = read_situation(situation.read_text("utf-8"), source=situation.name)
        with opened() as installation:
            activation = _break_glass(installation, facts, government, reason, members, confirm)
    except (InvalidFileError, activating.CannotDrawUpError) as error:
        fail(error)
    print(json.dumps(activation)) if as_json else say(f"{activation['reference']} is triggered")


def _break_glass(
    installation: Installation, facts: Any, government: str, reason: str, members: str, confirm: str
) -> dict[str, Any]:
    with installation.database.reading() as session:
        codes = tuple(c.strip() for c in members.split(",") if c.strip())
        wish = activating.Wish(facts, codes or activating.asked_by_playbook(session, facts))
        plan = activating.draw_up(
            session,
            Act(ENGINE, installation.now(), government=government),
            wish,
            settings=installation.settings,
        )
        _confirm(plan, confirm)
    with installation.database.transaction() as session:
        done = activating.activate(
            session,
            Act(
                OPERATOR,
                installation.now(),
                signature=f"Break-glass, {government}",
                government=government,
            ),
            wish,
            confirmed=plan.hash,
            settings=installation.settings,
        )
        break_glass_notice.tell(
            session,
            Act(OPERATOR, installation.now(), government=government),
            reason=reason,
            settings=installation.settings,
            activation=done,
        )
        return {
            "reference": done.situation.reference,
            "activation": done.id,
            "members": list(wish.members),
        }


def _confirm(plan: activating.Plan, typed: str) -> None:
    word = plan.wish.facts.kind.value.upper()
    for warned in plan.warnings:
        console.print(f"{warned.member}: {warned.sentence}", style="yellow", markup=False)
    asked = f"This sends {len(plan.lines)} messages to {len(plan.members)} members. Type {word}"
    if (typed or typer.prompt(asked, err=True)) != word:
        fail(f"Nothing was sent: the word to type is {word}.")


@app.command("record")
def write_record(activation_id: int, out: Annotated[Path, typer.Option()] = Path()) -> None:
    """Write the next revision of an activation's record, PDF and DOCX."""
    with opened() as installation, installation.database.transaction() as session:
        activation = session.get(Activation, activation_id) or fail(
            f"no activation {activation_id}"
        )
        made = records_of.write_record(
            session,
            Act(OPERATOR, installation.now(), signature="Command line"),
            activation,
            simulated=installation.clock.simulated,
            settings=installation.settings,
        )
        out.mkdir(parents=True, exist_ok=True)
        (out / "record.pdf").write_bytes(made.pdf)
        (out / "record.docx").write_bytes(made.docx)
    say(f"record.pdf and record.docx are in {out.absolute()}")


@evidence.command("export")
def export_evidence(
    reference: str,
    out: Annotated[Path, typer.Option()],
    reason: Annotated[str, typer.Option(help="Kept in the ledger.")] = "asked for by an auditor",
) -> None:
    """Write the evidence bundle of a situation."""
    with opened() as installation, installation.database.transaction() as session:
        query = select(Situation).where(Situation.reference == reference)
        situation = session.scalars(query).first() or fail(f"no situation {reference}")
        content, bundle = records_of.export_evidence(
            session,
            Act(OPERATOR, installation.now(), signature="Command line"),
            situation,
            reason=reason,
        )
    out.write_bytes(content)
    say(f"{bundle.size} events, root {bundle.root}")


@evidence.command("verify")
def verify_evidence(bundle: Path, as_json: AsJson = False) -> None:
    """Check a bundle, exactly as its own verify.py does."""
    raise typer.Exit(verify.main([str(bundle), *(["--json"] if as_json else [])]))


@app.command("read-reply")
def read_reply(files: list[Path], as_json: AsJson = False) -> None:
    """Say how raw e-mails would be read."""
    with closing(Sandbox()) as sandbox:
        for path in files:
            reading = {"file": str(path), **sandbox.reading_of(path.read_bytes())}
            if as_json:
                print(json.dumps(reading, ensure_ascii=False))
            else:
                print(f"{path}: {reading['kind']}, {reading['answer']} ({reading['reason']})")


@app.command()
def doctor(as_json: AsJson = False) -> None:
    """Examine the installation; each line is ok, a warning or failed, with the remedy."""
    found = examining.examine(Settings())
    for one in found:
        line = f"{one.verdict.value:8} {one.what}: {one.says}. {one.remedy}".rstrip()
        print(json.dumps(asdict(one))) if as_json else print(line)
    raise typer.Exit(0 if examining.is_healthy(found) else 1)


@provider.command("list")
def list_providers(as_json: AsJson = False) -> None:
    """Show every provider: whether it is used, its breaker, and what a person has said of it."""
    with opened() as installation, installation.database.reading() as session:
        lines = carriers.lines(
            circuit_breaker.standings(session), installation.settings, now=installation.now()
        )
    for line in lines:
        shown = f"{line.name:12} {line.channel:6} takes {line.takes}; breaker {line.breaker}; "
        shown += f"pin {line.pin} {line.pinned}".rstrip()
        print(json.dumps(asdict(line)) if as_json else shown)
    if not as_json:
        for name, url in registry.inbound_urls(installation.settings).items():
            say(f"{name} is to bring members' texts to {url}")


@provider.command("pin")
def pin_provider(
    name: str,
    to: Pin,
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
) -> None:
    """Use a provider whatever its breaker says (up), never (down), or as it says (auto)."""
    try:
        with opened() as installation, installation.database.transaction() as session:
            carriers.pin(
                session,
                Act(OPERATOR, installation.now(), signature="command line"),
                installation.settings,
                name,
                to,
                reason=reason,
            )
    except carriers.UnknownProviderError as error:
        fail(error)
    say(f"{name} is pinned {to.value}")


@provider.command("prefer")
def prefer_provider(
    address: str,
    name: Annotated[str, typer.Argument(help="The provider; empty as its country or domain says.")],
    reason: Annotated[str, typer.Option(help="Why; kept in the ledger.")],
) -> None:
    """Ask one provider first for one address."""
    try:
        with opened() as installation, installation.database.transaction() as session:
            count = carriers.prefer(
                session,
                Act(OPERATOR, installation.now()),
                installation.settings,
                address,
                name,
                reason=reason,
            )
    except carriers.UnknownProviderError as error:
        fail(error)
    say(f"{count} offices") if count else fail("no office has this address")


@account.command("add")
def add_account(
    name: str,
    role: Role,
    member: Annotated[str, typer.Option(help="The government of a co-chair's office.")] = "",
    zone: Annotated[str, typer.Option(help="The time zone in which times are shown.")] = "UTC",
    mailbox: Annotated[str, typer.Option(help="Where its holder is told of break-glass.")] = "",
) -> None:
    """Add an account and print its one-time sign-in link."""
    from convening import accounts  # noqa: PLC0415 - the other verbs need no web

    with opened() as installation, installation.database.transaction() as session:
        made = accounts.create_account(
            session, name, role, member_code=member or None, zone=zone, now=installation.now()
        )
        made.mailbox = mailbox
        token = accounts.new_sign_in_link(session, made, real_now=accounts.real_now())
    print(f"{installation.settings.public_url}/sign-in/{token}")


@account.command("link")
def link_account(
    name: str,
    *,
    lost: Annotated[bool, typer.Option("--lost", help="End its passkeys, app and codes.")] = False,
) -> None:
    """Print a fresh one-time sign-in link, good for a quarter of an hour."""
    from dashboard.accounts import second_factor  # noqa: PLC0415 - the other verbs need no web

    with opened() as installation, installation.database.transaction() as session:
        found = session.scalars(select(Account).where(Account.name == name)).first()
        account, real_now = found or fail(f"no account {name!r}"), accounts.real_now()
        if lost:
            second_factor.forget(session, account.id, real_now=real_now)
            accounts.note_all_lost(session, account, now=installation.now())
        token = accounts.new_sign_in_link(session, account, real_now=real_now)
    print(f"{installation.settings.public_url}/sign-in/{token}")


@account.command("sso")
def link_identity(name: str, issuer: str, subject: str) -> None:
    """Link an account to what its government's identity provider calls its holder."""
    from dashboard.accounts import sso  # noqa: PLC0415 - the other verbs need no web

    with opened() as installation, installation.database.transaction() as session:
        found = session.scalars(select(Account).where(Account.name == name)).first()
        account = found or fail(f"no account {name!r}")
        sso.link(session, account, issuer, subject, now=installation.now())
    say(f"{name} signs in by {issuer}")


@account.command("break-glass")
def seal_codes() -> None:
    """Print a code in two halves, to be sealed and kept apart, one by each government."""
    from dashboard.accounts import break_glass  # noqa: PLC0415 - the other verbs need no web

    with opened() as installation, installation.database.transaction() as session:
        halves = break_glass.seal(
            session, key=installation.settings.key, real_now=accounts.real_now()
        )
    print("\n".join(halves))


@account.command("codes")
def print_account_codes(name: str) -> None:
    """Print ten new codes for an account, each good once; those from before open nothing."""
    from dashboard.accounts import second_factor  # noqa: PLC0415 - the other verbs need no web

    with opened() as installation, installation.database.transaction() as session:
        found = session.scalars(select(Account).where(Account.name == name)).first()
        made = found or fail(f"no account {name!r}")
        codes = second_factor.print_codes(session, made.id, key=installation.settings.key)
        accounts.note_codes_printed(session, made, now=installation.now())
    print("\n".join(codes))


if __name__ == "__main__":
    app()
