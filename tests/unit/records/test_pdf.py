"""The record as a PDF, as an archive, a screen reader and a reader find it."""

import hashlib
import io
from collections.abc import Callable
from dataclasses import replace
from itertools import chain
from typing import Any

import pypdf
import pytest
import typst

from mechanism.lifecycle import RecordState
from mechanism.vocabulary import Kind
from records import pdf
from records.content import Happening, RecordModel
from records.pdf import render_pdf


@pytest.fixture(scope="module")
def document(model: RecordModel) -> pypdf.PdfReader:
    return pypdf.PdfReader(io.BytesIO(render_pdf(model)))


def words(octets: bytes) -> str:
    pages = pypdf.PdfReader(io.BytesIO(octets)).pages
    return " ".join(" ".join(page.extract_text().split()) for page in pages)


def test_it_is_tagged_titled_and_says_its_language(document: pypdf.PdfReader) -> None:
    catalogue: Any = document.root_object

    assert catalogue["/MarkInfo"]["/Marked"].value is True
    assert "/StructTreeRoot" in catalogue
    assert catalogue["/Lang"] == "en"
    assert document.metadata is not None
    assert document.metadata.title == "Boats in distress, northern Andaman Sea"


def test_it_declares_both_standards(model: RecordModel) -> None:
    octets = render_pdf(model)

    assert b"<pdfaid:part>3</pdfaid:part>" in octets
    assert b"<pdfaid:conformance>A</pdfaid:conformance>" in octets
    assert b"<pdfuaid:part>1</pdfuaid:part>" in octets


def test_every_page_is_marked_above_and_below_and_numbered(document: pypdf.PdfReader) -> None:
    total = len(document.pages)

    assert total == 7
    for number, page in enumerate(document.pages, start=1):
        text = page.extract_text()
        assert text.count("TLP:RED") == 2
        assert f"Page {number} of {total}" in text
        assert "EXERCISE: this is not a real emergency" in text
        assert "DRAFT, revision 2" in text


def test_an_adopted_record_of_a_real_emergency_is_neither_draft_nor_exercise(
    model: RecordModel,
) -> None:
    text = words(render_pdf(replace(model, kind=Kind.REAL, state=RecordState.ADOPTED)))

    assert "DRAFT" not in text
    assert "EXERCISE" not in text
    assert "ADOPTED, revision 2" in text


def test_it_carries_the_data_it_was_made_from(
    document: pypdf.PdfReader, model: RecordModel
) -> None:
    assert document.attachments["record.json"] == [model.to_json().encode()]


def structure(node: Any) -> list[Any]:
    kids: Any = node.get("/K", [])
    kids = kids.get_object() if isinstance(kids, pypdf.generic.IndirectObject) else kids
    parts = [kid.get_object() for kid in (kids if isinstance(kids, list) else [kids])]
    below = [structure(part) for part in parts if isinstance(part, dict) and "/S" in part]
    return [node, *chain.from_iterable(below)]


def test_tables_have_heading_cells_and_drawings_have_words(document: pypdf.PdfReader) -> None:
    nodes = structure(document.root_object["/StructTreeRoot"])
    kinds = [node.get("/S") for node in nodes]

    assert kinds.count("/Table") == 6  # one each, however many pages it runs over
    assert kinds.count("/TH") == 5 + 3 + 3 + 5 + 6 + 2
    drawings = [node for node in nodes if node.get("/S") == "/Figure"]
    assert drawings
    assert all(node.get("/Alt") for node in drawings)
    assert "/Title" in kinds or "/H1" in kinds


def test_scripts_of_the_region_are_printed_and_can_be_read_out(model: RecordModel) -> None:
    octets = render_pdf(model)

    fonts = ("Thai", "Bengali", "Myanmar", "Sinhala", "Thaana", "Arabic")
    assert all(f"NotoSans{name}".encode() in octets for name in fonts)
    assert "[U+" not in words(octets)


def test_it_is_the_same_file_when_it_is_made_in_another_process(
    model: RecordModel, elsewhere: Callable[[str], bytes]
) -> None:
    code = "from records.pdf import render_pdf; sys.stdout.buffer.write(render_pdf(model))"

    assert hashlib.sha256(elsewhere(code)).digest() == hashlib.sha256(render_pdf(model)).digest()


@pytest.mark.check(1)
def test_data_is_never_read_as_markup(model: RecordModel, naughty: str) -> None:
    told = replace(
        model,
        title=naughty,
        situation=naughty,
        chronology=(Happening(model.generated_at, naughty),),
    )

    text = words(render_pdf(told))
    assert text.count('#read("/etc/passwd") <script>alert(1)</') == 3
    assert "root:" not in text


def test_what_no_font_can_print_stands_as_its_number_and_nothing_else_is_lost(
    model: RecordModel,
) -> None:
    told = replace(model, title="Boats 🚢 ᚠ 日", situation="Thai stays: ประเทศไทย\x07")

    text = words(render_pdf(told))

    assert "Boats [U+1F6A2] [U+16A0] [U+65E5]" in text
    assert "[U+0007]" in text
    assert "Some characters could not be printed" in text
    assert "[U+0E1B]" not in text


def test_many_characters_without_a_glyph_are_found_in_one_go_or_many(model: RecordModel) -> None:
    han = "".join(chr(0x4E00 + n) for n in range(300))

    text = words(render_pdf(replace(model, situation=" ".join(han))))

    assert text.count("[U+4E") > 250


def test_an_error_that_names_no_character_falls_back_to_what_surely_prints(
    model: RecordModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(pdf, "_without_glyph", lambda _: frozenset())

    text = words(render_pdf(replace(model, title="Boats 🚢")))

    assert "Boats [U+1F6A2]" in text
    assert "[U+0E1B]" in text


def test_a_template_that_is_broken_is_loud(
    model: RecordModel, monkeypatch: pytest.MonkeyPatch
) -> None:
    broken = pdf.TEMPLATE.with_name("no-such-template.typ")
    monkeypatch.setattr(pdf, "TEMPLATE", broken)

    with pytest.raises((typst.TypstError, OSError, RuntimeError)):
        render_pdf(model)


def test_a_record_with_nearly_nothing_in_it_is_still_a_record(model: RecordModel) -> None:
    bare = RecordModel(
        reference="BP-2026-003",
        activation=2,
        kind=Kind.REAL,
        title="t",
        marking="TLP:AMBER+STRICT",
        playbook=model.playbook,
        triggered=model.triggered,
        generated_at=model.generated_at,
    )

    text = words(render_pdf(bare))

    assert "No member was asked." in text
    assert "not sealed when this was made" in text
    assert "not reached" in text


def test_fifty_members_fit_their_pages(model: RecordModel) -> None:
    many = replace(model, members=(model.members * 5)[:49])

    assert "not reached" in words(render_pdf(many))
