import re
from datetime import timedelta

import pytest

from store.installation import Installation
from store.tables import Activation, ContactPoint, Draft, Message, Situation
from tests.support.clock import ToldTime
from tests.support.web import NewBrowser
from tests.support.web_acts import FORM, confirmed, drafted, sent


def test_neither_real_nor_exercise_is_chosen_for_anybody(browser: NewBrowser) -> None:
    page = browser("co_chair-au").open("/new")

    radios = re.findall(r'<input type="radio" id="kind-\w+"[^>]*>', page)
    assert len(radios) == 2
    assert all("checked" not in radio for radio in radios)
    assert "Nothing has been sent" in page


def test_a_situation_is_sent_in_three_acts_and_two_typed_fields(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    form = confirmed(co_chair, path)

    where = co_chair.send(path, form)

    assert where == "/situation/BP-X-2026-001?done=sent"
    page = co_chair.open(where)
    assert "<title>[EXERCISE] Boats in distress" in page
    assert "1 of 5" in page
    with installation.database.reading() as session:
        assert session.query(Message).count() > 4


@pytest.mark.check(7)
def test_what_was_typed_survives_a_mistake_and_each_fault_is_linked_to_its_field(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    typed = {**FORM, "kind": "", "title": "Boat people adrift", "what_happened": "Some <b>text"}
    co_chair.send("/new", typed, status=400, then="check")

    assert 'href="#kind"' in co_chair.page
    assert 'href="#title"' in co_chair.page
    assert "Some &lt;b&gt;text" in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Draft).one().form["title"] == "Boat people adrift"


def test_a_draft_is_kept_on_the_server_and_found_again(browser: NewBrowser) -> None:
    first = browser("co_chair-au")
    first.open("/new")
    where = first.send("/new", {**FORM, "kind": ""}, then="preview")

    elsewhere = browser("co_chair-au")

    assert f'href="{where}"' in elsewhere.open("/")
    assert "northern Andaman Sea" in elsewhere.open(where)


def test_a_draft_of_another_co_chair_is_not_opened(browser: NewBrowser) -> None:
    own = browser("co_chair-au")
    own.open("/new")
    where = own.send("/new", FORM, then="preview")

    browser("co_chair-id").open(where, status=404)


def test_the_preview_is_the_text_that_is_sent(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    page = co_chair.open(path)
    shown = re.findall(r'<p class="sms">(.*?)</p>', page, re.DOTALL)

    co_chair.send(path, confirmed(co_chair, path))

    with installation.database.reading() as session:
        bodies = [m.body for m in session.query(Message).filter(Message.channel == "sms")]
    assert len(shown) == len(bodies)

    def without_numbers(text: str) -> str:
        text = text.replace("&#39;", "'").replace("&#34;", '"')
        return re.sub(r"\[\[link\]\]|http://\S+", "LINK", re.sub(r"\d+", "0", text))

    assert sorted(map(without_numbers, shown)) == sorted(map(without_numbers, bodies))


@pytest.mark.check(41)
def test_addresses_are_masked_on_the_check_page(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    page = co_chair.open(drafted(co_chair))

    with installation.database.reading() as session:
        addresses = [contact.address for contact in session.query(ContactPoint)]

    assert "••• •• 4417" in page
    assert not [address for address in addresses if address in page]


def test_a_contact_that_nobody_verified_is_named_before_the_button(
    browser: NewBrowser, installation: Installation
) -> None:
    with installation.database.transaction() as session:
        contact = session.query(ContactPoint).filter_by(address="desk1@bd.example").one()
        contact.verified_on = None

    co_chair = browser("co_chair-au")
    page = co_chair.open(drafted(co_chair))

    warning, button = page.index("was never verified"), page.index('class="confirm')
    assert warning < button


@pytest.mark.check(8)
def test_sending_is_refused_when_the_directory_has_changed_since_the_check(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    with installation.database.transaction() as session:
        contact = session.query(ContactPoint).filter_by(address="desk1@bd.example").one()
        contact.address = "other@bd.example"

    co_chair.send(path, form, status=409)

    assert "has changed since you looked" in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Situation).count() == 0


@pytest.mark.check(8)
def test_without_a_checked_plan_nothing_is_sent(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    co_chair.open(path)

    co_chair.send(path, status=409, word="EXERCISE", seen="0", plan="")

    with installation.database.reading() as session:
        assert session.query(Situation).count() == 0


def test_without_the_typed_word_nothing_is_sent(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    form = confirmed(co_chair, path)

    co_chair.send(path, {**form, "word": "REAL"}, status=400)

    assert "The word EXERCISE was not typed" in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Situation).count() == 0


@pytest.mark.check(10)
def test_pressing_the_button_twice_makes_one_situation(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    form = confirmed(co_chair, path)
    co_chair.send(path, form)

    co_chair.send(path, form, status=409)

    assert "It was not sent a second time" in co_chair.page
    with installation.database.reading() as session:
        assert session.query(Activation).count() == 1


@pytest.mark.check(10)
def test_when_both_co_chairs_send_the_second_is_told_who_was_first(
    browser: NewBrowser, installation: Installation
) -> None:
    canberra, jakarta = browser("co_chair-au"), browser("co_chair-id")
    one, other = drafted(canberra), drafted(jakarta)
    form, other_form = confirmed(canberra, one), confirmed(jakarta, other)
    canberra.send(one, form)

    jakarta.send(other, other_form, status=409)

    assert "sent this at" in jakarta.page
    assert 'href="/situation/BP-X-2026-001"' in jakarta.page
    with installation.database.reading() as session:
        assert session.query(Situation).count() == 1


def test_having_seen_the_other_one_a_second_situation_can_be_sent(
    browser: NewBrowser, installation: Installation
) -> None:
    canberra, jakarta = browser("co_chair-au"), browser("co_chair-id")
    one, other = drafted(canberra), drafted(jakarta)
    form, other_form = confirmed(canberra, one), confirmed(jakarta, other)
    canberra.send(one, form)
    jakarta.send(other, other_form, status=409)

    jakarta.send(other, confirmed(jakarta, other))

    with installation.database.reading() as session:
        assert session.query(Situation).count() == 2


def test_the_check_holds_while_time_passes(browser: NewBrowser, told: ToldTime) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(co_chair)
    form = confirmed(co_chair, path)

    told.passes(timedelta(minutes=7))

    co_chair.send(path, form)


def test_the_secretariat_prepares_and_a_co_chair_sends(browser: NewBrowser) -> None:
    secretariat, co_chair = browser("secretariat"), browser("co_chair-au")
    path = drafted(secretariat)
    assert "A co-chair finds it on the start page" in secretariat.open(path)

    form = confirmed(co_chair, path)

    assert co_chair.send(path, form).startswith("/situation/")


@pytest.mark.check(1)
def test_a_title_never_becomes_markup(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    hostile = "<script>x()</script>"

    path = drafted(co_chair, title=hostile, what_happened=hostile)
    check = co_chair.open(path)
    board = co_chair.open(co_chair.send(path, confirmed(co_chair, path)))

    for page in (co_chair.open("/?all=1"), check, board):
        assert hostile not in page
        assert "&lt;script&gt;" in page


def test_a_figure_needs_its_source_and_status(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    typed = {**FORM, "figure_label_0": "Persons", "figure_value_0": "about 410"}
    co_chair.send("/new", typed, status=400, then="check")

    assert 'href="#figure_value_0"' in co_chair.page
    assert 'href="#figure_source_0"' in co_chair.page


def test_where_and_figures_reach_the_board(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")

    where = sent(
        co_chair,
        where="Northern Andaman Sea",
        latitude="10.5",
        longitude="95.5",
        figure_label_0="Persons adrift",
        figure_kind_0="observed",
        figure_value_0="400-420",
        figure_unit_0="persons",
        figure_source_0="Rescue coordination centre, by telephone",
        figure_status_0="reported",
    )

    page = co_chair.open(where)
    assert "10.5° N 95.5° E" in page
    assert "400 to 420 persons" in page


def test_roles_of_states_are_typed_by_their_codes_and_shown_by_name_before_sending(
    browser: NewBrowser, installation: Installation
) -> None:
    co_chair = browser("co_chair-au")

    path = drafted(co_chair, role_rescue="id, th id", role_origin="BD")

    page = co_chair.open(path)
    assert "State of the search and rescue region: Indonesia, Thailand" in page
    assert "Origin: Bangladesh" in page
    co_chair.send(path, confirmed(co_chair, path))
    with installation.database.reading() as session:
        facts = session.query(Activation).one().plan["facts"]
    assert facts["states_by_role"] == {"origin": ["BD"], "rescue": ["ID", "TH"]}


@pytest.mark.parametrize("typed", ["XX", "Bangladesh", "B!", "BD XX"])
def test_a_state_that_the_directory_does_not_know_has_no_role(
    browser: NewBrowser, typed: str
) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    co_chair.send("/new", {**FORM, "role_origin": typed}, status=400, then="check")

    assert 'href="#role_origin"' in co_chair.page
    assert f'value="{typed}"' in co_chair.page


def test_filling_in_from_the_playbook_asks_those_who_have_a_role_in_it(
    browser: NewBrowser,
) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    where = co_chair.send("/new", {**FORM, "role_rescue": "LK"}, then="playbook")

    asked = re.findall(r'name="members" value="(\w+)" checked', co_chair.open(where))
    assert "LK" in asked
    assert "BD" not in asked
    assert 'value="LK"' in co_chair.page.partition('id="role_rescue"')[2][:80]


def test_the_window_of_an_exercise_is_chosen_in_the_browser_and_scores_it(
    browser: NewBrowser,
) -> None:
    co_chair = browser("co_chair-au")
    path = drafted(
        co_chair, exercise_sort="comms_check", exercise_notice="announced", exercise_window="30"
    )
    assert "Comms check. Announced. Scored within 30 minutes." in co_chair.open(path)

    co_chair.send(path, confirmed(co_chair, path))

    assert "Scored within 30 min 00 s" in co_chair.open("/exercises/BP-X-2026-001")


def test_an_exercise_is_scored_by_its_deadline_unless_a_window_is_chosen(
    browser: NewBrowser,
) -> None:
    co_chair = browser("co_chair-au")

    page = co_chair.open(drafted(co_chair))

    assert "Drill. No notice. Scored within 60 minutes." in page


def test_a_window_that_is_not_offered_is_refused_at_its_field(browser: NewBrowser) -> None:
    co_chair = browser("co_chair-au")
    co_chair.open("/new")

    co_chair.send("/new", {**FORM, "exercise_window": "31"}, status=400, then="check")

    assert 'href="#exercise_window"' in co_chair.page
