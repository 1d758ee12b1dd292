"""What an SMS to a country is trusted to do."""

from pathlib import Path

import pytest

from notifications.countries import TABLE, BadTable, capability, read_table

ROW = """
  two_way: "yes"
  alpha: open
  receipts: full
  links_allowed: "yes"
  note: ""
  source: none
  checked_on: 2023-06-15
"""


def table(tmp_path: Path, text: str) -> Path:
    path = tmp_path / "countries.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_country_that_can_answer_is_asked_to_reply() -> None:
    assert capability("AU").two_way
    assert capability("my").two_way


@pytest.mark.parametrize("country", ["ID", "BD", "VN"])
def test_a_country_that_cannot_answer_is_never_asked_to_reply(country: str) -> None:
    assert not capability(country).two_way


@pytest.mark.parametrize("country", ["IN", "TH", "CN"])
def test_where_sources_disagree_a_reply_is_not_relied_on(country: str) -> None:
    assert not capability(country).two_way
    assert "disagree" in capability(country).note


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


def test_the_table_that_is_shipped_is_sound() -> None:
    assert len(read_table(TABLE)) > 40


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (f"NO:{ROW}", "False is not a quoted ISO 3166 code"),
        (f'"ZZ":{ROW}', "'ZZ' is not a quoted ISO 3166 code"),
        (f'"AU":{ROW}'.replace('"yes"', "yes", 1), "AU: two_way"),
        (f'"AU":{ROW}'.replace("receipts: full", "receipts: some"), "AU: receipts"),
        (f'"AU":{ROW}  colour: red\n', "AU: colour"),
        (f'"AU":{ROW}'.replace("  alpha: open\n", ""), "AU: alpha"),
        ('"AU": []', "AU: row"),
        ("- AU", "not a table"),
    ],
)
def test_a_mistake_in_the_table_names_the_country_and_the_field(
    tmp_path: Path, text: str, complaint: str
) -> None:
    with pytest.raises(BadTable, match=complaint):
        read_table(table(tmp_path, text))
