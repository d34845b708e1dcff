"""What stands in the way of taking commands of named operators only."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from gateway.config import Config
from gateway.events import decode
from gateway.operators.book import Operators
from store.errors import JournalDamagedError
from store.pieces import opening
from store.record import EVENT, SNAPSHOT, Record
from store.recovery import scan
from store.segment import numbers_in

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
    for record in _newest(folder):
        if record.kind in (EVENT, SNAPSHOT) and record.payload.startswith(_OF_OPERATORS):
            event = decode(record.payload)
            appliers[type(event)](event, record.time_ns, record.payload)
    return found


def _newest(folder: Path) -> Iterator[Record]:
    """The records of the newest segment that opens with all there is to know, and of later ones."""
    numbers = numbers_in(folder)
    start = next((n for n in reversed(numbers) if n == numbers[0] or _is_whole(folder, n)), None)
    if start is None:
        return
    yield from opening(folder, start)
    for batch in scan(folder, start, trusted=True):
        if batch.first_kind != SNAPSHOT:
            yield from batch.records


def _is_whole(folder: Path, number: int) -> bool:
    try:
        return sum(1 for _ in opening(folder, number)) > 0
    except JournalDamagedError:
        return False
