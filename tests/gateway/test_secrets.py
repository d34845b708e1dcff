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
