"""DontKnowTrade(Q): who is told that an execution is not known, and what becomes of it."""

from __future__ import annotations

import pytest

from sessions.dictionary import builtin
from tests.gateway.bench import BETA, SIM, Bench, limits_off


def bench_of(version: str = "FIX.4.4") -> Bench:
    bench = Bench(broker_version=version)
    bench.core.setup.brokers["SIM"].dont_know_trade = True
    return bench


def trade(bench: Bench, **changes: str) -> list[dict[str, str]]:
    """What is sent because of a trade of the order; no field "" is told."""
    fields = {"11": bench.found().broker_cl_ord_id, "37": "B", "17": "E1", "150": "F", "39": "1"}
    fields |= {"55": "IBM", "54": "1", "32": "10", "31": "100"}
    fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
    return bench.broker("35=8|" + "|".join(f"{t}={v}" for t, v in fields.items() if v))


def questions(sent: list[dict[str, str]]) -> list[str]:
    """DKReason(127) of each Q."""
    return [m["127"] for m in sent if m["35"] == "Q" and m["link"] == str(SIM)]


@pytest.mark.parametrize(
    ("changes", "reason", "cum_qty"),
    [
        ({"tag11": "NOBODY", "tag37": "B9"}, "D", 0),
        ({"tag11": "NOBODY", "tag37": "B9", "tag55": "GONE"}, "A", 0),
        ({"tag54": "2"}, "B", 0),
        ({"tag32": "120"}, "C", 120),
        ({"tag31": "100.01"}, "E", 10),
        ({"tag32": "x"}, "Z", 0),
    ],
)
def test_the_broker_is_told_why_and_what_came_is_booked_or_parked(
    changes: dict[str, str], reason: str, cum_qty: int
) -> None:
    bench = bench_of()
    bench.order()
    sent = trade(bench, **changes)
    assert questions(sent) == [reason]
    assert bench.found().cum_qty == cum_qty
    assert len(bench.core.state.parked) == (0 if cum_qty else 1)
    assert bench.alarms
    assert questions(trade(bench, **changes)) == [], "told again"


def test_a_price_beyond_the_limit_is_an_alarm_also_where_nothing_is_questioned() -> None:
    bench = Bench()
    bench.order()
    assert questions(trade(bench, tag31="100.01")) == []
    assert bench.found().cum_qty == 10
    [alarm] = bench.alarms
    assert "LastPx(31)=100.01 is beyond its limit" in alarm


def test_nothing_is_questioned_without_the_setting_or_a_reason() -> None:
    bench = Bench()
    bench.order()
    assert questions(trade(bench, tag11="NOBODY", tag37="B9")) == []
    bench = bench_of()
    bench.order()
    assert questions(trade(bench)) == []
    assert questions(trade(bench, tag17="")) == [], "it has no name"
    assert questions(trade(bench, tag17="E2", tag150="H", tag19="E9")) == [], "no trade"


def test_a_sale_may_beat_its_limit_and_not_fall_short_of_it() -> None:
    bench = bench_of()
    bench.order(tag54="5")
    assert questions(trade(bench, tag54="2", tag31="100.01")) == []
    assert questions(trade(bench, tag54="2", tag17="E2", tag31="99.99")) == ["E"]


@pytest.mark.parametrize(
    "version", ["FIX.4.0", "FIX.4.1", "FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP2"]
)
def test_every_version_takes_it(version: str) -> None:
    bench = bench_of(version)
    bench.order()
    [sent] = trade(bench, tag11="NOBODY", tag37="B9")
    fields = {tag for tag in sent if tag not in ("link", "35")}
    rules = builtin(version.replace(".", "")).messages["Q"]
    assert rules.required <= fields | {"8", "9", "10", "34", "35", "49", "52", "56"}


# --- of clients -----------------------------------------------------------------------------------


def test_a_client_that_does_not_know_a_trade_raises_an_alarm_and_is_not_answered() -> None:
    bench = Bench()
    bench.order()
    [report] = trade(bench)
    question = f"35=Q|37={report['37']}|17={report['17']}|127=D|55=IBM|54=1|38=100|58=not ours"
    assert bench.client(question) == []
    assert report["17"] in bench.alarms[-1]
    assert "DKReason(127)=D not ours" in bench.alarms[-1]
    assert bench.events[-1][1].startswith(b"TradeQuestioned\x011\x011")
    assert bench.refolded().book.open[1].cum_qty == 10, "what was executed was executed"


@pytest.mark.parametrize("exec_id", ["A-20261121-000001-2", "nonsense", "", "x" * 500])
def test_it_may_name_what_is_not_its_own(exec_id: str) -> None:
    bench = Bench()
    bench.order()
    trade(bench)
    assert bench.client(f"35=Q|37=O|17={exec_id}|127=Z|55=IBM|54=1|38=1", BETA) == []
    assert "not its own" in bench.alarms[-1]


def test_nobody_fills_snapshots_or_alarms_with_questions() -> None:
    bench = Bench(limits_off(cancel_rate_per_s=1, cancel_burst=3))
    bench.order()
    [report] = trade(bench)
    kept = list(bench.found().history or [])
    question = f"35=Q|37={report['37']}|17={report['17']}|127=D|55=IBM|54=1|38=100|58=not ours"
    for _ in range(3):
        assert bench.client(question) == []
    events, alarms = len(bench.events), len(bench.alarms)
    [refused] = bench.client(question)
    assert (refused["35"], refused["372"]) == ("j", "Q")
    assert refused["58"].startswith("REQUEST_RATE")
    assert (len(bench.events), len(bench.alarms)) == (events, alarms)
    assert bench.found().history == kept
    assert bench.refolded().book.open[1].history == kept
