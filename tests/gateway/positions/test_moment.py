"""Positions are told as they were when a segment began, whatever happens until they are."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from decimal import Decimal

import pytest

from gateway.corporate_actions import CorporateAction
from gateway.events import Event, InstrumentTold, PositionStated
from tests.gateway.bench import instrument
from tests.gateway.positions.folded import exact
from tests.gateway.positions.test_fold import Telling, World

IBM = ("ACC", "IBM", "")
TEN = Decimal(10)
HUNDRED = Decimal(100)


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


@pytest.fixture
def world() -> World:
    """Ten units of IBM were bought, and became ten of NEWX; one more was bought of those."""
    world = World()
    world.enter(IBM, "1")
    world.fill(0, TEN, HUNDRED, "")
    world.act(CorporateAction(0, "IBM", "symbol_change", new_symbol="NEWX"))
    world.enter(("ACC", "NEWX", ""), "1")
    world.fill(1, Decimal(1), Decimal(50), "0.05")
    return world


def told(world: World, event: Event) -> None:
    decision = world.bench.core.decision(world.bench.now)
    decision.emit(0, event)
    world.bench.took(decision)
    world.catch_up()


def restate(world: World) -> None:
    stated = [e for e in world.state.positions.snapshot() if isinstance(e, PositionStated)]
    told(world, replace(stated[-1], entries="", net="77"))


def book_orphan(world: World) -> None:
    core = world.bench.core
    world.bench.broker("35=8|37=Q|11=NOBODY|150=F|39=1|17=E9|55=NEWX|54=2|32=3|31=99")
    [(key, _, _)] = core.state.parked.items()
    world.bench.took(core.book(key, "ACC", "ann", "to be found out", world.bench.now))
    world.catch_up()


def let_stand(world: World) -> None:
    world.look()
    world.fill(1, TEN, HUNDRED, "")


def close_and_fill(world: World) -> None:
    world.close(0)
    world.fill(0, TEN, HUNDRED, "")


@pytest.mark.parametrize(
    "change",
    [
        lambda world: world.fill(1, TEN, HUNDRED, ""),
        lambda world: world.bust(1),
        lambda world: world.correct(1, TEN, HUNDRED),
        lambda world: world.bust(0),  # what moved to NEWX follows
        lambda world: world.adjust(("ACC", "NEWX", ""), TEN, HUNDRED),
        lambda world: world.act(CorporateAction(0, "NEWX", "split", new=Decimal(3))),
        lambda world: world.act(CorporateAction(0, "NEWX", "symbol_change", new_symbol="IBM")),
        lambda world: world.close(0),
        close_and_fill,
        let_stand,
        book_orphan,
        restate,
    ],
)
def test_a_position_is_told_as_it_was(world: World, change: Callable[[World], None]) -> None:
    telling = Telling(world)
    change(world)
    assert not telling.goes_on(1000)
    assert telling.told == telling.at_once != Telling(world).at_once


def test_what_began_later_is_not_told(world: World) -> None:
    telling = Telling(world)
    world.bench.setup.reference.instruments["IBM"] = instrument("IBM", multiplier=Decimal(7))
    told(world, InstrumentTold("IBM", "USD", "7"))
    world.enter(("OTHER", "FUT", "MOMO"), "2")
    world.fill(2, TEN, HUNDRED, "")
    assert not telling.goes_on(1000)
    assert telling.told == telling.at_once


def test_symbols_are_told_before_positions_and_those_after_the_orders(world: World) -> None:
    kinds = [payload.partition(b"\x01")[0] for _, payload in Telling(world).at_once]
    assert kinds[-4:] == [b"InstrumentTold"] * 2 + [b"PositionStated"] * 2
    assert kinds.index(b"OrderExecuted") < kinds.index(b"InstrumentTold")
