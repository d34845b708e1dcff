"""Drop copies over TCP: nothing is lost while their session, or the gateway, is away."""

from __future__ import annotations

import json

import pytest

from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.copy_taker import CopyTaker
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tests.gateway.end_to_end.test_restarts import restart
from tools.client_simulator import STORIES

MIX = dict.fromkeys(STORIES, 1)
BOTH = ("ACME", "BETA")
RISK = settings.drop_copy("RISK")


async def traded(w: World, seed: int, orders: int = 20) -> None:
    """Both clients trade, and leave."""
    clients = [
        await w.client(
            name, orders=orders, window=10, mix=MIX, seed=seed, state=w.gate.folder / "clients"
        )
        for name in BOTH
    ]
    for client in clients:
        assert await client.finished(HANG_S), client.stats()
        assert client.stats().problems == []
        await client.stop()


async def copies_agree(w: World, taker: CopyTaker, *clients: str) -> None:
    """The drop copy has it all, and the record tells the same."""
    view = await w.gate.ask(lambda control: control.session(taker.name))
    assert await taker.until(lambda: taker.memory.next_in >= view.next_out, HANG_S)
    await w.gate.ask(lambda control: control.flush())
    agreement.check_copies(w.gate.folder / "data", taker, clients or BOTH)
    assert taker.copies
    assert taker.counts.problems == []


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4"])
def test_all_reports_are_copied_also_those_made_while_the_session_is_away(version: str) -> None:
    async def script() -> None:
        copy = {**RISK, "begin_string": version}
        async with world({"fill": "partial:2"}, drop_copies=[copy]) as w:
            taker = CopyTaker(w.gate.port, begin_string=version)
            await traded(w, 1)
            await taker.start()
            await copies_agree(w, taker)
            await traded(w, 2)
            await copies_agree(w, taker)
            taker.link.abort()
            await traded(w, 3)
            await copies_agree(w, taker)
            await taker.kill()
            await w.stop()
            await w.gate.verify()

    play(script)


@pytest.mark.parametrize("how", ["kill", "stop"])
def test_a_restart_of_the_gateway_loses_no_copy(how: str) -> None:
    async def script() -> None:
        async with world({"fill": "partial:2"}, drop_copies=[RISK]) as w:
            taker = CopyTaker(w.gate.port)
            await taker.start()
            await traded(w, 1)
            await restart(w, how)
            await traded(w, 2)
            await copies_agree(w, taker)
            await taker.kill()
            await agreement_of_numbers(w)
            await w.stop()
            await w.gate.verify()

    play(script)


async def agreement_of_numbers(w: World) -> None:
    """The audit database has as many messages as the journal, and shows whose they are."""
    await w.gate.verify()
    agreement.check_messages(w.gate)
    [row] = agreement.audit_rows(w.gate, "SELECT role FROM sessions WHERE name = 'RISK'")
    assert row["role"] == "drop_copy"


def test_a_reload_adds_a_drop_copy_changes_whose_reports_it_gets_and_takes_it_out() -> None:
    async def script() -> None:
        async with world({"fill": "full"}) as w:
            await traded(w, 1, 5)
            view = await w.gate.reload(drop_copies=[settings.drop_copy("RISK", "client:ACME")])
            assert view.applied
            assert [(c.setting, c.effect) for c in view.changes] == [
                ("drop_copies[RISK]", "may log on")
            ]
            taker = CopyTaker(w.gate.port)
            await taker.start()
            assert await taker.until(lambda: taker.session.logged_on, HANG_S)
            await traded(w, 2, 5)
            code, listed = await w.gate.fixgate("sessions", "list", "--json")
            assert code == 0
            roles = {view["name"]: view["role"] for view in json.loads(listed)}
            assert roles == {
                "ACME": "client",
                "BETA": "client",
                "RISK": "drop_copy",
                "SIM": "broker",
            }
            seen = len(taker.copies)
            assert {copy.get("115") for copy in taker.copies} == {"ACME"}
            view = await w.gate.reload(
                drop_copies=[settings.drop_copy("RISK", "account:BETA-1", cancel_rejects=False)]
            )
            assert {c.effect for c in view.changes} == {"at once"}
            logons = taker.counts.logons
            await traded(w, 3, 5)
            view = await w.gate.ask(lambda control: control.session("RISK"))
            assert await taker.until(lambda: taker.memory.next_in >= view.next_out, HANG_S)
            later = taker.copies[seen:]
            assert {(copy.get("115"), copy.msg_type) for copy in later} == {("BETA", "8")}
            assert taker.counts.logons == logons
            view = await w.gate.reload(drop_copies=[])
            assert [c.effect for c in view.changes] == ["logged out and refused"]
            assert await taker.until(lambda: not taker.link.attached, HANG_S)
            await traded(w, 4, 5)
            await taker.kill()
            await w.stop()
            await w.gate.verify()

    play(script)
