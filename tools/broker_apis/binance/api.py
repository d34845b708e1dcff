"""Binance Spot over a simulated world: REST, the WebSocket API, the market stream on one port."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.api import Api
from tools.broker_apis.binance import errors
from tools.broker_apis.binance.entry import limit_of, order_id_of, symbol_of, unread
from tools.broker_apis.binance.errors import RefusedError
from tools.broker_apis.binance.events import Events
from tools.broker_apis.binance.funds import Funds
from tools.broker_apis.binance.life import Life, shown
from tools.broker_apis.binance.limits import Limits
from tools.broker_apis.binance.security import Security
from tools.broker_apis.binance.streams import MarketStream, Session
from tools.broker_apis.binance.switches import SWITCHES
from tools.broker_apis.binance.symbols import LISTED
from tools.broker_apis.binance.views import ms, number, query_json, trade_json
from tools.broker_apis.http import Answer, Conversation, Reply, Request, json_reply
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import CANCELED, Order, Terms
from tools.broker_apis.world import World

Parameters = dict[str, str]
TERMS: Final = frozenset(
    {
        "symbol",
        "side",
        "type",
        "timeInForce",
        "quantity",
        "quoteOrderQty",
        "price",
        "stopPrice",
        "icebergQty",
        "newClientOrderId",
        "newOrderRespType",
        "selfTradePreventionMode",
        "strategyId",
        "strategyType",
    }
)
ONE: Final = frozenset({"symbol", "orderId", "origClientOrderId"})
CANCEL: Final = ONE | {"newClientOrderId", "cancelRestrictions"}
REPLACE: Final = TERMS | {
    "cancelReplaceMode",
    "cancelNewClientOrderId",
    "cancelOrigClientOrderId",
    "cancelOrderId",
    "cancelRestrictions",
    "orderRateLimitExceededMode",
}
PAGE: Final = frozenset({"symbol", "orderId", "startTime", "endTime", "fromId", "limit"})
AUTH: Final = frozenset({"timestamp", "recvWindow", "signature"})
NOTHING: Final[frozenset[str]] = frozenset()
ORDER_PATHS: Final = ("/api/v3/order", "/api/v3/order/cancelReplace")
TICK: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True)
class Way:
    """One endpoint: what does it, its parameters, its weight, its method of the WebSocket API."""

    do: Callable[[Parameters], Any]
    known: frozenset[str]
    weight: int
    method: str
    is_signed: bool = True
    takes_order: bool = False


class Binance(Api):
    """One account."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.offer(SWITCHES)
        for symbol in LISTED.values():
            if symbol.name not in world.market.quotes:
                price, tick = (
                    symbol.price,
                    max(symbol.tick, TICK if symbol.price > 1 else TICK / 100),
                )
                world.market.set(Quote(symbol=symbol.name, bid=price - tick, ask=price + tick))
        self.security = Security(world)
        self.limits = Limits(world)
        self.funds = Funds(world)
        self.life = Life(world, self.funds, self.limits)
        self.sessions: list[Session] = []
        self.market_talks: list[MarketStream] = []
        Events(world, self.funds, self.life, self.limits, self.sessions)
        world.market.listeners.append(self._quoted)
        life = self.life
        self._ways: Mapping[tuple[str, str], Way] = {
            ("GET", "/api/v3/ping"): Way(lambda _: {}, NOTHING, 1, "ping", False),
            ("GET", "/api/v3/time"): Way(self._time, NOTHING, 1, "time", False),
            ("GET", "/api/v3/exchangeInfo"): Way(
                self._info, frozenset({"symbol", "symbols"}), 20, "exchangeInfo", False
            ),
            ("GET", "/api/v3/ticker/bookTicker"): Way(
                self._book, frozenset({"symbol"}), 2, "ticker.book", False
            ),
            ("POST", "/api/v3/order"): Way(life.place, TERMS, 1, "order.place", True, True),
            ("POST", "/api/v3/order/test"): Way(self._test, TERMS, 1, "order.test"),
            ("GET", "/api/v3/order"): Way(self._order, ONE, 4, "order.status"),
            ("DELETE", "/api/v3/order"): Way(life.cancel, CANCEL, 1, "order.cancel", True, True),
            ("POST", "/api/v3/order/cancelReplace"): Way(
                life.cancel_replace, REPLACE, 1, "order.cancelReplace", True, True
            ),
            ("PUT", "/api/v3/order/amend/keepPriority"): Way(
                life.amend, ONE | {"newClientOrderId", "newQty"}, 4, "order.amend.keepPriority"
            ),
            ("GET", "/api/v3/openOrders"): Way(
                self._open_orders, frozenset({"symbol"}), 80, "openOrders.status"
            ),
            ("DELETE", "/api/v3/openOrders"): Way(
                life.cancel_all, frozenset({"symbol"}), 1, "openOrders.cancelAll"
            ),
            ("GET", "/api/v3/allOrders"): Way(self._all_orders, PAGE, 20, "allOrders"),
            ("GET", "/api/v3/myTrades"): Way(self._trades, PAGE, 20, "myTrades"),
            ("GET", "/api/v3/account"): Way(
                self._account, frozenset({"omitZeroBalances"}), 20, "account.status"
            ),
        }

    # --- what the shell asks ----------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Limits, signature, parameters, then the way."""
        way = self._ways.get((request.method, request.path))
        if way is None:
            return errors.failure(404)
        try:
            self.limits.take(way.weight)
            reply = json_reply(200, self._carried_out(way, request))
            if way.takes_order:
                self.limits.give_back(way.weight)
        except RefusedError as refused:
            reply = refused.reply()
        of_order = request.path in ORDER_PATHS
        return _with(reply, self.limits.headers(of_order=of_order))

    def _carried_out(self, way: Way, request: Request) -> Any:
        if not way.is_signed:
            return way.do(request.query)
        parameters = self.security.signed(request)
        unread(parameters, way.known | AUTH)
        if way.takes_order:
            later_s = float(self.world.switches["engine_delay_s"])
            self.security.check_time(parameters, later_s)
        return way.do({k: v for k, v in parameters.items() if k not in AUTH})

    def connect(self, request: Request) -> Reply | Conversation:
        """/ws-api/v3, /ws, /ws/<stream>, /stream."""
        path = request.path.rstrip("/")
        if path == "/ws-api/v3":
            return Session(self.world, self.security, self, self.sessions)
        if path == "/stream":
            streams = [s for s in request.query.get("streams", "").split("/") if s]
            return MarketStream(self.world, self.market_talks, streams, combined=True)
        if path.startswith("/ws"):
            streams = [s for s in path.removeprefix("/ws").split("/") if s]
            return MarketStream(self.world, self.market_talks, streams, combined=False)
        return errors.failure(404)

    def failure(self, status: int) -> Reply:
        """With the headers that all replies have."""
        shown_limit = self.world.switches["weight_per_min"]
        return _with(errors.failure(status, shown_limit), self.limits.headers(of_order=True))

    def client_id(self, request: Request) -> str:
        """Of a new order, or of the order that a request names."""
        sent = {
            **request.query,
            **Request(method="", target="?" + _text(request), headers={}).query,
        }
        names = ("newClientOrderId", "origClientOrderId", "cancelOrigClientOrderId")
        if request.method in ("DELETE", "GET"):
            names = ("origClientOrderId", "newClientOrderId", "cancelOrigClientOrderId")
        return next((sent[name] for name in names if sent.get(name)), "")

    def other_order(self, terms: Terms) -> Order:
        """It is on the same account, as an order from the web site would be."""
        extras = {"type": terms.kind.upper(), "timeInForce": "GTC", "price": terms.limit}
        return self.life.take(replace(terms, time_in_force="gtc", extras=extras))

    # --- what conversations ask -------------------------------------------------------------------

    def call(self, method: str, parameters: Mapping[str, Any]) -> Any:
        """Part of Desk."""
        way = next((way for way in self._ways.values() if way.method == method), None)
        if way is None:
            raise RefusedError(-1135, f"Invalid method {method}")
        self.limits.take(way.weight)
        unread(parameters, way.known)
        return way.do(shown(parameters))

    def rate_limits(self) -> list[dict[str, Any]]:
        """Part of Desk."""
        return self.limits.as_rows(used=True)

    def shut_down(self) -> None:
        """Warn everybody, as before maintenance."""
        for session in list(self.sessions):
            session.warn()

    # --- queries ----------------------------------------------------------------------------------

    def _time(self, _: Parameters) -> Any:
        return {"serverTime": ms(self.world.clock.shown_ns())}

    def _info(self, parameters: Parameters) -> Any:
        wanted = list(LISTED)
        if "symbol" in parameters:
            wanted = [symbol_of(parameters).name]
        elif "symbols" in parameters:
            wanted = json.loads(parameters["symbols"])
        return {
            "timezone": "UTC",
            "serverTime": ms(self.world.clock.shown_ns()),
            "rateLimits": self.limits.as_rows(used=False),
            "exchangeFilters": [],
            "symbols": [LISTED[name].as_dict() for name in wanted if name in LISTED],
        }

    def _book(self, parameters: Parameters) -> Any:
        quote = self.world.market.quote(symbol_of(parameters).name)
        return {
            "symbol": quote.symbol,
            "bidPrice": f"{quote.bid:.8f}",
            "bidQty": f"{quote.bid_size:.8f}",
            "askPrice": f"{quote.ask:.8f}",
            "askQty": f"{quote.ask_size:.8f}",
        }

    def _test(self, parameters: Parameters) -> Any:
        self.life.checked(parameters)
        return {}

    def _order(self, parameters: Parameters) -> Any:
        order = self.life.find(parameters)
        if order is None or not self.world.visible(order):
            raise RefusedError(-2013, "Order does not exist.")
        return self._shown(order)

    def _open_orders(self, parameters: Parameters) -> Any:
        name = symbol_of(parameters).name if "symbol" in parameters else ""
        return [
            self._shown(order)
            for order in self.world.exchange.open_orders()
            if name in ("", order.terms.symbol) and self.world.visible(order)
        ]

    def _all_orders(self, parameters: Parameters) -> Any:
        name, first = symbol_of(parameters).name, order_id_of(parameters, "orderId")
        found = [o for o in self.world.exchange.orders.values() if o.terms.symbol == name]
        most = limit_of(parameters, 500, 1000)
        if first is not None:
            return [self._shown(o) for o in found if number(o) >= first][:most]
        return [self._shown(o) for o in found][-most:]

    def _trades(self, parameters: Parameters) -> Any:
        trades = list(self.funds.trades[symbol_of(parameters).name])
        wanted, first = order_id_of(parameters, "orderId"), order_id_of(parameters, "fromId")
        if wanted is not None:
            trades = [trade for trade in trades if number(trade.order) == wanted]
        since = parameters.get("startTime", "")
        if since.isdecimal():
            trades = [trade for trade in trades if ms(trade.time_ns) >= int(since)]
        most = limit_of(parameters, 500, 1000)
        if first is not None:
            trades = [trade for trade in trades if trade.number >= first][:most]
        return [trade_json(trade) for trade in trades[-most:]]

    def _account(self, parameters: Parameters) -> Any:
        return self.funds.as_dict(omit_zero=parameters.get("omitZeroBalances") == "true")

    def _shown(self, order: Order) -> dict[str, Any]:
        name = self.life.name_of(order)
        if order.ended == CANCELED and self.world.switches["canceled_id"] == "cancel":
            name = self.life.ended_by.get(order.order_id, name)
        return query_json(order, name, extra=bool(self.world.switches["extra_fields"]))

    def _quoted(self, quote: Quote) -> None:
        for talk in list(self.market_talks):
            talk.tell(quote)


def _text(request: Request) -> str:
    return request.body.decode("latin-1")


def _with(reply: Reply, headers: list[tuple[str, str]]) -> Reply:
    return replace(reply, headers=[*reply.headers, *headers])
