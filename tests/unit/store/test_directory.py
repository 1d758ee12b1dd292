"""The directory says what the roster says, forgets nothing, and tells what must be seen to."""

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from mechanism.lifecycle import Health
from mechanism.vocabulary import Channel, Rank
from store.directory import (
    AttentionCause,
    attention,
    co_chairs,
    export_roster,
    import_roster,
    members,
    offices_of,
    stale,
    usable,
)
from store.roster import read_roster
from store.session import Database
from store.tables import ContactPoint, FocalPoint, Member
from tests.support.rosters import EXAMPLE, EXAMPLE_CSV, SMALL, changed, roster

NOW = datetime(2026, 11, 23, 6, tzinfo=UTC)
TODAY = NOW.date()


def contact(session: Session, address: str) -> ContactPoint:
    return session.scalars(select(ContactPoint).where(ContactPoint.address == address)).one()


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

    def test_what_was_imported_from_csv_reads_back_equal_from_yaml(self, session: Session) -> None:
        by_csv = roster(EXAMPLE_CSV, source="roster.csv")

        import_roster(session, by_csv, now=NOW)

        assert roster(export_roster(session)) == by_csv

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


def test_the_directory_is_the_same_in_both_databases(database: Database) -> None:
    with database.transaction() as session:
        import_roster(session, roster(EXAMPLE), now=NOW)

    with database.transaction() as session:
        report = import_roster(session, roster(EXAMPLE), now=NOW)
        assert (report.added, report.changed, report.retired) == ([], [], [])
        assert roster(export_roster(session)) == roster(EXAMPLE)
        assert session.scalars(select(FocalPoint)).first() is not None
