"""A bench with breakers, and what tests of them do again and again."""

from __future__ import annotations

from decimal import Decimal

from gateway.breakers.rules import SECOND_NS, Breaker
from gateway.breakers.trips import Trip
from gateway.monitor.flow import Tally
from gateway.risk.scope_limits import ScopeLimits
from gateway.risk.scopes import kind_of
from gateway.state import State
from tests.gateway.bench import ACME, SECOND, Bench, limits_off


def breaker(
    condition: str, scope: str, threshold: str, *actions: str, **changes: object
) -> Breaker:
    """A breaker called B with a window of 10 s."""
    values: dict[str, object] = {
        "name": "B",
        "condition": condition,
        "scopes": tuple(kind_of(one) for one in scope.split()),
        "threshold": Decimal(threshold),
        "window_ns": 10 * SECOND_NS,
        "actions": actions or ("alert",),
    }
    return Breaker(**(values | changes))  # type: ignore[arg-type]  # of any type


class Trading(Bench):
    """`told`: the alarms of breakers."""

    def __init__(
        self, *breakers: Breaker, limits: tuple[ScopeLimits, ...] = (), **options: object
    ) -> None:
        scopes = [limits_off(), *limits] if limits else []
        super().__init__(*scopes, breakers=breakers, **options)  # type: ignore[arg-type]  # of any type
        self.told: list[str] = []
        self.received: dict[str, int] = {}  # messages in all, by session
        self.execs = 0
        for client in self.setup.clients.values():
            client.strategy_tag = "5001"

    def look(self, after_s: float = 0) -> list[str]:
        """Have breakers looked at; the scopes that B has tripped for."""
        self.now += int(after_s * SECOND)
        tallies = [(name, Tally(n, 0, 0, 0)) for name, n in self.received.items()]
        self.core.watch.monitor.evaluate(self.core, tallies, self.now)
        decision = self.core.look_at_breakers(self.now)
        self.told += [text for text in decision.alarms if text.startswith("BREAKER")]
        self.took(decision)
        return self.tripped()

    def tripped(self) -> list[str]:
        return [scope for _, scope in self.core.state.breakers.trips]

    def trip(self, scope: str) -> Trip:
        return self.core.state.breakers.trips["B", scope]

    def reset(self, scope: str) -> None:
        self.took(self.core.reset_breaker(self.trip(scope), "bob", "seen to", self.now))

    def enter(self, cl_ord_id: str, link: int = ACME, **changes: str) -> str:
        """A new order: "" if it goes to a broker, else why it is refused."""
        for sent in self.order(cl_ord_id, link, **changes):
            if sent["35"] == "8" and sent["150"] == "8":
                return sent["58"]
        return ""

    def accept(self, cl_ord_id: str) -> None:
        self.broker(self.report(cl_ord_id, "0", "0", 0, "0"))

    def reject(self, cl_ord_id: str) -> None:
        self.broker(self.report(cl_ord_id, "8", "8", 0, "0"))

    def fill(self, cl_ord_id: str, quantity: int = 100, price: str = "100") -> None:
        done = quantity == self.found(cl_ord_id).terms.order_qty
        self.broker(self.report(cl_ord_id, "F", "2" if done else "1", quantity, price))

    def report(self, cl_ord_id: str, kind: str, status: str, quantity: int, price: str) -> str:
        order = self.found(cl_ord_id)
        self.execs += 1
        left = 0 if status in "28" else int(order.terms.order_qty) - quantity
        text = f"35=8|11={order.broker_cl_ord_id}|37=B{order.order_no}|17=E{self.execs}|150={kind}"
        text += f"|39={status}|55=IBM|54={order.side}|38={order.terms.order_qty}|14={quantity}"
        last = f"|32={quantity}|31={price}" if kind == "F" else ""
        return f"{text}{last}|151={left}|6={price}"

    def trade(self, cl_ord_id: str, **changes: str) -> None:
        """An order that is filled at its price."""
        assert self.enter(cl_ord_id, **changes) == ""
        order = self.found(cl_ord_id)
        self.fill(cl_ord_id, int(order.terms.order_qty), order.terms.price)

    def price(self, price: str, symbol: str = "IBM") -> None:
        self.took(self.core.state_price(symbol, "last", price, "bob", "", self.now))


def same(state: State, other: State) -> bool:
    """Whether two states have the same trips."""
    return told(state) == told(other)


def told(state: State) -> list[tuple[object, ...]]:
    trips = state.breakers.trips.values()
    return [
        (
            t.event,
            t.since_ns,
            t.state,
            t.changed_ns,
            t.after_no,
            t.probes_max,
            sorted(t.probes),
            t.answered,
        )
        for t in trips
    ]
