"""How is a stranger's word tied to one of our attempts, so that nobody else could have made it up?

The number of the attempt travels with a mark that only this installation can compute.
"""

import hashlib
import hmac

LENGTH = 20  # hex digits, 80 bits
_MOST_DIGITS = 18  # keeps the number within a database's 64-bit integer


def mark(attempt: int, *, purpose: str, key: bytes) -> str:
    """The mark of an attempt; lower-case hex, for the sake of mail servers that fold case."""
    text = f"{purpose}:{attempt}".encode()
    return hmac.new(key, text, hashlib.sha256).hexdigest()[:LENGTH]


def marked_attempt(number: str, given: str, *, purpose: str, key: bytes) -> int | None:
    """The attempt that was marked, or None where number and mark do not belong together."""
    if not (number.isascii() and number.isdigit() and len(number) <= _MOST_DIGITS):
        return None
    attempt = int(number)
    right = mark(attempt, purpose=purpose, key=key)
    good = hmac.compare_digest(right.encode(), given.lower().encode(errors="replace"))
    return attempt if good and number == str(attempt) else None
