import html
import re
from datetime import timedelta
from io import BytesIO

import pytest
from sqlalchemy import select, text

from dashboard import review
from mechanism.vocabulary import Channel
from records import verify
from store.installation import Installation
from store.tables import LedgerDisclosure, LedgerEntry
from tests.support.clock import ToldTime
from tests.support.consultation import activated, answered, opened, sent, token_of
from tests.support.web import NewBrowser

HERE = "/review/BP-2026-001"


def answered_by_bangladesh(installation: Installation, told: ToldTime) -> None:
    activation = activated(installation)
    token = token_of(installation, activation, "BD", Channel.SMS)
    told.passes(timedelta(minutes=4, milliseconds=1234))
    opened(installation, token)
    answered(installation, token, sent())


def entries(installation: Installation, kind: str) -> list[str]:
    with installation.database.reading() as session:
        return list(session.scalars(select(LedgerEntry.body).where(LedgerEntry.type == kind)))


def number_of(installation: Installation, kind: str) -> int:
    """The number in its log of the first event of a type."""
    with installation.database.reading() as session:
        query = select(LedgerEntry.type).where(LedgerEntry.log == "BP-2026-001")
        return list(session.scalars(query.order_by(LedgerEntry.id))).index(kind) + 1


def test_every_situation_is_listed_with_the_number_of_its_events(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    activated(installation, kind="exercise")

    page = browser("auditor").open("/review").split("<main", 1)[1]

    assert page.index("BP-X-2026-001") < page.index(">BP-2026-001")
    assert page.count('class="number">') == 3


def test_every_event_is_shown_with_its_time_to_the_millisecond_and_from_the_trigger(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    answered_by_bangladesh(installation, told)

    page = browser("auditor").open(HERE)

    with installation.database.reading() as session:
        log = LedgerEntry.log == "BP-2026-001"
        number = len(session.scalars(select(LedgerEntry.id).where(log)).all())
    assert f"{number} of {number} events were re-checked" in page
    assert page.count('aria-label="Event ') == number
    assert "03:45:08.234" in page
    assert "+4 min 01 s" in page
    assert "Primary, Bangladesh" in page


def test_an_event_is_told_in_the_sentence_of_the_catalogue_and_a_strange_one_by_its_type(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    answered_by_bangladesh(installation, told)
    body = entries(installation, "cm.notice.answered.v1")[0].replace("notice.answered", "old.said")
    with installation.database.transaction() as session:
        session.add(
            LedgerEntry(
                log="BP-2026-001", event_id="old", type="cm.old.said.v1", at=told.now(), body=body,
                leaf=b"",
            )
        )  # fmt: skip

    page = browser("auditor").open(HERE)

    assert "<td>Bangladesh acknowledged by one-time link" in page
    assert "<td>Bangladesh: text was queued" in page
    assert "<td>cm.old.said.v1" in page


def test_the_seal_says_no_more_than_is_true(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)

    page = browser("auditor").open(HERE)

    assert "Not sealed yet." in page
    assert "complete and unchanged" not in page


def test_an_event_that_was_changed_in_the_database_is_named(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    with installation.database.transaction() as session:
        session.execute(text("DROP TRIGGER IF EXISTS ledger_entry_is_not_updated"))
        for (name,) in session.execute(
            text("SELECT name FROM sqlite_master WHERE type = 'trigger'")
        ).all():
            session.execute(text(f"DROP TRIGGER {name}"))
        session.execute(
            text("UPDATE ledger_entry SET body = replace(body, 'AU', 'XX') WHERE id = 11")
        )

    page = browser("auditor").open(HERE)

    assert "does not add up at event" in page


def test_filters_stand_in_the_address(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    answered_by_bangladesh(installation, told)
    auditor = browser("auditor")

    page = auditor.open(f"{HERE}?type=cm.message.queued.v1&member=BD&channel=sms")

    assert page.count('aria-label="Event ') == 1
    assert '<option value="BD" selected>' in page
    assert auditor.open(f"{HERE}?member=nobody").count('aria-label="Event ') == 0


def test_six_figures_are_computed_and_what_has_not_happened_is_said_so(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    answered_by_bangladesh(installation, told)

    page = browser("auditor").open(HERE)

    assert page.count('<dd class="figure">') == 6
    assert "2 of 5" in page  # Australia by triggering, Bangladesh by its link
    assert "Not yet" in page
    assert "deadline 30 minutes" in page


def test_personal_values_are_covered_until_a_reason_is_written_down(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    number = number_of(installation, "cm.message.queued.v1")
    with installation.database.reading() as session:
        private = session.scalars(select(LedgerDisclosure.disclosure)).all()
    addresses = {review._value(one) for one in private}
    auditor = browser("auditor")
    path = f"{HERE}/event/{number}"

    page = auditor.open(path)
    assert not any(address in page for address in addresses)
    auditor.send(path, status=400, reason=" ")
    assert not any(address in auditor.page for address in addresses)
    assert entries(installation, "cm.disclosure.uncovered.v1") == []
    auditor.send(path, status=200, reason="A complaint by the office")

    assert any(address in auditor.page for address in addresses)
    body = entries(installation, "cm.disclosure.uncovered.v1")[0]
    assert f'"number":{number}' in body
    assert "complaint" not in body


def test_a_value_that_was_deleted_is_said_to_be(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    path = f"{HERE}/event/{number_of(installation, 'cm.message.queued.v1')}"
    with installation.database.transaction() as session:
        session.execute(text("DELETE FROM ledger_disclosure"))
    auditor = browser("auditor")
    auditor.open(path)

    auditor.send(path, status=200, reason="To see what is left")

    assert "<dd>deleted</dd>" in auditor.page


def test_a_co_chair_reads_and_uncovers_nothing(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    path = f"{HERE}/event/{number_of(installation, 'cm.message.queued.v1')}"
    co_chair = browser("co_chair-id")

    assert "An auditor may uncover them" in co_chair.open(path)
    co_chair.send(path, status=403, reason="Curiosity")
    co_chair.send(f"{HERE}/evidence", status=403, reason="Curiosity")


def test_a_reply_stands_beside_its_reading_once_it_is_uncovered(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    answered_by_bangladesh(installation, told)
    path = f"{HERE}/event/{number_of(installation, 'cm.reply.matched.v1')}"
    auditor = browser("auditor")

    assert "by one-time link" in auditor.open(path)
    assert "[[" not in auditor.page
    auditor.send(path, status=200, reason="To compare")

    assert '[["answer", "received"]]' in html.unescape(auditor.page)


def test_who_has_looked_is_written_down_once_an_hour_and_changes_no_review(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    activated(installation)
    auditor = browser("auditor")

    first = auditor.open(HERE)
    root = re.search(r"Merkle root (\S+)</p>", first)
    second = auditor.open(HERE)

    assert len(entries(installation, "cm.situation.viewed.v1")) == 1
    assert root is not None
    assert root[1] in second
    told.passes(timedelta(minutes=61))
    assert auditor.open(HERE).count("looked at it") == 2


def test_the_bundle_verifies_against_the_root_that_the_page_has_shown(
    browser: NewBrowser, installation: Installation
) -> None:
    activated(installation)
    auditor = browser("auditor")
    page = auditor.open(HERE)
    root = re.search(r"--root (\S+)</p>", page)
    token = re.search(r'name="form_token" value="(\w+)"', page)
    assert root is not None
    assert token is not None

    asked = {"form_token": token[1], "reason": "Yearly review", "proof_code": auditor.app()}
    got = auditor.client.post(f"{HERE}/evidence", data=asked)

    report = verify.verify(BytesIO(got.content), root=html.unescape(root[1]))
    assert report.sound, report.reason
    assert 'filename="BP-2026-001.evidence.zip"' in got.headers["content-disposition"]
    assert "took the evidence bundle away" in auditor.open(HERE)


def test_no_bundle_leaves_without_a_reason(browser: NewBrowser, installation: Installation) -> None:
    activated(installation)
    auditor = browser("auditor")
    auditor.open(HERE)

    auditor.send(f"{HERE}/evidence", status=400, reason="")

    assert 'href="#reason"' in auditor.page
    assert entries(installation, "cm.export.created.v1") == []


@pytest.mark.parametrize("path", ["/review/BP-2026-999", f"{HERE}/event/0", f"{HERE}/event/9999"])
def test_what_is_not_there_is_not_there(
    browser: NewBrowser, installation: Installation, path: str
) -> None:
    activated(installation)

    browser("auditor").open(path, status=404)
