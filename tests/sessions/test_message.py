"""Messages: parsing and encoding, data fields, and agreement with an independent codec."""

from random import Random

import pytest
import simplefix
from hypothesis import given
from hypothesis import strategies as st

from fix_specs import VERSIONS
from sessions.dictionary import builtin
from sessions.framing import Framer
from sessions.message import TRAILERS, Garbled, Message, byte_sum, encode, parse
from tests.fix import fix, pipes
from tests.sessions.random_messages import RandomMessages, body_of


def parsed(text: str) -> Message:
    message = parse(fix(text))
    assert isinstance(message, Message), message
    return message


def test_a_message_has_its_fields_in_wire_order_and_its_bytes() -> None:
    message = parsed("8=FIX.4.4|35=0|34=2|112=a=b|58=é|")
    assert message.msg_type == "0"
    assert message.raw == fix("8=FIX.4.4|35=0|34=2|112=a=b|58=é|")
    assert list(message.fields) == ["8", "9", "35", "34", "112", "58", "10"]
    assert message.fields["112"] == "a=b"
    assert message.fields["58"] == "é"
    assert message.pairs[3:5] == ["34=2", "112=a=b"]
    assert message.unique
    assert repr(message) == f"Message({pipes(message.raw)})"


def test_the_first_of_repeated_tags_is_kept_and_all_pairs_are() -> None:
    message = parsed("8=FIX.4.4|35=D|453=2|448=A|447=D|448=B|447=E|")
    assert message.fields["448"] == "A"
    assert message.fields["447"] == "D"
    assert list(message.fields) == ["8", "9", "35", "453", "448", "447", "10"]
    assert message.pairs[4:8] == ["448=A", "447=D", "448=B", "447=E"]
    assert not message.unique


@pytest.mark.parametrize("tag", ["0", "-1", "011", "999999999999"])
def test_an_odd_number_is_a_field_all_the_same(tag: str) -> None:
    message = parsed(f"8=FIX.4.4|35=0|{tag}=HI|58=x|")
    assert message.fields[tag] == "HI"
    assert message.unique


def test_an_empty_value_is_a_value() -> None:
    assert parsed("8=FIX.4.4|35=0|58=|").fields["58"] == ""


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("8=FIX.4.4|35=0|garbled=x|", "field 4: tag 'garbled' is not a number"),
        ("8=FIX.4.4|35=0|4x=5|", "field 4: tag '4x' is not a number"),
        ("8=FIX.4.4|35=0|²=5|", "field 4: tag '²' is not a number"),
        ("8=FIX.4.4|35=0|-=5|", "field 4: tag '-' is not a number"),
        ("8=FIX.4.4|35=0|=5|", "field 4 is not tag=value<SOH>"),
        ("8=FIX.4.4|35=0|58|112=x|", "field 4 is not tag=value<SOH>"),
        ("8=FIX.4.4|35=0||58=x|", "field 4 is not tag=value<SOH>"),
        ("8=FIX.4.4|35=B|354=3|355=abcd|", "data field 355 does not end after 3 bytes"),
        ("8=FIX.4.4|35=B|354=5|355=abcd|", "data field 355 does not end after 5 bytes"),
        ("8=FIX.4.4|35=B|354=1000000000|355=a|", "data field 355 does not end after 1000000000"),
        (f"8=FIX.4.4|35=B|354={'3' * 5000}|355=a|", "data field 355 does not end after 33333"),
    ],
)
def test_what_is_no_sequence_of_fields_is_garbled(text: str, reason: str) -> None:
    garbled = parse(fix(text))
    assert isinstance(garbled, Garbled)
    assert garbled.reason.startswith(reason)
    assert len(garbled.reason) < 100
    assert garbled.raw == fix(text)
    assert not garbled.fatal


def test_bytes_without_a_last_delimiter_are_garbled() -> None:
    for data in (b"", b"8=FIX.4.4", b"8=FIX.4.4\x0135=0"):
        assert isinstance(parse(data), Garbled)


def test_a_data_field_is_cut_by_its_length() -> None:
    message = parsed("8=FIX.4.4|35=B|95=9|96=a|10=b|=c|58=x|")
    assert message.fields["96"] == "a\x0110=b\x01=c"
    assert message.fields["58"] == "x"
    assert message.pairs[4] == "96=a\x0110=b\x01=c"
    assert message.unique


def test_the_odd_pairs_are_known_without_a_dictionary() -> None:
    assert parsed("8=FIX.4.4|35=0|93=3|89=a|b|").fields["89"] == "a\x01b"
    assert parsed("8=FIXT.1.1|35=0|1525=3|1527=a|b|").fields["1527"] == "a\x01b"


def test_a_length_that_is_none_cuts_at_the_delimiter_and_is_left_to_validation() -> None:
    for length in ("-3", "xyz", "", "+3"):
        assert parsed(f"8=FIX.4.4|35=B|354={length}|355=abc|").fields["355"] == "abc"


def test_a_data_field_away_from_its_length_is_cut_at_the_delimiter() -> None:
    message = parsed("8=FIX.4.4|35=B|354=3|58=x|355=ab|59=cd|")
    assert message.fields["355"] == "ab"
    assert message.fields["59"] == "cd"


def test_the_callers_pairs_replace_the_built_in_ones() -> None:
    frame = fix("8=FIX.4.4|35=0|5001=3|5002=a|b|")
    assert isinstance(parse(frame), Garbled)
    message = parse(frame, {"5001": "5002"})
    assert isinstance(message, Message)
    assert message.fields["5002"] == "a\x01b"


@given(st.binary(max_size=3000))
def test_the_checksum_is_the_byte_sum(data: bytes) -> None:
    assert byte_sum(data) == sum(data) % 256
    assert TRAILERS[byte_sum(data)] == b"10=%03d\x01" % (sum(data) % 256)


def test_the_checksum_of_many_high_bytes_does_not_wrap() -> None:
    for length in (255, 256, 257, 258, 65_536):
        assert byte_sum(b"\xff" * length) == 255 * length % 256


def test_text_outside_latin_1_is_not_encoded_into_something_else() -> None:
    with pytest.raises(UnicodeEncodeError):
        encode("FIX.4.4", "35=B\x0158=€\x01")


@given(st.binary(max_size=60))
def test_any_bytes_parse_or_are_garbled(data: bytes) -> None:
    for raw in (data, fix("8=FIX.4.4|35=0|") + data + b"\x01"):
        result = parse(raw)
        if isinstance(result, Message):
            assert "\x01".join(result.pairs).encode("latin-1") + b"\x01" == raw
            assert result.unique == (len(result.fields) == len(result.pairs))


@pytest.mark.parametrize("version", VERSIONS)
def test_an_independent_codec_reads_what_ours_writes_and_writes_what_ours_reads(
    version: str,
) -> None:
    dictionary = builtin(version)
    for msg_type in dictionary.messages:
        source = f"simplefix {version} {msg_type}"
        pairs = RandomMessages(dictionary, Random(source)).pairs(msg_type)
        frame = encode(dictionary.begin_string, body_of(pairs))

        theirs = simplefix.FixMessage()
        theirs.append_pair(8, dictionary.begin_string)
        for tag, value in pairs:
            theirs.append_pair(tag, value.encode("latin-1"))
        assert theirs.encode() == frame, source

        assert Framer().feed(frame) == [frame], source
        ours = parse(frame, dictionary.data_fields)
        assert isinstance(ours, Message), source
        parser = simplefix.FixParser()
        for length, data in dictionary.data_fields.items():
            parser.add_raw(int(length), int(data))
        parser.append_buffer(frame)
        read = parser.get_message()
        assert [f"{int(tag)}={value.decode('latin-1')}" for tag, value in read] == ours.pairs
