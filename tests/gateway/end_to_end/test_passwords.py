"""Passwords on a running gateway: who gets in, who is locked out, and that nothing keeps them."""

from __future__ import annotations

import re
import sqlite3
from pathlib import Path
from typing import Any

from argon2 import PasswordHasher

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.gateway.end_to_end.raw_client import RawClient

RIGHT, NEXT = "correct-horse", "battery-staple"
PAPER: dict[str, Any] = {
    "brokers": [settings.paper_broker()],
    "routes": [{"name": "all", "broker": "PAPER"}],
    "start_broker": False,
}


def acme(**more: Any) -> dict[str, Any]:
    hashed = settings.password_hash(RIGHT)
    return settings.client("ACME", username="joe", password_hash=hashed, **more)


def body(password: str = RIGHT, user: str = "joe", more: str = "") -> str:
    return f"98=0|108=30|553={user}|554={password}|{more}"


async def come(w: World, seq: int = 1, said: str = "", source: str = "127.0.0.1") -> RawClient:
    """A client that is let in."""
    raw = w.raw()
    raw.seq = seq
    await raw.connect(source=source)
    raw.send("A", said or body())
    await raw.next("A")
    return raw


async def turned_away(w: World, said: str, source: str = "127.0.0.1") -> None:
    """One that is closed without a word."""
    raw = w.raw()
    await raw.connect(source=source)
    raw.send("A", said)
    assert await raw.rest() == []


async def locked_out(w: World) -> list[str]:
    return (await w.gate.ask(lambda c: c.session("ACME"))).locked_out


def keepers(folder: Path, words: list[str]) -> list[str]:
    """The files under `folder` that hold one of the words."""
    files = [file for file in folder.rglob("*") if file.is_file()]
    assert len(files) > 3
    return [str(f) for f in files if any(word.encode() in f.read_bytes() for word in words)]


def test_only_the_right_user_and_password_get_in_and_nothing_keeps_them() -> None:
    async def script() -> None:
        fix_broker = {"username": "gate", "password": "env:SIM_PASSWORD"}
        broker = {"username": "gate", "password": "open-sesame"}
        listeners = [{"port": settings.free_port()}]
        async with world(
            broker,
            start_broker=False,
            fix_broker=fix_broker,
            listeners=listeners,
            clients=[acme(), settings.client("BETA", "FIX.4.2")],
            passwords={"failures_max": 10},
            log={"format": "json", "level": "debug"},
            environment={"SIM_PASSWORD": "open-sesame"},
        ) as w:
            await w.broker.start()
            await w.broker_is(up=True)
            for said in (body("wrong-one"), body(user="jim"), "98=0|108=30|", body("")):
                await turned_away(w, said)
            raw = await come(w)
            raw.send("BE", f"923=R1|924=3|553=joe|554={RIGHT}|925={NEXT}|95=4|96=r\x01wd|")
            assert (await raw.next("j")).get("372") == "BE"
            raw.write(raw.message("A", body("torn-one"))[:60] + b"\x01")
            raw.send("1", "112=X|")
            await raw.next("0")
            status = await w.gate.ask(lambda c: c.status())
            assert [(a.code, a.count) for a in status.alarms] == [("AUTHENTICATION", 4)]
            shown = await w.gate.fixgate("sessions", "list")
            await w.gate.verify()
            raw.close()
            await w.stop()
            words = [RIGHT, NEXT, "open-sesame", "wrong-one", "torn-one", "r\x01wd"]
            assert keepers(w.gate.folder, words) == []
            said_by_it = repr([*w.gate.lines, *shown])
            assert not any(word in said_by_it for word in words)

    play(script)


def test_a_password_is_changed_at_logon_for_good() -> None:
    async def script() -> None:
        passwords = {"new_password_min_length": 10}
        clients = [acme(new_password_allowed=True)]
        async with world(clients=clients, passwords=passwords, **PAPER) as w:
            for new in ("short", RIGHT):
                raw = w.raw()
                raw.seq = 1
                await raw.connect()
                raw.send("A", body(more=f"925={new}|"))
                logout = await raw.next("5")
                assert logout.get("58").startswith("NewPassword(925) must")
                await raw.rest()
            seq = 1  # what was refused took no number
            (await come(w, seq, body(more=f"925={NEXT}|"))).close()
            await w.gate.said("password changed")
            await turned_away(w, body())
            (await come(w, seq + 1, body(NEXT))).close()
            await w.gate.kill()
            await w.gate.start()
            await turned_away(w, body())
            (await come(w, seq + 2, body(NEXT))).close()
            await w.gate.verify()
            assert await w.gate.stop() == 0
            events = session_events(w.gate.folder)
            assert [details for name, details in events if name == "PasswordChanged"]
            assert not any("argon2" in details for _, details in events)
            assert keepers(w.gate.folder / "data", [RIGHT, NEXT]) == []
            config = w.gate.folder / "fixgate.toml"
            hashed = re.compile(r'password_hash = "[^"]*"')
            other = f'password_hash = "{settings.password_hash("of-the-operator")}"'
            config.write_text(hashed.sub(other, config.read_text()))
            await w.gate.start()
            await turned_away(w, body(NEXT))
            await come(w, seq + 3, body("of-the-operator"))

    play(script)


def session_events(folder: Path) -> list[tuple[str, str]]:
    database = sqlite3.connect(folder / "data" / "audit.db")
    try:
        return database.execute("SELECT name, details FROM session_events").fetchall()
    finally:
        database.close()


def test_fixt_says_by_session_status_what_became_of_a_new_password() -> None:
    async def script() -> None:
        fixt = {"begin_string": "FIXT.1.1", "default_appl_ver_id": "FIX.5.0SP2"}
        async with world(clients=[acme(new_password_allowed=True, **fixt)], **PAPER) as w:
            for new, msg_type, status in (("short", "5", "3"), (NEXT, "A", "1")):
                raw = w.raw()
                raw.begin_string = "FIXT.1.1"
                await raw.connect()
                raw.send("A", body(more=f"925={new}|1137=9|"))
                assert (await raw.next(msg_type)).get("1409") == status
                raw.close()

    play(script)


def test_a_new_password_is_refused_where_it_is_not_allowed() -> None:
    async def script() -> None:
        async with world(clients=[acme(), settings.client("BETA")], **PAPER) as w:
            for name in ("ACME", "BETA"):
                raw = w.raw(name)
                raw.begin_string = "FIX.4.4"
                await raw.connect()
                raw.send("A", body(more=f"925={NEXT}|"))
                assert "NewPassword(925) is not taken" in (await raw.next("5")).get("58")
            await come(w)

    play(script)


def test_an_address_that_guesses_is_locked_out_and_the_client_is_not() -> None:
    async def script() -> None:
        passwords = {"failures_max": 3, "lockout_s": 3000, "lockout_max_s": 3000}
        clients = [acme(), settings.client("BETA", "FIX.4.2")]
        async with world(clients=clients, passwords=passwords, **PAPER) as w:
            for _ in range(3):
                await turned_away(w, body("wrong"), "127.0.0.2")
            alarms = (await w.gate.ask(lambda c: c.status())).alarms
            told = [(a.code, a.count) for a in alarms]
            assert told == [("LOCKED_OUT", 1), ("AUTHENTICATION", 3)]
            assert (await w.gate.ask(lambda c: c.status())).limits_hit == {"failures_max": 1}
            await turned_away(w, body(), "127.0.0.2")
            (await come(w)).close()
            other = w.raw("BETA")
            await other.connect(source="127.0.0.2")
            other.send("A", "98=0|108=30|")
            await other.next("A")
            await w.gate.kill()
            await w.gate.start()
            await turned_away(w, body(), "127.0.0.2")
            (locked,) = await locked_out(w)
            assert locked.startswith("127.0.0.2 until 20")
            _, shown = await w.gate.fixgate("sessions", "show", "ACME")
            assert locked in shown
            code, said = await w.gate.fixgate("sessions", "enable", "ACME", "--reason", "called us")
            assert code == 0, said
            assert await locked_out(w) == []
            await come(w, 2, source="127.0.0.2")
            await w.gate.verify()

    play(script)


def test_guesses_from_everywhere_lock_out_everywhere_but_where_the_client_is_known() -> None:
    async def script() -> None:
        passwords = {"failures_max": 3, "failures_spread_max": 5, "lockout_s": 3000}
        async with world(clients=[acme()], passwords=passwords, **PAPER) as w:
            (await come(w)).close()
            for number in range(5):
                await turned_away(w, body("wrong"), f"127.0.1.{number}")
            await turned_away(w, body(), "127.0.2.1")
            assert (await locked_out(w))[0].startswith("addresses it never logged on from until")
            await w.gate.kill()
            await w.gate.start()
            await turned_away(w, body(), "127.0.2.1")
            await come(w, 2)

    play(script)


def test_a_lockout_ends_by_itself() -> None:
    async def script() -> None:
        passwords = {"failures_max": 1, "lockout_s": 0.2, "lockout_max_s": 0.2}
        async with world(clients=[acme()], passwords=passwords, **PAPER) as w:
            await turned_away(w, body("wrong"))
            while await locked_out(w):
                pass
            await come(w)

    play(script)


def test_a_password_that_takes_long_to_check_keeps_nobody_waiting() -> None:
    async def script() -> None:
        slow = PasswordHasher(time_cost=60, memory_cost=19456, parallelism=1).hash(RIGHT)
        dear = settings.client("BETA", "FIX.4.2", password_hash=slow)
        async with world(clients=[settings.client("ACME"), dear], **PAPER) as w:
            client, late = w.raw(), w.raw("BETA")
            await client.logon()
            await late.connect()
            late.send("A", body())
            answered = []
            for number in range(3):
                client.send("1", f"112=T{number}|")
                answered.append((await client.next("0")).get("112"))
            view = await w.gate.ask(lambda c: c.session("BETA"))
            assert (answered, view.logged_on) == (["T0", "T1", "T2"], False)
            await late.next("A")

    play(script)
