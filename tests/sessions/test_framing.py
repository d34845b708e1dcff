"""Framing: whole frames from any split of the bytes, and the way back after broken ones."""

from itertools import pairwise

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from sessions.framing import BETWEEN_MESSAGES, Framer, Garbled
from tests.fix import fix

TEST = fix("8=FIX.4.4|35=1|34=2|49=A|52=20261120-10:11:12|56=B|112=HELLO|")
ORDER = fix("8=FIX.4.4|35=D|34=3|49=A|52=20261120-10:11:12|56=B|11=X|58=58=FIX is fine|")
LOGON = fix("8=FIXT.1.1|35=A|34=1|49=A|52=20261120-10:11:12|56=B|98=0|108=30|")
LONG = fix("8=FIX.4.2|35=B|58=" + "x" * 3000 + "|")
GOOD = (TEST, ORDER, LOGON, LONG)


def feed(chunks: list[bytes], swallow: bool = False, limit: int = 65_536) -> list[bytes | Garbled]:
    framer = Framer(limit, swallow)
    return [item for chunk in chunks for item in framer.feed(chunk)]


def plain(items: list[bytes | Garbled]) -> list[object]:
    """Items as values that compare."""
    return [
        (item.raw, item.reason, item.fatal) if isinstance(item, Garbled) else item for item in items
    ]


def frames(items: list[bytes | Garbled]) -> list[bytes]:
    return [item for item in items if not isinstance(item, Garbled)]


def test_one_frame_and_many_frames_in_a_chunk() -> None:
    assert feed([TEST]) == [TEST]
    assert feed([TEST + ORDER + LOGON + LONG + TEST]) == [TEST, ORDER, LOGON, LONG, TEST]


def test_a_frame_a_byte_at_a_time() -> None:
    stream = TEST + LOGON
    assert feed([bytes([byte]) for byte in stream]) == [TEST, LOGON]


def test_leading_zeros_in_the_body_length_are_legal() -> None:
    frame = fix("8=FIX.4.4|9=0012|35=0|34=212|")
    assert feed([frame]) == [frame]


def test_the_rest_is_what_no_item_has_yet() -> None:
    framer = Framer()
    assert framer.feed(TEST + ORDER[:20]) == [TEST]
    assert framer.rest == ORDER[:20]
    assert framer.feed(ORDER[20:]) == [ORDER]
    assert framer.rest == b""


WRONG = {
    "checksum": fix("8=FIX.4.4|35=1|112=X|10=000|"),
    "checksum of letters": fix("8=FIX.4.4|35=1|112=X|10=abc|"),
    "checksum of one digit": fix("8=FIX.4.4|35=1|112=X|10=7|"),
    "checksum of no digit": fix("8=FIX.4.4|35=1|112=X|10=|"),
    "checksum of four digits": fix("8=FIX.4.4|35=1|112=X|10=0123|"),
    "length too short": fix("8=FIX.4.4|9=9|35=1|112=HELLO|"),
    "length too long": fix("8=FIX.4.4|9=30|35=1|112=HELLO|"),
    "length off by one": fix("8=FIX.4.4|9=10|35=1|112=X|"),
    "length zero": fix("8=FIX.4.4|9=0|35=1|112=X|"),
    "length missing": b"8=FIX.4.4\x0135=1\x01112=X\x0110=000\x01",
    "length empty": fix("8=FIX.4.4|9=|35=1|112=X|"),
    "length of letters": fix("8=FIX.4.4|9=abc|35=1|112=X|"),
    "length negative": fix("8=FIX.4.4|9=-1|35=1|112=X|"),
    "length with a plus": fix("8=FIX.4.4|9=+11|35=1|112=X|"),
    "length with blanks": fix("8=FIX.4.4|9= 11|35=1|112=X|"),
    "length with an underscore": fix("8=FIX.4.4|9=1_1|35=1|112=X|"),
    "length of too many digits": fix("8=FIX.4.4|9=00000000011|35=1|112=X|"),
    "length in wide digits": "8=FIX.4.4\x019=\uff11\uff11\x0135=1\x01112=X\x0110=000\x01".encode(),
    "type not third": fix("8=FIX.4.4|34=3|35=0|"),
    "begin string not first": fix("35=0|8=FIX.4.4|9=29|34=2|10=121|"),
    "begin string too long": fix("8=FIX.4.4.AND.MUCH.MORE|35=0|34=2|"),
    "text": b"GET / HTTP/1.1\r\nHost: example.com\r\n\r\n",
    "an equals sign": b"=",
    "a lonely 8": b"88=8=8",
}


@pytest.mark.parametrize("swallow", [False, True], ids=["rescan", "swallow"])
@pytest.mark.parametrize("wrong", WRONG.values(), ids=WRONG)
def test_what_is_wrong_is_garbled_and_what_follows_is_found(wrong: bytes, swallow: bool) -> None:
    items = feed([TEST, wrong, ORDER, LOGON], swallow)
    if swallow and b"\x019=30\x01" in wrong:
        assert frames(items) == [TEST, LOGON]  # the claimed length ran into the next message
    else:
        assert frames(items) == [TEST, ORDER, LOGON]
    garbled = [item for item in items if isinstance(item, Garbled)]
    assert garbled
    assert not any(item.fatal for item in garbled)
    assert b"".join(item if isinstance(item, bytes) else item.raw for item in items) == (
        TEST + wrong + ORDER + LOGON
    )


@pytest.mark.parametrize(
    "wrong", [WRONG["checksum"], WRONG["checksum of one digit"], WRONG["length of letters"]]
)
def test_a_broken_message_is_reported_at_once(wrong: bytes) -> None:
    """A first message that is garbled closes the connection: it must not wait for more bytes."""
    (item,) = (found for found in feed([wrong]) if isinstance(found, Garbled))
    assert item.reason != BETWEEN_MESSAGES


def test_a_length_too_long_loses_only_its_own_message_when_rescanning() -> None:
    wrong = fix(f"8=FIX.4.4|9={len(TEST)}|35=1|112=HELLO|")
    assert frames(feed([wrong, TEST, ORDER])) == [TEST, ORDER]
    assert frames(feed([wrong, TEST, ORDER], swallow=True)) == [ORDER]


def test_oversize_is_seen_from_the_length_at_once_and_ends_the_stream() -> None:
    framer = Framer(1000)
    (item,) = framer.feed(b"8=FIX.4.4\x019=100000\x0135=A\x01")
    assert isinstance(item, Garbled)
    assert item.fatal
    assert "BodyLength(9)=100000 exceeds the limit of 1000 bytes" in item.reason
    assert framer.feed(TEST) == []
    assert framer.rest == b""


def test_a_frame_of_exactly_the_limit_passes_and_one_byte_more_does_not() -> None:
    assert feed([LONG], limit=len(LONG)) == [LONG]
    (item,) = feed([LONG], limit=len(LONG) - 1)
    assert isinstance(item, Garbled)
    assert item.fatal


@pytest.mark.parametrize("junk", [b"x", b"8=", b"8", b"\x01", b"8=FIX.4.4\x019=", b"8=FIX\x01"])
@pytest.mark.parametrize("swallow", [False, True])
def test_endless_junk_ends_the_stream_at_the_limit(junk: bytes, swallow: bool) -> None:
    framer = Framer(1000, swallow)
    last: list[bytes | Garbled] = []
    for _ in range(2000):
        last = framer.feed(junk) or last
        assert len(framer.rest) <= 1000 + len(junk)
    assert isinstance(last[-1], Garbled)
    assert last[-1].fatal
    assert framer.rest == b""


def test_an_endless_body_under_a_promised_length_is_bounded_when_swallowing() -> None:
    framer = Framer(1000, True)
    items = framer.feed(b"8=FIX.4.4\x019=20\x0135=D\x01")
    while not items:
        items = framer.feed(b"58=" + b"y" * 50 + b"\x01")
    assert isinstance(items[0], Garbled)
    assert items[0].fatal
    assert "no CheckSum(10) found" in items[0].reason


def test_a_message_inside_a_data_field_is_not_a_message() -> None:
    inner = fix("8=FIX.4.4|35=5|34=9|49=A|52=20261120-10:11:12|56=B|").decode()
    body = f"35=D|354={len(inner)}|355={inner}|".replace("|", "\x01")
    outer = f"8=FIX.4.4\x019={len(body)}\x01{body}".encode()
    outer += b"10=%03d\x01" % (sum(outer) % 256)
    assert feed([outer, TEST]) == [outer, TEST]
    assert feed([outer, TEST], swallow=True) == [outer, TEST]


def split(stream: bytes, cuts: list[int]) -> list[bytes]:
    bounds = [0, *sorted(cut % (len(stream) + 1) for cut in cuts), len(stream)]
    return [stream[start:end] for start, end in pairwise(bounds)]


good = st.sampled_from(GOOD)
junk = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([*WRONG.values()]),
    st.sampled_from([TEST[:40], ORDER[:12], b"8=FIX", b"\x018=FIX.4.4\x019=5\x01", b"10=000\x01"]),
    st.tuples(good, st.integers(0, 2999), st.binary(max_size=3)).map(
        lambda mutated: mutated[0][: mutated[1]] + mutated[2] + mutated[0][mutated[1] + 1 :]
    ),
)
cuts = st.lists(st.integers(0, 100_000), max_size=12)


@given(
    st.lists(st.one_of(good, junk), max_size=8), cuts, st.booleans(), st.sampled_from([500, 65536])
)
@example([WRONG["checksum of one digit"]], [33], False, 65536)
@example([TEST[:30], b"8=FIX.4.", TEST], [35], False, 65536)
def test_any_split_gives_the_same_items(
    pieces: list[bytes], cuts: list[int], swallow: bool, limit: int
) -> None:
    stream = b"".join(pieces)
    whole = plain(feed([stream], swallow, limit))
    assert plain(feed(split(stream, cuts), swallow, limit)) == whole
    assert plain(feed([bytes([byte]) for byte in stream], swallow, limit)) == whole


@given(st.lists(st.one_of(good, junk), max_size=8), cuts, st.booleans())
def test_no_byte_is_lost_or_doubled(pieces: list[bytes], cuts: list[int], swallow: bool) -> None:
    stream = b"".join(pieces)
    framer = Framer(swallow=swallow)
    items = [item for chunk in split(stream, cuts) for item in framer.feed(chunk)]
    seen = b"".join(item.raw if isinstance(item, Garbled) else item for item in items)
    if not any(isinstance(item, Garbled) and item.fatal for item in items):
        assert seen + framer.rest == stream


@given(st.lists(st.one_of(good, junk), max_size=8), st.booleans())
def test_what_comes_out_as_a_frame_is_one(pieces: list[bytes], swallow: bool) -> None:
    for frame in frames(feed([b"".join(pieces)], swallow)):
        head, length, rest = frame.split(b"\x01", 2)
        assert head.startswith(b"8=")
        assert int(length.removeprefix(b"9=")) == len(rest) - 7
        assert rest.startswith(b"35=")
        assert frame[-7:] == b"10=%03d\x01" % (sum(frame[:-7]) % 256)


harmless = st.one_of(
    st.binary(max_size=40),
    st.sampled_from([*(value for name, value in WRONG.items() if "too long" not in name)]),
    st.sampled_from([TEST[:5], TEST[:20], ORDER[:-1], ORDER[:-7]]),
)


@given(st.lists(st.tuples(harmless, good), max_size=6), cuts)
def test_every_good_frame_after_junk_is_found_when_rescanning(
    pieces: list[tuple[bytes, bytes]], cuts: list[int]
) -> None:
    stream = b"".join(before + frame for before, frame in pieces)
    found = frames(feed(split(stream, cuts)))
    wanted = [frame for _, frame in pieces]
    assert [frame for frame in found if frame in GOOD] == wanted


# Without the checks that some counterparties cannot pass.
LENIENT = st.sampled_from([(False, True), (True, False), (False, False)])


def lenient(
    chunks: list[bytes], swallow: bool, rules: tuple[bool, bool], limit: int = 65_536
) -> tuple[list[bytes | Garbled], bytes]:
    framer = Framer(limit, swallow, *rules)
    items = [item for chunk in chunks for item in framer.feed(chunk)]
    return items, framer.rest


@settings(deadline=None)
@given(
    st.lists(st.one_of(good, junk), max_size=8),
    cuts,
    st.booleans(),
    LENIENT,
    st.sampled_from([500, 65536]),
)
def test_any_split_gives_the_same_items_without_checks(
    pieces: list[bytes], cuts: list[int], swallow: bool, rules: tuple[bool, bool], limit: int
) -> None:
    stream = b"".join(pieces)
    whole, rest = lenient([stream], swallow, rules, limit)
    in_parts, rest_of_parts = lenient(split(stream, cuts), swallow, rules, limit)
    assert plain(in_parts) == plain(whole)
    one_by_one, _ = lenient([bytes([byte]) for byte in stream], swallow, rules, limit)
    assert plain(one_by_one) == plain(whole)
    seen = b"".join(item.raw if isinstance(item, Garbled) else item for item in whole)
    if not any(isinstance(item, Garbled) and item.fatal for item in whole):
        assert seen + rest == stream
        assert seen + rest_of_parts == stream


@given(st.lists(good, max_size=8), cuts, st.booleans(), LENIENT)
def test_good_frames_come_out_the_same_without_checks(
    pieces: list[bytes], cuts: list[int], swallow: bool, rules: tuple[bool, bool]
) -> None:
    assert lenient(split(b"".join(pieces), cuts), swallow, rules) == (pieces, b"")


def test_without_a_check_of_the_length_a_frame_is_still_bounded() -> None:
    framer = Framer(1000, False, True, False)
    items = framer.feed(b"8=FIX.4.4\x019=5\x0135=0\x01" + b"58=x\x01" * 300)
    assert isinstance(items[-1], Garbled)
    assert items[-1].fatal


def test_rules_that_change_count_for_what_comes_next() -> None:
    framer = Framer()
    wrong = TEST[:-4] + b"999\x01"
    assert isinstance(framer.feed(wrong)[0], Garbled)
    framer = Framer()
    assert framer.feed(TEST) == [TEST]
    framer.follow(65_536, False, False, True)
    assert framer.feed(wrong) == [wrong]


edits = st.lists(st.tuples(st.integers(0, 200), st.integers(0, 9), st.binary(max_size=9)))


@given(st.sampled_from([TEST, ORDER, LOGON]), edits, cuts, st.booleans())
def test_after_any_mutation_of_a_message_the_stream_finds_its_way_back(
    victim: bytes, edits: list[tuple[int, int, bytes]], cuts: list[int], swallow: bool
) -> None:
    for at, size, new in edits:
        victim = victim[:at] + new + victim[at + size :]
    limit = 1000
    after = TEST * (2 * limit // len(TEST))
    items = feed(split(ORDER + victim + after, cuts), swallow, limit)
    assert items[0] == ORDER
    last = items[-1]
    assert last == TEST or (isinstance(last, Garbled) and last.fatal)
