"""All positions: a fold of executions and of what is told of positions besides.

An execution is counted when its event is applied, so whoever decides next sees it. Knows no prices
and no reference data: what an execution's money is stands in the journal before it.
"""

from collections.abc import Callable, Iterator
from decimal import Decimal
from sys import intern
from typing import Any, Final

from gateway import events as ev
from gateway.ids import DAY_NS, utc_date
from gateway.orders.book import OrderBook
from gateway.orders.business_day import BusinessDay
from gateway.orders.order import Order
from gateway.orders.order_types import BUYS
from gateway.positions import entries
from gateway.positions.compared import Comparisons
from gateway.positions.entries import Entry, entries_in, plain, text_of
from gateway.positions.holding import ZERO
from gateway.positions.moment import Moment
from gateway.positions.position import Position
from gateway.positions.terms import Terms, can_count
from gateway.positions.totals import Total
from sessions.values import recorded_decimal

ONE: Final = Decimal(1)
Applier = Callable[[Any, int, bytes], None]


class Positions:
    """`terms` by symbol, as they were told; `comparisons` with what brokers hold. It looks at
    orders and the business date, and changes neither.
    """

    __slots__ = (
        "_all",
        "_by_account",
        "_by_place",
        "_by_symbol",
        "_commission",
        "_day",
        "_day_no",
        "_moments",
        "_orders",
        "_totals",
        "_utc_date",
        "comparisons",
        "terms",
    )

    def __init__(self, orders: OrderBook, day: BusinessDay) -> None:
        self._orders = orders
        self._day = day
        self.terms: dict[str, Terms] = {}
        self._all: list[Position] = []  # oldest first
        self._by_place: dict[tuple[str, str], list[Position]] = {}  # by account and symbol
        self._by_account: dict[str, list[Position]] = {}
        self._by_symbol: dict[str, list[Position]] = {}
        self._totals: dict[tuple[str, str], Total] = {}  # by account and currency
        self._commission: ev.ExecutionCommission | None = None
        self._day_no = self._utc_date = 0
        self._moments: list[Moment] = []
        self.comparisons = Comparisons()

    def appliers(self) -> dict[type[ev.Event], Applier]:
        """What applies each event that concerns positions alone."""
        return {
            ev.InstrumentTold: self._instrument_told,
            ev.ExecutionCommission: self._commission_told,
            ev.PositionImported: self._said,
            ev.PositionAdjusted: self._said,
            ev.PositionsActed: self._acted,
            ev.PositionStated: self._stated,
            ev.PositionsCompared: self.comparisons.compared,
            ev.PositionDiffers: self.comparisons.differs,
        }

    # --- reading --------------------------------------------------------------------------------

    def net(self, account: str, symbol: str) -> Decimal:
        """Units that an account holds, below 0 if it is short; of all its strategies."""
        net = ZERO
        for position in self._by_place.get((account, symbol), ()):
            net += position.now.net
        return net

    def realised(self, account: str, currency: str) -> Decimal:
        """What an account has realised in a currency, by average cost, gross of commissions."""
        total = self._totals.get((account, currency))
        return total.realised if total is not None else ZERO

    def realised_today(self, account: str, currency: str, now: int) -> Decimal:
        """The same of the business date of `now` (UTC ns), of the UTC day where none is kept."""
        total = self._totals.get((account, currency))
        return total.of(self.today(now)) if total is not None else ZERO

    def of(self, account: str, symbol: str) -> list[Position]:
        """The positions of an account in a symbol, one a currency and strategy."""
        return self._by_place.get((account, symbol), [])

    def of_account(self, account: str) -> list[Position]:
        """All positions of an account."""
        return self._by_account.get(account, [])

    def of_symbol(self, symbol: str) -> list[Position]:
        """All positions in a symbol."""
        return self._by_symbol.get(symbol, [])

    def accounts(self) -> list[str]:
        """Those that have positions, or had."""
        return list(self._by_account)

    def __iter__(self) -> Iterator[Position]:
        for positions in self._by_account.values():
            yield from positions

    def find(self, account: str, symbol: str, currency: str, strategy: str) -> Position | None:
        """One position."""
        for position in self._by_place.get((account, symbol), ()):
            if position.strategy == strategy and position.currency == currency:
                return position
        return None

    def multiplier(self, symbol: str) -> Decimal:
        """What makes money of price times quantity of a symbol."""
        terms = self.terms.get(symbol)
        return terms.multiplier if terms is not None else ONE

    def today(self, now: int) -> int:
        """The business date (yyyymmdd), that of UTC where none is kept."""
        date = self._day.date
        if date:
            return date
        day_no = now // DAY_NS
        if day_no != self._day_no:
            self._day_no, self._utc_date = day_no, utc_date(day_no)
        return self._utc_date

    # --- executions -----------------------------------------------------------------------------

    def filled(self, order: Order, event: ev.OrderExecuted, now: int) -> None:
        """An execution is booked on an order."""
        terms = self.terms.get(order.symbol)
        if terms is None:
            return  # before anything was told of its symbol: what its money is nobody knows
        position = self._position(
            order.account, order.symbol, terms.currency_of(order), order.strategy
        )
        self._filled(position, terms, order.order_no, order.side, event, now)

    def orphan_booked(self, event: ev.OrphanBooked, orphan: object, now: int) -> None:
        """An account takes a parked execution, in suspense: nothing will take it back by itself."""
        if not (event.account and isinstance(orphan, ev.ExecutionParked) and can_count(orphan)):
            return
        terms = self.terms.get(orphan.symbol)
        if terms is not None:
            position = self._position(event.account, orphan.symbol, terms.currency, "")
            self._filled(position, terms, 0, orphan.side, orphan, now)

    def _filled(
        self,
        position: Position,
        terms: Terms,
        order_no: int,
        side: str,
        event: ev.OrderExecuted | ev.ExecutionParked,
        now: int,
    ) -> None:
        self._changes(position)
        bought = side in BUYS
        quantity, price = recorded_decimal(event.last_qty), recorded_decimal(event.last_px)
        date = self.today(now)
        if not bought:
            quantity = -quantity
        commission, kind = self._commission_of(order_no, event.exec_id)
        holding, total = position.now, position.total
        if holding.date != date:
            total.leave(holding)
            holding.at(date)
            total.enter(holding)
        before = holding.realised
        entries.trade(holding, quantity, price, terms.multiplier)
        if kind:
            money = quantity * price * terms.multiplier
            entries.pay(
                holding, kind, recorded_decimal(commission), quantity, money, position.currency
            )
        if holding.realised is not before:
            total.add(holding.realised - before, holding.date)
        units = event.last_qty if bought else f"-{event.last_qty}"
        numbers = (units, event.last_px, terms.text, commission)
        position.append(entries.execution(order_no, event.exec_id, date, numbers, kind))
        if position.count >= position.look_at:
            position.settle(self._may_be_taken_back)

    def undone(self, event: ev.ExecutionBusted | ev.ExecutionCorrected) -> None:
        """An execution is taken back, or corrected, as if it had never been otherwise."""
        order = self._orders.get(event.order_no)
        if order is None:
            return
        order_no = str(event.order_no)
        for position in self.of(order.account, order.symbol):
            kept = position.entries() if position.strategy == order.strategy else []
            for at, entry in enumerate(kept):
                if entry[:3] == [entries.EXECUTION, order_no, event.exec_ref_id]:
                    if isinstance(event, ev.ExecutionCorrected):
                        kept[at] = self._corrected(entry, event)
                    else:
                        del kept[at]
                    self._refold(position, kept)
                    return

    def _corrected(self, entry: Entry, event: ev.ExecutionCorrected) -> Entry:
        before, _, multiplier, commission = entry[4].split()
        sign = "-" if before.startswith("-") else ""
        told, kind = self._commission_of(event.order_no, event.exec_id)
        if not kind:
            told, kind = commission, entry[5]
        numbers = (sign + event.last_qty, event.last_px, multiplier, told)
        text = entries.execution(event.order_no, event.exec_id, int(entry[3]), numbers, kind)
        return entries_in(text)[0]

    def related(self, order: Order) -> list[Position]:
        """The positions that an execution of an order has a part in, by now."""
        found = [p for p in self.of(order.account, order.symbol) if p.strategy == order.strategy]
        for position in found:  # which grows meanwhile
            for entry in position.entries():
                if entry[0] == entries.ACTION and entry[2]:
                    other = self._beside(position, entry[2])
                    if other not in found:
                        found.append(other)
        return found

    # --- what is told besides -------------------------------------------------------------------

    def _instrument_told(self, event: ev.InstrumentTold, _now: int, _payload: bytes) -> None:
        self.terms[event.symbol] = Terms(event.currency, recorded_decimal(event.multiplier))

    def _commission_told(self, event: ev.ExecutionCommission, _now: int, _payload: bytes) -> None:
        self._commission = event

    def _commission_of(self, order_no: int, exec_id: str) -> tuple[str, str]:
        told = self._commission
        if told is None:
            return "0", ""
        self._commission = None
        if told.order_no != order_no or told.exec_id != exec_id:
            return "0", ""
        return told.commission, f"{told.comm_type}:{told.currency}"

    def _said(
        self, event: ev.PositionImported | ev.PositionAdjusted, now: int, _payload: bytes
    ) -> None:
        position = self._position(event.account, event.symbol, event.currency, event.strategy)
        quantity = recorded_decimal(event.quantity) - recorded_decimal(event.was_quantity)
        cost = recorded_decimal(event.cost) - recorded_decimal(event.was_cost)
        numbers = f"{plain(quantity)} {plain(cost)}"
        self._apply(position, [entries.SAID, "", event.who, str(self.today(now)), numbers, ""])

    def _acted(self, event: ev.PositionsActed, _now: int, _payload: bytes) -> None:
        for position in list(self.of_symbol(event.symbol)):
            if position.now.net or position.count:
                self._act(position, event)

    def _act(self, position: Position, event: ev.PositionsActed) -> None:
        numbers = (
            event.new,
            event.old,
            event.amount,
            event.withholding,
            event.fair_value,
            event.in_lieu,
            event.step,
            str(self.multiplier(event.symbol)),
        )
        entry = [
            entries.ACTION,
            event.kind,
            event.new_symbol,
            str(event.date),
            " ".join(numbers),
            "",
        ]
        self._apply(position, entry)

    def _apply(self, position: Position, entry: Entry) -> None:
        self._changes(position)
        total = position.total
        total.leave(position.now)
        moved = entries.apply(position.now, entry, position.currency)
        total.enter(position.now)
        self._append(position, entry)
        if moved is not None:
            came = entries.moved_in(position.symbol, entry[3], moved)
            self._apply(self._beside(position, entry[2]), came)

    def _append(self, position: Position, entry: Entry) -> None:
        position.append(text_of(entry))
        if position.count >= position.look_at:
            position.settle(self._may_be_taken_back)

    def _refold(self, position: Position, kept: list[Entry]) -> None:
        """Have other entries in a position; what went over to others follows."""
        self._changes(position)
        total = position.total
        total.leave(position.now)
        moves = position.refold(kept)
        total.enter(position.now)
        for symbol, came in moves:
            other = self._beside(position, symbol)
            held = other.entries()
            for at, entry in enumerate(held):
                if entry[:4] == came[:4] and entry != came:
                    held[at] = came
                    self._refold(other, held)
                    # A part may have come back since, so what moved later is not what it was.
                    self._refold(position, position.entries())
                    return

    def _stated(self, event: ev.PositionStated, _now: int, _payload: bytes) -> None:
        position = self._position(event.account, event.symbol, event.currency, event.strategy)
        self._changes(position)
        total = position.total
        total.leave(position.now)
        position.restate(event)
        total.enter(position.now)

    # --- what stands for good -------------------------------------------------------------------

    def _may_be_taken_back(self, position: Position, entry: Entry) -> bool:
        """Whether a broker's word on an order that is known here may change an entry."""
        if entry[0] == entries.EXECUTION:
            return self._orders.knows(int(entry[1]))
        if entry[0] != entries.MOVED_IN:
            return False
        other = self._beside(position, entry[2])
        causes = other.causes(position.symbol, entry[3])
        return any(self._may_be_taken_back(other, cause) for cause in causes)

    def _changes(self, position: Position) -> None:
        """To be called before what a position is made of changes."""
        for moment in self._moments:
            moment.changes(position)

    def snapshot(self) -> Iterator[ev.Event]:
        """The events that make all of it again as it is now, however late they are asked for; to be
        told after the orders: executions in their histories are in it.
        """
        moment = Moment(self.terms, self._all, self._orders.open, self.find)
        self._moments.append(moment)
        return self._told(moment)

    def _told(self, moment: Moment) -> Iterator[ev.Event]:
        yield from moment.told()
        self._moments.remove(moment)

    def stated(self, position: Position) -> ev.PositionStated:
        """A position as it is told after an execution of an order that a snapshot may lack."""
        return position.stated(self._may_be_taken_back)

    # --- places ---------------------------------------------------------------------------------

    def _position(self, account: str, symbol: str, currency: str, strategy: str) -> Position:
        held = self._by_place.get((account, symbol))
        if held is not None:
            for position in held:
                if position.strategy == strategy and position.currency == currency:
                    return position
        account, symbol = intern(account), intern(symbol)
        total = self._total(account, currency)
        position = Position(account, symbol, intern(currency), intern(strategy), total)
        self._all.append(position)
        self._by_place.setdefault((account, symbol), []).append(position)
        self._by_account.setdefault(account, []).append(position)
        self._by_symbol.setdefault(symbol, []).append(position)
        return position

    def _beside(self, position: Position, symbol: str) -> Position:
        """The position in another symbol, with all else the same."""
        return self._position(position.account, symbol, position.currency, position.strategy)

    def _total(self, account: str, currency: str) -> Total:
        total = self._totals.get((account, currency))
        if total is None:
            total = self._totals[account, currency] = Total()
        return total
