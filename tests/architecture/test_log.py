"""The log is for operators: it holds no name, number, address or text of anybody."""

import ast
from collections.abc import Iterator

import pytest

from store.session import Database
from tests.support.rooms import Source, read, sources

LEVELS = {"debug", "info", "warning", "error", "exception", "critical", "log"}
LOGS = {"log", "_log", "LOG", "logger", "_logger", "logging"}
ARGUMENTS = {
    "type(error).__name__": "the kind of a fault",
    "refusal.status": "a number of HTTP",
    "refusal.reference": "eight digits of chance, which the page shows too",
    "route": "the pattern of a route, without what was filled in",
}
TRACEBACKS = {"flows/engine.py": "what broke inside; the database's driver keeps values to itself"}


def faults_in_logging(source: Source) -> Iterator[str]:
    for node in source.nodes:
        if isinstance(node, ast.Call) and _is_logging(node):
            yield from (f"{source.path}:{node.lineno}: {wrong}" for wrong in _wrong(source, node))


def _is_logging(call: ast.Call) -> bool:
    """`_log.info(…)`, `logging.info(…)`, `getLogger(…).info(…)`."""
    if not isinstance(call.func, ast.Attribute) or call.func.attr not in LEVELS:
        return False
    holder = call.func.value
    return (isinstance(holder, ast.Name) and holder.id in LOGS) or "getLogger" in ast.unparse(
        holder
    )


def _wrong(source: Source, call: ast.Call) -> Iterator[str]:
    assert isinstance(call.func, ast.Attribute)
    words = call.args[:1]
    if not words or not (isinstance(words[0], ast.Constant) and isinstance(words[0].value, str)):
        yield "its words are not fixed"
    for argument in call.args[1:]:
        if ast.unparse(argument) not in ARGUMENTS:
            yield f"{ast.unparse(argument)} is not known to be nobody's"
    if call.keywords:
        yield "it hands more than words to the log"
    if call.func.attr == "exception" and source.path not in TRACEBACKS:
        yield "a traceback may hold what somebody typed"


@pytest.mark.check(41, 43)
def test_no_log_line_can_hold_anything_of_a_person() -> None:
    assert [fault for source in sources() for fault in faults_in_logging(source)] == []


def test_the_rooms_do_log() -> None:
    logging = [n for s in sources() for n in s.nodes if isinstance(n, ast.Call) and _is_logging(n)]

    assert len(logging) > 3


@pytest.mark.parametrize(
    "text",
    [
        'log.info(f"{address} failed")', 'log.info("%s failed", address)', "log.info(words)",
        'LOG.warning("failed", extra={"to": address})', 'log.error("failed", exc_info=True)',
        'logging.getLogger("x").info("to " + address)', '_log.exception("failed")',
    ],
)  # fmt: skip
def test_a_line_that_could_would_be_found(text: str) -> None:
    assert list(faults_in_logging(read(text)))


@pytest.mark.check(43)
def test_a_fault_of_the_database_does_not_tell_the_values_of_its_statement(
    sqlite_url: str,
) -> None:
    database = Database(sqlite_url)

    assert database.engine.hide_parameters
    assert database._writer.hide_parameters
    database.close()
