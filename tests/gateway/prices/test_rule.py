"""Which price is the reference price."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.prices.known import KnownPrices
from gateway.prices.rule import reference_price
from gateway.reference import Reference
from gateway.risk.fed_rates import FedRates
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import NOON, SECOND, Bench, instrument, limits_off
from tests.gateway.prices.fed import MS, FedBench, price

MAX_AGE_S, QUOTE_MAX_AGE_S = 3600, 60
ALL = ("last", "quote", "close")


def chosen(order: tuple[str, ...] = ALL, **ages_s: int) -> str:
    """The price that counts of those that are there, by their ages: last 1, bid 2, ask 4, so the
    middle 3, the close of the file 5, that of market data 6; "" for none.
    """
    known = KnownPrices()
    at = {name: NOON - age * SECOND for name, age in ages_s.items()}
    for kind, text in (("last", "1"), ("bid", "2"), ("ask", "4")):
        if kind in at:
            known.put("IBM", kind, price(text, at[kind]))
    if "fed" in at:
        known.put("IBM", "close", price("6", at["fed"]))
    closes = {"IBM": price("5", at["close"])} if "close" in at else {}
    data = Reference(
        {},
        closes,
        MAX_AGE_S * SECOND,
        price_order=order,
        quote_max_age_ns=QUOTE_MAX_AGE_S * SECOND,
    )
    found = reference_price(known, data, "IBM", NOON)
    return "" if found is None else str(found.price)


@pytest.mark.parametrize(
    ("ages_s", "wanted"),
    [
        ({}, ""),
        ({"last": 9, "bid": 0, "ask": 0, "close": 99}, "1"),
        ({"last": 9, "close": 8}, "5"),
        ({"last": 9, "close": 9}, "1"),
        ({"last": 9, "bid": 0, "ask": 0, "close": 8}, "3"),
        ({"bid": 0, "close": 99}, "5"),
        ({"ask": 0}, ""),
        ({"bid": 60, "ask": 0, "close": 99}, "3"),
        ({"bid": 61, "ask": 0, "close": 99}, "5"),
        ({"last": 3601, "close": 4000, "bid": 0, "ask": 0}, "3"),
        ({"last": 3601, "close": 4000}, "1"),
        ({"close": 5, "fed": 4}, "6"),
        ({"close": 5, "fed": 6}, "5"),
        ({"fed": 6}, "6"),
    ],
)
def test_the_first_that_is_there_and_fresh_counts(ages_s: dict[str, int], wanted: str) -> None:
    assert chosen(**ages_s) == wanted


def test_the_order_is_a_setting() -> None:
    everything = {"last": 9, "bid": 0, "ask": 0, "close": 8}
    assert chosen(("quote", "last"), **everything) == "3"
    assert chosen(("last", "quote"), **everything) == "1", "closes do not count at all"
    assert chosen(("close", "last"), **everything) == "5"


def test_a_crossed_quote_is_none() -> None:
    known = KnownPrices()
    known.put("IBM", "bid", price("4", NOON))
    known.put("IBM", "ask", price("3", NOON))
    assert known.mid("IBM") is None
    known.put("IBM", "bid", price("3", NOON))
    mid = known.mid("IBM")
    assert mid is not None, "a locked one is"
    assert mid.price == 3


def test_a_fed_rate_is_the_middle_or_the_trade_that_is_newer() -> None:
    rates = FedRates({"EUR": "EUR/USD"}, 10 * SECOND)
    assert rates.rate("EUR", NOON) is None
    rates.known.put("EUR/USD", "close", price("1", NOON))
    assert rates.rate("EUR", NOON) == 1
    rates.known.put("EUR/USD", "last", price("2", NOON + 1))
    assert rates.rate("EUR", NOON + 1) == 2
    for kind in ("bid", "ask"):
        rates.known.put("EUR/USD", kind, price("3", NOON + 2))
    assert rates.rate("EUR", NOON + 2) == 3
    rates.known.put("EUR/USD", "last", price("4", NOON + 3))
    assert rates.rate("EUR", NOON + 3) == 4
    assert rates.rate("EUR", NOON + 3 + 10 * SECOND) == 4
    assert rates.rate("EUR", NOON + 4 + 10 * SECOND) is None
    assert rates.rate("GBP", NOON) is None


def at_market(bench: Bench) -> str:
    [answer] = bench.order(tag40="1", tag44="")
    return answer.get("58", "")


def test_a_market_order_is_valued_at_the_reference_price_and_the_collar() -> None:
    bench = Bench(limits_off(price_collar_pct=5, max_notional=100_000))
    assert at_market(bench) == ""
    assert bench.found().terms.risk_price == 105
    assert bench.core.state.exposures.of("ACC").open_buys == 10_500


def test_a_market_order_without_a_fresh_price_is_refused_also_without_a_collar() -> None:
    bench = Bench(limits_off(max_notional=100_000))
    bench.now += 3601 * SECOND
    assert "REFERENCE_PRICE_STALE: symbol=IBM age_s=3601" in at_market(bench)
    [answer] = bench.order("L")
    assert answer["link"] == "3", "one with a price of its own needs none"
    assert "REFERENCE_PRICE_MISSING" in at_market(Bench(limits_off(max_notional=9), closes={}))


HOUR = 3600 * SECOND


def test_prices_are_as_old_as_they_were_when_the_clock_was_set_back() -> None:
    bench = FedBench(conflate_ns=0, closes={})
    bench.says("35=W|55=IBM|268=3|269=0|270=9|269=1|270=11|269=2|270=10")
    bench.says("35=W|55=MSFT|268=1|269=5|270=7")
    bench.now += SECOND
    before = bench.known()
    bench.took(bench.core.clock_set(-HOUR, bench.now - HOUR))
    bench.now -= HOUR
    shifted = {key: (text, ms - HOUR // MS, who) for key, (text, ms, who) in before.items()}
    assert bench.known() == bench.known(bench.refolded()) == shifted
    assert bench.known(bench.after_a_snapshot()) == shifted
    bench.core.state.prices.traded("IBM", Decimal(12), bench.now)
    assert bench.known()["IBM", "last"][0] == "12", "it is newer"


def test_what_waits_is_shifted_as_well() -> None:
    bench = FedBench(closes={})
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=10")
    bench.says("35=X|268=1|279=0|269=2|55=IBM|270=11")
    bench.took(bench.core.clock_set(-HOUR, bench.now - HOUR))
    bench.wake_ns -= HOUR
    bench.wake()
    assert bench.known()["IBM", "last"] == ("11", -HOUR // MS, "PRICES")


def test_a_price_of_a_time_to_come_is_not_fresh() -> None:
    assert chosen(last=-2, close=9) == "5"
    assert chosen(last=9, bid=-2, ask=-2) == "1"
    assert chosen(last=9, close=-2) == "1", "nor does such a close make the trade an old one"
    assert chosen(last=-2) == "1", "it refuses by its age"
    assert chosen(last=-1, close=9) == "1", "clocks are set by a little all the time"
    bench = Bench(limits_off(price_collar_pct=5), closes={"IBM": price("100", NOON + HOUR)})
    assert bench.order()[0]["58"] == "REFERENCE_PRICE_MISSING: symbol=IBM"
    bench = Bench(limits_off(price_collar_pct=5), closes={})
    bench.core.state.prices.put("IBM", "last", price("100", NOON + HOUR))
    assert bench.order()[0]["58"] == "REFERENCE_PRICE_STALE: symbol=IBM age_s=-3600"


def test_a_rate_of_a_time_to_come_is_none() -> None:
    rates = FedRates({"EUR": "EUR/USD"}, 10 * SECOND)
    rates.known.put("EUR/USD", "last", price("2", NOON + HOUR))
    assert rates.rate("EUR", NOON) is None
    for kind in ("bid", "ask"):
        rates.known.put("EUR/USD", kind, price("3", NOON))
    assert rates.rate("EUR", NOON) == 3


@pytest.mark.parametrize(
    "gone", ["268=1|279=2|269=0|55=EUR/USD", "268=1|279=1|269=0|55=EUR/USD|270=3"]
)
def test_executions_count_at_the_last_rate_that_was_known(gone: str) -> None:
    bench = FedBench(
        limits_off(max_gross_notional=1_000_000),
        symbols=("EUR/USD",),
        conflate_ns=0,
        instruments=[instrument(currency="EUR")],
        fed_rates={"EUR": "EUR/USD"},
    )
    bench.says("35=W|55=EUR/USD|268=2|269=0|270=1.9|269=1|270=2.1")
    bench.order()
    broker_id = bench.found().broker_cl_ord_id
    bench.says(f"35=X|{gone}")
    [refused] = bench.order("Y")
    assert refused["58"].startswith("FX_RATE_MISSING")
    told = f"35=8|11={broker_id}|37=B|17=E1|150=F|39=1|55=IBM|54=1|38=100|14=40|32=40|31=100|151=60"
    bench.broker(f"{told}|6=100")
    assert bench.core.state.exposures.of("ACC").bought == 40 * 100 * 2
    opening = list(snapshot(bench.core.state, bench.now))
    assert bench.refolded().exposures.of("ACC").bought == 40 * 100 * 2
    state = State(bench.limits, bench.refused_max, bench.parked_max)
    for time_ns, payload in opening:
        state.fold(payload, time_ns)
    assert state.exposures.of("ACC").bought == 40 * 100 * 2
