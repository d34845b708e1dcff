"""The worked examples of `tests/vectors/position_vectors.json`, to the sixth decimal."""

from __future__ import annotations

import json
from collections.abc import Iterator
from decimal import ROUND_HALF_EVEN, Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.corporate_actions import CorporateAction
from gateway.orders.adjust import adjusted
from gateway.orders.order import Order, Terms
from gateway.positions import entries
from gateway.positions.actions import Action, act
from gateway.positions.base_currency import price_part, rate_part
from gateway.positions.breaks import Ours, Tolerance, kind_of
from gateway.positions.holding import Holding, share
from tests.gateway.bench import instrument
from tests.gateway.positions.folded import exact

FILE = Path(__file__).parents[2] / "vectors" / "position_vectors.json"
VECTORS = json.loads(FILE.read_text(encoding="utf-8"))["vectors"]
ZERO, ONE = Decimal(0), Decimal(1)
SIXTH = Decimal("0.000001")


def of(*kinds: str) -> Any:
    found = [vector for vector in VECTORS if vector["kind"] in kinds]
    return pytest.mark.parametrize("vector", found, ids=[v["name"] for v in found])


@pytest.fixture(autouse=True)
def _exact() -> Iterator[None]:
    with exact():
        yield


def shown(value: Decimal) -> str:
    return format(value.quantize(SIXTH, ROUND_HALF_EVEN) + ZERO, "f")


def test_every_kind_of_vector_is_played() -> None:
    played = {"position", "multi_currency", "corp_action_position", "gtc_cash_dividend"}
    assert {vector["kind"] for vector in VECTORS} == played | {"gtc_split", "reconciliation"}


@of("position")
def test_fills(vector: dict[str, Any]) -> None:
    holding, cash = Holding(), ZERO
    steps = []
    for fill in vector["input"]["fills"]:
        before = holding.realised, holding.realised_fifo
        quantity = Decimal(fill["qty"]) * (1 if fill["side"] == "BUY" else -1)
        commission = fill.get("comm", "0")
        numbers = (str(quantity), fill["px"], "1", commission)
        entry = entries.execution(1, "E", 20261120, numbers, "3:USD" if "comm" in fill else "")
        entries.apply(holding, entries.entries_in(entry)[0], "USD")
        cash -= quantity * Decimal(fill["px"]) + Decimal(commission)
        steps.append(_step(holding, *before))
    expected = vector["expected"]
    assert steps == expected["steps"]
    mark = Decimal(vector["input"]["mark"])
    paid = (holding.commissions or {}).get("USD", ZERO)
    by_lots = holding.net * mark - sum((cost for _, cost in holding.lots), ZERO)
    unrealised = holding.unrealised(mark, ONE)
    said = {"realized": shown(holding.realised), "unrealized": shown(unrealised)}
    assert said == expected["avg"]
    assert shown(holding.realised_fifo) == expected["fifo"]["realized"]
    assert shown(by_lots) == expected["fifo"]["unrealized"]
    assert holding.realised + unrealised == holding.realised_fifo + by_lots
    assert shown(holding.realised + unrealised) == expected["gross_total"]
    assert holding.realised + unrealised - paid == cash + holding.net * mark
    assert shown(cash) == expected["cash_flow"]


def _step(holding: Holding, realised: Decimal, fifo: Decimal) -> dict[str, Any]:
    paid = (holding.commissions or {}).get("USD", ZERO)
    return {
        "qty": shown(holding.net),
        "avg_cost": shown(holding.cost / holding.net) if holding.net else None,
        "avg_realized_this_fill": shown(holding.realised - realised),
        "avg_realized_cum": shown(holding.realised),
        "fifo_realized_this_fill": shown(holding.realised_fifo - fifo),
        "fifo_realized_cum": shown(holding.realised_fifo),
        "fifo_lots": [[shown(q), shown(c / q)] for q, c in holding.lots],
        "commission_cum": shown(paid),
    }


@of("multi_currency")
def test_two_currencies(vector: dict[str, Any]) -> None:
    buy, sell, mark = (
        {k: Decimal(v) for k, v in vector["input"][n].items()} for n in vector["input"]
    )
    left = buy["qty"] - sell["qty"]
    holding = Holding()
    holding.trade(buy["qty"], buy["qty"] * buy["px"])
    holding.trade(-sell["qty"], -sell["qty"] * sell["px"])
    found = {"realized_local_eur": holding.realised, "cash_eur": holding.realised - holding.cost}
    found["unrealized_local_eur"] = holding.unrealised(mark["px"], ONE)
    for name, quantity, closed in (("realized", sell["qty"], sell), ("unrealized", left, mark)):
        price = price_part(quantity, buy["px"], closed["px"], closed["eurusd"])
        rate = rate_part(quantity, buy["px"], buy["eurusd"], closed["eurusd"])
        found |= {f"{name}_price_part_usd": price, f"{name}_fx_part_usd": rate}
        found[f"{name}_base_usd"] = price + rate
    found["naive_convert_realized_at_mark_rate_usd"] = holding.realised * mark["eurusd"]
    assert {name: shown(value) for name, value in found.items()} == vector["expected"]


@of("corp_action_position")
def test_actions(vector: dict[str, Any]) -> None:
    given, expected = vector["input"], vector["expected"]
    if "gross_per_share" in given:
        _dividend(given, expected)
    elif "new_per_old" in given:
        _merger(given, expected)
    else:
        _split(given, expected)


def held(quantity: str, average: str) -> Holding:
    holding = Holding()
    holding.trade(Decimal(quantity), Decimal(quantity) * Decimal(average))
    return holding


def action(kind: str, **numbers: object) -> Action:
    names = ("new", "old", "amount", "withholding", "fair_value", "in_lieu", "step", "multiplier")
    blank = {"new": 1, "old": 1, "step": 1, "multiplier": 1}
    values = [Decimal(str((blank | numbers).get(name) or 0)) for name in names]
    return Action(kind, "NEW" if kind == "merger" else "", *values)


def _split(given: dict[str, Any], expected: dict[str, Any]) -> None:
    new, old, price = (given[n] for n in ("ratio_new", "ratio_old", "cash_in_lieu_px"))
    kept = held(given["qty"], given["avg_cost"])
    act(kept, action("split", new=new, old=old))
    assert shown(kept.net) == expected["exact_qty"]
    holding = held(given["qty"], given["avg_cost"])
    act(holding, action("split", new=new, old=old, in_lieu=price))
    fraction = kept.net - holding.net
    assert shown(holding.net) == expected["whole_qty"]
    assert shown(fraction) == expected["fraction"]
    assert shown(holding.cost / holding.net) == expected["avg_cost"]
    assert shown(holding.cost) == expected["remaining_cost"]
    assert holding.lots == [(holding.net, holding.cost)]
    assert holding.realised == holding.realised_fifo
    if price:
        assert shown(fraction * Decimal(price)) == expected["cash_in_lieu"]
        assert shown(holding.realised) == expected["realized_on_fraction"]


def _dividend(given: dict[str, Any], expected: dict[str, Any]) -> None:
    long, short = held(given["long_qty"], "10"), held(given["short_qty"], "10")
    paid = action(
        "dividend", amount=given["gross_per_share"], withholding=given["withholding_rate"]
    )
    before = long.net, long.cost
    act(long, paid)
    act(short, paid)
    gross = held(given["long_qty"], "10")
    act(gross, action("dividend", amount=given["gross_per_share"]))
    found = {
        "long_gross": gross.income,
        "long_withheld": gross.income - long.income,
        "long_net": long.income,
        "short_pays_in_lieu": short.income,
        "qty_change": long.net - before[0],
        "avg_cost_change": long.cost - before[1],
    }
    assert {name: shown(value) for name, value in found.items()} == expected
    assert long.realised == short.realised == 0


def _merger(given: dict[str, Any], expected: dict[str, Any]) -> None:
    holding = held(given["old_qty"], given["old_avg_cost"])
    before = holding.cost
    ratio = {"new": given["new_per_old"], "old": 1}
    cash, worth = given["cash_per_old"], given["new_fair_value"]
    moved = act(holding, action("merger", **ratio, amount=cash, fair_value=worth))
    assert moved is not None
    found = {
        "new_qty": moved.net,
        "cash": Decimal(given["old_qty"]) * Decimal(cash),
        "basis_to_new": moved.cost,
        "basis_to_cash": before - moved.cost,
        "new_avg_cost": moved.cost / moved.net,
        "realized_on_cash": holding.realised,
    }
    assert {name: shown(value) for name, value in found.items()} == expected
    assert moved.lots == [(moved.net, moved.cost)]
    assert (holding.net, holding.cost, holding.lots) == (0, 0, [])


def resting(given: dict[str, Any]) -> Order:
    stop = given.get("type") == "STOP"
    price, stop_px = ("", given["price"]) if stop else (given["price"], "")
    quantity = Decimal(str(given.get("qty", 100)))
    terms = Terms("3" if stop else "2", "1", quantity, price, stop_px, Decimal(given["price"]))
    side = "2" if given.get("side") == "SELL" else "1"
    order = Order(1, "A-1", 1, "X", "ACC", "IBM", side, terms, 0)
    order.extra = "18=F\x01" if "DNR" in given.get("inst", ()) else ""
    return order


@of("gtc_cash_dividend")
def test_resting_orders_over_a_dividend(vector: dict[str, Any]) -> None:
    given = vector["input"]
    dividend = CorporateAction(20261123, "IBM", "dividend", amount=Decimal(given["dividend"]))
    told = adjusted(resting(given), dividend, instrument(tick_size=Decimal(given["tick"])))
    assert not isinstance(told, str)
    assert Decimal(told.price or told.stop_px) == Decimal(vector["expected"]["price"])


@of("gtc_split")
@pytest.mark.parametrize("kind", ["split", "stock_dividend"])
def test_resting_orders_over_a_split(kind: str, vector: dict[str, Any]) -> None:
    """As FINRA Rule 5330 has it: of the two ways in the vectors, the one that the gateway goes."""
    given, expected = vector["input"], vector["expected"]["rule_5330_style"]
    ratio = {"new": Decimal(given["ratio_new"]), "old": Decimal(given["ratio_old"])}
    lots = {"tick_size": Decimal(given["tick"]), "lot_size": Decimal(given["round_lot"])}
    split = CorporateAction(20261123, "IBM", kind, **ratio)
    told = adjusted(resting(given), split, instrument(**lots))
    assert not isinstance(told, str)
    assert (told.price, Decimal(told.order_qty)) == (expected["price"], expected["qty"])


@of("reconciliation")
def test_breaks(vector: dict[str, Any]) -> None:
    given = vector["input"]
    tolerance = Tolerance(
        Decimal(given["tolerance"]["qty"]), Decimal(given["tolerance"]["avg_px_rel"])
    )
    for symbol, expected in vector["expected"].items():
        internal, broker = given["internal"].get(symbol), given["broker"].get(symbol)
        today = sum((Decimal(s["qty"]) for s in given["open_settlements"].get(symbol, ())), ZERO)
        done = given["corp_actions"].get(symbol)
        ratios = [(Decimal(done["new"]), Decimal(done["old"]))] if done else []
        ours = Ours(ZERO, None, today, ratios)
        if internal:
            ours = Ours(Decimal(internal["qty"]), Decimal(internal["avg"]), today, ratios)
        theirs = Decimal(broker["qty"]) if broker else ZERO
        average = Decimal(broker["avg"]) if broker else None
        assert kind_of(ours, theirs, average, tolerance) == expected.split()[0], symbol
    assert share(Decimal(200), Decimal(1), Decimal(10)) == 20
