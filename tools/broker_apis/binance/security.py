"""Keys, signatures over the very bytes, timestamps. Pure."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping
from typing import Any, Final
from urllib.parse import parse_qsl, unquote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import load_pem_public_key

from tools.broker_apis.binance.errors import RefusedError
from tools.broker_apis.http import Request
from tools.broker_apis.world import World

AHEAD_MS: Final = 1000
WINDOW_MS: Final = 5000
WINDOW_MAX_MS: Final = 60_000
MS_NS: Final = 1_000_000
MICROSECONDS_FROM: Final = 10**15
SIGNATURE: Final = "signature="

Parameters = dict[str, str]


class Security:
    """One account's key."""

    def __init__(self, world: World) -> None:
        self._world = world

    @property
    def by_ed25519(self) -> bool:
        """Whether the key is an Ed25519 one."""
        return bool(self._world.switches["public_key"])

    def check_key(self, key: str | None) -> None:
        """RefusedError for a key that is not the account's."""
        if not key or not key.isalnum():
            raise RefusedError(-2014, "API-key format invalid.", 401)
        if key != self._world.switches["key_id"]:
            raise RefusedError(-2015, "Invalid API-key, IP, or permissions for action.", 401)

    def signed(self, request: Request) -> Parameters:
        """The parameters of a request over REST that has to be signed. RefusedError."""
        self.check_key(request.headers.get("x-mbx-apikey"))
        texts = request.raw_query, request.body.decode("latin-1")
        pairs = [pair for text in texts for pair in text.split("&") if pair]
        signature = next((p for p in pairs if p.startswith(SIGNATURE)), "")
        payload = "".join(_without(text) for text in texts)
        self._check(payload, unquote(signature[len(SIGNATURE) :]))
        parameters = {k: v for text in texts for k, v in parse_qsl(text, keep_blank_values=True)}
        self.check_time(parameters)
        return parameters

    def signed_call(self, parameters: Mapping[str, Any]) -> None:
        """The same of a request over the WebSocket API."""
        self.check_key(str(parameters.get("apiKey", "")))
        names = sorted(name for name in parameters if name != "signature")
        payload = "&".join(f"{name}={_shown(parameters[name])}" for name in names)
        self._check(payload, str(parameters.get("signature", "")))
        self.check_time(parameters)

    def check_time(self, parameters: Mapping[str, Any], later_s: float = 0) -> None:
        """On arrival, or so much later before the matching engine."""
        stamp, window = str(parameters.get("timestamp", "")), str(parameters.get("recvWindow", ""))
        if not stamp.isdecimal():
            raise RefusedError(
                -1102, "Mandatory parameter 'timestamp' was not sent, was empty/null, or malformed."
            )
        sent_ms = float(stamp) / (1000 if int(stamp) >= MICROSECONDS_FROM else 1)
        window_ms = float(window or WINDOW_MS)
        if window_ms > WINDOW_MAX_MS:
            raise RefusedError(-1131, "recvWindow must be less than 60000.")
        now_ms = self._world.clock.shown_ns() / MS_NS + later_s * 1000
        if sent_ms >= now_ms + AHEAD_MS:
            ahead = "Timestamp for this request was 1000ms ahead of the server's time."
            raise RefusedError(-1021, ahead)
        if now_ms - sent_ms > window_ms:
            raise RefusedError(-1021, "Timestamp for this request is outside of the recvWindow.")

    def _check(self, payload: str, signature: str) -> None:
        if not (self._by_key if self.by_ed25519 else self._by_secret)(payload, signature):
            raise RefusedError(-1022, "Signature for this request is not valid.")

    def _by_secret(self, payload: str, signature: str) -> bool:
        key = str(self._world.switches["secret_key"]).encode()
        wanted = hmac.new(key, payload.encode("latin-1"), hashlib.sha256).hexdigest()
        return hmac.compare_digest(wanted, signature.lower())

    def _by_key(self, payload: str, signature: str) -> bool:
        key = load_pem_public_key(str(self._world.switches["public_key"]).encode())
        assert isinstance(key, Ed25519PublicKey)
        try:
            key.verify(base64.b64decode(signature, validate=True), payload.encode("latin-1"))
        except (InvalidSignature, binascii.Error):
            return False
        return True


def _without(text: str) -> str:
    return "&".join(pair for pair in text.split("&") if not pair.startswith(SIGNATURE))


def _shown(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
