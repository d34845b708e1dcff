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
from tools.demo.place import LOT
from tools.fix_peer import SAMPLE_PRICES, Received, tags

PATIENCE_S: Final = 20.0
HEART_BT_INT_S: Final = 300  # longer than the demo: no heartbeat is on its way at the drop
ENDED: Final = frozenset({"2", "4", "8"})  # OrdStatus(39): filled, canceled, rejected
FILLED, CANCELED, REJECTED = "2", "4", "8"
_LOTS_MAX: Final = 10
_TICKS_MAX: Final = 20
_TICK: Final = Decimal("0.01")
_REMEMBERED: Final = 40  # terms not drawn again: equal orders would be refused as doubled


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What an order says. `price` None makes it a market order."""

    symbol: str
    side: str
    quantity: Decimal
    price: Decimal | None


class Trader:
    """One client. `problems` names every tale that did not end as it should."""

    def __init__(self, name: str, begin_string: str, port: int, seed: int) -> None:
        self.name = name
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

    def draw(self, *, market: bool = False) -> Terms:
        """Terms that were not drawn lately."""
        while True:
            symbol = self._dice.choice(list(SAMPLE_PRICES))
            ticks = self._dice.randint(-_TICKS_MAX, _TICKS_MAX)
            price = None if market else SAMPLE_PRICES[symbol] + ticks * _TICK
            side = self._dice.choice("12")
            quantity = Decimal(LOT * self._dice.randint(1, _LOTS_MAX))
            key = (symbol, side, quantity, price)
            if key not in self._drawn:
                self._drawn.append(key)
                return Terms(symbol=symbol, side=side, quantity=quantity, price=price)

    def send(
        self, meaning: str, terms: Terms, *, text: str = "", time_in_force: str = "0"
    ) -> ClientOrder:
        """Send a new order; `text` asks the broker simulator for its part."""
        order = self.client.new_order(
            symbol=terms.symbol,
            side=terms.side,
            quantity=terms.quantity,
            price=terms.price,
            text=text,
            time_in_force=time_in_force,
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
