"""What does an auditor take home: every event of one log, and the means to check it without us?

The layout is `docs/reference/evidence-bundle.md`. The same input gives the same bytes, and nothing
leaves that the verifier would refuse.
"""

import hashlib
import io
import json
import zipfile
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from records import spreadsheet, verify
from records.verify import merkle_root

__all__ = ["Bundle", "RefusedBundleError", "merkle_root", "write_bundle"]

ROOM: Final = Path(__file__).parent
COLUMNS: Final = (
    "number",
    "time",
    "recordedtime",
    "type",
    "subject",
    "authtype",
    "authid",
    "id",
    "causationid",
    "data",
)

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)  # the earliest a zip can say
_PAGES: Final = Environment(
    loader=FileSystemLoader(ROOM / "templates"),
    autoescape=True,
    undefined=StrictUndefined,
    trim_blocks=True,
    lstrip_blocks=True,
)


class RefusedBundleError(ValueError):
    """What was to be exported would not stand up to its own verifier."""


@dataclass(frozen=True)
class Bundle:
    """What was written; `root` as the checkpoint has it, `size` in events, `sha256` of the file."""

    root: str
    size: int
    sha256: str


def write_bundle(
    out: Path | BinaryIO,
    *,
    log: str,
    lines: Sequence[bytes],
    disclosures: Mapping[str, str],
    files: Mapping[str, bytes],
    exported_by: str,
    exported_at: datetime,
    reason: str,
) -> Bundle:
    """Write the whole log; `lines` are the canonical events, `disclosures` by digest.

    `files` are those of the folders record/, messages/ and replies/, by their names.
    """
    rows = list(_rows(lines))
    contents = {
        **_checked(files),
        "events.jsonl": _ended(lines),
        "disclosures.txt": _ended([disclosures[digest].encode() for digest in sorted(disclosures)]),
        "checkpoint.txt": _checkpoint(log, lines),
        "events.csv": spreadsheet.table(COLUMNS, rows),
        "index.html": _page("index.html.j2", log=log, columns=COLUMNS, rows=rows),
        "README.txt": _page("README.txt.j2", log=log),
        "verify.py": Path(verify.__file__).read_bytes(),
    }
    exported = {"at": _instant(exported_at), "by": exported_by, "reason": reason}
    contents["manifest.json"] = _manifest(log, exported, contents)
    packed = _packed(contents)
    report = verify.verify(io.BytesIO(packed))
    if not report.sound:
        raise RefusedBundleError(report.reason)
    _put(out, packed)
    return Bundle(report.root, report.events, hashlib.sha256(packed).hexdigest())


def _checked(files: Mapping[str, bytes]) -> Mapping[str, bytes]:
    for name in files:
        if not name.startswith(verify.FOLDERS) or not verify.is_plain_name(name):
            raise RefusedBundleError(f"no bundle holds a file of this name: {name!r}")
    return files


def _ended(lines: Sequence[bytes]) -> bytes:
    return b"".join(line + b"\n" for line in lines)


def _checkpoint(log: str, lines: Sequence[bytes]) -> bytes:
    """The body of a tlog-checkpoint; signatures will follow it."""
    root = verify.in_base64(merkle_root(lines))
    return f"{log}\n{len(lines)}\n{root}\n".encode()


def _manifest(log: str, exported: dict[str, str], contents: Mapping[str, bytes]) -> bytes:
    manifest: dict[str, Any] = {
        "format": verify.FORMAT,
        "log": log,
        "exported": exported,
        "files": {name: hashlib.sha256(octets).hexdigest() for name, octets in contents.items()},
    }
    return verify.canonical({**manifest, "seal": verify.manifest_seal(manifest)})


def _packed(contents: Mapping[str, bytes]) -> bytes:
    """Sorted, undated, the same on every machine that has the same compressor."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as archive:
        for name in sorted(contents):
            member = zipfile.ZipInfo(name, _NO_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            member.external_attr = 0o644 << 16
            archive.writestr(member, contents[name])
    return packed.getvalue()


def _put(out: Path | BinaryIO, packed: bytes) -> None:
    if isinstance(out, Path):
        out.write_bytes(packed)
    else:
        out.write(packed)


def _rows(lines: Sequence[bytes]) -> Iterator[list[str]]:
    for number, line in enumerate(lines, start=1):
        event = _event(number, line)
        yield [str(number), *(_cell(event.get(column, "")) for column in COLUMNS[1:])]


def _event(number: int, line: bytes) -> dict[str, Any]:
    try:
        return dict(json.loads(line))
    except (ValueError, TypeError):
        raise RefusedBundleError(f"event {number} is not an object in JSON") from None


def _cell(value: object) -> str:
    if value is None:
        return ""
    return value if isinstance(value, str) else verify.canonical(value).decode()


def _page(template: str, **values: object) -> bytes:
    return _PAGES.get_template(template).render(values).encode()


def _instant(moment: datetime) -> str:
    if moment.tzinfo is None:
        raise RefusedBundleError("the time of the export has no zone")
    return moment.astimezone(UTC).isoformat(timespec="seconds").removesuffix("+00:00") + "Z"
