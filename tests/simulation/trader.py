"""Clients that order at random moments, in all the ways the client simulator knows."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Callable, Mapping
from decimal import Decimal
from typing import Final

from tests.gateway.crash.load import an_order
from tools.client_simulator import ClientSettings, ClientSimulator
from tools.client_simulator.orders import ClientOrder
from tools.client_simulator.stories import DUPLICATE
from tools.fix_peer import Pairs, tags
from tools.fix_peer.settings import FIXT

MIX: Final = {
    "limit": 8,
    "market": 1,
    "ioc": 1,
    "gtc": 1,
    "partial": 2,
    "cancel": 3,
    "partial_cancel": 2,
    "replace": 3,
    "replace_cancel": 3,
    "reject": 1,
    "oversize": 1,
    "unknown_symbol": 1,
    "duplicate": 1,
    "unknown_cancel": 1,
    "status": 1,
}

HELD_MIX: Final = {**MIX, "stop": 4, "stop_limit": 2, "stop_cancel": 3, "stop_replace": 3}


LISTS: Final = 0.1
"""So many of the orders come in a list."""
ICEBERGS: Final = 0.5
"""So many of the others are shown in part only, where there is a dice for how much."""
CONTINGENCIES: Final = ("", "1", "2", "3", "4")


def allocated(body: Pairs, begin_string: str) -> Pairs:
    """An even order's halves go to two accounts, and it has a client of its own."""
    quantity = int(dict(body).get(tags.ORDER_QTY, "1"))
    if quantity % 2:
        return []
    half = str(quantity // 2)
    allocations = [("78", "2"), ("79", "A"), ("80", half), ("79", "B"), ("80", half)]
    if begin_string == "FIX.4.2":
        return [("109", "FUND"), *allocations]
    parties = [("453", "1"), ("448", "FUND"), ("447", "D"), ("452", "3")]
    return [*parties, *allocations]


def want_else(order: ClientOrder, tag: str, dice: random.Random) -> None:
    """Let a replace of it ask by chance for another price, and for another part of it to be shown,
    or all.
    """
    if tags.PRICE in order.fields and dice.random() < 0.5:
        other = Decimal(order.fields[tags.PRICE]) + dice.choice((-1, 1)) * Decimal("0.01")
        order.fields[tags.PRICE] = str(other)
    order.fields[tag] = dice.choice((order.fields[tag], "100", "200", ""))
    if not order.fields[tag]:
        del order.fields[tag]


class Trader:
    """One client through all its lives; what it learned in earlier ones is in its memory. `shown`:
    the dice for how much of its orders is shown; None: all. `allocates`: some go to two accounts.
    """

    def __init__(
        self,
        settings: ClientSettings,
        dice: random.Random,
        clock: Callable[[], int],
        mix: Mapping[str, int],
        shown: random.Random | None,
        *,
        allocates: bool,
    ) -> None:
        self.client = ClientSimulator(settings, clock=clock)
        self._clock = clock
        self._dice = dice
        self._mix = mix
        self._shown = shown
        self._allocates = allocates
        self._is_down = False

    @property
    def name(self) -> str:
        """SenderCompID(49)."""
        return self.client.settings.sender

    async def trade(self, orders: int, pause_s: float) -> None:
        """Send so many orders, with pauses of `pause_s` on average, and want to hear of halts."""
        self.client.session.send("g", [("335", "T1"), ("263", "1")], self._clock())
        for _ in range(orders):
            await asyncio.sleep(self._dice.expovariate(1 / pause_s))
            if self._is_down:
                continue
            for _ in range(self._dice.choice((1, 1, 1, 2, 5))):
                self._order()
            self.client.tick(self._clock())
            self.client.link.flush()

    async def restart(self) -> None:
        """Die and come back with what is on its disk."""
        self._is_down = True
        await self.client.kill()
        await asyncio.sleep(self._dice.uniform(0.01, 2))
        self.client = ClientSimulator(self.client.settings, clock=self._clock)
        await self.client.start()
        self._is_down = False

    def waiting(self, unknown: set[str]) -> list[ClientOrder]:
        """Orders that are not answered, or whose story is not told. `unknown`: ClOrdIDs of those
        whose state nobody can tell.
        """
        return [
            order
            for order in self.client.book.orders
            if (order.waiting or order.steps) and order.first_cl_ord_id not in unknown
        ]

    def drop_untold(self, unknown: set[str]) -> set[str]:
        """Forget the orders of which nothing was told because nobody can tell, and those of which
        nothing was kept; ClOrdIDs of the former.
        """
        orders = [o for o in self.client.book.orders if o.order_id or o.status != "8"]
        untold = {o.first_cl_ord_id for o in orders if not o.order_id} & unknown
        self.client.book.orders = [o for o in orders if o.first_cl_ord_id not in untold]
        return untold

    def settled(self, unknown: set[str]) -> bool:
        """Whether it is logged on, and waits for nothing that may still come."""
        return not self.waiting(unknown) and self.client.session.logged_on and not self._is_down

    def _order(self) -> None:
        dice = self._dice
        if dice.random() < LISTS:
            orders = [an_order(self._mix, dice) for _ in range(dice.randint(2, 4))]
            self.client.core.new_list(orders, dice.choice(CONTINGENCIES), self._clock())
            return
        body, story = an_order(self._mix, dice)
        if self._shown is not None and self._shown.random() < ICEBERGS:
            tag = tags.DISPLAY_QTY if self.client.settings.begin_string == FIXT else tags.MAX_FLOOR
            body = [*body, (tag, str(self._shown.choice((100, 200, 300))))]
            order = self.client.core.new_order(body, story, self._clock())
            if DUPLICATE not in story.then:
                want_else(order, tag, self._shown)
            return
        if (
            self._allocates and DUPLICATE not in story.then
        ):  # what the client sends again has each tag once
            body = [*body, *allocated(body, self.client.settings.begin_string)]
        self.client.core.new_order(body, story, self._clock())
