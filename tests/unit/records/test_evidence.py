"""What leaves the installation as evidence, and whether its verifier would notice."""

import csv
import hashlib
import io
import json
import subprocess
import sys
import zipfile
from base64 import urlsafe_b64encode
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records import evidence, verify
from records.evidence import Bundle, RefusedBundleError, merkle_root, write_bundle

LOG = "ccm.example/situation/BP-X-2026-003"
EXPORTED = datetime(2026, 5, 12, 8, 0, tzinfo=UTC)
NAUGHTY = '=HYPERLINK("http://evil.example") <script>alert(1)</script> {{ x }} #read("/etc/passwd")'


def disclosure(name: str, value: str, number: int) -> tuple[str, str]:
    salt = f"{number:022}"
    text = urlsafe_b64encode(json.dumps([salt, name, value]).encode()).rstrip(b"=").decode()
    return verify.digest_of(text), text


PRIVATE = [disclosure("number", f"+999 050 00{n}", n) for n in range(3)]


def event(number: int, /, **data: object) -> bytes:
    return verify.canonical(
        {
            "specversion": "1.0",
            "id": f"01J{number:05}",
            "source": "https://ccm.example",
            "type": "cm.notice.notified.v1",
            "subject": f"notice/{number}",
            "time": f"2026-05-11T02:14:{number:02}.000Z",
            "recordedtime": f"2026-05-11T02:14:{number:02}.120Z",
            "correlationid": "BP-X-2026-003",
            "authtype": "office",
            "authid": "co-chair-au",
            "datacontenttype": "application/json",
            "data": data,
        }
    )


LINES = [
    event(0, title=NAUGHTY),
    *(event(n, number={"...": PRIVATE[n][0]}) for n in range(1, 3)),
    event(3, to={"phone": [{"...": PRIVATE[0][0]}]}),
    event(4, text="မြန်မာ"),
]
FILES = {
    "record/record.pdf": b"%PDF-",
    "messages/0f.txt": b"BP-X-2026-003 urgent consultation",
    "replies/1.eml": b"From: duty@mfa.bd.example\r\n\r\nOK 48213\r\n",
}


def write(
    lines: list[bytes] = LINES,
    disclosures: dict[str, str] | None = None,
    files: dict[str, bytes] = FILES,
) -> tuple[bytes, Bundle]:
    out = io.BytesIO()
    bundle = write_bundle(
        out,
        log=LOG,
        lines=lines,
        disclosures=dict(PRIVATE[:2]) if disclosures is None else disclosures,
        files=files,
        exported_by="auditor, office of the co-chair",
        exported_at=EXPORTED,
        reason="review of the exercise",
    )
    return out.getvalue(), bundle


WHOLE, BUNDLE = write()


def contents(packed: bytes = WHOLE) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(packed)) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def repacked(files: dict[str, bytes]) -> bytes:
    return evidence._packed(files)


def remade(files: dict[str, bytes]) -> bytes:
    """As a forger would: the manifest again agrees with the files."""
    rest = {name: octets for name, octets in files.items() if name != "manifest.json"}
    exported = {"at": "2026-05-12T08:00:00Z", "by": "forger", "reason": "none"}
    return repacked({**rest, "manifest.json": evidence._manifest(LOG, exported, rest)})


def verdict(packed: bytes, root: str = "") -> verify.Report:
    return verify.verify(io.BytesIO(packed), root=root)


def test_a_bundle_is_sound_and_says_what_is_disclosed_and_what_is_not() -> None:
    report = verdict(WHOLE)

    assert (report.sound, report.reason) == (True, verify.VERDICT)
    assert (report.events, report.disclosed, report.withheld) == (5, 2, 1)
    assert (report.root, report.events) == (BUNDLE.root, BUNDLE.size)
    assert hashlib.sha256(WHOLE).hexdigest() == BUNDLE.sha256
    assert report.exported["by"] == "auditor, office of the co-chair"


def test_the_same_log_exported_twice_is_the_same_file() -> None:
    assert write() == (WHOLE, BUNDLE)


def test_a_bundle_can_be_written_to_a_path(tmp_path: Path) -> None:
    path = tmp_path / "x.evidence.zip"

    write_bundle(
        path,
        log=LOG,
        lines=[],
        disclosures={},
        files={},
        exported_by="a",
        exported_at=EXPORTED,
        reason="b",
    )

    assert verify.verify_path(path).sound


@given(st.data())
def test_any_byte_changed_in_any_file_is_noticed(data: st.DataObject) -> None:
    files = contents()
    name = data.draw(st.sampled_from(sorted(files)))
    place = data.draw(st.integers(0, len(files[name]) - 1))
    other = data.draw(st.integers(1, 255))
    octets = bytearray(files[name])
    octets[place] ^= other

    report = verdict(repacked({**files, name: bytes(octets)}))

    assert not report.sound


def test_any_byte_changed_in_the_small_files_is_noticed_at_every_place() -> None:
    files = contents()
    for name in ("manifest.json", "checkpoint.txt", "disclosures.txt", "record/record.pdf"):
        for place in range(len(files[name])):
            octets = bytearray(files[name])
            octets[place] ^= 1
            assert not verdict(repacked({**files, name: bytes(octets)})).sound, (name, place)


@given(place=st.integers(0, len(WHOLE) - 1), other=st.integers(1, 255))
def test_a_byte_changed_in_the_zip_is_noticed_or_changes_no_content(place: int, other: int) -> None:
    packed = bytearray(WHOLE)
    packed[place] ^= other

    report = verdict(bytes(packed))

    assert not report.sound or contents(bytes(packed)) == contents()


LINE_FORGERIES: dict[str, Callable[[list[bytes]], list[bytes]]] = {
    "changed": lambda lines: [*lines[:1], lines[1].replace(b"02:14:01", b"02:14:02"), *lines[2:]],
    "removed": lambda lines: [*lines[:2], *lines[3:]],
    "swapped": lambda lines: [lines[1], lines[0], *lines[2:]],
    "cut short": lambda lines: lines[:-1],
    "added": lambda lines: [*lines, event(9)],
}


@pytest.mark.parametrize("forgery", LINE_FORGERIES)
def test_a_forged_ledger_is_noticed_even_when_the_manifest_was_remade(forgery: str) -> None:
    lines = LINE_FORGERIES[forgery](LINES)
    files = {**contents(), "events.jsonl": evidence._ended(lines)}

    report = verdict(remade(files))

    assert not report.sound
    assert report.reason.startswith(("checkpoint.txt counts", "the events are not those"))


@pytest.mark.check(45)
def test_an_insider_who_seals_again_is_found_out_by_a_root_from_elsewhere() -> None:
    lines = LINE_FORGERIES["changed"](LINES)
    forged, _ = write(lines, disclosures={})

    assert verdict(forged).sound  # and it says: not proven against the operator
    assert not verdict(forged, root=BUNDLE.root).sound


@pytest.mark.parametrize("size", [1, 3, 5])
@pytest.mark.parametrize("form", ["hex", "base64", "base64url"])
def test_a_root_from_elsewhere_may_be_an_earlier_one(size: int, form: str) -> None:
    root = merkle_root(LINES[:size])
    text = {
        "hex": root.hex(),
        "base64": verify.in_base64(root),
        "base64url": urlsafe_b64encode(root).rstrip(b"=").decode(),
    }[form]

    assert verdict(WHOLE, root=text).given_root_at == size


@pytest.mark.parametrize("root", ["abc", "ü" * 64, "=", "0" * 63, "A" * 43 + "=="])
def test_a_root_that_is_none_is_a_failure_and_no_traceback(root: str) -> None:
    assert not verdict(WHOLE, root=root).sound


LINES_THAT_ARE_NOT_CANONICAL = {
    "space": b'{"a": 1}',
    "order": b'{"id":"1","a":1}',
    "repeated key": b'{"a":1,"a":2}',
    "float": b'{"a":1.5}',
    "not a number": b'{"a":NaN}',
    "escaped letter": rb'{"a":"\u00e9"}',
    "half a pair": rb'{"a":"\ud800"}',
    "not UTF-8": b'{"a":"\xff"}',
    "deep": b"[" * 100_000,
    "not JSON": b"hello",
    "a list": b"[]",
    "nameless": b'{"id":"1"}',
    "huge": verify.canonical({"id": "1", "type": "t", "time": "t", "source": "s", "n": 2**53}),
    "key": verify.canonical({"id": "1", "type": "t", "time": "t", "source": "s", "ü": 1}),
    "commitment": verify.canonical(
        {"id": "1", "type": "t", "time": "t", "source": "s", "n": {"...": 1}}
    ),
    "beside it": verify.canonical(
        {"id": "1", "type": "t", "time": "t", "source": "s", "n": {"...": "A" * 43, "x": 1}}
    ),
}


@pytest.mark.parametrize("kind", LINES_THAT_ARE_NOT_CANONICAL)
def test_an_event_that_is_not_canonical_is_refused_by_verifier(kind: str) -> None:
    lines = [LINES[0], LINES_THAT_ARE_NOT_CANONICAL[kind]]
    files = {
        **contents(),
        "events.jsonl": evidence._ended(lines),
        "disclosures.txt": b"",
        "checkpoint.txt": evidence._checkpoint(LOG, lines),
    }

    report = verdict(remade(files))

    assert not report.sound
    assert report.reason.startswith("event 2 ")


def test_a_repeated_id_or_commitment_is_refused() -> None:
    for twice in (LINES[0], LINES[1].replace(b"01J00001", b"01J00009")):
        with pytest.raises(RefusedBundleError, match="event 6 repeats an earlier"):
            write([*LINES, twice], disclosures={})


DISCLOSURE_FORGERIES = {
    "stray": [disclosure("number", "+999 1", 9)[1]],
    "twice": [PRIVATE[0][1], PRIVATE[0][1]],
    "no list": [urlsafe_b64encode(b'"x"').decode().rstrip("=")],
    "no salt": [urlsafe_b64encode(b'["","n","v"]').decode().rstrip("=")],
    "not base64": ["####"],
    "empty": [""],
}


@pytest.mark.parametrize("forgery", DISCLOSURE_FORGERIES)
def test_a_disclosure_that_opens_no_commitment_is_refused(forgery: str) -> None:
    lines = [line.encode() for line in DISCLOSURE_FORGERIES[forgery]]

    report = verdict(remade({**contents(), "disclosures.txt": evidence._ended(lines)}))

    assert not report.sound
    assert report.reason.startswith("disclosure ")


def test_an_export_with_a_stray_disclosure_never_leaves() -> None:
    with pytest.raises(RefusedBundleError, match="belongs to no event"):
        write(disclosures=dict([disclosure("number", "+999 1", 9)]))


def test_everything_may_be_withheld_and_the_log_still_verifies() -> None:
    packed, _ = write(disclosures={})

    assert (verdict(packed).disclosed, verdict(packed).withheld) == (0, 3)


CHECKPOINTS = {
    "signed by somebody": (b"\n\xe2\x80\x94 witness.example AAAA\n", True, 1),
    "blank but unsigned": (b"\n", False, 0),
    "not a signature": (b"\nwitness.example AAAA\n", False, 0),
    "a fourth line": (b"more\n", False, 0),
}


@pytest.mark.parametrize("case", CHECKPOINTS)
def test_signatures_on_the_checkpoint_are_left_unjudged_and_all_else_refused(case: str) -> None:
    more, sound, signatures = CHECKPOINTS[case]
    files = contents()

    report = verdict(remade({**files, "checkpoint.txt": files["checkpoint.txt"] + more}))

    assert (report.sound, report.signatures) == (sound, signatures)


def hostile(name: str, **member: object) -> bytes:
    files, packed = contents(), io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for known, octets in files.items():
            archive.writestr(known, octets)
        info = zipfile.ZipInfo(name)
        for field, value in member.items():
            setattr(info, field, value)
        archive.writestr(info, b"x")
    return packed.getvalue()


@pytest.mark.parametrize(
    "name",
    [
        "/etc/passwd",
        "../up",
        "record/../../up",
        "record//x",
        "C:\\x",
        "record/",
        "elsewhere/x",
        "record/.hidden",
        "record/ümlaut",
        "unlisted.txt",
        "record/unlisted.pdf",
    ],
)
def test_a_name_that_could_do_harm_or_is_not_listed_is_refused(name: str) -> None:
    assert not verdict(hostile(name)).sound


def test_a_repeated_name_is_refused() -> None:
    with pytest.warns(UserWarning, match="Duplicate name"):
        packed = hostile("verify.py")

    assert verdict(packed).reason == "holds the same name twice"


@pytest.mark.parametrize(
    "packed",
    [
        b"",
        b"PK",
        b"hello" * 100,
        WHOLE[:-10],
        WHOLE[10:],
        WHOLE + b"more",
        b"more" + WHOLE,
        hostile("record/x", comment=b"hidden"),
        hostile("record/x", extra=b"\x99\x99\x04\x00abcd"),
    ],
)
def test_bytes_that_belong_to_no_file_or_are_no_zip_end_in_a_verdict(packed: bytes) -> None:
    assert not verdict(packed).sound


def test_a_file_that_unpacks_to_a_flood_is_refused_unread(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(verify, "MOST_BYTES", 1000)

    assert verdict(WHOLE).reason == "unpacks to more than is allowed"


@given(st.sampled_from(sorted(contents())), st.binary(max_size=200))
def test_whatever_a_file_holds_it_ends_in_a_verdict(name: str, octets: bytes) -> None:
    report = verdict(remade({**contents(), name: octets}))

    assert report.sound or report.reason


def run(path: Path, *options: str, flags: tuple[str, ...] = ("-S", "-I")) -> tuple[int, str, str]:
    command = [sys.executable, *flags, str(path.parent / "verify.py"), str(path), *options]
    ran = subprocess.run(command, capture_output=True, cwd="/", check=False)  # noqa: S603
    return ran.returncode, ran.stdout.decode(), ran.stderr.decode()


@pytest.fixture
def carried(tmp_path: Path) -> Path:
    """The bundle on the auditor's machine, with the verifier taken out of it."""
    (tmp_path / "x.zip").write_bytes(WHOLE)
    (tmp_path / "verify.py").write_bytes(contents()["verify.py"])
    return tmp_path / "x.zip"


def test_the_verifier_in_the_bundle_runs_with_nothing_installed(carried: Path) -> None:
    status, said, complained = run(carried)

    assert (status, complained) == (0, "")
    assert "OK: unchanged since sealed; not proven against the operator." in said
    assert "2 disclosed and matching, 1 withheld or erased" in said


def test_the_verifier_speaks_json(carried: Path) -> None:
    status, said, _ = run(carried, "--json", "--root", merkle_root(LINES[:3]).hex())

    report = json.loads(said)
    assert (status, report["sound"], report["given_root_at"]) == (0, True, 3)


def test_a_damaged_bundle_is_a_failure_with_a_reason_and_no_traceback(carried: Path) -> None:
    carried.write_bytes(repacked({**contents(), "events.csv": b"changed"}))

    assert run(carried) == (1, "FAIL: events.csv was changed\n", "")


def test_a_bundle_that_is_not_there_is_a_failure(carried: Path) -> None:
    carried.unlink()

    status, said, complained = run(carried, "--json")

    assert (status, json.loads(said)["sound"], complained) == (1, False, "")


def test_the_verifier_is_written_in_python_3_9() -> None:
    import ast  # noqa: PLC0415

    ast.parse(contents()["verify.py"], feature_version=(3, 9))


@pytest.mark.check(5)
def test_the_spreadsheet_holds_no_formula_and_the_page_no_script() -> None:
    lines = [event(5).replace(b'"subject":"notice/5"', b'"subject":"=1+1"'), LINES[0]]
    packed, _ = write(lines, disclosures={})

    files = contents(packed)
    rows = list(csv.reader(io.StringIO(files["events.csv"].decode("utf-8-sig"))))
    assert files["events.csv"].startswith(b"\xef\xbb\xbf")
    assert rows[1][4] == "'=1+1"
    assert not any(cell.startswith(("=", "+", "-", "@")) for row in rows for cell in row)
    assert b"<script" not in files["index.html"]
    assert b"&lt;script&gt;" in files["index.html"]
    assert b"{{ x }}" in files["index.html"]
    assert b"http-equiv" in files["index.html"]


def test_a_file_outside_the_known_folders_is_refused() -> None:
    for name in ("manifest.json", "../x", "record/../../x", "other/x", "record/"):
        with pytest.raises(RefusedBundleError):
            write(files={name: b""})


@pytest.mark.parametrize("line", [b"hello", b"[]", b'{"id": "spaced"}', b"\xff"])
def test_a_line_that_is_no_canonical_event_never_leaves(line: bytes) -> None:
    with pytest.raises(RefusedBundleError, match="event 6 "):
        write([*LINES, line])


def test_an_export_without_a_zone_in_its_time_is_refused() -> None:
    with pytest.raises(RefusedBundleError):
        evidence._instant(EXPORTED.replace(tzinfo=None))
    assert evidence._instant(EXPORTED + timedelta(seconds=1)) == "2026-05-12T08:00:01Z"


def test_the_reference_names_every_file_of_a_bundle() -> None:
    page = (Path(__file__).parents[3] / "docs/reference/evidence-bundle.md").read_text()

    named = [*verify.REQUIRED, *verify.FOLDERS]
    assert [name for name in named if f"`{name}`" not in page] == []
    assert verify.FORMAT in page
    assert verify.VERDICT in page
