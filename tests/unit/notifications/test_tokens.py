"""Tokens: derived and never stored, each good for one purpose, one person and one activation."""

from datetime import timedelta
from itertools import combinations, product

from sqlalchemy import select

from mechanism.vocabulary import Channel
from notifications import tokens
from notifications.tokens import Seed, TokenPurpose
from store.tables import Token
from tests.support.desk import Desk

KEY = b"k" * 32
SEEDS = [
    Seed(purpose, channel, activation, contact)
    for purpose, channel, activation, contact in product(
        TokenPurpose, (Channel.SMS, Channel.EMAIL), (1, 11), (1, 11)
    )
]


def test_no_two_seeds_share_a_token() -> None:
    made = [tokens.token_of(seed, key=KEY) for seed in SEEDS]

    assert all(one != other for one, other in combinations(made, 2))


def test_another_key_gives_another_token() -> None:
    assert all(
        tokens.token_of(seed, key=KEY) != tokens.token_of(seed, key=b"other") for seed in SEEDS
    )


def test_a_token_is_long_enough_for_its_channel_and_fits_a_url() -> None:
    for seed in SEEDS:
        token = tokens.token_of(seed, key=KEY)
        wanted = 22 if seed.channel is Channel.EMAIL else 16
        assert len(token) == (16 if seed.purpose is TokenPurpose.MAIL else wanted)
        assert token.replace("-", "").replace("_", "").isalnum()


def test_only_its_digest_is_stored_and_only_for_its_purpose(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        every = session.scalars(select(Token)).all()
        token = next(t for t in every if t.purpose == TokenPurpose.LINK)
        seed = tokens.seed_for(TokenPurpose.LINK, desk.activation(session), token.contact_point)
        text = tokens.token_of(seed, key=desk.settings.key)
        assert tokens.find(session, text, TokenPurpose.LINK) is not None
        assert tokens.find(session, text, TokenPurpose.MAIL) is None
        assert tokens.find(session, f"{text}x", TokenPurpose.LINK) is None
        assert not any(text in (t.digest, t.purpose) for t in every)


def test_issuing_again_changes_nothing(desk: Desk) -> None:
    desk.activates("ATLANTIS")
    with desk.database.transaction() as session:
        before = session.scalars(select(Token)).all()
        for token in before:
            purpose = TokenPurpose(token.purpose)
            seed = tokens.seed_for(purpose, desk.activation(session), token.contact_point)
            tokens.issue(session, seed, key=desk.settings.key, notice=None, expires_at=None)
        session.flush()
        assert len(session.scalars(select(Token)).all()) == len(before)


def test_a_link_answers_until_a_day_after_the_deadline(desk: Desk) -> None:
    desk.activates("ATLANTIS")

    with desk.database.reading() as session:
        activation = desk.activation(session)
        assert activation.deadline_at is not None
        assert tokens.good_until(activation) == activation.deadline_at + timedelta(hours=24)
