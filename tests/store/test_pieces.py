"""A snapshot in pieces: what was true at a segment's head, written among what came later."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from store.errors import JournalDamagedError
from store.journal import Journal
from store.pieces import RECORDS_MAX, Pieces, opening
from store.record import EVENT, SNAPSHOT, SNAPSHOT_MORE
from store.recovery import scan
from store.segment import HEADER_BYTES
from store.verify import verify
from tests.store.journals import NOW, SEGMENT_BYTES, kept, opened, overwrite, segment

FIXTURE = Path(__file__).parent / "fixtures" / "format-1"
STATE = [b"%d:" % number + bytes(200) for number in range(10)]


def state() -> list[tuple[int, bytes]]:
    return [(NOW + number, payload) for number, payload in enumerate(STATE)]


def keep(journal: Journal, payload: bytes) -> None:
    journal.add(EVENT, 0, 0, 0, 0, NOW, 0, payload)
    journal.commit(NOW, state)


def begin_segment(journal: Journal) -> None:
    """Fill the segment; the next one holds the first piece of its snapshot."""
    before = journal.segment
    keep(journal, bytes(2 * SEGMENT_BYTES))
    assert (journal.segment, journal.in_pieces) == (before + 1, True)


def finish(journal: Journal) -> None:
    """Write nothing but pieces until the snapshot is whole."""
    while journal.in_pieces:
        journal.commit(NOW, state)


def test_pieces_have_as_much_as_is_enough() -> None:
    pieces = Pieces([(1, b"four"), (2, b"four"), (3, b"long" * 9), (4, b"")])
    assert pieces.take(5) == [(1, b"four"), (2, b"four")]
    assert not pieces.is_over
    assert pieces.take(5) == [(3, b"long" * 9)]
    assert pieces.take(5) == [(4, b"")]
    assert pieces.is_over
    assert pieces.take(5) == []


def test_pieces_have_no_more_records_than_can_be_made_in_one_turn() -> None:
    told = [(number, b"") for number in range(RECORDS_MAX + 1)]
    pieces = Pieces(told)
    assert [pieces.take(5), pieces.take(5)] == [told[:-1], told[-1:]]


def test_pieces_lie_among_the_batches_and_are_read_as_one(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        keep(journal, b"first")
        keep(journal, b"second")
        finish(journal)
        keep(journal, b"third")
        batches = [batch for batch in journal.batches(2) if batch.first_kind == SNAPSHOT]
        assert len(batches) > 3
        assert [batch.first_flags for batch in batches] == [
            *[SNAPSHOT_MORE] * (len(batches) - 1),
            0,
        ]
        told = [(record.time_ns, record.payload) for record in journal.opening(2)]
        assert told == state()
        assert kept(journal)[1:] == [b"first", b"second", b"third"]
    assert verify(tmp_path).ok


def test_a_segment_is_none_to_begin_at_before_its_snapshot_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        assert (journal.start_at(1), journal.start_at(2), journal.start_at(9)) == (1, 1, 1)
        finish(journal)
        assert (journal.start_at(1), journal.start_at(2), journal.start_at(9)) == (1, 2, 2)
    with opened(tmp_path) as journal:
        assert (journal.start_at(1), journal.start_at(2), journal.start_at(9)) == (1, 2, 2)


def test_no_segment_begins_before_the_snapshot_of_the_one_before_is_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        keep(journal, bytes(5 * SEGMENT_BYTES))
        assert (journal.segment, journal.in_pieces) == (2, True)
        finish(journal)
        assert journal.segment == 2
        keep(journal, bytes(20 * SEGMENT_BYTES))
        assert (journal.segment, journal.in_pieces) == (3, True)
        finish(journal)
        assert [record.payload for record in journal.opening(3)] == STATE
        assert journal.start_at(3) == 3


def test_a_snapshot_that_a_crash_left_in_pieces_is_never_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        keep(journal, b"before the crash")
    with opened(tmp_path) as journal:
        assert (journal.segment, journal.in_pieces, journal.start_at(2)) == (2, False, 1)
        keep(journal, b"after it")
        with pytest.raises(JournalDamagedError, match="segment 2 does not begin with a whole"):
            list(journal.opening(2))
        assert kept(journal)[1:] == [b"before the crash", b"after it"]
        begin_segment(journal)
        assert journal.start_at(3) == 1
        finish(journal)
        assert (journal.start_at(2), journal.start_at(3)) == (1, 3)
    with opened(tmp_path) as journal:
        assert (journal.start_at(2), journal.start_at(3)) == (1, 3)
    assert verify(tmp_path).ok


@pytest.mark.parametrize("left", [1, 30, 60, 100, 300])
def test_a_piece_that_tears_is_cut_off_and_the_rest_missing(tmp_path: Path, left: int) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        keep(journal, b"before the crash")
        journal.commit(NOW, state)
    last = list(scan(tmp_path))[-1]
    assert last.first_kind == SNAPSHOT
    begins, ends = last.position.offset, last.end.offset
    overwrite(segment(tmp_path, 2), begins + left, bytes(ends - begins - left))
    with opened(tmp_path) as journal:
        assert [torn.position.offset for torn in journal.torn] == [begins]
        assert (journal.start_at(2), journal.in_pieces) == (1, False)
        keep(journal, b"after it")
        assert kept(journal)[1:] == [b"before the crash", b"after it"]
    assert verify(tmp_path).ok


def test_a_last_piece_that_tears_leaves_a_snapshot_that_is_not_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
        finish(journal)
    last = list(scan(tmp_path))[-1]
    assert last.first_flags == 0
    overwrite(segment(tmp_path, 2), last.end.offset - 1, b"!")
    with opened(tmp_path) as journal:
        assert len(journal.torn) == 1
        assert journal.start_at(2) == 1


def test_a_journal_cannot_begin_with_a_snapshot_that_is_not_whole(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        begin_segment(journal)
    segment(tmp_path, 1).unlink()
    with pytest.raises(JournalDamagedError, match=r"00000001\.journal is missing, and segment 2"):
        Journal(tmp_path)


def test_a_segment_without_a_snapshot_tells_nothing(tmp_path: Path) -> None:
    with opened(tmp_path) as journal:
        keep(journal, b"first")
        assert list(journal.opening(1)) == []


def test_a_snapshot_whole_in_its_first_batch_is_read_as_ever(tmp_path: Path) -> None:
    shutil.copytree(FIXTURE, tmp_path / "journal")
    first = next(batch for batch in scan(FIXTURE, 2) if batch.position.offset == HEADER_BYTES)
    told = [record.payload for record in opening(tmp_path / "journal", 2)]
    assert told == [record.payload for record in first.records]
    assert len(told) == first.count
    with opened(tmp_path / "journal") as journal:
        assert (journal.in_pieces, journal.start_at(2)) == (False, 2)
