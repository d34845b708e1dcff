"""The prepared bytes are FIX: read by simplefix, and valid by our own dictionary."""

from datetime import UTC, datetime

import pytest
import simplefix
from hypothesis import given
from hypothesis import strategies as st

from sessions.dictionary import builtin
from sessions.message import Message, parse
from sessions.validation import ValidationRules, validate
from tools.bench.broker import Broker
from tools.bench.columns import Columns
from tools.bench.errors import BenchError
from tools.bench.prepared import CYCLE, Orders
from tools.bench.sink import client_reports
from tools.bench.wire import frame, split_frames, utc_text, value, whole_until

NOON_NS = int(datetime(2026, 11, 20, 12, 0, 0, 7_000, tzinfo=UTC).timestamp() * 1000) * 1_000_000


def fields_of(message: bytes) -> dict[bytes, bytes]:
    parser = simplefix.FixParser()
    parser.append_buffer(message)
    return dict(parser.get_message().pairs)


def logged_on_broker() -> Broker:
    broker = Broker("BROKER", "FIXGATE")
    broker.handle(frame(b"35=A\x0134=1\x0198=0\x01108=30\x01"))
    return broker


def orders(count: int, next_seq: int = 2) -> list[bytes]:
    return split_frames(Orders(b"BENCH", b"FIXGATE", next_seq, 1).take(count))


def assert_valid(message: bytes) -> None:
    parsed = parse(message)
    assert isinstance(parsed, Message)
    assert validate(parsed, builtin("FIX44"), ValidationRules()) is None


@given(st.binary(min_size=1, max_size=400).map(lambda data: bytes(b % 94 + 33 for b in data)))
def test_a_frame_is_what_simplefix_would_make_of_the_same_fields(text: bytes) -> None:
    message = simplefix.FixMessage()
    message.append_pair(8, "FIX.4.4")
    message.append_pair(35, "B")
    message.append_pair(58, text)
    assert frame(b"35=B\x0158=%b\x01" % text) == message.encode()


def test_a_time_has_milliseconds() -> None:
    assert utc_text(NOON_NS + 7_900_000) == b"20261120-12:00:00.014"


def test_whole_frames_end_where_the_last_trailer_ends_however_the_stream_is_cut() -> None:
    first, second = frame(b"35=0\x0134=1\x01"), frame(b"35=0\x0134=2\x01")
    stream = first + second
    for cut in range(len(stream)):
        assert whole_until(stream[:cut]) == (len(first) if cut >= len(first) else 0)
    assert whole_until(stream) == len(stream)


@pytest.mark.parametrize("old", [b"35=0", b"34=1", b"9=10", b"10="])
def test_a_changed_byte_shows(old: bytes) -> None:
    message = frame(b"35=0\x0134=1\x01")
    assert split_frames(message) == [message]
    with pytest.raises(BenchError):
        split_frames(message.replace(old, old[:-1] + bytes([old[-1] ^ 3])))


def test_orders_are_numbered_without_a_gap_and_valid() -> None:
    built = orders(1200, next_seq=9)
    assert [value(order, b"34") for order in built] == [b"%d" % n for n in range(9, 1209)]
    assert len({value(order, b"11") for order in built}) == 1200
    for order in built[::100]:
        assert_valid(order)
        assert fields_of(order)[b"56"] == b"FIXGATE"


def test_no_two_orders_of_a_cycle_are_alike() -> None:
    terms = {
        tuple(value(order, tag) for tag in (b"55", b"54", b"38", b"44")) for order in orders(CYCLE)
    }
    assert len(terms) == CYCLE


def test_numbers_of_orders_given_back_are_given_again() -> None:
    stream = Orders(b"BENCH", b"FIXGATE", 2, 1)
    stream.prepare(10)
    stream.take(4)
    assert stream.unsent == 6
    stream.give_back()
    following = split_frames(stream.take(1))[0]
    assert (value(following, b"34"), value(following, b"11")) == (b"6", b"O000000005")


def test_columns_hold_the_same_field_of_every_message() -> None:
    built = orders(7)
    columns = Columns(b"".join(built))
    assert columns.ok
    assert columns.count == 7
    assert columns.column(b"11=") == [b"11=" + value(order, b"11") for order in built]


def test_messages_of_different_layout_are_no_columns() -> None:
    order = orders(1)[0]
    assert not Columns(order + frame(b"35=0\x0134=3\x01")).ok
    assert not Columns(frame(b"35=0\x0134=2\x01") + frame(b"35=1\x0134=3\x01")).ok


def test_the_broker_answers_an_order_with_new_and_fill() -> None:
    order = orders(1)[0]
    new, fill = split_frames(logged_on_broker().handle(order))
    for report in (new, fill):
        assert_valid(report)
        for tag in (b"11", b"55", b"54", b"38", b"44"):
            assert value(report, tag) == value(order, tag)
    new_fields, fill_fields = fields_of(new), fields_of(fill)
    all_of_it = value(order, b"38")
    assert (new_fields[b"150"], new_fields[b"151"], new_fields[b"14"]) == (b"0", all_of_it, b"0")
    assert (fill_fields[b"150"], fill_fields[b"151"], fill_fields[b"14"]) == (b"F", b"0", all_of_it)
    assert fill_fields[b"31"] == value(order, b"44")
    assert (new_fields[b"34"], fill_fields[b"34"]) == (b"2", b"3")
    assert new_fields[b"17"] != fill_fields[b"17"]


def test_the_broker_answers_mixed_messages_one_by_one_in_order() -> None:
    stream = orders(1)[0] + frame(b"35=1\x0134=3\x01112=HELLO\x01") + orders(1, next_seq=4)[0]
    answers = split_frames(logged_on_broker().handle(stream))
    assert [value(answer, b"35") for answer in answers] == [b"8", b"8", b"0", b"8", b"8"]
    assert [value(answer, b"34") for answer in answers] == [b"2", b"3", b"4", b"5", b"6"]
    assert value(answers[2], b"112") == b"HELLO"


def test_the_broker_tells_a_gap() -> None:
    with pytest.raises(BenchError, match=r"MsgSeqNum\(34\) from 2"):
        logged_on_broker().handle(orders(1, next_seq=3)[0])


def test_the_broker_refuses_what_a_benchmark_does_not_send() -> None:
    with pytest.raises(BenchError, match="35=2"):
        logged_on_broker().handle(frame(b"35=2\x0134=2\x01"))


def test_the_broker_goes_on_with_its_numbers_unless_asked_to_reset() -> None:
    broker = logged_on_broker()
    again = broker.handle(frame(b"35=A\x0134=2\x0198=0\x01108=30\x01"))
    assert value(again, b"34") == b"2"
    reset = broker.handle(frame(b"35=A\x0134=1\x0198=0\x01108=30\x01141=Y\x01"))
    assert (value(reset, b"34"), value(reset, b"141")) == (b"1", b"Y")


@pytest.mark.parametrize(("with_fills", "kinds"), [(True, [b"0", b"F"] * 3), (False, [b"0"] * 3)])
def test_the_sink_prepares_what_a_client_expects(with_fills: bool, kinds: list[bytes]) -> None:
    reports = client_reports(3, with_fills)
    assert [value(report, b"150") for report in reports] == kinds
    assert [value(report, b"34") for report in reports] == [
        b"%d" % number for number in range(2, len(kinds) + 2)
    ]
    assert split_frames(b"".join(reports)) == reports
