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


ACTIONS = "date,symbol,kind,ratio,amount\n"


def load_actions(folder: Path, rows: str) -> Reference:
    (folder / "i.csv").write_text(HEAD + "IBM,CS,USD,0.01,1,,no\nMSFT,CS,USD,0.01,1,,no\n")
    (folder / "p.csv").write_text("symbol,price,time\n")
    (folder / "a.csv").write_text(ACTIONS + rows)
    return load_reference(folder / "i.csv", folder / "p.csv", 60, folder / "a.csv")


def test_corporate_actions(tmp_path: Path) -> None:
    rows = (
        "2026-11-23,IBM,split,2:1,\n2026-12-01,MSFT,dividend,,0.83\n2026-12-01,IBM,split,1.5:1,\n"
    )
    actions = load_actions(tmp_path, rows).actions
    assert [action.text for action in actions] == [
        "split 2:1 of IBM on 20261123",
        "split 1.5:1 of IBM on 20261201",
        "dividend 0.83 of MSFT on 20261201",
    ]


def test_every_problem_of_the_corporate_actions_is_told_with_its_line(tmp_path: Path) -> None:
    rows = [
        "23.11.2026,IBM,split,2:1,",
        "2026-11-23,XYZ,split,2:1,",
        "2026-11-23,IBM,split,2,",
        "2026-11-23,IBM,split,2:0,",
        "2026-11-23,IBM,split,2:1,1",
        "2026-11-23,IBM,merger,,",
        "2026-11-23,IBM,dividend,,-1",
        "2026-11-23,IBM,dividend,2:1,1",
        "2026-11-23,IBM,split,2:1,",
        "2026-11-23,IBM,dividend,,1",
    ]
    with pytest.raises(ReferenceDataError) as caught:
        load_actions(tmp_path, "\n".join(rows) + "\n")
    assert caught.value.problems == [
        "a.csv:2: date '23.11.2026' is not ISO 8601 (2026-11-20)",
        "a.csv:3: symbol 'XYZ' is no instrument: its lot is not known",
        "a.csv:4: ratio '2' must be NEW:OLD, such as 2:1",
        "a.csv:5: old '0' must be above 0",
        "a.csv:6: amount '1' means nothing for a split",
        'a.csv:7: kind \'merger\' must be "split" or "dividend"',
        "a.csv:8: amount '-1' must be above 0",
        "a.csv:9: ratio '2:1' means nothing for a dividend",
        "a.csv:11: IBM has an action on 2026-11-23 already",
    ]
