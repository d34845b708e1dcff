"""A running gateway lets its record go by its policy: each day behind the seal, and when asked."""

from __future__ import annotations

from decimal import Decimal

from store import archive
from store.segment import numbers_in
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, Gate, World, play, world
from tests.gateway.end_to_end.test_seals import as_json

# A day of the policy is over at once, segments are small, and closed orders are soon forgotten.
HURRIED = """
import gateway.recovery, gateway.retention.plan, gateway.retention.work, gateway.runtime
gateway.recovery.MB = 1 << 16
gateway.retention.plan.DAY_NS = gateway.retention.work.DAY_NS = 1
gateway.runtime.SECOND_NS = 0
from gateway.cli import main
main(["run"])
"""


def archived(gate: Gate) -> list[int]:
    return archive.numbers_in(gate.folder / "data" / "archive")


def here(gate: Gate) -> list[int]:
    return numbers_in(gate.folder / "data" / "journal")


async def trade(w: World, segments: int) -> None:
    """Until so many more segments have begun; whoever logs on begins anew, and asks for nothing of
    before.
    """
    client = await w.client()
    until = here(w.gate)[-1] + segments
    while here(w.gate)[-1] < until:
        orders = [
            client.new_order(
                symbol="AAPL", side="1", quantity=Decimal(100), price=Decimal("187.50")
            )
            for _ in range(20)
        ]
        assert await client.until(lambda o=orders: all(x.status for x in o), HANG_S)
    await client.stop()


async def again(w: World) -> None:
    """The gateway stops, which seals, and begins anew."""
    assert await w.gate.stop() == 0
    await w.gate.start(HURRIED)


def test_a_running_gateway_archives_and_expires() -> None:
    async def script() -> None:
        async with world(
            start_broker=False,
            brokers=[settings.paper_broker()],
            routes=[{"name": "all", "broker": "PAPER"}],
            clients=[settings.client("ACME", reset_on_logon=True)],
            journal={"segment_mb": 1, "disk_reserve_mb": 1, "disk_warn_mb": 0},
            archive={"after_days": 1},
        ) as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            await again(w)
            await trade(w, 2)
            await again(w)
            await trade(w, 3)
            await again(w)
            await gate.said("archive", what="SegmentArchived", segment=1)
            await trade(w, 2)
            await as_json(gate, "audit", "seal")
            planned = await as_json(gate, "audit", "archive", "--dry-run")
            before = archived(gate)
            done = await as_json(gate, "audit", "archive", "--reason", "a test")
            assert planned["to_archive"] == done["archived"]
            assert archived(gate) == before + done["archived"]
            assert archived(gate) + here(gate) == list(range(1, here(gate)[-1] + 1))
            held = await as_json(gate, "audit", "hold", "set", "--reason", "a dispute")
            await gate.reload(archive={"after_days": 1, "keep_days": 2})
            kept = await as_json(gate, "audit", "archive")
            assert kept["is_kept"].endswith(f"is held by hold {held['hold_no']}: a dispute")
            [listed] = await as_json(gate, "audit", "hold", "list")
            assert (listed["why"], listed["to_ns"]) == ("a dispute", 0)
            number = str(held["hold_no"])
            await as_json(gate, "audit", "hold", "release", number, "--reason", "settled")
            code, said = await gate.fixgate(
                "audit", "hold", "release", number, "--reason", "settled"
            )
            assert (code, f"there is no hold {number}" in said) == (1, True)
            gone = (await as_json(gate, "audit", "archive"))["expired"]
            assert gone
            assert (archived(gate) + here(gate))[0] == gone[-1] + 1
            late = await as_json(gate, "audit", "hold", "set", "--reason", "too late")
            assert late["gone_until_ns"] > 0
            assert late["gone_through_batch"] > gone[-1]
            number = str(late["hold_no"])
            await as_json(gate, "audit", "hold", "release", number, "--reason", "nothing left")
            await trade(w, 1)
            assert await gate.stop() == 0
            await gate.verify()
            offline = await as_json(gate, "audit", "archive", "--dry-run")
            assert offline["stays"].endswith(": not yet old enough")
            assert await as_json(gate, "audit", "archive") == offline
            code, said = await gate.fixgate("audit", "hold", "set", "--reason", "another")
            number = str(late["hold_no"] + 1)
            gone_through = f"up to batch {late['gone_through_batch']}: that has expired and is gone"
            assert (code, f"hold {number} set" in said, gone_through in said) == (0, True, True)
            await as_json(gate, "audit", "hold", "release", number, "--reason", "settled")
            assert await as_json(gate, "audit", "hold", "list") == []
            await gate.verify()

    play(script, 3 * HANG_S)


def test_an_archive_that_cannot_be_written_is_an_alarm_and_trading_goes_on() -> None:
    async def script() -> None:
        async with world(archive={"after_days": 1}) as w:
            gate = w.gate
            await as_json(gate, "audit", "keys", "new")
            await gate.stop()
            (gate.folder / "data" / "archive").write_text("no folder")
            await gate.start()
            await as_json(gate, "audit", "seal")
            alarm = await gate.said("alarm", code="ARCHIVE")
            assert "cannot be the archive" in alarm["text"]
            client = await w.client()
            assert client.counts.problems == []
            code, said = await gate.fixgate("audit", "archive")
            assert (code, "cannot be the archive" in said) == (1, True)

    play(script)
