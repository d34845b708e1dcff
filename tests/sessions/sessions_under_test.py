"""A session called GATE, its peer PEER, a fixed time, and messages between them."""

from typing import Any

from sessions.config import SessionConfig
from sessions.dictionary import builtin
from sessions.effects import Alarm, Disconnect, Effect, Inbound, Outbound, ReplayBegun, Taken
from sessions.sequence import Numbers
from sessions.session import Session
from sessions.values import NS_PER_S, format_utc_timestamp, parse_utc_timestamp
from tests.fix import fix, pipes

NOW = parse_utc_timestamp("20261120-10:00:00.000")
ORDER = "11=A1|21=1|55=ABC|54=1|60=20261120-10:00:00|38=100|40=1|"


def config(**settings: Any) -> SessionConfig:
    """The settings of GATE, an acceptor of FIX.4.4 unless told otherwise."""
    known = {
        "begin_string": "FIX.4.4",
        "sender_comp_id": "GATE",
        "target_comp_id": "PEER",
        "role": "acceptor",
    }
    return SessionConfig(**{**known, **settings})


def session(numbers: Numbers | None = None, **settings: Any) -> Session:
    """A session without a connection."""
    chosen = config(**settings)
    dictionary = builtin(chosen.begin_string.replace(".", ""))
    return Session(chosen, dictionary, numbers or Numbers(), name="PEER")


def message(msg_type: str, seq: int | str, body: str = "", now: int = NOW) -> bytes:
    """A message of the peer."""
    time = format_utc_timestamp(now, 3)
    return fix(f"8=FIX.4.4|35={msg_type}|49=PEER|56=GATE|34={seq}|52={time}|{body}")


def again(msg_type: str, seq: int, body: str = "") -> bytes:
    """A message of the peer sent again."""
    return message(msg_type, seq, "43=Y|122=20261120-09:00:00.000|" + body)


def logged_on(numbers: Numbers | None = None, **settings: Any) -> Session:
    """A session that has just logged on; its numbers are one further in both directions."""
    one = session(numbers, **settings)
    one.connected(NOW)
    one.receive(message("A", one.numbers.next_in, "98=0|108=30|"), NOW)
    assert one.logged_on
    return one


def sent(effects: list[Effect]) -> list[str]:
    """What was sent, from MsgType(35) on and without times and CheckSum(10)."""
    frames = [pipes(e.frame) for e in effects if isinstance(e, Outbound)]
    return [
        "|".join(
            pair
            for pair in frame.strip("|").split("|")
            if pair.split("=")[0] not in ("8", "9", "10", "49", "56", "52", "122")
        )
        for frame in frames
    ]


def delivered(effects: list[Effect]) -> list[int]:
    """The numbers of delivered messages."""
    taken = [e for e in effects if isinstance(e, (Inbound, Taken)) and e.message is not None]
    return [e.seq for e in taken]


def alarms(effects: list[Effect]) -> list[str]:
    """The codes of alarms."""
    return [e.code for e in effects if isinstance(e, Alarm)]


def of(kind: type[Effect], effects: list[Effect]) -> list[Any]:
    """The effects of a kind."""
    return [e for e in effects if type(e) is kind]


def seconds(number: float) -> int:
    """Nanoseconds."""
    return int(number * NS_PER_S)


__all__ = [
    "NOW",
    "ORDER",
    "Disconnect",
    "ReplayBegun",
    "again",
    "alarms",
    "config",
    "delivered",
    "logged_on",
    "message",
    "of",
    "seconds",
    "sent",
    "session",
]
