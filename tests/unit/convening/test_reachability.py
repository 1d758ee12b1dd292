"""What will work today, for every office, with what does not work first."""

from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import reachability
from convening.reachability import Reach, Reachability
from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, Door, Rank
from store import capabilities
from store.capabilities import CapabilityRow
from store.tables import AnswerRead, ContactPoint, Reply
from tests.support.desk import Desk


def found(desk: Desk, session: Session) -> list[Reach]:
    return reachability.today(session, now=desk.now, settings=desk.settings)


def of(reaches: list[Reach], member: str, channel: Channel) -> Reach:
    return next(
        r for r in reaches
        if (r.member.code, r.office.rank, r.channel) == (member, Rank.PRIMARY, channel)
    )  # fmt: skip


def contact(session: Session, address: str) -> ContactPoint:
    return session.scalars(select(ContactPoint).where(ContactPoint.address == address)).one()


def test_every_office_is_there_by_email_and_by_sms(desk: Desk) -> None:
    with desk.database.reading() as session:
        reaches = found(desk, session)

        offices = {(r.member.code, r.office.rank) for r in reaches}
        for member, rank in offices:
            channels = {
                r.channel for r in reaches if (r.member.code, r.office.rank) == (member, rank)
            }
            assert channels == {Channel.EMAIL, Channel.SMS}


def test_what_does_not_work_comes_first(desk: Desk) -> None:
    with desk.database.transaction() as session:
        contact(session, "desk@atlantis.example").health = Health.FAILED

    with desk.database.reading() as session:
        reaches = found(desk, session)
        order = [reachability.WORST_FIRST.index(r.verdict) for r in reaches]

        assert order == sorted(order)
        assert of(reaches, "ATLANTIS", Channel.EMAIL).verdict is Reachability.FAILED
        assert of(reaches, "ATLANTIS", Channel.SMS).verdict is not Reachability.FAILED


def test_how_it_can_answer_follows_the_country_and_the_directorys_own_word(desk: Desk) -> None:
    with desk.database.transaction() as session:
        row = CapabilityRow.model_validate(
            {"country": "CN", "two_way": "yes", "source": "drill", "as_of": desk.now.date()}
        )
        before = of(found(desk, session), "YS", Channel.SMS)
        capabilities.replace(session, [row])
        after = of(found(desk, session), "YS", Channel.SMS)

    assert before.needs_a_call
    assert "no reply, no link" in before.answers_by
    assert not after.needs_a_call
    assert after.answers_by == "an SMS"
    assert (after.parts, after.fits, after.room) == (1, True, 160)


def test_the_last_proof_is_the_last_answer_of_a_person_from_that_address(desk: Desk) -> None:
    with desk.database.transaction() as session:
        point = contact(session, "desk@atlantis.example")
        for hours, automatic in ((9, False), (5, False), (1, True)):
            reply = Reply(
                door=Door.MAIL, provider_id=f"{hours}", sender="x", raw=b"", sha256="",
                received_at=desk.now - timedelta(hours=hours),
            )  # fmt: skip
            session.add(reply)
            session.flush()
            session.add(
                AnswerRead(
                    reply_id=reply.id,
                    contact_point_id=point.id,
                    kind="human",
                    automatic=automatic,
                    proof="",
                    read_at=desk.now,
                )
            )

    with desk.database.reading() as session:
        reaches = found(desk, session)
        assert of(reaches, "ATLANTIS", Channel.EMAIL).last_proof == desk.now - timedelta(hours=5)
        assert of(reaches, "ATLANTIS", Channel.SMS).last_proof is None


def test_an_office_without_an_address_is_a_failure_and_not_a_gap(desk: Desk) -> None:
    with desk.database.transaction() as session:
        contact(session, "desk@atlantis.example").retired_at = desk.now

    with desk.database.reading() as session:
        gone = of(found(desk, session), "ATLANTIS", Channel.EMAIL)
        assert (gone.verdict, gone.why) == (Reachability.FAILED, "no address is on file")


def test_languages_that_no_text_is_in_are_named_once_a_member(desk: Desk) -> None:
    with desk.database.transaction() as session:
        contact(session, "desk@atlantis.example").focal_point.languages = ["fr", "bn", "en"]

    with desk.database.reading() as session:
        lacking = {m.code: sentence for m, sentence in reachability.lacking_languages(session)}
        assert lacking["ATLANTIS"].endswith("there is no courtesy text in fr.")
