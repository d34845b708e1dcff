"""The day of the demo: two clients trade through the gateway with one broker, then all log out.

Joins traders, broker and gateway; shows nothing.
"""

from __future__ import annotations

import asyncio
import random
from functools import partial
from typing import Final

from tools.client_simulator import ClientOrder
from tools.demo.brokers import FIX, broker_of
from tools.demo.errors import DemoError
from tools.demo.place import Place
from tools.demo.process import GatewayProcess, running
from tools.demo.tales import PLAIN, REPLACED, Tale, program
from tools.demo.trader import Trader
from tools.fix_peer import LinkCounts

LOGON_TIMEOUT_S: Final = 15.0
TRADING_S: Final = 6.0
RATE_MIN, RATE_MAX = 10.0, 60.0  # orders a second: slow enough to be seen
LOST_MAX: Final = 6


class Day:
    """One day. `run` it; what happened stands in `traders` and `broker`."""

    def __init__(self, orders: int, seed: int, broker: str = FIX) -> None:
        self.planned = orders
        self.seed = seed
        self.phase = "starting"
        self.notes: list[str] = []
        """What is worth telling beside the orders."""
        self.traders: list[Trader] = []
        self.gateway: GatewayProcess | None = None
        self.broker = broker_of(broker, seed)
        self._shares = (orders - orders // 2, orders // 2)

    @property
    def orders(self) -> list[tuple[Trader, ClientOrder]]:
        """All orders in the order they were sent."""
        found = [(trader, order) for trader in self.traders for order in trader.orders]
        return sorted(found, key=lambda pair: pair[1].sent_ns)

    @property
    def links(self) -> list[tuple[str, str, str, LinkCounts]]:
        """Name, FIX version, state and counters of each session, as its counterparty sees it."""
        clients = [(t.name, t.begin_string, t.client) for t in self.traders]
        found = [(name, version, c.session.state, c.counts) for name, version, c in clients]
        return [*found, *self.broker.links()]

    @property
    def calm(self) -> bool:
        """No new order waits for its first answer."""
        return not any(trader.client.book.unanswered for trader in self.traders)

    def replaced(self) -> ClientOrder | None:
        """An order with a story worth telling."""
        for trader, order in self.orders:
            if trader.tales.get(order.first_cl_ord_id) == REPLACED.meaning:
                return order
        return None

    async def run(self, place: Place) -> None:
        """From the first process to the last logout; DemoError when something does not come."""
        await self.broker.start()
        try:
            place.write(self.broker)
            async with running(place, self.broker.environment) as gateway:
                self.gateway = gateway
                await self._guarded(gateway)
                self.phase = "stopping"
                await gateway.stop()
        finally:
            await self.broker.stop()

    async def _guarded(self, gateway: GatewayProcess) -> None:
        """Trade, unless the gateway ends meanwhile."""
        tasks = [asyncio.create_task(self._trade(gateway)), asyncio.create_task(gateway.ended())]
        try:
            done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
            for task in done:
                task.result()
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def _trade(self, gateway: GatewayProcess) -> None:
        port = await gateway.port()
        if not await gateway.reaches_brokers(LOGON_TIMEOUT_S):
            raise DemoError("the gateway does not reach the broker simulator")
        self.traders = [
            Trader("ACME", "FIX.4.4", port, self.seed, self.broker.market),
            Trader("BETA", "FIX.4.2", port, self.seed, self.broker.market),
        ]
        try:
            for trader in self.traders:
                await trader.client.start()
            for trader in self.traders:
                if not await trader.client.logged_on(LOGON_TIMEOUT_S):
                    raise DemoError(f"{trader.name} can't log on: {trader.client.counts.problems}")
            self.phase = "trading"
            await self._all_tales()
        finally:
            for trader in self.traders:
                trader.hush()
            for trader in self.traders:
                await trader.client.stop()

    async def _all_tales(self) -> None:
        acme, beta = self.traders
        first, second = self._shares
        lost = min(LOST_MAX, first // 4)
        try:
            async with asyncio.TaskGroup() as group:
                group.create_task(self._work(acme, first - lost, lost))
                group.create_task(self._work(beta, second, 0))
        except ExceptionGroup as failures:
            raise failures.exceptions[0] from failures

    async def _work(self, trader: Trader, orders: int, lost: int) -> None:
        """Begin the tales of one client, evenly in time; in the middle lose the connection."""
        dice = random.Random(f"{self.seed}/{trader.name}")
        tales = program(orders, dice, at_once=trader.market.at_once)
        rate = min(max(self.planned / TRADING_S, RATE_MIN), RATE_MAX) / len(self.traders)
        for number, tale in enumerate(tales):
            if lost and number == len(tales) // 2:
                await trader.lose_and_catch_up(lost, partial(_begin, trader, PLAIN))
                self.notes.append(
                    f"{trader.name} dropped its connection, came back and caught up by resend"
                )
            _begin(trader, tale)
            await asyncio.sleep(1 / rate)
        await trader.settled()


def _begin(trader: Trader, tale: Tale) -> None:
    trader.begin(tale.meaning, partial(tale.tell, trader, tale.meaning))
