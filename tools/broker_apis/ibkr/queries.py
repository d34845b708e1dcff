"""What a client may ask TWS for: orders, executions, positions, account, contracts."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from tools.broker_apis.clock import NANOSECONDS
from tools.broker_apis.ibkr import wire
from tools.broker_apis.ibkr.contracts import CONTRACTS, Listed, found
from tools.broker_apis.ibkr.life import Life, Ticket
from tools.broker_apis.orders import Execution
from tools.broker_apis.world import World

if TYPE_CHECKING:
    from tools.broker_apis.ibkr.api import Talk

DAY_NS: Final = 86_400 * NANOSECONDS
HOURS: Final = "20260119:CLOSED;20260120:0930-20260120:1600"


class Queries:
    """`ways`: by the names of messages."""

    def __init__(self, world: World, life: Life) -> None:
        self._world = world
        self._life = life
        self.ways: Mapping[str, Callable[[Talk, Sequence[str]], None]] = {
            "reqOpenOrders": self._own_orders,
            "reqAllOpenOrders": self._all_orders,
            "reqCompletedOrders": self._completed,
            "reqExecutions": self._executions,
            "reqPositions": self._positions,
            "reqAccountUpdates": self._account,
            "reqAccountUpdatesMulti": self._account_multi,
            "reqAccountSummary": self._summary,
            "reqContractDetails": self._contracts,
        }

    def _own_orders(self, talk: Talk, fields: Sequence[str]) -> None:
        self._orders(talk, [t for t in self._visible() if t.client == talk.client])

    def _all_orders(self, talk: Talk, fields: Sequence[str]) -> None:
        self._orders(talk, self._visible())

    def _visible(self) -> list[Ticket]:
        return [t for t in self._life.tickets.values() if self._world.visible(t.order)]

    def _orders(self, talk: Talk, tickets: list[Ticket]) -> None:
        for ticket in tickets:
            if not ticket.order.ended:
                row = self._life.row(ticket)
                talk.say("openOrder", wire.open_order(row))
                talk.say("orderStatus", wire.order_status(row))
        talk.say("openOrderEnd", wire.said(53, 1))

    def _completed(self, talk: Talk, fields: Sequence[str]) -> None:
        for ticket in self._visible():
            order = ticket.order
            if order.ended:
                filled = order.filled if self._world.switches["completed_has_fills"] else 0
                row = {
                    **self._life.row(ticket),
                    "permId": order.order_id,
                    "filledQuantity": filled,
                    "completedTime": f"{_moment(order.ended_ns):%Y%m%d %H:%M:%S} UTC",
                    "completedStatus": order.reason or self._life.status(ticket),
                }
                talk.say("completedOrder", wire.completed_order(row))
        talk.say("completedOrdersEnd", wire.said(102))

    def _executions(self, talk: Talk, fields: Sequence[str]) -> None:
        about, client, account = int(fields[2]), fields[3], fields[4]
        days = int(self._world.switches["trade_log_days"])
        midnight = self._world.clock.shown_ns() // DAY_NS * DAY_NS
        since_ns = midnight - (days - 1) * DAY_NS
        for ticket in self._life.tickets.values():
            mine = client in ("", "0", str(ticket.client))
            if not mine or account not in ("", ticket.order.terms.account):
                continue
            for made in ticket.order.executions:
                if self._is_told(made, since_ns):
                    details = self._life.execution(ticket, made, about)
                    talk.say("execDetails", details)
        talk.say("execDetailsEnd", wire.said(55, 1, about))

    def _is_told(self, made: Execution, since_ns: int) -> bool:
        lag_ns = int(float(self._world.switches["read_lag_s"]) * NANOSECONDS)
        is_seen = made.time_ns <= self._world.clock.shown_ns() - lag_ns
        return is_seen and not made.busted and made.time_ns >= since_ns

    def _positions(self, talk: Talk, fields: Sequence[str]) -> None:
        account = str(self._world.switches["account"])
        for symbol, held in self._world.accounts.held(account).items():
            row = _listed(symbol).as_dict()
            names = [name for name in wire.CONTRACT if name != "primaryExchange"]
            contract = [row.get(name, "") for name in names]
            talk.say("position", wire.said(61, 3, account, *contract, held.quantity, held.average))
        talk.say("positionEnd", wire.said(62, 1))

    def _values(self) -> dict[str, Any]:
        account = str(self._world.switches["account"])
        cash = self._world.switches["balance"]
        spent = self._world.accounts.spent[account]
        return {"NetLiquidation": cash, "TotalCashValue": f"{float(cash) - float(spent):.2f}"}

    def _account(self, talk: Talk, fields: Sequence[str]) -> None:
        account = self._world.switches["account"]
        for tag, value in self._values().items():
            talk.say("updateAccountValue", wire.said(6, 2, tag, value, "USD", account))
        talk.say("accountDownloadEnd", wire.said(54, 1, account))

    def _account_multi(self, talk: Talk, fields: Sequence[str]) -> None:
        about, account = fields[2], self._world.switches["account"]
        for tag, value in self._values().items():
            multi = wire.said(73, 1, about, account, "", tag, value, "USD")
            talk.say("accountUpdateMulti", multi)
        talk.say("accountUpdateMultiEnd", wire.said(74, 1, about))

    def _summary(self, talk: Talk, fields: Sequence[str]) -> None:
        about, account = fields[2], self._world.switches["account"]
        for tag, value in self._values().items():
            talk.say("accountSummary", wire.said(63, 1, about, account, tag, value, "USD"))
        talk.say("accountSummaryEnd", wire.said(64, 1, about))

    def _contracts(self, talk: Talk, fields: Sequence[str]) -> None:
        about = int(fields[2])
        listed = found(dict(zip(wire.CONTRACT, fields[3:], strict=False)))
        if not listed:
            text = "No security definition has been found for the request"
            talk.say("error", wire.error(about, 200, text))
            return
        for one in listed:
            talk.say("contractDetails", _details(about, one))
        talk.say("contractDetailsEnd", wire.said(52, 1, about))


def _details(about: int, one: Listed) -> str:
    row = one.as_dict()
    names = "exchange currency localSymbol marketName tradingClass conId"
    return wire.said(
        10,
        about,
        one.symbol,
        one.kind,
        "",
        0,
        "",
        *[row.get(name, "") for name in names.split()],
        one.tick,
        "",
        "LMT,MKT,STP,STP LMT,MIT,MOC,LOC",
        f"SMART,{one.exchange}",
        1,
        0,
        one.symbol,
        one.exchange,
        *[""] * 4,
        "US/Eastern",
        HOURS,
        HOURS,
        "",
        "",
        0,
        1,
        "",
        "",
        "26",
        "",
        "COMMON",
        1,
        1,
        100,
    )


def _listed(market: str) -> Listed:
    return next(one for one in CONTRACTS if one.market == market)


def _moment(time_ns: int | None) -> datetime:
    return datetime.fromtimestamp((time_ns or 0) / NANOSECONDS, UTC)
