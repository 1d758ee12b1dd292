"""What do mail systems write by themselves: failures, delays, deliveries?"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from collections.abc import Mapping
from typing import Final

from tests.support.corpus.specimen import NOTICE, OURS, SUBJECT, Part, Specimen, mail, multipart

TO: Final = "focal.point@mofa.bd.example"
OUR_MAIL: Final = (
    f"From: Convene <convene@in.convene.example>\nTo: {TO}\nSubject: {SUBJECT}\n"
    f"Message-ID: {OURS}\n\n" + "\n".join(NOTICE)
)
NOBODY: Final = {"Return-Path": "<>", "In-Reply-To": ""}


def specimens() -> list[Specimen]:
    """Reports by the standard, then the plain texts of many mail systems."""
    return [
        *(Specimen(f"report/{name}", raw, kind, True) for name, (kind, raw) in REPORTS.items()),
        *(
            Specimen(f"bounce/{name}", _plain_bounce(*told), "bounce", True)
            for name, told in BOUNCES.items()
        ),
        *(
            Specimen(f"delay/{name}", _plain_bounce(*told), "delay", True)
            for name, told in DELAYS.items()
        ),
    ]


# --- by the standard (RFC 3464)


def _report(
    action: str,
    text: str,
    *,
    status: str = "5.1.1",
    headers: Mapping[str, str] | None = None,
    enclosed: str = "message/rfc822",
) -> bytes:
    told = (
        f"Reporting-MTA: dns; mx.mofa.bd.example\nOriginal-Envelope-Id: att41\n\n"
        f"Original-Recipient: rfc822;{TO}\nFinal-Recipient: rfc822; {TO}\nAction: {action}\n"
        f"Status: {status}\nDiagnostic-Code: smtp; 550 {status} said the other side\n"
    )
    parts = [
        Part(text).lines(),
        Part(told, "message/delivery-status", "us-ascii", "7bit").lines(),
        Part(OUR_MAIL, enclosed, "us-ascii", "7bit").lines(),
    ]
    body = multipart('report; report-type="delivery-status"', parts)
    return mail(body, {**NOBODY, "From": "MAILER-DAEMON@mx.mofa.bd.example", **(headers or {})})


_POSTFIX: Final = (
    "This is the mail system at host mx.mofa.bd.example.\n\nI'm sorry to have to inform you that "
    "your message could not\nbe delivered to one or more recipients. It's attached below."
)
_NDR: Final = {
    "english": ("Undeliverable", "Delivery has failed to these recipients or groups:"),
    "german": ("Unzustellbar", "Fehler bei der Nachrichtenzustellung an folgende Empfänger:"),
    "french": ("Non remis", "Échec de la remise pour ces destinataires ou groupes :"),
    "spanish": ("No se puede entregar", "No se pudo entregar a estos destinatarios o grupos:"),
    "portuguese": ("Não foi possível entregar", "Falha na entrega a estes destinatários:"),
    "indonesian": ("Tidak terkirim", "Pengiriman gagal ke penerima atau grup ini:"),
    "thai": ("ไม่สามารถส่งได้", "การจัดส่งไปยังผู้รับหรือกลุ่มเหล่านี้ล้มเหลว:"),
    "vietnamese": ("Không gửi được", "Gửi đến những người nhận hoặc nhóm này không thành công:"),
    "chinese": ("未送达", "未能将邮件传递给以下收件人或通讯组:"),
    "taiwanese": ("無法傳遞", "無法傳遞至下列收件者或群組:"),
    "japanese": ("配信不能", "以下の受信者またはグループへの配信に失敗しました:"),
    "korean": ("배달되지 않음", "다음 받는 사람이나 그룹에게 배달하지 못했습니다:"),
    "turkish": ("Teslim edilemedi", "Bu alıcılara veya gruplara teslim başarısız oldu:"),
    "russian": ("Недоставлено", "Не удалось выполнить доставку следующим получателям:"),
    "arabic": ("تعذر التسليم", "فشل التسليم إلى هؤلاء المستلمين أو المجموعات:"),
}


def _exchange(subject: str, text: str, *, standard: bool) -> bytes:
    """An Exchange server's notice; within one organisation it is no multipart/report at all."""
    headers = {
        "From": "Outlook <MicrosoftExchange329e71ec88ae4615bbc36ab6ce41109e@mofa.example>",
        "Subject": f"{subject}: {SUBJECT}",
        "X-MS-Exchange-Message-Is-Ndr": "",
    }
    told = f"{text}\n\n{TO}\n\n550 5.1.10 RESOLVER.ADR.RecipientNotFound; not found"
    if standard:
        return _report("failed", told, headers=headers)
    return mail(Part(told, "text/html").lines(), {**NOBODY, **headers})


REPORTS: Final = {
    "postfix": ("bounce", _report("failed", _POSTFIX, headers={"Auto-Submitted": "auto-replied"})),
    "postfix-headers-only": ("bounce", _report("failed", _POSTFIX, enclosed="text/rfc822-headers")),
    "postfix-null-sender-in-from": ("bounce", _report("failed", _POSTFIX, headers={"From": "<>"})),
    "sendmail": (
        "bounce",
        _report(
            "failed",
            "The original message was received at Tue, 14 Jul\n\n   ----- The following "
            "addresses had permanent fatal errors -----",
            status="5.7.1",
        ),
    ),
    "full-mailbox": ("bounce", _report("failed", "452 4.2.2 Mailbox full", status="4.2.2")),
    "quota-with-the-token": ("bounce", _report("failed", "OK\n\nWe confirm receipt.")),
    "delayed": (
        "delay",
        _report(
            "delayed",
            "It will be tried again.",
            status="4.4.1",
            headers={"Subject": "Delivery Status Notification (Delay)"},
        ),
    ),
    "delayed-exchange": (
        "delay",
        _report(
            "delayed",
            "This message is delayed.",
            status="4.4.7",
            headers={"Subject": f"Delivery delayed:{SUBJECT}"},
        ),
    ),
    "delayed-upper-case": ("delay", _report("DELAYED", "Still trying.", status="4.4.1")),
    "relayed": ("read_receipt", _report("relayed", "Handed on.", status="2.0.0")),
    "delivered": ("read_receipt", _report("delivered", "Delivered.", status="2.0.0")),
    "expanded": ("read_receipt", _report("expanded", "Delivered to a list.", status="2.0.0")),
    "no-action": ("bounce", _report("", "Something happened.")),
    "utf8": (
        "bounce",
        _report("failed", _POSTFIX).replace(
            b"message/delivery-status", b"message/global-delivery-status"
        ),
    ),
    **{
        f"exchange-{name}": ("bounce", _exchange(*told, standard=True))
        for name, told in _NDR.items()
    },
    **{
        f"exchange-inside-{name}": ("bounce", _exchange(*told, standard=False))
        for name, told in _NDR.items()
    },
}


# --- before and beside the standard


def _plain_bounce(sender: str, subject: str, text: str, return_path: str = "<>") -> bytes:
    headers = {"From": sender, "Subject": subject, "Return-Path": return_path, "In-Reply-To": ""}
    return mail(Part(f"{text}\n\n{OUR_MAIL}").lines(), headers)


_DAEMON: Final = "Mail Delivery System <Mailer-Daemon@mx.mofa.example>"
BOUNCES: Final = {
    "qmail": (
        "MAILER-DAEMON@mx.example",
        "failure notice",
        (
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't able to deliver"
            " your message to the following addresses.\nThis is a permanent error; I've given up."
            f" Sorry it didn't work out.\n\n<{TO}>:\nSorry, no mailbox here by that name. "
            f"(#5.1.1)\n"
            "\n--- Below this line is a copy of the message."
        ),
    ),
    "qmail-from-a-person": (
        "Desk <desk@mofa.example>",
        "failure notice",
        (
            "Hi. This is the qmail-send program at mx.example.\nI'm afraid I wasn't "
            "able to deliver your message to the following addresses."
        ),
        "",
    ),
    "exim": (
        _DAEMON,
        "Mail delivery failed: returning message to sender",
        (
            "This message was created automatically by mail delivery software.\n\nA message "
            "that you"
            " sent could not be delivered to one or more of its\nrecipients. This is a permanent "
            f"error. The following address(es) failed:\n\n  {TO}\n    Unrouteable "
            f"address\n\n------ "
            "This is a copy of the message, including all the headers. ------"
        ),
    ),
    "exim-owner": (
        "owner-exim@mx.example",
        "Mail failure",
        (
            "A message that you sent could not be delivered to all of its recipients. The\n"
            "following address(es) failed:"
        ),
    ),
    "sendmail-old": (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        "Returned mail: User unknown",
        (
            "   ----- Transcript of session follows -----\n... while talking to mx.example.:\n"
            ">>> RCPT To:<x@mofa.example>\n<<< 550 User unknown\n550 x... User unknown"
        ),
    ),
    "uucp": (
        "uucp@mx.example",
        "Returned mail: Host unknown",
        ("   ----- Transcript of session follows -----\n421 host unknown"),
    ),
    "domino": (
        "Postmaster <postmaster@mx.example>",
        "DELIVERY FAILURE: User desk not listed",
        (
            "Your message\n\n  Subject: Urgent consultation\n\nwas not delivered to:\n\n  desk@x."
            "example\n\nbecause:\n\n  User desk not listed in Directory"
        ),
    ),
    "groupwise": (
        "<Mailer-Daemon@gw.example>",
        "Message status - undeliverable",
        "The attached file had the following undeliverable recipient(s):\n\tdesk",
    ),
    "mdaemon": (
        "MDaemon@mx.example",
        "Permanent Delivery Failure",
        (
            "The attached message had PERMANENT fatal delivery errors!\n\nAfter one or more "
            "unsuccessful delivery attempts the attached message has\nbeen removed from the mail "
            "queue on this server."
        ),
    ),
    "exchange-old": (
        "System Administrator <postmaster@mx.example>",
        "Undeliverable: Urgent",
        (
            "Your message\n\n  To: desk\n\ndid not reach the following recipient(s):\n\ndesk on "
            "Tue\n    The recipient name is not recognized"
        ),
    ),
    "exchange-old-nobody": (
        "System Administrator <admin@mx.example>",
        "Undeliverable: Urgent",
        "Your message did not reach some or all of the intended recipients.",
        "",
    ),
    "gmail": (
        "Mail Delivery Subsystem <mailer-daemon@mail.example>",
        ("Delivery Status Notification (Failure)"),
        (
            "** Address not found **\n\nYour message wasn't delivered to x@mofa.example "
            "because the address couldn't be found, or is unable to receive mail."
        ),
    ),
    "yahoo": (
        "MAILER-DAEMON@mta.example",
        "Failure Notice",
        (
            "Sorry, we were unable to deliver your "
            "message to the following address.\n\n<x@mofa.example>:\nNo mx record found"
        ),
    ),
    "courier": (
        '"Courier mail server at mx.example" <@>',
        "NOTICE: mail delivery status.",
        (
            "This is a delivery status notification from mx.example,\nrunning the Courier mail "
            "server.\n\nUNDELIVERABLE MAIL\n\nYour message to the following recipients cannot be "
            "delivered:"
        ),
    ),
    "imail": (
        "Postmaster <postmaster@mx.example>",
        "Undeliverable Mail",
        "Unknown user: desk@x.example",
    ),
    "smartermail": (
        "System Administrator <info@mx.example>",
        "Delivery Failure",
        (
            "Could not deliver "
            "message to the following recipient(s):\n\nFailed Recipient: desk@x.example\nReason: "
            "Remote host said: 550 No such user here"
        ),
    ),
    "barracuda": (
        "Barracuda Spam Firewall <firewall@mx.example>",
        ("**Message you sent blocked by our bulk email filter**"),
        (
            "Your message to: desk@x.example\nwas blocked by our Spam "
            "Firewall. The email you sent with the following subject has NOT BEEN DELIVERED:"
        ),
    ),
    "mimecast": (
        "postmaster@mx.example",
        "[Postmaster] Email Delivery Failure",
        (
            "This is a delivery "
            "failure notification message indicating that\nan email you addressed to email address"
            " :\n-- desk@x.example\n\ncould not be delivered."
        ),
    ),
    "antivirus": (
        "Mail gateway <antivirus@mx.example>",
        "Message rejected",
        ("Our content filter has rejected your message. It was not delivered to the recipient."),
    ),
    "german": (
        _DAEMON,
        "Nachricht konnte nicht zugestellt werden",
        ("Ihre Nachricht konnte nicht zugestellt werden. Der Empfänger ist unbekannt."),
    ),
    "french": (_DAEMON, "Message non distribué", "Votre message n'a pas pu être remis."),
    "indonesian": ("postmaster@mx.example", "Pesan tidak dapat dikirim", "Alamat tidak ditemukan."),
    "chinese-qq": (
        "PostMaster <PostMaster@mx.example>",
        "系统退信/Returned mail",
        "抱歉,您的邮件被退回来了……",
    ),
    "chinese-163": ("Postmaster <postmaster@mx.example>", "系统退信", "您的邮件未能成功投递。"),
    "japanese": ("MAILER-DAEMON@mx.example", "メール配信エラー", "宛先のアドレスは存在しません。"),
    "korean": (
        "Mail System <mailer@mx.example>",
        "메일 전송 실패",
        "아래 수신자에게 메일을 전송하지 못했습니다.",
    ),
    "russian": (
        "MAILER-DAEMON@mx.example",
        "Недоставленное сообщение",
        "Ваше письмо не было доставлено.",
    ),
    "full": (
        "Mail system <noreply@mx.example>",
        "Mailbox full",
        ("The mailbox of the recipient is full. Your message was rejected."),
    ),
    "with-our-words": ("mailer-daemon@mx.example", f"Re: {SUBJECT}", "OK\nWe confirm receipt."),
    "postmaster-of-a-person": (
        "Focal point <postmaster@mofa.example>",
        f"Undelivered Mail: {SUBJECT}",
        "Undelivered Mail Returned to Sender",
    ),
}
DELAYS: Final = {
    "exim": (
        _DAEMON,
        "Warning: message 1aB delayed 24 hours",
        (
            "This message was created automatically "
            "by mail delivery software.\nA message that you sent has not yet been delivered to one "
            "or more of its\nrecipients after more than 24 hours on the queue on "
            "mx.example.\n\nNo action "
            "is required on your part. Delivery attempts will continue for\nsome time"
        ),
    ),
    "postfix": (
        "MAILER-DAEMON@mx.example",
        "Delayed Mail (still being retried)",
        (
            "This is the mail "
            "system at host mx.example.\n\n#######\n# THIS IS A WARNING ONLY.  YOU DO NOT NEED TO "
            "RESEND YOUR MESSAGE. #"
        ),
    ),
    "sendmail": (
        "Mail Delivery Subsystem <MAILER-DAEMON@mx.example>",
        ("Warning: could not send message for past 4 hours"),
        (
            "    **********************************************\n    **      "
            "THIS IS A WARNING MESSAGE ONLY      **\n    **  YOU DO NOT NEED TO RESEND YOUR MESSAGE"
            "  **"
        ),
    ),
    "exchange": (
        "postmaster@mx.example",
        "Delivery delayed: Urgent consultation",
        ("Delivery to these recipients or groups is delayed."),
    ),
    "gmail": (
        "Mail Delivery Subsystem <mailer-daemon@mail.example>",
        ("Delivery Status Notification (Delay)"),
        (
            "** Delivery incomplete **\n\nThere was a temporary problem delivering your "
            "message to x@mofa.example. Gmail will retry for 46 more hours."
        ),
    ),
    "mdaemon": (
        "MDaemon@mx.example",
        "Warning: Message delayed",
        ("The attached message is still in the queue. Delivery attempts will continue."),
    ),
    "plain": (
        "Mail system <robot@mx.example>",
        "Delayed mail",
        ("Your message has not been delivered yet. It will be retried; no action is needed."),
        "<>",
    ),
}
