"""Alpaca's Trading API v2, its streams and its market data's quotes, over a simulated world."""

from __future__ import annotations

import json
import re
from collections import defaultdict
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.alpaca import errors, hours
from tools.broker_apis.alpaca.activities import Activities
from tools.broker_apis.alpaca.assets import LISTED
from tools.broker_apis.alpaca.errors import RefusedError
from tools.broker_apis.alpaca.life import Life
from tools.broker_apis.alpaca.limits import RateLimit
from tools.broker_apis.alpaca.listing import listed
from tools.broker_apis.alpaca.streams import ActivityEvents, Codec, MarketData, TradeUpdates
from tools.broker_apis.alpaca.switches import SWITCHES
from tools.broker_apis.alpaca.updates import Updates
from tools.broker_apis.alpaca.views import order_json, position_json
from tools.broker_apis.api import Api
from tools.broker_apis.clock import rfc3339
from tools.broker_apis.http import Answer, Conversation, Reply, Request, Streaming, json_reply
from tools.broker_apis.market import Quote
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World

ID: Final = r"([0-9A-Za-z-]{36})"
DATA_PATH: Final = re.compile(r"/v2/(iex|sip|test)|/v1beta3/crypto/us")
NO_CONTENT: Final = Reply(status=204)


class Alpaca(Api):
    """One account. Hosts are one here: trading, data and streams share the port."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.offer(SWITCHES)
        world.exchange.new_execution_id = world.uuid
        self.account = world.uuid()
        self.life = Life(world, self.account)
        self.activities = Activities(world, self.account)
        self.limit = RateLimit(world.clock)
        self.updates = Updates(world, self.life, self.account)
        self.data_talks: defaultdict[str, list[MarketData]] = defaultdict(list)
        """By the path of their feed."""
        world.market.listeners.append(self._quoted)
        ways: dict[tuple[str, str], Callable[..., Answer]] = {
            ("POST", "/v2/orders"): self._place,
            ("GET", "/v2/orders"): self._list,
            ("DELETE", "/v2/orders"): self._cancel_all,
            ("GET", "/v2/orders:by_client_order_id"): self._by_client_id,
            ("GET", f"/v2/orders/{ID}"): self._order,
            ("PATCH", f"/v2/orders/{ID}"): self._replace,
            ("DELETE", f"/v2/orders/{ID}"): self._cancel,
            ("GET", "/v2/account"): self._account,
            ("GET", "/v2/account/activities(?:/FILL)?"): self._activities,
            ("GET", "/v2beta1/events/activities"): self._events,
            ("GET", "/v2/positions"): self._positions,
            ("GET", "/v2/positions/(.+)"): self._position,
            ("DELETE", "/v2/positions/(.+)"): self._close_position,
            ("GET", "/v2/assets"): self._assets,
            ("GET", "/v2/assets/(.+)"): self._asset,
            ("GET", "/v2/clock"): self._clock,
            ("GET", "/v2/calendar"): self._calendar,
            ("GET", "/v2/stocks/quotes/latest"): self._quotes,
            ("GET", "/v1beta3/crypto/us/latest/quotes"): self._quotes,
            ("GET", "/v2/stocks/(.+)/quotes/latest"): self._quote,
        }
        self._ways = [(method, re.compile(path), way) for (method, path), way in ways.items()]

    # --- what the shell asks ----------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Key, rate limit, then the way."""
        limit = int(self.world.switches["rate_limit_per_min"])
        headers = [("X-Request-ID", self.world.uuid().replace("-", ""))]
        if not self._known(request.headers):
            return _with(errors.failure(401), headers)
        taken = self.limit.take(limit)
        headers += self.limit.headers(limit)
        try:
            answer = self._way(request) if taken else errors.failure(429)
        except RefusedError as refused:
            answer = refused.reply()
        return _with(answer, headers)

    def connect(self, request: Request) -> Reply | Conversation:
        """/stream, or market data."""
        content_type = request.headers.get("content-type", "")
        if request.path == "/stream":
            codec = Codec(content_type, binary=bool(self.world.switches["binary"]))
            return TradeUpdates(self.world, codec, self.updates.talks)
        if DATA_PATH.fullmatch(request.path):
            talks = self.data_talks[request.path]
            return MarketData(self.world, Codec(content_type, binary=False), talks)
        return errors.failure(404)

    def failure(self, status: int) -> Reply:
        """With the headers of the rate limit, as a 429 needs them."""
        limit = int(self.world.switches["rate_limit_per_min"])
        headers = self.limit.headers(limit)
        if status == 429:
            headers[1] = ("X-Ratelimit-Remaining", "0")
        return replace(errors.failure(status), headers=[*errors.failure(status).headers, *headers])

    def client_id(self, request: Request) -> str:
        """Of the body, of the query, or of the order in the path."""
        if request.method == "POST" and request.path == "/v2/orders":
            try:
                return str(request.json().get("client_order_id") or "")
            except (ValueError, AttributeError):
                return ""
        order = self.world.exchange.orders.get(request.path.rpartition("/")[2])
        known = "" if order is None else order.client_id
        return request.query.get("client_order_id", known)

    def other_order(self, terms: Terms) -> Order:
        """It is on the same account, as an order from the web site would be."""
        return self.life.take(replace(terms, account=self.account))

    # --- orders -----------------------------------------------------------------------------------

    def _place(self, request: Request) -> Reply:
        return self._told(self.life.place(_body(request)))

    def _replace(self, request: Request, order_id: str) -> Reply:
        return self._told(self.life.replace(order_id, _body(request)))

    def _cancel(self, request: Request, order_id: str) -> Reply:
        self.life.cancel(order_id)
        return NO_CONTENT

    def _cancel_all(self, request: Request) -> Reply:
        rows = []
        for order in self.world.exchange.open_orders():
            try:
                self.life.cancel(order.order_id)
                rows.append({"id": order.order_id, "status": 200, "body": self._json(order)})
            except RefusedError as refused:
                rows.append({"id": order.order_id, "status": 500, "body": refused.body})
        return json_reply(207, rows)

    def _order(self, request: Request, order_id: str) -> Reply:
        return self._told(self.life.find(order_id))

    def _by_client_id(self, request: Request) -> Reply:
        return self._told(self.life.find_client_id(request.query.get("client_order_id", "")))

    def _list(self, request: Request) -> Reply:
        orders = [o for o in self.world.exchange.orders.values() if self.world.visible(o)]
        return json_reply(200, [self._json(order) for order in listed(orders, request.query)])

    # --- account ----------------------------------------------------------------------------------

    def _account(self, request: Request) -> Reply:
        return json_reply(200, self.life.funds.as_dict())

    def _activities(self, request: Request) -> Reply:
        return json_reply(200, self.activities.page(request.query))

    def _events(self, request: Request) -> Answer:
        since = request.query.get("since_id", request.headers.get("last-event-id"))
        return Streaming(
            conversation=ActivityEvents(self.activities, since),
            headers=[("Content-Type", "text/event-stream"), ("Cache-Control", "no-cache")],
        )

    def _positions(self, request: Request) -> Reply:
        held = self.world.accounts.held(self.account)
        return json_reply(200, [self._position_row(symbol) for symbol in sorted(held)])

    def _position(self, request: Request, symbol: str) -> Reply:
        return json_reply(200, self._position_row(self._held_symbol(symbol)))

    def _close_position(self, request: Request, symbol: str) -> Reply:
        found = self._held_symbol(symbol)
        quantity = self.world.accounts.position(self.account, found).quantity
        body = {
            "symbol": found,
            "qty": request.query.get("qty") or format(abs(quantity), "f"),
            "side": "sell" if quantity > 0 else "buy",
            "type": "market",
            "time_in_force": "gtc" if "/" in found else "day",
        }
        return self._told(self.life.place(body))

    def _held_symbol(self, symbol: str) -> str:
        found = self.life.asset(symbol).symbol
        if found not in self.world.accounts.held(self.account):
            raise errors.not_found("position does not exist")
        return found

    def _position_row(self, symbol: str) -> dict[str, Any]:
        position = self.world.accounts.position(self.account, symbol)
        held = self.life.funds.held_for_orders(symbol)
        quote = self.world.market.quote(symbol)
        row = position_json(position, self.life.asset(symbol), quote, held)
        if not self.world.switches["short_qty_negative"]:
            row["qty"] = row["qty"].removeprefix("-")
        return row

    # --- reference and quotes ---------------------------------------------------------------------

    def _assets(self, request: Request) -> Reply:
        wanted = request.query
        rows = [asset.as_dict() for asset in LISTED.values()]
        kinds, status = wanted.get("asset_class"), wanted.get("status")
        return json_reply(
            200,
            [r for r in rows if kinds in (None, r["class"]) and status in (None, r["status"])],
        )

    def _asset(self, request: Request, symbol: str) -> Reply:
        try:
            return json_reply(200, self.life.asset(symbol).as_dict())
        except RefusedError:
            raise errors.not_found(f"asset not found for {symbol}") from None

    def _clock(self, request: Request) -> Reply:
        always_open = self.world.switches["session"] == "open"
        return json_reply(200, hours.clock(self.world.clock.shown_ns(), always_open=always_open))

    def _calendar(self, request: Request) -> Reply:
        today = hours.local(self.world.clock.shown_ns()).date()
        try:
            start = date.fromisoformat(request.query.get("start", today.isoformat())[:10])
            end = date.fromisoformat(request.query.get("end", start.isoformat())[:10])
        except ValueError:
            raise errors.bad_parameter("invalid date") from None
        return json_reply(200, hours.calendar(start, end))

    def _quotes(self, request: Request) -> Reply:
        symbols = [s for s in request.query.get("symbols", "").split(",") if s]
        return json_reply(200, {"quotes": {s: self._quote_row(s) for s in symbols}})

    def _quote(self, request: Request, symbol: str) -> Reply:
        return json_reply(200, {"symbol": symbol, "quote": self._quote_row(symbol)})

    def _quote_row(self, symbol: str) -> dict[str, Any]:
        quote = self.world.market.quote(symbol)
        return {
            "ap": float(quote.ask),
            "as": int(quote.ask_size) if quote.ask else 0,
            "ax": "V",
            "bp": float(quote.bid),
            "bs": int(quote.bid_size) if quote.bid else 0,
            "bx": "V",
            "c": ["R"],
            "t": rfc3339(self.world.clock.shown_ns()),
            "z": "C",
        }

    def _quoted(self, quote: Quote) -> None:
        for talks in self.data_talks.values():
            for talk in list(talks):
                talk.tell(quote)

    # --- inside -----------------------------------------------------------------------------------

    def _way(self, request: Request) -> Answer:
        for method, path, way in self._ways:
            if method == request.method and (match := path.fullmatch(request.path)):
                return way(request, *match.groups())
        return errors.failure(404)

    def _known(self, headers: Mapping[str, str]) -> bool:
        switches = self.world.switches
        pair = (headers.get("apca-api-key-id"), headers.get("apca-api-secret-key"))
        bearer = headers.get("authorization") == f"Bearer {switches['oauth_token']}"
        return bearer or pair == (switches["key_id"], switches["secret_key"])

    def _json(self, order: Order) -> dict[str, Any]:
        extra = bool(self.world.switches["extra_fields"])
        return order_json(order, self.life.asset(order.terms.symbol), extra=extra)

    def _told(self, order: Order) -> Reply:
        return json_reply(200, self._json(order))


def _body(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.body, parse_float=Decimal)
    except ValueError:
        raise RefusedError(400, errors.BAD_PARAMETER, "request body format is invalid") from None
    if not isinstance(body, dict):
        raise RefusedError(400, errors.BAD_PARAMETER, "request body format is invalid")
    return body


def _with(answer: Answer, headers: list[tuple[str, str]]) -> Answer:
    return replace(answer, headers=[*answer.headers, *headers])
