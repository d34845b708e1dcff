"""Restart: the journal's facts folded into the state they made.

Reads from the segment that the newest snapshot names; decides nothing.
"""

from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from gateway.config import Config
from gateway.events import HistoryFrom, decode
from gateway.orders.parked import KEPT_MAX
from gateway.risk.limits import LimitTable
from gateway.state import State
from store.errors import JournalDamagedError
from store.journal import Journal
from store.pieces import opening
from store.reader import JournalReader
from store.record import EVENT, IN, IN_ADVANCES, OUT, OUT_RESENT, SNAPSHOT, Batch, Record
from store.recovery import scan
from store.segment import numbers_in

MB: Final = 1024 * 1024
ENDLESS: Final = 1 << 63


def open_journal(config: Config) -> Journal:
    """The journal of a gateway's data folder, made if there is none; raises StoreError."""
    settings = config.journal
    return Journal(
        config.gateway.data_dir / "journal",
        segment_bytes=settings.segment_mb * MB,
        sync=settings.sync,
    )


def recover(
    journal: Journal, limits: LimitTable, refused_max: int, parked_max: int = KEPT_MAX
) -> State:
    """Return the state that the journal's records make."""
    state = State(limits, refused_max, parked_max)
    fold_from(journal, _first_segment(journal), state)
    state.segment = journal.segment
    state.book.lists.touched.clear()  # what followed was decided then
    return state


def fold_from(journal: Journal | JournalReader, start: int | None, state: State) -> None:
    """Fold the journal from the head of a segment on; all of it for None."""
    for _ in folded(journal, start, state):
        pass


def folded(
    journal: Journal | JournalReader, start: int | None, state: State, until_ns: int = ENDLESS
) -> Iterator[Batch]:
    """Fold the journal from the head of a segment on, all of it for None, up to the first record
    that is later than `until_ns` (UTC ns); gives each batch of which something was folded.
    """
    if start is not None:
        state.segment = start
        for record in journal.opening(start):
            fold(state, record)
    for batch in journal.batches(start):
        state.segment = batch.position.segment
        if batch.first_kind == SNAPSHOT:
            continue
        for number, record in enumerate(batch.records):
            if record.time_ns > until_ns:
                if number:
                    yield batch
                return
            fold(state, record)
        yield batch


def _first_segment(journal: Journal) -> int | None:
    newest = journal.latest_snapshot()
    return None if newest is None else history_of(newest)


def history_of(opening: Iterable[Record]) -> int:
    """The segment from which on a snapshot says that the journal is to be read."""
    told = (decode(record.payload) for record in opening)
    return next((event.segment for event in told if isinstance(event, HistoryFrom)), 1)


def newest_records(folder: Path) -> Iterator[Record]:
    """The records of the newest segment that opens with all there is to know, and of later ones;
    of a journal that a gateway may be writing. Raises StoreError.
    """
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


def fold(state: State, record: Record) -> None:
    """Apply what a record says."""
    kind = record.kind
    if kind in (EVENT, SNAPSHOT):
        state.fold(record.payload, record.time_ns)
    elif kind == IN and record.flags & IN_ADVANCES:
        state.links[record.link].next_in = record.seq + 1
    elif kind == OUT and not record.flags & OUT_RESENT:
        state.links[record.link].next_out = record.seq + 1
