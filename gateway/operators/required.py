"""What stands in the way of taking commands of named operators only."""

from __future__ import annotations

from pathlib import Path

from gateway.config import Config
from gateway.events import decode
from gateway.operators.book import Operators
from gateway.recovery import newest_records
from store.record import EVENT, SNAPSHOT

_OF_OPERATORS = b"Operator"  # how the names of their events begin


def without_administrator(config: Config, operators: Operators) -> list[str]:
    """The problem with a configuration under which nobody could command, nor name one who can."""
    if config.control.operators != "required" or operators.administrators():
        return []
    return [
        'control.operators: is "required", and there is no administrator: run with "off", `fixgate'
        ' operators issue NAME --role administrator`, then set "required" and `fixgate reload`'
    ]


def operators_in(folder: Path) -> Operators:
    """The operators that a journal knows, also one that a gateway is writing; raises StoreError."""
    found = Operators()
    appliers = found.appliers()
    for record in newest_records(folder):
        if record.kind in (EVENT, SNAPSHOT) and record.payload.startswith(_OF_OPERATORS):
            event = decode(record.payload)
            appliers[type(event)](event, record.time_ns, record.payload)
    return found
