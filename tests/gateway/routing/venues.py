"""A bench with brokers ONE, TWO and DARK, of which a route chooses."""

from __future__ import annotations

from gateway.decision import Decision
from gateway.events import PricesFed, encode
from gateway.orders.order import Order
from gateway.prices.known import together, told_as
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing import Route, RouteTable, Scoring
from gateway.routing.choice import Considered, read_record
from gateway.routing.venue import DARK, Venue
from gateway.setup import Broker
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import ACME
from tests.gateway.breakers.trading import Trading

LINKS = {"ONE": 11, "TWO": 12, "DARK": 13}
WEIGHTS = {
    "fees": 1000,
    "spread": 1000,
    "speed": 10,
    "fill_rate": 100,
    "price_improvement": 1000,
    "priority": 0,
}


def route(*brokers: str, **options: object) -> Route:
    """Of everything, to these brokers."""
    return Route(name="all", brokers=brokers or ("ONE", "TWO"), **options)  # type: ignore[arg-type]  # of any type


class Venues(Trading):
    """`venues`: what the brokers are, of those that are named."""

    def __init__(
        self,
        *routes: Route,
        venues: dict[str, Venue] | None = None,
        limits: tuple[ScopeLimits, ...] = (),
    ) -> None:
        super().__init__(limits=limits)
        known = {"DARK": Venue(DARK), **(venues or {})}
        for name, link in LINKS.items():
            self._define(self.core.state, name, "broker", link, "FIX.4.4")
            broker = Broker(
                name=name,
                link=link,
                dialect=DIALECTS["FIX.4.4"],
                resend_age_max_ns=0,
                venue=known.get(name),
            )
            broker.up = True
            self.setup.brokers = {**self.setup.brokers, name: broker}
            self.setup.brokers_by_link[link] = broker
        self.use(*(routes or (route(),)))

    def use(self, *routes: Route, **weights: int) -> None:
        """Go by these routes and weights."""
        self.setup.routes = RouteTable(routes, Scoring(WEIGHTS | weights), "v1")

    def goes_to(self, cl_ord_id: str, link: int = ACME, **changes: str) -> str:
        """The broker that a new order is sent to, or why it is refused."""
        sent = self.order(cl_ord_id, link, **changes)
        for message in sent:
            if message["35"] == "8" and message["150"] == "8":
                return message["58"]
        order = self.found(cl_ord_id, link)
        links = [int(message["link"]) for message in sent if message["35"] == "D"]
        assert links == ([] if order.held else [LINKS[order.broker]])
        return order.broker

    def considered(self, cl_ord_id: str) -> dict[str, Considered]:
        """What the newest decision about an order's broker was made of."""
        decided = self.core.state.routing.decisions[self.found(cl_ord_id).order_no]
        return {one.broker: one for one in read_record(decided[-1][1].record)}

    def said(self, cl_ord_id: str, body: str, broker: str = "") -> list[dict[str, str]]:
        """What is sent when a broker, that of the order, reports `body` of it as it stands there:
        "150=F|39=2|32=100|31=100|14=100".
        """
        order = self.found(cl_ord_id)
        self.execs += 1
        text = f"35=8|11={order.broker_cl_ord_id}|37=B{order.order_no}|17=E{self.execs}|55=IBM"
        text += f"|54={order.side}|{body}"
        return self.client(text, LINKS[broker or order.broker])

    def quotes(self, broker: str, bid: str, ask: str, age_ns: int = 0) -> None:
        """A broker quotes IBM."""
        at = self.now - age_ns
        told = [told_as("IBM", "bid", bid, at), told_as("IBM", "ask", ask, at)]
        for event in together(broker, told):
            self.fact(event)

    def fact(self, event: PricesFed) -> None:
        """It has happened."""
        self.core.state.apply(event, self.now, encode(event))
        self.events.append((self.now, encode(event)))

    def switch(self, broker: str, state: str) -> Decision:
        """An operator switches a broker."""
        decision = self.core.switch_broker(broker, state, "bob", "a test", self.now)
        self.took(decision)
        return decision


def working(bench: Venues, cl_ord_id: str, broker: str) -> Order:
    """An order that its broker has accepted."""
    assert bench.goes_to(cl_ord_id) == broker
    bench.said(cl_ord_id, "150=0|39=0|14=0|151=100")
    return bench.found(cl_ord_id)
