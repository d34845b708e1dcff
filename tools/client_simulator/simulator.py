"""The client simulator: the core behind a FIX initiator.

    client = ClientSimulator(ClientSettings(port=9876, orders=100, mix={"limit": 3, "cancel": 1}))
    await client.start()
    await client.finished(timeout_s=60)
    await client.stop()
    print(client.stats())

For a script of one's own leave `orders` at 0 and call new_order, cancel, replace, ask_status; wait
with `until`. Joins session and core; decides nothing.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from decimal import Decimal

from tools.client_simulator import stories
from tools.client_simulator.core import ClientCore
from tools.client_simulator.orders import ClientOrder
from tools.client_simulator.settings import HALF, ClientSettings
from tools.client_simulator.stats import ClientStats, stats_of
from tools.client_simulator.stories import EARLIER
from tools.fix_peer import (
    Initiator,
    Link,
    LinkCounts,
    Memory,
    Pairs,
    PeerSession,
    Received,
    read_one,
    tags,
)

OrderSeen = Callable[[ClientOrder], None]


class ClientSimulator:
    """A FIX initiator that trades."""

    def __init__(
        self,
        settings: ClientSettings,
        on_order: OrderSeen | None = None,
        clock: Callable[[], int] = time.time_ns,
    ) -> None:
        """`on_order` is told of every order after each of its reports."""
        self.settings = settings
        self.counts = LinkCounts()
        self.core = ClientCore(settings)
        self.book = self.core.book
        name = f"{settings.sender}-{settings.target}.jsonl"
        self.memory = Memory(None if settings.state is None else settings.state / name)
        self.session = PeerSession(settings.peer(), self.memory, self.counts)
        self.link = Link(self.session, self, clock)
        dice = random.Random(settings.seed)
        first_s, max_s = settings.reconnect_first_s, settings.reconnect_max_s
        self._initiator = Initiator(self.link, first_s, max_s, dice)
        self._on_order = on_order
        self._clock = clock
        self._drop_left = settings.drop_after
        self._dropping = False

    # Life

    async def start(self) -> None:
        """Remember an earlier run, then begin to connect; trading starts with the logon."""
        self.core.recover(self.memory.history)
        self.memory.history.clear()
        await self._initiator.start(self.settings.host, self.settings.port)

    async def stop(self) -> None:
        """Log out and close the files. The counters stay."""
        await self._initiator.stop()
        await self.link.logout("simulator stops")
        self.memory.close()

    async def kill(self) -> None:
        """Stop like a process that is killed: no Logout(5), the connection is cut."""
        await self._initiator.stop()
        self.link.abort()
        await self.until(lambda: not self.link.attached)
        self.link.stop_timer()
        self.memory.close()

    def drop(self, kind: str) -> None:
        """Lose the connection, "abort" or "half"; it is made again by itself."""
        self._dropping = True
        self.link.flush()
        if kind == HALF:
            self.link.half_close()
        else:
            self.link.abort()

    async def until(self, condition: Callable[[], bool], timeout_s: float | None = None) -> bool:
        """Wait until the condition holds; False when the time went by first."""
        return await self.link.watch.until(condition, timeout_s)

    async def logged_on(self, timeout_s: float | None = None) -> bool:
        """Wait for the logon."""
        return await self.until(lambda: self.session.logged_on, timeout_s)

    async def finished(self, timeout_s: float) -> bool:
        """Wait until every order of the mix is sent, answered and has ended, or is left alone.

        False when the time went by first; `stats()` then tells what is open or unanswered.
        """
        try:
            async with asyncio.timeout(timeout_s):
                await self.until(lambda: self.core.sent_orders >= self.settings.orders)
                orders = self.book.orders
                await self.until(
                    _none_left(orders, lambda order: order.waiting or bool(order.steps))
                )
                await self._quiet()
                if self.settings.cancel_open:
                    self._cancel_open()
                    await self.until(_none_left(orders, lambda order: order.waiting))
        except TimeoutError:
            return False
        return True

    def stats(self) -> ClientStats:
        """The numbers as they are now."""
        return stats_of(self.core, self.memory, self.counts)

    # A script of one's own

    def new_order(
        self,
        *,
        symbol: str,
        side: str,
        quantity: Decimal,
        price: Decimal | None = None,
        stop_price: Decimal | None = None,
        time_in_force: str = stories.DAY,
        text: str = "",
        extra: Pairs | None = None,
    ) -> ClientOrder:
        """Send NewOrderSingle(D): market without prices, else limit, stop or stop limit."""
        types = {(False, False): "1", (True, False): "2", (False, True): "3", (True, True): "4"}
        body = [(tags.ACCOUNT, self.settings.account)] if self.settings.account else []
        body += [(tags.HANDL_INST, "1"), (tags.SYMBOL, symbol), (tags.SIDE, side)]
        body += [(tags.ORDER_QTY, f"{quantity:f}")]
        body += [(tags.ORD_TYPE, types[price is not None, stop_price is not None])]
        body += [(tags.PRICE, f"{price:f}")] if price is not None else []
        body += [(tags.STOP_PX, f"{stop_price:f}")] if stop_price is not None else []
        body += [(tags.TIME_IN_FORCE, time_in_force)]
        body += [(tags.TEXT, text)] if text else []
        order = self.core.new_order([*body, *(extra or [])], EARLIER, self._clock())
        self._send_all()
        return order

    def cancel(self, order: ClientOrder) -> str:
        """Send OrderCancelRequest(F); its ClOrdID(11)."""
        cl_ord_id = self.core.cancel(order, self._clock())
        self._send_all()
        return cl_ord_id

    def replace(
        self, order: ClientOrder, *, quantity: Decimal, price: Decimal | None = None, text: str = ""
    ) -> str:
        """Send OrderCancelReplaceRequest(G) with the new total quantity; its ClOrdID(11)."""
        cl_ord_id = self.core.replace(order, quantity, price, text, self._clock())
        self._send_all()
        return cl_ord_id

    def ask_status(self, order: ClientOrder) -> None:
        """Send OrderStatusRequest(H)."""
        self.core.ask_status(order)
        self._send_all()

    def send_again(self, order: ClientOrder) -> None:
        """Send the NewOrderSingle(D) a second time under its ClOrdID(11)."""
        self.core.send_again(order, self._clock())
        self._send_all()

    # What the link tells

    def messages(self, messages: list[Received], now: int) -> None:
        """Reports came."""
        for message in messages:
            order = self.core.receive(message, self._refused(message), now)
            if order is not None and self._on_order is not None:
                self._on_order(order)
        self._go_on(now)

    def link_up(self, now: int) -> None:
        """The link is up."""
        self._go_on(now)

    def link_down(self, now: int) -> None:
        """The connection is gone."""
        self._dropping = False
        self.core.interrupted()

    def tick(self, now: int) -> None:
        """New orders are due."""
        self._go_on(now)

    def deadline(self) -> int | None:
        """When the next of them is."""
        return self.core.deadline() if self._can_order() else None

    # Details

    def _go_on(self, now: int) -> None:
        if self._can_order():
            self.core.pump(now)
        self._send(now)

    def _can_order(self) -> bool:
        return self.session.logged_on and not self._dropping

    def _send_all(self) -> None:
        self._send(self._clock())
        self.link.flush()

    def _send(self, now: int) -> None:
        for outgoing in self.core.take():
            self.session.send(outgoing.msg_type, outgoing.body, now)
            if outgoing.msg_type == tags.NEW_ORDER_SINGLE and self._drop_left:
                self._drop_left -= 1
                if not self._drop_left:
                    self.drop(self.settings.drop_kind)

    def _refused(self, message: Received) -> str:
        """ClOrdID(11) of the message that a Reject(3) or BusinessMessageReject(j) is about."""
        if message.msg_type not in (tags.REJECT, tags.BUSINESS_MESSAGE_REJECT):
            return ""
        number = message.get(tags.REF_SEQ_NUM)
        raw = self.memory.sent.get(int(number)) if number.isdigit() else None
        return read_one(raw).get(tags.CL_ORD_ID) if raw is not None else ""

    async def _quiet(self) -> None:
        """Wait until no report has come for a while."""
        while await self.until(self._reports_after(self.book.reports), self.settings.quiet_s):
            pass

    def _reports_after(self, count: int) -> Callable[[], bool]:
        return lambda: self.book.reports > count

    def _cancel_open(self) -> None:
        for order in self.book.orders:
            if not order.closed:
                self.core.cancel(order, self._clock())
        self._send_all()


def _none_left(
    orders: list[ClientOrder], busy: Callable[[ClientOrder], bool]
) -> Callable[[], bool]:
    """A condition that is cheap to ask again and again: no order is busy any more."""
    left = list(orders)

    def none_left() -> bool:
        while left and not busy(left[-1]):
            left.pop()
        return not left

    return none_left
