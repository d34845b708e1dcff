"""Limits of every kind of scope: the tightest of each kind counts, and the refusal says whose."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.risk.limits import LimitTable
from gateway.risk.scope_limits import OFF, ScopeLimits
from gateway.risk.scopes import KINDS
from tests.gateway.bench import ACME, BETA, Bench, instrument, limits_off

STRATEGY = "5001"


def of(scope: str, **values: Decimal | int | str) -> ScopeLimits:
    return ScopeLimits(scope, None, {name: Decimal(value) for name, value in values.items()})


def bench(*limits: ScopeLimits, shared: dict[str, str] | None = None) -> Bench:
    made = Bench(limits_off(), *limits, shared=shared, instruments=[instrument(sector="TECH")])
    for client in made.setup.clients.values():
        client.strategy_tag = STRATEGY
    return made


def text(sent: list[dict[str, str]]) -> str:
    [message] = sent
    return message.get("58", "")


SUBJECTS = {
    "firm": "",
    "broker": "SIM",
    "client": "ACME",
    "account": "ACC",
    "session": "ACME",
    "strategy": "MOMO",
    "symbol": "IBM",
    "sector": "TECH",
}


def scopes() -> list[tuple[str, str]]:
    """Each scope as it is written and as a refusal names it."""
    found = [("firm", "firm")]
    for kind in KINDS[1:]:
        said = f"{kind}:{SUBJECTS[kind]}"
        found += [(said, said), (f"{kind}:*", said)]
    return found


@pytest.mark.parametrize(("written", "said"), scopes())
def test_a_limit_on_what_is_open_holds_in_every_scope(written: str, said: str) -> None:
    made = bench(of(written, max_open_orders=1))
    assert text(made.order("A", tag5001="MOMO")) == ""
    assert text(made.order("B", tag5001="MOMO")) == f"MAX_OPEN_ORDERS: scope={said} total=2 limit=1"


@pytest.mark.parametrize(("written", "said"), scopes())
def test_a_limit_of_one_order_holds_in_every_scope(written: str, said: str) -> None:
    made = bench(of(written, max_quantity=99))
    refused = text(made.order("A", tag5001="MOMO"))
    assert refused == f"MAX_QUANTITY: order_qty=100 limit=99 scope={written}", said


@pytest.mark.parametrize("kind", KINDS[1:])
def test_limits_of_others_are_not_those_of_an_order(kind: str) -> None:
    made = bench(of(f"{kind}:OTHER", max_open_orders=1, max_quantity=1))
    assert text(made.order("A", tag5001="MOMO")) == ""
    assert text(made.order("B", tag5001="MOMO")) == ""


def test_an_order_of_no_strategy_and_no_sector_has_no_such_limits() -> None:
    made = Bench(limits_off(), of("strategy:*", max_quantity=1), of("sector:*", max_quantity=1))
    assert text(made.order()) == ""


@pytest.mark.parametrize("kind", KINDS[1:])
def test_each_of_a_kind_has_what_it_has_by_itself(kind: str) -> None:
    table = LimitTable([of(f"{kind}:*", max_open_orders=3), of(f"{kind}:A", max_open_orders=5)])
    names = {"broker": "A", "strategy": "A"}
    at = KINDS.index(kind)
    limits = table.of(names.get("session", "A"), "A", "A", "A", "A")
    if kind == "sector":
        table.sectors["A"] = "A"
        limits = table.of("A", "A", "A", "A", "A")
    [limit] = limits.sums["max_open_orders"]
    assert (limit.kind, limit.value) == (at, 3)  # the tighter of the two


def test_off_in_one_scope_leaves_what_another_sets() -> None:
    table = LimitTable(
        [of("firm", max_quantity=5), ScopeLimits("account:A", None, {"max_quantity": OFF})]
    )
    assert table.of("S", "A", "").values["max_quantity"] == 5


def test_sessions_of_one_client_share_its_limits() -> None:
    made = bench(of("client:HOUSE", max_open_orders=1), shared={"ACME": "HOUSE", "BETA": "HOUSE"})
    assert text(made.order("A", link=ACME)) == ""
    refused = text(made.order("B", link=BETA))
    assert refused == "MAX_OPEN_ORDERS: scope=client:HOUSE total=2 limit=1"
    assert made.limits.client_scopes("ACME") == ("client:HOUSE",)


def test_the_firm_is_everybody_together() -> None:
    made = bench(of("firm", max_open_notional=15_000))
    assert text(made.order("A", tag1="ONE")) == ""
    refused = text(made.order("B", tag1="TWO", link=BETA))
    assert refused == "MAX_OPEN_NOTIONAL: scope=firm total=20000 limit=15000"


def test_money_of_other_currencies_counts_at_its_rate() -> None:
    made = Bench(
        limits_off(),
        of("firm", max_open_notional=25_000, max_notional=20_000),
        instruments=[instrument(currency="EUR", multiplier=Decimal(2))],
        rates={"EUR": Decimal("1.2")},
    )
    assert text(made.order("A", tag38="10")) == ""
    assert made.core.state.exposures.of("ACC").open_notional == 2400
    refused = text(made.order("B", tag38="100"))
    assert refused == "MAX_NOTIONAL: notional=24000.0 limit=20000 scope=firm"


def test_a_strategy_that_is_told_after_its_order_counts_it_once() -> None:
    made = bench(of("strategy:*", max_open_orders=2), of("firm", max_open_orders=9))
    made.order("A", tag5001="MOMO")
    exposures = made.core.state.exposures
    found = {KINDS[kind]: sums.open_orders for kind, _, sums in exposures}
    assert found == {"firm": 1, "account": 1, "strategy": 1}
    assert {KINDS[kind] for kind, _, _ in made.refolded().exposures} == set(found)
