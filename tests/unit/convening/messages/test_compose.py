"""Who gets which text: what the country allows, in the office's language, and never two parts."""

from datetime import UTC, date, datetime, timedelta

import pytest

from convening.messages import compose, preflight
from convening.messages.compose import About, WayIn
from mechanism.ladder import Purpose, Tell
from mechanism.vocabulary import Channel, Rank
from notifications.content import gsm_segments, templates
from notifications.content.country_rules import TABLE, capability, read_table
from operations import doctor
from playbooks.schema import load
from playbooks.situation import SituationFacts
from settings import Settings
from store.capabilities import CapabilityFacts, Overrides
from store.tables import ContactPoint, FocalPoint, Member
from tests.support.table import each

NOW = datetime(2026, 11, 23, 3, 40, tzinfo=UTC)
PLAYBOOK = load("maritime-distress")[1]
TITLE = "Persons in distress"
COUNTRIES = sorted({country for country, _ in read_table(TABLE)})


def about(
    *, kind: str = "real", title: str = TITLE, url: str = "https://cm.example",
    overrides: Overrides | None = None,
) -> About:  # fmt: skip
    facts = SituationFacts.model_validate(
        {
            "kind": kind,
            "title": title,
            "short_title": title,
            "what_happened": "Six wooden boats drift without power.",
            "where": {"name": "Northern Andaman Sea"},
            "as_of": NOW - timedelta(hours=1),
            "playbook": "maritime-distress",
        }
    )
    settings = Settings(public_url=url)
    return About(facts, PLAYBOOK, ("A", "B"), "A", settings, NOW, overrides or {})


def office(country: str, *, languages: tuple[str, ...] = ("en",), mail: bool = True) -> FocalPoint:
    channels = (Channel.SMS, Channel.EMAIL) if mail else (Channel.SMS,)
    one = FocalPoint(
        rank=Rank.PRIMARY, rank_order=0, office="Migration desk", zone="Asia/Dhaka",
        country=country, languages=list(languages),
        contact_points=[ContactPoint(channel=c, address="x") for c in channels],
    )  # fmt: skip
    Member(code=country, display_name="Atlantis", focal_points=[one])
    return one


def text(to: FocalPoint, said: About | None = None, purpose: Purpose = Purpose.FIRST_NOTICE) -> str:
    tell = Tell(0, Rank.PRIMARY, (Channel.SMS,), purpose)
    return next(compose.lines(said or about(), to.member, [tell])).words.body


def own(country: str, provider: str = "any", **facts: object) -> Overrides:
    written = {"source": "drill", "as_of": date(2026, 11, 1), **facts}
    return {(country, provider): CapabilityFacts.model_validate(written)}


@pytest.mark.parametrize(
    ("country", "says", "never"),
    [
        ("AU", "To confirm receipt only, reply OK [[code]] by [[deadline]].", "[[link]]"),
        ("BD", "Confirm receipt: [[link]] by [[deadline]].", "reply"),
        ("CN", "See our e-mail; to confirm receipt call +999902000 by [[deadline]].", "reply"),
    ],
)
def test_a_text_says_the_one_way_to_answer_that_works(country: str, says: str, never: str) -> None:
    assert text(office(country)).endswith(says)
    assert never not in text(office(country))


def test_an_office_without_a_mailbox_is_not_told_to_see_an_email() -> None:
    assert "e-mail" not in text(office("CN", mail=False))
    assert compose.way_to_answer(office("CN", mail=False)) is WayIn.CALL


def test_the_way_is_that_of_the_provider_that_carries_the_text() -> None:
    assert compose.way_to_answer(office("TH")) is WayIn.LINK
    assert compose.way_to_answer(office("TH"), provider="aws") is WayIn.REPLY


def test_the_directorys_own_word_changes_the_text() -> None:
    proven = about(overrides=own("BD", "twilio", two_way="yes"))
    refused = about(overrides=own("BD", links_allowed="no"))

    assert "reply OK" in text(office("BD"), proven)
    assert "[[link]]" not in text(office("BD"), refused)


def test_where_the_content_is_forbidden_a_consultation_is_urgent_and_no_more_is_said() -> None:
    said = text(office("TH"))

    assert TITLE not in said
    assert "EMERGENCY: urgent consultation. Confirm receipt: [[link]]" in said


def test_a_forbidden_word_in_the_title_keeps_the_title_out() -> None:
    ban = own("BD", forbidden_words=["distress"])

    assert "urgent consultation" in text(office("BD"), about(overrides=ban))
    assert "Boats adrift" in text(office("BD"), about(title="Boats adrift", overrides=ban))


def test_a_title_that_would_cost_a_second_part_gives_way() -> None:
    far = about(title="m" * 41, url="https://consultation-mechanism.example")

    said = text(office("BD"), far)

    assert "urgent consultation" in said
    longest = compose.longest_values(far.settings, kind="real")
    assert gsm_segments.count(templates.fill(said, longest)).parts == 1
    assert "m" * 41 in text(office("AU"), far)  # a reply needs no link


def test_a_network_with_less_room_gets_a_shorter_text() -> None:
    said = text(office("KR"), about(title="m" * 41, overrides=own("KR", two_way="yes")))

    assert "urgent consultation" in said
    longest = compose.longest_values(Settings(), kind="real")
    assert gsm_segments.count(templates.fill(said, longest)).units <= 130


@each(kind=["real", "exercise"], country=COUNTRIES)
def test_the_longest_text_has_room_on_the_network_of_every_country(country: str, kind: str) -> None:
    host = "https://" + "m" * (doctor.LONGEST_ADDRESS - len("https://"))
    said = about(kind=kind, title="m" * 41, url=host)

    for purpose in (Purpose.FIRST_NOTICE, Purpose.REMINDER):
        body = text(office(country), said, purpose)
        filled = templates.fill(body, compose.longest_values(said.settings, kind=kind))
        assert capability(country).has_room(gsm_segments.count(filled)), filled


def test_a_network_with_little_room_gets_a_brief_text_with_its_link_and_its_deadline() -> None:
    assert text(office("KR"), about(title="m" * 41)) == (
        "BALI PROCESS CM [[reference]]: urgent consultation. "
        "Confirm receipt: [[link]] by [[deadline]]."
    )
    assert text(office("KR"), about(kind="exercise")) == (
        "EXERCISE [[reference]]: Not a real event. "
        "Confirm receipt: [[link]] by [[deadline]]. EXERCISE"
    )


def test_an_exercise_has_no_title_in_any_country() -> None:
    for country in ("AU", "BD", "CN", "TH"):
        said = text(office(country), about(kind="exercise"))
        assert TITLE not in said
        assert "urgent consultation" not in said
        assert said.count("EXERCISE") == 4


def test_a_telephone_is_written_to_in_the_language_that_the_office_prefers() -> None:
    assert "DARURAT: Persons in distress. Konfirmasi terima" in text(
        office("ID", languages=("id",))
    )
    assert "EMERGENCY" in text(office("ID", languages=("en", "id")))
    assert "EMERGENCY" in text(office("AF", languages=("fa", "en")))  # 70 signs are too few
    reminder = text(office("ID", languages=("id",)), purpose=Purpose.REMINDER)
    assert "PENGINGAT" in reminder


def test_an_email_says_it_in_english_first_and_then_in_the_offices_language() -> None:
    to = office("AF", languages=("en", "fa", "ps"))
    tell = Tell(0, Rank.PRIMARY, (Channel.EMAIL,), Purpose.ESCALATION)

    line = next(compose.lines(about(), to.member, [tell]))

    assert line.words.language == "prs"
    english, _, dari = line.words.body.partition("DARI: courtesy translation, not reviewed")
    assert "You are asked next" in english
    assert "اکنون از شما خواسته می‌شود" in dari


def test_the_longest_text_is_one_part_for_every_way_and_language() -> None:
    for country in ("AU", "BD", "CN", "TH", "KR"):
        for tag in ("en", "id", "th"):
            words = preflight.sms_at_its_longest(
                office(country, languages=(tag,)), settings=Settings(), overrides={},
                provider="twilio",
            )  # fmt: skip
            assert gsm_segments.count(words.body).parts == 1
            assert not templates.HOLE.search(words.body)


def test_the_lint_says_by_how_much_a_title_or_an_address_is_too_long() -> None:
    title = PLAYBOOK.wording.short_title
    room = 41 - len(title)
    longer = f"https://{'x' * (22 - 8 + room + 3)}"  # three characters more than the title leaves

    (fault,) = preflight.sms_faults(PLAYBOOK, settings=Settings(public_url=longer))

    assert fault.field == "wording.short_title"
    assert "by link" in fault.wrong
    assert "by 3 characters, or CM_PUBLIC_URL by as many" in fault.mend


def test_the_lint_names_an_address_that_no_text_can_hold() -> None:
    faults = preflight.sms_faults(PLAYBOOK, settings=Settings(public_url=f"https://{'x' * 60}"))

    assert [fault.field for fault in faults] == ["CM_PUBLIC_URL"]


def test_the_installations_own_address_leaves_room_for_every_title() -> None:
    assert not list(preflight.sms_faults(PLAYBOOK, settings=Settings()))
