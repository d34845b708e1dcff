"""QuickFIX sends orders through the gateway to QuickFIX: fills, cancels, replaces, in each pair of
versions.

Both engines check every message against the dictionaries that QuickFIX itself comes with.
"""

from __future__ import annotations

import pytest

from tests.interop.engines import VERSIONS
from tests.interop.worlds import World, cancel, order, play, replace, world

pytestmark = pytest.mark.interop
NOFILL = [58, "NOFILL"]


@pytest.mark.parametrize("broker_version", VERSIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_orders_are_filled_replaced_and_canceled(version: str, broker_version: str) -> None:
    async def script() -> None:
        async with world(version, broker_version=broker_version) as w:
            await filled(w, version)
            await replaced_and_canceled(w, version)
            w.send(cancel("A9", "NONE"))
            refused = await w.client.next("in", "9")
            assert (refused.get(39), refused.get(102), refused.get(434)) == ("8", "1", "1")
            await w.stop()

    play(script)


async def filled(w: World, version: str) -> None:
    w.send(order("A1"))
    _, first, second = await w.statuses("0", "1", "2")
    assert (first.get(32), first.get(14), first.get(151)) == ("50", "50", "50")
    assert (second.get(32), second.get(14), second.get(151)) == ("50", "100", "0")
    assert second.get(150) == ("2" if version == "FIX.4.2" else "F")
    w.send(order("A1"))
    (again,) = await w.statuses("2")  # the order's own: its execution is no less true
    assert (again.get(150), again.get(103)) == ("8", "6")


async def replaced_and_canceled(w: World, version: str) -> None:
    w.send(order("B1", NOFILL))
    await w.statuses("0")
    w.send(replace("B2", "B1", 300))
    (replaced,) = await w.statuses("5" if version == "FIX.4.2" else "0")
    assert (replaced.get(11), replaced.get(41), replaced.get(38)) == ("B2", "B1", "300")
    assert replaced.get(150) == "5"
    w.send(cancel("B3", "B2"))
    (canceled,) = await w.statuses("4")
    assert (canceled.get(11), canceled.get(41), canceled.get(151)) == ("B3", "B2", "0")


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_trades_with_the_paper_broker(version: str) -> None:
    async def script() -> None:
        async with world(version, paper=True) as w:
            w.send(order("A1"))
            await w.statuses("0", "2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_quickfix_understands_how_its_messages_are_refused(version: str) -> None:
    """By Reject(3) what breaks the rules of its version, by BusinessMessageReject(j) what is not
    served; the session goes on.
    """
    headline, text = [148, "hello"], [33, [[[58, "a line"]]]]

    async def script() -> None:
        async with world(version) as w:
            w.send([pair for pair in order("A1") if pair[0] != 54])
            rejected = await w.client.next("in", "3")
            assert (rejected.get(371), rejected.get(372)) == ("54", "D")
            w.send([[35, "B"], headline, text])
            refused = await w.client.next("in", "j")
            assert (refused.get(372), refused.get(380)) == ("B", "3")
            w.send(order("A2"))
            await w.statuses("0", "1", "2")
            await w.stop("3", "j")

    play(script)
