"""The contrast of every pair of colours, computed from the style sheet itself."""

import re

import pytest

from dashboard.web.layout import STATIC
from tests.support.table import each

CSS = (STATIC / "style.css").read_text(encoding="utf-8")

# foreground, background, least ratio: 4.5 for text, 3 for edges and lines
PAIRS = [
    ("text", "paper", 4.5), ("text", "wash", 4.5), ("ink", "paper", 4.5), ("ink", "wash", 4.5),
    ("muted", "paper", 4.5), ("muted", "wash", 4.5), ("line-strong", "paper", 3),
    ("on-brand", "brand", 4.5), ("on-brand-muted", "brand", 4.5),
    ("link", "paper", 4.5), ("link", "wash", 4.5), ("link-hover", "paper", 4.5),
    ("focus-ink", "focus", 4.5),
    ("on-act", "go", 4.5), ("on-act", "stop", 4.5),
    ("ok", "ok-ground", 4.5), ("wait", "wait-ground", 4.5), ("bad", "bad-ground", 4.5),
    ("info", "info-ground", 4.5), ("off", "off-ground", 4.5), ("ink", "off-ground", 4.5),
    ("bad", "paper", 4.5), ("stop", "paper", 3), ("go", "paper", 3),
    ("on-band", "real", 4.5), ("on-band", "exercise-a", 4.5), ("on-band", "exercise-b", 4.5),
    ("frame", "paper", 3), ("chart", "paper", 4.5), ("chart-2", "paper", 3),
]  # fmt: skip


def tokens(css: str) -> dict[str, str]:
    return dict(re.findall(r"--([\w-]+):\s*(#[0-9a-f]{3,6});", css))


LIGHT = tokens(CSS.partition("@media")[0])
DARK = LIGHT | tokens(CSS.partition("prefers-color-scheme: dark")[2].partition("\n}\n")[0])


def luminance(colour: str) -> float:
    digits = colour.removeprefix("#")
    if len(digits) == 3:
        digits = "".join(2 * digit for digit in digits)
    parts = [int(digits[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    dark, light = sorted((luminance(one), luminance(other)))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_itself_is_right() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#14202e", "#fff") == pytest.approx(16.5, abs=0.1)


@each(pair=PAIRS, scheme=[LIGHT, DARK])
def test_each_pair_of_colours_can_be_told_apart(
    scheme: dict[str, str], pair: tuple[str, str, float]
) -> None:
    fore, back, least = pair
    assert contrast(scheme[fore], scheme[back]) >= least


def test_no_token_is_set_twice_in_one_scheme() -> None:
    for block in (
        CSS.partition("@media")[0],
        CSS.partition("scheme: dark")[2].partition("\n}\n")[0],
    ):
        names = re.findall(r"--([\w-]+):", block)
        assert len(names) == len(set(names))


def test_every_colour_in_use_is_a_token() -> None:
    rules = CSS.partition("*, ::before")[2].partition("@media print")[0]

    assert not re.findall(
        r"#[0-9a-f]{3,6}\b(?!-)", rules.replace("#kind", "").replace("#ending", "")
    )
    used = set(re.findall(r"var\(--([\w-]+)\)", CSS))
    assert used <= set(LIGHT)


def test_the_budgets_of_the_static_files_hold() -> None:
    assert (STATIC / "live.js").stat().st_size <= 3.25 * 1024
    assert (STATIC / "style.css").stat().st_size <= 24 * 1024
