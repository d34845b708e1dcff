"""The operators' desk for orders: found and shown, canceled, settled by decision."""

import asyncio
from time import time_ns
from typing import Final

from gateway.control.desk import DeskError, ambiguous_order, unknown_order
from gateway.control.requests import Settle
from gateway.control.views import OrderFilter, OrderView, Outcome
from gateway.engine import Engine
from gateway.operators import action
from gateway.orders.order import Order
from gateway.orders.statuses import ORDER_STATUSES
from gateway.state import State
from gateway.translate.outbound import average_text
from sessions.values import format_decimal

LOOKED_AT_ONCE: Final = 250  # orders, before sessions have their turn again


class OrderDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    async def orders(self, wanted: OrderFilter) -> list[OrderView]:
        """Orders held in memory that match, newest first. Sessions go on while it looks."""
        state = self._engine.core.state
        book = state.book
        found: list[OrderView] = []
        numbers = list(book.open) if wanted.open_only else book.numbers()
        for looked_at, order_no in enumerate(reversed(numbers), 1):
            order = book.look_at(order_no)
            closed = wanted.open_only and order_no not in book.open  # while others had their turn
            if order is not None and not closed and is_wanted(state, order, wanted):
                found.append(order_view(state, order))
                if len(found) == wanted.limit:
                    break
            if looked_at % LOOKED_AT_ONCE == 0:
                await asyncio.sleep(0)
        return found

    def order(self, key: str) -> OrderView:
        """One order by OrderID(37), or by ClOrdID(11) where that is unique."""
        return order_view(self._engine.core.state, self._order(key))

    def _order(self, key: str) -> Order:
        book = self._engine.core.state.book
        order = book.find_order_id(key)
        if order is not None:
            return order
        named = [
            found
            for link in self._engine.core.setup.clients
            if (found := book.find_of_client(link, key)) is not None
        ]
        if not named:
            raise unknown_order(key)
        if len(named) > 1:
            raise ambiguous_order(key, (order.order_id for order in named))
        return named[0]

    async def cancel_order(self, key: str, *, who: str, why: str) -> OrderView:
        """Send a cancel to the order's broker."""
        order = self._order(key)
        if order.closed:
            raise DeskError(
                "ORDER_CLOSED",
                f"order {order.order_id} is {ORDER_STATUSES[order.ord_status]}, nothing to cancel",
            )
        now = time_ns()
        self._engine.operator(action(who, why, "order cancel", order_id=order.order_id), now)
        self._engine.perform_decision(self._engine.core.cancel_order(order, who, why, now))
        await self._engine.committer.flush()
        return self.order(order.order_id)  # as it is by now

    async def settle_order(self, key: str, *, outcome: Outcome, who: str, why: str) -> OrderView:
        """End the uncertainty of an UNKNOWN order."""
        order = self._unknown_order(key)
        now = time_ns()
        self._engine.operator(
            action(who, why, "order settle", order_id=order.order_id, outcome=outcome), now
        )
        self._engine.perform_decision(self._engine.core.settle(order, outcome, who, why, now))
        await self._engine.committer.flush()
        return self.order(order.order_id)  # as it is by now

    def look_at_settlement(self, ask: Settle, key: str) -> None:
        """Raise DeskError if it could not be settled."""
        self._unknown_order(key)

    def _unknown_order(self, key: str) -> Order:
        order = self._order(key)
        parts = self._engine.core.state.divisions.of(order)
        unknown = [part.order_id for part in parts if part.unknown]
        if unknown:
            text = f"order {order.order_id} is at work in parts, which are unknown"
            raise DeskError("ORDER_IN_PARTS", text, f"settle each: {', '.join(unknown)}")
        if not order.unknown:
            raise DeskError(
                "ORDER_KNOWN",
                f"order {order.order_id} is {ORDER_STATUSES[order.ord_status]}, not unknown",
                "only an order whose state is unknown can be settled",
            )
        return order


def is_wanted(state: State, order: Order, wanted: OrderFilter) -> bool:
    """Whether an order matches all but `open_only`."""
    return (
        (not wanted.client or state.client_name(order.link) == wanted.client)
        and (not wanted.broker or order.broker == wanted.broker)
        and (not wanted.account or order.account == wanted.account)
        and (not wanted.symbol or order.symbol == wanted.symbol)
        and (not wanted.unknown or order.unknown)
        and (not wanted.status or ORDER_STATUSES.get(order.ord_status) == wanted.status)
    )


def order_view(state: State, order: Order) -> OrderView:
    """An order as it is shown."""
    terms, slice_ = order.terms, order.slice
    whole = state.book.look_at(order.whole_no) if order.whole_no else None
    return OrderView(
        order_id=order.order_id,
        client=state.client_name(order.link),
        cl_ord_id=order.cl_ord_id,
        broker=order.broker,
        broker_cl_ord_id=order.broker_cl_ord_id,
        broker_order_id=order.broker_order_id,
        account=order.account,
        symbol=order.symbol,
        side=order.side,
        ord_type=terms.ord_type,
        time_in_force=terms.time_in_force,
        order_qty=format_decimal(terms.order_qty),
        price=terms.price,
        stop_px=terms.stop_px,
        cum_qty=format_decimal(order.cum_qty),
        leaves_qty=format_decimal(order.leaves_qty),
        avg_px=average_text(order.avg_px),
        status=ORDER_STATUSES[order.ord_status],
        open=not order.closed,
        unknown=order.unknown or state.divisions.is_unknown(order),
        queued=order.queued,
        held=order.held.reason if order.held is not None else "",
        on_behalf_of=order.on_behalf_of,
        whole=whole.order_id if whole is not None else "",
        verbal=not (order.cl_ord_id or order.whole_no),  # only such an order has none
        slice_number=slice_.number if slice_ is not None else 0,
        slice_order_qty=format_decimal(slice_.order_qty) if slice_ is not None else "",
        slice_cum_qty=format_decimal(slice_.cum_qty) if slice_ is not None else "",
        entered_ns=order.entered_ns,
        text=order.text,
    )
