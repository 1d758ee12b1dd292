"""Arrows point down the installation, and the web process stays light."""

import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest

from tests.support.patience import PATIENCE
from tests.support.rooms import ROOT
from tests.support.table import each


def test_every_import_contract_is_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(  # noqa: S603 - our own tool
        [lint, "--no-cache"],
        cwd=ROOT, capture_output=True, text=True, check=False, timeout=PATIENCE,
    )  # fmt: skip

    assert done.returncode == 0, done.stdout + done.stderr


HEAVY = (
    # what others run
    "prefect", "fastapi",
    # what the engine sends with
    "aiohttp", "aiosmtplib", "twilio.base", "twilio.http", "twilio.rest", "cryptography",
    # what reads mail, and what asks whether its domain stands by it
    "notifications.email.parse.message", "asn1crypto", "dkim", "dns", "spf", "authheaders",
    # what is used when somebody comes, and not before
    "webauthn", "authlib", "requests", "icalendar", "typst", "docx", "docxtpl",
    # what another database needs, and one that is not up to date
    "psycopg", "alembic",
)  # fmt: skip
"""Each costs the start of the web process up to two seconds."""


@pytest.fixture(scope="module")
def loaded_by_the_web_process() -> frozenset[str]:
    program = "import sys, cli, dashboard.app; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=PATIENCE,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return frozenset(done.stdout.split())


@each(heavy=HEAVY)
def test_the_web_process_starts_without(heavy: str, loaded_by_the_web_process: set[str]) -> None:
    assert "dashboard.app" in loaded_by_the_web_process
    assert heavy not in loaded_by_the_web_process


@each(heavy=HEAVY)
def test_what_the_web_process_starts_without_is_there(heavy: str) -> None:
    assert find_spec(heavy) is not None  # a name that is nobody's would always be kept out
