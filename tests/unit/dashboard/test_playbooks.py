"""What was agreed, on a page that anybody at a desk can read."""

import re

import pytest

from convening.messages import compose, preflight
from notifications.content import gsm_segments
from playbooks import schema
from settings import Settings
from tests.support.web import NewBrowser

NAMES = schema.playbook_names()


def test_the_list_names_every_playbook_and_its_version(browser: NewBrowser) -> None:
    page = browser("auditor").open("/playbooks")

    for name in NAMES:
        _, playbook = schema.load(name)
        assert f'<a href="/playbooks/{name}">{playbook.title}</a>' in page
    assert page.count("✓") == len(NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_page_has_a_row_for_each_rung_and_the_end(browser: NewBrowser, name: str) -> None:
    text, playbook = schema.load(name)

    page = browser("co_chair-id").open(f"/playbooks/{name}")

    ladder = page[page.index('id="ladder"') : page.index('id="texts"')]
    assert (
        len(re.findall(r'<tr role="row" class="open">', ladder)) == len(playbook.ladder.rungs) + 1
    )
    assert "At once" in ladder
    assert schema.fingerprint(text)[:16] in page
    assert "1 part," in page


@pytest.mark.parametrize("name", NAMES)
def test_the_texts_shown_are_those_that_are_checked(name: str) -> None:
    _, playbook = schema.load(name)
    settings = Settings()

    for _, text in preflight.longest_texts(playbook, settings=settings):
        assert gsm_segments.count(text).parts == 1
        assert playbook.wording.short_title in text or compose.NO_TITLE in text


@pytest.mark.parametrize("name", ["no-such", "..%2Fschema", "generic.yaml"])
def test_there_is_nothing_else_to_be_read_there(browser: NewBrowser, name: str) -> None:
    browser("secretariat").open(f"/playbooks/{name}", status=404)


def test_the_operator_reads_no_playbook_here(browser: NewBrowser) -> None:
    browser("operator").open("/playbooks", status=403)
