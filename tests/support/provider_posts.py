"""What would each mail provider post for this mail?"""

import hashlib
import hmac
import json
from collections.abc import Mapping
from datetime import datetime
from uuid import uuid4

Post = tuple[bytes, str]  # the body and its content type


def postmark(raw: bytes, recipient: str) -> Post:
    document = {
        "FromFull": {"Email": "a@x.example", "Name": "", "MailboxHash": ""},
        "OriginalRecipient": recipient,
        "Subject": "Re",
        "MessageID": str(uuid4()),
        "TextBody": "not looked at",
        "RawEmail": raw.decode("utf-8", "replace"),
    }
    return json.dumps(document).encode(), "application/json; charset=utf-8"


def sendgrid(raw: bytes, recipient: str, *, sender: str = "a@x.example") -> Post:
    envelope = json.dumps({"to": [recipient], "from": sender})
    said = {"SPF": b"pass", "dkim": b"{@x.example : pass}", "sender_ip": b"192.0.2.1"}
    return multipart({"envelope": envelope.encode(), "email": raw, **said})


def mailgun(raw: bytes, recipient: str, *, secret: str, now: datetime) -> Post:
    timestamp, token = str(int(now.timestamp())), uuid4().hex + "0" * 18
    signed = hmac.new(secret.encode(), (timestamp + token).encode(), hashlib.sha256)
    fields = {
        "recipient": recipient,
        "sender": "a@x.example",
        "timestamp": timestamp,
        "token": token,
        "signature": signed.hexdigest(),
    }
    return multipart({name: value.encode() for name, value in fields.items()} | {"body-mime": raw})


def multipart(fields: Mapping[str, bytes]) -> Post:
    boundary = uuid4().hex
    parts = (
        f'--{boundary}\r\nContent-Disposition: form-data; name="{name}"\r\n\r\n'.encode()
        + value
        + b"\r\n"
        for name, value in fields.items()
    )
    body = b"".join(parts) + f"--{boundary}--\r\n".encode()
    return body, f'multipart/form-data; boundary="{boundary}"'
