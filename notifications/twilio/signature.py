"""Is it truly Twilio that speaks?"""

from collections.abc import Sequence
from typing import Final

from multidict import MultiDict
from twilio.request_validator import (  # type: ignore[import-untyped]  # ships no types
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)

from notifications.hook import HookRequest, UnverifiedError

SIGNATURE: Final = "x-twilio-signature"
SIGNATURE_SETTINGS: Final = "x-twilio-webhooks-signature-settings"


def verify(request: HookRequest) -> None:
    """UnverifiedError where Twilio has not signed this request for our public address."""
    signature = request.headers.get(SIGNATURE)
    is_signed = signature_ok(
        tokens=request.settings.sms_tokens,
        url=request.url,
        params=list(request.form),
        signature=signature,
        settings_header=request.headers.get(SIGNATURE_SETTINGS),
        shared_key=request.settings.sms_shared_key.get_secret_value(),
    )
    if not is_signed:
        raise UnverifiedError("forged" if signature else "no signature of the provider's")


def signature_ok(
    *,
    tokens: Sequence[str],
    url: str,
    params: list[tuple[str, str]],
    signature: str | None,
    settings_header: str | None = None,
    shared_key: str = "",
) -> bool:
    """True where one of the account's tokens, or its shared key, signed this request; never raises.

    `params` are the form's fields with repetitions. Two tokens are valid while one replaces the
    other. Where `settings_header` (SIGNATURE_SETTINGS) names the newer algorithm, the shared key
    alone is asked. The signature holds no time: a repeated request is as valid as the first.
    """
    if not signature:
        return False
    form, algorithm = MultiDict(params), get_signature_algorithm(settings_header).upper()
    keys = {HMAC_SHA1: tokens, HMAC_SHA256: (shared_key,)}.get(algorithm, ())
    return any(_signed_with(key, url, form, signature, algorithm) for key in keys if key)


def _signed_with(key: str, url: str, form: MultiDict[str], signature: str, algorithm: str) -> bool:
    try:
        return bool(RequestValidator(key).validate(url, form, signature, algorithm))
    except ValueError:  # a port that is no number, a lone surrogate: nothing that Twilio signs
        return False
