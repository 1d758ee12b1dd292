"""To which page does a link lead, by the page's name?"""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Link:
    """A link before it has an address: which page, what stands on it, the parts of its address."""

    page: str
    words: str
    parts: Mapping[str, str] = field(default_factory=dict)
