"""Mails that were written after the reader had been tuned, in other words and other wrappings.

They show how the reader does on what its makers had not thought of. What each must be was written
down before it was read for the first time.
"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from typing import Final

from tests.support.corpus.calendars import UID
from tests.support.corpus.specimen import NOTICE, SUBJECT, Part, Specimen, mail, multipart, plain


def specimens() -> list[Specimen]:
    """Two rounds: persons, machines and calendars; then the hardest, machines without a header."""
    return [
        *(
            Specimen(f"held-out/person/{number:02}", raw, "human", False, answer)
            for number, (raw, answer) in enumerate(PERSONS)
        ),
        *(
            Specimen(f"held-out/machine/{name}", raw, kind, True)
            for name, (raw, kind) in MACHINES.items()
        ),
        *(
            Specimen(f"held-out/calendar/{name}", raw, "calendar_reply", automatic, answer)
            for name, (raw, automatic, answer) in CALENDARS.items()
        ),
        *(
            Specimen(f"held-out/again/person/{number:02}", plain(text), "human", False, answer)
            for number, (text, answer) in enumerate(PERSONS_AGAIN)
        ),
        *(
            Specimen(f"held-out/again/machine/{number:02}", raw, kind, True)
            for number, (raw, kind) in enumerate(MACHINES_AGAIN)
        ),
    ]


_OUR_LINES: Final = "\n".join(NOTICE)


def _hey(text: str) -> bytes:
    said = "On July 14, 2026, Convene <convene@in.convene.example> wrote:"
    html = f"<div>{text}</div><br><div>{said}</div><blockquote><p>{_OUR_LINES}</p></blockquote>"
    return mail(Part(html, "text/html", encoding="base64").lines(), {"X-Mailer": "Hey"})


def _proton(text: str) -> bytes:
    said = "On Tuesday, July 14th, 2026 at 9:33 AM, Convene <convene@in.convene.example> wrote:"
    quoted = "\n".join(f"> {line}" for line in NOTICE)
    return plain(f"{text}\n\nSent with Proton Mail secure email.\n\n{said}\n\n{quoted}\n")


def _outlook_mobile(text: str) -> bytes:
    block = (
        "________________________________\nFrom: Convene <convene@in.convene.example>\n"
        "Sent: Tuesday, July 14, 2026 9:33:12 AM\nTo: Desk <desk@mofa.example>\n"
        "Subject: Urgent consultation"
    )
    return plain(f"{text}\n\nGet Outlook for Android\n{block}\n\n{_OUR_LINES}\n")


def _samsung(text: str) -> bytes:
    block = (
        "-------- Original message --------\nFrom: Convene <convene@in.convene.example>\n"
        "Date: 14/07/2026 09:33 (GMT+06:00)\nTo: desk@mofa.example\nSubject: Urgent consultation"
    )
    return plain(f"{text}\n\n\nSent from my Galaxy\n\n{block}\n\n{_OUR_LINES}\n")


def _horde(text: str) -> bytes:
    said = "Quoting Convene <convene@in.convene.example>:"
    quoted = "\n".join(f"> {line}" for line in NOTICE)
    return plain(f"{text}\n\n{said}\n\n{quoted}\n", {"User-Agent": "Horde Application"})


PERSONS: Final = (
    (_hey("Your message reached us, thank you."), "received"),
    (_proton("Confirmed from our side."), "received"),
    (_outlook_mobile("Ack. Duty officer."), "received"),
    (_samsung("Noted with thanks"), "received"),
    (_horde("This office acknowledges your notice."), "received"),
    (_samsung("Sudah kami terima, Pak. Terima kasih."), "received"),
    (_outlook_mobile("Pesan telah kami terima dengan baik."), "received"),
    (_hey("ได้รับเรียบร้อยแล้วค่ะ"), "received"),
    (_proton("Chúng tôi đã nhận được, xin cảm ơn."), "received"),
    (_samsung("আমরা বার্তাটি পেয়েছি।"), "received"),
    (_horde("We are in receipt of your message."), "received"),
    (_hey("Reçu cinq sur cinq."), "received"),
    (_outlook_mobile("收悉。"), "received"),
    (_samsung("確かに受け取りました。"), "received"),
    (_proton("메시지 확인했습니다."), "received"),
    (_hey("Mesaj alındı."), "received"),
    (_outlook_mobile("با احترام، پیام دریافت گردید."), "received"),
    (_samsung("وصلت الرسالة، شكرا."), "received"),
    (_horde("Sir, message received and passed to the Director."), "received"),
    (_proton("Roger."), "received"),
    (_hey("We'll be there."), "will_attend"),
    (_outlook_mobile("Happy to join the call at six."), "will_attend"),
    (_samsung("Insya Allah kami hadir."), "will_attend"),
    (_proton("Sorry, can't make the call."), "regrets"),
    (_horde("Regret that nobody from this Ministry is able to join."), "regrets"),
    (_hey("My colleague from the coast guard will attend in my place."), "delegates"),
    (_samsung("Received; pending instructions from headquarters."), "needs_instructions"),
    (_outlook_mobile("We need to check with our Ministry before answering."), "unclear"),
    (_proton("You've got the wrong guy."), "wrong_addressee"),
    (_hey("I retired last year, please update your records."), "wrong_addressee"),
    (_horde("This matter does not fall under our Ministry."), "wrong_addressee"),
    (_samsung("Bukan bagian kami, silakan hubungi Kemlu."), "wrong_addressee"),
    (_outlook_mobile("We choose not to take part."), "declines"),
    (_proton("We can neither confirm nor deny having received this."), "unclear"),
    (_hey("Nothing received here, resend please."), "unclear"),
    (_samsung("Pls resend, file is damaged"), "unclear"),
    (_horde("Don't count this as our confirmation."), "unclear"),
    (_outlook_mobile("Who are you?"), "unclear"),
    (_proton("Kami tidak dapat mengonfirmasi hal ini."), "unclear"),
)
_NOBODY: Final = {"Return-Path": "<>", "In-Reply-To": ""}


def _from(sender: str, subject: str, text: str, **headers: str) -> bytes:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    return plain(text, {"From": sender, "Subject": subject, **fields})


MACHINES: Final = {
    "zoho": (
        _from(
            "mailer-daemon@mail.example",
            "Undelivered Mail Returned to Sender",
            "This message was created automatically by mail delivery software.\nERROR_CODE :550",
        ),
        "bounce",
    ),
    "office-365-protection": (
        _from(
            "postmaster@mofa.example",
            f"Undeliverable: {SUBJECT}",
            "Your message to desk@mofa.example couldn't be delivered.\ndesk wasn't found.",
        ),
        "bounce",
    ),
    "proofpoint": (
        _from(
            "Mail Delivery Subsystem <MAILER-DAEMON@pps.example>",
            "Returned mail: see transcript for details",
            "The original message was received at Tue\n----- The following addresses had fatal",
        ),
        "bounce",
    ),
    "listserv": (
        _from(
            "LISTSERV <owner-office@mofa.example>",
            "Rejected posting to OFFICE@MOFA",
            "You are not authorized to send mail to the OFFICE list.",
            **_NOBODY,
        ),
        "bounce",
    ),
    "policy": (
        _from(
            "desk@mofa.example",
            "Delivery Notification: Delivery has failed",
            "This report relates to a message you sent.\nReason: Over quota",
            **_NOBODY,
        ),
        "bounce",
    ),
    "vietnamese-bounce": (
        _from("MAILER-DAEMON@mx.example", "Thư không gửi được", "Địa chỉ không tồn tại."),
        "bounce",
    ),
    "groupwise-busy": (
        _from(
            "Mail system <mailer-daemon@gw.example>",
            "Message pending",
            "The message is still pending and delivery will be attempted again.",
        ),
        "delay",
    ),
    "queue-warning": (
        _from(
            "Mail Delivery System <mailer-daemon@mx.example>",
            "Warning: message delayed 4 hours",
            "No action is required on your part.",
        ),
        "delay",
    ),
    "lotus-absent": (
        _from(
            "desk@mofa.example",
            f"AUTO: Desk is out of the office. {SUBJECT}",
            "I am out until 20/07/2026.",
        ),
        "auto_reply",
    ),
    "gmail-vacation": (
        _from(
            "desk@mofa.example",
            f"On holiday Re: {SUBJECT}",
            "Hi, I'm on holiday. OK.",
            Auto_Submitted="auto-replied",
            Precedence="bulk",
        ),
        "auto_reply",
    ),
    "request-tracker": (
        _from(
            "Help desk via RT <rt@mofa.example>",
            f"[mofa #4711] AutoReply: {SUBJECT}",
            "Your message was received and assigned an ID of [mofa #4711].",
            RT_Ticket="mofa #4711",
            Managed_By="RT 4.4",
            Precedence="bulk",
        ),
        "auto_reply",
    ),
    "otrs": (
        _from(
            "Service desk <service@mofa.example>",
            f"[Ticket#2026071410000014] RE: {SUBJECT}",
            "Thank you for your email. We have received it.",
            Precedence="bulk",
            Auto_Submitted="auto-generated",
        ),
        "auto_reply",
    ),
    "zendesk": (
        _from(
            "Ministry (Support) <support@mofa.example>",
            f"[Request received] {SUBJECT}",
            "Your request (4711) has been received and is being reviewed by our support staff.",
            X_Auto_Response_Suppress="All",
            Auto_Submitted="auto-generated",
        ),
        "auto_reply",
    ),
    "finnish": (
        _from("desk@mofa.example", f"Poissa: {SUBJECT}", "Olen lomalla. Viesti vastaanotettu. OK."),
        "auto_reply",
    ),
    "burmese-words": (
        _from("desk@mofa.example", "Re:", "အလိုအလျောက် ပြန်စာဖြစ်ပါသည်။ လက်ခံရရှိပါသည်"),
        "auto_reply",
    ),
    "unattended-german": (
        _from(
            "desk@mofa.example",
            "Re:",
            "Dies ist eine automatisch generierte Nachricht. Wir bestätigen den Eingang.",
        ),
        "auto_reply",
    ),
    "chinese-absent-words": (
        _from("desk@mofa.example", "Re:", "您好!本人目前正在出差,无法及时回复您的邮件。"),
        "auto_reply",
    ),
    "maternity": (
        _from("desk@mofa.example", "Re:", "I am currently on parental leave until January."),
        "auto_reply",
    ),
    "receipt-italian": (
        _from("desk@mofa.example", f"Letto: {SUBJECT}", "Il messaggio è stato letto. OK"),
        "read_receipt",
    ),
    "receipt-exchange-text": (
        _from(
            "desk@mofa.example",
            f"Read: {SUBJECT}",
            "Your message\n\n  To: Desk\n  Sent: Tuesday\n\nwas read on Tuesday 14 July.",
        ),
        "read_receipt",
    ),
    "challenge-mailinblack": (
        _from(
            "Desk <desk@mofa.example>",
            "Please authenticate",
            "I use an anti-spam solution. Please click here to validate your sending address "
            "so that your email reaches me.",
        ),
        "challenge",
    ),
    "challenge-earthlink": (
        _from(
            "Desk <desk@mofa.example>",
            f"Re: {SUBJECT}",
            "This e-mail address is protected by spamBlocker. Your email message has been held. "
            "Click the link below to request that I add you to my list of allowed senders.",
        ),
        "challenge",
    ),
    "complaint-yahoo": (
        mail(
            multipart(
                'report; report-type="feedback-report"',
                [
                    Part("This is an email abuse report").lines(),
                    Part("Feedback-Type: abuse\n", "message/feedback-report").lines(),
                ],
            ),
            {"From": "feedback@arf.mail.example"},
        ),
        "complaint",
    ),
}


def _answered(lines: str, subject: str, text: str = "", **headers: str) -> bytes:
    fields = {name.replace("_", "-"): value for name, value in headers.items()}
    calendar = f"BEGIN:VCALENDAR\r\nVERSION:2.0\r\nMETHOD:REPLY\r\n{lines}END:VCALENDAR\r\n"
    parts = [Part(text).lines(), Part(calendar, 'text/calendar; method="REPLY"').lines()]
    return mail(multipart("mixed", parts), {"Subject": subject, **fields})


def _event(attendee: str) -> str:
    return f"BEGIN:VEVENT\r\nUID:{UID}\r\n{attendee}\r\nDTSTAMP:20260714T034500Z\r\nEND:VEVENT\r\n"


CALENDARS: Final = {
    "zimbra": (
        _answered(
            _event(
                'ATTENDEE;CN=Desk;PARTSTAT=ACCEPTED;SENT-BY="mailto:sec@mofa.example":'
                "mailto:desk@mofa.example"
            ),
            "Accept: Consultation",
            "Yes, I will attend.",
        ),
        False,
        "will_attend",
    ),
    "thunderbird": (
        _answered(
            _event("ATTENDEE;PARTSTAT=TENTATIVE;ROLE=REQ-PARTICIPANT:mailto:desk@mofa.example"),
            "Invitation tentatively accepted: Consultation",
        ),
        False,
        "received",
    ),
    "indonesian": (
        _answered(_event("ATTENDEE;PARTSTAT=DECLINED:MAILTO:desk@mofa.example"), "Ditolak: Rapat"),
        False,
        "regrets",
    ),
    "robot": (
        _answered(
            _event("ATTENDEE;PARTSTAT=ACCEPTED:mailto:hall@mofa.example"),
            "Accepted: Rapat",
            "This meeting was automatically accepted.",
            Auto_Submitted="auto-generated",
        ),
        True,
        "will_attend",
    ),
}


DESK: Final = "desk@mofa.example"
MACHINES_AGAIN: Final = (
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Halo, saya sedang di luar kota dan akan membalas email Anda minggu depan.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Email Anda sudah kami terima dan akan kami proses dalam 2 hari kerja.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Cảm ơn bạn. Chúng tôi đã nhận được email và sẽ phản hồi trong vòng 24 giờ.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK, f"Re: {SUBJECT}", "ขอบคุณสำหรับอีเมล เราได้รับข้อความของท่านแล้ว และจะติดต่อกลับโดยเร็วที่สุด"
        ),
        "auto_reply",
    ),
    (_from(DESK, f"Re: {SUBJECT}", "您的来信已收悉,我们会在三个工作日内与您联系。"), "auto_reply"),
    (
        _from(DESK, f"Re: {SUBJECT}", "メールを受信しました。担当者より折り返しご連絡いたします。"),
        "auto_reply",
    ),
    (
        _from(DESK, f"Re: {SUBJECT}", "문의가 접수되었습니다. 담당자가 곧 연락드리겠습니다."),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Votre demande a bien été reçue. Un agent vous répondra sous 48 heures.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Hemos recibido su correo. Le contestaremos a la mayor brevedad.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK, f"Re: {SUBJECT}", "Ваше обращение получено и зарегистрировано. Ожидайте ответа."
        ),
        "auto_reply",
    ),
    (
        _from(DESK, f"Re: {SUBJECT}", "Talebiniz alınmıştır. En kısa sürede dönüş yapılacaktır."),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "We've got your message! One of our officers will reach out shortly.",
        ),
        "auto_reply",
    ),
    (
        _from(
            DESK,
            f"Re: {SUBJECT}",
            "Hello, thanks for your mail. I'm travelling with patchy internet until the 20th.",
        ),
        "auto_reply",
    ),
    (
        _from(
            "info@mofa.example",
            f"Case 00412 created: {SUBJECT}",
            "Received. Your case has been logged.",
        ),
        "auto_reply",
    ),
    (
        _from(
            "info@mofa.example",
            "Acknowledgement of receipt",
            "Your correspondence has been received by the registry and given the number 2026/881.",
        ),
        "auto_reply",
    ),
    (
        _from(
            "mailer@mx.example",
            "Delivery report",
            "Recipient desk@mofa.example: 5.1.1 user does not exist",
            Return_Path="<>",
        ),
        "bounce",
    ),
    (
        _from(
            "Mail Gateway <gw@mx.example>",
            "Your message was quarantined",
            "The message you sent was held for review by an administrator.",
        ),
        "bounce",
    ),
    (
        _from(
            "Desk <desk@mofa.example>",
            "Confirm you sent this",
            "I get too much spam. Tap the button to prove that it is you.",
        ),
        "challenge",
    ),
    (_from(DESK, f"Ausente: {SUBJECT}", "OK"), "auto_reply"),
    (_from(DESK, f"Vắng mặt: {SUBJECT}", "Đã nhận"), "auto_reply"),
    (_from(DESK, f"Poza biurem: {SUBJECT}", "Otrzymałem"), "auto_reply"),
    (_from(DESK, f"Nicht gelesen: {SUBJECT}", "Ihre Nachricht wurde gelöscht"), "read_receipt"),
    (_from(DESK, f"[Auto] {SUBJECT}", "Received"), "auto_reply"),
    (
        _from(DESK, f"Delivered: {SUBJECT}", "Your message was delivered to the recipient. OK"),
        "read_receipt",
    ),
)
PERSONS_AGAIN: Final = (
    ("We have it, thank you.", "received"),
    ("Receipt hereby confirmed by the Permanent Mission.", "received"),
    ("Understood, will relay to the Minister.", "received"),
    ("Terima kasih, sudah kami teruskan ke pimpinan. Diterima.", "received"),
    ("All good, received loud and clear", "received"),
    ("Ok noted pak", "received"),
    ("Nobody here has received anything.", "unclear"),
    ("Kami menolak mengonfirmasi.", "unclear"),
    ("We refuse to acknowledge this.", "unclear"),
    ("I never got the message you mention.", "unclear"),
    ("It is not possible to confirm receipt.", "unclear"),
    ("This inbox is mine but the matter is not.", "wrong_addressee"),
    ("We withhold our acknowledgement.", "unclear"),
    ("Kindly do not consider this e-mail as an acknowledgement of receipt.", "unclear"),
    ("I left the ministry in May.", "wrong_addressee"),
    ("Vui lòng liên hệ Cục Lãnh sự, tôi không phụ trách việc này.", "wrong_addressee"),
    ("Please contact somebody else; I do not handle this.", "wrong_addressee"),
)
