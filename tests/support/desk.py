"""A house with the fictional cast, a clock that stands still, and a co-chair who has activated."""

import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from convening import activate
from convening.activate import Wish
from mechanism.vocabulary import MessagePurpose
from settings import Settings
from store.act import ENGINE, Act, Actor
from store.installation import Installation
from store.session import Database
from store.tables import Activation, Message, Notice
from tests.support import cast
from tests.support.clock import ToldTime

OFFICER = Actor("person", "1", "co_chair", "THULE")


@dataclass
class Desk:
    """What the tests of this room do again and again."""

    installation: Installation
    clock: ToldTime
    activation_id: int = 0

    @property
    def now(self) -> datetime:
        return self.clock.now()

    @property
    def settings(self) -> Settings:
        return self.installation.settings

    @property
    def database(self) -> Database:
        return self.installation.database

    def wish(self, *members: str, playbook: str = "generic") -> Wish:
        return Wish(cast.facts(playbook=playbook), ("THULE", *members))

    def confirmed(self, wish: Wish) -> str:
        """The hash of the plan as it would be shown now."""
        with self.database.reading() as session:
            return activate.draw_up(
                session, Act(ENGINE, self.now, government="THULE"), wish, settings=self.settings
            ).hash

    def activates(self, *members: str, playbook: str = "generic", confirmed: str = "") -> int:
        return self._activates(self.wish(*members, playbook=playbook), confirmed)

    def activates_for(self, members: tuple[str, ...]) -> int:
        """Without asking its own government."""
        return self._activates(Wish(cast.facts(playbook="generic"), members), "")

    def _activates(self, wish: Wish, confirmed: str) -> int:
        confirmed = confirmed or self.confirmed(wish)
        with self.database.transaction() as session:
            activation = activate.activate(
                session,
                Act(OFFICER, self.now, signature="Duty officer, Thule", government="THULE"),
                wish,
                confirmed=confirmed,
                settings=self.settings,
            )
        self.activation_id = activation.id
        return activation.id

    def activation(self, session: Session) -> Activation:
        return session.get_one(Activation, self.activation_id)

    def notice(self, session: Session, member: str) -> Notice:
        return session.scalars(
            select(Notice).where(
                Notice.activation_id == self.activation_id, Notice.member_code == member
            )
        ).one()

    def queued(self, session: Session, *purposes: MessagePurpose) -> list[Message]:
        """The activation's messages of these purposes, in the order of their making."""
        query = select(Message).where(
            Message.activation_id == self.activation_id, Message.purpose.in_(purposes)
        )
        return list(session.scalars(query.order_by(Message.id)))


@pytest.fixture
def told() -> ToldTime:
    return ToldTime()


def desk_of(database: Database, home: Path, told: ToldTime) -> Desk:
    settings = Settings(home=home, database_url=database.url, prefect_api="")
    return Desk(Installation(settings, database, told), told)


@pytest.fixture
def desk(sqlite_with_the_cast: Path, tmp_path: Path, told: ToldTime) -> Iterator[Desk]:
    shutil.copy(sqlite_with_the_cast, tmp_path / "house.sqlite3")
    desk = desk_of(Database(f"sqlite:///{tmp_path / 'house.sqlite3'}"), tmp_path, told)
    yield desk
    desk.installation.close()


@pytest.fixture
def postgres_desk(postgres_url: str, tmp_path: Path, told: ToldTime) -> Iterator[Desk]:
    desk = desk_of(Database(postgres_url), tmp_path, told)
    cast.furnish(desk.database)
    yield desk
    desk.installation.close()


@pytest.fixture(
    params=["desk", pytest.param("postgres_desk", marks=pytest.mark.postgres)],
    ids=["sqlite", "postgresql"],
)
def either_desk(request: pytest.FixtureRequest) -> Desk:
    """The same on each kind of database."""
    desk: Desk = request.getfixturevalue(request.param)
    return desk
