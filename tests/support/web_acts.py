"""What is done at the dashboard again and again, and by which forms."""

import re

from sqlalchemy import select

from convening import accounts
from mechanism.lifecycle import (
    NoticeState,
    ReplyEvent,
    ReplyState,
)
from mechanism.vocabulary import Channel, Door
from store import ledger
from store.act import by_engine
from store.installation import Installation
from store.tables import (
    Account,
    AnswerRead,
    Notice,
    Reply,
    ReplyCode,
)
from tests.support.consultation import notice_of, token_of
from tests.support.five_members import NOW
from tests.support.web import PASSWORD, Browser, Form

FORM: Form = {
    "kind": "exercise",
    "playbook": "maritime-distress",
    "title": "Boats in distress, northern Andaman Sea",
    "short_title": "Boats in distress, Andaman Sea",
    "what_happened": "Six wooden boats, about 410 people, drifting without power.",
    "members": ["AU", "ID", "BD", "LK", "TH"],
    "deadline": "60",
}


def drafted(co_chair: Browser, **changed: str | list[str]) -> str:
    """Step 1 typed and checked; the path of step 2."""
    co_chair.open("/new")
    return co_chair.send("/new", {**FORM, **changed}, then="check")


def confirmed(co_chair: Browser, path: str) -> dict[str, str]:
    """What the check page's form carries, with the word typed."""
    page = co_chair.open(path)
    hidden = dict(re.findall(r'name="(plan|seen)" value="(\w+)"', page))
    return {**hidden, "word": "EXERCISE" if "Type EXERCISE" in page else "REAL"}


def sent(co_chair: Browser, **changed: str | list[str]) -> str:
    """A situation, sent; the path of its board."""
    path = drafted(co_chair, **changed)
    where = co_chair.send(path, confirmed(co_chair, path))
    return where.partition("?")[0]


OCCASION = {
    "day": "2026-11-23",
    "hour": "18:00",
    "zone": "Australia/Canberra",
    "length": "60",
    "level": "senior officials",
    "modality": "video conference",
    "place": "https://meet.example/room",
    "dial_in": "",
    "agenda": "Exchange of the latest information\nCoordination of support\nResponses",
}


def give_password(installation: Installation, account: str) -> None:
    with installation.database.transaction() as session:
        row = session.query(Account).filter_by(name=account).one()
        accounts.set_password(session, row, PASSWORD)


def an_unclear_text(installation: Installation) -> str:
    """A text that waits for a person; the path of its page."""
    with installation.database.transaction() as session:
        reply = Reply(
            door=Door.SMS,
            provider_id="SM1",
            sender="+99910204417",
            raw=b'[["Body", "<b>who</b> is this?"]]',
            sha256="0" * 64,
            received_at=NOW,
            state=ReplyState.KEPT,
            activation_id=1,
        )
        session.add(reply)
        session.flush()
        ledger.move(session, by_engine(NOW), reply, ReplyEvent.QUARANTINED)
        session.add(
            AnswerRead(
                reply_id=reply.id, kind="human", automatic=False, meaning="unclear",
                proof="weak", text="<b>who</b> is this?", reason="no code", read_at=NOW,
                notice_id=session.query(Notice.id).filter_by(member_code="BD").scalar(),
            )
        )  # fmt: skip
        return f"/replies/{reply.id}"


def link(
    installation: Installation, activation: int, code: str, channel: Channel = Channel.SMS
) -> str:
    return "/a/" + token_of(installation, activation, code, channel)


def answer(focal_point: Browser, path: str, *, status: int = 303, **fields: str) -> str:
    """Send the form that carries what the page carries."""
    form_id = re.search(r'name="form_id" value="([^"]+)"', focal_point.page)
    return focal_point.send(
        path, {"form_id": form_id[1] if form_id else "", **fields}, status=status
    )


def state_of(installation: Installation, activation: int, code: str) -> NoticeState:
    with installation.database.reading() as session:
        return notice_of(session, activation, code).state


def text_from(
    installation: Installation, activation: int, code: str, body: str = "OK {code}"
) -> dict[str, str]:
    with installation.database.reading() as session:
        notice = notice_of(session, activation, code)
        row = session.scalars(select(ReplyCode).where(ReplyCode.notice_id == notice.id)).first()
        assert row is not None
        return {
            "MessageSid": "SM" + "1" * 32,
            "From": row.address,
            "To": installation.settings.sms_sender,
            "Body": body.format(code=row.code),
        }
