"""Alerts by HTTP: JSON that is posted to a URL, with a signature that shows who sent it and when.

The signature is HMAC-SHA256, in hexadecimal, of the timestamp's text, a dot, and the body.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import ssl
from datetime import UTC, datetime
from importlib.metadata import version
from time import time
from typing import TYPE_CHECKING, Final

from gateway.alerts.alert import Alert, UndeliveredError
from gateway.config.alerts import WebhookSink

if TYPE_CHECKING:
    import httpx

TIMESTAMP: Final = "X-Fixgate-Timestamp"
SIGNATURE: Final = "X-Fixgate-Signature"
AGAIN: Final = frozenset({408, 425, 429})  # statuses that say: later; and all from 500 on
NS: Final = 1_000_000_000


class Webhook:
    """One URL; `node` names the gateway."""

    def __init__(self, config: WebhookSink, node: str) -> None:
        self._config = config
        self._node = node
        self._http: httpx.Client | None = None

    def open(self) -> None:
        """Part of Sink."""
        import httpx  # noqa: PLC0415 - slow to load, and only who has such a sink needs it

        if self._http is not None:
            return
        self._http = httpx.Client(
            timeout=self._config.timeout_s,
            verify=ssl.create_default_context(),
            trust_env=False,
            follow_redirects=False,
        )

    def close(self) -> None:
        """Part of Sink."""
        if self._http is not None:
            self._http.close()

    def send(self, alerts: list[Alert]) -> str:
        """Part of Sink."""
        import httpx  # noqa: PLC0415 - as above

        assert self._http is not None, "a webhook is opened before it sends"
        body = payload(self._node, alerts)
        headers = {
            "Content-Type": "application/json",
            "User-Agent": f"fixgate/{version('fixgate')}",
            **signed(self._config.secret, body, int(time())),
        }
        try:
            # What is answered besides the status is not read: it may be of any length.
            with self._http.stream(
                "POST", self._config.url, content=body, headers=headers
            ) as response:
                status = response.status_code
        except httpx.TimeoutException:
            raise UndeliveredError(
                f"no answer within {self._config.timeout_s:g} s", again=True
            ) from None
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            text = str(error) or type(error).__name__
            raise UndeliveredError(text, again=True) from None
        said = f"HTTP status {status}"
        if not 200 <= status < 300:
            raise UndeliveredError(said, again=status in AGAIN or status >= 500)
        return said


def payload(node: str, alerts: list[Alert]) -> bytes:
    """The body: who sends, and the alerts, oldest first. `id` tells one that comes twice."""
    told = [
        {
            "id": f"{alert.key}-{alert.last_ns}",
            "key": alert.key,
            "code": alert.code,
            "text": alert.text,
            "count": alert.count,
            "first": _time(alert.first_ns),
            "last": _time(alert.last_ns),
        }
        for alert in alerts
    ]
    return json.dumps({"from": "fixgate", "node": node, "alerts": told}).encode()


def signed(secret: str, body: bytes, timestamp: int) -> dict[str, str]:
    """The headers that sign a body; `timestamp` in seconds since 1970."""
    text = f"{timestamp}.".encode() + body
    digest = hmac.new(secret.encode(), text, hashlib.sha256).hexdigest()
    return {TIMESTAMP: str(timestamp), SIGNATURE: f"sha256={digest}"}


def _time(time_ns: int) -> str:
    seconds, rest = divmod(time_ns, NS)
    return f"{datetime.fromtimestamp(seconds, UTC):%Y-%m-%dT%H:%M:%S}.{rest // 1_000_000:03d}Z"
