"""How long does the record take as PDF and as Word document, beside the bare engines?"""

import io
import json
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, Final

import docx
import typst
from docxtpl import DocxTemplate
from sqlalchemy.orm import Session

from benchmarks.measuring import Benchmark, Measured, in_turns, milliseconds
from benchmarks.places import CO_CHAIR, everybody, new_installation, trigger
from convening import acknowledge, record
from convening.acknowledge import MemberAnswer
from mechanism.assurance import Assurance
from mechanism.vocabulary import AcknowledgementResponse, Door
from records.content import RecordModel
from records.docx import render_docx
from records.pdf import render_pdf
from store.act import Act
from store.installation import Installation
from store.tables import Activation

ROUNDS: Final = 7
FONTS: Final = Path(render_pdf.__code__.co_filename).parent / "fonts"


def record_pdf() -> Measured:
    """Milliseconds for one archival PDF."""
    model = _model()
    words = "\n\n".join(_words(json.loads(model.to_json())))
    fonts = typst.Fonts(
        include_system_fonts=False, include_embedded_fonts=False, font_paths=[FONTS]
    )
    render_pdf(model)
    ours, limit = in_turns(
        lambda: milliseconds(lambda: render_pdf(model)),
        lambda: milliseconds(lambda: _typeset(words, fonts)),
        rounds=ROUNDS,
    )
    return Measured(ours, "ms", "typst of the bare text", limit, ROUNDS)


def record_docx() -> Measured:
    """Milliseconds for one Word document."""
    model, empty = _model(), io.BytesIO()
    docx.Document().save(empty)
    render_docx(model)
    ours, limit = in_turns(
        lambda: milliseconds(lambda: render_docx(model)),
        lambda: milliseconds(lambda: _filled(empty)),
        rounds=ROUNDS,
    )
    return Measured(ours, "ms", "docxtpl with an empty template", limit, ROUNDS)


@cache
def _model() -> RecordModel:
    """Of a situation in which everybody was asked and has acknowledged."""
    with new_installation() as installation, installation.database.transaction() as session:
        activation = trigger(session, installation, everybody(session))
        _all_acknowledge(session, installation, activation)
        return record.compile_model(
            session, activation, revision=1, simulated=False, now=installation.now(),
            settings=installation.settings,
        )  # fmt: skip


def _all_acknowledge(session: Session, installation: Installation, activation: Activation) -> None:
    for notice in activation.notices:
        now, proof = installation.now(), Assurance(3, "A benchmark said so.")
        word = MemberAnswer(Door.CALL, AcknowledgementResponse.RECEIVED, proof, happened_at=now)
        acknowledge.acknowledge(session, Act(CO_CHAIR, now), notice, word)


def _words(value: Any) -> Iterator[str]:
    """Every text in the model, without its names."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict | list):
        for part in value.values() if isinstance(value, dict) else value:
            yield from _words(part)


def _typeset(words: str, fonts: typst.Fonts) -> bytes:
    return typst.compile(
        b"#sys.inputs.words",
        format="pdf",
        sys_inputs={"words": words},
        font_paths=fonts,
        ignore_system_fonts=True,
    )


def _filled(empty: io.BytesIO) -> None:
    empty.seek(0)
    template = DocxTemplate(empty)
    template.render({})
    template.save(io.BytesIO())


BENCHMARKS: Final = (
    Benchmark("record_pdf", record_pdf),
    Benchmark("record_docx", record_docx),
)
