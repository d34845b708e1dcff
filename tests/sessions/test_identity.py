"""Whose session a first message names."""

import pytest

from sessions.identity import identify
from tests.fix import fix


@pytest.mark.parametrize(
    ("text", "identity"),
    [
        ("8=FIX.4.4|35=A|49=PEER|56=GATE|", ("FIX.4.4", "PEER", "GATE")),
        ("8=FIX.9.9|35=A|56=GATE|49=PEER|34=x|", ("FIX.9.9", "PEER", "GATE")),
        ("8=FIX.4.4|35=A|49=|56=GATE|", ("FIX.4.4", "", "GATE")),
        ("8=FIX.4.4|35=0|49=PEER|56=GATE|", None),
        ("8=FIX.4.4|35=A|49=PEER|", None),
        ("8=FIX.4.4|35=A|56=GATE|", None),
        ("8=FIX.4.4|35=A|49=PEER|56=GATE|x=1|", None),
    ],
)
def test_the_first_message_names_its_session(
    text: str, identity: tuple[str, str, str] | None
) -> None:
    assert identify(fix(text)) == identity


@pytest.mark.parametrize("frame", [b"", b"\x01", b"35=A\x0149=A\x0156=B\x01", b"\xff" * 50])
def test_no_bytes_break_it(frame: bytes) -> None:
    assert identify(frame) in (None, ("", "A", "B"))


def test_sub_ids_and_locations_are_named_where_they_are_asked_for() -> None:
    frame = fix("8=FIX.4.4|35=A|49=PEER|56=GATE|50=DESK|143=NYC|")
    assert identify(frame) == ("FIX.4.4", "PEER", "GATE")
    assert identify(frame, sub_ids=True) == ("FIX.4.4", "PEER", "GATE", "DESK", "", "", "NYC")
