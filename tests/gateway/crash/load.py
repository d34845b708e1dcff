"""Clients that go on ordering at a steady pace, whatever becomes of the gateway."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Mapping
from decimal import Decimal

from tests.gateway.end_to_end.settings import PRICES
from tools.client_simulator import ClientSimulator
from tools.client_simulator.stories import Story, draw
from tools.fix_peer import Pairs, tags

TICK_S = 0.01
MIX = {
    "limit": 8,
    "market": 1,
    "ioc": 1,
    "partial": 2,
    "cancel": 3,
    "partial_cancel": 2,
    "replace": 2,
    "replace_cancel": 2,
    "reject": 1,
    "oversize": 1,
    "duplicate": 1,
    "status": 1,
}


class Load:
    """Orders of one client, so many at a time: a gateway that takes long to start is not slowed by
    what was ordered meanwhile.
    """

    def __init__(self, client: ClientSimulator, rate: float, seed: str) -> None:
        self.client = client
        self._rate = rate
        self._dice = random.Random(seed)
        self._left = 0
        self._task = asyncio.create_task(self._run())

    def go(self, orders: int) -> None:
        """Order on, until there are so many more."""
        self._left = orders

    def pause(self) -> None:
        """No new orders; what has begun goes on."""
        self._left = 0

    def settled(self) -> bool:
        """Whether every order was answered and its story is told."""
        return not any(order.waiting or order.steps for order in self.client.book.orders)

    def stop(self) -> None:
        """End for good."""
        self._task.cancel()

    async def _run(self) -> None:
        owed = 0.0
        while True:
            owed = min(owed + self._rate * TICK_S, self._left)
            now = time.time_ns()
            while owed >= 1:
                owed -= 1
                self._left -= 1
                self._order(now)
            self.client.tick(now)
            self.client.link.flush()
            await asyncio.sleep(TICK_S)

    def _order(self, now: int) -> None:
        body, story = an_order(MIX, self._dice)
        self.client.core.new_order(body, story, now)


def an_order(mix: Mapping[str, int], dice: random.Random) -> tuple[Pairs, Story]:
    """The body of a NewOrderSingle(D) by chance, without its id and time, and what follows."""
    story = draw(mix, dice)
    symbol = story.symbol or dice.choice(list(PRICES))
    quantity = 10_000_000 if story.oversize else dice.randint(1, 10) * 100
    body: Pairs = [
        (tags.HANDL_INST, "1"),
        (tags.SYMBOL, symbol),
        (tags.SIDE, dice.choice("12")),
    ]
    body += [(tags.ORDER_QTY, str(quantity)), (tags.ORD_TYPE, story.ord_type)]
    price = PRICES.get(symbol, "10")
    body += [(tags.PRICE, price)] if story.ord_type in ("2", "4") else []
    if story.ord_type in ("3", "4"):
        body.append((tags.STOP_PX, f"{Decimal(price) + dice.randint(-200, 200) / Decimal(100)}"))
    body += [(tags.TIME_IN_FORCE, story.time_in_force)]
    body += [(tags.TEXT, story.text)] if story.text else []
    return body, story
