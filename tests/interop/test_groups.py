"""Repeating groups pass through the gateway from QuickFIX to QuickFIX, three deep, and once more
when they are sent again.

Each engine reads them entry by entry with the dictionary that it comes with.
"""

from __future__ import annotations

from typing import Any

import pytest

from tests.interop.worlds import order, play, world

pytestmark = pytest.mark.interop

Groups = list[list[Any]]
SUB_IDS = [802, [[[523, "desk 7"], [803, "2"]], [[523, "Jo"], [803, "9"]]]]
PARTIES: Groups = [
    [
        453,
        [
            [[448, "HOUSE"], [447, "D"], [452, "1"], SUB_IDS],
            [[448, "TRADER"], [447, "D"], [452, "11"]],
        ],
    ]
]
NESTED_SUB_IDS = [804, [[[545, "branch"], [805, "2"]], [[545, "Al"], [805, "9"]]]]
NESTED = [539, [[[524, "FUND"], [525, "D"], [538, "24"], NESTED_SUB_IDS]]]
DEEP: Groups = [[78, [[[79, "ONE"], NESTED, [80, "60"]], [[79, "TWO"], [80, "40"]]]]]
FLAT: Groups = [[78, [[[79, "ONE"], [80, "60"]], [[79, "TWO"], [80, "40"]]]]]
TRADING_SESSIONS: Groups = [[386, [[[336, "1"]], [[336, "2"]]]]]


@pytest.mark.parametrize(
    ("version", "groups"),
    [
        ("FIX.4.2", FLAT + TRADING_SESSIONS),
        ("FIX.4.4", PARTIES + DEEP + TRADING_SESSIONS),
        ("FIX.5.0SP2", PARTIES + DEEP + TRADING_SESSIONS),
    ],
)
def test_groups_pass_whole_and_are_whole_when_sent_again(version: str, groups: Groups) -> None:
    async def script() -> None:
        async with world(version, broker={"resend_order_age_max_s": 300}) as w:
            w.send(order("A1", *groups))
            await w.statuses("0", "1", "2")
            first = await w.broker.next("in", "D")
            assert first.groups == groups
            numbers = await w.settled("SIM")
            await w.broker.ask("number", **{"in": numbers["in"] - 1})
            w.send(order("A2"))
            again = await w.broker.next("in", "D", tag_43="Y")
            assert again.groups == groups
            assert again.get(122) == first.get(52)
            await w.broker.next("in", "D")
            await w.statuses("0", "1", "2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
def test_the_gateway_reads_groups_that_quickfix_sends_again(version: str) -> None:
    groups = FLAT if version == "FIX.4.2" else PARTIES + DEEP

    async def script() -> None:
        async with world(version) as w:
            await w.client.log_out()
            w.send(order("A1", *groups))
            await w.client.ask("logon")
            await w.client.next("in", "2")
            await w.client.next("out", "D", tag_43="Y")
            await w.statuses("0", "1", "2")
            assert (await w.broker.next("in", "D")).groups == groups
            await w.stop()

    play(script)
