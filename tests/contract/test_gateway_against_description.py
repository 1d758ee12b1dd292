"""The simulated gateway is what the provider's public description of its API says.

Schemathesis makes the requests, good and bad ones, and judges every answer. Each exclusion says
why it is there.
"""

import asyncio
import json
import os
import re
import threading
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import pytest
import schemathesis
from hypothesis import strategies as st
from schemathesis import engine
from schemathesis.engine.events import ScenarioFinished

from simulator import DEMO_ACCOUNT, DEMO_TOKEN, Does, Gateway, Persona, rest
from simulator.exchange import ENDS

BASE: Final = "/2010-04-01/Accounts/{AccountSid}"
PATHS: Final = (
    "/Messages.json",
    "/Messages/{Sid}.json",
    "/Messages/{MessageSid}/Feedback.json",
    "/Calls.json",
    "/Calls/{Sid}.json",
)
EXAMPLES: Final = 8  # a method of a path; with the examples and the borders of each parameter

RFC_2822: Final = r"^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} \+0000$"
EXCLUDED: Final = {
    "status_code_conformance": "the description documents the answers of success only",
    "positive_data_acceptance": "it requires To alone, where a sender and a text are needed too, "
    "and takes any string for a telephone number",
}
"""Checks that are not made, and why."""


@pytest.fixture(scope="module")
def description() -> dict[str, Any]:
    """Twilio's public description of its API (OpenAPI), from where CM_TWILIO_OAI says it is."""
    path = os.environ.get("CM_TWILIO_OAI")
    if not path:
        pytest.skip("CM_TWILIO_OAI does not name Twilio's API description twilio_api_v2010.json")
    described: dict[str, Any] = json.loads(Path(path).read_text(encoding="utf-8"))
    described["paths"] = {f"{BASE}{path}": described["paths"][f"{BASE}{path}"] for path in PATHS}
    tighten(described)
    return described


def tighten(described: dict[str, Any]) -> None:
    """Ask for more than is described: no property is missing, none unknown, dates are dates.

    A page's addresses are described as
    `format: uri`, while Twilio sends, and the SDK follows, paths without a host. A list of one and
    a plain word are the same in a form, so that PersistentAction, for other channels than SMS, is
    not asked about.
    """
    creates = described["paths"][f"{BASE}/Messages.json"]["post"]["requestBody"]["content"]
    form = creates["application/x-www-form-urlencoded"]
    for fields in (form["schema"]["properties"], *(e["value"] for e in form["examples"].values())):
        fields.pop("PersistentAction", None)
    names = ("account.message", "account.call", "account.message.message_feedback")
    schemas = [described["components"]["schemas"][f"api.v2010.{name}"] for name in names]
    for path in ("/Messages.json", "/Calls.json"):
        answer = described["paths"][f"{BASE}{path}"]["get"]["responses"]["200"]
        schemas.append(answer["content"]["application/json"]["schema"])
    for schema in schemas:
        schema |= {"required": list(schema["properties"]), "additionalProperties": False}
        for value in schema["properties"].values():
            if value.get("format") == "uri":
                del value["format"]
            if value.get("format") == "date-time-rfc-2822":
                value["pattern"] = RFC_2822


class Provider:
    """A gateway in a thread of its own, with messages and calls to be asked about."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)
        self._thread.start()
        self.gateway = Gateway(rate=10_000.0)
        self.gateway.install([Persona(("+14155552345", "+15558675310"), Does.PROMPT)])
        self._do(self.gateway.start())

    def close(self) -> None:
        self._do(self.gateway.close())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def fill(self, case: schemathesis.Case[Any]) -> None:
        """Let a path that is well formed name something that exists."""
        path = case.path_parameters
        if "Sid" in path and "/Calls/" in case.path and is_sid(path["Sid"], "CA"):
            path["Sid"] = self._do(self._over())
        for name in ("Sid", "MessageSid"):
            if name in path and "/Messages/" in case.path and is_sid(path[name], "SM|MM"):
                path[name] = self._do(self._message())

    async def _message(self) -> str:
        form = {"To": "+999100000001", "From": "+9990000000", "Body": "urgent"}
        return (await self.gateway._carrier.take(form)).sid

    async def _over(self) -> str:
        """A call that is over, and may be deleted."""
        twiml = "<Response><Say>Press 1.</Say></Response>"
        form = {"To": "+999100000001", "From": "+9990000000", "Twiml": twiml}
        call = await self.gateway._exchange.take(form)
        self.gateway._exchange.end(call, "canceled")
        await self.gateway.arrivals.until(lambda: call.status in ENDS)
        return call.sid

    def _do(self, work: Any) -> Any:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result(20)


def is_sid(text: object, prefix: str) -> bool:
    return re.fullmatch(f"({prefix})[0-9a-fA-F]{{32}}", str(text)) is not None


@pytest.fixture
def provider() -> Iterator[Provider]:
    provider = Provider()
    yield provider
    provider.close()


def judged(description: dict[str, Any], provider: Provider) -> "Verdict":
    """Every operation, asked and judged."""
    config = schemathesis.Config.from_dict({
        "seed": 1,
        "max-failures": 20,
        "base-url": provider.gateway.http_url,
        "auth": {"basic": {"username": DEMO_ACCOUNT, "password": DEMO_TOKEN}},
        "parameters": {"path.AccountSid": DEMO_ACCOUNT},
        "checks": {name: {"enabled": False} for name in EXCLUDED},
        "phases": {"stateful": {"enabled": False}},  # the description has no links
        "generation": {"max-examples": EXAMPLES, "database": "none"},
    })  # fmt: skip
    schema = schemathesis.openapi.from_dict(description, config=config)

    def before_call(_: schemathesis.HookContext, case: schemathesis.Case[Any], __: object) -> None:
        provider.fill(case)

    for name in ("phone-number", "endpoint"):
        schemathesis.openapi.format(name, st.from_regex(r"\A\+999[0-9]{8}\Z"))
    schemathesis.hook(before_call)
    try:
        return Verdict(engine.from_schema(schema).execute())
    finally:
        schemathesis.hooks.unregister(before_call)


class Verdict:
    """What was asked, and what was wrong with the answers."""

    def __init__(self, events: Iterable[object]) -> None:
        self.asked: Counter[str] = Counter()
        self.statuses: Counter[tuple[str, int]] = Counter()
        self.wrong: list[str] = []
        for event in events:
            if isinstance(event, ScenarioFinished):
                self._read(event)

    def _read(self, event: ScenarioFinished) -> None:
        recorder = event.recorder
        for interaction in recorder.interactions.values():
            if interaction.response is not None:
                method = recorder.label.partition(" ")[0]
                self.statuses[(recorder.label, interaction.response.status_code)] += 1
                self.asked[method] += 1
        for checks in recorder.checks.values():
            for check in checks:
                if check.failure_info is not None:
                    failure = check.failure_info
                    self.wrong.append(f"{recorder.label}: {failure.failure}\n{failure.code_sample}")


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
def test_every_answer_is_as_described_and_every_bad_request_is_refused(
    description: dict[str, Any], provider: Provider
) -> None:
    verdict = judged(description, provider)

    assert not verdict.wrong, "\n\n".join(verdict.wrong)
    for operation, status in (
        ("GET {}/Messages.json", 200),
        ("POST {}/Messages.json", 201),
        ("GET {}/Messages/{{Sid}}.json", 200),
        ("POST {}/Messages/{{Sid}}.json", 200),
        ("DELETE {}/Messages/{{Sid}}.json", 204),
        ("POST {}/Messages/{{MessageSid}}/Feedback.json", 200),
        ("GET {}/Calls.json", 200),
        ("POST {}/Calls.json", 201),
        ("GET {}/Calls/{{Sid}}.json", 200),
        ("POST {}/Calls/{{Sid}}.json", 200),
        ("DELETE {}/Calls/{{Sid}}.json", 204),
    ):
        assert verdict.statuses[(operation.format(BASE), status)], f"{operation} never succeeded"
    assert sum(n for (_, status), n in verdict.statuses.items() if status == 400) > 100


@pytest.mark.filterwarnings("ignore::hypothesis.errors.HypothesisWarning")
@pytest.mark.parametrize("change", [{"status": "gone"}, {"sid": "SM1"}, {"date_created": "now"}])
def test_a_wrong_answer_would_be_noticed(
    description: dict[str, Any],
    provider: Provider,
    monkeypatch: pytest.MonkeyPatch,
    change: dict[str, str],
) -> None:
    right = rest.ok
    monkeypatch.setattr(rest, "ok", lambda body, *status: right({**body, **change}, *status))
    path = f"{BASE}/Messages/{{Sid}}.json"
    fetch = {"get": description["paths"][path]["get"]}

    verdict = judged({**description, "paths": {path: fetch}}, provider)

    assert any("Response violates schema" in wrong for wrong in verdict.wrong)
