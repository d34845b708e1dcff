"""What the gateway does of an order that its broker can't: triggers, trails, expires."""

from __future__ import annotations

import pytest

from gateway.events import StopMoved
from gateway.orders.sheet import EMULATED, Sheet
from gateway.routing import Route
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, NOON, SECOND, SIM, Bench, message
from tests.gateway.orders.test_order_types import given
from tests.gateway.test_state import facts

STOP = {"tag40": "3", "tag44": "", "tag99": "105"}
STOP_LIMIT = {"tag40": "4", "tag44": "106", "tag99": "105"}
TOUCH = {"tag40": "J", "tag44": "", "tag99": "95"}
TRAILING = {"tag40": "P", "tag18": "a", "tag44": "", "tag211": "2"}
GTD = {"tag59": "6", "tag126": "20261121-13:00:00"}
HOUR = 3600 * SECOND
FRIDAY, SATURDAY = 20261120, 20261121


def emulating(
    trigger_on: str = "last", version: str = "FIX.4.4", routes: list[Route] | None = None
) -> Bench:
    """ACME has everything emulated; the broker takes market and limit orders."""
    bench = Bench(client_version=version, routes=routes)
    client = bench.core.setup.clients[ACME]
    client.emulates, client.trigger_on = frozenset(EMULATED), trigger_on
    bench.core.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"market", "limit"}),
        frozenset({"day", "gtc", "ioc", "fok"}),
        frozenset({"replace", "status"}),
        frozenset({"iceberg"}),
    )
    return bench


def at(bench: Bench, price: str, kind: str = "last", symbol: str = "IBM") -> list[dict[str, str]]:
    """A price is stated."""
    decision = bench.core.state_price(symbol, kind, price, "op", "test", bench.now)
    return bench.took(decision)


def to(link: int, sent: list[dict[str, str]]) -> list[dict[str, str]]:
    return [m for m in sent if m["link"] == str(link)]


def replace(bench: Bench, **changes: str) -> list[dict[str, str]]:
    fields = {"11": "Y", "41": "X", "55": "IBM", "54": "1", "38": "100"}
    fields |= {tag.removeprefix("tag"): value for tag, value in changes.items()}
    body = "|".join(f"{tag}={value}" for tag, value in fields.items() if value)
    return bench.client(f"35=G|{body}|60=20261121-12:00:00")


def assert_a_restart_finds_the_same(bench: Bench) -> None:
    state = bench.core.state
    assert facts(bench.refolded()) == facts(state)
    again = State(bench.limits, 100)
    for time_ns, payload in snapshot(state, bench.now):
        again.fold(payload, time_ns)
    for other in (bench.refolded(), again):
        assert other.holds.by_symbol.keys() == state.holds.by_symbol.keys()
        assert {n: o.terms.stop_px for n, o in other.held.items()} == {
            n: o.terms.stop_px for n, o in state.held.items()
        }
        watched = {n: (o.expires_ns, o.time_sent_as) for n, o in state.book.open.items()}
        found = {n: (o.expires_ns, o.time_sent_as) for n, o in other.book.open.items()}
        assert found == watched


@pytest.mark.parametrize(
    ("fields", "side", "stays", "triggers", "sent"),
    [
        (STOP, "1", "104.99", "105", {"40": "1"}),
        (STOP, "2", "105.01", "105", {"40": "1"}),
        (STOP_LIMIT, "1", "104.99", "105.5", {"40": "2", "44": "106"}),
        (STOP_LIMIT, "5", "105.01", "104", {"40": "2", "44": "106"}),
        (TOUCH, "1", "95.01", "95", {"40": "1"}),
        (TOUCH, "2", "94.99", "95", {"40": "1"}),
    ],
)
def test_an_order_is_held_until_its_price_comes(
    fields: dict[str, str], side: str, stays: str, triggers: str, sent: dict[str, str]
) -> None:
    bench = emulating()
    [told] = bench.order(tag54=side, tag59="1", **fields)
    assert (told["150"], told["39"], told["636"]) == ("0", "0", "N")
    assert told["58"] == "HELD: for=TRIGGER trigger_on=last"
    assert at(bench, stays) == []
    assert at(bench, triggers, symbol="MSFT") == []
    assert_a_restart_finds_the_same(bench)
    told, order = at(bench, triggers)
    assert (told["150"], told["378"], told["39"]) == ("D", "99", "0")
    assert told["58"] == f"TRIGGERED: last={triggers}"
    assert told["40"] == fields["tag40"], "to its client it is what it was"
    assert (order["35"], given(order, "40", "44", "99", "59")) == ("D", {**sent, "59": "1"})
    assert_a_restart_finds_the_same(bench)
    [fill] = to(
        ACME,
        bench.broker(f"35=8|11={order['11']}|37=B|17=E|150=F|39=2|32=100|31=105|14=100|151=0"),
    )
    assert (fill["150"], fill["39"], fill["40"]) == ("F", "2", fields["tag40"])


def test_a_trade_at_the_broker_triggers() -> None:
    bench = emulating(version="FIX.5.0SP2")
    [limit] = bench.order("L", tag44="110")
    bench.order("X", **STOP)
    sent = bench.broker(f"35=8|11={limit['11']}|37=B|17=E|150=F|39=1|32=10|31=105|14=10|151=90")
    assert [(m["35"], m["11"]) for m in to(ACME, sent)] == [("8", "L"), ("8", "X")]
    assert to(ACME, sent)[1]["150"] == "L"
    assert [m["40"] for m in to(SIM, sent)] == ["1"]


def test_a_trade_that_nobody_paid_triggers_nothing() -> None:
    bench = emulating()
    bench.core.state.brokers.in_memory.add("SIM")
    [limit] = bench.order("L", tag44="110")
    bench.order("X", **STOP)
    bench.broker(f"35=8|11={limit['11']}|37=B|17=E|150=F|39=1|32=10|31=105|14=10|151=90")
    assert bench.found().held is not None


def test_on_quotes_a_buy_looks_at_the_ask_and_a_sell_at_the_bid() -> None:
    bench = emulating("quote")
    bench.order("B", **STOP)
    bench.order("S", tag54="2", tag40="3", tag44="", tag99="95")
    assert at(bench, "120") == at(bench, "120", "bid") == at(bench, "90", "ask") == []
    assert [m["54"] for m in to(SIM, at(bench, "105", "ask"))] == ["1"]
    assert_a_restart_finds_the_same(bench)
    assert [m["54"] for m in to(SIM, at(bench, "95", "bid"))] == ["2"]


def test_a_price_that_is_there_already_triggers_at_once_unless_it_is_stale() -> None:
    bench = emulating()
    at(bench, "106")
    sent = bench.order("A", **STOP)
    assert [(m["35"], m.get("150")) for m in sent] == [("8", "0"), ("8", "D"), ("D", None)]
    bench.now += HOUR + SECOND  # older than the reference price may be
    assert [m["150"] for m in bench.order("B", **STOP)] == ["0"]
    assert [m["35"] for m in at(bench, "106")] == ["8", "D"]


@pytest.mark.parametrize(
    ("side", "prices", "stops", "triggers"),
    [
        ("2", ["100", "101", "100.5", "103", "102"], ["98", "99", "99", "101", "101"], "101"),
        ("1", ["100", "99", "99.5", "97", "98"], ["102", "101", "101", "99", "99"], "99"),
    ],
)
def test_a_trailing_stop_follows_the_price_one_way(
    side: str, prices: list[str], stops: list[str], triggers: str
) -> None:
    bench = emulating()
    at(bench, "100")
    [told] = bench.order(tag54=side, **TRAILING)
    assert (told["150"], told["99"]) == ("0", stops[0])
    for price, stop in zip(prices, stops, strict=True):
        assert at(bench, price) == []
        assert bench.found().terms.stop_px == stop
    moved = [p for _, p in bench.events if p.startswith(StopMoved.__name__.encode())]
    assert len(moved) == len(set(stops)), "nothing is kept of prices that move no stop"
    assert_a_restart_finds_the_same(bench)
    history = [payload.partition(b"\x01")[0] for _, payload in bench.found().history or []]
    assert history.count(b"StopMoved") == 2, "the first, and where it stands"
    [order] = to(SIM, at(bench, triggers))
    assert given(order, "40", "99", "18", "211") == {"40": "1"}


def test_a_trailing_stop_begins_where_its_client_says_or_at_the_price_of_now() -> None:
    bench = emulating()
    [told] = bench.order("A", **TRAILING)
    assert (told["150"], told["58"]) == ("8", "REFERENCE_PRICE_MISSING: symbol=IBM")
    assert bench.core.state.exposures.of("ACC").open_notional == 0
    [told] = bench.order("B", tag54="2", tag99="97", **TRAILING)
    assert (told["150"], told["99"]) == ("0", "97")
    at(bench, "98.5")
    assert bench.found("B").terms.stop_px == "97"
    at(bench, "100")
    assert bench.found("B").terms.stop_px == "98"


@pytest.mark.parametrize(
    ("fields", "lacks"),
    [
        ({**STOP, "tag59": "2"}, "order_type=stop time_in_force=opg"),
        ({"tag59": "2"}, "time_in_force=opg"),
        ({"tag40": "P", "tag18": "R"}, "order_type=pegged"),
        ({**STOP, "tag1107": "3"}, "order_type=stop TriggerPriceType(1107)=3"),
        (
            {**TRAILING, "tag836": "1"},
            "order_type=trailing_stop PegOffsetType(836)=1",
        ),
    ],
)
def test_what_cannot_be_emulated_is_refused(fields: dict[str, str], lacks: str) -> None:
    [told] = emulating().order(**fields)
    assert told["58"] == f"BROKER_CANNOT: broker=SIM {lacks}"


def test_what_a_client_says_of_a_trigger_is_heeded_and_not_sent_on() -> None:
    bench = emulating(version="FIX.5.0SP2")
    [told] = bench.order("A", tag1100="4", tag1107="2", tag1102="105", **STOP)
    assert told["150"] == "0"
    [order] = to(SIM, at(bench, "105"))
    assert given(order, "1100", "1102", "1107") == {}
    [told] = bench.order("B", **{**TRAILING, "tag211": "0"})
    assert told["58"] == "FIELD_INVALID: PegOffsetValue(211)=0"


def test_what_a_report_triggers_does_not_change_whom_it_is_about() -> None:
    bench = emulating()
    [limit] = bench.order("L", tag44="110")
    bench.order("X", **STOP)
    body = f"11={limit['11']}|37=B|17=E|150=F|39=1|32=10|31=105|14=10|151=90"
    decision = bench.core.message(SIM, message("8", body), "", NOON)
    assert decision.order_no == bench.found("L").order_no


def test_a_paper_broker_without_gtd_is_looked_after_too() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    [sent] = replace(bench, tag40="2", tag44="100", tag59="1")
    report = {"11": sent["11"], "41": order["11"], "37": "B", "150": "5", "39": "0"}
    bench.took(bench.core.report("SIM", report, NOON))
    assert bench.found().expires_ns == 0
    assert bench.took(bench.core.tick(NOON + 2 * HOUR)) == []


def test_nothing_is_emulated_that_the_client_did_not_ask_for_or_that_ends_in_nothing() -> None:
    bench = emulating()
    bench.core.setup.clients[ACME].emulates = frozenset({"stop_limit"})
    assert bench.order("A", **STOP)[0]["58"] == "BROKER_CANNOT: broker=SIM order_type=stop"
    assert bench.order("B", **STOP_LIMIT)[0]["150"] == "0"
    bench.core.setup.brokers["SIM"].sheet.order_types = frozenset({"market"})
    told = bench.order("C", **STOP_LIMIT)[0]
    assert told["58"] == "BROKER_CANNOT: broker=SIM order_type=stop_limit"


def test_a_held_stop_is_replaced_here_and_may_trigger_by_that() -> None:
    bench = emulating()
    bench.order(**STOP)
    at(bench, "103")
    [told] = replace(bench, tag40="3", tag99="104")
    assert (told["150"], told["99"], told["636"]) == ("5", "104", "N")
    [told] = replace(bench, tag11="Z", tag41="Y", tag40="2", tag44="100")
    assert (told["35"], told["58"]) == ("9", "FIELD_CHANGED: OrdType(40)=3")
    sent = replace(bench, tag11="W", tag41="Y", tag40="3", tag99="102")
    assert [(m["35"], m.get("150")) for m in sent] == [("8", "5"), ("8", "D"), ("D", None)]
    assert_a_restart_finds_the_same(bench)


def test_a_trailing_stop_keeps_its_place_when_it_is_replaced() -> None:
    bench = emulating()
    at(bench, "100")
    bench.order(tag54="2", **TRAILING)
    at(bench, "105")
    [told] = replace(bench, tag54="2", tag38="50", tag40="P", tag18="a", tag211="3")
    assert (told["150"], told["99"]) == ("5", "103")
    at(bench, "107")
    assert bench.found().terms.stop_px == "104", "107 less the new offset"
    at(bench, "106.5")
    assert bench.found().terms.stop_px == "104"


def test_once_triggered_it_is_replaced_and_canceled_at_its_broker_as_what_it_is_there() -> None:
    bench = emulating()
    bench.order(**STOP_LIMIT)
    order = to(SIM, at(bench, "105"))[0]
    bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")
    [sent] = replace(bench, tag40="4", tag44="107", tag99="105")
    assert (sent["35"], given(sent, "40", "44", "99")) == ("G", {"40": "2", "44": "107"})
    told = bench.broker(f"35=8|11={sent['11']}|41={order['11']}|37=B|17=0|150=5|39=0")
    assert [(m["150"], m["40"], m["44"]) for m in told] == [("5", "4", "107")]
    [sent] = bench.client("35=F|11=C|41=Y|55=IBM|54=1|60=20261121-12:00:00")
    assert sent["35"] == "F"


def test_while_it_is_halted_nothing_triggers() -> None:
    bench = emulating()
    bench.order(**STOP)
    bench.took(bench.core.halt("client:ACME", False, "op", "why", NOON))
    assert at(bench, "105") == []
    sent = bench.took(bench.core.resume("client:ACME", "op", "why", NOON))
    assert [m["35"] for m in sent] == ["8", "D"]


def test_triggered_while_its_broker_is_down_it_is_over_or_waits() -> None:
    queues = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=30 * SECOND)
    for routes, ends in ((None, ["D", "8"]), ([queues], ["D"])):
        bench = emulating(routes=routes)
        bench.order(**STOP)
        bench.core.setup.brokers["SIM"].up = False
        assert [m["150"] for m in at(bench, "105")] == ends
        sent = bench.took(bench.core.broker_up("SIM", bench.now))
        assert [m["40"] for m in sent] == ([] if "8" in ends else ["1"])


def test_the_gateway_ends_what_its_broker_would_not() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    assert given(order, "59", "126", "432") == {"59": "1"}
    [told] = bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")
    assert given(told, "59", "126") == {"59": "6", "126": "20261121-13:00:00"}
    assert bench.took(bench.core.tick(NOON + HOUR - SECOND)) == []
    assert_a_restart_finds_the_same(bench)
    [cancel] = bench.took(bench.core.tick(NOON + HOUR))
    assert (cancel["35"], cancel["41"]) == ("F", order["11"])
    assert bench.took(bench.core.tick(NOON + HOUR + SECOND)) == []
    [told] = bench.broker(
        f"35=8|11={cancel['11']}|41={order['11']}|37=B|17=0|150=4|39=4|14=0|151=0"
    )
    assert (told["150"], told["39"], told["151"]) == ("C", "C", "0")
    assert (told["11"], told["58"]) == ("X", "canceled by expiry at 20261121-13:00:00")
    assert bench.found().closed
    assert_a_restart_finds_the_same(bench)


def test_an_expiry_is_seen_to_until_it_is_done() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    bench.core.setup.brokers["SIM"].up = False
    assert bench.took(bench.core.tick(NOON + HOUR)) == []
    bench.core.setup.brokers["SIM"].up = True
    [cancel] = bench.took(bench.core.tick(NOON + HOUR + 61 * SECOND))
    bench.broker(f"35=9|11={cancel['11']}|41={order['11']}|37=B|39=0|434=1|102=2|58=no")
    assert "expiry at" in bench.alarms[-1]
    assert bench.took(bench.core.tick(NOON + HOUR + 100 * SECOND)) == []
    [cancel] = bench.took(bench.core.tick(NOON + HOUR + 122 * SECOND))
    assert cancel["35"] == "F"


def test_a_fill_during_the_last_cancel_counts() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    [cancel] = bench.took(bench.core.tick(NOON + HOUR))
    bench.broker(f"35=8|11={order['11']}|37=B|17=E|150=F|39=1|32=40|31=100|14=40|151=60")
    [told] = bench.broker(
        f"35=8|11={cancel['11']}|41={order['11']}|37=B|17=0|150=4|39=4|14=40|151=0"
    )
    assert (told["150"], told["39"], told["14"]) == ("C", "C", "40")


def test_an_expiry_moves_with_a_replace() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")
    [sent] = replace(bench, tag40="2", tag44="100", tag59="6", tag432="20261122")
    assert given(sent, "59", "126", "432") == {"59": "1"}
    bench.broker(f"35=8|11={sent['11']}|41={order['11']}|37=B|17=0|150=5|39=0")
    assert bench.took(bench.core.tick(NOON + HOUR)) == []
    assert_a_restart_finds_the_same(bench)
    midnight = NOON + 12 * HOUR + 24 * HOUR
    assert bench.took(bench.core.tick(midnight - SECOND)) == []
    assert [m["35"] for m in bench.took(bench.core.tick(midnight))] == ["F"]


def test_an_expiry_that_is_no_more_ends_nothing() -> None:
    bench = emulating()
    [order] = bench.order(**GTD)
    [sent] = replace(bench, tag40="2", tag44="100", tag59="0")
    assert sent["59"] == "0"
    bench.broker(f"35=8|11={sent['11']}|41={order['11']}|37=B|17=0|150=5|39=0")
    assert bench.took(bench.core.tick(NOON + 2 * HOUR)) == []
    [told] = replace(bench, tag11="Z", tag41="Y", tag40="2", tag44="100", **GTD)
    assert told["58"] == "BROKER_CANNOT: broker=SIM time_in_force=gtd"


def test_a_held_order_expires_here() -> None:
    bench = emulating()
    bench.order(**STOP, **GTD)
    [told] = bench.took(bench.core.tick(NOON + HOUR))
    assert (told["150"], told["39"], told["58"]) == ("C", "C", "EXPIRED: at=20261121-13:00:00")
    assert not bench.core.state.held
    assert at(bench, "105") == []
    assert_a_restart_finds_the_same(bench)


def test_a_stop_that_triggers_keeps_its_expiry() -> None:
    bench = emulating()
    bench.order(**STOP_LIMIT, **GTD)
    [order] = to(SIM, at(bench, "105"))
    assert given(order, "40", "44", "59", "126") == {"40": "2", "44": "106", "59": "1"}
    assert [m["35"] for m in bench.took(bench.core.tick(NOON + HOUR))] == ["F"]


def test_a_broker_with_gtd_keeps_the_expiry_of_what_triggered_here_itself() -> None:
    bench = emulating()
    sheet = bench.core.setup.brokers["SIM"].sheet
    sheet.times_in_force |= {"gtd"}
    bench.order(**STOP_LIMIT, **GTD)
    [order] = to(SIM, at(bench, "105"))
    assert given(order, "40", "59", "126") == {"40": "2", "59": "6", "126": "20261121-13:00:00"}
    assert bench.took(bench.core.tick(NOON + HOUR)) == []


@pytest.mark.parametrize("fields", [STOP, {**STOP, "tag59": "6", "tag432": "20261120"}])
def test_what_is_held_ends_with_its_business_date(fields: dict[str, str]) -> None:
    bench = emulating()
    bench.now -= 24 * HOUR
    bench.roll_day(FRIDAY)
    bench.order(**fields)
    bench.order("GTC", **STOP, tag59="1")
    bench.now += 24 * HOUR
    [told] = to(ACME, bench.roll_day(SATURDAY))
    assert (told["11"], told["150"], told["39"]) == ("X", "C", "C")
    assert list(bench.core.state.held) == [bench.found("GTC").order_no]
    bench.took(bench.core.tick(bench.now + HOUR))
    assert not any(order.unknown for order in bench.core.state.book.open.values())
    assert_a_restart_finds_the_same(bench)


def test_an_expire_date_is_over_with_the_business_date() -> None:
    bench = emulating()
    bench.now -= 24 * HOUR
    bench.roll_day(FRIDAY)
    [order] = bench.order(tag59="6", tag432="20261120")
    bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")
    assert bench.took(bench.core.tick(NOON)) == [], "by UTC it is Saturday, here it is not"
    bench.now = NOON + HOUR
    assert bench.roll_day(SATURDAY) == []
    [cancel] = bench.took(bench.core.tick(bench.now + 61 * SECOND))
    assert (cancel["35"], cancel["41"]) == ("F", order["11"])
    bench.now += HOUR
    bench.took(bench.core.tick(bench.now))
    assert not bench.found().unknown
    assert_a_restart_finds_the_same(bench)


def test_what_expired_before_it_came_is_refused() -> None:
    [told] = emulating().order(tag59="6", tag126="20261121-11:59:59")
    assert told["58"] == "EXPIRY_PAST: expires=20261121-11:59:59"


def triggered(bench: Bench, price: str, **fields: str) -> None:
    """An order of the client that has triggered, and its broker has it."""
    bench.order(**fields)
    [order] = to(SIM, at(bench, price))
    bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")


@pytest.mark.parametrize(
    ("changes", "named"),
    [
        ({"tag40": "3", "tag99": "200"}, "OrdType(40)=4"),
        ({"tag40": "1"}, "OrdType(40)=4"),
        ({"tag40": "2", "tag44": "106"}, "OrdType(40)=4"),
        ({"tag40": "4", "tag44": "201", "tag99": "200"}, "StopPx(99)=105"),
    ],
)
def test_what_has_triggered_waits_for_no_other_price(changes: dict[str, str], named: str) -> None:
    bench = emulating()
    triggered(bench, "105", **STOP_LIMIT)
    [refused] = replace(bench, **changes)
    assert (refused["35"], refused["58"]) == ("9", f"FIELD_CHANGED: {named}")
    [sent] = replace(bench, tag11="Z", tag38="50", tag40="4", tag44="107", tag99="105.0")
    assert (sent["35"], sent["40"], sent["38"], sent["44"]) == ("G", "2", "50", "107")


def test_a_trailing_stop_that_has_triggered_stays_where_it_got_to() -> None:
    bench = emulating()
    at(bench, "100")
    bench.order(tag54="2", **TRAILING)
    at(bench, "105")
    [order] = to(SIM, at(bench, "103"))
    bench.broker(f"35=8|11={order['11']}|37=B|17=0|150=0|39=0")
    fields = {"tag54": "2", "tag38": "50", "tag40": "P", "tag18": "a", "tag211": "2"}
    [refused] = replace(bench, tag99="90", **fields)
    assert refused["58"] == "FIELD_CHANGED: StopPx(99)=103"
    [sent] = replace(bench, tag11="Z", **fields)
    assert (sent["35"], sent["40"], sent["38"]) == ("G", "1", "50")
    bench.broker(f"35=8|11={sent['11']}|41={order['11']}|37=B|17=1|150=5|39=0|38=50")
    assert bench.found().terms.stop_px == "103"
