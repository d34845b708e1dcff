"""Orders that are held here: told as New, changed without their broker, sent on or over."""

from __future__ import annotations

import pytest

from gateway.orders import held
from gateway.orders.entry import enter
from gateway.orders.order_parts import PARENT, TRIGGER
from gateway.routing import Route
from gateway.snapshot import snapshot
from gateway.state import State
from gateway.translate.inbound import OrderTerms
from tests.gateway.bench import ACME, NOON, SECOND, SIM, Bench, message
from tests.gateway.test_versions import checked

ORDER = "11=X|55=IBM|54=1|38=100|40=2|44=100|59=1|60=20261121-12:00:00"
REPLACE = "35=G|11=Y|41=X|55=IBM|54=1|38=90|40=2|44=99|60=20261121-12:00:00"
CANCEL = "35=F|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00"
QUEUES = Route(name="all", broker="SIM", queues=True, queue_age_max_ns=30 * SECOND)


def holding(bench: Bench) -> list[dict[str, str]]:
    """Enter an order and hold it."""
    decision = bench.core.decision(bench.now)
    terms = OrderTerms(message("D", ORDER))
    terms.account = "ACC"
    assert terms.problem() is None
    client = bench.core.setup.clients[ACME]
    order = enter(decision, client, terms, bench.core.setup.routes.by_name["all"], False)
    held.hold(decision, order, PARENT, "A-1", "parent=A-1")
    return bench.took(decision)


def check(version: str, told: dict[str, str]) -> None:
    """The dictionary of the version finds it good."""
    body = "|".join(f"{tag}={value}" for tag, value in told.items() if tag not in ("link", "35"))
    checked(version, told["35"], f"{body}|")


def released(bench: Bench) -> list[dict[str, str]]:
    decision = bench.core.decision(bench.now)
    held.release(decision, bench.found(), "PARENT_FILLED: parent=A-1")
    return bench.took(decision)


@pytest.mark.parametrize(
    ("version", "working"),
    [("FIX.4.0", None), ("FIX.4.2", None), ("FIX.4.4", "N"), ("FIX.5.0SP2", "N")],
)
def test_a_held_order_is_new_and_says_that_it_is_held(version: str, working: str | None) -> None:
    bench = Bench(client_version=version)
    (told,) = holding(bench)
    assert (told["link"], told["35"], told["39"]) == (str(ACME), "8", "0")
    assert told["58"] == "HELD: for=PARENT parent=A-1"
    assert told.get("636") == working
    check(version, told)
    (status,) = bench.client("35=H|11=X|55=IBM|54=1")
    assert (status["39"], status["58"], status.get("636")) == ("0", told["58"], working)


def test_it_has_its_exposure_reserved_and_counts_as_open() -> None:
    bench = Bench()
    holding(bench)
    assert bench.core.state.exposures.of("ACC").open_notional == 10_000
    assert list(bench.core.state.held) == list(bench.core.state.book.open) == [1]
    assert not bench.core.state.queued


def test_a_cancel_of_it_is_answered_here() -> None:
    bench = Bench()
    holding(bench)
    (told,) = bench.client(CANCEL)
    assert (told["35"], told["150"], told["39"]) == ("8", "4", "4")
    assert (told["11"], told["41"], told["58"]) == ("C", "X", "canceled while held here")
    assert not bench.core.state.held
    assert bench.core.state.exposures.of("ACC").open_notional == 0


def test_a_replace_of_it_is_answered_here_and_it_stays_held() -> None:
    bench = Bench()
    holding(bench)
    (told,) = bench.client(REPLACE)
    assert (told["35"], told["150"], told["39"], told["38"]) == ("8", "5", "0", "90")
    assert (told["636"], told["58"]) == ("N", "HELD: for=PARENT parent=A-1")
    assert not bench.found().accepted
    assert list(bench.core.state.held) == [1]
    sent = released(bench)[1]
    assert (sent["35"], sent["38"], sent["44"]) == ("D", "90", "99")


def test_a_mass_cancel_a_halt_an_operator_and_an_absence_end_it() -> None:
    for cancel in (
        lambda b: b.client("35=q|11=M|530=7|60=20261121-12:00:00"),
        lambda b: b.took(b.core.halt("firm", True, "op", "why", NOON)),
        lambda b: b.took(b.core.cancel_order(b.found(), "op", "why", NOON)),
        lambda b: b.took(b.core.cancel_each({1}, "cancel on disconnect", NOON)),
    ):
        bench = Bench()
        holding(bench)
        bench.core.setup.brokers["SIM"].up = False
        told = cancel(bench)
        assert [(m["150"], m["39"]) for m in told if m["35"] == "8"] == [("4", "4")]
        assert not [m for m in told if m["link"] == str(SIM)]
        assert bench.found().closed


def test_its_brokers_doubt_does_not_concern_it() -> None:
    bench = Bench()
    holding(bench)
    assert bench.took(bench.core.messages_lost("SIM", "numbers were reset", NOON)) == []
    bench.took(bench.core.paper_lost("SIM", NOON))
    assert (bench.found().unknown, bench.found().ord_status) == (False, "0")


@pytest.mark.parametrize(("version", "exec_type"), [("FIX.4.4", "D"), ("FIX.5.0SP2", "L")])
def test_released_it_goes_to_its_broker_and_new_is_told_once(version: str, exec_type: str) -> None:
    bench = Bench(client_version=version)
    holding(bench)
    told, sent = released(bench)
    assert (told["150"], told["39"], told.get("636")) == (exec_type, "0", None)
    assert told["58"] == "PARENT_FILLED: parent=A-1"
    check(version, told)
    assert (sent["link"], sent["35"], sent["11"]) == (
        str(SIM),
        "D",
        bench.found().broker_cl_ord_id,
    )
    assert bench.broker(f"35=8|11={sent['11']}|37=B|17=0|150=A|39=A") == []
    assert bench.broker(f"35=8|11={sent['11']}|37=B|17=0|150=0|39=0") == []
    order = bench.found()
    assert (order.accepted, order.broker_order_id, order.held) == (True, "B", None)


def test_released_while_its_broker_is_down_it_waits_or_is_over_by_its_route() -> None:
    for routes, closed in ((None, True), ([QUEUES], False)):
        bench = Bench(routes=routes)
        holding(bench)
        bench.core.setup.brokers["SIM"].up = False
        bench.now += 100 * SECOND
        told = released(bench)
        assert [m["150"] for m in told] == (["D", "8"] if closed else ["D"])
        assert bench.found().closed == closed
        assert bench.found().queued != closed
        if not closed:
            assert bench.took(bench.core.tick(bench.now + 29 * SECOND)) == []
            sent = bench.took(bench.core.broker_up("SIM", bench.now + 29 * SECOND))
            assert [m["35"] for m in sent] == ["D"]


def test_released_while_it_is_halted_it_does_not_leave() -> None:
    bench = Bench(routes=[QUEUES])
    holding(bench)
    bench.took(bench.core.halt("symbol:IBM", False, "op", "why", NOON))
    assert [m["35"] for m in released(bench)] == ["8"]
    sent = bench.took(bench.core.resume("symbol:IBM", "op", "why", NOON))
    assert [m["35"] for m in sent] == ["D"]


def test_held_again_for_another_reason_it_is_restated() -> None:
    bench = Bench()
    holding(bench)
    decision = bench.core.decision(NOON)
    held.hold(decision, bench.found(), TRIGGER, "last", "trigger_on=last")
    (told,) = bench.took(decision)
    assert (told["150"], told["378"], told["636"]) == ("D", "99", "N")
    assert told["58"] == "HELD: for=TRIGGER trigger_on=last"


def test_never_received_by_its_broker_it_is_rejected() -> None:
    bench = Bench()
    holding(bench)
    sent = released(bench)[1]
    told = bench.took(bench.core.not_resent(SIM, message("D", f"11={sent['11']}"), True, NOON))
    assert [(m["35"], m["150"], m["39"]) for m in told] == [("8", "8", "8")]


def test_what_its_broker_cannot_know_changes_nothing_but_an_execution_counts() -> None:
    bench = Bench()
    holding(bench)
    named = f"11={bench.found().broker_cl_ord_id}|37=B"
    assert bench.broker(f"35=8|{named}|17=0|150=0|39=0") == []
    assert "held here" in bench.alarms[-1]
    assert bench.found().held is not None
    (told,) = bench.broker(f"35=8|{named}|17=E|150=F|39=1|32=40|31=100|14=40|151=60")
    assert (told["39"], told["14"]) == ("1", "40")
    assert "held here" in bench.alarms[-1]
    assert bench.found().held is None


def test_it_is_the_same_after_a_restart_and_out_of_a_snapshot() -> None:
    bench = Bench()
    holding(bench)
    bench.client(REPLACE)
    again = State(bench.limits, 100)
    for time_ns, payload in snapshot(bench.core.state, NOON):
        again.fold(payload, time_ns)
    for state in (bench.refolded(), again):
        assert list(state.held) == [1]
        order = state.held[1]
        assert order.held is not None
        assert (order.held.reason, order.held.detail, order.held.since_ns) == (PARENT, "A-1", NOON)
        assert (order.ord_status, order.accepted, order.terms.price) == ("0", False, "99")
        assert order.report_id() == bench.found().report_id()
