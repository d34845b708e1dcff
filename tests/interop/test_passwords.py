"""Passwords between the gateway and QuickFIX: wrong ones are refused on either side, in each
version, and right ones let in afterwards.
"""

from __future__ import annotations

import pytest

from tests.gateway.end_to_end import settings
from tests.interop.engines import VERSIONS
from tests.interop.worlds import order, play, world

pytestmark = pytest.mark.interop
RIGHT, WRONG = "correct-horse", "wrong-horse"
USER = "joe"
UNCHECKED = {"FIX.4.2": {"UseDataDictionary": "N"}}
"""That version has no Password(554), and QuickFIX drops a Logon(A) with a tag it does not know."""


@pytest.mark.parametrize("version", VERSIONS)
def test_quickfix_is_let_in_with_the_right_password_only(version: str) -> None:
    secret = {"username": USER, "password_hash": settings.password_hash(RIGHT)}
    wrong = {"options": {"logon": {"553": USER, "554": WRONG}}}

    async def script() -> None:
        async with world(
            version, paper=True, client=secret, client_engine=wrong, started=False
        ) as w:
            await w.gate.start()
            await w.client.start()
            refused = await w.gate.said("alarm", code="AUTHENTICATION")
            assert "ACME" in str(refused)
            await w.client.next("out", "A")
            assert not w.client.all("in")
            await w.client.kill()
            w.client.options["logon"]["554"] = RIGHT
            await w.client.start()
            await w.client.next("logon")
            w.send(order("A1"))
            await w.statuses("0", "2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_is_let_in_with_the_right_password_only(version: str) -> None:
    named = {"username": USER, "password": "env:SIM_PASSWORD"}
    strict = {"options": {"password": RIGHT}, "settings": UNCHECKED.get(version, {})}

    async def script() -> None:
        async with world(version, broker=named, broker_engine=strict, started=False) as w:
            w.gate.environment["SIM_PASSWORD"] = WRONG
            await w.broker.start()
            await w.gate.start()
            asked = await w.broker.next("in", "A")
            assert (asked.get(553), asked.get(554)) == (USER, WRONG)
            await w.broker.next("out", "5")
            assert not w.broker.all("logon")
            assert await w.gate.stop() == 0
            w.gate.environment["SIM_PASSWORD"] = RIGHT
            await w.gate.start()
            await w.broker.next("in", "A", tag_554=RIGHT)
            await w.broker.next("logon")
            await w.is_up("SIM")
            await w.client.start()
            await w.client.next("logon")
            w.send(order("A1"))
            await w.statuses("0", "1", "2")
            await w.stop()

    play(script)
