"""What can an SMS to a country do: be answered, hold a link, report its delivery?

The table beside this file is a seed from public sources. A text promises only what is known: where
nothing is known or sources disagree, a reply cannot be relied on until a drill proves otherwise.
"""

from dataclasses import dataclass
from datetime import date
from functools import cache
from pathlib import Path
from typing import Literal

import phonenumbers
import yaml
from pydantic import BaseModel, ConfigDict, ValidationError

TABLE = Path(__file__).with_name("countries.yaml")

_Known = Literal["yes", "no", "unknown"]


@dataclass(frozen=True)
class Capability:
    """What may be promised and believed about SMS to one country."""

    two_way: bool  # a reply arrives
    links: bool  # a link is not known to be forbidden
    receipts: bool  # "delivered" means that the handset has it
    note: str


class _Row(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")

    two_way: _Known
    alpha: Literal["open", "registered", "none", "unknown"]
    receipts: Literal["full", "carrier", "unknown"]
    links_allowed: _Known
    note: str
    source: str
    checked_on: date


class BadTable(ValueError):  # noqa: N818 - what it is, not where it came from
    """The table of countries cannot be trusted; says which country and which field."""


def capability(country: str) -> Capability:
    """What an SMS to this country (ISO 3166-1, two letters) can do."""
    return _shipped().get(country.upper(), _NO_DATA)


def read_table(path: Path) -> dict[str, Capability]:
    """The table in a file, checked."""
    rows = yaml.safe_load(path.read_text(encoding="utf-8"))
    if not isinstance(rows, dict):
        raise BadTable(f"{path.name}: not a table of countries")
    return {_code(key, path): _capability(key, row, path) for key, row in rows.items()}


_NO_DATA = Capability(two_way=False, links=True, receipts=False, note="no data")


@cache
def _shipped() -> dict[str, Capability]:
    return read_table(TABLE)


def _code(key: object, path: Path) -> str:
    if not isinstance(key, str) or key not in phonenumbers.SUPPORTED_REGIONS:
        raise BadTable(f"{path.name}: {key!r} is not a quoted ISO 3166 code of a country")
    return key


def _capability(country: object, row: object, path: Path) -> Capability:
    try:
        known = _Row.model_validate(row)
    except ValidationError as error:
        first = error.errors()[0]
        field = ".".join(str(part) for part in first["loc"]) or "row"
        raise BadTable(f"{path.name}: {country}: {field}: {first['msg']}") from error
    return Capability(
        two_way=known.two_way == "yes",
        links=known.links_allowed != "no",
        receipts=known.receipts == "full",
        note=known.note,
    )
