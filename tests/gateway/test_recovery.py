"""A restart from a journal whose snapshots were written in pieces, while orders went on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.events import OrderRenewed
from gateway.recovery import fold_from, recover
from gateway.state import State
from store.journal import SEGMENT_BYTES_MIN, Journal
from store.record import SNAPSHOT, SNAPSHOT_MORE
from tests.gateway.audit.journals import Writer
from tests.gateway.test_state import facts, order_facts

ORDERS = 30


def opened(folder: Path) -> Journal:
    return Journal(folder, segment_bytes=SEGMENT_BYTES_MIN, sync="os")


def enter(writer: Writer) -> list[str]:
    """Many orders at the broker; their ids there."""
    ids = []
    for number in range(ORDERS):
        [sent] = writer.enter(f"C{number}")
        writer.report(sent["11"], "0")
        ids.append(sent["11"])
    return ids


def begin_segment(writer: Writer) -> None:
    before = writer.journal.segment
    writer.operator(who="root", why="x" * 2 * SEGMENT_BYTES_MIN)
    writer.commit()
    assert (writer.journal.segment, writer.journal.in_pieces) == (before + 1, True)


def go_on(writer: Writer, ids: list[str]) -> None:
    """Whatever may happen to orders between two pieces: fills, an end, a new one, a new day."""
    writer.report(ids[0], "F", "32=40|31=100.25")
    writer.commit()
    writer.report(ids[-1], "F", "32=100|31=100.25")
    writer.commit()
    writer.report(ids[-2], "4")
    writer.commit()
    writer.report(ids[-1], "H", f"19=E{writer.executions - 1}")  # it works again
    writer.commit()
    writer.enter("NEW")
    writer.commit()
    for date in (20261122, 20261123):
        for number in (2, ORDERS - 2):
            writer.event(OrderRenewed(number, date, 0))
        writer.commit()


def finish(writer: Writer) -> None:
    while writer.journal.in_pieces:
        writer.commit()


@pytest.mark.parametrize("crashes", [True, False])
def test_a_restart_finds_all_of_a_journal_with_pieces(tmp_path: Path, crashes: bool) -> None:
    with Writer(tmp_path, SEGMENT_BYTES_MIN) as writer:
        ids = enter(writer)
        begin_segment(writer)
        go_on(writer, ids)
        if not crashes:
            finish(writer)
        bench, expected = writer.bench, facts(writer.bench.core.state)
    journal = opened(tmp_path)
    assert journal.start_at(2) == (1 if crashes else 2)
    assert facts(recover(journal, bench.limits, bench.refused_max)) == expected
    journal.close()


def test_pieces_tell_the_state_at_the_head_of_their_segment(tmp_path: Path) -> None:
    with Writer(tmp_path, SEGMENT_BYTES_MIN) as writer:
        ids = enter(writer)
        begin_segment(writer)
        at_the_head = facts(writer.bench.core.state)
        go_on(writer, ids)
        finish(writer)
        begin_segment(writer)
        flags = [b.first_flags for b in writer.journal.batches(2) if b.first_kind == SNAPSHOT]
        assert flags[:8] == [SNAPSHOT_MORE] * 8
        again = State(writer.bench.limits, writer.bench.refused_max)
        for record in writer.journal.opening(2):
            again.fold(record.payload, record.time_ns)
        assert facts(again) == at_the_head


def test_reading_from_a_segment_in_pieces_makes_the_open_orders(tmp_path: Path) -> None:
    with Writer(tmp_path, SEGMENT_BYTES_MIN) as writer:
        ids = enter(writer)
        begin_segment(writer)
        go_on(writer, ids)
        finish(writer)
        go_on(writer, ids[5:])
        state = writer.bench.core.state
        again = State(writer.bench.limits, writer.bench.refused_max)
        fold_from(writer.journal, 2, again)
        assert {n: order_facts(o) for n, o in again.book.open.items()} == {
            n: order_facts(o) for n, o in state.book.open.items()
        }
        assert [again.book.open[n].history for n in state.book.open] == [
            order.history for order in state.book.open.values()
        ]


def test_two_states_are_told_at_once_each_as_it_was(tmp_path: Path) -> None:
    with Writer(tmp_path, SEGMENT_BYTES_MIN) as writer:
        ids = enter(writer)
        book = writer.bench.core.state.book
        early, early_expected = book.histories(), list(book.histories())
        first = next(early)
        go_on(writer, ids)
        late, late_expected = book.histories(), list(book.histories())
        go_on(writer, ids[3:])
        assert [first, *early] == early_expected
        assert list(late) == late_expected
        assert early_expected != late_expected
