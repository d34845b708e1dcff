"""What must hold whatever happens. Everything is measured at the journal on the disk; only what the
broker holds is asked of the broker.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable
from datetime import UTC, datetime
from decimal import Decimal
from typing import Any, Final

from gateway.build import limit_table
from gateway.config import Config, FixBroker
from gateway.events import (
    DayRolled,
    ExecutionBusted,
    ExecutionCorrected,
    LegPriced,
    OrderExecuted,
    OrderRenewed,
    PartEntered,
    PartExecuted,
    decode,
)
from gateway.orders.linked_quantity import orders_of, wanted
from gateway.orders.order import Order
from gateway.orders.order_parts import Division, Hold, Request, Slice, Terms
from gateway.orders.order_types import BUYS
from gateway.prepared import NO_REFERENCE
from gateway.recovery import fold, fold_from
from gateway.snapshot import snapshot
from gateway.state import State
from sessions.framing import Framer
from store.reader import JournalReader
from store.record import EVENT, IN, OUT, SNAPSHOT, Record
from tests.simulation.gate import SimulatedGateway
from tests.simulation.levels import LevelChecks
from tests.simulation.network import End
from tests.simulation.trader import Trader

CLOCK_STEP_S: Final = 21  # how far the gateway's clock may be set, and a little
_AGAIN: Final = re.compile(rb"\x0135=[DG]\x01.*\x0143=Y\x01")
_TIMES: Final = re.compile(rb"\x01(?:52|122)=([^\x01]+)")
_CANCELED: Final = b"\x0139=4\x01"
OF_POSITIONS: Final = (b"PositionStated\x01", b"InstrumentTold\x01")
LEFT_OUT: Final = frozenset(
    {"division", "history", "held", "terms", "open_requests", "executions", "segment", "slice"}
)


class BrokenError(Exception):
    """Something that must hold does not."""


class Checks:
    """`shadow` is the state that the journal on the disk makes, folded beside the gateway.
    `segments`: how many were found to be good to begin reading at; `legs`: of orders that sweep;
    `parts`: of those that are split.
    """

    def __init__(self, config: Config, quantity_at_broker: Callable[[Order], Decimal]) -> None:
        self.executions: Counter[str] = Counter()
        self._quantity_at_broker = quantity_at_broker
        self.compared = self.legs = self.parts = 0
        self._is_late = False
        self.late: Counter[int] = Counter()  # executed of a leg after its broker's last word
        self._units: dict[tuple[int, str], str] = {}  # of executions in force
        self._dates = [0]
        self._renewed: set[tuple[int, int]] = set()
        broker = next(broker for broker in config.brokers if isinstance(broker, FixBroker))
        self._age_max_s = float(broker.resend_order_age_max_s) + CLOCK_STEP_S
        self._broker_ports = {
            one.endpoints[0][1] for one in config.brokers if isinstance(one, FixBroker)
        }
        self._has_rules = broker.tag_rules is not None
        self._limits = limit_table(config, NO_REFERENCE)
        self._refused_max = config.journal.history_refused_max
        self.shadow = State(self._limits, self._refused_max)
        self.levels = LevelChecks(self._limits)
        self.segments = 0
        self._started_at = 1
        self._reader = JournalReader(config.gateway.data_dir / "journal")
        self._kept: set[bytes] = set()
        self._framers: dict[End, Framer] = {}
        self._batch = 0

    def written(self, end: End, data: bytes) -> None:
        """The gateway hands bytes to the network: each message is in the journal."""
        self.follow()
        framer = self._framers.get(end)
        if framer is None:
            framer = self._framers[end] = Framer()
        for frame in framer.feed(data):
            if frame not in self._kept:
                raise BrokenError(f"left without a record: {frame!r}")
            if self._has_rules and end.pair.port in self._broker_ports:
                _by_rules(frame)
            if _AGAIN.search(frame) and end.pair.port in self._broker_ports:
                self._not_stale(frame)

    def _not_stale(self, frame: bytes) -> None:
        """An order that the broker asks for again is not older than the settings allow."""
        sent, first = (_time(found) for found in _TIMES.findall(frame)[:2])
        if (sent - first).total_seconds() > self._age_max_s:
            raise BrokenError(f"an old order was sent again: {frame!r}")

    def follow(self) -> None:
        """Read what the journal has got."""
        while batches := self._reader.poll():
            for batch in batches:
                self._batch = batch.number
                self.shadow.segment = batch.position.segment
                for record in batch.records:
                    if record.kind == OUT:
                        self._kept.add(record.payload)
                        self._level_obeyed(record)
                    if record.kind != SNAPSHOT:
                        fold(self.shadow, record)
                    if record.kind == IN:
                        self._is_late = _CANCELED in record.payload
                    elif record.kind == EVENT:
                        event = decode(record.payload)
                        self._event(event)
                        self.levels.event(event, self.shadow)

    def _level_obeyed(self, record: Record) -> None:
        link = self.shadow.links.get(record.link)
        if link is not None and link.defined.role == "broker":
            broken = self.levels.broken(record, self.shadow)
            if broken:
                raise BrokenError(broken)

    def _event(self, event: Any) -> None:
        if isinstance(event, LegPriced):
            self.legs += 1
        elif isinstance(event, PartEntered):
            self.parts += 1
        elif isinstance(event, PartExecuted):
            self._part_executed(event)
        elif isinstance(event, DayRolled):
            self._rolled(event)
        elif isinstance(event, OrderRenewed):
            self._order_rolled(event)
        elif isinstance(event, OrderExecuted):
            self._executed(event)
            self._units[event.order_no, event.exec_id] = event.last_qty
        elif isinstance(event, ExecutionBusted):
            self._units.pop((event.order_no, event.exec_ref_id), None)
        elif isinstance(event, ExecutionCorrected):
            self._units.pop((event.order_no, event.exec_ref_id), None)
            self._units[event.order_no, event.exec_id] = event.last_qty

    def _rolled(self, event: DayRolled) -> None:
        if event.date <= self._dates[-1]:
            raise BrokenError(f"{event} after {self._dates}")
        self._dates.append(event.date)

    def _order_rolled(self, event: OrderRenewed) -> None:
        rolled = (event.order_no, event.date)
        if rolled in self._renewed or event.date != self._dates[-1]:
            raise BrokenError(f"{event} on {self._dates[-1]}, or once more")
        self._renewed.add(rolled)

    def _executed(self, event: OrderExecuted) -> None:
        order = self.shadow.book.get(event.order_no)
        if order is None:
            raise BrokenError(f"an execution of an order nobody entered: {event}")
        exec_id = event.exec_id.rpartition(":")[2]  # of a later broker its name stands before it
        self.executions[exec_id] += 1
        if self.executions[exec_id] > 1:
            raise BrokenError(f"ExecID(17)={event.exec_id} is booked twice")
        if self._is_late and order.past:
            self.late[event.order_no] += int(event.last_qty)
        in_time = order.cum_qty - self.late[event.order_no]
        if in_time > max(order.terms.order_qty, *_asked(order)) and (
            in_time > self._quantity_at_broker(order)
        ):
            raise BrokenError(f"{order} is filled beyond its quantity")

    def _part_executed(self, event: PartExecuted) -> None:
        """What parts execute in time is not more than the whole is for."""
        whole = self.shadow.book.get(event.order_no)
        if whole is None:
            raise BrokenError(f"an execution of a part of an order nobody entered: {event}")
        part = self.shadow.book.get(event.part_no)
        if part is not None and part.ended:
            self.late[event.order_no] += int(event.quantity)
        in_time = whole.cum_qty - self.late[event.order_no]
        if in_time > max(whole.terms.order_qty, *_asked(whole)):
            raise BrokenError(f"{whole} is filled beyond its quantity by its parts")

    def divided(self, gateway: SimulatedGateway) -> None:
        """At rest a whole is what its parts are, and works only where one of them does."""
        state = gateway.engine.core.state
        for whole in state.book:
            division = whole.division
            if division is None or division.whole_no:
                continue
            parts = [p for p in map(state.book.look_at, division.parts) if p is not None]
            told = (whole.cum_qty, whole.notional)
            made = (sum(p.cum_qty for p in parts), sum(p.notional for p in parts))
            if len(parts) == len(division.parts) and told != made:
                raise BrokenError(f"{whole} has executed {told}, its parts {made}")
            open_ = [part for part in parts if not part.closed]
            waits = whole.open_requests and not any(part.unknown for part in open_)
            if not (whole.closed or open_) or waits:
                raise BrokenError(f"{whole} is open, of its parts are {open_}")
            if whole.closed and any(not (part.over or part.unknown) for part in open_):
                raise BrokenError(f"{whole} is over, and {open_} work")

    def compare(self, gateway: SimulatedGateway) -> None:
        """What the gateway has in memory is what the journal makes, once nothing is on its way."""
        self.follow()
        journal = gateway.journal
        if journal.pending or journal.batch_number != self._batch:
            return
        self.compared += 1
        state = gateway.engine.core.state
        for link in gateway.engine.links.values():  # the sessions count while they live
            numbers, known = link.session.numbers, state.links[link.number]
            known.next_in, known.next_out = numbers.next_in, numbers.next_out
        live = facts(state)
        kept = facts(self.shadow)
        self._positions(state)
        for name, held in live.items():
            if held != kept[name]:
                raise BrokenError(f"{name}: the gateway has {held}, its journal says {kept[name]}")
        self._pieces(gateway)

    def _pieces(self, gateway: SimulatedGateway) -> None:
        """Reading that begins at the newest segment whose snapshot is whole makes the orders that
        are open. One that was closed when the segment began is not told there.
        """
        journal = gateway.journal
        start = journal.start_at(journal.segment)
        if start == self._started_at:
            return
        self._started_at = start
        self.segments += 1
        again = State(self._limits, self._refused_max)
        fold_from(journal, start, again)
        for order in self.shadow.book.open.values():
            if order.history is None:
                continue
            found = again.book.open.get(order.order_no)
            if found is None or _order_facts(found) != _order_facts(order):
                raise BrokenError(f"from segment {start} {order} is read as {found}")

    def _positions(self, state: State) -> None:
        """Every position is the sum of the executions in force."""
        expected: dict[tuple[str, str], Decimal] = {}
        for (order_no, _), quantity in self._units.items():
            order = self.shadow.book.look_at(order_no)
            if order is not None:
                bought = Decimal(quantity) * (1 if order.side in BUYS else -1)
                place = (order.account, order.symbol)
                expected[place] = expected.get(place, Decimal(0)) + bought
        for (account, symbol), net in expected.items():
            if state.positions.net(account, symbol) != net:
                held = state.positions.net(account, symbol)
                raise BrokenError(f"{account} holds {held} {symbol}, its executions make {net}")

    def linked(self, gateway: SimulatedGateway) -> None:
        """At rest no linked order works for more than the others leave it, unless its broker
        refused to change it.
        """
        core = gateway.engine.core
        decision = core.decision(0)
        for order in core.state.book.open.values():
            held_or_unsure = order.held is not None or order.unknown or order.open_requests
            known = core.state.book.lists.find(order.link, order.list_id)
            if not order.asked or held_or_unsure or known is None:
                continue
            orders = orders_of(decision, known)
            quantity = wanted(decision, known, order, orders)
            if order.terms.order_qty > quantity and order.order_no not in known.tried:
                raise BrokenError(f"{order} works for more than {quantity}")

    def known(self, gateway: SimulatedGateway, traders: list[Trader]) -> None:
        """Every order that was acknowledged is there."""
        state = gateway.engine.core.state
        links = {link.defined.name: number for number, link in state.links.items()}
        for trader in traders:
            for order in trader.client.book.orders:
                if not order.order_id:
                    continue
                held = state.book.find_of_client(links[trader.name], order.first_cl_ord_id)
                if held is None or held.order_id != order.order_id:
                    raise BrokenError(f"{trader.name}: {order.order_id} is lost: {held}")


def _by_rules(frame: bytes) -> None:
    """What the rules of the broker make of an order, also of one that is sent again."""
    if b"\x0135=D\x01" in frame and b"\x01128=FLOOR\x01" not in frame:
        raise BrokenError(f"went past the rules: {frame!r}")


def _time(text: bytes) -> datetime:
    return datetime.strptime(text.decode(), "%Y%m%d-%H:%M:%S.%f").replace(tzinfo=UTC)


def _asked(order: Order) -> list[Any]:
    return [request.terms.order_qty for request in order.open_requests if request.terms] or [0]


def facts(state: State) -> dict[str, Any]:
    """A state as values that can be compared."""
    found: dict[str, Any] = {f"order {order.order_no}": _order_facts(order) for order in state.book}
    found["trips"] = sorted(
        (
            name,
            scope,
            trip.since_ns,
            trip.state,
            trip.changed_ns,
            sorted(trip.probes),
            trip.answered,
        )
        for (name, scope), trip in state.breakers.trips.items()
    )
    found["orders"] = state.book.numbers()
    found["open"] = sorted(state.book.open)
    found["queued"] = sorted(state.queued)
    found["held"] = sorted(state.held)
    found["exposure"] = {
        (kind, name): (sums.open_orders, sums.open_buys, sums.open_sells, sums.unknown)
        for kind, name, sums in state.exposures
    }
    told = [payload for _, payload in snapshot(state, 0)][1:]  # but for its segment
    found["snapshot"] = [payload for payload in told if not payload.startswith(OF_POSITIONS)]
    # Those of a restart are in another order: it lacks what has become nothing.
    found["positions"] = sorted(payload for payload in told if payload.startswith(OF_POSITIONS))
    return found


def _order_facts(order: Order) -> dict[str, Any]:
    if not hasattr(Order, "__slots__"):  # a compiled class does not tell all its facts
        told = (f"{order!r}", order.cum_qty, order.leaves_qty, order.avg_px, order.exposure())
        return dict(zip(("order", "cum", "leaves", "average", "exposure"), told, strict=True))
    held = {name: getattr(order, name) for name in Order.__slots__ if name not in LEFT_OUT}
    held["held"] = _values(order.held)
    held["reserved"] = order.reserved.money if order.reserved is not None else None
    held["terms"] = _values(order.terms)
    held["slice"] = _values(order.slice)
    held["division"] = _values(order.division)
    held["open_requests"] = [
        {name: getattr(request, name) for name in Request.__slots__ if name != "terms"}
        | {"terms": _values(request.terms)}
        for request in order.open_requests
    ]
    held["executions"] = {
        exec_id: (row.report_no, row.last_qty, row.last_px, row.date, row.counts)
        for exec_id, row in (order.executions or {}).items()
    }
    held["history"] = order.history if not order.closed else None
    return held


def _values(part: Division | Terms | Hold | Slice | None) -> Any:
    if part is None:
        return None
    return [getattr(part, name) for name in part.__slots__ if name != "text"]
