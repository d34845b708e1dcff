"""Replaces of the slice that works, of an order that its broker gets in slices."""

from __future__ import annotations

import pytest

from gateway.corporate_actions import CorporateActions
from gateway.orders.sheet import Sheet
from tests.gateway.bench import NOON, SIM, message
from tests.gateway.orders.test_emulation import to
from tests.gateway.orders.test_slices import GTC, REPLACE, Broker, Sent
from tests.gateway.test_corporate_actions import split

AGAIN = REPLACE.replace("11=Y|41=X", "11=Z|41=Y")


class Replaced(Broker):
    """Whose client has asked for other terms of an order of 250 of which 100 may be shown; 30 of
    the first slice are filled.
    """

    def __init__(self, terms: str, **changes: str) -> None:
        super().__init__(**changes)
        self.sent: Sent = []
        self.fill(self.ids[0], 30)
        self.asked: list[str] = []
        self.ask(REPLACE + terms)

    def ask(self, body: str) -> Sent:
        told = self.taking(self.bench.client(body))
        self.sent = [m for m in to(SIM, told) if m["35"] == "G"]
        self.asked += [m["11"] for m in self.sent]
        return told

    def replaced(self, quantity: int, index: int = -1, more: str = "") -> Sent:
        """The broker does what was asked; the slice goes on under the newest id."""
        first, asked = self.ids[-1], self.asked[index]
        filled = self.filled.get(first, 0)
        self.sizes[first] = quantity
        body = f"35=8|11={asked}|41={first}|37=B-{first}|17=R{asked}|150=5|39=5|54=1|55=IBM"
        return self.taking(self.bench.broker(f"{body}|38={quantity}|14={filled}{more}"))

    def refused(self, index: int = 0, reason: int = 2, status: str = "1") -> Sent:
        body = f"35=9|11={self.asked[index]}|41={self.ids[-1]}|37=B|39={status}|102={reason}|434=2"
        return self.taking(self.bench.broker(body))


@pytest.mark.parametrize(
    ("terms", "quantity", "price"),
    [
        ("38=250|44=99|111=100", "100", "99"),  # at another price
        ("38=80|44=100|111=100", "80", "100"),  # less than was to be shown
        ("38=250|44=100|111=40", "70", "100"),  # 40 are shown beside what is filled
        ("38=250|44=100|111=150", "180", "100"),
        ("38=250|44=100", "250", "100"),  # all of it is shown
        ("38=30|44=100|111=100", "30", "100"),  # nothing but what is filled
    ],
)
def test_what_changes_the_slice_that_works_is_asked_of_its_broker(
    terms: str, quantity: str, price: str
) -> None:
    broker = Replaced(terms)
    [sent] = broker.sent
    assert (sent["link"], sent["41"], sent["37"]) == (str(SIM), broker.ids[0], f"B-{broker.ids[0]}")
    assert (sent["38"], sent["44"], sent["54"], sent["55"]) == (quantity, price, "1", "IBM")
    assert "111" not in sent
    assert broker.whole() == ("1", "30", "220")


def test_once_its_broker_has_done_it_the_client_has_the_order_it_wants() -> None:
    broker = Replaced("38=180|44=99|111=50")
    assert broker.sent[0]["38"] == "80"
    [pending] = broker.taking(
        broker.bench.broker(f"35=8|11={broker.asked[0]}|37=B|17=P|150=E|39=E|38=100|14=30")
    )
    assert (pending["150"], pending["39"], pending["11"], pending["38"]) == ("E", "E", "Y", "250")
    [told] = broker.replaced(80)
    assert (told["150"], told["39"], told["11"], told["41"]) == ("5", "1", "Y", "X")
    assert (told["38"], told["44"], told["14"], told["151"]) == ("180", "99", "30", "150")
    order = broker.bench.found()
    assert (order.broker_cl_ord_id, order.accepted) == (broker.asked[0], True)
    told, sent = broker.fill(broker.ids[0], 50, "99")
    assert (told["11"], told["14"], told["151"]) == ("Y", "80", "100")
    assert (sent["35"], sent["38"], sent["44"]) == ("D", "50", "99")
    told, sent = broker.fill(broker.ids[1], 50, "99")
    assert [told["14"], sent["38"]] == ["130", "50"]
    [told] = broker.fill(broker.ids[2], 50, "99")
    assert (told["39"], told["14"]) == ("2", "180")
    assert broker.bench.alarms == []


def test_a_refusal_leaves_the_order_as_it_was() -> None:
    broker = Replaced("38=250|44=99|111=100")
    [told] = broker.refused()
    assert (told["35"], told["11"], told["41"], told["102"]) == ("9", "Y", "X", "2")
    order = broker.bench.found()
    assert (order.terms.price, order.broker_cl_ord_id, order.open_requests) == (
        "100",
        broker.ids[0],
        (),
    )
    told, sent = broker.fill(broker.ids[0], 70)
    assert (told["11"], sent["38"], sent["44"]) == ("X", "100", "100")


def test_its_exposure_is_the_larger_of_both_until_it_is_answered() -> None:
    broker = Replaced("38=250|44=102|111=100")
    account = broker.bench.core.state.exposures.of("ACC")
    assert account.open_notional == 220 * 102
    broker.refused()
    assert account.open_notional == 220 * 100


def test_no_slice_goes_while_a_replace_is_open_and_then_one_on_its_terms() -> None:
    broker = Replaced("38=250|44=99|111=150")
    [told] = broker.fill(broker.ids[0], 70)
    assert (told["150"], told["14"], told["151"], told["44"]) == ("F", "100", "150", "100")
    [told] = broker.replaced(180)  # it was done before, and so much of it works
    assert (told["150"], told["38"], told["14"], told["151"]) == ("5", "250", "100", "150")
    told, sent = broker.fill(broker.ids[0], 80, "99")
    assert (told["14"], sent["38"], sent["44"]) == ("180", "70", "99")


def test_one_that_the_fill_of_the_slice_overtakes_is_carried_out_here() -> None:
    for reason, status in ((0, "2"), (99, "2"), (0, "1")):
        broker = Replaced("38=200|44=99|111=60")
        assert [m["35"] for m in broker.fill(broker.ids[0], 70)] == ["8"]
        told, sent = broker.refused(reason=reason, status=status)
        assert (told["150"], told["39"], told["11"], told["41"]) == ("5", "1", "Y", "X")
        assert (told["38"], told["44"], told["14"], told["151"]) == ("200", "99", "100", "100")
        assert (sent["35"], sent["38"], sent["44"]) == ("D", "60", "99")
        assert broker.bench.found().broker_cl_ord_id == broker.ids[1]
        assert broker.refused(reason=reason, status=status) == []


def test_one_that_the_broker_refuses_for_what_it_asks_is_refused_and_the_next_slice_goes() -> None:
    broker = Replaced("38=250|44=99|111=100")
    broker.fill(broker.ids[0], 70)
    told, sent = broker.refused(reason=99)
    assert (told["35"], told["11"], told["102"]) == ("9", "Y", "99")
    assert (sent["35"], sent["38"], sent["44"]) == ("D", "100", "100")


def test_one_of_less_than_the_fills_that_overtake_it_ends_the_order_as_filled() -> None:
    broker = Replaced("38=60|44=100|111=100")
    assert [m["35"] for m in broker.fill(broker.ids[0], 70)] == ["8"]
    [told] = broker.refused(reason=0, status="2")
    assert (told["150"], told["39"], told["38"], told["14"]) == ("5", "2", "100", "100")
    assert broker.bench.found().closed
    assert len(broker.ids) == 1


def test_of_an_order_that_the_slice_fills_it_came_too_late() -> None:
    broker = Replaced("38=100|44=99|111=100", tag38="100")
    [told] = broker.fill(broker.ids[0], 70)
    assert told["151"] == "0"
    [told] = broker.refused(reason=0, status="2")
    assert (told["35"], told["39"], told["102"]) == ("9", "2", "0")
    assert broker.bench.found().closed


def test_several_may_be_open_and_each_asks_for_what_is_to_be_after_those_before_it() -> None:
    broker = Replaced("38=250|44=100|111=50")
    [second] = broker.ask(f"{AGAIN}38=250|44=100|111=50")
    assert (second["35"], second["41"], second["38"]) == ("G", broker.asked[0], "80")
    assert [m["11"] for m in broker.replaced(80, 0)] == ["Y"]
    [told] = broker.replaced(80, 1)
    assert (told["11"], told["41"], told["38"], told["151"]) == ("Z", "Y", "250", "220")
    _, sent = broker.fill(broker.ids[0], 50)
    assert sent["38"] == "50"


def test_when_the_slice_is_filled_before_several_all_are_carried_out_here_in_their_order() -> None:
    broker = Replaced("38=250|44=99|111=50")
    broker.ask(f"{AGAIN}38=240|44=98|111=40")
    broker.fill(broker.ids[0], 70)
    [told] = broker.refused(0, reason=0, status="2")
    assert (told["150"], told["11"]) == ("5", "Y")
    told, sent = broker.refused(1, reason=0, status="2")
    assert (told["150"], told["11"], told["41"], told["38"]) == ("5", "Z", "Y", "240")
    assert (sent["38"], sent["44"]) == ("40", "98")


def test_a_cancel_after_it_names_the_replace_and_ends_the_whole() -> None:
    broker = Replaced("38=250|44=99|111=100")
    [cancel] = broker.ask("35=F|11=C|41=Y|55=IBM|54=1|60=20261121-12:00:00")
    assert (cancel["35"], cancel["41"]) == ("F", broker.asked[0])
    broker.replaced(100)
    said = f"35=8|11={cancel['11']}|41={broker.asked[0]}|37=B|17=Z|150=4|39=4|14=30|38=100"
    [told] = broker.taking(broker.bench.broker(said))
    assert (told["150"], told["39"], told["11"], told["41"]) == ("4", "4", "C", "Y")
    assert (told["14"], told["151"]) == ("30", "0")


def test_a_cancel_behind_one_that_the_fill_overtakes_is_carried_out_when_that_is_refused() -> None:
    broker = Replaced("38=250|44=99|111=100")
    [cancel] = broker.ask("35=F|11=C|41=Y|55=IBM|54=1|60=20261121-12:00:00")
    assert [m["35"] for m in broker.fill(broker.ids[0], 70)] == ["8"]
    reject, told = broker.refused(reason=0, status="2")
    assert (reject["35"], reject["11"]) == ("9", "Y")
    assert (told["150"], told["39"], told["11"], told["14"]) == ("4", "4", "C", "100")
    late = f"35=9|11={cancel['11']}|41={broker.asked[0]}|37=B|39=2|102=0|434=1"
    assert broker.taking(broker.bench.broker(late)) == []
    assert broker.bench.found().closed


def test_one_that_its_broker_never_got_is_refused_and_the_next_slice_goes() -> None:
    broker = Replaced("38=250|44=99|111=100")
    broker.fill(broker.ids[0], 70)
    again = message("G", f"11={broker.asked[0]}")
    told, sent = broker.taking(
        broker.bench.took(broker.bench.core.not_resent(SIM, again, True, NOON))
    )
    assert (told["35"], told["11"], told["58"].partition(":")[0]) == ("9", "Y", "NOT_RECEIVED")
    assert (sent["35"], sent["44"]) == ("D", "100")


def test_one_whose_report_is_lost_is_told_by_the_status_of_the_slice() -> None:
    for terms, quantity, price in (
        ("38=250|44=99|111=100", 100, "99"),
        ("38=250|44=100|111=50", 80, "100"),
    ):
        broker = Replaced(terms)
        core, first = broker.bench.core, broker.ids[0]
        broker.bench.took(core.messages_lost("SIM", "numbers were reset", NOON))
        broker.bench.took(core.broker_up("SIM", NOON))
        broker.sizes[first] = quantity
        [told] = broker.says(first, "I", "1", f"|44={price}")
        assert (told["150"], told["11"], told["38"], told["44"]) == ("5", "Y", "250", price)
        assert not broker.bench.found().unknown
        assert broker.bench.found().open_requests == ()
        [sent] = to(SIM, broker.fill(first, quantity - 30, price))
        assert sent["44"] == price


def test_one_that_was_lost_is_refused_once_the_status_tells_of_the_slice_as_it_was() -> None:
    broker = Replaced("38=250|44=99|111=50")
    core, first = broker.bench.core, broker.ids[0]
    broker.bench.took(core.messages_lost("SIM", "numbers were reset", NOON))
    broker.bench.took(core.broker_up("SIM", NOON))
    [told] = broker.says(first, "I", "1", "|44=100")
    assert (told["35"], told["11"], told["58"]) == ("9", "Y", "NOT_PENDING")
    assert [m["44"] for m in to(SIM, broker.fill(first, 70))] == ["100"]


def test_its_broker_may_work_the_slice_for_another_quantity_than_was_asked() -> None:
    broker = Replaced("38=250|44=100|111=150")
    [told] = broker.replaced(120)
    assert (told["38"], told["151"], told["111"]) == ("250", "220", "150")
    assert [m["38"] for m in to(SIM, broker.fill(broker.ids[0], 90))] == ["130"]


def test_a_split_while_it_is_open_is_one_of_what_it_asks_as_well() -> None:
    broker = Replaced("38=200|44=98|111=40|59=1", **GTC)
    broker.bench.roll_day(20261123)
    broker.bench.setup.reference.actions = CorporateActions([split(2, 1, 20261124)])
    broker.taking(broker.bench.roll_day(20261124))
    broker.filled[broker.ids[0]] = 60
    [told] = broker.replaced(140, more="|44=49")
    assert (told["38"], told["44"], told["14"], told["151"]) == ("400", "49", "60", "340")


@pytest.mark.parametrize("terms", ["38=100|44=100|111=100", "38=90|44=99|111=100"])
def test_a_slice_does_not_become_one_of_nothing(terms: str) -> None:
    broker = Broker()
    broker.fill(broker.ids[0], 100)
    [told] = broker.taking(broker.bench.client(REPLACE + terms))
    assert (told["35"], told["102"]) == ("9", "2")
    assert told["58"] == "BROKER_CANNOT: broker=SIM feature=iceberg_replace"


def test_beside_an_earlier_slice_that_works_again_none_is_changed() -> None:
    broker = Broker()
    first = broker.ids[0]
    broker.fill(first, 60)
    broker.fill(first, 40)
    broker.bust(first, "E2", 40, "1")
    for number, terms in enumerate(("38=250|44=99", "38=250|44=100|111=50", "38=90|44=100")):
        asked = REPLACE.replace("=Y", f"=Y{number}") + terms
        [told] = broker.taking(broker.bench.client(asked))
        assert told["58"] == "BROKER_CANNOT: broker=SIM feature=iceberg_replace"
        assert told["35"] == "9"
    [told] = broker.taking(broker.bench.client(f"{REPLACE}38=240|44=100|111=100"))
    assert told["150"] == "5"


def test_of_a_broker_without_replaces_only_what_was_not_shown_yet_can_be_changed() -> None:
    broker = Broker()
    broker.bench.core.setup.brokers["SIM"].sheet = Sheet(
        frozenset({"limit"}), frozenset({"day"}), frozenset({"status"}), frozenset()
    )
    [told] = broker.taking(broker.bench.client(f"{REPLACE}38=250|44=99|111=100"))
    assert told["58"] == "BROKER_CANNOT: broker=SIM message=replace"
    again = REPLACE.replace("=Y", "=W")
    [told] = broker.taking(broker.bench.client(f"{again}38=240|44=100|111=100"))
    assert told["150"] == "5"
