"""Replay plans and the bytes of messages sent again."""

from itertools import pairwise

import simplefix
from hypothesis import given
from hypothesis import strategies as st

from sessions.replay import Replay, Step, Stored, as_poss_dup, is_resendable
from tests.fix import fix, pipes

APP, ADMIN, DECLINED, MISSING = "app", "admin", "declined", "missing"


def frame(seq: int, msg_type: str = "8") -> bytes:
    return fix(f"8=FIX.4.4|35={msg_type}|49=A|56=B|34={seq}|52=20261120-10:00:00.000|58=x|")


def stored(seq: int, kind: str) -> Stored:
    if kind == DECLINED:
        return Stored(seq, 0, None)
    return Stored(seq, 0, frame(seq, "8" if kind == APP else "0"))


def serve(begin: int, kinds: list[str], pages: list[int]) -> list[Step]:
    """All steps for numbers from `begin` on, in pages of the given sizes, the last one repeated."""
    end = begin + len(kinds) - 1
    replay = Replay(begin, end, 0)
    steps = []
    while not replay.done:
        size = pages.pop(0) if len(pages) > 1 else pages[0]
        first, last = replay.next_seq, replay.page_end(size)
        known = [(seq, kinds[seq - begin]) for seq in range(first, last + 1)]
        page = [stored(seq, kind) for seq, kind in known if kind != MISSING]
        steps += replay.page(page, last)
    return steps


KINDS = st.lists(st.sampled_from([APP, ADMIN, DECLINED, MISSING]), min_size=1, max_size=40)


@given(begin=st.integers(1, 10**17), kinds=KINDS, pages=st.lists(st.integers(1, 50), min_size=1))
def test_a_plan_covers_the_range_exactly_once(
    begin: int, kinds: list[str], pages: list[int]
) -> None:
    steps = serve(begin, kinds, pages)
    covered = [seq for step in steps for seq in range(step.seq, step.next_seq)]
    assert covered == list(range(begin, begin + len(kinds)))


@given(begin=st.integers(1, 1000), kinds=KINDS, pages=st.lists(st.integers(1, 50), min_size=1))
def test_a_plan_sends_application_messages_and_fills_the_rest(
    begin: int, kinds: list[str], pages: list[int]
) -> None:
    steps = serve(begin, kinds, pages)
    sent = [step.seq for step in steps if step.frame is not None]
    assert sent == [begin + at for at, kind in enumerate(kinds) if kind == APP]
    assert all(step.next_seq == step.seq + 1 for step in steps if step.frame is not None)


@given(begin=st.integers(1, 1000), kinds=KINDS, pages=st.lists(st.integers(1, 50), min_size=1))
def test_adjacent_gaps_are_one_gap_over_pages_too(
    begin: int, kinds: list[str], pages: list[int]
) -> None:
    steps = serve(begin, kinds, pages)
    fills = [step.frame is None for step in steps]
    assert not any(one and two for one, two in pairwise(fills))


def test_what_is_stored_under_a_wrong_number_or_outside_the_page_is_not_sent() -> None:
    replay = Replay(5, 9, 0)
    page = [Stored(3, 0, frame(3)), Stored(6, 0, frame(7)), Stored(8, 0, frame(8))]
    assert repr(replay.page(page, 7)) == "[]"
    assert [(s.seq, s.next_seq, s.frame is None) for s in replay.page(page, 99)] == [
        (5, 8, True),
        (8, 9, False),
        (9, 10, True),
    ]


def test_a_page_that_repeats_a_message_sends_it_once() -> None:
    steps = Replay(1, 2, 0).page([stored(1, APP), stored(1, APP), stored(2, APP)], 2)
    assert [step.seq for step in steps] == [1, 2]


def test_live_messages_wait_in_order_until_they_are_released() -> None:
    replay = Replay(1, 2, held_max_bytes=5)
    assert replay.hold(b"abc")
    assert replay.hold(b"de")
    assert not replay.hold(b"f")
    assert replay.release() == [b"abc", b"de"]
    assert replay.release() == []
    assert replay.hold(b"fghij")


def test_a_replay_covers_what_it_has_not_sent_yet() -> None:
    replay = Replay(1, 9, 0)
    replay.page([], 3)
    assert replay.covers(4, 9)
    assert not replay.covers(3, 9)
    assert not replay.covers(4, 10)


def test_a_reject_is_sent_again_where_that_is_wanted() -> None:
    rejected = [Stored(seq, 0, frame(seq, kind)) for seq, kind in enumerate("0358", 1)]
    sent = [step.seq for step in Replay(1, 4, 0, True).page(rejected, 4) if step.frame is not None]
    assert sent == [2, 4]
    assert not is_resendable(frame(7, "5"), 7, True)


@given(begin=st.integers(1, 1000), kinds=KINDS, pages=st.lists(st.integers(1, 9), min_size=1))
def test_a_gap_sent_in_parts_covers_the_same_numbers(
    begin: int, kinds: list[str], pages: list[int]
) -> None:
    end = begin + len(kinds) - 1
    replay = Replay(begin, end, 0)
    steps: list[Step] = []
    for at in range(10_000):
        if replay.done:
            break
        last = replay.page_end(pages[at % len(pages)])
        known = [(seq, kinds[seq - begin]) for seq in range(replay.next_seq, last + 1)]
        steps += replay.page([stored(s, kind) for s, kind in known if kind != MISSING], last)
        steps += replay.gap_so_far()
    covered = [seq for step in steps for seq in range(step.seq, step.next_seq)]
    assert covered == list(range(begin, end + 1))


def test_only_sound_application_messages_are_sent_again() -> None:
    assert is_resendable(frame(7), 7)
    assert not is_resendable(frame(7), 70)
    assert not is_resendable(frame(70), 7)
    assert not any(is_resendable(frame(7, kind), 7) for kind in "012345A")
    assert is_resendable(frame(7, "AE"), 7)
    assert not is_resendable(b"", 7)
    assert not is_resendable(fix("8=FIX.4.4|35=8|34=7|58=no time|"), 7)


def test_a_message_sent_again_differs_in_the_header_only() -> None:
    old = fix(
        "8=FIX.4.4|35=8|49=A|56=B|34=7|52=20261120-10:00:00.123|50=DESK|97=Y|58=52=no|"
        "354=5|355=a=\x01|\x02|60=20261120-09:00:00|"
    )
    assert pipes(as_poss_dup(old, "20261120-10:05:00.456")).split("|10=")[0] == (
        "8=FIX.4.4|9=135|35=8|49=A|56=B|34=7|52=20261120-10:05:00.456|43=Y|"
        "122=20261120-10:00:00.123|50=DESK|97=Y|58=52=no|354=5|355=a=||\x02|60=20261120-09:00:00"
    )


@given(text=st.text(st.characters(codec="latin-1", exclude_characters="\x01"), min_size=1))
def test_another_codec_finds_its_counts_right(text: str) -> None:
    old = b"35=B\x0149=A\x0156=B\x0134=7\x0152=X\x0158=" + text.encode("latin-1") + b"\x01"
    data = b"8=FIX.4.4\x019=%d\x01%b" % (len(old), old)
    resent = as_poss_dup(data + b"10=%03d\x01" % (sum(data) % 256), "YY")
    other = simplefix.FixParser()
    other.append_buffer(resent)
    message = other.get_message()
    assert message is not None
    assert message.get(43) == b"Y"
    assert message.get(122) == b"X"
    assert message.get(52) == b"YY"
    body = resent[resent.index(b"35=") : -7]
    assert int(message.get(9)) == len(body)
    assert int(message.get(10)) == sum(resent[:-7]) % 256
