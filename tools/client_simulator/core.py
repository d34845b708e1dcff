"""The client's decisions: what to send next, from reports and time. No socket, no clock.

Owns the pace of new orders and the steps of their stories. The view of the orders is the book's.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.client_simulator import stories
from tools.client_simulator.lists import REJECTED, list_head, listed, orders_in, single
from tools.client_simulator.orders import ClientBook, ClientOrder
from tools.client_simulator.settings import ClientSettings
from tools.client_simulator.stories import EARLIER, Story, draw
from tools.fix_peer import Pairs, Received, tags, timestamp
from tools.fix_peer.wire import read_one

_SECOND: Final = 1_000_000_000
_WITH_PRICE: Final = (stories.LIMIT, stories.STOP_LIMIT)
_WITH_STOP: Final = (stories.STOP, stories.STOP_LIMIT)
_KEPT: Final[tuple[str, ...]] = (  # by a replace
    tags.ORD_TYPE,
    tags.PRICE,
    tags.STOP_PX,
    tags.TIME_IN_FORCE,
    tags.TEXT,
    tags.MAX_FLOOR,
    tags.DISPLAY_QTY,
)
_PRICE_RANGE_TICKS: Final = 20
_LOTS_MAX: Final = 10
_NEVER_WAS: Final = "-NONE"  # makes an id of an order that is none


@dataclass(frozen=True, slots=True)
class Outgoing:
    """A request on its way out."""

    msg_type: str
    body: Pairs
    order: ClientOrder


class ClientCore:
    """A client without a connection."""

    def __init__(self, settings: ClientSettings) -> None:
        self.settings = settings
        self.book = ClientBook()
        self.sent_orders = 0
        """New orders of the mix, not those of method calls or of an earlier run."""
        self.cancels = self.replaces = self.status_requests = 0
        self._dice = random.Random(settings.seed)
        self._outgoing: list[Outgoing] = []
        self._prefix = settings.id_prefix
        self._ids = 0
        self._started = 0

    def take(self) -> list[Outgoing]:
        """Requests to be sent now, in order."""
        outgoing, self._outgoing = self._outgoing, []
        return outgoing

    def recover(self, history: list[tuple[str, bytes]]) -> None:
        """Know the orders of an earlier run again, from what was sent and received then."""
        for kind, raw in history:
            message = read_one(raw)
            if kind == "in":
                self._apply(message)
            else:
                self._remember(message)
        self.interrupted()

    def receive(self, message: Received, refused_cl_ord_id: str, now: int) -> ClientOrder | None:
        """A report came; `refused_cl_ord_id` tells which of our messages a Reject(3) is about."""
        order = self._apply(message, refused_cl_ord_id)
        if order is not None:
            if not order.answered_ns and order.status:
                order.answered_ns = now
            self._next_step(order, now)
        return order

    def pump(self, now: int) -> None:
        """Make the new orders whose time has come."""
        self._started = self._started or now
        while self._may_order(now):
            self.sent_orders += 1
            self._order_of(draw(self.settings.mix, self._dice), now)

    def deadline(self) -> int | None:
        """When `pump` can make the next order, if only time keeps it from it."""
        if not self.settings.rate or not self._started or not self._orders_left():
            return None
        if len(self.book.unanswered) >= self.settings.window:
            return None
        return self._order_time()

    def interrupted(self) -> None:
        """The connection is lost: what waits for its first answer has no meaningful latency."""
        for order in self.book.unanswered.values():
            order.interrupted = True

    # Requests; also for callers who write their own script

    def new_order(self, body: Pairs, story: Story, now: int) -> ClientOrder:
        """Make a NewOrderSingle(D) of `body`, which has no ClOrdID(11) or TransactTime(60) yet."""
        cl_ord_id = self._new_id(now)
        body = [(tags.CL_ORD_ID, cl_ord_id), *body, (tags.TRANSACT_TIME, timestamp(now))]
        order = self.book.add(cl_ord_id, dict(body), story)
        order.sent_ns = now
        self._outgoing.append(Outgoing(tags.NEW_ORDER_SINGLE, body, order))
        return order

    def new_list(
        self, orders: Sequence[tuple[Pairs, Story]], contingency_type: str, now: int
    ) -> list[ClientOrder]:
        """Make a NewOrderList(E) of bodies like those of `new_order`."""
        head, ids = list_head(self._new_id(now), len(orders), contingency_type), []
        for seq, (body, story) in enumerate(orders, 1):
            cl_ord_id = self._new_id(now)
            pairs = listed(cl_ord_id, seq, body, timestamp(now))
            order = self.book.add(cl_ord_id, single(pairs), story)
            order.sent_ns = now
            ids.append(order)
            head += pairs
        self._outgoing.append(Outgoing(tags.NEW_ORDER_LIST, head, ids[0]))
        return ids

    def cancel(self, order: ClientOrder, now: int, orig: str = "") -> str:
        """Make an OrderCancelRequest(F); its ClOrdID(11)."""
        self.cancels += 1
        return self._change(order, tags.ORDER_CANCEL_REQUEST, orig, self._common(order), now)

    def replace(
        self, order: ClientOrder, quantity: Decimal, price: Decimal | None, text: str, now: int
    ) -> str:
        """Make an OrderCancelReplaceRequest(G) with a new total quantity; its ClOrdID(11)."""
        self.replaces += 1
        changes = {tags.ORDER_QTY: f"{quantity:f}"}
        if price is not None:
            changes[tags.PRICE] = f"{price:f}"
        if text:
            changes[tags.TEXT] = text
        terms = {tag: order.fields[tag] for tag in _KEPT if tag in order.fields}
        body = {**dict(self._common(order)), tags.HANDL_INST: "1", **terms, **changes}
        return self._change(order, tags.ORDER_CANCEL_REPLACE_REQUEST, "", list(body.items()), now)

    def ask_status(self, order: ClientOrder) -> None:
        """Make an OrderStatusRequest(H)."""
        self.status_requests += 1
        common = [pair for pair in self._common(order) if pair[0] != tags.ORDER_QTY]
        body = [(tags.CL_ORD_ID, order.cl_ord_id), *common]
        self._request(order, tags.ORDER_STATUS_REQUEST, body)

    def send_again(self, order: ClientOrder, now: int) -> None:
        """Make the NewOrderSingle(D) a second time under its ClOrdID(11): it must be refused."""
        body = [*order.fields.items()]
        self._request(order, tags.NEW_ORDER_SINGLE, body)

    # Stories

    def _order_of(self, story: Story, now: int) -> None:
        symbol = story.symbol or self._dice.choice(self.settings.symbols)
        middle = self.settings.prices.get(symbol, self.settings.price_default)
        ticks = self._dice.randint(-_PRICE_RANGE_TICKS, _PRICE_RANGE_TICKS)
        price = f"{middle + ticks * self.settings.tick:f}"
        quantity = self.settings.lot * self._dice.randint(1, _LOTS_MAX)
        quantity = self.settings.oversize if story.oversize else quantity
        body = [(tags.ACCOUNT, self.settings.account)] if self.settings.account else []
        body += [(tags.HANDL_INST, "1"), (tags.SYMBOL, symbol)]
        body += [(tags.SIDE, self._dice.choice("12")), (tags.ORDER_QTY, f"{quantity:f}")]
        body += [(tags.ORD_TYPE, story.ord_type)]
        body += [(tags.PRICE, price)] if story.ord_type in _WITH_PRICE else []
        body += [(tags.STOP_PX, price)] if story.ord_type in _WITH_STOP else []
        body += [(tags.TIME_IN_FORCE, story.time_in_force)]
        body += [(tags.TEXT, story.text)] if story.text else []
        self.new_order(body, story, now)

    def _next_step(self, order: ClientOrder, now: int) -> None:
        """The next step of the story goes out when nothing of the order waits for an answer."""
        while order.steps and not order.waiting and order.status != "A":
            step = order.steps.pop(0)
            if not (order.closed and step in stories.ONLY_WHILE_OPEN):
                self._do(step, order, now)

    def _do(self, step: str, order: ClientOrder, now: int) -> None:
        if step == stories.CANCEL:
            self.cancel(order, now)
        elif step == stories.CANCEL_UNKNOWN:
            self.cancel(order, now, orig=order.cl_ord_id + _NEVER_WAS)
        elif step == stories.STATUS:
            self.ask_status(order)
        elif step == stories.DUPLICATE:
            self.send_again(order, now)
        else:
            text = "FILL" if step == stories.REPLACE_FILL else ""
            self.replace(order, self._other_quantity(order), None, text, now)

    def _other_quantity(self, order: ClientOrder) -> Decimal:
        """More for every second order, less for the others."""
        less = max(self.settings.lot, order.quantity // 2 // self.settings.lot * self.settings.lot)
        return order.quantity + self.settings.lot if order.number % 2 else less

    # Pace

    def _orders_left(self) -> bool:
        return self.sent_orders < self.settings.orders

    def _order_time(self) -> int:
        return self._started + int(self.sent_orders * _SECOND / self.settings.rate)

    def _may_order(self, now: int) -> bool:
        if not self._orders_left() or len(self.book.unanswered) >= self.settings.window:
            return False
        return not self.settings.rate or now >= self._order_time()

    # Details

    def _apply(self, message: Received, refused_cl_ord_id: str = "") -> ClientOrder | None:
        if message.msg_type == tags.EXECUTION_REPORT:
            return self.book.report(message)
        if message.msg_type == tags.ORDER_CANCEL_REJECT:
            return self.book.cancel_reject(message)
        if message.msg_type == tags.LIST_STATUS:
            if message.get(tags.LIST_ORDER_STATUS) == REJECTED:
                for fields in orders_in(message):
                    self.book.refused_with_list(fields[tags.CL_ORD_ID])
            return None
        if message.msg_type in (tags.REJECT, tags.BUSINESS_MESSAGE_REJECT):
            return self.book.message_reject(refused_cl_ord_id, message.get(tags.TEXT))
        if message.msg_type in (tags.NEWS, tags.TRADING_SESSION_STATUS):
            return None
        self.book.problem(f"MsgType(35) nobody asked for: {message!r}")
        return None

    def _remember(self, message: Received) -> None:
        cl_ord_id = message.get(tags.CL_ORD_ID)
        self._ids += 1
        if message.msg_type == tags.NEW_ORDER_LIST:
            for fields in orders_in(message):
                self._ids += 1
                if fields[tags.CL_ORD_ID] not in self.book.by_id:
                    self.book.add(fields[tags.CL_ORD_ID], single(fields.items()), EARLIER)
            return
        if message.msg_type == tags.NEW_ORDER_SINGLE and cl_ord_id not in self.book.by_id:
            self.book.add(cl_ord_id, message.fields, EARLIER)
            return
        named = message.get(tags.ORIG_CL_ORD_ID, cl_ord_id).removesuffix(_NEVER_WAS)
        order = self.book.by_id.get(named)
        if order is not None:
            self.book.ask(order, message.msg_type, message.fields)

    def _change(self, order: ClientOrder, msg_type: str, orig: str, common: Pairs, now: int) -> str:
        cl_ord_id = self._new_id(now)
        body = [(tags.CL_ORD_ID, cl_ord_id), (tags.ORIG_CL_ORD_ID, orig or order.cl_ord_id)]
        self._request(order, msg_type, [*body, *common, (tags.TRANSACT_TIME, timestamp(now))])
        return cl_ord_id

    def _request(self, order: ClientOrder, msg_type: str, body: Pairs) -> None:
        self.book.ask(order, msg_type, dict(body))
        self._outgoing.append(Outgoing(msg_type, body, order))

    def _common(self, order: ClientOrder) -> Pairs:
        wanted = (tags.ACCOUNT, tags.SYMBOL, tags.SIDE)
        pairs = [(tag, order.fields[tag]) for tag in wanted if tag in order.fields]
        return [*pairs, (tags.ORDER_QTY, f"{order.quantity:f}")]

    def _new_id(self, now: int) -> str:
        if not self._prefix:
            self._prefix = f"{self.settings.sender}-{timestamp(now)[9:17].replace(':', '')}"
        self._ids += 1
        return f"{self._prefix}-{self._ids:06d}"
