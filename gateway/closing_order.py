"""One order of the gateway's own that closes a position, or why there can be none now. Pure.

It belongs to a client that has the account, is judged by the levels of trading and the hours of the
market alone, and is entered, sent and told like any other.
"""

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from gateway.breakers.trips import Trip
from gateway.decision import Decision
from gateway.events import ClosingOrderSent, OrderOfStrategy
from gateway.orders.entry import enter
from gateway.orders.held import send_to_broker
from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import kind_of
from gateway.orders.routes import choice_problem
from gateway.positions.position import Position
from gateway.reference import Instrument
from gateway.routing import Route
from gateway.setup import Broker, Client
from gateway.translate.inbound import OrderTerms
from sessions.message import Message
from sessions.values import format_decimal

THROUGH_PCT: Final = Decimal(5)
"""A limit order that stands for a market order is so far beyond the reference price."""
MARKET: Final = "1"
LIMIT: Final = "2"
DAY: Final = "0"
IOC: Final = "3"
_WAYS: Final = ((MARKET, DAY), (MARKET, IOC), (LIMIT, IOC), (LIMIT, DAY))


class ClosingOrder:
    """The order that closes so many `units` of a position, or why it is `hindered` now."""

    __slots__ = (
        "_chosen",
        "_client",
        "_decision",
        "_instrument",
        "_position",
        "_price",
        "_route",
        "_units",
        "_way",
        "hindered",
    )

    def __init__(
        self, decision: Decision, position: Position, units: Decimal, client: Client | None
    ) -> None:
        self._decision = decision
        self._position = position
        self._units = units
        self._client = client
        self._route: Route | None = None
        self._way = (MARKET, DAY)
        self._price = ""
        self._chosen: OrderTerms | None = None
        instrument = decision.setup.reference.instruments.get(position.symbol)
        self._instrument: Instrument | None = instrument
        self.hindered = self._problem()

    def _problem(self) -> str:
        decision, position, client = self._decision, self._position, self._client
        if client is None:
            return "no client has the account"
        setup, account, symbol = decision.setup, position.account, position.symbol
        instrument = self._instrument
        kind = instrument.security_type if instrument is not None else ""
        closed = decision.closed_brokers()
        terms = self._chosen = self._terms()
        entitled = client.ex_destinations
        route = setup.routes.choose(client.entry, terms, kind, entitled, decision.now, closed)
        if route is None:
            return "no route fits"
        terms.broker = route.broker
        if not route.is_plain and choice_problem(decision, client, terms, route) is not None:
            return f"no broker of route {route.name} can have it"
        broker = decision.broker(terms.broker)
        if broker is None or not broker.up or broker.reconciling:
            return f"broker {terms.broker} is not there"
        scopes = setup.limits.scopes_of(
            client.name, account, symbol, broker.name, position.strategy
        )
        latch = decision.state.levels.strictest(scopes)
        if latch is not None and latch.forbids_requests:
            return f"{latch.scope} is {latch.level}"
        if instrument is not None and instrument.hours:
            hours = setup.reference.hours.get(instrument.hours)
            if hours is not None and not hours.at(decision.now).is_open:
                return "the market is closed"
        self._route = route
        return self._way_problem(broker)

    def _way_problem(self, broker: Broker) -> str:
        """Find the OrdType(40) and TimeInForce(59) that the broker takes."""
        for ord_type, time in _WAYS:
            if not broker.sheet.lacks(kind_of(ord_type, time, ""), time):
                self._way = (ord_type, time)
                break
        else:
            return f"broker {broker.name} takes neither market nor limit orders"
        if self._way[0] == LIMIT:
            reference = self._decision.reference_price(self._position.symbol)
            if reference is None:
                return "there is no price for a limit order"
            self._price = self._through(reference.price)
        return ""

    def _through(self, price: Decimal) -> str:
        """A limit through the market, in whole ticks."""
        buys = self._position.now.net < ZERO
        away = price * THROUGH_PCT / 100
        limit = price + away if buys else price - away
        tick = self._instrument.tick_size if self._instrument is not None else ZERO
        if tick > ZERO:
            ticks = (limit / tick).to_integral_value(ROUND_CEILING if buys else ROUND_FLOOR)
            limit = max(ticks, Decimal(1)) * tick
        return format_decimal(limit)

    def send(self, trip: Trip, tries: int) -> Order:
        """Enter it, with what it is for, and put it on its broker's link."""
        decision, position, route = self._decision, self._position, self._route
        assert route is not None, f"{position.symbol}: {self.hindered}"
        assert self._client is not None, f"{position.symbol}: {self.hindered}"
        order = enter(decision, self._client, self._routed(), route, False)
        number, strategy = order.order_no, position.strategy
        if strategy:
            decision.emit(number, OrderOfStrategy(number, strategy))
        event = ClosingOrderSent(
            number,
            trip.event.name,
            trip.event.scope,
            position.account,
            position.symbol,
            position.currency,
            strategy,
            tries,
        )
        decision.emit(number, event)
        send_to_broker(decision, order, route)
        return order

    def _routed(self) -> OrderTerms:
        """The terms that its broker takes, at the broker that was chosen."""
        terms, chosen = self._terms(), self._chosen
        assert chosen is not None, f"{self._position.symbol}: {self.hindered}"
        terms.broker, terms.routing = chosen.broker, chosen.routing
        terms.routed_as, terms.leg_price = chosen.routed_as, chosen.leg_price
        return terms

    def _terms(self) -> OrderTerms:
        position, instrument = self._position, self._instrument
        side = "1" if position.now.net < ZERO else "2"
        ord_type, time = self._way
        pairs = [
            f"1={position.account}",
            f"55={position.symbol}",
            f"54={side}",
            f"40={ord_type}",
            f"59={time}",
            f"38={format_decimal(self._units)}",
        ]
        if self._price:
            pairs.append(f"44={self._price}")
        known = self._decision.state.positions.terms.get(position.symbol)
        if position.currency and known is not None and not known.currency:
            pairs.append(f"15={position.currency}")  # it is the order's that counts
        if instrument is not None and instrument.security_type not in ("", "CS"):
            pairs.append(f"167={instrument.security_type}")
        fields = {pair.partition("=")[0]: pair.partition("=")[2] for pair in pairs}
        terms = OrderTerms(Message(b"", "D", fields, pairs, True))
        terms.quantity = self._units
        terms.risk_price = self._unit_value()
        return terms

    def _unit_value(self) -> Decimal:
        """What one unit may cost in the currency of the limits, as far as anything tells."""
        decision, holding = self._decision, self._position.now
        reference = decision.reference_price(self._position.symbol)
        price = reference.price if reference is not None else abs(holding.cost / holding.net)
        money = decision.setup.limits.money_at(self._position.symbol, decision.now)
        return price if money is None else price * money
