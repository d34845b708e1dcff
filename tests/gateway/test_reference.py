"""Reference data: read whole, every problem told at once with its line."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import pytest

from gateway.reference import Reference, ReferenceDataError, load_reference

HEAD = "symbol,security_type,currency,tick_size,lot_size,multiplier,restricted\n"


def load(folder: Path, instruments: str, prices: str = "symbol,price,time\n") -> Reference:
    (folder / "i.csv").write_text(instruments)
    (folder / "p.csv").write_text(prices)
    return load_reference(folder / "i.csv", folder / "p.csv", 60)


def test_instruments_and_closes(tmp_path: Path) -> None:
    data = load(
        tmp_path,
        HEAD + "IBM,CS,USD,0.01,10,,yes\n",
        "symbol,price,time\nIBM,100.5,2026-11-20T21:00:00Z\n",
    )
    ibm = data.instruments["IBM"]
    assert (ibm.tick_size, ibm.lot_size, ibm.multiplier) == (Decimal("0.01"), 10, 1)
    assert ibm.restricted
    assert data.closes["IBM"].price == Decimal("100.5")
    assert data.closes["IBM"].time_ns == 1_795_208_400_000_000_000
    assert data.price_max_age_ns == 60_000_000_000


def test_every_problem_has_file_and_line(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        load(
            tmp_path,
            HEAD + "IBM,CS,USD,0,1,,no\n,CS,USD,1,1,,no\nXYZ,CS,USD,1,one,,maybe\n",
            "symbol,price,time\nIBM,-1,2026-11-20\nIBM,1,yesterday\n",
        )
    assert caught.value.problems == [
        "i.csv:2: tick_size '0' must be above 0",
        "i.csv:3: symbol is empty",
        "i.csv:4: lot_size 'one' is not a number",
        "p.csv:2: price '-1' must be above 0",
        "p.csv:3: time 'yesterday' is not ISO 8601 (2026-11-20T21:00:00Z)",
    ]


def test_a_missing_column_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"i\.csv:1: missing column\(s\) lot_size"):
        load(tmp_path, "symbol,security_type,currency,tick_size\n")


def test_a_missing_file_is_named(tmp_path: Path) -> None:
    with pytest.raises(ReferenceDataError, match=r"none\.csv"):
        load_reference(tmp_path / "none.csv", tmp_path / "none.csv", 60)
