"""A gateway that speaks TLS with its clients and with its broker."""

from __future__ import annotations

import ssl
from contextlib import suppress
from pathlib import Path

from tests.certificates import Authority
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, Gate, World, play, tables, world
from tests.gateway.end_to_end.tunnel import Tunnel
from tools.broker_simulator import BrokerSettings

ORDERS = 20


def test_orders_go_over_tls_from_end_to_end(tmp_path: Path) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        certificate, key = authority.issue("gate")
        broker_port = settings.free_port()
        to_broker = await Tunnel(broker_port).open(_asking(authority))
        own = {"certificate": str(certificate), "key": str(key)}
        tls = {**own, "client_ca": str(authority.file)}
        broker = settings.fix_broker(to_broker.port, tls={**own, "ca": str(authority.file)})
        with short_folder() as folder:
            listener = {"port": settings.free_port(), "tls": tls}
            gate = Gate(folder, tables(listeners=[listener], brokers=[broker]))
            world = World(gate, BrokerSettings(port=broker_port))
            from_client = await Tunnel(gate.port, into=authority.client("acme")).open()
            try:
                await world.broker.start()
                await gate.start()
                await world.broker_is(up=True)
                client = await world.client(port=from_client.port, orders=ORDERS)
                assert await client.finished(HANG_S), client.stats()
                assert client.stats().filled == ORDERS
                assert (("commonName", "gate"),) in to_broker.ends[0].shown["subject"]
                await world.stop()
            finally:
                await world.close()
                await from_client.close()
                await to_broker.close()

    play(script)


def _asking(authority: Authority) -> ssl.SSLContext:
    """A server that wants a certificate."""
    context = authority.server("broker")
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_verify_locations(authority.file)
    return context


def test_names_that_a_stranger_asks_for_do_not_fill_the_log(tmp_path: Path) -> None:
    """`ssl` prints a traceback for each that is no ASCII, unless it is told not to."""

    async def script() -> None:
        authority = Authority(tmp_path)
        certificate, key = authority.issue("gate")
        own = {"certificate": str(certificate), "key": str(key)}
        tls = {**own, "by_server_name": {"other.example": own}}
        listener = {"port": settings.free_port(), "tls": tls, "evidence_bytes_per_h": 1000}
        async with world(
            listeners=[listener],
            brokers=[settings.paper_broker()],
            routes=[{"name": "all", "broker": "PAPER"}],
            start_broker=False,
        ) as w:
            for _ in range(30):
                raw = w.raw()
                await raw.connect(before=_hello(authority))
                assert await raw.rest() == []
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit["evidence_bytes_per_h"] > 20
            await w.stop()
            said = [str(line["event"]) for line in w.gate.lines]
            assert said.count("connection refused") < 10
            assert not [line for line in said if "codec" in line or "Traceback" in line]

    play(script)


def _hello(authority: Authority) -> bytes:
    """The first message of a client that asks for a name of no letters."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = authority.client().wrap_bio(incoming, outgoing, server_hostname="zzzz.example")
    with suppress(ssl.SSLWantReadError):
        client.do_handshake()
    return outgoing.read().replace(b"zzzz.example", b"\xff\xfe" * 6)
