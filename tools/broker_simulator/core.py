"""The broker's decisions: requests and time in, answers out. No socket, no clock.

Owns what is answered and when. An order's life is a list of changes (book.py); here they are made,
applied, and put into words by the dialect.
"""

from __future__ import annotations

from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Final

from tools.broker_simulator.agenda import Agenda
from tools.broker_simulator.book import (
    CANCELED,
    CHANGE_REJECTED,
    NEW,
    PENDING_CANCEL,
    PENDING_NEW,
    PENDING_REPLACE,
    REJECTED,
    REPLACED,
    STATUS,
    TRADE,
    Book,
    Change,
    Order,
    decimal_of,
)
from tools.broker_simulator.mouth import MILLISECOND, Answer, Mouth, dice_of, roll
from tools.broker_simulator.positions import position_answers, positions_of
from tools.broker_simulator.quotes import quote_answers
from tools.broker_simulator.reports import Dialect, change_of, plain
from tools.broker_simulator.scenarios import fill_plan, scenario_of
from tools.broker_simulator.settings import BrokerSettings
from tools.fix_peer import Pairs, Received, tags
from tools.fix_peer.wire import read_one

_LIMIT_TYPES: Final = ("2", "4")  # OrdType(40) with a Price(44)
_STOP_TYPES: Final = ("3", "4")  # OrdType(40) with a StopPx(99)
_IMMEDIATE: Final = ("3", "4")  # TimeInForce(59) that leaves nothing open: IOC, FOK
_FILL_OR_KILL: Final = "4"


class BrokerCore:
    """A broker without a connection."""

    def __init__(self, settings: BrokerSettings) -> None:
        self.settings = settings
        self.book = Book()
        self._dialect = Dialect(settings.begin_string)
        self._agenda = Agenda()
        self._mouth = Mouth(settings)
        self._exec_count = 0

    def receive(self, message: Received, now: int) -> None:
        """A request came."""
        _HANDLERS.get(message.msg_type, BrokerCore._on_other)(self, message, now)
        self._agenda.run(now)

    def tick(self, now: int) -> None:
        """Do what is due."""
        self._agenda.run(now)

    def deadline(self) -> int | None:
        """When `tick` has work next."""
        return self._agenda.next_time()

    def answers(self) -> list[Answer]:
        """What is to be sent now, in order."""
        return self._mouth.take()

    def recover(self, history: list[tuple[str, bytes]], now: int) -> None:
        """Make the orders again from the messages of an earlier run, and go on with them."""
        seen: set[str] = set()
        for kind, raw in history:
            message = read_one(raw)
            if kind == "in":
                self._remember_request(message)
            elif message.get(tags.EXEC_ID) not in seen:
                self._remember_answer(message, seen)
        for order in self.book.orders:
            self._resume(order, now)

    # Requests

    def _on_new(self, request: Received, now: int) -> None:
        known = self.book.find(request.get(tags.CL_ORD_ID))
        if known is not None:
            self._on_known(known, request, now)
            return
        order = self._add(request)
        if order.scenario.hang:
            return
        if self.settings.pending_acks:
            self._tell(order, Change(kind=PENDING_NEW, cl_ord_id=order.cl_ord_id), now)
        self._later(order, partial(self._answer_new, order), now)

    def _on_known(self, order: Order, request: Received, now: int) -> None:
        """A ClOrdID(11) that is taken: FIX 4.4 Vol. 4, order state change matrix F.1.a."""
        cl_ord_id = request.get(tags.CL_ORD_ID)
        if request.get(tags.POSS_RESEND) == "Y":
            self._tell(order, Change(kind=STATUS, cl_ord_id=cl_ord_id), now)
            return
        text = "duplicate ClOrdID(11)"
        change = Change(kind=REJECTED, cl_ord_id=cl_ord_id, reason="6", text=text)
        self._say(order, change, now)  # told, not applied: the first order lives on

    def _on_change(self, request: Received, now: int) -> None:
        order = self.book.find(request.get(tags.ORIG_CL_ORD_ID))
        if order is None:
            self._mouth.say(tags.ORDER_CANCEL_REJECT, self._dialect.unknown_change(request, now))
            return
        cl_ord_id = request.get(tags.CL_ORD_ID)
        if self.book.find(cl_ord_id) is not None:
            self._refuse(order, request, "6", "duplicate ClOrdID(11)", now)
            return
        self.book.claim(order, request)
        if order.scenario.hang:
            return
        if self.settings.pending_acks and not order.closed:
            self._tell(order, self._pending(order, request), now)
        self._later(order, partial(self._answer_change, order, request), now)

    def _on_status(self, request: Received, now: int) -> None:
        order = self.book.find(request.get(tags.CL_ORD_ID))
        if order is None:
            body = self._dialect.unknown_status(request, self._exec_id(), now)
        else:
            change = Change(kind=STATUS, cl_ord_id=order.cl_ord_id)
            body = self._dialect.report(order, change, self._exec_id(), now)
        if request.get(tags.ORD_STATUS_REQ_ID):
            body.append((tags.ORD_STATUS_REQ_ID, request.get(tags.ORD_STATUS_REQ_ID)))
        self._mouth.say(tags.EXECUTION_REPORT, body)

    def _on_mass_status(self, request: Received, now: int) -> None:
        """A report for each open order, or one that says that there is none."""
        if not self.settings.mass_status:
            self._on_other(request, now)
            return
        orders = [order for order in self.book.orders if not order.closed]
        bodies = [
            self._dialect.report(
                order, Change(kind=STATUS, cl_ord_id=order.cl_ord_id), self._exec_id(), now
            )
            for order in orders
        ] or [self._dialect.nothing_open(self._exec_id(), now)]
        for number, body in enumerate(bodies, 1):
            body.append((tags.MASS_STATUS_REQ_ID, request.get(tags.MASS_STATUS_REQ_ID)))
            body.append((tags.TOT_NUM_REPORTS, str(len(orders))))
            is_last = number == len(bodies)
            body.append((tags.LAST_RPT_REQUESTED, "Y" if is_last else "N"))
            self._mouth.say(tags.EXECUTION_REPORT, body)

    def _on_market_data_request(self, request: Received, now: int) -> None:
        """What is shown of each symbol, once."""
        if not self.settings.quotes:
            self._on_other(request, now)
            return
        for body in quote_answers(request, self.settings.quotes):
            self._mouth.say(tags.MARKET_DATA_SNAPSHOT, body)

    def _on_positions(self, request: Received, now: int) -> None:
        """A report for each position of the account, or an acknowledgement that there is none."""
        if self.settings.positions is None:
            self._on_other(request, now)
            return
        account = request.get(tags.ACCOUNT)
        held = positions_of(self.settings.positions, self.book.orders, account)
        for kind, body in position_answers(request, held, self._exec_id):
            self._mouth.say(kind, body)

    def _on_other(self, message: Received, now: int) -> None:
        if message.msg_type in (tags.REJECT, tags.BUSINESS_MESSAGE_REJECT):
            return  # never answer a reject with a reject
        body = [(tags.REF_SEQ_NUM, str(message.seq)), (tags.REF_MSG_TYPE, message.msg_type)]
        body += [(tags.BUSINESS_REJECT_REASON, "3"), (tags.TEXT, "unsupported MsgType(35)")]
        self._mouth.say(tags.BUSINESS_MESSAGE_REJECT, body)

    # Outcomes, when their time has come

    def _answer_new(self, order: Order, now: int) -> None:
        reason, text = self._fault(order)
        if reason:
            self._tell(order, self._rejection(order, reason, text), now)
            return
        self._make_plan(order)
        self._tell(order, Change(kind=NEW, cl_ord_id=order.cl_ord_id), now)
        self._work(order, now)

    def _answer_change(self, order: Order, request: Received, now: int) -> None:
        cancel = request.msg_type == tags.ORDER_CANCEL_REQUEST
        if order.closed:
            self._refuse(order, request, "0", "too late", now)
        elif order.scenario.keep:
            self._refuse(order, request, "2", "refused by scenario", now)
        elif cancel:
            self._cancel(order, request.get(tags.CL_ORD_ID), order.cl_ord_id, now)
        elif decimal_of(request.get(tags.ORDER_QTY)) <= 0:
            self._refuse(order, request, "2", "OrderQty(38) must be above 0", now)
        else:
            self._replace(order, request, now)

    def _cancel(self, order: Order, cl_ord_id: str, orig: str, now: int) -> None:
        open_quantity = order.leaves
        late = order.scenario.late_fill or roll(self.settings, order, "late fill") is not None
        order.plan_number += 1
        order.plan = []
        self._tell(order, Change(kind=CANCELED, cl_ord_id=cl_ord_id, orig_cl_ord_id=orig), now)
        if late:
            quantity = max(open_quantity // 2, min(open_quantity, Decimal(1)))
            at = now + int(self.settings.fill_delay_ms * MILLISECOND)
            self._agenda.add(at, partial(self._trade, order, quantity))

    def _replace(self, order: Order, request: Received, now: int) -> None:
        """OrderQty(38) is the new total; below what is filled it becomes what is filled (C.3.c)."""
        change = Change(
            kind=REPLACED,
            cl_ord_id=request.get(tags.CL_ORD_ID),
            orig_cl_ord_id=order.cl_ord_id,
            quantity=max(decimal_of(request.get(tags.ORDER_QTY)), order.cum),
        )
        order.apply(change)
        order.scenario = scenario_of(order.terms, self.settings)
        self._make_plan(order)
        self._say(order, change, now)
        self._work(order, now)

    def _refuse(self, order: Order, request: Received, reason: str, text: str, now: int) -> None:
        cl_ord_id = request.get(tags.CL_ORD_ID)
        change = Change(kind=CHANGE_REJECTED, cl_ord_id=cl_ord_id, reason=reason, text=text)
        if reason != "6":  # else the id belongs to another request
            order.apply(change)
        body = self._dialect.cancel_reject(order, request, change, now)
        self._mouth.say_of(order, change, tags.ORDER_CANCEL_REJECT, body)

    # Fills

    def _make_plan(self, order: Order) -> None:
        fill = order.scenario.fill or self.settings.fill
        dice = dice_of(self.settings, order, f"plan/{order.plan_number}")
        order.plan_number += 1
        order.plan = fill_plan(fill, order.quantity - order.cum, dice)
        if order.terms.get(tags.TIME_IN_FORCE) == _FILL_OR_KILL:
            whole = sum(order.plan) == order.quantity
            order.plan = order.plan if whole else []

    def _work(self, order: Order, now: int) -> None:
        """Arrange the next fill, or the end of an order that may not stay open."""
        if order.closed:
            return
        if order.plan:
            at = now + int(self.settings.fill_delay_ms * MILLISECOND)
            self._agenda.add(at, partial(self._next_fill, order, order.plan_number))
        elif order.terms.get(tags.TIME_IN_FORCE) in _IMMEDIATE:
            self._cancel(order, order.cl_ord_id, "", now)

    def _next_fill(self, order: Order, plan_number: int, now: int) -> None:
        if order.plan_number != plan_number:
            return  # canceled or replaced meanwhile
        self._trade(order, order.plan.pop(0), now)
        self._work(order, now)

    def _trade(self, order: Order, quantity: Decimal, now: int) -> None:
        price = decimal_of(order.terms.get(tags.PRICE, ""))
        price = price or self.settings.prices.get(order.symbol, self.settings.price_default)
        change = Change(kind=TRADE, cl_ord_id=order.cl_ord_id, quantity=quantity, price=price)
        self._tell(order, change, now)

    # Telling

    def _tell(self, order: Order, change: Change, now: int) -> None:
        order.apply(change)
        self._say(order, change, now)

    def _say(self, order: Order, change: Change, now: int) -> None:
        body: Pairs = self._dialect.report(order, change, self._exec_id(), now)
        self._mouth.say_of(order, change, tags.EXECUTION_REPORT, body)

    def _exec_id(self) -> str:
        self._exec_count += 1
        return f"{self.settings.sender}-E{self._exec_count}"

    def _pending(self, order: Order, request: Received) -> Change:
        cancel = request.msg_type == tags.ORDER_CANCEL_REQUEST
        return Change(
            kind=PENDING_CANCEL if cancel else PENDING_REPLACE,
            cl_ord_id=request.get(tags.CL_ORD_ID),
            orig_cl_ord_id=order.cl_ord_id,
        )

    def _rejection(self, order: Order, reason: str, text: str) -> Change:
        return Change(kind=REJECTED, cl_ord_id=order.cl_ord_id, reason=reason, text=text)

    # Checks and pace

    def _add(self, request: Received) -> Order:
        return self.book.add(
            f"{self.settings.sender}-O", request, scenario_of(request.fields, self.settings)
        )

    def _later(self, order: Order, action: Callable[[int], None], now: int) -> None:
        """After the delay, but never before an earlier answer about the same order."""
        delay_ms = self.settings.slow_ms if order.scenario.slow else self.settings.ack_delay_ms
        order.not_before = max(order.not_before, now + int(delay_ms * MILLISECOND))
        self._agenda.add(order.not_before, action)

    def _fault(self, order: Order) -> tuple[str, str]:
        """OrdRejReason(103) and Text(58) when the order is to be refused, else two empty texts."""
        terms = order.terms
        ord_type = terms.get(tags.ORD_TYPE, "")
        if order.scenario.reject or roll(self.settings, order, "reject") is not None:
            return "0", "refused by the broker simulator"
        if order.quantity <= 0:
            return "0", f"OrderQty(38) {plain(order.quantity)} must be above 0"
        if ord_type in _LIMIT_TYPES and decimal_of(terms.get(tags.PRICE, "")) <= 0:
            return "0", "Price(44) is missing"
        if ord_type in _STOP_TYPES and decimal_of(terms.get(tags.STOP_PX, "")) <= 0:
            return "0", "StopPx(99) is missing"
        return "", ""

    # After a restart

    def _remember_request(self, request: Received) -> None:
        if request.msg_type == tags.NEW_ORDER_SINGLE:
            if self.book.find(request.get(tags.CL_ORD_ID)) is None:
                self._add(request)
            return
        order = self.book.find(request.get(tags.ORIG_CL_ORD_ID))
        if order is not None and self.book.find(request.get(tags.CL_ORD_ID)) is None:
            self.book.claim(order, request)

    def _remember_answer(self, answer: Received, seen: set[str]) -> None:
        exec_id = answer.get(tags.EXEC_ID)
        if exec_id:
            seen.add(exec_id)
            self._exec_count = max(self._exec_count, int(exec_id.rpartition("E")[2]))
        if answer.msg_type not in (tags.EXECUTION_REPORT, tags.ORDER_CANCEL_REJECT):
            return
        order = self.book.find(answer.get(tags.CL_ORD_ID))
        change = change_of(answer.fields)
        if order is not None and change is not None:
            order.apply(change)
            order.scenario = scenario_of(order.terms, self.settings)

    def _resume(self, order: Order, now: int) -> None:
        if order.scenario.hang:
            return
        if order.answered and not order.closed:
            self._make_plan(order)
            self._work(order, now)
        elif not order.answered:
            self._later(order, partial(self._answer_new, order), now)
        for request in order.requests.values():
            self._later(order, partial(self._answer_change, order, request), now)


_HANDLERS: Final[dict[str, Callable[[BrokerCore, Received, int], None]]] = {
    tags.NEW_ORDER_SINGLE: BrokerCore._on_new,
    tags.ORDER_CANCEL_REQUEST: BrokerCore._on_change,
    tags.ORDER_CANCEL_REPLACE_REQUEST: BrokerCore._on_change,
    tags.ORDER_STATUS_REQUEST: BrokerCore._on_status,
    tags.ORDER_MASS_STATUS_REQUEST: BrokerCore._on_mass_status,
    tags.REQUEST_FOR_POSITIONS: BrokerCore._on_positions,
    tags.MARKET_DATA_REQUEST: BrokerCore._on_market_data_request,
}
