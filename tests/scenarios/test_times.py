"""Members are asked which time suits, say so by the link they got, and a co-chair fixes one."""

from datetime import timedelta

from convening import meeting, time_poll
from store.tables import Poll
from tests.support.scene import Scene


def asks_about_times(installation: Scene) -> int:
    """Thule puts two times to everybody, for two hours."""
    now, thule = installation.installation.now(), installation.co_chair("Thule")
    with installation.installation.database.transaction() as session:
        activation = installation.activation(session)
        asked = time_poll.ask(
            session, thule.act, activation, meeting.suggested(activation, now=now),
            [now + timedelta(hours=6), now + timedelta(hours=30)],
            closes_at=now + timedelta(hours=2), settings=installation.settings,
        )  # fmt: skip
    installation.settle()
    return asked.id


def test_an_office_says_which_times_it_can_and_is_invited_to_the_one_that_is_fixed(
    installation: Scene,
) -> None:
    installation.co_chair("Thule").activates("generic", affecting=["Mu"])
    installation.phone("focal point of Mu").expects_sms("Confirm receipt")
    installation.link("focal point of Mu").acknowledges()
    asked = asks_about_times(installation)
    installation.mailbox("focal point of Thule").expects_mail(
        "They ask which of these times Thule can"
    )
    installation.mailbox("focal point of Mu").expects_mail("They ask which of these times Mu can")
    installation.phone("focal point of Mu").expects_sms("Say by 23 Nov 0540 UTC which you can")

    link = installation.link("focal point of Mu")
    assert "Which times can Mu?" in link.opens()
    assert "An answer is kept" in link.sends(time_1="cannot", time_2="can")

    assert installation.ledger.says("Mu said which times it can by one-time link")
    with installation.installation.database.transaction() as session:
        own = session.get_one(Poll, asked)
        counts = time_poll.counts(session, own)
        assert [(count.can, count.cannot) for count in counts] == [((), ("MU",)), (("MU",), ())]
        time_poll.fix(
            session, installation.co_chair("Thule").act, own, counts[1].starts_at,
            settings=installation.settings,
        )  # fmt: skip
    installation.phone("focal point of Mu").expects_sms("meeting 24 Nov")
