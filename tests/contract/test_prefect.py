"""What a real Prefect server does: runs, deployments, schedules that fire, flows that load."""

import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

import pytest
import yaml

from operations.parts import environment
from tests.support.faults.engine_process import EngineProcess
from tests.support.patience import PATIENCE
from tests.support.scene import Scene
from tests.support.servers.prefect import QUIET, ROOT, PrefectServer, prefect_server

pytestmark = pytest.mark.prefect

DEPLOYMENTS = yaml.safe_load((ROOT / "prefect.yaml").read_text("utf-8"))["deployments"]
POOL: Final = "convene"

Run = dict[str, Any]


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[PrefectServer]:
    with prefect_server(tmp_path_factory.mktemp("prefect")) as server:
        yield server


@pytest.fixture(scope="module")
def deployed(server: PrefectServer) -> dict[str, dict[str, Any]]:
    """What the server holds, by name, after the two commands that an operator types."""
    server.does("work-pool", "create", POOL, "--type", "process", "--overwrite")
    server.does("deploy", "--all")
    return {one["name"]: one for one in server.asked("/deployments/filter", {})}


def test_every_deployment_arrives_with_its_schedule_and_pool(
    deployed: dict[str, dict[str, Any]],
) -> None:
    assert set(deployed) == {wanted["name"] for wanted in DEPLOYMENTS}
    for wanted in DEPLOYMENTS:
        got = deployed[wanted["name"]]
        assert got["entrypoint"] == wanted["entrypoint"]
        assert got["work_pool_name"] == POOL
        schedules = [(s["schedule"], s["active"]) for s in got["schedules"]]
        assert len(schedules) == len(wanted.get("schedules", []))
        for (schedule, active), asked_for in zip(
            schedules, wanted.get("schedules", []), strict=True
        ):
            assert active is asked_for["active"]
            assert schedule.get("cron") == asked_for.get("cron")
            assert schedule.get("interval") == asked_for.get("interval")


def test_the_second_pair_of_hands_never_runs_twice_at_once(
    deployed: dict[str, dict[str, Any]],
) -> None:
    held = deployed["every-minute"]

    assert held["global_concurrency_limit"]["limit"] == 1
    assert held["concurrency_options"]["collision_strategy"] == "CANCEL_NEW"


def test_where_no_engine_is_at_work_scheduled_runs_complete_and_send_what_is_due(
    server: PrefectServer, deployed: dict[str, dict[str, Any]], sqlite_url: str, tmp_path: Path
) -> None:
    every_minute = deployed["every-minute"]
    scene = Scene(tmp_path, sqlite_url, work=False, prefect_api=server.api)
    try:
        with (
            server.worker(POOL, environ=environment(scene.settings)) as log,
            _hastened(server, every_minute),
        ):
            run = _awaited(server, lambda run: _is_completed(run, every_minute), log)
            scene.co_chair("Thule").activates("generic", affecting=["Atlantis"])
            scene.phone("focal point of Atlantis").expects_sms("reply OK")
    finally:
        scene.close()

    assert run["auto_scheduled"]
    assert run["created_by"]["type"] == "SCHEDULE"
    assert run["work_pool_name"] == POOL


def _is_completed(run: Run, deployment: dict[str, Any]) -> bool:
    return bool(run["deployment_id"] == deployment["id"] and run["state_type"] == "COMPLETED")


@contextmanager
def _hastened(server: PrefectServer, deployment: dict[str, Any]) -> Iterator[None]:
    """Its schedule as it was deployed, only that its minute has two seconds."""
    [schedule] = deployment["schedules"]
    path = f"/deployments/{deployment['id']}/schedules/{schedule['id']}"

    def at(interval: float) -> dict[str, Any]:
        return {"schedule": {**schedule["schedule"], "interval": interval}}

    server.asked(path, at(2.0), method="PATCH")
    try:
        yield
    finally:
        server.asked(path, at(schedule["schedule"]["interval"]), method="PATCH")


def _awaited(server: PrefectServer, wanted: Callable[[Run], bool], log: Path) -> Run:
    """The first run that is wanted, once there is one."""
    until = time.monotonic() + PATIENCE * 2  # a worker and its first run each import Prefect
    while True:
        runs: list[Run] = server.asked("/flow_runs/filter", {})
        if found := next(filter(wanted, runs), None):
            return found
        states = [run["state"] for run in runs]
        assert time.monotonic() < until, f"{states}\n{log.read_text()}"
        time.sleep(0.2)


def test_every_flow_loads_from_the_repository_wherever_python_was_started(
    server: PrefectServer, tmp_path: Path
) -> None:
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
        cwd=tmp_path, env={**server.environ, "PREFECT_API_URL": "http://127.0.0.1:1/api"},
        capture_output=True, text=True, check=False,
    )  # fmt: skip

    assert done.returncode == 0, done.stderr
    assert len(done.stdout.split("\n")) == len(entrypoints) + 1


def test_a_wave_that_prefect_ran_is_a_flow_run_there_that_holds_ids_only(
    server: PrefectServer, sqlite_url: str, tmp_path: Path
) -> None:
    scene = Scene(tmp_path, sqlite_url, work=False, prefect_api=server.api)
    engine = EngineProcess(
        scene.installation, tmp_path / "engine.log", environ=environment(scene.settings) | QUIET
    )
    try:
        engine.start(detail="with Prefect")
        scene.co_chair("Thule").activates("generic", affecting=["Atlantis"])
        scene.phone("focal point of Atlantis").expects_sms("reply OK")
        runs = _ended_runs(server)
    finally:
        engine.kill()
        scene.close()

    assert {run["state_type"] for run in runs} == {"COMPLETED"}
    assert any(tag.startswith("engine ") for run in runs for tag in run["tags"])
    assert all(set(run["parameters"]) <= {"activation_id", "wave"} for run in runs)


def _ended_runs(server: PrefectServer) -> list[Run]:
    """The engine's runs; one that the fallback overtook comes later, and finds nothing left."""
    until = time.monotonic() + PATIENCE
    while True:
        runs: list[Run] = server.asked("/flow_runs/filter", {})
        own = [run for run in runs if run["tags"] and run["deployment_id"] is None]
        if own and all(run["state_type"] not in {"PENDING", "RUNNING"} for run in own):
            return own
        assert time.monotonic() < until, runs
        time.sleep(0.2)
