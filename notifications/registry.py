"""Which providers are there in this installation, by name?"""

from collections.abc import Mapping
from urllib.parse import urlsplit

from notifications.email.smtp.provider import Smtp, Tls
from notifications.kannel.sms import Kannel
from notifications.outbox import envelope
from notifications.provider import Provider
from notifications.twilio.sms import Twilio
from notifications.twilio.voice import TwilioVoice
from settings import Settings


def providers(settings: Settings) -> Mapping[str, Provider]:
    """The providers as the settings name them; the simulated ones are reached by the same code."""
    found: list[Provider] = [*_mail(settings), _twilio(settings), _voice(settings)]
    if settings.kannel_api:
        found.append(_kannel(settings))
    return {one.name: one for one in found}


def addresses(settings: Settings) -> Mapping[str, tuple[str, int]]:
    """Host and port at which each provider is met, by its name."""
    twilio = "https://api.twilio.com" if settings.sms_api == "twilio" else settings.sms_api
    at_twilio = _host_and_port(twilio)
    found = {
        **{name: (server.host, server.port) for name, server in settings.mail_servers.items()},
        "twilio": at_twilio,
        "twilio-voice": at_twilio,
    }
    if settings.kannel_api:
        found["kannel"] = _host_and_port(settings.kannel_api)
    return found


def _host_and_port(url: str) -> tuple[str, int]:
    parts = urlsplit(url)
    return parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _mail(settings: Settings) -> list[Smtp]:
    envelope.signers(settings)  # a key that cannot sign is met here, and not by the first message
    return [
        Smtp(
            name=name,
            host=server.host,
            port=server.port,
            mail_domain=settings.mail_domain,
            in_domain=settings.reply_domain,
            callback_key=settings.key,
            username=server.user or None,
            password=server.password.get_secret_value() or None,
            tls=Tls.STARTTLS if server.starttls else None,
            connections=settings.smtp_connections,
        )
        for name, server in settings.mail_servers.items()
    ]


def _twilio(settings: Settings) -> Twilio:
    return Twilio(
        account_sid=settings.sms_account,
        auth_token=settings.sms_token.get_secret_value(),
        public_url=settings.public_url,
        callback_key=settings.key,
        sender=settings.sms_sender,
        messaging_service_sid=settings.sms_service or None,
        senders=settings.sms_senders,
        api_base=None if settings.sms_api == "twilio" else settings.sms_api,
        refused_prefixes=settings.refused_prefixes,
    )


def _voice(settings: Settings) -> TwilioVoice:
    return TwilioVoice(
        account_sid=settings.sms_account,
        auth_token=settings.sms_token.get_secret_value(),
        public_url=settings.public_url,
        callback_key=settings.key,
        sender=settings.voice_sender or settings.sms_sender,
        api_base=None if settings.sms_api == "twilio" else settings.sms_api,
        refused_prefixes=settings.refused_prefixes,
    )


def _kannel(settings: Settings) -> Kannel:
    return Kannel(
        api_base=settings.kannel_api,
        user=settings.kannel_user,
        password=settings.kannel_password.get_secret_value(),
        sender=settings.kannel_sender,
        public_url=settings.public_url,
        callback_key=settings.key,
        refused_prefixes=settings.refused_prefixes,
    )
