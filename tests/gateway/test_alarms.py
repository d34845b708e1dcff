"""Alarms that strangers cause fill no log; all others are told, always."""

from __future__ import annotations

from pathlib import Path

from gateway.alarm_list import KEPT_MAX, AlarmList, alarm_key
from gateway.alarms import KEPT, Alarms
from gateway.events import AlarmAcknowledged, AlarmRaised
from gateway.evidence import RECORD_BYTES
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import NOON as NOW
from tests.gateway.links import Gate


def record(_code: str, _text: str, _now: int) -> None:
    """Nothing has to be remembered here."""


def test_the_newest_are_kept_and_all_are_counted() -> None:
    alarms = Alarms({}, record)
    for number in range(KEPT + 5):
        alarms.add("ORDERS", str(number))
    assert [text for _, _, text in alarms.newest] == [str(n) for n in range(5, KEPT + 5)]
    assert alarms.counts == {"ORDERS": KEPT + 5}


def test_strangers_have_a_limit_that_stops_nobody_else() -> None:
    limits_hit: dict[str, int] = {}
    alarms = Alarms(limits_hit, record)
    alarms.limit_strangers(2 * (RECORD_BYTES + 10))
    for _ in range(3):
        alarms.add("LOGON_REFUSED", "x" * 10, by_anybody=True)
    alarms.add("ORDERS", "still told")
    assert [code for _, code, _ in alarms.newest] == ["LOGON_REFUSED", "LOGON_REFUSED", "ORDERS"]
    assert alarms.counts == {"LOGON_REFUSED": 3, "ORDERS": 1}
    assert limits_hit == {"evidence_bytes_per_h": 1}


def test_logons_that_a_client_cannot_have_sent_are_told_up_to_the_limit(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.engine.alarms.limit_strangers(400)
    for number in range(1, 6):
        gate.connect(gate.client)
        gate.say(gate.client, number, "35=A|98=0|108=-1")
        gate.lose(gate.client)
    told = [code for _, code, _ in gate.engine.alarms.newest]
    assert 0 < len(told) < 5
    assert set(told) == {"LOGON_REFUSED"}
    assert gate.engine.limits_hit["evidence_bytes_per_h"] == 5 - len(told)


def test_alarms_are_in_sight_over_restarts_until_somebody_acknowledges_them(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    for text in ("first", "second", "first"):
        gate.engine.alarm("ORDERS", text)
    told = [
        [(a.code, a.text, a.count) for _, a in state.alarms.items()]
        for state in (gate.bench.core.state, again(gate))
    ]
    assert told == [[("ORDERS", "second", 1), ("ORDERS", "first", 2)]] * 2
    key = alarm_key("ORDERS", "first")
    gate.engine.event(AlarmAcknowledged(key, "anna", "seen to"), NOW)
    assert [a.text for _, a in gate.bench.core.state.alarms.items()] == ["second"]
    assert [a.text for _, a in again(gate).alarms.items()] == ["second"]


def test_logons_that_are_refused_with_other_numbers_each_time_are_one_alarm() -> None:
    alarms = AlarmList()
    for session in ("ACME1", "ACME2"):
        for number in range(3):
            text = f"{session}: MsgSeqNum(34) too low, expecting {number + 9} but received {number}"
            alarms.raised(AlarmRaised("LOGON_REFUSED", text), NOW + number, b"")
    told = [(alarm.text[:5], alarm.text[-1], alarm.count) for _, alarm in alarms.items()]
    assert told == [("ACME1", "2", 3), ("ACME2", "2", 3)]
    for number in range(3):
        alarms.raised(AlarmRaised("ORDERS", f"SIM: order {number} is odd"), NOW, b"")
    assert len(alarms.items()) == 5


def again(gate: Gate) -> State:
    """The state that a snapshot makes."""
    state = State(gate.bench.limits, gate.bench.refused_max)
    for time_ns, payload in snapshot(gate.bench.core.state, NOW):
        state.fold(payload, time_ns)
    return state


def test_no_more_alarms_are_in_sight_than_the_limit() -> None:
    alarms = AlarmList()
    for number in range(KEPT_MAX + 1):
        alarms.raised(AlarmRaised("ORDERS", str(number)), NOW, b"")
    alarms.raised(AlarmRaised("ORDERS", "1"), NOW, b"")
    alarms.raised(AlarmRaised("ORDERS", "new"), NOW, b"")
    texts = [alarm.text for _, alarm in alarms.items()]
    assert (len(texts), texts[0], texts[-2:]) == (KEPT_MAX, "3", ["1", "new"])


def test_reports_that_cannot_be_are_counted_by_broker(tmp_path: Path) -> None:
    gate = Gate(tmp_path)
    gate.connect(gate.broker)
    gate.say(gate.broker, 1, "35=A|98=0|108=30")
    body = "37=B9|11=NOBODY|17=E9|150=F|39=2|55=IBM|54=1|32=5|31=9|151=0|14=5|6=9"
    gate.say(gate.broker, 2, f"35=8|{body}")
    assert gate.engine.impossible == {"SIM": 1}
