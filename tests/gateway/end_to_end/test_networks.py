"""Where clients may come from: networks of clients, and of listeners."""

from __future__ import annotations

from typing import Any

import pytest

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world

PAPER: dict[str, Any] = {
    "brokers": [settings.paper_broker()],
    "routes": [{"name": "all", "broker": "PAPER"}],
    "start_broker": False,
}


async def answers(w: World, source: str, name: str = "ACME") -> bool:
    """Whether a Logon(A) from an address is answered; where it is not, nothing is said at all."""
    raw = w.raw(name)
    await raw.connect(source=source)
    raw.send("A", "98=0|108=30|141=Y|")
    try:
        await raw.next("A")
    except (AssertionError, ConnectionResetError):
        return False
    raw.close()
    await w.gate.until(lambda control: not any(s.peer for s in control.sessions()))
    return True


def test_a_client_comes_from_its_networks_only() -> None:
    async def script() -> None:
        clients = [
            settings.client("ACME", allow_from=["127.0.1.0/24", "127.0.0.9"]),
            settings.client("BETA", "FIX.4.2"),
        ]
        async with world(**PAPER, clients=clients) as w:
            assert await answers(w, "127.0.1.77")
            assert await answers(w, "127.0.0.9")
            assert not await answers(w, "127.0.0.1")
            alarm = await w.gate.said("alarm", code="AUTHENTICATION")
            assert "ACME may not log on from there" in alarm["text"]
            assert await answers(w, "127.0.0.1", "BETA")
            await w.stop()

    play(script)


def test_a_listener_hears_its_networks_only() -> None:
    async def script() -> None:
        listener = {"port": settings.free_port(), "allow_from": ["127.0.1.0/24"]}
        async with world(**PAPER, listeners=[listener]) as w:
            assert await answers(w, "127.0.1.77")
            assert not await answers(w, "127.0.0.1")
            refused = await w.gate.said(
                "connection refused", why="its address is not in allow_from"
            )
            assert refused["peer"].startswith("127.0.0.1:")
            await w.stop()

    play(script)


def header(source: str, version: int) -> bytes:
    if version == 1:
        return f"PROXY TCP4 {source} 10.0.0.1 40000 5001\r\n".encode()
    parts = bytes(map(int, source.split(".")))
    return b"\r\n\r\n\x00\r\nQUIT\n\x21\x11\x00\x0c" + parts + b"\x0a\x00\x00\x01\x9c\x40\x13\x89"


@pytest.mark.parametrize("version", [1, 2])
def test_behind_a_proxy_lockouts_and_networks_are_of_the_client(version: int) -> None:
    """A stranger behind the same proxy does not lock the client out."""

    async def script() -> None:
        listener = {
            "port": settings.free_port(),
            "proxies": ["127.0.0.1"],
            "allow_from": ["192.0.2.0/24"],
        }
        hashed = settings.password_hash("correct-horse")
        clients = [settings.client("ACME", password_hash=hashed, allow_from="192.0.2.0/28")]
        passwords = {"failures_max": 2}
        async with world(**PAPER, listeners=[listener], clients=clients, passwords=passwords) as w:

            async def logon(source: str, password: str) -> bool:
                raw = w.raw()
                await raw.connect(before=header(source, version))
                raw.send("A", f"98=0|108=30|141=Y|554={password}|")
                try:
                    await raw.next("A")
                except (AssertionError, ConnectionResetError):
                    return False
                view = await w.gate.ask(lambda control: control.session("ACME"))
                assert view.peer == f"{source}:40000"
                raw.close()
                await w.gate.until(lambda control: not control.session("ACME").peer)
                return True

            assert await logon("192.0.2.7", "correct-horse")
            for _ in range(2):
                assert not await logon("192.0.2.8", "a guess")
            alarm = await w.gate.said("alarm", code="LOCKED_OUT")
            assert "192.0.2.8 is locked out" in alarm["text"]
            assert not await logon("192.0.2.8", "correct-horse")
            assert await logon("192.0.2.7", "correct-horse")
            assert not await logon("192.0.2.77", "correct-horse"), "of no network of the client"
            assert not await logon("198.51.100.7", "correct-horse"), "nor of the listener"
            await w.gate.said(
                "connection refused",
                peer="198.51.100.7:40000",
                why="its address is not in allow_from",
            )
            await w.stop()

    play(script)


def test_connections_of_one_address_are_counted_when_they_are_too_many() -> None:
    async def script() -> None:
        few = {"port": settings.free_port(), "max_unidentified_per_address": 2}
        async with world(**PAPER, listeners=[few]) as w:
            idle = [w.raw() for _ in range(5)]
            for client in idle:
                await client.connect()
            counted = {"max_unidentified_per_address": 3}
            await w.gate.until(lambda control: control.status().limits_hit == counted)
            assert await answers(w, "127.0.0.2")
            await w.stop()

    play(script)
