"""What the journal keeps of an operator's action: who did it, why, and what. Knows no gateway."""

import json
from typing import Final

TOLD_MAX: Final = 500  # characters of an action in the log; the journal has all of it


def action(who: str, why: str, what: str, **details: str | int | bool | None) -> bytes:
    """The payload of an OPERATOR record; details that are None are left out."""
    entry: dict[str, str | int | bool] = {"who": who, "why": why, "what": what}
    entry |= {key: value for key, value in details.items() if value is not None}
    return json.dumps(entry).encode()


def told(payload: bytes) -> str:
    """An action as a line of the log has it."""
    return payload.decode()[:TOLD_MAX]
