"""How does a person send the form of a page?"""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from urllib.parse import urljoin

_NOT_TYPED = {"submit", "button", "image", "reset", "file"}


@dataclass
class PostedForm:
    """A form filled in as someone would who reads it and has nothing to add."""

    action: str = ""
    method: str = "get"
    fields: dict[str, str] = field(default_factory=dict)


def filled_form(html: str, page: str) -> PostedForm | None:
    """The first form of the page that changes something, filled in; None where there is none.

    Hidden inputs are sent as they are. Of a choice, the option marked `data-self` is taken, or else
    the first that says something. The first button is the one that is pressed.
    """
    reader = _Reader()
    reader.feed(html)
    reader.close()
    form = next((form for form in reader.forms if form.method == "post"), None)
    if form is not None:
        form.action = urljoin(page, form.action) if form.action else page
    return form


class _Reader(HTMLParser):
    def __init__(self) -> None:
        super().__init__()
        self.forms: list[PostedForm] = []
        self._form: PostedForm | None = None
        self._select = ""
        self._settled: set[str] = set()  # fields in which the person's own choice was found
        self._pressed = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self._begin(given)
        elif self._form is None:
            return
        elif tag == "input":
            self._input(self._form, given)
        elif tag == "select":
            self._select = given.get("name", "")
        elif tag == "option" and self._select:
            self._choose(self._form, self._select, given)
        elif tag == "textarea" and (name := given.get("name", "")):
            self._form.fields[name] = ""
        elif tag == "button":
            self._press(self._form, given)

    def handle_endtag(self, tag: str) -> None:
        if tag == "form":
            self._form = None
        elif tag == "select":
            self._select = ""

    def _begin(self, given: dict[str, str]) -> None:
        self._form = PostedForm(given.get("action", ""), given.get("method", "get").lower())
        self._settled, self._pressed = set(), False
        self.forms.append(self._form)

    def _input(self, form: PostedForm, given: dict[str, str]) -> None:
        kind, name = given.get("type", "text").lower(), given.get("name", "")
        if kind == "submit":
            self._press(form, given)
        elif not name or kind in _NOT_TYPED:
            return
        elif kind == "radio":
            self._choose(form, name, given)
        elif kind == "checkbox":
            if "checked" in given or "required" in given:
                form.fields[name] = given.get("value", "on")
        else:
            form.fields[name] = given.get("value", "")

    def _choose(self, form: PostedForm, name: str, given: dict[str, str]) -> None:
        value = given.get("value", "")
        if "disabled" in given or name in self._settled:
            return
        if "data-self" in given:
            self._settled.add(name)
            form.fields[name] = value
        elif not form.fields.get(name):
            form.fields[name] = value

    def _press(self, form: PostedForm, given: dict[str, str]) -> None:
        presses = given.get("type", "submit").lower() == "submit" and not self._pressed
        if presses:
            self._pressed = True
            if name := given.get("name", ""):
                form.fields[name] = given.get("value", "")
