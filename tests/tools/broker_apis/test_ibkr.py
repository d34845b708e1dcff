"""ib_async, unchanged, against the simulated TWS."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import httpx
import ib_async as ib
import pytest

from tests.gateway.end_to_end.harness import play
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.ibkr import Ibkr

PATIENCE_S = 30.0
AAPL = ib.Stock("AAPL", "SMART", "USD")
Script = Callable[["Shop"], Awaitable[None]]


class Shop:
    """A simulator, a client of it, and all errors that the client was told."""

    def __init__(self, broker: Simulator) -> None:
        self.broker = broker
        self.client = ib.IB()
        self.errors: list[tuple[int, int]] = []
        self.client.errorEvent += lambda about, code, *_: self.errors.append((about, code))
        self.executions: list[Any] = []
        self.client.execDetailsEvent += lambda _, fill: self.executions.append(fill.execution)

    @property
    def api(self) -> Ibkr:
        assert isinstance(self.broker.api, Ibkr)
        return self.broker.api

    async def connect(self, client_id: int = 7) -> None:
        await self.client.connectAsync("127.0.0.1", self.broker.port, client_id, timeout=PATIENCE_S)

    def place(self, order: Any = None, contract: Any = AAPL) -> Any:
        order = order or ib.LimitOrder("BUY", 100, 187.50, orderRef="A-1")
        return self.client.placeOrder(contract, order)

    def act(self, action: Callable[[], object]) -> None:
        action()
        self.broker.pump()

    async def until(self, condition: Callable[[], object]) -> None:
        async with asyncio.timeout(PATIENCE_S):
            while not condition():
                await asyncio.sleep(0.005)

    async def told(self, code: int) -> None:
        await self.until(lambda: any(code == one for _, one in self.errors))


@asynccontextmanager
async def shop(**switches: Any) -> AsyncIterator[Shop]:
    async with Simulator(Ibkr, Settings(switches=switches)) as broker:
        made = Shop(broker)
        try:
            await made.connect()
            yield made
        finally:
            made.client.disconnect()


def run(script: Script, **switches: Any) -> None:
    logging.getLogger("ib_async").setLevel(logging.CRITICAL)

    async def whole() -> None:
        async with shop(**switches) as made:
            await script(made)

    play(whole, PATIENCE_S)


@pytest.mark.parametrize("when", ["before", "after", "never"])
def test_a_market_order_is_filled(when: str) -> None:
    async def script(s: Shop) -> None:
        trade = s.place(ib.MarketOrder("BUY", 100, orderRef="A-1"))
        await s.until(lambda: s.executions)
        (made,) = s.executions
        assert (made.shares, made.orderRef, made.clientId) == (100, "A-1", 7)
        assert made.permId > 0
        await s.until(lambda: trade.fills[0].commissionReport.commission == 1.0)
        assert (trade.orderStatus.status == "Filled") is (when != "never")

    run(script, status_of_fills=when)


def test_placed_again_an_order_is_changed_and_not_doubled() -> None:
    async def script(s: Shop) -> None:
        trade = s.place(ib.LimitOrder("BUY", 100, 100, orderRef="A-1"))
        await s.until(lambda: trade.orderStatus.status == "Submitted")
        trade.order.totalQuantity = 200
        s.place(trade.order)
        await s.until(lambda: s.broker.world.exchange.open_orders()[0].terms.quantity == 200)
        assert len(s.broker.world.exchange.orders) == 1
        s.client.cancelOrder(trade.order)
        await s.told(202)
        assert trade.orderStatus.status == "Cancelled"

    run(script)


@pytest.mark.parametrize(
    ("order", "contract", "code"),
    [
        (ib.LimitOrder("BUY", 100, 187.501), AAPL, 110),
        (ib.LimitOrder("BUY", 0, 187.50), AAPL, 434),
        (ib.LimitOrder("BUY", 100, 187.50, tif="GTD"), AAPL, 111),
        (ib.Order(action="BUY", totalQuantity=1, orderType="PEG MKT"), AAPL, 387),
        (ib.LimitOrder("BUY", 100, 187.50), ib.Stock("NONE", "SMART", "USD"), 200),
        (ib.LimitOrder("BUY", 100, 187.50), ib.Stock("AAPL", "SMART"), 200),
        (ib.LimitOrder("BUY", 100, 187.50, account="DU7"), AAPL, 321),
    ],
)
def test_what_the_real_one_refuses_is_refused(order: Any, contract: Any, code: int) -> None:
    async def script(s: Shop) -> None:
        s.place(order, contract)
        await s.told(code)
        assert s.broker.world.exchange.orders == {}

    run(script)


def test_an_order_of_a_read_only_api_is_refused() -> None:
    async def script(s: Shop) -> None:
        s.place()
        await s.told(321)

    run(script, read_only=True)


def test_a_number_that_was_used_makes_no_order() -> None:
    async def script(s: Shop) -> None:
        s.place()
        await s.until(lambda: s.executions or s.broker.world.exchange.orders)
        s.place(ib.LimitOrder("BUY", 5, 100, orderId=1))
        await s.told(103)
        assert len(s.broker.world.exchange.orders) == 1

    run(script)


def test_cancels_that_come_too_late_or_mean_nothing_are_refused() -> None:
    async def script(s: Shop) -> None:
        trade = s.place(ib.MarketOrder("BUY", 100))
        await s.until(lambda: s.executions)
        s.client.client.cancelOrder(trade.order.orderId)
        await s.told(10148)
        s.client.client.cancelOrder(999)
        await s.told(10147)

    run(script)


def test_a_change_that_is_refused_leaves_the_order() -> None:
    async def script(s: Shop) -> None:
        s.broker.world.treatments.add({"fill": "none", "on_replace": "refused"})
        trade = s.place()
        await s.until(lambda: trade.orderStatus.status == "Submitted")
        trade.order.totalQuantity = 200
        s.place(trade.order)
        await s.told(201)
        (order,) = s.broker.world.exchange.open_orders()
        assert order.terms.quantity == 100

    run(script)


def test_the_same_client_id_twice_is_refused() -> None:
    async def script(s: Shop) -> None:
        other = Shop(s.broker)
        with pytest.raises((TimeoutError, ConnectionError)):
            await other.client.connectAsync("127.0.0.1", s.broker.port, 7, timeout=1)
        assert (-1, 326) in other.errors

    run(script)


def test_another_connection_of_a_client_knows_its_orders() -> None:
    async def script(s: Shop) -> None:
        open_one = s.place(ib.LimitOrder("BUY", 100, 100, orderRef="A-1"))
        await s.until(lambda: open_one.orderStatus.status == "Submitted")
        s.place(ib.MarketOrder("BUY", 50, orderRef="A-2"))
        await s.until(lambda: s.executions)
        s.client.disconnect()
        again = Shop(s.broker)
        await s.until(lambda: not s.api.talks)
        await again.connect()
        assert [one.order.orderRef for one in again.client.openTrades()] == ["A-1"]
        assert [fill.execution.orderRef for fill in again.client.fills()] == ["A-2"]
        completed = await again.client.reqCompletedOrdersAsync(True)
        assert [(one.order.orderRef, one.order.filledQuantity) for one in completed] == [
            ("A-2", 50)
        ]
        assert [(p.contract.symbol, p.position) for p in again.client.positions()] == [("AAPL", 50)]
        trade = again.place(ib.LimitOrder("BUY", 1, 100, orderRef="A-3"))
        await s.until(lambda: trade.orderStatus.status == "Submitted")
        assert trade.order.orderId > open_one.order.orderId
        again.client.disconnect()

    run(script)


def test_what_is_filled_without_the_link_is_told_when_it_is_asked_for() -> None:
    async def script(s: Shop) -> None:
        s.broker.world.treatments.add({"fill": "none"})
        trade = s.place()
        await s.until(lambda: trade.orderStatus.status == "Submitted")
        s.act(s.api.lose_link)
        await s.told(1100)
        (order,) = s.broker.world.exchange.open_orders()
        s.act(lambda: s.broker.world.desk.fill_now(order, Decimal(100)))
        s.act(lambda: s.api.find_link(data_lost=True))
        await s.told(1101)
        assert s.executions == []
        fills = await s.client.reqExecutionsAsync()
        assert [fill.execution.shares for fill in fills] == [100]

    run(script)


def test_a_correction_has_the_next_number_behind_the_last_dot() -> None:
    async def script(s: Shop) -> None:
        s.place(ib.MarketOrder("BUY", 100))
        await s.until(lambda: s.executions)
        (order,) = s.broker.world.exchange.orders.values()
        made = order.executions[0]
        s.act(lambda: s.broker.world.exchange.correct(order, made.execution_id, Decimal("187.60")))
        await s.until(lambda: len(s.executions) == 2)
        first, second = [one.execId.rpartition(".") for one in s.executions]
        assert (first[0], first[2], second[2]) == (second[0], "01", "02")
        assert s.executions[1].price == 187.60

    run(script)


def test_too_many_messages_are_refused_and_cost_the_connection() -> None:
    async def script(s: Shop) -> None:
        s.client.client.MaxRequests = 0
        for _ in range(20):
            s.client.client.reqCurrentTime()
        await s.told(100)
        await s.until(lambda: not s.client.isConnected())

    run(script, messages_per_s=15)


def test_contracts_and_quotes() -> None:
    async def script(s: Shop) -> None:
        (details,) = await s.client.reqContractDetailsAsync(AAPL)
        assert (details.contract.conId, details.minTick) == (265598, 0.01)
        assert len(await s.client.reqContractDetailsAsync(ib.Stock("AAPL", "SMART"))) == 2
        assert await s.client.reqContractDetailsAsync(ib.Stock("NONE", "SMART")) == []
        ticker = s.client.reqMktData(details.contract)
        await s.until(lambda: ticker.ask == 187.51)
        quote = {"symbol": "AAPL", "bid": "187.40", "ask": "0"}
        s.act(lambda: s.broker.world.market.say(quote))
        await s.until(lambda: ticker.bid == 187.40)
        assert ticker.ask == -1

    run(script)


@pytest.mark.parametrize("kind", ["before_accept", "after_accept", "truncated", "reset"])
def test_a_connection_that_breaks_over_an_order(kind: str) -> None:
    async def script(s: Shop) -> None:
        s.broker.world.faults.add({"kind": kind, "method": "placeOrder"})
        s.place()
        await s.until(lambda: not s.client.isConnected())
        taken = kind in ("after_accept", "truncated")
        assert len(s.broker.world.exchange.orders) == int(taken)

    run(script)


def test_faults_of_messages_are_those_of_streams() -> None:
    async def script(s: Shop) -> None:
        s.broker.world.faults.add({"kind": "lost", "stream": "tws", "event": "execDetails"})
        trade = s.place(ib.MarketOrder("BUY", 100))
        await s.until(lambda: trade.orderStatus.filled == 100)
        assert s.executions == []

    run(script)


def test_its_own_control_is_on_the_same_port() -> None:
    async def script(s: Shop) -> None:
        s.place(ib.LimitOrder("BUY", 100, 100, orderRef="A-1"))
        await s.until(lambda: s.broker.world.exchange.orders)
        async with httpx.AsyncClient(base_url=s.broker.url, trust_env=False) as http:
            truth = (await http.get("/_sim/truth")).json()
            other = {"symbol": "AAPL", "side": "sell", "quantity": "5", "limit": "300"}
            assert (await http.post("/_sim/orders", json=other)).status_code == 200
            assert (await http.get("/orders")).status_code == 404
        assert [one["client_id"] for one in truth["orders"]] == ["A-1"]
        mine = await s.client.reqOpenOrdersAsync()
        everyone = await s.client.reqAllOpenOrdersAsync()
        assert (len(mine), len(everyone)) == (1, 2)

    run(script)
