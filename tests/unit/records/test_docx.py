"""The record as a Word document."""

import hashlib
import io
import zipfile
from collections.abc import Callable
from dataclasses import replace

import docx
import pytest
from docx.document import Document
from docx.oxml.ns import qn

from mechanism.vocabulary import Kind
from records import word_template
from records.content import RecordModel
from records.docx import render_docx


def opened(model: RecordModel) -> Document:
    return docx.Document(io.BytesIO(render_docx(model)))


@pytest.fixture(scope="module")
def document(model: RecordModel) -> Document:
    return opened(model)


def heads(document: Document) -> list[list[str]]:
    return [[cell.text for cell in table.rows[0].cells] for table in document.tables]


def words(document: Document) -> str:
    cells = [cell.text for table in document.tables for row in table.rows for cell in row.cells]
    return "\n".join([*(paragraph.text for paragraph in document.paragraphs), *cells])


def test_the_committed_template_is_the_one_that_is_built() -> None:
    assert word_template.TEMPLATE.read_bytes() == word_template.build()


def test_it_holds_every_table(document: Document) -> None:
    titled = [row for row in heads(document) if len(row) > 2]

    assert [row[0] for row in titled] == ["Figure", "Co-chair", "Member", "No.", "Member"]
    assert ["Time (UTC)", "What happened"] in heads(document)


def test_no_placeholder_is_left(document: Document) -> None:
    assert "{{" not in words(document)
    assert "{%" not in words(document)


def test_a_table_longer_than_a_page_repeats_its_heading_and_has_its_widths(
    document: Document,
) -> None:
    table = document.tables[heads(document).index(["Time (UTC)", "What happened"])]

    assert list(table.rows[0]._tr.iter(qn("w:tblHeader")))
    assert len(table.rows) > 50
    grid = [int(column.get(qn("w:w"))) for column in table._tbl.tblGrid]
    assert grid[1] > 2 * grid[0]


def test_marking_status_and_page_numbers_are_in_head_and_foot(document: Document) -> None:
    section = document.sections[0]
    head = "\n".join(paragraph.text for paragraph in section.header.paragraphs)
    foot = "\n".join(paragraph.text for paragraph in section.footer.paragraphs)

    assert "EXERCISE: this is not a real emergency" in head
    assert "DRAFT, revision 2" in head
    assert "TLP:RED" in head
    assert "TLP:RED" in foot
    fields = [node.get(qn("w:instr")) for node in section.footer._element.iter(qn("w:fldSimple"))]
    assert fields == ["PAGE", "NUMPAGES"]


def test_a_real_record_has_no_banner(model: RecordModel) -> None:
    section = opened(replace(model, kind=Kind.REAL)).sections[0]

    assert all("EXERCISE" not in paragraph.text for paragraph in section.header.paragraphs)


def test_its_properties_name_it(document: Document, model: RecordModel) -> None:
    properties = document.core_properties

    assert properties.title == model.title
    assert properties.author == "Consultation Mechanism"
    assert properties.language == "en"
    assert properties.category == "TLP:RED"
    assert properties.comments == "DRAFT, revision 2"
    assert properties.created == model.generated_at


def test_the_drawing_has_words(document: Document) -> None:
    pictures = list(document.element.iter(qn("wp:docPr")))

    assert len(pictures) == 1
    assert "10 of 12 in all" in (pictures[0].get("descr") or "")


def test_it_is_the_same_file_when_it_is_made_in_another_process(
    model: RecordModel, elsewhere: Callable[[str], bytes]
) -> None:
    code = "from records.docx import render_docx; sys.stdout.buffer.write(render_docx(model))"

    assert hashlib.sha256(elsewhere(code)).digest() == hashlib.sha256(render_docx(model)).digest()


def test_no_member_of_the_archive_tells_when_it_was_made(model: RecordModel) -> None:
    with zipfile.ZipFile(io.BytesIO(render_docx(model))) as archive:
        assert {member.date_time[0] for member in archive.infolist()} == {1980}


def test_data_is_never_read_as_markup(model: RecordModel, naughty: str) -> None:
    told = opened(replace(model, title=naughty, situation=naughty, reference=naughty))

    assert words(told).count(naughty) == 3
    assert told.core_properties.title == naughty


def test_scripts_and_odd_characters_survive(model: RecordModel) -> None:
    told = opened(replace(model, situation="ประเทศไทย မြန်မာ 🚢 a\x00b"))

    assert "ประเทศไทย မြန်မာ 🚢 a[U+0000]b" in words(told)


def test_a_record_without_a_meeting_can_be_made(model: RecordModel) -> None:
    told = opened(replace(model, meeting=None, follow_ups=(), figures=(), members=()))

    assert "Record of the activation" in words(told)
    assert "No member was asked." in words(told)
    assert "Discussion" not in words(told)
