"""OANDA's v20 REST API and its streams, over a simulated world."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from decimal import Decimal
from http import HTTPStatus
from typing import Any, Final

from tools.broker_apis.api import Api
from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.http import Answer, Reply, Request, Streaming, json_reply
from tools.broker_apis.market import Quote
from tools.broker_apis.oanda.entry import Body, InvalidError, client_id_of
from tools.broker_apis.oanda.instruments import LISTED
from tools.broker_apis.oanda.ledger import Ledger, Row, shown
from tools.broker_apis.oanda.life import Life, RefusedError
from tools.broker_apis.oanda.streams import Prices, Talk, Transactions, price_row
from tools.broker_apis.oanda.switches import SWITCHES
from tools.broker_apis.oanda.tickets import PENDING, Ticket
from tools.broker_apis.oanda.views import position_row, summary, trade_row
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World

SPECIFIER: Final = "(@?[^/]+)"
LIQUIDITY: Final = Decimal(10_000_000)
COUNT_DEFAULT: Final = 50
COUNT_MAX: Final = 500
REASONS: Final = {
    401: "Insufficient authorization to perform request.",
    404: "The resource requested does not exist.",
    429: "The client has exceeded the rate limit.",
}
CREATED: Final = 201
STREAMED: Final = [("Content-Type", "application/octet-stream")]


class _StatusError(Exception):
    """The answer is this refusal, without a transaction."""

    def __init__(self, status: int, message: str = "", code: str = "") -> None:
        super().__init__(message)
        self.status, self.message, self.code = status, message, code


class Oanda(Api):
    """One account. Hosts are one here: REST and streams share the port."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        world.offer(SWITCHES)
        self.ledger = Ledger(world.clock, lambda: str(world.switches["account_id"]))
        self.life = Life(world, self.ledger)
        self.talks: list[Talk] = []
        self._window, self._used = 0, 0
        for one in LISTED.values():
            world.ticks[one.name] = one.tick
            if one.name not in world.market.quotes:
                price = Decimal(one.price)
                bid, ask = price - one.tick * 5, price + one.tick * 5
                world.market.set(
                    Quote(symbol=one.name, bid=bid, ask=ask, bid_size=LIQUIDITY, ask_size=LIQUIDITY)
                )
        ways: dict[tuple[str, str], Callable[..., Answer]] = {
            ("GET", ""): self._account,
            ("GET", "/summary"): self._summary,
            ("GET", "/instruments"): self._instruments,
            ("GET", "/changes"): self._changes,
            ("POST", "/orders"): self._place,
            ("GET", "/orders"): self._orders,
            ("GET", "/pendingOrders"): self._pending,
            ("GET", f"/orders/{SPECIFIER}"): self._order,
            ("PUT", f"/orders/{SPECIFIER}"): self._replace,
            ("PUT", f"/orders/{SPECIFIER}/cancel"): self._cancel,
            ("GET", "/openTrades"): self._trades,
            ("GET", "/trades"): self._trades,
            ("GET", "/openPositions"): self._positions,
            ("GET", "/positions"): self._positions,
            ("GET", "/positions/([^/]+)"): self._position,
            ("GET", "/pricing"): self._pricing,
            ("GET", "/pricing/stream"): self._price_stream,
            ("GET", "/transactions/stream"): self._transaction_stream,
            ("GET", "/transactions/sinceid"): self._since,
            ("GET", "/transactions/idrange"): self._range,
            ("GET", "/transactions/([0-9]+)"): self._transaction,
        }
        self._ways = [(method, re.compile(path), way) for (method, path), way in ways.items()]

    # --- what the shell asks ----------------------------------------------------------------------

    def answer(self, request: Request) -> Answer:
        """Token, rate limit, account, then the way."""
        try:
            if request.headers.get("authorization") != f"Bearer {self.world.switches['token']}":
                raise _StatusError(401)
            if not self._may():
                raise _StatusError(429)
            return self._way(request)
        except RefusedError as error:
            told = {"errorCode": str(error), "errorMessage": f"The order is refused: {error}"}
            return self._reply(request, error.status, {error.name: error.row, **told})
        except InvalidError as error:
            return self._reply(request, 400, {"errorMessage": str(error)})
        except _StatusError as error:
            return self._refusal(error)

    def failure(self, status: int) -> Reply:
        """As the edge of the house words it."""
        return self._refusal(_StatusError(status))

    def client_id(self, request: Request) -> str:
        """Of the order in the body, or of the one in the path."""
        if request.method in ("POST", "PUT") and request.body:
            try:
                return client_id_of(request.json()["order"])
            except (ValueError, TypeError, KeyError, AttributeError):
                return ""
        specifier = re.search(r"/orders/(@?[^/]+)", request.path)
        if specifier is None:
            return ""
        if specifier[1].startswith("@"):
            return specifier[1][1:]
        ticket = self.life.tickets.get(specifier[1])
        return "" if ticket is None else ticket.client_id

    def other_order(self, terms: Terms) -> Order:
        """It is on the same account, as an order from the web site would be."""
        return self.life.take(terms)

    # --- inside -----------------------------------------------------------------------------------

    def _may(self) -> bool:
        """Count the request; whether it is within the limit."""
        window = self.world.clock.now_ns() // NANOSECONDS
        if window != self._window:
            self._window, self._used = window, 0
        self._used += 1
        return self._used <= int(self.world.switches["requests_per_s"])

    def _way(self, request: Request) -> Answer:
        if request.path == "/v3/accounts":
            accounts = [{"id": self.life.account_id, "tags": []}]
            return self._reply(request, 200, {"accounts": accounts})
        found = re.fullmatch("/v3/accounts/([^/]+)(/.*)?", request.path)
        if found is None:
            raise _StatusError(404)
        if found[1] != self.life.account_id:
            raise _StatusError(403, "The token is not for this account.")
        allowed = []
        for method, pattern, way in self._ways:
            match = pattern.fullmatch(found[2] or "")
            if match is not None and method == request.method:
                return way(request, *match.groups())
            allowed += [method] if match is not None else []
        raise _StatusError(405 if allowed else 404)

    def _reply(self, request: Request, status: int, fields: Row) -> Reply:
        unix = _is_unix(request)
        said = {**fields, "lastTransactionID": self.ledger.last}
        if self.world.switches["extra_fields"]:
            said["x_not_documented"] = {"since": "today"}
        return json_reply(status, shown(said, unix=unix), self._headers())

    def _refusal(self, error: _StatusError) -> Reply:
        message = error.message or REASONS.get(error.status) or HTTPStatus(error.status).phrase
        said = {"errorMessage": message, **({"errorCode": error.code} if error.code else {})}
        return json_reply(error.status, said, self._headers())

    def _headers(self) -> list[tuple[str, str]]:
        return [("RequestID", self.world.uuid().replace("-", "")[:18])]

    # --- orders -----------------------------------------------------------------------------------

    def _place(self, request: Request) -> Reply:
        rows = self.life.place(_order_of(request))
        return self._made(request, CREATED, rows, _names(rows))

    def _replace(self, request: Request, specifier: str) -> Reply:
        rows = self.life.replace(specifier, _order_of(request), _label(request))
        created = next(i for i, row in enumerate(rows) if row["type"].endswith("_ORDER"))
        names = {"orderCancelTransaction": rows[created - 1], **_names(rows[created:])}
        ended = names.get("orderCancelTransaction")
        if ended is not None and ended is not rows[created - 1]:
            names["replacingOrderCancelTransaction"] = ended
            names["orderCancelTransaction"] = rows[created - 1]
        return self._made(request, CREATED, rows, names)

    def _cancel(self, request: Request, specifier: str) -> Reply:
        rows = self.life.cancel(specifier, _label(request))
        return self._made(request, 200, rows, {"orderCancelTransaction": rows[-1]})

    def _made(self, request: Request, status: int, rows: list[Row], names: dict[str, Row]) -> Reply:
        related = {"relatedTransactionIDs": [row["id"] for row in rows]}
        return self._reply(request, status, {**names, **related})

    def _order(self, request: Request, specifier: str) -> Reply:
        ticket = self.life.find(specifier)
        if ticket is None or not self.world.visible(ticket.order):
            raise _StatusError(404, "The order specified does not exist", "NO_SUCH_ORDER")
        return self._reply(request, 200, {"order": self._row(ticket)})

    def _orders(self, request: Request) -> Reply:
        wanted = request.query
        state, name = wanted.get("state", PENDING), wanted.get("instrument")
        before = int(wanted.get("beforeID", "0") or 0)
        ids = wanted["ids"].split(",") if "ids" in wanted else None
        rows = [
            self._row(ticket)
            for ticket in reversed(self.life.tickets.values())
            if state in ("ALL", ticket.state)
            and name in (None, ticket.order.terms.symbol)
            and (not before or int(ticket.number) < before)
            and (ids is None or ticket.number in ids)
            and self.world.visible(ticket.order)
        ]
        count = min(int(wanted.get("count", COUNT_DEFAULT)), COUNT_MAX)
        return self._reply(request, 200, {"orders": rows[:count]})

    def _pending(self, request: Request) -> Reply:
        rows = [self._row(t) for t in self.life.pending() if self.world.visible(t.order)]
        return self._reply(request, 200, {"orders": rows})

    def _row(self, ticket: Ticket) -> Row:
        return ticket.as_dict(extra=bool(self.world.switches["extra_fields"]))

    # --- account ----------------------------------------------------------------------------------

    def _account(self, request: Request) -> Reply:
        told = summary(self.world, self.life, self.ledger.last)
        told["orders"] = [self._row(ticket) for ticket in self.life.pending()]
        told["positions"], told["trades"] = self._held(), self._open_trades()
        return self._reply(request, 200, {"account": told})

    def _summary(self, request: Request) -> Reply:
        told = summary(self.world, self.life, self.ledger.last)
        return self._reply(request, 200, {"account": told})

    def _instruments(self, request: Request) -> Reply:
        wanted = _listed(request) or list(LISTED)
        rows = [LISTED[name].as_dict() for name in wanted if name in LISTED]
        return self._reply(request, 200, {"instruments": rows})

    def _changes(self, request: Request) -> Reply:
        since = self._number(request, "sinceTransactionID")
        rows = self.ledger.between(since + 1, len(self.ledger.rows))
        touched = {row.get("orderID", row["id"]) for row in rows}
        tickets = [t for t in self.life.tickets.values() if t.number in touched]
        names = {"PENDING": "ordersCreated", "FILLED": "ordersFilled"}
        changes: dict[str, list[Any]] = {
            name: []
            for name in ("ordersCreated", "ordersCancelled", "ordersFilled", "ordersTriggered")
        }
        for ticket in tickets:
            changes[names.get(ticket.state, "ordersCancelled")].append(self._row(ticket))
        changes |= {"tradesOpened": [], "tradesReduced": [], "tradesClosed": []}
        changes |= {"positions": self._held(), "transactions": list(rows)}
        state = {"NAV": str(self.world.switches["balance"]), "orders": [], "trades": []}
        return self._reply(request, 200, {"changes": changes, "state": {**state, "positions": []}})

    def _trades(self, request: Request) -> Reply:
        return self._reply(request, 200, {"trades": self._open_trades()})

    def _open_trades(self) -> list[Row]:
        return [
            trade_row(name, trade)
            for name, trades in self.life.trades.open.items()
            for trade in reversed(trades)
        ]

    def _positions(self, request: Request) -> Reply:
        return self._reply(request, 200, {"positions": self._held()})

    def _held(self) -> list[Row]:
        held = self.world.accounts.held(self.life.account_id)
        return [position_row(self.life, name, position) for name, position in held.items()]

    def _position(self, request: Request, name: str) -> Reply:
        position = self.world.accounts.position(self.life.account_id, name)
        return self._reply(request, 200, {"position": position_row(self.life, name, position)})

    # --- transactions -----------------------------------------------------------------------------

    def _since(self, request: Request) -> Reply:
        since = self._number(request, "id")
        most = int(self.world.switches["sinceid_max"])
        rows = self.ledger.between(since + 1, since + most)
        return self._reply(request, 200, {"transactions": rows})

    def _range(self, request: Request) -> Reply:
        rows = self.ledger.between(self._number(request, "from"), self._number(request, "to"))
        return self._reply(request, 200, {"transactions": rows})

    def _transaction(self, request: Request, number: str) -> Reply:
        rows = self.ledger.between(int(number), int(number))
        if not rows:
            raise _StatusError(404)
        return self._reply(request, 200, {"transaction": rows[0]})

    def _number(self, request: Request, name: str) -> int:
        text = request.query.get(name, "")
        if not text.isdigit():
            raise InvalidError(f"Invalid value specified for '{name}'")
        if int(text) > len(self.ledger.rows):
            raise _StatusError(416, "The transaction range is invalid.")
        return int(text)

    # --- prices and streams -----------------------------------------------------------------------

    def _pricing(self, request: Request) -> Reply:
        tradeable = not self.life.is_halted
        rows = [price_row(self.world, n, tradeable=tradeable) for n in self._known(request)]
        return self._reply(request, 200, {"prices": rows, "time": self.world.clock.shown_ns()})

    def _price_stream(self, request: Request) -> Streaming:
        snapshot = request.query.get("snapshot", "true").lower() != "false"
        names = self._known(request)
        self._one_more()
        unix = _is_unix(request)
        talk = Prices(self.world, self.talks, names, unix=unix, snapshot=snapshot)
        return Streaming(conversation=talk, headers=STREAMED)

    def _transaction_stream(self, request: Request) -> Streaming:
        self._one_more()
        talk = Transactions(self.world, self.talks, self.ledger, unix=_is_unix(request))
        return Streaming(conversation=talk, headers=STREAMED)

    def _one_more(self) -> None:
        if len(self.talks) >= int(self.world.switches["streams_max"]):
            raise _StatusError(429)

    def _known(self, request: Request) -> list[str]:
        names = _listed(request)
        if not names or any(name not in LISTED for name in names):
            raise InvalidError("Invalid value specified for 'instruments'")
        return names


def _order_of(request: Request) -> Body:
    try:
        order = request.json()["order"]
    except (ValueError, TypeError, KeyError):
        raise InvalidError("Insufficient data to perform request: 'order'") from None
    if not isinstance(order, dict):
        raise InvalidError("Invalid value specified for 'order'")
    return order


def _names(rows: Sequence[Row]) -> dict[str, Row]:
    """The reply's names for the first of each sort; the others come by the stream alone."""
    names: dict[str, Row] = {}
    for row in rows:
        created = "orderCreateTransaction" in names
        name = {
            "ORDER_FILL": "orderFillTransaction",
            "ORDER_CANCEL": "orderCancelTransaction",
        }.get(row["type"], "orderReissueTransaction" if created else "orderCreateTransaction")
        names.setdefault(name, row)
    return names


def _label(request: Request) -> str:
    return request.headers.get("clientrequestid", "")


def _listed(request: Request) -> list[str]:
    return [name for name in request.query.get("instruments", "").split(",") if name]


def _is_unix(request: Request) -> bool:
    return request.headers.get("accept-datetime-format", "").upper() == "UNIX"
