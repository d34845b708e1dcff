"""What one evaluation found: plain values, for metrics, operators and circuit breakers."""

from __future__ import annotations

from dataclasses import dataclass, field
from decimal import Decimal

from gateway.monitor.flow import Flow
from gateway.risk.usage import Usage


@dataclass(frozen=True, slots=True)
class Acked:
    """A broker's first answers to orders in the window: how many, how long (ns) they took, and for
    how long the order waits that waits for longest, 0 for none.
    """

    answers: int
    p50_ns: int
    p99_ns: int
    waits_ns: int


@dataclass(frozen=True, slots=True)
class DayResult:
    """What an account, a client or the firm won or lost today, in the currency of the limits;
    `unknown`: what is missing to know it, "" if nothing is.
    """

    money: Decimal
    unknown: str = ""


@dataclass(slots=True)
class Readings:
    """`time_ns`: when the round began (UTC ns), 0 for none yet; `took_ns`: how long it took.

    `flows` by session; `acks` and `unknown` (orders) by broker; `accounts` and `clients` with
    their results, of accounts but those that nothing became of today. `nearest`: of the limits on
    what a scope has in all, and of each account's max_daily_loss, those that are used most. A
    client's result is that of its accounts; who may use any has none.
    """

    time_ns: int = 0
    took_ns: int = 0
    flows: dict[str, Flow] = field(default_factory=dict)
    acks: dict[str, Acked] = field(default_factory=dict)
    unknown: dict[str, int] = field(default_factory=dict)
    accounts: dict[str, DayResult] = field(default_factory=dict)
    clients: dict[str, DayResult] = field(default_factory=dict)
    firm: DayResult | None = None
    nearest: list[Usage] = field(default_factory=list)
