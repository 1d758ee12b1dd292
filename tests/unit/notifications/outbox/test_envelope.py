"""What goes on the wire: link and token are filled here and nowhere else."""

import email
import email.policy
from datetime import timedelta
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import activate
from convening.activate import Wish
from mechanism.vocabulary import MessagePurpose
from notifications.outbox import envelope
from notifications.provider import Outgoing
from playbooks.situation import SituationKind
from store.act import ENGINE, Act
from store.tables import Message
from tests.support import cast
from tests.support.desk import OFFICER, Desk


def message_to(session: Session, address: str) -> Message:
    return session.scalars(select(Message).where(Message.address == address)).one()


def out(desk: Desk, address: str) -> Outgoing:
    with desk.database.reading() as session:
        return envelope.outgoing(
            message_to(session, address), 7, settings=desk.settings, now=desk.now
        )


def test_the_link_stands_on_the_wire_and_not_in_what_is_stored(desk: Desk) -> None:
    desk.activates("MU")

    sent = out(desk, "+999100410001")

    assert f"{desk.settings.public_url}/a/" in sent.body
    with desk.database.reading() as session:
        assert "[[link]]" in message_to(session, "+999100410001").body


def test_every_part_of_a_mail_holds_the_same_link(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    message = email.message_from_bytes(
        out(desk, "desk@atlantis.example").raw, policy=email.policy.default
    )

    texts = [p.get_content() for p in message.walk() if p.get_content_maintype() == "text"]
    links = {word for text in texts for word in text.replace('"', " ").split() if "/a/" in word}
    assert len({link.split("/a/")[1].split("<")[0] for link in links}) == 1
    assert not any("[[" in text for text in texts)


def test_an_answer_goes_to_an_address_of_its_own(desk: Desk) -> None:
    desk.activates("ATLANTIS", "MU")

    addresses = set()
    for mailbox in ("desk@atlantis.example", "desk@mu.example"):
        message = email.message_from_bytes(out(desk, mailbox).raw, policy=email.policy.default)
        addresses.add(str(message["Reply-To"]))
        assert str(message["Reply-To"]).startswith("ack+")
    assert len(addresses) == 2


def test_every_try_at_a_message_bears_the_same_id(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    assert (
        out(desk, "desk@atlantis.example").message_id
        == out(desk, "desk@atlantis.example").message_id
        != out(desk, "duty@thule.example").message_id
    )


def test_a_text_is_valid_until_the_ladders_end_and_never_longer_than_the_provider_keeps_it(
    desk: Desk,
) -> None:
    desk.activates("ATLANTIS")
    assert out(desk, "+999100310001").valid_for == timedelta(hours=2)

    desk.clock.passes(minutes=119, seconds=59.5)
    assert out(desk, "+999100310001").valid_for == timedelta(seconds=1)
    assert out(desk, "+999100240001").valid_for == timedelta(hours=10)


def test_a_real_message_has_no_list_and_an_exercise_has_that_of_its_plan(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    assert out(desk, "desk@atlantis.example").allowed is None

    wish = Wish(cast.facts(kind=SituationKind.EXERCISE), ("THULE", "MU"))
    with desk.database.transaction() as session:
        plan = activate.draw_up(
            session, Act(ENGINE, desk.now, government="THULE"), wish, settings=desk.settings
        )
        activate.activate(
            session,
            Act(OFFICER, desk.now, signature="x", government="THULE"),
            wish,
            confirmed=plan.hash,
            settings=desk.settings,
        )

    allowed = out(desk, "desk@mu.example").allowed
    assert allowed is not None
    assert {"desk@mu.example", "consular@mu.example", "duty@lemuria.example"} <= allowed
    assert "desk@atlantis.example" not in allowed


def test_a_co_chairs_link_leads_to_its_own_page(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        message = next(
            m
            for m in desk.queued(session, MessagePurpose.CONCURRENCE)
            if m.address == "duty@lemuria.example"
        )
        link = envelope.link_of(message, desk.settings)
    assert link.startswith(f"{desk.settings.public_url}/c/")


def test_each_key_of_the_installation_signs_every_mail_and_without_one_nothing_is_signed(
    desk: Desk, tmp_path: Path
) -> None:
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
    (tmp_path / "key.pem").write_bytes(pem)
    desk.activates("ATLANTIS")
    unsigned = out(desk, "desk@atlantis.example").raw

    keyed = {"dkim_selector": "cm1", "dkim_key_file": tmp_path / "key.pem"}
    settings = desk.settings.model_copy(update=keyed)
    with desk.database.reading() as session:
        message = message_to(session, "desk@atlantis.example")
        raw = envelope.outgoing(message, 7, settings=settings, now=desk.now).raw

    assert b"DKIM-Signature" not in unsigned
    assert raw.startswith(b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=cm.example;")
    assert raw.endswith(unsigned)
