"""Orders that a client gave its broker by voice: they begin with the broker's first report."""

from __future__ import annotations

import pytest

from gateway.events import OrderReplaced, encode
from tests.gateway.bench import ACME, BETA, SIM, Bench, limits_off

NEW = "35=8|37=V1|17=E1|150=0|39=0|1=PHONE|55=IBM|54=1|38=500|40=2|44=99|14=0|151=500"
FILL = "35=8|37=V1|17=E2|150=F|39=1|1=PHONE|55=IBM|54=1|38=500|32=200|31=99|14=200|151=300"


def reporting() -> Bench:
    bench = Bench(limits_off())
    bench.setup.brokers["SIM"].verbal_orders = True
    bench.setup.clients[ACME].accounts = frozenset({"ACC", "PHONE"})
    return bench


def test_the_client_of_the_account_is_told_of_its_order() -> None:
    bench = reporting()
    [told] = bench.broker(NEW)
    assert told["link"] == str(ACME)
    assert (told["150"], told["39"], told["38"], told["151"]) == ("0", "0", "500", "500")
    assert "11" not in told
    [filled] = bench.broker(FILL)
    assert (filled["37"], filled["14"], filled["39"]) == (told["37"], "200", "1")
    assert len(bench.core.state.book) == 1
    assert bench.core.state.exposures.of("PHONE").open_notional == 300 * 99
    assert not bench.alarms


def test_a_fill_may_be_the_first_that_is_heard_of_it() -> None:
    bench = reporting()
    [told] = bench.broker(FILL)
    assert (told["150"], told["39"], told["14"], told["151"]) == ("F", "1", "200", "300")
    assert bench.broker(FILL) == []
    assert bench.broker(NEW) == []
    assert len(bench.core.state.book) == 1


def test_a_restart_finds_it_by_the_brokers_id() -> None:
    bench = reporting()
    bench.broker(NEW)
    state = bench.refolded()
    order = state.book.find_at_broker("SIM", "", "", "V1")
    assert order is not None
    assert (order.account, order.ord_status, order.cl_ord_id) == ("PHONE", "0", "")
    assert state.exposures.of("PHONE").open_notional == 500 * 99
    assert state.order_no == bench.core.state.order_no


def test_an_operator_cancels_it_by_the_brokers_id() -> None:
    bench = reporting()
    bench.broker(NEW)
    order = bench.core.state.book.get(1)
    assert order is not None
    [sent] = bench.took(bench.core.cancel_order(order, "anna", "on the phone", bench.now))
    assert (sent["link"], sent["35"], sent["41"], sent["37"]) == (str(SIM), "F", "NONE", "V1")
    [told] = bench.broker(f"35=8|37=V1|11={sent['11']}|17=E9|150=4|39=4|14=0|151=0")
    assert (told["150"], told["39"], told["151"]) == ("4", "4", "0")
    assert "11" not in told


def test_it_is_asked_for_by_the_brokers_id() -> None:
    bench = reporting()
    bench.broker(NEW)
    bench.took(bench.core.messages_lost("SIM", "numbers were reset", bench.now))
    [asked] = bench.took(bench.core.ask_unknown("SIM", bench.now))
    assert (asked["35"], asked["11"], asked["37"]) == ("H", "NONE", "V1")


def test_it_is_forgotten_like_any_other() -> None:
    bench = reporting()
    bench.broker(NEW)
    bench.broker("35=8|37=V1|17=E3|150=4|39=4|1=PHONE|55=IBM|54=1|14=0|151=0")
    assert bench.core.state.book.forget_closed_before(bench.now + 1, 10) == 1
    assert bench.core.state.book.find_at_broker("SIM", "V1") is None


@pytest.mark.parametrize(
    ("changes", "alarm"),
    [
        ("1=NOBODY", "an order by voice of nobody"),
        ("1=ACC", "an order by voice of nobody"),  # of two clients
        ("97=Y", "parked"),  # told before
        ("11=OTHER", "parked"),  # not without an id
        ("37=", "parked"),
        ("38=0", "parked"),
    ],
)
def test_what_cannot_be_told_apart_is_parked(changes: str, alarm: str) -> None:
    bench = reporting()
    bench.setup.clients[BETA].accounts = frozenset({"ACC"})
    tag = changes.partition("=")[0]
    kept = [pair for pair in FILL.split("|") if not pair.startswith(f"{tag}=")]
    assert bench.broker("|".join([*kept, changes])) == []
    assert len(bench.core.state.parked) == 1
    assert alarm in bench.alarms[0]


def test_without_the_setting_it_is_parked() -> None:
    bench = reporting()
    bench.setup.brokers["SIM"].verbal_orders = False
    assert bench.broker(NEW) == []
    assert bench.broker(FILL) == []
    assert len(bench.core.state.parked) == 1


REPLACED = "35=8|37=V1|11=NONE|17=E5|150=5|39=0|1=PHONE|55=IBM|54=1|38=600|40=2|44=98|14=0|151=600"


@pytest.mark.parametrize("orig", ["", "|41=NONE"])
def test_no_id_of_a_replace_is_no_key_to_other_orders(orig: str) -> None:
    bench = reporting()
    bench.broker(f"{NEW}|11=NONE")
    [told] = bench.broker(REPLACED + orig)
    assert (told["150"], told["38"], told["44"]) == ("D", "600", "98")
    [other] = bench.broker(f"{NEW}|11=NONE".replace("37=V1", "37=V2"))
    assert (other["150"], other["38"]) == ("0", "500")
    filled = f"{FILL}|11=NONE".replace("37=V1", "37=V2")
    [told_other] = bench.broker(filled)
    assert (told_other["37"], told_other["14"]) == (other["37"], "200")
    for book in (bench.core.state.book, bench.refolded().book):
        assert [order.cum_qty for order in book] == [0, 200]
        assert book.find_at_broker("SIM", "NONE") is None


def test_a_replace_without_an_id_leaves_an_order_the_id_it_has() -> None:
    bench = reporting()
    [sent] = bench.order()
    named = sent["11"]
    bench.broker(f"35=8|11={named}|37=B1|17=1|150=0|39=0|14=0|151=100")
    bench.broker(f"35=8|11=NONE|41={named}|37=B1|17=2|150=5|39=0|38=90|40=2|44=100|14=0|151=90")
    order = bench.found()
    assert (order.broker_cl_ord_id, order.terms.order_qty) == (named, 90)
    assert bench.refolded().book.find_at_broker("SIM", "NONE") is None


def test_older_journals_named_orders_by_no_id() -> None:
    bench = reporting()
    bench.broker(f"{NEW}|11=NONE")
    state = bench.refolded()
    event = OrderReplaced(1, "NONE", "600", "98", "V1", "")
    state.fold(encode(event), bench.now)
    assert state.book.find_at_broker("SIM", "NONE") is None
    order = state.book.find_at_broker("SIM", "NONE", "V1")
    assert order is not None
    assert order.terms.order_qty == 600
