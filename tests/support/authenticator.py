"""A device that keeps passkeys, as a browser would talk to it (Web Authentication, level 2)."""

import base64
import hashlib
import json
import struct
from dataclasses import dataclass, field
from typing import Any

import cbor2
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.hashes import SHA256

PRESENT, VERIFIED, HOLDS_KEY = 0x01, 0x04, 0x40


@dataclass
class Device:
    """One device; it unlocks for its holder alone unless told otherwise."""

    origin: str = "http://localhost:8080"
    unlocked: bool = True
    key: ec.EllipticCurvePrivateKey = field(
        default_factory=lambda: ec.generate_private_key(ec.SECP256R1())
    )
    uses: int = 0
    credential_id: bytes = b"a-credential-of-a-test-device"

    def makes(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.create`."""
        data = self._client_data("webauthn.create", options["challenge"])
        length = struct.pack(">H", len(self.credential_id))
        key = bytes(16) + length + self.credential_id + cbor2.dumps(self._cose_key())
        said = self._data(options["rp"]["id"], HOLDS_KEY) + key
        attestation = cbor2.dumps({"fmt": "none", "attStmt": {}, "authData": said})
        return self._answer(clientDataJSON=data, attestationObject=attestation)

    def uses_key(self, options: dict[str, Any]) -> str:
        """The answer to `navigator.credentials.get`."""
        self.uses += 1
        data = self._client_data("webauthn.get", options["challenge"])
        said = self._data(options["rpId"])
        signed = self.key.sign(said + hashlib.sha256(data).digest(), ec.ECDSA(SHA256()))
        return self._answer(clientDataJSON=data, authenticatorData=said, signature=signed)

    def _client_data(self, kind: str, challenge: str) -> bytes:
        return json.dumps({"type": kind, "challenge": challenge, "origin": self.origin}).encode()

    def _data(self, rp_id: str, flags: int = 0) -> bytes:
        flags |= PRESENT | (VERIFIED if self.unlocked else 0)
        return hashlib.sha256(rp_id.encode()).digest() + struct.pack(">BI", flags, self.uses)

    def _cose_key(self) -> dict[int, Any]:
        point = self.key.public_key().public_numbers()
        x, y = (n.to_bytes(32, "big") for n in (point.x, point.y))
        return {1: 2, 3: -7, -1: 1, -2: x, -3: y}  # RFC 9053: EC2, ES256, P-256

    def _answer(self, **response: bytes) -> str:
        said = {name: _base64url(value) for name, value in response.items()}
        own = _base64url(self.credential_id)
        return json.dumps({"id": own, "rawId": own, "type": "public-key", "response": said})


def _base64url(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()
