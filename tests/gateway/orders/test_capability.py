"""What a broker's sheet lacks is refused before anything is reserved."""

from __future__ import annotations

import pytest

from gateway.orders.sheet import Sheet
from gateway.setup import Broker
from gateway.translate.dialects import DIALECTS
from tests.gateway.bench import Bench

REPLACE = "35=G|11=Y|41=X|55=IBM|54=1|38=90|40={}|{}60=20261121-12:00:00"


def bench_with(
    order_types: str = "market limit",
    times: str = "day gtc",
    messages: str = "replace status",
    features: str = "",
) -> Bench:
    bench = Bench()
    parts = (frozenset(text.split()) for text in (order_types, times, messages, features))
    bench.core.setup.brokers["SIM"].sheet = Sheet(*parts)
    return bench


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({"tag40": "3", "tag44": "", "tag99": "105"}, "order_type=stop"),
        ({"tag59": "3"}, "time_in_force=ioc"),
        ({"tag59": "6", "tag432": "20261130"}, "time_in_force=gtd"),
        ({"tag59": "7"}, "order_type=limit_on_close"),
        ({"tag40": "5", "tag44": ""}, "order_type=market_on_close"),
        ({"tag111": "10"}, "feature=iceberg"),
        ({"tag40": "P", "tag18": "a", "tag44": "", "tag211": "1"}, "order_type=trailing_stop"),
    ],
)
def test_what_a_broker_cannot_do_is_refused(fields: dict[str, str], lacks: str) -> None:
    bench = bench_with()
    [told] = bench.order(**fields)
    assert (told["150"], told["103"], told["58"]) == (
        "8",
        "11",
        f"BROKER_CANNOT: broker=SIM {lacks}",
    )
    assert bench.core.state.exposures.of("ACC").open_notional == 0
    assert [m["35"] for m in bench.order("Z", tag59="1")] == ["D"]


def test_a_replace_is_held_against_the_sheet_too() -> None:
    bench = bench_with()
    sent = bench.order()
    [told] = bench.client(REPLACE.format("3", "99=105|"))
    assert (told["35"], told["102"]) == ("9", "2")
    assert told["58"] == "BROKER_CANNOT: broker=SIM order_type=stop"
    bench.broker(f"35=8|11={sent[0]['11']}|37=B|17=E|150=F|39=2|32=100|31=100|14=100|151=0")
    [told] = bench.client(REPLACE.format("2", "44=100|").replace("11=Y", "11=Y2"))
    assert told["58"] == "BROKER_CANNOT: broker=SIM feature=enlarge_filled"


def test_a_broker_without_replaces_gets_none() -> None:
    bench = bench_with(messages="status")
    bench.order()
    [told] = bench.client(REPLACE.format("2", "44=100|"))
    assert told["58"] == "BROKER_CANNOT: broker=SIM message=replace"


def test_a_broker_without_status_requests_is_not_asked() -> None:
    bench = bench_with(messages="replace")
    bench.order()
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", bench.now))
    assert bench.found().unknown
    assert bench.took(bench.core.broker_up("SIM", bench.now)) == []


def test_without_a_sheet_a_broker_can_do_what_its_version_can_say() -> None:
    broker = Broker(name="B", link=9, dialect=DIALECTS["FIX.4.2"], resend_age_max_ns=0)
    assert "20" in broker.sheet.simple
    assert "market_if_touched" not in broker.sheet.order_types
