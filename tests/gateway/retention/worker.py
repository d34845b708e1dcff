"""`python -m tests.gateway.retention.worker DATA_DIR AFTER KEEP NOW POINT`: let a record go by a
policy, in a process of its own that ends at a point as if it were killed; "" goes to the end.
"""

from __future__ import annotations

import os
import sys
from decimal import localcontext
from pathlib import Path

from gateway.events import encode
from gateway.orders.order import DECIMAL_DIGITS
from gateway.recovery import recover
from gateway.retention.plan import Policy
from gateway.retention.work import Task, begin, finish
from gateway.risk.limits import LimitTable
from gateway.snapshot import snapshot
from store import archive
from store.journal import Journal
from store.record import EVENT
from tests.gateway.audit.tampering import place_of

COMPRESSING, PUT_AWAY, TOLD, REMOVING = "compressing", "put away", "told", "removing"
DIED = 9


def main(data_dir: Path, policy: Policy, now: int, point: str) -> None:
    """Step by step."""

    def at(here: str) -> None:
        if here == point:
            os._exit(DIED)

    journal = Journal(data_dir / "journal", segment_bytes=1 << 16)
    removes = archive.remove

    def remove(path: Path) -> None:
        removes(path)
        at(REMOVING)

    archive.remove = remove
    with localcontext(prec=DECIMAL_DIGITS):
        state = recover(journal, LimitTable([], []), 1 << 20)
        while True:
            task = Task(
                place=place_of(data_dir),
                folder=data_dir / "archive",
                policy=policy,
                resends_from=1 << 30,
                retention=state.retention.as_it_is(),
            )
            step = begin(task, now, lambda: at(COMPRESSING), who="ann", why="a test")
            at(PUT_AWAY)
            if step.event is not None:
                payload = encode(step.event)
                state.apply(step.event, now, payload)
                journal.add(EVENT, 0, 0, 0, 0, now, 0, payload)
                journal.commit(now, lambda: snapshot(state, now))
            at(TOLD)
            finish(task, step)
            if not step.is_one:
                break
    journal.close()


if __name__ == "__main__":
    _, where, after_days, keep_days, moment, end = sys.argv
    main(Path(where), Policy(int(after_days), int(keep_days)), int(moment), end)
