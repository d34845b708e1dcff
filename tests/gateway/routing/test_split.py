"""Orders of which parts are at work at several brokers at once, and one is told to the client."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import OrderSplit, PartEntered, TradingLevelSet, decode, encode
from gateway.orders.order import Order
from gateway.orders.scopes import open_by_latch
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing.venue import Venue
from gateway.state import State
from tests.gateway.bench import ACME, BETA
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route

SPLIT = route("ONE", "TWO", strategy="split")
FAILS_OVER = route("ONE", "TWO", "DARK", strategy="split", fails_over=True)
NAMES = {str(link): name for name, link in LINKS.items()}
TIME = "60=20261121-12:00:00"
CANCEL = f"35=F|11=C|41=A|55=IBM|54=1|{TIME}"
REPLACE = f"35=G|11=R|41=A|55=IBM|54=1|38={{}}|40=2|44={{}}|{TIME}"
NEW = "150=0|39=0|14=0|151={}"
ENDED = "150=4|39=4|14={}|151=0"
TOO_LATE = "39=2|102=0|434=1|58=too late"


class Parts(Venues):
    """`splits`: the routes; the parts of the order A are named by their brokers."""

    def part(self, broker: str, cl_ord_id: str = "A") -> Order:
        """The newest part at a broker."""
        division = self.found(cl_ord_id).division
        assert division is not None
        parts = [self.core.state.book.get(number) for number in division.parts]
        return [part for part in parts if part is not None and part.broker == broker][-1]

    def tells(self, broker: str, body: str, msg_type: str = "8") -> list[dict[str, str]]:
        """What is sent when a broker reports `body` of its part."""
        part = self.part(broker)
        self.execs += 1
        named = f"11={part.broker_cl_ord_id}"
        cancel = part.pending_cancel
        if cancel is not None and ("150=4" in body or msg_type == "9"):
            named = f"11={cancel.broker_cl_ord_id}|41={part.broker_cl_ord_id}"
        text = f"35={msg_type}|{named}|37=B{part.order_no}|17=E{self.execs}|55=IBM|54=1|{body}"
        return self.client(text, LINKS[broker])

    def fills(self, broker: str, quantity: int, price: str = "100") -> list[dict[str, str]]:
        """The broker executes so much of its part."""
        part = self.part(broker)
        total = int(part.cum_qty) + quantity
        left = int(part.terms.order_qty) - total
        status = "1" if left else "2"
        body = f"150=F|39={status}|32={quantity}|31={price}|14={total}|151={left}"
        return self.tells(broker, body)

    def holds_together(self) -> None:
        """What there is counts on the parts alone; the events and a snapshot make it again."""
        state = self.core.state
        whole = self.found("A")
        division = whole.division
        assert division is not None
        parts = [state.book.get(number) for number in division.parts]
        known = [part for part in parts if part is not None]
        assert whole.cum_qty == sum(part.cum_qty for part in known)
        assert whole.notional == sum(part.notional for part in known)
        held = [part.reserved.money for part in known if part.reserved is not None]
        sums = state.exposures.of("ACC")
        assert sums.open_buys == sum(held)
        assert sums.open_orders == len(held)
        here = [state, self.refolded()]
        if not whole.closed:
            here.append(again(self))
        assert len({_facts(one) for one in here}) == 1


def _facts(state: State) -> tuple[object, ...]:
    whole = state.book.find_of_client(ACME, "A")
    assert whole is not None
    assert whole.division is not None
    open_ = tuple(state.divisions.open.get(whole.order_no, ()))
    told = (whole.ord_status, whole.cum_qty, whole.notional, whole.report_count, whole.last_id)
    return (*told, whole.division.parts, open_, state.exposures.of("ACC").open_buys)


def split(*routes: object, **changes: str) -> Parts:
    """The order A, for 300, is split between ONE and TWO; both have accepted their parts."""
    bench = Parts(*(routes or (SPLIT,)))  # type: ignore[arg-type]  # routes
    bench.order("A", tag38="300", **changes)
    for name in ("ONE", "TWO"):
        bench.tells(name, NEW.format(150))
    return bench


def told(sent: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Of each report to a client: 150, 39, 11, 14, 151."""
    tags = ("150", "39", "11", "14", "151")
    return [tuple(m.get(tag, "") for tag in tags) for m in sent if m["35"] == "8"]


def sent_to(sent: list[dict[str, str]], msg_type: str = "D") -> list[tuple[str, str]]:
    """Of each message for a broker: which, and its quantity."""
    return [(NAMES[m["link"]], m.get("38", "")) for m in sent if m["35"] == msg_type]


# --- the way of an order ------------------------------------------------------------------------


def test_two_brokers_have_a_part_each_and_the_client_one_order() -> None:
    bench = Parts(SPLIT)
    sent = bench.order("A", tag38="300")
    assert sent_to(sent) == [("ONE", "150"), ("TWO", "150")]
    assert told(sent) == []
    bench.holds_together()
    assert told(bench.tells("TWO", NEW.format(150))) == [("0", "0", "A", "0", "300")]
    assert told(bench.tells("ONE", NEW.format(150))) == []
    [report] = bench.fills("ONE", 100, "99")
    assert told([report]) == [("F", "1", "A", "100", "200")]
    assert (report["37"], report["6"]) == (bench.found("A").order_id, "99")
    bench.holds_together()
    assert told(bench.fills("TWO", 150)) == [("F", "1", "A", "250", "50")]
    [report] = bench.fills("ONE", 50)
    assert told([report]) == [("F", "2", "A", "300", "0")]
    assert report["6"] == "99.66666667"
    bench.holds_together()
    assert bench.core.state.book.open == {}
    assert bench.core.state.positions.net("ACC", "IBM") == 300
    assert bench.alarms == []


def test_every_report_has_an_exec_id_of_its_own() -> None:
    bench = split()
    sent = bench.fills("ONE", 50) + bench.fills("TWO", 50) + bench.fills("ONE", 100)
    sent += bench.client(CANCEL)
    sent += bench.tells("TWO", ENDED.format(50))
    ids = [m["17"] for m in sent if m["35"] == "8"]
    assert len(ids) == 4 == len(set(ids))


def test_an_execution_told_again_is_not_told_to_the_client_again() -> None:
    bench = split()
    bench.fills("ONE", 50)
    bench.execs -= 1
    assert bench.tells("ONE", "150=F|39=1|32=50|31=100|14=50|151=100") == []
    bench.holds_together()


def test_a_bust_and_a_correction_refer_to_what_was_told() -> None:
    bench = split()
    [first] = bench.fills("ONE", 50)
    name = f"E{bench.execs}"
    [corrected] = bench.tells("ONE", f"150=G|39=1|19={name}|32=60|31=100|14=60|151=90")
    assert told([corrected]) == [("G", "1", "A", "60", "240")]
    assert corrected["19"] == first["17"]
    name = f"E{bench.execs}"
    [busted] = bench.tells("ONE", f"150=H|39=0|19={name}|14=0|151=150")
    assert told([busted]) == [("H", "0", "A", "0", "300")]
    assert busted["19"] == corrected["17"]
    bench.holds_together()


def test_an_immediate_order_ends_with_its_last_part() -> None:
    bench = split(FAILS_OVER, tag59="3")
    bench.tells("DARK", NEW.format(100))
    bench.fills("ONE", 40)
    assert told(bench.tells("ONE", ENDED.format(40))) == []
    assert told(bench.tells("TWO", ENDED.format(0))) == []
    assert told(bench.tells("DARK", ENDED.format(0))) == [("4", "4", "A", "40", "0")]
    bench.holds_together()


# --- who gets how much --------------------------------------------------------------------------


def test_sizes_bound_the_parts_and_what_is_too_small_is_none() -> None:
    bench = Parts(SPLIT, venues={"TWO": Venue(max_quantity=Decimal(60))})
    assert sent_to(bench.order("A", tag38="300")) == [("ONE", "240"), ("TWO", "60")]
    bench = Parts(SPLIT, venues={"TWO": Venue(min_quantity=Decimal(200))})
    assert sent_to(bench.order("A", tag38="300")) == [("ONE", "300")]
    found = bench.considered("A")
    assert found["ONE"].share == "all: only one broker would get a part"


def test_what_cannot_be_divided_goes_to_the_best() -> None:
    for changes in ({"tag59": "1"}, {"tag40": "3", "tag99": "90", "tag44": ""}, {"tag111": "50"}):
        bench = Parts(SPLIT)
        assert [name for name, _ in sent_to(bench.order("A", tag38="300", **changes))] == ["ONE"]
        assert bench.considered("A")["ONE"].share.startswith("all: only ")
        assert bench.found("A").division is None


def test_a_broker_gets_no_part_beyond_its_own_limits() -> None:
    limits = (ScopeLimits("broker:TWO", None, values={"max_open_notional": Decimal(5000)}),)
    bench = Parts(FAILS_OVER, limits=limits)
    sent = bench.order("A", tag38="300")
    assert sent_to(sent) == [("ONE", "150"), ("DARK", "150")]
    assert bench.considered("A")["TWO"].why.startswith("MAX_OPEN_NOTIONAL: scope=broker:TWO")


def test_a_broker_with_a_level_of_trading_gets_no_part() -> None:
    bench = Parts(FAILS_OVER)
    level = TradingLevelSet("broker:TWO", "reduce-only", 0, "bob", "a test")
    bench.core.state.apply(level, bench.now, encode(level))
    assert sent_to(bench.order("A", tag38="300")) == [("ONE", "150"), ("DARK", "150")]
    assert bench.considered("A")["TWO"].why == "reduce-only"


def test_the_limits_of_an_account_count_the_order_once() -> None:
    limits = (ScopeLimits("account:ACC", None, values={"max_open_notional": Decimal(30000)}),)
    bench = Parts(SPLIT, limits=limits)
    assert len(sent_to(bench.order("A", tag38="300"))) == 2
    [refused] = bench.order("B", tag38="1")
    assert refused["58"].startswith("MAX_OPEN_NOTIONAL")


def test_there_are_no_more_parts_than_open_orders_may_be() -> None:
    limits = (ScopeLimits("account:ACC", None, values={"max_open_orders": Decimal(2)}),)
    bench = Parts(FAILS_OVER, limits=limits)
    assert sent_to(bench.order("A", tag38="300")) == [("ONE", "150"), ("TWO", "150")]
    assert bench.considered("A")["DARK"].why == "MAX_OPEN_ORDERS: scope=account:ACC parts=3"
    limits = (ScopeLimits("account:ACC", None, values={"max_open_orders": Decimal(1)}),)
    bench = Parts(FAILS_OVER, limits=limits)
    assert sent_to(bench.order("A", tag38="300")) == [("ONE", "300")]
    limits = (ScopeLimits("account:ACC", None, values={"max_open_orders": Decimal(0)}),)
    sizes = {name: Venue(max_quantity=Decimal(100)) for name in ("ONE", "TWO")}
    bench = Parts(SPLIT, limits=limits, venues=sizes)
    [refused] = bench.order("A", tag38="300")  # neither can have it, and it may not be
    assert refused["39"] == "8"


# --- cancels ------------------------------------------------------------------------------------


def test_a_cancel_is_confirmed_when_all_parts_are_over() -> None:
    bench = split()
    bench.fills("ONE", 50)
    assert sent_to(bench.client(CANCEL), "F") == [("ONE", "150"), ("TWO", "150")]
    assert bench.tells("ONE", ENDED.format(50)) == []
    bench.holds_together()
    [canceled] = bench.tells("TWO", ENDED.format(0))
    assert told([canceled]) == [("4", "4", "C", "50", "0")]
    assert canceled["41"] == "A"
    bench.holds_together()


def test_a_cancel_of_what_is_filled_meanwhile_is_too_late() -> None:
    bench = split()
    bench.client(CANCEL)
    bench.fills("ONE", 150)
    assert bench.tells("ONE", TOO_LATE, "9") == []
    assert told(bench.fills("TWO", 150)) == [("F", "2", "A", "300", "0")]
    [refused] = bench.tells("TWO", TOO_LATE, "9")
    assert (refused["35"], refused["11"], refused["39"], refused["102"]) == ("9", "C", "2", "0")
    bench.holds_together()


def test_a_cancel_waits_for_executions_that_an_end_has_counted_and_nobody_told() -> None:
    bench = split()
    bench.client(CANCEL)
    bench.tells("TWO", ENDED.format(0))
    assert bench.tells("ONE", ENDED.format(50)) == []
    assert bench.part("ONE").unknown
    sent = bench.tells("ONE", "150=F|39=4|32=50|31=100|14=50|151=0")
    assert told(sent) == [("F", "1", "A", "50", "250"), ("4", "4", "C", "50", "0")]
    bench.holds_together()


def test_a_replace_waits_for_them_as_well() -> None:
    bench = split()
    bench.client(REPLACE.format(500, "101"))
    bench.tells("TWO", ENDED.format(0))
    assert bench.tells("ONE", ENDED.format(50)) == []
    sent = bench.tells("ONE", "150=F|39=4|32=50|31=100|14=50|151=0")
    assert told(sent) == [("F", "1", "A", "50", "250"), ("5", "1", "R", "50", "450")]
    assert sent_to(sent) == [("ONE", "225"), ("TWO", "225")]
    bench.holds_together()


def test_a_cancel_that_a_broker_refuses_is_refused_when_nobody_else_may_end() -> None:
    bench = split()
    bench.client(CANCEL)
    assert bench.tells("ONE", "39=0|102=2|434=1|58=not now", "9") == []
    [refused] = bench.tells("TWO", ENDED.format(0))
    assert (refused["35"], refused["11"], refused["41"], refused["102"]) == ("9", "C", "A", "2")
    assert bench.found("A").ord_status == "0"
    bench.holds_together()
    assert told(bench.fills("ONE", 150)) == [
        ("F", "1", "A", "150", "150"),
        ("4", "4", "A", "150", "0"),
    ]


def test_a_second_cancel_is_refused_while_one_is_pending() -> None:
    bench = split()
    bench.client(CANCEL)
    [refused] = bench.client(CANCEL.replace("11=C", "11=D"))
    assert (refused["35"], refused["102"]) == ("9", "3")


def test_an_operator_and_a_mass_cancel_cancel_all_parts_once() -> None:
    bench = split()
    whole = bench.found("A")
    sent = bench.took(bench.core.cancel_order(whole, "bob", "a test", bench.now))
    assert sent_to(sent, "F") == [("ONE", "150"), ("TWO", "150")]
    mass = bench.client(f"35=q|11=M|530=7|{TIME}")
    assert sent_to(mass, "F") == []
    bench.tells("ONE", ENDED.format(0))
    [canceled] = bench.tells("TWO", ENDED.format(0))
    assert canceled["58"] == "canceled by the operator bob"
    bench = split()
    mass = bench.client(f"35=q|11=M|530=7|{TIME}")
    assert sent_to(mass, "F") == [("ONE", "150"), ("TWO", "150")]
    assert mass[0]["533"] == "1"


def test_a_halt_cancels_every_part_once_and_ends_the_whole() -> None:
    bench = split(FAILS_OVER)
    sent = bench.took(bench.core.halt("firm", True, "bob", "a test", bench.now))
    assert [name for name, _ in sent_to(sent, "F")] == ["ONE", "TWO", "DARK"]
    for name in ("ONE", "TWO"):
        assert sent_to(bench.tells(name, ENDED.format(0))) == []
    [canceled] = bench.tells("DARK", ENDED.format(0))
    assert told([canceled]) == [("4", "4", "A", "0", "0")]
    assert canceled["58"] == "canceled by the operator bob"
    bench.holds_together()


def test_a_client_that_is_away_has_the_whole_canceled_once_one_of_its_brokers_is_there() -> None:
    bench = split()
    numbers = {bench.found("A").order_no}
    for name in ("ONE", "TWO"):
        bench.setup.brokers[name].up = False
    assert bench.took(bench.core.cancel_each(numbers, "cancel on disconnect", bench.now)) == []
    bench.setup.brokers["ONE"].up = True
    sent = bench.took(bench.core.cancel_each(numbers, "cancel on disconnect", bench.now))
    assert sent_to(sent, "F") == [("ONE", "150")]
    assert numbers == {bench.found("A").order_no}
    assert bench.tells("ONE", "39=0|102=2|434=1|58=not now", "9") == []
    assert bench.took(bench.core.cancel_each(numbers, "cancel on disconnect", bench.now)) == []
    assert told(bench.fills("ONE", 150)) == [("F", "1", "A", "150", "150")]
    bench.setup.brokers["TWO"].up = True
    sent = bench.took(bench.core.cancel_each(numbers, "cancel on disconnect", bench.now))
    assert sent_to(sent, "F") == [("TWO", "150")]
    assert numbers == set()
    [canceled] = bench.tells("TWO", ENDED.format(0))
    assert told([canceled]) == [("4", "4", "A", "150", "0")]
    bench.holds_together()


def test_the_client_is_told_of_the_whole_alone() -> None:
    bench = split()
    sent = bench.client(f"35=AF|584=S|585=7|{TIME}")
    assert [(m["11"], m["911"]) for m in sent] == [("A", "1")]
    [status] = bench.client("35=H|11=A|55=IBM|54=1")
    assert told([status]) == [("I", "0", "A", "0", "300")]


# --- replaces -----------------------------------------------------------------------------------


def test_a_replace_cancels_the_parts_and_divides_what_is_left_by_its_terms() -> None:
    bench = split()
    bench.fills("ONE", 50)
    assert sent_to(bench.client(REPLACE.format(500, "101")), "F") == [
        ("ONE", "150"),
        ("TWO", "150"),
    ]
    assert bench.tells("ONE", ENDED.format(50)) == []
    sent = bench.tells("TWO", ENDED.format(0))
    assert told(sent) == [("5", "1", "R", "50", "450")]
    assert sent_to(sent) == [("ONE", "225"), ("TWO", "225")]
    assert {m["44"] for m in sent if m["35"] == "D"} == {"101"}
    bench.holds_together()
    bench.tells("ONE", NEW.format(225))
    bench.fills("ONE", 225)
    bench.tells("TWO", NEW.format(225))
    assert told(bench.fills("TWO", 225)) == [("F", "2", "R", "500", "0")]
    bench.holds_together()


def test_what_a_replace_adds_is_reserved_while_it_is_pending() -> None:
    bench = split()
    bench.client(REPLACE.format(400, "100"))
    assert bench.core.state.exposures.of("ACC").open_buys == 40000
    bench.client(CANCEL.replace("41=A", "41=R"))
    bench.tells("ONE", ENDED.format(0))
    sent = bench.tells("TWO", ENDED.format(0))
    assert told(sent) == [("4", "4", "C", "0", "0")]
    assert [(m["11"], m["434"]) for m in sent if m["35"] == "9"] == [("R", "2")]
    bench.holds_together()


def test_a_replace_that_fills_overtake_is_too_late() -> None:
    bench = split()
    bench.client(REPLACE.format(500, "101"))
    bench.fills("ONE", 150)
    bench.fills("TWO", 150)
    assert bench.tells("TWO", TOO_LATE, "9") == []
    [refused] = bench.tells("ONE", TOO_LATE, "9")
    assert (refused["35"], refused["11"], refused["434"]) == ("9", "R", "2")
    bench.holds_together()


def test_what_was_canceled_for_a_replace_that_is_refused_goes_on() -> None:
    bench = split()
    bench.client(REPLACE.format(500, "101"))
    bench.tells("ONE", ENDED.format(0))
    sent = bench.tells("TWO", "39=0|102=2|434=1|58=not now", "9")
    assert [(m["11"], m["434"], m["58"]) for m in sent if m["35"] == "9"] == [("R", "2", "not now")]
    assert sum(int(quantity) for _, quantity in sent_to(sent)) == 150
    bench.holds_together()


def test_a_replace_to_what_is_executed_fills_it() -> None:
    bench = split()
    bench.fills("ONE", 50)
    bench.client(REPLACE.format(40, "100"))
    bench.tells("ONE", ENDED.format(50))
    sent = bench.tells("TWO", ENDED.format(0))
    assert told(sent) == [("5", "2", "R", "50", "0")]
    assert bench.core.state.book.open == {}


@pytest.mark.parametrize("field", ["59=1", "40=1", "111=50"])
def test_other_kinds_of_orders_are_none_that_it_is_replaced_by(field: str) -> None:
    bench = split()
    body = REPLACE.format(500, "101").replace("40=2|44=101", "40=2|44=101|59=0")
    tag = field.partition("=")[0]
    kept = [pair for pair in body.split("|") if not pair.startswith(f"{tag}=")]
    if field == "40=1":
        kept = [pair for pair in kept if not pair.startswith("44=")]
    [refused] = bench.client("|".join([*kept, field]))
    assert (refused["35"], refused["11"]) == ("9", "R")
    assert bench.found("A").open_requests == ()


# --- ends ---------------------------------------------------------------------------------------


def test_it_is_rejected_if_all_parts_are() -> None:
    bench = Parts(SPLIT)
    bench.order("A", tag38="300")
    assert bench.tells("ONE", "150=8|39=8|103=0|14=0|151=0|58=no") == []
    [rejected] = bench.tells("TWO", "150=8|39=8|103=3|14=0|151=0|58=nor here")
    assert told([rejected]) == [("8", "8", "A", "0", "0")]
    assert (rejected["103"], rejected["58"]) == ("3", "nor here")
    bench.holds_together()


def test_it_is_canceled_if_only_some_were_rejected() -> None:
    bench = Parts(SPLIT)
    bench.order("A", tag38="300")
    bench.tells("ONE", NEW.format(150))
    bench.fills("ONE", 150)
    [canceled] = bench.tells("TWO", "150=8|39=8|103=0|14=0|151=0|58=no")
    assert told([canceled]) == [("4", "4", "A", "150", "0")]


def test_what_one_broker_ends_is_divided_among_the_others() -> None:
    bench = split(FAILS_OVER)
    bench.fills("ONE", 30)
    sent = bench.tells("ONE", ENDED.format(30))
    assert told(sent) == []
    assert sent_to(sent) == [("TWO", "35"), ("DARK", "35")]
    bench.holds_together()
    bench = split()
    assert bench.tells("ONE", ENDED.format(0)) == []  # the route does not fail over
    bench.holds_together()


def test_a_part_that_a_broker_cannot_have_moves_to_another() -> None:
    bench = Parts(FAILS_OVER)
    bench.order("A", tag38="300")
    sent = bench.tells("ONE", "150=8|39=8|103=1|14=0|151=0|58=no")
    assert sent_to(sent) == [("TWO", "100")]
    bench.holds_together()


def test_an_end_of_the_day_is_told_once() -> None:
    bench = split()
    assert bench.tells("ONE", "150=3|39=3|14=0|151=0") == []
    [done] = bench.tells("TWO", "150=3|39=3|14=0|151=0")
    assert told([done]) == [("3", "3", "A", "0", "0")]
    assert bench.tells("ONE", "150=C|39=C|14=0|151=0") != []
    bench.holds_together()


def test_what_is_over_is_not_worked_on_when_an_execution_is_taken_back() -> None:
    bench = split()
    bench.fills("ONE", 150)
    name = f"E{bench.execs}"
    bench.tells("TWO", ENDED.format(0))
    assert bench.found("A").ord_status == "4"
    sent = bench.tells("ONE", f"150=H|39=0|19={name}|14=0|151=150")
    assert told(sent) == [("H", "4", "A", "0", "0")]
    assert sent_to(sent, "F") == [("ONE", "150")]
    assert bench.tells("ONE", ENDED.format(0)) == []
    assert bench.core.state.book.open == {}


# --- doubt and restarts -------------------------------------------------------------------------


def test_a_part_in_doubt_keeps_the_whole_open() -> None:
    bench = split()
    bench.took(bench.core.messages_lost("ONE", "a reset", bench.now))
    assert bench.part("ONE").unknown
    assert not bench.part("TWO").unknown
    [status] = bench.client("35=H|11=A|55=IBM|54=1")
    assert status["58"].startswith("UNKNOWN_STATE")
    [refused] = bench.client(REPLACE.format(500, "101"))
    assert refused["58"].startswith("UNKNOWN_STATE")
    bench.tells("TWO", ENDED.format(0))
    assert not bench.found("A").closed
    bench.holds_together()
    sent = bench.tells("ONE", "150=I|39=4|14=0|151=0")
    assert told(sent) == [("4", "4", "A", "0", "0")]
    bench.holds_together()


def test_an_operator_settles_a_part() -> None:
    bench = split()
    bench.took(bench.core.messages_lost("ONE", "a reset", bench.now))
    bench.tells("TWO", ENDED.format(0))
    part = bench.part("ONE")
    sent = bench.took(bench.core.settle(part, "canceled", "bob", "by phone", bench.now))
    assert told(sent) == [("4", "4", "A", "0", "0")]


def test_a_day_that_ends_expires_the_parts_and_with_the_last_the_whole() -> None:
    bench = split()
    bench.roll_day(20261121)
    bench.roll_day(20261122)
    assert not bench.found("A").closed
    assert bench.tells("ONE", "150=C|39=C|14=0|151=0") == []
    [expired] = bench.tells("TWO", "150=C|39=C|14=0|151=0")
    assert told([expired]) == [("C", "C", "A", "0", "0")]


def test_the_facts_tell_who_got_what() -> None:
    bench = split()
    found = [decode(payload) for _, payload in bench.events]
    [one] = [event for event in found if isinstance(event, OrderSplit)]
    assert one.shares == "ONE=150 TWO=150"
    parts = [event for event in found if isinstance(event, PartEntered)]
    assert [(part.broker, part.order_qty) for part in parts] == [("ONE", "150"), ("TWO", "150")]
    assert {name: one.share for name, one in bench.considered("A").items()} == {
        "ONE": "150",
        "TWO": "150",
    }


# --- the rest -----------------------------------------------------------------------------------


def test_a_part_is_executed_after_it_was_rejected_and_canceled_as_its_whole_is_over() -> None:
    bench = Parts(SPLIT)
    bench.order("A", tag38="300")
    bench.tells("ONE", "150=8|39=8|103=0|14=0|151=0|58=no")
    bench.tells("TWO", "150=8|39=8|103=0|14=0|151=0|58=no")
    sent = bench.fills("ONE", 50)
    assert told(sent) == [("F", "4", "A", "50", "0")]
    assert sent_to(sent, "F") == [("ONE", "150")]
    bench.holds_together()
    level = TradingLevelSet("firm", "halted", 0, "bob", "a test")
    bench.core.state.apply(level, bench.now, encode(level))
    assert open_by_latch(bench.setup, bench.core.state) == {"firm": 1}
    bench.tells("ONE", "39=1|102=2|434=1|58=not now", "9")
    assert sent_to(bench.fills("ONE", 10), "F") == []  # once, then people see to it
    assert "which it is a part of, is over" in bench.alarms[-1]


def test_more_than_was_ordered_cancels_what_works_still() -> None:
    bench = split()
    bench.fills("ONE", 150)
    [more, cancel] = bench.fills("ONE", 150)
    assert told([more]) == [("F", "2", "A", "300", "0")]
    assert (cancel["35"], NAMES[cancel["link"]]) == ("F", "TWO")
    assert told(bench.tells("TWO", ENDED.format(0))) == []
    assert bench.core.state.book.open == {}


def test_what_an_operator_settles_is_not_divided_anew() -> None:
    bench = split(FAILS_OVER)
    bench.took(bench.core.messages_lost("ONE", "a reset", bench.now))
    part = bench.part("ONE")
    sent = bench.took(bench.core.settle(part, "canceled", "bob", "by phone", bench.now))
    assert sent == []
    assert bench.found("A").ord_status == "0"


def test_nor_is_it_with_what_a_broker_ends_later() -> None:
    bench = Parts(FAILS_OVER)
    bench.order("A", tag38="300")
    bench.took(bench.core.messages_lost("ONE", "a reset", bench.now))
    bench.took(bench.core.settle(bench.part("ONE"), "canceled", "bob", "by phone", bench.now))
    assert sent_to(bench.tells("TWO", ENDED.format(0))) == [("DARK", "100")]
    bench.holds_together()


def test_a_replace_that_no_broker_can_have_ends_the_order() -> None:
    bench = split()
    bench.client(REPLACE.format(500, "101"))
    bench.tells("ONE", ENDED.format(0))
    bench.setup.brokers["ONE"].up = False
    level = TradingLevelSet("broker:TWO", "halted", 0, "bob", "a test")
    bench.core.state.apply(level, bench.now, encode(level))
    bench.events.append((bench.now, encode(level)))
    sent = bench.tells("TWO", ENDED.format(0))
    assert told(sent) == [("5", "0", "R", "0", "500"), ("4", "4", "R", "0", "0")]
    bench.holds_together()


def test_a_client_of_another_version_hears_of_the_whole_as_of_any() -> None:
    bench = Parts(SPLIT)
    bench.order("A", link=BETA, tag38="300")
    whole = bench.found("A", BETA)
    division = whole.division
    assert division is not None
    for number in division.parts:
        part = bench.core.state.book.get(number)
        assert part is not None
        bench.execs += 1
        said = f"35=8|11={part.broker_cl_ord_id}|37=B{number}|17=E{bench.execs}|55=IBM|54=1"
        [report] = bench.client(f"{said}|150=F|39=2|32=150|31=100|14=150|151=0", LINKS[part.broker])
        assert (report["link"], report["20"]) == (str(BETA), "0")
    assert (report["150"], report["39"], report["14"]) == ("2", "2", "300")


def test_an_operator_cancels_one_part_alone() -> None:
    bench = split()
    sent = bench.took(bench.core.cancel_order(bench.part("ONE"), "bob", "a test", bench.now))
    assert sent_to(sent, "F") == [("ONE", "150")]
    assert bench.tells("ONE", ENDED.format(0)) == []
    assert told(bench.fills("TWO", 150)) == [
        ("F", "1", "A", "150", "150"),
        ("4", "4", "A", "150", "0"),
    ]


def test_what_routes_refuse_is_refused_as_ever() -> None:
    bench = Parts(SPLIT)
    for name in ("ONE", "TWO"):
        bench.setup.brokers[name].up = False
    [refused] = bench.order("A", tag38="300")
    assert refused["58"].startswith("NO_BROKER")
    assert bench.found("A").division is None
