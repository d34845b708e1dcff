"""Those who are sent alerts: a web server and a mail server on this machine, real ones."""

from __future__ import annotations

import hashlib
import hmac
import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from gateway.alerts.alert import Alert
from gateway.alerts.webhook import SIGNATURE, TIMESTAMP
from gateway.config.alerts import WebhookSink

SECRET = "a secret of 26 characters "
HANG_S = 60


class Received:
    """What a web server was sent; `statuses` are its next answers, then always 200. Where `holds`
    is set it answers when that is.
    """

    def __init__(self) -> None:
        self.url = ""
        self.statuses: list[int] = []
        self.bodies: list[dict[str, Any]] = []
        self.came = threading.Semaphore(0)
        self.released = threading.Event()
        self.released.set()

    def wait(self, requests: int) -> None:
        """Until so many more have come."""
        for _ in range(requests):
            assert self.came.acquire(timeout=HANG_S)

    @property
    def texts(self) -> list[str]:
        """Of all alerts that came."""
        return [alert["text"] for body in self.bodies for alert in body["alerts"]]


@contextmanager
def web_server() -> Iterator[Received]:
    """A web server that checks every signature."""
    received = Received()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            body = self.rfile.read(int(self.headers["Content-Length"]))
            signed = f"{self.headers[TIMESTAMP]}.".encode() + body
            digest = hmac.new(SECRET.encode(), signed, hashlib.sha256).hexdigest()
            is_good = self.headers[SIGNATURE] == f"sha256={digest}"
            received.bodies.append(json.loads(body))
            received.came.release()
            received.released.wait(HANG_S)
            self.send_response((received.statuses or [200]).pop(0) if is_good else 403)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *_args: Any) -> None:
            """Nobody reads it."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        received.url = f"http://127.0.0.1:{server.server_port}/alarms"
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        try:
            yield received
        finally:
            received.released.set()
            server.shutdown()
            thread.join()


def webhook(url: str, **changes: Any) -> WebhookSink:
    """Settings that do not wait."""
    given = {
        "name": "ops",
        "type": "webhook",
        "url": url,
        "secret": SECRET,
        "gather_s": 0,
        "retry_min_s": 0.01,
        "retry_max_s": 0.01,
        "timeout_s": 20,
    }
    return WebhookSink.model_validate(given | changes)


def alert(text: str, count: int = 1) -> Alert:
    """One of a code."""
    return Alert("L-1", "ORDERS", text, count, 1_795_262_400_000_000_000, 1_795_262_401_500_000_000)
