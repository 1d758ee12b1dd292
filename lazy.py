"""What is loaded when it is first used, and not by a process that starts?

A process that is to answer a second after its start cannot wait for parsers and cryptography which
its first visitors do not need. Whoever uses such a module writes it down where the others stand:

    if TYPE_CHECKING:
        from notifications import invitations
    else:
        invitations = lazy("notifications.email.icalendar")
"""

from importlib import import_module
from typing import Any


class LazyModule:
    """A module in waiting: the first look at what it holds imports it."""

    def __init__(self, name: str) -> None:
        self._name = name

    def __getattr__(self, name: str) -> Any:
        return getattr(import_module(self._name), name)


def lazy(name: str) -> LazyModule:
    """The module of this name, once somebody needs it; types are read from the import beside it."""
    return LazyModule(name)
