"""What do the pages of the reference say that can be read off the code?

`python -m docs.reference.generate` writes them anew; a test holds the committed files against this.
"""
# ruff: noqa: INP001 - a script that lies beside what it writes

import ast
import io
import tokenize
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Any, Final

import typer
from pydantic import SecretStr
from pydantic.fields import FieldInfo

import cli
from dashboard.accounts import reauthenticate
from dashboard.web import sessions
from docs.reference import reply_reading, security_checklist
from mechanism import lifecycle
from mechanism.lifecycle import TRANSITIONS, is_end
from mechanism.vocabulary import AttemptOutcome, ConcurrenceAnswer, PointKind, Role
from playbooks import schema, situation
from settings import Settings
from store import roster
from store.tables import Base

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
ROOMS: Final = (
    "cli", "dashboard", "flows", "convening", "notifications", "records", "store", "playbooks",
    "mechanism",
)  # fmt: skip
READS_EVENTS: Final = "convening/timeline.py"
FILLED: Final[Mapping[str, type[StrEnum]]] = {
    "cm.attempt.{outcome.value}.v1": AttemptOutcome,
    "cm.concurrence.{answer.value}.v1": ConcurrenceAnswer,
    "cm.{kind.value}.noted.v1": PointKind,
}
"""Event types that the code puts together, and from which words."""
BY_TABLE: Final = "cm.{row.__tablename__}.{event.value}.v1"  # every transition


def pages() -> dict[str, str]:
    """Every generated file of the reference, by its name."""
    return {
        "lifecycle.md": lifecycle_page(),
        "settings.md": settings_page(),
        "commands.md": commands_page(),
        "ledger-events.md": events_page(),
        "reply-reading.md": reply_reading.page(),
        "security-checklist.md": security_checklist.page(),
        "roles.md": roles_page(),
        **schema.schemas(),
        **situation.schemas(),
        **roster.schemas(),
    }


def roles_page() -> str:
    """Who may ask for what, as the guard before every route reads it."""
    lines = [
        "# Roles and routes",
        "",
        (
            "Who may enter by which route: the same table that stands before every page "
            "(`dashboard/web/sessions.py`). A route that is not in it is not served. A proof is "
            "asked for once more where the last column says so."
        ),
        "",
        "| route | method | " + " | ".join(_role(role) for role in _ROLES) + " | proof |",
        "| --- | --- |" + " :-: |" * (len(_ROLES) + 1),
    ]
    for route, methods in sessions.ENTRY.items():
        for method, who in methods.items():
            marks = " | ".join("yes" if role in who else "" for role in _ROLES)
            proof = "yes" if method == "POST" and route in reauthenticate.ACTS else ""
            lines.append(f"| `{route}` | {method} | {marks} | {proof} |")
    return "\n".join(lines) + "\n"


_ROLES: Final = (*Role, None)


def _role(role: Role | None) -> str:
    return role.value.replace("_", "-") if role else "nobody signed in"


def main() -> None:
    """Write them."""
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")


def _table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = [head, ["---"] * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n".replace("|  |", "| |") for line in lines)


def _words(value: str) -> str:
    return value.replace("_", " ")


_OF_STATES: Final = """\
# States, and who moves them on

Each thing is in exactly one state. Only the events below can move it, and every move is written to
the ledger in the same transaction. An end is a state in which nothing automatic is expected any
more.
"""
_BEGINS_ALSO: Final = {lifecycle.ActivationState.ACTIVE}  # where no concurrence is waited for


def lifecycle_page() -> str:
    """A diagram and two tables for each noun."""
    said = _comments(Path(lifecycle.__file__))
    return "\n".join([_OF_STATES, *(_noun(states, said) for states in TRANSITIONS)])


def _noun(states: type[StrEnum], said: Mapping[tuple[str, str], str]) -> str:
    events = type(next(event for _, event in TRANSITIONS[states]))
    name = states.__name__.removesuffix("State")
    rows = [(f"`{s.value}`", *_true_and_next(said[states.__name__, s.name])) for s in states]
    happens = [(f"`{e.value}`", said.get((events.__name__, e.name), "")) for e in events]
    return "\n".join(
        [
            f"## {name}\n\n{states.__doc__}\n",
            _diagram(states),
            _table(("state", "what is true", "who or what moves it on"), rows),
            _table(("event", "who or what"), happens),
        ]
    )


def _true_and_next(comment: str) -> tuple[str, str]:
    """A member's comment says what is true, and after the last semicolon who moves it on."""
    true, _, moves = comment.rpartition("; ")
    return true, moves


def _diagram(states: type[StrEnum]) -> str:
    begins = [s for n, s in enumerate(states) if n == 0 or s in _BEGINS_ALSO]
    lines = ["stateDiagram-v2", *(f"[*] --> {state.value}" for state in begins)]
    arrows: dict[tuple[StrEnum, StrEnum], list[str]] = {}
    for (before, event), after in TRANSITIONS[states].items():
        arrows.setdefault((before, after), []).append(_words(event.value))
    lines += [f"{a.value} --> {b.value}: {' / '.join(on)}" for (a, b), on in arrows.items()]
    lines += [f"{state.value} --> [*]" for state in states if is_end(state)]
    return "```mermaid\n" + "\n    ".join(lines) + "\n```\n"


def _comments(path: Path) -> dict[tuple[str, str], str]:
    """The comment beside each member of each class of a file."""
    text = path.read_text(encoding="utf-8")
    tokens = tokenize.generate_tokens(io.StringIO(text).readline)
    by_line = {t.start[0]: t.string.lstrip("# ") for t in tokens if t.type == tokenize.COMMENT}
    return {
        (kind.name, line.targets[0].id): by_line[line.lineno]
        for kind in ast.parse(text).body
        if isinstance(kind, ast.ClassDef)
        for line in kind.body
        if isinstance(line, ast.Assign)
        and isinstance(line.targets[0], ast.Name)
        and line.lineno in by_line
    }


_OF_SETTINGS: Final = """\
# Settings

Each has a default that works on one machine. An environment variable changes it; a secret may also
come from a file of the same name in the folder that `CM_SECRETS_DIR` names. `convene doctor` says
what does not fit together.

"""


def settings_page() -> str:
    """Every setting with the environment variable that changes it."""
    rows = [
        (f"`CM_{name.upper()}`", _default(field), (field.description or "").replace("|", "\\|"))
        for name, field in Settings.model_fields.items()
    ]
    return _OF_SETTINGS + _table(("variable", "default", "what it is"), rows)


def _default(field: FieldInfo) -> str:
    value = field.default
    if isinstance(value, SecretStr):
        return "for loopback only" if value.get_secret_value() else "empty"
    if isinstance(value, bool):
        return f"`{str(value).lower()}`"
    return f"`{value}`" if str(value) else "empty"


_OF_COMMANDS: Final = """\
# Commands

`convene` is the operator's desk. Exit status 0 means that what was asked is so. With `--json`, JSON
goes to standard output and everything else to standard error.
"""


@dataclass(frozen=True)
class _Command:
    """A command of the desk with its whole name."""

    name: str
    node: Any  # Typer's own copy of click has no public types

    def walk(self) -> Iterator["_Command"]:
        """It and everything below it."""
        yield self
        for name, node in getattr(self.node, "commands", {}).items():
            yield from _Command(f"{self.name} {name}", node).walk()


def commands_page() -> str:
    """Every command with its arguments and options."""
    desk = _Command("convene", typer.main.get_command(cli.app))
    return "\n".join(
        [_OF_COMMANDS, *(_command(one) for one in desk.walk() if one.name != "convene")]
    )


def _command(command: _Command) -> str:
    words = [_as_typed(parameter) for parameter in command.node.params]
    if hasattr(command.node, "commands"):
        return f"## {command.name}\n\n{command.node.help}\n"
    level = "#" * min(3, len(command.name.split()))
    lines = [f"{level} {command.name}\n\n{command.node.help}\n"]
    if words:
        lines.append(f"```\n{' '.join([command.name, *words])}\n```\n")
    options = [(_names(p), _preset(p), p.help or "") for p in command.node.params]
    if any(said for _, _, said in options):
        lines.append(_table(("argument or option", "default", "what it is"), options))
    return "\n".join(lines)


def _is_argument(parameter: Any) -> bool:
    return bool(parameter.param_type_name == "argument")


def _as_typed(parameter: Any) -> str:
    name = parameter.name.upper().replace("_", "-")
    if _is_argument(parameter):
        typed = f"{name}..." if parameter.nargs == -1 else name
    else:
        typed = parameter.opts[0] if parameter.is_flag else f"{parameter.opts[0]} {name}"
    return str(typed if parameter.required else f"[{typed}]")


def _names(parameter: Any) -> str:
    if _is_argument(parameter):
        return f"`{parameter.name.upper()}`"
    return ", ".join(f"`{name}`" for name in (*parameter.opts, *parameter.secondary_opts))


def _preset(parameter: Any) -> str:
    if parameter.required:
        return "required"
    if parameter.default is None or parameter.default is False or parameter.default == "":
        return ""
    return f"`{str(parameter.default).removeprefix(f'{ROOT}/')}`"


_OF_EVENTS: Final = """\
# Events of the ledger

Each is a CloudEvent in canonical JSON: `type`, `subject` (noun and id), `time` (when it happened),
`recordedtime`, `correlationid` (the situation's reference, or `system`), `causationid`, `authtype`
and `authid` (who, never by name), and `data`. Personal values stand in it as digests only.

## A state has changed

`data.change` holds the state `before` and `after`.

"""


def events_page() -> str:
    """Every type of event that the code can write."""
    moves = [(f"`{kind}`", *told) for kind, told in sorted(moving_events().items())]
    notes = [
        (f"`{kind}`", ", ".join(f"`{path}`" for path in sorted(paths)))
        for kind, paths in sorted(noted_events().items())
    ]
    moved, noted = _table(("type", "from", "to"), moves), _table(("type", "written by"), notes)
    return f"{_OF_EVENTS}{moved}\n## Something was done, said or seen\n\n{noted}"


def moving_events() -> dict[str, tuple[str, str]]:
    """The type of each transition, from where and to where it leads."""
    found: dict[str, list[tuple[str, str]]] = {}
    for states, table in _tables().items():
        for (before, event), after in TRANSITIONS[states].items():
            kind = BY_TABLE.format(row=table, event=event)
            found.setdefault(kind, []).append((before.value, after.value))
    return {
        kind: (_listed(a for a, _ in ways), _listed(b for _, b in ways))
        for kind, ways in found.items()
    }


def _listed(states: Iterable[str]) -> str:
    return ", ".join(dict.fromkeys(map(_words, states)))


def _tables() -> dict[type[StrEnum], type[Base]]:
    """The table whose rows are in these states."""
    found: dict[type[StrEnum], type[Base]] = {}
    for mapper in Base.registry.mappers:
        if "state" in mapper.columns:
            kind: Any = mapper.columns["state"].type
            found[kind.enum_class] = mapper.class_
    return found


def noted_events() -> dict[str, set[str]]:
    """The other types, and which files write them."""
    found: dict[str, set[str]] = {}
    for path in _sources():
        for kind in _types_in(ast.parse(path.read_text(encoding="utf-8"))):
            found.setdefault(kind, set()).add(str(path.relative_to(ROOT)))
    return {kind: paths for kind, paths in found.items() if kind not in moving_events()}


def _sources() -> Iterator[Path]:
    inside = (path for room in ROOMS for path in (ROOT / room).rglob("*.py"))
    yield from (p for p in sorted(inside) if p != ROOT / READS_EVENTS)


def _types_in(tree: ast.Module) -> Iterator[str]:
    for node in ast.walk(tree):
        text = _text(node)
        if text in FILLED:
            start, _, rest = text.partition("{")
            yield from (f"{start}{word.value}{rest.partition('}')[2]}" for word in FILLED[text])
        elif text.startswith("cm.") and text.endswith(".v1") and text != BY_TABLE:
            yield text


def _text(node: ast.AST) -> str:
    """A literal string; one that is put together as it stands in the source."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    return ast.unparse(node)[2:-1] if isinstance(node, ast.JoinedStr) else ""


if __name__ == "__main__":
    main()
