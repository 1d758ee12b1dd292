"""How long is what kept?

A situation with its messages, replies, records and ledger is kept for good. What only lets people
in, or slows strangers down, goes once it has served: a sign-in link as soon as it has expired.
"""

from datetime import timedelta
from typing import Final

SIGN_IN_TRIES: Final = timedelta(days=1)
VISIT_ALLOWANCES: Final = timedelta(minutes=10)  # they have refilled long before
