"""One entry of the configuration, many clients: each known once it has logged on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from store.journal import Journal
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.gateway.end_to_end.raw_client import RawClient

BETA = settings.client("BETA", "FIX.4.2")


def template(**more: Any) -> dict[str, Any]:
    given = settings.client("DESK", target_comp_id="ACME*", accounts=["*"], default_account="D-1")
    hashed = settings.password_hash("right")
    return {**given, "username": "desk", "password_hash": hashed, **more}


def logon_body(password: str = "right") -> str:
    return f"98=0|108=30|553=desk|554={password}|"


async def come(w: World, name: str, seq: int = 1) -> RawClient:
    raw = w.raw(name)
    raw.seq = seq
    await raw.logon(logon_body())
    return raw


async def turned_away(w: World, name: str, body: str) -> None:
    raw = w.raw(name)
    await raw.connect()
    raw.send("A", body)
    assert await raw.rest() == []


async def names(w: World) -> list[str]:
    return await w.gate.ask(lambda c: [view.name for view in c.sessions()])


def test_clients_come_trade_and_stay_known() -> None:
    async def script() -> None:
        async with world(clients=[template(), BETA]) as w:
            assert await names(w) == ["BETA", "SIM"]
            one, two = await come(w, "ACME1"), await come(w, "ACME2")
            for raw in (one, two):
                raw.order("A1")  # the same id: they are different clients
                assert (await raw.next("8")).get("39") in ("A", "0")
            assert await names(w) == ["BETA", "DESK.ACME1", "DESK.ACME2", "SIM"]
            assert "DESK.ACME1" in (await w.gate.fixgate("sessions", "list"))[1]
            one.close()
            two.close()
            for how in (w.gate.kill, w.gate.stop):
                await how()
                await w.gate.start()
                assert await names(w) == ["BETA", "DESK.ACME1", "DESK.ACME2", "SIM"]
            again = await come(w, "ACME1", 3)
            again.send("H", "11=A1|55=AAPL|54=1|")
            assert (await again.next("8")).get("11") == "A1"
            again.close()
            await w.stop()
            await w.gate.verify()

    play(script)


def test_strangers_make_nothing_known() -> None:
    async def script() -> None:
        clients = [template(sessions_max=1, comp_ids=["ACME1", "ACME2", "ACME3"]), BETA]
        async with world(clients=clients) as w:
            await turned_away(w, "ACME1", logon_body("wrong"))
            await turned_away(w, "ACME1", "98=0|108=30|")
            await turned_away(w, "ACME9", logon_body())
            await turned_away(w, "NOBODY", logon_body())
            assert await names(w) == ["BETA", "SIM"]
            status = await w.gate.ask(lambda c: c.status())
            told = [(a.code, a.text[:11], a.count) for a in status.alarms]
            assert told == [("AUTHENTICATION", "DESK.ACME1:", 2)]
            raw = await come(w, "ACME1")
            await turned_away(w, "ACME2", logon_body())
            status = await w.gate.ask(lambda c: c.status())
            assert status.limits_hit == {"sessions_max": 1}
            assert status.alarms[0].code == "SESSIONS_MAX"
            assert await names(w) == ["BETA", "DESK.ACME1", "SIM"]
            raw.close()
            await w.stop()
            assert defined(w.gate.folder) == ["BETA", "DESK.ACME1", "SIM"]

    play(script)


def defined(folder: Path) -> list[str]:
    """The sessions that the journal knows."""
    journal = Journal(folder / "data" / "journal")
    try:
        payloads = {r.payload for batch in journal.batches() for r in batch.records}
    finally:
        journal.close()
    found = {p.split(b"\x01")[2].decode() for p in payloads if p.startswith(b"LinkDefined\x01")}
    return sorted(found)


def test_a_client_that_came_in_at_one_listener_may_use_the_others() -> None:
    async def script() -> None:
        ports = [settings.free_port() for _ in range(3)]
        listeners = [{"port": p, "name": n} for p, n in zip(ports, "ABC", strict=True)]
        clients = [template(listeners=["A", "B"]), BETA]
        async with world(listeners=listeners, clients=clients) as w:
            outside = RawClient(ports[2], "ACME1")
            await outside.connect()
            outside.send("A", logon_body())
            assert await outside.rest() == []
            assert await names(w) == ["BETA", "SIM"]
            for seq, port in enumerate((ports[0], ports[1], ports[0]), 1):
                await w.gate.until(
                    lambda c: all(v.state == "LATENT" for v in c.sessions() if v.name[0] == "D")
                )
                raw = RawClient(port, "ACME1")
                raw.seq = seq
                await raw.logon(logon_body())
                raw.close()
            await w.stop()

    play(script)


def test_limits_halts_and_routes_of_a_template_are_for_all_of_its_clients() -> None:
    async def script() -> None:
        limits = [settings.FIRM, {"scope": "client:DESK", "max_quantity": 50}]
        routes = [{"name": "desk", "broker": "SIM", "client": "DESK"}]
        clients = [template(), BETA]
        async with world(clients=clients, routes=routes, **{"risk.limits": limits}) as w:
            raw = await come(w, "ACME1")
            raw.order("A1")
            assert "MAX_QUANTITY" in (await raw.next("8")).get("58")
            raw.order("A2", tag_38="50")
            assert (await raw.next("8")).get("39") in ("A", "0")
            for scope, told in [("client:DESK", "DESK"), ("client:DESK.ACME1", "DESK.ACME1")]:
                halt = ("halt", "--scope", scope, "--reason", "test")
                code, said = await w.gate.fixgate(*halt)
                assert code == 0, said
                raw.order(f"H-{told}", tag_38="50")
                refused = await raw.next("8")
                while refused.get("11") != f"H-{told}":
                    refused = await raw.next("8")
                assert refused.get("58") == f"HALTED: scope={scope} level=halted"
                resume = ("resume", "--scope", scope, "--reason", "test")
                code, said = await w.gate.fixgate(*resume)
                assert code == 0, said
            raw.close()
            await w.stop()

    play(script)
