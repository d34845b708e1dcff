"""Time travel: orders and positions as they were at a moment, folded from the journal up to then.

Takes no lock and needs neither configuration nor database; changes nothing.
"""

from decimal import localcontext
from pathlib import Path
from typing import Final

from gateway.orders.order import DECIMAL_DIGITS
from gateway.recovery import folded, history_of
from gateway.risk.limits import LimitTable
from gateway.state import State
from store.errors import JournalError
from store.pieces import beginning
from store.reader import JournalReader
from store.record import Batch
from store.segment import JOURNAL_FOLDER

REFUSED_MAX: Final = 1_000_000


class AsOf:
    """The state at a moment. `batch`: the last one of which anything counted, `time_ns` (UTC) of
    the newest record in it that did, `first_segment` where reading began: orders that were closed
    before are not in the state.
    """

    __slots__ = ("batch", "first_segment", "state", "time_ns")

    def __init__(self, state: State, batch: Batch, time_ns: int, first_segment: int) -> None:
        self.state = state
        self.batch = batch
        self.time_ns = time_ns
        self.first_segment = first_segment


def state_at(data_dir: Path, moment_ns: int) -> AsOf:
    """The state at `moment_ns` (UTC ns), with all that was recorded up to then. Raises StoreError
    if the journal does not reach so far back, or is damaged.
    """
    folder = data_dir / JOURNAL_FOLDER
    reader = JournalReader(folder)
    segment = reader.segment_at(moment_ns)
    if segment is None:
        raise JournalError(f"{folder}: no segment of the journal here is so old")
    start = history_start(folder, segment)
    state = State(LimitTable([], []), REFUSED_MAX)
    last: Batch | None = None
    with localcontext(prec=DECIMAL_DIGITS):
        for batch in folded(reader, start, state, moment_ns):
            last = batch
    if last is None:
        raise JournalError(f"{folder}: nothing was recorded by then")
    newest = max(r.time_ns for r in last.records if r.time_ns <= moment_ns)
    return AsOf(state, last, newest, start or 1)


def history_start(folder: Path, segment: int) -> int | None:
    """Where to begin folding for the state at the head of a segment; None: at the very beginning,
    without a snapshot.
    """
    told = beginning(folder, segment)
    return None if told is None else history_of(told)
