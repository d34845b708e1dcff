"""Levels of trading as operators latch, try out and lift them."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from gateway.commands import CANCELED_AT_ONCE
from gateway.control.errors import DeskError
from gateway.control.requests import Halt, Resume
from gateway.control.views import DrillView, HaltView, Level
from gateway.halt_desk import HaltDesk
from gateway.orders.sweep import TRIES_MAX
from gateway.routing import RouteTable, Scoring
from gateway.setup import Broker
from gateway.sweeper import Sweeper
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import BETA
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.links import Gate
from tests.gateway.orders.test_sweep import LONG_AFTER, kill, reject, sweep
from tests.gateway.routing.venues import WEIGHTS, route


class Desk(HaltDesk):
    """That of a gate."""

    def __init__(self, gate: Gate, folder: Path) -> None:
        self._engine = gate.engine
        self._sweeper = Sweeper(gate.engine)
        text = "[[listeners]]\nport = 9000\n" + ACME + 'accounts = ["ACC"]\n' + SIM + ROUTE
        self._config = load(with_reference_data(folder), text)

    def latch(self, scope: str, level: Level = "halted", **more: bool) -> HaltView:
        ask = Halt(scope=scope, level=level, reason="a try", **more)
        return asyncio.run(self.halt(ask, who="ann"))

    def drill(self, scope: str) -> DrillView:
        ask = Halt(scope=scope, cancel_open=True, reason="practice")
        return asyncio.run(self.drill_halt(ask, who="ann"))

    def lift(self, scope: str, level: str = "active") -> list[HaltView]:
        ask = Resume.model_validate({"scope": scope, "level": level, "reason": "over"})
        return asyncio.run(self.resume(ask, who="bob"))


@pytest.fixture
def gate(tmp_path: Path) -> Gate:
    return Gate(tmp_path / "gate")


@pytest.fixture
def desk(gate: Gate, tmp_path: Path) -> Desk:
    return Desk(gate, tmp_path)


def test_a_halt_goes_up_by_halt_and_down_by_resume_alone(desk: Desk) -> None:
    desk.latch("firm", "reduce-only")
    assert desk.latch("firm", "cancel-only").level == "cancel-only"
    with pytest.raises(DeskError, match="stricter than reduce-only") as refused:
        desk.latch("firm", "reduce-only")
    assert "fixgate resume --scope firm --level reduce-only" in refused.value.remedy
    with pytest.raises(DeskError, match="not stricter than cancel-only"):
        desk.lift("firm", "cancel-only")
    assert [view.level for view in desk.lift("firm", "reduce-only")] == ["reduce-only"]
    assert desk.lift("firm") == []
    with pytest.raises(DeskError, match="firm is not halted"):
        desk.lift("firm")


@pytest.mark.parametrize("scope", ["IBM", "desk:A", "symbol:", "firm:x", ""])
def test_a_scope_of_no_kind_is_refused_with_those_there_are(desk: Desk, scope: str) -> None:
    with pytest.raises(DeskError, match="is no scope") as refused:
        desk.latch(scope or " ")
    assert '"firm", "broker:NAME"' in refused.value.remedy


@pytest.mark.parametrize(
    ("scope", "remedy"),
    [
        ("broker:SIN", 'did you mean "SIM"?'),
        ("client:ACNE", 'did you mean "ACME"?'),
        ("session:NOBODY", "there are: ACME"),
        ("symbol:IBN", 'did you mean "IBM"? If it is right, say --force'),
        ("strategy:MOMO", "neither the configuration nor an open order has that strategy."),
    ],
)
def test_a_name_that_nobody_knows_is_refused(desk: Desk, scope: str, remedy: str) -> None:
    with pytest.raises(DeskError, match="there is no") as refused:
        desk.latch(scope)
    assert refused.value.remedy.startswith(remedy)
    if "--force" in refused.value.remedy:
        assert desk.latch(scope, force=True).scope == scope
    else:
        with pytest.raises(DeskError):
            desk.latch(scope, force=True)


def test_a_drill_changes_nothing_and_is_kept(gate: Gate, desk: Desk) -> None:
    gate.bench.order("A", tag59="1")
    gate.bench.order("B")
    gate.bench.setup.brokers["SIM"].up = False
    view = desk.drill("account:ACC")
    [there] = view.brokers
    assert (there.broker, there.orders, there.good_till) == ("SIM", 2, 1)
    assert there.why == "the broker is down"
    assert view.sessions == ["ACME", "BETA"]
    assert desk.drill("client:ACME").sessions == ["ACME"]
    state = gate.bench.core.state
    assert not state.levels.by_scope
    assert not any(order.open_requests for order in state.book.open.values())
    batches = gate.journal.folder.glob("*.journal")
    kept = b"".join(path.read_bytes() for path in batches)
    assert kept.count(json.dumps("halt drill").encode()) == 2


def test_a_drill_tells_of_an_order_in_parts_where_they_are(gate: Gate, desk: Desk) -> None:
    bench = gate.bench
    bench._define(bench.core.state, "TWO", "broker", 12, "FIX.4.4")
    two = Broker(name="TWO", link=12, dialect=DIALECTS["FIX.4.4"], resend_age_max_ns=0)
    two.up = True
    bench.setup.brokers = {**bench.setup.brokers, "TWO": two}
    split = route("SIM", "TWO", strategy="split")
    bench.setup.routes = RouteTable((split,), Scoring(WEIGHTS), "v1")
    bench.order("A")
    told = [(there.broker, there.orders) for there in desk.drill("account:ACC").brokers]
    assert told == [("SIM", 1), ("TWO", 1)]


def test_what_is_left_to_cancel_is_told_by_broker_and_reason(gate: Gate, desk: Desk) -> None:
    for name in "ABCDEFG":
        gate.bench.order(name)
    view = desk.latch("firm", cancel_open=True)
    [row] = view.residue
    assert (row.broker, row.orders, row.why) == ("SIM", 7, "the cancel is not answered")
    assert len(row.order_ids) == 5
    gate.bench.setup.brokers["SIM"].up = False
    [shown] = asyncio.run(desk.halts())
    assert [row.why for row in shown.residue] == ["the broker is down"]


def test_cancels_that_were_sent_are_told_without_orders_that_came_meanwhile(
    gate: Gate, desk: Desk
) -> None:
    open_now = CANCELED_AT_ONCE + 1
    for number in range(open_now):
        gate.bench.order(f"X{number}")

    async def halt() -> HaltView:
        ask = Halt(scope="account:ACC", cancel_open=True, reason="a try")
        going = asyncio.ensure_future(desk.halt(ask, who="ann"))
        await asyncio.sleep(0)
        gate.bench.order("LATE", link=BETA, tag1="OTHER")
        gate.loop.settle()
        return await going

    view = asyncio.run(halt())
    assert (view.cancels_sent, view.open_orders) == (open_now, open_now)


def test_each_latch_tells_how_many_orders_are_open_in_its_scope(gate: Gate, desk: Desk) -> None:
    gate.bench.order("A")
    gate.bench.order("B", link=BETA, tag1="OTHER")
    desk.latch("firm", "reduce-only")
    assert [view.open_orders for view in desk.latches()] == [2]
    for scope in ("client:ACME", "account:OTHER", "broker:SIM", "symbol:MSFT"):
        desk.latch(scope, force=True)
    told = {view.scope: view.open_orders for view in desk.latches()}
    assert told == {
        "firm": 2,
        "client:ACME": 1,
        "account:OTHER": 1,
        "broker:SIM": 2,
        "symbol:MSFT": 0,
    }


def test_cancels_that_are_refused_each_with_words_of_its_own_are_one_alarm_and_row(
    gate: Gate, desk: Desk
) -> None:
    for name in "ABC":
        gate.bench.order(name)
    sent = kill(gate.bench)
    for _ in range(TRIES_MAX):
        for asked in sent:
            reject(gate.bench, [asked], f"no order {asked['41']}")
        sent = sweep(gate.bench, LONG_AFTER)
    assert sent == []
    desk._sweeper.check(gate.bench.now)
    assert gate.engine.alarms.counts == {"CANCELS_OPEN": 1}
    assert "the cancel was refused: no order" in gate.engine.alarms.newest[0][2]
    [row] = desk.latch("firm").residue
    assert (row.orders, row.why[:32]) == (3, "the cancel was refused: no order")
