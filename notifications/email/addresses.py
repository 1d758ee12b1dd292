"""Where does a bounce come back to, so that we know what has bounced?"""

import re

from notifications.tokens import LENGTH, mark, marked_attempt

_PURPOSE = "bounce"
_VERP = re.compile(rf"<?bounce\+([0-9]+)-([0-9a-f]{{{LENGTH}}})@[^@]+", re.IGNORECASE)


def verp(attempt: int, key: bytes, domain: str) -> str:
    """The envelope sender of an attempt: a bounce to it names the attempt by itself."""
    return f"bounce+{attempt}-{mark(attempt, purpose=_PURPOSE, key=key)}@{domain}"


def attempt_of_verp(address: str, key: bytes) -> int | None:
    """The attempt that a bounce to this address is about; None where it is not one of ours."""
    found = _VERP.match(address.strip())
    if found is None:
        return None
    return marked_attempt(found[1], found[2], purpose=_PURPOSE, key=key)
