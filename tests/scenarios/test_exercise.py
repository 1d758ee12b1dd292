"""An exercise uses the same code and cannot be taken for the real thing, nor leave its list."""

from sqlalchemy import select, update

from store.tables import Attempt, ContactPoint, Message
from tests.support.scene import Scene


def test_real_and_exercise_differ_in_reference_and_wording(installation: Scene) -> None:
    thule = installation.co_chair("Thule").activates("generic", affecting=["Atlantis"])
    phone, mailbox = (
        installation.phone("focal point of Atlantis"),
        installation.mailbox("focal point of Atlantis"),
    )
    real, real_mail = phone.expects_sms("reply OK"), mailbox.expects_mail("Acknowledge receipt")
    thule.closes()

    thule.activates("generic", affecting=["Atlantis"], kind="exercise")
    drill, drill_mail = phone.expects_sms("reply OK"), mailbox.expects_mail("Acknowledge receipt")

    assert "BP-2026-001" in real.text
    assert "EXERCISE" not in f"{real.text}{real_mail.text}{real_mail.received.subject}"
    assert "BP-X-2026-001" in drill.text
    assert drill.text.startswith("EXERCISE EXERCISE EXERCISE")
    assert drill.text.endswith("EXERCISE")
    assert "Not a real event" in drill.text
    assert "Boat in distress" not in drill.text  # its title could be taken for news
    assert drill_mail.received.subject.startswith("EXERCISE EXERCISE EXERCISE [BP-X-2026-001]")
    assert drill_mail.text.count("This is not a real emergency") == 2


def test_an_exercise_cannot_leave_its_list(installation: Scene) -> None:
    installation.staff.go()
    installation.co_chair("Thule").activates_unseen(
        "generic", affecting=["Atlantis"], kind="exercise"
    )
    phone, mailbox = (
        installation.phone("focal point of Atlantis"),
        installation.mailbox("focal point of Atlantis"),
    )
    with installation.installation.database.transaction() as session:
        for table in (Message, ContactPoint):
            for place, elsewhere in (
                (phone.address, "+999900000777"),
                (mailbox.address, "elsewhere@mu.example"),
            ):
                session.execute(
                    update(table).where(table.address == place).values(address=elsewhere)
                )

    installation.staff.come()
    installation.settle()

    outside = [
        m
        for m in installation.gateway.arrivals
        if m.to in {"+999900000777", "elsewhere@mu.example"}
    ]
    assert outside == []
    with installation.installation.database.reading() as session:
        codes = session.scalars(select(Attempt.code).join(Message).where(
            Message.address.in_(["+999900000777", "elsewhere@mu.example"])
        )).all()  # fmt: skip
    assert len(codes) == 2
    assert set(codes) == {"exercise_list"}
    installation.phone("the secretariat").expects_sms("could not be sent")
    installation.phone("duty officer of Thule").expects_sms("could not be sent")
    installation.phone("alternate of Atlantis").expects_sms("reply OK")
