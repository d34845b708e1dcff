"""Finding messages in streams and logs, and the verdict on length and checksum."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.cli.raw_fix import SEPARATORS, find_messages, verdict
from sessions.message import encode

FRAME = encode("FIX.4.4", "35=D\x0149=ACME\x0156=FIXGATE\x0134=2\x0111=C1\x01")
TEXT = FRAME.decode("latin-1")


@pytest.mark.parametrize("separator", SEPARATORS, ids=ascii)
def test_a_message_is_found_whatever_stands_for_soh(separator: str) -> None:
    line = "20261120-10:11:12 IN : " + TEXT.replace("\x01", separator) + " (12 us)\n"
    (found,) = find_messages(line.encode("latin-1"))
    assert found.frame == FRAME
    assert found.prefix == "20261120-10:11:12 IN :"
    assert verdict(found.frame).good


def test_a_message_without_its_last_separator_is_whole() -> None:
    (found,) = find_messages(TEXT.replace("\x01", "|").removesuffix("|").encode())
    assert found.frame == FRAME


def test_a_stream_is_cut_into_its_messages() -> None:
    assert [found.frame for found in find_messages(FRAME * 3)] == [FRAME] * 3


def test_lines_are_counted() -> None:
    text = "\n\n" + TEXT + "\nnoise\n" + TEXT + "\r\n"
    assert [found.line for found in find_messages(text.encode())] == [3, 5]


def test_a_text_field_that_looks_like_a_start_is_no_start() -> None:
    frame = encode("FIX.4.4", "35=B\x0158=FIX.4.4\x01148=8\x01")
    assert [found.frame for found in find_messages(frame)] == [frame]


def test_a_data_field_may_hold_a_newline() -> None:
    frame = encode("FIX.4.4", "35=B\x0195=3\x0196=a\nb\x01")
    assert [found.frame for found in find_messages(b"log\n" + frame + b"\n")] == [frame]


def test_a_cut_message_ends_with_its_line() -> None:
    cut, whole = find_messages(b"8=FIX.4.4|9=5|35=0|34=2\n" + FRAME)
    assert cut.frame == b"8=FIX.4.4\x019=5\x0135=0\x0134=2\x01"
    assert verdict(cut.frame).check_sum is None
    assert not verdict(cut.frame).good
    assert whole.frame == FRAME


def test_nothing_is_found_in_noise() -> None:
    assert list(find_messages(b"no FIX here, 8=FOO|9=1|\n")) == []


def test_the_verdict_tells_given_and_true() -> None:
    wrong = FRAME.replace(b"9=3", b"9=4").replace(b"11=C1", b"11=C2")
    told = verdict(wrong)
    assert (told.body_length, told.body_length_given) == (35, 45)
    assert told.check_sum != told.check_sum_given
    assert not told.good


def test_a_missing_body_length_is_not_good() -> None:
    assert verdict(b"8=FIX.4.4\x0135=0\x0110=000\x01").body_length is None


@given(st.binary(max_size=300))
def test_any_bytes_are_searched_without_a_fault(data: bytes) -> None:
    for found in find_messages(data):
        verdict(found.frame)


@given(
    st.lists(
        st.text("abc |^=<>0189FIX.", max_size=20).filter(lambda noise: "8=FIX" not in noise),
        max_size=4,
    )
)
def test_whole_messages_between_noise_are_all_found(noises: list[str]) -> None:
    text = "".join(f"{noise}\n{TEXT}\n" for noise in noises)
    assert [found.frame for found in find_messages(text.encode())] == [FRAME] * len(noises)
