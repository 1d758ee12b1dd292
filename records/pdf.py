"""How does the record become a PDF that is archived, read aloud, and made twice alike?

PDF/A-3a and PDF/UA-1 in one file, typeset with the fonts in this room and no others; the model it
was made from is attached. Data reaches the template as data and is never parsed as markup.
"""

import json
import re
from functools import cache
from pathlib import Path
from typing import Final

import typst

from records.content import RecordModel
from records.sheet import LAST_OF_LATIN, Sheet, lay_out

ROOM: Final = Path(__file__).parent
TEMPLATE: Final = ROOM / "templates" / "record.typ"

_ROUNDS: Final = 20  # of finding characters without a glyph; each round names many
_NO_GLYPH: Final = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPE: Final = re.compile(r"\\u\{([0-9a-f]+)\}|\\(.)")


def render_pdf(model: RecordModel) -> bytes:
    """The record; what no font can print stands as its number, and the record says so."""
    unprintable: frozenset[str] = frozenset()
    for _ in range(_ROUNDS):
        try:
            return _typeset(model, lay_out(model, unprintable=unprintable))
        except typst.TypstError as error:
            found = _without_glyph(error) - unprintable
            if not found:
                break
            unprintable |= found
    return _typeset(model, lay_out(model, unprintable=_beyond_latin(model)))


def render_png(svg: str, *, width_pt: int) -> bytes:
    """A drawing as a picture, for paper that takes no SVG."""
    source = (
        f"#set page(width: {width_pt}pt, height: auto, margin: 0pt)\n"
        '#image(bytes(sys.inputs.svg), format: "svg", width: 100%)'
    )
    return typst.compile(
        source.encode(),
        format="png",
        ppi=200,
        sys_inputs={"svg": svg},
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


def _typeset(model: RecordModel, sheet: Sheet) -> bytes:
    inputs = {
        "sheet": json.dumps(sheet, ensure_ascii=False),
        "model": model.to_json(),
    }
    return typst.compile(
        TEMPLATE,
        root=TEMPLATE.parent,
        format="pdf",
        sys_inputs=inputs,
        pdf_standards=["a-3a", "ua-1"],
        timestamp=int(model.generated_at.timestamp()),
        font_paths=_fonts(),
        ignore_system_fonts=True,
    )


@cache
def _fonts() -> typst.Fonts:
    return typst.Fonts(
        include_system_fonts=False,
        include_embedded_fonts=False,
        font_paths=[ROOM / "fonts"],
    )


def _without_glyph(error: typst.TypstError) -> frozenset[str]:
    """The characters that the typesetter names as having no glyph in any font."""
    texts = _NO_GLYPH.findall(f"{error.message}\n{error.diagnostic}")
    return frozenset("".join(_ESCAPE.sub(_unescaped, text) for text in texts))


def _unescaped(escape: re.Match[str]) -> str:
    return chr(int(escape[1], 16)) if escape[1] else escape[2]


def _beyond_latin(model: RecordModel) -> frozenset[str]:
    """The last resort: whatever the typesetter stumbles over, Latin it can set."""
    return frozenset(character for character in model.to_json() if character > LAST_OF_LATIN)
