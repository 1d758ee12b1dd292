"""Which entry of a table holds for a number, or for a mailbox?"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def by_prefix(table: Mapping[str, T], number: str, otherwise: T) -> T:
    """The entry of the longest prefix that the number begins with."""
    fitting = [prefix for prefix in table if number.startswith(prefix)]
    return table[max(fitting, key=len)] if fitting else otherwise


def by_domain(table: Mapping[str, T], mailbox: str, otherwise: T) -> T:
    """The entry of the longest domain that the mailbox's is, or lies below; "" is every domain."""
    own = f".{mailbox.rpartition('@')[2].lower()}"
    fitting = [domain for domain in table if not domain or own.endswith(f".{domain}")]
    return table[max(fitting, key=len)] if fitting else otherwise
