"""The adapter against the simulated OANDA over real sockets: what it hears, what it makes good."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from gateway.brokers.oanda.shell import OandaAdapter
from gateway.config.oanda import OandaBroker
from tests.gateway.brokers.host import Host
from tests.gateway.end_to_end.harness import play
from tools.broker_apis import APIS, Settings, Simulator

ACCOUNT = "101-001-1234567-001"
SECRET = "not-so-secret"
NEW = {"11": "A1", "55": "EUR/USD", "54": "1", "38": "100", "40": "2", "44": "1.08", "59": "1"}


def body(fields: dict[str, str]) -> str:
    return "".join(f"{tag}={value}\x01" for tag, value in fields.items())


def send(adapter: OandaAdapter, kind: str, fields: dict[str, str]) -> None:
    adapter.submit(adapter.request(kind, body(fields)))


@asynccontextmanager
async def connected(broker: Simulator, host: Host, **settings: Any) -> AsyncIterator[OandaAdapter]:
    table = {
        "name": "BROKER",
        "type": "oanda",
        "account_id": ACCOUNT,
        "secret": SECRET,
        "base_url": broker.url,
        "reconnect_min_s": 0.02,
        "reconnect_max_s": 0.1,
    }
    adapter = OandaAdapter(OandaBroker(**(table | settings)), None)
    adapter.start(host)
    try:
        yield adapter
    finally:
        await adapter.stop()


def oanda(**switches: Any) -> Simulator:
    return Simulator(APIS["oanda"], Settings(switches={"token": SECRET, **switches}))


def test_a_heartbeat_shows_what_the_stream_lost() -> None:
    async def script() -> None:
        async with oanda(heartbeat_s=0.1) as broker:
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                send(adapter, "D", NEW)
                await host.until(lambda: host.told() == ["0"])
                broker.world.faults.add({"kind": "lost", "event": "ORDER_FILL"})
                order = broker.world.exchange.by_client_id("A1")[0]
                broker.world.desk.fill_now(order, order.rest)
                broker.pump()
                await host.until(lambda: len(host.told()) == 2)
                assert len(host.exec_ids()) == 1
                assert host.cursor == f"{ACCOUNT}:{broker.api.ledger.last}"
                assert host.ups == 1

    play(script)


def test_what_happened_while_it_was_away_is_told_once_and_in_pages() -> None:
    async def script() -> None:
        async with oanda(sinceid_max=3) as broker:
            broker.world.treatments.add({"fill": "parts", "parts": 10, "filled_parts": 10})
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                send(adapter, "D", NEW)
                await host.until(lambda: len(host.told()) == 11)
            assert len(set(host.exec_ids())) == 10
            before = Host(f"{ACCOUNT}:0")
            async with connected(broker, before):
                await before.until(lambda: before.is_up)
            assert before.told() == host.told()
            assert before.exec_ids() == host.exec_ids()
            assert before.cursor == host.cursor

    play(script)


def test_the_cursor_of_another_account_counts_for_nothing() -> None:
    async def script() -> None:
        async with oanda() as broker:
            host = Host("101-001-7654321-001:4711")
            async with connected(broker, host):
                await host.until(lambda: host.is_up)
            assert host.cursor == f"{ACCOUNT}:0"

    play(script)


def test_a_token_of_the_other_environment_is_an_alarm() -> None:
    async def script() -> None:
        async with oanda() as broker:
            host = Host()
            async with connected(broker, host, secret="of-the-other-environment"):
                await host.until(lambda: bool(host.alarms))
            assert host.alarms[0][0] == "LOGON_REFUSED"
            assert host.ups == 0

    play(script)


def test_a_stream_that_falls_silent_is_left() -> None:
    async def script() -> None:
        async with oanda(heartbeat_s=0.05) as broker:
            host = Host()
            broker.world.faults.add({"kind": "half", "event": "HEARTBEAT", "nth": 5})
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.ups == 2)
                send(adapter, "D", NEW)
                await host.until(lambda: host.told() == ["0"])

    play(script)


def test_a_cancel_finds_what_is_left_after_a_partial_fill() -> None:
    async def script() -> None:
        async with oanda() as broker:
            broker.world.treatments.add({"fill": "none", "on_cancel": "part"})
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                send(adapter, "D", NEW)
                await host.until(lambda: host.told() == ["0"])
                send(adapter, "F", NEW | {"11": "C1", "41": "A1"})
                await host.until(lambda: host.told("C1") == ["4"])
                await host.until(lambda: len(host.told()) == 2)
            (order,) = broker.world.exchange.by_client_id("A1")
            assert (order.ended, order.filled) == ("canceled", 50)

    play(script)


def test_a_replace_never_reaches_what_became_of_an_order_after_a_fill() -> None:
    async def script() -> None:
        async with oanda() as broker:
            broker.world.treatments.add({"fill": "none", "on_replace": "part"})
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                send(adapter, "D", NEW)
                await host.until(lambda: host.told() == ["0"])
                send(adapter, "G", NEW | {"11": "R1", "41": "A1", "38": "200", "14": "0"})
                await host.until(lambda: any(one["35"] == "9" for one in host.reports))
            assert [order.terms.quantity for order in broker.world.exchange.open_orders()] == [100]

    play(script)


def test_quotes_are_told_but_for_instruments_that_are_not_there() -> None:
    async def script() -> None:
        async with oanda() as broker:
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                adapter.submit(adapter.request("V", "262=1\x0155=EUR/USD\x0155=NO/SUCH\x01"))
                await host.until(lambda: any(one["35"] == "W" for one in host.reports))
                (first,) = [one for one in host.reports if one["35"] == "W"]
                assert (first["55"], first["270"]) == ("EUR/USD", "1.08445")
                broker.world.market.say({"symbol": "EUR_USD", "bid": "1.09", "ask": "0"})
                broker.pump()
                await host.until(lambda: host.reports[-1].get("270") == "1.09")
                assert host.reports[-1]["268"] == "1"

    play(script)


def test_no_more_goes_in_a_second_than_oanda_takes() -> None:
    async def script() -> None:
        async with oanda(requests_per_s=30) as broker:
            host = Host()
            async with connected(broker, host, requests_per_s=25) as adapter:
                await host.until(lambda: host.is_up)
                for number in range(60):
                    send(adapter, "D", NEW | {"11": f"A{number}"})
                await host.until(lambda: sum(one["150"] == "0" for one in host.reports) == 60)
            stamps = [one["time_ns"] for one in broker.control.requests if one["method"] == "POST"]
            assert len(stamps) >= 60
            assert broker.world.truth.doubled() == []
            assert stamps[59] - stamps[0] > 1_000_000_000

    play(script)


def test_no_more_connections_are_made_in_a_second_than_oanda_takes() -> None:
    async def script() -> None:
        async with oanda() as broker:
            host = Host()
            broker.world.faults.add(
                {"kind": "delayed", "method": "POST", "delay_s": 0.5, "times": None}
            )
            async with connected(broker, host, connections_max=4) as adapter:
                adapter.submit(adapter.request("V", "262=1\x0155=EUR/USD\x01"))
                await host.until(lambda: host.is_up)
                for number in range(8):
                    send(adapter, "D", NEW | {"11": f"A{number}"})
                await host.until(lambda: sum(one.get("150") == "0" for one in host.reports) == 8)
                await host.until(lambda: any(one["35"] == "W" for one in host.reports))
            made = broker.connected_ns
            assert made[4] - made[0] > 1_000_000_000  # two of them in each second

    play(script)


def test_the_token_is_in_nothing_that_is_kept() -> None:
    async def script() -> None:
        async with oanda(extra_fields=True) as broker:
            host = Host()
            async with connected(broker, host) as adapter:
                await host.until(lambda: host.is_up)
                outgoing = adapter.request("D", body(NEW))
                adapter.submit(outgoing)
                await host.until(lambda: host.told() == ["0"])
                send(adapter, "H", {"11": "A1"})
                await host.until(lambda: host.told() == ["0", "I"])
            kept = b"".join([outgoing.raw, *host.raws])
            assert b'"units": "100"' in outgoing.raw
            assert b'"orderCreateTransaction"' in kept
            assert SECRET.encode() not in kept

    play(script)
