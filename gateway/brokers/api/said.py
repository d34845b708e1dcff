"""What APIs say, as JSON: answers, lines and messages are read here alone."""

import json
from decimal import Decimal
from typing import Any

Json = dict[str, Any]


def read(raw: bytes | str) -> Any:
    """What it says, None for what is no JSON, or is nested too deeply to be read. Numbers with a
    point stay what they are.
    """
    try:
        return json.loads(raw, parse_float=Decimal)
    except (ValueError, RecursionError):
        return None


def read_object(raw: bytes | str) -> Json | None:
    """The same of what has to be an object."""
    said = read(raw)
    return said if isinstance(said, dict) else None
