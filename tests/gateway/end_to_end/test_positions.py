"""Positions of a running gateway, over its commands: imported, traded, killed, reconciled."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import Any

from tests.gateway.end_to_end.harness import HANG_S, World, play, world


async def listed(w: World, *options: str) -> list[dict[str, Any]]:
    code, said = await w.gate.fixgate("positions", "list", "--json", *options)
    assert code == 0, said
    found: list[dict[str, Any]] = json.loads(said)
    return found


def write(w: World, name: str, *rows: str) -> str:
    (w.gate.folder / name).write_text("\n".join(rows) + "\n")
    return name


def test_positions_are_imported_traded_and_reconciled_across_a_crash() -> None:
    async def script() -> None:
        start = {"ACME-1:AAPL": Decimal(100), "B:IBM": Decimal(5)}
        accounts = {"position_accounts": ["ACME-1", "B"]}
        async with world({"fill": "full", "positions": start}, fix_broker=accounts) as w:
            gate = w.gate
            why = ("--reason", "start of the day")
            bad = write(w, "bad.csv", "account,symbol,quantity,price", "A,AAPL,10,1", "A,XYZ,1,1")
            code, said = await gate.fixgate("positions", "import", bad, *why)
            assert (code, "line 3: symbol XYZ is no instrument" in said) == (1, True), said
            assert await listed(w) == []
            good = write(
                w,
                "good.csv",
                "account,symbol,quantity,price",
                "ACME-1,AAPL,100,180",
                "B,IBM,-5,200",
            )
            code, said = await gate.fixgate("positions", "import", good, *why)
            assert (code, said) == (0, "2 position(s) imported\n"), said
            client = await w.client()
            terms: dict[str, Any] = {"symbol": "AAPL", "side": "2", "price": Decimal("187.5")}
            order = client.new_order(quantity=Decimal(40), **terms)
            assert await client.until(lambda: order.status == "2", HANG_S)
            before = await listed(w, "--account", "ACME-1")
            [held] = before
            assert (held["quantity"], held["average_price"], held["unpriced"]) == ("60", "180", "")
            assert held["realised_today"] == "300"
            await gate.kill()
            await gate.start()
            assert await listed(w, "--account", "ACME-1") == before
            code, said = await gate.fixgate("positions", "import", good, *why)
            assert (code, "it has executions of today" in said) == (1, True), said
            theirs = write(
                w,
                "theirs.csv",
                "account,symbol,quantity,price",
                "ACME-1,AAPL,60,180",
                "B,IBM,5,200",
            )
            code, said = await gate.fixgate("positions", "reconcile", theirs)
            assert (code, "SIDE_FLIP" in said, "MSFT" in said) == (1, True, False), said
            adjust = ("positions", "adjust", "B", "IBM", "--quantity", "5", "--price", "200")
            assert (await gate.fixgate(*adjust))[0] == 2, "without a reason"
            assert (await gate.fixgate(*adjust, "--reason", "as the broker has it"))[0] == 0
            code, said = await gate.fixgate("positions", "reconcile", theirs)
            assert (code, said) == (0, "no differences\n2 position(s) compared, 0 difference(s)\n")
            code, said = await gate.fixgate("positions", "show", "B", "IBM")
            assert (code, "5 at 200" in said) == (0, True), said
            code, said = await gate.fixgate("positions", "breaks", "--broker", "SIM", "--ask")
            assert (code, "SIM B: 1 position(s), 0 difference(s)" in said) == (0, True), said
            assert "SIM ACME-1: 1 position(s), 0 difference(s)" in said, said
            other = ("positions", "adjust", "B", "IBM", "--quantity", "7", "--price", "200")
            assert (await gate.fixgate(*other, "--reason", "a slip"))[0] == 0
            ask = ("positions", "breaks", "--broker", "SIM", "--ask", "--json")
            code, said = await gate.fixgate(*ask)
            [_, of_b] = json.loads(said)
            [found] = of_b["breaks"]
            told = (found["kind"], found["quantity"], found["broker_quantity"])
            assert (code, told) == (1, ("QTY", "7", "5")), said
            code, said = await gate.fixgate("alarms", "list")
            assert "1 position(s) of account B differ from ours: IBM QTY" in said, said
            code, said = await gate.fixgate("positions", "breaks", "--broker", "X", "--ask")
            assert (code, 'there is no broker "X"' in said) == (1, True), said
            await w.stop()
            await gate.verify()

    play(script, 3 * HANG_S)  # more than a dozen commands, each a process
