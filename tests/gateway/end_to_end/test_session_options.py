"""Options of session behaviour, on a running gateway over TCP."""

from __future__ import annotations

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import play, world


def test_a_client_whose_old_connection_hangs_gets_in_with_a_new_one() -> None:
    async def script() -> None:
        hashed = settings.password_hash("secret")
        secret = {"username": "me", "password_hash": hashed, "on_duplicate_logon": "replace"}
        async with world(clients=[settings.client("ACME", **secret)]) as w:
            old, new, stranger = w.raw("ACME"), w.raw("ACME"), w.raw("ACME")
            await old.logon("98=0|108=30|553=me|554=secret|")
            await stranger.connect()
            stranger.seq = 2
            stranger.send("A", "98=0|108=30|553=me|554=guess|")
            assert await stranger.rest() == []
            new.seq = 2
            answer = await new.logon("98=0|108=30|553=me|554=secret|")
            assert answer.msg_type == "A"
            assert await old.rest() == ["5"]
            new.send("1", "112=STILL HERE|")
            assert (await new.next("0")).msg_type == "0"
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit == {"on_duplicate_logon": 1}

    play(script)


def test_numbers_begin_anew_after_a_crash_as_after_any_lost_connection() -> None:
    async def script() -> None:
        clients = [settings.client("ACME", reset_on_disconnect=True)]
        async with world(clients=clients) as w:
            client = w.raw("ACME")
            await client.logon()
            client.send("1", "112=X|")
            await client.next("0")
            await w.gate.kill()
            await w.gate.start()
            client.seq = 1
            answer = await client.logon()
            assert answer.msg_type == "A"
            view = await w.gate.ask(lambda control: control.session("ACME"))
            assert (view.epoch, view.next_in, view.next_out) == (2, 2, 2)
            client.close()
            await w.gate.until(lambda control: control.session("ACME").epoch == 3)

    play(script)
