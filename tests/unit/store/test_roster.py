"""A roster is read whole or refused with every fault, its line and its remedy."""

import pytest

from mechanism.vocabulary import Channel, Rank
from store.roster import ContactRow, read_roster, schemas
from tests.support.rosters import EXAMPLE, EXAMPLE_CSV, ROOT, changed, roster
from validation import Fault, InvalidFileError


def faults(text: str, *, source: str = "roster.yaml") -> list[Fault]:
    with pytest.raises(InvalidFileError) as refused:
        read_roster(text, source=source)
    return list(refused.value.faults)


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


class TestReading:
    def test_members_offices_and_addresses_come_in_their_order(self) -> None:
        australia, bangladesh = roster().members

        assert (australia.code, bangladesh.code) == ("AU", "BD")
        assert [o.rank for o in bangladesh.focal_points] == [Rank.PRIMARY, Rank.DUTY_OFFICER]
        assert [c.channel for c in bangladesh.focal_points[0].contacts] == ["email", "sms"]

    def test_a_number_is_kept_without_its_spaces(self) -> None:
        assert roster().members[1].focal_points[1].contacts[0].address == "+999050400001"

    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("+61 491 570 156", "+61491570156"),
            ("+61 (0)491-570-156", "+61491570156"),
            ("0491 570 156", None),
            ("+6281", None),
            ("+999 12345", None),
            ("+999 123456", "+999123456"),
            ("+999 1234567890123", None),
            ("+99 9123456", "+999123456"),
            ("1 800 FLOWERS", None),
            ("+1 800 FLOWERS", None),
            ("", None),
        ],
    )
    def test_a_number_is_one_that_can_be_dialled_or_of_the_test_range(
        self, written: str, kept: str | None
    ) -> None:
        text = changed("+999050100001", written)

        if kept is None:
            [fault] = faults(text)
            assert fault.field == "BD.focal_points.1.contacts.0.address"
            assert fault.line == line_with(text, f'"{written}"')
        else:
            addresses = {c.address for c in roster(text).members[1].focal_points[0].contacts}
            assert kept in addresses

    def test_a_number_without_quotation_marks_is_refused_with_that_remedy(self) -> None:
        [fault] = faults(changed('"+999050100001"', "+999050100001"))

        assert "quotation marks" in fault.mend

    @pytest.mark.parametrize(
        "written",
        [
            "desk", "desk@mfa", "@mfa.bd.example", "desk@@mfa.bd.example", "de sk@mfa.bd.example",
            ".desk@mfa.bd.example", "desk.@mfa.bd.example", "de..sk@mfa.bd.example",
            "desk@-mfa.bd.example", "desk@mfa..example", "desk@mfa.bd.123", "désk@mfa.bd.example",
            "Desk <desk@mfa.bd.example>", '"desk\\r\\nBcc: all"@mfa.bd.example',
            "desk@mfa.bd.example\\r\\nBcc: x@y.example", f"{'d' * 65}@mfa.bd.example",
            f"desk@{'m' * 64}.example", f"desk@{'m.' * 125}example", "desk@[127.0.0.1]",
        ],
    )  # fmt: skip
    def test_an_address_that_is_not_plain_is_refused(self, written: str) -> None:
        escaped = written.replace('"', '\\"')
        text = changed("desk@mfa.bd.example", f'"{escaped}"')

        [fault] = faults(text)

        assert fault.field == "BD.focal_points.1.contacts.1.address"

    @pytest.mark.parametrize(
        ("written", "kept"),
        [
            ("first.last+tag@mfa.bd.example", "first.last+tag@mfa.bd.example"),
            ("o'neill@MFA.BD.Example", "o'neill@mfa.bd.example"),
            ("d@x.io", "d@x.io"),
            ("desk@xn--bcher-kva.example", "desk@xn--bcher-kva.example"),
        ],
    )
    def test_a_plain_address_is_accepted(self, written: str, kept: str) -> None:
        row = ContactRow(channel=Channel.EMAIL, address=written)

        assert row.address == kept

    @pytest.mark.parametrize(
        ("before", "after", "field"),
        [
            ("zone: Asia/Dhaka", "zone: Asia/Dacca2", "zone"),
            ("zone: Asia/Dhaka", "zone: ../../etc/passwd", "zone"),
            ("country: BD", "country: XX", "country"),
            ("country: BD", "country: NO", "country"),
            ("country: BD", "country: bd", "country"),
            ("office: Duty office", 'office: "Duty\\u202e office"', "office"),
            ("office: Duty office", 'office: "Duty [[office]]"', "office"),
            ("rank: duty_officer", "rank: boss", "rank"),
        ],
    )
    def test_a_broken_field_of_an_office_is_refused_with_its_line(
        self, before: str, after: str, field: str
    ) -> None:
        text = changed(before, after)

        [fault] = faults(text)

        assert (fault.line, fault.field) == (line_with(text, after), f"BD.focal_points.0.{field}")
        assert fault.mend

    @pytest.mark.parametrize(
        ("before", "after", "field"),
        [
            ("weekend: [fri, sat]", "weekend: [fri, freitag]", "weekend.1"),
            ("weekend: [fri, sat]", "weekend: [fri, fri]", "weekend"),
            ("languages: [en, bn]", "languages: [English]", "languages.0"),
            ("languages: [en, bn]", "languages: []", "languages"),
            ('100001", verified_on: 2026-', '100001", verified_on: a', "contacts.0.verified_on"),
        ],
    )  # fmt: skip
    def test_days_languages_and_dates_are_checked(
        self, before: str, after: str, field: str
    ) -> None:
        [fault] = faults(changed(before, after))

        assert fault.field == f"BD.focal_points.1.{field}"

    def test_a_field_that_is_not_known_is_refused(self) -> None:
        text = changed("    kind: state", "    kind: state\n    capital: Dhaka")

        [fault] = faults(text)

        assert (fault.line, fault.field) == (line_with(text, "capital"), "BD.capital")

    def test_an_address_under_two_offices_is_refused_naming_both_lines(self) -> None:
        text = changed("desk@mfa.au.example", "Desk@mfa.bd.example")

        [fault] = faults(text)

        assert fault.line == line_with(text, "Desk@mfa")
        assert f"line {line_with(text, 'desk@mfa.bd')}" in fault.wrong

    def test_one_number_may_take_texts_and_calls_of_one_office(self) -> None:
        text = changed(
            '{channel: sms, address: "+999050100001"',
            '{channel: voice, address: "+999050100001"}\n'
            '          - {channel: sms, address: "+999050100001"',
        )

        assert len(roster(text).members[1].focal_points[0].contacts) == 3

    def test_a_rank_named_twice_is_refused(self) -> None:
        text = changed("rank: duty_officer", "rank: primary")

        [fault] = faults(text)

        assert fault.line == [i for i, x in enumerate(text.splitlines(), 1) if "primary" in x][1]

    def test_a_member_named_twice_is_refused(self) -> None:
        text = changed("code: AU", "code: BD")

        assert "this member is there already (first on line 2)" in faults(text)[0].wrong

    def test_every_fault_is_named_at_once(self) -> None:
        text = changed("Asia/Dhaka", "Asia/Dacca2").replace("country: AU", "country: A")
        text = text.replace("kind: state", "kind: empire", 1)

        assert [f.field for f in faults(text)] == [
            "BD.kind",
            "BD.focal_points.0.zone",
            "AU.focal_points.0.country",
        ]

    def test_what_fits_comes_back_beside_the_faults_where_that_is_asked_for(self) -> None:
        text = changed("country: AU", "country: A")

        partly = read_roster(text, source="roster.yaml", partial=True)

        assert [m.code for m in partly.members] == ["BD"]
        assert [f.field for f in partly.faults] == ["AU.focal_points.0.country"]

    def test_a_day_that_no_calendar_has_is_refused(self) -> None:
        assert "day" in faults(changed("2026-11-01", "2026-02-30"))[0].wrong

    @pytest.mark.parametrize(
        "text", ["members: [", "- a\n- b", "members: 3", "", "members: []", "members: [3]", "a: 1"]
    )
    def test_what_is_no_roster_is_refused(self, text: str) -> None:
        assert faults(text)

    def test_the_published_schema_is_what_the_code_says(self) -> None:
        for name, text in schemas().items():
            assert (ROOT / "docs" / "reference" / name).read_text(encoding="utf-8") == text


class TestCsv:
    def test_members_offices_and_lists_are_read_from_its_rows(self) -> None:
        by_csv = roster(EXAMPLE_CSV, source="roster.csv")

        assert [m.code for m in by_csv.members] == ["AU", "BD", "ID"]
        assert by_csv.members[1].focal_points[0].weekend == ("fri", "sat")

    def test_semicolons_and_a_byte_order_mark_of_a_spreadsheet_are_understood(self) -> None:
        text = "\ufeff" + EXAMPLE_CSV.replace(",", ";").replace("\n", "\r\n")

        assert roster(text, source="ROSTER.CSV") == roster(EXAMPLE_CSV, source="roster.csv")

    def test_a_missing_column_is_named(self) -> None:
        lines = [line.split(",") for line in EXAMPLE_CSV.splitlines()]
        at = lines[0].index("zone")
        text = "\n".join(",".join(line[:at] + line[at + 1 :]) for line in lines)

        [fault] = faults(text, source="r.csv")

        assert (fault.line, fault.field, fault.wrong) == (1, "zone", "this column is missing")

    def test_columns_that_may_be_left_out_may_be_missing(self) -> None:
        text = "\n".join(line.rpartition(",")[0] for line in EXAMPLE_CSV.splitlines())

        assert (
            roster(text, source="r.csv").members[0].focal_points[0].contacts[0].verified_on is None
        )

    def test_an_unknown_column_is_named(self) -> None:
        found = faults(EXAMPLE_CSV.replace("verified_on", "verified"), source="r.csv")

        assert [f.field for f in found] == ["verified"]

    def test_a_fault_has_the_line_of_its_row(self) -> None:
        [fault] = faults(EXAMPLE_CSV.replace("+999360200001", "+6281"), source="r.csv")

        assert (fault.line, fault.field) == (6, "ID.focal_points.1.contacts.0.address")

    def test_rows_of_one_office_that_contradict_each_other_are_refused(self) -> None:
        lines = EXAMPLE_CSV.splitlines()
        lines[2] = lines[2].replace("Australia/Sydney", "Australia/Perth")

        [fault] = faults("\n".join(lines), source="r.csv")

        assert (fault.line, fault.field) == (3, "zone")

    def test_a_row_with_too_many_fields_is_refused(self) -> None:
        lines = EXAMPLE_CSV.splitlines()
        lines[3] += ",more"

        [fault] = faults("\n".join(lines), source="r.csv")

        assert fault.line == 4

    @pytest.mark.parametrize("text", ["", "\n", 'code,"unfinished', "a,b\n1,2"])
    def test_what_is_no_table_is_refused(self, text: str) -> None:
        assert faults(text, source="r.csv")


class TestExample:
    def test_every_member_has_all_ranks_two_channels_and_a_telephone(self) -> None:
        for member in roster(EXAMPLE).members:
            assert [office.rank for office in member.focal_points] == list(Rank)
            for office in member.focal_points:
                assert {Channel.EMAIL, Channel.SMS} <= {c.channel for c in office.contacts}
            assert Channel.VOICE in {c.channel for c in member.focal_points[-1].contacts}

    def test_no_address_in_it_can_exist(self) -> None:
        for member in roster(EXAMPLE).members:
            for contact in (c for o in member.focal_points for c in o.contacts):
                test_range = contact.address.startswith("+999") and len(contact.address) == 13
                assert test_range or contact.address.endswith(".example")

    def test_it_has_the_ad_hoc_group(self) -> None:
        members = roster(EXAMPLE).members

        assert sum(m.kind == "state" for m in members) == 16
        assert {m.code for m in members if m.kind == "organisation"} == {"IOM", "UNHCR", "UNODC"}
