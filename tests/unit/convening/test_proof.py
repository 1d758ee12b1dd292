"""How sure it is who answered: kept with the answer, written down, and weighed by the playbook."""

import json
from dataclasses import replace

import pytest
from sqlalchemy import select

from convening.replies import handle
from convening.replies.interpret import open_mail
from mechanism.assurance import SenderCheck
from mechanism.lifecycle import NeedState, NoticeState, ReplyState
from mechanism.vocabulary import NeedCause
from notifications.email.parse.parsed import Checked
from store.tables import Acknowledgement, LedgerEntry, Need, Reply
from tests.support.desk import Desk
from tests.support.replies import causes, code, heard, mail, state, text

DISOWNED = Checked(SenderCheck.FAILED, "atlantis.example", dkim="fail", dmarc="fail", by="dns")


def asks_for(desk: Desk, minimum: int) -> None:
    """The playbook of the activation asks for more proof."""
    with desk.database.transaction() as session:
        activation = desk.activation(session)
        activation.playbook_text += f"\nproof: {{minimum: {minimum}}}\n"


def told(desk: Desk) -> Acknowledgement:
    with desk.database.reading() as session:
        found = desk.notice(session, "ATLANTIS").acknowledgement
        assert found is not None
        return found


def written(desk: Desk, kind: str) -> list[dict[str, object]]:
    with desk.database.reading() as session:
        query = select(LedgerEntry.body).where(LedgerEntry.type == kind).order_by(LedgerEntry.id)
        return [json.loads(body)["data"] for body in session.scalars(query)]


def test_a_mail_that_its_domain_disowns_acknowledges_by_its_token_and_is_flagged(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "OK")

    with desk.database.transaction() as session:
        reply = session.get_one(Reply, reply_id)
        opened = replace(open_mail(reply, desk.installation), checked=DISOWNED)
        handle.handle(session, reply, now=desk.now, settings=desk.settings, opened=opened)

    assert told(desk).assurance == 1
    assert "unauthenticated" in told(desk).assurance_text
    with desk.database.reading() as session:
        kept = session.get_one(Reply, reply_id).envelope["authenticity"]
    assert kept == {
        "check": "failed", "domain": "atlantis.example", "dkim": "fail", "dmarc": "fail",
        "by": "dns",
    }  # fmt: skip
    [matched] = written(desk, "cm.reply.matched.v1")
    assert matched["authenticity"] == {
        "check": "failed", "dkim": "fail", "dmarc": "fail", "by": "dns"
    }  # fmt: skip
    answered = written(desk, "cm.notice.answered.v1")[-1]
    assert answered["dots"] == 1
    assert "unauthenticated" in str(answered["assurance"])


def test_that_a_mail_is_signed_is_kept_beside_it_and_makes_nobody_surer(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    signed = (
        "-----BEGIN PGP SIGNED MESSAGE-----\nHash: SHA256\n\nWe acknowledge receipt.\n"
        "-----BEGIN PGP SIGNATURE-----\n\niQx=\n-----END PGP SIGNATURE-----\n"
    )
    reply_id = mail(desk, signed)

    assert heard(desk, reply_id) is ReplyState.MATCHED

    with desk.database.reading() as session:
        assert session.get_one(Reply, reply_id).envelope["signature"] == "pgp_inline"
        acknowledgement = desk.notice(session, "ATLANTIS").acknowledgement
        assert acknowledgement is not None
        assert acknowledgement.assurance == 1
    [matched] = written(desk, "cm.reply.matched.v1")
    assert matched["signature"] == "pgp_inline"


@pytest.mark.parametrize(
    ("stamp", "said"),
    [
        ("mx.cm.example; dmarc=pass header.from=atlantis.example", "sender authenticated"),
        ("mx.cm.example; dmarc=fail header.from=atlantis.example", "unauthenticated"),
        ("mx.other.example; dmarc=pass header.from=atlantis.example", "sender not checked"),
    ],
)
def test_the_word_of_our_own_mail_server_is_asked_before_anything_is_written(
    desk: Desk, stamp: str, said: str
) -> None:
    desk.activates("ATLANTIS")
    reply_id = mail(desk, "OK", Authentication_Results=stamp)
    settings = desk.settings.model_copy(update={"mail_proof": "mx.cm.example"})
    installation = type(desk.installation)(settings, desk.database, desk.clock)

    handle.read_kept(installation, reply_id)
    handle.read_kept(installation, reply_id)

    assert said in told(desk).assurance_text


def test_without_anybody_who_looks_a_kept_reply_is_read_all_the_same(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    handle.read_kept(desk.installation, text(desk, "yes"))
    assert state(desk) is NoticeState.ACKNOWLEDGED


def test_less_proof_than_the_playbook_asks_for_counts_and_is_called_back(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    asks_for(desk, 2)

    heard(desk, text(desk, "yes"))

    assert state(desk) is NoticeState.ACKNOWLEDGED
    assert causes(desk) == [NeedCause.CALL_BACK]
    with desk.database.reading() as session:
        assert "1 of 3 in proof" in session.scalars(select(Need)).one().sentence


def test_enough_proof_asks_for_nobody(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    heard(desk, text(desk, "yes"))

    assert causes(desk) == []


def test_a_second_answer_is_written_down_and_re_opens_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.reading() as session:
        said = f"OK {code(session)}"
    heard(desk, text(desk, said))

    heard(desk, mail(desk, "We decline to participate."))

    assert state(desk) is NoticeState.ACKNOWLEDGED
    assert told(desk).door.value == "sms"
    [added] = written(desk, "cm.answer.added.v1")
    assert (added["door"], added["response"]) == ("mail", "declines_to_participate")


def test_a_second_answer_that_is_no_surer_leaves_the_call_back_open(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    asks_for(desk, 3)
    heard(desk, text(desk, "yes"))

    heard(desk, mail(desk, "OK"))  # no surer than the text

    with desk.database.reading() as session:
        assert [need.state for need in session.scalars(select(Need))] == [NeedState.OPEN]
