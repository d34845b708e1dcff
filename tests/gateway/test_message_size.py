"""MaxMessageSize(383) of a counterparty: nothing longer is sent, and nothing is lost by that."""

from __future__ import annotations

from pathlib import Path

from tests.gateway.links import Gate, Wire

LOGON = "35=A|98=0|108=30"
SMALL = {"max_message_size_min": 1500}
LONG = "x" * 2000


def client_on(gate: Gate, seq: int, size: int = 0) -> Wire:
    wire = gate.connect(gate.client)
    gate.say(gate.client, seq, f"{LOGON}|383={size}")
    return wire


def test_a_report_that_is_too_long_ends_the_session_and_comes_when_it_may(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=SMALL)
    wire = client_on(gate, 1, 1500)
    short = gate.report()
    too_long = gate.report(LONG)
    gate.loop.settle()
    logon, news, logout = wire.got()
    assert (logon["35"], news["34"], logout["35"]) == ("A", str(short), "5")
    assert "bytes is longer than MaxMessageSize(383) allows" in logout["58"]
    assert [code for _, code, _ in gate.engine.alarms.newest] == ["PEER_CUT_OFF"]
    assert gate.engine.limits_hit == {"max_message_size_min": 1}

    gate.lose(gate.client)
    wire = client_on(gate, 2, 1500)
    wire.got()
    gate.say(gate.client, 3, f"35=2|7={too_long}|16=0")
    assert [m["35"] for m in wire.got()] == ["5"], "it is not filled over, which would lose it"

    gate.lose(gate.client)
    wire = client_on(gate, 4)
    wire.got()
    gate.say(gate.client, 5, f"35=2|7={too_long}|16={too_long}")
    (again,) = wire.got()
    assert (again["34"], again["43"], again["148"]) == (str(too_long), "Y", LONG)


def test_what_is_sent_fits_also_when_it_is_sent_again(tmp_path: Path) -> None:
    gate = Gate(tmp_path, client=SMALL)
    wire = client_on(gate, 1, 1500)
    head = len(gate_frame(gate, wire, "y"))
    wire = client_on(gate, 2, 1500)
    wire.got()
    seq = gate.report("y" * (1500 - 48 - head - 3))
    gate.loop.settle()
    gate.say(gate.client, 3, f"35=2|7={seq}|16={seq}")
    live, again = wire.got()
    assert (live["34"], again["34"], again["43"]) == (str(seq), str(seq), "Y")


def gate_frame(gate: Gate, wire: Wire, text: str) -> bytes:
    """A report as it is sent; the connection is gone after it."""
    wire.got()
    gate.report(text)
    gate.loop.settle()
    frame = wire.written
    gate.lose(gate.client)
    return frame


def test_an_order_too_long_for_its_broker_is_refused_and_its_number_filled(tmp_path: Path) -> None:
    gate = Gate(tmp_path, broker=SMALL)
    gate.bench.setup.clients[1].other_fields_max_length = 5000
    gate.connect(gate.client)
    gate.say(gate.client, 1, LOGON)
    broker = gate.connect(gate.broker)
    gate.say(gate.broker, 1, f"{LOGON}|383=1500")
    client = gate.client.connection
    assert isinstance(client, Wire)
    client.got()
    broker.got()
    order = "55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00"
    gate.say(gate.client, 2, f"35=D|11=X|107={LONG}|{order}")
    reports = client.got()
    assert reports[-1]["39"] == "8"
    assert "longer than MaxMessageSize(383) allows" in reports[-1]["58"]
    assert broker.got() == []
    gate.say(gate.client, 3, f"35=D|11=Y|{order}")
    (sent,) = broker.got()
    assert (sent["35"], sent["34"]) == ("D", "3")
    gate.say(gate.broker, 2, "35=2|7=2|16=2")
    (filled,) = broker.got()
    assert (filled["35"], filled["34"], filled["36"]) == ("4", "2", "3")
    assert [m for m in client.got() if m.get("11") == "X"] == [], "it was told once"
