"""Schedules of a running gateway, and where its sessions come in.

Times are chosen around the time of the test; nothing waits for one of them.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from sessions.state import OUT_OF_SCHEDULE
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.gateway.end_to_end.raw_client import RawClient


def clock(hours: float) -> str:
    """The time of day in so many hours."""
    return (datetime.now(UTC) + timedelta(hours=hours)).strftime("%H:%M")


def opening() -> str:
    """The next time that it is OPENS."""
    now = datetime.now(UTC)
    today = now.replace(hour=int(OPENS[:2]), minute=int(OPENS[3:]))
    return f"{today + timedelta(days=today <= now):%Y-%m-%d %H:%M}"


OPENS = clock(10)
CLOSED = {"name": "closed", "windows": [f"{OPENS}-{clock(14)}"], "reset": "window"}
BETA = settings.client("BETA", "FIX.4.2")


def scheduled(name: str) -> list[dict[str, Any]]:
    return [settings.client("ACME", schedule=name), BETA]


def test_outside_its_schedule_a_client_is_told_when_to_come() -> None:
    async def script() -> None:
        async with world(schedules=[CLOSED], clients=scheduled("closed")) as w:
            await w.gate.until(lambda c: c.session("ACME").state == OUT_OF_SCHEDULE)
            raw = w.raw()
            await raw.connect()
            raw.send("A", "98=0|108=30|")
            text = (await raw.next("5")).get("58")
            assert text.startswith("outside of the session's schedule, which opens at 20")
            assert text.endswith(f"-{OPENS}:00 UTC")
            assert await raw.rest() == []
            await w.gate.until(lambda c: c.session("ACME").state == OUT_OF_SCHEDULE)
            await w.client("BETA")  # who keeps no schedule may come
            await w.stop()
            await w.gate.verify()

    play(script)


def test_outside_its_schedule_a_broker_is_not_connected_to() -> None:
    async def script() -> None:
        fix_broker = {"schedule": "closed"}
        async with world(schedules=[CLOSED], fix_broker=fix_broker, start_broker=False) as w:
            await w.broker.start()
            raw = w.raw()
            await raw.logon()
            raw.order("A1")
            assert "BROKER_DOWN" in (await raw.next("8")).get("58")
            state = await w.gate.ask(lambda c: c.session("SIM").state)
            assert state == OUT_OF_SCHEDULE
            assert not await w.broker.logged_on(0)
            assert await w.gate.ask(lambda c: c.health().ready)
            shown = (await w.gate.fixgate("sessions", "show", "SIM"))[1].splitlines()
            (line,) = [line for line in shown if line.startswith("schedule (UTC)")]
            assert line.rstrip().endswith(f"opens {opening()}")
            await w.gate.fixgate("sessions", "disable", "SIM")
            await w.gate.fixgate("sessions", "enable", "SIM")
            assert await w.gate.ask(lambda c: c.session("SIM").state) == OUT_OF_SCHEDULE
            raw.close()
            await w.stop()

    play(script)


async def numbers(w: World) -> tuple[int, int, int]:
    view = await w.gate.ask(lambda c: c.session("ACME"))
    return view.epoch, view.next_in, view.next_out


def test_numbers_survive_restarts_within_an_interval_and_no_longer() -> None:
    async def script() -> None:
        old, new = clock(-2), clock(-1)
        daily = {"name": "daily", "reset": [old]}
        async with world(schedules=[daily], clients=scheduled("daily")) as w:
            raw = w.raw()
            await raw.logon()
            raw.close()
            for how in (w.gate.kill, w.gate.stop):
                await how()
                await w.gate.start()
                assert await numbers(w) == (1, 2, 2)
            await w.gate.kill()
            toml = w.gate.folder / "fixgate.toml"
            toml.write_text(toml.read_text().replace(old, new))  # an hour ago another one began
            for how in (w.gate.kill, w.gate.stop):
                await w.gate.start()
                assert await numbers(w) == (2, 1, 1)
                await how()
            await w.gate.start()
            raw = w.raw()
            assert (await raw.logon()).get("34") == "1"
            raw.close()
            await w.stop()
            await w.gate.verify()

    play(script)


def test_a_client_comes_in_where_it_may() -> None:
    async def script() -> None:
        ports = [settings.free_port() for _ in range(3)]
        names = ["inside", "outside", ""]
        listeners = [{"port": p, "name": n} for p, n in zip(ports, names, strict=True)]
        clients = [settings.client("ACME", listeners=["inside"]), BETA]
        async with world(listeners=listeners, clients=clients) as w:
            for port in ports[1:]:
                refused = RawClient(port)
                await refused.connect()
                refused.send("A", "98=0|108=30|")
                assert await refused.rest() == []
            for port, name in [(ports[0], "ACME"), (ports[2], "BETA")]:
                raw = RawClient(port, name, "FIX.4.2" if name == "BETA" else "FIX.4.4")
                await raw.logon()
                raw.close()
            await w.stop()

    play(script)
