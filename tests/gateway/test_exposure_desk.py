"""What operators are told of exposure, scope by scope, and of what the monitor reads."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from gateway.control.errors import DeskError
from gateway.control.exposure_models import ExposureView
from gateway.exposure_desk import ExposureDesk
from gateway.monitoring import Monitoring
from gateway.risk.limits import ScopeLimits
from tests.gateway.bench import BETA, Bench, limits_off
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.links import Gate
from tests.gateway.monitor.test_monitor import NS, price, scope, traded


class Desk(ExposureDesk):
    """That of a gate."""

    def __init__(self, gate: Gate, folder: Path) -> None:
        self._engine = gate.engine
        text = f'[[listeners]]\nport = 5001\n{ACME}accounts = ["*"]\n{SIM}{ROUTE}'
        self._config = load(with_reference_data(folder), text)
        self._monitoring = Monitoring(gate.engine)


def desk_of(folder: Path, *limits: ScopeLimits, **given: Any) -> tuple[Desk, Bench, Gate]:
    gate = Gate(folder)
    bench = Bench(*(limits or (limits_off(),)), **given)
    gate.engine.core = bench.core
    return Desk(gate, folder), bench, gate


def shown(desk: Desk, scope: str = "") -> dict[str, ExposureView]:
    return {view.scope: view for view in asyncio.run(desk.exposure(scope))}


@pytest.fixture(autouse=True)
def _now(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.exposure_desk.time_ns", lambda: Bench().now + NS)


def test_open_orders_and_positions_of_firm_clients_and_accounts(tmp_path: Path) -> None:
    desk, bench, _ = desk_of(tmp_path, accounts=frozenset({"ACC", "ACC2"}))
    traded(bench, "A")
    traded(bench, "B", tag1="ACC2", tag54="5", tag114="N")
    bench.order("C", tag38="10")
    bench.order("D", link=BETA, tag1="ACC2", tag54="2", tag38="5", tag44="101")
    price(bench, 103)
    found = shown(desk)
    assert list(found) == ["firm", "client:ACME", "client:BETA", "account:ACC", "account:ACC2"]
    firm = found["firm"]
    assert (firm.open_orders, firm.open_buys, firm.open_sells) == (2, "1000", "505")
    assert (firm.open_buys_quantity, firm.open_sells_quantity) == ("10", "5")
    assert (firm.long_value, firm.short_value, firm.net_value) == ("10300", "10300", "0")
    assert (firm.gross_value, firm.unrealised, firm.currency) == ("22105", "0", "USD")
    account = found["account:ACC"]
    assert (account.long_value, account.unrealised, account.open_sells) == ("10300", "300", "0")
    assert found["account:ACC2"].unrealised == "-300"
    assert (found["client:BETA"].open_orders, found["client:BETA"].open_buys) == (1, "0")
    assert found["client:BETA"].net_value == "0"  # both accounts are its own as well


def test_what_was_realised_today_and_what_has_no_price(tmp_path: Path) -> None:
    desk, bench, _ = desk_of(tmp_path)
    traded(bench, "A")
    traded(bench, "B", tag54="2", tag38="40")
    bench.core.state.positions.of_account("ACC")[0].now.realised += 7
    bench.core.setup.reference.price_max_age_ns = 0
    view = shown(desk)["account:ACC"]
    assert (view.realised_today, view.unrealised, view.unpriced) == ("7", "0", ["IBM"])


def test_one_scope_with_its_limits(tmp_path: Path) -> None:
    desk, bench, _ = desk_of(
        tmp_path,
        limits_off(max_open_notional=50_000, max_daily_loss=1000),
        scope("account:*", max_credit=40_000),
    )
    traded(bench, "A")
    bench.order("B")
    price(bench, 98)
    [view] = shown(desk, "account:ACC").values()
    assert view.credit_used == "20000"
    assert {use.limit: (use.value, use.used, use.left) for use in view.limits} == {
        "max_credit": ("40000", "20000", "20000"),
        "max_daily_loss": ("1000", "200", "800"),
    }
    [firm] = shown(desk, "firm").values()
    assert [(use.limit, use.left) for use in firm.limits] == [("max_open_notional", "40000")]
    [symbol] = shown(desk, "symbol:*").values()
    assert (symbol.scope, symbol.net_value, symbol.credit_used) == ("symbol:IBM", "9800", "")
    [broker] = shown(desk, "broker:SIM").values()
    assert (broker.open_buys, broker.long_value) == ("10000", "")
    [client] = shown(desk, "client:ACME").values()
    assert (client.open_orders, client.net_value) == (1, "")  # it may use any account
    [idle] = shown(desk, "client:BETA").values()
    assert (idle.open_orders, idle.gross_value, idle.net_value) == (0, "0", "")


@pytest.mark.parametrize("scope", ["account:NOPE", "client:NOPE", "symbol:ZZZ", "strategy:S"])
def test_a_name_that_nobody_knows_is_said(tmp_path: Path, scope: str) -> None:
    desk, *_ = desk_of(tmp_path)
    with pytest.raises(DeskError) as refused:
        shown(desk, scope)
    kind, _, name = scope.partition(":")
    assert (refused.value.text, refused.value.status) == (f'there is no {kind} "{name}"', 404)
    assert "--force" not in refused.value.remedy


def test_what_has_orders_or_positions_is_known(tmp_path: Path) -> None:
    desk, bench, _ = desk_of(tmp_path)
    traded(bench, "A")
    for one in ("account:ACC", "client:ACME", "symbol:IBM", "broker:SIM", "session:BETA"):
        assert list(shown(desk, one)) == [one]


@pytest.mark.parametrize("scope", ["planet:MARS", "account:", "account", "firm:", ":", "firm:X"])
def test_what_is_no_scope_is_said(tmp_path: Path, scope: str) -> None:
    desk, _, _ = desk_of(tmp_path)
    with pytest.raises(DeskError, match="is no scope"):
        shown(desk, scope)


def test_what_the_monitor_reads_becomes_alarms_and_readings(tmp_path: Path) -> None:
    desk, bench, gate = desk_of(tmp_path, limits_off(max_open_orders=2))
    assert desk.readings().time_ns == 0
    bench.order("A")
    bench.core.state.history.warnings.marks = (Decimal(50),)
    monitoring = desk._monitoring
    rounds: list[int] = []
    monitoring.on_round = lambda readings: rounds.append(readings.time_ns)
    monitoring.start()
    while not desk.readings().time_ns:
        (action, args) = gate.loop.later.pop()
        action(*args)
    view = desk.readings()
    assert [(use.limit, use.scope, use.ratio) for use in view.uses] == [
        ("max_open_orders", "firm", 0.5)
    ]
    assert [broker.broker for broker in view.brokers] == ["SIM"]
    assert {session.session for session in view.sessions} == {"ACME", "SIM"}
    [(_, alarm)] = bench.core.state.alarms.items()
    assert (alarm.code, alarm.count) == ("SOFT_LIMIT", 1)
    assert rounds == [view.time_ns]
    monitoring.stop()
