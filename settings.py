"""What differs between two installations, and what it is for an installation on one machine.

Every value can be set by an environment variable with the prefix `CM_`, or by a file of that name
in the folder that `CM_SECRETS_DIR` names.
"""

import os
import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from ipaddress import ip_address
from pathlib import Path
from typing import Any, Final, Self
from urllib.parse import urlsplit

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    SecretStr,
    ValidationInfo,
    field_validator,
    model_validator,
)
from pydantic_settings import (
    BaseSettings,
    PydanticBaseSettingsSource,
    SecretsSettingsSource,
    SettingsConfigDict,
)

SMS_PROVIDERS: Final = ("twilio", "kannel")
MAIL_SERVERS: Final = ("smtp", "smtp-second")

_ORDERS: Final = {
    "sms_routes": ("SMS provider", SMS_PROVIDERS, "countries"),
    "mail_routes": ("mail server", MAIL_SERVERS, "domains"),
}

ONLY_SIMULATED: Final[Mapping[str, Any]] = {
    "kannel_api": "",
    "kannel_simulated": False,
    "further_providers": {},
    "smtp_user": "",
    "smtp_starttls": False,
    "smtp_second_host": "",
    "imap_host": "",
}
"""What one of personas must not have of a real installation: its further ways out, its mailbox."""


def is_loopback(host: str) -> bool:
    """True only for an address that cannot leave this machine; other names are not looked up."""
    if host == "localhost":
        return True
    try:
        return ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def leads_to_loopback(url: str) -> bool:
    """Whether the URL's host is this machine itself."""
    return is_loopback(urlsplit(url).hostname or "")


@dataclass(frozen=True)
class MailServer:
    """Where one of our mail servers is, and as whom it knows us."""

    host: str
    port: int
    user: str
    password: SecretStr
    starttls: bool


class IdentityProvider(BaseModel):
    """A government's own sign-in (OpenID Connect), which it answers for."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    issuer: str
    client_id: str
    client_secret: SecretStr
    strengths: tuple[str, ...] = ()  # the values of `acr` that mean two factors; one is demanded

    @field_validator("issuer")
    @classmethod
    def _encrypted(cls, issuer: str) -> str:
        if not issuer.startswith("https://") and not leads_to_loopback(issuer):
            raise ValueError("the issuer's address must begin with https://")
        return issuer


class Settings(BaseSettings):
    """One installation's values; the defaults are an installation on one machine."""

    model_config = SettingsConfigDict(env_prefix="CM_", frozen=True, extra="ignore")

    home: Path = Field(
        default=Path("var"), description="Where the database, the key and run files lie."
    )
    database_url: str = Field(
        default="",
        description="SQLAlchemy URL; empty means SQLite in `home`. PostgreSQL: postgresql+psycopg://…",
    )
    installation: str = Field(
        default="ccm.example",
        description="Name of this installation in the ledger and Message-IDs.",
    )
    public_url: str = Field(
        default="http://localhost:8080", description="The address that members and webhooks use."
    )
    web_host: str = Field(default="127.0.0.1", description="Where the web process listens.")
    web_port: int = Field(default=8080, description="Where the web process listens.")
    trusted_proxies: str = Field(
        default="",
        description="Addresses of your own reverse proxies, comma-separated: only their "
        "X-Forwarded-For is believed.",
    )
    sso: dict[str, IdentityProvider] = Field(
        default={},
        description="Sign-in by a government's own identity provider, as JSON: member code to "
        "`issuer`, `client_id`, `client_secret` and `strengths` (values of `acr`).",
    )
    plain_http: bool = Field(
        default=False,
        description="Let `CM_PUBLIC_URL` beyond this machine be without TLS: in a closed network.",
    )

    sms_api: str = Field(
        default="http://127.0.0.1:8090",
        description="Base address of the SMS API; `twilio` means Twilio's own.",
    )
    sms_account: str = Field(
        default="AC" + "0" * 32, description="Account SID at the SMS provider."
    )
    sms_token: SecretStr = Field(
        default=SecretStr("loopback-token"), description="Auth token at the SMS provider."
    )
    sms_token_next: SecretStr = Field(
        default=SecretStr(""), description="Second auth token while tokens are rotated."
    )
    sms_shared_key: SecretStr = Field(
        default=SecretStr(""),
        description="Secret of the SharedKey that signs webhooks by HMAC-SHA256, where one does.",
    )
    sms_sender: str = Field(default="+999901000", description="The number that texts come from.")
    voice_sender: str = Field(
        default="", description="The number that calls come from; empty: that of texts."
    )
    sms_service: str = Field(
        default="",
        description="Messaging Service SID, whose pool of senders is used in place of the sender.",
    )
    sms_senders: dict[str, str] = Field(
        default={},
        description='Other senders (or services, MG…) by dialling prefix, as JSON: {"+62": "…"}.',
    )
    further_providers: dict[str, str] = Field(
        default={},
        description='Providers of your own, as JSON: {"name": "the.dotted.path.of.its.ROW"}.',
    )
    sms_routes: dict[str, tuple[str, ...]] = Field(
        default={"": ("twilio", "kannel")},
        description='Order of the SMS providers by dialling prefix, as JSON; "" is for all others.',
    )
    sms_rates: dict[str, float] = Field(
        default={},
        description='Parts of texts a second for one sender, by provider, as JSON: {"twilio": 1}.',
    )
    kannel_api: str = Field(
        default="", description="Base address of a Kannel gateway, the second SMS provider."
    )
    kannel_user: str = Field(default="demo", description="Account there.")
    kannel_password: SecretStr = Field(
        default=SecretStr("loopback-kannel"), description="Password there."
    )
    kannel_sender: str = Field(
        default="+999901001", description="The number that its texts come from."
    )
    kannel_simulated: bool = Field(
        default=False,
        description="It is the simulated gateway; a Kannel on this machine may still reach phones.",
    )
    sms_refused: str = Field(
        default="+999",
        description="Prefixes never texted, comma-separated; can be lifted on loopback only.",
    )

    smtp_host: str = Field(default="127.0.0.1", description="Mail server that takes our mail.")
    smtp_port: int = Field(default=8025, description="Its port.")
    smtp_user: str = Field(default="", description="Account there, if it asks for one.")
    smtp_password: SecretStr = Field(default=SecretStr(""), description="Password there.")
    smtp_starttls: bool = Field(
        default=False, description="Encrypt; required unless the mail server is loopback."
    )
    smtp_connections: int = Field(
        default=10,
        ge=1,
        le=50,
        description="Connections to each that stay open; fewer where it allows a client fewer.",
    )
    smtp_second_host: str = Field(
        default="",
        description="Another mail server, which takes our mail where the first does not.",
    )
    smtp_second_port: int = Field(default=587, description="Its port.")
    smtp_second_user: str = Field(default="", description="Account there, if it asks for one.")
    smtp_second_password: SecretStr = Field(default=SecretStr(""), description="Password there.")
    smtp_second_starttls: bool = Field(
        default=False, description="Encrypt; required unless that mail server is loopback."
    )
    mail_routes: dict[str, tuple[str, ...]] = Field(
        default={"": MAIL_SERVERS},
        description="Order of the mail servers by the domain of an address, which holds for those "
        'below it too, as JSON: {"id.example": ["smtp-second", "smtp"], "": […]}.',
    )
    dkim_selector: str = Field(
        default="",
        description="Sign our mail (DKIM) under this selector; empty where the mail server signs.",
    )
    dkim_key_file: Path | None = Field(
        default=None, description="The private key to it: PEM, RSA of at least 2048 bits."
    )
    dkim_second_selector: str = Field(
        default="", description="Selector of a second signature beside it, by another kind of key."
    )
    dkim_second_key_file: Path | None = Field(
        default=None, description="The private key to that: PEM, Ed25519."
    )
    mail_domain: str = Field(
        default="cm.example", description="Domain of the addresses that our mail comes from."
    )
    reply_domain: str = Field(
        default="in.cm.example", description="Domain whose mail reaches our inbound listener."
    )
    mail_proof: str = Field(
        default="off",
        description="Who looks whether a mail's domain stands by it (DKIM, SPF, DMARC): `off`, "
        "`dns` (we do), or the name under which your own mail server writes "
        "Authentication-Results; it must take away what others wrote under that name.",
    )
    inbox_host: str = Field(default="127.0.0.1", description="Where the mail listener listens.")
    inbox_port: int = Field(default=8026, description="Its port, for SMTP and LMTP.")
    inbox_lmtp: bool = Field(default=False, description="Speak LMTP instead of SMTP there.")
    imap_host: str = Field(
        default="", description="Mail server whose mailbox is emptied; empty: no mailbox is."
    )
    imap_port: int = Field(default=993, description="Its port, for IMAP over TLS.")
    imap_user: str = Field(default="", description="The mailbox's account.")
    imap_password: SecretStr = Field(default=SecretStr(""), description="Its password.")
    imap_kept: str = Field(
        default="Kept", description="Folder of the mailbox that mail is moved to once it is kept."
    )
    mail_webhooks: Mapping[str, SecretStr] = Field(
        default={},
        description="Mail providers that hand mail in at /mail/NAME, as JSON: name to secret.",
    )

    prefect_api: str = Field(
        default="http://127.0.0.1:4200/api", description="Prefect's API; empty means without it."
    )
    prefect_ui: str = Field(
        default="", description="Prefect's UI, linked from the operator's page where set."
    )
    duty_phone: str = Field(
        default="+999902000",
        description="The secretariat's duty phone, told when a person is needed.",
    )
    duty_mailbox: str = Field(
        default="duty@secretariat.example", description="The secretariat's duty mailbox."
    )
    record_marking: str = Field(default="TLP:RED", description="Marking of a record of discussion.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """What is passed wins over the environment, and that over the folder of secrets."""
        folder = os.environ.get("CM_SECRETS_DIR")
        files = SecretsSettingsSource(settings_cls, secrets_dir=folder)
        return init_settings, env_settings, files

    @field_validator("public_url", "sms_api", "kannel_api", "prefect_ui")
    @classmethod
    def _without_slash(cls, url: str) -> str:
        return url.rstrip("/")

    @field_validator("prefect_ui")
    @classmethod
    def _can_be_linked(cls, url: str) -> str:
        if url and not url.startswith(("https://", "http://")):
            raise ValueError("write the whole address, like https://prefect.mechanism.example")
        return url

    @field_validator("sms_routes", "sms_senders")
    @classmethod
    def _by_prefix(cls, by_prefix: dict[str, Any]) -> dict[str, Any]:
        for prefix in by_prefix:
            if prefix and not (prefix[0] == "+" and prefix[1:].isdecimal()):
                raise ValueError(f"{prefix!r} is no dialling prefix: write it like +62")
        return by_prefix

    @field_validator("mail_routes")
    @classmethod
    def _by_domain(cls, routes: dict[str, Any]) -> dict[str, Any]:
        for domain in routes:
            if domain.startswith(".") or "@" in domain or domain != domain.lower():
                raise ValueError(f"{domain!r} is no domain: write it like id.example")
        return routes

    @field_validator("sms_routes", "mail_routes")
    @classmethod
    def _known_providers(
        cls, routes: dict[str, tuple[str, ...]], info: ValidationInfo
    ) -> dict[str, tuple[str, ...]]:
        kind, own, places = _ORDERS[info.field_name or ""]
        known = (*own, *info.data.get("further_providers", {}))
        if "" not in routes:
            raise ValueError(f'the order for all other {places} is missing: add it as ""')
        for name in {name for order in routes.values() for name in order} - set(known):
            raise ValueError(f"{name!r} is no {kind}: use {' or '.join(known)}")
        if not all(routes.values()):
            raise ValueError(f"an order names no {kind}: name at least one")
        return routes

    @field_validator("sms_rates")
    @classmethod
    def _rates_above_nothing(
        cls, rates: dict[str, float], info: ValidationInfo
    ) -> dict[str, float]:
        known = (*SMS_PROVIDERS, *info.data.get("further_providers", {}))
        for name, rate in rates.items():
            if name not in known or rate <= 0:
                raise ValueError(f"{name!r}: {rate} is no rate of an SMS provider above 0")
        return rates

    @model_validator(mode="after")
    def _encrypted_beyond_this_machine(self) -> Self:
        plain = self.public_url.startswith("http:") and not leads_to_loopback(self.public_url)
        if plain and not self.plain_http:
            raise ValueError(
                "CM_PUBLIC_URL would show every link and password on the way: use https://, or "
                "set CM_PLAIN_HTTP=true where the whole network is your own"
            )
        return self

    @model_validator(mode="after")
    def _simulated_is_here(self) -> Self:
        if self.kannel_simulated and not leads_to_loopback(self.kannel_api):
            raise ValueError(
                "CM_KANNEL_SIMULATED may be set only where CM_KANNEL_API is a loopback address"
            )
        return self

    @model_validator(mode="after")
    def _refused_stay_refused(self) -> Self:
        if not self.sms_refused and not self.sms_is_loopback:
            raise ValueError(
                "CM_SMS_REFUSED may be empty only where every SMS API is simulated on a loopback "
                "address: set CM_SMS_REFUSED=+999"
            )
        return self

    @model_validator(mode="after")
    def _second_is_another(self) -> Self:
        first = self.smtp_host, self.smtp_port
        if (self.smtp_second_host, self.smtp_second_port) == first:
            raise ValueError(
                "CM_SMTP_SECOND_HOST and CM_SMTP_SECOND_PORT name the first mail server again, "
                "which helps nobody when it is away: name another, or leave CM_SMTP_SECOND_HOST "
                "empty"
            )
        return self

    @model_validator(mode="after")
    def _dkim_is_whole(self) -> Self:
        both = {
            "CM_DKIM": (self.dkim_selector, self.dkim_key_file),
            "CM_DKIM_SECOND": (self.dkim_second_selector, self.dkim_second_key_file),
        }
        for name, (selector, file) in both.items():
            if bool(selector) != (file is not None):
                raise ValueError(f"set both {name}_SELECTOR and {name}_KEY_FILE, or neither")
            if file is not None and not os.access(file, os.R_OK):
                raise ValueError(f"{name}_KEY_FILE cannot be read: name a file of this account")
        return self

    @property
    def dkim_keys(self) -> tuple[tuple[str, Path], ...]:
        """Selector and key file of each signature that our mail gets."""
        pairs = (
            (self.dkim_selector, self.dkim_key_file),
            (self.dkim_second_selector, self.dkim_second_key_file),
        )
        return tuple((selector, file) for selector, file in pairs if file is not None)

    @property
    def database(self) -> str:
        """The SQLAlchemy URL in force."""
        return self.database_url or f"sqlite:///{self.home.absolute() / 'consultation.sqlite3'}"

    @property
    def sms_is_loopback(self) -> bool:
        """Whether texts cannot leave this machine; by a provider of one's own they can."""
        by_kannel = bool(self.kannel_api) and not self.kannel_simulated
        return leads_to_loopback(self.sms_api) and not by_kannel and not self.further_providers

    @property
    def smtp_is_loopback(self) -> bool:
        """Whether mail cannot leave this machine."""
        return all(is_loopback(server.host) for server in self.mail_servers.values())

    @property
    def leaves_installation(self) -> bool:
        """Whether anything that is sent can reach somebody outside; said on every page if not."""
        return not (self.sms_is_loopback and self.smtp_is_loopback)

    @property
    def refused_prefixes(self) -> tuple[str, ...]:
        """Prefixes that the SMS providers refuse, empty where texts cannot leave this machine."""
        if self.sms_is_loopback:
            return ()
        return tuple(p.strip() for p in self.sms_refused.split(",") if p.strip())

    @property
    def sms_tokens(self) -> tuple[str, ...]:
        """Every auth token that a webhook may be signed with."""
        both = (self.sms_token.get_secret_value(), self.sms_token_next.get_secret_value())
        return tuple(token for token in both if token)

    @property
    def mail_servers(self) -> Mapping[str, MailServer]:
        """The mail servers that are set up, by the name of the provider that each is."""
        first, second = (
            MailServer(
                self.smtp_host, self.smtp_port, self.smtp_user,
                self.smtp_password, self.smtp_starttls,
            ),
            MailServer(
                self.smtp_second_host, self.smtp_second_port, self.smtp_second_user,
                self.smtp_second_password, self.smtp_second_starttls,
            ),
        )  # fmt: skip
        there = (first, second) if self.smtp_second_host else (first,)
        return dict(zip(MAIL_SERVERS, there, strict=False))

    @property
    def run_dir(self) -> Path:
        """Sockets and pid files of the running processes."""
        return self.home.absolute() / "run"

    @property
    def prefect_environment(self) -> dict[str, str]:
        """What Prefect reads of its surroundings: quiet, offline, never a server of its own."""
        return {
            "PREFECT_API_URL": self.prefect_api or "http://127.0.0.1:1/api",
            "PREFECT_HOME": str(self.home.absolute() / "prefect"),
            "PREFECT_SERVER_ALLOW_EPHEMERAL_MODE": "false",
            "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
            "PREFECT_CLIENT_SERVER_VERSION_CHECK_ENABLED": "false",
            "PREFECT_RESULTS_DEFAULT_SERIALIZER": "json",
            "PREFECT_LOGGING_LEVEL": "WARNING",
            "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
            "DO_NOT_TRACK": "1",
        }

    @cached_property
    def key(self) -> bytes:
        """The installation's key, from which every token is derived; made once, kept in a file."""
        path = self.home / "installation.key"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            with path.open("xb") as file:
                path.chmod(0o600)
                file.write(secrets.token_bytes(32))
        except FileExistsError:
            pass
        return path.read_bytes()
