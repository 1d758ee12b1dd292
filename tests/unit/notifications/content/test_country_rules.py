"""What an SMS to a country is trusted to do, by which provider, on whose word."""

from datetime import date
from pathlib import Path

import pytest

from notifications.content.country_rules import TABLE, BadTable, Capability, capability, read_table
from notifications.content.gsm_segments import count
from store.capabilities import CapabilityFacts

ROW = """
  twilio:
    two_way: "yes"
    alpha_allowed: open
    receipts: full
    links_allowed: "yes"
    source: none
    as_of: 2023-06-15
"""


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "countries.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def written(country: str, provider: str = "twilio", **facts: object) -> Capability:
    """What holds where the directory says this itself."""
    own = CapabilityFacts.model_validate(
        {"source": "drill", "as_of": date(2026, 11, 1), **facts},
    )
    return capability(country, overrides={(country, provider): own})


def test_a_country_that_can_answer_is_asked_to_reply() -> None:
    assert capability("AU").two_way
    assert capability("my").two_way


@pytest.mark.parametrize("country", ["ID", "BD", "VN", "TH", "IN", "CN"])
def test_a_country_that_cannot_answer_is_never_asked_to_reply(country: str) -> None:
    assert not capability(country).two_way


@pytest.mark.parametrize("country", ["IN", "TH"])
def test_what_one_provider_can_do_says_nothing_about_another(country: str) -> None:
    assert capability(country, provider="aws").two_way
    assert not capability(country, provider="twilio").two_way
    assert not capability(country, provider="some other").two_way


@pytest.mark.parametrize("country", ["KP", "AQ", "", "nowhere"])
def test_where_nothing_is_known_nothing_is_promised(country: str) -> None:
    assert not capability(country).two_way
    assert not capability(country).receipts


def test_a_link_is_withheld_only_where_it_is_forbidden() -> None:
    assert not capability("CN").links
    assert capability("ID").links


def test_a_receipt_of_the_carrier_is_no_receipt_of_the_handset() -> None:
    assert capability("ID").receipts
    assert not capability("VN").receipts


@pytest.mark.parametrize("country", ["IN", "TH", "PH", "AT", "CN", "VN"])
def test_where_a_subject_is_forbidden_no_title_is_said(country: str) -> None:
    assert not capability(country).lets_say("Irregular maritime movement")


def test_a_forbidden_word_forbids_the_titles_that_hold_it_and_no_others() -> None:
    can = written("NZ", forbidden_words=["Boats"])

    assert not can.lets_say("Two boats adrift")
    assert can.lets_say("Persons in distress at sea")


def test_the_directorys_own_word_wins_and_leaves_the_rest_as_it_was() -> None:
    can = written("BD", two_way="yes", proved_by_drill_at=date(2026, 11, 1))

    assert can.two_way
    assert can.receipts
    assert [(source.name, source.own) for source in can.sources] == [
        ("drill", True), ("twilio", False), ("notify", False),
    ]  # fmt: skip
    assert can.proved_by_drill_at == date(2026, 11, 1)


def test_the_directory_may_take_back_what_the_table_promises() -> None:
    assert not written("AU", two_way="unknown").two_way
    assert not written("AU", "any", links_allowed="no").links


def test_a_name_as_sender_can_never_be_replied_to() -> None:
    assert not written("AU", sender_kind="alpha").two_way
    assert written("AU", sender_kind="long").two_way


def test_a_text_must_fit_the_room_that_the_network_leaves() -> None:
    assert capability("AU").has_room(count("a" * 160))
    assert not capability("AU").has_room(count("a" * 161))
    assert capability("KR").has_room(count("a" * 130))
    assert not capability("KR").has_room(count("a" * 131))
    assert capability("TH").has_room(count("ก" * 70))
    assert not written("TH", unicode_ok="no").has_room(count("ก"))


def test_the_table_that_is_shipped_is_sound_and_every_row_names_its_source_and_day() -> None:
    rows = read_table(TABLE)

    assert len({country for country, _ in rows}) > 40
    assert all(row.source and row.as_of <= date(2026, 11, 23) for row in rows.values())


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"NO:{ROW}", "False is not a quoted ISO 3166 code"),
        (f'"ZZ":{ROW}', "'ZZ' is not a quoted ISO 3166 code"),
        (f'"AU":{ROW}'.replace('"yes"', "often", 1), "AU: twilio: two_way"),
        (f'"AU":{ROW}'.replace("receipts: full", "receipts: some"), "AU: twilio: receipts"),
        (f'"AU":{ROW}    colour: red\n', "AU: twilio: colour"),
        (f'"AU":{ROW}'.replace("    source: none\n", ""), "AU: twilio: source"),
        (f'"AU":{ROW}'.replace("    as_of: 2023-06-15\n", ""), "AU: twilio: as_of"),
        ('"AU": []', "AU: not a list of providers"),
        ('"AU": {any: 1}', "AU: any: row"),
        ("- AU", "not a table"),
    ],
)
def test_a_mistake_in_the_table_names_the_country_and_the_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(BadTable, match=complaint):
        read_table(table(tmp_path, text))


def test_an_unquoted_yes_is_read_as_it_is_meant(tmp_path: Path) -> None:
    rows = read_table(table(tmp_path, f'"AU":{ROW}'.replace('"yes"', "yes")))

    assert rows["AU", "twilio"].two_way == "yes"
