"""Which providers are there in this installation, by name?"""

from collections.abc import Mapping

from notifications.provider import Provider
from notifications.sms import Twilio
from notifications.smtp import Smtp, Tls
from settings import Settings


def providers(settings: Settings) -> Mapping[str, Provider]:
    """The providers as the settings name them; the simulated ones are reached by the same code."""
    return {one.name: one for one in (_mail(settings), _text(settings))}


def _mail(settings: Settings) -> Smtp:
    return Smtp(
        host=settings.smtp_host,
        port=settings.smtp_port,
        mail_domain=settings.mail_domain,
        in_domain=settings.reply_domain,
        callback_key=settings.key,
        username=settings.smtp_user or None,
        password=settings.smtp_password.get_secret_value() or None,
        tls=Tls.STARTTLS if settings.smtp_starttls else None,
    )


def _text(settings: Settings) -> Twilio:
    return Twilio(
        account_sid=settings.sms_account,
        auth_token=settings.sms_token.get_secret_value(),
        public_url=settings.public_url,
        callback_key=settings.key,
        sender=settings.sms_sender,
        api_base=None if settings.sms_api == "twilio" else settings.sms_api,
        refused_prefixes=settings.refused_prefixes,
    )
