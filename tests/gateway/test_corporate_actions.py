"""What splits and dividends do to quantities and prices, exactly and on the safe side."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateAction, CorporateActions, proportion, rounded

RATIOS = st.tuples(st.integers(1, 50), st.integers(1, 50))
STEPS = st.sampled_from(
    [Decimal("0.01"), Decimal("0.05"), Decimal("0.001"), Decimal(1), Decimal(3)]
)
AMOUNTS = st.decimals(Decimal(0), Decimal(10_000), places=4)


def split(new: object, old: object, date: int = 20261123, symbol: str = "IBM") -> CorporateAction:
    numbers = {"new": Decimal(str(new)), "old": Decimal(str(old))}
    return CorporateAction(date, symbol, "split", **numbers)


def dividend(amount: str) -> CorporateAction:
    return CorporateAction(20261123, "IBM", "dividend", amount=Decimal(amount))


@given(AMOUNTS, RATIOS, STEPS)
def test_a_quantity_is_the_most_that_fits(
    quantity: Decimal, ratio: tuple[int, int], step: Decimal
) -> None:
    new, old = ratio
    found = split(new, old).quantity(quantity, step)
    assert found % step == 0
    assert found * old <= quantity * new < (found + step) * old


@given(AMOUNTS, RATIOS, STEPS, st.booleans())
def test_a_price_is_the_nearest_tick_on_its_side(
    price: Decimal, ratio: tuple[int, int], tick: Decimal, up: bool
) -> None:
    new, old = ratio
    found = split(new, old).price(price, tick, up=up)
    assert found % tick == 0
    if up:
        assert (found - tick) * new < price * old <= found * new
    else:
        assert found * new <= price * old < (found + tick) * new


@given(AMOUNTS, AMOUNTS, STEPS, st.booleans())
def test_a_dividend_is_taken_off_also_below_zero(
    price: Decimal, amount: Decimal, tick: Decimal, up: bool
) -> None:
    action = CorporateAction(20261123, "IBM", "dividend", amount=amount)
    found = action.price(price, tick, up=up)
    assert found % tick == 0
    assert abs(found - (price - amount)) < tick
    assert (found >= price - amount) if up else (found <= price - amount)


@pytest.mark.parametrize(
    ("value", "step", "down", "up"),
    [
        ("7", "2", 3, 4),
        ("-7", "2", -4, -3),
        ("8", "2", 4, 4),
        ("-8", "2", -4, -4),
        ("0", "2", 0, 0),
    ],
)
def test_whole_steps(value: str, step: str, down: int, up: int) -> None:
    assert rounded(Decimal(value), Decimal(step), up=False) == down
    assert rounded(Decimal(value), Decimal(step), up=True) == up


def test_parts_stay_whole_where_all_is_whole() -> None:
    assert proportion(Decimal(5), Decimal(3), Decimal(2)) == 7
    assert proportion(Decimal("0.5"), Decimal(3), Decimal(2)) == Decimal("0.75")


def test_actions_of_a_symbol_are_found_by_date() -> None:
    late, early = split(3, 2, 20261201), split(2, 1, 20261123)
    actions = CorporateActions([late, early, split(5, 1, 20261124, "MSFT")])
    assert actions.between("IBM", 20261122, 20261201) == [early, late]
    assert actions.between("IBM", 20261123, 20261201) == [late]
    assert actions.between("IBM", 20261123, 20261130) == []
    assert actions.between("AAPL", 0, 20270101) == []
    assert len(list(actions)) == 3


def test_an_action_says_what_it_is() -> None:
    assert split(3, 2).text == "split 3:2 of IBM on 20261123"
    assert dividend("0.50").text == "dividend 0.50 of IBM on 20261123"
