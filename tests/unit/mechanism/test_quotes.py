"""Which lines of a mail are its writer's own words?"""

# ruff: noqa: RUF001 - letters of other scripts are what is looked for

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mechanism.quotes import cut_quotes, unmarked, without_ours
from tests.support.table import each

QUOTED = "\n> Please confirm receipt.\n> Reply OK.\n"
UNMARKED = "\nPlease confirm receipt.\nReply OK.\n"

ANNOUNCEMENTS = [
    "On Tue, 14 Jul 2026 at 09:33, Convene <convene@convene.example> wrote:",
    "On Tue, 14 Jul 2026 at 09:33, Convene <convene@convene.example>\nwrote:",
    "On Tuesday, 14 July 2026\nat 9 in the morning, the office\nof the co-chairs wrote:",
    "Am 14.07.2026 um 09:33 schrieb Convene <convene@convene.example>:",
    "Le mar. 14 juil. 2026 à 09:33, Convene a écrit :",
    "El mar, 14 jul 2026 a las 9:33, Convene escribió:",
    "Em ter., 14 de jul. de 2026 às 09:33, Convene escreveu:",
    "Pada Sel, 14 Jul 2026 pukul 09.33 Convene menulis:",
    "Vào Th 3, 14 thg 7, 2026 vào lúc 09:33 Convene đã viết:",
    "เมื่อ อ. 14 ก.ค. 2569 เวลา 09:33 Convene เขียนว่า:",
    "2026年7月14日(火) 9:33 Convene <convene@convene.example>:",
    "在 2026年7月14日 Convene 写道\uff1a",
    "2026년 7월 14일 (화) 오전 9:33, Convene님이 작성:",
    "১৪ জুলাই ২০২৬ ৯:৩৩ Convene লিখেছেন:",
    "14 Tem 2026 Sal 09:33 tarihinde Convene şunu yazd\u0131:",
    "_____________\nFrom: Convene\nSent: Tuesday\nTo: desk\nSubject: notice",
    "*From:* Convene\n*Date:* Tuesday\n*Subject:* notice",
    "Dari: Convene\nTanggal: Selasa\nKepada: meja",
    "发件人\uff1aConvene\n发送时间\uff1a星期二\n主题\uff1anotice",
    "-----Original Message-----",
    "----- Pesan Asli -----",
    "---------- Forwarded message ---------",
    "Begin forwarded message:",
    "-------- Forwarded by the desk --------",
    "Il giorno mar 14 lug 2026 alle 09:33 Convene ha scritto:",
    "Op di 14 jul 2026 om 09:33 schreef Convene:",
    "Den tis 14 juli 2026 09:33 skrev Convene:",
    "ti 14. heinäk. 2026 klo 9.33 Convene kirjoitti:",
    "W dniu 14.07.2026 o 09:33 Convene napisał:",
    "Dne 14. 7. 2026 v 9:33 Convene napsal:",
    "Στις 14/7/2026 9:33 π.μ., ο Convene έγραψε:",
    "вт, 14 июл. 2026 г. в 09:33, Convene написал:",
    "Från: Convene\nSkickat: den 14 juli\nTill: desk\nÄmne: notice",
    "Da: Convene\nInviato: marted\u00ec\nA: desk\nOggetto: notice",
    "Od: Convene\nWysłano: wtorek\nDo: desk\nTemat: notice",
    "To: desk\nDate: Tuesday\nSubject: notice\nFrom: Convene",
    "Quoting Convene <convene@in.convene.example>:",
    "-------- Messaggio originale --------",
    "---------- Pesan yang diteruskan ---------",
]


@each(announcement=ANNOUNCEMENTS, original=[QUOTED, UNMARKED])
def test_what_is_announced_as_quoted_is_cut(announcement: str, original: str) -> None:
    assert cut_quotes(f"Received.\n\n{announcement}\n{original}") == "Received."
    assert cut_quotes(f"Received.\n{announcement}\n{original}") == "Received."


@pytest.mark.parametrize("own", ["48217", "48217 ok", "On it.", "2026"])
def test_a_short_answer_above_an_announcement_is_kept(own: str) -> None:
    for announcement in ANNOUNCEMENTS[:2]:
        assert cut_quotes(f"{own}\n{announcement}\n{QUOTED}") == own


def test_answers_between_and_below_quoted_lines_are_kept() -> None:
    text = f"{ANNOUNCEMENTS[0]}\n> First?\nYes.\n\n> Second?\n\nLater.\n\n"

    assert cut_quotes(text) == "Yes.\n\nLater."


def test_an_answer_below_a_signature_is_kept_where_a_quoted_line_stands_between() -> None:
    assert cut_quotes("Yes.\n-- \nDesk 2\n> Second?\nLater.") == "Yes.\nLater."


@pytest.mark.parametrize(
    "small_print",
    [
        "-- \nWrong person? Call us.",
        "DISCLAIMER: this is not an acknowledgement",
        "This e-mail and any attachments are confidential.\nWe confirm nothing.",
        "If you are not the intended recipient, you received it in error.",
        "Sent from my iPhone",
        "Get Outlook for iOS",
        "Dikirim dari iPhone saya",
        "__________________",
        "Envoy\u00e9 \u00e0 partir de Outlook",
        "Inviato da iPhone",
        "-----BEGIN PGP SIGNATURE-----\n\niQEzBAEBCAAdFiEE\n-----END PGP SIGNATURE-----",
        "Ce courriel et ses annexes sont confidentiels.",
        "Este mensaje contiene datos confidenciales.",
    ],
)
def test_signatures_and_small_print_are_cut(small_print: str) -> None:
    assert cut_quotes(f"Received.\n\n{small_print}\n") == "Received."


def test_a_banner_is_cut_up_to_the_next_empty_line() -> None:
    banner = "CAUTION: This email originated from outside.\nDo not click."

    assert cut_quotes(f"{banner}\n\nReceived.") == "Received."


@pytest.mark.parametrize(
    "own",
    [
        "From: our side\nall is well",
        "We wrote: nothing",
        "On 14 July 2026 we met.\nIt went well.",
        "On 14 July 2026 we met.",
        "On 14 July 2026\n\nwe wrote:",
        "Our original message stands",
        "Note: 1234",
        "Quoting the regulation:",
        "To: all\nDate: unchanged\nall is well",
        "Diese Nachricht haben wir erhalten.",
        "Sent by mistake to us.",
    ],
)
def test_what_only_resembles_an_announcement_is_kept(own: str) -> None:
    assert cut_quotes(own) == own


def test_a_signed_text_is_shown_without_its_armour() -> None:
    armour = "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256"
    text = f"{armour}\n\nReceived.\n-----BEGIN PGP SIGNATURE-----"

    assert cut_quotes(text) == "Received."


def test_all_that_is_not_marked_as_quoted_is_more_than_the_writers_words() -> None:
    text = f"Received.\n-- \nDesk\n{ANNOUNCEMENTS[0]}\n> First?\n  > Second?\nYes."

    assert unmarked(text) == f"Received.\n-- \nDesk\n{ANNOUNCEMENTS[0]}\nYes."


def test_many_empty_lines_become_one() -> None:
    assert cut_quotes("\n\nA\n\n\n\nB\n\n") == "A\n\nB"


OURS = "Please confirm receipt by 14 July 2026, six in the morning.\nReply OK.\n"


def test_our_lines_are_taken_out_however_they_were_wrapped_again() -> None:
    wrapped = "Noted.\nPlease confirm receipt by 14 July\n2026, six in the morning.\n  reply ok \n"

    assert without_ours(wrapped, OURS) == "Noted."


def test_a_short_line_is_ours_only_as_a_whole() -> None:
    assert without_ours("confirm receipt", OURS) == "confirm receipt"
    assert without_ours("OK", OURS) == "OK"


@given(st.text(), st.text())
def test_any_text_can_be_cut(text: str, ours: str) -> None:
    assert len(without_ours(cut_quotes(text), ours)) <= len(text)


HOSTILE = [">", "\n", ">\n", "On ", "On\n", "On On On 2026 wrote:\n", "On 2026\n", "From:\nTo\n"]


@pytest.mark.parametrize(
    "piece", [*HOSTILE, "a" * 10_000 + "\n", "-- \n", "2026 a@b\n", "\u0301\n"]
)
def test_a_hostile_text_is_cut_within_a_second(
    piece: str, cpu_seconds: Callable[[Callable[[], object]], float]
) -> None:
    text = piece * (4_000_000 // len(piece))

    assert cpu_seconds(lambda: without_ours(cut_quotes(text), OURS * 100)) < 1
