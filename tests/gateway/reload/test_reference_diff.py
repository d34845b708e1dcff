"""What differs between reference data, instrument by instrument."""

from __future__ import annotations

from decimal import Decimal

from gateway.corporate_actions import CorporateAction, CorporateActions
from gateway.reference import Instrument, Reference, ReferencePrice
from gateway.reload.reference_diff import reference_differences

SECOND = 1_000_000_000


def instrument(symbol: str, lot: int = 1) -> Instrument:
    one = Decimal(1)
    return Instrument(symbol, "CS", "USD", Decimal("0.01"), Decimal(lot), one, False)


def reference(*instruments: Instrument, **closes: tuple[str, int]) -> Reference:
    prices = {s: ReferencePrice(Decimal(p), t * SECOND) for s, (p, t) in closes.items()}
    return Reference({i.symbol: i for i in instruments}, prices, 0)


def test_instruments_come_go_and_change() -> None:
    old = reference(instrument("A"), instrument("B"))
    new = reference(instrument("B", lot=10), instrument("C"))
    assert [change.text for change in reference_differences(old, new)] == [
        "reference.instruments[A]: removed",
        "reference.instruments[B].lot_size: 1 -> 10",
        "reference.instruments[C]: added: security_type = CS, currency = USD, tick_size = 0.01,"
        " lot_size = 1, multiplier = 1, restricted = False",
    ]


def test_prices_are_told_with_their_time() -> None:
    old = reference(A=("10", 0), B=("5", 0))
    new = reference(A=("10", 60), C=("7", 0))
    assert [change.text for change in reference_differences(old, new)] == [
        "reference.prices[A]: 10 of 19700101-00:00:00 -> 10 of 19700101-00:01:00",
        "reference.prices[B]: removed",
        "reference.prices[C]: added: 7 of 19700101-00:00:00",
    ]
    assert reference_differences(old, old) == []


def test_corporate_actions_come_change_and_go() -> None:
    old, new = reference(), reference()

    def split(date: int, ratio: int) -> CorporateAction:
        return CorporateAction(date, "A", "split", new=Decimal(ratio))

    old.actions = CorporateActions([split(20261123, 2), split(20261124, 2)])
    new.actions = CorporateActions([split(20261124, 3), split(20261125, 2)])
    assert [change.text for change in reference_differences(old, new)] == [
        "reference.corporate_actions[A 20261123]: removed",
        "reference.corporate_actions[A 20261124]: split 2:1 of A on 20261124"
        " -> split 3:1 of A on 20261124",
        "reference.corporate_actions[A 20261125]: added: split 2:1 of A on 20261125",
    ]
