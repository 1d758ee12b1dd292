"""An installation differs from the one-machine house in what it says; danger is refused."""

import os
import stat
from pathlib import Path

import pytest
from pydantic import ValidationError

from settings import ONLY_SIMULATED, Settings, is_loopback


@pytest.fixture(autouse=True)
def _bare_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if name.startswith("CM_"):
            monkeypatch.delenv(name)


def test_the_defaults_are_a_installation_that_nothing_leaves() -> None:
    settings = Settings()

    assert settings.sms_is_loopback
    assert settings.smtp_is_loopback
    assert not settings.leaves_installation


@pytest.mark.parametrize(
    "changed",
    [
        {"sms_api": "https://api.twilio.com"},
        {"sms_api": "twilio"},
        {"smtp_host": "mx.example"},
        {"smtp_second_host": "mx.example"},
    ],
)
def test_one_way_out_is_enough_to_leave_the_installation(changed: dict[str, str]) -> None:
    assert Settings.model_validate(changed).leaves_installation


def test_a_kannel_on_this_machine_may_reach_phones_unless_it_is_said_to_be_simulated() -> None:
    here = "http://127.0.0.1:13013"

    assert Settings(kannel_api=here).leaves_installation
    assert Settings(kannel_api=here).refused_prefixes == ("+999",)
    assert not Settings(kannel_api=here, kannel_simulated=True).leaves_installation


def test_a_second_mail_server_on_this_machine_lets_nothing_out() -> None:
    settings = Settings(smtp_second_host="127.0.0.1", smtp_second_port=2526)

    assert settings.smtp_is_loopback
    assert list(settings.mail_servers) == ["smtp", "smtp-second"]


def test_a_second_mail_server_that_is_the_first_again_is_refused() -> None:
    with pytest.raises(ValidationError, match="name the first mail server again"):
        Settings(smtp_host="mx.example", smtp_second_host="mx.example", smtp_port=587)


@pytest.mark.parametrize(
    "way", [{"kannel_api": "http://kannel.example"}, {"smtp_second_host": "mx.example"}]
)
def test_a_installation_of_personas_has_no_other_way_out_and_empties_no_mailbox(
    way: dict[str, str],
) -> None:
    real = {**way, "imap_host": "imap.example"}

    simulated = Settings.model_validate({**real, **ONLY_SIMULATED})

    assert Settings.model_validate(real).leaves_installation
    assert not simulated.leaves_installation
    assert simulated.imap_host == ""


def test_a_gateway_elsewhere_is_never_taken_for_simulated() -> None:
    with pytest.raises(ValidationError, match="loopback address"):
        Settings(kannel_api="https://kannel.example", kannel_simulated=True)


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"sms_routes": {"": ["twillio"]}}, "no SMS provider: use twilio or kannel"),
        ({"sms_routes": {"": ["twilio"], "+62": []}}, "an order names no SMS provider"),
        ({"sms_routes": {"+62": ["kannel"]}}, "for all other countries is missing"),
        ({"sms_routes": {"": ["twilio"], "62": ["kannel"]}}, "no dialling prefix"),
        ({"mail_routes": {"": ["smpt"]}}, "no mail server: use smtp or smtp-second"),
        ({"mail_routes": {"": ["smtp"], "id.example": []}}, "an order names no mail server"),
        ({"mail_routes": {"id.example": ["smtp"]}}, "for all other domains is missing"),
        (
            {"mail_routes": {"": ["smtp"], "@id.example": ["smtp"]}},
            "no domain: write it like id.example",
        ),
        ({"mail_routes": {"": ["smtp"], ".id": ["smtp"]}}, "no domain"),
        ({"mail_routes": {"": ["smtp"], "Gov.ID": ["smtp"]}}, "no domain"),
        ({"sms_senders": {"Indonesia": "+62"}}, "no dialling prefix"),
        ({"sms_rates": {"twilio": 0}}, "no rate"),
        ({"sms_rates": {"smtp": 5}}, "no rate"),
    ],
)
def test_a_table_of_routes_that_would_mislead_is_refused(
    wrong: dict[str, object], says: str
) -> None:
    with pytest.raises(ValidationError, match=says):
        Settings.model_validate(wrong)


def test_tables_are_written_as_json_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CM_SMS_ROUTES", '{"": ["twilio"], "+62": ["kannel", "twilio"]}')
    monkeypatch.setenv("CM_MAIL_ROUTES", '{"": ["smtp"], "id.example": ["smtp-second", "smtp"]}')

    assert Settings().sms_routes["+62"] == ("kannel", "twilio")
    assert Settings().mail_routes["id.example"] == ("smtp-second", "smtp")


@pytest.mark.parametrize(
    ("host", "loopback"),
    [
        ("127.0.0.1", True),
        ("127.8.9.1", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),  # noqa: S104 - the point of the test
        ("10.0.0.1", False),
        ("localhost.example", False),
        ("twilio", False),
        ("", False),
    ],
)
def test_only_what_can_mean_nothing_else_is_this_machine(host: str, *, loopback: bool) -> None:
    assert is_loopback(host) is loopback


def test_the_test_range_is_refused_wherever_texts_can_leave() -> None:
    assert Settings(sms_api="https://api.twilio.com").refused_prefixes == ("+999",)
    assert Settings().refused_prefixes == ()


def test_several_prefixes_can_be_refused() -> None:
    settings = Settings(sms_api="https://api.twilio.com", sms_refused="+999, +1 ,")

    assert settings.refused_prefixes == ("+999", "+1")


def test_nobody_lifts_the_refusal_where_texts_can_leave() -> None:
    with pytest.raises(ValidationError, match=r"set CM_SMS_REFUSED=\+999"):
        Settings(sms_api="https://api.twilio.com", sms_refused="")


def test_it_can_be_lifted_on_loopback() -> None:
    assert Settings(sms_refused="").refused_prefixes == ()


def test_the_environment_changes_a_value(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CM_PUBLIC_URL", "https://cm.example/")
    monkeypatch.setenv("CM_SOMETHING_ELSE", "is left alone")

    assert Settings().public_url == "https://cm.example"


@pytest.mark.check(40)
def test_a_secret_can_come_from_a_file_and_the_environment_goes_before_it(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "CM_SMS_TOKEN").write_text("from-the-file\n")
    (tmp_path / "cm_smtp_password").write_text("from-the-file")
    (tmp_path / "CM_SMTP_SECOND_PASSWORD").write_text("from-another-file\n")
    monkeypatch.setenv("CM_SECRETS_DIR", str(tmp_path))
    monkeypatch.setenv("CM_SMTP_PASSWORD", "from-the-environment")

    settings = Settings()

    assert settings.sms_token.get_secret_value() == "from-the-file"
    assert settings.smtp_password.get_secret_value() == "from-the-environment"
    assert settings.smtp_second_password.get_secret_value() == "from-another-file"


@pytest.mark.check(40)
def test_secrets_are_not_shown() -> None:
    secrets = {"sms_token": "abcdef", "smtp_password": "ghijkl", "smtp_second_password": "mnopqr"}
    settings = Settings.model_validate(secrets | {"smtp_second_host": "mx.example"})

    assert "abcdef" not in repr(settings)
    assert "ghijkl" not in str(settings.model_dump())
    assert "mnopqr" not in f"{settings!r} {settings.mail_servers}"


def test_both_tokens_are_good_while_they_are_rotated() -> None:
    assert Settings().sms_tokens == ("loopback-token",)
    rotating = Settings.model_validate({"sms_token": "old", "sms_token_next": "new"})
    assert rotating.sms_tokens == ("old", "new")


def test_the_database_is_a_file_in_the_home_unless_it_is_named(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).database == f"sqlite:///{tmp_path}/consultation.sqlite3"
    url = "postgresql+psycopg://cm@db.example/cm"
    assert Settings(home=tmp_path, database_url=url).database == url


def test_the_key_is_made_once_and_is_nobody_elses_to_read(tmp_path: Path) -> None:
    key = Settings(home=tmp_path / "new").key

    path = tmp_path / "new" / "installation.key"
    assert len(key) == 32
    assert Settings(home=tmp_path / "new").key == key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_run_files_lie_in_the_home(tmp_path: Path) -> None:
    assert Settings(home=tmp_path).run_dir == tmp_path / "run"


def test_a_setting_that_does_not_fit_its_type_is_refused() -> None:
    with pytest.raises(ValidationError):
        Settings.model_validate({"web_port": "eight thousand"})


@pytest.mark.parametrize("half", [{"dkim_selector": "cm1"}, {"dkim_second_key_file": "/dev/null"}])
def test_half_of_a_dkim_key_is_refused_with_the_remedy(half: dict[str, str]) -> None:
    with pytest.raises(ValidationError, match=r"set both CM_DKIM\w*_SELECTOR and"):
        Settings.model_validate(half)


def test_a_dkim_key_that_cannot_be_read_is_refused_at_the_start(tmp_path: Path) -> None:
    with pytest.raises(ValidationError, match="CM_DKIM_KEY_FILE cannot be read"):
        Settings(dkim_selector="cm1", dkim_key_file=tmp_path / "missing.pem")
