"""One exercise, told whole, as every view of the record is tested on it."""

import subprocess
import sys
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path

from mechanism.lifecycle import NoticeState, RecordState
from mechanism.vocabulary import Kind, Rank
from records.content import (
    AgendaItem,
    ConcurrenceLine,
    DoneBy,
    FigureLine,
    FollowUpLine,
    Happening,
    Mark,
    Meeting,
    MemberLine,
    Participant,
    Participation,
    PlaybookMark,
    RecordModel,
    Reservation,
    Seal,
)

TRIGGER = datetime(2026, 5, 11, 2, 14, 8, tzinfo=UTC)


CAST = [
    ("AU", "Australia", "Co-chair's duty desk", 0, "passkey", "signed in"),
    ("ID", "Indonesia", "Co-chair's duty desk", 148, "one-time link", "link and name"),
    ("NZ", "New Zealand", "Duty officer", 190, "passkey", "signed in"),
    ("MY", "Malaysia", "Maritime agency desk", 304, "SMS reply", "number on file"),
    ("IO1", "Organisation for Migration (fictional)", "Regional desk", 442, "one-time link", ""),
    ("TH", "Thailand · ประเทศไทย", "Security council desk", 594, "e-mail", "DKIM passed"),
    (
        "BD",
        "Bangladesh · বাংলাদেশ",
        "Migration desk",
        1142,
        "telephone",
        "called back, code word given",
    ),
    ("LK", "Sri Lanka · ශ්‍රී ලංකාව", "Naval duty desk", 1458, "one-time link", "link and name"),
    ("PK", "Pakistan · پاکستان", "Duty desk", 2110, "SMS reply", "number on file"),
    ("MM", "Myanmar · မြန်မာ", "Border affairs desk", 3911, "one-time link", "link and name"),
    ("MV", "Maldives · ދިވެހިރާއްޖެ", "Coast guard desk", None, "", ""),
    ("VN", "Viet Nam", "Consular duty desk", None, "", ""),
]


def at(seconds: int) -> datetime:
    return TRIGGER + timedelta(seconds=seconds)


def member(row: tuple[str, str, str, int | None, str, str]) -> MemberLine:
    code, name, office, seconds, channel, assurance = row
    if seconds is None:
        return MemberLine(code, name, NoticeState.UNREACHED, first_told_at=at(9))
    return MemberLine(
        code,
        name,
        NoticeState.ACKNOWLEDGED,
        acknowledged_at=at(seconds),
        acknowledged_by=office,
        rank=Rank.ALTERNATE_1 if seconds > 1000 else Rank.PRIMARY,
        channel=channel,
        assurance=assurance,
        first_told_at=at(min(9, seconds)),
        late=seconds > 3600,
    )


def chronology() -> tuple[Happening, ...]:
    opening = [
        Happening(at(0), "Australia triggered the exercise"),
        Happening(at(7), "First message left 7 s after the trigger"),
        Happening(at(20), "Viet Nam: SMS failed, number not in service"),
        Happening(at(29), "Viet Nam: e-mail bounced, mailbox does not exist"),
        Happening(at(148), "Indonesia agreed as co-chair"),
    ]
    told = (
        (at(900 + n * 12), f"Reminder {n + 1} sent to members not heard from") for n in range(40)
    )
    answers = ((at(row[3]), f"{row[1]} acknowledged by {row[4]}") for row in CAST if row[3])
    rest = [Happening(moment, text) for moment, text in chain(told, answers)]
    return tuple(sorted([*opening, *rest], key=lambda row: row.at))


def meeting() -> Meeting:
    joined = [
        Participant(row[1], row[2], Participation.JOINED if row[3] else Participation.ABSENT)
        for row in CAST[1:9]
    ]
    return Meeting(
        number=1,
        level="senior officials",
        modality="by video",
        starts=at(11752),
        ends=at(15952),
        place="Conference room 3 of the host (link in the invitation)",
        participants=(
            Participant("Australia", "Co-chair", Participation.JOINED),
            *joined,
            Participant("Myanmar · မြန်မာ", "", Participation.REGRETS, "written view submitted"),
            Participant(
                "Maldives · ދިވެހިރާއްޖެ", "Coast guard desk", Participation.SENT_SOMEONE, "its embassy"
            ),
            Participant("Viet Nam"),
        ),
        agenda=(
            AgendaItem("Opening and adoption of the agenda"),
            AgendaItem(
                "Latest information",
                (
                    "The Meeting noted that two wooden boats with about 410 persons were adrift.",
                    "The Meeting recalled that the rescue coordination centre was informed first.",
                ),
            ),
            AgendaItem(
                "Coordination of support",
                ("Several participants offered reception capacity, subject to instructions.",),
            ),
        ),
        decisions=(
            "The Meeting agreed to exchange figures every six hours until stand-down.",
            "The Meeting tasked the secretariat with one page of contact points by noon.",
        ),
    )


def sample() -> RecordModel:
    return RecordModel(
        reference="BP-X-2026-003",
        activation=1,
        kind=Kind.EXERCISE,
        title="Boats in distress, northern Andaman Sea",
        marking="TLP:RED",
        playbook=PlaybookMark("maritime-distress", "3", "5f1d9e0c7a" * 6 + "abcd"),
        triggered=DoneBy("Duty officer, co-chair Australia", TRIGGER),
        generated_at=at(86400),
        state=RecordState.DRAFT,
        revision=2,
        simulated_clock=True,
        kept_inside=True,
        situation=(
            "Two wooden boats, about 410 persons, drift without power near 10.5° N 95.5° E.\n"
            "Weather is expected to worsen from 12 May. Two merchant ships stand by."
        ),
        figures=(
            FigureLine(
                "Persons on board", "380", at(-3600), "merchant ship", "reported", "430", "persons"
            ),
            FigureLine("Boats", "2", at(-3600), "merchant ship", "confirmed"),
            FigureLine("Nearest port", "150", None, "chart", "estimated", unit="nautical miles"),
        ),
        concurrence=(ConcurrenceLine("Indonesia", "Agreed", at(148), "by one-time link"),),
        deadline=at(3600),
        first_message_at=at(7),
        members=tuple(map(member, CAST)),
        marks=(Mark("reminder", at(900)), Mark("alternates", at(1800))),
        chronology=chronology(),
        meeting=meeting(),
        follow_ups=(
            FollowUpLine(
                1, "Circulate figures every six hours", "Secretariat", date(2026, 5, 12), "open"
            ),
            FollowUpLine(2, "Confirm reception capacity", "Participants", None, "open"),
            FollowUpLine(
                3,
                "Correct Viet Nam's contact points in the directory",
                "Secretariat",
                date(2026, 5, 18),
                "done",
            ),
        ),
        reservations=(
            Reservation("Malaysia", "The offer in paragraph 3 is subject to written instructions."),
        ),
        seal=Seal(
            "ccm.example/situation/BP-X-2026-003",
            187,
            "XcnaeacGWamtVZy3Ad7Zoqudgjqtb0lgz+Nw7/RgQyg=",
        ),
    )


NAUGHTY = '#read("/etc/passwd") <script>alert(1)</script> {{ x }} {% raw %} & =1+1 $x$ *b* _i_ @a'


def in_another_process(code: str) -> bytes:
    """What a fresh interpreter writes for the sample `model`, with another hash seed."""
    start = "import sys, runpy\n"
    start += f"model = runpy.run_path({str(Path(__file__))!r})['sample']()\n"
    ran = subprocess.run(  # noqa: S603
        [sys.executable, "-c", start + code],
        capture_output=True,
        check=True,
        cwd=Path(__file__).parents[2],
        env={"PYTHONPATH": ".", "PYTHONHASHSEED": "4711", "TZ": "Asia/Jakarta"},
    )
    return ran.stdout
