"""Positions that somebody says, and a broker's held against ours."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from typing import Any

import pytest

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.positions.breaks import Theirs, Tolerance
from gateway.positions.comparing import breaks_of
from gateway.positions.saying import Said, complete, was_traded_today
from tests.gateway.bench import Bench, instrument
from tests.gateway.positions.folded import all_numbers, exact
from tests.gateway.positions.test_booked import filled, holding, placed

MONDAY = 20261123


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


def said(quantity: str = "10", **changes: Any) -> Said:
    values: dict[str, Any] = {"account": "ACC", "symbol": "IBM", "price": Decimal(90), "cost": None}
    values |= {"currency": "", "strategy": "", "quantity": Decimal(quantity)}
    return Said(**(values | changes))


def say(bench: Bench, *positions: Said, imported: bool = True) -> None:
    for one in positions:
        assert complete(bench.core.decision(bench.now), one) == ""
    bench.took(bench.core.say_positions(positions, "ann", "why", bench.now, imported=imported))


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"symbol": "XYZ"}, "symbol XYZ is no instrument"),
        ({"currency": "EUR"}, "currency EUR is not USD, that of IBM"),
        ({"price": None}, "give either price or cost"),
        ({"cost": Decimal(1)}, "give either price or cost"),
        ({"price": Decimal(-1)}, "price and cost have no sign"),
    ],
)
def test_what_makes_no_sense_is_told(changes: dict[str, Any], problem: str) -> None:
    decision = Bench().core.decision(0)
    assert complete(decision, said(**changes)).startswith(problem)


def test_an_import_is_what_trading_goes_on_from_and_an_adjustment_realises_nothing() -> None:
    bench = Bench(instruments=[instrument(multiplier=Decimal(2))])
    say(bench, said(), said("-4", strategy="MOMO", price=None, cost=Decimal(900)))
    assert (holding(bench).net, holding(bench).cost) == (10, 1800)
    assert (holding(bench, "MOMO").net, holding(bench, "MOMO").cost) == (-4, -900)
    assert not was_traded_today(bench.core.decision(bench.now), said(currency="USD"))
    filled(bench, placed(bench, tag54="2"), "E1", "32=4|31=100")
    assert was_traded_today(bench.core.decision(bench.now), said(currency="USD"))
    assert holding(bench).realised == 80
    say(bench, said("7", price=Decimal(80)), imported=False)
    assert (holding(bench).net, holding(bench).cost, holding(bench).realised) == (7, 1120, 80)
    assert all_numbers(bench.refolded()) == all_numbers(bench.core.state)


def test_a_bust_is_taken_off_what_was_said_since() -> None:
    bench = Bench()
    order = placed(bench)
    filled(bench, order, "E1", "32=10|31=100")
    say(bench, said("12", price=Decimal(100)), imported=False)
    bench.broker(f"35=8|37=B1|11={order.broker_cl_ord_id}|150=H|39=1|17=E2|19=E1")
    assert (holding(bench).net, holding(bench).cost) == (2, 200)


def found(bench: Bench, *rows: tuple[str, str, str | None]) -> dict[str, str]:
    told = [
        Theirs(account="ACC", symbol=s, quantity=Decimal(q), price=p and Decimal(p))
        for s, q, p in rows
    ]
    breaks = breaks_of(bench.core.decision(bench.now), told, ("ACC",), Tolerance())
    return {one.symbol: one.kind for one in breaks if one is not None}


def test_a_broker_is_held_against_the_sum_of_all_strategies() -> None:
    bench = Bench(instruments=[instrument(s) for s in ("IBM", "MSFT", "NEWX")])
    say(bench, said("6"), said("4", strategy="MOMO"), said("3", symbol="MSFT"))
    say(bench, said("9", account="OTHER"))
    same = ("IBM", "10", "90")
    assert found(bench, same, ("MSFT", "3", None)) == {}
    assert found(bench, same, ("NEWX", "1", "1")) == {
        "NEWX": "MISSING_INTERNAL",
        "MSFT": "MISSING_BROKER",
    }
    assert found(bench, ("IBM", "-10", "90"), ("MSFT", "4", "90")) == {
        "IBM": "SIDE_FLIP",
        "MSFT": "QTY",
    }
    assert found(bench, ("IBM", "10", "91"), ("MSFT", "3", "90.001")) == {"IBM": "AVG_PX"}


def test_today_and_corporate_actions_explain_a_difference() -> None:
    bench = Bench()
    bench.roll_day(20261120)
    say(bench, said("100"))
    filled(bench, placed(bench, tag59="1"), "E1", "32=10|31=100")
    assert found(bench, ("IBM", "100", "90")) == {"IBM": "TIMING"}
    split = CorporateAction(MONDAY, "IBM", "split", new=Decimal(2))
    bench.setup.reference.actions = CorporateActions([split])
    assert found(bench, ("IBM", "220", "45")) == {"IBM": "CORP_ACTION"}
    bench.roll_day(MONDAY)
    assert found(bench, ("IBM", "110", "90")) == {"IBM": "CORP_ACTION"}
    assert found(bench, ("IBM", "111", "90")) == {"IBM": "QTY"}
