"""The adapter against the simulated TWS over a real socket: what it hears, what it makes good."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import Any

import pytest
from pydantic import ValidationError

from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import read
from gateway.brokers.ibkr import library
from gateway.brokers.ibkr.library import GONE, Said, Tws
from gateway.brokers.ibkr.shell import IbkrAdapter
from gateway.config import ibkr as settings_of
from gateway.config.ibkr import IbkrBroker
from tests.gateway.end_to_end.harness import play
from tools.broker_apis import Settings, Simulator
from tools.broker_apis.ibkr import Ibkr, wire
from tools.broker_apis.ibkr.api import OTHER_CLIENT
from tools.broker_apis.orders import Terms

PATIENCE_S = 60.0
NEW = {"11": "A-1", "55": "AAPL", "54": "1", "38": "100", "40": "2", "44": "187.50", "59": "0"}


class Host:
    """Keeps what it is told."""

    def __init__(self, cursor: str = "") -> None:
        self.cursor = cursor
        self.raws: list[bytes] = []
        self.reports: list[dict[str, str]] = []
        self.doubts: list[tuple[str, str]] = []
        self.alarms: list[tuple[str, str]] = []
        self.downs: list[str] = []
        self.is_up = False
        self.news = asyncio.Event()

    def heard(self, raw: bytes, reports: Sequence[Report], cursor: str = "") -> None:
        self.raws.append(raw)
        self.reports += [read(text) | {"35": kind} for kind, text in reports]
        self.cursor = cursor or self.cursor
        self.news.set()

    def unanswered(self, raw: bytes, cl_ord_id: str, why: str) -> None:
        self.doubts.append((cl_ord_id, why))
        self.news.set()

    def up(self) -> None:
        self.is_up = True
        self.news.set()

    def down(self, why: str) -> None:
        self.is_up = False
        self.downs.append(why)
        self.news.set()

    def alarm(self, code: str, text: str) -> None:
        self.alarms.append((code, text))
        self.news.set()

    def told(self) -> list[str]:
        """ExecType(150)s, in their order."""
        return [one["150"] for one in self.reports if "150" in one]


class Desk:
    """An adapter with its host and its TWS."""

    def __init__(self, broker: Simulator, adapter: IbkrAdapter, host: Host) -> None:
        self.broker = broker
        self.adapter = adapter
        self.host = host

    @property
    def api(self) -> Ibkr:
        assert isinstance(self.broker.api, Ibkr)
        return self.broker.api

    def send(self, kind: str, **fields: str) -> None:
        named = NEW | {tag.removeprefix("_"): value for tag, value in fields.items()}
        if named["40"] == "1":
            del named["44"]
        body = "".join(f"{tag}={value}\x01" for tag, value in named.items())
        self.adapter.submit(self.adapter.request(kind, body))

    def act(self, action: Callable[[], object]) -> None:
        action()
        self.broker.pump()

    async def until(self, condition: Callable[[], object]) -> None:
        while not condition():
            self.host.news.clear()
            await self.host.news.wait()

    async def up(self) -> None:
        await self.until(lambda: self.host.is_up)

    async def works(self) -> None:
        """An order that is never filled is there."""
        self.broker.world.treatments.add({"fill": "none"})
        self.send("D")
        await self.until(lambda: self.host.told() == ["0"])


@asynccontextmanager
async def desk(
    switches: dict[str, Any], *, cursor: str = "", up: bool = True, **settings: Any
) -> AsyncIterator[Desk]:
    async with Simulator(Ibkr, Settings(switches=switches)) as broker:
        usual = {"name": "IBKR", "type": "ibkr", "port": broker.port, "request_timeout_s": 2.0}
        quick = {"reconnect_min_s": 0.02, "reconnect_max_s": 0.05}
        host = Host(cursor)
        adapter = IbkrAdapter(IbkrBroker(**(usual | quick | settings)), None)
        made = Desk(broker, adapter, host)
        adapter.start(host)
        try:
            if up:
                await made.up()
            yield made
        finally:
            await adapter.stop()


def run(script: Callable[[Desk], Awaitable[None]], **given: Any) -> None:
    async def whole() -> None:
        async with desk(given.pop("switches", {}), **given) as made:
            await script(made)

    play(whole, PATIENCE_S)


def test_what_is_filled_without_the_link_is_caught_up_with() -> None:
    async def script(d: Desk) -> None:
        await d.works()
        d.act(d.api.lose_link)
        await d.until(lambda: not d.host.is_up)
        (order,) = d.broker.world.exchange.open_orders()
        d.act(lambda: d.broker.world.desk.fill_now(order, Decimal(100)))
        d.act(d.api.find_link)
        await d.up()
        assert d.host.told() == ["0", "F"]

    run(script)


def test_a_link_that_is_lost_leaves_what_was_not_answered_in_doubt() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.treatments.add({"fill": "none", "ack_delay_s": 60})
        d.send("D")
        await d.until(lambda: any(raw.startswith(b"5\t") for raw in d.host.raws))
        d.act(d.api.lose_link)
        await d.until(lambda: d.host.doubts)
        assert d.host.doubts[0][0] == "A-1"
        assert "1100" in d.host.downs[0]

    run(script)


def test_an_order_without_an_answer_is_in_doubt() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.treatments.add({"fill": "none", "ack_delay_s": 60})
        d.send("D")
        await d.until(lambda: d.host.doubts)
        assert d.host.doubts == [("A-1", "TWS did not answer in time")]

    run(script, request_timeout_s=0.5)


def test_an_order_that_did_not_leave_is_rejected() -> None:
    async def script(d: Desk) -> None:
        request = d.adapter.request("D", "".join(f"{k}={v}\x01" for k, v in NEW.items()))
        d.broker.world.faults.add({"kind": "close", "stream": "tws"})
        d.act(lambda: d.broker.world.market.say({"symbol": "AAPL", "bid": "187"}))
        d.send("H", _11="A-0")  # its answer meets the fault
        await d.until(lambda: d.host.downs)
        await d.up()
        d.adapter.submit(request)
        await d.until(lambda: d.host.told() == ["I", "8"])
        assert d.broker.world.exchange.orders == {}

    run(script)


def test_an_execution_that_was_lost_is_asked_for() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.faults.add({"kind": "lost", "stream": "tws", "event": "execDetails"})
        d.send("D", _40="1")
        await d.until(lambda: d.host.told() == ["0", "F"])

    run(script)


def test_an_order_that_was_canceled_unseen_ends() -> None:
    async def script(d: Desk) -> None:
        await d.works()
        for event in ("orderStatus", "error"):
            d.broker.world.faults.add({"kind": "lost", "stream": "tws", "event": event, "times": 2})
        (order,) = d.broker.world.exchange.open_orders()
        d.act(lambda: d.broker.world.exchange.cancel(order))
        d.send("H")
        await d.until(lambda: d.host.told()[-1] == "I")
        assert d.host.told() == ["0", "4", "I"]

    run(script)


def test_a_correction_and_a_late_rejection_are_told() -> None:
    async def script(d: Desk) -> None:
        d.send("D", _40="1")
        await d.until(lambda: d.host.told() == ["0", "F"])
        (order,) = d.broker.world.exchange.orders.values()
        made = order.executions[0]
        exchange = d.broker.world.exchange
        d.act(lambda: exchange.correct(order, made.execution_id, Decimal("187.40")))
        await d.until(lambda: d.host.told() == ["0", "F", "G"])
        assert d.host.reports[-1]["31"] == "187.4"
        d.broker.world.treatments.add({"reject_later": "margin"})
        d.send("D", _11="A-2")
        await d.until(lambda: d.host.told()[3:] == ["0", "8"])
        assert "margin" in d.host.reports[-1]["58"]

    run(script)


def test_executions_of_others_are_told_when_all_is_asked_for() -> None:
    async def script(d: Desk) -> None:
        terms = Terms(symbol="AAPL", side="sell", quantity=Decimal(5), kind="market", client_id="b")
        d.act(lambda: d.api.other_order(terms))
        d.send("AF", _584="M-1")
        await d.until(lambda: "F" in d.host.told())
        (fill,) = [one for one in d.host.reports if one["150"] == "F"]
        assert (fill["11"], fill["32"], fill["1"]) == ("NONE", "5", "DU1234567")
        assert OTHER_CLIENT not in {talk.client for talk in d.api.talks}

    run(script)


def test_a_gateway_that_comes_back_goes_on_with_its_numbers() -> None:
    async def script(d: Desk) -> None:
        await d.works()
        assert d.host.cursor.split(" ")[0] == "5000"
        d.broker.world.treatments.clear()
        d.broker.world.treatments.add({"fill": "parts", "parts": 4, "filled_parts": 1})
        d.send("D", _11="A-2")
        await d.until(lambda: "F" in d.host.told())
        d.host.reports.clear()
        await d.adapter.stop()
        again = IbkrAdapter(d.adapter._settings, None)
        d.host.is_up = False
        again.start(d.host)
        await d.up()
        assert d.host.told() == ["F"]
        d.adapter = again
        d.send("F", _11="A-3", _41="A-2")
        await d.until(lambda: d.host.told() == ["F", "4"])
        assert d.host.reports[-1]["14"] == "25"

    run(script, cursor="4999 2026-01-01T00:00:00+00:00")


def test_an_account_that_is_not_meant_is_refused() -> None:
    async def script(d: Desk) -> None:
        await d.until(lambda: d.host.alarms)
        assert d.host.alarms[0] == ("LOGON_REFUSED", "U1234567 is no paper account")
        assert not d.host.is_up

    run(script, switches={"account": "U1234567"}, up=False)


def test_a_client_id_that_is_taken_is_an_alarm() -> None:
    async def script(d: Desk) -> None:
        other = Host()
        second = IbkrAdapter(d.adapter._settings, None)
        second.start(other)
        while not other.alarms:
            other.news.clear()
            await other.news.wait()
        await second.stop()
        assert other.alarms[0][0] == "LOGON_REFUSED"
        assert "326" in other.alarms[0][1]

    run(script)


def test_an_order_that_waited_too_long_for_the_pace_is_not_sent() -> None:
    async def script(d: Desk) -> None:
        await d.works()
        d.adapter._pace.stop_for(1.0)
        d.send("D", _11="A-2")
        d.send("G", _11="A-3", _41="A-1", _38="50")
        d.send("F", _11="A-4", _41="A-1")
        await d.until(lambda: d.host.told()[-1] == "4")
        refused = {
            one["11"]: one["58"] for one in d.host.reports if "NOT_SENT" in one.get("58", "")
        }
        assert refused == dict.fromkeys(["A-2", "A-3"], "NOT_SENT: it waited for more than 0.2 s")
        assert len(d.broker.world.exchange.orders) == 1
        assert d.host.doubts == []

    run(script, order_age_max_s=0.2)


def test_a_replace_of_an_order_that_ended_while_it_waited_is_not_sent() -> None:
    async def script(d: Desk) -> None:
        await d.works()
        d.adapter._pace.stop_for(0.5)
        d.send("G", _11="A-2", _41="A-1", _38="50")
        (order,) = d.broker.world.exchange.open_orders()
        d.act(lambda: d.broker.world.exchange.cancel(order))
        await d.until(lambda: d.host.reports[-1]["35"] == "9")
        assert d.host.told() == ["0", "4"]
        assert d.host.reports[-1]["58"] == "NOT_SENT: its order has ended"

    run(script)


def test_an_order_that_is_refused_for_the_pace_too_long_is_not_sent_again() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.faults.add({"kind": "too_many", "method": "placeOrder"})
        d.send("D")
        await d.until(lambda: d.host.told() == ["8"])
        assert d.host.reports[-1]["58"] == "NOT_SENT: it waited for more than 0.5 s"
        assert d.broker.world.exchange.orders == {}

    run(script, order_age_max_s=0.5)


def test_a_socket_that_tells_prices_and_answers_nothing_is_left() -> None:
    async def script(d: Desk) -> None:
        d.send("V")
        await d.until(lambda: any(one["35"] == "W" for one in d.host.reports))
        lost = {"kind": "lost", "stream": "tws", "event": "openOrderEnd", "times": 1}
        d.broker.world.faults.add(lost)
        d.send("H")
        cents = 0
        while not d.host.downs:
            cents = (cents + 1) % 100
            bid = {"symbol": "AAPL", "bid": f"187.{cents:02}"}
            d.act(lambda bid=bid: d.broker.world.market.say(bid))
            await asyncio.sleep(0.05)
        assert "TWS does not answer" in d.host.downs[0]
        await d.up()

    run(script, request_timeout_s=0.5)


def test_what_waits_for_the_pace_is_not_what_tws_leaves_unanswered() -> None:
    async def script(d: Desk) -> None:
        d.send("V")
        await d.until(lambda: any(one["35"] == "W" for one in d.host.reports))
        d.adapter._pace.stop_for(1.5)
        d.send("H")
        cents = 0
        while not d.host.told():
            cents = (cents + 1) % 100
            bid = {"symbol": "AAPL", "bid": f"187.{cents:02}"}
            d.act(lambda bid=bid: d.broker.world.market.say(bid))
            await asyncio.sleep(0.05)
        assert d.host.downs == []

    run(script, request_timeout_s=0.5)


class Stiff:
    """One who greets as TWS does, and reads nothing."""

    def __init__(self) -> None:
        self.heard: list[Said] = []
        self.over = asyncio.Event()
        self.tws = Tws(self._take)
        self.writer: asyncio.StreamWriter

    def _take(self, said: Said) -> None:
        self.heard.append(said)
        if said.name == GONE:
            self.over.set()

    async def serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.writer = writer
        await reader.readexactly(len(wire.HELLO))
        writer.transport.pause_reading()  # type: ignore[attr-defined] # it can, on a socket
        greeting = [(wire.SERVER_VERSION, "now"), (9, 1, 1), (15, 1, "DU1")]
        writer.write(b"".join([wire.pack(wire.said(*one)) for one in greeting]))


@asynccontextmanager
async def stiff() -> AsyncIterator[Stiff]:
    one = Stiff()
    server = await asyncio.start_server(one.serve, "127.0.0.1", 0)
    async with server:
        await one.tws.connect("127.0.0.1", server.sockets[0].getsockname()[1], 1, PATIENCE_S)
        try:
            yield one
        finally:
            one.tws.close()
            one.writer.transport.abort()


def test_one_who_does_not_read_is_let_go(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "UNREAD_MAX", 100_000)

    async def script() -> None:
        async with stiff() as one:
            while not one.over.is_set():
                one.tws.send("x" * 50_000)
                await asyncio.sleep(0)
            assert one.heard[-1].args == ("TWS left 100000 bytes unread",)
            assert not one.tws.send("x")

    play(script, PATIENCE_S)


def test_what_was_not_read_does_not_leave_after_the_connection() -> None:
    async def script() -> None:
        async with stiff() as one:
            while not one.tws._unread:
                one.tws.send("x" * 50_000)
                await asyncio.sleep(0)
            one.tws.close()
            await one.over.wait()  # nothing is left that would have to leave before

    play(script, PATIENCE_S)


def test_a_message_without_an_end_is_not_awaited(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(library, "MESSAGE_MAX", 10_000)

    async def script() -> None:
        async with stiff() as one:
            one.writer.write(b"\x7f\xff\xff\xff" + b"x" * 20_000)
            await one.over.wait()
            assert one.heard[-1].args == ("a message of more than 10000 bytes",)

    play(script, PATIENCE_S)


def test_a_socket_that_says_nothing_is_left() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.faults.add({"kind": "stall", "stream": "tws", "event": "openOrder*"})
        d.send("H")
        await d.until(lambda: d.host.downs)
        assert "TWS does not answer" in d.host.downs[0]
        await d.up()

    run(script, request_timeout_s=0.5)


def test_quotes_are_told_and_delayed_ones_are_not() -> None:
    async def live(d: Desk) -> None:
        d.send("V")
        await d.until(lambda: any(one["35"] == "W" for one in d.host.reports))
        d.act(lambda: d.broker.world.market.say({"symbol": "AAPL", "bid": "187.40", "ask": "0"}))
        await d.until(lambda: d.host.reports[-1].get("268") == "1")
        assert d.host.reports[-1]["270"] == "187.4"

    async def delayed(d: Desk) -> None:
        d.send("V")
        await d.until(lambda: d.host.alarms)
        assert d.host.alarms[0][0] == "LIMIT_REACHED"
        assert d.host.reports == []

    run(live)
    run(delayed, switches={"market_data_type": 3})


def test_positions_are_told() -> None:
    async def script(d: Desk) -> None:
        d.send("D", _40="1")
        await d.until(lambda: d.host.told() == ["0", "F"])
        d.send("AN", _710="P-1", _1="ACME-1")
        await d.until(lambda: d.host.reports[-1]["35"] == "AP")
        assert (d.host.reports[-1]["55"], d.host.reports[-1]["704"]) == ("AAPL", "100")

    run(script)


def test_the_pace_is_kept_below_what_tws_refuses() -> None:
    async def script(d: Desk) -> None:
        d.broker.world.treatments.add({"fill": "none"})
        for number in range(60):
            d.send("D", _11=f"B-{number}")
        await d.until(lambda: len(d.host.told()) == 60)
        assert set(d.host.told()) == {"0"}
        assert not any(b"\t100\t" in raw for raw in d.host.raws if raw.startswith(b"4"))

    run(script, request_timeout_s=10.0, messages_per_s=20)


def test_without_its_library_the_settings_say_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings_of, "find_spec", lambda _name: None)
    with pytest.raises(ValidationError, match=r"pip install 'fixgate\[ibkr\]'"):
        IbkrBroker(name="IBKR", type="ibkr")


def test_the_port_is_that_of_the_environment() -> None:
    paper = IbkrBroker(name="IBKR", type="ibkr")
    live = IbkrBroker(name="IBKR", type="ibkr", environment="live", host="tws")
    assert (paper.address, live.address) == ("127.0.0.1:4002", "tws:4001")
