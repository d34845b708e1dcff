"""Numbers that are missing or begin anew, with QuickFIX on either side: in each version what one
side lacks the other sends again or fills over, and trading goes on.
"""

from __future__ import annotations

import pytest

from tests.interop.engines import VERSIONS
from tests.interop.worlds import World, order, play, world

pytestmark = pytest.mark.interop
LONG = {"resend_order_age_max_s": 300}
NOFILL = [58, "NOFILL"]
SIDES = ("ACME", "SIM")


async def trade(w: World, cl_ord_id: str) -> None:
    """An order is filled."""
    w.send(order(cl_ord_id))
    await w.client.next("in", "8", tag_11=cl_ord_id, tag_39="0")
    await w.client.next("in", "8", tag_11=cl_ord_id, tag_39="2")


async def move(w: World, name: str, **by: int) -> None:
    """Move the next numbers of an engine that stays connected."""
    numbers = await w.settled(name)
    await w.engines[name].ask("number", **{way: numbers[way] + step for way, step in by.items()})


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_asks_for_what_it_lacks(version: str) -> None:
    """Of numbers that QuickFIX left out it gets a gap fill; of messages that QuickFIX kept while
    there was no connection, the messages.
    """

    async def script() -> None:
        async with world(version) as w:
            await trade(w, "A1")
            for name in w.engines:
                await move(w, name, out=5)
            w.send(order("A2"))
            for engine in w.engines.values():
                await engine.next("in", "2")
                fill = await engine.next("out", "4", tag_123="Y")
                assert fill.get(43) == "Y"
            await w.client.next("in", "8", tag_11="A2", tag_39="2")
            await w.client.log_out()
            for number in range(3, 6):
                w.send(order(f"A{number}"))
            await w.client.ask("logon")
            await w.client.next("in", "2")
            for number in range(3, 6):
                again = await w.client.next("out", "D", tag_43="Y")
                assert again.get(11) == f"A{number}"
            for number in range(3, 6):
                await w.client.next("in", "8", tag_11=f"A{number}", tag_39="2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_sends_again_what_quickfix_lacks(version: str) -> None:
    async def script() -> None:
        async with world(version, broker=LONG) as w:
            w.send(order("A1", NOFILL))
            await w.statuses("0")
            await trade(w, "A2")
            first = w.client.all("in", "8")
            for name in w.engines:
                await move(w, name, **{"in": -2})
            w.send(order("A3"))
            for wanted in first[-2:]:
                again = await w.client.next("in", "8", tag_43="Y")
                assert again.get(122) == wanted.get(52)
                kept = [tag for tag in wanted.fields if tag not in ("9", "10", "52")]
                assert [again.fields[tag] for tag in kept] == [wanted.fields[tag] for tag in kept]
            await w.client.next("in", "8", tag_39="2")
            again = [said.get(11) for said in w.broker.all("in", "D") if said.get(43) == "Y"]
            assert again == [said.get(11) for said in w.broker.all("in", "D")[:2]]
            assert {said.get(11) for said in w.broker.all("out", "8")} == {*again, w.broker_id(3)}
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_an_old_order_is_not_sent_again_and_its_client_is_told(version: str) -> None:
    async def script() -> None:
        async with world(version, broker={"resend_order_age_max_s": 0}) as w:
            await trade(w, "A1")
            await move(w, "SIM", **{"in": -1})
            w.send(order("A2"))
            fill = await w.broker.next("in", "4", tag_123="Y")
            assert fill.get(43) == "Y"
            told = await w.client.next("in", "8", tag_11="A2", tag_39="8")
            assert told.get(150) == "8"
            await trade(w, "A3")
            orders = w.broker.all("in", "D")
            assert [(said.get(11), said.get(43)) for said in orders] == [
                (w.broker_id(1), ""),
                (w.broker_id(3), ""),
            ]
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_reports_that_came_while_a_client_was_away_reach_it_later(version: str) -> None:
    async def script() -> None:
        async with world(version) as w:
            w.send(order("A1", NOFILL))
            await w.statuses("0")
            await w.client.log_out()
            report = (await w.broker.next("out", "8")).fields
            fields = {**report, "17": "LATER", "150": "4", "39": "4", "151": "0"}
            kept = ("37", "11", "17", "20", "150", "39", "55", "54", "38", "44", "151", "14", "6")
            pairs = [[int(tag), fields[tag]] for tag in kept if tag in fields]
            await w.broker.ask("send", message=[[35, "8"], *pairs])
            await w.gate.until(lambda control: not control.order("A1").open)
            await w.client.ask("logon")
            late = await w.client.next("in", "8", tag_39="4")
            assert late.get(43) == "Y"
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("name", SIDES)
def test_a_sequence_reset_of_quickfix_jumps_over_numbers(version: str, name: str) -> None:
    async def script() -> None:
        # Not asked for what is closed: it would answer with a number of before, too low by now.
        async with world(version, broker={"reconcile_closed_max": 0}) as w:
            await trade(w, "A1")
            engine = w.engines[name]
            await w.settled(name)
            await engine.ask("send", message=[[35, "4"], [36, "50"]])
            await engine.ask("number", out=50)
            await w.gate.until(lambda control: control.session(name).next_in >= 50)
            await trade(w, "A2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_numbers_begin_anew_when_either_side_says_so(version: str) -> None:
    """QuickFIX resets at every logon as client; the gateway, told by an operator, as initiator."""
    resets = {"settings": {"ResetOnLogon": "Y"}}

    async def script() -> None:
        async with world(version, client_engine=resets) as w:
            await trade(w, "A1")
            await w.client.log_out()
            await w.client.ask("logon")
            answer = await w.client.next("in", "A", tag_141="Y")
            assert answer.get(34) == "1"
            await w.client.next("logon")
            await w.gate.ask(
                lambda control: control.session_action("SIM", "reset", reason="agreed")
            )
            asked = await w.broker.next("in", "A", tag_141="Y")
            assert asked.get(34) == "1"
            await w.broker.next("out", "A", tag_141="Y")
            await w.is_up("SIM")
            await trade(w, "A2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_both_sides_reset_by_agreement(version: str) -> None:
    async def script() -> None:
        async with world(version) as w:
            await trade(w, "A1")
            act = [("disable", {}), ("reset", {"reason": "agreed"})]
            for action, body in act:
                await w.gate.ask(
                    lambda control, a=action, b=body: control.session_action("ACME", a, **b)
                )
            await w.client.ask("reset")
            await w.gate.ask(lambda control: control.session_action("ACME", "enable"))
            answer = await w.client.next("in", "A", tag_34="1")
            assert answer.get(141) == ""
            await w.is_up("ACME")
            await trade(w, "A2")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_client_resets_in_mid_session(version: str) -> None:
    logon = [[35, "A"], [98, "0"], [108, "30"], [141, "Y"]]
    if version == "FIX.5.0SP2":
        logon.append([1137, "9"])

    async def script() -> None:
        async with world(version) as w:
            await trade(w, "A1")
            await w.settled("ACME")
            await w.client.ask("send", message=logon)
            answer = await w.client.next("in", "A", tag_141="Y")
            assert answer.get(34) == "1"
            await trade(w, "A2")
            await w.stop()

    play(script)
