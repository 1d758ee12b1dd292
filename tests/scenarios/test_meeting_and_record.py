"""From the quorum to the meeting, its record, and evidence that nobody can change unseen."""

import io
import zipfile
from collections.abc import Iterator

import icalendar
import pytest

from convening import meeting as convening_meeting
from convening import record
from records import verify
from simulator import Attends
from store.tables import Record
from tests.support.scene import Meeting, Scene


def has_quorum(installation: Scene) -> bool:
    with installation.installation.database.reading() as session:
        activation = installation.activation(session)
        quorum = convening_meeting.quorum_of(activation)
        return quorum.is_reached_by(convening_meeting.counting(activation))


def test_the_quorum_is_reached_when_enough_members_and_the_co_chairs_have_acknowledged(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates(
        "generic", affecting=["Lemuria", "Atlantis", "Mu", "Ys"]
    )
    for office in ("focal point of Lemuria", "duty officer of Lemuria", "focal point of Ys"):
        installation.mailbox(office)
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.link("focal point of Mu").acknowledges()
    assert not has_quorum(installation)  # three of five, but a co-chair is missing

    installation.mailbox("focal point of Lemuria").expects_mail("Acknowledge receipt").replies("OK")

    assert has_quorum(installation)
    assert installation.board.shows("4 of 5")


def test_invitations_carry_a_calendar_part_and_calendars_answer_it(installation: Scene) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    meeting = thule.fixes_the_meeting()

    invited = installation.mailbox("focal point of Atlantis").expects_mail("Invitation")
    event = icalendar.Calendar.from_ical(invited.received.calendar).walk("VEVENT")[0]
    assert event["UID"] == f"BP-2026-001-A1-M1@{installation.settings.mail_domain}"
    assert event["ATTENDEE"] == "mailto:desk@atlantis.example"
    installation.phone("focal point of Atlantis").expects_sms("meeting")

    invited.answers_its_invitation(Attends.ACCEPTED)
    installation.mailbox("focal point of Mu").expects_mail("Invitation").answers_its_invitation(
        Attends.DECLINED
    )
    installation.mailbox("focal point of Thule")

    assert meeting.attendance() == {
        "ATLANTIS": "confirmed",
        "MU": "regrets",
        "THULE": "invited",
    }
    assert installation.ledger.says(
        "Mu acknowledged by e-mail"
    )  # it has read it, whatever it answers


@pytest.fixture
def meeting(installation: Scene) -> Meeting:
    """A consultation that has come to its end, with a meeting that was held."""
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis", "Mu"])
    installation.phone("focal point of Atlantis").expects_sms("reply OK").replies("OK {code}")
    installation.link("focal point of Mu").acknowledges()
    meeting = thule.fixes_the_meeting()
    installation.mailbox("focal point of Atlantis").expects_mail(
        "Invitation"
    ).answers_its_invitation(Attends.ACCEPTED)
    installation.mailbox("focal point of Thule").expects_mail("Invitation")
    meeting.closes()
    thule.closes()
    return meeting


def test_the_record_is_drafted_and_adopted_from_what_is_remembered(
    installation: Scene, meeting: Meeting
) -> None:
    record_id = meeting.chair.writes_the_record()

    with installation.installation.database.transaction() as session:
        written = session.get_one(Record, record_id)
        assert written.pdf.startswith(b"%PDF")
        assert zipfile.is_zipfile(io.BytesIO(written.docx))
        assert '"Atlantis"' in written.model
        assert record.adopt(session, meeting.chair.act, written)
    assert installation.ledger.says("The record was adopted")


def test_the_evidence_verifies_and_fails_when_a_byte_of_any_line_is_changed(
    meeting: Meeting,
) -> None:
    meeting.chair.writes_the_record()

    bundle = meeting.chair.exports_the_evidence()

    report = verify.verify(io.BytesIO(bundle))
    assert report.sound, report.reason
    assert report.events > 60
    found = [verify.verify(io.BytesIO(forged)).sound for forged in forgeries(bundle)]
    assert len(found) == report.events
    assert not any(found)


def forgeries(bundle: bytes) -> Iterator[bytes]:
    """The bundle with one byte changed, in each line of its ledger in turn."""
    with zipfile.ZipFile(io.BytesIO(bundle)) as archive:
        files = {info: archive.read(info) for info in archive.infolist()}
    lines = next(c for info, c in files.items() if info.filename == "events.jsonl").split(b"\n")
    for number, line in enumerate(lines[:-1]):
        at = (number * 31) % len(line)
        changed = line[:at] + bytes([line[at] ^ 1]) + line[at + 1 :]
        out = io.BytesIO()
        with zipfile.ZipFile(out, "w") as archive:
            for info, content in files.items():
                is_ledger = info.filename == "events.jsonl"
                new = b"\n".join([*lines[:number], changed, *lines[number + 1 :]])
                archive.writestr(info, new if is_ledger else content)
        yield out.getvalue()
