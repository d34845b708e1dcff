"""The client simulator's view of its orders and its decisions, without a socket."""

from __future__ import annotations

import csv
import subprocess
import sys
from collections import Counter
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from tests.fix import fix
from tools.client_simulator import STORIES, ClientSettings, parse_mix, percentile
from tools.client_simulator.core import ClientCore
from tools.client_simulator.orders import ClientOrder
from tools.client_simulator.stats import stats_of
from tools.fix_peer import SAMPLE_PRICES, LinkCounts, Memory, Pairs, encode, read_one

SECOND = 1_000_000_000
START = 1_800_000_000 * SECOND


class Client:
    """The core, with what it wants to send and a clock of its own."""

    def __init__(self, **settings: Any) -> None:
        settings.setdefault("id_prefix", "C")
        self.core = ClientCore(ClientSettings(**settings))
        self.book = self.core.book
        self.now = START
        self._execs = 0

    def pump(self) -> list[tuple[str, dict[str, str]]]:
        self.core.pump(self.now)
        return self.sent()

    def sent(self) -> list[tuple[str, dict[str, str]]]:
        return [(outgoing.msg_type, dict(outgoing.body)) for outgoing in self.core.take()]

    def order(self, quantity: int = 100) -> ClientOrder:
        body: Pairs = [("55", "AAPL"), ("54", "1"), ("38", str(quantity)), ("40", "1")]
        order = self.core.new_order(body, STORIES["market"], self.now)
        self.core.take()
        return order

    def told(self, text: str, refused: str = "") -> list[tuple[str, dict[str, str]]]:
        """A report comes (37 and 17 are filled in); what is sent because of it."""
        if "35=8" in text and "|17=" not in text:
            self._execs += 1
            text += f"|17=E{self._execs}"
        if "|37=" not in text:
            text += "|37=O1"
        self.core.receive(read_one(fix(f"8=FIX.4.4|{text}")), refused, self.now)
        return self.sent()

    def new(self, cl_ord_id: str, quantity: int = 100) -> list[tuple[str, dict[str, str]]]:
        return self.told(f"35=8|150=0|39=0|11={cl_ord_id}|38={quantity}|151={quantity}|14=0")


def test_reports_make_the_view_of_an_order() -> None:
    client = Client()
    order = client.order()
    assert order.waiting
    client.new("C-000001")
    assert (order.status, order.leaves, order.order_id) == ("0", 100, "O1")
    client.told("35=8|150=F|39=1|11=C-000001|38=100|32=40|31=9|151=60|14=40")
    client.told("35=8|150=F|39=2|11=C-000001|38=100|32=60|31=9|151=0|14=100")
    assert (order.cum, order.closed, order.waiting) == (100, True, False)
    assert client.book.executions == 2
    assert client.book.problems == []


def test_the_dialect_of_fix_42_means_the_same() -> None:
    client = Client()
    order = client.order()
    client.told("35=8|20=0|150=0|39=0|11=C-000001|38=100|151=100|14=0")
    client.told("35=8|20=0|150=1|39=1|11=C-000001|38=100|32=40|151=60|14=40")
    client.core.ask_status(order)
    client.told("35=8|20=3|150=1|39=1|11=C-000001|38=100|151=60|14=40")
    client.told("35=8|20=0|150=2|39=2|11=C-000001|38=100|32=60|151=0|14=100")
    assert (order.cum, order.waiting, client.book.executions) == (100, False, 2)
    assert client.book.problems == []


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("150=F|39=1|11=C-000001|38=100|32=40|151=60|14=50", "but the fills make 40"),
        ("150=F|39=1|11=C-000001|38=100|32=40|151=50|14=40", "is not CumQty(14) + LeavesQty"),
        ("150=0|39=0|11=C-000001|38=90|151=90|14=0", "OrderQty(38) 90, ordered 100"),
        ("150=0|39=0|11=OTHER|38=100|151=100|14=0", "ClOrdID(11) is not ours"),
        ("150=0|39=0|11=C-000001|38=100|151=100|14=0|37=O2", "OrderID(37) was O1"),
        ("150=F|39=1|11=C-000001|38=100|32=40|151=60|14=40|17=E1", "ExecID(17) came twice"),
        ("150=F|39=1|11=C-000001|38=100|32=40|151=60|14=40|17=0", "ExecID(17) is missing"),
    ],
)
def test_what_does_not_add_up_is_a_problem(text: str, problem: str) -> None:
    client = Client()
    client.order()
    client.new("C-000001")
    client.told(f"35=8|{text}")
    assert problem in client.book.problems[0]


@pytest.mark.parametrize("mark", ["97=Y", "43=Y|122=20270115-08:00:00"])
def test_a_marked_repetition_is_counted_not_booked(mark: str) -> None:
    client = Client()
    order = client.order()
    client.new("C-000001")
    fill = "35=8|150=F|39=1|11=C-000001|38=100|32=40|151=60|14=40|17=E77"
    client.told(fill)
    client.told(f"{fill}|{mark}")
    assert (order.cum, client.book.executions, client.book.repeated_executions) == (40, 1, 1)
    assert client.book.problems == []


def test_a_replace_gives_the_order_its_new_id_and_terms() -> None:
    client = Client()
    order = client.order()
    client.new("C-000001")
    new_id = client.core.replace(order, Decimal(150), Decimal("9.5"), "FILL", client.now)
    ((msg_type, body),) = client.sent()
    assert (msg_type, body["11"], body["41"]) == ("G", new_id, "C-000001")
    assert (body["38"], body["44"], body["58"], body["40"]) == ("150", "9.5", "FILL", "1")
    client.told(f"35=8|150=E|39=E|11={new_id}|41=C-000001|38=100|151=100|14=0")
    assert order.waiting
    client.told(f"35=8|150=5|39=0|11={new_id}|41=C-000001|38=150|151=150|14=0")
    assert (order.cl_ord_id, order.quantity, order.fields["44"]) == (new_id, 150, "9.5")
    assert not order.waiting
    assert client.book.problems == []


def test_a_refused_cancel_leaves_the_order_as_it_is() -> None:
    client = Client()
    order = client.order()
    client.new("C-000001")
    cancel_id = client.core.cancel(order, client.now)
    client.told(f"35=9|11={cancel_id}|41=C-000001|39=0|102=2|58=no")
    assert (order.status, order.reason, order.text, order.waiting) == ("0", "2", "no", False)
    client.told("35=9|11=C-000099|41=C-000001|39=0|102=1")
    assert "no request of ours" in client.book.problems[0]


def test_a_message_that_was_refused_is_answered() -> None:
    client = Client()
    order = client.order()
    client.told("35=3|45=2|58=bad", refused="C-000001")
    assert (order.status, order.text, client.book.unanswered) == ("8", "bad", {})
    client.told("35=j|45=9|58=who", refused="")
    assert client.book.problems == ["a message was refused: who"]


def test_a_story_goes_on_when_the_last_request_was_answered() -> None:
    client = Client(orders=1, mix={"replace_cancel": 1}, seed=3)
    ((_, first),) = client.pump()
    quantity = int(first["38"])
    ((msg_type, change),) = client.new(first["11"], quantity)
    assert (msg_type, change["41"], first["58"]) == ("G", first["11"], "NOFILL")
    ids = f"11={change['11']}|41={first['11']}"
    state = f"38={change['38']}|151={change['38']}|14=0"
    assert client.told(f"35=8|150=E|39=E|{ids}|38={quantity}|151={quantity}|14=0") == []
    ((msg_type, cancel),) = client.told(f"35=8|150=5|39=0|{ids}|{state}")
    assert (msg_type, cancel["41"]) == ("F", change["11"])
    assert client.book.problems == []


def test_a_story_leaves_out_what_makes_no_sense_any_more() -> None:
    client = Client(orders=1, mix={"cancel": 1})
    ((_, first),) = client.pump()
    refused = f"35=8|150=8|39=8|11={first['11']}|38={first['38']}|151=0|14=0|58=CODE: a=1"
    assert client.told(refused) == []
    stats = stats_of(client.core, Memory(), LinkCounts())
    assert stats.rejections == {"CODE": 1}
    assert stats.cancels == 0


def test_the_same_order_again_must_be_refused() -> None:
    client = Client(orders=1, mix={"duplicate": 1})
    ((_, first),) = client.pump()
    ((msg_type, again),) = client.new(first["11"], int(first["38"]))
    assert (msg_type, again) == ("D", first)
    state = f"38={first['38']}|151={first['38']}|14=0"
    client.told(f"35=8|150=8|39=0|103=6|11={first['11']}|{state}")
    (order,) = client.book.orders
    assert (order.status, order.waiting, client.book.duplicate_rejects) == ("0", False, 1)


def test_the_same_seed_orders_the_same_and_another_one_does_not() -> None:
    def day(seed: int) -> list[tuple[str, dict[str, str]]]:
        return Client(orders=50, mix=dict.fromkeys(STORIES, 1), seed=seed).pump()

    assert day(5) == day(5)
    assert day(5) != day(6)


def test_orders_are_drawn_by_the_weights_and_symbols_of_the_settings() -> None:
    mix = {"limit": 3, "market": 1, "stop": 0}
    client = Client(orders=400, window=400, mix=mix, symbols=("AAPL", "MSFT"), account="ACC1")
    bodies = [body for _, body in client.pump()]
    types = Counter(body["40"] for body in bodies)
    assert 250 < types["2"] < 350
    assert types["3"] == 0
    assert {body["55"] for body in bodies} == {"AAPL", "MSFT"}
    assert all(body["1"] == "ACC1" for body in bodies)
    assert all(("44" in body) is (body["40"] == "2") for body in bodies)


def test_no_more_orders_are_unanswered_than_the_window_allows() -> None:
    client = Client(orders=10, window=3)
    first = client.pump()
    assert len(first) == 3
    assert client.pump() == []
    client.new(first[0][1]["11"], int(first[0][1]["38"]))
    assert len(client.pump()) == 1


def test_the_rate_spreads_orders_over_time() -> None:
    client = Client(orders=10, rate=4)
    assert len(client.pump()) == 1
    assert client.core.deadline() == START + SECOND // 4
    client.now += SECOND // 4 - 1
    assert client.pump() == []
    client.now += 1 + SECOND // 4
    assert len(client.pump()) == 2


def test_an_earlier_run_is_remembered_and_ids_go_on() -> None:
    body = [("11", "C-000001"), ("55", "AAPL"), ("54", "1"), ("38", "100"), ("40", "1")]
    new = "8=FIX.4.4|35=8|34=2|150=0|39=0|11=C-000001|38=100|151=100|14=0|37=O1|17=E1"
    cancel = [("11", "C-000002"), ("41", "C-000001"), ("55", "AAPL"), ("54", "1"), ("38", "100")]
    client = Client()
    client.core.recover(
        [
            ("out", encode("FIX.4.4", "D", body)),
            ("in", fix(new)),
            ("out", encode("FIX.4.4", "F", cancel)),
        ]
    )
    (order,) = client.book.orders
    assert list(order.requests) == ["C-000002"]
    client.told("35=8|150=4|39=4|11=C-000002|41=C-000001|38=100|151=0|14=0|17=E2")
    assert order.status == "4"
    assert client.order().cl_ord_id == "C-000003"
    assert client.book.problems == []


def test_latency_leaves_out_what_was_in_flight_when_the_connection_broke() -> None:
    client = Client()
    client.order()
    client.core.interrupted()
    client.now += 9 * SECOND
    client.order()
    client.now += 2_000
    client.new("C-000001")
    client.told("35=8|150=0|39=0|11=C-000002|38=100|151=100|14=0|37=O2")
    stats = stats_of(client.core, Memory(), LinkCounts())
    assert (stats.p50_us, stats.max_us) == (2.0, 2.0)


def test_percentiles_are_values_that_were_measured() -> None:
    values = [float(number) for number in range(1, 101)]
    assert percentile(values, 50) == 50
    assert percentile(values, 99) == 99
    assert percentile(values, 100) == 100
    assert percentile([3.0], 50) == 3
    assert percentile([], 99) == 0


def test_a_mix_is_read_and_mistakes_are_named() -> None:
    assert parse_mix("limit=6, cancel=2,replace") == {"limit": 6, "cancel": 2, "replace": 1}
    for text, wrong in (("lmit=1", "'lmit'"), ("limit=x", "'limit=x'"), ("limit=0", "all weights")):
        with pytest.raises(ValueError, match=wrong):
            parse_mix(text)


def test_the_sample_prices_are_those_that_fixgate_init_writes(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "gateway.cli", "init", str(tmp_path)]
    subprocess.run(command, check=True, capture_output=True, cwd=Path(__file__).parents[2])
    with (tmp_path / "closes.csv").open(newline="") as file:
        closes = {row["symbol"]: Decimal(row["price"]) for row in csv.DictReader(file)}
    assert closes == SAMPLE_PRICES
