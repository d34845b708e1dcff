"""Whatever is changed in a sealed record, verification says what, where and when."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import zstandard
from sqlalchemy import delete, insert, select, text, update

from gateway.audit.findings import DATABASE, JOURNAL, KEY, READS, ROW, SEAL, Finding
from gateway.audit.reads import record
from gateway.audit.verify import Result, verify
from gateway.events import JournalSealed
from gateway.events.coding import SOH as _SOH
from gateway.seals.keys import KeyFolder
from gateway.seals.seal import Seal
from gateway.seals.signing import Signer
from store import archive
from store.database import Database
from store.record import RECORD, Batch
from store.recovery import scan
from store.segment import numbers_in, path_of
from store.tables import DATA_TABLES, metadata, projection
from store.writes import Row
from tests.gateway.audit.journals import Writer, busy_day
from tests.gateway.audit.projecting import fill
from tests.gateway.audit.tampering import Kept, cut_out, flip, place_of, rewrite, seal
from tests.gateway.bench import NOON, SECOND
from tests.gateway.retention.records import Record

SEGMENT_BYTES = 1 << 16
SEALS = 4
SOH = _SOH.encode()


def tell(writer: Writer, made: Seal) -> None:
    """The event about a seal, as the gateway enters it."""
    writer.event(JournalSealed(made.number, made.batch, made.head, made.key, made.digest, made.why))
    writer.commit()


@pytest.fixture(scope="module")
def sealed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Several segments, four seals by two keys, and somebody who read while no gateway ran."""
    data_dir = tmp_path_factory.mktemp("sealed") / "data"
    place = place_of(data_dir)
    place.keys.new(NOON)
    with Writer(data_dir / "journal", SEGMENT_BYTES) as writer:
        for number in range(SEALS):
            if number == SEALS // 2:
                place.keys.rotate(NOON + number * SECOND)
                record(data_dir, "alice", "audit search", {"symbol": "IBM"})
                record(data_dir, "bob", "audit story", {"order": "T1"})
            busy_day(writer, 4)
            tell(writer, seal(data_dir, NOON + number * SECOND))
    assert len(numbers_in(data_dir / "journal")) >= 4
    fill(data_dir, f"sqlite:///{data_dir}/audit.db")
    return data_dir


@pytest.fixture
def data_dir(sealed: Path, tmp_path: Path) -> Path:
    """A copy of it, to be tampered with."""
    return Path(shutil.copytree(sealed, tmp_path / "data"))


def checked(data_dir: Path, url: str = "", **more: object) -> Result:
    """Without a database, unless one is named."""
    return verify(data_dir, url, lambda _done, _total: None, **more)  # type: ignore[arg-type]  # as given


def only(result: Result, kind: str) -> Finding:
    """The one thing that is wrong."""
    assert [finding.kind for finding in result.findings] == [kind], result.problems
    return result.findings[0]


def of_kind(result: Result, kind: str) -> Finding:
    """The first of a kind among what is wrong."""
    return next(finding for finding in result.findings if finding.kind == kind)


def batches(data_dir: Path) -> list[Batch]:
    return list(scan(data_dir / "journal"))


def middle(data_dir: Path) -> Batch:
    """A batch with others before and behind it in its segment, between two seals."""
    found = batches(data_dir)
    return next(b for b in found[len(found) // 2 :] if b.end.offset < SEGMENT_BYTES // 2)


def test_a_record_that_nobody_touched_verifies(data_dir: Path) -> None:
    result = checked(data_dir, f"sqlite:///{data_dir}/audit.db")
    assert result.problems == []
    assert result.notes == []
    assert result.seals == SEALS
    assert json.loads(json.dumps(result.as_data()))["findings"] == []


def test_public_keys_are_enough(data_dir: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "court"
    elsewhere.mkdir()
    for path in place_of(data_dir).keys.paths():
        shutil.copy(path, elsewhere)
    shutil.rmtree(data_dir / "keys")
    assert checked(data_dir, keys_dir=elsewhere).ok
    assert not checked(data_dir).ok


def test_a_seal_that_is_made_while_one_verifies_is_no_fault(data_dir: Path) -> None:
    made: list[Seal] = []
    with Writer(data_dir / "other" / "journal", SEGMENT_BYTES) as writer:
        busy_day(writer, 1)
        place_of(data_dir / "other").keys.new(NOON)

        def progress(_done: int, _total: int) -> None:
            if not made:
                made.append(seal(data_dir / "other"))
                tell(writer, made[0])

        result = verify(data_dir / "other", "", progress)
    assert [m.number for m in made] == [1]
    assert result.problems == []


# --- the chain --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("offset", "part"),
    [
        *((0, "magic"), (4, "length"), (8, "CRC"), (12, "count"), (17, "number"), (24, "time")),
        *((40, "hash of the batch before"), (70, "a record's header"), (110, "a payload")),
    ],
)
def test_a_bit_of_a_batch_is_found(offset: int, part: str, data_dir: Path) -> None:
    batch = middle(data_dir)
    path = path_of(data_dir / "journal", batch.position.segment)
    flip(path, batch.position.offset + offset)
    found = of_kind(checked(data_dir), JOURNAL)
    assert (found.file, found.offset) == (str(path), batch.position.offset), part
    assert found.batch == batch.number
    assert found.time_ns
    assert f"offset {batch.position.offset}: " in found.line
    assert " (after 2026-11-21 " in found.line


@pytest.mark.parametrize("offset", [0, 9, 12, 20, 30, 58, 63])
def test_a_bit_of_a_segments_header_is_found(offset: int, data_dir: Path) -> None:
    path = path_of(data_dir / "journal", 2)
    flip(path, offset)
    found = of_kind(checked(data_dir), JOURNAL)
    assert found.file == str(path)


def test_a_batch_that_is_removed_is_found(data_dir: Path) -> None:
    batch = middle(data_dir)
    cut_out(path_of(data_dir / "journal", batch.position.segment), batch)
    found = of_kind(checked(data_dir), JOURNAL)
    assert f"batch {batch.number + 1} does not follow the one before it" in found.text
    assert found.offset == batch.position.offset


def test_a_batch_that_is_doubled_is_found(data_dir: Path) -> None:
    batch = middle(data_dir)
    path = path_of(data_dir / "journal", batch.position.segment)
    twice = path.read_bytes()[batch.position.offset : batch.end.offset] * 2
    cut_out(path, batch, twice)
    found = of_kind(checked(data_dir), JOURNAL)
    assert found.offset == batch.end.offset
    assert f"batch {batch.number} does not follow" in found.text


def test_batches_in_another_order_are_found(data_dir: Path) -> None:
    first = middle(data_dir)
    second = batches(data_dir)[first.number]
    path = path_of(data_dir / "journal", first.position.segment)
    data = path.read_bytes()
    one = data[first.position.offset : first.end.offset]
    other = data[second.position.offset : second.end.offset]
    path.write_bytes(data[: first.position.offset] + other + one + data[second.end.offset :])
    found = of_kind(checked(data_dir), JOURNAL)
    assert found.offset == first.position.offset
    assert f"batch {second.number} does not follow" in found.text


# --- the chain made anew ------------------------------------------------------------------------


def change_payload(found: list[Kept]) -> None:
    at = len(found) // 2
    record = found[at].records[0]
    found[at].records[0] = record[:-3] + bytes([record[-3] ^ 1]) + record[-2:]


def remove_record(found: list[Kept]) -> None:
    del found[len(found) // 2].records[0]


def remove_batch(found: list[Kept]) -> None:
    del found[len(found) // 2]


def add_record(found: list[Kept]) -> None:
    at = len(found) // 2
    found[at].records.append(found[at - 1].records[0])


def swap_records(found: list[Kept]) -> None:
    at = next(i for i in range(len(found) // 2, len(found)) if len(set(found[i].records)) > 1)
    found[at].records.reverse()


def swap_batches(found: list[Kept]) -> None:
    at = len(found) // 2
    found[at].records, found[at + 1].records = found[at + 1].records, found[at].records


def change_time(found: list[Kept]) -> None:
    at = len(found) // 2
    found[at].time_ns += 1


@pytest.mark.parametrize(
    "change",
    [
        *(change_payload, remove_record, remove_batch, add_record, swap_records),
        *(swap_batches, change_time),
    ],
    ids=lambda change: change.__name__,
)
def test_a_chain_that_was_made_anew_is_found_by_the_seals(
    change: Callable[[list[Kept]], None], data_dir: Path
) -> None:
    half = len(batches(data_dir)) // 2
    held = max(s.batch for s in seals(data_dir) if s.batch <= half)
    unfit = min(s.batch for s in seals(data_dir) if s.batch > half)
    rewrite(data_dir / "journal", change)
    result = checked(data_dir)
    assert result.journal.ok
    found = of_kind(result, SEAL)
    assert f"a batch behind {held} and up to {unfit} (segment " in found.text
    assert found.time_ns in {s.time_ns for s in seals(data_dir)}


@pytest.mark.parametrize("name", [b"JournalSealed", b"OrderEntered", b"OrderAccepted"])
@pytest.mark.parametrize("database", ["", "audit.db", "new.db"])
def test_an_event_without_its_values_is_found_and_hinders_nothing(
    name: bytes, database: str, data_dir: Path
) -> None:
    said = name + SOH
    changed: list[int] = []

    def change(found: list[Kept]) -> None:
        for number, batch in enumerate(found, 1):
            for at, kept in enumerate(batch.records):
                if kept[RECORD.size :].startswith(said):
                    end = RECORD.size + len(said)
                    batch.records[at] = kept[:end] + b"x" + kept[end + 1 :]
                    changed.append(number)
                    return

    rewrite(data_dir / "journal", change)
    result = checked(data_dir, f"sqlite:///{data_dir}/{database}" if database else "")
    found = [finding for finding in result.findings if finding.kind == SEAL]
    assert any("the journal was made anew" in finding.text for finding in found)
    if name == b"JournalSealed":
        [told] = [finding for finding in found if "what it tells of a seal" in finding.text]
        assert told.batch == changed[0]
    elif database:
        assert name.decode() in of_kind(result, DATABASE).text


def test_the_tables_name_the_record_that_was_changed(data_dir: Path) -> None:
    changed: list[int] = []

    def change(found: list[Kept]) -> None:
        for number, batch in enumerate(found, 1):
            for at, kept in enumerate(batch.records):
                if b"\x0144=100.50\x01" in kept and number > len(found) // 2:
                    batch.records[at] = kept.replace(b"\x0144=100.50\x01", b"\x0144=900.50\x01")
                    changed.append(number)
                    return

    rewrite(data_dir / "journal", change)
    url = f"sqlite:///{data_dir}/audit.db"
    before = Path(data_dir / "audit.db").stat().st_size
    result = checked(data_dir, url)
    rows = [f for f in result.findings if f.kind == ROW and f.table == "messages"]
    assert [row.batch for row in rows] == changed
    assert "in price, raw" in rows[0].text
    assert "projection: row 1 says that the tables hold batch" in result.problems[0]
    assert Path(data_dir / "audit.db").stat().st_size == before  # nothing was healed


def test_a_journal_that_ends_earlier_is_found_by_the_seals_and_the_tables(data_dir: Path) -> None:
    journal = data_dir / "journal"
    last = numbers_in(journal)[-1]
    path_of(journal, last).unlink()
    result = checked(data_dir, f"sqlite:///{data_dir}/audit.db")
    assert "its end is missing" in of_kind(result, SEAL).text
    assert "which the journal does not have there" in of_kind(result, ROW).text


# --- segments -----------------------------------------------------------------------------------


def test_a_segment_that_is_removed_is_found(data_dir: Path) -> None:
    path = path_of(data_dir / "journal", 2)
    path.unlink()
    found = of_kind(checked(data_dir), JOURNAL)
    assert found.text.startswith(f"{path} is missing between others")


def test_the_first_segment_is_missing_unless_it_is_archived(data_dir: Path) -> None:
    path = path_of(data_dir / "journal", 1)
    path.unlink()
    assert only(checked(data_dir), JOURNAL).text.startswith(f"{path}: segment 1 is missing")
    for url in ("", f"sqlite:///{data_dir}/audit.db"):
        result = checked(data_dir, url, is_archived=True)
        assert result.problems == []


def test_segments_that_are_swapped_are_found(data_dir: Path) -> None:
    one, two = (path_of(data_dir / "journal", number) for number in (1, 2))
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)
    found = [f.text for f in checked(data_dir).findings if f.kind == JOURNAL]
    assert found[0].startswith(f"{one}: was segment 2 when it was written")
    assert found[1].startswith(f"{two}: was segment 1 when it was written")


def test_a_segment_that_is_cut_is_found(data_dir: Path) -> None:
    batch = middle(data_dir)
    path = path_of(data_dir / "journal", batch.position.segment)
    path.write_bytes(path.read_bytes()[: batch.position.offset + 30])
    found = of_kind(checked(data_dir), JOURNAL)
    assert (found.file, found.offset) == (str(path), batch.position.offset)
    assert "cut short" in found.text


def test_a_segment_that_is_added_is_found(data_dir: Path) -> None:
    journal = data_dir / "journal"
    last = numbers_in(journal)[-1]
    added = path_of(journal, last + 1)
    shutil.copy(path_of(journal, last), added)
    found = only(checked(data_dir), JOURNAL)
    assert found.text.startswith(f"{added}: was segment {last} when it was written")


# --- seals --------------------------------------------------------------------------------------


def seals(data_dir: Path) -> list[Seal]:
    folder = place_of(data_dir).seals
    return [folder.read(number) for number in folder.numbers()]


def seal_path(data_dir: Path, number: int) -> Path:
    return place_of(data_dir).seals.path_of(number)


def put(data_dir: Path, changed: Seal) -> None:
    seal_path(data_dir, changed.number).write_bytes(changed.data)


@pytest.mark.parametrize("number", range(1, SEALS + 1))
def test_a_seal_that_is_removed_is_found(number: int, data_dir: Path) -> None:
    gone = seals(data_dir)[number - 1]
    seal_path(data_dir, number).unlink()
    found = only(checked(data_dir), SEAL)
    assert found.seal == number
    assert f"seal {number} is missing: the journal tells of it in batch " in found.text
    assert gone.batch < found.batch
    assert found.time_ns


@pytest.mark.parametrize("number", range(1, SEALS + 1))
def test_every_bit_of_a_seal_counts(number: int, data_dir: Path) -> None:
    path = seal_path(data_dir, number)
    for offset in range(path.stat().st_size):
        flip(path, offset)
        assert number in {f.seal for f in checked_seals(data_dir)}, offset
        flip(path, offset)
    assert checked_seals(data_dir) == []


def checked_seals(data_dir: Path) -> list[Finding]:
    """What a look at the seals alone finds: fast enough for each of their bits."""
    from gateway.audit.seal_check import SealCheck
    from gateway.seals.keys import Trusted

    place = place_of(data_dir)
    return SealCheck(place.seals, Trusted(place.keys)).findings


@pytest.mark.parametrize("name", [f for f in Seal.__slots__ if f != "signature"])
def test_a_value_of_a_seal_that_is_changed_is_found(name: str, data_dir: Path) -> None:
    newest = seals(data_dir)[-1]
    value = getattr(newest, name)
    if name == "number":
        path = seal_path(data_dir, SEALS)
        path.write_bytes(replace(newest, number=SEALS + 1).data)
    else:
        put(data_dir, replace(newest, **{name: value + 1 if isinstance(value, int) else "x"}))
    found = of_kind(checked(data_dir), SEAL)
    assert found.seal == SEALS


def test_seals_that_are_swapped_are_found(data_dir: Path) -> None:
    one, two = seal_path(data_dir, 1), seal_path(data_dir, 2)
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)
    texts = checked(data_dir).problems
    assert any(t.startswith(f"{one}: seal 1 is seal 2: give it back") for t in texts)
    assert any(t.startswith(f"{two}: seal 2 is seal 1: give it back") for t in texts)


def test_a_seal_by_another_key_is_found(data_dir: Path) -> None:
    put(data_dir, seals(data_dir)[-1].signed(Signer.new()))
    result = checked(data_dir)
    assert "which is not here or not trusted" in of_kind(result, SEAL).text


def test_a_seal_by_the_key_before_is_found(data_dir: Path, tmp_path: Path) -> None:
    """A private key that was to be removed, and was not."""
    keys = KeyFolder(tmp_path / "keys")
    keys.new(NOON)
    old, _ = keys.signer()
    put(data_dir, replace(seals(data_dir)[0], time_ns=NOON + SECOND).signed(old))
    for path in [*place_of(data_dir).keys.paths(), *(data_dir / "keys").glob("*.pem")]:
        path.unlink()
    new = keys.rotate(NOON + 1)
    for path in keys.paths():
        shutil.copy(path, data_dir / "keys")
    found = next(f for f in checked(data_dir).findings if f.seal == 1)
    assert f"is signed by key {new.previous} after another took its place" in found.text


def test_a_seal_that_is_added_behind_the_others_must_fit_the_journal(data_dir: Path) -> None:
    place = place_of(data_dir)
    signer, _ = place.keys.signer()
    newest = seals(data_dir)[-1]
    added = replace(newest, number=SEALS + 1, previous=newest.digest, head="0" * 64).signed(signer)
    place.seals.add(added)
    found = only(checked(data_dir), SEAL)
    assert found.seal == SEALS + 1
    assert "is not what was sealed" in found.text


def test_a_seal_of_an_earlier_batch_than_the_one_before_is_found(data_dir: Path) -> None:
    place = place_of(data_dir)
    signer, _ = place.keys.signer()
    first, newest = seals(data_dir)[0], seals(data_dir)[-1]
    place.seals.add(replace(first, number=SEALS + 1, previous=newest.digest).signed(signer))
    assert any("is of an earlier time or batch" in text for text in checked(data_dir).problems)


def test_what_is_no_seal_is_found(data_dir: Path) -> None:
    path = data_dir / "seals" / "seal.txt"
    path.write_text("I swear")
    assert only(checked(data_dir), SEAL).text == f"{path}: is no seal: move it away"


# --- keys ---------------------------------------------------------------------------------------


def test_every_bit_of_a_public_key_counts(data_dir: Path) -> None:
    for path in place_of(data_dir).keys.paths():
        for offset in range(path.stat().st_size):
            flip(path, offset)
            assert KEY in {f.kind for f in checked_seals(data_dir)}, offset
            flip(path, offset)
    assert checked_seals(data_dir) == []


def test_a_public_key_that_is_removed_is_found(data_dir: Path) -> None:
    first, _ = place_of(data_dir).keys.all()
    (data_dir / "keys" / f"{first.key}.public.json").unlink()
    assert f"is signed by key {first.key}, which is not here" in checked(data_dir).problems[0]


def test_another_key_in_the_folder_is_not_trusted(data_dir: Path, tmp_path: Path) -> None:
    """Also if everything is signed by it."""
    place = place_of(data_dir)
    for path in (data_dir / "keys").glob("*.pem"):
        path.unlink()
    forged = place.keys.new(NOON + 9 * SECOND)
    made = seal(data_dir, NOON + 9 * SECOND)
    result = checked(data_dir)
    assert f"say --trust {forged.key}" in of_kind(result, KEY).text
    assert of_kind(result, SEAL).seal == made.number
    assert checked(data_dir, trust=(forged.key,)).ok


# --- the record of reads ------------------------------------------------------------------------


def test_a_bit_of_the_record_of_reads_is_found(data_dir: Path) -> None:
    path = path_of(data_dir / "reads", 1)
    flip(path, 150)
    found = of_kind(checked(data_dir), READS)
    assert found.file == str(path)


def test_a_record_of_reads_that_was_made_anew_is_found(data_dir: Path) -> None:
    def change(found: list[Kept]) -> None:
        found[0].records = [r.replace(b"alice", b"carol") for r in found[0].records]

    rewrite(data_dir / "reads", change)
    assert "the record of reads was changed" in of_kind(checked(data_dir), SEAL).text


def test_a_record_of_reads_that_is_removed_is_found(data_dir: Path) -> None:
    shutil.rmtree(data_dir / "reads")
    found = of_kind(checked(data_dir), SEAL)
    assert found.text.endswith("of the record of reads was sealed, and is missing")


# --- the tables ---------------------------------------------------------------------------------

TABLES = (*DATA_TABLES, projection)


@pytest.fixture
def url(sealed: Path, database_url: str) -> Iterator[str]:
    """A database that holds the record, once of each kind."""
    fill(sealed, database_url)
    return database_url


def first_rows(url: str, name: str, count: int) -> list[Row]:
    table = metadata.tables[name]
    with Database(url) as database, database.reading() as connection:
        found = connection.execute(select(table).order_by(*table.primary_key).limit(count))
        return [dict(row) for row in found.mappings()]


def key_of(name: str, row: Row) -> list[object]:
    return [column == row[column.name] for column in metadata.tables[name].primary_key]


def names_row(result: Result, name: str, row: Row) -> bool:
    """Whether a finding is of this row of this table."""
    table = metadata.tables[name]
    keys = ["order_no"] if name == "order_ids" else list(table.primary_key.columns.keys())
    told = {"/".join(str(row[key]) for key in keys)}
    if name == "executions" and row["order_no"] is not None:
        told = {f"{row['order_no']}/{row['record_id']}"}
    return any(f.kind == ROW and f.table == name and f.row in told for f in result.findings)


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_a_row_that_is_removed_is_found(name: str, sealed: Path, url: str) -> None:
    [row] = first_rows(url, name, 1)
    with Database(url) as database, database.writing() as connection:
        connection.execute(delete(metadata.tables[name]).where(*key_of(name, row)))
    assert names_row(checked(sealed, url), name, row)


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_a_row_that_is_changed_is_found(name: str, sealed: Path, url: str) -> None:
    [row] = first_rows(url, name, 1)
    table = metadata.tables[name]
    column = table.c["kind"] if name == "order_ids" else list(table.columns)[-1]
    value = {bytes: b"x", int: 7}.get(column.type.python_type, "changed")
    with Database(url) as database, database.writing() as connection:
        connection.execute(update(table).where(*key_of(name, row)).values({column: value}))
    result = checked(sealed, url)
    assert names_row(result, name, row)
    assert all(f.time_ns for f in result.findings if f.table not in ("order_ids", "orders"))


@pytest.mark.parametrize("name", [table.name for table in TABLES])
def test_a_row_that_is_added_is_found(name: str, sealed: Path, url: str) -> None:
    [row] = first_rows(url, name, 1)
    key = "id" if name == "projection" else list(metadata.tables[name].primary_key)[-1].name
    added = {**row, key: 9_999_999_999_999 if name != "projection" else 2}
    if name == "sessions":
        added[key] = 999
    with Database(url) as database, database.writing() as connection:
        connection.execute(insert(metadata.tables[name]).values(added))
    assert names_row(checked(sealed, url), name, added)


@pytest.mark.parametrize("name", [t.name for t in DATA_TABLES if t.name != "order_ids"])
def test_rows_in_another_order_are_found(name: str, sealed: Path, url: str) -> None:
    one, two = first_rows(url, name, 2)
    table = metadata.tables[name]
    key = next(iter(table.primary_key)).name
    with Database(url) as database, database.writing() as connection:
        for row, place in ((one, -1), (two, one[key]), ({key: -1}, two[key])):
            connection.execute(update(table).where(table.c[key] == row[key]).values({key: place}))
    result = checked(sealed, url)
    assert names_row(result, name, one) or names_row(result, name, {**two, key: one[key]})


@pytest.mark.parametrize("column", [c.name for c in projection.columns if c.name != "id"])
def test_nothing_is_healed_where_the_tables_place_is_changed(
    column: str, sealed: Path, url: str
) -> None:
    [row] = first_rows(url, "projection", 1)
    changed = row[column] + 1 if isinstance(row[column], int) else b"x" * 32
    with Database(url) as database, database.writing() as connection:
        connection.execute(update(projection).values({column: changed}))
        connection.execute(text("UPDATE messages SET price = 'x' WHERE cl_ord_id = 'T1'"))
    for _ in range(2):
        result = checked(sealed, url)
        assert any(f.table == "projection" for f in result.findings)
        assert any(f.table == "messages" for f in result.findings)


# --- the archive --------------------------------------------------------------------------------


@pytest.fixture
def kept(tmp_path: Path) -> Path:
    """A record of which the oldest segments are archived, and whose tables are full."""
    data_dir = tmp_path / "kept"
    with Record(data_dir, 5) as record:
        record.round(2)
    fill(data_dir, f"sqlite:///{data_dir}/audit.db")
    assert len(archive.numbers_in(data_dir / "archive")) >= 3
    return data_dir


@pytest.fixture
def expired(tmp_path: Path) -> Path:
    """A record of which the oldest segments have expired after they were in the tables."""
    data_dir = tmp_path / "expired"
    url = f"sqlite:///{data_dir}/audit.db"
    with Record(data_dir, 5) as record:
        fill(data_dir, url)
        record.round(1, 3)
    fill(data_dir, url)
    assert archive.numbers_in(data_dir / "archive")[0] > 1
    return data_dir


def with_tables(data_dir: Path) -> Result:
    return checked(data_dir, f"sqlite:///{data_dir}/audit.db")


@pytest.mark.parametrize("part", [0.0, 0.01, 0.3, 0.6, 0.99])
def test_a_bit_of_an_archived_file_is_found(part: float, kept: Path) -> None:
    path = archive.path_of(kept / "journal", 2)
    flip(path, int(path.stat().st_size * part))
    found = [finding for finding in checked(kept).findings if finding.kind == JOURNAL]
    assert {finding.file for finding in found} == {str(path)}
    assert found[-1].text.startswith(f"{path}: is another file than batch ")
    assert found[0].time_ns


def test_an_archived_file_that_is_cut_or_has_more_is_found(kept: Path) -> None:
    path = archive.path_of(kept / "journal", 2)
    data = path.read_bytes()
    for changed, said in ((data[:-3], "is cut short"), (data + b"x", "has bytes behind its end")):
        path.write_bytes(changed)
        found = of_kind(checked(kept), JOURNAL)
        assert (found.file, found.text.startswith(f"{path}: {said}")) == (str(path), True)


def test_an_archived_file_that_was_packed_anew_is_found(kept: Path) -> None:
    path = archive.path_of(kept / "journal", 2)
    data = bytearray(b"".join(archive.decompressed(path)))
    data[4000] ^= 1
    path.write_bytes(zstandard.ZstdCompressor(write_checksum=True).compress(bytes(data)))
    found = checked(kept).findings
    assert found[0].text.startswith(f"{path}: offset ")
    assert found[0].batch
    assert found[-1].text.startswith(f"{path}: is another file than batch ")


@pytest.mark.parametrize("number", [1, 2])
def test_an_archived_file_that_is_removed_or_renamed_is_found(number: int, kept: Path) -> None:
    path = archive.path_of(kept / "journal", number)
    path.rename(path.with_name(f"00000099{archive.SUFFIX}"))
    found = of_kind(checked(kept), JOURNAL)
    if number == 1:
        assert found.text.startswith(f"{path}: segment 1 is missing at the journal's begin")
        assert (found.file, found.batch > 0, found.time_ns > 0) == (str(path), True, True)
    else:
        assert f"{number:08d}.journal is missing between others" in found.text
    path.unlink(missing_ok=True)
    assert not checked(kept).ok


def test_archived_files_that_are_swapped_are_found(kept: Path) -> None:
    one, two = (archive.path_of(kept / "journal", number) for number in (1, 2))
    data = one.read_bytes()
    one.write_bytes(two.read_bytes())
    two.write_bytes(data)
    found = [f.text for f in checked(kept).findings if f.kind == JOURNAL]
    assert found[0].startswith(f"{one}: was segment 2 when it was written")
    assert found[1].startswith(f"{two}: was segment 1 when it was written")


def test_what_expired_by_the_policy_is_no_fault(expired: Path) -> None:
    assert with_tables(expired).problems == []
    (expired / "audit.db").unlink()
    assert with_tables(expired).problems == []


def test_more_than_has_expired_is_missing(expired: Path) -> None:
    path = archive.path_of(expired / "journal", archive.numbers_in(expired / "archive")[0])
    path.unlink()
    found = only(checked(expired), JOURNAL)
    assert found.text.startswith(f"{path}: segment ")
    assert "missing at the journal's beginning: archived, as batch" in found.text


@pytest.mark.parametrize(
    "table", ["messages", "operator_actions", "order_events", "session_events"]
)
def test_a_row_among_those_that_expired_is_found(table: str, expired: Path) -> None:
    with Database(f"sqlite:///{expired}/audit.db") as database, database.writing() as connection:
        rows = metadata.tables[table]
        row = dict(connection.execute(select(rows)).mappings().first() or {})
        row |= {"order_no": 0} if "order_no" in row else {}
        connection.execute(insert(rows).values({**row, "record_id": 1 << 24}))
    found = with_tables(expired).findings
    assert any(f.kind == ROW and f.table == table and f.batch == 1 for f in found)


@pytest.mark.parametrize("name", ["sessions", "halts", "executions", "orders"])
def test_a_row_of_tables_that_are_older_than_the_journal_is_found(name: str, expired: Path) -> None:
    url = f"sqlite:///{expired}/audit.db"
    columns = {"sessions": "next_in", "halts": "halted_by", "executions": "last_px"}
    column = columns.get(name, "text")
    with Database(url) as database, database.writing() as connection:
        table = metadata.tables[name]
        key = next(iter(table.primary_key.columns))
        last = connection.execute(select(key).order_by(key.desc())).scalar()
        value = 99 if column == "next_in" else "changed"
        connection.execute(update(table).where(key == last).values({column: value}))
    found = only(with_tables(expired), ROW)
    assert (found.table, f"differs from the journal in {column}" in found.text) == (name, True)
