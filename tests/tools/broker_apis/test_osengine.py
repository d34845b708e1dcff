"""The simulated terminal as a gateway sees it: greeting, facts, faults, the command."""

from __future__ import annotations

import asyncio
import hmac
import json
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any

import httpx
import pytest

from tests.gateway.end_to_end.settings import free_port
from tools.broker_apis import Settings
from tools.broker_apis.osengine import Terminal
from tools.broker_apis.osengine.switches import SWITCHES

SECRET = SWITCHES["secret"]
ORDER = {
    "t": "new",
    "id": "a",
    "portfolio": "L01",
    "security": "AAPL",
    "class": "TQBR",
    "side": "buy",
    "type": "limit",
    "price": "150",
    "qty": "10",
    "tif": "day",
}


class Gateway:
    """Listens for one robot after the other."""

    def __init__(self) -> None:
        self.port = free_port()
        self._came: asyncio.Queue[Any] = asyncio.Queue()
        self._writers: list[asyncio.StreamWriter] = []

    async def start(self) -> None:
        self._server = await asyncio.start_server(self._called, "127.0.0.1", self.port)

    async def _called(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.append(writer)
        await self._came.put((reader, writer))

    async def stop(self) -> None:
        for writer in self._writers:
            writer.transport.abort()
        self._server.close()

    async def welcome(self, since: int = 0, secret: str = SECRET) -> dict[str, str]:
        """Greet the next robot; returns its greeting."""
        self.reader, self.writer = await self._came.get()
        self.say({"t": "hello", "version": "1", "nonce": "g"})
        hello = await self.hear()
        assert hello["seal"] == seal(SECRET, f"robot:g:{hello['nonce']}")
        shown = seal(secret, f"gateway:{hello['nonce']}:g")
        self.say({"t": "welcome", "seal": shown, "since": str(since)})
        return hello

    def say(self, said: dict[str, str]) -> None:
        self.writer.write(json.dumps(said).encode() + b"\n")

    async def hear(self) -> dict[str, str]:
        async with asyncio.timeout(30):
            said: dict[str, str] = json.loads(await self.reader.readuntil(b"\n"))
            return said

    async def facts(self, *names: str) -> list[dict[str, str]]:
        """The next lines, which have to be these."""
        found = [await self.hear() for _ in names]
        assert [one["t"] for one in found] == list(names), found
        return found


def seal(secret: str, text: str) -> str:
    return hmac.new(secret.encode(), text.encode(), "sha256").hexdigest()


@asynccontextmanager
async def both(**switches: Any) -> AsyncIterator[tuple[Gateway, Terminal]]:
    gateway = Gateway()
    await gateway.start()
    terminal = Terminal(Settings(port=gateway.port, switches={"reconnect_s": 0.02} | switches))
    await terminal.start()
    try:
        yield gateway, terminal
    finally:
        await terminal.stop()
        await gateway.stop()


def play(script: Callable[[Gateway, Terminal], Awaitable[None]], **switches: Any) -> None:
    async def whole() -> None:
        async with both(**switches) as (gateway, terminal):
            await script(gateway, terminal)

    asyncio.run(whole())


def test_facts_are_numbered_and_told_again_to_who_missed_them() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        hello = await gateway.welcome()
        assert (hello["first"], hello["last"]) == ("1", "0")
        await gateway.facts("state")
        terminal.world.treatments.add({"fill": "all"})
        gateway.say(ORDER)
        found = await gateway.facts("taken", "working", "trade", "ended")
        assert [one["seq"] for one in found] == ["1", "2", "3", "4"]
        assert (found[2]["qty"], found[2]["done"], found[2]["of"]) == ("10", "10", "10")
        gateway.say({"t": "since", "seq": "2"})
        assert await gateway.facts("trade", "ended") == found[2:]
        gateway.writer.close()
        hello = await gateway.welcome(since=3)
        assert hello["last"] == "4"
        assert (await gateway.facts("ended", "state"))[0] == found[3]

    play(script)


def test_facts_that_are_not_kept_any_more_cannot_be_told() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        terminal.world.treatments.add({"fill": "all"})
        gateway.say(ORDER)
        await gateway.facts("taken", "working", "trade", "ended")
        gateway.writer.close()
        hello = await gateway.welcome()
        assert (hello["first"], hello["last"]) == ("3", "4")
        await gateway.facts("trade", "ended", "state")

    play(script, facts_kept=2)


def test_one_id_is_one_order() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        gateway.say(ORDER)
        await gateway.facts("taken", "working")
        gateway.say(ORDER)
        await gateway.facts("known")
        assert len(terminal.world.exchange.orders) == 1

    play(script)


@pytest.mark.parametrize(
    ("change", "why"),
    [
        ({"security": "NONE"}, "no security NONE"),
        ({"portfolio": "other"}, "no portfolio other"),
        ({"qty": "0"}, "no quantity 0"),
        ({"price": "dear"}, "no number: dear"),
        ({"side": "both"}, "no order both"),
    ],
)
def test_what_makes_no_sense_is_refused(change: dict[str, str], why: str) -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        gateway.say(ORDER | change)
        [said] = await gateway.facts("refused")
        assert said["why"].startswith(why)
        assert terminal.bridge.last == 0

    play(script, portfolio="L01")


def test_a_replace_is_a_cancel_and_a_new_order_for_what_is_left() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        terminal.world.treatments.add({"fill": "parts", "parts": 2, "filled_parts": 1})
        gateway.say(ORDER)
        await gateway.facts("taken", "working", "trade")
        terminal.world.treatments.clear()
        gateway.say({"t": "replace", "id": "b", "order": "a", "price": "149", "qty": "20"})
        found = await gateway.facts("asked", "next", "working")
        assert (found[2]["id"], found[2]["replaces"]) == ("b", "a")
        assert (found[2]["of"], found[2]["done"], found[2]["limit"]) == ("20", "5", "149")
        first, second = terminal.world.exchange.orders.values()
        assert (first.ended, second.terms.quantity) == ("canceled", 15)
        gateway.say({"t": "query", "ask": "a"})
        [row, _] = await gateway.facts("status", "end")
        assert (row["id"], row["state"]) == ("b", "working")
        gateway.say({"t": "cancel", "id": "c", "order": "a"})
        found = await gateway.facts("asked", "ended")
        assert (found[1]["how"], found[1]["by"]) == ("canceled", "c")

    play(script)


def test_a_replace_whose_new_order_is_refused_has_canceled_the_old_one() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        gateway.say(ORDER)
        await gateway.facts("taken", "working")
        terminal.world.treatments.add({"reject": "money"})
        gateway.say({"t": "replace", "id": "b", "order": "a", "price": "149", "qty": "20"})
        found = await gateway.facts("asked", "next", "refused", "ended")
        assert (found[2]["id"], found[2]["why"]) == ("b", "money")
        assert (found[3]["id"], found[3]["how"], found[3]["of"]) == ("a", "canceled", "10")

    play(script)


def test_an_order_is_lost_once_it_works_and_questions_say_so() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        gateway.say(ORDER)
        await gateway.facts("taken", "working", "lost")
        gateway.say({"t": "open", "ask": "q"})
        [row, end] = await gateway.facts("status", "end")
        assert (row["state"], end["count"]) == ("lost", "1")
        [order] = terminal.world.exchange.open_orders()
        terminal.world.desk.fill_now(order, order.rest)
        terminal.pump()
        await gateway.facts("trade", "ended")

    play(script, lost_after_active=True)


def test_positions_and_prices_are_those_of_the_market() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        terminal.world.treatments.add({"fill": "all"})
        gateway.say(ORDER | {"side": "sell"})
        await gateway.facts("taken", "working", "trade", "ended")
        gateway.say({"t": "positions", "ask": "p", "portfolio": "L01"})
        [row, _] = await gateway.facts("position", "end")
        assert (row["security"], row["class"], row["qty"]) == ("AAPL", "TQBR", "-10")
        gateway.say({"t": "watch", "security": "AAPL", "class": "TQBR"})
        await gateway.facts("quote")
        terminal.world.market.say({"symbol": "AAPL", "bid": "150"})
        terminal.pump()
        [quote] = await gateway.facts("quote")
        assert (quote["class"], quote["bid"]) == ("TQBR", "150")

    play(script)


def test_a_gateway_with_another_secret_is_left() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome(secret="another")
        with pytest.raises(asyncio.IncompleteReadError):
            await gateway.hear()

    play(script)


@pytest.mark.parametrize(
    ("fault", "is_taken"),
    [
        ({"kind": "before_accept"}, False),
        ({"kind": "error_before"}, False),
        ({"kind": "reset"}, False),
        ({"kind": "reset", "accept": True}, True),
        ({"kind": "html"}, False),
        ({"kind": "html", "accept": True}, True),
        ({"kind": "after_accept"}, True),
        ({"kind": "error_after"}, True),
        ({"kind": "truncated"}, True),
        ({"kind": "broken_json"}, True),
    ],
)
def test_faults_end_the_connection_before_or_after_an_order_is_taken(
    fault: dict[str, Any], is_taken: bool
) -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        terminal.world.faults.add(fault | {"method": "new"})
        gateway.say(ORDER)
        with pytest.raises((asyncio.IncompleteReadError, ConnectionError, ValueError)):
            await gateway.hear()
        await gateway.welcome()
        names = ("taken", "working", "state") if is_taken else ("state",)
        await gateway.facts(*names)
        assert len(terminal.world.exchange.orders) == is_taken

    play(script)


def test_faults_of_what_follows_a_request() -> None:
    async def script(gateway: Gateway, terminal: Terminal) -> None:
        await gateway.welcome()
        await gateway.facts("state")
        terminal.world.faults.add({"kind": "too_many", "method": "new"})
        gateway.say(ORDER)
        await gateway.facts("busy")
        terminal.world.faults.add({"kind": "duplicate", "method": "new"})
        gateway.say(ORDER)
        await gateway.facts("taken", "taken", "working")
        terminal.world.faults.add({"kind": "event_first", "method": "new"})
        gateway.say(ORDER | {"id": "b"})
        await gateway.facts("working", "taken")
        terminal.world.faults.add({"kind": "late", "method": "cancel", "delay_s": 0.05})
        gateway.say({"t": "cancel", "id": "c", "order": "b"})
        await gateway.facts("asked", "ended")

    play(script)


def test_the_command_calls_a_gateway_and_serves_its_truth() -> None:
    async def script() -> None:
        gateway = Gateway()
        await gateway.start()
        control = free_port()
        command = [sys.executable, "-m", "tools.broker_apis", "osengine"]
        command += ["--port", str(gateway.port), "--control-port", str(control)]
        program = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        try:
            await gateway.welcome()
            await gateway.facts("state")
            gateway.say(ORDER)
            await gateway.facts("taken", "working")
            async with httpx.AsyncClient(base_url=f"http://127.0.0.1:{control}") as client:
                [order] = (await client.get("/_sim/truth")).json()["orders"]
                assert order["client_id"] == "a"
                assert (await client.get("/orders")).status_code == 404
            program.send_signal(signal.SIGINT)
            said, _ = await asyncio.to_thread(program.communicate)
            assert json.loads(said) == {"requests": 2, "orders": 1}
            assert program.returncode == 0
        finally:
            program.kill()
            program.wait()
            await gateway.stop()

    asyncio.run(script())
