import html
import re
from datetime import datetime
from io import BytesIO
from urllib.parse import unquote
from zoneinfo import ZoneInfo

import pytest
from pypdf import PdfReader
from sqlalchemy import select

from mechanism.lifecycle import ConveningState, RecordState
from mechanism.vocabulary import AttendanceAnswer, MessagePurpose, PointKind
from store.installation import Installation
from store.tables import Convening, Message, Record
from tests.support.consultation import activated
from tests.support.web import Browser, NewBrowser
from tests.support.web_acts import OCCASION

HERE = "/situation/BP-2026-001/meeting"
RECORD = "/situation/BP-2026-001/record"


def sent(desk: Browser, **changed: str) -> str:
    desk.open(HERE)
    return desk.send(HERE, {**OCCASION, **changed}, act="send")


def convening(installation: Installation) -> Convening:
    with installation.database.reading() as session:
        found = session.scalars(select(Convening)).one()
        found.attendances, found.points, found.follow_ups  # noqa: B018 - loaded while it can be
        session.expunge_all()
    return found


def test_the_form_stands_filled_in_with_the_playbooks_proposal(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)

    page = browser("co_chair-au").open(HERE)

    assert 'value="2026-11-23"' in page
    assert 'value="18:00"' in page  # 07:00 UTC is the next half hour after three hours
    assert "senior officials" in page
    assert page.partition("s proposal</h2>")[2].count("in office") == 4
    assert "18:00 Canberra" in page


def test_the_check_says_how_the_hour_finds_everybody_and_sends_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    co_chair.open(HERE)

    co_chair.send(HERE, {**OCCASION, "hour": "23:30"}, status=200, act="check")

    assert "1 of 5 members would be asleep" in co_chair.page
    assert "Send the invitations to 5 members" in co_chair.page
    with installation.database.reading() as session:
        assert session.scalars(select(Convening)).all() == []


def test_what_was_checked_is_what_is_sent_by_email_and_sms(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    co_chair.open(HERE)
    co_chair.send(HERE, OCCASION, status=200, act="check")
    carried = dict(re.findall(r'type="hidden" name="(\w+)" value="([^"]*)"', co_chair.page))

    where = co_chair.send(HERE, {**carried, "act": "send"})

    assert where == f"{HERE}?done=sent"
    assert "18:00 Canberra" in co_chair.open(where)
    fixed = convening(installation)
    assert fixed.starts_at.isoformat() == "2026-11-23T07:00:00+00:00"
    assert fixed.agenda == OCCASION["agenda"].split("\n")
    with installation.database.reading() as session:
        invited = select(Message).where(Message.purpose == MessagePurpose.INVITATION)
        messages = session.scalars(invited).all()
        assert {m.channel.value for m in messages} == {"email", "sms"}


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"day": "2026-11-22"}, "day"),
        ({"day": "tomorrow"}, "day"),
        ({"zone": "Mars/Olympus"}, "day"),
        ({"day": "2027-10-03", "hour": "02:30"}, "day"),  # the hour that summer time skips
        ({"length": "0"}, "length"),
        ({"place": " "}, "place"),
        ({"agenda": "\n\n"}, "agenda"),
    ],
)
def test_what_is_wrong_is_linked_to_its_field_and_what_was_typed_stays(
    browser: NewBrowser, installation: Installation, changed: dict[str, str], field: str
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    co_chair.open(HERE)

    typed = {**OCCASION, "dial_in": "+999900", **changed}
    co_chair.send(HERE, typed, status=400, act="check")

    assert f'href="#{field}"' in co_chair.page
    assert "+999900" in co_chair.page


def test_a_second_meeting_is_not_fixed_while_the_first_stands(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    sent(co_chair)

    co_chair.send(HERE, OCCASION, status=409, act="send")


def test_three_times_are_offered_and_one_press_fills_the_form(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    page = co_chair.open(HERE)
    offered = re.findall(r'href="(\?another=1&amp;at=[^"]+)"', page)

    assert 1 <= len(offered) <= 3
    assert "Soonest" in page
    chosen = html.unescape(offered[-1])
    at = datetime.fromisoformat(unquote(chosen.partition("at=")[2]))
    local = at.astimezone(ZoneInfo("Australia/Canberra"))
    page = co_chair.open(f"{HERE}{chosen}")
    assert f'value="{local:%Y-%m-%d}"' in page
    assert f'value="{local:%H:%M}"' in page


def test_time_or_place_is_changed_after_a_check_and_everybody_is_told(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    sent(co_chair)
    page = co_chair.open(f"{HERE}?change=1")
    assert OCCASION["place"] in page

    changed = {**OCCASION, "place": "https://meet.secretariat.example/another", "changes": "1"}
    co_chair.send(HERE, changed, status=200, act="check")
    assert "Tell the change to" in co_chair.page
    co_chair.send(HERE, changed, act="change")

    page = co_chair.open(f"{HERE}?done=changed")
    assert "https://meet.secretariat.example/another" in page
    assert "The meeting is changed" in page


def test_a_meeting_is_cancelled_with_a_reason_and_another_can_be_set_up(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    co_chair = browser("co_chair-au")
    sent(co_chair)
    co_chair.open(HERE)

    co_chair.send(HERE, status=400, act="cancel")
    assert 'href="#reason"' in co_chair.page
    co_chair.send(HERE, act="cancel", reason="The boats have landed")

    page = co_chair.open(HERE)
    assert "Cancelled" in page
    assert "Set up another meeting" in page


def test_an_auditor_reads_the_meeting_and_changes_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    sent(browser("co_chair-au"))
    auditor = browser("auditor")

    page = auditor.open(HERE)

    assert "Close and draft the record" not in page
    auditor.send(HERE, status=403, act="close")


def test_attendance_is_one_tap_a_member(browser: NewBrowser, installation: Installation) -> None:
    activated(installation)
    secretariat = browser("secretariat")
    sent(secretariat)
    secretariat.open(HERE)

    where = secretariat.send(HERE, act="attendance", member="BD", answer="attended", delegate="")
    secretariat.send(
        HERE, act="attendance", member="LK", answer="delegated", delegate="Deputy desk"
    )

    assert where == f"{HERE}#member-BD"
    answers = {a.member_code: a.answer for a in convening(installation).attendances}
    assert answers["BD"] is AttendanceAnswer.ATTENDED
    assert answers["LK"] is AttendanceAnswer.DELEGATED
    assert "Deputy desk" in secretariat.open(HERE)


@pytest.mark.parametrize(("member", "answer"), [("XX", "attended"), ("BD", "invited")])
def test_attendance_of_nobody_invited_is_refused(
    browser: NewBrowser, installation: Installation, member: str, answer: str
) -> None:
    activated(installation)
    secretariat = browser("secretariat")
    sent(secretariat)
    secretariat.open(HERE)

    secretariat.send(HERE, status=400, act="attendance", member=member, answer=answer)


def test_points_decisions_and_follow_ups_are_noted_and_shown_as_letters(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    secretariat = browser("secretariat")
    sent(secretariat)
    secretariat.open(HERE)

    secretariat.send(HERE, act="point", item="1", kind="point", text="<b>Six boats</b>")
    secretariat.send(HERE, act="point", item="2", kind="decision", text="Exchange positions.")
    secretariat.send(
        HERE, act="follow_up", action="List places of safety", owner="Indonesia",
        due_on="2026-12-01",
    )  # fmt: skip

    page = secretariat.open(HERE)
    assert "&lt;b&gt;Six boats" in page
    assert [p.kind for p in convening(installation).points] == [PointKind.POINT, PointKind.DECISION]
    assert "2026-12-01" in page


def test_an_empty_note_is_linked_to_its_field(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    secretariat = browser("secretariat")
    sent(secretariat)
    secretariat.open(HERE)

    secretariat.send(HERE, status=400, act="point", item="1", kind="point", text=" ")
    assert 'href="#text"' in secretariat.page
    secretariat.send(
        HERE, status=400, act="follow_up", action="A list", owner="Indonesia", due_on="soon"
    )

    assert 'href="#due_on"' in secretariat.page


def held(browser: NewBrowser, installation: Installation) -> Browser:
    activated(installation)
    co_chair = browser("co_chair-au")
    sent(co_chair)
    co_chair.open(HERE)
    co_chair.send(HERE, act="attendance", member="BD", answer="attended", delegate="")
    assert co_chair.send(HERE, act="close") == f"{RECORD}?done=drafted"
    return co_chair


def test_closing_marks_who_did_not_come_and_drafts_the_record(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = held(browser, installation)

    closed = convening(installation)
    assert closed.state is ConveningState.HELD
    answers = {a.member_code: a.answer for a in closed.attendances}
    assert answers["BD"] is AttendanceAnswer.ATTENDED
    assert answers["TH"] is AttendanceAnswer.ABSENT
    assert "Revision 1" in co_chair.open(RECORD)
    co_chair.send(HERE, status=409, act="close")


def test_the_record_comes_as_pdf_and_as_word_with_a_name_of_its_own(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = held(browser, installation)

    as_pdf = co_chair.client.get(f"{RECORD}/1/pdf")
    as_docx = co_chair.client.get(f"{RECORD}/1/docx")

    assert "BP-2026-001" in PdfReader(BytesIO(as_pdf.content)).pages[0].extract_text()
    assert as_docx.content.startswith(b"PK")
    assert 'filename="BP-2026-001-record-1.pdf"' in as_pdf.headers["content-disposition"]
    co_chair.open(f"{RECORD}/1/exe", status=404)
    co_chair.open(f"{RECORD}/2/pdf", status=404)


def test_a_co_chair_adopts_a_draft_once_and_the_secretariat_never(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = held(browser, installation)
    secretariat = browser("secretariat")
    assert "Adopt revision" not in secretariat.open(RECORD)
    secretariat.send(f"{RECORD}/1/adopt", status=403)
    co_chair.open(RECORD)

    co_chair.send(f"{RECORD}/1/adopt")
    co_chair.send(f"{RECORD}/1/adopt", status=409)

    with installation.database.reading() as session:
        assert session.scalars(select(Record)).one().state is RecordState.ADOPTED


def test_a_further_draft_leaves_an_adopted_revision_standing(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = held(browser, installation)
    co_chair.open(RECORD)
    co_chair.send(f"{RECORD}/1/adopt")

    co_chair.send(RECORD)

    with installation.database.reading() as session:
        states = session.scalars(select(Record.state).order_by(Record.revision)).all()
    assert states == [RecordState.ADOPTED, RecordState.DRAFT]
