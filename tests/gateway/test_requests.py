"""Orders, cancels, replaces and status requests: what clients may ask and what they are told."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.orders.order_types import BY_ORD_TYPE, FORBIDDEN, PLAIN
from gateway.routing import Route, RouteTable
from gateway.translate.passing import Groups, Passing
from tests.gateway.bench import ACME, BETA, SECOND, SIM, Bench, message

CANCEL = "35=F|11=C1|41=X|55=IBM|54=1|38=100|60=20261121-12:00:00"
REPLACE = "35=G|11=R1|41=X|55=IBM|54=1|38=200|40=2|44=101|60=20261121-12:00:00"


def code(message: dict[str, str]) -> str:
    return message["58"].partition(":")[0]


def accepted(bench: Bench, cl_ord_id: str = "X", link: int = ACME) -> str:
    """Enter an order and have the broker accept it; returns its ClOrdID(11) at the broker."""
    broker_id = bench.order(cl_ord_id, link)[0]["11"]
    bench.broker(f"35=8|11={broker_id}|37=B-{broker_id}|17=E0|150=0|39=0|14=0|151=100")
    return broker_id


# --- new orders -------------------------------------------------------------------------------


def test_an_order_reaches_the_broker_with_our_id_and_the_clients_terms() -> None:
    [sent] = Bench().order(tag59="1", tag58="hello", tag5001="mine")
    assert sent["35"] == "D"
    assert sent["11"] == "A2611210000001"
    assert (sent["1"], sent["55"], sent["54"], sent["38"]) == ("ACC", "IBM", "1", "100")
    assert (sent["40"], sent["44"], sent["59"]) == ("2", "100", "1")
    assert (sent["58"], sent["5001"]) == ("hello", "mine")


def test_a_route_may_keep_the_clients_tags_back() -> None:
    route = Route(name="r", broker="SIM", passing=Passing(frozenset({"58"}), Groups()))
    [sent] = Bench(routes=[route]).order(tag58="hello", tag5001="mine")
    assert sent["58"] == "hello"
    assert "5001" not in sent


def test_a_42_broker_gets_hand_inst_and_a_44_broker_does_not() -> None:
    assert Bench(broker_version="FIX.4.2").order()[0]["21"] == "1"
    assert "21" not in Bench().order()[0]


@pytest.mark.parametrize(
    ("changes", "refused_for"),
    [
        ({"tag38": "0"}, "QUANTITY_INVALID"),
        ({"tag38": "-5"}, "QUANTITY_INVALID"),
        ({"tag38": "NaN"}, "QUANTITY_INVALID"),
        ({"tag38": "1" + "0" * 30}, "QUANTITY_INVALID"),
        ({"tag38": ""}, "FIELD_MISSING"),
        ({"tag44": "1." + "1" * 40}, "PRICE_INVALID"),
        ({"tag44": "0"}, "PRICE_INVALID"),
        ({"tag44": ""}, "FIELD_MISSING"),
        ({"tag40": "3", "tag44": ""}, "FIELD_MISSING"),
        ({"tag40": "1"}, "FIELD_FORBIDDEN"),
        ({"tag99": "100"}, "FIELD_FORBIDDEN"),
        ({"tag40": "Q"}, "ORD_TYPE_UNSUPPORTED"),
        ({"tag59": "9"}, "TIME_IN_FORCE_UNSUPPORTED"),
        ({"tag54": "8"}, "SIDE_UNSUPPORTED"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(changes: dict[str, str], refused_for: str) -> None:
    [sent] = Bench().order(**changes)
    assert (sent["35"], sent["150"], sent["39"], sent["11"]) == ("8", "8", "8", "X")
    assert code(sent) == refused_for
    assert sent["151"] == sent["14"] == "0"


@pytest.mark.parametrize("ord_type", sorted(PLAIN))
def test_every_plain_order_goes_through(ord_type: str) -> None:
    kind = BY_ORD_TYPE[ord_type]
    price = "" if kind.price == FORBIDDEN else "100"
    stop = "" if kind.stop_px == FORBIDDEN else "99"
    [sent] = Bench().order(tag40=ord_type, tag44=price, tag99=stop)
    assert sent["link"] == str(SIM)
    assert (sent.get("44", ""), sent.get("99", "")) == (price, stop)


def test_42_clients_get_reasons_their_version_has() -> None:
    [sent] = Bench().order(link=BETA, tag38="0")
    assert (sent["20"], sent["103"]) == ("0", "3")


def test_an_account_that_is_not_the_clients_is_refused() -> None:
    bench = Bench(accounts=frozenset({"ACC"}))
    assert code(bench.order("A", tag1="OTHER")[0]) == "ACCOUNT_NOT_ALLOWED"
    assert bench.order("B", tag1="ACC")[0]["35"] == "D"


def test_a_used_cl_ord_id_is_refused_and_restates_the_order() -> None:
    bench = Bench()
    accepted(bench)
    [sent] = bench.order("X", tag38="555")
    assert (sent["150"], sent["39"], sent["103"], sent["38"]) == ("8", "0", "6", "100")
    assert sent["17"] not in ("", "0")


def test_the_id_of_a_refused_order_is_used_too() -> None:
    bench = Bench()
    bench.order("X", tag38="0")
    assert code(bench.order("X")[0]) == "DUPLICATE_CL_ORD_ID"


def test_poss_resend_of_a_known_order_is_answered_with_its_status() -> None:
    bench = Bench()
    accepted(bench)
    [sent] = bench.order("X", tag97="Y")
    assert (sent["150"], sent["39"]) == ("I", "0")
    assert len(bench.core.state.book) == 1


def test_poss_resend_of_an_unknown_order_is_a_new_order() -> None:
    assert Bench().order("X", tag97="Y")[0]["35"] == "D"


def test_two_clients_may_use_the_same_cl_ord_id() -> None:
    bench = Bench()
    assert bench.order("X", ACME)[0]["11"] != bench.order("X", BETA)[0]["11"]


# --- routing and brokers that are down --------------------------------------------------------


def test_the_first_matching_route_wins_and_none_refuses() -> None:
    routes = [
        Route(name="small", broker="SIM", max_quantity=Decimal(100)),
        Route(name="beta", broker="SIM", clients=frozenset({"BETA"})),
    ]
    bench = Bench(routes=routes)
    bench.order("A", tag38="100")
    assert bench.found("A").route == "small"
    bench.order("A", BETA, tag38="101")
    assert bench.found("A", BETA).route == "beta"
    assert code(bench.order("B", tag38="101")[0]) == "NO_ROUTE"


def test_security_type_is_found_among_the_clients_tags() -> None:
    route = Route(name="fut", broker="SIM", security_types=frozenset({"FUT"}))
    bench = Bench(routes=[route])
    assert bench.order("A", tag167="FUT")[0]["35"] == "D"
    assert code(bench.order("B", tag167="FUTURE")[0]) == "NO_ROUTE"
    assert code(bench.order("C", tag1167="FUT")[0]) == "NO_ROUTE"


def test_an_order_for_a_broker_that_is_down_is_refused() -> None:
    bench = Bench()
    bench.core.setup.brokers["SIM"].up = False
    assert code(bench.order()[0]) == "BROKER_DOWN"


def queueing() -> Bench:
    bench = Bench(routes=[Route(name="q", broker="SIM", queues=True, queue_age_max_ns=10 * SECOND)])
    bench.core.setup.brokers["SIM"].up = False
    return bench


def test_a_queued_order_goes_when_its_broker_is_back() -> None:
    bench = queueing()
    assert bench.order() == []
    bench.now += 9 * SECOND
    [sent] = bench.took(bench.core.broker_up("SIM", bench.now))
    assert (sent["35"], sent["11"]) == ("D", "A2611210000001")
    [asked] = bench.took(bench.core.broker_up("SIM", bench.now))
    assert (asked["35"], asked["11"]) == ("H", sent["11"]), "sent once; what of it, is asked"


def test_a_queued_order_expires_by_time_alone() -> None:
    bench = queueing()
    bench.order()
    bench.now += 10 * SECOND
    assert bench.took(bench.core.tick(bench.now)) == []
    bench.now += 1
    [sent] = bench.took(bench.core.tick(bench.now))
    assert (sent["150"], code(sent)) == ("8", "QUEUE_EXPIRED")
    assert bench.took(bench.core.broker_up("SIM", bench.now)) == []


def test_a_queued_order_is_canceled_and_replaced_without_the_broker() -> None:
    bench = queueing()
    bench.order()
    [sent] = bench.client(REPLACE)
    assert (sent["150"], sent["11"], sent["41"], sent["38"]) == ("5", "R1", "X", "200")
    [sent] = bench.client(CANCEL.replace("41=X", "41=R1"))
    assert (sent["150"], sent["39"], sent["11"], sent["41"]) == ("4", "4", "C1", "R1")
    assert bench.took(bench.core.broker_up("SIM", bench.now)) == []


def test_a_replaced_queued_order_goes_out_with_its_new_terms() -> None:
    bench = queueing()
    bench.order()
    bench.client(REPLACE)
    [sent] = bench.took(bench.core.broker_up("SIM", bench.now))
    assert (sent["35"], sent["38"], sent["44"]) == ("D", "200", "101")


def test_a_queued_order_counts_against_limits_and_survives_a_refold() -> None:
    bench = queueing()
    bench.order()
    assert bench.core.state.exposures.of("ACC").open_orders == 1
    assert list(bench.refolded().queued) == [1]


# --- cancels ----------------------------------------------------------------------------------


def test_a_cancel_names_the_brokers_ids() -> None:
    bench = Bench()
    broker_id = accepted(bench)
    [sent] = bench.client(CANCEL)
    assert (sent["link"], sent["35"]) == (str(SIM), "F")
    assert (sent["41"], sent["37"], sent["11"]) == (broker_id, f"B-{broker_id}", "A2611210000002")


def test_one_client_cannot_cancel_replace_or_see_anothers_order() -> None:
    bench = Bench()
    accepted(bench, link=BETA)
    for request in (CANCEL, REPLACE):
        [sent] = bench.client(request, ACME)
        assert (sent["35"], sent["37"], sent["39"], sent["102"]) == ("9", "NONE", "8", "1")
    [sent] = bench.client("35=H|11=X|55=IBM|54=1", ACME)
    assert (sent["37"], sent["39"]) == ("NONE", "8")


def test_a_second_cancel_waits_for_the_first() -> None:
    bench = Bench()
    accepted(bench)
    bench.client(CANCEL)
    [sent] = bench.client(CANCEL.replace("11=C1", "11=C2"))
    assert (sent["35"], sent["102"], sent["39"]) == ("9", "3", "0")


def test_a_cancel_with_a_used_id_is_refused() -> None:
    bench = Bench()
    accepted(bench)
    [sent] = bench.client(CANCEL.replace("11=C1", "11=X"))
    assert (sent["35"], sent["102"]) == ("9", "6")
    [sent] = Bench().client(CANCEL)
    assert (sent["35"], sent["102"]) == ("9", "1")


def test_an_old_id_of_the_chain_still_cancels() -> None:
    bench = Bench()
    accepted(bench)
    replace_id = bench.client(REPLACE)[0]["11"]
    bench.broker(f"35=8|11={replace_id}|37=B|17=E2|150=5|39=0|38=200|14=0|151=200")
    [sent] = bench.client(CANCEL)
    assert (sent["35"], sent["41"]) == ("F", replace_id)


def test_a_filled_order_is_too_late_to_cancel() -> None:
    bench = Bench()
    broker_id = accepted(bench)
    bench.broker(f"35=8|11={broker_id}|37=B|17=E1|150=F|39=2|32=100|31=100|14=100|151=0")
    [sent] = bench.client(CANCEL)
    assert (sent["35"], sent["39"], sent["102"]) == ("9", "2", "0")


def test_an_operators_cancel_reaches_the_client_as_unsolicited() -> None:
    bench = Bench()
    broker_id = accepted(bench)
    order = bench.found()
    [sent] = bench.took(bench.core.cancel_order(order, "anna", "runaway", bench.now))
    assert (sent["35"], sent["41"]) == ("F", broker_id)
    [told] = bench.broker(f"35=8|11={sent['11']}|41={broker_id}|37=B|17=E9|150=4|39=4|14=0|151=0")
    assert (told["150"], told["11"]) == ("4", "X")
    assert "41" not in told
    assert "anna" in told["58"]


# --- replaces ---------------------------------------------------------------------------------


def test_a_replace_names_both_chains_and_keeps_the_old_terms_until_it_is_done() -> None:
    bench = Bench()
    broker_id = accepted(bench)
    [sent] = bench.client(REPLACE)
    assert (sent["35"], sent["41"], sent["38"], sent["44"]) == ("G", broker_id, "200", "101")
    assert bench.found().terms.order_qty == 100
    [told] = bench.broker(
        f"35=8|11={sent['11']}|41={broker_id}|37=B|17=E2|150=5|39=0|38=200|14=0|151=200"
    )
    assert (told["150"], told["39"], told["11"], told["41"]) == ("5", "0", "R1", "X")
    assert (told["38"], told["44"]) == ("200", "101")


@pytest.mark.parametrize(
    ("change", "refused_for"),
    [("55=MSFT", "FIELD_CHANGED"), ("54=2", "FIELD_CHANGED"), ("38=0", "QUANTITY_INVALID")],
)
def test_what_a_replace_may_not_change(change: str, refused_for: str) -> None:
    bench = Bench()
    accepted(bench)
    tag = change[:3]
    body = "|".join(change if part.startswith(tag) else part for part in REPLACE.split("|"))
    [sent] = bench.client(body)
    assert (sent["35"], code(sent)) == ("9", refused_for)
    assert sent["434"] == "2"


def test_a_replace_must_name_the_last_id_of_its_chain() -> None:
    bench = Bench()
    accepted(bench)
    bench.client(REPLACE)
    [sent] = bench.client(REPLACE.replace("11=R1", "11=R2"))
    assert (sent["35"], code(sent)) == ("9", "CHAIN_BROKEN")
    [sent] = bench.client(REPLACE.replace("11=R1", "11=R3").replace("41=X", "41=R1"))
    assert (sent["35"], sent["41"]) == ("G", "A2611210000002")


def test_an_order_whose_route_was_taken_out_can_be_canceled_but_not_replaced() -> None:
    bench = Bench()
    accepted(bench)
    bench.core.setup.routes = RouteTable([Route(name="new", broker="SIM")])
    [told] = bench.client(REPLACE)
    assert (told["35"], told["58"]) == ("9", "NO_ROUTE: route=all")
    assert [m["35"] for m in bench.client(CANCEL)][-1] == "F"


def test_replaced_in_42_before_any_fill_has_status_5() -> None:
    bench = Bench()
    broker_id = accepted(bench, link=BETA)
    sent = bench.client(REPLACE, BETA)[0]
    [told] = bench.broker(
        f"35=8|11={sent['11']}|41={broker_id}|37=B|17=E2|150=5|39=0|38=200|14=0|151=200"
    )
    assert (told["20"], told["150"], told["39"]) == ("0", "5", "5")


# --- status and other messages ----------------------------------------------------------------


def test_status_of_an_order_is_what_is_known_here() -> None:
    bench = Bench()
    accepted(bench)
    [sent] = bench.client("35=H|11=X|55=IBM|54=1")
    assert (sent["35"], sent["150"], sent["39"], sent["151"]) == ("8", "I", "0", "100")


def test_status_in_42_says_so_by_exec_trans_type() -> None:
    bench = Bench()
    accepted(bench, link=BETA)
    [sent] = bench.client("35=H|11=X|55=IBM|54=1", BETA)
    assert (sent["20"], sent["150"], sent["39"]) == ("3", "0", "0")


def test_a_message_that_is_not_taken_gets_a_business_reject() -> None:
    [sent] = Bench().client("35=V|262=M|11=X")
    assert (sent["35"], sent["45"], sent["372"], sent["380"]) == ("j", "7", "V", "3")


def test_an_invalid_message_that_is_taken_all_the_same_raises_an_alarm() -> None:
    bench = Bench()
    order = message("D", "11=X|55=IBM|54=1|38=100|40=2|44=100|59=?")
    told = bench.took(bench.core.message(ACME, order, "Value is incorrect (59)", bench.now))
    assert bench.alarms == ["client ACME: D: Value is incorrect (59)"]
    assert told[0]["58"] == "TIME_IN_FORCE_UNSUPPORTED: TimeInForce(59)=?"
