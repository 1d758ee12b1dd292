"""A page's address stands in its `Page` alone, every page is listed, and no link leads nowhere."""

import ast
import pkgutil
import re
from collections.abc import Iterator
from importlib import import_module

import pytest
from starlette.routing import Route

import dashboard
from dashboard.app import PAGES
from dashboard.web.layout import TEMPLATES
from dashboard.web.page import Page, by_name
from tests.support.rooms import Source, read, sources

NAMED = by_name(PAGES)
PATTERNS = {page.path: Route(page.path, lambda _: None).path_regex for page in PAGES}
NAMING_CALLS = {"path_of", "Link"}
LINKS = re.compile(r"""\b(href|action)="(/[^"]*)\"""")
BY_NAME = re.compile(r"""path_of\('(\w+)'""")


def in_the_dashboard() -> Iterator[Source]:
    return (source for source in sources() if source.path.startswith("dashboard/"))


def page_of(path: str) -> Page | None:
    """The page that answers a path, whatever its address asks for."""
    path = re.split(r"[?#]", path)[0]
    return next((page for page in PAGES if PATTERNS[page.path].fullmatch(path)), None)


def called(node: ast.AST) -> str:
    if not isinstance(node, ast.Call):
        return ""
    return node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")


def as_read(node: ast.AST) -> str:
    """A string as it begins with its first slash, with something for each value in it."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if not isinstance(node, ast.JoinedStr):
        return ""
    parts = [str(one.value) if isinstance(one, ast.Constant) else "1" for one in node.values]
    is_behind_a_host = not isinstance(node.values[0], ast.Constant) if node.values else False
    return "".join(parts[1:] if is_behind_a_host else parts)


def paths_outside_their_pages(source: Source) -> Iterator[str]:
    """A slash alone also parts other things, so it is not counted."""
    within = {id(n) for page in source.nodes if called(page) == "Page" for n in ast.walk(page)}
    whole = [node for node in source.nodes if isinstance(node, ast.JoinedStr)]
    within |= {id(part) for node in whole for part in node.values}
    for node in source.nodes:
        text = as_read(node)
        if id(node) not in within and text.startswith("/") and text != "/" and page_of(text):
            yield f"{source.path}:{node.lineno} {text}"  # type: ignore[attr-defined]


def test_no_path_of_a_page_is_written_outside_its_page() -> None:
    found = [one for source in in_the_dashboard() for one in paths_outside_their_pages(source)]

    assert found == [], "name the page instead: request.path_of(name, …) or Link(name, …)"


@pytest.mark.parametrize(
    "text",
    [
        'go("/sign-in")', 'go("/sign-in?out=1")', 'go(f"/new/{draft.id}")', 'HERE = "/a/x"',
        'go(f"/situation/{reference}/call/{code}#top")', 'go(f"{public_url}/sign-in/{token}")',
    ],
)  # fmt: skip
def test_a_path_that_is_written_would_be_found(text: str) -> None:
    assert list(paths_outside_their_pages(read(text)))


@pytest.mark.parametrize(
    "text", ['Page("/sign-in", show, lets=ANYONE)', 'path.split("/")', 'asset("/static/x.css")']
)
def test_what_is_no_path_of_a_page_or_stands_in_it_is_left_in_peace(text: str) -> None:
    assert not list(paths_outside_their_pages(read(text)))


def test_every_page_that_is_made_is_listed_once() -> None:
    modules = pkgutil.walk_packages(dashboard.__path__, "dashboard.")
    made = [
        one
        for module in modules
        if not module.ispkg
        for one in vars(import_module(module.name)).values()
        if isinstance(one, Page)
    ]

    assert {page.path for page in made} == {page.path for page in PAGES}
    assert len({page.path for page in PAGES}) == len(PAGES)


def names_in_python() -> set[str]:
    calls = (node for source in in_the_dashboard() for node in source.nodes if called(node))
    return {
        str(argument.value)
        for call in calls
        if isinstance(call, ast.Call) and called(call) in NAMING_CALLS
        for argument in (call.args[:1] if called(call) == "Link" else call.args)
        if isinstance(argument, ast.Constant)
    }


def templates() -> Iterator[tuple[str, str]]:
    assert TEMPLATES.loader is not None
    for name in TEMPLATES.list_templates():
        yield name, TEMPLATES.loader.get_source(TEMPLATES, name)[0]


def test_every_page_that_a_link_names_is_there_and_no_name_is_for_nobody() -> None:
    in_templates = {name for _, text in templates() for name in BY_NAME.findall(text)}

    assert {*names_in_python(), *in_templates} == set(NAMED)


def test_every_address_in_a_template_is_a_page_that_answers_it() -> None:
    links = [(n, *found) for n, text in templates() for found in LINKS.findall(text)]
    assert len(links) > 50

    for name, kind, written in links:
        path = re.sub(r"\{\{.*?\}\}", "1", written)
        page = page_of(path)
        assert page is not None, (name, written)
        assert (page.shows if kind == "href" else page.takes) is not None, (name, written)
