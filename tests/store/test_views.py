"""The views answer what they are for, the same on both kinds of database."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Connection, text, update

from gateway.events import LimitSet
from store.database import Database
from store.tables import executions
from store.views import VIEWS
from tests.gateway.audit.journals import MILLISECOND, Writer, busy_day, trade
from tests.gateway.audit.projecting import fill
from tests.gateway.bench import ACME


@pytest.fixture
def database(tmp_path: Path, database_url: str) -> Iterator[Database]:
    """A day with an open order, refusals, a limit that was changed twice."""
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
        for value in ("1000", "2000"):
            said = LimitSet("firm", "max_quantity", "", value, "desk", "bob", 0, "why's that")
            writer.event(said)
        writer.commit()
        [sent] = writer.enter("LATE", ACME)
        writer.commit()
        writer.report(sent["11"], "0")
        writer.commit()
    fill(tmp_path, database_url)
    with Database(database_url) as opened:
        yield opened


def rows(connection: Connection, name: str, where: str = "") -> list[dict[str, Any]]:
    found = connection.execute(text(f"SELECT * FROM {name} {where}"))
    return [dict(row) for row in found.mappings()]


def test_every_view_can_be_read(database: Database) -> None:
    with database.reading() as connection:
        for name, view in VIEWS.items():
            rows(connection, name)
            assert view.tells


def test_they_answer_what_they_are_for(database: Database) -> None:
    with database.reading() as connection:
        assert [row["cl_ord_id"] for row in rows(connection, "open_orders")][-1] == "LATE"
        [day] = [r for r in rows(connection, "account_days") if r["account"] == "ACC"]
        assert (day["day"], day["symbol"], day["orders"]) == ("2026-11-21", "IBM", 2)
        assert Decimal(day["bought"]) == 155
        [position] = [r for r in rows(connection, "position_summary") if r["account"] == "ACC"]
        assert Decimal(position["net"]) == 155
        assert Decimal(str(position["paid"])) == Decimal(str(day["value"]))
        refused = {r["session"]: r["orders"] for r in rows(connection, "rejects_by_reason")}
        assert refused == {"BETA": 1}
        [limit] = rows(connection, "risk_limits")
        assert (limit["value"], limit["who"], limit["why"]) == ("2000", "bob", "why's that")
        assert {row["broker"] for row in rows(connection, "routes")} == {"SIM"}


def test_brokers_latencies_are_from_the_order_to_its_first_answer(
    tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        [sent] = writer.enter("A")
        writer.commit()
        writer.now += 4 * MILLISECOND
        writer.report(sent["11"], "0")
        writer.report(sent["11"], "F", "32=100|31=100.25")
        writer.commit()
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.reading() as connection:
        [took] = rows(connection, "broker_latencies")
        assert (took["broker"], took["day"]) == ("SIM", "2026-11-21")
        assert took["greatest_us"] == 5_000  # the writer takes a message each millisecond


def test_today_is_the_utc_day_of_now(database: Database) -> None:
    with database.writing() as connection:
        assert rows(connection, "executions_today") == []
        now = 2**62
        connection.execute(update(executions).values(time_ns=now))
    with database.reading() as connection:
        today = rows(connection, "executions_today")
        assert {row["status"] for row in today} == {"booked"}
        assert len(today) == 4


def test_an_account_whose_trade_was_busted_has_less(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.writing() as connection:
        connection.execute(update(executions).values(status="busted"))
        assert rows(connection, "position_summary") == []


def test_who_buys_minus_buys(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.writing() as connection:
        connection.execute(update(executions).values(side="3"))
        [day] = rows(connection, "account_days")
        [position] = rows(connection, "position_summary")
    assert (Decimal(day["bought"]), Decimal(day["sold"])) == (100, 0)
    assert (Decimal(position["net"]), Decimal(position["sold"])) == (100, 0)


@pytest.mark.parametrize("lacks", ["side", "symbol", "last_qty", "last_px", ""])
def test_in_suspense_counts_what_can_be_in_a_position(
    lacks: str, tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
        writer.report("NOBODY", "F", "32=5.50|31=0.5")
        writer.commit()
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.writing() as connection:
        taken = {"status": "suspense", "account": "ACC", **({lacks: ""} if lacks else {})}
        connection.execute(update(executions).where(executions.c.status == "parked").values(taken))
        [position] = rows(connection, "position_summary")
        [day] = rows(connection, "account_days")
    expected = Decimal(100) if lacks else Decimal("105.5")
    assert Decimal(str(position["net"])) == Decimal(str(day["bought"])) == expected
