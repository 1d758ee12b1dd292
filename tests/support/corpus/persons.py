"""What do people write back, in which languages, by which mail programs?"""

# ruff: noqa: RUF001 - letters of other scripts are what this file is made of

from collections.abc import Callable, Iterator, Mapping
from html import escape
from itertools import cycle
from typing import Final

from tests.support.corpus.specimen import NOTICE, Part, Specimen, mail, multipart

SAID: Final[Mapping[str, tuple[str, ...]]] = {
    "received": (
        "OK",
        "Ok, received with thanks.",
        "Dear colleagues,\n\nWe acknowledge receipt of your message.\n\nKind regards,\nDuty desk",
        "Noted.",
        "Confirmed, thank you.",
        "Acknowledged on behalf of the Ministry.",
        "This is to confirm receipt of the notice. We will revert in due course.",
        "We confirm receipt and will get back to you.",
        "Receipt confirmed. We will get back to you after our internal meeting.",
        "Received. Our office is on holiday tomorrow but the duty desk stays open.",
        "Well received.",
        "Thanks, got it.",
        "Message received, standing by.",
        "Duly noted with thanks.",
        "Copy that, acknowledged.",
        "The Department acknowledges receipt, without prejudice to its position.",
        "We acknowledge receipt of Note No. 80 and your message.",
        "Confirming receipt. No further questions at this stage.",
        "Received, although the attachment could not be opened.",
        "Diterima, terima kasih.",
        "Kami konfirmasi penerimaan pesan ini.\n\nHormat kami,\nDirektorat",
        "Siap, pesan sudah diterima.",
        "Baik, kami terima.",
        "Mesej telah diterima, terima kasih.",
        "Dengan ini kami mengesahkan penerimaan notis tersebut.",
        "ได้รับข้อความแล้ว ขอบคุณครับ",
        "รับทราบค่ะ",
        "ขอยืนยันการได้รับหนังสือ",
        "Chúng tôi xác nhận đã nhận được thông báo.",
        "Đã nhận, cảm ơn.",
        "আপনার বার্তা পেয়েছি। ধন্যবাদ।",
        "প্রাপ্তি স্বীকার করছি।",
        "پیام شما دریافت شد. با تشکر",
        "رسید پیام را تایید می‌کنیم.",
        "آپ کا پیغام موصول ہو گیا ہے۔ شکریہ",
        "نؤكد استلام رسالتكم.",
        "تم الاستلام، شكرا",
        "පණිවිඩය ලැබුණා. ස්තුතියි",
        "தகவல் கிடைத்தது. நன்றி",
        "သတင်းစကား လက်ခံရရှိပါသည်",
        "បានទទួលសារហើយ អរគុណ",
        "ໄດ້ຮັບແລ້ວ ຂອບໃຈ",
        "तपाईंको सन्देश प्राप्त भयो। धन्यवाद",
        "आपका संदेश प्राप्त हुआ।",
        "Таны захидлыг хүлээн авлаа. Баярлалаа",
        "已收到,谢谢。",
        "敬悉,謹此確認收到。",
        "受領いたしました。",
        "承知しました。ありがとうございます。",
        "잘 받았습니다. 감사합니다.",
        "수신 확인합니다.",
        "Nous accusons réception de votre message.",
        "Bien reçu, merci.",
        "Acusamos a receção da vossa mensagem. Recebido.",
        "Recebemos a vossa mensagem, obrigado.",
        "Mesajınızı aldık, teşekkürler.",
        "Подтверждаем получение вашего сообщения.",
        "Wir bestätigen den Eingang Ihrer Nachricht.",
        "Acusamos recibo. Recibido, gracias.",
        "Natanggap na po namin. Salamat.",
        "\U0001f44d",
    ),
    "needs_instructions": (
        "Received. We are awaiting instructions from capital.",
        "We have it and must consult our capital before we say more.",
        "Receipt acknowledged; we need instructions and will revert.",
        "Diterima. Kami menunggu arahan pimpinan.",
        "ได้รับแล้ว อยู่ระหว่างรอคำสั่งจากกระทรวง",
        "Đã nhận. Chúng tôi đang chờ chỉ đạo.",
        "Bien reçu, nous attendons des instructions de la capitale.",
        "已收到,等待指示。",
    ),
    "wrong_addressee": (
        "I am not the right person for this, please contact the coast guard.",
        "Wrong person.",
        "I no longer work at the Ministry.",
        "This is not meant for us.",
        "Please remove us from your list, this is not our responsibility.",
        "I have been reassigned and am no longer the focal point.",
        "You have the wrong office; kindly write to the Department of Immigration.",
        "Salah alamat, mohon hubungi Ditjen Imigrasi.",
        "Saya bukan orang yang tepat untuk ini.",
        "ผิดคนครับ กรุณาติดต่อกรมการกงสุล",
        "Nhầm người rồi.",
        "ভুল ঠিকানা, অনুগ্রহ করে কোস্ট গার্ডকে লিখুন।",
        "Je ne suis pas la bonne personne.",
        "我不是负责人,发错了。",
        "담당자가 아닙니다. 잘못 보내셨습니다.",
    ),
    "declines": (
        "We have received your notice and respectfully decline to participate.",
        "The Government will not participate in this consultation.",
        "We shall not take part.",
        "Diterima, namun kami tidak akan ikut serta.",
        "Nous déclinons la participation.",
        "谢绝参加。",
    ),
    "will_attend": (
        "We will attend.",
        "Confirmed, I will join the meeting at 06:00 UTC.",
        "Our delegation will participate.",
        "Kami akan hadir.",
        "จะเข้าร่วมประชุมครับ",
        "Chúng tôi sẽ tham dự.",
        "আমরা উপস্থিত থাকব।",
        "Nous participerons à la réunion.",
        "我们将出席。",
        "참석하겠습니다.",
    ),
    "regrets": (
        "Received. Unfortunately I cannot attend the meeting.",
        "We are unable to join at that hour.",
        "Mohon maaf, kami tidak dapat hadir.",
        "ขออภัย ไม่สามารถเข้าร่วมได้",
        "Rất tiếc, chúng tôi không thể tham dự.",
        "Nous ne pourrons pas participer à la réunion.",
        "很遗憾无法出席。",
        "申し訳ありませんが、欠席いたします。",
    ),
    "delegates": (
        "I cannot come myself; my deputy will attend on my behalf.",
        "The Director for Consular Affairs will represent us.",
        "Saya tidak bisa, akan diwakili oleh Direktur Konsuler.",
        "ขอมอบหมายให้รองอธิบดีเข้าร่วมแทน",
        "我将派副司长代为出席。",
    ),
    "unclear": (
        "What is this about?",
        "Please call our operations room.",
        "Who else has been informed?",
        "Good morning, is this an exercise?",
        "Mohon hubungi saya.",
        "ขอรายละเอียดเพิ่มเติม",
        "Could you send the annex again? It did not open.",
        "We do not confirm receipt.",
        "I cannot confirm this.",
        "Not received. The attachment is empty.",
        "We are not in a position to acknowledge this message.",
        "Do not take this as a confirmation.",
        "Kami belum menerima pesan tersebut.",
        "ยังไม่ได้รับเอกสาร",
        "Chúng tôi chưa nhận được tài liệu.",
        "আমরা এখনো পাইনি।",
        "Nous ne confirmons pas la réception.",
        "我们没有收到附件。",
        "Wir bestätigen das nicht.",
        "Is it confirmed that the boats are in your area?",
        "Please do not treat this mail as an acknowledgement.",
        "Has anybody else acknowledged?",
        "We will confirm receipt once we have seen the annex.",
        "Please confirm that this is genuine.",
    ),
}


def specimens() -> list[Specimen]:
    """Every text once, each by the next mail program in turn; the plainest one by all of them."""
    wraps = cycle(PROGRAMS.items())
    found = [
        Specimen(f"person/{meaning}-{number:02}/{program}", wrap(text), "human", False, meaning)
        for meaning, texts in SAID.items()
        for (number, text), (program, wrap) in zip(enumerate(texts), wraps, strict=False)
    ]
    return [*found, *_by_every_program()]


def _by_every_program() -> Iterator[Specimen]:
    texts = {
        "received": "We confirm receipt.",
        "unclear": "Please call us first.",
        "wrong_addressee": "I am not the right person.",
    }
    for program, wrap in PROGRAMS.items():
        for meaning, text in texts.items():
            yield Specimen(f"person/{meaning}/{program}", wrap(text), "human", False, meaning)


# --- mail programs

QUOTED: Final = "\n".join(f"> {line}" for line in NOTICE)
BARE: Final = "\n".join(NOTICE)
IN_HTML: Final = "<br>".join(map(escape, NOTICE))


def _lines(text: str) -> str:
    return "".join(f"<div>{escape(line) or '<br>'}</div>" for line in text.splitlines())


def _both(text: str, html: str, headers: Mapping[str, str], encoding: str = "8bit") -> bytes:
    parts = [Part(text, encoding=encoding), Part(html, "text/html", encoding=encoding)]
    return mail(multipart("alternative", [part.lines() for part in parts]), headers)


def _gmail(text: str) -> bytes:
    said = "On Tue, 14 Jul 2026 at 09:33, Convene <convene@in.convene.example> wrote:"
    html = (
        f'<div dir="ltr">{_lines(text)}</div><br><div class="gmail_quote"><div dir="ltr">'
        f'{escape(said)}<br></div><blockquote class="gmail_quote">{IN_HTML}</blockquote></div>'
    )
    return _both(f"{text}\n\n{said}\n\n{QUOTED}\n", html, {}, "base64")


def _gmail_wrapped(text: str) -> bytes:
    said = "On Tue, Jul 14, 2026 at 9:33 AM Convene via desk\n<convene@in.convene.example> wrote:"
    return mail(Part(f"{text}\n\n{said}\n\n{QUOTED}\n").lines())


def _outlook(text: str) -> bytes:
    block = (
        "From: Convene <convene@in.convene.example>\nSent: Tuesday, 14 July 2026 9:33 AM\n"
        "To: Focal point\nSubject: [BP-2026-003] Urgent consultation"
    )
    body = f"{text}\n\n{'_' * 32}\n{block}\n\n{BARE}\n"
    return mail(Part(body, encoding="quoted-printable").lines(), {"Thread-Index": "Adw1"})


def _outlook_html(text: str) -> bytes:
    html = (
        '<html xmlns:o="urn:x"><head><style>p {margin:0}</style></head><body><div>'
        f"{''.join(f'<p class=MsoNormal>{escape(x)}<o:p></o:p></p>' for x in text.splitlines())}"
        '<div style="border-top:solid"><p><b>From:</b> Convene<br><b>Sent:</b> Tuesday, 14 July '
        "2026 9:33<br><b>To:</b> Focal point<br><b>Subject:</b> Urgent consultation</p></div>"
        f"<p>{IN_HTML}</p></div></body></html>"
    )
    return mail(Part(html, "text/html", encoding="quoted-printable").lines())


def _apple(text: str) -> bytes:
    said = "On 14 Jul 2026, at 09:33, Convene <convene@in.convene.example> wrote:"
    body = f"{text}\n\n> {said}\n> \n{QUOTED}\n"
    return mail(Part(body).lines(), {"X-Mailer": "Apple Mail (2.3774)"})


def _iphone(text: str) -> bytes:
    said = "On 14 Jul 2026, at 9:33 AM, Convene <convene@in.convene.example> wrote:"
    body = f"{text}\n\nSent from my iPhone\n\n> {said}\n> \n{QUOTED}\n"
    return mail(Part(body, encoding="base64").lines())


def _thunderbird(text: str) -> bytes:
    said = "On 14/07/2026 09:33, Convene wrote:"
    body = f"{text}\n\n{said}\n{QUOTED}\n"
    return mail(Part(body).lines(), {"User-Agent": "Mozilla Thunderbird"})


def _below(text: str) -> bytes:
    said = "Am 14.07.26 um 09:33 schrieb Convene:"
    return mail(Part(f"{said}\n{QUOTED}\n\n{text}\n").lines())


def _yahoo(text: str) -> bytes:
    said = (
        "On Tuesday, 14 July 2026 at 09:33:12 am GMT+6, Convene <convene@in.convene.example> wrote:"
    )
    return mail(Part(f" {text}\n\n    {said}  \n \n {BARE}  ").lines())


def _roundcube(text: str) -> bytes:
    body = f"{text}\n\nOn 2026-07-14 09:33, Convene wrote:\n{QUOTED}\n"
    return mail(Part(body).lines(), {"User-Agent": "Roundcube Webmail"})


def _zimbra(text: str) -> bytes:
    block = (
        '----- Original Message -----\nFrom: "Convene" <convene@in.convene.example>\n'
        'To: "Focal point"\nSent: Tuesday, July 14, 2026 9:33:00 AM\nSubject: Urgent'
    )
    return mail(Part(f"{text}\n\n{block}\n\n{BARE}\n").lines(), {"X-Mailer": "Zimbra 9"})


def _notes(text: str) -> bytes:
    block = (
        'From:   "Convene" <convene@in.convene.example>\nTo:     Focal point\n'
        "Date:   14/07/2026 09:33\nSubject:        Urgent consultation"
    )
    return mail(Part(f"{text}\n\n\n\n{block}\n\n\n{BARE}\n").lines())


def _qq(text: str) -> bytes:
    block = (
        '------------------ 原始邮件 ------------------\n发件人: "Convene";\n'
        '发送时间: 2026年7月14日(星期二) 上午9:33\n收件人: "desk";\n主题: Urgent consultation'
    )
    return mail(Part(f"{text}\n\n\n\n\n{block}\n\n\n\n{BARE}", encoding="base64").lines())


def _signed_off(text: str) -> bytes:
    small = (
        "-- \nOperations room, Department of Immigration\nOut of office hours: +999 555 0100\n\n"
        "This email and any attachments are confidential. If you are not the intended recipient\n"
        "or received this in error, delete it.\n"
    )
    return mail(Part(f"{text}\n{small}").lines())


def _nothing_else(text: str) -> bytes:
    return mail(Part(text).lines(), {"Subject": "Re:"})


PROGRAMS: Final[Mapping[str, Callable[[str], bytes]]] = {
    "gmail": _gmail,
    "gmail-wrapped": _gmail_wrapped,
    "outlook": _outlook,
    "outlook-html": _outlook_html,
    "apple-mail": _apple,
    "iphone": _iphone,
    "thunderbird": _thunderbird,
    "below-the-quotation": _below,
    "yahoo": _yahoo,
    "roundcube": _roundcube,
    "zimbra": _zimbra,
    "notes": _notes,
    "qq": _qq,
    "signed-off": _signed_off,
    "nothing-else": _nothing_else,
}
