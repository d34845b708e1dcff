"""Reference data from a database: read like a file, and never written."""

from __future__ import annotations

import sqlite3
from contextlib import closing
from decimal import Decimal
from pathlib import Path

import pytest
from sqlalchemy import create_engine, text

from gateway.config import ConfigError
from gateway.prepared import prepare
from gateway.reference import Reference, ReferenceDataError, load_reference
from gateway.reference_sql import ReferenceDatabase
from tests.gateway.config_files import load, problems
from tests.gateway.test_config import GOOD

TABLE = (
    "CREATE TABLE instruments (symbol VARCHAR(9), security_type VARCHAR(9), currency VARCHAR(9),"
    " tick_size NUMERIC(9, 4), lot_size INTEGER, restricted BOOLEAN, adv NUMERIC(9, 0))"
)
ROWS = (
    "INSERT INTO instruments VALUES ('IBM', 'CS', 'USD', 0.01, 10, false, NULL)",
    "INSERT INTO instruments VALUES ('GME', 'CS', 'USD', 0.05, 1, true, 5000)",
)
QUERY = "SELECT symbol, security_type, currency, tick_size, lot_size, adv, %s FROM instruments"
RESTRICTED = "CASE WHEN restricted THEN 'yes' ELSE 'no' END AS restricted"
CLOSES = "SELECT 'IBM' AS symbol, 100.5 AS price, '2026-11-20T21:00:00Z' AS time"


def fill(url: str, *statements: str) -> None:
    engine = create_engine(url)
    with engine.begin() as connection:
        for statement in statements:
            connection.execute(text(statement))
    engine.dispose()


def read(url: str, instruments: str, prices: str = CLOSES) -> Reference:
    with ReferenceDatabase(url, 10) as database:
        return load_reference(
            database.query("instruments", instruments), database.query("prices", prices), 60
        )


def said(url: str, instruments: str, prices: str = CLOSES) -> list[str]:
    with pytest.raises(ReferenceDataError) as caught:
        read(url, instruments, prices)
    return caught.value.problems


def test_a_query_is_read_like_a_file(database_url: str) -> None:
    fill(database_url, TABLE, *ROWS)
    data = read(database_url, QUERY % RESTRICTED)
    ibm, gme = data.instruments["IBM"], data.instruments["GME"]
    assert (ibm.tick_size, ibm.lot_size, ibm.restricted, ibm.adv) == (
        *(Decimal("0.01"), 10, False, None),
    )
    assert (gme.restricted, gme.adv) == (True, 5000)
    assert data.closes["IBM"].price == Decimal("100.5")


def test_every_problem_has_its_table_and_row(database_url: str) -> None:
    bad = "INSERT INTO instruments VALUES ('BAD', 'CS', 'USD', 0, 1, false, NULL)"
    fill(database_url, TABLE, *ROWS, bad, bad.replace("'BAD'", "NULL"))
    query = "SELECT symbol, security_type, currency, tick_size, lot_size FROM instruments"
    found = said(database_url, query, CLOSES.replace("100.5", "'NaN'"))
    assert [one.replace("0.0000", "0") for one in found] == [
        "instruments: row 3: tick_size '0' must be above 0",
        "instruments: row 4: symbol is empty",
        "prices: row 1: price 'NaN' must be above 0",
    ]


def test_a_missing_column_and_a_query_that_fails_are_one_line_each(database_url: str) -> None:
    fill(database_url, TABLE)
    [missing, failed] = said(
        database_url, "SELECT symbol, currency FROM instruments", "SELECT price FROM nowhere"
    )
    assert missing == "instruments: missing column(s) security_type, tick_size, lot_size"
    assert failed.startswith("prices: database ")
    assert "nowhere" in failed
    assert "\n" not in failed


def test_nothing_is_written(database_url: str) -> None:
    fill(database_url, TABLE, *ROWS)
    [problem] = said(database_url, "DELETE FROM instruments")
    assert problem.startswith("instruments: ")
    assert len(read(database_url, QUERY % RESTRICTED).instruments) == 2


def test_a_database_that_is_not_there_is_one_line_and_not_made(tmp_path: Path) -> None:
    file = tmp_path / "none.db"
    problem, _ = said(f"sqlite:///{file}", "SELECT 1")
    assert problem == f"instruments: database sqlite:///{file}: there is no such file"
    assert not file.exists()
    problem, _ = said("postgresql+psycopg://127.0.0.1:1/x", "SELECT 1")
    assert problem.startswith("instruments: database postgresql+psycopg://127.0.0.1:1/x: conn")
    assert "\n" not in problem


# --- by the configuration ---------------------------------------------------------------------


def config(folder: Path, sql: str) -> str:
    (folder / "closes.csv").write_text("symbol,price,time\nIBM,1,2026-11-20\n")
    return f"{GOOD}\n[reference.sql]\n{sql}\n"


def test_a_table_of_the_configuration_takes_the_place_of_a_file(tmp_path: Path) -> None:
    file = tmp_path / "reference.db"
    with closing(sqlite3.connect(file)) as database:
        database.execute("CREATE TABLE shares (symbol, tick)")
        database.execute("INSERT INTO shares VALUES ('SHARE:IBM', 0.01)")
        database.commit()
    query = (
        "SELECT symbol, 'CS' security_type, 'USD' currency, tick tick_size, 1 lot_size FROM shares"
        " WHERE symbol = 'SHARE:IBM'"
    )
    text_ = config(tmp_path, f'database_url = "sqlite:///{file}"\ninstruments = "{query}"')
    (tmp_path / "instruments.csv").unlink(missing_ok=True)
    assert list(prepare(load(tmp_path, text_)).reference.instruments) == ["SHARE:IBM"]
    file.unlink()
    with pytest.raises(ConfigError) as caught:
        prepare(load(tmp_path, text_))
    assert caught.value.problems == [
        f"instruments: database sqlite:///{file}: there is no such file"
    ]


@pytest.mark.parametrize(
    ("sql", "problem"),
    [
        ('database_url = "sqlite:////r.db"', "has no query: set one of instruments, prices, "),
        (
            'database_url = "postgresql+psycopg://u:pw@h/x"\nprices = "SELECT 1"',
            "a URL with a password must not stand here",
        ),
        ('database_url = "oracle://h/x"\nprices = "SELECT 1"', "is not supported"),
        ('prices = "SELECT 1"', "is missing"),
        ('database_url = "env:NO_SUCH"\nprices = "SELECT 1"', "NO_SUCH is not set"),
    ],
)
def test_what_cannot_be_is_a_problem(tmp_path: Path, sql: str, problem: str) -> None:
    found = problems(tmp_path, config(tmp_path, sql))
    assert any("reference.sql" in one and problem in one for one in found), found
