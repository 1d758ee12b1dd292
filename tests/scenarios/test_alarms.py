"""A person is told that a person is needed; the board alone is not telling."""

from tests.support.scene import Scene


def test_an_unreached_member_is_told_to_people_again_until_somebody_settles_it(
    installation: Scene,
) -> None:
    thule = installation.co_chair("Thule").activates("maritime-distress", affecting=["Ys"])
    installation.phone("focal point of Ys")
    installation.forward(minutes=75)
    for office in ("the secretariat", "duty officer of Thule"):
        installation.phone(office).expects_sms("Ys has not been reached")
        installation.mailbox(office).expects_mail("Ys has not been reached")

    installation.forward(minutes=10)

    for office in ("the secretariat", "duty officer of Thule"):
        installation.phone(office).expects_sms("Ys has not been reached")
        installation.mailbox(office).expects_mail("message number 2")
    assert installation.board.shows("1 not reached")

    thule.settles_the_alarm("Ys has not been reached")
    installation.forward(minutes=180)

    for office in ("the secretariat", "duty officer of Thule"):
        installation.phone(office).expects_nothing()
        installation.mailbox(office).expects_nothing()
