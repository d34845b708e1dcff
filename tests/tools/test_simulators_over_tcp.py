"""Client simulator against broker simulator over real TCP: trade, drop, restart, end to end.

The time limits are there to end a test that hangs; nothing waits for them otherwise.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Awaitable, Callable
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from sessions.dictionary import builtin_of
from sessions.message import parse
from sessions.validation import ValidationRules, validate
from tools.broker_simulator import BrokerSettings, BrokerSimulator
from tools.client_simulator import ABORT, HALF, STORIES, ClientSettings, ClientSimulator
from tools.fix_peer import BEGIN_STRINGS, PeerSession, tags
from tools.fix_peer.settings import FIXT
from tools.fix_peer.wire import Reader

HANG_S = 60
# Here nobody holds a stop order, so that it is filled before it is replaced.
EVERYTHING = {name: 1 for name in STORIES if name not in ("duplicate", "stop_replace")}


class Pair:
    """A broker and a client connected to it."""

    def __init__(self, broker: dict[str, Any], client: dict[str, Any]) -> None:
        client = {"quiet_s": 0.05, "reconnect_first_s": 0.01, **client}
        self._broker = {"sender": "SIM", "target": "ACME", **broker}
        self._client = {"sender": "ACME", "target": "SIM", **client}
        self.broker = BrokerSimulator(BrokerSettings(**self._broker))

    async def start(self) -> None:
        await self.broker.start()
        self._broker["port"] = self._client["port"] = self.broker.port
        self.client = ClientSimulator(ClientSettings(**self._client))
        await self.client.start()

    async def restart_broker(self) -> None:
        await self.broker.kill()
        self.broker = BrokerSimulator(BrokerSettings(**self._broker))
        await self.broker.start()

    async def restart_client(self) -> None:
        await self.client.kill()
        self.client = ClientSimulator(ClientSettings(**{**self._client, "orders": 0}))
        await self.client.start()

    async def stop(self) -> None:
        await self.client.stop()
        await self.broker.stop()

    def both_sides_agree(self) -> None:
        """Numbers, executions and the state of every order are the same on both sides."""
        assert self.client.stats().problems == []
        assert self.broker.stats().link["problems"] == []
        assert self.client.memory.next_out == self.broker.memory.next_in
        assert self.client.memory.next_in == self.broker.memory.next_out
        theirs = {order.order_id: order for order in self.broker.core.book.orders}
        assert len(theirs) == len(self.client.book.orders)
        for order in self.client.book.orders:
            their = theirs[order.order_id]
            assert (order.cum, order.quantity) == (their.cum, their.quantity)
            assert order.cl_ord_id == their.cl_ord_id
            assert order.status == their.status(
                shows_replaced=self.broker.settings.begin_string == "FIX.4.2"
            )


def run(
    script: Callable[[Pair], Awaitable[None]],
    broker: dict[str, Any] | None = None,
    client: dict[str, Any] | None = None,
) -> Pair:
    """Run the script on a connected pair, then log out and check that both sides agree."""
    pair = Pair(broker or {}, client or {})

    async def whole() -> None:
        await pair.start()
        try:
            await script(pair)
        finally:
            await pair.stop()

    asyncio.run(whole())
    pair.both_sides_agree()
    return pair


async def trade(pair: Pair) -> None:
    assert await pair.client.finished(HANG_S), pair.client.stats()


@pytest.mark.parametrize("begin_string", BEGIN_STRINGS)
@pytest.mark.parametrize("pending_acks", [False, True])
def test_every_story_ends_as_it_should(begin_string: str, pending_acks: bool) -> None:
    broker = {"begin_string": begin_string, "fill": "partial:2", "pending_acks": pending_acks}
    client = {"begin_string": begin_string, "orders": 120, "mix": EVERYTHING, "account": "A1"}
    pair = run(trade, broker, client)
    stats = pair.client.stats()
    words = [order.story.text for order in pair.client.book.orders]
    assert stats.orders == len(words) == 120
    assert stats.rejected == words.count("REJECT") > 0
    assert stats.filled + stats.canceled + stats.rejected == 120
    assert stats.canceled_after_fills > 0
    assert stats.replaced == stats.replaces > 0
    assert stats.open == stats.unanswered == 0
    assert stats.executions == pair.broker.stats().executions
    assert pair.broker.truth.doubled == []


def test_every_message_is_counted_alike_on_both_ends() -> None:
    pair = run(trade, {"fill": "partial:3"}, {"orders": 50, "mix": {"limit": 2, "cancel": 1}})
    ours, theirs = pair.client.counts, pair.broker.counts
    assert ours.out_by_type == theirs.in_by_type
    assert ours.in_by_type == theirs.out_by_type
    assert ours.messages_in == sum(ours.in_by_type.values())


@pytest.mark.parametrize("begin_string", BEGIN_STRINGS)
def test_every_message_is_as_its_fix_version_wants_it(
    begin_string: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[bytes] = []
    drain = PeerSession.drain

    def recorded(session: PeerSession) -> bytes:
        written.append(drain(session))
        return written[-1]

    monkeypatch.setattr(PeerSession, "drain", recorded)
    version = {"begin_string": begin_string}
    client = {"orders": 100, "mix": EVERYTHING, "drop_after": 30, "account": "A1"}
    run(trade, {"pending_acks": True, "ack_delay_ms": 2, **version}, {**client, **version})
    dictionary = builtin_of(begin_string, "FIX.5.0SP2" if begin_string == FIXT else "")
    messages = [parse(item.raw) for data in written for item in Reader().feed(data)]
    assert {message.msg_type for message in messages} >= set("ADFGH8925")
    faults = [validate(message, dictionary, ValidationRules()) for message in messages]
    assert [fault.text for fault in faults if fault is not None] == []


@pytest.mark.parametrize("kind", [ABORT, HALF])
def test_a_dropped_connection_is_made_good_by_resend(kind: str) -> None:
    client = {"orders": 200, "drop_after": 70, "drop_kind": kind, "mix": EVERYTHING}
    pair = run(trade, {"fill": "partial:2", "ack_delay_ms": 2}, client)
    assert pair.client.counts.connections == 2
    assert pair.client.counts.poss_dup_in + pair.broker.counts.poss_dup_in > 0
    assert len(pair.broker.truth.new_orders()) == 200
    assert pair.broker.truth.doubled == []


def test_after_a_half_close_no_message_was_lost_on_the_way() -> None:
    client = {"orders": 100, "drop_after": 40, "drop_kind": HALF}
    pair = run(trade, {"ack_delay_ms": 2}, client)
    ours, theirs = pair.client.counts, pair.broker.counts
    assert ours.connections == 2
    assert ours.out_by_type == theirs.in_by_type
    assert ours.in_by_type == theirs.out_by_type


def test_a_broker_that_cuts_the_connection_again_and_again_loses_nothing() -> None:
    broker = {"disconnect_every": 30, "fill": "partial:2"}
    pair = run(trade, broker, {"orders": 100, "window": 10})
    assert pair.client.counts.connections > 3
    assert pair.client.stats().filled == 100


def test_duplicates_are_seen_for_what_they_are() -> None:
    pair = Pair({"duplicate_rate": 0.5, "seed": 4}, {"orders": 60})

    async def whole() -> None:
        await pair.start()
        assert await pair.client.finished(HANG_S)
        await pair.stop()

    asyncio.run(whole())
    stats = pair.client.stats()
    assert stats.executions == stats.filled == 60
    assert stats.repeated_executions + stats.link["repeated_in"] == (
        pair.broker.stats().repeated_executions
    )
    assert stats.problems
    assert all("ExecID(17) came twice" in problem for problem in stats.problems)


def test_late_fills_are_booked_after_the_cancel() -> None:
    mix = {"cancel": 1}
    pair = run(trade, {"late_fill_rate": 1.0}, {"orders": 20, "mix": mix})
    assert all(order.status == "4" and order.cum > 0 for order in pair.client.book.orders)


@pytest.mark.parametrize("begin_string", BEGIN_STRINGS)
def test_a_broker_killed_in_the_middle_goes_on(begin_string: str, tmp_path: Path) -> None:
    async def script(pair: Pair) -> None:
        await pair.broker.until(lambda: len(pair.broker.truth.new_orders()) >= 60, HANG_S)
        await pair.restart_broker()
        await trade(pair)

    broker = {"state": tmp_path, "ack_delay_ms": 3, "fill": "partial:2", "fill_delay_ms": 2}
    client = {"orders": 150, "mix": EVERYTHING, "begin_string": begin_string}
    pair = run(script, {**broker, "begin_string": begin_string}, client)
    assert pair.client.counts.connections == 2
    assert len(pair.broker.core.book.orders) == 150
    assert pair.broker.truth.doubled == []


def test_a_client_killed_in_the_middle_learns_what_it_missed(tmp_path: Path) -> None:
    async def script(pair: Pair) -> None:
        await pair.client.until(lambda: pair.client.book.executions >= 20, HANG_S)
        await pair.restart_client()
        await trade(pair)

    pair = run(script, {"ack_delay_ms": 3}, {"orders": 80, "window": 10, "state": tmp_path})
    stats = pair.client.stats()
    assert 20 < stats.filled == stats.orders < 80
    assert stats.link["poss_dup_in"] > 0


def test_a_script_of_ones_own() -> None:
    async def script(pair: Pair) -> None:
        client = pair.client
        assert await client.logged_on(HANG_S)
        order = client.new_order(
            symbol="MSFT", side="1", quantity=Decimal(100), price=Decimal("9.5"), text="NOFILL"
        )
        assert await client.until(lambda: order.status == "0", HANG_S)
        client.replace(order, quantity=Decimal(120), price=Decimal("9.6"))
        assert await client.until(lambda: order.quantity == 120, HANG_S)
        client.ask_status(order)
        assert await client.until(lambda: not order.waiting, HANG_S)
        client.cancel(order)
        assert await client.until(lambda: order.closed, HANG_S)
        client.new_order(symbol="MSFT", side="2", quantity=Decimal(5), stop_price=Decimal(9))
        assert await client.until(lambda: client.book.executions == 1, HANG_S)

    pair = run(script)
    kinds = [entry.msg_type for entry in pair.broker.truth.requests]
    assert kinds == ["D", "G", "H", "F", "D"]
    assert pair.broker.core.book.orders[0].terms[tags.PRICE] == "9.6"


def test_an_unanswered_order_is_told_when_the_time_is_over() -> None:
    async def script(pair: Pair) -> None:
        assert not await pair.client.finished(0.1)
        assert pair.client.stats().unanswered == 1
        pair.client.core.book.orders[0].order_id = "SIM-O-1"
        pair.client.core.book.orders[0].status = "A"

    run(script, {"scenarios": {"AAPL": "HANG"}}, {"orders": 1})


def test_wrong_credentials_are_refused_and_the_right_ones_let_in() -> None:
    async def attempt(password: str) -> tuple[bool, list[str]]:
        pair = Pair(
            {"username": "acme", "password": "secret"},
            {"username": "acme", "password": password},
        )
        await pair.start()
        refused = pair.broker.until(lambda: bool(pair.broker.counts.problems), HANG_S)
        let_in = pair.client.logged_on(HANG_S)
        tasks = [asyncio.ensure_future(refused), asyncio.ensure_future(let_in)]
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
        logged_on = pair.client.counts.logons == 1
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await pair.stop()
        return logged_on, pair.broker.counts.problems

    assert asyncio.run(attempt("secret")) == (True, [])
    logged_on, problems = asyncio.run(attempt("guess"))
    assert not logged_on
    assert "Password(554) is wrong" in problems[0]


def test_both_programs_trade_with_each_other(tmp_path: Path) -> None:
    log = tmp_path / "truth.jsonl"
    broker_command = "tools.broker_simulator --port 0 --target ACME --fill partial:2 --json"
    broker = start([*broker_command.split(), "--json-log", str(log), "--scenario", "IBM=NOFILL"])
    assert broker.stderr is not None
    port = broker.stderr.readline().rpartition(":")[2].strip()
    client_command = f"tools.client_simulator --port {port} --target SIM --orders 30 --json"
    mix = "--mix limit=3,cancel=1,replace=1 --symbols AAPL,IBM"
    client = start([*client_command.split(), *mix.split()])
    out, _ = client.communicate(timeout=HANG_S)
    broker.send_signal(signal.SIGTERM)
    summary, _ = broker.communicate(timeout=HANG_S)
    told, seen = json.loads(out), json.loads(summary)
    assert (client.returncode, broker.returncode) == (0, 0)
    assert told["filled"] + told["canceled"] == told["orders"] == seen["orders"] == 30
    assert told["executions"] == seen["executions"] > 0
    lines = [json.loads(line) for line in log.read_text().splitlines()]
    assert sum(line["what"] == "execution" for line in lines) == seen["executions"]


@pytest.mark.parametrize(
    ("command", "message"),
    [
        ("broker_simulator --port 0 --fill some", "must be full, none, half, random or partial:N"),
        ("broker_simulator --port 0 --scenario AAPL=WHAT", "'WHAT': must be one of FILL"),
        ("broker_simulator --port 0 --price AAPL", "must be SYMBOL=VALUE"),
        ("broker_simulator --port 0 --reject-rate 2", "not in the range"),
        ("client_simulator --port 1 --mix what=1", "'what': must be one of limit"),
        ("client_simulator --port 1 --price AAPL=x", "must be SYMBOL=PRICE"),
        ("market_data_simulator --port 0 --price =5", "must be SYMBOL=VALUE"),
    ],
)
def test_a_mistake_on_the_command_line_is_named(command: str, message: str) -> None:
    program = start(f"tools.{command}".split())
    _, error = program.communicate(timeout=HANG_S)
    assert program.returncode == 2
    assert message in " ".join(error.replace("\u2502", " ").split())


def test_a_port_in_use_is_named() -> None:
    async def script(pair: Pair) -> None:
        command = ["tools.broker_simulator", "--port", str(pair.broker.port)]
        loop = asyncio.get_running_loop()
        program = start(command)
        _, error = await loop.run_in_executor(None, lambda: program.communicate(timeout=HANG_S))
        assert program.returncode == 1
        assert f"cannot listen on 127.0.0.1:{pair.broker.port}" in error

    run(script)


def test_a_client_that_never_logs_on_says_so() -> None:
    with socket.socket() as taken:  # bound but not listening: nobody can connect
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        program = start(f"tools.client_simulator --port {port} --timeout-s 0.1".split())
        _, error = program.communicate(timeout=HANG_S)
    assert program.returncode == 1
    assert f"never logged on at 127.0.0.1:{port}: no connection was made" in error


def start(arguments: list[str]) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        cwd=Path(__file__).parents[2],
        env={**os.environ, "COLUMNS": "200"},
    )
