"""What is remembered, and in which shape?

One class per noun. State columns are typed by the enums of `mechanism.lifecycle` and written by
`store.ledger.move()` alone; CHECK constraints hold the same rules in both databases.
"""

from datetime import UTC, date, datetime
from enum import StrEnum
from typing import Any, ClassVar

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    DateTime,
    Enum,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    String,
    Text,
    TypeDecorator,
    UniqueConstraint,
)
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column, relationship

from mechanism.lifecycle import (
    ActivationState,
    ConveningState,
    Health,
    MessageState,
    NeedState,
    NoticeState,
    PollState,
    RecordState,
    ReplyState,
)
from mechanism.vocabulary import (
    AcknowledgementResponse,
    AttemptOutcome,
    AttendanceAnswer,
    Channel,
    ConcurrenceAnswer,
    Door,
    Ear,
    Kind,
    MemberKind,
    MemberRole,
    MessagePurpose,
    NeedCause,
    Pin,
    PointKind,
    Rank,
    Role,
    SetbackKind,
    TextKind,
)


class UtcDateTime(TypeDecorator[datetime]):
    """An instant: refuses a time without a zone, and gives UTC back from both databases."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Convert to UTC; a naive time is a mistake of ours."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant must carry its zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Give the zone back that SQLite does not keep."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


BigId = BigInteger().with_variant(Integer, "sqlite")


def _enum(kind: type[StrEnum]) -> Enum:
    return Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        values_callable=lambda members: [m.value for m in members],
    )


_ENUMS: tuple[type[StrEnum], ...] = (
    ActivationState, NoticeState, MessageState, ReplyState, NeedState, ConveningState, PollState,
    RecordState,
    Channel, Rank, Kind, MemberKind, Health, Role, TextKind, MessagePurpose, AttemptOutcome, Door,
    SetbackKind, NeedCause, ConcurrenceAnswer, AcknowledgementResponse, AttendanceAnswer, PointKind,
    Pin, Ear,
)  # fmt: skip


class Base(DeclarativeBase):
    """Every table; names of constraints are fixed, so that migrations can name them."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_N_name)s",
            "uq": "uq_%(table_name)s_%(column_0_N_name)s",
            "ck": "ck_%(table_name)s_%(constraint_name)s",
            "fk": "fk_%(table_name)s_%(column_0_N_name)s",
            "pk": "pk_%(table_name)s",
        }
    )
    state_column: ClassVar[str] = "state"  # of the tables whose rows have one
    type_annotation_map: ClassVar[dict[Any, Any]] = {
        int: BigId,
        datetime: UtcDateTime,
        dict[str, Any]: JSON,
        list[str]: JSON,
        **{kind: _enum(kind) for kind in _ENUMS},
    }


class Member(Base):
    """A state or organisation: what acknowledges."""

    __tablename__ = "member"

    code: Mapped[str] = mapped_column(String(16), primary_key=True)
    kind: Mapped[MemberKind]
    display_name: Mapped[str] = mapped_column(String(80))
    protocol_name: Mapped[str] = mapped_column(String(200))
    roles: Mapped[list[str]] = mapped_column(default=list)
    representation: Mapped[str] = mapped_column(String(16), default="normal")
    note: Mapped[str] = mapped_column(String(500), default="")
    retired_at: Mapped[datetime | None]

    focal_points: Mapped[list["FocalPoint"]] = relationship(
        back_populates="member", order_by="FocalPoint.rank_order"
    )

    @property
    def is_co_chair(self) -> bool:
        """Whether this government may activate."""
        return MemberRole.CO_CHAIR in self.roles


class FocalPoint(Base):
    """An office of a member, with its place in the order of escalation."""

    __tablename__ = "focal_point"
    __table_args__ = (UniqueConstraint("member_code", "rank"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    member_code: Mapped[str] = mapped_column(ForeignKey("member.code"))
    rank: Mapped[Rank]
    rank_order: Mapped[int] = mapped_column(Integer)
    office: Mapped[str] = mapped_column(String(120))
    zone: Mapped[str] = mapped_column(String(64))
    country: Mapped[str] = mapped_column(String(2))
    weekend: Mapped[list[str]] = mapped_column(default=list)
    languages: Mapped[list[str]] = mapped_column(default=list)
    designation: Mapped[str] = mapped_column(String(200), default="")
    retired_at: Mapped[datetime | None]

    member: Mapped[Member] = relationship(back_populates="focal_points")
    contact_points: Mapped[list["ContactPoint"]] = relationship(
        back_populates="focal_point", order_by="ContactPoint.id"
    )


class ContactPoint(Base):
    """An address of an office, when it was verified, and what traffic has shown of it."""

    __tablename__ = "contact_point"
    state_column = "health"
    __table_args__ = (UniqueConstraint("focal_point_id", "channel", "address"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    focal_point_id: Mapped[int] = mapped_column(ForeignKey("focal_point.id"))
    channel: Mapped[Channel]
    address: Mapped[str] = mapped_column(String(254), index=True)
    verified_on: Mapped[date | None]
    health: Mapped[Health] = mapped_column(default=Health.UNPROVEN)
    health_note: Mapped[str] = mapped_column(String(200), default="")
    provider: Mapped[str] = mapped_column(String(32), default="")  # asked first
    replaces_id: Mapped[int | None] = mapped_column(
        ForeignKey("contact_point.id")
    )  # used beside it until this one is proven
    retired_at: Mapped[datetime | None]

    focal_point: Mapped[FocalPoint] = relationship(back_populates="contact_points")

    @property
    def log(self) -> str:
        """The ledger's log: the system's, since an address belongs to no situation."""
        return "system"


class CountryCapability(Base):
    """The directory's own word about SMS to a country; it wins over the table that is shipped."""

    __tablename__ = "country_capability"

    country: Mapped[str] = mapped_column(String(2), primary_key=True)
    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    says: Mapped[dict[str, Any]]  # the fields that `store.capabilities` knows, and no others


class Account(Base):
    """A person's way in; belongs to one government or to none (secretariat, auditor, operator)."""

    __tablename__ = "account"

    id: Mapped[int] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(String(64), unique=True)
    role: Mapped[Role]
    member_code: Mapped[str | None] = mapped_column(ForeignKey("member.code"))
    zone: Mapped[str] = mapped_column(String(64), default="UTC")
    mailbox: Mapped[str] = mapped_column(String(254), default="")  # where its holder is told
    password_hash: Mapped[str | None] = mapped_column(String(200))
    created_at: Mapped[datetime]
    disabled_at: Mapped[datetime | None]

    member: Mapped[Member | None] = relationship()


class SignInLink(Base):
    """A one-time way in; only its digest is kept."""

    __tablename__ = "sign_in_link"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class WebSession(Base):
    """A signed-in browser; only the digest of its id is kept. Its times are real, never told."""

    __tablename__ = "web_session"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    method: Mapped[str] = mapped_column(String(16))
    created_at: Mapped[datetime]
    seen_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    before: Mapped[str | None] = mapped_column(String(64), index=True)  # its id's last digest
    renewed_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class SignInTry(Base):
    """One failed try with a password, for the limits."""

    __tablename__ = "sign_in_try"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_name: Mapped[str] = mapped_column(String(64), index=True)
    address: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]


class Passkey(Base):
    """A public key whose private half never leaves its holder's device."""

    __tablename__ = "passkey"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    credential_id: Mapped[bytes] = mapped_column(LargeBinary(1024), unique=True)
    public_key: Mapped[bytes] = mapped_column(LargeBinary(2048))
    sign_count: Mapped[int] = mapped_column(default=0)
    name: Mapped[str] = mapped_column(String(60))
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    account: Mapped[Account] = relationship()


class AuthenticatorApp(Base):
    """An app that shows a new code every half minute; its secret is derived, never stored."""

    __tablename__ = "authenticator_app"

    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), primary_key=True)
    salt: Mapped[str] = mapped_column(String(43))
    made_at: Mapped[datetime]
    proved_at: Mapped[datetime | None]  # its first code was right; before that it opens nothing
    last_step: Mapped[int] = mapped_column(default=0)  # each code is good once


class SsoIdentity(Base):
    """Whom a government's identity provider calls by this subject; the operator has linked it."""

    __tablename__ = "sso_identity"

    issuer: Mapped[str] = mapped_column(String(200), primary_key=True)
    subject: Mapped[str] = mapped_column(String(255), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    linked_at: Mapped[datetime]


class PrintedCode(Base):
    """A code on paper for the day when device and app are lost: good once, kept as a digest."""

    __tablename__ = "printed_code"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"), index=True)
    used_at: Mapped[datetime | None]


class SealedCode(Base):
    """A code in two sealed halves, one with each government: together they open once."""

    __tablename__ = "sealed_code"

    id: Mapped[int] = mapped_column(primary_key=True)
    digest: Mapped[str] = mapped_column(String(64), unique=True)  # keyed, of both halves together
    made_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Challenge(Base):
    """What a proof must be about, and that it is asked for once. Its times are real."""

    __tablename__ = "challenge"

    nonce: Mapped[str] = mapped_column(String(43), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))  # sign_in | second_step | new_key | act
    binding: Mapped[str] = mapped_column(String(64))  # the session's digest, or an account's id
    act: Mapped[str] = mapped_column(String(64), default="")  # the digest of what is to be done
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]


class Draft(Base):
    """What a co-chair has typed and not sent; on the server, so that a lost link loses nothing."""

    __tablename__ = "draft"

    id: Mapped[int] = mapped_column(primary_key=True)
    account_id: Mapped[int] = mapped_column(ForeignKey("account.id"))
    form: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    sent_activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"))


class Situation(Base):
    """An emergency, long-lived; its reference is the same in every text and document."""

    __tablename__ = "situation"
    __table_args__ = (UniqueConstraint("kind", "year", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    kind: Mapped[Kind]
    year: Mapped[int] = mapped_column(Integer)
    number: Mapped[int] = mapped_column(Integer)
    reference: Mapped[str] = mapped_column(String(20), unique=True)
    title: Mapped[str] = mapped_column(String(60))
    opened_at: Mapped[datetime]

    activations: Mapped[list["Activation"]] = relationship(
        back_populates="situation", order_by="Activation.number"
    )
    figures: Mapped[list["Figure"]] = relationship(back_populates="situation", order_by="Figure.id")


class Figure(Base):
    """A number about a situation: never without its date and source, never overwritten."""

    __tablename__ = "figure"
    __table_args__ = (
        CheckConstraint("minimum <= maximum", name="range"),
        CheckConstraint("sort IN ('observed', 'planning')", name="sort"),
        CheckConstraint(
            "status IN ('reported', 'estimated', 'verified', 'disputed')", name="status"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[int] = mapped_column(ForeignKey("situation.id"), index=True)
    label: Mapped[str] = mapped_column(String(120))
    sort: Mapped[str] = mapped_column(String(16))
    minimum: Mapped[int] = mapped_column(Integer)
    maximum: Mapped[int] = mapped_column(Integer)
    unit: Mapped[str] = mapped_column(String(40))
    as_of: Mapped[datetime]
    source: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(16))
    note: Mapped[str] = mapped_column(String(300), default="")
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("figure.id"))

    situation: Mapped[Situation] = relationship(back_populates="figures")


class Activation(Base):
    """One call to the affected members; pins its playbook and freezes its plan."""

    __tablename__ = "activation"
    __table_args__ = (
        UniqueConstraint("situation_id", "number"),
        CheckConstraint(
            "state <> 'awaiting_concurrence' OR concurrence_due_at IS NOT NULL", name="concurrence"
        ),
        CheckConstraint(
            "state NOT IN ('withdrawn', 'stood_down', 'closed') OR ended_at IS NOT NULL",
            name="ended",
        ),
        CheckConstraint("state <> 'active' OR began_at IS NOT NULL", name="began"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    situation_id: Mapped[int] = mapped_column(ForeignKey("situation.id"))
    number: Mapped[int] = mapped_column(Integer)
    kind: Mapped[Kind]
    state: Mapped[ActivationState]
    playbook_name: Mapped[str] = mapped_column(String(64))
    playbook_text: Mapped[str] = mapped_column(Text)
    playbook_fingerprint: Mapped[str] = mapped_column(String(64))
    plan: Mapped[dict[str, Any]]
    plan_hash: Mapped[str] = mapped_column(String(64))
    short_title: Mapped[str] = mapped_column(String(41))
    triggered_by: Mapped[str] = mapped_column(String(120))
    triggered_for: Mapped[str] = mapped_column(ForeignKey("member.code"))
    triggered_at: Mapped[datetime]
    began_at: Mapped[datetime | None]  # the ladder's zero: the trigger, or the concurrence
    concurrence_due_at: Mapped[datetime | None] = mapped_column(index=True)
    deadline_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]

    situation: Mapped[Situation] = relationship(back_populates="activations")
    notices: Mapped[list["Notice"]] = relationship(
        back_populates="activation", order_by="Notice.member_code"
    )
    concurrences: Mapped[list["Concurrence"]] = relationship(order_by="Concurrence.id")
    texts: Mapped[list["NoticeText"]] = relationship(order_by="NoticeText.id")

    @property
    def log(self) -> str:
        """The ledger's log of this activation: its situation's reference."""
        return self.situation.reference


class Concurrence(Base):
    """What a co-chair's government said about an activation, and when."""

    __tablename__ = "concurrence"

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"), index=True)
    member_code: Mapped[str] = mapped_column(ForeignKey("member.code"))
    by: Mapped[str] = mapped_column(String(120))
    answer: Mapped[ConcurrenceAnswer]
    reason: Mapped[str] = mapped_column(String(500), default="")
    door: Mapped[Door] = mapped_column(default=Door.SIGNED_IN)
    assurance: Mapped[int] = mapped_column(Integer, default=3)  # 1 to 3 dots
    assurance_text: Mapped[str] = mapped_column(String(200), default="signed in")
    at: Mapped[datetime]


class NoticeText(Base):
    """What a first notice, an update, a correction or a stand-down says; immutable once issued."""

    __tablename__ = "notice_text"
    __table_args__ = (UniqueConstraint("activation_id", "kind", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    kind: Mapped[TextKind]
    revision: Mapped[int] = mapped_column(Integer)
    supersedes_id: Mapped[int | None] = mapped_column(ForeignKey("notice_text.id"))
    title: Mapped[str] = mapped_column(String(60))
    body: Mapped[str] = mapped_column(Text)
    issued_by: Mapped[str] = mapped_column(String(120))
    issued_at: Mapped[datetime]


class Notice(Base):
    """One member's part in one activation: acknowledged, unreached or cancelled in the end."""

    __tablename__ = "notice"
    __table_args__ = (
        UniqueConstraint("activation_id", "member_code"),
        CheckConstraint(
            "(state = 'acknowledged') = (acknowledged_at IS NOT NULL)", name="acknowledged"
        ),
        CheckConstraint(
            "state NOT IN ('acknowledged', 'unreached', 'cancelled') OR due_at IS NULL", name="due"
        ),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    member_code: Mapped[str] = mapped_column(ForeignKey("member.code"))
    state: Mapped[NoticeState]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # when the ladder looks next
    acknowledged_at: Mapped[datetime | None]
    words: Mapped[str] = mapped_column(String(40))  # the two words that prove a call genuine

    activation: Mapped[Activation] = relationship(back_populates="notices")
    member: Mapped[Member] = relationship()
    rungs: Mapped[list["RungTaken"]] = relationship(order_by="RungTaken.rung")
    setbacks: Mapped[list["SetbackSeen"]] = relationship(order_by="SetbackSeen.id")
    messages: Mapped[list["Message"]] = relationship(back_populates="notice", order_by="Message.id")
    acknowledgement: Mapped["Acknowledgement | None"] = relationship(back_populates="notice")

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference."""
        return self.activation.log


class RungTaken(Base):
    """A rung of the ladder is taken once for a notice, whoever tries."""

    __tablename__ = "rung_taken"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    rung: Mapped[int] = mapped_column(Integer, primary_key=True)
    at: Mapped[datetime]


class SetbackSeen(Base):
    """Evidence that an office will not answer by a channel; it brings the next rung forward."""

    __tablename__ = "setback"
    __table_args__ = (UniqueConstraint("notice_id", "contact_point_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"))
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_point.id"))
    kind: Mapped[SetbackKind]
    note: Mapped[str] = mapped_column(String(200), default="")
    at: Mapped[datetime]

    contact_point: Mapped[ContactPoint] = relationship()


class Acknowledgement(Base):
    """Receipt confirmed for a member, without prejudice to its position. One per notice."""

    __tablename__ = "acknowledgement"

    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), primary_key=True)
    focal_point_id: Mapped[int | None] = mapped_column(ForeignKey("focal_point.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))
    door: Mapped[Door]
    response: Mapped[AcknowledgementResponse]
    assurance: Mapped[int] = mapped_column(Integer)  # 1 to 3 dots
    assurance_text: Mapped[str] = mapped_column(String(200))
    at: Mapped[datetime]  # when it happened
    recorded_at: Mapped[datetime]
    late: Mapped[bool]

    notice: Mapped[Notice] = relationship(back_populates="acknowledgement")
    focal_point: Mapped[FocalPoint | None] = relationship()


class Message(Base):
    """One text to one address. The stored bodies keep a hole where token and link stand."""

    __tablename__ = "message"
    __table_args__ = (
        CheckConstraint("(state = 'sending') = (lease_until IS NOT NULL)", name="lease"),
        CheckConstraint("state <> 'queued' OR due_at IS NOT NULL", name="due"),
        Index("ix_message_state_due_at", "state", "due_at"),
        Index("ix_message_address_queued_at", "address", "queued_at"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"), index=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"))
    need_id: Mapped[int | None] = mapped_column(ForeignKey("need.id"))
    in_reply_to: Mapped[str] = mapped_column(String(998), default="")
    channel: Mapped[Channel]
    address: Mapped[str] = mapped_column(String(254))
    addressee: Mapped[str] = mapped_column(String(200))
    purpose: Mapped[MessagePurpose]
    rung: Mapped[int | None] = mapped_column(Integer)
    state: Mapped[MessageState] = mapped_column(default=MessageState.QUEUED)
    subject: Mapped[str] = mapped_column(String(250), default="")
    body: Mapped[str] = mapped_column(Text)
    html: Mapped[str] = mapped_column(Text, default="")
    calendar: Mapped[str] = mapped_column(Text, default="")
    body_hash: Mapped[str] = mapped_column(String(64))
    language: Mapped[str] = mapped_column(String(16), default="en")  # beside or instead of English
    mail_id: Mapped[str] = mapped_column(String(120), default="", index=True)  # its Message-ID
    priority: Mapped[int] = mapped_column(Integer, default=5)  # smaller goes first
    queued_at: Mapped[datetime]
    due_at: Mapped[datetime | None]
    not_after: Mapped[datetime | None]
    lease_until: Mapped[datetime | None] = mapped_column(index=True)
    repeat: Mapped[bool] = mapped_column(default=False)  # sent again though the first may have gone

    activation: Mapped[Activation | None] = relationship()
    notice: Mapped[Notice | None] = relationship(back_populates="messages")
    contact_point: Mapped[ContactPoint | None] = relationship()
    attempts: Mapped[list["Attempt"]] = relationship(
        back_populates="message", order_by="Attempt.number"
    )

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference, or the system's log."""
        return self.activation.log if self.activation is not None else "system"


class Attempt(Base):
    """One try at a provider: committed before the call, its outcome after it."""

    __tablename__ = "attempt"
    __table_args__ = (UniqueConstraint("message_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    message_id: Mapped[int] = mapped_column(ForeignKey("message.id"))
    number: Mapped[int] = mapped_column(Integer)
    provider: Mapped[str] = mapped_column(String(32))
    outcome: Mapped[AttemptOutcome | None]
    provider_id: Mapped[str | None] = mapped_column(String(200), index=True)
    code: Mapped[str] = mapped_column(String(32), default="")
    detail: Mapped[str] = mapped_column(String(300), default="")
    began_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    message: Mapped[Message] = relationship(back_populates="attempts")


class Receipt(Base):
    """A provider's word about an attempt, raw; the same word twice is one row."""

    __tablename__ = "receipt"
    __table_args__ = (UniqueConstraint("provider", "provider_id", "status"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    attempt_id: Mapped[int | None] = mapped_column(ForeignKey("attempt.id"))
    provider: Mapped[str] = mapped_column(String(32))
    provider_id: Mapped[str] = mapped_column(String(200))
    status: Mapped[str] = mapped_column(String(32))  # in the provider's own words
    code: Mapped[str] = mapped_column(String(32), default="")
    ear: Mapped[Ear | None]  # who has taken a call, where this word tells
    raw: Mapped[dict[str, Any]]
    received_at: Mapped[datetime]


class ProviderStanding(Base):
    """How a provider stands: its breaker, which every engine reads, and what a person has said."""

    __tablename__ = "provider_standing"
    __table_args__ = (
        CheckConstraint("is_open = (probe_at IS NOT NULL)", name="probe"),
        CheckConstraint("pin = 'auto' OR pinned_at IS NOT NULL", name="pinned"),
    )

    name: Mapped[str] = mapped_column(String(32), primary_key=True)
    is_open: Mapped[bool] = mapped_column(default=False)  # nothing leaves by it but probes
    turned_at: Mapped[datetime | None]  # when it last opened or closed
    faults: Mapped[int] = mapped_column(Integer, default=0)  # since `window_began_at`
    successes: Mapped[int] = mapped_column(Integer, default=0)
    window_began_at: Mapped[datetime | None]
    failed_probes: Mapped[int] = mapped_column(Integer, default=0)
    probe_at: Mapped[datetime | None]  # one try is let through then
    pin: Mapped[Pin] = mapped_column(default=Pin.AUTO)
    pinned_by: Mapped[str] = mapped_column(String(120), default="")
    pinned_at: Mapped[datetime | None]
    pin_reason: Mapped[str] = mapped_column(String(300), default="")


class SenderBucket(Base):
    """What a sender may still send at once by a provider, in parts of a text; shared by engines."""

    __tablename__ = "sender_bucket"

    provider: Mapped[str] = mapped_column(String(32), primary_key=True)
    sender: Mapped[str] = mapped_column(String(64), primary_key=True)
    tokens: Mapped[float]
    filled_at: Mapped[datetime]


class ReplyCode(Base):
    """Five digits that a text asks for: one meaning per number for a year."""

    __tablename__ = "reply_code"
    __table_args__ = (UniqueConstraint("address", "code"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    code: Mapped[str] = mapped_column(String(5))
    notice_id: Mapped[int] = mapped_column(ForeignKey("notice.id"), index=True)
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_point.id"))
    issued_at: Mapped[datetime]


class ConcurrenceCode(Base):
    """Five digits by which a co-chair's office agrees or objects in a text."""

    __tablename__ = "concurrence_code"
    __table_args__ = (
        UniqueConstraint("address", "code"),
        UniqueConstraint("activation_id", "contact_point_id"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    address: Mapped[str] = mapped_column(String(254))
    code: Mapped[str] = mapped_column(String(5), index=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_point.id"))
    issued_at: Mapped[datetime]

    activation: Mapped[Activation] = relationship()
    contact_point: Mapped[ContactPoint] = relationship()


class Token(Base):
    """The digest of a derived token, by which an arriving one is found; the token is nowhere."""

    __tablename__ = "token"

    digest: Mapped[str] = mapped_column(String(64), primary_key=True)
    purpose: Mapped[str] = mapped_column(String(16))  # link | mail | concur
    channel: Mapped[Channel]
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"))
    contact_point_id: Mapped[int] = mapped_column(ForeignKey("contact_point.id"))
    expires_at: Mapped[datetime | None]
    opened_at: Mapped[datetime | None]
    opened_from: Mapped[str] = mapped_column(String(64), default="")
    revoked_at: Mapped[datetime | None]

    contact_point: Mapped[ContactPoint] = relationship()
    notice: Mapped[Notice | None] = relationship()


class VisitAllowance(Base):
    """How much of a minute's visits is left to a link or an address; its times are real."""

    __tablename__ = "pace"

    key: Mapped[str] = mapped_column(String(64), primary_key=True)  # a digest: no address is kept
    left: Mapped[float]
    at: Mapped[datetime] = mapped_column(index=True)


class Reply(Base):
    """Something heard, raw and committed before anybody reads it."""

    __tablename__ = "reply"
    __table_args__ = (UniqueConstraint("door", "provider", "provider_id"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    door: Mapped[Door]
    provider: Mapped[str] = mapped_column(String(32), default="")  # of a text or a key
    provider_id: Mapped[str] = mapped_column(String(200))
    sender: Mapped[str] = mapped_column(String(254), index=True)
    recipient: Mapped[str] = mapped_column(String(998), default="")
    text: Mapped[str] = mapped_column(Text, default="")  # of a text, or the key that was pressed
    raw: Mapped[bytes] = mapped_column(LargeBinary)
    sha256: Mapped[str] = mapped_column(String(64))
    envelope: Mapped[dict[str, Any]] = mapped_column(default=dict)
    received_at: Mapped[datetime]
    state: Mapped[ReplyState] = mapped_column(default=ReplyState.KEPT, index=True)
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"), index=True)

    activation: Mapped[Activation | None] = relationship()
    answer: Mapped["AnswerRead | None"] = relationship(back_populates="reply")

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference once it is known, else the system's."""
        return self.activation.log if self.activation is not None else "system"


class AnswerRead(Base):
    """The reading of a reply, kept beside the raw original."""

    __tablename__ = "answer"

    reply_id: Mapped[int] = mapped_column(ForeignKey("reply.id"), primary_key=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"), index=True)
    contact_point_id: Mapped[int | None] = mapped_column(ForeignKey("contact_point.id"))
    kind: Mapped[str] = mapped_column(String(24))
    automatic: Mapped[bool]
    meaning: Mapped[str | None] = mapped_column(String(24))
    proof: Mapped[str] = mapped_column(String(24))
    text: Mapped[str] = mapped_column(Text, default="")
    reason: Mapped[str] = mapped_column(String(300), default="")
    read_at: Mapped[datetime]
    settled_by: Mapped[str | None] = mapped_column(String(120))
    disposition: Mapped[str | None] = mapped_column(String(40))

    reply: Mapped[Reply] = relationship(back_populates="answer")
    notice: Mapped[Notice | None] = relationship()


class Need(Base):
    """A line that says that a person is needed; it has a ladder of its own until it is settled."""

    __tablename__ = "need"

    id: Mapped[int] = mapped_column(primary_key=True)
    dedupe_key: Mapped[str] = mapped_column(String(120), unique=True)
    cause: Mapped[NeedCause]
    state: Mapped[NeedState] = mapped_column(default=NeedState.OPEN)
    activation_id: Mapped[int | None] = mapped_column(ForeignKey("activation.id"), index=True)
    notice_id: Mapped[int | None] = mapped_column(ForeignKey("notice.id"))
    reply_id: Mapped[int | None] = mapped_column(ForeignKey("reply.id"))
    message_id: Mapped[int | None]
    sentence: Mapped[str] = mapped_column(String(300))
    opened_at: Mapped[datetime]
    due_at: Mapped[datetime | None] = mapped_column(index=True)  # when people are told next
    times_told: Mapped[int] = mapped_column(Integer, default=0)
    settled_at: Mapped[datetime | None]
    settled_by: Mapped[str | None] = mapped_column(String(120))

    activation: Mapped[Activation | None] = relationship()
    notice: Mapped[Notice | None] = relationship()
    reply: Mapped[Reply | None] = relationship()

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference, or the system's log."""
        return self.activation.log if self.activation is not None else "system"


class Convening(Base):
    """A meeting to which the members of an activation are convened."""

    __tablename__ = "convening"
    __table_args__ = (
        UniqueConstraint("activation_id", "number"),
        CheckConstraint("starts_at < ends_at", name="times"),
    )

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[ConveningState] = mapped_column(default=ConveningState.FIXED)
    uid: Mapped[str] = mapped_column(String(120), unique=True)
    sequence: Mapped[int] = mapped_column(Integer, default=0)
    level: Mapped[str] = mapped_column(String(60))
    modality: Mapped[str] = mapped_column(String(60))
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    place: Mapped[str] = mapped_column(String(300))
    dial_in: Mapped[str] = mapped_column(String(120), default="")
    agenda: Mapped[list[str]]
    fixed_by: Mapped[str] = mapped_column(String(120))
    fixed_at: Mapped[datetime]
    closed_at: Mapped[datetime | None]

    activation: Mapped[Activation] = relationship()
    attendances: Mapped[list["Attendance"]] = relationship(order_by="Attendance.member_code")
    points: Mapped[list["Point"]] = relationship(order_by="Point.id")
    follow_ups: Mapped[list["FollowUp"]] = relationship(order_by="FollowUp.number")

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference."""
        return self.activation.log


class Poll(Base):
    """Times to meet that were put to the members; the meeting is as `occasion` says but for it."""

    __tablename__ = "poll"
    __table_args__ = (UniqueConstraint("activation_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    number: Mapped[int] = mapped_column(Integer)
    state: Mapped[PollState] = mapped_column(default=PollState.OPEN)
    occasion: Mapped[dict[str, Any]]
    closes_at: Mapped[datetime]
    opened_by: Mapped[str] = mapped_column(String(120))
    opened_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]

    activation: Mapped[Activation] = relationship()
    slots: Mapped[list["Slot"]] = relationship(order_by="Slot.number")

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference."""
        return self.activation.log


class Slot(Base):
    """One time of a poll."""

    __tablename__ = "slot"
    __table_args__ = (UniqueConstraint("poll_id", "starts_at"),)

    poll_id: Mapped[int] = mapped_column(ForeignKey("poll.id"), primary_key=True)
    number: Mapped[int] = mapped_column(Integer, primary_key=True)
    starts_at: Mapped[datetime]


class SlotAnswer(Base):
    """What a member said last of a time to meet: of a poll's, or of one that it proposes itself."""

    __tablename__ = "slot_answer"
    __table_args__ = (UniqueConstraint("activation_id", "member_code", "starts_at"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    member_code: Mapped[str] = mapped_column(ForeignKey("member.code"))
    starts_at: Mapped[datetime]
    can: Mapped[bool]
    door: Mapped[Door]
    at: Mapped[datetime]

    member: Mapped[Member] = relationship()


class Attendance(Base):
    """A member's part in a convening; apart from its acknowledgement."""

    __tablename__ = "attendance"

    convening_id: Mapped[int] = mapped_column(ForeignKey("convening.id"), primary_key=True)
    member_code: Mapped[str] = mapped_column(ForeignKey("member.code"), primary_key=True)
    answer: Mapped[AttendanceAnswer] = mapped_column(default=AttendanceAnswer.INVITED)
    delegate: Mapped[str] = mapped_column(String(120), default="")
    changed_at: Mapped[datetime]
    calendar_sequence: Mapped[int | None] = mapped_column(Integer)  # of the newest calendar reply
    calendar_stamp: Mapped[datetime | None]  # when its sender's calendar says that it was made

    member: Mapped[Member] = relationship()


class Point(Base):
    """Something said or decided under an agenda item, without attribution."""

    __tablename__ = "point"

    id: Mapped[int] = mapped_column(primary_key=True)
    convening_id: Mapped[int] = mapped_column(ForeignKey("convening.id"))
    item: Mapped[int] = mapped_column(Integer)
    kind: Mapped[PointKind]
    text: Mapped[str] = mapped_column(String(2000))
    noted_at: Mapped[datetime]


class FollowUp(Base):
    """What somebody has undertaken to do, by when."""

    __tablename__ = "follow_up"
    __table_args__ = (UniqueConstraint("convening_id", "number"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    convening_id: Mapped[int] = mapped_column(ForeignKey("convening.id"))
    number: Mapped[int] = mapped_column(Integer)
    action: Mapped[str] = mapped_column(String(500))
    owner: Mapped[str] = mapped_column(String(120))
    due_on: Mapped[date | None]
    noted_at: Mapped[datetime]


class Record(Base):
    """One revision of a meeting's record, with the bytes that were handed over."""

    __tablename__ = "record"
    __table_args__ = (UniqueConstraint("activation_id", "revision"),)

    id: Mapped[int] = mapped_column(primary_key=True)
    activation_id: Mapped[int] = mapped_column(ForeignKey("activation.id"))
    revision: Mapped[int] = mapped_column(Integer)
    state: Mapped[RecordState] = mapped_column(default=RecordState.DRAFT)
    model: Mapped[str] = mapped_column(Text)
    pdf: Mapped[bytes] = mapped_column(LargeBinary)
    docx: Mapped[bytes] = mapped_column(LargeBinary)
    model_sha256: Mapped[str] = mapped_column(String(64))
    pdf_sha256: Mapped[str] = mapped_column(String(64))
    docx_sha256: Mapped[str] = mapped_column(String(64))
    made_by: Mapped[str] = mapped_column(String(120))
    made_at: Mapped[datetime]

    activation: Mapped[Activation] = relationship()

    @property
    def log(self) -> str:
        """The ledger's log: the situation's reference."""
        return self.activation.log


class LedgerEntry(Base):
    """One event, as canonical JSON; INSERT only, by trigger in both databases."""

    __tablename__ = "ledger_entry"

    id: Mapped[int] = mapped_column(primary_key=True)
    log: Mapped[str] = mapped_column(String(20), index=True)
    event_id: Mapped[str] = mapped_column(String(32), unique=True)
    type: Mapped[str] = mapped_column(String(64), index=True)
    at: Mapped[datetime]
    body: Mapped[str] = mapped_column(Text)  # the leaf: SHA-256(0x00 || body) seals it
    leaf: Mapped[bytes] = mapped_column(LargeBinary(32))


class LedgerDisclosure(Base):
    """A personal value and its salt, behind a digest in an event; the one deletable table."""

    __tablename__ = "ledger_disclosure"

    digest: Mapped[str] = mapped_column(String(43), primary_key=True)
    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), index=True)
    disclosure: Mapped[str] = mapped_column(Text)

    entry: Mapped[LedgerEntry] = relationship()


class LedgerPending(Base):
    """Events that are not sealed yet; the sealer's queue."""

    __tablename__ = "ledger_pending"

    entry_id: Mapped[int] = mapped_column(ForeignKey("ledger_entry.id"), primary_key=True)
    log: Mapped[str] = mapped_column(String(20), index=True)

    entry: Mapped[LedgerEntry] = relationship()


class ToldClock(Base):
    """The clock that every process reads: `told_epoch` at `real_epoch`, then `rate` times fast."""

    __tablename__ = "told_clock"

    id: Mapped[int] = mapped_column(primary_key=True)
    real_epoch: Mapped[datetime]
    told_epoch: Mapped[datetime]
    rate: Mapped[float]


class Heartbeat(Base):
    """When a resident process was last seen, in real time."""

    __tablename__ = "heartbeat"

    name: Mapped[str] = mapped_column(String(64), primary_key=True)
    at: Mapped[datetime]
    detail: Mapped[str] = mapped_column(String(200), default="")
