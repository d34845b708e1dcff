"""Orders as rows: the gateway's own order machine over the events, so both always agree.

An order that is not in memory is made again from its rows in `order_events`. Knows no database:
it is given a function that reads them.
"""

from collections.abc import Callable, Iterable
from typing import Any, Final

from gateway import events as ev
from gateway.audit import rows
from gateway.orders import machine
from gateway.orders.beginning import begun
from gateway.orders.order import Order
from store.tables import SEARCHED_LENGTH_MAX
from store.writes import Changes, Row

ORDERS_KEPT: Final = 20_000

History = tuple[int, int, ev.Event]
"""Key, time and event of one row of `order_events`."""
Histories = Callable[[Iterable[int]], dict[int, list[History]]]
"""Reads the histories of the orders with these numbers."""


class Held:
    """An order in memory, with the rows of its executions by ExecID(17) and the ids it had."""

    __slots__ = ("executions", "ids", "order", "refusal_code", "updated_ns")

    def __init__(self, order: Order, refusal_code: str, now: int) -> None:
        self.order = order
        self.refusal_code = refusal_code
        self.updated_ns = now
        self.executions: dict[str, Row] = {}
        self.ids: set[tuple[str, str]] = set()


class Orders:
    """The orders lately touched; `names` maps a link to its session's name."""

    def __init__(self, histories: Histories, names: Callable[[int], str]) -> None:
        self._histories = histories
        self._names = names
        self._held: dict[int, Held] = {}
        self._touched: set[int] = set()

    def want(self, numbers: set[int]) -> None:
        """Have these orders in memory, as far as they are known."""
        missing = numbers - self._held.keys()
        if missing:
            for history in self._histories(missing).values():
                for key, time_ns, event in history:
                    self.take(key, time_ns, event, None)

    def finish(self, changes: Changes) -> None:
        """Put the rows of all touched orders into `changes`, and keep memory bounded: drop the
        orders that were not touched for the longest time. Those of this group stay: its events are
        not written yet when the next one is folded.
        """
        changed = changes.replaced["orders"]
        for number in self._touched:
            changed[number] = self._row(self._held[number])
        surplus = len(self._held) - max(ORDERS_KEPT, len(self._touched))
        self._touched.clear()
        for number in list(self._held)[: max(surplus, 0)]:
            del self._held[number]

    def take(self, key: int, time_ns: int, event: ev.Event, changes: Changes | None) -> None:
        """Apply one event of an order; what it changes is put into `changes`."""
        number = ev.order_no_of(event)
        held = self._begun(time_ns, event) or self._held.pop(number, None)
        if held is None:
            return  # it began before the oldest segment and is not in that segment's snapshot
        self._held[number] = held
        kind = type(event)
        if kind in machine.TRANSITIONS:
            machine.apply(held.order, event)
        if kind is not ev.RequestRefused:
            held.updated_ns = time_ns
        note = _EXECUTIONS.get(kind)
        touched = note(key, time_ns, held, event) if note is not None else ()
        named = _named(held, event)
        if changes is not None:
            self._changed(held, touched, named, changes)

    def _begun(self, now: int, event: Any) -> Held | None:
        order = begun(event, now)
        if order is None:
            return None
        return Held(order, event.code if type(event) is ev.OrderRefused else "", now)

    def _changed(
        self, held: Held, touched: Iterable[Row], named: list[tuple[str, str]], changes: Changes
    ) -> None:
        number = held.order.order_no
        self._touched.add(number)
        for row in touched:
            changes.replaced["executions"][row["record_id"]] = row
        for kind, text in named:
            changes.ids.append({"id": text, "kind": kind, "order_no": number})

    def _row(self, held: Held) -> Row:
        order = held.order
        return rows.order_row(order, self._names(order.link), held.refusal_code, held.updated_ns)


_IDS: Final = (
    ("cl_ord_id", "client"),
    ("broker_cl_ord_id", "broker"),
    ("broker_order_id", "broker_order"),
)
_IDS_OF: Final = {
    kind: [(name, meant) for name, meant in _IDS if name in rows.NAMES[kind]] for kind in ev.EVENTS
}


def _named(held: Held, event: ev.Event) -> list[tuple[str, str]]:
    """The ids that this event gives the order for the first time."""
    new = []
    for attribute, kind in _IDS_OF[type(event)]:
        text: str = getattr(event, attribute)
        named = (kind, text[:SEARCHED_LENGTH_MAX])
        if text and named not in held.ids:
            held.ids.add(named)
            new.append(named)
    return new


def _executed(key: int, time_ns: int, held: Held, event: Any) -> Iterable[Row]:
    row = held.executions[event.exec_id] = rows.execution_row(key, time_ns, held.order, event)
    return (row,)


def _busted(_key: int, _time_ns: int, held: Held, event: Any) -> Iterable[Row]:
    return _ended(held, event.exec_ref_id, "busted")


def _corrected(key: int, time_ns: int, held: Held, event: Any) -> Iterable[Row]:
    return (
        *_ended(held, event.exec_ref_id, "corrected"),
        *_executed(key, time_ns, held, event),
    )


def _dated(_key: int, _time_ns: int, held: Held, event: Any) -> Iterable[Row]:
    return _changed_row(held, event.exec_id, trade_date=str(event.trade_date))


def _ended(held: Held, exec_id: str, status: str) -> Iterable[Row]:
    return _changed_row(held, exec_id, status=status)


def _changed_row(held: Held, exec_id: str, **values: str) -> Iterable[Row]:
    row = held.executions.get(exec_id)
    if row is None:
        return ()
    # A new row: the old one may belong to a transaction that is not yet written.
    row = held.executions[exec_id] = {**row, **values}
    return (row,)


_EXECUTIONS: Final[dict[type[ev.Event], Callable[[int, int, Held, Any], Iterable[Row]]]] = {
    ev.OrderExecuted: _executed,
    ev.ExecutionBusted: _busted,
    ev.ExecutionCorrected: _corrected,
    ev.ExecutionDated: _dated,
}
