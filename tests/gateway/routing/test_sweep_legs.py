"""Orders that take what each broker shows at its best price, one after the other, then the rest."""

from __future__ import annotations

from decimal import Decimal

import pytest

from gateway.events import LegPriced, OrderMoved, OrderRouted, TradingLevelSet, decode, encode
from gateway.orders.order import Order
from gateway.orders.sheet import Sheet, full_sheet
from gateway.risk.scope_limits import ScopeLimits
from gateway.routing.venue import Venue
from gateway.state import State
from tests.gateway.bench import SECOND, message
from tests.gateway.routing.test_choosing import again
from tests.gateway.routing.venues import LINKS, Venues, route

SWEEP = route("ONE", "TWO", "DARK", strategy="sweep", fails_over=True)
NAMES = {str(link): name for name, link in LINKS.items()}
TIME = "60=20261121-12:00:00"
CANCEL = f"35=F|11=C|41=A|55=IBM|54=1|{TIME}"
LOWER = f"35=G|11=R|41=A|55=IBM|54=1|38=100|40=2|44=98.5|{TIME}"
DENIED = "150=I|39=8|103=5|14=0|151=0"
NOTHING = "150=4|39=4|14=0|151=0"
NEW = "150=0|39=0|14=0|151={}"


def sweeping(one: str = "100", two: str = "99", limits: tuple[ScopeLimits, ...] = ()) -> Venues:
    """ONE and TWO ask these prices, "" for none."""
    bench = Venues(SWEEP, venues={"DARK": Venue()}, limits=limits)
    bench.use(SWEEP, spread=0, price_improvement=0)
    for name, ask in (("ONE", one), ("TWO", two)):
        if ask:
            bench.quotes(name, "90", ask)
    return bench


def sent_to(sent: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Of each new order for a broker: which, and 38, 40, 44, 59."""
    return [
        (NAMES[m["link"]], *[m.get(tag, "") for tag in ("38", "40", "44", "59")])
        for m in sent
        if m["35"] == "D"
    ]


def told(sent: list[dict[str, str]]) -> list[tuple[str, ...]]:
    """Of each report to the client: 150, 39, 14, 151, 40, 44, 59."""
    tags = ("150", "39", "14", "151", "40", "44", "59")
    return [tuple(m.get(tag, "") for tag in tags) for m in sent if m["35"] == "8"]


def states(bench: Venues) -> list[Order]:
    """The order A as it is, as the events make it, and as a snapshot makes it while it is open."""
    here = [bench.core.state, bench.refolded()]
    if not bench.found("A").closed:
        here.append(again(bench))
    found = [_order(state) for state in here]
    assert len({_facts(order) for order in found}) == 1
    return found


def _order(state: State) -> Order:
    order = state.book.find_of_client(1, "A")
    assert order is not None
    return order


def _facts(order: Order) -> tuple[object, ...]:
    part = order.slice
    slice_ = None if part is None else (part.number, part.order_qty, part.cum_qty, part.first)
    where = (order.broker, order.past, order.leg, order.leg_price, order.broker_cl_ord_id)
    return (*where, slice_, order.ord_status, order.cum_qty, order.unknown, order.taken_here)


def routed(bench: Venues) -> list[tuple[str, str]]:
    events = [decode(payload) for _, payload in bench.events]
    return [(e.strategy, e.broker) for e in events if isinstance(e, OrderRouted)]


def events(bench: Venues, kind: type) -> int:
    return sum(isinstance(decode(payload), kind) for _, payload in bench.events)


def partly(bench: Venues, quantity: int, price: str, of: int = 100) -> list[dict[str, str]]:
    """A leg of `of` is filled with so much, and its end; what is sent."""
    left = of - quantity
    sent = bench.said("A", f"150=F|39=1|32={quantity}|31={price}|14={quantity}|151={left}")
    return sent + bench.said("A", f"150=4|39=4|14={quantity}|151=0")


# --- the way of an order ------------------------------------------------------------------------


def test_the_best_price_first_then_the_next_then_the_rest_as_the_order_itself() -> None:
    bench = sweeping()
    assert sent_to(bench.order("A", tag44="101", tag59="1")) == [("TWO", "100", "2", "99", "3")]
    assert told(bench.said("A", NEW.format(100))) == [("0", "0", "0", "100", "2", "101", "1")]
    states(bench)
    sent = partly(bench, 30, "99")
    assert told(sent) == [("F", "1", "30", "70", "2", "101", "1")]  # no more than that
    assert sent_to(sent) == [("ONE", "70", "2", "100", "3")]
    states(bench)
    assert bench.said("A", NEW.format(70)) == []
    sent = partly(bench, 20, "100", of=70)
    assert told(sent) == [("F", "1", "50", "50", "2", "101", "1")]
    assert sent_to(sent) == [("ONE", "50", "2", "101", "1")]  # the first of equal scores
    assert bench.said("A", NEW.format(50)) == []
    sent = bench.said("A", "150=F|39=2|32=50|31=101|14=50|151=0")
    assert told(sent) == [("F", "2", "100", "0", "2", "101", "1")]
    assert routed(bench) == [("sweep_leg", "TWO"), ("sweep_leg", "ONE"), ("sweep", "ONE")]
    assert events(bench, LegPriced) == 2
    assert all(order.closed for order in states(bench))


def test_a_market_order_is_a_limit_order_at_each_price() -> None:
    bench = sweeping()
    bench.price("100")
    market = bench.order("A", tag40="1", tag44="")
    assert sent_to(market) == [("TWO", "100", "2", "99", "3")]
    assert told(bench.said("A", NEW.format(100))) == [("0", "0", "0", "100", "1", "", "0")]
    assert sent_to(bench.said("A", NOTHING)) == [("ONE", "100", "2", "100", "3")]
    sent = bench.said("A", NOTHING)
    assert sent_to(sent) == [("ONE", "100", "1", "", "0")]
    assert told(sent) == []


def test_a_sale_takes_the_highest_bid_first() -> None:
    bench = sweeping("", "")
    bench.quotes("ONE", "98", "105")
    bench.quotes("TWO", "97", "105")
    assert sent_to(bench.order("A", tag54="2", tag44="97.5")) == [("ONE", "100", "2", "98", "3")]
    assert bench.considered("A")["TWO"].why == "quote beyond the limit"


def test_of_equal_prices_the_better_score_counts() -> None:
    bench = sweeping("99", "99")
    assert sent_to(bench.order("A"))[0][0] == "ONE"
    dear = sweeping("99", "99")
    dear.setup.brokers["ONE"].venue = Venue(fee_bps=Decimal(3))
    assert sent_to(dear.order("A"))[0][0] == "TWO"


def test_why_each_was_left_out_is_kept() -> None:
    bench = sweeping("101", "99")
    assert sent_to(bench.order("A", tag44="100"))[0][0] == "TWO"
    found = {name: (one.why, one.quote) for name, one in bench.considered("A").items()}
    assert found == {
        "ONE": ("quote beyond the limit", "101"),
        "TWO": ("", "99"),
        "DARK": ("no fresh quote", ""),
    }
    bench.quotes("TWO", "90", "98")
    bench.quotes("ONE", "90", "100")
    assert sent_to(bench.said("A", NOTHING)) == [("ONE", "100", "2", "100", "3")]
    assert bench.considered("A")["TWO"].why == "swept"


def test_the_quote_of_the_moment_counts_for_the_next_leg() -> None:
    bench = sweeping()
    bench.order("A")
    bench.now += 6 * SECOND  # the quotes are too old by now
    sent = bench.said("A", NOTHING)
    assert sent_to(sent) == [("ONE", "100", "2", "100", "0")]
    assert bench.found("A").leg == ""


@pytest.mark.parametrize(
    "changes", [{"tag59": "4"}, {"tag40": "3", "tag44": "", "tag99": "120"}, {"tag111": "10"}]
)
def test_what_is_not_plain_goes_whole_to_the_best(changes: dict[str, str]) -> None:
    bench = sweeping()
    [sent] = bench.order("A", **changes)
    assert (NAMES[sent["link"]], sent["38"], sent["40"]) == (
        "ONE",
        "100",
        changes.get("tag40", "2"),
    )
    assert routed(bench) == [("sweep", "ONE")]


def test_without_any_quote_it_goes_whole_to_the_best() -> None:
    bench = sweeping("", "")
    assert sent_to(bench.order("A", tag59="3")) == [("ONE", "100", "2", "100", "3")]
    assert (bench.found("A").leg, bench.found("A").slice) == ("", None)


def test_a_broker_that_lacks_the_leg_gets_none() -> None:
    bench = sweeping()
    full = full_sheet("FIX.4.4")
    times = full.times_in_force - {"ioc"}
    bench.setup.brokers["TWO"].sheet = Sheet(full.order_types, times, full.messages, full.features)
    assert sent_to(bench.order("A"))[0][0] == "ONE"
    assert bench.considered("A")["TWO"].why == "broker=TWO lacks=ioc"


def test_the_rest_of_an_immediate_order_ends() -> None:
    bench = sweeping("", "99")
    assert sent_to(bench.order("A", tag59="3")) == [("TWO", "100", "2", "99", "3")]
    bench.said("A", NEW.format(100))
    sent = partly(bench, 40, "99")
    assert told(sent)[1:] == [("4", "4", "40", "0", "2", "100", "3")]
    assert sent_to(sent) == []
    assert all(order.closed for order in states(bench))
    assert bench.core.state.exposures.accounts == {}


def test_a_leg_that_fills_all_is_the_end() -> None:
    bench = sweeping()
    bench.order("A")
    [report] = told(bench.said("A", "150=F|39=2|32=100|31=99|14=100|151=0"))
    assert report[:4] == ("F", "2", "100", "0")
    assert bench.found("A").closed


# --- what its client is told --------------------------------------------------------------------


def test_new_is_told_once_by_whichever_broker_says_so_first() -> None:
    bench = sweeping()
    bench.order("A")
    rejected = "150=8|39=8|103=0|14=0|151=0"
    assert [m["35"] for m in bench.said("A", rejected)] == ["D"]
    assert bench.found("A").ord_status == "A"
    assert [report[0] for report in told(bench.said("A", NEW.format(100)))] == ["0"]
    assert told(bench.said("A", NOTHING)) == []
    assert told(bench.said("A", NEW.format(100))) == []


def test_one_that_all_reject_is_rejected() -> None:
    bench = sweeping()
    bench.order("A")
    rejected = "150=8|39=8|103=0|14=0|151=0"
    for _ in range(2):
        bench.said("A", rejected)
    [report] = told(bench.said("A", rejected))
    assert report[:4] == ("8", "8", "0", "0")
    assert all(order.ended == "8" for order in states(bench))


# --- what comes between -------------------------------------------------------------------------


def test_a_cancel_while_a_leg_works_ends_all_of_it() -> None:
    bench = sweeping()
    bench.order("A")
    [cancel] = bench.client(CANCEL)
    assert (cancel["35"], NAMES[cancel["link"]]) == ("F", "TWO")
    sent = bench.said("A", NOTHING)
    assert [report[:4] for report in told(sent)] == [("4", "4", "0", "0")]
    assert (sent_to(sent), events(bench, OrderMoved)) == ([], 0)


def test_a_smaller_limit_is_asked_of_the_leg_and_a_larger_one_is_not() -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    replace = f"35=G|11={{}}|41={{}}|55=IBM|54=1|38=100|40=2|44={{}}|{TIME}"
    [report] = told(bench.client(replace.format("R", "A", "102")))
    assert (report[0], report[5]) == ("5", "102")
    [asked] = bench.client(replace.format("S", "R", "98.5"))
    assert [asked[tag] for tag in ("35", "38", "40", "44", "59")] == ["G", "100", "2", "98.5", "3"]
    order = bench.found("A")
    done = f"35=8|11={asked['11']}|41={asked['41']}|37=B|17=E9|55=IBM|54=1|150=5|39=0|14=0"
    [report] = told(bench.client(f"{done}|38=100|44=98.5|151=100", LINKS["TWO"]))
    assert (report[0], report[5]) == ("5", "98.5")
    assert order.price_at_broker(order.terms.price) == "98.5"
    sent = bench.said("A", NOTHING)  # ONE asks 100
    assert sent_to(sent) == [("ONE", "100", "2", "98.5", "0")]


def test_the_price_of_the_rest_can_be_replaced_also_after_executions() -> None:
    bench = sweeping("", "99")
    bench.order("A")
    bench.said("A", NEW.format(100))
    partly(bench, 30, "99")
    bench.said("A", NEW.format(70))
    [asked] = bench.client(f"35=G|11=R|41=A|55=IBM|54=1|38=100|40=2|44=101|{TIME}")
    assert [asked[tag] for tag in ("35", "38", "40", "44", "59")] == ["G", "70", "2", "101", "0"]
    done = f"35=8|11={asked['11']}|41={asked['41']}|37=B|17=E9|55=IBM|54=1|150=5|39=0|14=0"
    [report] = told(bench.client(f"{done}|38=70|44=101|151=70", LINKS[bench.found("A").broker]))
    assert report == ("5", "1", "30", "70", "2", "101", "0")


def test_a_larger_quantity_goes_in_what_follows() -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    bench.client(f"35=G|11=R|41=A|55=IBM|54=1|38=150|40=2|44=100|{TIME}")
    sent = bench.said("A", "150=F|39=2|32=100|31=99|14=100|151=0")
    assert sent_to(sent) == [("ONE", "50", "2", "100", "3")]
    states(bench)


def test_the_price_of_a_leg_never_becomes_that_of_the_order() -> None:
    bench = sweeping()
    bench.order("A", tag44="101")
    bench.said("A", f"{NEW.format(100)}|44=99")
    bench.said("A", "150=D|39=0|38=100|44=99|378=99|14=0|151=100")
    assert all(order.terms.price == "101" for order in states(bench))


def test_a_halt_lets_no_further_leg_go_until_it_is_over() -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    for level in ("halted", "none"):
        event = TradingLevelSet("firm", level, 0, "bob", "a test")
        if level == "none":
            bench.took(bench.core.resume("firm", "bob", "", bench.now))
            continue
        bench.core.state.apply(event, bench.now, encode(event))
        bench.events.append((bench.now, encode(event)))
        sent = bench.said("A", NOTHING)
        assert (sent_to(sent), bench.found("A").held is not None) == ([], True)
        states(bench)
    assert bench.found("A").held is None
    assert routed(bench)[-1] == ("sweep_leg", "ONE")


def test_the_limits_of_the_next_broker_hold() -> None:
    full = ScopeLimits("broker:ONE", None, {"max_notional": Decimal(5)})
    bench = sweeping(limits=(full,))
    bench.order("A")
    sent = bench.said("A", NOTHING)
    assert sent_to(sent) == []
    assert bench.found("A").ended == "4"


# --- doubt --------------------------------------------------------------------------------------


def test_an_unknown_leg_stops_it_until_the_broker_has_told_its_end() -> None:
    bench = sweeping()
    bench.order("A")
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    bench.took(bench.core.tick(bench.now))
    assert (bench.found("A").unknown, events(bench, OrderMoved)) == (True, 0)
    states(bench)
    assert sent_to(bench.said("A", "150=I|39=4|14=0|151=0")) == [("ONE", "100", "2", "100", "3")]
    assert not bench.found("A").unknown


def test_executions_of_a_leg_that_are_not_told_yet_are_waited_for() -> None:
    bench = sweeping()
    bench.order("A")
    sent = bench.said("A", "150=4|39=4|14=30|151=0")
    assert [m["35"] for m in sent] == ["H"]
    assert all(order.unknown for order in states(bench))
    sent = bench.said("A", "150=F|39=1|32=30|31=99|14=30|151=70")
    assert sent_to(sent) == [("ONE", "70", "2", "100", "3")]


def test_a_broker_that_goes_down_with_a_leg_is_asked_when_it_is_back() -> None:
    bench = sweeping()
    bench.order("A")
    bench.setup.brokers["TWO"].up = False
    bench.took(bench.core.tick(bench.now))
    assert events(bench, OrderMoved) == 0
    sent = bench.took(bench.core.broker_up("TWO", bench.now))
    assert [m["35"] for m in sent] == ["H"]
    assert sent_to(bench.said("A", "150=I|39=4|14=0|151=0")) == [("ONE", "100", "2", "100", "3")]


@pytest.mark.parametrize("cancels", [False, True])
def test_a_leg_that_the_broker_denies_twice_is_over(cancels: bool) -> None:
    bench = sweeping()
    bench.order("A")
    if cancels:
        bench.client(CANCEL)
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    assert sent_to(bench.said("A", DENIED)) == []
    bench.now += bench.setup.brokers["TWO"].quiet_ns + SECOND
    bench.quotes("ONE", "90", "100")
    sent = bench.said("A", DENIED)
    assert sent_to(sent) == ([] if cancels else [("ONE", "100", "2", "100", "3")])
    assert [report[:4] for report in told(sent)] == ([("4", "4", "0", "0")] if cancels else [])
    states(bench)


@pytest.mark.parametrize("cancels", [False, True])
@pytest.mark.parametrize("end", [NOTHING, "150=I|39=4|14=0|151=0", "150=C|39=C|14=0|151=0"])
def test_a_lost_replace_of_a_leg_that_is_over_holds_nothing_up(end: str, cancels: bool) -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    bench.client(LOWER)
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    if cancels:
        bench.client(CANCEL.replace("41=A", "41=R"))
    refused, *sent = bench.said("A", end)
    assert [refused[tag] for tag in ("35", "11", "41", "58")] == ["9", "R", "A", "NOT_PENDING"]
    assert sent_to(sent) == ([] if cancels else [("ONE", "100", "2", "100", "3")])
    assert [report[:4] for report in told(sent)] == ([("4", "4", "0", "0")] if cancels else [])
    assert all(order.open_requests == () for order in states(bench))


def test_a_lost_replace_of_a_leg_that_the_broker_denies_twice_holds_nothing_up() -> None:
    bench = sweeping()
    bench.order("A")
    bench.client(LOWER)
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    assert bench.said("A", DENIED) == []
    bench.now += bench.setup.brokers["TWO"].quiet_ns + SECOND
    bench.quotes("ONE", "90", "100")
    refused, *sent = bench.said("A", DENIED)
    assert (refused["35"], refused["11"], sent_to(sent)) == (
        "9",
        "R",
        [("ONE", "100", "2", "100", "3")],
    )


def test_a_replace_by_which_an_answer_names_a_leg_that_is_over_was_done() -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    [asked] = bench.client(LOWER)
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    answer = f"35=8|11={asked['11']}|37=B|17=E9|55=IBM|54=1|38=100|44=98.5"
    sent = bench.client(f"{answer}|150=I|39=4|14=0|151=0", LINKS["TWO"])
    assert told(sent) == [("5", "0", "0", "100", "2", "98.5", "0")]
    assert sent_to(sent) == [("ONE", "100", "2", "98.5", "0")]  # ONE asks 100
    states(bench)


def test_an_answer_that_a_leg_was_rejected_ends_it() -> None:
    bench = sweeping()
    bench.order("A")
    bench.took(bench.core.messages_lost("TWO", "a reset", bench.now))
    sent = bench.said("A", "150=I|39=8|103=0|14=0|151=0")
    assert sent_to(sent) == [("ONE", "100", "2", "100", "3")]


def test_a_leg_that_never_got_there_is_over() -> None:
    bench = sweeping()
    first = bench.order("A")[0]["11"]
    refused = message("D", f"11={first}|55=IBM")
    sent = bench.took(bench.core.refused_by_broker(LINKS["TWO"], refused, "bad tag", bench.now))
    assert sent_to(sent) == [("ONE", "100", "2", "100", "3")]


def late(first: str, word: str) -> str:
    return f"35=8|11={first}|37=L|17=LATE|55=IBM|54=1|{word}"


@pytest.mark.parametrize("word", [NOTHING, "150=8|39=8|103=0|14=0|151=0", NEW.format(100)])
@pytest.mark.parametrize("legs", [1, 2])
def test_a_late_word_on_a_leg_changes_nothing_of_what_came_after(word: str, legs: int) -> None:
    bench = sweeping()
    first = bench.order("A")[0]["11"]
    bench.said("A", NEW.format(100))
    for _ in range(legs):
        bench.said("A", NOTHING)
    before = states(bench)
    assert bench.client(late(first, word), LINKS["TWO"]) == []
    assert [_facts(order) for order in before] == [_facts(order) for order in states(bench)]


def test_the_rest_at_a_broker_that_had_a_leg_is_told_apart_from_it() -> None:
    bench = sweeping("", "99")
    bench.setup.brokers["ONE"].up = bench.setup.brokers["DARK"].up = False
    first = bench.order("A")[0]["11"]
    bench.said("A", NEW.format(100))
    assert sent_to(bench.said("A", NOTHING)) == [("TWO", "100", "2", "100", "0")]
    rest = bench.found("A").broker_cl_ord_id
    assert rest != first
    assert bench.client(late(first, NOTHING), LINKS["TWO"]) == []
    assert (bench.found("A").leaves_qty, bench.found("A").ended) == (100, "")
    states(bench)
    [report] = told(bench.client(late(first, "150=F|39=1|32=5|31=99|14=5|151=95"), LINKS["TWO"]))
    assert report[2:4] == ("5", "95")
    assert any("after it moved on" in alarm for alarm in bench.alarms)
    assert any("of the newest 5 is wanted no more" in alarm for alarm in bench.alarms)
    [asked] = bench.client(CANCEL)
    assert (asked["35"], asked["41"]) == ("F", rest)


# --- what is measured ---------------------------------------------------------------------------


def test_each_broker_is_measured_by_its_own_leg() -> None:
    bench = sweeping()
    bench.order("A")
    bench.said("A", NEW.format(100))
    partly(bench, 30, "99")
    bench.said("A", NEW.format(70))
    bench.said("A", "150=F|39=2|32=70|31=100|14=70|151=0")
    for state in (bench.core.state, bench.refolded()):
        measures = state.routing.measures
        assert measures["TWO"].filled.value == 30_000
        assert measures["ONE"].filled.value == 100_000
        assert state.routing.open_of == {"ONE": 0, "TWO": 0}
