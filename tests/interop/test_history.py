"""What a real QuickFIX has logged and stored is imported as a record of ours, whole."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.audit.quickfix_import import import_logs
from gateway.cli import main
from store.reader import JournalReader
from store.record import IN, OUT, Record
from tests.interop.engines import VERSIONS
from tests.interop.worlds import World, cancel, order, play, replace, world

pytestmark = pytest.mark.interop


@pytest.mark.parametrize("version", VERSIONS)
def test_logs_and_store_of_quickfix_are_imported(version: str, tmp_path: Path) -> None:
    async def script() -> None:
        async with world(version) as w:
            await _trade(w)
            await w.stop()
            heard = [(said.event, said.raw.encode("latin-1")) for said in w.client.events]
            app = [(event, _fields(raw)) for event, raw in heard if raw]
            _check_log(w.client.folder / "log", tmp_path / "client", app)
            _check_store(w.client.folder / "store", tmp_path / "store", app)
            _check_log(w.broker.folder / "log", tmp_path / "broker", [])

    play(script)


async def _trade(w: World) -> None:
    w.send(order("A1"))
    await w.statuses("0", "1", "2")
    w.send(order("B1", [58, "NOFILL"]))
    await w.statuses("0")
    w.send(replace("B2", "B1", 300))
    await w.statuses("5" if w.client.options["version"] == "FIX.4.2" else "0")
    w.send(cancel("B3", "B2"))
    await w.statuses("4")


Fields = frozenset[bytes]


def _fields(raw: bytes) -> Fields:
    """The engine tells a message with its header in an order of its own."""
    return frozenset(raw.split(b"\x01")) - {b""}


def _kept(into: Path) -> list[Record]:
    batches = JournalReader(into / "journal").batches()
    return [r for batch in batches for r in batch.records if r.kind in (IN, OUT)]


def _check_log(folder: Path, into: Path, app: list[tuple[str, Fields]]) -> None:
    """Everything is there as the engine logged it, and all that the application saw."""
    said = import_logs(folder, into, "anna", lambda _done, _total: None)
    assert (said.garbled, said.problems) == (0, [])
    assert said.events >= 4
    records = _kept(into)
    logged = b"".join(path.read_bytes() for path in folder.glob("*.messages.current.log"))
    assert len(records) == said.messages == logged.count(b"\n") >= 12
    assert all(b" : " + record.payload + b"\n" in logged for record in records)
    directions = {_fields(record.payload): record.kind for record in records}
    for event, fields in app:
        assert directions[fields] == (IN if event == "in" else OUT)
    for direction in (IN, OUT):  # none is missing, none was taken for the other side's
        numbers = [record.seq for record in records if record.kind == direction]
        assert numbers == list(range(1, len(numbers) + 1))
    verified = CliRunner().invoke(main, ["audit", "verify", "--data-dir", str(into), "--json"])
    assert json.loads(verified.stdout)["ok"]


def _check_store(folder: Path, into: Path, app: list[tuple[str, Fields]]) -> None:
    said = import_logs(folder, into, "anna", lambda _done, _total: None)
    assert (said.garbled, said.problems) == (0, [])
    records = _kept(into)
    sent = [fields for event, fields in app if event == "out"]
    assert {record.kind for record in records} == {OUT}
    assert set(sent) <= {_fields(record.payload) for record in records}
