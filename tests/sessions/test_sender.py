"""The writing of messages: header, number, time."""

import pytest

from sessions.sequence import Numbers
from tests.fix import pipes
from tests.sessions.sessions_under_test import NOW, session


def body(text: str) -> str:
    return text.replace("|", "\x01")


def test_a_sent_message_has_the_header_then_its_body() -> None:
    one = session(Numbers(1, 1, 7), sender_sub_id="DESK", target_sub_id="FLOOR")
    out = one.send("8", body("97=Y|37=1|"), NOW)
    assert pipes(out.frame).startswith(
        "8=FIX.4.4|9=78|35=8|49=GATE|56=PEER|34=7|52=20261120-10:00:00.000|50=DESK|57=FLOOR|"
        "97=Y|37=1|10="
    )
    assert (out.seq, out.resent, out.admin, out.epoch) == (7, False, False, 1)


def test_a_message_gets_a_number_also_without_a_connection() -> None:
    one = session()
    assert [one.send("8", body("37=1|"), NOW).seq for _ in range(3)] == [1, 2, 3]
    assert one.numbers == Numbers(1, 1, 4)


def test_a_text_outside_latin_1_is_refused_and_takes_no_number() -> None:
    one = session()
    with pytest.raises(UnicodeEncodeError):
        one.send("8", body("58=\u20ac|"), NOW)
    assert one.send("8", body("58=\u00e9|"), NOW).seq == 1


@pytest.mark.parametrize(
    ("begin_string", "digits", "text"),
    [
        ("FIX.4.4", 0, "20261120-10:00:00"),
        ("FIX.4.4", 3, "20261120-10:00:00.001"),
        ("FIX.4.4", 6, "20261120-10:00:00.001002"),
        ("FIX.4.4", 9, "20261120-10:00:00.001002003"),
        ("FIX.4.4", 12, "20261120-10:00:00.001002003000"),
        ("FIX.4.1", 3, "20261120-10:00:00"),
    ],
)
def test_sending_time_has_the_digits_of_settings_and_version(
    begin_string: str, digits: int, text: str
) -> None:
    one = session(begin_string=begin_string, sending_time_digits=digits)
    frame = one.send("B", "", NOW + 1_002_003).frame
    assert f"|52={text}|" in pipes(frame)


def test_sending_time_moves_with_the_time() -> None:
    one = session(sending_time_digits=9)
    frames = [pipes(one.send("B", "", NOW + step).frame) for step in (0, 1, 1, 1_000_000)]
    times = [frame.split("|52=")[1].split("|")[0][-9:] for frame in frames]
    assert times == ["000000000", "000000001", "000000001", "001000000"]
