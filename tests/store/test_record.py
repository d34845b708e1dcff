"""Records and batches as bytes."""

from __future__ import annotations

from hashlib import sha256

import pytest
from hypothesis import given
from hypothesis import strategies as st

from store.record import (
    BATCH,
    EVENT,
    IN,
    NO_HASH,
    OUT,
    OUT_RESENT,
    RECORD,
    Batch,
    Position,
    claimed_number,
    encode_batch,
    read_batch,
)

Row = tuple[int, int, int, int, int, int, int, bytes]

rows = st.lists(
    st.tuples(
        st.integers(0, 255),
        st.integers(0, 255),
        st.integers(0, 2**16 - 1),
        st.integers(0, 2**32 - 1),
        st.integers(0, 2**64 - 1),
        st.integers(-(2**63), 2**63 - 1),
        st.integers(0, 2**64 - 1),
        st.binary(max_size=40),
    ),
    max_size=5,
)


def body_of(content: list[Row]) -> bytes:
    return b"".join(RECORD.pack(*row[:7], len(row[7])) + row[7] for row in content)


def frame_of(content: list[Row], number: int = 7, previous: bytes = NO_HASH) -> bytes:
    return encode_batch(body_of(content), len(content), number, 99, previous)[0]


SMALL: list[Row] = [(IN, 2, 1, 1, 5, 1, 0, b"8=FIX"), (OUT, 0, 1, 1, 6, 2, 3, b"9=")]


@given(rows)
def test_what_goes_in_comes_out(content: list[Row]) -> None:
    batch = read_batch(frame_of(content), 0, 3, 64)
    assert isinstance(batch, Batch)
    found = [
        (r.kind, r.flags, r.link, r.epoch, r.seq, r.time_ns, r.correlation, r.payload)
        for r in batch.records
    ]
    assert found == content
    assert (batch.number, batch.time_ns, batch.count) == (7, 99, len(content))
    assert batch.position == Position(3, 64)
    assert batch.end == Position(3, 64 + len(frame_of(content)))
    assert batch.first_kind == (content[0][0] if content else 0)


@given(rows)
def test_the_cheap_pass_finds_the_same_messages_as_decoding(content: list[Row]) -> None:
    batch = read_batch(frame_of(content), 0, 3, 64)
    assert isinstance(batch, Batch)
    assert batch.sent_places() == [
        (r.link, r.epoch, r.seq, r.offset)
        for r in batch.records
        if r.kind == OUT and not r.flags & OUT_RESENT
    ]


def test_a_record_knows_where_its_header_lies() -> None:
    frame = frame_of(SMALL)
    batch = read_batch(b"?" * 10 + frame, 10, 1, 90)
    assert isinstance(batch, Batch)
    for record in batch.records:
        place = record.offset - 100
        assert frame[place] == record.kind
        assert frame[place + RECORD.size :].startswith(record.payload)


@given(st.integers(0, 8 * len(frame_of(SMALL)) - 1))
def test_any_flipped_bit_is_found(bit: int) -> None:
    frame = bytearray(frame_of(SMALL))
    frame[bit // 8] ^= 1 << bit % 8
    assert isinstance(read_batch(bytes(frame), 0, 1), str)


@given(st.integers(0, len(frame_of(SMALL)) - 1))
def test_a_cut_frame_is_no_batch(size: int) -> None:
    assert isinstance(read_batch(frame_of(SMALL)[:size], 0, 1), str)


def test_the_hash_covers_the_whole_frame() -> None:
    frame, digest = encode_batch(body_of(SMALL), 2, 1, 1, sha256(b"before").digest())
    batch = read_batch(frame, 0, 1)
    assert isinstance(batch, Batch)
    assert batch.hash == digest == sha256(frame).digest()
    assert batch.previous == sha256(b"before").digest()


def test_only_a_trusted_read_skips_the_crc() -> None:
    frame = frame_of(SMALL)
    broken = frame[:-1] + b"?"
    assert read_batch(broken, 0, 1) == "a batch whose CRC is wrong"
    assert isinstance(read_batch(broken, 0, 1, 0, True), Batch)


@pytest.mark.parametrize("data", [b"", b"fgB1", bytes(200), b"fgB2" + bytes(200)])
def test_what_is_no_header_claims_no_number(data: bytes) -> None:
    assert claimed_number(data, 0) == 0
    assert isinstance(read_batch(data, 0, 1, 0, True), str)


def test_a_header_claims_its_number() -> None:
    assert claimed_number(b"xx" + frame_of(SMALL, number=41), 2) == 41


def test_an_absurd_length_is_not_believed() -> None:
    head = BATCH.pack(b"fgB1", 2**32 - 1, 0, 1, 1, 1, NO_HASH)
    assert read_batch(head + bytes(100), 0, 1) == "a broken batch header"


def test_a_record_shows_what_it_is() -> None:
    batch = read_batch(frame_of([(EVENT, 0, 4, 0, 9, 0, 0, b"abc")]), 0, 1)
    assert isinstance(batch, Batch)
    assert repr(batch.records[0]) == "Record(kind=3, link=4, epoch=0, seq=9, 3 bytes)"
