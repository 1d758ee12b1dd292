"""What the board shows and does, each figure from rows."""

import re
from datetime import timedelta

import pytest
from sqlalchemy import select

from convening import acknowledge, notify
from convening.acknowledge import MemberAnswer
from dashboard.web import labels
from mechanism.assurance import Assurance
from mechanism.lifecycle import (
    ActivationState,
    MessageEvent,
    MessageState,
    NeedState,
    NoticeState,
    ReplyEvent,
    ReplyState,
)
from mechanism.vocabulary import AcknowledgementResponse, Channel, Door, NeedCause, Pin
from playbooks.schema import Playbook, load, read_playbook
from store import ledger, needs
from store.act import by_engine
from store.installation import Installation
from store.tables import (
    Activation,
    Concurrence,
    Heartbeat,
    LedgerDisclosure,
    LedgerEntry,
    Message,
    Need,
    Notice,
    NoticeText,
    ProviderStanding,
    Reply,
)
from tests.support.clock import ToldTime
from tests.support.five_members import NOW
from tests.support.web import NewBrowser
from tests.support.web_acts import an_unclear_text, confirmed, drafted, sent


@pytest.fixture(autouse=True)
def engine_runs(installation: Installation, real: ToldTime) -> None:
    with installation.database.transaction() as session:
        session.add(Heartbeat(name="engine", at=real.now() + timedelta(days=1)))


def text_of(page: str) -> str:
    """The words of a page without its marks."""
    return " ".join(re.sub(r"<[^>]+>", " ", page).split())


def test_the_board_answers_the_five_questions(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")

    page = text_of(co_chair.open(sent(co_chair)))

    assert "Exercise This is not a real emergency" in page
    assert "Members who have acknowledged 1 of 5" in page
    assert "Left to acknowledge 60 min" in page or "1 h 00 min" in page
    assert "Next automatic step" in page
    assert "4 members are reminded" in page
    assert "Nothing needs a person now." in page


def test_what_is_open_stands_above_what_is_acknowledged(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")

    page = co_chair.open(sent(co_chair))

    assert page.index("Not yet acknowledged (4)") < page.index("Acknowledged (1)")


def test_a_message_that_was_handed_over_is_not_called_delivered(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    with installation.database.transaction() as session:
        for message in session.query(Message).filter(Message.state == MessageState.QUEUED):
            ledger.move(
                session, by_engine(NOW), message, MessageEvent.CLAIMED, lease_until=NOW, due_at=None
            )
            ledger.move(session, by_engine(NOW), message, MessageEvent.ACCEPTED, lease_until=None)

    page = text_of(co_chair.open(where))

    assert "handed over" in page
    assert "SMS delivered" not in page


def test_a_reminder_that_is_due_is_said_to_be_the_next_step(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    told.passes(timedelta(minutes=15))
    with installation.database.transaction() as session:
        activation = session.get_one(Activation, 1)
        notify.take_due_rungs(
            session, now=told.now(), settings=installation.settings, activation=activation
        )

    assert "4 members are called by telephone" in text_of(co_chair.open(where))
    told.passes(timedelta(minutes=5))
    with installation.database.transaction() as session:
        activation = session.get_one(Activation, 1)
        notify.take_due_rungs(
            session, now=told.now(), settings=installation.settings, activation=activation
        )

    page = text_of(co_chair.open(where))

    assert "the alternates of 4 members are contacted" in page


def test_a_silent_engine_is_the_first_thing_that_needs_a_person(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    with installation.database.transaction() as session:
        session.query(Heartbeat).delete()

    page = text_of(co_chair.open(where))

    assert "1 thing needs a person now Messages are not being sent:" in page


def test_the_fragment_is_asked_for_by_its_etag(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    path = sent(co_chair) + "/board"
    first = co_chair.client.get(path)

    again = co_chair.client.get(path, headers={"If-None-Match": first.headers["etag"]})

    assert again.status_code == 304
    assert "<html" not in first.text
    assert "form_token" not in first.text


def test_the_kept_fragment_of_one_reader_is_not_shown_to_another(browser: NewBrowser) -> None:
    canberra, jakarta, auditor = browser("co_chair-au"), browser("co_chair-id"), browser("auditor")
    where = sent(canberra)

    pages = [reader.open(where) for reader in (canberra, jakarta, auditor)]

    assert ["Agree" in page for page in pages] == [False, True, False]
    assert ["Send an update to all" in page for page in pages] == [True, True, False]


def test_the_other_co_chair_agrees_in_one_click(
    browser: NewBrowser, installation: Installation
) -> None:
    canberra, jakarta = browser("co_chair-au"), browser("co_chair-id")
    where = sent(canberra)
    jakarta.open(where)

    jakarta.send(f"{where}/agree")

    assert "2 of 5" in text_of(jakarta.open(where))
    with installation.database.reading() as session:
        assert session.query(Concurrence).one().member_code == "ID"


@pytest.mark.check(11)
def test_nobody_agrees_to_what_the_own_government_has_triggered(browser: NewBrowser) -> None:
    canberra = browser("co_chair-au")
    where = sent(canberra)
    canberra.open(where)

    canberra.send(f"{where}/agree", status=403)


def test_an_objection_needs_a_reason_stops_the_ladder_and_is_resumed_with_one(
    browser: NewBrowser, installation: Installation
) -> None:
    canberra, jakarta = browser("co_chair-au"), browser("co_chair-id")
    where = sent(canberra)
    jakarta.open(f"{where}/object")
    jakarta.send(f"{where}/object", status=400, reason="")

    jakarta.send(f"{where}/object", reason="The position is not confirmed.")
    paused = text_of(canberra.open(where))
    canberra.open(f"{where}/resume")
    canberra.send(f"{where}/resume", reason="Confirmed by the rescue coordination centre.")

    assert "Paused by an objection" in paused
    assert "or stand down. “The position is not confirmed.”" in paused
    with installation.database.reading() as session:
        assert session.get_one(Activation, 1).state is ActivationState.ACTIVE


@pytest.mark.parametrize(
    ("kind", "state"),
    [
        ("situation_update", ActivationState.ACTIVE),
        ("correction", ActivationState.ACTIVE),
        ("withdrawal", ActivationState.WITHDRAWN),
        ("stand_down", ActivationState.STOOD_DOWN),
    ],
)
def test_each_text_is_ready_from_second_0_and_is_sent_by_one_button(
    browser: NewBrowser, installation: Installation, kind: str, state: ActivationState
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    page = co_chair.open(f"{where}/text")
    ready = re.search(rf'<textarea id="{kind}_body"[^>]*>([^<]*)<', page)
    assert ready is not None

    form = {f"{kind}_title": "Boats in distress", f"{kind}_body": ready[1] or "New position."}
    co_chair.send(f"{where}/text", form, kind=kind)

    with installation.database.reading() as session:
        assert session.get_one(Activation, 1).state is state
        assert session.query(NoticeText).filter_by(kind=kind).count() == 1


def test_an_empty_text_is_not_sent_and_the_other_boxes_keep_theirs(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    co_chair.open(f"{where}/text")

    form = {"situation_update_title": "Boats", "situation_update_body": ""}
    co_chair.send(f"{where}/text", form, status=400, kind="situation_update")

    assert 'href="#situation_update_body"' in co_chair.page
    assert "This notice was sent in error and is withdrawn." in co_chair.page


def test_a_closed_board_is_read_only(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    co_chair.open(where)

    co_chair.send(f"{where}/close")

    page = co_chair.open(where)
    assert "This page is read-only" in page
    assert 'class="actions"' not in page
    co_chair.open("/")
    co_chair.send(f"{where}/close", status=409)


@pytest.fixture
def both_must_agree(monkeypatch: pytest.MonkeyPatch) -> None:
    """Every playbook as it would be if both co-chairs had to agree."""

    def changed(name: str) -> tuple[str, Playbook]:
        both = "mode: both\n  time_out: PT30M\n  then: send"
        text = load(name)[0].replace("mode: either", both)
        return text, read_playbook(text, source=name)

    monkeypatch.setattr("convening.activate.load", changed)


@pytest.mark.usefixtures("both_must_agree")
@pytest.mark.check(11)
def test_where_both_must_agree_nothing_is_sent_before(
    browser: NewBrowser, installation: Installation
) -> None:
    canberra, jakarta = browser("co_chair-au"), browser("co_chair-id")
    path = drafted(canberra)
    check = text_of(canberra.open(path))
    form = confirmed(canberra, path)

    where = canberra.send(path, form).partition("?")[0]
    waiting = text_of(jakarta.open(where))
    jakarta.send(f"{where}/agree")

    assert "Nothing is sent before Indonesia agrees" in check
    assert "Ask Indonesia to agree" in check
    assert "Nothing has been sent to the members." in waiting
    assert "it is sent all the same" in waiting
    with installation.database.reading() as session:
        assert session.get_one(Activation, 1).state is ActivationState.ACTIVE


def test_a_call_is_recorded_and_its_page_never_says_the_two_words(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    where = sent(co_chair)
    with installation.database.reading() as session:
        the_words = session.query(Notice).filter_by(member_code="BD").one().words
    page = officer.open(f"{where}/call/BD")
    chosen = dict(re.findall(r'<select id="(\w+)".*?value="(\d+)" selected', page, re.DOTALL))

    officer.send(
        f"{where}/call/BD", chosen,
        form="mark", outcome="acknowledged", how="phone", code_word="given",
    )  # fmt: skip

    assert the_words not in page
    board = text_of(officer.open(where))
    assert "2 of 5" in board
    assert "●●●" in board


def test_no_outcome_is_chosen_for_the_officer(browser: NewBrowser) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    where = sent(co_chair)

    page = officer.open(f"{where}/call/BD")
    officer.send(f"{where}/call/BD", status=400, form="mark", how="phone", note="rang twice")

    assert not re.search(r'name="outcome" value="\w+" checked', page)
    assert 'href="#outcome"' in officer.page
    assert "rang twice" in officer.page


def test_the_same_call_sent_twice_is_one(browser: NewBrowser, installation: Installation) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    where = sent(co_chair)
    officer.open(f"{where}/call/BD")

    for _ in range(2):
        form = {"form": "mark", "outcome": "no_answer", "how": "phone"}
        officer.send(f"{where}/call/BD", form)

    with installation.database.reading() as session:
        assert session.query(Reply).count() == 1


def test_full_numbers_are_shown_by_a_button_and_that_is_written_down(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    where = sent(co_chair)
    masked = officer.open(f"{where}/call/BD")

    officer.send(f"{where}/call/BD/numbers", status=200)

    assert "+99920204417" not in masked
    assert "+99920204417" in officer.page
    with installation.database.reading() as session:
        entry = session.query(LedgerEntry).filter_by(type="cm.contact_point.uncovered.v1").one()
        assert "+999" not in entry.body


@pytest.mark.check(1)
def test_an_unclear_reply_is_shown_raw_and_escaped(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)

    page = officer.open(an_unclear_text(installation))

    assert "&lt;b&gt;who&lt;/b&gt; is this?" in page
    assert "<b>who" not in page
    assert "+99910204417" not in page


def test_a_person_settles_whether_it_counts_and_for_whom(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)
    path = an_unclear_text(installation)
    officer.open(path)
    officer.send(path, status=400, disposition="acknowledged", notice="")
    with installation.database.reading() as session:
        notice = str(session.query(Notice.id).filter_by(member_code="BD").scalar())

    officer.send(path, disposition="acknowledged", notice=notice)
    officer.send(path, status=409, disposition="does_not_count")

    with installation.database.reading() as session:
        row = session.query(Notice).filter_by(member_code="BD").one()
        assert row.state is NoticeState.ACKNOWLEDGED


@pytest.mark.parametrize(
    ("disposition", "state"),
    [("does_not_count", NoticeState.NOTIFIED), ("directory_task", NoticeState.NOTIFIED)],
)
def test_a_person_says_by_one_press_what_else_a_reply_is(
    browser: NewBrowser, installation: Installation, disposition: str, state: NoticeState
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)
    path = an_unclear_text(installation)
    officer.open(path)

    officer.send(path, disposition=disposition)

    assert disposition.replace("_", " ") in officer.open(path)
    with installation.database.reading() as session:
        assert session.query(Notice).filter_by(member_code="BD").one().state is state
        needed = {need.cause for need in session.query(Need)}
        assert (NeedCause.DIRECTORY in needed) is (disposition == "directory_task")


def test_a_reply_is_passed_on_and_goes_on_waiting(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)
    path = an_unclear_text(installation)
    officer.open(path)
    officer.send(path, status=400, disposition="forward", to="nobody")

    officer.send(path, disposition="forward", to="duty")

    assert "It was passed on" in officer.open(f"{path}?done=passed-on")
    assert "Read this reply" in officer.page
    with installation.database.reading() as session:
        assert session.query(LedgerEntry).filter_by(type="cm.reply.passed_on.v1").count() == 1


def test_what_was_set_aside_can_be_looked_at(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)
    with installation.database.transaction() as session:
        reply = Reply(
            door=Door.MAIL, provider_id="m1", sender="desk1@bd.example", raw=b"<i>away</i>",
            sha256="0" * 64, received_at=NOW, state=ReplyState.KEPT,
            envelope={
                "authenticity": {"check": "failed", "dkim": "fail"}, "signature": "smime_detached",
            },
        )  # fmt: skip
        session.add(reply)
        session.flush()
        ledger.move(session, by_engine(NOW), reply, ReplyEvent.SET_ASIDE)
        path = f"/replies/{reply.id}"

    assert "Set aside as no answer (1)" in officer.open("/replies")
    page = officer.open(path)
    assert "This was set aside" in page
    assert "Its domain disowns it (DKIM fail); signed (smime detached)" in page
    assert "&lt;i&gt;away" in page


def test_a_person_says_that_a_line_was_seen_to_and_nobody_is_told_of_it_again(
    browser: NewBrowser, installation: Installation
) -> None:
    officer, co_chair = browser("secretariat"), browser("co_chair-au")
    sent(co_chair)
    with installation.database.transaction() as session:
        notice = session.query(Notice).filter_by(member_code="BD").one()
        need = needs.raise_need(
            session,
            by_engine(NOW),
            NeedCause.OPTED_OUT,
            "It has opted out.",
            key="opted-out/1",
            activation=notice.activation,
            notice=notice,
        )
        page = f"/situation/{notice.activation.log}/call/BD"
    assert "It has opted out." in officer.open(page)

    officer.send(f"{page}/seen", need=str(need.id))
    officer.open(page)
    officer.send(f"{page}/seen", status=409, need=str(need.id))

    with installation.database.reading() as session:
        assert session.get_one(Need, need.id).state is NeedState.SETTLED


@pytest.mark.check(43)
def test_the_directory_shows_no_full_address_until_a_reason_is_given(
    browser: NewBrowser, installation: Installation
) -> None:
    auditor = browser("auditor")
    page = auditor.open("/directory/BD")
    auditor.send("/directory/BD/uncover", status=400, reason="")

    auditor.send("/directory/BD/uncover", status=200, reason="Review of the exercise")

    assert "desk1@bd.example" not in page
    assert "desk1@bd.example" in auditor.page
    with installation.database.reading() as session:
        entry = session.query(LedgerEntry).filter_by(type="cm.contact_point.uncovered.v1").one()
        disclosed = session.query(LedgerDisclosure).filter_by(entry_id=entry.id).count()
    assert disclosed == 1


def test_every_state_has_its_words() -> None:
    assert set(labels.NOTICE) == set(NoticeState)
    assert set(labels.MESSAGE) == set(MessageState)
    assert set(labels.ACTIVATION) == set(ActivationState)
    glyphs = {sign.glyph for sign in (*labels.NOTICE.values(), *labels.MESSAGE.values())}
    assert all(glyphs)


@pytest.mark.parametrize(
    ("channel", "address", "shown"),
    [
        (Channel.EMAIL, "desk@bd.example", "d•••@bd.example"),
        (Channel.SMS, "+99910204417", "+999 ••• •• 4417"),
    ],
)
def test_a_masked_address_tells_two_apart_and_is_of_no_use(
    channel: Channel, address: str, shown: str
) -> None:
    assert labels.masked(channel, address) == shown


def test_needs_that_are_open_stand_on_the_board_with_one_button_each(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    where = sent(co_chair)
    with installation.database.transaction() as session:
        notice = session.query(Notice).filter_by(member_code="BD").one()
        session.add(
            Need(
                dedupe_key="x", cause="unreached", activation_id=1, notice_id=notice.id,
                sentence="Bangladesh has not been reached.", opened_at=NOW,
            )
        )  # fmt: skip

    page = co_chair.open(where)

    assert "1 thing needs a person now" in page
    assert page.count(f'href="{where}/call/BD"') == 1


def test_every_page_says_what_is_open_but_nothing_to_a_stranger(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    assert "No active situation" in text_of(co_chair.open("/directory"))

    sent(co_chair)

    assert "Exercise This is not a real emergency BP-X-2026-001" in text_of(
        co_chair.open("/directory")
    )
    assert "BP-X" not in browser().open("/sign-in")


def test_enough_is_said_only_when_the_co_chairs_are_among_those_who_acknowledged(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    board = sent(co_chair)

    _acknowledged(installation, but="ID")
    without = text_of(co_chair.open(board))
    _acknowledged(installation)
    with_both = text_of(co_chair.open(board))

    assert "have acknowledged, but Indonesia must be among them" in without
    assert "Enough have acknowledged" in with_both


def test_once_everybody_has_acknowledged_nothing_is_said_to_have_passed(
    browser: NewBrowser, installation: Installation, told: ToldTime
) -> None:
    co_chair = browser("co_chair-au")
    board = sent(co_chair)
    told.passes(timedelta(hours=2))
    late = text_of(co_chair.open(board))

    _acknowledged(installation)

    assert "Left to acknowledge Passed" in late
    assert "Left to acknowledge Nobody" in text_of(co_chair.open(board))


def _acknowledged(installation: Installation, but: str = "") -> None:
    with installation.database.transaction() as session:
        for notice in session.scalars(select(Notice).where(Notice.member_code != but)):
            word = MemberAnswer(
                door=Door.CALL,
                response=AcknowledgementResponse.RECEIVED,
                proof=Assurance(2, "called back"),
                happened_at=NOW,
            )
            acknowledge.acknowledge(session, by_engine(NOW), notice, word)


def no_provider_takes_texts(installation: Installation) -> None:
    with installation.database.transaction() as session:
        session.add(
            ProviderStanding(
                name="twilio", is_open=True, turned_at=NOW, faults=5, window_began_at=NOW,
                probe_at=NOW + timedelta(minutes=1),
            )
        )  # fmt: skip


def test_that_no_provider_takes_texts_is_the_first_thing_that_needs_a_person(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = sent(co_chair)
    no_provider_takes_texts(installation)

    first = co_chair.open(path).partition('class="need"')[2].partition('class="need"')[0]

    assert "Texts are not being taken by twilio:" in first
    assert f'href="{path}/call"' in first


def test_before_sending_the_check_page_says_that_no_provider_takes_texts(
    browser: NewBrowser, installation: Installation
) -> None:
    no_provider_takes_texts(installation)
    co_chair = browser("co_chair-au")

    page = co_chair.open(drafted(co_chair))

    assert "Texts are not being taken by twilio:" in page


def test_a_provider_that_a_person_has_pinned_up_raises_no_line(
    browser: NewBrowser, installation: Installation
) -> None:
    with installation.database.transaction() as session:
        session.add(ProviderStanding(name="twilio", pin=Pin.UP, pinned_at=NOW))
    co_chair = browser("co_chair-au")

    assert "are not being taken" not in co_chair.open(sent(co_chair))
