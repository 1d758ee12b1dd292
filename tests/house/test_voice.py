"""The project speaks of itself alone: of no machine, no registry, and nobody who typed it."""

import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.house.rooms import ROOT

OF_OTHERS = {
    "a place on one machine": r"(?<![\w./~-])/(?:work|root|home)/[\w.]",
    "a folder beside the project": r"\.library\b|\.\./shared\b",
    "a registry's host": r"\b(?:pypi\.org|pythonhosted\.org|registry\.npmjs\.org|index\.crates\.io|"
    r"proxy\.golang\.org|anaconda\.org)\b",
    "a tool that writes text": r"(?i)\b(?:claude|anthropic|copilot|chat ?gpt|openai|gemini|llms?|"
    r"language models?|(?:coding|sub|ai)[ -]?agents?|vibe[ -]cod\w+|system prompt)\b|\bAI\b",
    "how it came to be typed": r"(?i)\b(?:previous|earlier|next|this|another|other|helper|work)"
    r" (?:chat|conversation)\b|\bcontext window\b|\bthe brief\b|\bas instructed\b",
}
NOT_OURS = {
    ".ci/": "says how somebody else's machine runs the checks",
    "requirements.lock": "is written by the resolver",
    "examples/replies/": "are mails as the world writes them",
    "tests/house/test_voice.py": "names what it looks for",
}
ALLOWED = {'"AI":', "Anguilla"}  # a country


def tracked() -> list[Path]:
    if not (ROOT / ".git").exists():
        pytest.skip("only a checkout knows which files are the project's")
    listed = subprocess.run(
        ["git", "ls-files", "-z"],  # noqa: S607 - whichever git is there
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout  # fmt: skip
    names = [name for name in listed.split("\0") if name and not name.startswith(tuple(NOT_OURS))]
    return [ROOT / name for name in names if (ROOT / name).is_file()]


def words_of_others(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.splitlines(), start=1):
        for what, pattern in OF_OTHERS.items():
            if re.search(pattern, line) and not any(word in line for word in ALLOWED):
                yield number, what


def test_nothing_names_a_machine_a_registry_or_who_typed_it() -> None:
    found = [
        f"{path.relative_to(ROOT)}:{number}: {what}"
        for path in tracked()
        if b"\0" not in path.read_bytes()[:8192]
        for number, what in words_of_others(path.read_text(encoding="utf-8", errors="replace"))
    ]

    assert found == []


@pytest.mark.parametrize(
    "line",
    [
        "see /home/alex/notes.txt", 'Path("/root/x")', "cd /work/main", "copied from ../shared/x",
        "pip install -i https://pypi.org/simple", "written by an AI agent", "as ChatGPT says",
        "a large language model", "in the previous conversation",
    ],
)  # fmt: skip
def test_a_line_that_does_would_be_found(line: str) -> None:
    assert list(words_of_others(line))


@pytest.mark.parametrize(
    "line",
    [
        "a mail user agent", "session.execute(query)", "https://cm.example/work/now",
        "the contact works at home", 'ROOT / "home"', "a framework of work/life", '"AI": two_way',
    ],
)  # fmt: skip
def test_a_line_of_our_own_is_left_in_peace(line: str) -> None:
    assert not list(words_of_others(line))
