"""A configuration as plain texts, a setting each, that can be kept, hashed and compared for ever.

Only what is set stands in it, and no secret: of those only that they are set.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from hashlib import sha256
from typing import Final

from pydantic import BaseModel

from gateway.config.diff import NOT_SET, entry_name, is_entries, shown
from gateway.config.models import Config

ORDER: Final = "order"


def settings_of(config: Config) -> str:
    """A JSON object: `journal.sync`, `clients[ACME].heart_bt_int_s`, and `clients.order`, which has
    the names of all entries.
    """
    return json.dumps(dict(_flat("", config)), sort_keys=True)


def digest_of(settings: str) -> str:
    """SHA-256 (hex) of what `settings_of` gives."""
    return sha256(settings.encode()).hexdigest()


def changes(before: str, after: str) -> list[str]:
    """What differs, a line each, of two of what `settings_of` gives."""
    old: Mapping[str, str] = json.loads(before)
    new: Mapping[str, str] = json.loads(after)
    return [
        f"{name}: {old.get(name, NOT_SET)} -> {new.get(name, NOT_SET)}"
        for name in sorted(old.keys() | new.keys())
        if old.get(name) != new.get(name)
    ]


def _flat(path: str, model: BaseModel) -> Iterator[tuple[str, str]]:
    for name in sorted(model.model_fields_set):
        value = getattr(model, name)
        where = f"{path}{name}"
        if isinstance(value, BaseModel):
            yield from _flat(f"{where}.", value)
        elif is_entries(value):
            yield f"{where}.{ORDER}", ", ".join(entry_name(entry) for entry in value)
            for entry in value:
                yield from _flat(f"{where}[{entry_name(entry)}].", entry)
        else:
            yield where, shown(name, value)
