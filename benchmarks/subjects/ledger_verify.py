"""How fast is a bundle verified, beside reading and hashing the same events?"""

import hashlib
import json
import tempfile
import zipfile
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Final

from benchmarks.measuring import Benchmark, Measured, in_turns, seconds
from records import verify

LOG: Final = "BP-X-2026-001"


def ledger_verify(events: int, *, rounds: int) -> Measured:
    """Seconds for one bundle of so many events."""
    with tempfile.TemporaryDirectory() as folder:
        bundle = Path(folder) / "bundle.zip"
        _write(bundle, events)
        ours, limit = in_turns(
            lambda: seconds(lambda: _verified(bundle, events)),
            lambda: seconds(lambda: _read_and_hashed(bundle)),
            rounds=rounds,
        )
    name = f"unzip, SHA-256 and json.loads of the same {events:,} events"
    return Measured(ours, "s", name, limit, events)


def _verified(bundle: Path, events: int) -> None:
    report = verify.verify_path(bundle)
    if not report.sound or report.events != events:
        raise ValueError(f"the bundle to be measured is unsound: {report.reason}")


def _read_and_hashed(bundle: Path) -> None:
    with zipfile.ZipFile(bundle) as archive, archive.open("events.jsonl") as file:
        for line in file:
            hashlib.sha256(line).digest()
            json.loads(line)


def _write(bundle: Path, events: int) -> None:
    """A sound bundle, written line by line, so that a million events need little memory."""
    hashes: dict[str, str] = {}
    with zipfile.ZipFile(bundle, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        tree, digest = verify.Frontier(), hashlib.sha256()
        with archive.open("events.jsonl", "w", force_zip64=False) as file:
            for line in _events(events):
                tree.append(verify.leaf_hash(line))
                digest.update(line + b"\n")
                file.write(line + b"\n")
        hashes["events.jsonl"] = digest.hexdigest()
        checkpoint = f"{LOG}\n{tree.size}\n{verify.in_base64(tree.root())}\n"
        others = dict.fromkeys(verify.REQUIRED - {"events.jsonl", "manifest.json"}, "")
        for name, content in {**others, "checkpoint.txt": checkpoint}.items():
            archive.writestr(name, content)
            hashes[name] = hashlib.sha256(content.encode()).hexdigest()
        manifest = {
            "format": verify.FORMAT,
            "log": LOG,
            "exported": {"at": "2026-11-02T03:14:00Z", "by": "benchmark", "reason": "benchmark"},
            "files": hashes,
        }
        seal = verify.manifest_seal(manifest)
        archive.writestr("manifest.json", verify.canonical({**manifest, "seal": seal}))


def _events(count: int) -> Iterator[bytes]:
    for number in range(count):
        yield verify.canonical(
            {
                "specversion": "1.0",
                "id": f"{number:032x}",
                "source": "/consultation-mechanism",
                "type": "cm.message.queued.v1",
                "subject": f"message/{number}",
                "time": "2026-11-02T03:14:15.926Z",
                "recordedtime": "2026-11-02T03:14:15.926Z",
                "correlationid": LOG,
                "causationid": None,
                "authtype": "engine",
                "authid": "engine",
                "datacontenttype": "application/json",
                "data": {
                    "actor": {"type": "engine", "role": "", "government": ""},
                    "evidence": [f"sha256:{'0' * 64}"],
                    "purpose": "first_notice",
                    "channel": "email",
                    "notice": number,
                    "rung": 0,
                },
            }
        )


BENCHMARKS: Final = (
    Benchmark("ledger_verify_100k", partial(ledger_verify, 100_000, rounds=1)),
    Benchmark("ledger_verify_1m", partial(ledger_verify, 1_000_000, rounds=1), long=True),
)
