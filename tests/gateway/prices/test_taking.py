"""Market data: asked for, taken, conflated, told once, and kept over a restart."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import PricesFed, decode
from gateway.orders.sheet import Sheet
from gateway.translate.market_data import read_changes
from tests.gateway.bench import NOON, instrument, limits_off, message
from tests.gateway.prices.fed import MS, FedBench

QUOTE = "35=W|55=IBM|268=2|269=0|270=99|271=5|269=1|270=101|271=5"


def facts(bench: FedBench) -> list[PricesFed]:
    told = [decode(payload) for _, payload in bench.events]
    return [event for event in told if isinstance(event, PricesFed)]


def test_all_symbols_are_asked_for_in_batches_after_each_logon() -> None:
    bench = FedBench(symbols=("A", "B", "C"), per_request=2, kinds=("bid", "last"))
    first, second = bench.asked
    assert (first["35"], first["263"], first["264"], first["265"]) == ("V", "1", "1", "1")
    assert (first["146"], second["146"], second["55"]) == ("2", "1", "C")
    assert (first["267"], first["269"]) == ("2", "2"), "the last of two"
    assert first["262"] != second["262"]
    bench.setup.feed_gone(4)
    bench.now += MS
    again = bench.took(bench.core.feed_up(4, bench.now))
    assert [one["146"] for one in again] == ["2", "1"]
    assert again[0]["262"] not in (first["262"], second["262"])


def test_symbols_that_a_reload_brings_are_asked_for_while_it_is_there() -> None:
    bench = FedBench(symbols=("A",))
    bench.feed.symbols |= {"B"}
    [asked] = bench.took(bench.core.ask_prices(bench.now))
    assert (asked["35"], asked["146"], asked["55"]) == ("V", "1", "B")
    assert bench.took(bench.core.ask_prices(bench.now)) == []
    bench.setup.feed_gone(4)
    bench.feed.symbols |= {"C"}
    assert bench.took(bench.core.ask_prices(bench.now)) == [], "there is nobody to ask"


def test_a_snapshot_is_told_at_once_and_the_next_when_the_interval_is_over() -> None:
    bench = FedBench()
    bench.says(QUOTE)
    quote = {("IBM", "bid"): ("99", 0, "PRICES"), ("IBM", "ask"): ("101", 0, "PRICES")}
    assert bench.known() == quote
    for at, ask in enumerate(("102", "103", "104"), 1):
        bench.now = NOON + at * MS
        bench.says(f"35=X|268=1|279=1|269=1|55=IBM|270={ask}")
        assert bench.known() == quote
    assert bench.wake_ns == NOON + 100 * MS
    bench.wake()
    assert bench.known() == quote | {("IBM", "ask"): ("104", 3, "PRICES")}
    assert len(facts(bench)) == 2, "three changes are one fact"
    assert (bench.feed.counts.came, bench.feed.counts.conflated) == (5, 2)


def test_prices_survive_a_restart_and_a_new_segment_with_time_and_source() -> None:
    bench = FedBench(kinds=("bid", "ask", "last", "close"))
    bench.says("35=W|55=IBM|268=3|269=0|270=99|269=2|270=100.50|269=5|270=98")
    bench.now += 200 * MS
    bench.order()
    bench.broker(
        f"35=8|37=S1|17=E1|11={bench.found().broker_cl_ord_id}|150=0|39=0|151=100|14=0|6=0"
    )
    bench.took(bench.core.state_price("MSFT", "ask", "7", "op", "", bench.now))
    told = bench.known()
    assert told["IBM", "close"] == ("98", 0, "PRICES")
    assert told["MSFT", "ask"] == ("7", 200, "operator")
    assert bench.known(bench.refolded()) == told
    assert bench.known(bench.after_a_snapshot()) == told


def test_a_side_that_is_gone_is_gone_also_after_a_restart() -> None:
    bench = FedBench()
    bench.says(QUOTE)
    bench.now += 200 * MS
    bench.says("35=X|268=1|279=2|269=0|55=IBM")
    assert set(bench.known()) == {("IBM", "ask")}
    bench.now += 200 * MS
    bench.says("35=W|55=IBM|268=1|269=2|270=5")
    assert set(bench.known()) == {("IBM", "last")}
    assert set(bench.known(bench.refolded())) == {("IBM", "last")}


def test_the_best_of_a_side_is_told_once_a_message() -> None:
    bench = FedBench()
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=5")
    entries = "|".join(f"279=0|269=0|278={n}|55=IBM|270={100 - n}" for n in range(50))
    bench.says(f"35=X|268=52|{entries}|279=2|269=0|278=0|279=0|269=1|55=IBM|270=101")
    counts = bench.feed.counts
    assert (counts.came, counts.conflated) == (53, 50), "all of the bid but the last"
    bench.wake()
    assert {place: known[0] for place, known in bench.known().items()} == {
        ("IBM", "last"): "5",
        ("IBM", "bid"): "99",
        ("IBM", "ask"): "101",
    }


def test_ids_of_a_side_that_is_deleted_whole_are_forgotten() -> None:
    bench = FedBench(conflate_ns=0)
    for number in range(3):
        bench.says(f"35=X|268=1|279=0|269=0|278=id{number}|55=IBM|270=99")
        bench.says("35=X|268=1|279=2|269=0|55=IBM")
    assert (bench.feed.places, bench.feed.sides, bench.known()) == ({}, {}, {})


def test_a_side_that_is_gone_before_it_was_told_is_not_told() -> None:
    bench = FedBench()
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=5")
    bench.says("35=W|55=IBM|268=2|269=0|270=99|269=1|270=101")
    bench.says("35=W|55=IBM|268=1|269=1|270=102")
    bench.wake()
    assert set(bench.known()) == {("IBM", "last"), ("IBM", "ask")}


def test_entries_are_changed_and_deleted_by_their_ids_and_the_best_counts() -> None:
    bench = FedBench(conflate_ns=0)
    bench.says("35=X|268=2|279=0|269=0|278=a|55=IBM|270=99|279=0|269=0|278=b|270=98")
    assert bench.known()["IBM", "bid"][0] == "99"
    bench.says("35=X|268=1|279=1|278=b|270=100")
    assert bench.known()["IBM", "bid"][0] == "100"
    bench.says("35=X|268=1|279=2|278=b")
    assert bench.known()["IBM", "bid"][0] == "99"
    bench.says("35=X|268=1|279=0|269=0|278=c|280=a|270=97")
    assert bench.known()["IBM", "bid"][0] == "97", "it takes the place of a"
    bench.says("35=X|268=1|279=2|278=c")
    assert bench.known() == {}


def test_an_empty_book_has_neither_side() -> None:
    bench = FedBench(conflate_ns=0)
    bench.says(QUOTE)
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=100")
    bench.says("35=X|268=2|279=0|269=J|55=IBM|279=0|269=J|55=MSFT")
    assert set(bench.known()) == {("IBM", "last")}
    assert len(facts(bench)) == 3, "of MSFT nothing was known"
    bench.says("35=X|268=3|279=0|269=1|55=IBM|270=9|279=0|269=J|55=IBM|279=0|269=0|55=IBM|270=98")
    assert set(bench.known()) == {("IBM", "last"), ("IBM", "bid")}
    bench.says("35=W|55=IBM|268=1|269=J")
    assert set(bench.known()) == {("IBM", "last")}
    assert bench.alarms == []


def test_a_change_without_a_price_says_that_it_stands() -> None:
    bench = FedBench(conflate_ns=0)
    bench.says("35=X|268=2|279=0|269=0|278=a|55=IBM|270=99|279=0|269=1|55=IBM|270=101")
    bench.now += 200 * MS
    bench.says("35=X|268=2|279=1|278=a|271=7|279=1|269=1|55=IBM|271=7")
    assert bench.known() == {
        ("IBM", "bid"): ("99", 200, "PRICES"),
        ("IBM", "ask"): ("101", 200, "PRICES"),
    }
    assert bench.alarms == []
    bench.says("35=X|268=1|279=1|269=0|278=b|55=IBM|271=7")
    [alarm] = bench.alarms
    assert "bid '' of IBM is no price above 0: not taken" in alarm, "of an entry nobody told"


def test_what_an_entry_does_not_say_is_that_of_the_one_before() -> None:
    body = "268=3|279=0|269=0|55=IBM|270=1|279=0|269=1|270=2|279=0|269=1|55=MSFT|270=3"
    entries = read_changes(message("X", body), {})
    assert [(e.symbol, e.kind, e.price) for e in entries] == [
        *(("IBM", "bid", "1"), ("IBM", "ask", "2"), ("MSFT", "ask", "3"))
    ]


@pytest.mark.parametrize("bad", ["0", "-1", "NaN", "inf", "1e3", "", "9" * 60])
def test_what_is_no_price_is_not_taken_and_told_once(bad: str) -> None:
    bench = FedBench(conflate_ns=0)
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=100")
    for _ in range(3):
        bench.says(f"35=X|268=1|279=1|269=2|55=IBM|270={bad}", "270 is not a price")
    assert bench.known()["IBM", "last"][0] == "100"
    [alarm] = bench.alarms
    assert "of IBM is no price above 0: not taken" in alarm
    assert bench.feed.counts.bad == 3
    bench.says("35=X|268=1|279=1|269=2|55=IBM|270=101")
    bench.says(f"35=X|268=1|279=1|269=2|55=IBM|270={bad}")
    assert len(bench.alarms) == 2, "after a good one it is news again"


def test_symbols_that_nobody_asked_for_are_counted_and_ignored() -> None:
    bench = FedBench()
    bench.says("35=W|55=GME|268=1|269=2|270=9")
    bench.says("35=X|268=1|279=0|269=2|55=XYZ|270=9")
    assert (bench.known(), bench.alarms, facts(bench)) == ({}, [], [])
    assert bench.feed.counts.unknown == 2


def test_what_comes_again_is_old_and_not_taken() -> None:
    bench = FedBench()
    bench.says("35=W|43=Y|55=IBM|268=1|269=2|270=9")
    assert bench.known() == {}
    bench.says("35=W|43=N|55=IBM|268=1|269=2|270=9")
    assert set(bench.known()) == {("IBM", "last")}


def test_of_a_refused_request_the_symbol_that_is_the_reason_is_named_and_the_others_come() -> None:
    bench = FedBench()
    request_id = bench.asked[0]["262"]
    halves = bench.says(f"35=Y|262={request_id}|281=0|58=no such symbol")
    assert [(m["35"], m["146"]) for m in halves] == [("V", "1"), ("V", "1")]
    assert bench.alarms == []
    assert bench.says(f"35=Y|262={halves[0]['262']}|281=0|58=no such symbol") == []
    [alarm] = bench.alarms
    told = (
        f"a request for symbol {halves[0]['55']} is refused: MDReqRejReason(281)=0 no such symbol"
    )
    assert told in alarm


def test_a_request_that_is_refused_for_another_reason_is_an_alarm() -> None:
    bench = FedBench()
    request_id = bench.asked[0]["262"]
    assert bench.says(f"35=Y|262={request_id}|281=4|58=no updates") == []
    [alarm] = bench.alarms
    assert "a request for 2 symbols is refused: MDReqRejReason(281)=4 no updates" in alarm


def test_so_is_one_that_is_refused_by_its_number_and_nothing_else_happens() -> None:
    bench = FedBench()
    refused = message("V", f"262={bench.asked[0]['262']}|263=1")
    assert bench.took(bench.core.refused_by_broker(4, refused, "unknown symbol", bench.now)) == []
    assert bench.took(bench.core.refused_by_broker(4, message("j", "372=8"), "", bench.now)) == []
    assert bench.alarms[0] == (
        "market data PRICES: a request for 2 symbols is refused: unknown symbol"
    )


def test_a_message_of_another_kind_is_answered_and_changes_nothing() -> None:
    bench = FedBench()
    [answer] = bench.says("35=8|11=X|150=2|39=2|55=IBM|31=5|32=5")
    assert (answer["35"], answer["372"]) == ("j", "8")
    assert bench.known() == {}


@pytest.mark.parametrize(("by_entry_time", "age_ms"), [(True, -1000), (False, 0)])
def test_a_price_is_as_old_as_its_message_or_as_it_says(by_entry_time: bool, age_ms: int) -> None:
    bench = FedBench(by_entry_time=by_entry_time, conflate_ns=0)
    bench.says("35=W|55=IBM|268=1|269=1|270=101|272=20261121|273=11:59:59")
    assert bench.known()["IBM", "ask"][1] == age_ms
    bench.says("35=W|55=MSFT|268=1|269=1|270=101|272=20261121|273=12:00:09")
    assert bench.known()["MSFT", "ask"][1] == 0, "not in the future"


def test_an_older_trade_that_is_told_late_is_not_the_last() -> None:
    bench = FedBench(by_entry_time=True, conflate_ns=0)
    bench.says("35=W|55=IBM|268=1|269=2|270=101|272=20261121|273=11:59:59")
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=90|272=20261121|273=11:59:58")
    assert bench.known()["IBM", "last"][0] == "101"


def test_prices_go_on_when_the_clock_was_set_back() -> None:
    bench = FedBench()
    bench.says("35=W|55=IBM|268=1|269=2|270=100")
    bench.now -= 3600 * 1000 * MS
    bench.says("35=W|55=IBM|268=1|269=2|270=101")
    assert bench.known()["IBM", "last"][0] == "101"


def test_orders_that_wait_for_a_price_are_triggered_when_it_is_told() -> None:
    bench = FedBench()
    client = bench.setup.clients[1]
    client.emulates, client.trigger_on = frozenset({"stop"}), "quote"
    bench.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"market", "limit"}), frozenset({"day"}), frozenset({"replace"}), frozenset()
    )
    bench.says(QUOTE)
    bench.order(tag40="3", tag44="", tag99="103")
    assert bench.found().held is not None
    bench.says("35=X|268=1|279=1|269=1|55=IBM|270=104")
    assert bench.found().held is not None, "not before it is told"
    sent = bench.wake()
    assert [(one["link"], one["35"]) for one in sent if one["link"] == "3"] == [("3", "D")]
    assert bench.found().held is None


def test_market_data_on_a_brokers_session_is_taken_the_same_way() -> None:
    bench = FedBench()
    bench.setup.feeds[3] = bench.feed
    bench.broker(QUOTE)
    assert bench.known()["IBM", "bid"] == ("99", 0, "PRICES")
    assert bench.alarms == []


def test_many_entries_are_few_facts() -> None:
    symbols = tuple(f"S{number}" for number in range(1200))
    bench = FedBench(symbols=symbols)
    bench.says(QUOTE.replace("IBM", "S0"))
    for symbol in symbols:
        bench.says(f"35=W|55={symbol}|268=2|269=0|270=99|269=1|270=101")
    bench.wake()
    assert len(facts(bench)) == 1 + 5, "500 prices a fact"
    assert len(bench.known()) == 2400


def test_a_fed_rate_values_orders_and_refuses_when_it_is_missing_or_stale() -> None:
    bench = FedBench(
        limits_off(max_notional=1100),
        symbols=("EUR/USD",),
        instruments=[instrument(), instrument("SAP", currency="EUR", multiplier=Decimal(2))],
        closes={},
        fed_rates={"EUR": "EUR/USD"},
    )
    [answer] = bench.order("A", tag55="SAP", tag38="5", tag44="100")
    assert "FX_RATE_MISSING: symbol=SAP currency=EUR rate=EUR/USD" in answer["58"]
    bench.says("35=W|55=EUR/USD|268=2|269=0|270=1.08|269=1|270=1.10")
    bench.order("B", tag55="SAP", tag38="5", tag44="100")
    order = bench.found("B")
    assert order.terms.risk_price == Decimal("218")
    assert bench.core.state.exposures.of("ACC").open_buys == 1090
    [answer] = bench.order("C", tag55="SAP", tag38="6", tag44="100")
    assert "MAX_NOTIONAL" in answer["58"]
    bench.now += 3601 * 1000 * MS
    [answer] = bench.order("D", tag55="SAP", tag38="5", tag44="100")
    assert "rate=EUR/USD age_s=3601" in answer["58"]
    assert bench.order("E", tag38="5")[0]["link"] == "3", "its currency needs no rate"
