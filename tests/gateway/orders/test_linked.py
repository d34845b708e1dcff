"""Linked orders: one cancels the other, one triggers the other, and brackets."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from gateway.corporate_actions import CorporateActions
from gateway.orders.order import Order
from gateway.setup import ListRules
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, SIM, limits_off, message
from tests.gateway.orders.test_day_roll import FRIDAY, MONDAY
from tests.gateway.orders.test_lists import TIME, ListBench, basket, listed, sent_to
from tests.gateway.test_corporate_actions import split
from tests.simulation.checks import facts

OCO, OTO, OUO, PROPORTIONAL = "1", "2", "3", "4"
LIMIT = "38=100|40=2|44=100"
STOP = "38=100|40=3|99=95"


class Linked(ListBench):
    """A bench with a broker that answers as a test says; executions get ids of their own."""

    executions = 0

    def linked(self, kind: str, *orders: str, more: str = "") -> list[dict[str, str]]:
        return self.client(basket(*orders, more=f"1385={kind}{more}"))

    def bracket(self) -> list[dict[str, str]]:
        """A parent P, a take-profit T and a stop-loss S, the parent accepted."""
        take, stop = listed("T", 2) + "|583=X", listed("S", 3, STOP) + "|583=X"
        sent = self.linked(OTO, listed("P", 1), take, stop)
        self.accept("P")
        return sent

    def says(self, name: str, exec_type: str, more: str = "") -> list[dict[str, str]]:
        """A report of the broker on an order; each has an ExecID(17) of its own."""
        self.executions += 1
        order = self.found(name)
        body = f"11={order.broker_cl_ord_id}|37=B{order.order_no}|17=E{self.executions}"
        return self.broker(f"35=8|{body}|150={exec_type}{more}")

    def accept(self, name: str) -> list[dict[str, str]]:
        return self.says(name, "0", "|39=0")

    def fill(self, name: str, quantity: int, price: int = 100) -> list[dict[str, str]]:
        return self.says(name, "F", f"|39=1|32={quantity}|31={price}")

    def bust(self, name: str, exec_id: str) -> list[dict[str, str]]:
        return self.says(name, "H", f"|39=1|19={exec_id}|32=0|31=0")

    def answer(self, request: dict[str, str]) -> list[dict[str, str]]:
        """The broker does what it was asked: a cancel, a replace, a new order."""
        self.executions += 1
        kind = {"F": "4", "G": "5", "D": "0"}[request["35"]]
        status = "4" if kind == "4" else "0"
        quantity = f"|38={request['38']}" if kind == "5" else ""
        body = f"11={request['11']}|41={request.get('41', 'N')}|37=X|17=E{self.executions}"
        return self.broker(f"35=8|{body}|150={kind}|39={status}{quantity}")

    def refuse(self, request: dict[str, str], reason: str = "0") -> list[dict[str, str]]:
        return self.broker(f"35=9|11={request['11']}|41={request['41']}|37=X|39=0|102={reason}")

    def answer_all(self, sent: list[dict[str, str]]) -> None:
        """The broker does all that it is asked, and what it is asked for then."""
        requests = sent_to(SIM, sent, "F") + sent_to(SIM, sent, "G") + sent_to(SIM, sent, "D")
        for request in requests:
            self.answer_all(self.answer(request))

    def quantity(self, name: str) -> int:
        return int(self.found(name).terms.order_qty)

    def restarted(self) -> None:
        """Go on with what the journal makes."""
        again = self.refolded()
        assert facts(again) == facts(self.core.state)
        self.core.state = again


@pytest.fixture
def bench() -> Linked:
    return Linked()


def asked(sent: list[dict[str, str]], msg_type: str) -> dict[str, str]:
    [request] = sent_to(SIM, sent, msg_type)
    return request


def told(sent: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(m["11"], m["150"]) for m in sent_to(ACME, sent, "8")]


# --- one cancels the other ----------------------------------------------------------------------


def test_an_execution_cancels_the_other(bench: Linked) -> None:
    sent = bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    assert [m["35"] for m in sent] == ["N", "D", "D"]
    bench.accept("A")
    bench.accept("B")
    cancel = asked(bench.fill("A", 10), "F")
    assert cancel["41"] == bench.found("B").broker_cl_ord_id
    assert bench.fill("A", 90)[0]["39"] == "2"
    [report] = bench.answer(cancel)
    assert (report["11"], report["39"], report["58"]) == ("B", "4", "canceled by linked order A")
    assert bench.alarms == []


def test_only_a_whole_execution_cancels_the_other_where_it_is_set_so(bench: Linked) -> None:
    bench.setup.clients[ACME].lists = ListRules(cancels_on_part=False)
    bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    assert sent_to(SIM, bench.fill("A", 99), "F") == []
    assert asked(bench.fill("A", 1), "F")["41"] == bench.found("B").broker_cl_ord_id


def test_when_both_execute_both_are_booked_and_an_alarm_says_so(bench: Linked) -> None:
    bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    cancel = asked(bench.fill("A", 100), "F")
    sent = bench.fill("B", 100)
    assert told(sent) == [("B", "F")]
    assert sent_to(SIM, sent, "F") == []
    assert bench.found("B").cum_qty == 100
    assert "more than one executed" in bench.alarms[-1]
    bench.refuse(cancel)
    assert bench.found("B").ord_status == "2"


def test_a_refused_cancel_is_told_once_and_not_sent_again(bench: Linked) -> None:
    bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    cancel = asked(bench.fill("A", 10), "F")
    assert sent_to(SIM, bench.refuse(cancel), "F") == []
    assert "the request of linked order A was refused by the broker" in bench.alarms[-1]
    assert sent_to(SIM, bench.fill("A", 90), "F") == []
    assert bench.found("B").ord_status == "A"


def test_the_end_of_one_leaves_the_other(bench: Linked) -> None:
    bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    assert told(bench.says("A", "4", "|39=4")) == [("A", "4")]
    assert bench.found("B").ord_status == "0"


def test_a_cancel_waits_for_a_broker_that_is_away(bench: Linked) -> None:
    bench.linked(OCO, listed("A", 1), listed("B", 2, STOP))
    bench.setup.brokers["SIM"].up = False
    assert asked(bench.fill("A", 100), "F")["41"] == bench.found("B").broker_cl_ord_id
    assert bench.found("B").pending_cancel is not None
    assert bench.found("B").leaves_qty == 100  # it works as far as anybody knows


# --- one updates the other ----------------------------------------------------------------------


def test_an_execution_reduces_the_other_by_as_much(bench: Linked) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("A")
    bench.accept("B")
    first = asked(bench.fill("A", 30), "G")
    assert (first["38"], first["41"]) == ("70", bench.found("B").broker_cl_ord_id)
    assert sent_to(SIM, bench.fill("A", 20), "G") == []  # one request at a time
    sent = bench.answer(first)
    [report] = sent_to(ACME, sent, "8")
    assert (report["150"], report["38"], report["11"]) == ("D", "70", "B")
    assert "41" not in report
    second = asked(sent, "G")
    assert second["38"] == "50"
    bench.answer(second)
    cancel = asked(bench.fill("A", 50), "F")
    bench.answer(cancel)
    assert bench.found("B").ord_status == "4"
    assert bench.alarms == []


def test_a_proportional_reduction_is_in_whole_lots(bench: Linked) -> None:
    bench.linked(PROPORTIONAL, listed("A", 1), listed("B", 2, "38=50|40=3|99=95"))
    bench.accept("B")
    assert asked(bench.fill("A", 33), "G")["38"] == "33"  # of 33.5


def test_a_refused_reduction_is_told_and_asked_for_again_when_there_is_more(
    bench: Linked,
) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    request = asked(bench.fill("A", 30), "G")
    assert sent_to(SIM, bench.refuse(request), "G") == []
    assert "the request of linked order A was refused" in bench.alarms[-1]
    assert asked(bench.fill("A", 10), "G")["38"] == "60"


def test_what_both_executed_beyond_is_told(bench: Linked) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    bench.fill("A", 60)
    bench.fill("B", 60)
    assert "20 more executed than was wanted" in bench.alarms[-1]


def test_a_reduction_waits_for_a_broker_that_is_away(bench: Linked) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    bench.setup.brokers["SIM"].up = False
    assert sent_to(SIM, bench.fill("A", 30), "G") == []
    sent = bench.took(bench.core.broker_up("SIM", bench.now))
    assert asked(sent, "G")["38"] == "70"


def test_a_reduction_that_never_arrived_is_asked_for_again(bench: Linked) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    request = asked(bench.fill("A", 30), "G")
    lost = message("G", f"11={request['11']}|41={request['41']}")
    sent = bench.took(bench.core.not_resent(SIM, lost, True, bench.now))
    assert asked(sent, "G")["38"] == "70"


def test_a_clients_own_quantity_counts_from_now_on(bench: Linked) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    bench.answer(asked(bench.fill("A", 40), "G"))
    own = bench.client(f"35=G|11=R|41=B|55=IBM|54=1|38=50|40=3|99=95|{TIME}")
    sent = bench.answer(asked(own, "G"))
    assert sent_to(SIM, sent, "G") == []
    assert asked(bench.fill("A", 10), "G")["38"] == "40"


@pytest.mark.parametrize("forgotten", [False, True])
def test_what_a_leg_executed_counts_when_the_leg_is_known_no_more(
    bench: Linked, forgotten: bool
) -> None:
    bench.linked(OUO, listed("A", 1), listed("B", 2, STOP))
    bench.accept("B")
    bench.answer_all(bench.fill("A", 40))
    bench.says("A", "4", "|39=4")
    if forgotten:
        assert bench.core.state.book.forget_closed_before(bench.now + 1, 9) == 1
    again = State(bench.limits, bench.refused_max)
    told = list(snapshot(bench.core.state, bench.now))
    for time_ns, payload in told:
        again.fold(payload, time_ns)
    assert list(snapshot(again, bench.now)) == told
    bench.core.state = again
    sent = bench.took(bench.core.broker_up("SIM", bench.now))
    assert sent_to(SIM, sent, "G") == []
    assert bench.quantity("B") == 60


# --- one triggers the other ---------------------------------------------------------------------


def test_children_are_held_until_their_parent_is_filled(bench: Linked) -> None:
    sent = bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    assert [m["35"] for m in sent] == ["N", "D", "8"]
    [held] = sent_to(ACME, sent, "8")
    assert (held["11"], held["150"], held["636"]) == ("C", "0", "N")
    assert held["58"] == "HELD: for=PARENT parent=P"
    bench.accept("P")
    bench.restarted()
    sent = bench.fill("P", 100)
    assert told(sent) == [("P", "F"), ("C", "D")]
    assert asked(sent, "D")["38"] == "100"


def test_a_child_follows_each_part_that_its_parent_fills(bench: Linked) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    bench.accept("P")
    sent = bench.fill("P", 30)
    assert told(sent) == [("P", "F"), ("C", "D"), ("C", "D")]
    assert asked(sent, "D")["38"] == "30"
    assert sent_to(SIM, bench.fill("P", 20), "G") == []  # the broker has not taken it yet
    more = asked(bench.accept("C"), "G")
    assert more["38"] == "50"
    bench.answer_all(bench.answer(more))
    bench.answer_all(bench.fill("P", 50))
    assert bench.quantity("C") == 100


def test_a_child_waits_for_the_whole_where_it_is_set_so(bench: Linked) -> None:
    bench.setup.clients[ACME].lists = ListRules(releases_on_part=False)
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    bench.accept("P")
    assert sent_to(SIM, bench.fill("P", 60), "D") == []
    sent = bench.says("P", "4", "|39=4")
    assert asked(sent, "D")["38"] == "60"  # it has ended, and this is what there is to protect


@pytest.mark.parametrize(("exec_type", "status"), [("4", "4"), ("C", "C")])
def test_a_child_ends_with_a_parent_that_filled_nothing(
    bench: Linked, exec_type: str, status: str
) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    sent = bench.says("P", exec_type, f"|39={status}")
    assert told(sent) == [("P", exec_type), ("C", "4")]
    assert sent_to(ACME, sent, "8")[1]["58"] == "canceled by linked order P"


def test_a_cancel_of_the_parent_cancels_its_children(bench: Linked) -> None:
    bench.bracket()
    cancel = asked(bench.client(f"35=F|11=X|41=P|55=IBM|54=1|{TIME}"), "F")
    assert told(bench.answer(cancel)) == [("X", "4"), ("T", "4"), ("S", "4")]


def test_a_parent_that_is_executed_after_its_children_ended_is_an_alarm(bench: Linked) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    bench.says("P", "4", "|39=4")
    assert told(bench.fill("P", 10)) == [("P", "F")]
    assert bench.alarms[-1].endswith("executed when what depends on it had ended")


def test_a_child_can_be_replaced_while_it_is_held(bench: Linked) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    bench.accept("P")
    [report] = bench.client(f"35=G|11=R|41=C|55=IBM|54=1|38=30|40=3|99=94|{TIME}")
    assert (report["150"], report["38"], report["636"]) == ("5", "30", "N")
    request = asked(bench.fill("P", 80), "D")
    assert (request["38"], request["99"]) == ("30", "94")


def test_a_rejected_parent_refuses_its_children(bench: Linked) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    sent = bench.says("P", "8", "|39=8|103=0|58=no")
    assert told(sent) == [("P", "8"), ("C", "8")]
    assert sent_to(ACME, sent, "8")[1]["58"] == "LIST_REFUSED: parent=P"


def test_a_client_cannot_want_more_of_a_child_than_its_parent_filled(bench: Linked) -> None:
    bench.linked(OTO, listed("P", 1), listed("C", 2, STOP))
    bench.accept("P")
    bench.answer_all(bench.fill("P", 40))
    replace = f"35=G|11=R|41=C|55=IBM|54=1|38={{}}|40=3|99=94|{TIME}"
    [refused] = bench.client(replace.format(50))
    assert (refused["35"], refused["58"]) == ("9", "LINKED_QUANTITY: limit=40")
    bench.answer(asked(bench.client(replace.format(40).replace("11=R", "11=R2")), "G"))
    bench.answer_all(bench.fill("P", 60))
    assert bench.quantity("C") == 100


# --- brackets -----------------------------------------------------------------------------------


def test_a_bracket_protects_what_was_filled_and_each_leg_reduces_the_other(
    bench: Linked,
) -> None:
    bench.bracket()
    bench.answer_all(bench.fill("P", 60))
    assert (bench.quantity("T"), bench.quantity("S")) == (60, 60)
    assert all("583" not in bench.found(name).extra for name in "TS")
    bench.answer_all(bench.fill("T", 20))
    assert (bench.quantity("T"), bench.quantity("S")) == (60, 40)
    bench.restarted()
    bench.answer_all(bench.fill("P", 40))
    assert (bench.quantity("T"), bench.quantity("S")) == (100, 80)
    bench.answer_all(bench.fill("S", 80))
    assert [bench.found(name).ord_status for name in "PTS"] == ["2", "4", "2"]
    assert bench.alarms == []


def test_a_bust_of_the_parent_reduces_what_is_open_and_says_so(bench: Linked) -> None:
    bench.bracket()
    bench.answer_all(bench.fill("P", 60))
    first = f"E{bench.executions - 2}"
    assert first in (bench.found("P").executions or {})
    bench.answer_all(bench.fill("P", 40))
    bench.answer_all(bench.bust("P", first))
    assert (bench.quantity("T"), bench.quantity("S")) == (40, 40)
    assert "an execution was taken back that T, S rest on" in bench.alarms[0]
    assert len(bench.alarms) == 1


def test_a_bust_after_the_children_executed_is_a_surplus_to_see(bench: Linked) -> None:
    bench.bracket()
    bench.answer_all(bench.fill("P", 100))
    parent_fill = next(iter(bench.found("P").executions or {}))
    bench.answer_all(bench.fill("T", 70))
    bench.answer_all(bench.bust("P", parent_fill))
    assert any("executed more than its parent" in alarm for alarm in bench.alarms)
    assert bench.found("T").cum_qty == 70
    assert bench.found("S").ord_status == "4"


# --- corporate actions --------------------------------------------------------------------------

GTC_LIMIT, GTC_STOP = "38=100|40=2|44=100|59=1", "38=100|40=3|99=95|59=1"


def split_on_monday(bench: Linked) -> None:
    """Two for one, to which no broker has anything to do."""
    bench.setup.reference.actions = CorporateActions([split(2, 1)])
    assert not sent_to(SIM, bench.roll_day(MONDAY), "G")


@pytest.mark.parametrize("ended", [False, True])
def test_a_split_leaves_what_reduces_each_other_as_it_is(bench: Linked, ended: bool) -> None:
    bench.roll_day(FRIDAY)
    bench.linked(OUO, listed("A", 1, GTC_LIMIT), listed("B", 2, GTC_STOP))
    bench.accept("A")
    bench.accept("B")
    bench.answer_all(bench.fill("A", 40))
    if ended:
        bench.says("A", "4", "|39=4")
    split_on_monday(bench)
    assert bench.quantity("B") == 120
    if not ended:
        assert asked(bench.fill("A", 20, 50), "G")["38"] == "100"
    assert bench.alarms == []


@pytest.mark.parametrize("filled", [60, 100])
def test_a_split_leaves_brackets_as_they_are(bench: Linked, filled: int) -> None:
    bench.roll_day(FRIDAY)
    take = listed("T", 2, GTC_LIMIT) + "|583=X"
    bench.linked(OTO, listed("P", 1, GTC_LIMIT), take, listed("S", 3, GTC_STOP) + "|583=X")
    bench.accept("P")
    bench.answer_all(bench.fill("P", filled))
    bench.answer_all(bench.fill("T", 20))
    split_on_monday(bench)
    assert (bench.quantity("T"), bench.quantity("S")) == (2 * filled, 2 * filled - 40)
    assert asked(bench.fill("T", 40, 50), "G")["38"] == str(2 * filled - 80)
    assert bench.alarms == []


# --- all or none --------------------------------------------------------------------------------


def test_linked_orders_are_taken_all_or_none() -> None:
    bench = Linked(limits_off(max_quantity=500))
    bad = listed("B", 2, "38=501|40=2|44=100")
    sent = bench.linked(OCO, listed("A", 1), bad, listed("C", 3))
    assert sent_to(SIM, sent, "D") == []
    [status] = sent_to(ACME, sent, "N")
    assert (status["431"], status["444"][:12]) == ("7", "MAX_QUANTITY")
    assert bench.statuses() == [("A", "8"), ("B", "8"), ("C", "8")]
    texts = [m["58"] for m in sent_to(ACME, sent, "8")]
    assert texts[0] == "LIST_REFUSED: cl_ord_id=B code=MAX_QUANTITY"
    assert texts[1].startswith("MAX_QUANTITY")
    assert texts[2] == texts[0]
    assert not bench.core.state.book.open
    assert facts(bench.refolded()) == facts(bench.core.state)


@pytest.mark.parametrize("orders", [1, 21])
def test_too_few_and_too_many_linked_orders_are_refused(bench: Linked, orders: int) -> None:
    [refused] = bench.linked(OCO, *[listed(f"A{n}", n) for n in range(1, orders + 1)])
    assert refused["444"] == f"LIST_UNSUPPORTED: linked={orders} limit=20"


def test_another_contingency_is_refused(bench: Linked) -> None:
    [refused] = bench.linked("5", listed("A", 1), listed("B", 2))
    assert refused["444"] == "LIST_UNSUPPORTED: tag=1385 value=5"


# --- to be executed later -----------------------------------------------------------------------


def test_a_list_may_wait_for_its_execution(bench: Linked) -> None:
    sent = bench.client(basket(listed("A", 1), listed("B", 2), more="433=2"))
    assert [m["35"] for m in sent] == ["N", "8", "8"]
    assert {m["58"] for m in sent_to(ACME, sent, "8")} == {"HELD: for=EXECUTE list=L1"}
    bench.restarted()
    bench.client(f"35=F|11=X|41=B|55=IBM|54=1|{TIME}")
    sent = bench.client(f"35=L|66=L1|{TIME}")
    assert [m["35"] for m in sent] == ["N", "8", "D"]
    assert (sent[0]["429"], sent[0]["431"]) == ("4", "2")
    [again] = bench.client(f"35=L|66=L1|{TIME}")
    assert (again["35"], again["429"]) == ("N", "2")
    [unknown] = bench.client(f"35=L|66=L9|{TIME}")
    assert (unknown["35"], unknown["380"]) == ("j", "1")


def test_a_bracket_may_wait_for_its_execution(bench: Linked) -> None:
    sent = bench.linked(OTO, listed("P", 1), listed("C", 2, STOP), more="|433=2")
    assert sent_to(SIM, sent, "D") == []
    sent = bench.client(f"35=L|66=L1|{TIME}")
    assert asked(sent, "D")["11"] == bench.found("P").broker_cl_ord_id
    assert asked(bench.fill("P", 100), "D")["11"] == bench.found("C").broker_cl_ord_id


def test_a_list_cancel_ends_held_children_as_well(bench: Linked) -> None:
    bench.bracket()
    sent = bench.client(f"35=K|66=L1|{TIME}")
    assert asked(sent, "F")["41"] == bench.found("P").broker_cl_ord_id
    assert sorted(told(sent)) == [("S", "4"), ("T", "4")]


# --- whatever happens ---------------------------------------------------------------------------


def working(order: Order) -> Decimal:
    """What of it is, or may be, at the broker, with what it has executed."""
    at_broker = order.leaves_qty if order.held is None and not order.closed else Decimal(0)
    asked = [r.terms.order_qty - order.cum_qty for r in order.open_requests if r.terms is not None]
    return order.cum_qty + max([at_broker, *asked])


STEPS = st.lists(
    st.tuples(
        st.sampled_from(["fill", "bust", "answer", "refuse", "down", "up", "restart", "cancel"]),
        st.sampled_from("PTS"),
        st.integers(1, 60),
    ),
    max_size=40,
)


class Story:
    """A bracket at a broker that answers when it likes, and fills no more than it holds."""

    def __init__(self, kind: str) -> None:
        self.bench = Linked()
        self.open: list[dict[str, str]] = []
        self.refused = False
        self.busted = False
        orders = [listed("P", 1), listed("T", 2) + "|583=X", listed("S", 3, STOP) + "|583=X"]
        self.take(self.bench.linked(kind, *orders))

    def take(self, sent: list[dict[str, str]]) -> None:
        self.open += [m for m in sent if m["link"] == str(SIM)]

    def do(self, step: str, name: str, quantity: int) -> None:
        order = self.bench.found(name)
        if step == "fill" and order.accepted and order.leaves_qty >= quantity:
            self.take(self.bench.fill(name, quantity))
        elif step == "bust" and name == "P":
            booked = [e for e, row in (order.executions or {}).items() if row.last_qty]
            if booked:
                self.busted = True
                self.take(self.bench.bust("P", booked[0]))
        elif step in ("answer", "refuse") and self.open:
            self.reply(self.open.pop(0), step)
        elif step in ("down", "up"):
            self.bench.setup.brokers["SIM"].up = step == "up"
            if step == "up":
                self.take(self.bench.took(self.bench.core.broker_up("SIM", self.bench.now)))
        elif step == "restart":
            self.bench.restarted()
        elif step == "cancel":
            body = f"35=F|11=X{self.bench.executions}|41={order.cl_ord_id}|55=IBM|54=1|{TIME}"
            self.bench.executions += 1
            self.take(self.bench.client(body))

    def reply(self, request: dict[str, str], step: str) -> None:
        order = self.bench.core.state.book.find_at_broker("SIM", request["11"])
        if order is None or order.closed or request["35"] not in "DFG":
            return
        if request["35"] == "G" and Decimal(request["38"]) <= order.cum_qty:
            step = "refuse"
        if step == "refuse" and request["35"] != "D":
            self.refused = True
            self.take(self.bench.refuse(request))
        else:
            self.take(self.bench.answer(request))

    def quiet(self) -> None:
        """The broker is there and does all that it was asked."""
        self.do("up", "P", 0)
        while self.open:
            self.reply(self.open.pop(0), "answer")


@settings(max_examples=150, deadline=None)
@given(STEPS)
def test_never_more_of_the_children_is_wanted_than_their_parent_filled(
    steps: list[tuple[str, str, int]],
) -> None:
    story = Story(OTO)
    for step, name, quantity in steps:
        story.do(step, name, quantity)
        parent = story.bench.found("P")
        for child in (story.bench.found("T"), story.bench.found("S")):
            if not story.busted:
                assert working(child) <= parent.cum_qty
    story.quiet()
    children = [story.bench.found(name) for name in "TS"]
    parent = story.bench.found("P")
    executed = sum(child.cum_qty for child in children)
    for child in children:
        if not story.refused and child.leaves_qty and child.held is None:
            assert executed + child.leaves_qty <= max(parent.cum_qty, executed)
    if executed > parent.cum_qty:
        assert any("more" in alarm for alarm in story.bench.alarms)
    assert facts(story.bench.refolded()) == facts(story.bench.core.state)


@settings(max_examples=100, deadline=None)
@given(STEPS, st.sampled_from([OCO, OUO, PROPORTIONAL]))
def test_after_quiet_nothing_works_beyond_what_the_others_left(
    steps: list[tuple[str, str, int]], kind: str
) -> None:
    story = Story(kind)
    for step, name, quantity in steps:
        story.do(step, name, quantity)
    story.quiet()
    orders = [story.bench.found(name) for name in "PTS"]
    executed = [order for order in orders if order.cum_qty]
    total = sum(order.cum_qty for order in orders)
    for order in orders:
        others = total - order.cum_qty
        if story.refused or not order.leaves_qty:
            continue
        assert order.terms.order_qty <= 100 - others if kind != OCO else not others
    if kind == OCO and len(executed) > 1:
        assert any("more than one executed" in alarm for alarm in story.bench.alarms)
    assert facts(story.bench.refolded()) == facts(story.bench.core.state)


@pytest.mark.parametrize("kind", [OCO, OTO, OUO, PROPORTIONAL])
@pytest.mark.parametrize("at", [1, 2])
def test_orders_in_money_are_not_linked(kind: str, at: int) -> None:
    bench = Linked(limits_off())
    first, second = ("152=5000|40=1" if at == number else LIMIT for number in (1, 2))
    sent = bench.linked(kind, listed("A", 1, first), listed("B", 2, second))
    assert not sent_to(SIM, sent, "D")
    [told] = sent_to(ACME, sent, "N")
    assert told["444"] == "LIST_UNSUPPORTED: linked=Y field=CashOrderQty(152)"
    assert [m["39"] for m in sent_to(ACME, sent, "8")] == ["8", "8"]
    assert not bench.core.state.book.open
