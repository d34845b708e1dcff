"""Files of positions: taken whole, or refused with every line that is wrong."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path

import click
import pytest

from gateway.cli.position_rows import read_rows


def file(folder: Path, *lines: str) -> Path:
    path = folder / "positions.csv"
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def problems(path: Path) -> list[str]:
    with pytest.raises(click.ClickException) as caught:
        read_rows(path)
    first, *others = caught.value.message.splitlines()
    assert first == "positions.csv can't be used:"
    return others


def test_columns_stand_in_any_order_and_some_may_be_left_out(tmp_path: Path) -> None:
    path = file(tmp_path, "Quantity, symbol,account,cost", "-5,BRK/B, A-1 ,2000.50", "0,IBM,A-1,")
    short, flat = read_rows(path)
    assert (short.line, short.account, short.symbol) == (2, "A-1", "BRK/B")
    assert (short.quantity, short.cost, short.price) == (-5, Decimal("2000.50"), None)
    assert (short.currency, short.strategy) == ("", None)
    assert (flat.quantity, flat.cost) == (0, None)


def test_a_column_of_strategies_names_one_for_every_line(tmp_path: Path) -> None:
    rows = read_rows(file(tmp_path, "account,symbol,quantity,strategy", "A,IBM,1,", "A,IBM,2,M"))
    assert [row.strategy for row in rows] == ["", "M"]


def test_every_bad_line_is_named(tmp_path: Path) -> None:
    lines = ["account,symbol,quantity,price", "A,IBM,ten,1", ",IBM,1,1", "A,IBM,1", "A,IBM,1,1,1"]
    told = problems(file(tmp_path, *lines, "A,IBM,NaN,1", "A,IBM,1,2", "A,I\x1fBM,1,1"))
    assert [line.partition(":")[0] for line in told] == [f"line {n}" for n in (2, 3, 4, 5, 6, 8)]
    assert told[0].startswith("line 2: quantity 'ten': ")
    assert told[1] == "line 3: account is empty"
    assert told[2] == "line 4: as many values as columns are needed"


@pytest.mark.parametrize(
    ("head", "problem"),
    [
        ("account,symbol", "line 1: missing column(s) quantity"),
        ("account,symbol,quantity,prize", "line 1: unknown column(s) prize; there are account,"),
        ("account,symbol,quantity,quantity", "line 1: a column is there twice"),
    ],
)
def test_a_wrong_head_is_told_alone(tmp_path: Path, head: str, problem: str) -> None:
    [told] = problems(file(tmp_path, head, "A,IBM,1,1"))
    assert told.startswith(problem)


def test_a_file_without_a_position_is_refused(tmp_path: Path) -> None:
    assert problems(file(tmp_path, "account,symbol,quantity")) == ["there is no position in it"]
