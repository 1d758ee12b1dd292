"""A port that a setting names is the one opened; where it is in use, that setting is told."""

import socket
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, suppress
from pathlib import Path

import pytest
from typer.testing import CliRunner

import cli
from operations import demo, ports
from operations.ports import ListenAddress, PortTakenError
from settings import Settings
from tests.support.ports import free_port

PORTS = {
    "web_port": "{}",
    "inbox_port": "{}",
    "sms_api": "http://127.0.0.1:{}",
    "smtp_port": "{}",
    "smtp_second_port": "{}",
    "prefect_api": "http://127.0.0.1:{}/api",
}
"""How each setting is written that names a port of this machine."""
OPENED: dict[Callable[[Settings], Iterable[ListenAddress]], tuple[str, ...]] = {
    ports.of_web: ("web_port", "inbox_port"),
    ports.of_gateway: ("sms_api", "smtp_port", "smtp_second_port"),
    ports.of_prefect: ("prefect_api",),
}
USUAL = Settings.model_fields["web_port"].default
OF_THE_DEMO = ("web_port", "inbox_port", "sms_api", "smtp_port", "prefect_api")
BY_COMMAND = {
    "web": ("web_port", "inbox_port"),
    "gateway": ("sms_api", "smtp_port", "smtp_second_port"),
    "serve": ("web_port", "inbox_port", "prefect_api"),
    "demo": OF_THE_DEMO,
}


@pytest.fixture
def taken() -> Iterator[int]:
    """A port at which another program listens."""
    with socket.create_server(("127.0.0.1", 0)) as other:
        yield other.getsockname()[1]


def free_settings(home: Path, **named: int) -> Settings:
    """An installation on ports that are free, but for those that are named."""
    chosen = {setting: named.get(setting, 0) or free_port() for setting in PORTS}
    written = {setting: PORTS[setting].format(port) for setting, port in chosen.items()}
    return Settings.model_validate({"home": home, "smtp_second_host": "127.0.0.1", **written})


@pytest.mark.parametrize(
    ("opened", "setting"), [(of, setting) for of, some in OPENED.items() for setting in some]
)
def test_where_another_listens_the_setting_to_change_is_named(
    opened: Callable[[Settings], Iterable[ListenAddress]], setting: str, taken: int, tmp_path: Path
) -> None:
    settings = free_settings(tmp_path, **{setting: taken})

    with pytest.raises(PortTakenError, match=f"port {taken} .* set CM_{setting.upper()} to a"):
        ports.demand(opened(settings))


@pytest.mark.parametrize("opened", OPENED)
def test_where_nobody_listens_there_is_nothing_to_say(
    opened: Callable[[Settings], Iterable[ListenAddress]], tmp_path: Path
) -> None:
    settings = free_settings(tmp_path)

    ports.demand(opened(settings))
    ports.demand(opened(settings))  # and looking has taken nothing


def test_one_port_named_twice_is_told(tmp_path: Path) -> None:
    port = free_port()
    settings = free_settings(tmp_path, web_port=port, inbox_port=port)

    with pytest.raises(PortTakenError, match="CM_INBOX_PORT"):
        ports.demand(ports.of_web(settings))


def test_the_demonstration_opens_the_ports_that_the_settings_name(tmp_path: Path) -> None:
    asked = free_settings(tmp_path)

    settings = demo.settings_for(asked, say=pytest.fail)

    for setting in OF_THE_DEMO:
        assert getattr(settings, setting) == getattr(asked, setting), setting
    assert settings.public_url == f"http://localhost:{asked.web_port}"


def test_this_machine_may_be_named_by_its_name_too(tmp_path: Path) -> None:
    gateway, prefect = free_port(), free_port()
    asked = Settings(
        home=tmp_path,
        web_port=free_port(),
        sms_api=f"http://localhost:{gateway}",
        prefect_api=f"http://localhost:{prefect}/api",
    )

    settings = demo.settings_for(asked, say=lambda _: None)

    assert settings.sms_api == f"http://127.0.0.1:{gateway}"
    assert settings.prefect_api == f"http://127.0.0.1:{prefect}/api"


def test_where_no_setting_names_a_port_the_demonstration_takes_another_and_says_so(
    tmp_path: Path,
) -> None:
    said: list[str] = []

    with ExitStack() as stack:
        with suppress(OSError):  # where it is in use already, so much the better
            stack.enter_context(socket.create_server(("127.0.0.1", USUAL)))
        settings = demo.settings_for(Settings(home=tmp_path), say=said.append)

    assert settings.web_port not in {0, USUAL}
    assert settings.public_url == f"http://localhost:{settings.web_port}"
    told = f"port {USUAL} is in use, so {settings.web_port} is opened; CM_WEB_PORT names another"
    assert told in said


def test_what_names_a_real_provider_is_no_port_of_the_demonstration(tmp_path: Path) -> None:
    real = Settings(
        home=tmp_path, sms_api="twilio", smtp_host="mail.ministry.example", smtp_port=25,
        smtp_starttls=True, prefect_api="https://prefect.ministry.example/api",
    )  # fmt: skip

    settings = demo.settings_for(real, say=lambda _: None)

    assert not settings.leaves_installation
    assert settings.smtp_port != real.smtp_port
    assert settings.sms_api.startswith("http://127.0.0.1:")
    assert settings.prefect_api.startswith("http://127.0.0.1:")


def test_a_demonstration_that_is_to_be_without_prefect_is_without_it(tmp_path: Path) -> None:
    settings = demo.settings_for(Settings(home=tmp_path, prefect_api=""), say=lambda _: None)

    assert not settings.prefect_api


@pytest.mark.parametrize(
    ("command", "setting"),
    [(command, setting) for command, some in BY_COMMAND.items() for setting in some],
)
def test_a_command_starts_nothing_where_a_port_is_in_use_and_names_the_setting(
    command: str, setting: str, taken: int, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    settings = free_settings(tmp_path, **{setting: taken})
    for name in PORTS:
        monkeypatch.setenv(f"CM_{name.upper()}", str(getattr(settings, name)))
    monkeypatch.setenv("CM_SMTP_SECOND_HOST", "127.0.0.1")
    monkeypatch.setenv("CM_HOME", str(tmp_path))

    done = CliRunner().invoke(cli.app, [command])

    assert done.exit_code == 1
    assert f"CM_{setting.upper()}: nothing can listen at port {taken}" in done.stderr
    assert not (tmp_path / "log").exists()
    assert not (tmp_path / "demo").exists()
