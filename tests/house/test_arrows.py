"""Arrows point down the house, and the web process stays light."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.house.rooms import ROOT


def test_every_import_contract_is_kept() -> None:
    lint = Path(sys.executable).with_name("lint-imports")

    done = subprocess.run(  # noqa: S603 - our own tool
        [lint, "--no-cache"], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
    )

    assert done.returncode == 0, done.stdout + done.stderr


@pytest.fixture(scope="module")
def loaded_by_the_web_process() -> frozenset[str]:
    program = "import sys, dashboard.app; print(*sys.modules)"
    done = subprocess.run(  # noqa: S603 - our own interpreter
        [sys.executable, "-c", program],
        cwd=ROOT, capture_output=True, text=True, check=True, timeout=60,
        env={"PATH": os.environ["PATH"]},
    )  # fmt: skip
    return frozenset(done.stdout.split())


@pytest.mark.parametrize("heavy", ["prefect", "fastapi", "twilio.rest"])
def test_the_web_process_starts_without(heavy: str, loaded_by_the_web_process: set[str]) -> None:
    assert "dashboard.app" in loaded_by_the_web_process
    assert heavy not in loaded_by_the_web_process
