"""Whose answer is it? By what only its addressee held; whatever is weaker is for a person."""

import pytest
from sqlalchemy import select

from convening.replies import matching
from convening.replies.matching import Match
from mechanism.answers import Proof
from mechanism.assurance import SentFrom
from notifications import tokens
from notifications.email import addresses
from notifications.email.parse import message as parse_message
from notifications.tokens import TokenPurpose
from store.tables import ContactPoint, Message, ReplyCode, Token
from tests.support.desk import Desk
from tests.support.outbox import claimed, of

PHONE, MAILBOX = "+999100310001", "desk@atlantis.example"


def code_of(desk: Desk) -> str:
    with desk.database.reading() as session:
        query = select(ReplyCode.code).where(ReplyCode.address == PHONE)
        return list(session.scalars(query.order_by(ReplyCode.id)))[-1]


def matched(desk: Desk, sender: str, *codes: str) -> Match:
    with desk.database.reading() as session:
        return matching.match_text(session, sender, codes)


def test_a_code_together_with_its_number_is_strong_proof(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert matched(desk, PHONE, code_of(desk)).proof is Proof.STRONG


@pytest.mark.check(30)
def test_a_code_from_another_number_on_file_proves_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS", "MU")

    found = matched(desk, "+999100410001", code_of(desk))

    assert found.proof is None
    assert "not sent to this number" in found.how


def test_a_code_from_a_number_not_on_file_is_a_suggestion(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    found = matched(desk, "+999900000001", code_of(desk))

    assert found.proof is None
    assert found.notice is not None


def test_without_a_code_the_only_open_notice_is_meant(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert matched(desk, PHONE).proof is Proof.WEAK


def test_without_a_code_two_open_notices_are_for_a_person(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.activates("ATLANTIS")

    assert matched(desk, PHONE).proof is None
    assert matched(desk, PHONE, code_of(desk)).proof is Proof.STRONG


def test_one_notice_has_one_code_at_a_number_however_often_it_is_written_to(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    first = code_of(desk)
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        codes = session.scalars(select(ReplyCode.code).where(ReplyCode.address == PHONE)).all()
    assert first in codes
    assert len(set(codes)) == 2


def test_a_number_that_was_never_written_to_says_nothing(desk: Desk) -> None:
    assert matched(desk, "+999900000001") == matching.NOTHING


def by_mail(desk: Desk, raw: str, *recipients: str) -> Match:
    with desk.database.reading() as session:
        mail = parse_message.read_raw(raw.encode())
        return matching.match_mail(session, mail, recipients, desk.settings)


def reply_address(desk: Desk) -> str:
    with desk.database.reading() as session:
        contact = session.scalars(select(ContactPoint).where(ContactPoint.address == MAILBOX)).one()
        seed = tokens.seed_for(TokenPurpose.MAIL, desk.activation(session), contact)
        return f"ack+{tokens.token_of(seed, key=desk.settings.key)}@in.cm.example"


@pytest.mark.parametrize("change", [str, str.upper], ids=["as written", "in capitals"])
def test_the_reply_address_is_strong_proof_whatever_its_case(desk: Desk, change: type[str]) -> None:
    desk.activates("ATLANTIS")

    found = by_mail(desk, "Subject: x\n\nOK", change(reply_address(desk)))

    assert (found.proof, found.how) == (Proof.STRONG, "the reply address")


def test_a_reply_address_that_was_revoked_proves_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    address = reply_address(desk)
    with desk.database.transaction() as session:
        for token in session.scalars(select(Token)):
            token.revoked_at = desk.now

    assert by_mail(desk, "Subject: x\n\nOK", address).proof is None


def test_our_own_message_id_in_the_thread_is_strong_proof(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    claimed(desk)
    with desk.database.reading() as session:
        mail_id = session.scalars(select(Message).where(Message.address == MAILBOX)).first()
        assert mail_id is not None
        raw = f"From: x@y.example\nReferences: <a@b> {mail_id.mail_id}\n\nOK"

    assert by_mail(desk, raw, "cm@in.cm.example").proof is Proof.STRONG


def test_a_message_id_of_an_office_whose_links_were_taken_back_is_a_suggestion(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    claimed(desk)
    with desk.database.transaction() as session:
        message = session.scalars(select(Message).where(Message.address == MAILBOX)).first()
        assert message is not None
        raw = f"From: {MAILBOX}\nIn-Reply-To: {message.mail_id}\n\nOK"
        for token in session.scalars(select(Token)):
            token.revoked_at = desk.now

    found = by_mail(desk, raw, "cm@in.cm.example")

    assert found.proof is None
    assert found.notice is not None
    assert "taken back" in found.how


def test_a_report_to_the_marked_envelope_names_its_attempt(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    claim = of(claimed(desk), MAILBOX)
    marked = addresses.bounces_of(claim.attempt_id, desk.settings.key, "in.cm.example")

    found = by_mail(desk, "Subject: Undelivered\n\n", marked)

    assert found.attempt is not None
    assert found.attempt.id == claim.attempt_id
    forged = marked.replace(f"+{claim.attempt_id}-", f"+{claim.attempt_id + 1}-")
    assert by_mail(desk, "Subject: Undelivered\n\n", forged).attempt is None


@pytest.mark.parametrize(
    ("sender", "subject", "suggested"),
    [
        (MAILBOX, "Re: [BP-2026-001] x", True),
        (MAILBOX, "Re: something else", False),
        ("stranger@nowhere.example", "Re: [BP-2026-001] x", False),
        ("desk@mu.example", "Re: [BP-2026-001] x", False),
    ],
)
def test_a_reference_and_a_known_sender_only_suggest(
    desk: Desk,
    sender: str,
    subject: str,
    suggested: bool,  # noqa: FBT001
) -> None:
    desk.activates("ATLANTIS")

    found = by_mail(desk, f"From: {sender}\nSubject: {subject}\n\nOK", "cm@in.cm.example")

    assert found.proof is None
    assert (found.notice is not None) is suggested


def test_two_open_notices_bring_the_codes_to_choose_from(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    desk.activates("ATLANTIS")

    assert len(matched(desk, PHONE).choices) == 2


def test_a_report_that_came_to_another_address_is_known_by_what_it_is_about(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    claim = of(claimed(desk), MAILBOX)
    with desk.database.reading() as session:
        message = session.scalars(select(Message).where(Message.address == MAILBOX)).first()
        assert message is not None
        mail_id = message.mail_id
    by_id = report(f"att{claim.attempt_id}", MAILBOX)
    enclosed = report("", MAILBOX, f"Message-ID: {mail_id}\n")

    for raw in (by_id, enclosed):
        found = by_mail(desk, raw, "cm@in.cm.example")
        assert found.attempt is not None
        assert found.attempt.id == claim.attempt_id


@pytest.mark.parametrize("envelope_id", ["att1x", "att999999", "", "other"])
def test_an_envelopes_id_that_is_not_ours_names_nothing(desk: Desk, envelope_id: str) -> None:
    desk.activates("ATLANTIS")
    claimed(desk)

    assert by_mail(desk, report(envelope_id, MAILBOX), "cm@in.cm.example").attempt is None


def test_an_envelopes_id_counts_only_for_the_address_that_it_was_written_to(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    claim = of(claimed(desk), MAILBOX)
    raw = report(f"att{claim.attempt_id}", "somebody@else.example")

    assert by_mail(desk, raw, "cm@in.cm.example").attempt is None


def report(envelope_id: str, recipient: str, original: str = "Subject: x\n") -> str:
    """A delivery report of a failure."""
    return (
        "From: MAILER-DAEMON@mx.example\nSubject: Undelivered\nMIME-Version: 1.0\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\n\n'
        "--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; mx.example\n"
        f"Original-Envelope-Id: {envelope_id}\n\nFinal-Recipient: rfc822; {recipient}\n"
        "Action: failed\nStatus: 5.1.1\n\n"
        f"--b\nContent-Type: text/rfc822-headers\n\n{original}\n--b--\n"
    )


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("Desk@Atlantis.example", SentFrom.ITS_ADDRESS),
        ("consular@atlantis.example", SentFrom.ITS_MEMBER),
        ("desk@mu.example", SentFrom.ELSEWHERE),
        ("secretary@private.example", SentFrom.ELSEWHERE),
        ("", SentFrom.ELSEWHERE),
    ],
)
def test_it_is_said_where_a_mail_came_from(desk: Desk, address: str, expected: SentFrom) -> None:
    with desk.database.reading() as session:
        contact = session.scalars(select(ContactPoint).where(ContactPoint.address == MAILBOX)).one()
        assert matching.sent_from(session, address, contact) is expected
