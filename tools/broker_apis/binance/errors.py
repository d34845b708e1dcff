"""Binance's refusals: HTTP status, code and message."""

from __future__ import annotations

from typing import Any, Final

from tools.broker_apis.http import Pairs, Reply, json_reply

MESSAGES: Final = {
    418: (-1003, "Way too much request weight used; IP banned until {}."),
    429: (-1003, "Too much request weight used; current limit is {} request weight per 1 MINUTE."),
    500: (-1000, "An unknown error occurred while processing the request."),
    503: (-1016, "This service is no longer available."),
    504: (-1007, "Timeout waiting for response from backend server. Send status unknown."),
}


class RefusedError(Exception):
    """The answer is this refusal."""

    def __init__(
        self, code: int, message: str, status: int = 400, data: Any = None, headers: Pairs = ()
    ) -> None:
        super().__init__(message)
        self.status = status
        self.code = code
        self.headers = headers
        self.body: dict[str, Any] = {"code": code, "msg": message}
        if data is not None:
            self.body["data"] = data

    def reply(self) -> Reply:
        """As REST sends it."""
        return json_reply(self.status, self.body, self.headers)


def engine(message: str) -> RefusedError:
    """The matching engine refuses a new order."""
    return RefusedError(-2010, message)


def filtered(name: str) -> RefusedError:
    """A filter refuses it before the engine sees it."""
    return RefusedError(-1013, f"Filter failure: {name}")


def unknown_order() -> RefusedError:
    """There is nothing to cancel."""
    return RefusedError(-2011, "Unknown order sent.")


def failure(status: int, shown: object = "") -> Reply:
    """What the house answers by itself; a 404 is a page, as of a path that nobody knows."""
    if status not in MESSAGES:
        return Reply(status=status, body=b"<html><body><h2>404 Not found</h2></body></html>")
    code, message = MESSAGES[status]
    headers = [("Retry-After", "1")] if status in (418, 429) else []
    return json_reply(status, {"code": code, "msg": message.format(shown)}, headers)
