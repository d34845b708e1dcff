"""Passwords never reach the record; every other byte does."""

from __future__ import annotations

import pytest

from gateway.secrets import blanked
from tests.fix import fix

LOGON = "8=FIX.4.4|35=A|34=1|49=ACME|52=20261121-12:00:00|56=GATE|98=0|108=30|553=joe|"


@pytest.mark.parametrize(
    ("tail", "kept"),
    [
        ("554=s3cret|", "554=******|"),
        ("554=old|925=newer|", "554=***|925=*****|"),
        ("554=|", "554=|"),
        ("95=6|96=ab\x01c=d|", "95=6|96=******|"),
        ("95=2|96=abcd|", "95=2|96=****|"),
        ("96=ab|95=2|", "96=**|95=2|"),
        ("1401=3|1402=a\x01b|1403=02|1404=cd|", "1401=3|1402=***|1403=02|1404=**|"),
    ],
)
def test_secrets_of_a_logon_are_blanked_to_their_length(tail: str, kept: str) -> None:
    frame = fix(LOGON + tail)
    blank = blanked(frame)
    assert kept.replace("|", "\x01").encode() in blank
    assert len(blank) == len(frame)
    assert b"553=joe" in blank


def test_other_messages_are_kept_to_the_byte() -> None:
    frame = fix("8=FIX.4.4|35=D|34=2|49=ACME|56=GATE|11=X|554=not-a-password-here|58=hello|")
    assert blanked(frame) is frame


def test_a_raw_data_length_beyond_the_frame_does_no_harm() -> None:
    frame = b"8=FIX.4.4\x019=5\x0135=A\x0195=99999\x0196=abc\x0110=000\x01"
    assert len(blanked(frame)) == len(frame)
    assert b"abc" not in blanked(frame)


@pytest.mark.parametrize("kind", ["BE", "BF"])
def test_user_messages_are_blanked_as_well(kind: str) -> None:
    frame = fix(LOGON.replace("35=A", f"35={kind}") + "554=s3cret|925=newer|")
    assert b"554=******\x01925=*****\x01" in blanked(frame)


def test_garbled_bytes_are_blanked_if_they_may_be_of_a_logon() -> None:
    far = b"8=FIX.4.4\x01" + b"58=" + b"x" * 100 + b"\x0135=A\x01554=s3cret\x01"
    rest = b"8=FIX.4.4\x01553=joe\x01554=s3cret\x01"
    news = b"8=FIX.4.4\x0135=B\x0195=3\x0196=abc\x01"
    for raw in (far, rest):
        assert b"s3cret" not in blanked(raw, garbled=True)
    assert blanked(news, garbled=True) == news
