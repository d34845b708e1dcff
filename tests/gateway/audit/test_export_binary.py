"""Parquet and FIX log text, read back."""

from __future__ import annotations

import json
import re
import sys
from decimal import Decimal
from io import BytesIO
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner, Result

from gateway.audit import export_binary
from gateway.audit.export import COLUMNS, KINDS
from gateway.audit.export_binary import export_fix, export_parquet
from gateway.cli import main
from sessions.values import format_utc_timestamp
from store.database import Database
from store.queries import Wanted, stream
from store.record import OUT_KEPT
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import dump, fill
from tests.gateway.bench import ACME

NS = pa.timestamp("ns", tz="UTC")


@pytest.fixture
def data_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)  # no fixgate.toml is near
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
        writer.send(ACME, "35=B|148=never sent", flags=OUT_KEPT)
        writer.commit()
    return tmp_path / "data"


def fixgate(data_dir: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["audit", "export", "--data-dir", str(data_dir), *arguments])


@pytest.mark.parametrize("kind", KINDS)
def test_parquet_has_every_value(kind: str, data_dir: Path, database_url: str) -> None:
    fill(data_dir, database_url)
    out = BytesIO()
    with Database(database_url) as database, database.reading() as connection:
        number = export_parquet(stream(connection, kind, Wanted()), kind, out)
    table = pq.read_table(BytesIO(out.getvalue()))
    held = dump(database_url)[kind]
    assert number == table.num_rows == len(held) > 5
    assert tuple(table.column_names) == COLUMNS[kind]
    for name in table.column_names:
        column = table[name]
        if name.endswith("_ns"):
            assert column.type == NS
            column = pc.cast(column, pa.int64())
        if name in held[0]:  # an execution's row has some of its order's as well
            assert column.to_pylist() == [row[name] for row in held]


def test_parquet_tells_types_and_what_columns_hold(data_dir: Path) -> None:
    path = data_dir / "day.parquet"
    result = fixgate(data_dir, "--format", "parquet", "-o", str(path))
    assert (result.exit_code, result.stdout) == (0, "")
    schema = pq.read_schema(path)
    assert [schema.field(name).type for name in ("raw", "price", "garbled", "link")] == [
        pa.binary(),
        pa.string(),
        pa.bool_(),
        pa.int64(),
    ]
    assert schema.field("cl_ord_id").metadata == {b"comment": b"ClOrdID(11)"}
    assert path.stat().st_mode & 0o777 == 0o600
    assert not list(data_dir.glob("*.partial"))
    prices = pc.cast(pc.drop_null(pq.read_table(path)["last_px"]), pa.decimal128(20, 8))
    assert Decimal("100.25") in prices.to_pylist()


def test_row_groups_are_streamed(
    data_dir: Path, database_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """By number of rows, and by bytes."""
    fill(data_dir, database_url)
    sizes = []
    for rows, size in ((10, 1 << 20), (1000, 2000)):
        monkeypatch.setattr(export_binary, "ROWS_A_GROUP", rows)
        monkeypatch.setattr(export_binary, "BYTES_A_GROUP", size)
        out = BytesIO()
        with Database(database_url) as database, database.reading() as connection:
            export_parquet(stream(connection, "messages", Wanted()), "messages", out)
        meta = pq.ParquetFile(BytesIO(out.getvalue())).metadata
        sizes.append([meta.row_group(at).num_rows for at in range(meta.num_row_groups)])
    assert set(sizes[0][:-1]) == {10}
    assert len(sizes[1]) > 3


def test_nothing_is_an_empty_file_with_its_columns() -> None:
    out = BytesIO()
    assert export_parquet([], "orders", out) == 0
    assert tuple(pq.read_table(BytesIO(out.getvalue())).column_names) == COLUMNS["orders"]


def test_without_the_library_one_line_names_the_extra(
    data_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pyarrow", None)
    path = data_dir / "day.parquet"
    result = fixgate(data_dir, "--format", "parquet", "-o", str(path))
    assert result.exit_code == 1
    assert result.stderr == "Parquet needs pyarrow: pip install 'fixgate[parquet]'\n"
    assert not list(data_dir.glob("day*"))


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (("--format", "parquet"), "--format parquet needs --output FILE"),
        (("orders", "--format", "fix"), "--format fix is for messages: orders are none"),
    ],
)
def test_what_a_format_can_not_do_is_refused(
    given: tuple[str, ...], said: str, data_dir: Path
) -> None:
    result = fixgate(data_dir, *given)
    assert result.exit_code == 2
    assert said in result.stderr


def test_fix_text_is_what_went_over_the_wire(data_dir: Path) -> None:
    result = fixgate(data_dir, "--format", "fix", "--session", "ACME")
    assert result.exit_code == 0
    runner = CliRunner()
    asked = ["audit", "search", "--data-dir", str(data_dir), "--session", "ACME", "--json"]
    rows = json.loads(runner.invoke(main, asked).stdout)
    expected = [
        f"{format_utc_timestamp(row['time_ns'], 9)} : {row['raw']}\n".encode("latin-1")
        for row in rows
        if not row["kept"]
    ]
    assert result.stdout_bytes == b"".join(expected)
    assert len(expected) == len(rows) - 1
    assert re.match(rb"\d{8}-\d\d:\d\d:\d\d\.\d{9} : 8=FIX\.4\.4\x019=\d+\x0135=", expected[0])


def test_what_is_no_fix_is_left_out() -> None:
    out = BytesIO()
    rows = [
        {"time_ns": 0, "kept": False, "raw": b'{"order": 1}'},
        {"time_ns": 1, "kept": False, "raw": b"8=FIX.4.4\x01"},
    ]
    assert export_fix(rows, "messages", out) == 1
    assert out.getvalue() == b"19700101-00:00:00.000000001 : 8=FIX.4.4\x01\n"
