"""What a real Prefect server sees: runs, deployments, schedules, and flows that load anywhere."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from operations.rehearsal import environment
from tests.support.faults.engine_process import EngineProcess
from tests.support.patience import PATIENCE
from tests.support.ports import free_port
from tests.support.scene import Scene

pytestmark = pytest.mark.prefect

ROOT = Path(__file__).parents[3]
DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
QUIET = {
    "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
    "DO_NOT_TRACK": "1",
    "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
    "PREFECT_LOGGING_LEVEL": "WARNING",
}


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("prefect")


@pytest.fixture(scope="module")
def api(home: Path) -> Iterator[str]:
    """The address of a real server, with a home of its own."""
    port = free_port()
    url = f"http://127.0.0.1:{port}/api"
    command = ("prefect", "server", "start", "--host", "127.0.0.1", "--port", str(port))
    with (home / "server.log").open("wb") as log:
        server = subprocess.Popen(  # noqa: S603 - our own command line
            [sys.executable, "-m", *command], env=_environ(home, url), stdout=log, stderr=log
        )
        try:
            _wait(url, server, home / "server.log")
            yield url
        finally:
            server.terminate()
            server.wait(20)


def _environ(home: Path, url: str) -> dict[str, str]:
    inherited = {k: v for k, v in os.environ.items() if not k.startswith("PREFECT_")}
    own = {"PREFECT_HOME": str(home), "PREFECT_API_URL": url, "CM_HOUSE": str(ROOT)}
    return {**inherited, **QUIET, **own}


def _wait(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    """Until its health answers; a connection that is refused is tried again."""
    until = time.monotonic() + PATIENCE * 2
    while True:
        try:
            asked(f"{url}/health")
        except OSError:
            assert server.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.2)
        else:
            return


def asked(url: str, body: object = None) -> Any:
    """What the server's API answers."""
    data = json.dumps(body).encode() if body is not None else None
    request = urllib.request.Request(  # noqa: S310 - our own loopback address
        url, data=data, headers={"Content-Type": "application/json"}
    )
    with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # noqa: S310 - as above
        return json.loads(answer.read())


@pytest.fixture(scope="module")
def deployed(api: str, home: Path) -> list[dict[str, Any]]:
    """What the server holds after the two commands that an operator types."""
    for command in (
        ("work-pool", "create", "convene", "--type", "process", "--overwrite"),
        ("deploy", "--all"),
    ):
        done = subprocess.run(  # noqa: S603 - our own command line
            [sys.executable, "-m", "prefect", "--no-prompt", *command],
            cwd=ROOT, env=_environ(home, api), capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    deployments: list[dict[str, Any]] = asked(f"{api}/deployments/filter", {})
    return deployments


def test_every_deployment_arrives_with_its_schedule_and_pool(
    deployed: list[dict[str, Any]],
) -> None:
    held = {d["name"]: d for d in deployed}

    assert set(held) == {wanted["name"] for wanted in DEPLOYMENTS}
    for wanted in DEPLOYMENTS:
        got = held[wanted["name"]]
        assert got["entrypoint"] == wanted["entrypoint"]
        assert got["work_pool_name"] == "convene"
        schedules = [(s["schedule"], s["active"]) for s in got["schedules"]]
        assert len(schedules) == len(wanted.get("schedules", []))
        for (schedule, active), asked_for in zip(
            schedules, wanted.get("schedules", []), strict=True
        ):
            assert active is asked_for["active"]
            assert schedule.get("cron") == asked_for.get("cron")
            assert schedule.get("interval") == asked_for.get("interval")


def test_the_second_pair_of_hands_never_runs_twice_at_once(
    deployed: list[dict[str, Any]],
) -> None:
    held = next(d for d in deployed if d["name"] == "every-minute")

    assert held["global_concurrency_limit"]["limit"] == 1
    assert held["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_every_flow_loads_from_the_repository_wherever_python_was_started(home: Path) -> None:
    code = (
        "import os, sys; os.chdir(sys.argv[1]); sys.path.insert(0, '')\n"
        "from prefect.flows import load_flow_from_entrypoint\n"
        "for entrypoint in sys.argv[2:]:\n"
        "    flow = load_flow_from_entrypoint(entrypoint, use_placeholder_flow=False)\n"
        "    print(flow.name)\n"
    )
    entrypoints = sorted({d["entrypoint"] for d in DEPLOYMENTS})

    done = subprocess.run(  # noqa: S603 - this very interpreter
        [sys.executable, "-c", code, str(ROOT), *entrypoints],
        cwd=home, env=_environ(home, "http://127.0.0.1:1/api"), capture_output=True, text=True,
        check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) == len(entrypoints) + 1


def test_a_wave_that_prefect_ran_is_a_flow_run_there_that_holds_ids_only(
    api: str, sqlite_url: str, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, sqlite_url, work=False)
    settings = scene.settings.model_copy(update={"prefect_api": api})
    engine = EngineProcess(
        scene.installation, tmp_path / "engine.log", environ=environment(settings) | QUIET
    )
    try:
        engine.start(detail="with Prefect")
        scene.co_chair("Thule").activates("generic", affecting=["Atlantis"])
        scene.phone("focal point of Atlantis").expects_sms("reply OK")
        runs = _ended_runs(api)
    finally:
        engine.kill()
        scene.close()

    assert {run["state_type"] for run in runs} == {"COMPLETED"}
    assert any(tag.startswith("engine ") for run in runs for tag in run["tags"])
    assert all(set(run["parameters"]) <= {"activation_id", "wave"} for run in runs)


def _ended_runs(api: str) -> list[dict[str, Any]]:
    """The engine's runs; one that the hedge has overtaken comes later, and finds nothing left."""
    until = time.monotonic() + PATIENCE
    while True:
        runs: list[dict[str, Any]] = asked(f"{api}/flow_runs/filter", {})
        own = [run for run in runs if run["tags"] and run["deployment_id"] is None]
        if own and all(run["state_type"] not in {"PENDING", "RUNNING"} for run in own):
            return own
        assert time.monotonic() < until, runs
        time.sleep(0.2)
