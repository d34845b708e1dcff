"""Orders that go to a dark pool first: the rest goes on when the pool's end is certain."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import OrderMoved, decode
from gateway.routing.venue import DARK, Venue
from tests.gateway.bench import message
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route

LIT = route("ONE", "DARK", strategy="lit_after_dark")
TIME = "60=20261121-12:00:00"
CANCEL = f"35=F|11=C|41=A|55=IBM|54=1|{TIME}"


def dark(**venue: Decimal) -> Venues:
    return Venues(LIT, venues={"DARK": Venue(DARK, **venue)})


def begun(bench: Venues) -> str:
    """The order A goes to the pool; its ClOrdID(11) there."""
    sent = bench.order("A")
    assert [(m["35"], m["link"], m["59"], m["38"]) for m in sent] == [
        ("D", str(LINKS["DARK"]), "3", "100")
    ]
    return sent[0]["11"]


def lit(sent: list[dict[str, str]]) -> list[tuple[str, str, str]]:
    return [(m["35"], m["38"], m["59"]) for m in sent if m["link"] == str(LINKS["ONE"])]


def moves(bench: Venues) -> int:
    return sum(isinstance(decode(payload), OrderMoved) for _, payload in bench.events)


def test_nothing_is_filled_and_all_of_it_goes_on_as_any_order() -> None:
    bench = dark()
    begun(bench)
    bench.said("A", "150=0|39=0|14=0|151=100")
    sent = bench.said("A", "150=4|39=4|14=0|151=0")
    assert lit(sent) == [("D", "100", "0")]
    assert len(sent) == 1  # its client hears nothing of it
    order = bench.found("A")
    assert (order.broker, order.slice, order.leg) == ("ONE", None, "")
    assert bench.said("A", "150=0|39=0|14=0|151=100") == []  # New was told before
    sent = bench.client(f"35=G|11=R|41=A|55=IBM|54=1|38=90|40=2|44=101|{TIME}")
    assert [(m["35"], m["link"]) for m in sent] == [("G", str(LINKS["ONE"]))]


def test_a_part_is_filled_and_the_rest_goes_on() -> None:
    bench = dark()
    first = begun(bench)
    [told] = bench.said("A", "150=F|39=1|32=30|31=99|14=30|151=70")
    assert (told["14"], told["151"], told["39"]) == ("30", "70", "1")
    sent = bench.said("A", "150=4|39=4|14=30|151=0")
    assert (lit(sent), len(sent)) == ([("D", "70", "0")], 1)
    assert bench.found("A").broker_cl_ord_id != first
    bench.said("A", "150=0|39=0|14=0|151=70")
    [told] = bench.said("A", "150=F|39=2|32=70|31=100|14=70|151=0")
    assert (told["14"], told["151"], told["39"], told["6"]) == ("100", "0", "2", "99.7")
    assert bench.found("A").closed
    assert moves(bench) == 1


def test_two_brokers_with_the_same_exec_ids() -> None:
    bench = dark()
    begun(bench)
    for body in ("150=F|39=1|32=30|31=99|14=30|151=70", "150=4|39=4|14=30|151=0"):
        bench.said("A", body)
    bench.execs = 0  # the other one begins at E1 as well
    bench.said("A", "150=F|39=2|32=70|31=99|14=70|151=0")
    assert bench.found("A").cum_qty == 100


def test_the_pool_fills_all_and_nothing_goes_on() -> None:
    bench = dark()
    begun(bench)
    [told] = bench.said("A", "150=F|39=2|32=100|31=99|14=100|151=0")
    assert (told["39"], moves(bench)) == ("2", 0)


@pytest.mark.parametrize(
    "body", ["150=8|39=8|103=0|14=0|151=0", "150=C|39=C|14=0|151=0", "150=4|39=4|14=0|151=0"]
)
def test_whatever_ends_it_there(body: str) -> None:
    bench = dark()
    begun(bench)
    assert lit(bench.said("A", body)) == [("D", "100", "0")]


def test_a_refused_message_ends_it_too() -> None:
    bench = dark()
    first = begun(bench)
    refused = message("D", f"11={first}|55=IBM")
    core = bench.core
    sent = bench.took(core.refused_by_broker(LINKS["DARK"], refused, "bad tag", bench.now))
    assert lit(sent) == [("D", "100", "0")]


def test_a_cancel_of_the_client_ends_all_of_it() -> None:
    bench = dark()
    begun(bench)
    [cancel] = bench.client(CANCEL)
    assert (cancel["35"], cancel["link"]) == ("F", str(LINKS["DARK"]))
    text = f"35=8|11={cancel['11']}|41={cancel['41']}|37=B1|17=E9|55=IBM|54=1|150=4|39=4|14=0"
    [told] = bench.client(f"{text}|151=0", LINKS["DARK"])
    assert (told["39"], told["11"], moves(bench)) == ("4", "C", 0)


def test_a_cancel_that_crosses_the_end_is_carried_out_here() -> None:
    bench = dark()
    begun(bench)
    bench.client(CANCEL)
    told = bench.said("A", "150=4|39=4|14=0|151=0")
    assert [(m["35"], m["39"], m["11"]) for m in told] == [("8", "4", "C")]
    assert moves(bench) == 0


def test_executions_that_are_not_told_yet_are_waited_for() -> None:
    bench = dark()
    begun(bench)
    sent = bench.said("A", "150=4|39=4|14=30|151=0")
    assert [m["35"] for m in sent] == ["H"]  # the pool is asked
    assert bench.found("A").unknown
    for state in (bench.refolded(), again(bench)):
        order = state.book.find_of_client(1, "A")
        assert order is not None
        assert (order.unknown, order.broker) == (True, "DARK")
    sent = bench.said("A", "150=F|39=1|32=30|31=99|14=30|151=70")
    assert lit(sent) == [("D", "70", "0")]


def test_an_unknown_one_never_goes_on_until_the_pool_has_told_its_end() -> None:
    bench = dark()
    begun(bench)
    bench.took(bench.core.messages_lost("DARK", "a reset", bench.now))
    bench.took(bench.core.tick(bench.now))
    assert (bench.found("A").unknown, moves(bench)) == (True, 0)
    sent = bench.said("A", "150=I|39=4|14=0|151=0")
    assert lit(sent) == [("D", "100", "0")]
    assert not bench.found("A").unknown


def test_the_rest_waits_here_until_there_is_somebody() -> None:
    bench = dark()
    begun(bench)
    bench.setup.brokers["ONE"].up = False
    bench.said("A", "150=4|39=4|14=0|151=0")
    order = bench.found("A")
    assert order.held is not None
    for state in (bench.refolded(), again(bench)):
        kept = state.book.find_of_client(1, "A")
        assert kept is not None
        assert (kept.leg, kept.held is not None, kept.broker) == ("dark_first", True, "DARK")
    assert bench.took(bench.core.tick(bench.now)) == []
    sent = bench.took(bench.core.broker_up("ONE", bench.now))
    sent += bench.took(bench.core.tick(bench.now))
    assert lit(sent) == [("D", "100", "0")]


def test_late_executions_of_the_pool_are_booked() -> None:
    bench = dark()
    first = begun(bench)
    bench.said("A", "150=F|39=1|32=30|31=99|14=30|151=70")
    bench.said("A", "150=4|39=4|14=30|151=0")
    late = f"35=8|11={first}|37=B1|17=LATE|55=IBM|54=1|150=F|39=1|32=5|31=99|14=35|151=65"
    [told] = bench.client(late, LINKS["DARK"])
    assert told["14"] == "35"
    assert any("after it moved on" in alarm for alarm in bench.alarms)


@pytest.mark.parametrize(
    ("changes", "venue"),
    [
        ({"tag59": "4"}, {}),
        ({"tag40": "3", "tag44": "", "tag99": "120"}, {}),
        ({"tag111": "10"}, {}),
        ({"tag110": "50"}, {}),
        ({"tag38": "99"}, {"min_quantity": Decimal(100)}),
    ],
)
def test_what_is_not_for_a_pool_goes_on_at_once(
    changes: dict[str, str], venue: dict[str, Decimal]
) -> None:
    bench = dark(**venue)
    assert bench.goes_to("A", **changes) == "ONE"
    assert not bench.found("A").leg


def test_the_pool_alone_is_better_than_nobody() -> None:
    bench = dark()
    bench.setup.brokers["ONE"].up = False
    assert bench.goes_to("A", tag59="4") == "DARK"
    assert not bench.found("A").leg
