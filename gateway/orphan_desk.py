"""The operators' desk for orphans: what is parked, adopted by an order, or dealt with otherwise."""

from time import time_ns

from gateway.control.desk import DeskError, unknown_orphan
from gateway.control.requests import Adopt, Book
from gateway.control.views import OrderView, OrphanView
from gateway.engine import Engine
from gateway.events import ExecutionParked
from gateway.operators import action
from gateway.order_desk import OrderDesk
from gateway.orders.order import Order
from gateway.orders.orphans import adopt_problem
from gateway.orders.parked import Orphan
from gateway.orders.parking import EXECUTIONS


class OrphanDesk(OrderDesk):
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    def orphans(self) -> list[OrphanView]:
        """Those in sight, newest first."""
        held = self._engine.core.state.parked.items()
        return [self._view(key, parked_ns, orphan) for key, parked_ns, orphan in reversed(held)]

    async def adopt_orphan(self, key: str, order_key: str, *, who: str, why: str) -> OrderView:
        """Book a parked execution on an order, and tell its client."""
        engine, order = self._engine, self._adopter(key, order_key)
        now = time_ns()
        what = "orphan adopt"
        engine.operator(action(who, why, what, key=key, order_id=order.order_id), now)
        engine.perform_decision(engine.core.adopt(key, order, who, why, now))
        await engine.committer.flush()
        return self.order(order.order_id)

    def look_at_adoption(self, ask: Adopt, key: str) -> None:
        """Raise DeskError if it does not fit the order."""
        self._adopter(key, ask.order)

    def look_at_booking(self, ask: Book, key: str) -> None:
        """Raise DeskError if there is no such orphan."""
        self._orphan(key)

    def _adopter(self, key: str, order_key: str) -> Order:
        _, orphan = self._orphan(key)
        order = self._order(order_key)
        problem = adopt_problem(orphan, order)
        if problem:
            text = f"{key} does not fit order {order.order_id}: {problem}"
            remedy = "`fixgate orders orphans book` says that it is dealt with otherwise"
            raise DeskError("NO_FIT", text, remedy)
        return order

    async def book_orphan(self, key: str, account: str, *, who: str, why: str) -> OrphanView:
        """It is dealt with by other means; out of sight, not out of the journal."""
        engine = self._engine
        view = self._view(key, *self._orphan(key))
        now = time_ns()
        told = {"broker": view.broker, "exec_id": view.exec_id, "quantity": view.quantity}
        payload = action(who, why, "orphan book", key=key, account=account, **told)
        engine.operator(payload, now)
        engine.perform_decision(engine.core.book(key, account, who, why, now))
        await engine.committer.flush()
        return view

    def _orphan(self, key: str) -> tuple[int, Orphan]:
        found = self._engine.core.state.parked.get(key)
        if found is None:
            raise unknown_orphan(key)
        return found

    def _view(self, key: str, parked_ns: int, orphan: Orphan) -> OrphanView:
        told = {
            "key": key,
            "broker": orphan.broker,
            "broker_cl_ord_id": orphan.broker_cl_ord_id,
            "broker_order_id": orphan.broker_order_id,
            "account": self._engine.core.state.parked.accounts.get(key, ""),
            "symbol": orphan.symbol,
            "side": orphan.side,
        }
        if isinstance(orphan, ExecutionParked):
            return OrphanView(
                parked_ns=parked_ns,
                kind="execution",
                exec_id=orphan.exec_id,
                quantity=orphan.last_qty,
                price=orphan.last_px,
                why=_what_is_wrong(orphan),
                **told,
            )
        return OrphanView(
            parked_ns=parked_ns,
            kind="order",
            quantity=orphan.order_qty,
            price=orphan.price,
            why=f"not known here: OrdStatus(39)={orphan.ord_status} CumQty(14)={orphan.cum_qty}",
            **told,
        )


def _what_is_wrong(orphan: ExecutionParked) -> str:
    """Of what fits no order the event has but its kind."""
    if orphan.why not in EXECUTIONS:
        return orphan.why
    return (
        f"{orphan.why}: no order here has ClOrdID(11)={orphan.broker_cl_ord_id}"
        f" or OrderID(37)={orphan.broker_order_id} at this broker"
    )
