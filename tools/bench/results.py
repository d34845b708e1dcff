"""What was measured, and the few sums done on it: medians, percentiles, ratios.

Knows no process and no output format.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from math import ceil
from statistics import median
from typing import Any, Final

from tools.bench.meter import Mark

EARLY: Final = 10_000
AROUND: Final = 6_000  # orders to both sides of a place whose cost is asked for
MARK_EVERY: Final = 1_000


@dataclass(frozen=True, slots=True)
class Run:
    """One run of a server under load."""

    orders: int
    elapsed_ns: int
    cpu_ns: int
    generator_ns: int
    rss_bytes: int
    marks: tuple[Mark, ...] = ()
    latencies_ns: tuple[int, ...] = ()

    @classmethod
    def of(cls, answer: dict[str, Any]) -> "Run":
        """From a client's answer."""
        marks = tuple(Mark(**mark) for mark in answer["marks"])
        first, last = marks[0], marks[-1]
        return cls(
            orders=last.orders,
            elapsed_ns=last.time_ns - first.time_ns,
            cpu_ns=last.cpu_ns - first.cpu_ns,
            generator_ns=answer["generator_ns"],
            rss_bytes=last.rss_bytes,
            marks=marks,
            latencies_ns=tuple(answer.get("latencies_ns", ())),
        )

    @property
    def orders_per_s(self) -> float:
        """Orders answered a second."""
        return self.orders / self.elapsed_ns * 1e9

    @property
    def cpu_us_per_order(self) -> float:
        """CPU of the server an order."""
        return self.cpu_ns / self.orders / 1e3

    @property
    def generator_busy(self) -> float:
        """Share of one core that the generators used."""
        return self.generator_ns / self.elapsed_ns

    def latency_us(self, share: float) -> float:
        """The latency that this share of the orders did not exceed."""
        return percentile(self.latencies_ns, share) / 1e3


def percentile(values: Sequence[int], share: float) -> int:
    """The least value that at least `share` of all values do not exceed (nearest rank)."""
    ordered = sorted(values)
    return ordered[max(ceil(len(ordered) * share), 1) - 1]


@dataclass(frozen=True, slots=True)
class Runs:
    """Equal runs, of which the medians count."""

    runs: tuple[Run, ...]

    @property
    def orders_per_s(self) -> float:
        """Median."""
        return median(run.orders_per_s for run in self.runs)

    @property
    def cpu_us_per_order(self) -> float:
        """Median."""
        return median(run.cpu_us_per_order for run in self.runs)

    @property
    def generator_busy(self) -> float:
        """Median."""
        return median(run.generator_busy for run in self.runs)


@dataclass(frozen=True, slots=True)
class Growth:
    """One long run: what the last orders cost against the early ones."""

    run: Run
    orders: int

    def cost_us_at(self, place: int) -> float:
        """Median CPU an order of the windows around the `place`th order."""
        inside = [
            (after.cpu_ns - before.cpu_ns) / (after.orders - before.orders) / 1e3
            for before, after in zip(self.run.marks, self.run.marks[1:], strict=False)
            if place - AROUND <= before.orders and after.orders <= place + AROUND
        ]
        return median(inside)

    @property
    def early(self) -> int:
        """The order that the last ones are compared with."""
        return EARLY

    @property
    def ratio(self) -> float:
        """Cost of the last orders over that of the early ones."""
        return self.cost_us_at(self.orders) / self.cost_us_at(EARLY)

    @property
    def bytes_per_closed_order(self) -> float:
        """Resident memory that grew, an order."""
        first = next(mark for mark in self.run.marks if mark.orders >= EARLY)
        last = self.run.marks[-1]
        return (last.rss_bytes - first.rss_bytes) / (last.orders - first.orders)


@dataclass(slots=True)
class Results:
    """All of one benchmark; None or empty where a part was not run."""

    floor: Runs
    floor_saturation: float
    gateway_saturation: float
    gateway: Runs | None = None
    plain: Runs | None = None  # the same in plain Python, where `gateway` is compiled
    paced: dict[int, Run] = field(default_factory=dict)
    growth: Growth | None = None
    restart_s: float = 0.0
    stages_us: dict[str, float] = field(default_factory=dict)
    checks_us: dict[str, float] = field(default_factory=dict)
    notes: list[str] = field(default_factory=list)

    @property
    def throughput_ratio(self) -> float:
        """Gateway over floor, by orders a second."""
        assert self.gateway is not None
        return self.gateway.orders_per_s / self.floor.orders_per_s

    @property
    def cpu_ratio(self) -> float:
        """Gateway over floor, by work done a CPU second."""
        assert self.gateway is not None
        return self.floor.cpu_us_per_order / self.gateway.cpu_us_per_order

    @property
    def ratio(self) -> float:
        """The lower of both."""
        return min(self.throughput_ratio, self.cpu_ratio)

    @property
    def plain_ratio(self) -> float:
        """The same of plain Python."""
        assert self.plain is not None
        return min(
            self.plain.orders_per_s / self.floor.orders_per_s,
            self.floor.cpu_us_per_order / self.plain.cpu_us_per_order,
        )
