"""Market data over FIX: a running gateway, its simulator, reference data from a database."""

from __future__ import annotations

import json
import sqlite3
from decimal import Decimal
from pathlib import Path

from gateway.control.client import ControlClient
from tests.gateway.end_to_end.harness import HANG_S, World, play, world
from tools.market_data_simulator import MarketDataSettings, MarketDataSimulator

COLUMNS = ("symbol", "security_type", "currency", "tick_size", "lot_size")


def write_instruments(file: Path, *rows: tuple[object, ...]) -> None:
    with sqlite3.connect(file) as database:
        database.execute("DROP TABLE IF EXISTS instruments")
        database.execute(f"CREATE TABLE instruments ({', '.join(COLUMNS)})")
        database.executemany("INSERT INTO instruments VALUES (?, ?, ?, ?, ?)", rows)
    database.close()


async def known(w: World) -> dict[tuple[str, str], str]:
    views = await w.gate.ask(lambda control: control.prices())
    return {(v.symbol, v.kind): f"{v.price} {v.source}" for v in views}


def test_prices_come_are_used_and_survive_and_instruments_come_from_a_database() -> None:
    async def script() -> None:
        feed = MarketDataSimulator(MarketDataSettings(rate_per_s=0))
        await feed.start()
        session = {
            "name": "PRICES",
            "hosts": [f"127.0.0.1:{feed.port}"],
            "begin_string": "FIX.4.4",
            "sender_comp_id": "FIXGATE",
            "target_comp_id": "PRICES",
            "reconnect_min_s": 0.05,
            "symbols_per_request": 1,
        }
        async with world({"fill": "full"}, market_data=[session]) as w:
            gate = w.gate
            assert await feed.until(lambda: len(feed.subscriptions) == 4, HANG_S)
            await gate.until(lambda c: has(c, "AAPL", "last", "187.50"))
            feed.trade("AAPL", Decimal("200"))
            await gate.until(lambda c: has(c, "AAPL", "last", "200"))
            feed.say("X", [("268", "1"), ("279", "1"), ("269", "2"), ("55", "AAPL"), ("270", "0")])
            client = await w.client()
            far = client.new_order(symbol="AAPL", side="1", quantity=Decimal(1), price=Decimal(221))
            assert await client.until(lambda: far.status == "8", HANG_S)
            assert "PRICE_COLLAR: price=221 reference=200" in far.text
            near = client.new_order(
                symbol="AAPL", side="1", quantity=Decimal(1), price=Decimal("219.99")
            )
            assert await client.until(lambda: near.status == "2", HANG_S)
            code, said = await gate.fixgate("alarms", "list")
            assert (code, "last '0' of AAPL is no price above 0" in said) == (0, True), said
            before = await known(w)
            assert before["AAPL", "bid"].endswith(" PRICES")
            await gate.kill()
            subscribed = feed.counts.in_by_type["V"]
            feed.walk("MSFT").set(Decimal(9))
            await gate.start()
            assert await feed.until(lambda: feed.counts.in_by_type["V"] == subscribed + 4, HANG_S)
            await gate.until(lambda c: has(c, "MSFT", "last", "9"))
            after = await known(w)
            assert after["AAPL", "close"] == before["AAPL", "close"]
            await take_instruments_from_a_database(w, feed)
            code, said = await gate.fixgate("prices", "list")
            assert (code, "PRICES" in said) == (0, True), said
            gate.tables.pop("reference.sql")
            gone = await gate.reload(market_data=[])
            assert gone.applied, gone
            await gate.until(lambda c: all(v.name != "PRICES" for v in c.sessions()))
            assert await feed.until(lambda: not feed.link.attached, HANG_S)
            assert (await gate.reload(market_data=[session])).applied
            assert await feed.until(lambda: len(feed.subscriptions) == 4, HANG_S)
            await w.stop()
            await gate.verify()
        await feed.stop()

    play(script, 2 * HANG_S)


def has(control: ControlClient, symbol: str, kind: str, price: str) -> bool:
    return any((v.symbol, v.kind, v.price) == (symbol, kind, price) for v in control.prices())


async def take_instruments_from_a_database(w: World, feed: MarketDataSimulator) -> None:
    gate = w.gate
    file = gate.folder / "reference.db"
    share = ("CS", "USD", 0.01, 1)
    write_instruments(file, *((s, *share) for s in ("AAPL", "MSFT", "IBM", "GME", "NEW")))
    query = f"SELECT {', '.join(COLUMNS)} FROM instruments"
    sql = {"database_url": f"sqlite:///{file}", "instruments": query, "refresh_s": 0.05}
    view = await gate.reload(**{"reference.sql": sql})
    assert view.applied, view
    assert "reference.sql.refresh_s" in [change.setting for change in view.changes]
    assert await feed.until(lambda: any("NEW" in s.symbols for s in feed.subscriptions.values()))
    await gate.until(lambda c: has(c, "NEW", "last", "100"))
    write_instruments(file, ("AAPL", "CS", "USD", 0, 1))
    text = "instruments: row 1: tick_size '0' must be above 0"
    await gate.until(lambda c: any(text in alarm.text for alarm in c.alarms()))
    view = await gate.reload()
    assert view.problems == [text], view
    code, said = await gate.fixgate("risk", "what-if", *WHAT_IF, "--json")
    assert (code, json.loads(said)["passes"]) == (0, True), "the old data stay in force"


WHAT_IF = (
    "--client",
    "ACME",
    "--symbol",
    "NEW",
    "--side",
    "buy",
    "--quantity",
    "1",
    "--price",
    "100",
)
