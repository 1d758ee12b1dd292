"""What the schedules run: the contact test, and the upkeep of the installation."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import select

from flows.exercise import ask_everybody
from flows.upkeep import tidy
from mechanism import retention
from mechanism.vocabulary import Kind, MemberRole, NeedCause
from operations.examples import EXAMPLES
from settings import Settings
from store import directory, roster
from store.clock import SystemClock
from store.installation import Installation
from store.session import Database
from store.tables import Activation, Need, SignInTry


@pytest.fixture
def installation(database: Database, tmp_path: Path) -> Installation:
    settings = Settings(home=tmp_path, prefect_api="")
    with database.transaction() as session:
        read = roster.read_roster((EXAMPLES / "roster.yaml").read_text(), source="roster.yaml")
        directory.import_roster(session, read, now=datetime.now(UTC))
    return Installation(settings, database, SystemClock())


def test_the_contact_test_is_an_exercise_for_everybody_of_the_ad_hoc_group(
    installation: Installation,
) -> None:
    activation_id = ask_everybody(installation, government="AU")

    with installation.database.reading() as session:
        activation = session.get_one(Activation, activation_id)
        asked = {notice.member_code for notice in activation.notices}
        group = {m.code for m in directory.members(session) if MemberRole.AD_HOC_GROUP in m.roles}
        assert activation.kind is Kind.EXERCISE
        assert activation.situation.reference.startswith("BP-X-")
        assert asked == group
        assert all(notice.messages for notice in activation.notices if notice.member_code != "AU")


def test_what_the_directory_lacks_is_said_to_a_person_once_a_week(
    installation: Installation,
) -> None:
    found = tidy(installation)
    tidy(installation)

    with installation.database.reading() as session:
        [need] = session.scalars(select(Need)).all()
        assert need.cause is NeedCause.DIRECTORY
        assert need.sentence.startswith(f"{found} things in the directory")


def test_a_failed_sign_in_is_forgotten_when_it_counts_no_more(installation: Installation) -> None:
    now = datetime.now(UTC)
    with installation.database.transaction() as session:
        for age in (timedelta(), 2 * retention.SIGN_IN_TRIES):
            session.add(SignInTry(account_name="desk", address="192.0.2.1", at=now - age))

    tidy(installation)

    with installation.database.reading() as session:
        [kept] = session.scalars(select(SignInTry)).all()
        assert kept.at == now
