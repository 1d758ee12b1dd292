"""A rehearsal on a machine of a real installation reaches nobody of the real world."""

from collections.abc import Callable
from pathlib import Path

import pytest

from convening import acknowledge
from convening.acknowledge import MemberAnswer
from mechanism.assurance import Assurance
from mechanism.vocabulary import AcknowledgementResponse, Door
from operations import demo, parts, rehearsal
from settings import Settings
from store.act import Act
from tests.support.desk import OFFICER, Desk

REAL = {
    "CM_KANNEL_API": "https://kannel.ministry.example",
    "CM_SMTP_SECOND_HOST": "mail.ministry.example",
    "CM_SMTP_STARTTLS": "true",
    "CM_SMTP_USER": "consultation",
    "CM_IMAP_HOST": "imap.ministry.example",
}


def of_a_rehearsal(home: Path) -> Settings:
    return rehearsal._settings(rehearsal.RehearsalRequest(out=home), home, (8080, 8090, 8025, 8026))


def of_the_demo(_: Path) -> Settings:
    return demo.settings_for(Settings(), say=lambda _: None)


@pytest.mark.parametrize("played", [of_a_rehearsal, of_the_demo])
def test_what_is_played_leaves_by_no_real_way_and_empties_no_real_mailbox(
    played: Callable[[Path], Settings], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    for name, value in REAL.items():
        monkeypatch.setenv(name, value)

    settings = played(tmp_path)

    assert not settings.leaves_installation
    assert set(settings.mail_servers) == {"smtp"}
    assert parts.environment(settings)["CM_IMAP_HOST"] == ""
    assert parts.environment(settings)["CM_SMTP_SECOND_HOST"] == ""
    assert parts.environment(settings)["CM_SMTP_USER"] == ""


def test_the_seconds_to_the_quorum_count_until_both_co_chairs_are_among_them(desk: Desk) -> None:
    desk.activates("LEMURIA", "ATLANTIS", "MU")
    seconds = []
    for member in ("ATLANTIS", "MU", "LEMURIA"):
        desk.clock.passes(minutes=1)
        word = MemberAnswer(
            Door.CALL, AcknowledgementResponse.RECEIVED, Assurance(2, "telephone"), desk.now
        )
        with desk.database.transaction() as session:
            notice = desk.notice(session, member)
            acknowledge.acknowledge(session, Act(OFFICER, desk.now), notice, word)
            seconds.append(rehearsal._seconds_to_quorum(desk.activation(session)))

    assert seconds == [None, None, 180]
