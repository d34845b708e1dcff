"""What APIs say, as JSON: answers, lines and messages are read here alone."""

import json
import re
from decimal import Decimal
from typing import Any, Final

Json = dict[str, Any]
_HALVES: Final = re.compile(rb"\\u[dD][89a-fA-F]")
"""An escape that is one half of a character: alone it cannot be written."""


def read(raw: bytes | str) -> Any:
    """What it says, None for what is no JSON, is nested too deeply to be read, or has half of a
    character in a text. Numbers with a point stay what they are.
    """
    try:
        said = json.loads(raw, parse_float=Decimal)
        if _HALVES.search(raw if isinstance(raw, bytes) else raw.encode()):
            json.dumps(said, ensure_ascii=False, default=str).encode()
    except (ValueError, RecursionError):
        return None
    return said


def read_object(raw: bytes | str) -> Json | None:
    """The same of what has to be an object."""
    said = read(raw)
    return said if isinstance(said, dict) else None
