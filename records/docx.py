"""How does the record become a Word document that the secretariat works on?

Filled into a template that may be restyled in Word; the same model gives the same bytes.
"""

import io
from datetime import UTC
from typing import Any, Final

from docx.oxml.ns import qn
from docx.shared import Mm
from docxtpl import DocxTemplate, InlineImage
from jinja2 import Environment, StrictUndefined

from records.content import RecordModel
from records.pdf import render_png
from records.sheet import Sheet, lay_out
from records.word_template import TEMPLATE, undated

CURVE_WIDTH: Final = 110  # mm


def render_docx(model: RecordModel) -> bytes:
    """The record for working on; the PDF is never made from it."""
    sheet = lay_out(model)
    template = DocxTemplate(TEMPLATE)
    picture = InlineImage(
        template, io.BytesIO(render_png(sheet["curve"], width_pt=340)), width=Mm(CURVE_WIDTH)
    )
    template.render(
        {**sheet, "curve_picture": picture},
        jinja_env=Environment(undefined=StrictUndefined, autoescape=True),
        autoescape=True,
    )
    _describe_pictures(template.docx, sheet["curve_alt"])
    _name(template.docx, model, sheet)
    packed = io.BytesIO()
    template.save(packed)
    return undated(packed.getvalue())


def _describe_pictures(document: Any, words: str) -> None:
    for picture in document.element.iter(qn("wp:docPr")):
        picture.set("descr", words)


def _name(document: Any, model: RecordModel, sheet: Sheet) -> None:
    """What a register of documents reads without opening it."""
    names = document.core_properties
    names.title, names.subject, names.comments = sheet["title"], sheet["reference"], sheet["status"]
    names.author = names.last_modified_by = sheet["author"]
    names.category, names.keywords, names.language = sheet["marking"], "", model.lang
    names.created = names.modified = model.generated_at.astimezone(UTC).replace(tzinfo=None)
    names.revision = model.revision
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), model.lang)
