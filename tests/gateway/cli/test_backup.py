"""`fixgate backup`: a whole, verified copy of a running or stopped gateway's journal."""

from __future__ import annotations

import hashlib
import json
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from gateway.audit.reads import record
from gateway.cli import main
from gateway.config.template import INSTRUMENTS, config_text
from gateway.control.views import FlushView
from store.journal import Journal
from store.record import EVENT
from tests.gateway.audit.tampering import place_of, seal
from tests.gateway.control.memory_desk import NOW_NS, MemoryDesk
from tests.gateway.control.running import served, short_folder

SEGMENT_BYTES = 1 << 16


def no_snapshot() -> Iterable[tuple[int, bytes]]:
    return [(NOW_NS, b"state")]


def write(journal: Journal, *payloads: bytes) -> None:
    for payload in payloads:
        journal.add(EVENT, 0, 0, 0, 0, NOW_NS, 0, payload)
        journal.commit(NOW_NS, no_snapshot)


def payloads(folder: Path) -> list[bytes]:
    journal = Journal(folder, segment_bytes=SEGMENT_BYTES)
    try:
        assert journal.torn == []
        return [
            record.payload
            for batch in journal.batches()
            for record in batch.records
            if record.kind == EVENT
        ]
    finally:
        journal.close()


class JournalDesk(MemoryDesk):
    """Flushes a real journal."""

    def __init__(self, journal: Journal) -> None:
        super().__init__()
        self.journal = journal

    async def flush(self) -> FlushView:
        write(self.journal, b"pending until the flush")
        position = self.journal.position
        return FlushView(
            folder=str(self.journal.folder), segment=position.segment, offset=position.offset
        )


@pytest.fixture
def folder() -> Iterator[Path]:
    with short_folder() as folder:
        (folder / "fixgate.toml").write_text(config_text())
        (folder / "instruments.csv").write_text(INSTRUMENTS)
        (folder / "closes.csv").write_text("symbol,price,time\n")
        (folder / "data").mkdir()
        yield folder


@pytest.fixture
def journal(folder: Path) -> Iterator[Journal]:
    journal = Journal(folder / "data" / "journal", segment_bytes=SEGMENT_BYTES)
    write(journal, b"one", b"two" * 30_000, b"three")  # the second begins a new segment
    yield journal
    journal.close()


def backup(folder: Path, *options: str, code: int = 0) -> Result:
    arguments = ["backup", str(folder / "b"), "--config", str(folder / "fixgate.toml"), *options]
    result = CliRunner().invoke(main, arguments)
    assert result.exit_code == code, result.output
    assert not (folder / "b.partial").exists()
    return result


def test_a_stopped_gateway_is_copied_whole(folder: Path, journal: Journal) -> None:
    journal.close()
    output = backup(folder).output
    assert ": 2 segment(s), 4 batches of the stopped gateway, verified; the last is 4" in output
    assert payloads(folder / "b" / "journal") == [b"one", b"two" * 30_000, b"three"]


def test_a_running_gateway_is_copied_up_to_its_flush(folder: Path, journal: Journal) -> None:
    with served(JournalDesk(journal), folder / "data" / "control.sock"):
        output = backup(folder).output
    write(journal, b"later")
    assert "batches of the running gateway, verified" in output
    copied = payloads(folder / "b" / "journal")
    assert copied[-2:] == [b"three", b"pending until the flush"]


def test_a_restored_journal_goes_on(folder: Path, journal: Journal) -> None:
    journal.close()
    backup(folder)
    again = Journal(folder / "b" / "journal", segment_bytes=SEGMENT_BYTES)
    write(again, b"four")
    again.close()
    assert payloads(folder / "b" / "journal")[-2:] == [b"three", b"four"]


def test_seals_and_public_keys_are_in_it_and_verify_the_copy(
    folder: Path, journal: Journal
) -> None:
    place = place_of(folder / "data")
    place.keys.new(NOW_NS)
    seal(folder / "data")
    record(folder / "data", "alice", "audit story", {"order": "X"})
    with served(JournalDesk(journal), folder / "data" / "control.sock"):
        backup(folder)
        shutil.rmtree(folder / "b")
        write(journal, b"four")
        seal(folder / "data")
        backup(folder)
    write(journal, b"later")
    seal(folder / "data")  # of more than was copied
    names = {str(path.relative_to(folder / "b")) for path in (folder / "b").rglob("*.*")}
    assert {n for n in names if n.startswith("seals")} == {
        "seals/00000001.seal.json",
        "seals/00000002.seal.json",
    }
    assert [n for n in names if n.endswith(".pem")] == []
    command = ["audit", "verify", "--data-dir", str(folder / "b"), "--no-database"]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    path = folder / "b" / "seals" / "00000001.seal.json"
    path.write_bytes(path.read_bytes().replace(b'"node": "A"', b'"node": "B"'))
    assert CliRunner().invoke(main, command).exit_code == 1


def test_the_configuration_and_its_files_are_in_it(folder: Path, journal: Journal) -> None:
    journal.close()
    backup(folder)
    names = sorted(path.name for path in (folder / "b" / "config").iterdir())
    assert names == ["closes.csv", "fixgate.toml", "instruments.csv"]


def test_a_configuration_with_mistakes_is_copied_alone(folder: Path, journal: Journal) -> None:
    journal.close()
    with (folder / "fixgate.toml").open("a") as file:
        file.write("[mistake]\n")
    result = backup(folder)
    assert "has problems; the files it names are not copied" in result.stderr
    assert [path.name for path in (folder / "b" / "config").iterdir()] == ["fixgate.toml"]


def test_the_manifest_names_every_file_with_its_hash(folder: Path, journal: Journal) -> None:
    journal.close()
    printed = json.loads(backup(folder, "--json").stdout)
    assert json.loads((folder / "b" / "backup.json").read_text()) == printed
    held = {
        str(path.relative_to(folder / "b")): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in (folder / "b").rglob("*")
        if path.is_file() and path.name != "backup.json" and path.name != "lock"
    }
    assert printed["files"] == held
    assert printed["gateway_was_running"] is False


def test_a_torn_tail_is_left_out_and_told(folder: Path, journal: Journal) -> None:
    end = journal.position
    journal.close()
    path = folder / "data" / "journal" / f"{end.segment:08d}.journal"
    with path.open("r+b") as file:
        file.seek(end.offset)
        file.write(b"fgB1 half a batch")
    assert "note: 17 bytes of a half-written batch are left out" in backup(folder).stderr
    assert payloads(folder / "b" / "journal")[-1] == b"three"


def test_a_damaged_journal_makes_no_backup(folder: Path, journal: Journal) -> None:
    journal.close()
    path = folder / "data" / "journal" / "00000001.journal"
    data = bytearray(path.read_bytes())
    data[5_000] ^= 1
    path.write_bytes(data)
    result = backup(folder, code=1)
    assert f"{path}: offset " in result.stderr
    assert not (folder / "b").exists()


def test_a_copy_that_is_not_whole_gets_no_name(folder: Path, journal: Journal) -> None:
    desk = MemoryDesk()  # says the journal ends in the middle of a batch
    with served(desk, folder / "data" / "control.sock"):
        result = backup(folder, code=1)
    assert result.stderr
    assert not (folder / "b").exists()


def test_an_existing_destination_is_left_alone(folder: Path, journal: Journal) -> None:
    journal.close()
    (folder / "b").mkdir()
    assert "is already there; name a new folder" in backup(folder, code=1).output
    assert list((folder / "b").iterdir()) == []


def test_no_journal_is_told(folder: Path) -> None:
    assert "there is no journal here; see --data-dir" in backup(folder, code=1).output
