"""A situation from the host: trigger it when the dashboard cannot, and write its record."""

import json
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from cli.desk import AsJson, console, fail, failing_on, opened, say
from validation import InvalidFileError

if TYPE_CHECKING:
    from convening.activate import Plan, Wish
    from playbooks.situation import SituationFacts
    from store.installation import Installation

verbs = typer.Typer()


@verbs.command()
def activate(
    situation: Annotated[Path, typer.Argument(help="YAML with the facts.")],
    government: Annotated[str, typer.Option(help="The co-chair who acts.")],
    reason: Annotated[str, typer.Option(help="Why from the host, and not from the dashboard.")],
    members: Annotated[str, typer.Option(help="Codes, comma-separated; else the playbook's.")] = "",
    confirm: Annotated[str, typer.Option(help="REAL or EXERCISE, typed beforehand.")] = "",
    as_json: AsJson = False,
) -> None:
    """Break-glass: the same act as the dashboard's, from the host; every co-chair is told."""
    from convening import from_the_host
    from convening.activate import CannotDrawUpError
    from playbooks.situation import read_situation

    codes = tuple(c.strip() for c in members.split(",") if c.strip())
    with failing_on(InvalidFileError, CannotDrawUpError), opened() as installation:
        facts = read_situation(situation.read_text("utf-8"), source=situation.name)
        plan = _drawn_up(installation, facts, codes, government)
        _confirm(plan, confirm)
        with installation.database.transaction() as session:
            done = from_the_host.activate_by_break_glass(
                session,
                plan.wish,
                confirmed=plan.hash,
                government=government,
                reason=reason,
                now=installation.now(),
                settings=installation.settings,
            )
            said = _line(done.situation.reference, done.id, plan.wish)
    print(json.dumps(said)) if as_json else say(f"{said['reference']} is triggered")


def _drawn_up(
    installation: "Installation",
    facts: "SituationFacts",
    codes: tuple[str, ...],
    government: str,
) -> "Plan":
    from convening.activate import Wish, asked_by_playbook, draw_up
    from convening.from_the_host import by_operator

    with installation.database.reading() as session:
        wish = Wish(facts, codes or asked_by_playbook(session, facts))
        act = by_operator(installation.now(), government=government)
        return draw_up(session, act, wish, settings=installation.settings)


def _line(reference: str, activation_id: int, wish: "Wish") -> dict[str, object]:
    return {"reference": reference, "activation": activation_id, "members": list(wish.members)}


def _confirm(plan: "Plan", typed: str) -> None:
    word = plan.wish.facts.kind.value.upper()
    for warned in plan.warnings:
        console().print(f"{warned.member}: {warned.sentence}", style="yellow", markup=False)
    asked = f"This sends {len(plan.lines)} messages to {len(plan.members)} members. Type {word}"
    if (typed or typer.prompt(asked, err=True)) != word:
        fail(f"Nothing was sent: the word to type is {word}.")


@verbs.command()
def record(activation_id: int, out: Annotated[Path, typer.Option()] = Path()) -> None:
    """Write the next revision of an activation's record, PDF and DOCX."""
    from convening.from_the_host import by_operator
    from convening.record import write_record
    from store.tables import Activation

    with opened() as installation, installation.database.transaction() as session:
        activation = session.get(Activation, activation_id)
        made = write_record(
            session,
            by_operator(installation.now()),
            activation or fail(f"no activation {activation_id}"),
            simulated=installation.clock.simulated,
            settings=installation.settings,
        )
        out.mkdir(parents=True, exist_ok=True)
        (out / "record.pdf").write_bytes(made.pdf)
        (out / "record.docx").write_bytes(made.docx)
    say(f"record.pdf and record.docx are in {out.absolute()}")
