"""Who searched, showed and exported the record while no gateway ran: a small journal of its own.

A running gateway keeps it in its journal instead. The format is that of `store.journal`, with a
hash chain, and each seal has its head as well.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from time import monotonic, sleep, time_ns
from typing import Any, Final

from gateway.operators import action
from store.errors import JournalLockedError
from store.journal import SEGMENT_BYTES_MIN, Journal
from store.record import OPERATOR
from store.recovery import scan
from store.segment import numbers_in

READS_FOLDER: Final = "reads"
"""In the data folder."""
WAIT_S: Final = 5.0
POLL_S: Final = 0.02


def record(data_dir: Path, who: str, what: str, asked: dict[str, str]) -> None:
    """Keep that somebody reads; durable when it returns. Raises StoreError, and then nothing may be
    shown.
    """
    now = time_ns()
    journal = _opened(data_dir / READS_FOLDER)
    try:
        journal.add(OPERATOR, 0, 0, 0, 0, now, 0, action(who, "", what, **asked))
        journal.commit(now, lambda: [(now, b"")])
        while journal.in_pieces:
            journal.commit(now, list)
    finally:
        journal.close()


def _opened(folder: Path) -> Journal:
    """Others may be just writing theirs."""
    until = monotonic() + WAIT_S
    while True:
        try:
            return Journal(folder, segment_bytes=SEGMENT_BYTES_MIN)
        except JournalLockedError:
            if monotonic() > until:
                raise
            sleep(POLL_S)


def recorded(data_dir: Path) -> Iterator[tuple[int, dict[str, Any]]]:
    """When (UTC ns), and who, what and by which values, oldest first."""
    folder = data_dir / READS_FOLDER
    if not (folder.is_dir() and numbers_in(folder)):
        return
    for batch in scan(folder):
        for kept in batch.records:
            if kept.kind == OPERATOR:
                yield kept.time_ns, json.loads(kept.payload)
