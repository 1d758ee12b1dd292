"""The worst plan, over one whole consultation: each member acknowledges, or is named unreached."""

from pathlib import Path

from operations.examples import EXAMPLES
from operations.rehearsal import RehearsalRequest, rehearse
from tests.support.ports import free_port

WORST = EXAMPLES / "faults" / "worst.yaml"


def test_a_rehearsal_with_the_worst_faults_ends_with_everybody_acknowledged_or_named(
    tmp_path: Path,
) -> None:
    said: list[str] = []
    asked = RehearsalRequest(tmp_path / "out", seed=1, faults=WORST)

    outcome = rehearse(asked, ports=[free_port() for _ in range(4)], say=said.append)

    assert outcome.complete, outcome
    assert outcome.acknowledged > 0
    assert outcome.messages >= outcome.members
    assert {Path(name).name for name in outcome.files} == {
        "record.pdf", "record.docx", "evidence.zip",
    }  # fmt: skip
    assert all(Path(name).stat().st_size for name in outcome.files)
