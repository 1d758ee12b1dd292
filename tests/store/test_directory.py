"""The directory says what the roster says, forgets nothing, and tells what must be seen to."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from functools import cache
from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from intake import Fault, RefusedError
from mechanism.ladder import Channel, Rank
from store.directory import (
    AttentionCause,
    ContactRow,
    Roster,
    attention,
    co_chairs,
    export_roster,
    import_roster,
    members,
    offices_of,
    read_roster,
    schemas,
    stale,
    usable,
)
from store.session import Database
from store.tables import Base, ContactPoint, FocalPoint, Health, Member

ROOT = Path(__file__).parents[2]
EXAMPLE = (ROOT / "examples" / "roster.yaml").read_text(encoding="utf-8")
EXAMPLE_CSV = (ROOT / "examples" / "roster.csv").read_text(encoding="utf-8")
NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TODAY = NOW.date()

SMALL = """\
members:
  - code: BD
    kind: state
    display_name: Bangladesh
    protocol_name: the People's Republic of Bangladesh
    roles: [ad_hoc_group]
    focal_points:
      - rank: duty_officer
        office: Duty office
        zone: Asia/Dhaka
        country: BD
        contacts:
          - {channel: sms, address: "+999 050 400001", verified_on: 2026-11-01}
      - rank: primary
        office: Irregular migration desk
        zone: Asia/Dhaka
        country: BD
        weekend: [fri, sat]
        languages: [en, bn]
        contacts:
          - {channel: sms, address: "+999050100001", verified_on: 2026-11-01}
          - {channel: email, address: desk@mfa.bd.example, verified_on: 2026-11-01}
  - code: AU
    kind: state
    display_name: Australia
    protocol_name: Australia
    roles: [co_chair, steering_group]
    focal_points:
      - rank: primary
        office: Irregular migration desk
        zone: Australia/Sydney
        country: AU
        contacts:
          - {channel: email, address: desk@mfa.au.example}
"""


@pytest.fixture
def session() -> Iterator[Session]:
    engine = create_engine("sqlite://")
    Base.metadata.create_all(engine)
    with Session(engine) as session:
        yield session
    engine.dispose()


@cache
def roster(text: str = SMALL, *, source: str = "roster.yaml") -> Roster:
    return read_roster(text, source=source)


def faults(text: str, *, source: str = "roster.yaml") -> list[Fault]:
    with pytest.raises(RefusedError) as refused:
        read_roster(text, source=source)
    return list(refused.value.faults)


def changed(before: str, after: str) -> str:
    assert before in SMALL
    return SMALL.replace(before, after, 1)


def line_with(text: str, words: str) -> int:
    return next(n for n, line in enumerate(text.splitlines(), start=1) if words in line)


def contact(session: Session, address: str) -> ContactPoint:
    return session.scalars(select(ContactPoint).where(ContactPoint.address == address)).one()


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
    def test_it_reads_as_the_same_roster_as_yaml(self, session: Session) -> None:
        by_csv = roster(EXAMPLE_CSV, source="roster.csv")
        import_roster(session, by_csv, now=NOW)

        assert roster(export_roster(session)) == by_csv
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


class TestImporting:
    def test_a_second_import_of_the_same_changes_nothing(self, session: Session) -> None:
        first = import_roster(session, roster(), now=NOW)
        second = import_roster(session, roster(), now=NOW)

        assert (len(first.added), first.changed, first.retired, first.unchanged) == (9, [], [], [])
        assert (second.added, second.changed, second.retired) == ([], [], [])
        assert len(second.unchanged) == 9

    def test_what_differs_is_changed_in_place(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        text = changed("office: Duty office", "office: Duty room").replace(
            "display_name: Australia", "display_name: Commonwealth of Australia"
        )

        report = import_roster(session, roster(text), now=NOW)

        assert sorted(report.changed) == ["AU", "BD/duty_officer"]
        assert offices_of(session, "BD")[1].office == "Duty room"

    def test_what_is_no_longer_there_is_retired_and_not_deleted(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        text = SMALL[: SMALL.index("  - code: AU")]

        report = import_roster(session, roster(text), now=NOW)

        assert report.retired == ["AU/primary/email", "AU/primary", "AU"]
        assert [m.code for m in members(session)] == ["BD"]
        assert session.get_one(Member, "AU").retired_at == NOW
        assert contact(session, "desk@mfa.au.example").retired_at == NOW

    def test_a_retired_office_is_out_of_the_ranks(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        start, end = SMALL.index("      - rank: duty"), SMALL.index("      - rank: primary")

        import_roster(session, roster(SMALL[:start] + SMALL[end:]), now=NOW)

        assert [o.rank for o in offices_of(session, "BD")] == [Rank.PRIMARY]

    def test_what_comes_back_is_in_force_again(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        import_roster(session, roster(SMALL[: SMALL.index("  - code: AU")]), now=NOW)

        report = import_roster(session, roster(), now=NOW)

        assert report.changed == ["AU", "AU/primary", "AU/primary/email"]
        assert [m.code for m in co_chairs(session)] == ["AU"]

    def test_a_roster_read_in_part_retires_nobody(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        text = changed("country: AU", "country: A")

        partly = read_roster(text, source="roster.yaml", partial=True)
        report = import_roster(session, partly, now=NOW)

        assert report.retired == []
        assert [m.code for m in members(session)] == ["AU", "BD"]

    def test_what_traffic_has_shown_of_an_address_stays_with_it(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        contact(session, "desk@mfa.bd.example").health = Health.FAILED
        text = changed(
            "desk@mfa.bd.example, verified_on: 2026-11-01",
            "desk@mfa.bd.example, verified_on: 2026-11-20",
        )

        import_roster(session, roster(text), now=NOW)

        kept = contact(session, "desk@mfa.bd.example")
        assert (kept.health, kept.verified_on) == (Health.FAILED, date(2026, 11, 20))

    def test_a_number_that_was_opted_out_stays_so_in_another_office(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        contact(session, "+999050400001").health = Health.OPTED_OUT
        text = changed("+999 050 400001", "+999050400009").replace("+999050100001", "+999050400001")

        import_roster(session, roster(text), now=NOW)

        moved = offices_of(session, "BD")[0].contact_points[-1]
        assert (moved.address, moved.health) == ("+999050400001", Health.OPTED_OUT)

    def test_a_new_address_is_unproven_and_the_old_one_retired(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)

        report = import_roster(session, roster(changed("desk@mfa.bd", "post@mfa.bd")), now=NOW)

        assert report.added == report.retired == ["BD/primary/email"]
        assert contact(session, "post@mfa.bd.example").health is Health.UNPROVEN

    def test_the_report_names_no_address(self, session: Session) -> None:
        report = import_roster(session, roster(), now=NOW)

        assert not any("@" in name or "+" in name for name in report.added)


class TestExporting:
    def test_the_export_reads_back_equal(self, session: Session) -> None:
        import_roster(session, roster(EXAMPLE), now=NOW)

        assert roster(export_roster(session)) == roster(EXAMPLE)

    def test_what_is_retired_is_not_exported(self, session: Session) -> None:
        import_roster(session, roster(), now=NOW)
        later = roster(changed("desk@mfa.bd.example", "post@mfa.bd.example"))
        import_roster(session, later, now=NOW)

        assert roster(export_roster(session)) == later


class TestAsking:
    @pytest.fixture(autouse=True)
    def _imported(self, session: Session) -> None:
        import_roster(session, roster(EXAMPLE), now=NOW)

    def test_the_co_chairs_are_known(self, session: Session) -> None:
        assert [m.code for m in co_chairs(session)] == ["AU", "ID"]

    def test_offices_come_in_the_order_of_escalation(self, session: Session) -> None:
        assert [o.rank for o in offices_of(session, "LK")] == list(Rank)

    def test_nobody_is_known_of_a_member_that_is_not_there(self, session: Session) -> None:
        assert offices_of(session, "ZZ") == []

    @pytest.mark.parametrize(
        ("health", "useful"),
        [
            (Health.UNPROVEN, True),
            (Health.WORKING, True),
            (Health.FAILED, False),
            (Health.OPTED_OUT, False),
        ],
    )
    def test_an_address_is_usable_unless_it_failed_or_was_opted_out(
        self, session: Session, *, health: Health, useful: bool
    ) -> None:
        point = contact(session, "desk@mfa.lk.example")
        point.health = health

        assert usable(point) is useful

    def test_a_retired_address_is_not_usable(self, session: Session) -> None:
        point = contact(session, "desk@mfa.lk.example")
        point.retired_at = NOW

        assert not usable(point)

    @pytest.mark.parametrize(
        ("days_ago", "is_stale"), [(0, False), (90, False), (91, True), (-1, False), (-2, True)]
    )
    def test_an_address_is_stale_after_90_days(self, *, days_ago: int, is_stale: bool) -> None:
        point = ContactPoint(verified_on=TODAY - timedelta(days=days_ago))

        assert stale(point, today=TODAY) is is_stale

    def test_an_address_never_verified_is_stale(self) -> None:
        assert stale(ContactPoint(verified_on=None), today=TODAY)

    def test_the_example_has_a_few_stale_addresses_and_nothing_worse(
        self, session: Session
    ) -> None:
        found = attention(session, today=TODAY)

        assert {a.cause for a in found} == {AttentionCause.STALE}
        assert [a.member_code for a in found] == ["AF", "AF", "MM", "MV", "PK", "UNODC", "VN"]

    def test_failed_and_opted_out_addresses_are_told(self, session: Session) -> None:
        contact(session, "+999144100001").health = Health.OPTED_OUT
        contact(session, "desk@mfa.lk.example").health = Health.FAILED

        found = [a for a in attention(session, today=TODAY) if a.member_code == "LK"]

        assert [(a.cause, a.rank, a.channel) for a in found] == [
            (AttentionCause.FAILED, Rank.PRIMARY, Channel.EMAIL),
            (AttentionCause.OPTED_OUT, Rank.PRIMARY, Channel.SMS),
        ]

    def test_a_member_without_a_way_to_reach_it_comes_before_its_addresses(
        self, session: Session
    ) -> None:
        for office in offices_of(session, "LK"):
            for point in office.contact_points:
                point.health = Health.FAILED

        found = [a for a in attention(session, today=TODAY) if a.member_code == "LK"]

        assert [a.cause for a in found[:2]] == [AttentionCause.NO_EMAIL, AttentionCause.NO_SMS]
        assert found[0].rank is None

    def test_a_member_without_an_alternate_is_told(self, session: Session) -> None:
        for office in offices_of(session, "LK"):
            if office.rank in {Rank.ALTERNATE_1, Rank.ALTERNATE_2}:
                office.retired_at = NOW

        [found] = [a for a in attention(session, today=TODAY) if a.member_code == "LK"]

        assert found.cause is AttentionCause.NO_ALTERNATE

    def test_what_is_retired_needs_no_attention(self, session: Session) -> None:
        for office in offices_of(session, "AF"):
            for point in office.contact_points:
                if stale(point, today=TODAY):
                    point.retired_at = NOW

        assert "AF" not in {a.member_code for a in attention(session, today=TODAY)}

    def test_the_sentences_hold_no_address(self, session: Session) -> None:
        assert not any(
            "@" in a.sentence or "+" in a.sentence for a in attention(session, today=TODAY)
        )


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


def test_the_directory_is_the_same_in_both_databases(database: Database) -> None:
    with database.transaction() as session:
        import_roster(session, roster(EXAMPLE), now=NOW)

    with database.transaction() as session:
        report = import_roster(session, roster(EXAMPLE), now=NOW)
        assert (report.added, report.changed, report.retired) == ([], [], [])
        assert roster(export_roster(session)) == roster(EXAMPLE)
        assert session.scalars(select(FocalPoint)).first() is not None
