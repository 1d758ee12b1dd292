#!/usr/bin/env python3
"""Is this evidence bundle whole, and unchanged since it was sealed?

    python3 verify.py BUNDLE.zip [--root ROOT] [--json]

One file, the standard library of Python 3.9 or newer and nothing else: a copy lies in every bundle.
Exit status 0 means yes; 1 means no, with the reason. Whatever the file holds, it ends in a verdict.
"""

import argparse
import base64
import hashlib
import io
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any, BinaryIO, Final, cast

FORMAT: Final = "consultation-evidence/1"
VERDICT: Final = "unchanged since sealed; not proven against the operator"

REQUIRED: Final = frozenset(
    {
        "README.txt",
        "checkpoint.txt",
        "disclosures.txt",
        "events.csv",
        "events.jsonl",
        "index.html",
        "manifest.json",
        "verify.py",
    }
)
FOLDERS: Final = ("record/", "messages/", "replies/")
MOST_FILES: Final = 50_000
MOST_BYTES: Final = 2 * 1024**3  # of all files together, unpacked
MOST_SMALL: Final = 16 * 1024**2  # of manifest and checkpoint
MOST_LINE: Final = 4 * 1024**2  # of one event or disclosure

_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._@-]*(/[A-Za-z0-9][A-Za-z0-9._@-]*)*")
_DIGEST: Final = re.compile(r"[A-Za-z0-9_-]{43}")
_BASE64URL: Final = re.compile(r"[A-Za-z0-9_-]+")
_SAFE_INTEGER: Final = 2**53
_SALT: Final = 22  # letters of 128 bits in base64
_HASH: Final = 32
_BLOCK: Final = 1024**2


class UnsoundError(Exception):
    """The bundle is not what it says it is; the message says why."""


@dataclass(frozen=True)
class Report:
    """The verdict, and what it rests on."""

    sound: bool
    reason: str  # why not, or the verdict in words
    log: str = ""
    events: int = 0
    root: str = ""  # base64, as in the checkpoint
    root_hex: str = ""
    given_root_at: int = 0  # the number of events at which the root given by the reader stood
    files: int = 0
    disclosed: int = 0
    withheld: int = 0
    signatures: int = 0  # lines in the checkpoint that this verifier does not judge
    exported: dict[str, str] = field(default_factory=dict)


def leaf_hash(line: bytes) -> bytes:
    """The hash of one event's canonical bytes."""
    return hashlib.sha256(b"\x00" + line).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """The hash of two neighbours."""
    return hashlib.sha256(b"\x01" + left + right).digest()


class Frontier:
    """A tree that only grows: the hashes of the perfect subtrees that cover it, largest first."""

    def __init__(self) -> None:
        self.size = 0
        self.hashes: list[bytes] = []

    def append(self, leaf: bytes) -> None:
        """One more leaf hash at the right edge."""
        below = self.size
        while below & 1:
            leaf = node_hash(self.hashes.pop(), leaf)
            below >>= 1
        self.hashes.append(leaf)
        self.size += 1

    def root(self) -> bytes:
        """The root over all leaves so far."""
        if not self.hashes:
            return hashlib.sha256(b"").digest()
        *rest, root = self.hashes
        for left in reversed(rest):
            root = node_hash(left, root)
        return root


def merkle_root(lines: Iterable[bytes]) -> bytes:
    """The root over canonical event lines, without their line ends."""
    tree = Frontier()
    for line in lines:
        tree.append(leaf_hash(line))
    return tree.root()


def _refuse(_text: str) -> object:
    raise UnsoundError("holds a number that is not whole")


_READER: Final = json.JSONDecoder(parse_float=_refuse, parse_constant=_refuse)
_WRITER: Final = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False)


def canonical(value: object) -> bytes:
    """The one way in which a value is written: sorted keys, compact, UTF-8."""
    return _WRITER.encode(value).encode()


def read_canonical(text: bytes) -> Any:
    """The value, if these bytes are the one way to write it."""
    value = _READER.decode(text.decode("utf-8"))
    if canonical(value) != text:
        raise UnsoundError("is not written in canonical form")
    return value


def commitments(value: object) -> list[str]:
    """Every digest that stands for a personal value; refuses what canonical JSON must not hold."""
    found: list[str] = []
    _collect(value, found)
    return found


def _collect(value: object, found: list[str]) -> None:
    if isinstance(value, dict):
        if "..." in value:
            found.append(_commitment(value))
            return
        for key, item in value.items():
            if not key.isascii():
                raise UnsoundError("has a key that is not ASCII")
            _collect(item, found)
    elif isinstance(value, list):
        for item in value:
            _collect(item, found)
    elif isinstance(value, int) and abs(value) >= _SAFE_INTEGER:
        raise UnsoundError("holds a number that is too large")


def digest_of(disclosure: str) -> str:
    """What stands in the event in the place of the value that this discloses."""
    return _base64url(hashlib.sha256(disclosure.encode("ascii")).digest())


def _commitment(value: dict[str, object]) -> str:
    digest = value["..."]
    if len(value) != 1 or not isinstance(digest, str) or not _DIGEST.fullmatch(digest):
        raise UnsoundError("holds a malformed commitment")
    return digest


def _base64url(octets: bytes) -> str:
    return base64.urlsafe_b64encode(octets).rstrip(b"=").decode("ascii")


def verify(bundle: BinaryIO, *, root: str = "") -> Report:
    """The verdict on an open file; `root`, hexadecimal or base64, is one known from elsewhere."""
    try:
        return _examine(bundle, _given_root(root))
    except UnsoundError as unsound:
        return Report(sound=False, reason=str(unsound))
    except Exception as error:  # noqa: BLE001 - a stranger's file must end in a verdict
        return Report(sound=False, reason=f"unreadable: {type(error).__name__}: {error}")


def verify_path(path: Path, *, root: str = "") -> Report:
    """The verdict on a file on disk."""
    try:
        with path.open("rb") as bundle:
            return verify(bundle, root=root)
    except OSError as error:
        return Report(sound=False, reason=f"cannot be opened: {error.strerror}")


def _examine(bundle: BinaryIO, given: bytes) -> Report:
    with zipfile.ZipFile(bundle) as archive:
        names = _structure(archive, bundle.seek(0, 2))
        manifest = _manifest(archive, names)
        events = _Events(archive, given)
        signatures = _checkpoint(archive, manifest, events)
        disclosed = _disclosures(archive, events.digests)
    _require(not given or events.given_at > 0, "the root you gave is not a root of this log")
    return Report(
        sound=True,
        reason=VERDICT,
        log=manifest["log"],
        events=events.tree.size,
        root=in_base64(events.tree.root()),
        root_hex=events.tree.root().hex(),
        given_root_at=events.given_at,
        files=len(names),
        disclosed=disclosed,
        withheld=len(events.digests) - disclosed,
        signatures=signatures,
        exported=manifest["exported"],
    )


def _structure(archive: zipfile.ZipFile, size: int) -> frozenset[str]:
    """Plain names, each once, nothing hidden between the files, nothing that unpacks to a flood."""
    members = archive.infolist()
    _require(len(members) <= MOST_FILES, "holds too many files")
    names = [member.filename for member in members]
    for name in names:
        _require(is_plain_name(name), f"holds a file whose name is not allowed: {name[:80]!r}")
    _require(len(set(names)) == len(names), "holds the same name twice")
    _require(sum(m.file_size for m in members) <= MOST_BYTES, "unpacks to more than is allowed")
    packed = sum(30 + 46 + 2 * len(m.filename) + m.compress_size for m in members)
    _require(packed + 22 == size, "holds bytes that belong to no file")
    missing = sorted(REQUIRED - set(names))
    _require(not missing, f"lacks {', '.join(missing)}")
    return frozenset(names)


def is_plain_name(name: str) -> bool:
    """Whether a file of this name may be in a bundle: the known ones, or one in a known folder."""
    known = name in REQUIRED or name.startswith(FOLDERS)
    return known and _NAME.fullmatch(name) is not None


def _manifest(archive: zipfile.ZipFile, names: frozenset[str]) -> dict[str, Any]:
    """The list of files, which must be the files."""
    manifest = _canonical_file(archive, "manifest.json")
    _require(isinstance(manifest, dict), "manifest.json is not an object")
    _require(manifest.get("format") == FORMAT, "is of another format than this verifier reads")
    _require(manifest_seal(manifest) == manifest.get("seal"), "manifest.json was changed")
    _require(isinstance(manifest.get("log"), str), "manifest.json names no log")
    _require(_is_words(manifest.get("exported")), "manifest.json does not say who exported")
    files = manifest.get("files")
    _require(isinstance(files, dict), "manifest.json lists no files")
    _require(set(files) == names - {"manifest.json"}, "holds other files than its manifest lists")
    for name in sorted(files):
        _require(_hash_of(archive, name) == files[name], f"{name} was changed")
    return dict(manifest)


def manifest_seal(manifest: dict[str, Any]) -> str:
    """A checksum of the rest of the manifest: it finds damage, not a forger."""
    rest = {key: value for key, value in manifest.items() if key != "seal"}
    return hashlib.sha256(canonical(rest)).hexdigest()


class _Events:
    """One reading of events.jsonl: the tree over it, and what its events promise."""

    def __init__(self, archive: zipfile.ZipFile, given: bytes) -> None:
        self.tree = Frontier()
        self.digests: set[str] = set()
        self.given_at = 0
        self._ids: set[str] = set()
        for number, line in enumerate(_lines(archive, "events.jsonl"), start=1):
            try:
                self._read(line)
            except (UnsoundError, ValueError, RecursionError) as error:
                raise UnsoundError(f"event {number} {_because(error)}") from None
            if given and self.tree.root() == given:
                self.given_at = self.tree.size

    def _read(self, line: bytes) -> None:
        event = read_canonical(line)
        _require(isinstance(event, dict), "is not an object")
        named = all(isinstance(event.get(key), str) for key in ("id", "type", "time", "source"))
        _require(named, "lacks its id, type, time or source")
        _require(event["id"] not in self._ids, "repeats an earlier id")
        self._ids.add(event["id"])
        for digest in commitments(event):
            _require(digest not in self.digests, "repeats an earlier commitment")
            self.digests.add(digest)
        self.tree.append(leaf_hash(line))


def _checkpoint(archive: zipfile.ZipFile, manifest: dict[str, Any], events: _Events) -> int:
    """Name, size and root must be those of the events; returns the number of signature lines."""
    text = _small(archive, "checkpoint.txt").decode("utf-8")
    body, blank, notes = text.partition("\n\n")
    log, size, root = _three_lines(body if blank else text.removesuffix("\n"))
    _require(text.endswith("\n"), "checkpoint.txt does not end its last line")
    _require(log == manifest["log"], "checkpoint.txt is of another log than the manifest")
    _require(size == str(events.tree.size), "checkpoint.txt counts other events than there are")
    _require(root == in_base64(events.tree.root()), "the events are not those that were sealed")
    signatures = notes.splitlines() if blank else []
    signed = all(line.startswith("\N{EM DASH} ") for line in signatures)
    _require(signed and bool(signatures) == bool(blank), "checkpoint.txt is malformed")
    return len(signatures)


def _three_lines(body: str) -> tuple[str, str, str]:
    lines = body.split("\n")
    _require(len(lines) == 3, "checkpoint.txt is malformed")  # noqa: PLR2004 - origin, size, root
    return lines[0], lines[1], lines[2]


def _disclosures(archive: zipfile.ZipFile, digests: set[str]) -> int:
    """Every disclosure must open exactly one commitment; returns how many are opened."""
    opened: set[str] = set()
    for number, line in enumerate(_lines(archive, "disclosures.txt"), start=1):
        _require(_is_disclosure(line), f"disclosure {number} is malformed")
        digest = digest_of(line.decode("ascii"))
        _require(digest in digests, f"disclosure {number} belongs to no event")
        _require(digest not in opened, f"disclosure {number} repeats an earlier one")
        opened.add(digest)
    return len(opened)


def _is_disclosure(line: bytes) -> bool:
    text = line.decode("ascii", "replace")
    if not _BASE64URL.fullmatch(text):
        return False
    try:
        octets = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        parts = json.loads(octets.decode("utf-8"))
    except (ValueError, RecursionError):
        return False
    three = isinstance(parts, list) and len(parts) == 3  # noqa: PLR2004 - salt, name, value
    return three and _is_salt(parts[0]) and isinstance(parts[1], str)


def _is_salt(salt: object) -> bool:
    """Long enough that nobody can guess the value by trying."""
    return isinstance(salt, str) and len(salt) >= _SALT


def _require(holds: object, reason: str) -> None:
    if not holds:
        raise UnsoundError(reason)


def _because(error: Exception) -> str:
    return str(error) if isinstance(error, UnsoundError) else "is not readable as JSON"


def _is_words(value: object) -> bool:
    return isinstance(value, dict) and all(isinstance(item, str) for item in value.values())


def _small(archive: zipfile.ZipFile, name: str) -> bytes:
    _require(archive.getinfo(name).file_size <= MOST_SMALL, f"{name} is too large")
    return archive.read(name)


def _canonical_file(archive: zipfile.ZipFile, name: str) -> Any:
    try:
        return read_canonical(_small(archive, name))
    except (UnsoundError, ValueError, RecursionError) as error:
        raise UnsoundError(f"{name} {_because(error)}") from None


def _hash_of(archive: zipfile.ZipFile, name: str) -> str:
    digest = hashlib.sha256()
    with archive.open(name) as file:
        while block := file.read(_BLOCK):
            digest.update(block)
    return digest.hexdigest()


def _lines(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    """Each line without its end; every line must have one."""
    with io.BufferedReader(cast("io.RawIOBase", archive.open(name)), _BLOCK) as file:
        while line := file.readline(MOST_LINE):
            _require(line.endswith(b"\n"), f"{name} has a line that is too long or does not end")
            yield line[:-1]


def in_base64(octets: bytes) -> str:
    """Base64, in which a checkpoint writes its root."""
    return base64.b64encode(octets).decode("ascii")


def _given_root(text: str) -> bytes:
    """Hexadecimal, or base64 of either alphabet, with or without its padding."""
    if not text:
        return b""
    try:
        if len(text) == 2 * _HASH:
            return bytes.fromhex(text)
        plain = text.rstrip("=").replace("-", "+").replace("_", "/")
        root = base64.b64decode(plain + "=" * (-len(plain) % 4), validate=True)
    except ValueError:
        root = b""
    _require(len(root) == _HASH, "the root you gave is neither 64 hexadecimal digits nor base64")
    return root


def in_words(report: Report) -> str:
    """The report as a person reads it."""
    if not report.sound:
        return f"FAIL: {report.reason}\n"
    lines = [
        f"log            {report.log}",
        f"files          {report.files}, each as the manifest lists it",
        f"events         {report.events}, each in canonical form, no id twice",
        f"root           {report.root}",
        f"               {report.root_hex}",
        "               computed from the events, and equal to the checkpoint's",
        f"personal data  {_disclosed(report)}",
        f"exported       {' · '.join(report.exported.values())}",
        f"signatures     {_signatures(report)}",
        _comparison(report),
        f"OK: {report.reason}.",
    ]
    return "\n".join(map(_harmless, lines)) + "\n"


def _disclosed(report: Report) -> str:
    return f"{report.disclosed} disclosed and matching, {report.withheld} withheld or erased"


def _signatures(report: Report) -> str:
    return f"{report.signatures}, not judged by this verifier" if report.signatures else "none"


def _comparison(report: Report) -> str:
    if report.given_root_at:
        return f"your root      is that of the first {report.given_root_at} events"
    return "your root      none given; compare with one from elsewhere: --root ROOT"


def _harmless(line: str) -> str:
    """No control character of a stranger's reaches the terminal."""
    return "".join(c if c.isprintable() else f"[U+{ord(c):04X}]" for c in line)


def main(arguments: list[str]) -> int:
    parser = argparse.ArgumentParser(description="Check an evidence bundle.")
    parser.add_argument("bundle", type=Path)
    parser.add_argument("--root", default="", help="a root known from elsewhere, hex or base64")
    parser.add_argument("--json", action="store_true", help="print one JSON document")
    given = parser.parse_args(arguments)
    report = verify_path(given.bundle, root=given.root)
    text = json.dumps(asdict(report)) + "\n" if given.json else in_words(report)
    sys.stdout.buffer.write(text.encode("utf-8"))
    return 0 if report.sound else 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
