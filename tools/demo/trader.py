"""A client simulator with what a tale needs: terms to order by, waiting, and a list of complaints.

Knows no tale by name. Terms come from seeded dice, so that the same seed gives the same orders.
"""

from __future__ import annotations

import asyncio
import random
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Final

from tools.client_simulator import ABORT, ClientOrder, ClientSettings, ClientSimulator
from tools.demo.errors import DemoError
from tools.demo.market import ANY, Market
from tools.fix_peer import Received, tags

PATIENCE_S: Final = 20.0
HEART_BT_INT_S: Final = 300  # longer than the demo: no heartbeat is on its way at the drop
FILLED, CANCELED, REJECTED, EXPIRED = "2", "4", "8", "C"  # OrdStatus(39)
ENDED: Final = frozenset({FILLED, CANCELED, REJECTED, EXPIRED})
_REMEMBERED: Final = 40  # terms not drawn again: equal orders would be refused as doubled


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order says. `price` None makes it a market order; `part` is the broker's."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal | None
    part: str


class Trader:
    """One client. `problems` names every tale that did not end as it should."""

    def __init__(self, name: str, begin_string: str, port: int, seed: int, market: Market) -> None:
        self.name = name
        self.market = market
        self.begin_string = begin_string
        self.problems: list[str] = []
        self.tales: dict[str, str] = {}
        """ClOrdID(11) of an order to the meaning of its tale."""
        self.lost: list[Received] = []
        """What came while it was losing everything."""
        self.client = ClientSimulator(
            ClientSettings(
                port=port,
                begin_string=begin_string,
                heart_bt_int_s=HEART_BT_INT_S,
                sender=name,
                account=f"{name}-1",
                id_prefix=name,
                seed=seed,
            )
        )
        self._dice = random.Random(f"{seed}/{name}")
        self._drawn: deque[tuple[object, ...]] = deque(maxlen=_REMEMBERED)
        self._running: set[asyncio.Task[None]] = set()

    @property
    def orders(self) -> list[ClientOrder]:
        """All its orders."""
        return self.client.book.orders

    # What tales are told with

    def draw(self, part: str = ANY, *, at_market: bool = False) -> Terms:
        """Terms that were not drawn lately, of an order that asks the broker for its part."""
        dice = self._dice
        while True:
            traded = dice.choice(self.market.traded)
            price = None if at_market else traded.any_price(dice)
            side = dice.choice(self.market.sides)
            quantity = traded.any_quantity(part, dice)
            key = (traded.symbol, side, quantity, price)
            if key not in self._drawn:
                self._drawn.append(key)
                return Terms(
                    symbol=traded.symbol, side=side, quantity=quantity, price=price, part=part
                )

    def send(self, meaning: str, terms: Terms, *, time_in_force: str = "") -> ClientOrder:
        """Send a new order."""
        order = self.client.new_order(
            symbol=terms.symbol,
            side=terms.side,
            quantity=terms.quantity,
            price=terms.price,
            text=terms.part,
            time_in_force=time_in_force or self.market.day,
        )
        self.tales[order.first_cl_ord_id] = meaning
        return order

    async def until(self, order: ClientOrder, condition: Callable[[], bool]) -> None:
        """Wait until the condition holds; DemoError when the order stands still."""
        if not await self.client.until(condition, PATIENCE_S):
            raise DemoError(f"OrdStatus(39) stays {order.status or 'unknown'}")

    async def ended(self, order: ClientOrder) -> None:
        """Wait until the order has ended and every request of it is answered."""
        await self.until(order, lambda: order.closed and not order.waiting)

    # Its day

    def begin(self, meaning: str, tale: Callable[[], Awaitable[None]]) -> None:
        """Begin a tale; it goes on by itself."""
        task = asyncio.create_task(self._tell(meaning, tale))
        self._running.add(task)
        task.add_done_callback(self._running.discard)

    async def _tell(self, meaning: str, tale: Callable[[], Awaitable[None]]) -> None:
        try:
            await tale()
        except DemoError as error:
            self.problems.append(f"{self.name}: {meaning}: {error}")

    async def settled(self) -> None:
        """Wait for the end of every tale begun so far."""
        while self._running:
            await asyncio.wait(tuple(self._running))

    def hush(self) -> None:
        """Let no tale go on."""
        for task in tuple(self._running):
            task.cancel()

    async def lose_and_catch_up(self, count: int, start: Callable[[], None]) -> None:
        """Send `count` orders by `start`, lose all answers and the connection, and come back.

        The answers are waited for before the connection goes, so that none is on its way then:
        that way each message counts at both ends.
        """
        await self.settled()
        before = len(self.orders)
        self.lost = self.client.session.lose()
        for _ in range(count):
            start()
        await asyncio.sleep(0)
        wanted = before + count
        lost = await self.client.until(
            lambda: len(self.orders) == wanted and self._all_lost(before), PATIENCE_S
        )
        self.client.drop(ABORT)
        if not lost:
            raise DemoError(f"{self.name}: some orders were not answered before the drop")
        await self.settled()

    def _all_lost(self, before: int) -> bool:
        """Every order from number `before` on has its last report among what was lost."""
        told = {m.get(tags.CL_ORD_ID) for m in self.lost if m.get(tags.ORD_STATUS) in ENDED}
        return all(order.first_cl_ord_id in told for order in self.orders[before:])
