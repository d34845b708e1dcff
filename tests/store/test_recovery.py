"""What a start makes of a journal's bytes: torn tails, damage, and which is which."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from store.errors import JournalDamagedError, JournalError
from store.record import encode_batch
from store.recovery import scan
from store.segment import HEADER_BYTES
from store.verify import verify
from tests.store.journals import NOW, fill, flip, keep, kept_in, opened, overwrite, segment

PAYLOADS = [b"first", b"second", b"third" * 40]
in_one_folder = settings(
    deadline=None, max_examples=60, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


@pytest.fixture
def small(tmp_path: Path) -> Path:
    """Three batches in one segment."""
    with opened(tmp_path / "small") as journal:
        for payload in PAYLOADS:
            keep(journal, payload)
    return tmp_path / "small"


@pytest.fixture(scope="module")
def two(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A full segment and the beginning of the next."""
    folder = tmp_path_factory.mktemp("two")
    with opened(folder) as journal:
        fill(journal)
        keep(journal, b"last but one")
        keep(journal, b"last")
    return folder


def copied(source: Path, target: Path) -> Path:
    shutil.rmtree(target, ignore_errors=True)
    shutil.copytree(source, target)
    return target


def ends(folder: Path) -> list[int]:
    """Where the batches of the last segment end."""
    return [HEADER_BYTES] + [batch.end.offset for batch in scan(folder)]


@in_one_folder
@given(data=st.data(), zeroed=st.booleans())
def test_a_tail_cut_anywhere_leaves_a_prefix_of_whole_batches(
    small: Path, tmp_path: Path, data: st.DataObject, zeroed: bool
) -> None:
    places = ends(small)
    cut = data.draw(st.integers(HEADER_BYTES, places[-1]))
    folder = copied(small, tmp_path / "cut")
    path = segment(folder, 1)
    left = path.read_bytes()[:cut]
    path.write_bytes(left.ljust(1 << 16, b"\0") if zeroed else left)
    whole = sum(end <= cut for end in places) - 1
    with opened(folder) as journal:
        torn = journal.torn
    assert kept_in(folder) == PAYLOADS[:whole]
    rest = left[places[whole] :].rstrip(b"\0")
    assert [(t.position.offset, t.size) for t in torn] == (
        [(places[whole], len(rest))] if rest else []
    )
    kept_aside = [path.read_bytes() for path in folder.glob("torn-*.bin")]
    assert kept_aside == ([rest] if rest else [])
    assert verify(folder).ok


@in_one_folder
@given(data=st.data())
def test_any_bit_flipped_before_the_last_batch_is_found_and_located(
    two: Path, tmp_path: Path, data: st.DataObject
) -> None:
    batches = list(scan(two))
    victim = data.draw(st.sampled_from(batches[:-1]))
    number, offset = victim.position
    bit = data.draw(st.integers(8 * offset, 8 * victim.end.offset - 1))
    folder = copied(two, tmp_path / "flipped")
    flip(segment(folder, number), bit)
    with pytest.raises(JournalDamagedError, match=f"{number:08d}.journal: offset {offset}: "):
        list(scan(folder))
    problem = verify(folder).problems[0]
    assert problem.position == victim.position
    assert problem.number == victim.number


def test_a_bit_flipped_behind_the_batches_of_a_full_segment_is_found(two: Path) -> None:
    end = max(b.end.offset for b in scan(two) if b.position.segment == 1)
    path = segment(two, 1)
    whole = path.read_bytes()
    path.write_bytes(whole.ljust(end + 100, b"\0")[:-1] + b"\x04")
    try:
        with pytest.raises(JournalDamagedError, match=f"offset {end}: "):
            list(scan(two))
    finally:
        path.write_bytes(whole)


def test_damage_stops_the_start_and_changes_nothing(small: Path) -> None:
    flip(segment(small, 1), 8 * (ends(small)[1] + 100))
    before = {p.name: p.read_bytes() for p in small.iterdir()}
    said = r"instead of batch 2 .* batch 3 follows it whole at offset \d+: the journal was changed"
    with pytest.raises(JournalDamagedError, match=said), opened(small):
        """Not reached."""
    assert {p.name: p.read_bytes() for p in small.iterdir()} == before


def test_a_page_that_was_never_written_is_damage_if_a_batch_follows(small: Path) -> None:
    begin, end = ends(small)[1:3]
    overwrite(segment(small, 1), begin, bytes(end - begin))
    with pytest.raises(JournalDamagedError, match=f"offset {begin}: "):
        list(scan(small))


def test_a_flipped_last_batch_is_a_torn_tail(small: Path) -> None:
    flip(segment(small, 1), 8 * (ends(small)[2] + 100))
    assert kept_in(small) == PAYLOADS[:2]


def test_a_batch_inside_of_a_message_is_not_taken_for_one_of_ours(tmp_path: Path) -> None:
    forged = b"".join(encode_batch(b"", 0, n, NOW, bytes(32))[0] for n in (1, 2, 900, 2**60))
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        keep(journal, forged + b"x" * 500)
    begin, end = ends(tmp_path)[1:]
    overwrite(segment(tmp_path, 1), end - 100, bytes(100))
    with opened(tmp_path) as journal:
        assert [(t.position.offset, t.reason) for t in journal.torn] == [
            (begin, "a batch whose CRC is wrong")
        ]


def test_a_missing_segment_is_named(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 3)
    segment(tmp_path, 2).unlink()
    with pytest.raises(JournalDamagedError, match=r"00000002\.journal is missing between others"):
        list(scan(tmp_path))


def test_a_segment_of_another_journal_does_not_continue_this_one(tmp_path: Path) -> None:
    for name in ("a", "b"):
        with opened(tmp_path / name) as journal:
            keep(journal, name.encode())
            fill(journal)
    shutil.copy(segment(tmp_path / "b", 2), segment(tmp_path / "a", 2))
    with pytest.raises(JournalDamagedError, match=r"00000002\.journal: does not continue"):
        list(scan(tmp_path / "a"))


def test_a_cut_out_batch_is_found(small: Path) -> None:
    begin, end = ends(small)[1:3]
    path = segment(small, 1)
    data = path.read_bytes()
    path.write_bytes(data[:begin] + data[end:])
    with pytest.raises(JournalDamagedError, match="batch 3 does not follow the one before it"):
        list(scan(small))


def test_a_first_segment_that_claims_a_past_is_found(tmp_path: Path, two: Path) -> None:
    folder = copied(two, tmp_path / "renamed")
    segment(folder, 1).unlink()
    segment(folder, 2).rename(segment(folder, 1))
    with pytest.raises(JournalDamagedError, match="was segment 2 when it was written"):
        list(scan(folder))


@pytest.mark.parametrize("bit", [3, 8 * 9, 8 * 20, 8 * 57, 8 * 63])
def test_a_damaged_header_before_batches_is_found(small: Path, bit: int) -> None:
    flip(segment(small, 1), bit)
    with pytest.raises(JournalDamagedError, match=r"00000001\.journal: its header is damaged"):
        list(scan(small))


def test_a_segment_emptied_in_the_middle_is_found(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 2)
    segment(tmp_path, 2).write_bytes(b"")
    with pytest.raises(JournalDamagedError, match=r"00000002\.journal: is empty"):
        list(scan(tmp_path))


def test_a_start_that_is_not_there_is_told(two: Path) -> None:
    with pytest.raises(JournalDamagedError, match=r"00000007\.journal is missing"):
        list(scan(two, 7))


def test_a_trusted_scan_gives_the_same_batches(two: Path) -> None:
    checked = [(b.position, b.number, b.hash, b.count) for b in scan(two)]
    assert [(b.position, b.number, b.hash, b.count) for b in scan(two, trusted=True)] == checked
    second = [c for c in checked if c[0].segment == 2]
    assert [(b.position, b.number, b.hash, b.count) for b in scan(two, 2)] == second


def test_batches_written_behind_a_running_scan_are_still_read(small: Path) -> None:
    path = segment(small, 1)
    data = path.read_bytes()
    begin = ends(small)[1]
    walk = iter(scan(small))
    overwrite(path, begin, bytes(len(data) - begin))
    assert next(walk).number == 1
    overwrite(path, begin, data[begin:])
    assert [batch.number for batch in walk] == [2, 3]


# --- verify -------------------------------------------------------------------------------------


def test_a_sound_journal_verifies(two: Path) -> None:
    batches = list(scan(two))
    seen: list[int] = []
    report = verify(two, lambda batch: seen.append(batch.number))
    assert report.ok
    assert report.torn is None
    assert (report.segments, report.batches) == (2, len(batches))
    assert report.records == sum(len(batch.records) for batch in batches)
    assert (report.first_number, report.last_number) == (1, len(batches))
    assert report.last_hash == batches[-1].hash
    assert report.last_position == batches[-1].position
    assert (report.first_time_ns, report.last_time_ns) == (NOW, NOW)
    assert seen == [batch.number for batch in batches]


def test_every_problem_is_reported_and_what_lies_between_is_read(two: Path, tmp_path: Path) -> None:
    batches = list(scan(two))
    folder = copied(two, tmp_path / "damaged")
    for index in (2, 3, 7):
        flip(segment(folder, 1), 8 * batches[index].position.offset + 800)
    flip(segment(folder, 2), 100)
    report = verify(folder)
    assert not report.ok
    assert [(p.position.segment, p.position.offset, p.number) for p in report.problems] == [
        (1, batches[2].position.offset, 3),
        (1, batches[7].position.offset, 8),
        (2, 0, batches[-3].number),
    ]
    assert report.batches == len(batches) - 3
    assert report.last_hash == batches[-1].hash
    assert all("restore it from a backup" in p.text for p in report.problems)
    assert report.problems[0].time_ns == NOW


def test_a_missing_segment_is_one_problem(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 3)
    segment(tmp_path, 2).unlink()
    report = verify(tmp_path)
    assert [(p.position.segment, p.text.split(": ")[1]) for p in report.problems] == [
        (2, "put it back from the archive or a backup")
    ]


def test_archived_segments_are_no_problem(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        fill(journal, 3)
    segment(tmp_path, 1).unlink()
    segment(tmp_path, 2).unlink()
    report = verify(tmp_path)
    assert report.ok
    assert report.segments == 2


def test_a_torn_tail_is_reported_apart(small: Path) -> None:
    flip(segment(small, 1), 8 * (ends(small)[2] + 100))
    report = verify(small)
    assert report.ok
    assert report.torn is not None
    assert report.torn.position.offset == ends(small)[2]
    assert (report.batches, report.last_number) == (2, 2)


def test_a_folder_without_a_journal_is_told(tmp_path: Path) -> None:
    with pytest.raises(JournalError, match="holds no journal: check data_dir"):
        verify(tmp_path / "nowhere")
