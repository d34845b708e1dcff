"""Business dates of a running gateway: across restarts, a reload, and by hand.

Nothing waits for a time: where the date of one zone ends, that of another has long begun.
"""

from __future__ import annotations

from datetime import datetime
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from gateway.control.client import ControlClient
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.client_simulator import ClientSimulator

YESTERDAY, TOMORROW = "Pacific/Pago_Pago", "Pacific/Kiritimati"  # 25 hours apart
HALF = {"fill": "half"}


def day(zone: str) -> dict[str, Any]:
    every_day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    return {"roll_time": "00:00", "time_zone": zone, "weekdays": every_day}


def business_date(control: ControlClient) -> int:
    return int(control.status().day.business_date or 0)


async def half_filled(w: World) -> ClientSimulator:
    client = await w.client(state=w.gate.folder / "clients")
    terms: dict[str, Any] = {"symbol": "AAPL", "side": "1", "price": Decimal("187.5")}
    order = client.new_order(quantity=Decimal(100), time_in_force="1", **terms)
    assert await client.until(lambda: order.status == "1", HANG_S)
    return client


def test_a_gateway_that_was_down_across_the_roll_rolls_before_it_trades() -> None:
    async def script() -> None:
        async with world(HALF, day=day(YESTERDAY)) as w:
            client = await half_filled(w)
            before = await w.gate.ask(business_date)
            told = client.book.reports
            await w.gate.kill()
            w.gate.tables["day"] = day(TOMORROW)
            settings.write_config(w.gate.folder, w.gate.tables)
            await w.gate.start()
            rolled = await w.gate.said("business date")
            assert rolled["orders"] == 1
            assert w.gate.lines.index(rolled) < w.gate.lines.index(await w.gate.said("running"))
            assert await w.gate.ask(business_date) == rolled["date"] > before
            order = client.book.orders[0]
            assert await client.until(lambda: client.book.reports == told + 1, HANG_S)
            assert (order.status, client.counts.problems) == ("1", [])
            await w.stop()
            await w.gate.verify()

    play(script)


def test_a_reload_and_an_operator_let_the_day_roll() -> None:
    async def script() -> None:
        async with world(HALF) as w:
            client = await half_filled(w)
            told = client.book.reports
            assert (await w.gate.fixgate("day", "show"))[1].startswith("no business date is kept")
            assert (await w.gate.fixgate("day", "roll", "--reason", "test"))[0] == 1
            await w.gate.reload(day=day(YESTERDAY))
            await w.gate.until(lambda c: business_date(c) > 0)
            first = await w.gate.ask(business_date)
            code, said = await w.gate.fixgate("day", "roll", "--reason", "early close")
            assert (code, "early close" in said) == (0, True)
            assert await w.gate.ask(business_date) > first
            assert (await w.gate.fixgate("day", "roll", "--reason", "again"))[0] == 1
            await w.gate.until(lambda c: c.status().day.orders_to_roll == 0)
            assert await client.until(lambda: client.book.reports == told + 1, HANG_S)
            await w.stop()
            await w.gate.verify()

    play(script)


def test_a_split_of_the_night_is_told_after_the_restart() -> None:
    async def script() -> None:
        async with world(HALF, day=day(YESTERDAY)) as w:
            raw = w.raw()
            await raw.logon()
            raw.order("A1", tag_58="", tag_59="1")
            while (await raw.next("8")).get("150") != "F":
                pass
            raw.close()
            await w.gate.kill()
            tomorrow = datetime.now(ZoneInfo(TOMORROW)).date()
            rows = ["date,symbol,kind,ratio,amount", f"{tomorrow},AAPL,split,2:1,"]
            (w.gate.folder / "actions.csv").write_text("\n".join(rows))
            w.gate.tables |= {
                "day": day(TOMORROW),
                "reference": {"corporate_actions": "actions.csv"},
            }
            settings.write_config(w.gate.folder, w.gate.tables)
            await w.gate.start()
            raw.seq = 3
            await raw.logon()
            raw.send("2", "7=1|16=0|")
            while (told := await raw.next("8")).get("150") != "D":
                filled = told
            assert [told.get(tag) for tag in ("39", "378", "425")] == ["1", "0", "0"]
            for tag in ("38", "14", "151"):
                assert Decimal(told.get(tag)) == 2 * Decimal(filled.get(tag))
            assert Decimal(told.get("44")) * 2 == Decimal(filled.get("44"))
            raw.close()
            await w.stop()
            await w.gate.verify()

    play(script)
