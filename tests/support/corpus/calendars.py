"""How do calendars answer an invitation, and what else do they send?"""

from collections.abc import Mapping, Sequence
from typing import Final

from tests.support.corpus.specimen import Part, Specimen, mail, multipart, plain

UID: Final = "BP-2026-003-M1@convene.example"
WHO: Final = "focal.point@mofa.bd.example"
_MEANS: Final = {
    "ACCEPTED": "will_attend",
    "DECLINED": "regrets",
    "TENTATIVE": "received",
    "DELEGATED": "delegates",
    "": "unclear",
}
_OUTLOOK_SUBJECTS: Final = {
    "ACCEPTED": "Accepted",
    "DECLINED": "Declined",
    "TENTATIVE": "Tentative",
}


def reply(
    partstat: str,
    *,
    method: str = "REPLY",
    attendee: str = "CN=Focal point",
    address: str = WHO,
    more: Sequence[str] = (),
    events: int = 1,
    newline: str = "\r\n",
) -> str:
    """A calendar that answers for one attendee."""
    stated = f";PARTSTAT={partstat}" if partstat else ""
    event = [
        "BEGIN:VEVENT",
        f"UID:{UID}",
        "SEQUENCE:1",
        "DTSTAMP:20260714T034500Z",
        "DTSTART:20260714T060000Z",
        "DTEND:20260714T070000Z",
        "ORGANIZER:mailto:convene@in.convene.example",
        f"ATTENDEE{stated};{attendee}:mailto:{address}",
        "SUMMARY:Consultation",
        *more,
        "END:VEVENT",
    ]
    lines = [
        "BEGIN:VCALENDAR",
        "PRODID:-//Calendar//EN",
        "VERSION:2.0",
        f"METHOD:{method}",
        *(event * events),
        "END:VCALENDAR",
        "",
    ]
    return newline.join(lines)


def outlook(calendar: str, text: str = "", subject: str = "Accepted: Consultation") -> bytes:
    """Text and calendar as alternatives, the calendar in base64."""
    parts = [
        Part(text).lines(),
        Part(calendar, "text/calendar; method=REPLY", encoding="base64").lines(),
    ]
    headers = {"Subject": subject, "Content-Class": "urn:content-classes:calendarmessage"}
    return mail(multipart("alternative", parts), headers)


def google(calendar: str, text: str, headers: Mapping[str, str] | None = None) -> bytes:
    """Text, HTML and calendar as alternatives, and the calendar once more as a file."""
    alternatives = multipart(
        "alternative",
        [
            Part(text).lines(),
            Part(f"<p>{text}</p>", "text/html").lines(),
            Part(calendar, "text/calendar; method=REPLY", encoding="7bit").lines(),
        ],
        border="=_a",
    )
    attached = Part(
        calendar,
        "application/ics; name=invite.ics",
        encoding="base64",
        headers=("Content-Disposition: attachment; filename=invite.ics",),
    ).lines()
    subject = {"Subject": "Accepted: Consultation @ Tue 14 Jul 2026", **(headers or {})}
    return mail(multipart("mixed", [alternatives, attached]), subject)


def apple(calendar: str) -> bytes:
    """A text, and the calendar as a file."""
    attached = Part(
        calendar,
        "text/calendar; method=REPLY; name=iCal.ics",
        encoding="quoted-printable",
        headers=("Content-Disposition: attachment; filename=iCal-20260714.ics",),
    ).lines()
    text = Part("Focal point has accepted your invitation.").lines()
    return mail(multipart("mixed", [text, attached]), {"Subject": "Accepted: Consultation"})


def alone(calendar: str, charset: str = "utf-8") -> bytes:
    """The calendar and nothing else."""
    return mail(
        Part(calendar, "text/calendar; method=REPLY", charset).lines(), {"Subject": "Accepted"}
    )


def specimens() -> list[Specimen]:
    """Answers in each program's wrapping, answers of machines, and what is no answer."""
    return [
        *_by_persons(),
        *(
            Specimen(f"calendar/odd/{name}", raw, "calendar_reply", False, answer)
            for name, (raw, answer) in ODD.items()
        ),
        *(
            Specimen(f"calendar/machine/{name}", raw, "calendar_reply", True, answer)
            for name, (raw, answer) in BY_MACHINES.items()
        ),
        *(
            Specimen(f"calendar/none/{name}", raw, kind, automatic, answer)
            for name, (raw, kind, automatic, answer) in NO_REPLIES.items()
        ),
    ]


def _by_persons() -> list[Specimen]:
    found = []
    for partstat, answer in _MEANS.items():
        name = partstat.lower() or "not-stated"
        for program, raw in {
            "outlook": outlook(reply(partstat), subject=_OUTLOOK_SUBJECTS.get(partstat, "Re")),
            "google": google(reply(partstat), "Focal point has answered this invitation."),
            "apple": apple(reply(partstat)),
            "alone": alone(reply(partstat)),
        }.items():
            found.append(
                Specimen(f"calendar/{name}/{program}", raw, "calendar_reply", False, answer)
            )
    return found


_FOLDED: Final = reply(
    "ACCEPTED", attendee="CN=The focal point of the\r\n  Ministry;ROLE=REQ-PARTIC\r\n IPANT"
)
ODD: Final = {
    "folded": (alone(_FOLDED), "will_attend"),
    "bare-newlines": (alone(reply("ACCEPTED", newline="\n")), "will_attend"),
    "small-letters": (alone(reply("accepted", method="reply")), "will_attend"),
    "two-events": (alone(reply("DECLINED", events=2)), "regrets"),
    "counter": (alone(reply("TENTATIVE", method="COUNTER")), "received"),
    "counter-declined": (alone(reply("DECLINED", method="COUNTER")), "regrets"),
    "counter-refused": (alone(reply("ACCEPTED", method="DECLINECOUNTER")), "unclear"),
    "wrong-charset": (
        alone(reply("ACCEPTED", more=["COMMENT:größer"]), "latin-1").replace(b"latin-1", b"utf-8"),
        "will_attend",
    ),
    "unknown-charset": (alone(reply("ACCEPTED")).replace(b"utf-8", b"x-none"), "will_attend"),
    "needs-action": (alone(reply("NEEDS-ACTION")), "unclear"),
    "made-up-partstat": (alone(reply("MAYBE")), "unclear"),
    "with-a-text": (outlook(reply("ACCEPTED"), "We do not confirm anything else."), "will_attend"),
    "comment-of-a-wrong-addressee": (
        alone(reply("DECLINED", more=["COMMENT:I am not the right person for this."])),
        "wrong_addressee",
    ),
    "comment": (alone(reply("DECLINED", more=["COMMENT:On mission\\, sorry."])), "regrets"),
    "customized-zone": (
        alone(reply("ACCEPTED").replace("DTSTART:", "DTSTART;TZID=Customized Time Zone:")),
        "will_attend",
    ),
    "delegated-to": (
        alone(reply("DELEGATED", attendee='DELEGATED-TO="mailto:dep@mofa.bd.example"')),
        "delegates",
    ),
    "from-a-secretary": (
        mail(
            Part(reply("ACCEPTED"), "text/calendar; method=REPLY").lines(),
            {"Sender": "secretary@mofa.bd.example", "Subject": "Accepted"},
        ),
        "will_attend",
    ),
}
BY_MACHINES: Final = {
    "room-type": (alone(reply("ACCEPTED", attendee="CUTYPE=ROOM;CN=Room 2")), "will_attend"),
    "resource-type": (alone(reply("DECLINED", attendee="CUTYPE=RESOURCE;CN=Car")), "regrets"),
    "auto-submitted": (
        google(reply("ACCEPTED"), "Accepted.", {"Auto-Submitted": "auto-replied"}),
        "will_attend",
    ),
    "exchange-room": (
        outlook(
            reply("ACCEPTED"),
            "Your request was accepted.\n\nSent by Microsoft Exchange Server 2016",
        ),
        "will_attend",
    ),
    "exchange-room-declined": (
        outlook(reply("DECLINED"), "Your request was declined because there are conflicts."),
        "regrets",
    ),
    "google-room": (
        alone(reply("ACCEPTED", address="c_1889@resource.calendar.google.com")),
        "will_attend",
    ),
    "from-no-reply": (
        mail(
            Part(reply("ACCEPTED"), "text/calendar; method=REPLY").lines(),
            {"From": "Calendar <noreply@mofa.example>"},
        ),
        "will_attend",
    ),
    "responder": (
        mail(
            Part(reply("DECLINED"), "text/calendar; method=REPLY").lines(),
            {"Subject": "Automatic reply: Consultation"},
        ),
        "regrets",
    ),
}
_TEXT_AND_REQUEST: Final = [
    Part("When: Tuesday 14 July\nWhere: Operations room").lines(),
    Part(reply("NEEDS-ACTION", method="REQUEST"), "text/calendar; method=REQUEST").lines(),
]
_FORWARDED: Final = "Your meeting was forwarded\n\nFocal point has forwarded your meeting request."
NO_REPLIES: Final = {
    "request": (mail(multipart("alternative", _TEXT_AND_REQUEST)), "human", False, None),
    "request-alone": (alone(reply("ACCEPTED", method="REQUEST")), "unreadable", False, None),
    "refresh": (alone(reply("", method="REFRESH")), "unreadable", False, None),
    "broken": (alone("BEGIN:VCALENDAR\r\nMETHOD:REPLY\r\n"), "unreadable", False, None),
    "to-do": (alone(reply("ACCEPTED").replace("VEVENT", "VTODO")), "unreadable", False, None),
    "forwarded": (
        plain(_FORWARDED, {"Subject": "Meeting Forward Notification: Consultation"}),
        "auto_reply",
        True,
        None,
    ),
    "reminder": (
        plain(
            "Consultation starts in 10 minutes. Yes",
            {
                "From": "Google Calendar <calendar-notification@google.com>",
                "Subject": "Notification: Consultation @ Tue 14 Jul",
            },
        ),
        "auto_reply",
        True,
        None,
    ),
}
