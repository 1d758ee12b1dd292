"""A letter of ours, and every other that could be asked for."""

from datetime import UTC, datetime

from hypothesis import strategies as st

from notifications.email.mime import CalendarMethod, MailContent

LETTER = MailContent(
    sender="cm@cm.example",
    sender_name="Bali Process Co-Chairs",
    to="focal.point@mofa.example",
    to_name="Focal point, Ministry of Foreign Affairs",
    subject="[BP-2026-003] Urgent consultation",
    text="Please confirm receipt.\n",
    html="<p>Please confirm receipt at 100%.</p>\n",
    message_id="<0123456789abcdef0123456789abcdef@cm.example>",
    references=("<BP-2026-003@cm.example>",),
    in_reply_to=None,
    reply_to="ack+token@in.cm.example",
    date=datetime(2026, 7, 14, 3, 33, 10, tzinfo=UTC),
)


ONE_LINE = st.text(st.characters(exclude_categories=["Cc", "Cs", "Zl", "Zp", "Cn"]), max_size=200)
ASCII_LINE = st.text(st.characters(min_codepoint=32, max_codepoint=126), max_size=300)


HOSTILE = st.sampled_from(
    [
        ".\n",
        "\r\n.\r\n",
        "--=_00123456789abcdef0123456789abcdef\r\n\r\nContent-Type: text/plain\r\n",
        "--=_00123456789abcdef0123456789abcdef--\n",
        "From here\n",
        "%(text)b %s %%",
        "the text hole the-boundary-hole the-subject-hole",
        "a" * 5000,
        "\x00\x0b\x0c\x1c\x7f",
        "ไทย\u2028\x85",
        "\r\r\n\n\r",
        "",
        "=E2=80=A8 =\n",
    ]
)


TEXTS = st.lists(st.text() | HOSTILE | ASCII_LINE, max_size=4).map("\n".join)
IDS = st.from_regex(r"<[A-Za-z0-9.-]{1,24}@[a-z]{1,12}\.example>", fullmatch=True)


LETTERS = st.builds(
    MailContent,
    sender=st.just(LETTER.sender),
    sender_name=ONE_LINE,
    to=st.sampled_from(["a@b.example", "duty+night@member.example", "desk@büro.example"]),
    to_name=ONE_LINE | ASCII_LINE,
    subject=ASCII_LINE.filter(str.strip) | ONE_LINE.filter(str.strip),
    text=TEXTS,
    html=st.none() | TEXTS,
    message_id=IDS,
    references=st.lists(IDS, min_size=1, max_size=5).map(tuple),
    in_reply_to=st.none() | IDS,
    reply_to=st.just(LETTER.reply_to),
    date=st.datetimes(timezones=st.just(UTC), min_value=datetime(2000, 1, 1)),  # noqa: DTZ001 - hypothesis gives the zone
    calendar=st.none() | st.binary(max_size=200),
    calendar_method=st.sampled_from(CalendarMethod),
)
