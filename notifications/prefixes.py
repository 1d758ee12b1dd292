"""Which entry of a table by dialling prefix does a number fall under?"""

from collections.abc import Mapping
from typing import TypeVar

T = TypeVar("T")


def by_prefix(table: Mapping[str, T], number: str, otherwise: T) -> T:
    """The entry of the longest prefix that the number begins with."""
    fitting = [prefix for prefix in table if number.startswith(prefix)]
    return table[max(fitting, key=len)] if fitting else otherwise
