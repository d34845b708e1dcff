"""Prices as operators see and state them."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from time import time_ns

import pytest

from gateway.control.errors import DeskError
from gateway.price_desk import PriceDesk
from gateway.reference import ReferencePrice
from tests.gateway.links import Gate


class Desk(PriceDesk):
    """That of a gate."""

    def __init__(self, gate: Gate) -> None:
        self._engine = gate.engine


def test_a_stated_price_is_known_and_recorded(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    desk = Desk(gate)
    for kind, price in (("last", "101.50"), ("ask", "102")):
        given = {"price": Decimal(price), "who": "op", "why": "a try"}
        asyncio.run(desk.state_price("IBM", kind=kind, **given))  # type: ignore[arg-type]  # a PriceKind
    known = [(view.symbol, view.kind, view.price) for view in desk.prices() if view.kind != "close"]
    assert known == [("IBM", "ask", "102"), ("IBM", "last", "101.50")]
    assert gate.bench.core.state.last_prices["IBM"].price == Decimal("101.5")


def test_no_price_is_refused(tmp_path: Path) -> None:
    desk = Desk(Gate(tmp_path))
    with pytest.raises(DeskError, match="is no price"):
        asyncio.run(desk.state_price("IBM", price=Decimal(0), kind="last", who="op", why="a try"))


def test_a_symbol_that_is_no_instrument_is_refused_with_the_one_meant(tmp_path: Path) -> None:
    desk = Desk(Gate(tmp_path))
    with pytest.raises(DeskError, match="no instrument IBN") as refused:
        asyncio.run(desk.state_price("IBN", price=Decimal(9), kind="last", who="op", why="a try"))
    assert 'did you mean "IBM"?' in refused.value.remedy
    assert [view.kind for view in desk.prices()] == ["close"]


def test_a_price_far_from_the_reference_price_is_stated_by_force_only(tmp_path: Path) -> None:
    desk = Desk(Gate(tmp_path))
    for kind, price in (("last", "120.01"), ("bid", "79.99"), ("ask", "1000")):
        given = {"price": Decimal(price), "kind": kind, "who": "op", "why": "a try"}
        with pytest.raises(DeskError, match="away from the reference price 100") as refused:
            asyncio.run(desk.state_price("IBM", **given))  # type: ignore[arg-type]  # as named
        assert "--force" in refused.value.remedy
        asyncio.run(desk.state_price("IBM", force=True, **given))  # type: ignore[arg-type]  # as named
        if kind == "last":
            asyncio.run(desk.state_price("IBM", **(given | {"price": Decimal(100)})))  # type: ignore[arg-type]  # as named
    assert [(view.kind, view.price) for view in desk.prices() if view.kind != "close"] == [
        *(("ask", "1000"), ("bid", "79.99"), ("last", "100"))
    ]


def test_prices_say_their_source_and_age_and_which_of_them_counts(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    desk = Desk(gate)
    assert [(v.source, v.fresh) for v in desk.prices()] == [("reference data", False)]
    known, now = gate.bench.core.state.prices, time_ns()
    for kind, ago_s, source in (("bid", 3, "PRICES"), ("ask", 2, "PRICES"), ("last", 9, "SIM")):
        price = ReferencePrice(Decimal(100), now - ago_s * 1_000_000_000, source)
        known.put("IBM", kind, price)
        views = {view.kind: view for view in desk.prices()}
        assert views[kind].source == source
        assert ago_s <= views[kind].age_s < ago_s + 600
    assert [kind for kind, view in views.items() if view.is_reference] == ["last"]
    known.drop("IBM", "last")
    assert [view.kind for view in desk.prices() if view.is_reference] == ["ask", "bid"]
