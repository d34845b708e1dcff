"""What operators are told of risk: every check's verdict, and how much of each limit is left."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.control.errors import DeskError
from gateway.control.risk_models import WhatIf
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.scope_limits import ScopeLimits
from gateway.risk.verdicts import MEASURES
from gateway.risk_desk import RiskDesk
from tests.gateway.bench import Bench, limits_off
from tests.gateway.links import Gate


class Desk(RiskDesk):
    """That of a gate."""

    def __init__(self, gate: Gate) -> None:
        self._engine = gate.engine


def desk_of(folder: Path, **limits: int) -> tuple[Desk, Bench]:
    gate = Gate(folder)
    bench = Bench(limits_off(**limits), ScopeLimits("account:*", None, {"max_credit": Decimal(9)}))
    gate.engine.core = bench.core
    return Desk(gate), bench


def ask(**changes: str) -> WhatIf:
    given = {"client": "ACME", "symbol": "IBM", "side": "buy", "quantity": "100", "price": "100"}
    return WhatIf.model_validate(given | changes)


def test_all_refusals_are_told_not_the_first_alone(tmp_path: Path) -> None:
    desk, bench = desk_of(tmp_path, max_quantity=99, max_notional=20_000)
    view = desk.what_if(ask())
    assert not view.passes
    refused = {one.check: one.refusal for one in view.verdicts if one.refusal}
    assert refused["max_quantity"] == "MAX_QUANTITY: order_qty=100 limit=99 scope=firm"
    assert refused["credit"] == "MAX_CREDIT: scope=account:ACC total=10000 limit=9"
    left = {(use.limit, use.scope): (use.used, use.left) for use in view.uses}
    assert left["max_notional", "firm"] == ("10000", "10000")
    assert left["max_credit", "account:ACC"] == ("10000", "-9991")
    assert bench.core.state.book.numbers() == []


def test_an_order_is_explained_as_it_stands(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    bench = Bench(limits_off(max_open_notional=15_000))
    gate.engine.core = bench.core
    bench.order("A")
    order = bench.found("A")
    view = Desk(gate).explain_risk(order.order_id)
    assert view.passes
    [use] = [use for use in view.uses if use.limit == "max_open_notional"]
    assert (use.scope, use.used, use.left) == ("firm", "10000", "5000")
    with pytest.raises(DeskError, match="no order"):
        Desk(gate).explain_risk("B")


def test_what_is_no_order_is_said(tmp_path: Path) -> None:
    desk, _ = desk_of(tmp_path)
    with pytest.raises(DeskError, match="there is no client NOBODY"):
        desk.what_if(ask(client="NOBODY"))
    with pytest.raises(DeskError, match="QUANTITY_INVALID"):
        desk.what_if(ask(quantity="-1"))


def test_every_limit_on_a_sum_is_measured() -> None:
    assert set(MEASURES) == {name for name, kind in LIMITS.items() if kind.is_summed}
