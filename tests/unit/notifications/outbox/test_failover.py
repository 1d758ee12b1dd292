"""By which provider a message leaves, and what is learnt of a provider from a try."""

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from itertools import count, cycle, islice
from threading import Barrier
from typing import Any

import pytest
from sqlalchemy import select, update
from sqlalchemy.orm import Session

from mechanism.breaker import FAULTS, PROBE_AFTER
from mechanism.vocabulary import LADDER_PURPOSES, AttemptOutcome, Channel, Pin
from notifications.outbox import circuit_breaker, failover
from notifications.outbox.failover import By, Route, Wait
from notifications.provider import Accepted, Outcome, Refusal, Rejected, Unknown
from settings import Settings
from store import needs
from store.act import Act, Actor
from store.tables import Attempt, ContactPoint, LedgerEntry, Message, Notice, SetbackSeen
from tests.support.desk import Desk

ADMIN = Actor("operator", "command line", role="operator")
CUT = Unknown("ServerDisconnectedError")
AWAY = Rejected(Refusal.AWAY, "not_connected", "refused")
POLICY = Rejected(Refusal.POLICY, "30007", "filtered")
TIMES = {"seconds": PROBE_AFTER[0]}


class Post:
    """An activation's texts, an office that hands them out, and engines that come for them."""

    def __init__(self, desk: Desk) -> None:
        self.desk = desk
        self.settings = desk.settings
        self._numbers = count(1)
        self.waiting: frozenset[int] = frozenset()  # the texts that wait as if they were not tried
        self.set(kannel_api="http://127.0.0.1:8090", kannel_simulated=True)
        desk.activates("ATLANTIS", "MU")

    def set(self, **changed: Any) -> None:
        self.settings = Settings.model_validate({**self.settings.model_dump(), **changed})

    def texts(self, session: Session) -> Sequence[Message]:
        query = select(Message).where(Message.channel == Channel.SMS)
        return session.scalars(query.order_by(Message.priority, Message.id)).all()

    def routes(self, texts: Callable[[Sequence[Message]], Sequence[Message]] = list) -> list[Route]:
        """What an engine is told now about these texts, in the order of their urgency."""
        with self.desk.database.transaction() as session:
            messages = texts(self.texts(session))
            routes = self.chosen(session, messages)
            return [routes[message.id] for message in messages]

    def chosen(self, session: Session, messages: Sequence[Message]) -> Mapping[int, Route]:
        return failover.choose(session, messages, now=self.desk.now, settings=self.settings)

    def try_all(self, provider: str, outcome: Outcome, *, times: int = FAULTS) -> frozenset[int]:
        """So many tries by this provider have ended so; the ids of the texts that may go on."""
        with self.desk.database.transaction() as session:
            texts = islice(cycle(self.texts(session)), times)
            tried = [(self.attempt(session, text, provider), outcome) for text in texts]
            session.flush()
            learnt = failover.learn(session, tried, now=self.desk.now, settings=self.settings)
            for attempt, _ in tried:
                if isinstance(outcome, Rejected):
                    attempt.outcome = AttemptOutcome.REJECTED
            self.waiting = frozenset(a.message_id for a, _ in tried if a.id in learnt.waiting)
            return frozenset(a.message_id for a, _ in tried if a.id in learnt.elsewhere)

    def attempt(self, session: Session, text: Message, provider: str) -> Attempt:
        """A try that begins now."""
        attempt = Attempt(
            message=text, number=next(self._numbers), provider=provider, began_at=self.desk.now
        )
        session.add(attempt)
        return attempt

    def sentences(self) -> str:
        with self.desk.database.reading() as session:
            return " ".join(need.sentence for need in needs.open_needs(session))

    def entries(self, kind: str) -> int:
        with self.desk.database.reading() as session:
            return len(session.scalars(select(LedgerEntry).where(LedgerEntry.type == kind)).all())

    def pin(self, name: str, to: Pin) -> None:
        with self.desk.database.transaction() as session:
            circuit_breaker.pin(
                session,
                Act(ADMIN, self.desk.now, signature="Operator"),
                name,
                to,
                reason="maintenance",
            )


@pytest.fixture
def post(desk: Desk) -> Post:
    return Post(desk)


@pytest.fixture
def either_post(either_desk: Desk) -> Post:
    return Post(either_desk)


def by(routes: Sequence[Route]) -> set[str]:
    assert all(isinstance(route, By) for route in routes), routes
    return {route.provider for route in routes if isinstance(route, By)}


def test_the_first_provider_of_the_order_carries_all(post: Post) -> None:
    assert by(post.routes()) == {"twilio"}


def test_a_country_may_have_an_order_of_its_own(post: Post) -> None:
    post.set(sms_routes={"": ["twilio"], "+999": ["twilio"], "+9991003": ["kannel", "twilio"]})

    routes = dict(zip(addresses(post), post.routes(), strict=True))

    assert {a for a, route in routes.items() if route == By("kannel")} == {
        address for address in routes if address.startswith("+9991003")
    }
    assert By("twilio") in routes.values()


def addresses(post: Post) -> list[str]:
    with post.desk.database.reading() as session:
        return [text.address for text in post.texts(session)]


def test_an_address_may_ask_for_a_provider_of_its_own(post: Post) -> None:
    address = addresses(post)[0]
    with post.desk.database.transaction() as session:
        session.execute(
            update(ContactPoint).where(ContactPoint.address == address).values(provider="kannel")
        )

    assert post.routes()[0] == By("kannel")
    assert by(post.routes()[1:]) == {"twilio"}


def test_an_order_of_providers_that_are_not_set_up_is_no_order(post: Post) -> None:
    post.set(kannel_api="", kannel_simulated=False, sms_routes={"": ["kannel"]})

    assert by(post.routes()) == {"twilio"}


def test_while_all_goes_well_nothing_is_written(post: Post) -> None:
    post.try_all("twilio", Accepted("SM1"), times=50)

    with post.desk.database.reading() as session:
        assert circuit_breaker.standings(session) == {}


def test_a_provider_that_fails_is_left_at_once_by_every_engine_and_a_person_is_told(
    either_post: Post,
) -> None:
    either_post.try_all("twilio", CUT)

    assert by(either_post.routes()) == {"kannel"}
    assert "Texts by the provider twilio fail again and again" in either_post.sentences()
    assert either_post.entries("cm.breaker.opened.v1") == 1


@pytest.mark.parametrize(
    "outcome",
    [
        CUT,
        Rejected(Refusal.CAPACITY, "20429", "busy"),
        Rejected(Refusal.CONFIGURATION, "20003", "authenticate"),
        Rejected(Refusal.AWAY, "not_connected", "refused"),
    ],
    ids=["unknown", "busy", "authentication", "not connected"],
)
def test_what_speaks_against_the_provider_itself_opens_its_breaker(
    post: Post, outcome: Outcome
) -> None:
    post.try_all("twilio", outcome)

    assert by(post.routes()) == {"kannel"}


@pytest.mark.parametrize(
    "outcome",
    [
        Rejected(Refusal.ADDRESS, "21211", "no such number"),
        Rejected(Refusal.OPTED_OUT, "21610", "stop"),
        Rejected(Refusal.HELD_BACK, "exercise_list", "not on the list"),
        Rejected(Refusal.UNUSABLE, "unusable", "no number"),
        Rejected(Refusal.TEMPORARY, "450", "this mailbox is busy"),
    ],
    ids=["address", "opted out", "refused by ourselves", "no address", "one mailbox"],
)
def test_what_is_the_addresss_or_our_own_matter_does_not(post: Post, outcome: Outcome) -> None:
    post.try_all("twilio", outcome, times=50)

    with post.desk.database.reading() as session:
        assert circuit_breaker.standings(session) == {}


def test_one_text_the_least_urgent_tries_whether_the_provider_works_again(post: Post) -> None:
    post.try_all("twilio", CUT)
    post.desk.clock.passes(**TIMES)

    routes = post.routes()

    assert routes[-1] == By("twilio")
    assert by(routes[:-1]) == {"kannel"}
    assert by(post.routes()) == {"kannel"}  # the probe is under way


def test_a_probe_that_succeeds_brings_all_back_and_settles_the_alarm(post: Post) -> None:
    post.try_all("twilio", CUT)
    post.desk.clock.passes(**TIMES)
    post.routes()

    post.try_all("twilio", Accepted("SM1"), times=1)

    assert by(post.routes()) == {"twilio"}
    assert "twilio" not in post.sentences()
    assert post.entries("cm.breaker.closed.v1") == 1


def test_where_no_provider_is_left_texts_wait_for_seconds_and_the_ladders_are_told(
    either_post: Post,
) -> None:
    either_post.try_all("twilio", CUT)
    either_post.try_all("kannel", CUT)

    routes = either_post.routes()

    until = either_post.desk.now + failover.LOOK_AGAIN
    assert {route.until for route in routes if isinstance(route, Wait)} == {until}
    assert len(routes) > 2
    with either_post.desk.database.reading() as session:
        texts = [t for t in either_post.texts(session) if t.purpose in LADDER_PURPOSES]
        seen = session.scalars(select(SetbackSeen)).all()
        assert {one.contact_point_id for one in seen} == {t.contact_point_id for t in texts}
        climbing = select(Notice.due_at).where(Notice.id.in_([one.notice_id for one in seen]))
        assert set(session.scalars(climbing)) == {either_post.desk.now}


def test_where_no_provider_is_left_the_most_urgent_text_tries_first(post: Post) -> None:
    post.try_all("twilio", CUT)
    post.try_all("kannel", CUT)
    post.desk.clock.passes(**TIMES)

    routes = post.routes()

    assert [route for route in routes if isinstance(route, By)] == [By("kannel"), By("twilio")]
    assert routes.index(By("kannel")) == 0


def test_what_probes_in_vain_for_long_lets_another_probe(post: Post) -> None:
    post.try_all("twilio", CUT)
    post.try_all("kannel", CUT)
    post.pin("kannel", Pin.DOWN)
    with post.desk.database.transaction() as session:
        for _ in range(failover.TRIES_IN_A_ROW):
            post.attempt(session, post.texts(session)[0], "twilio")
    post.desk.clock.passes(**TIMES)

    assert post.routes().index(By("twilio")) == 1


def test_what_can_go_another_way_again_is_not_kept_back_for_a_probe_that_it_was(post: Post) -> None:
    post.try_all("twilio", AWAY)
    post.try_all("kannel", AWAY)
    post.pin("kannel", Pin.UP)
    post.desk.clock.passes(**TIMES)

    assert post.routes(lambda texts: texts[:1]) == [By("kannel")]


def test_what_a_provider_that_is_away_has_not_taken_waits_for_one_that_works(post: Post) -> None:
    post.try_all("twilio", AWAY)
    assert post.waiting == frozenset()  # the other takes them at once

    post.try_all("kannel", AWAY)
    assert len(post.waiting) > 2

    post.try_all("twilio", Rejected(Refusal.TEMPORARY, "450", "busy"), times=1)
    assert post.waiting == frozenset()  # its own matter: it is tried less and less often


def test_what_a_provider_will_not_carry_goes_on_by_another_and_by_each_only_once(
    post: Post,
) -> None:
    first = post.try_all("twilio", POLICY, times=1)
    assert len(first) == 1
    assert post.routes()[0] == By("kannel")

    assert post.try_all("kannel", POLICY, times=1) == frozenset()


def test_a_refusal_for_now_goes_on_by_another_at_once(post: Post) -> None:
    busy = Rejected(Refusal.CAPACITY, "20429", "busy", retry_after=timedelta(seconds=42))

    assert len(post.try_all("twilio", busy, times=1)) == 1
    assert post.routes()[0] == By("kannel")


@pytest.mark.parametrize(
    "outcome", [AttemptOutcome.UNKNOWN, AttemptOutcome.NOT_FOUND, AttemptOutcome.REJECTED]
)
def test_whoever_has_not_surely_taken_a_message_is_asked_last_for_it(
    post: Post, outcome: AttemptOutcome
) -> None:
    with post.desk.database.transaction() as session:
        post.attempt(session, post.texts(session)[0], "twilio").outcome = outcome

    routes = post.routes()

    assert routes[0] == By("kannel")
    assert by(routes[1:]) == {"twilio"}


def test_with_one_provider_nothing_goes_on_elsewhere(post: Post) -> None:
    post.set(kannel_api="", kannel_simulated=False)

    assert post.try_all("twilio", POLICY, times=1) == frozenset()


def test_what_only_this_exercise_refuses_goes_nowhere_else(post: Post) -> None:
    unlisted = Rejected(Refusal.HELD_BACK, "exercise_list", "not on this exercise's list")

    assert post.try_all("twilio", unlisted, times=1) == frozenset()


def test_a_person_takes_a_provider_out_and_brings_it_back(post: Post) -> None:
    post.pin("twilio", Pin.DOWN)
    assert by(post.routes()) == {"kannel"}

    post.pin("twilio", Pin.AUTO)
    assert by(post.routes()) == {"twilio"}
    assert post.entries("cm.provider.pinned.v1") == 2


def test_a_provider_that_is_pinned_up_is_used_whatever_its_breaker_says(post: Post) -> None:
    post.pin("twilio", Pin.UP)
    post.try_all("twilio", CUT)

    assert by(post.routes()) == {"twilio"}


def test_a_provider_that_is_pinned_down_is_not_even_probed(post: Post) -> None:
    post.pin("twilio", Pin.DOWN)
    post.pin("kannel", Pin.DOWN)
    post.desk.clock.passes(minutes=5)

    assert all(isinstance(route, Wait) for route in post.routes())


def test_a_sender_sends_no_faster_than_its_network_takes_and_the_most_urgent_first(
    post: Post,
) -> None:
    post.set(sms_rates={"twilio": 2})

    routes = post.routes()

    assert by(routes[:2]) == {"twilio"}
    waits = [route.until - post.desk.now for route in routes[2:] if isinstance(route, Wait)]
    assert len(waits) == len(routes) - 2
    assert waits == [timedelta(seconds=1 + i // 2) for i in range(len(waits))]


def test_each_sender_has_a_bucket_of_its_own(post: Post) -> None:
    post.set(sms_rates={"twilio": 1}, sms_senders={"+9991003": "+999901077"})

    leaving = [a for a, r in zip(addresses(post), post.routes(), strict=True) if isinstance(r, By)]

    assert sorted(address.startswith("+9991003") for address in leaving) == [False, True]


def test_two_engines_share_one_bucket(either_post: Post) -> None:
    post, start = either_post, Barrier(2)
    post.set(sms_rates={"twilio": 3})

    def engine(half: int) -> list[Route]:
        start.wait()
        return post.routes(lambda texts: texts[half::2])

    with ThreadPoolExecutor(2) as engines:
        routes = [route for found in engines.map(engine, (0, 1)) for route in found]

    assert sum(isinstance(route, By) for route in routes) == 3
    assert len(routes) > 3


def test_two_engines_take_one_probe(either_post: Post) -> None:
    post, start = either_post, Barrier(2)
    post.try_all("twilio", CUT)
    post.desk.clock.passes(**TIMES)

    def engine(half: int) -> list[Route]:
        start.wait()
        return post.routes(lambda texts: texts[half::2])

    with ThreadPoolExecutor(2) as engines:
        routes = [route for found in engines.map(engine, (0, 1)) for route in found]

    assert routes.count(By("twilio")) == 1


def test_two_engines_that_see_the_same_outage_tell_of_it_once(either_post: Post) -> None:
    post, start = either_post, Barrier(2)

    def engine(_: int) -> None:
        start.wait()
        post.try_all("twilio", CUT)

    with ThreadPoolExecutor(2) as engines:
        list(engines.map(engine, range(2)))

    assert post.entries("cm.breaker.opened.v1") == 1
