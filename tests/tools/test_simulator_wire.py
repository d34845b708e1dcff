"""Reading and writing of the simulators: simplefix, with lengths and checksums counted again."""

import pytest

from tests.fix import fix, pipes
from tools.fix_peer.wire import (
    Broken,
    Reader,
    Received,
    encode,
    msg_type_of,
    read_one,
    resent,
    timestamp,
)

ORDER = fix("8=FIX.4.4|35=D|49=ACME|56=SIM|34=7|52=20261120-10:00:00.000|11=A|38=100|")
NANOSECONDS = 1_000_000_000
TEN_O_CLOCK = 1_795_168_800 * NANOSECONDS  # 2026-11-20 10:00:00 UTC


def test_messages_come_out_whole_however_the_bytes_are_cut() -> None:
    stream = ORDER * 3
    for cut in range(len(stream)):
        reader = Reader()
        found = [*reader.feed(stream[:cut]), *reader.feed(stream[cut:])]
        assert [item.raw for item in found] == [ORDER] * 3


def test_a_large_piece_gives_every_message_of_it() -> None:
    assert len(list(Reader().feed(ORDER * 500))) == 500


def test_data_may_hold_what_ends_a_field() -> None:
    data = fix("8=FIX.4.4|35=0|34=1|95=5|96=a|11=|58=x|")
    for cut in range(len(data)):
        reader = Reader()
        found = [*reader.feed(ORDER + data[:cut]), *reader.feed(data[cut:] + ORDER)]
        assert [item.raw for item in found] == [ORDER, data, ORDER]
    assert read_one(data).get("96") == "a\x0111="


def test_a_received_message_knows_its_type_number_and_fields() -> None:
    message = read_one(ORDER)
    assert (message.msg_type, message.seq, message.poss_dup) == ("D", 7, False)
    assert message.get("38") == "100"
    assert message.get("44", "none") == "none"


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (ORDER.replace(b"38=100", b"38=101"), "CheckSum(10)"),
        (fix("8=FIX.4.4|9=5|35=0|34=1|"), "BodyLength(9)"),
        (fix("8=FIX.4.4|9=xx|35=0|34=1|"), "BodyLength(9)"),
        (fix("8=FIX.4.4|49=A|35=0|34=1|"), "first three fields"),
        (fix("8=FIX.4.4|35=0|34=x|"), "MsgSeqNum(34)"),
        (fix("8=FIX.4.4|35=0|34=1|58=|"), "EmptyValueError"),
        (fix("8=FIX.4.4|35=0|abc=1|34=1|"), "TagNotNumberError"),
    ],
)
def test_what_is_no_message_is_broken_and_says_why(raw: bytes, reason: str) -> None:
    (item,) = Reader().feed(raw)
    assert isinstance(item, Broken)
    assert reason in item.reason


def test_reading_goes_on_after_a_wrong_checksum() -> None:
    bad = ORDER.replace(b"38=100", b"38=101")
    first, second = Reader().feed(bad + ORDER)
    assert isinstance(first, Broken)
    assert isinstance(second, Received)


def test_written_messages_read_back() -> None:
    raw = encode("FIX.4.2", "D", [("49", "ACME"), ("34", "3"), ("58", "gr\u00fcn")])
    message = read_one(raw)
    assert msg_type_of(raw) == "D"
    assert (message.get("8"), message.seq, message.get("58")) == ("FIX.4.2", 3, "gr\u00fcn")


def test_a_resent_message_differs_in_its_marks_only() -> None:
    assert pipes(resent(ORDER, TEN_O_CLOCK + 5 * NANOSECONDS)) == pipes(
        fix(
            "8=FIX.4.4|35=D|49=ACME|56=SIM|34=7|43=Y|52=20261120-10:00:05.000|"
            "122=20261120-10:00:00.000|11=A|38=100|"
        )
    )


def test_a_time_is_written_with_milliseconds() -> None:
    assert timestamp(TEN_O_CLOCK + 7_999_999) == "20261120-10:00:00.007"


def test_a_part_of_a_message_is_not_one() -> None:
    with pytest.raises(ValueError, match="not one whole FIX message"):
        read_one(ORDER[:-1])
