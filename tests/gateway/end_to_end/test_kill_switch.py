"""The kill switch with real processes: tried out, used while a broker is away, and gone on with."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

from gateway.control.client import ControlClient
from tests.gateway.end_to_end import agreement
from tests.gateway.end_to_end.harness import HANG_S, play, world
from tools.client_simulator import ClientOrder, ClientSimulator

HALT = ("halt", "--scope", "broker:SIM", "--cancel-open", "--reason", "a storm")
QUEUES = [{"name": "all", "broker": "SIM", "when_down": "queue"}]


def order(client: ClientSimulator) -> ClientOrder:
    return client.new_order(
        symbol="MSFT", side="1", quantity=Decimal(100), price=Decimal("412.10"), text="NOFILL"
    )


def test_cancels_survive_a_kill_of_the_gateway_and_reach_a_broker_that_was_away(
    tmp_path: Path,
) -> None:
    async def script() -> None:
        async with world({"state": tmp_path}, routes=QUEUES) as w:
            client = await w.client()
            resting = [order(client) for _ in range(20)]
            assert await client.until(lambda: {o.status for o in resting} == {"0"}, HANG_S)
            code, said = await w.gate.fixgate(*HALT, "--drill")
            assert (code, "SIM     20" in said) == (0, True)
            assert await w.gate.ask(ControlClient.halts) == []
            await w.broker.kill()
            await w.broker_is(up=False)
            queued = order(client)
            client.link.flush()
            await w.gate.until(lambda control: control.status().orders_open == 21)
            code, said = await w.gate.fixgate(*HALT)
            assert (code, "20" in said and "the broker is down" in said) == (0, True)
            assert await client.until(lambda: queued.status == "4", HANG_S)
            refused = order(client)
            assert await client.until(lambda: refused.status == "8", HANG_S)
            assert refused.text == "HALTED: scope=broker:SIM level=halted"
            await w.gate.kill()
            await w.gate.start()
            [halt] = await w.gate.ask(ControlClient.halts)
            assert [(row.broker, row.orders) for row in halt.residue] == [("SIM", 20)]
            await w.new_broker()
            assert await client.until(lambda: {o.status for o in resting} == {"4"}, HANG_S)
            [halt] = await w.gate.ask(ControlClient.halts)
            assert (halt.open_orders, halt.residue) == (0, [])
            code, said = await w.gate.fixgate("halt", "--scope", "broker:SMI", "--reason", "x")
            assert (code, said.strip()) == (1, 'there is no broker "SMI"; did you mean "SIM"?')
            await agreement.numbers_agree(w)
            await w.gate.verify()

    play(script, 2 * HANG_S)
