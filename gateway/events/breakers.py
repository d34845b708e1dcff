"""What breakers did, by themselves or by an operator's word."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class BreakerTripped(Event):
    """The reading of a scope ("account:ACC1") reached the threshold of a breaker; "" where an
    operator tripped it. `actions`: those it takes, joined by commas. `level`: of trading, that it
    wants of the scope, "" for none; `level_before`: what operators had latched on it, and
    `cancel_to_before`, `who_before`, `why_before` as there. `slow_to_per_s` "": no orders are
    slowed down.
    """

    name: str
    scope: str
    condition: str
    reading: str
    threshold: str
    actions: str
    level: str
    level_before: str
    cancel_to_before: int
    who_before: str
    why_before: str
    slow_to_per_s: str
    who: str
    why: str


@dataclass(slots=True)
class BreakerReset(Event):
    """It works again for the scope, and counts from here on; losses from `mark`, the scope's result
    of the day, "" where that does not matter.
    """

    name: str
    scope: str
    mark: str
    who: str
    why: str


@dataclass(slots=True)
class BreakerMarked(Event):
    """The best result of a scope on business date `date` (yyyymmdd), which losses are measured
    from; or the first one that was known after a reset.
    """

    name: str
    scope: str
    date: int
    mark: str


@dataclass(slots=True)
class RouteBreakerChanged(Event):
    """A tripped breaker of a broker is "half-open", so that `probes` orders with numbers above
    `after_no` may go to the broker, or "open" again. `answered`: so many of them were answered well
    and are over, which only a snapshot knows.
    """

    name: str
    scope: str
    state: str
    probes: int
    after_no: int
    answered: int
    why: str


@dataclass(slots=True)
class ClosingOrderSent(Event):
    """The order that was entered just before it is the gateway's own: it closes a position of the
    scope that a breaker has tripped for. `tries`: so many there were for this position.
    """

    order_no: int
    name: str
    scope: str
    account: str
    symbol: str
    currency: str
    strategy: str
    tries: int


@dataclass(slots=True)
class ClosingEnded(Event):
    """A breaker closes no more positions of its scope. `open`: those that it could not close, ""
    for none.
    """

    name: str
    scope: str
    open: str
