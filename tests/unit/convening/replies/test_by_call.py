from dataclasses import replace
from datetime import timedelta

import pytest
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from convening.replies.by_call import (
    Call,
    CallOutcome,
    CannotRecordCallError,
    CodeWord,
    How,
    proof_of,
    record_call,
)
from mechanism.lifecycle import Health, NeedState, NoticeState, ReplyState
from mechanism.vocabulary import Channel, NeedCause, Rank
from store.act import Act, Actor
from store.installation import Installation
from store.tables import (
    Acknowledgement,
    Activation,
    ContactPoint,
    FocalPoint,
    LedgerEntry,
    Need,
    Reply,
)
from tests.support.consultation import activated, contact_of, notice_of, passes
from tests.support.five_members import NOW

OFFICER = Actor("person", "3", "secretariat")
CALL = Call("c1", CallOutcome.ACKNOWLEDGED, How.PHONE, NOW)


def recorded(installation: Installation, activation: int, call: Call) -> Acknowledgement | None:
    with installation.database.transaction() as session:
        here = replace(
            call,
            number=session.get_one(ContactPoint, call.number.id) if call.number else None,
            office=session.get_one(FocalPoint, call.office.id) if call.office else None,
        )
        notice = notice_of(session, activation, "BD")
        return record_call(
            session, Act(OFFICER, installation.now(), signature="Secretariat"), notice, here
        )


def on_the_directory_number(session: Session, call: Call) -> Call:
    number = contact_of(session, "BD", Channel.VOICE, Rank.PRIMARY)
    return replace(call, number=number, office=number.focal_point)


def called(installation: Installation, call: Call = CALL) -> Call:
    with installation.database.reading() as session:
        call = on_the_directory_number(session, call)
        session.expunge_all()  # what was read stays readable
    return call


def test_a_call_on_a_directory_number_with_both_words_acknowledges_with_three_dots(
    installation: Installation,
) -> None:
    activation = activated(installation)
    call = replace(called(installation), code_word=CodeWord.GIVEN)

    told = recorded(installation, activation, call)

    assert told is not None
    assert told.assurance == 3
    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        assert notice.state is NoticeState.ACKNOWLEDGED
        assert session.scalars(select(Reply)).one().state is ReplyState.MATCHED


@pytest.mark.parametrize("code_word", [None, CodeWord.NOT_GIVEN, CodeWord.NO_MESSAGE])
def test_without_the_words_a_directory_number_is_worth_two_dots(
    installation: Installation, code_word: CodeWord | None
) -> None:
    assert proof_of(replace(called(installation), code_word=code_word)).level == 2


@pytest.mark.parametrize("how", list(How))
def test_without_a_directory_number_words_prove_nothing_more(how: How) -> None:
    call = replace(CALL, how=how, spoke_to="Night desk", code_word=CodeWord.GIVEN)

    assert proof_of(call).level == 1


def test_both_the_moment_of_the_call_and_that_of_writing_are_kept(
    installation: Installation,
) -> None:
    activation = activated(installation)
    passes(installation, timedelta(minutes=40))

    told = recorded(installation, activation, replace(called(installation), happened_at=NOW))

    assert told is not None
    assert (told.at, told.recorded_at) == (NOW, NOW + timedelta(minutes=40))
    assert not told.late


def test_the_same_form_twice_is_one_call(installation: Installation) -> None:
    activation = activated(installation)
    call = replace(called(installation), outcome=CallOutcome.NO_ANSWER)

    recorded(installation, activation, call)
    recorded(installation, activation, call)

    with installation.database.reading() as session:
        query = select(func.count()).where(LedgerEntry.type == "cm.call.recorded.v1")
        assert session.scalar(query) == 1


@pytest.mark.parametrize(
    "outcome", [CallOutcome.REACHED, CallOutcome.NO_ANSWER, CallOutcome.PASSED_ON]
)
def test_a_call_that_brought_no_acknowledgement_lets_the_ladder_go_on(
    installation: Installation, outcome: CallOutcome
) -> None:
    activation = activated(installation)

    assert (
        recorded(installation, activation, replace(called(installation), outcome=outcome)) is None
    )

    with installation.database.reading() as session:
        notice = notice_of(session, activation, "BD")
        assert notice.state is NoticeState.NOTIFIED
        assert notice.due_at is not None
        assert notice.due_at > NOW


def test_a_wrong_number_is_marked_and_the_next_office_is_asked_at_once(
    installation: Installation,
) -> None:
    activation = activated(installation)

    recorded(
        installation, activation, replace(called(installation), outcome=CallOutcome.WRONG_NUMBER)
    )

    with installation.database.reading() as session:
        number = contact_of(session, "BD", Channel.VOICE, Rank.PRIMARY)
        assert number.health is Health.FAILED
        assert notice_of(session, activation, "BD").due_at == NOW
        need = session.scalars(select(Need)).one()
        assert (need.cause, need.state) == (NeedCause.DIRECTORY, NeedState.OPEN)


def test_names_numbers_and_notes_are_commitments_in_the_ledger(installation: Installation) -> None:
    activation = activated(installation)
    call = replace(
        called(installation), office=None, spoke_to="Night officer", second_listener="Duty desk 2",
        note="Asked to be called again at six.",
    )  # fmt: skip

    recorded(installation, activation, call)

    with installation.database.reading() as session:
        bodies = "".join(session.scalars(select(LedgerEntry.body)))
        raw = session.scalars(select(Reply)).one().raw.decode()
    assert call.number is not None
    for private in ("Night officer", "Duty desk 2", "called again", call.number.address):
        assert private not in bodies
        assert private in raw


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        ({"happened_at": NOW + timedelta(seconds=1)}, "happened_at"),
        ({"happened_at": NOW - timedelta(days=1)}, "happened_at"),
        ({"note": "x" * 501}, "note"),
        ({"how": How.NOTE_VERBALE}, "note_number"),
        ({"office": None}, "spoke_to"),
        ({"outcome": CallOutcome.WRONG_NUMBER, "number": None}, "number"),
    ],
)
def test_what_a_call_lacks_is_named_by_its_field_and_nothing_is_kept(
    installation: Installation, changed: dict[str, object], field: str
) -> None:
    activation = activated(installation)
    call = replace(called(installation), **changed)  # type: ignore[arg-type]  # one field at a time

    with pytest.raises(CannotRecordCallError) as refused:
        recorded(installation, activation, call)

    assert refused.value.field == field
    with installation.database.reading() as session:
        assert session.scalar(select(func.count()).select_from(Reply)) == 0


def test_a_number_of_another_member_proves_nothing_about_this_one(
    installation: Installation,
) -> None:
    activation = activated(installation)
    with installation.database.reading() as session:
        foreign = contact_of(session, "TH", Channel.VOICE, Rank.PRIMARY)
        call = replace(CALL, number=foreign, office=foreign.focal_point)
        session.expunge_all()

    with pytest.raises(CannotRecordCallError):
        recorded(installation, activation, call)


def causes(installation: Installation) -> list[NeedCause]:
    with installation.database.reading() as session:
        open_ = select(Need.cause).where(Need.state == NeedState.OPEN)
        return list(session.scalars(open_))


def asks(installation: Installation, proof: str) -> None:
    with installation.database.transaction() as session:
        session.scalars(select(Activation)).one().playbook_text += f"\nproof: {proof}\n"


def test_a_call_to_us_acknowledges_nothing_until_somebody_calls_back(
    installation: Installation,
) -> None:
    activation = activated(installation)
    incoming = replace(CALL, how=How.INCOMING, spoke_to="Night desk", code_word=CodeWord.GIVEN)

    assert recorded(installation, activation, incoming) is None
    assert causes(installation) == [NeedCause.CALL_BACK]

    told = recorded(installation, activation, replace(called(installation), form="c2"))
    assert told is not None
    assert told.assurance == 2
    assert causes(installation) == []


def test_a_call_back_with_both_words_makes_an_earlier_answer_surer(
    installation: Installation,
) -> None:
    activation = activated(installation)
    asks(installation, "{minimum: 3}")
    assert recorded(installation, activation, called(installation)) is not None
    assert causes(installation) == [NeedCause.CALL_BACK]

    again = replace(called(installation), form="c2", code_word=CodeWord.GIVEN)
    assert recorded(installation, activation, again) is None

    assert causes(installation) == []
    with installation.database.reading() as session:
        told = notice_of(session, activation, "BD").acknowledgement
        assert told is not None
        assert told.assurance == 3
        assert told.assurance_text.endswith("both words given")


def test_where_the_playbook_asks_for_a_second_listener_no_call_counts_without(
    installation: Installation,
) -> None:
    activation = activated(installation)
    asks(installation, "{second_listener: true}")

    with pytest.raises(CannotRecordCallError) as refused:
        recorded(installation, activation, called(installation))
    assert refused.value.field == "second_listener"

    heard = replace(called(installation), second_listener="Second officer")
    assert recorded(installation, activation, heard) is not None
    with installation.database.reading() as session:
        assert notice_of(session, activation, "BD").state is NoticeState.ACKNOWLEDGED
