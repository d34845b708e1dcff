"""Breakers at the operators' desk: seen, tripped, and reset once they may be."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from gateway.breaker_desk import BreakerDesk
from gateway.control.errors import DeskError
from gateway.control.requests import Breaker as Ask
from gateway.control.requests import Resume
from gateway.halt_desk import HaltDesk
from gateway.risk.limits import LimitTable
from gateway.sweeper import Sweeper
from tests.gateway.breakers.trading import Trading, breaker
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.links import Gate

RATE = breaker("order_rate", "client:*", "0.5", "halt", name="RATE")
SIZE = breaker("position_size", "account:*", "100", "reduce_only", name="SIZE")
CLOSE = breaker(
    "position_size",
    "symbol:*",
    "500",
    "reduce_only",
    "cancel_open",
    "close_positions",
    name="CLOSE",
)
TEXT = f"""\
[[listeners]]
port = 5001

{ACME}accounts = ["*"]

{SIM}

{ROUTE}
"""


class Desk(HaltDesk, BreakerDesk):
    """That of a gate whose core is that of a bench with these breakers."""

    def __init__(self, folder: Path) -> None:
        gate = Gate(folder)
        self.bench = Trading(RATE, SIZE, CLOSE)
        self.bench.now = gate.bench.now
        gate.engine.core = self.bench.core
        self._engine = gate.engine
        self._sweeper = Sweeper(gate.engine)
        self._config = load(with_reference_data(folder), TEXT)

    def trip(self, name: str, scope: str = "") -> Any:
        ask = Ask(scope=scope, reason="a try")
        return asyncio.run(self.trip_breaker(name, ask, who="op"))

    def reset(self, name: str, scope: str = "") -> Any:
        ask = Ask(scope=scope, reason="seen to")
        return asyncio.run(self.reset_breaker(name, ask, who="op"))


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


def test_all_are_listed_and_one_is_shown_with_what_it_reads(desk: Desk) -> None:
    desk.bench.enter("A")
    desk.bench.trade("B", tag38="40")
    desk.bench.look()
    assert [(view.name, view.trips, view.window_s) for view in desk.breakers()] == [
        ("RATE", [], "10"),
        ("SIZE", [], ""),
        ("CLOSE", [], ""),
    ]
    [reading] = desk.breaker("SIZE").readings
    assert (reading.scope, reading.reading) == ("account:ACC", "40")
    assert [r.scope for r in desk.breaker("RATE").readings] == ["client:ACME"]


def test_one_is_tripped_and_reset_by_hand(desk: Desk) -> None:
    [trip] = desk.trip("RATE", "client:ACME").trips
    assert (trip.scope, trip.who, trip.why, trip.reading) == ("client:ACME", "op", "a try", "")
    assert desk.bench.enter("A").startswith("HALTED")
    assert desk.reset("RATE").trips == []  # there is but one that can be meant
    assert desk.bench.enter("B") == ""


@pytest.mark.parametrize(
    ("command", "code", "told"),
    [
        (lambda d: d.breaker("NONE"), "UNKNOWN_BREAKER", "there are: RATE, SIZE, CLOSE"),
        (lambda d: d.trip("NONE", "firm"), "UNKNOWN_BREAKER", "there are: RATE, SIZE, CLOSE"),
        (lambda d: d.reset("NONE", "firm"), "UNKNOWN_BREAKER", "there are: RATE, SIZE, CLOSE"),
        (lambda d: d.trip("RATE"), "WHICH_SCOPE", "one of: client:*"),
        (lambda d: d.trip("RATE", "firm"), "NOT_WATCHED", "it watches: client:*"),
        (lambda d: d.trip("SIZE", "account:*"), "NOT_WATCHED", "account:*"),
        (lambda d: d.reset("RATE", "client:ACME"), "NOT_TRIPPED", "tripped for: nothing"),
        (lambda d: d.reset("RATE"), "WHICH_SCOPE", "it has tripped for nothing"),
        (lambda d: (d.trip("SIZE", "account:X"), d.trip("SIZE", "account:X")), "TRIPPED",
         "`fixgate breakers reset SIZE account:X` has it work again"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_refused(
    desk: Desk, command: Callable[[Desk], object], code: str, told: str
) -> None:
    with pytest.raises(DeskError) as refused:
        command(desk)
    assert refused.value.code == code
    assert told in refused.value.remedy


def test_one_is_not_reset_nor_its_scope_resumed_before_its_reading_is_mended(desk: Desk) -> None:
    desk.bench.trade("A")
    assert desk.bench.look() == ["account:ACC"]
    with pytest.raises(DeskError, match="position_size of account:ACC is 100") as refused:
        desk.reset("SIZE")
    assert "raise the threshold" in refused.value.remedy
    resume = Resume(scope="account:ACC", reason="now")
    with pytest.raises(DeskError, match="trips at 100"):
        asyncio.run(desk.resume(resume, who="op"))
    desk.bench.trade("B", tag54="2", tag38="1")
    desk.bench.look(after_s=1)
    assert asyncio.run(desk.resume(resume, who="op")) == []
    assert desk.breaker("SIZE").trips == []


def test_one_that_is_configured_no_more_is_shown_until_it_is_reset(desk: Desk) -> None:
    desk.trip("RATE", "client:ACME")
    table = LimitTable(desk.bench.scopes)
    desk.bench.core.state.use_limits(table)
    desk.bench.core.setup.limits = table
    [view] = desk.breakers()
    assert (view.name, view.configured, len(view.trips)) == ("RATE", False, 1)
    assert desk.reset("RATE").configured is False
    assert desk.breakers() == []


def test_how_far_closing_positions_is_can_be_seen(desk: Desk) -> None:
    desk.bench.trade("A", tag38="40")
    [trip] = desk.trip("CLOSE", "symbol:IBM").trips
    assert trip.closing == "goes on, 0 position(s) so far"
    desk.bench.look(after_s=1)
    [trip] = desk.breaker("CLOSE").trips
    assert trip.closing == "goes on, 1 position(s) so far"
    [*_, order] = desk.bench.core.state.book
    desk.bench.broker(
        f"35=8|11={order.broker_cl_ord_id}|37=B9|17=F1|150=F|39=2|55=IBM|54=2|38=40|14=40"
        "|32=40|31=99|151=0|6=99"
    )
    desk.bench.look(after_s=1)
    [trip] = desk.breaker("CLOSE").trips
    assert trip.closing == "done"
