"""What becomes of a form whose sender was signed out while she wrote?

It travels with the sign-in, field by field, and comes back after it for her to send on: nothing is
sent by itself. Only a form of our own pages is kept, and none that holds a secret.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Self

from dashboard.visit import Visit

FIELD: Final = "kept"
HOLD_SECRETS: Final = ("/account", "/break-glass", "/prove", "/sign-in")
_NOT_TYPED: Final = ("form_token", "proof_")


@dataclass(frozen=True)
class KeptForm:
    """Where a form was going, and what was typed in it."""

    path: str
    fields: tuple[tuple[str, str], ...]

    @classmethod
    def of(cls, visit: Visit) -> Self | None:
        """The form that this visit brings; None where it is not kept."""
        path = visit.request.url.path
        if path.startswith(HOLD_SECRETS):
            return None
        return cls(path, tuple(typed_in(visit)))

    @classmethod
    def carried(cls, visit: Visit) -> Self | None:
        """The form that a sign-in carries along; None where it carries none, or what is none."""
        try:
            path, fields = json.loads(visit.typed(FIELD))
            kept = cls(str(path), tuple((str(name), str(value)) for name, value in fields))
        except (ValueError, TypeError, RecursionError):
            return None
        return kept if kept.path.startswith("/") and not kept.path.startswith("//") else None

    @property
    def written(self) -> str:
        """As a field of the sign-in carries it."""
        return json.dumps([self.path, self.fields], ensure_ascii=False)

    @property
    def shown(self) -> Sequence[str]:
        """What she typed, for her to look at before she sends it on."""
        return [value for _, value in self.fields if value.strip()]


def typed_in(visit: Visit) -> list[tuple[str, str]]:
    """Every field of the form that a person or her button filled in, and no proof."""
    return [
        (name, str(value))
        for name, value in visit.form.multi_items()
        if not name.startswith(_NOT_TYPED)
    ]
