"""What happens to a test whose real server is not installed here?

It is skipped with the reason and the remedy; where CM_REQUIRE_SERVERS=1 says that every server must
be there (in CI), it fails with the same words.
"""

import os
import shutil
from collections.abc import Sequence
from typing import Final

import pytest

FOLDERS: Final = os.pathsep.join(
    [os.environ.get("PATH", ""), "/usr/sbin", "/usr/lib/postfix/sbin", "/usr/lib/dovecot"]
)


def program(name: str) -> str | None:
    """Where a server's program lies; distributions keep it off an ordinary path."""
    return shutil.which(name, path=FOLDERS)


def missing(programs: Sequence[str], *, remedy: str) -> str | None:
    """Why the server cannot be started here, and what helps; None where it can."""
    absent = [name for name in programs if program(name) is None]
    if absent:
        return f"{', '.join(absent)} is not installed: {remedy}"
    return None


def needed(reason: str | None) -> None:
    """Go on where there is no reason against it, or else skip or fail with it."""
    if reason is None:
        return
    if os.environ.get("CM_REQUIRE_SERVERS") == "1":
        pytest.fail(reason, pytrace=False)
    pytest.skip(reason)
