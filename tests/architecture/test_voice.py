"""The project speaks of itself alone: of no one machine, and of no host but those it is about."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.rooms import ROOT

A_PLACE_ON_ONE_MACHINE = re.compile(r"(?<![\w./~-])/(?:root|home)/[\w.]")
A_HOST = re.compile(r"https?://([A-Za-z0-9.-]+)")
KNOWN_HOSTS = {
    "localhost": "this machine",
    "127.0.0.1": "this machine",
    "api.twilio.com": "the provider's own address",
    "www.twilio.com": "the provider's documentation",
    "mycompany.com": "stands in the provider's published signature vector",
    "www.w3.org": "names of XML vocabularies",
    "json-schema.org": "names of JSON Schema's drafts",
}
NOT_OURS = ("requirements.lock", "LICENSE", "records/fonts/", "examples/replies/")


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("only a checkout knows which files are the project's")
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git is there
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = [name for name in listed.split("\0") if name and not name.startswith(NOT_OURS)]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def foreign(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        if A_PLACE_ON_ONE_MACHINE.search(line):
            yield number, "a place on one machine"
        for host in A_HOST.findall(line):
            if host.strip(".") not in KNOWN_HOSTS and ".example" not in host:
                yield number, f"the host {host}"


def test_nothing_names_one_machine_or_a_host_that_it_is_not_about() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}"
        for path in tracked()
        if b"\0" not in path.read_bytes()[:8192]
        for number, what in foreign(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize("folder", ["root", "home"])
def test_a_place_on_one_machine_would_be_found(folder: str) -> None:
    assert list(foreign(f"see /{folder}/notes.txt"))


@pytest.mark.parametrize("name", ["packages.test", "registry.test"])
def test_a_strange_host_would_be_found(name: str) -> None:
    assert list(foreign(f"from https:{'//'}{name}/simple"))


@pytest.mark.parametrize("line", ["https://cm.example/a/x", 'ROOT / "home"', "works at home"])
def test_a_line_of_our_own_is_left_in_peace(line: str) -> None:
    assert not list(foreign(line))
