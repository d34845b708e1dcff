"""The broker simulator's decisions, without a socket: conversations, fills, trouble, restart."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from decimal import Decimal
from typing import Any

import pytest

from tests.fix import fix
from tools.broker_simulator import BrokerSettings
from tools.broker_simulator.core import BrokerCore
from tools.broker_simulator.mouth import PLAINLY, POSS_DUP, POSS_RESEND, Answer
from tools.broker_simulator.scenarios import check_fill, fill_plan
from tools.broker_simulator.truth import TruthLog
from tools.fix_peer import encode, read_one

MILLISECOND = 1_000_000
START = 1_800_000_000_000 * MILLISECOND
SHORT = {
    "35": "MsgType",
    "150": "ExecType",
    "39": "OrdStatus",
    "38": "OrderQty",
    "14": "CumQty",
    "151": "LeavesQty",
    "32": "LastQty",
    "11": "ClOrdID",
    "41": "OrigClOrdID",
}


class Broker:
    """The core with a clock of its own; what it says is kept as text, oldest first."""

    def __init__(self, **settings: Any) -> None:
        self.begin_string = settings.get("begin_string", "FIX.4.4")
        self.core = BrokerCore(BrokerSettings(**settings))
        self.now = START
        self.history: list[tuple[str, bytes]] = []
        self.said: list[dict[str, str]] = []
        self.answers: list[Answer] = []

    def hears(self, text: str) -> list[dict[str, str]]:
        """A request comes; what is said at once."""
        raw = fix(f"8={self.begin_string}|{text}")
        self.history.append(("in", raw))
        self.core.receive(read_one(raw), self.now)
        return self._collect()

    def after(self, milliseconds: int) -> list[dict[str, str]]:
        """Time goes by; what is said meanwhile."""
        end = self.now + milliseconds * MILLISECOND
        said = []
        while (due := self.core.deadline()) is not None and due <= end:
            self.now = max(self.now, due)
            self.core.tick(self.now)
            said += self._collect()
        self.now = end
        return said

    def order(self, cl_ord_id: str, quantity: int, extra: str = "") -> list[dict[str, str]]:
        return self.hears(f"35=D|11={cl_ord_id}|55=AAPL|54=1|38={quantity}|40=2|44=10|{extra}")

    def cancel(self, cl_ord_id: str, orig: str) -> list[dict[str, str]]:
        return self.hears(f"35=F|11={cl_ord_id}|41={orig}|55=AAPL|54=1|38=1")

    def replace(
        self, cl_ord_id: str, orig: str, quantity: int, extra: str = ""
    ) -> list[dict[str, str]]:
        return self.hears(
            f"35=G|11={cl_ord_id}|41={orig}|55=AAPL|54=1|38={quantity}|40=2|44=10|{extra}"
        )

    def _collect(self) -> list[dict[str, str]]:
        answers = self.core.answers()
        self.answers += answers
        said = []
        for answer in answers:
            raw = encode(self.begin_string, answer.msg_type, answer.body)
            self.history.append(("out", raw))
            said.append({"35": answer.msg_type, **dict(answer.body)})
        self.said += said
        return said


def report(text: str) -> tuple[str, ...]:
    """`150 39 38 14 151 32 11 41`, with - where the tag is absent."""
    return tuple(text.split())


def shown(said: list[dict[str, str]]) -> list[tuple[str, ...]]:
    tags = ("150", "39", "38", "14", "151", "32", "11", "41")
    return [tuple(fields.get(tag, "-") for tag in tags) for fields in said]


def refusal(fields: Mapping[str, str]) -> tuple[str, ...]:
    return tuple(fields.get(tag, "-") for tag in ("35", "11", "41", "39", "102", "434", "37"))


def test_an_order_is_accepted_and_filled() -> None:
    broker = Broker(fill="partial:3")
    assert shown(broker.order("X", 100)) == [
        report("0 0 100 0 100 - X -"),
        report("F 1 100 33 67 33 X -"),
        report("F 1 100 66 34 33 X -"),
        report("F 2 100 100 0 34 X -"),
    ]


def test_fix_42_says_it_with_exec_trans_type_and_its_own_exec_types() -> None:
    broker = Broker(begin_string="FIX.4.2", fill="partial:2")
    said = broker.order("X", 100)
    assert shown(said) == [
        report("0 0 100 0 100 - X -"),
        report("1 1 100 50 50 50 X -"),
        report("2 2 100 100 0 50 X -"),
    ]
    assert {fields["20"] for fields in said} == {"0"}


def test_only_fix_42_has_ord_status_replaced() -> None:
    for begin_string, status in (("FIX.4.2", "5"), ("FIX.4.4", "0")):
        broker = Broker(begin_string=begin_string, fill="none")
        broker.order("X", 100)
        assert shown(broker.replace("Y", "X", 120)) == [report(f"5 {status} 120 0 120 - Y X")]


def test_average_price_and_price_follow_the_fills() -> None:
    broker = Broker(fill="half", prices={"AAPL": Decimal("187.25")})
    said = broker.hears("35=D|11=X|55=AAPL|54=1|38=100|40=1")
    assert (said[-1]["31"], said[-1]["6"]) == ("187.25", "187.25")
    said = broker.replace("Y", "X", 100, "58=FILL")
    assert (said[-1]["31"], said[-1]["6"]) == ("10", "98.625")


def test_cancel_of_a_part_filled_order() -> None:
    """FIX 4.4 Vol. 4, order state change matrix B.1.b without its rejections."""
    broker = Broker(fill="half", pending_acks=True, ack_delay_ms=5)
    assert shown(broker.order("X", 100)) == [report("A A 100 0 100 - X -")]
    assert shown(broker.after(5)) == [
        report("0 0 100 0 100 - X -"),
        report("F 1 100 50 50 50 X -"),
    ]
    assert shown(broker.cancel("Y", "X")) == [report("6 6 100 50 50 - Y X")]
    assert shown(broker.after(5)) == [report("4 4 100 50 0 - Y X")]


def test_a_fill_while_a_cancel_is_pending_shows_pending_cancel_under_the_old_id() -> None:
    broker = Broker(fill="partial:2", pending_acks=True, ack_delay_ms=10, fill_delay_ms=5)
    broker.order("X", 100)
    broker.after(10)
    broker.cancel("Y", "X")
    assert shown(broker.after(5)) == [report("F 6 100 50 50 50 X -")]
    assert shown(broker.after(5)) == [report("4 4 100 50 0 - Y X")]
    assert broker.after(1000) == []


def test_a_cancel_that_overtakes_the_acceptance() -> None:
    """Matrix B.1.d: the acceptance is still printed as New."""
    broker = Broker(fill="none", pending_acks=True, ack_delay_ms=5)
    broker.order("X", 100)
    assert shown(broker.cancel("Y", "X")) == [report("6 6 100 0 100 - Y X")]
    assert shown(broker.after(5)) == [
        report("0 0 100 0 100 - X -"),
        report("4 4 100 0 0 - Y X"),
    ]


def test_a_cancel_of_a_filled_order_is_too_late() -> None:
    broker = Broker()
    broker.order("X", 100)
    (answer,) = broker.cancel("Y", "X")
    assert refusal(answer) == ("9", "Y", "X", "2", "0", "1", "SIM-O-1")


def test_a_cancel_of_an_unknown_order_names_no_order() -> None:
    (answer,) = Broker().cancel("Y", "X")
    assert refusal(answer) == ("9", "Y", "X", "8", "1", "1", "NONE")


def test_a_request_under_a_taken_id_is_refused() -> None:
    broker = Broker(fill="none")
    broker.order("X", 100)
    (answer,) = broker.replace("X", "X", 120)
    assert refusal(answer) == ("9", "X", "X", "0", "6", "2", "SIM-O-1")
    assert shown(broker.cancel("Y", "X")) == [report("4 4 100 0 0 - Y X")]


@pytest.mark.parametrize(
    ("quantity", "expected"),
    [
        (80, "5 1 80 50 30 - Y X"),  # C.3.a: lower, still above what is filled
        (50, "5 2 50 50 0 - Y X"),  # C.3.b: exactly what is filled
        (20, "5 2 50 50 0 - Y X"),  # C.3.c: below it becomes what is filled
        (150, "5 1 150 50 100 - Y X"),
    ],
)
def test_a_replace_names_the_new_total(quantity: int, expected: str) -> None:
    broker = Broker(fill="half")
    broker.order("X", 100)
    assert shown(broker.replace("Y", "X", quantity, "58=NOFILL")) == [report(expected)]


def test_after_a_replace_fills_carry_the_new_id() -> None:
    broker = Broker(fill="none")
    broker.order("X", 100)
    assert shown(broker.replace("Y", "X", 120, "58=FILL"))[1] == report("F 2 120 120 0 120 Y -")


def test_two_replaces_at_once_are_handled_one_after_the_other() -> None:
    """Matrix D.2.a: each answer names the last accepted id."""
    broker = Broker(fill="none", ack_delay_ms=5)
    broker.order("X", 100)
    broker.after(5)
    broker.replace("Y", "X", 90)
    broker.replace("Z", "Y", 80)
    assert shown(broker.after(5)) == [
        report("5 0 90 0 90 - Y X"),
        report("5 0 80 0 80 - Z Y"),
    ]


def test_refused_replaces_name_the_last_accepted_id() -> None:
    """Matrix D.2.c."""
    broker = Broker(ack_delay_ms=5)
    broker.order("X", 100, "58=NOCANCEL")
    broker.after(5)
    broker.replace("Y", "X", 90)
    broker.replace("Z", "Y", 80)
    assert [refusal(answer)[:6] for answer in broker.after(5)] == [
        ("9", "Y", "X", "0", "2", "2"),
        ("9", "Z", "X", "0", "2", "2"),
    ]


def test_a_new_order_under_a_taken_id_is_refused_and_shows_the_first() -> None:
    """Matrix F.1.a."""
    broker = Broker(fill="half")
    broker.order("X", 100)
    said = broker.order("X", 300)
    assert shown(said) == [report("8 1 100 50 50 - X -")]
    assert said[0]["103"] == "6"
    assert shown(broker.cancel("Y", "X")) == [report("4 4 100 50 0 - Y X")]


def test_a_known_order_with_poss_resend_gets_its_status() -> None:
    broker = Broker(fill="half")
    broker.order("X", 100)
    assert shown(broker.order("X", 100, "97=Y")) == [report("I 1 100 50 50 - X -")]
    assert shown(broker.order("Y", 100, "97=Y"))[0] == report("0 0 100 0 100 - Y -")


def test_status_requests_are_answered_in_the_dialect() -> None:
    broker = Broker(fill="half")
    broker.order("X", 100)
    said = broker.hears("35=H|11=X|55=AAPL|54=1|790=Q7")
    assert shown(said) == [report("I 1 100 50 50 - X -")]
    assert said[0]["790"] == "Q7"
    old = Broker(begin_string="FIX.4.2", fill="half")
    old.order("X", 100)
    (answer,) = old.hears("35=H|11=X|55=AAPL|54=1")
    assert (answer["20"], answer["150"], answer["39"]) == ("3", "1", "1")


def test_the_status_of_an_unknown_order() -> None:
    """Matrix G.1.a."""
    (answer,) = Broker().hears("35=H|11=X|55=AAPL|54=1")
    assert shown([answer]) == [report("I 8 0 0 0 - X -")]
    assert (answer["37"], answer["103"]) == ("NONE", "5")


def test_other_messages_are_unsupported_and_rejects_are_never_rejected() -> None:
    broker = Broker()
    (answer,) = broker.hears("35=V|34=9|262=1")
    assert (answer["35"], answer["45"], answer["372"], answer["380"]) == ("j", "9", "V", "3")
    assert broker.hears("35=j|34=10|45=2") == []


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        ("38=0|40=1", "OrderQty(38) 0 must be above 0"),
        ("38=-5|40=1", "OrderQty(38) -5 must be above 0"),
        ("38=1e3|40=1", "OrderQty(38) 0 must be above 0"),
        ("38=5|40=2", "Price(44) is missing"),
        ("38=5|40=3", "StopPx(99) is missing"),
    ],
)
def test_an_order_that_makes_no_sense_is_refused(order: str, reason: str) -> None:
    (answer,) = Broker().hears(f"35=D|11=X|55=AAPL|54=1|{order}")
    assert (answer["150"], answer["39"], answer["58"]) == ("8", "8", reason)


def test_fill_or_kill_is_all_or_canceled_and_immediate_leaves_nothing_open() -> None:
    """Matrix I.1.a: killed is Canceled, not Expired, under the order's own id."""
    broker = Broker(fill="half")
    assert shown(broker.order("X", 100, "59=4"))[1:] == [report("4 4 100 0 0 - X -")]
    assert shown(broker.order("Y", 100, "59=3"))[1:] == [
        report("F 1 100 50 50 50 Y -"),
        report("4 4 100 50 0 - Y -"),
    ]
    whole = Broker()
    assert shown(whole.order("X", 100, "59=4"))[1:] == [report("F 2 100 100 0 100 X -")]


@pytest.mark.parametrize(
    ("word", "exec_types"),
    [
        ("FILL", ["0", "F"]),
        ("PARTIAL", ["0", "F"]),
        ("NOFILL", ["0"]),
        ("REJECT", ["8"]),
        ("HANG", []),
        ("SLOW", []),
    ],
)
def test_scenario_words_steer_by_text_by_symbol_and_by_script(
    word: str, exec_types: list[str]
) -> None:
    by_text = Broker(fill="none" if word == "FILL" else "full")
    assert [fields["150"] for fields in by_text.order("X", 100, f"58={word}")] == exec_types
    by_symbol = Broker(scenarios={"AAPL": word})
    assert [fields["150"] for fields in by_symbol.order("X", 100)] == exec_types
    by_script = Broker(scenario=lambda fields: word if fields["11"] == "X" else "")
    assert [fields["150"] for fields in by_script.order("X", 100)] == exec_types
    assert [fields["150"] for fields in by_script.order("Y", 100)] == ["0", "F"]


def test_a_slow_order_is_answered_in_its_time() -> None:
    broker = Broker(slow_ms=700)
    broker.order("X", 100, "58=SLOW")
    assert broker.after(699) == []
    assert shown(broker.after(1))[0] == report("0 0 100 0 100 - X -")


def test_a_hanging_order_shows_in_its_status_only() -> None:
    broker = Broker()
    broker.order("X", 100, "58=HANG")
    assert broker.cancel("Y", "X") == []
    assert shown(broker.hears("35=H|11=X|55=AAPL|54=1")) == [report("I A 100 0 100 - X -")]


def test_a_fill_may_come_after_the_cancel() -> None:
    broker = Broker(fill_delay_ms=5)
    broker.order("X", 100, "58=LATEFILL")
    assert shown(broker.cancel("Y", "X")) == [report("4 4 100 0 0 - Y X")]
    assert shown(broker.after(5)) == [report("F 4 100 50 0 50 X -")]


def test_the_trouble_of_every_order_is_rolled_by_the_seed() -> None:
    def day(seed: int) -> list[tuple[str, ...]]:
        broker = Broker(seed=seed, fill="random", reject_rate=0.3, duplicate_rate=0.3)
        for number in range(60):
            broker.order(f"X{number}", 100)
        return shown(broker.said)

    assert day(7) == day(7)
    assert day(7) != day(8)
    kinds = Counter(line[0] for line in day(7))
    assert kinds["8"] > 5
    assert kinds["0"] > 20


def test_duplicates_repeat_the_execution_in_three_ways() -> None:
    broker = Broker(duplicate_rate=1.0)
    for number in range(30):
        broker.order(f"X{number}", 100)
    ways = Counter(answer.repeats for answer in broker.answers)
    assert ways[""] == 60
    assert set(ways) == {"", PLAINLY, POSS_RESEND, POSS_DUP}
    for first, again in zip(broker.answers, broker.answers[1:], strict=False):
        if again.repeats:
            assert dict(again.body)["17"] == dict(first.body)["17"]
            assert (dict(again.body).get("97") == "Y") is (again.repeats == POSS_RESEND)


def test_reordered_reports_all_come_but_later() -> None:
    broker = Broker(reorder_rate=1.0, fill="partial:2")
    said = broker.order("X", 100)
    assert sorted(shown(said)) == sorted(
        [
            report("0 0 100 0 100 - X -"),
            report("F 1 100 50 50 50 X -"),
            report("F 2 100 100 0 50 X -"),
        ]
    )
    assert [fields["150"] for fields in said] == ["F", "0", "F"]


def test_a_replace_that_leaves_nothing_to_fill_is_answered_whatever_the_order() -> None:
    broker = Broker(reorder_rate=1.0, fill="partial:2", fill_delay_ms=10)
    broker.order("X", 100)
    broker.after(10)
    assert shown(broker.replace("Y", "X", 50)) == [report("5 2 50 50 0 - Y X")]


def test_late_fills_follow_cancels() -> None:
    broker = Broker(late_fill_rate=1.0, fill="none")
    broker.order("X", 100)
    assert shown(broker.cancel("Y", "X")) == [
        report("4 4 100 0 0 - Y X"),
        report("F 4 100 50 0 50 X -"),
    ]


@pytest.mark.parametrize("begin_string", ["FIX.4.2", "FIX.4.4"])
def test_a_restarted_broker_goes_on_where_it_was(begin_string: str) -> None:
    first = Broker(begin_string=begin_string, fill="partial:2", fill_delay_ms=10, ack_delay_ms=1)
    first.order("FILLED", 100)
    first.order("REJECTED", 100, "58=REJECT")
    first.order("RESTING", 100, "58=NOFILL")
    first.after(1)
    first.replace("REPLACED", "RESTING", 120)
    first.after(20)
    first.order("PART", 100)
    first.after(11)
    first.cancel("CANCEL", "REPLACED")
    first.order("UNANSWERED", 100)
    first.order("FILLED", 100)  # taken: refused at once

    again = Broker(begin_string=begin_string, fill="partial:2", fill_delay_ms=10, ack_delay_ms=1)
    again.core.recover(first.history, again.now)
    assert again.after(0) == []
    again.after(1)
    later = shown(again.said)
    filled = "2" if begin_string == "FIX.4.2" else "F"
    assert report("4 4 120 0 0 - CANCEL REPLACED") in later
    assert report("0 0 100 0 100 - UNANSWERED -") in later
    again.after(100)
    assert report(f"{filled} 2 100 100 0 25 PART -") in shown(again.said)
    assert not {line[6] for line in shown(again.said)} & {"FILLED", "REJECTED"}
    ids = [fields["17"] for fields in first.said + again.said if "17" in fields]
    assert len(ids) == len(set(ids))


def test_a_restarted_broker_books_a_repeated_fill_once() -> None:
    first = Broker(duplicate_rate=1.0, fill="half")
    first.order("X", 100)
    assert [fields["150"] for fields in first.said] == ["0", "F", "F"]
    again = Broker(fill="none")
    again.core.recover(first.history, again.now)
    assert shown(again.cancel("Y", "X")) == [report("4 4 100 50 0 - Y X")]


def test_the_truth_log_tells_doubled_orders_from_warned_ones() -> None:
    truth = TruthLog()
    order = "8=FIX.4.4|35=D|34=2|11=X|38=100"
    for text in (order, f"{order}|43=Y", f"{order}|97=Y", "8=FIX.4.4|35=H|34=3|11=X"):
        truth.request(read_one(fix(text)), START)
    assert truth.doubled == []
    truth.request(read_one(fix(order)), START)
    assert truth.doubled == ["X"]
    assert len(truth.new_orders()) == 4


@pytest.mark.parametrize("fill", ["full", "none", "half", "random", "partial:1", "partial:7"])
def test_a_plan_never_fills_more_than_there_is(fill: str) -> None:
    import random

    for quantity in (Decimal(1), Decimal(3), Decimal(100), Decimal("0.5")):
        plan = fill_plan(check_fill(fill), quantity, random.Random(1))
        assert sum(plan) <= quantity
        assert all(part > 0 for part in plan)


@pytest.mark.parametrize("fill", ["", "partial", "partial:0", "partial:x", "all"])
def test_an_unknown_fill_pattern_is_named(fill: str) -> None:
    with pytest.raises(ValueError, match="must be full, none, half, random or partial:N"):
        check_fill(fill)
