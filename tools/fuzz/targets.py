"""What is fuzzed: each target takes any bytes and fails if a promise is broken.

Owns the dict `TARGETS`. Knows no fuzzer: the tests feed it what was found before.
"""

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from sessions.config import SessionConfig
from sessions.describe import describe
from sessions.dictionary import Dictionary, builtin
from sessions.effects import Inbound, Outbound, Taken
from sessions.framing import Framer
from sessions.groups import read_group
from sessions.message import TRAILERS, Garbled, Message, Parser, byte_sum, encode
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.state import CONNECTED
from sessions.validation import ValidationRules, Validator
from sessions.values import NS_PER_S, format_utc_timestamp, parse_utc_timestamp

NOW: Final = parse_utc_timestamp("20261120-10:00:00")
GOOD: Final = encode("FIX.4.4", "35=0\x0149=PEER\x0156=GATE\x0134=2\x0152=20261120-10:00:00\x01")
_LIMITS: Final = (256, 1024, 65_536)
_HOPELESS_BYTES: Final = 70_000  # more than any limit
_STEPS_MAX: Final = 10_000
_TRAILER_BYTES: Final = 7

Target = Callable[[bytes], None]


def framing(data: bytes) -> None:
    """Any bytes in any split: the same items, no byte lost, every frame sound, and a way back.

    The first byte says how to split and what the framer is told.
    """
    control, stream = data[:1] or b"\0", data[1:]
    swallow, limit = (
        bool(control[0] & 1),
        _LIMITS[control[0] >> 1 & 3 if control[0] & 6 != 6 else 0],
    )
    step = (control[0] >> 3) + 1
    framer = Framer(limit, swallow)
    whole = framer.feed(stream)
    other = Framer(limit, swallow)
    split = [
        item for at in range(0, len(stream), step) for item in other.feed(stream[at : at + step])
    ]
    assert _plain(split) == _plain(whole), "another split gives other items"
    dead = any(isinstance(item, Garbled) and item.fatal for item in whole)
    assert dead or b"".join(map(_raw, whole)) + framer.rest == stream, "bytes are lost"
    for item in whole:
        if isinstance(item, bytes):
            _sound(item, limit)
    if not dead:
        _finds_its_way_back(framer)


def _raw(item: bytes | Garbled) -> bytes:
    return item.raw if isinstance(item, Garbled) else item


def _plain(items: list[bytes | Garbled]) -> list[tuple[bytes, str, bool]]:
    return [(i.raw, i.reason, i.fatal) if isinstance(i, Garbled) else (i, "", False) for i in items]


def _sound(frame: bytes, limit: int) -> None:
    assert len(frame) <= limit, "a frame above the limit"
    begin, length, body = frame.split(b"\x01", 2)
    assert begin.startswith(b"8="), "no BeginString(8)"
    assert int(length.removeprefix(b"9=")) == len(body) - _TRAILER_BYTES, "wrong BodyLength(9)"
    assert body.startswith(b"35="), "no MsgType(35)"
    trailer = TRAILERS[byte_sum(frame[:-_TRAILER_BYTES])]
    assert frame.endswith(trailer), "wrong CheckSum(10)"


def _finds_its_way_back(framer: Framer) -> None:
    """After enough good messages one is found, or the stream is given up."""
    for _ in range(_HOPELESS_BYTES // len(GOOD)):
        for item in framer.feed(GOOD):
            if item == GOOD or (isinstance(item, Garbled) and item.fatal):
                return
    raise AssertionError("good messages are not found any more")


def decode(data: bytes) -> None:
    """A message of any fields: parsed, judged, read again as its form, and described."""
    strict = Validator(_dictionary(), ValidationRules(check_user_defined_fields=True))
    loose = Validator(_dictionary(), ValidationRules(False, False, False, True, True))
    parser = Parser(_dictionary().data_fields)
    frame = encode("FIX.4.4", "35=" + data.decode("latin-1") + "\x01")
    message = parser.parse(frame)
    if isinstance(message, Garbled):
        return
    assert "".join(f"{pair}\x01" for pair in message.pairs) == frame.decode("latin-1")
    for validator in (strict, loose):
        verdicts = [validator.check(message) for _ in range(3)]
        assert len({v and (v.reason, v.ref_tag) for v in verdicts}) == 1, "it changes its mind"
        again = validator.read(frame)
        assert again is None or (again.fields, verdicts[0]) == (message.fields, None)
    _groups(message)
    describe(message, _dictionary())


def _groups(message: Message) -> None:
    definition = _dictionary().messages.get(message.msg_type)
    for group in definition.groups.values() if definition is not None else ():
        read_group(message, group)


def session(data: bytes) -> None:
    """Lines of "type body" from a peer that is logged on: numbers never fall, nothing is lost in
    an endless loop, and whatever is delivered has its turn.

    A line's first byte is added to the expected number, less 64: "@" is in sequence.
    """
    one = _logged_on()
    now = NOW
    for line in data.split(b"\n")[:50]:
        now += NS_PER_S
        if one.state not in CONNECTED:
            return
        before = (one.numbers.epoch, one.numbers.next_in, one.numbers.next_out)
        effects = one.receive(_frame(one, line, now), now)
        for _ in range(_STEPS_MAX):
            if not one.ready:
                break
            effects += one.drain(now)
        assert not one.ready, "there is no end to it"
        if one.replay is not None:
            effects += one.serve_page(one.replay, [], one.replay.end, now)
        delivered = [e for e in effects if isinstance(e, Inbound | Taken) and e.message is not None]
        turns = [e.seq for e in delivered]
        assert turns == sorted(turns), "delivered out of turn"
        for effect in effects:
            if isinstance(effect, Outbound):
                _sound(effect.frame, 1 << 30)
        assert (one.numbers.epoch, one.numbers.next_in, one.numbers.next_out) >= before
        one.tick(now)


def _logged_on() -> Session:
    config = SessionConfig(
        begin_string="FIX.4.4",
        sender_comp_id="GATE",
        target_comp_id="PEER",
        role="acceptor",
        resend_request_chunk_size=3,
        enable_next_expected_msg_seq_num=True,
        stash_max_messages=10,
    )
    one = Session(config, _dictionary(), Numbers())
    one.connected(NOW)
    one.receive(_message("A", 1, "98=0\x01108=30\x01", NOW), NOW)
    return one


def _frame(one: Session, line: bytes, now: int) -> bytes:
    text = line.decode("latin-1")
    kind, _, body = text[1:].partition(" ")
    seq = max(one.numbers.next_in + ord(text[:1] or "@") - 64, 0)
    return _message(kind, seq, body.replace("|", "\x01"), now)


def _message(kind: str, seq: int, body: str, now: int) -> bytes:
    time = format_utc_timestamp(now)
    return encode("FIX.4.4", f"35={kind}\x0149=PEER\x0156=GATE\x0134={seq}\x0152={time}\x01{body}")


def _dictionary() -> Dictionary:
    return builtin("FIX44")


TARGETS: Final[Mapping[str, Target]] = MappingProxyType(
    {"framing": framing, "decode": decode, "session": session}
)
