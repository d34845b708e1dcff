"""An order's story: all of it, in order, decoded, and nothing of anybody else's."""

from __future__ import annotations

import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console
from sqlalchemy import update

from gateway.audit.latencies import AT_BROKER, INSIDE
from gateway.audit.render import as_data, render
from gateway.audit.story import (
    AmbiguousOrderError,
    EventEntry,
    MessageEntry,
    Story,
    UnknownOrderError,
    story,
)
from gateway.audit.verify import verify
from gateway.events import NumberTaken
from store.database import Database
from store.record import IN_STASHED, OUT_KEPT
from store.tables import messages
from tests.gateway.audit.journals import MILLISECOND, Writer, busy_day, replace_and_cancel, trade
from tests.gateway.audit.projecting import fill
from tests.gateway.bench import ACME, BETA, SIM


def told(data_dir: Path, url: str, key: str) -> Story:
    fill(data_dir, url)
    with Database(url) as database:
        return story(database, key)


def outline(found: Story) -> list[str]:
    """The entries in short."""
    return [
        f"{entry.session} {entry.direction} {entry.msg_type}"
        if isinstance(entry, MessageEntry)
        else entry.name
        for entry in found.entries
    ]


def test_an_order_by_voice_begins_with_the_brokers_report(
    tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        writer.bench.setup.brokers["SIM"].verbal_orders = True
        writer.bench.setup.clients[ACME].accounts = frozenset({"PHONE"})
        report = "35=8|37=V1|17=E1|150=0|39=0|1=PHONE|55=IBM|54=1|38=500|40=2|44=99|14=0|151=500"
        [sent] = writer.receive(SIM, f"{report}|6=0")
        writer.commit()
    found = told(tmp_path, database_url, sent["37"])
    assert outline(found) == ["SIM in 8", "OrderGivenVerbally", "OrderAccepted", "ACME out 8"]
    assert (found.order["account"], found.order["broker_order_id"]) == ("PHONE", "V1")


def test_both_sides_with_what_happened_between_them(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "BEFORE")
        trade(writer, "A")
        trade(writer, "AFTER")
    found = told(tmp_path, database_url, "A")
    fill_ = ["SIM in 8", "OrderExecuted", "ACME out 8"]
    assert outline(found) == [
        *("ACME in D", "OrderEntered", "SIM out D"),
        *("SIM in 8", "OrderAccepted", "ACME out 8"),
        *fill_,
        *fill_,
    ]
    events = [entry for entry in found.entries if isinstance(entry, EventEntry)]
    assert [(e.ord_status, e.cum_qty, e.leaves_qty) for e in events] == [
        ("A", "0", "100"),
        ("0", "0", "100"),
        ("1", "60", "40"),
        ("2", "100", "0"),
    ]
    assert "executed 60 at 100.25" in events[2].text
    times = [entry.time_ns for entry in found.entries]
    assert times == sorted(times)


def test_each_step_says_how_long_it_took(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        [sent] = writer.enter("A")
        writer.now += 250_000
        writer.commit()
        writer.journal.released(writer.now + 50_000)
        writer.now += 3 * MILLISECOND
        writer.report(sent["11"], "0")
        writer.now += 90_000
        writer.commit()
        writer.send(ACME, "35=8|37=A-20261121-000001|11=A|17=y|150=0|39=0", 1, OUT_KEPT)
        writer.commit()
    found = told(tmp_path, database_url, "A")
    took = [entry.latency for entry in found.entries if isinstance(entry, MessageEntry)]
    assert took == [
        None,
        (INSIDE, 300),  # it had left 50 later
        (AT_BROKER, 3_950),  # the writer takes a message each millisecond
        (INSIDE, 90),  # it has left when the batch was closed
        None,
    ]
    assert "3,950  SIM > fixgate" in shown(found)
    entry = as_data(found)["entries"][2]
    assert entry["latency_us"] == 300
    assert entry["released_ns"] == entry["time_ns"] + 300_000


def test_who_was_there_before_batches_told_their_time_has_no_latencies(
    tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
    fill(tmp_path, database_url)
    with Database(database_url) as database, database.writing() as connection:
        connection.execute(update(messages).values(batch_ns=None))
    found = told(tmp_path, database_url, "A")
    assert {e.latency for e in found.entries if isinstance(e, MessageEntry)} == {None}
    assert verify(tmp_path, database_url, lambda _done, _total: None).ok


@pytest.mark.parametrize("key", ["R", "Rr", "Ru", "A-20261121-000001"])
def test_any_id_it_ever_had_tells_the_same_story(
    key: str, tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        replace_and_cancel(writer, "R")
    found = told(tmp_path, database_url, key)
    assert found.order["order_id"] == "A-20261121-000001"
    assert len(found.entries) == 27  # nine messages from outside, each with fact and answer


def test_messages_are_decoded_by_their_own_version(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A", BETA)
    found = told(tmp_path, database_url, "A")
    report = next(
        entry
        for entry in found.entries
        if isinstance(entry, MessageEntry) and entry.session == "BETA" and entry.msg_type == "8"
    )
    names = {row.tag: (row.name, row.label) for row in report.fields}
    assert names["20"] == ("ExecTransType", "NEW")
    assert names["54"] == ("Side", "BUY")


def test_messages_that_came_before_their_order_was_known_belong_to_it(
    tmp_path: Path, database_url: str
) -> None:
    with Writer(tmp_path / "journal") as writer:
        [sent] = writer.enter("A")
        number = writer.next_in[SIM]
        writer.next_in[SIM] += 1
        ahead = writer._frame(SIM, f"35=8|37=B9|11={sent['11']}|17=E9|150=0|39=0", incoming=True)
        writer.raw(IN_STASHED, SIM, number + 1, ahead)
        writer.event(NumberTaken(SIM, 1, number + 1))
        writer.send(ACME, "35=8|37=A-20261121-000001|11=A|17=y|150=0|39=0", 1, OUT_KEPT)
        writer.resend(ACME, 5, "35=8|37=A-20261121-000001|11=A|17=x|150=0|39=0")
        writer.resend(SIM, 1, f"35=D|11={sent['11']}|55=IBM")
        writer.commit()
        trade(writer, "B")
    found = told(tmp_path, database_url, "A")
    assert outline(found)[-4:] == ["SIM in 8", "ACME out 8", "ACME out 8", "SIM out D"]
    marks = [e.marks for e in found.entries if isinstance(e, MessageEntry)][-4:]
    assert marks == [
        ("waited behind a gap",),
        ("kept: the session was down",),
        ("resent", "PossDupFlag(43)=Y"),
        ("resent", "PossDupFlag(43)=Y"),
    ]


def test_an_unknown_order_is_said_in_one_line(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal"):
        pass
    with pytest.raises(UnknownOrderError, match=r'no order has OrderID\(37\) or .* "NOPE"$'):
        told(tmp_path, database_url, "NOPE")


def test_one_id_of_two_clients_is_not_guessed(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "SAME", ACME)
        trade(writer, "SAME", BETA)
    with pytest.raises(AmbiguousOrderError, match=r"A-20261121-000001 \(ACME\), .*2 \(BETA\)"):
        told(tmp_path, database_url, "SAME")
    assert told(tmp_path, database_url, "A-20261121-000002").order["session"] == "BETA"


def shown(found: Story) -> str:
    out = StringIO()
    Console(file=out, width=200, markup=False).print(render(found))
    return out.getvalue()


def test_rendered_it_can_be_read(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
    page = shown(told(tmp_path, database_url, "A"))
    assert (
        "Order A-20261121-000001 (O1) of ACME, account ACC: buy 100 IBM limit at 100.50, day"
        in page
    )
    assert "Now filled: executed 100 of 100 at 100.35, broker SIM" in page
    assert "ACME > fixgate" in page
    assert "fixgate > SIM" in page
    assert "ExecType(150)=F[TRADE" in page
    assert "now partially_filled, CumQty(14)=60, LeavesQty(151)=40" in page


def test_rendered_it_can_not_steer_the_terminal(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        writer.enter("A", tag58="\x1b[2Jgone [bold]x[/bold]", tag55="I\x1b]0;t")
        writer.commit()
    page = shown(told(tmp_path, database_url, "A"))
    assert "\x1b" not in page
    assert "[bold]x[/bold]" in page


def test_as_data_it_has_everything(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        busy_day(writer, 1)
    found = told(tmp_path, database_url, "B0")
    data = json.loads(json.dumps(as_data(found)))
    assert data["order"]["order_id"] == found.order["order_id"]
    for entry, plain in zip(found.entries, data["entries"], strict=True):
        assert plain["time_ns"] == entry.time_ns
        if isinstance(entry, MessageEntry):
            assert plain["raw"].encode("latin-1") == entry.raw
