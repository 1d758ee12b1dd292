"""One consultation in which whatever a person can type is code to somebody; all of it stays text.

What is typed is looked for where it comes out: pages, drawings, e-mails, texts, calendars, the
record as PDF and Word document, the table, the ledger, and the evidence.
"""

import csv
import html
import io
import json
import re
import shutil
from collections.abc import Iterator
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import docx
import icalendar
import pypdf
import pytest
from sqlalchemy import select

from convening.replies import handle
from mechanism.vocabulary import Channel, Door, Rank
from notifications.inbox import keep
from notifications.outbox import envelope
from notifications.provider import Outgoing
from notifications.twilio.callbacks import text_message
from records import verify
from store.installation import Installation
from store.tables import FocalPoint, LedgerEntry, Message, Record, Reply
from tests.support.busy_desk import STRANGER, Desk, a_desk
from tests.support.consultation import contact_of, office_of, token_of
from tests.support.five_members import furnish
from tests.support.web import Browser
from tests.support.web_acts import OCCASION, sent

LONG_WORD = "Donaudampfschiff" * 20
FAMILY = "👩‍👩‍👧‍👦"
TITLE = '=cmd() <script>1</script> ]> @l #import "x" $y$'
CODE = (
    "<script>alert(1)</script><img src=x onerror=alert(2)>\"'> ]> &amp; <!-- --> "
    '#import "@preview/x:1.0.0" #read("/etc/passwd") @link \\input{/etc/passwd} $x_1$ '
    "=cmd|' /C calc'!A1 {{ 7*7 }} {% raw %} `rm` ${HOME} %s %(x)s \\u202e"
)
WHAT = f"{CODE} {LONG_WORD} {FAMILY} \n\n=1+1\n+2\n-3\n@4"
SPOKEN_TO = f"Deputy <b>desk</b> {FAMILY} =1+1"
OFFICE = "=cmd|' /C calc'!A1 <b>desk</b>"
DELEGATE = '=HYPERLINK("http://elsewhere.example") <i>Deputy</i>'
FIGURE = {
    "figure_label_0": "=1+1 <b>adrift</b> #emph[x]",
    "figure_kind_0": "observed",
    "figure_value_0": "400",
    "figure_unit_0": "<u>persons</u>",
    "figure_source_0": "@source $x$ ]>",
    "figure_status_0": "reported",
}  # fmt: skip
BESIDE = {
    "where": CODE[:100],
    "region": "<b>x</b>",
    "mrcc_informed": CODE[:150],
    "actions_taken": "=1+1\n<b>2</b>",
    "not_known": CODE[:150],
}
CALL = {
    "form": "f1",
    "outcome": "reached_not_acknowledged",
    "how": "phone",
    "spoke_to": SPOKEN_TO,
    "note": CODE,
}
MEETING = {
    "level": "=1+1 <b>officials</b>",
    "place": CODE[:250],
    "dial_in": "@here <i>5</i>",
    "agenda": f"{CODE[:180]}\n=1+1\n#import x",
}
HERE = "/situation/BP-X-2026-001"
REVIEW = "/review/BP-X-2026-001"
ACTIVE = {"script", "img", "iframe", "object", "embed", "b", "u", "foreignobject", "math"}


@dataclass
class Inert(HTMLParser):
    """What a page holds that could act, and its text."""

    acts: list[str] = field(default_factory=list)
    said: str = ""

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        told = {name: value or "" for name, value in attrs}
        ours = tag == "script" and told.get("src", "").startswith("/static/")
        if tag in ACTIVE and not ours:
            self.acts.append(tag)
        self.acts += [f"{tag} {name}" for name in told if name.startswith("on")]
        self.acts += [f"{tag} {v}" for v in told.values() if v.lower().startswith("javascript:")]
        self.said += told.get("value", "")

    def handle_data(self, data: str) -> None:
        self.said += data


def text_of(page: str) -> str:
    """What a page says; nothing on it may act."""
    read = Inert()
    read.feed(page)
    assert read.acts == []
    return read.said


def squeezed(text: str) -> str:
    """Without the spaces, which each way of setting a text puts where it likes."""
    return "".join(text.split())


@dataclass(frozen=True)
class Held:
    """A consultation that was held, and whoever looks at it afterwards."""

    desk: Desk

    def opens(self, account: str, path: str) -> str:
        """The page, as the account's browser gets it."""
        return self.desk.browser(account).open(path)

    def messages(self, channel: Channel) -> list[tuple[Message, Outgoing]]:
        """Every message of a channel as it would leave."""
        installation = self.desk.installation
        with installation.database.reading() as session:
            rows = session.scalars(select(Message).where(Message.channel == channel)).all()
            return [
                (
                    m,
                    envelope.outgoing(
                        m, m.id, settings=installation.settings, now=installation.now()
                    ),
                )
                for m in rows
            ]

    def letters(self) -> list[tuple[Message, EmailMessage]]:
        """Every e-mail, as its reader's program takes it apart."""
        return [
            (message, message_from_bytes(out.raw, EmailMessage, policy=policy.default))
            for message, out in self.messages(Channel.EMAIL)
        ]


@pytest.fixture(scope="module")
def held(sqlite_pattern: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Held]:
    """From the trigger to the drafted record, everything hostile."""
    path = tmp_path_factory.mktemp("hostile") / "house.sqlite3"
    shutil.copy(sqlite_pattern, path)
    with a_desk(path) as desk:
        furnish(desk.installation.database)
        with desk.installation.database.transaction() as session:
            session.get_one(FocalPoint, office_of(desk.installation, "LK")).office = OFFICE
        canberra, jakarta = desk.browser("co_chair-au"), desk.browser("co_chair-id")
        sent(canberra, **FIGURE, title=TITLE, what_happened=WHAT, **BESIDE)
        jakarta.send(f"{HERE}/object", reason=CODE)
        canberra.send(f"{HERE}/resume", reason=CODE)
        update = {"kind": "situation_update", "situation_update_title": TITLE}
        canberra.send(f"{HERE}/text", update, situation_update_body=WHAT)
        meets(canberra)
        member_answers(desk.browser(STRANGER), desk.installation)
        canberra.send(f"{HERE}/call/LK", CALL)
        member_texts(desk.installation)
        canberra.send(f"{HERE}/meeting", act="close")
        yield Held(desk)


def meets(canberra: Browser) -> None:
    here = f"{HERE}/meeting"
    canberra.send(here, {**OCCASION, **MEETING}, act="send")
    attendance = {"act": "attendance", "member": "TH", "answer": "delegated", "delegate": DELEGATE}
    canberra.send(here, attendance)
    for kind in ("point", "decision"):
        canberra.send(here, act="point", item="1", kind=kind, text=CODE)
    canberra.send(here, act="follow_up", action=CODE, owner=OFFICE, due_on="2026-12-01")


def member_answers(member: Browser, installation: Installation) -> None:
    """Bangladesh acknowledges, and sends somebody; her phone turns the name round."""
    path = f"/a/{token_of(installation, 1, 'BD', Channel.EMAIL)}"
    member.open(path)
    member.send(path, answer="received", form_id="a1", office=str(office_of(installation, "BD")))
    member.open(path)
    turned = f"\u202e{DELEGATE}\r\nBcc: [[link]] ]]>"
    member.send(path, meeting="delegates", form_id="a2", delegate=turned)


def member_texts(installation: Installation) -> None:
    """Thailand writes what no rule can read, with signs that no text of ours may hold."""
    with installation.database.transaction() as session:
        number = contact_of(session, "TH", Channel.SMS, Rank.PRIMARY).address
        said = [("MessageSid", "SM1"), ("From", number), ("To", "+1"), ("Body", f"\0\u202e{CODE}")]
        reply = keep.keep(session, text_message(said), now=installation.now())
        assert reply is not None
        handle.handle(session, reply, now=installation.now(), settings=installation.settings)


@pytest.mark.check(1)
def test_on_every_page_it_is_text(held: Held) -> None:
    with held.desk.installation.database.reading() as session:
        events = session.query(LedgerEntry).filter_by(log="BP-X-2026-001").count()
        text = session.query(Reply).filter_by(door=Door.SMS).one().id
    token = token_of(held.desk.installation, 1, "LK", Channel.EMAIL)
    addresses = [
        *(("co_chair-au", f"{HERE}{one}") for one in ("", "/text", "/call", "/call/LK", "/record")),
        ("secretariat", f"{HERE}/meeting"),
        ("secretariat", "/replies"),
        ("secretariat", f"/replies/{text}"),
        ("auditor", REVIEW),
        *(("auditor", f"{REVIEW}/event/{number}") for number in range(1, events + 1)),
        (STRANGER, f"/a/{token}"),
    ]

    said = {path: text_of(held.opens(account, path)) for account, path in addresses}

    assert {TITLE, CODE, FIGURE["figure_label_0"]} <= contained(said[HERE])
    assert {CODE, DELEGATE} <= contained(said[f"{HERE}/meeting"])
    assert {CODE, LONG_WORD} <= contained(said[f"/a/{token}"])
    assert CODE in contained(said[f"/replies/{text}"])
    turned = [path for path, text in said.items() if "\u202e" in text]
    assert set(turned) <= {"/replies", f"/replies/{text}"}  # as it came, and set apart


def contained(text: str) -> set[str]:
    """Which of the hostile words stand in a text, whole."""
    every = (TITLE, CODE, DELEGATE, LONG_WORD, FIGURE["figure_label_0"], SPOKEN_TO)
    return {phrase for phrase in every if squeezed(phrase) in squeezed(text)}


def test_the_drawings_are_drawings_alone(held: Held) -> None:
    drawn = (HERE, REVIEW, "/exercises/BP-X-2026-001")
    pages = "".join(held.opens("auditor", path) for path in drawn)

    drawings = [ET.fromstring(svg) for svg in re.findall(r"<svg.*?</svg>", pages, re.DOTALL)]  # noqa: S314 - our own

    assert drawings
    for element in (one for drawing in drawings for one in drawing.iter()):
        assert element.tag.rpartition("}")[2] in DRAWN
        assert not [n for n in element.attrib if n.startswith("on") or n.endswith("href")]


DRAWN = {
    "svg", "g", "path", "line", "rect", "circle", "text", "title", "desc", "polyline", "tspan",
}  # fmt: skip
HEADERS = {
    "auto-submitted", "content-transfer-encoding", "content-type", "date", "from", "importance",
    "in-reply-to", "message-id", "mime-version", "references", "reply-to", "subject", "to",
    "x-auto-response-suppress", "x-priority",
}  # fmt: skip


@pytest.mark.check(1, 4)
def test_in_every_e_mail_it_is_text_in_both_parts_and_adds_no_header(held: Held) -> None:
    spoken = set()

    for message, letter in held.letters():
        assert {name.lower() for name in letter.keys()} <= HEADERS  # noqa: SIM118 - a name may come twice
        assert letter["To"].addresses[0].addr_spec == message.address
        assert letter["Subject"] == message.subject
        assert letter.defects == []
        plain, rich = letter.get_body(("plain",)), letter.get_body(("html",))
        assert plain is not None
        said = contained(plain.get_content())
        spoken |= said
        if rich is not None:
            assert contained(text_of(rich.get_content())) == said
    assert spoken >= {TITLE, CODE, LONG_WORD}


def test_a_text_to_a_telephone_holds_nothing_but_signs_that_can_be_seen(held: Held) -> None:
    texts = [out.body for _, out in held.messages(Channel.SMS)]

    assert len(texts) > 10
    for body in texts:
        assert all(sign.isprintable() or sign in "\n\u200d" for sign in body), body
        assert "[[" not in body


def test_a_calendar_holds_one_event_and_no_line_of_a_stranger(held: Held) -> None:
    invitations = [
        (message, part)
        for message, letter in held.letters()
        for part in letter.walk()
        if part.get_content_type() == "text/calendar"
    ]

    assert invitations
    for message, part in invitations:
        octets = part.get_payload(decode=True)
        assert isinstance(octets, bytes)
        [event] = icalendar.Calendar.from_ical(octets).walk("VEVENT")
        assert str(event["LOCATION"]) == MEETING["place"].strip()
        assert str(event["ATTENDEE"]) == f"mailto:{message.address}"


@pytest.mark.check(1)
def test_in_the_record_it_is_text_as_pdf_and_as_word(held: Held) -> None:
    with held.desk.installation.database.reading() as session:
        record = session.scalars(select(Record)).one()
    printed = "".join(p.extract_text() for p in pypdf.PdfReader(io.BytesIO(record.pdf)).pages)
    word = docx.Document(io.BytesIO(record.docx))
    cells = [c.text for table in word.tables for row in table.rows for c in row.cells]
    written = "".join([*(p.text for p in word.paragraphs), *cells])

    every = {TITLE, CODE, DELEGATE, FIGURE["figure_label_0"], LONG_WORD}
    assert contained(written) >= every
    assert contained(printed) >= every
    assert "root:x:" not in printed + written


@pytest.mark.check(5)
def test_in_the_table_no_cell_is_calculated(held: Held) -> None:
    client = held.desk.browser("co_chair-au").client
    written = client.get(f"{HERE}/members.csv").content.decode("utf-8-sig")

    rows = list(csv.reader(io.StringIO(written)))

    assert [len(row) for row in rows] == [len(rows[0])] * 6
    cells = [cell for row in rows for cell in row]
    assert not [cell for cell in cells if cell.startswith(("=", "+", "-", "@", "\t", "\r"))]
    assert f"'{OFFICE}" in cells


def test_the_ledger_is_whole_and_names_nobody(held: Held) -> None:
    with held.desk.installation.database.reading() as session:
        bodies = list(session.scalars(select(LedgerEntry.body)))
    for body in bodies:
        assert json.loads(body)["type"].startswith("cm.")
        assert "Deputy" not in body

    auditor = held.desk.browser("auditor")
    root = re.search(r"--root (\S+)</p>", auditor.open(REVIEW))
    asked = {"reason": CODE[:200], "proof_code": auditor.app()}
    packed = auditor.client.post(f"{REVIEW}/evidence", data=asked).content

    assert root is not None
    assert verify.verify(io.BytesIO(packed), root=html.unescape(root[1])).sound
