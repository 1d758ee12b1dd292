"""How is a file from a stranger read, so that every complaint names the line and the remedy?

YAML is read into a Pydantic model; what does not fit comes back as `Fault`s, all of them at once.
"""

import json
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Annotated, Any, Final, TypeVar

import yaml
from pydantic import AfterValidator, BaseModel, ConfigDict, StringConstraints, ValidationError
from pydantic_core import ErrorDetails

M = TypeVar("M", bound=BaseModel)

_UNSEEN: Final = re.compile(
    "[\x00-\x09\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff\ufeff]"
)
_DIGITS: Final = re.compile("[0-9]{1,18}")


@dataclass(frozen=True)
class Fault:
    """One thing that is wrong, where, and how to mend it."""

    line: int | None
    field: str
    wrong: str
    mend: str

    def __str__(self) -> str:
        where = f"line {self.line}: " if self.line else ""
        return f"{where}{self.field}: {self.wrong}. {self.mend}"


class InvalidFileError(Exception):
    """The whole file is refused; `faults` says why, one by one."""

    def __init__(self, source: str, faults: Iterable[Fault]) -> None:
        self.source = source
        self.faults = tuple(faults)
        super().__init__("\n".join(f"{source}: {fault}" for fault in self.faults))


class MendableError(ValueError):
    """Raised by a model's own validator, with the remedy beside the complaint."""

    def __init__(self, wrong: str, mend: str) -> None:
        super().__init__(wrong)
        self.wrong, self.mend = wrong, mend


class Form(BaseModel):
    """Frozen, and nothing unknown is let through."""

    model_config = ConfigDict(extra="forbid", frozen=True)


def plain(text: str) -> str:
    """Refuse what would forge a hole of ours, end a header, or turn the reading direction."""
    if "[[" in text or "]]" in text:
        raise MendableError("'[[' and ']]' mark holes of our own", "Use single brackets.")
    found = _UNSEEN.search(text)
    if found:
        wrong = f"it holds the invisible sign U+{ord(found[0]):04X}"
        raise MendableError(wrong, "Type that part anew, without formatting.")
    return text


def seen(text: str) -> str:
    """The text without the signs that cannot be seen."""
    return _UNSEEN.sub("", text)


def whole_number(text: str) -> int | None:
    """The number that plain digits say, if a database can hold it."""
    return int(text) if _DIGITS.fullmatch(text) else None


def _one_line(text: str) -> str:
    if "\n" in text:
        raise MendableError("it has more than one line", "Write it on one line.")
    return text


def _different(values: tuple[Any, ...]) -> tuple[Any, ...]:
    if len(set(values)) < len(values):
        raise MendableError("it names something twice", "Name each once.")
    return values


def _not_empty(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """A minimum length of one that says nothing while an item has a fault of its own."""
    if not values:
        raise MendableError("it is empty", "Name at least one.")
    return values


OneLine: Final = AfterValidator(_one_line)
Once: Final = AfterValidator(_different)
NotEmpty: Final = AfterValidator(_not_empty)
Plain = Annotated[str, StringConstraints(strip_whitespace=True), AfterValidator(plain)]
"""Text that a message may hold, or nothing."""
PlainText = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1), AfterValidator(plain)
]
PlainLine = Annotated[PlainText, OneLine]


def published(model: type[BaseModel]) -> str:
    """A model's JSON Schema as the reference shows it."""
    dialect = {"$schema": "https://json-schema.org/draft/2020-12/schema"}
    return json.dumps(dialect | model.model_json_schema(), indent=2, ensure_ascii=False) + "\n"


def read_yaml(text: str, model: type[M], *, source: str) -> M:
    """The text as a model; RefusedError with every fault where it does not fit."""
    node = compose(text, source=source)
    try:
        return model.model_validate(construct(node, source=source))
    except ValidationError as error:
        raise InvalidFileError(source, faults_of(error, node)) from error


_TRIPS_ON: Final = (ValueError, LookupError, AttributeError, RecursionError)
"""What PyYAML lets out of itself: at 0b_, at !!bool x, at !!timestamp x, at a thousand brackets."""


class _Loader(yaml.SafeLoader):
    """Leaves dates as they are written: Pydantic reads them, and names the line of a wrong one."""

    yaml_implicit_resolvers = {  # noqa: RUF012 - PyYAML reads it from the class
        first: [r for r in resolvers if r[0] != "tag:yaml.org,2002:timestamp"]
        for first, resolvers in yaml.SafeLoader.yaml_implicit_resolvers.items()
    }

    def compose_node(self, parent: yaml.Node | None, index: Any) -> yaml.Node | None:
        """Refuse references: a few lines of them can stand for more than any memory holds."""
        if self.check_event(yaml.AliasEvent):
            at: Any = self.peek_event()  # type: ignore[no-untyped-call]
            problem = "a reference to another place; write it out"
            raise yaml.composer.ComposerError(None, None, problem, at.start_mark)
        return super().compose_node(parent, index)


def compose(text: str, *, source: str) -> yaml.Node | None:
    """The YAML's tree with its line numbers; RefusedError where it is not YAML at all."""
    try:
        with _refused(source):
            node = yaml.compose(text, Loader=_Loader)
    except yaml.reader.ReaderError as error:
        line = text.count("\n", 0, error.position) + 1
        fault = Fault(line, "file", f"it holds the sign U+{error.character:04X}", "Remove it.")
        raise InvalidFileError(source, [fault]) from error
    twice = list(_named_twice(node))
    if twice:
        raise InvalidFileError(source, twice)
    return node


def construct(node: yaml.Node | None, *, source: str) -> Any:
    """The plain values of a tree; RefusedError where it holds more than plain values."""
    with _refused(source):
        return yaml.constructor.SafeConstructor().construct_document(node) if node else None


@contextmanager
def _refused(source: str) -> Iterator[None]:
    """Whatever PyYAML stumbles over is a fault of the file, with the line where it knows one."""
    try:
        yield
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else None
        wrong = f"not readable as YAML ({error.problem})"
        mend = "Check the indentation, the quotes and the colons there."
        raise InvalidFileError(source, [Fault(line, "file", wrong, mend)]) from error
    except _TRIPS_ON as error:
        fault = Fault(None, "file", "not readable as YAML", "Write plain values, in quotes.")
        raise InvalidFileError(source, [fault]) from error


def _named_twice(node: yaml.Node | None) -> Iterator[Fault]:
    """Fields that a mapping names a second time; YAML would silently keep the last."""
    if isinstance(node, yaml.SequenceNode):
        for child in node.value:
            yield from _named_twice(child)
    if isinstance(node, yaml.MappingNode):
        seen: set[str] = set()
        for key, value in node.value:
            if str(key.value) in seen:
                line = key.start_mark.line + 1
                yield Fault(line, str(key.value), "it is there twice", "Remove one of them.")
            seen.add(str(key.value))
            yield from _named_twice(value)


def faults_of(error: ValidationError, node: yaml.Node | None) -> list[Fault]:
    """Pydantic's complaints with the line of the nearest node and a remedy each."""
    return [_fault(detail, node) for detail in error.errors()]


def _fault(detail: ErrorDetails, node: yaml.Node | None) -> Fault:
    line = line_of(node, detail["loc"])
    field = ".".join(str(part) for part in detail["loc"]) or "file"
    raised = detail.get("ctx", {}).get("error")
    if isinstance(raised, MendableError):
        return Fault(line, field, raised.wrong, raised.mend)
    return Fault(line, field, detail["msg"].rstrip("."), _remedy(detail))


_UNKNOWN: Final = "Remove it, or correct its spelling: the field is not known here."


def _remedy(detail: ErrorDetails) -> str:
    remedies = {
        "missing": "Add this field.",
        "extra_forbidden": _UNKNOWN,
        "unexpected_keyword_argument": _UNKNOWN,
        "string_too_long": "Shorten it.",
        "enum": "Use one of the words named.",
    }
    return remedies.get(detail["type"], f"It now says {str(detail['input'])[:60]!r}; correct it.")


def line_of(node: yaml.Node | None, path: Iterable[str | int]) -> int | None:
    """The line (from 1) of the deepest node on the path."""
    for part in path:
        deeper = _child(node, part)
        if deeper is None:
            break
        node = deeper
    return node.start_mark.line + 1 if node is not None else None


def _child(node: Any, part: str | int) -> yaml.Node | None:
    if isinstance(node, yaml.MappingNode):
        return next((value for key, value in node.value if key.value == str(part)), None)
    if isinstance(node, yaml.SequenceNode) and isinstance(part, int) and part < len(node.value):
        child: yaml.Node = node.value[part]
        return child
    return None
