"""What does a reply mean, and may it count as an acknowledgement?"""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.answers import (
    Answer,
    MailSign,
    MailToRead,
    Meaning,
    Proof,
    ReplyKind,
    acknowledges,
    read_mail,
    read_text_message,
    response_of,
)
from mechanism.codes import with_check_digit
from mechanism.vocabulary import AcknowledgementResponse
from tests.support.table import each

CODE = with_check_digit(4821)
MACHINES = {kind for kind in ReplyKind if kind not in {ReplyKind.HUMAN, ReplyKind.CALENDAR_REPLY}}


def meaning_of_mail(text: str) -> Meaning | None:
    return read_mail(MailToRead(text)).answer


# --- text messages

YES = [
    "OK",
    "ok.",
    " O.K. ",
    "okkk",
    "Okay",
    "YES",
    "yes!!",
    "Y",
    "ACK",
    "1",
    "Confirmed",
    "Received with thanks",
    "Noted, thank you",
    "\uff2f\uff2b",
    "\U0001f44d",
    "\U0001f44d\U0001f3fd",
    "no problem, ok",
    "ya",
    "Ya pak",
    "Baik",
    "Setuju",
    "siap, diterima",
    "hyaa",
    "হ্যাঁ",
    "ঠিক আছে",
    "ใช่",
    "รับทราบครับ",
    "ဟုတ်ကဲ့",
    "بله",
    "ہاں",
    "हाँ",
    "có",
    "vâng",
    "da nhan",
    "oo",
    "opo",
    "ඔව්",
    "ஆம்",
    "نعم",
    "네",
    "はい",
    "收到",
    "Evet",
    "ALINDI",
    "Oui",
    "Sim",
    "Тийм",
    "បាទ",
    "ແມ່ນ",
    "އާނ",
]


@each(text=YES, form=["{}", "{} {c}", "{c}, {}", "\n{}\n{c}\n"])
def test_a_yes_acknowledges_in_the_members_languages_with_or_without_its_code(
    text: str, form: str
) -> None:
    answer = read_text_message(form.format(text, c=CODE))

    assert (answer.kind, answer.answer, answer.automatic) == (
        ReplyKind.HUMAN,
        Meaning.RECEIVED,
        False,
    )
    assert acknowledges(answer, Proof.STRONG)
    assert acknowledges(answer, Proof.WEAK)


@pytest.mark.parametrize("text", [CODE, f"{CODE[:2]} {CODE[2:]}", f"1 {CODE}", f" {CODE}. "])
def test_the_code_alone_acknowledges(text: str) -> None:
    assert read_text_message(text).answer is Meaning.RECEIVED


NO = [
    "no",
    "No.",
    "not ok",
    "not OK?",
    "ok, not",
    "do not confirm",
    "Don\u2019t confirm",
    "We cannot acknowledge this",
    "never received",
    "stop sending me this, ok",
    "tidak",
    "belum diterima",
    "bukan, tidak ok",
    "ไม่ใช่",
    "ยังไม่ได้รับ ok",
    "我没收到",
    "পাইনি, ok",
    "না",
    "không",
    "hindi",
    "نه",
    "نہیں",
    "नहीं",
    "لا",
    "இல்லை",
    "නැහැ",
    "아니요",
    "いいえ",
    "မဟုတ်ဘူး",
    "\U0001f44e",
    "hay\u0131r",
]


@each(text=NO, form=["{}", "{} {c}", "{c} {}"])
def test_a_no_never_acknowledges_and_goes_to_a_person(text: str, form: str) -> None:
    answer = read_text_message(form.format(text, c=CODE))

    assert (answer.kind, answer.answer) == (ReplyKind.HUMAN, Meaning.UNCLEAR)
    assert answer.withheld
    assert not acknowledges(answer, Proof.STRONG)
    assert response_of(answer) is None


WRONG = [
    "wrong person",
    f"Wrong number {CODE}",
    f"yes {CODE} but I am not the right person",
    "I don't know this, wrong number",
    "salah orang",
    "nhầm số",
    "ผิดคน",
    "ভুল নম্বর",
    "打错了",
]


@pytest.mark.parametrize("text", WRONG)
def test_a_wrong_addressee_never_acknowledges(text: str) -> None:
    answer = read_text_message(text)

    assert answer.answer is Meaning.WRONG_ADDRESSEE
    assert not acknowledges(answer, Proof.STRONG)


@pytest.mark.parametrize(
    "word", ["STOP", "Stop.", "stopall", "UNSUBSCRIBE", "Cancel", "END", "quit"]
)
def test_a_word_of_opting_out_alone_is_one(word: str) -> None:
    for text in (word, f"{word} {CODE}", f" {word}!"):
        answer = read_text_message(text)
        assert (answer.kind, answer.answer, answer.automatic) == (ReplyKind.OPT_OUT, None, False)
        assert not acknowledges(answer, Proof.STRONG)


def test_berhenti_alone_is_opting_out() -> None:
    assert read_text_message("Berhenti").kind is ReplyKind.OPT_OUT


def test_a_word_of_opting_out_in_a_sentence_is_none() -> None:
    answer = read_text_message(f"CANCEL my leave, OK {CODE}")

    assert answer.answer is Meaning.RECEIVED


@pytest.mark.parametrize(
    ("text", "meaning"),
    [
        ("cannot attend, OK 48217", Meaning.REGRETS),
        ("OK 48217 awaiting instructions", Meaning.NEEDS_INSTRUCTIONS),
        ("Ok, we will attend the meeting", Meaning.WILL_ATTEND),
        ("who is this", Meaning.UNCLEAR),
        ("Is it confirmed?", Meaning.UNCLEAR),
        ("call me if received", Meaning.UNCLEAR),
    ],
)
def test_more_than_yes_is_read_too(text: str, meaning: Meaning) -> None:
    assert read_text_message(text).answer is meaning


def test_what_is_not_understood_acknowledges_only_with_strong_proof() -> None:
    answer = read_text_message("who is this")

    assert acknowledges(answer, Proof.STRONG)
    assert response_of(answer) is AcknowledgementResponse.RECEIVED
    assert not acknowledges(answer, Proof.WEAK)


@pytest.mark.parametrize("text", ["", " \n", "...", "\u200f"])
def test_a_message_without_words_goes_to_a_person(text: str) -> None:
    assert read_text_message(text).kind is ReplyKind.UNREADABLE


def test_a_telephone_that_answers_by_itself_acknowledges_nothing() -> None:
    answer = read_text_message(f"This is an automatic reply. OK {CODE}")

    assert (answer.kind, answer.automatic) == (ReplyKind.AUTO_REPLY, True)


# --- mail: machines first

SIGNS = {
    MailSign.COMPLAINT: ReplyKind.COMPLAINT,
    MailSign.READ_RECEIPT: ReplyKind.READ_RECEIPT,
    MailSign.DELIVERY_REPORT: ReplyKind.BOUNCE,
    MailSign.DELAY_REPORT: ReplyKind.DELAY,
    MailSign.SUCCESS_REPORT: ReplyKind.READ_RECEIPT,
    MailSign.DAEMON_SENDER: ReplyKind.BOUNCE,
    MailSign.FAILURE_SUBJECT: ReplyKind.BOUNCE,
    MailSign.CHALLENGE: ReplyKind.CHALLENGE,
    MailSign.AUTO_SUBMITTED: ReplyKind.AUTO_REPLY,
    MailSign.VACATION_HEADER: ReplyKind.AUTO_REPLY,
    MailSign.AUTOMATIC_SUBJECT: ReplyKind.AUTO_REPLY,
    MailSign.ROBOT_SENDER: ReplyKind.AUTO_REPLY,
    MailSign.ROOM: ReplyKind.AUTO_REPLY,
}


@pytest.mark.parametrize("sign", SIGNS)
def test_a_machine_never_acknowledges_whatever_it_says(sign: MailSign) -> None:
    answer = read_mail(MailToRead("We confirm receipt. OK", frozenset({sign})))

    assert (answer.kind, answer.automatic, answer.answer) == (SIGNS[sign], True, None)
    assert not acknowledges(answer, Proof.STRONG)


def test_every_sign_leads_somewhere() -> None:
    assert {
        *SIGNS,
        MailSign.CALENDAR_REPLY,
        MailSign.UNREADABLE,
        MailSign.RENAMED,
        MailSign.DOUBTFUL,
    } == set(MailSign)


@given(st.text(), st.sets(st.sampled_from(list(SIGNS)), min_size=1))
def test_no_text_makes_a_machines_mail_an_acknowledgement(text: str, signs: set[MailSign]) -> None:
    answer = read_mail(MailToRead(text, frozenset({*signs, MailSign.CALENDAR_REPLY}), "ACCEPTED"))

    assert answer.automatic
    assert not acknowledges(answer, Proof.STRONG)


def test_a_responder_that_asks_for_proof_of_a_person_is_a_challenge() -> None:
    asked = MailToRead("Your message is being held.", frozenset({MailSign.AUTO_SUBMITTED}))

    assert read_mail(asked).kind is ReplyKind.CHALLENGE


ABSENCES = [
    "I am out of the office until Monday.",
    "Dear colleague,\nThank you. I am on annual leave.",
    "Saya sedang cuti sampai Senin.",
    "Je suis absent du bureau.",
    "Tôi đang nghỉ phép.",
    "ลาพักร้อน",
    "我正在休假",
    "ছুটিতে আছি",
]
DOUBTFUL = [
    "I am out of the office until Monday. I confirm receipt of urgent mail only.",
    "Dear colleague,\nThank you. I am on annual leave and have received your message.",
    "Received with thanks. We are away from the office.",
    "OK. Do not reply to this e-mail.",
    "We await instructions. This mailbox is not monitored.",
    "Your message has been received and will be answered as soon as possible.",
    "Your enquiry will be processed.",
    "Thank you for contacting us. We confirm receipt.",
]


@pytest.mark.parametrize("text", ABSENCES)
def test_a_note_of_absence_without_any_header_is_a_machines(text: str) -> None:
    assert read_mail(MailToRead(text)).kind is ReplyKind.AUTO_REPLY


@pytest.mark.parametrize("text", DOUBTFUL)
def test_what_a_machine_or_a_person_may_have_written_goes_to_a_person(text: str) -> None:
    answer = read_mail(MailToRead(text))

    assert (answer.kind, answer.automatic, answer.answer) == (ReplyKind.HUMAN, False, None)
    assert answer.withheld
    assert not acknowledges(answer, Proof.STRONG)


def test_headers_that_some_machines_write_take_the_meaning_from_what_is_not_understood() -> None:
    doubtful = frozenset({MailSign.DOUBTFUL})

    assert read_mail(MailToRead("Who are you?", doubtful)).answer is None
    assert read_mail(MailToRead("We confirm receipt.", doubtful)).answer is Meaning.RECEIVED


def test_a_machine_in_the_signature_makes_a_yes_doubtful() -> None:
    text = "We have received it.\n-- \nThis is an automatically generated message."

    assert read_mail(MailToRead(text)).answer is None
    assert read_mail(MailToRead(text, ours=text.splitlines()[-1])).answer is Meaning.RECEIVED


def test_our_subject_behind_strange_words_makes_a_receipt_doubtful() -> None:
    renamed = frozenset({MailSign.RENAMED})

    assert read_mail(MailToRead("We confirm receipt.", renamed)).answer is None
    assert read_mail(MailToRead("We will attend.", renamed)).answer is Meaning.WILL_ATTEND


def test_a_no_in_what_is_not_understood_is_read_by_a_person() -> None:
    answer = read_mail(MailToRead("I never got what you mention.\n\n> Reply OK"))

    assert (answer.answer, answer.withheld) == (Meaning.UNCLEAR, True)


def test_a_formal_receipt_may_go_on_in_set_phrases() -> None:
    text = "We acknowledge receipt of your letter. It will be processed within working hours."

    assert read_mail(MailToRead(text)).answer is Meaning.RECEIVED


def test_a_person_who_says_yes_first_may_be_on_leave() -> None:
    answer = read_mail(
        MailToRead("Acknowledged. I am on leave from Monday, write to the duty desk.")
    )

    assert (answer.kind, answer.answer) == (ReplyKind.HUMAN, Meaning.RECEIVED)


@pytest.mark.parametrize(
    "text",
    [
        "This is an automatically generated message. Your mail was received.",
        "Do not reply to this e-mail. OK.",
        "Balasan otomatis? Ya.",
        "Balasan otomatis: pesan diterima",
    ],
)
def test_the_words_of_a_machine_are_known(text: str) -> None:
    assert read_mail(MailToRead(text)).kind is ReplyKind.AUTO_REPLY


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("This is the qmail-send program. Your message could not be delivered", ReplyKind.BOUNCE),
        ("Your message was read on Tuesday. OK", ReplyKind.READ_RECEIPT),
    ],
)
def test_the_sentences_of_a_mail_system_are_known(text: str, kind: ReplyKind) -> None:
    answer = read_mail(MailToRead(text))

    assert (answer.kind, answer.automatic) == (kind, True)


def test_a_challenge_is_known_by_its_words() -> None:
    assert (
        read_mail(MailToRead("Click the link to verify that you sent this")).kind
        is ReplyKind.CHALLENGE
    )


# --- mail: calendar replies

PARTSTATS = {
    "ACCEPTED": Meaning.WILL_ATTEND,
    "declined": Meaning.REGRETS,
    "DELEGATED": Meaning.DELEGATES,
    "TENTATIVE": Meaning.RECEIVED,
    "NEEDS-ACTION": Meaning.UNCLEAR,
    "": Meaning.UNCLEAR,
}


@pytest.mark.parametrize("partstat", PARTSTATS)
def test_a_calendar_reply_proves_receipt_and_states_attendance(partstat: str) -> None:
    answer = read_mail(MailToRead("", frozenset({MailSign.CALENDAR_REPLY}), partstat))

    assert (answer.kind, answer.automatic) == (ReplyKind.CALENDAR_REPLY, False)
    assert answer.answer is PARTSTATS[partstat]
    stated = PARTSTATS[partstat] is not Meaning.UNCLEAR
    assert response_of(answer) is (AcknowledgementResponse.RECEIVED if stated else None)


def test_a_calendar_reply_of_a_room_is_attendance_and_no_acknowledgement() -> None:
    signs = frozenset({MailSign.CALENDAR_REPLY, MailSign.AUTO_SUBMITTED})
    answer = read_mail(MailToRead("", signs, "ACCEPTED"))

    assert (answer.automatic, answer.answer) == (True, Meaning.WILL_ATTEND)
    assert not acknowledges(answer, Proof.STRONG)


def test_the_words_of_a_room_make_a_calendar_reply_a_machines() -> None:
    heard = MailToRead(
        "Your request was accepted.", frozenset({MailSign.CALENDAR_REPLY}), "ACCEPTED"
    )

    assert read_mail(heard).automatic


@pytest.mark.parametrize(
    ("comment", "meaning"),
    [
        ("I am not the right person.", Meaning.WRONG_ADDRESSEE),
        ("We do not confirm receipt.", Meaning.UNCLEAR),
        ("I am out of office, but received.", Meaning.UNCLEAR),
    ],
)
def test_a_comment_beside_a_calendar_reply_can_take_it_back(comment: str, meaning: Meaning) -> None:
    heard = MailToRead("", frozenset({MailSign.CALENDAR_REPLY}), "ACCEPTED", comment=comment)
    answer = read_mail(heard)

    assert (answer.answer, answer.withheld, answer.text) == (meaning, True, comment)


def test_a_friendly_comment_takes_nothing_back() -> None:
    heard = MailToRead(
        "", frozenset({MailSign.CALENDAR_REPLY}), "DECLINED", comment="On mission, sorry."
    )

    assert read_mail(heard).answer is Meaning.REGRETS


# --- mail: persons

SAID = [
    ("We acknowledge receipt of your notice.", Meaning.RECEIVED),
    ("Receipt is acknowledged and does not constitute consent.", Meaning.RECEIVED),
    ("We acknowledge receipt of Note Verbale No. 80.", Meaning.RECEIVED),
    ("Received, but I cannot confirm attendance yet.", Meaning.RECEIVED),
    ("We confirm receipt. We do not have further information.", Meaning.RECEIVED),
    ("Ya.\n\nMeja siaga", Meaning.RECEIVED),
    ("Terima kasih, pesan sudah diterima.", Meaning.RECEIVED),
    ("Nous accusons réception de votre message.", Meaning.RECEIVED),
    ("ได้รับแล้ว", Meaning.RECEIVED),
    ("Ok\nNo comment", Meaning.RECEIVED),
    ("This is not for us: please remove us from your list.", Meaning.WRONG_ADDRESSEE),
    ("I no longer work at the ministry.", Meaning.WRONG_ADDRESSEE),
    ("We respectfully decline.", Meaning.DECLINES),
    ("Received. We will not participate.", Meaning.DECLINES),
    ("We do not decline to participate.", Meaning.UNCLEAR),
    ("We have it and await instructions.", Meaning.NEEDS_INSTRUCTIONS),
    ("Kami masih menunggu arahan.", Meaning.NEEDS_INSTRUCTIONS),
    ("The Director will represent us.", Meaning.DELEGATES),
    ("I cannot attend; my deputy will attend on my behalf.", Meaning.DELEGATES),
    ("I do not have authority and cannot attend.", Meaning.REGRETS),
    ("Kami akan hadir.", Meaning.WILL_ATTEND),
    ("If we will attend is not decided.", Meaning.UNCLEAR),
    ("Please call us.", Meaning.UNCLEAR),
    ("Good morning", Meaning.UNCLEAR),
    ("Please confirm", Meaning.UNCLEAR),
    ("We will confirm receipt once we have seen the annex.", Meaning.UNCLEAR),
    ("This will acknowledge receipt of your letter.", Meaning.RECEIVED),
    ("1. Ministry of Transport", Meaning.UNCLEAR),
    ("Did you get it? Is it confirmed?", Meaning.UNCLEAR),
]


@pytest.mark.parametrize(("text", "meaning"), SAID)
def test_what_a_person_means_is_read(text: str, meaning: Meaning) -> None:
    answer = read_mail(MailToRead(text))

    assert (answer.kind, answer.answer) == (ReplyKind.HUMAN, meaning)
    assert answer.withheld == (meaning is Meaning.UNCLEAR)


def test_what_is_not_understood_acknowledges_only_above_what_a_person_quotes() -> None:
    quoting = read_mail(MailToRead("Please call us.\n\n> Please confirm receipt."))
    bare = read_mail(MailToRead("Please call us."))

    assert (quoting.answer, bare.answer) == (Meaning.UNCLEAR, Meaning.UNCLEAR)
    assert acknowledges(quoting, Proof.STRONG)
    assert not acknowledges(quoting, Proof.WEAK)
    assert not acknowledges(bare, Proof.STRONG)


@pytest.mark.parametrize(
    "text",
    ["Wir haben es erhalten. Automatisch generiert.", "Pesan dikirim secara otomatis oleh sistem."],
)
def test_whatever_calls_itself_automatic_has_no_meaning(text: str) -> None:
    assert read_mail(MailToRead(text)).answer is None


@pytest.mark.parametrize(
    "text",
    [
        "No.",
        "No, thank you",
        "We do not confirm receipt.",
        "We do not, at this stage, confirm receipt.",
        "We do not\nconfirm receipt of this message.",
        "The Government is at this time not able to say in any form that it has\nreceived it.",
        "ยังไม่ได้รับ ไม่ยืนยัน",
        "확인하지 않았습니다",
    ],
)
def test_a_denied_yes_goes_to_a_person_however_strong_the_proof(text: str) -> None:
    answer = read_mail(MailToRead(text))

    assert (answer.answer, answer.withheld) == (Meaning.UNCLEAR, True)
    assert not acknowledges(answer, Proof.STRONG)


def test_our_own_words_quoted_acknowledge_and_decline_nothing() -> None:
    ours = "Reply OK to confirm receipt.\nI am not the right person\nWe decline to participate"
    marked = "\n".join(f"> {line}" for line in ours.splitlines())

    assert meaning_of_mail(f"Please call us.\n\n{marked}") is Meaning.UNCLEAR
    unmarked = read_mail(MailToRead(f"Please call us.\n\n{ours}", ours=ours))
    assert (unmarked.answer, unmarked.text) == (Meaning.UNCLEAR, "Please call us.")


def test_a_mail_of_nothing_but_our_words_goes_to_a_person() -> None:
    assert read_mail(MailToRead("> Reply OK\n")).kind is ReplyKind.UNREADABLE
    assert read_mail(MailToRead("Reply OK", ours="Reply OK")).kind is ReplyKind.UNREADABLE


def test_unsubscribing_by_mail_is_opting_out() -> None:
    assert read_mail(MailToRead("Unsubscribe")).kind is ReplyKind.OPT_OUT


@pytest.mark.parametrize("note", ["it is sealed", ""])
def test_what_cannot_be_read_goes_to_a_person_with_the_reason(note: str) -> None:
    answer = read_mail(MailToRead("", frozenset({MailSign.UNREADABLE}), note=note))

    assert (answer.kind, answer.automatic, answer.answer) == (ReplyKind.UNREADABLE, False, None)
    assert answer.reason == (note or "it cannot be read")


# --- acknowledgements


@pytest.mark.parametrize(
    ("meaning", "response"),
    [
        (Meaning.RECEIVED, AcknowledgementResponse.RECEIVED),
        (Meaning.NEEDS_INSTRUCTIONS, AcknowledgementResponse.NEEDS_INSTRUCTIONS),
        (Meaning.DECLINES, AcknowledgementResponse.DECLINES),
        (Meaning.WILL_ATTEND, AcknowledgementResponse.RECEIVED),
        (Meaning.REGRETS, AcknowledgementResponse.RECEIVED),
        (Meaning.DELEGATES, AcknowledgementResponse.RECEIVED),
        (Meaning.UNCLEAR, AcknowledgementResponse.RECEIVED),
        (Meaning.WRONG_ADDRESSEE, None),
    ],
)
def test_each_meaning_has_its_response(
    meaning: Meaning, response: AcknowledgementResponse | None
) -> None:
    answer = Answer(ReplyKind.HUMAN, False, meaning, "", "")

    assert response_of(answer) is response
    assert acknowledges(answer, Proof.STRONG) == (response is not None)


@pytest.mark.parametrize("kind", sorted(MACHINES))
def test_what_is_no_answer_has_no_response(kind: ReplyKind) -> None:
    assert response_of(Answer(kind, False, None, "", "")) is None


# --- any text


@given(st.text())
def test_any_text_is_read(text: str) -> None:
    assert read_text_message(text).reason
    assert read_mail(MailToRead(text, ours=text[:10])).reason


PIECES = [
    "OK",
    "not",
    CODE,
    "wrong person",
    "STOP",
    "?",
    ".",
    "\n",
    " ",
    "> ",
    "if",
    "but",
    "ไม่",
    "ใช่",
]


@given(st.lists(st.sampled_from(PIECES)))
def test_no_heap_of_words_that_holds_a_no_acknowledges_by_sms(pieces: list[str]) -> None:
    text = " ".join([*pieces, "not", "ok"])

    assert not acknowledges(read_text_message(text), Proof.STRONG)


HOSTILE = ["ok ", "not ok ", "?", "ok?", "x", "ใช่", "if ", "\n", "ok\n", "but ", "a\u0301\u0327"]


@pytest.mark.parametrize("piece", [*HOSTILE, "no. 1", "No          ", "on leave ", "\U0001f44d"])
def test_a_hostile_text_is_read_within_a_second(
    piece: str, cpu_seconds: Callable[[Callable[[], object]], float]
) -> None:
    text = piece * (4_000_000 // len(piece))

    assert cpu_seconds(lambda: read_text_message(text)) < 1
    assert cpu_seconds(lambda: read_mail(MailToRead(text, ours=text[:20_000]))) < 1
