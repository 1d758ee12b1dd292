"""What does Twilio say of our texts, at which address, and is it truly Twilio that speaks?"""

import json
from collections.abc import Sequence

from multidict import MultiDict
from twilio.request_validator import (  # type: ignore[import-untyped]  # ships no types
    HMAC_SHA1,
    HMAC_SHA256,
    RequestValidator,
    get_signature_algorithm,
)

from mechanism.vocabulary import Door
from notifications.inbox.keep import Heard
from notifications.provider import Refusal, Rejected
from notifications.tokens import mark, marked_attempt

STATUS_PATH = "/twilio/status"
SIGNATURE_SETTINGS = "x-twilio-webhooks-signature-settings"
_PURPOSE = "twilio status"

_BY_CODE = {
    # https://www.twilio.com/docs/api/errors
    **dict.fromkeys((21211, 21612, 21614, 30003, 30004, 30005, 30006), Refusal.ADDRESS),
    **dict.fromkeys((13224, 21217), Refusal.ADDRESS),  # of calls: no number
    21610: Refusal.OPTED_OUT,
    **dict.fromkeys((30007, 30008), Refusal.POLICY),
    21216: Refusal.POLICY,  # a number that the account may not call
    **dict.fromkeys((10004, 20429, 21611, 30001), Refusal.CAPACITY),
    **dict.fromkeys((20003, 20404, 21408, 21602, 21603, 21604, 21617), Refusal.CONFIGURATION),
    **dict.fromkeys((21201, 21205, 21210, 21212, 21213, 21215), Refusal.CONFIGURATION),  # of calls
}


def status_path(attempt: int, key: bytes) -> str:
    """The path at which Twilio reports about this attempt, and which nobody else can guess."""
    return f"{STATUS_PATH}/{attempt}/{mark(attempt, purpose=_PURPOSE, key=key)}"


def attempt_of(path_attempt: str, mac: str, key: bytes) -> int | None:
    """The attempt that a status report is about; None where the path is not one of ours."""
    return marked_attempt(path_attempt, mac, purpose=_PURPOSE, key=key)


def is_known(code: int | None) -> bool:
    """Whether it is one of Twilio's error codes whose class we know."""
    return code in _BY_CODE


def refusal_of(code: int) -> Refusal:
    """The class of one of Twilio's error codes; an unknown code closes this way, not the person."""
    return _BY_CODE.get(code, Refusal.POLICY)


def reported(code: str) -> Rejected | None:
    """The ErrorCode of a status report, as the refusal that it is; None where it names none."""
    if not code.isdecimal():
        return None
    return Rejected(refusal_of(int(code)), code, "reported afterwards")


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

    `url` is built from the configured public address, never from the Host header, and `params` are
    the form's fields with repetitions. Two tokens are valid while one replaces the other. Where
    `settings_header` (SIGNATURE_SETTINGS) names the newer algorithm, the shared key alone is asked.
    The signature holds no time: a repeated request is as valid as the first.
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


def text_message(form: Sequence[tuple[str, str]], *, way: str = "webhook") -> Heard:
    """An inbound SMS webhook's form, exactly as it was posted, or as it would have been."""
    fields = dict(form)
    return Heard(
        door=Door.SMS,
        provider_id=fields["MessageSid"],
        sender=fields.get("From", ""),
        recipient=fields.get("To", ""),
        raw=json.dumps(list(form), ensure_ascii=False).encode(errors="backslashreplace"),
        envelope={"way": way},
    )
