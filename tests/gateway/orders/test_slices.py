"""An order of which its broker cannot hide a part: it gets one slice after the other, and the
client has one order.
"""

from __future__ import annotations

import pytest

from gateway.corporate_actions import CorporateActions
from gateway.orders.orphans import adopt
from gateway.orders.sheet import EMULATED, Sheet
from gateway.orders.slices import next_qty
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, NOON, SECOND, SIM, Bench, message
from tests.gateway.orders.test_emulation import at, to
from tests.gateway.test_corporate_actions import split
from tests.gateway.test_state import facts

CANCEL = "35=F|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00"
REPLACE = "35=G|11=Y|41=X|55=IBM|54=1|40=2|60=20261121-12:00:00|"
GTC = {"tag59": "1"}
Sent = list[dict[str, str]]


class Broker:
    """Answers a bench's slices as a broker that knows nothing of the whole."""

    def __init__(self, version: str = "FIX.4.4", **changes: str) -> None:
        self.bench = Bench(client_version=version)
        self.bench.core.setup.clients[ACME].emulates = frozenset(EMULATED)
        self.bench.core.setup.brokers["SIM"].sheet = Sheet(
            frozenset({"market", "limit"}),
            frozenset({"day", "gtc"}),
            frozenset({"replace", "status"}),
            frozenset(),
        )
        self.count = 0
        self.filled: dict[str, int] = {}
        self.sizes: dict[str, int] = {}
        self.seen = self.taking(self.bench.order(**{"tag38": "250", "tag111": "100"} | changes))

    def taking(self, sent: Sent) -> Sent:
        """Note the slices among what was sent; each has an id of its own and hides nothing."""
        for order in to(SIM, sent):
            if order["35"] == "D":
                assert order["11"] not in self.sizes
                assert "111" not in order
                assert "1138" not in order
                self.sizes[order["11"]] = int(order["38"])
        self.assert_a_restart_finds_the_same()
        return sent

    def assert_a_restart_finds_the_same(self) -> None:
        bench = self.bench
        assert facts(bench.refolded()) == facts(bench.core.state)
        again = State(bench.limits, 100)
        for time_ns, payload in snapshot(bench.core.state, bench.now):
            again.fold(payload, time_ns)
        book = bench.core.state.book.open
        told = {n: next_qty(o) for n, o in book.items() if o.history is not None}
        assert list(again.holds.slices) == list(bench.core.state.holds.slices)
        assert {n: next_qty(o) for n, o in again.book.open.items()} == told

    @property
    def ids(self) -> list[str]:
        """ClOrdIDs(11) of the slices."""
        return list(self.sizes)

    def says(self, slice_: str, exec_type: str, status: str, more: str = "") -> Sent:
        """A report on a slice, in whose numbers nothing else counts."""
        self.count += 1
        body = f"35=8|11={slice_}|37=B-{slice_}|17=E{self.count}|150={exec_type}|39={status}"
        body += f"|54=1|55=IBM|38={self.sizes[slice_]}|14={self.filled.get(slice_, 0)}"
        return self.taking(self.bench.broker(body + more))

    def new(self, slice_: str) -> Sent:
        return self.says(slice_, "0", "0")

    def fill(self, slice_: str, quantity: int, price: str = "100") -> Sent:
        self.filled[slice_] = self.filled.get(slice_, 0) + quantity
        status = "2" if self.filled[slice_] >= self.sizes[slice_] else "1"
        return self.says(slice_, "F", status, f"|32={quantity}|31={price}")

    def bust(self, slice_: str, exec_ref_id: str, quantity: int, status: str) -> Sent:
        self.filled[slice_] -= quantity
        return self.says(slice_, "H", status, f"|19={exec_ref_id}|32=0|31=0")

    def whole(self) -> tuple[str, str, str]:
        """What the order's client would be told of its status."""
        [told] = self.bench.client("35=H|11=X|55=IBM|54=1")
        return told["39"], told["14"], told["151"]


def test_the_client_has_one_order_and_the_broker_one_slice_at_a_time() -> None:
    broker = Broker()
    assert [m["38"] for m in broker.seen] == ["100"]
    first = broker.ids[0]
    [new] = broker.new(first)
    assert (new["150"], new["38"], new["151"], new["111"]) == ("0", "250", "250", "100")
    [told] = broker.fill(first, 40, "99")
    assert (told["150"], told["39"], told["14"], told["151"]) == ("F", "1", "40", "210")
    told, sent = broker.fill(first, 60, "100")
    assert (told["39"], told["32"], told["14"], told["151"]) == ("1", "60", "100", "150")
    assert (told["6"], told["11"], sent["38"], sent["44"]) == ("99.6", "X", "100", "100")
    second = broker.ids[1]
    assert sent["11"] == second
    assert broker.says(second, "A", "A") == []
    assert broker.new(second) == []
    told, sent = broker.fill(second, 100)
    assert (told["39"], told["14"], told["151"], sent["38"]) == ("1", "200", "50", "50")
    [told] = broker.fill(broker.ids[2], 50)
    assert (told["39"], told["14"], told["151"], told["6"]) == ("2", "250", "0", "99.84")
    assert not broker.bench.alarms
    assert broker.bench.found().closed


def test_its_exposure_is_that_of_the_whole_and_is_reserved_once() -> None:
    broker = Broker()
    account = broker.bench.core.state.exposures.of("ACC")
    assert (account.open_orders, account.open_notional) == (1, 25_000)
    broker.fill(broker.ids[0], 100)
    assert (account.open_orders, account.open_notional) == (1, 15_000)
    broker.fill(broker.ids[1], 100)
    broker.fill(broker.ids[2], 50)
    assert (account.open_orders, account.open_notional) == (0, 0)


def test_a_crash_between_two_slices_has_one_of_them_sent_once() -> None:
    """The execution and the slice that follows it are facts of one decision."""
    broker = Broker()
    bench, slice_ = broker.bench, broker.ids[0]
    body = f"11={slice_}|37=B|17=E|150=F|39=2|32=100|31=100|14=100"
    decision = bench.core.message(SIM, message("8", body), "", NOON)
    assert [p.partition(b"\x01")[0] for _, p in decision.events] == [
        b"InstrumentTold",
        b"OrderExecuted",
        b"SliceCounted",
        b"SliceSent",
    ]
    assert [s.msg_type for s in decision.sends] == ["8", "D"]
    bench.took(decision)
    assert bench.took(bench.core.tick(NOON + SECOND)) == []
    assert bench.broker(f"35=8|{body}") == []  # resent


def test_a_cancel_cancels_the_slice_and_ends_the_whole() -> None:
    broker = Broker()
    broker.fill(broker.ids[0], 100)
    broker.fill(broker.ids[1], 30)
    [cancel] = broker.bench.client(CANCEL)
    assert (cancel["link"], cancel["35"], cancel["41"]) == (str(SIM), "F", broker.ids[1])
    assert (cancel["38"], cancel["37"]) == ("100", f"B-{broker.ids[1]}")
    said = f"35=8|11={cancel['11']}|41={broker.ids[1]}|37=B|17=Z|150=4|39=4|14=30|38=100"
    [told] = broker.taking(broker.bench.broker(said))
    assert (told["150"], told["39"], told["11"], told["41"]) == ("4", "4", "C", "X")
    assert (told["14"], told["151"]) == ("130", "0")
    [late] = broker.fill(broker.ids[1], 20)
    assert (late["39"], late["14"], late["151"]) == ("4", "150", "0")
    assert len(broker.ids) == 2


def test_a_cancel_that_the_fill_of_the_slice_overtakes_is_carried_out_here() -> None:
    broker = Broker()
    broker.new(broker.ids[0])
    [cancel] = broker.bench.client(CANCEL)
    trade, told = broker.fill(broker.ids[0], 100)
    assert (trade["150"], trade["39"], trade["14"]) == ("F", "1", "100")
    assert (told["150"], told["39"], told["11"], told["41"]) == ("4", "4", "C", "X")
    assert (told["14"], told["151"]) == ("100", "0")
    reject = f"35=9|11={cancel['11']}|41={broker.ids[0]}|37=B|39=2|102=0|434=1"
    assert broker.taking(broker.bench.broker(reject)) == []
    assert broker.bench.found().closed
    assert len(broker.ids) == 1


def test_a_refusal_of_the_cancel_before_that_fill_ends_the_order_with_it() -> None:
    broker = Broker()
    broker.new(broker.ids[0])
    [cancel] = broker.bench.client(CANCEL)
    reject = f"35=9|11={cancel['11']}|41={broker.ids[0]}|37=B|39=2|102=0|434=1"
    [asked] = broker.taking(broker.bench.broker(reject))
    assert (asked["35"], asked["11"]) == ("H", broker.ids[0])
    assert broker.whole() == ("0", "0", "250")
    _, told = broker.fill(broker.ids[0], 100)
    assert (told["150"], told["11"], told["151"]) == ("4", "C", "0")


def test_a_cancel_that_the_broker_refuses_for_another_reason_is_refused() -> None:
    broker = Broker()
    broker.new(broker.ids[0])
    [cancel] = broker.bench.client(CANCEL)
    reject = f"35=9|11={cancel['11']}|41={broker.ids[0]}|37=B|39=0|102=2|434=1"
    [told] = broker.taking(broker.bench.broker(reject))
    assert (told["35"], told["39"], told["102"]) == ("9", "0", "2")
    assert [m["35"] for m in broker.fill(broker.ids[0], 100)] == ["8", "D"]


def test_a_cancel_of_an_order_that_is_filled_as_a_whole_is_too_late() -> None:
    broker = Broker(tag38="100")
    [cancel] = broker.bench.client(CANCEL)
    [told] = broker.fill(broker.ids[0], 100)
    assert (told["150"], told["39"]) == ("F", "2")
    reject = f"35=9|11={cancel['11']}|41={broker.ids[0]}|37=B|39=2|102=0|434=1"
    [told] = broker.taking(broker.bench.broker(reject))
    assert (told["35"], told["39"]) == ("9", "2")


def test_a_refusal_of_the_cancel_before_the_fill_of_the_last_slice_is_one_of_the_order() -> None:
    broker = Broker(tag38="100")
    broker.new(broker.ids[0])
    [cancel] = broker.bench.client(CANCEL)
    reject = f"35=9|11={cancel['11']}|41={broker.ids[0]}|37=B|39=2|102=0|434=1"
    [told] = broker.taking(broker.bench.broker(reject))
    assert (told["35"], told["11"], told["102"]) == ("9", "C", "0")
    [told] = broker.fill(broker.ids[0], 100)
    assert (told["150"], told["39"]) == ("F", "2")
    assert broker.bench.found().closed


@pytest.mark.parametrize(("exec_type", "status"), [("4", "4"), ("8", "8"), ("C", "C"), ("3", "3")])
def test_what_ends_a_slice_ends_the_order_for_its_rest(exec_type: str, status: str) -> None:
    broker = Broker()
    broker.fill(broker.ids[0], 100)
    [told] = broker.says(broker.ids[1], exec_type, status, "|103=0|58=why")
    shown = "4" if status == "8" else status
    assert (told["150"], told["39"], told["14"], told["151"]) == (shown, shown, "100", "0")
    assert told["58"] == "why"
    assert broker.bench.found().closed
    assert broker.bench.core.state.exposures.of("ACC").open_notional == 0


def test_a_refusal_of_the_first_slice_is_one_of_the_order() -> None:
    broker = Broker()
    [told] = broker.says(broker.ids[0], "8", "8", "|103=0|58=why")
    assert (told["150"], told["39"], told["14"]) == ("8", "8", "0")


def test_while_it_is_halted_no_slice_goes_and_afterwards_one() -> None:
    broker = Broker()
    core = broker.bench.core
    broker.bench.took(core.halt("symbol:IBM", False, "op", "why", NOON))
    trade, held = broker.fill(broker.ids[0], 100)
    assert (trade["150"], held["150"], held["39"], held["636"]) == ("F", "D", "1", "N")
    assert held["58"] == "HELD: for=SLICE halted=symbol:IBM"
    assert len(broker.ids) == 1
    assert list(core.state.held) == [1]
    assert broker.bench.took(core.tick(NOON + SECOND)) == []
    [sent] = broker.taking(broker.bench.took(core.resume("symbol:IBM", "op", "why", NOON)))
    assert (sent["35"], sent["38"]) == ("D", "100")
    assert broker.bench.took(core.tick(NOON + SECOND)) == []
    assert broker.bench.found().held is None


def waiting() -> Broker:
    """An order whose broker went down before its second slice could be sent."""
    broker = Broker()
    broker.bench.core.setup.brokers["SIM"].up = False
    _, held = broker.fill(broker.ids[0], 100)
    assert held["58"] == "HELD: for=SLICE broker_down=SIM"
    return broker


def test_while_it_waits_a_cancel_is_answered_here() -> None:
    broker = waiting()
    [told] = broker.taking(broker.bench.client(CANCEL))
    assert (told["150"], told["39"], told["14"], told["151"]) == ("4", "4", "100", "0")
    assert broker.taking(broker.bench.took(broker.bench.core.broker_up("SIM", NOON))) == []


def test_while_it_waits_all_of_it_can_be_replaced() -> None:
    broker = waiting()
    [told] = broker.taking(broker.bench.client(f"{REPLACE}38=180|44=99|111=70"))
    assert (told["150"], told["38"], told["44"], told["151"]) == ("5", "180", "99", "80")
    [sent] = broker.taking(broker.bench.took(broker.bench.core.broker_up("SIM", NOON)))
    assert (sent["38"], sent["44"], sent["11"]) == ("70", "99", broker.ids[1])


def test_while_it_waits_it_can_be_replaced_by_what_is_filled_and_then_is_over() -> None:
    broker = waiting()
    [told] = broker.taking(broker.bench.client(f"{REPLACE}38=100|44=100|111=70"))
    assert (told["150"], told["39"], told["151"]) == ("5", "2", "0")
    assert broker.bench.found().closed
    assert not broker.bench.core.state.held
    assert broker.taking(broker.bench.took(broker.bench.core.broker_up("SIM", NOON))) == []


def test_what_waits_for_its_broker_goes_when_that_is_back() -> None:
    broker = waiting()
    [sent] = broker.taking(broker.bench.took(broker.bench.core.broker_up("SIM", NOON)))
    assert (sent["35"], sent["38"]) == ("D", "100")


def test_it_waits_while_the_gateway_takes_no_orders() -> None:
    broker = Broker()
    core = broker.bench.core
    core.refuse_new = "DISK_RESERVE"
    _, held = broker.fill(broker.ids[0], 100)
    assert held["58"] == "HELD: for=SLICE gateway=DISK_RESERVE"
    core.refuse_new = ""
    [sent] = broker.taking(broker.bench.took(core.tick(NOON)))
    assert sent["35"] == "D"


def test_a_late_execution_of_it_while_it_waits_is_booked() -> None:
    broker = Broker()
    broker.bench.took(broker.bench.core.halt("firm", False, "op", "why", NOON))
    broker.fill(broker.ids[0], 100)
    [told] = broker.fill(broker.ids[0], 10)
    assert (told["39"], told["14"], told["151"]) == ("1", "110", "140")
    assert broker.bench.found().held is not None
    [sent] = broker.taking(broker.bench.took(broker.bench.core.resume("firm", "op", "why", NOON)))
    assert sent["38"] == "100"


def test_a_replace_of_what_is_not_shown_leaves_the_slice_alone() -> None:
    broker = Broker()
    broker.fill(broker.ids[0], 100)
    [told] = broker.taking(broker.bench.client(f"{REPLACE}38=230|44=100|111=100"))
    assert (told["150"], told["39"], told["11"], told["41"]) == ("5", "1", "Y", "X")
    assert (told["38"], told["14"], told["151"]) == ("230", "100", "130")
    assert broker.bench.found().broker_cl_ord_id == broker.ids[1]
    assert not broker.bench.found().accepted
    told, sent = broker.fill(broker.ids[1], 100)
    assert (told["11"], told["151"], sent["38"]) == ("Y", "30", "30")


def test_an_execution_of_an_earlier_slice_is_booked_and_no_evidence_of_the_newest() -> None:
    broker = Broker()
    first = broker.ids[0]
    broker.fill(first, 100)
    [told] = broker.fill(first, 10)
    assert (told["14"], told["151"]) == ("110", "140")
    order = broker.bench.found()
    assert (order.accepted, order.broker_order_id) == (False, "")
    assert [m["38"] for m in to(SIM, broker.fill(broker.ids[1], 100))] == ["40"]
    assert broker.says(first, "0", "0") == []
    assert broker.bench.alarms == []


def test_a_bust_of_an_earlier_slice_goes_out_again_unless_that_works_for_it() -> None:
    for status, then in (("2", "100"), ("1", "50")):
        broker = Broker()
        first = broker.ids[0]
        broker.fill(first, 60)
        broker.fill(first, 40)
        [told] = broker.bust(first, "E2", 40, status)
        assert (told["150"], told["39"], told["14"], told["151"]) == ("H", "1", "60", "190")
        assert ("works again" in "".join(broker.bench.alarms)) == (status == "1")
        assert [m["38"] for m in to(SIM, broker.fill(broker.ids[1], 100))] == (
            ["90"] if status == "2" else [then]
        )
        if status == "1":
            assert [m["150"] for m in broker.fill(first, 40)] == ["F"]
            [told] = broker.fill(broker.ids[2], 50)
            assert (told["39"], told["14"]) == ("2", "250")


def test_a_bust_of_the_slice_that_works_needs_no_other() -> None:
    broker = Broker()
    first = broker.ids[0]
    broker.fill(first, 60)
    [told] = broker.bust(first, "E1", 60, "0")
    assert (told["150"], told["14"], told["151"]) == ("H", "0", "250")
    assert [m["38"] for m in to(SIM, broker.fill(first, 100))] == ["100"]


def test_a_correction_counts_with_its_slice() -> None:
    broker = Broker()
    first = broker.ids[0]
    broker.fill(first, 60)
    broker.filled[first] = 50
    [told] = broker.says(first, "G", "1", "|19=E1|32=50|31=99")
    assert (told["14"], told["6"], told["151"]) == ("50", "99", "200")
    assert [m["35"] for m in broker.fill(first, 50)] == ["8", "D"]


def test_a_bust_after_the_whole_was_filled_is_right_out_of_the_shelf() -> None:
    for status, sent in (("2", ["50"]), ("0", [])):
        broker = Broker()
        for _ in range(3):
            broker.fill(broker.ids[-1], broker.sizes[broker.ids[-1]])
        for name in ("P", "Q"):  # so that the first one goes to the shelf
            broker.bench.order(name, tag44="1000", tag40="9")
        assert broker.bench.found().closed
        told = broker.bust(broker.ids[2], "E3", 50, status)
        assert (told[0]["39"], told[0]["14"], told[0]["151"]) == ("1", "200", "50")
        assert [m["38"] for m in to(SIM, told)] == sent


def test_a_slice_of_which_nothing_is_known_is_unknown_until_its_status_tells() -> None:
    broker = Broker()
    core = broker.bench.core
    broker.fill(broker.ids[0], 100)
    broker.bench.took(core.messages_lost("SIM", "numbers were reset", NOON))
    assert broker.bench.found().unknown
    [asked] = broker.bench.took(core.broker_up("SIM", NOON))
    assert (asked["35"], asked["11"], asked.get("37")) == ("H", broker.ids[1], None)
    assert broker.says(broker.ids[0], "I", "2") == []  # of the slice before
    assert broker.bench.found().unknown
    assert broker.says(broker.ids[1], "I", "0") == []
    assert not broker.bench.found().unknown
    assert broker.whole() == ("1", "100", "150")


def test_a_status_that_tells_of_a_fill_nobody_reported_settles_nothing_before_it_is_told() -> None:
    broker = Broker()
    core = broker.bench.core
    broker.bench.took(core.messages_lost("SIM", "numbers were reset", NOON))
    broker.bench.took(core.broker_up("SIM", NOON))
    broker.filled[broker.ids[0]] = 100
    broker.says(broker.ids[0], "I", "2")
    assert broker.bench.found().unknown
    assert len(broker.ids) == 1
    broker.filled[broker.ids[0]] = 0
    assert [m["35"] for m in broker.fill(broker.ids[0], 100)] == ["8", "D"]
    assert not broker.bench.found().unknown


def test_a_slice_that_the_broker_never_got_ends_the_order_and_an_earlier_one_does_not() -> None:
    broker = Broker()
    core = broker.bench.core
    broker.fill(broker.ids[0], 100)
    for certain in (True, False):
        again = message("D", f"11={broker.ids[0]}")
        assert broker.bench.took(core.not_resent(SIM, again, certain, NOON)) == []
    told = broker.bench.took(core.not_resent(SIM, message("D", f"11={broker.ids[1]}"), True, NOON))
    assert [(m["150"], m["39"], m["14"], m["151"]) for m in told] == [("4", "4", "100", "0")]
    assert "NOT_RECEIVED" in told[0]["58"]


def test_a_slice_that_its_broker_does_not_find_ends_the_order() -> None:
    broker = Broker()
    core = broker.bench.core
    broker.fill(broker.ids[0], 100)
    broker.bench.took(core.messages_lost("SIM", "numbers were reset", NOON))
    broker.bench.took(core.broker_up("SIM", NOON))
    denied = f"35=8|11={broker.ids[1]}|37=NONE|17=0|150=I|39=8|103=5|14=0|38=0"
    broker.bench.broker(denied)
    assert broker.bench.found().unknown
    broker.bench.now += 6 * SECOND
    [asked] = broker.bench.took(core.tick(broker.bench.now))
    assert asked["35"] == "H"
    [told] = broker.taking(broker.bench.broker(denied))
    assert (told["150"], told["39"], told["14"]) == ("4", "4", "100")


def test_a_stop_of_which_a_part_is_shown_goes_in_slices_once_it_triggers() -> None:
    broker = Broker(tag40="4", tag44="106", tag99="105")
    assert [m["150"] for m in broker.seen] == ["0"]
    told, sent = broker.taking(at(broker.bench, "105"))
    assert (told["150"], sent["35"], sent["40"], sent["38"]) == ("D", "D", "2", "100")
    assert "99" not in sent
    assert [m["38"] for m in to(SIM, broker.fill(broker.ids[0], 100))] == ["100"]


def test_a_mass_cancel_an_operator_and_an_absence_cancel_the_slice() -> None:
    for cancel in (
        lambda b: b.client("35=q|11=M|530=7|60=20261121-12:00:00"),
        lambda b: b.took(b.core.halt("firm", True, "op", "why", NOON)),
        lambda b: b.took(b.core.cancel_order(b.found(), "op", "why", NOON)),
        lambda b: b.took(b.core.cancel_each({1}, "cancel on disconnect", NOON)),
    ):
        broker = Broker()
        broker.fill(broker.ids[0], 100)
        [sent] = [m for m in cancel(broker.bench) if m["35"] == "F"]
        assert (sent["41"], sent["38"]) == (broker.ids[1], "100")
        said = f"35=8|11={sent['11']}|41={sent['41']}|37=B|17=Z|150=4|39=4|14=0|38=100"
        [told] = broker.taking(broker.bench.broker(said))
        assert (told["39"], told["14"], told["151"]) == ("4", "100", "0")


def test_a_good_till_cancel_order_goes_on_the_next_day_and_a_day_order_does_not() -> None:
    for time, sent in (("1", ["100"]), ("0", [])):
        broker = Broker(tag59=time)
        broker.bench.roll_day(20261121)
        broker.fill(broker.ids[0], 60)
        broker.bench.now += 86_400 * SECOND
        broker.taking(broker.bench.roll_day(20261122))
        told = broker.fill(broker.ids[0], 40)
        assert [m["38"] for m in to(SIM, told)] == sent
        if time == "0":
            assert (told[-1]["150"], told[-1]["14"], told[-1]["151"]) == ("C", "100", "0")
        else:
            assert (told[0]["424"], told[0]["425"]) == ("190", "40")


def test_good_till_date_is_watched_here_for_all_slices() -> None:
    broker = Broker(tag59="6", tag126="20261121-13:00:00")
    told, sent = broker.fill(broker.ids[0], 100)
    assert (told["59"], sent["59"], sent.get("126")) == ("6", "1", None)
    broker.bench.now += 3601 * SECOND
    [cancel] = broker.bench.took(broker.bench.core.tick(broker.bench.now))
    assert (cancel["35"], cancel["41"]) == ("F", broker.ids[1])
    told = broker.fill(broker.ids[1], 100)
    assert [(m["150"], m["39"]) for m in told] == [("F", "1"), ("C", "C")]


def test_its_broker_may_work_a_slice_for_less_and_the_rest_goes_in_the_next() -> None:
    broker = Broker()
    broker.new(broker.ids[0])
    broker.sizes[broker.ids[0]] = 40
    [told] = broker.says(broker.ids[0], "D", "0", "|378=5")
    assert (told["38"], told["151"]) == ("250", "250")
    assert [m["38"] for m in to(SIM, broker.fill(broker.ids[0], 40))] == ["100"]


def test_a_split_that_the_broker_makes_of_a_slice_is_one_of_the_order() -> None:
    broker = Broker(**GTC)
    broker.fill(broker.ids[0], 100)
    broker.fill(broker.ids[1], 30)
    broker.sizes[broker.ids[1]], broker.filled[broker.ids[1]] = 200, 60
    [told] = broker.says(broker.ids[1], "D", "1", "|378=0|44=50")
    assert (told["38"], told["14"], told["151"], told["44"]) == ("500", "260", "240", "50")
    assert [m["38"] for m in to(SIM, broker.fill(broker.ids[1], 140))] == ["100"]


def test_what_may_all_be_shown_is_one_slice() -> None:
    broker = Broker(tag38="100", tag111="100")
    assert broker.sizes == {broker.ids[0]: 100}
    [told] = broker.fill(broker.ids[0], 100)
    assert told["39"] == "2"


def test_in_a_list_it_goes_in_slices_and_among_linked_orders_it_is_refused() -> None:
    listed = "73=2|11=L1|67=1|55=IBM|54=1|38=250|40=2|44=100|111=100"
    listed += "|11=L2|67=2|55=IBM|54=1|38=100|40=2|44=100"
    broker = Broker()
    sent = broker.taking(broker.bench.client(f"35=E|66=L|394=3|68=2|{listed}"))
    assert [m["38"] for m in to(SIM, sent)] == ["100", "100"]
    broker = Broker()
    sent = broker.taking(broker.bench.client(f"35=E|66=L|394=3|1385=1|68=2|{listed}"))
    assert to(SIM, sent) == []
    text = "LIST_UNSUPPORTED: linked=Y broker=SIM lacks=iceberg"
    assert text in [m.get("58") for m in sent]


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"tag59": "3"}, "BROKER_CANNOT: broker=SIM time_in_force=ioc"),
        ({"tag111": "0"}, "FIELD_INVALID: MaxFloor(111)=0"),
        ({"tag78": "1"}, "BROKER_CANNOT: broker=SIM feature=iceberg field=NoAllocs(78)"),
        ({"tag110": "50"}, "BROKER_CANNOT: broker=SIM feature=iceberg field=MinQty(110)"),
        ({"tag1084": "3"}, "BROKER_CANNOT: broker=SIM feature=iceberg DisplayMethod(1084)=3"),
        ({"tag38": "1001000", "tag111": "1000"}, "DISPLAY_QTY: display_qty=1000 slices_max=1000"),
    ],
)
def test_what_cannot_be_sliced_is_refused(fields: dict[str, str], text: str) -> None:
    broker = Broker(**fields)
    [told] = broker.seen
    assert (told["150"], told["58"]) == ("8", text)
    assert broker.bench.core.state.exposures.of("ACC").open_notional == 0


def test_of_a_broker_with_times_that_cannot_be_sliced_they_are_refused() -> None:
    broker = Broker()
    broker.bench.core.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"market", "limit", "stop", "limit_on_close"}),
        frozenset({"day", "ioc", "fok", "opg", "at_close"}),
        frozenset(),
        frozenset(),
    )
    for number, (fields, lacks) in enumerate(
        (
            ({"tag59": "3"}, "time_in_force=ioc"),
            ({"tag59": "4"}, "time_in_force=fok"),
            ({"tag59": "2"}, "time_in_force=opg"),
            ({"tag59": "7"}, "order_type=limit_on_close"),
            ({"tag40": "3", "tag44": "", "tag99": "105"}, "order_type=stop"),
        )
    ):
        [told] = broker.bench.order(f"Z{number}", tag111="10", **fields)
        assert told["58"] == f"BROKER_CANNOT: broker=SIM feature=iceberg {lacks}"


def test_without_emulate_it_is_refused_and_a_broker_that_can_gets_it_whole() -> None:
    broker = Broker()
    broker.bench.core.setup.clients[ACME].emulates = frozenset()
    [told] = broker.bench.order("Z", tag111="10")
    assert told["58"] == "BROKER_CANNOT: broker=SIM feature=iceberg"
    sheet = Sheet(frozenset({"limit"}), frozenset({"day"}), frozenset(), frozenset({"iceberg"}))
    broker.bench.core.setup.brokers["SIM"].sheet = sheet
    [sent] = broker.bench.order("Z2", tag111="10")
    assert (sent["35"], sent["38"], sent["111"]) == ("D", "100", "10")


def after_a_split() -> Broker:
    """Its second slice of 33 has 10 filled when 3 units come for 2: a half is lost here."""
    broker = Broker(tag38="100", tag111="33", **GTC)
    broker.bench.roll_day(20261123)
    broker.fill(broker.ids[0], 33)
    broker.fill(broker.ids[1], 10)
    broker.bench.setup.reference.actions = CorporateActions([split(3, 2, 20261124)])
    broker.taking(broker.bench.roll_day(20261124))
    broker.sizes[broker.ids[1]], broker.filled[broker.ids[1]] = 49, 15
    assert broker.whole() == ("1", "64", "85")
    return broker


@pytest.mark.parametrize("quantity", [49, 50])
def test_what_is_left_of_a_slice_after_a_split_is_what_its_broker_says(quantity: int) -> None:
    broker = after_a_split()
    second = broker.ids[1]
    broker.sizes[second] = quantity
    assert broker.says(second, "D", "1", "|378=0") == []
    [told, sent] = broker.fill(second, quantity - 15, "60")
    assert (told["38"], told["14"], sent["38"]) == ("149", str(64 + quantity - 15), "33")
    assert not broker.bench.found().unknown


def test_a_slice_that_is_filled_and_not_all_of_it_here_does_not_hang_unseen() -> None:
    broker = after_a_split()
    second = broker.ids[1]
    told, asked = broker.fill(second, 34, "60")
    assert (told["14"], told["151"], asked["35"], asked["11"]) == ("98", "51", "H", second)
    assert broker.bench.found().unknown
    assert "its slice is filled, the broker says, and 1 is missing" in broker.bench.alarms[-1]
    told, sent = broker.says(second, "F", "2", "|32=1|31=60")
    assert (told["14"], sent["35"], sent["38"]) == ("99", "D", "33")
    assert not broker.bench.found().unknown


def test_an_adopted_execution_of_no_slice_sends_none_beside_the_one_that_works() -> None:
    broker = Broker()
    bench, first = broker.bench, broker.ids[0]
    broker.new(first)
    bench.broker("35=8|37=Z|11=Z|17=Z|150=F|39=2|32=100|31=100|54=1|55=IBM|38=100|14=100")
    [key] = [key for key, _, _ in bench.core.state.parked.items()]
    decision = bench.core.decision(bench.now)
    adopt(decision, key, bench.found(), "ann", "why")
    assert to(SIM, broker.taking(bench.took(decision))) == []
    assert broker.whole() == ("1", "100", "150")
    assert "is not counted of any" in bench.alarms[-1]
    told, sent = broker.fill(first, 100)
    assert (told["14"], sent["38"]) == ("200", "50")


def test_more_of_a_slice_than_it_is_has_an_alarm_and_is_booked() -> None:
    broker = Broker()
    told, sent = broker.fill(broker.ids[0], 120)
    assert (told["14"], sent["38"]) == ("120", "100")
    assert "its slice is overfilled by 20" in "".join(broker.bench.alarms)


def test_so_has_an_execution_that_is_adopted_for_it() -> None:
    broker = Broker()
    bench, first = broker.bench, broker.ids[0]
    broker.fill(first, 40)
    again = f"35=8|11={first}|37=B-{first}|17=E1|150=F|39=2|32=90|31=100|54=1|55=IBM|38=100|14=130"
    assert broker.taking(bench.broker(again)) == []
    [key] = [key for key, _, _ in bench.core.state.parked.items()]
    decision = bench.core.decision(bench.now)
    adopt(decision, key, bench.found(), "ann", "the broker used its ExecID(17) twice")
    told, sent = broker.taking(bench.took(decision))
    assert (told["14"], told["151"], sent["38"]) == ("130", "120", "100")
    assert "its slice is overfilled by 30" in "".join(bench.alarms)
