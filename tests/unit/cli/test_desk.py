"""What an operator types, and what she gets: every verb but those that start processes."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from zipfile import ZipFile

import pytest
from sqlalchemy import select
from typer.testing import CliRunner, Result

from cli import app
from operations.examples import EXAMPLES, ROSTER, SITUATION
from settings import Settings
from store.installation import Installation
from store.tables import Account, LedgerEntry, Message
from tests.support.patience import PATIENCE

ROOT = EXAMPLES.parent
Type = Callable[..., Result]


@pytest.fixture
def convene(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Type:
    """Type a command on an installation of the test's own, which is empty at first."""
    monkeypatch.setenv("CM_HOME", str(tmp_path / "installation"))
    monkeypatch.setenv("CM_PREFECT_API", "")
    return lambda *words, typed="": CliRunner().invoke(app, list(map(str, words)), input=typed)


@pytest.fixture
def furnished(convene: Type) -> Type:
    """The same with the fictional roster."""
    assert convene("directory", "import", ROSTER).exit_code == 0
    return convene


def lines(result: Result) -> list[dict[str, object]]:
    return [json.loads(line) for line in result.stdout.splitlines()]


def ledger_types() -> set[str]:
    installation = Installation.open(Settings())
    with installation.database.reading() as session:
        types = {entry.type for entry in session.scalars(select(LedgerEntry))}
    installation.close()
    return types


def test_what_is_imported_can_be_exported_and_imported_again(
    furnished: Type, tmp_path: Path
) -> None:
    written = tmp_path / "again.yaml"
    written.write_text(furnished("directory", "export").stdout, encoding="utf-8")

    again = furnished("directory", "import", written)

    assert again.exit_code == 0
    assert "0 added, 0 changed, 0 retired" in again.stderr
    assert "cm.directory.imported.v1" in ledger_types()


def test_of_a_bad_roster_nothing_is_imported(convene: Type, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("members: 3\n", encoding="utf-8")

    done = convene("directory", "import", bad)

    assert done.exit_code == 1
    assert "Nothing was imported." in done.stderr


@pytest.mark.parametrize(
    ("words", "ends", "said"),
    [
        (("directory", "check"), 1, {"member": "UNODC", "cause": "stale"}),
        (("countries",), 0, {"member": "UNODC", "channel": "sms", "verdict": "unproven"}),
    ],
)
def test_what_needs_attention_is_said_a_line_each(
    furnished: Type, words: tuple[str, ...], ends: int, said: dict[str, str]
) -> None:
    done = furnished(*words, "--json")

    assert done.exit_code == ends
    assert any(said.items() <= line.items() for line in lines(done))


def test_the_contact_sheet_is_for_its_owner_alone(furnished: Type, tmp_path: Path) -> None:
    sheet = tmp_path / "sheet.html"

    assert furnished("directory", "sheet", "--out", sheet, "--reason", "drill").exit_code == 0

    assert "+999" in sheet.read_text("utf-8")
    assert sheet.stat().st_mode & 0o777 == 0o600


def activated(convene: Type, *words: str, typed: str = "") -> Result:
    return convene(
        "activate",
        SITUATION,
        "--government",
        "AU",
        "--reason",
        "the dashboard is down",
        "--members",
        "BD,MM",
        "--json",
        *words,
        typed=typed,
    )


def test_break_glass_activates_leaves_a_record_and_evidence_that_holds(
    furnished: Type, tmp_path: Path
) -> None:
    done = activated(furnished, "--confirm", "EXERCISE")
    assert done.exit_code == 0, done.stderr
    [line] = lines(done)
    assert line["members"] == ["BD", "MM"]
    assert {"cm.break_glass.used.v1", "cm.directory.imported.v1"} <= ledger_types()

    recorded = furnished("record", line["activation"], "--out", tmp_path / "papers")
    bundle = tmp_path / "evidence.zip"
    exported = furnished("evidence", "export", line["reference"], "--out", bundle)
    verified = furnished("evidence", "verify", bundle, "--json")

    assert recorded.exit_code == exported.exit_code == verified.exit_code == 0, verified.output
    assert {p.name for p in (tmp_path / "papers").iterdir()} == {"record.pdf", "record.docx"}
    assert ZipFile(bundle).testzip() is None


def test_without_the_word_nothing_is_sent(furnished: Type) -> None:
    done = activated(furnished, typed="yes\n")

    assert done.exit_code == 1
    assert "Nothing was sent: the word to type is EXERCISE." in done.stderr
    installation = Installation.open(Settings())
    with installation.database.reading() as session:
        assert session.scalars(select(Message)).all() == []
    installation.close()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("record", "7"), "no activation 7"),
        (("evidence", "export", "BP-1", "--out", "x.zip"), "no situation BP-1"),
        (("account", "link", "nobody"), "no account 'nobody'"),
        (("account", "codes", "nobody"), "no account 'nobody'"),
        (("provider", "pin", "pigeon", "up", "--reason", "drill"), "pigeon"),
        (("provider", "prefer", "+99990", "twilio", "--reason", "drill"), "no office has this"),
        (("playbook", "show", "nothing"), "nothing"),
    ],
)
def test_what_is_not_there_is_told_in_a_sentence(
    furnished: Type, words: tuple[str, ...], said: str
) -> None:
    done = furnished(*words)

    assert done.exit_code == 1
    assert said in done.stderr
    assert not done.stdout


def test_an_account_gets_links_and_codes_and_loses_them(furnished: Type) -> None:
    added = furnished("account", "add", "Canberra desk", "co_chair", "--member", "AU")
    codes = furnished("account", "codes", "Canberra desk")
    lost = furnished("account", "link", "Canberra desk", "--lost")
    halves = furnished("account", "break-glass")
    linked = furnished("account", "sso", "Canberra desk", "https://id.gov.example", "42")

    assert added.stdout.startswith("http://localhost:8080/sign-in/")
    assert lost.stdout.startswith("http://localhost:8080/sign-in/")
    assert added.stdout != lost.stdout
    assert len(codes.stdout.splitlines()) == 10
    assert len(halves.stdout.splitlines()) == 2
    assert linked.exit_code == 0, linked.output
    installation = Installation.open(Settings())
    with installation.database.reading() as session:
        [account] = session.scalars(select(Account)).all()
        assert (account.name, account.member_code) == ("Canberra desk", "AU")
    installation.close()


def test_a_provider_that_is_pinned_is_listed_so(furnished: Type) -> None:
    pinned = furnished("provider", "pin", "twilio", "down", "--reason", "drill")
    listed = {line["name"]: line for line in lines(furnished("provider", "list", "--json"))}

    assert pinned.exit_code == 0
    assert listed["twilio"]["pin"] == "down"


def test_the_playbooks_are_good_and_a_bad_one_is_told(convene: Type, tmp_path: Path) -> None:
    bad = tmp_path / "bad.yaml"
    bad.write_text("name: bad\n", encoding="utf-8")

    assert convene("playbook", "check").exit_code == 0
    assert convene("playbook", "check", bad).exit_code == 1


def test_a_playbook_is_shown_as_each_office_would_get_it(convene: Type) -> None:
    shown = convene("playbook", "show", "generic")

    assert shown.exit_code == 0
    assert "by sms" in shown.stdout
    assert "by email" in shown.stdout


def test_a_reply_is_read_as_it_would_be(convene: Type, tmp_path: Path) -> None:
    mail = tmp_path / "reply.eml"
    mail.write_text("From: a@b.example\nSubject: Re: BP\n\nReceived.\n", encoding="ascii")

    [line] = lines(convene("read-reply", mail, "--json"))

    assert line["file"] == str(mail)
    assert line["kind"] == "human"


def test_the_examination_of_an_installation_that_does_not_run_fails(furnished: Type) -> None:
    done = furnished("doctor", "--json")

    verdicts = {str(line["what"]): line["verdict"] for line in lines(done)}
    assert done.exit_code == 1
    assert verdicts["engine"] == "failed"
    assert verdicts["database"] == "ok"


def test_the_desk_opens_without_what_its_verbs_need() -> None:
    """A shell that completes, a help page, a mistyped word: none waits for a database's library."""
    done = subprocess.run(
        [sys.executable, "-c", "import sys, cli; print(*sys.modules)"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
        timeout=PATIENCE,
        env={"PATH": os.environ["PATH"]},
    )

    loaded = set(done.stdout.split())
    assert "cli.processes" in loaded
    assert not loaded & {
        "sqlalchemy",
        "pydantic_settings",
        "jinja2",
        "starlette",
        "prefect",
        "aiohttp",
        "argon2",
    }
