"""10,000 orders from QuickFIX through the gateway to QuickFIX: all ends count the same."""

from __future__ import annotations

import pytest

from tests.gateway.end_to_end import agreement
from tests.interop.engines import VERSIONS
from tests.interop.worlds import World, order, play, world

pytestmark = pytest.mark.interop
ORDERS = 10_000
WINDOW = 500
REPORTS = 3


async def flow(w: World) -> None:
    """Send them all, so many at a time as a window allows, and wait for the last report."""
    reports = w.client.counts
    for number in range(ORDERS):
        w.send(order(f"A{number}"))
        due = (number - WINDOW) * REPORTS
        await w.client.until(lambda due=due: reports["in", "8"] >= due)
    await w.client.until(lambda: reports["in", "8"] >= ORDERS * REPORTS)


@pytest.mark.parametrize("version", VERSIONS)
def test_ten_thousand_orders_are_counted_alike_everywhere(version: str) -> None:
    async def script() -> None:
        async with world(version, client={"message_rate_per_s": 0}) as w:
            await flow(w)
            await w.agree()
            sent = w.client.counts["out", "D"], w.broker.counts["out", "8"]
            taken = w.broker.counts["in", "D"], w.client.counts["in", "8"]
            assert sent == taken == (ORDERS, ORDERS * REPORTS)
            ids = {said.get(11) for said in w.client.all("in", "8") if said.get(39) == "2"}
            assert ids == {said.get(11) for said in w.client.all("out", "D")}
            assert len(ids) == len(w.broker.orders()) == ORDERS
            await w.stop()
            orders = agreement.audit_rows(w.gate, "SELECT ord_status FROM orders")
            fills = agreement.audit_rows(w.gate, "SELECT DISTINCT exec_id FROM executions")
            assert [row["ord_status"] for row in orders] == ["2"] * ORDERS
            assert len(fills) == 2 * ORDERS

    play(script)
