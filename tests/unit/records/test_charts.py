"""The drawings, as a dashboard and a typesetter get them."""

import re
from xml.etree import ElementTree as ET

import pytest
from hypothesis import given
from hypothesis import strategies as st

from records.charts import Bar, ChartMark, Earlier, acknowledgement_curve, member_bars

SVG = "{http://www.w3.org/2000/svg}"
POINTS = [(0.0, 1), (2.4667, 2), (3.1, 3), (12.0, 6), (40.0, 9)]


def curve(**changes: object) -> str:
    given: dict[str, object] = {
        "asked": 13,
        "deadline": 60.0,
        "marks": [ChartMark(15, "reminder"), ChartMark(30, "alternates")],
        "now": 41.0,
        **changes,
    }
    return acknowledgement_curve(POINTS, **given)  # type: ignore[arg-type]


def texts(svg: str) -> list[str]:
    return [node.text or "" for node in ET.fromstring(svg).iter(f"{SVG}text")]  # noqa: S314


def test_the_curve_has_a_name_and_words_for_those_who_do_not_see_it() -> None:
    root = ET.fromstring(curve(name="board"))  # noqa: S314

    assert root.get("role") == "img"
    assert root.get("aria-labelledby") == "board-title board-desc"
    assert [node.tag for node in root][:2] == [f"{SVG}title", f"{SVG}desc"]
    assert "9 of 13 members have acknowledged" in (root[1].text or "")
    assert "deadline at 60 minutes" in (root[1].text or "")


def test_the_curve_rises_by_steps_to_the_last_count() -> None:
    path = re.search(r'class="chart-curve" d="([^"]+)"', curve())

    assert path is not None
    assert path[1].startswith("M28.0 172.0H28.0V161.5")
    assert path[1].count("V") == len(POINTS)


def test_what_is_drawn_is_also_said_in_words_on_the_drawing() -> None:
    assert {"reminder", "alternates", "deadline", "9 now", "minutes since the trigger"} <= set(
        texts(curve())
    )


def test_the_last_exercise_is_labelled() -> None:
    svg = curve(previous=Earlier("14 Aug exercise", [(5.0, 4), (55.0, 12)]))

    assert "14 Aug exercise" in texts(svg)
    assert "stroke-dasharray" in svg


def test_a_long_consultation_counts_in_hours() -> None:
    svg = acknowledgement_curve([(4000.0, 1)], asked=2, deadline=4320.0)

    assert "hours since the trigger" in texts(svg)
    assert "72" in texts(svg)


def test_words_of_neighbouring_marks_do_not_lie_on_each_other() -> None:
    crowd = [ChartMark(15, "reminder"), ChartMark(16, "alternates"), ChartMark(17, "duty officers")]

    svg = curve(marks=crowd)

    heights = dict(re.findall(r'y="([\d.]+)" text-anchor="middle">(reminder|alternates)<', svg))
    assert len(heights) == 2
    assert "duty officers at 17 minutes" in svg  # in the description, where no room is left


@pytest.mark.parametrize("asked", [0, 1, 13, 49, 3000])
def test_any_number_of_members_can_be_drawn_before_anybody_answered(asked: int) -> None:
    svg = acknowledgement_curve([], asked=asked, deadline=None, now=0.0)

    assert f"0 of {asked} members" in svg
    assert len(texts(svg)) < 25


@pytest.mark.check(1)
def test_names_are_text_and_never_markup(naughty: str) -> None:
    svg = curve(marks=[ChartMark(15, naughty)], previous=Earlier(naughty, [(5.0, 4)]))
    svg += member_bars([Bar(naughty, 0, None, naughty)], until=10)

    assert "<script" not in svg
    assert "&lt;script&gt;" in svg
    assert "{{ x }}" in svg


def test_a_strict_page_may_show_it_since_it_has_attributes_and_no_styles() -> None:
    both = curve() + member_bars([Bar("Indonesia", 0.1, 2.5, "2 min 28 s, link")], until=60)

    assert "style=" not in both
    assert "<style" not in both
    assert re.findall(r'="-?\d+\.\d{2,}"', both) == []


@given(
    st.lists(st.tuples(st.floats(0, 10_000), st.integers(0, 60)), max_size=20),
    st.integers(0, 60),
    st.none() | st.floats(0, 10_000),
)
def test_no_coordinate_leaves_the_drawing(
    points: list[tuple[float, int]], asked: int, now: float | None
) -> None:
    svg = acknowledgement_curve(points, asked=asked, deadline=60, now=now)

    path = re.search(r'class="chart-curve" d="([^"]+)"', svg)
    assert path is not None
    assert all(28 <= float(x) <= 330 for x in re.findall(r"H(-?[\d.]+)", path[1]))
    assert all(36 <= float(y) <= 172 for y in re.findall(r"V(-?[\d.]+)", path[1]))


def test_a_member_that_did_not_answer_has_a_dotted_line_and_no_dot() -> None:
    svg = member_bars(
        [Bar("Indonesia", 0.1, 2.5, "2 min 28 s"), Bar("Viet Nam", 0.1, None, "not reached")],
        until=60,
    )

    answered, silent = svg.split('class="chart-row"')[1:]
    assert "<circle" in answered
    assert "<circle" not in silent
    assert "stroke-dasharray" in silent
    assert "not reached" in silent
