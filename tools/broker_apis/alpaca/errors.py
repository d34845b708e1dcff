"""Alpaca's refusals: HTTP status, code and message, as its clients meet them."""

from __future__ import annotations

from http.client import responses
from typing import Any, Final

from tools.broker_apis.http import Reply, json_reply

BAD_PARAMETER: Final = 40010001
FORBIDDEN: Final = 40310000
NOT_FOUND: Final = 40410000
UNPROCESSABLE: Final = 42210000
TOO_MANY: Final = 42910000

CODES: Final = {404: NOT_FOUND, 422: UNPROCESSABLE, 429: TOO_MANY, 500: 50010000}
MESSAGES: Final = {404: "endpoint not found.", 429: "too many requests."}


class RefusedError(ValueError):
    """The answer is this refusal. The code's first digits are not always the status."""

    def __init__(self, status: int, code: int, message: str, **extras: Any) -> None:
        super().__init__(message)
        self.status = status
        self.body = {"code": code, "message": message, **extras}

    def reply(self) -> Reply:
        """As it is sent."""
        return json_reply(self.status, self.body)


def bad_parameter(message: str) -> RefusedError:
    """Code 40010001, which arrives with 422."""
    return RefusedError(422, BAD_PARAMETER, message)


def forbidden(message: str, **extras: Any) -> RefusedError:
    """403."""
    return RefusedError(403, FORBIDDEN, message, **extras)


def not_found(message: str) -> RefusedError:
    """404."""
    return RefusedError(404, NOT_FOUND, message)


def unprocessable(message: str, **extras: Any) -> RefusedError:
    """422."""
    return RefusedError(422, UNPROCESSABLE, message, **extras)


def failure(status: int) -> Reply:
    """What the edge of the house answers; 401 and 5xx carry no code."""
    message = MESSAGES.get(status, responses.get(status, "unknown error").lower())
    code = {"code": CODES[status]} if status in CODES else {}
    return json_reply(status, {**code, "message": message})
