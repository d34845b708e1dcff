"""A record of some days for tests of retention: a segment or more a day, sealed, and let go by a
policy step by step, as the gateway does.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from time import time_ns

from gateway.audit.verify import Result, verify
from gateway.events import JournalSealed, LegalHoldReleased, LegalHoldSet
from gateway.retention.plan import DAY_NS, Policy
from gateway.retention.work import Step, Task, begin, finish
from gateway.seals.seal import Seal
from gateway.snapshot import snapshot
from store import archive
from store.segment import numbers_in
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.tampering import place_of, seal
from tests.gateway.bench import NOON

SEGMENT_BYTES = 1 << 16
EVER = 1 << 30
NOTHING = Policy(0, 0)
DAYS = 5
ROOT = Path(__file__).parents[3]


class Record(Writer):
    """A journal whose orders are known only within a segment, so that a start needs no more."""

    def __init__(self, data_dir: Path, days: int = 0) -> None:
        self.data_dir = data_dir
        self.resends_from = EVER
        now = max(NOON, time_ns())  # the first segment is made by the machine's clock
        super().__init__(data_dir / "journal", SEGMENT_BYTES, now)
        place_of(data_dir).keys.new(NOON)
        for _ in range(days):
            self.day()

    def _snapshot(self) -> Iterator[tuple[int, bytes]]:
        state = self.bench.core.state
        state.history_from = self.journal.segment
        return snapshot(state, self.now)

    def day(self) -> None:
        """Trade into another segment, then seal, and the day is over."""
        until = self.journal.segment + 1
        while self.journal.segment < until or self.journal.in_pieces:
            busy_day(self, 1)
        self.seal()
        self.now += DAY_NS

    def seal(self) -> None:
        """Seal it all, and tell."""
        made: Seal = seal(self.data_dir, self.now)
        self.event(
            JournalSealed(made.number, made.batch, made.head, made.key, made.digest, made.why)
        )
        self.commit()

    # --- retention ------------------------------------------------------------------------------

    def task(self, policy: Policy) -> Task:
        """What it works on now."""
        return Task(
            place=place_of(self.data_dir),
            folder=self.data_dir / "archive",
            policy=policy,
            resends_from=self.resends_from,
            retention=self.bench.core.state.retention.as_it_is(),
        )

    def begin(self, policy: Policy) -> Step:
        """The first part of a step, of which nobody tells yet."""
        return begin(self.task(policy), self.now, lambda: None, who="ann", why="a test")

    def tell(self, step: Step) -> None:
        """What is between the two."""
        if step.event is not None:
            self.event(step.event)
            self.commit()

    def finish(self, policy: Policy, step: Step) -> None:
        """The rest of it."""
        finish(self.task(policy), step)

    def step(self, policy: Policy) -> Step:
        """One whole step."""
        step = self.begin(policy)
        self.tell(step)
        self.finish(policy, step)
        return step

    def round(self, after_days: int, keep_days: int = 0) -> list[Step]:
        """All that is to be done."""
        policy = Policy(after_days, keep_days)
        steps: list[Step] = []
        while (step := self.step(policy)).is_one:
            steps.append(step)
        return steps

    def hold(self, from_ns: int = 0, to_ns: int = 0) -> int:
        """Set a legal hold."""
        number = self.bench.core.state.retention.next_hold_no
        self.event(LegalHoldSet(number, from_ns, to_ns, "ann", "a dispute"))
        self.commit()
        return number

    def release(self, number: int) -> None:
        """End it."""
        self.event(LegalHoldReleased(number, "ann", "settled"))
        self.commit()


def without(path: Path, do: Callable[[], object]) -> None:
    """Do something while a file has another name."""
    aside = path.with_name(path.name + ".aside")
    path.rename(aside)
    try:
        do()
    finally:
        aside.rename(path)


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def url(data_dir: Path) -> str:
    return f"sqlite:///{data_dir}/audit.db"


def here(data_dir: Path) -> list[int]:
    return numbers_in(data_dir / "journal")


def archived(data_dir: Path) -> list[int]:
    return archive.numbers_in(data_dir / "archive")


def checked(data_dir: Path) -> Result:
    """Tables and all."""
    return verify(data_dir, url(data_dir), lambda _done, _total: None)


def goes_on(data_dir: Path, after_days: int, keep_days: int, now: int, point: str = "") -> int:
    """In a process of its own, up to a point."""
    command = [sys.executable, "-m", "tests.gateway.retention.worker", str(data_dir)]
    command += [str(after_days), str(keep_days), str(now), point]
    return subprocess.run(command, cwd=ROOT, check=False).returncode
