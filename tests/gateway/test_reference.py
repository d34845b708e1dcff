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


@pytest.mark.parametrize("text", ["1E+999999", "1E30", "1E-999999", "9" * 31, "0." + "1" * 100])
def test_a_number_out_of_range_is_a_problem(tmp_path: Path, text: str) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        load(
            tmp_path,
            HEAD + f"IBM,CS,USD,{text},1,,no\n",
            f"symbol,price,time\nIBM,{text},2026-11-20\n",
        )
    problems = caught.value.problems
    assert [one.partition(" ")[0] for one in problems] == ["i.csv:2:", "p.csv:2:"]
    assert all("is no number of at most 30 digits before and behind" in one for one in problems)


def test_a_number_may_be_written_at_length(tmp_path: Path) -> None:
    data = load(
        tmp_path,
        HEAD + "IBM,CS,USD,1E-2,1,,no\n",
        f"symbol,price,time\nIBM,100.{'0' * 40},2026-11-20\n",
    )
    assert data.closes["IBM"].price == 100
    assert data.instruments["IBM"].tick_size == Decimal("0.01")


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
        "2026-11-23,IBM,spin_off,,",
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
        "a.csv:7: kind 'spin_off' must be one of split, reverse_split, stock_dividend, dividend,"
        " symbol_change, merger",
        "a.csv:8: amount '-1' must be above 0",
        "a.csv:9: ratio '2:1' means nothing for a dividend",
        "a.csv:11: IBM has an action on 2026-11-23 already",
    ]


MORE = "date,symbol,kind,ratio,amount,new_symbol,fair_value,cash_in_lieu,withholding\n"


def load_more(folder: Path, *rows: str) -> Reference:
    instruments = "IBM,CS,USD,0.01,1,,no\nMSFT,CS,USD,0.01,1,,no\nSAP,CS,EUR,0.01,1,,no\n"
    (folder / "i.csv").write_text(HEAD + instruments)
    (folder / "p.csv").write_text("symbol,price,time\n")
    (folder / "a.csv").write_text(MORE + "\n".join(rows) + "\n")
    return load_reference(folder / "i.csv", folder / "p.csv", 60, folder / "a.csv")


def test_corporate_actions_that_concern_positions(tmp_path: Path) -> None:
    reference = load_more(
        tmp_path,
        "2026-11-23,IBM,reverse_split,1:10,,,,8.60,",
        "2026-11-24,IBM,stock_dividend,21:20,,,,,",
        "2026-11-25,IBM,dividend,,0.36,,,,0.15",
        "2026-11-26,IBM,merger,3:4,5,MSFT,48,,",
        "2026-11-27,MSFT,symbol_change,,,IBM,,,",
    )
    assert [action.text for action in reference.actions] == [
        "reverse_split 1:10 of IBM on 20261123",
        "stock_dividend 21:20 of IBM on 20261124",
        "dividend 0.36 of IBM on 20261125",
        "merger 3:4 5 of IBM to MSFT on 20261126",
        "symbol_change of MSFT to IBM on 20261127",
    ]
    reverse, _, dividend, merger, _ = reference.actions
    assert (str(reverse.in_lieu), str(dividend.withholding)) == ("8.60", "0.15")
    assert (str(merger.amount), str(merger.fair_value)) == ("5", "48")


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        (
            "IBM,reverse_split,10:1,,,,,",
            "ratio '10:1' of a reverse_split must be of less new units",
        ),
        (
            "IBM,stock_dividend,1:1,,,,,",
            "ratio '1:1' of a stock_dividend must be of more new units",
        ),
        ("IBM,symbol_change,,,,,,", "new_symbol is empty"),
        ("IBM,symbol_change,,,NEW,,,", "new_symbol 'NEW' is no instrument"),
        ("IBM,symbol_change,,,SAP,,,", "new_symbol 'SAP' is in EUR"),
        ("IBM,symbol_change,,,IBM,,,", "new_symbol 'IBM' is the symbol itself"),
        ("IBM,merger,1:1,5,MSFT,,,", "a merger with an amount in cash needs a fair_value"),
        ("IBM,split,2:1,,MSFT,,,", "new_symbol 'MSFT' means nothing for a split"),
        ("IBM,split,2:1,,,,,0.1", "withholding '0.1' means nothing for a split"),
        ("IBM,dividend,,1,,,,2", "withholding '2' is a part, at most 1"),
    ],
)
def test_what_makes_no_sense_of_a_corporate_action(tmp_path: Path, row: str, problem: str) -> None:
    with pytest.raises(ReferenceDataError) as caught:
        load_more(tmp_path, f"2026-11-23,{row}")
    [told] = caught.value.problems
    assert told.startswith(f"a.csv:2: {problem}")
