"""How is the Word template of the record made?

`python -m records.word_template` writes `records/templates/record.docx`, which the secretariat may
restyle in Word: what stands between braces is filled in by `records.docx`.
"""

import io
import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import docx
from docx.document import Document
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_TAB_ALIGNMENT
from docx.oxml import OxmlElement
from docx.oxml.ns import qn
from docx.shared import Mm, Pt, RGBColor

TEMPLATE: Final = Path(__file__).parent / "templates" / "record.docx"
FONT: Final = "Arial"  # on every machine that has Word; the PDF has its own
TEXT_WIDTH: Final = 160  # mm, on A4 with margins of 25
TABLE, FACTS = 8.5, 9.5  # points
INK: Final = RGBColor(0x0B, 0x1A, 0x2B)
MUTED: Final = RGBColor(0x4A, 0x5A, 0x6B)
PRACTICE: Final = "4B2A86"

_NO_DATE: Final = (1980, 1, 1, 0, 0, 0)


def build() -> bytes:
    """The template, the same bytes each time."""
    document = docx.Document()
    _page(document)
    _styles(document)
    _head_and_foot(document)
    _title_block(document)
    _situation(document)
    _activation(document)
    _meeting(document)
    _follow_up(document)
    _annexes(document)
    packed = io.BytesIO()
    document.save(packed)
    return undated(packed.getvalue())


def undated(packed: bytes) -> bytes:
    """An archive without the time at which it was made."""
    fresh = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(packed)) as old,
        zipfile.ZipFile(fresh, "w", zipfile.ZIP_DEFLATED, compresslevel=6) as new,
    ):
        for name in old.namelist():
            member = zipfile.ZipInfo(name, _NO_DATE)
            member.compress_type = zipfile.ZIP_DEFLATED
            member.create_system = 3
            new.writestr(member, old.read(name))
    return fresh.getvalue()


def _page(document: Document) -> None:
    section = document.sections[0]
    section.page_width, section.page_height = Mm(210), Mm(297)
    section.left_margin = section.right_margin = Mm(25)
    section.top_margin, section.bottom_margin = Mm(34), Mm(26)
    section.header_distance = section.footer_distance = Mm(14)


def _styles(document: Document) -> None:
    _style(document, "Normal", size=10, after=6)
    _style(document, "Title", size=21, after=6, bold=True)
    _style(document, "Heading 1", size=13, before=18, after=6, bold=True)
    _style(document, "Heading 2", size=10.5, before=12, after=4, bold=True)
    _style(document, "Caption", size=8.5, before=6, after=3, colour=MUTED)
    _style(document, "Header", size=8.5, after=2, colour=MUTED)
    _style(document, "Footer", size=8.5, after=0, colour=MUTED)
    _style(document, "Subtitle", size=10, after=0, bold=True, colour=MUTED)
    for name, size in (("Table text", TABLE), ("Facts", FACTS)):
        document.styles.add_style(name, WD_STYLE_TYPE.PARAGRAPH)
        _style(document, name, size=size, after=2)
    for name in ("Header", "Footer"):
        properties: Any = document.styles[name].element.pPr
        properties.remove(properties.find(qn("w:tabs")))
    border = document.styles["Title"].element.pPr.find(qn("w:pBdr"))
    if border is not None:
        document.styles["Title"].element.pPr.remove(border)


def _style(
    document: Document,
    name: str,
    *,
    size: float,
    before: float = 0,
    after: float,
    bold: bool = False,
    colour: RGBColor = INK,
) -> None:
    style: Any = document.styles[name]
    style.font.name, style.font.size, style.font.color.rgb = FONT, Pt(size), colour
    style.font.bold, style.font.italic = bold, False
    complex_size = OxmlElement("w:szCs")
    complex_size.set(qn("w:val"), str(round(size * 2)))
    style.element.rPr.append(complex_size)
    for theme in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):
        style.element.rPr.rFonts.attrib.pop(qn(f"w:{theme}"), None)
    style.paragraph_format.space_before, style.paragraph_format.space_after = Pt(before), Pt(after)
    style.paragraph_format.line_spacing = 1.15


def _head_and_foot(document: Document) -> None:
    section = document.sections[0]
    header: Any = section.header
    first = header.paragraphs[0]
    first.text = "{%p if banner %}"
    banner = header.add_paragraph("{{ banner }}", style="Header")
    banner.runs[0].bold, banner.runs[0].font.color.rgb = True, RGBColor(255, 255, 255)
    _shade(banner)
    header.add_paragraph("{%p endif %}")
    line = header.add_paragraph("{{ forum }} · {{ reference }} · {{ status }}\t", style="Header")
    _marked(line)
    foot = section.footer.paragraphs[0]
    _marked(foot)
    foot.add_run("\tPage ")
    _field(foot, "PAGE")
    foot.add_run(" of ")
    _field(foot, "NUMPAGES")
    for paragraph in (line, foot):
        tabs: Any = paragraph.paragraph_format.tab_stops
        tabs.add_tab_stop(Mm(TEXT_WIDTH), WD_TAB_ALIGNMENT.RIGHT)


def _marked(paragraph: Any) -> None:
    run = paragraph.add_run("{{ marking }}")
    run.bold, run.font.color.rgb = True, INK


def _shade(paragraph: Any) -> None:
    shade = OxmlElement("w:shd")
    for name, value in (("val", "clear"), ("color", "auto"), ("fill", PRACTICE)):
        shade.set(qn(f"w:{name}"), value)
    paragraph._p.get_or_add_pPr().append(shade)  # noqa: SLF001 - python-docx has no shading


def _field(paragraph: Any, instruction: str) -> None:
    field = OxmlElement("w:fldSimple")
    field.set(qn("w:instr"), instruction)
    run = OxmlElement("w:r")
    text = OxmlElement("w:t")
    text.text = "1"
    run.append(text)
    field.append(run)
    paragraph._p.append(field)  # noqa: SLF001 - python-docx has no fields


def _title_block(document: Document) -> None:
    document.add_paragraph("{{ heading }}", style="Subtitle")
    document.add_paragraph("{{ title }}", style="Title")
    caution = document.add_paragraph("{{ cautions | join(' ') }}")
    caution.runs[0].bold = True
    _facts(document, "facts")


def _situation(document: Document) -> None:
    document.add_heading("The situation", 1)
    _each(document, "line in situation", "{{ line }}")
    _only_if(document, "not situation", "No description was recorded.")
    _table(
        document,
        "figures",
        caption="Figures, as reported",
        heads=("Figure", "Value", "As of", "Source", "Status"),
        widths=(38, 28, 38, 34, 22),
    )


def _activation(document: Document) -> None:
    document.add_heading("The activation", 1)
    _table(
        document,
        "concurrence",
        caption="Concurrence between the co-chairs (times in UTC)",
        heads=("Co-chair", "Position", "Time (UTC)"),
        widths=(44, 74, 42),
    )
    document.add_paragraph()
    _facts(document, "key_figures")
    document.add_paragraph(
        "{{ times_note }}Members that had acknowledged receipt", style="Caption"
    ).paragraph_format.keep_with_next = True
    document.add_paragraph("{{ curve_picture }}")
    document.add_paragraph(
        "An acknowledgement confirms receipt only. It is without prejudice to any position, and "
        "says nothing about attendance. Annex A lists every member.",
        style="Caption",
    )


def _meeting(document: Document) -> None:
    document.add_paragraph("{%p if meeting %}")
    document.add_heading("The meeting", 1)
    _facts(document, "meeting.facts")
    _table(
        document,
        "meeting.participants",
        caption="Participants and regrets",
        heads=("Member", "Represented by", "Attendance"),
        widths=(48, 60, 52),
    )
    document.add_paragraph("{%p if meeting.agenda %}")
    document.add_heading("Discussion", 1)
    document.add_paragraph(
        "Without attribution: this part does not say who held which view.", style="Caption"
    ).paragraph_format.keep_with_next = True
    document.add_paragraph("{%p for item in meeting.agenda %}")
    document.add_heading("{{ item.title }}", 2)
    _each(document, "point in item.points", "{{ point[0] }}\t{{ point[1] }}", hanging=True)
    _only_if(document, "not item.points", "Nothing was noted under this item.")
    document.add_paragraph("{%p endfor %}")
    document.add_paragraph("{%p endif %}")
    document.add_heading("Decisions", 1)
    _each(document, "one in meeting.decisions", "{{ one[0] }}\t{{ one[1] }}", hanging=True)
    _only_if(document, "not meeting.decisions", "No decision was recorded.")
    document.add_paragraph("{%p endif %}")


def _follow_up(document: Document) -> None:
    document.add_paragraph("{%p if follow_ups %}")
    document.add_heading("Follow-up", 1)
    _table(
        document,
        "follow_ups",
        caption="What is to be done, by whom and by when",
        heads=("No.", "Action", "Owner", "Due", "Status"),
        widths=(11, 70, 33, 27, 19),
    )
    document.add_paragraph("{%p endif %}")
    document.add_paragraph("{%p if reservations %}")
    document.add_heading("Reservations and corrections", 1)
    _each(document, "row in reservations", "{{ row[0] }}. {{ row[1] }}")
    document.add_paragraph("{%p endif %}")


def _annexes(document: Document) -> None:
    annex: Any = document.add_heading("Annex A. Members and their acknowledgements", 1)
    annex.paragraph_format.page_break_before = True
    _table(
        document,
        "members",
        caption="{{ times_note }}Every member that was asked; times in UTC",
        heads=("Member", "Outcome", "Acknowledged by", "Channel and assurance", "Time", "After"),
        widths=(28, 27, 29, 30, 25, 21),
        first=1,
    )
    _only_if(document, "not members", "No member was asked.")
    document.add_heading("Annex B. Chronology", 1)
    _table(
        document,
        "chronology",
        caption="{{ times_note }}What happened, in the order of time; times in UTC",
        heads=("Time (UTC)", "What happened"),
        widths=(42, 118),
    )
    _only_if(document, "not chronology", "Nothing was recorded.")
    document.add_heading("Annex C. How to check this record", 1)
    _facts(document, "checking")
    document.add_paragraph(
        "This Word document is for working on. What counts is the PDF made from the same data, "
        "and the evidence bundle, whose verifier says whether the ledger had the root above."
    )


def _each(document: Document, loop: str, text: str, *, hanging: bool = False) -> None:
    document.add_paragraph(f"{{%p for {loop} %}}")
    paragraph = document.add_paragraph(text)
    if hanging:
        paragraph.paragraph_format.left_indent = Mm(8)
        paragraph.paragraph_format.first_line_indent = Mm(-8)
        paragraph.paragraph_format.tab_stops.add_tab_stop(Mm(8))
    document.add_paragraph("{%p endfor %}")


def _only_if(document: Document, condition: str, text: str) -> None:
    document.add_paragraph(f"{{%p if {condition} %}}")
    document.add_paragraph(text)
    document.add_paragraph("{%p endif %}")


def _facts(document: Document, rows: str) -> None:
    table: Any = document.add_table(rows=3, cols=2)
    _widths(table, (46, 114))
    table.rows[0].cells[0].text = f"{{%tr for row in {rows} %}}"
    table.rows[1].cells[0].text = "{{ row[0] }}"
    table.rows[1].cells[1].text = "{{ row[1] }}"
    table.rows[2].cells[0].text = "{%tr endfor %}"
    _styled(table, "Facts")
    table.rows[1].cells[0].paragraphs[0].runs[0].font.color.rgb = MUTED


def _table(
    document: Document,
    rows: str,
    *,
    caption: str,
    heads: Sequence[str],
    widths: Sequence[int],
    first: int = 0,
) -> None:
    """A table that is there when it has rows; its heading row repeats on every page."""
    document.add_paragraph(f"{{%p if {rows} %}}")
    above: Any = document.add_paragraph(caption, style="Caption")
    above.paragraph_format.keep_with_next = True
    table: Any = document.add_table(rows=4, cols=len(heads))
    _widths(table, widths)
    for cell, head in zip(table.rows[0].cells, heads, strict=True):
        cell.text = head
    table.rows[1].cells[0].text = f"{{%tr for row in {rows} %}}"
    for number, cell in enumerate(table.rows[2].cells, start=first):
        cell.text = f"{{{{ row[{number}] }}}}"
    table.rows[3].cells[0].text = "{%tr endfor %}"
    _styled(table, "Table text")
    _ruled(table)
    _heading_row(table.rows[0])
    document.add_paragraph("{%p endif %}")


def _widths(table: Any, widths: Sequence[int]) -> None:
    """On the grid and on the cells: LibreOffice obeys the one, Word the other."""
    table.autofit = False
    for column, width in zip(table.columns, widths, strict=True):
        column.width = Mm(width)
        for cell in column.cells:
            cell.width = Mm(width)


def _styled(table: Any, style: str) -> None:
    """No row is broken by a page's end."""
    for row in table.rows:
        row._tr.get_or_add_trPr().append(OxmlElement("w:cantSplit"))  # noqa: SLF001 - no other way
        for cell in row.cells:
            cell.paragraphs[0].style = style


def _ruled(table: Any) -> None:
    borders = OxmlElement("w:tblBorders")
    for side in ("top", "bottom", "insideH"):
        border = OxmlElement(f"w:{side}")
        for name, value in (("val", "single"), ("sz", "4"), ("space", "0"), ("color", "C4CCD4")):
            border.set(qn(f"w:{name}"), value)
        borders.append(border)
    table._tbl.tblPr.append(borders)  # noqa: SLF001 - python-docx has no borders


def _heading_row(row: Any) -> None:
    row._tr.get_or_add_trPr().append(OxmlElement("w:tblHeader"))  # noqa: SLF001 - no other way
    for cell in row.cells:
        for run in cell.paragraphs[0].runs:
            run.bold = True


if __name__ == "__main__":
    TEMPLATE.write_bytes(build())
