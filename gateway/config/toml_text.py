"""One value as TOML writes it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import date
from decimal import Decimal
from pathlib import Path


def toml_text(value: object) -> str:
    """The value of a setting as text; paths become texts, sets and tuples lists."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, str | Path):
        return json.dumps(str(value), ensure_ascii=False)
    if isinstance(value, Mapping):
        pairs = [f"{toml_text(key)} = {toml_text(item)}" for key, item in value.items()]
        return f"{{ {', '.join(pairs)} }}" if pairs else "{}"
    if isinstance(value, list | tuple | frozenset):
        return f"[{', '.join(toml_text(item) for item in value)}]"
    if isinstance(value, int | float | Decimal | date):
        return str(value)
    raise AssertionError(f"no TOML form for {value!r}")
