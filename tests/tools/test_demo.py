"""The demo as a newcomer runs it: its totals, what it keeps, and how it ends when disturbed."""

from __future__ import annotations

import json
import os
import random
import signal
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.audit.findings import DATABASE, Finding
from gateway.audit.verify import Result
from gateway.control.client import ControlClient
from store.verify import Verification
from tests.gateway.control.running import short_folder
from tools.demo.brokers import BROKERS, FIX, FixBroker
from tools.demo.day import Day
from tools.demo.record import Record
from tools.demo.tales import TALES, program
from tools.demo.totals import faults, totals_of

ORDERS = 60
KEYS = [
    "orders",
    "acknowledged",
    "filled",
    "canceled",
    "replaced",
    "rejected_by_risk",
    "rejected_by_broker",
    "executions",
    "messages_in",
    "messages_out",
    "messages_in_audit",
    "resent",
    "chain_ok",
    "p50_us",
    "p99_us",
]


def command(*arguments: str) -> list[str]:
    return [sys.executable, "-m", "gateway.cli", *arguments]


def environment(**more: str) -> dict[str, str]:
    """Settings of a gateway in the environment must not reach the demo's."""
    path = os.pathsep.join(filter(None, sys.path))
    return {**os.environ, "PYTHONPATH": path, "FIXGATE_DATA_DIR": "/nonexistent", **more}


def fixgate(*arguments: str, code: int = 0) -> subprocess.CompletedProcess[str]:
    done = subprocess.run(
        command(*arguments), env=environment(), capture_output=True, text=True, check=False
    )
    assert done.returncode == code, done.stdout + done.stderr
    return done


@contextmanager
def started(*arguments: str, **more: str) -> Iterator[subprocess.Popen[str]]:
    """A demo that trades; killed at the end if it still runs."""
    demo = subprocess.Popen(
        command("demo", *arguments),
        env=environment(PYTHONUNBUFFERED="1", **more),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert demo.stdout is not None
        assert any("trading" in line for line in demo.stdout), "it ended before it traded"
        yield demo
    finally:
        if demo.poll() is None:
            demo.kill()
        demo.communicate()


@dataclass(frozen=True)
class Ran:
    folder: Path
    output: str
    totals: dict[str, Any]


@pytest.fixture(scope="module")
def ran() -> Iterator[Ran]:
    """One demo with its data kept."""
    with short_folder() as folder:
        kept = folder / "kept"
        done = fixgate("demo", "--json", "--keep", str(kept), "--orders", str(ORDERS))
        assert done.stderr == ""
        yield Ran(kept, done.stdout, json.loads(done.stdout.splitlines()[-1]))


def test_the_last_line_is_the_totals(ran: Ran) -> None:
    assert list(ran.totals) == KEYS
    assert ran.totals["orders"] == ORDERS
    assert ran.totals["chain_ok"] is True
    assert 0 < ran.totals["p50_us"] <= ran.totals["p99_us"]


def test_every_kind_of_thing_happens(ran: Ran) -> None:
    assert all(ran.totals[key] for key in KEYS)
    assert ran.totals["executions"] > ran.totals["filled"]
    with sqlite3.connect(f"file:{ran.folder / 'audit.db'}?mode=ro", uri=True) as database:
        codes = database.execute("SELECT DISTINCT refusal_code FROM orders").fetchall()
        versions = database.execute("SELECT begin_string FROM sessions WHERE role = 'client'")
        assert {version for (version,) in versions} == {"FIX.4.2", "FIX.4.4"}
    assert {"MAX_QUANTITY", "PRICE_COLLAR", "INSTRUMENT_UNKNOWN"} <= {code for (code,) in codes}
    assert "caught up by resend" in ran.output


def test_the_totals_add_up(ran: Ran) -> None:
    totals = ran.totals
    refused = totals["rejected_by_risk"] + totals["rejected_by_broker"]
    assert totals["filled"] + totals["canceled"] + refused == totals["orders"]
    assert totals["acknowledged"] == totals["orders"] - refused


def test_the_database_holds_exactly_the_messages_that_the_counterparties_counted(ran: Ran) -> None:
    totals = ran.totals
    assert totals["messages_in_audit"] == totals["messages_in"] + totals["messages_out"]
    with sqlite3.connect(f"file:{ran.folder / 'audit.db'}?mode=ro", uri=True) as database:
        counted = database.execute("SELECT direction, count(*) FROM messages GROUP BY direction")
        assert dict(counted.fetchall()) == {
            "in": totals["messages_in"],
            "out": totals["messages_out"],
        }
        again = "SELECT count(*) FROM messages WHERE resent AND msg_type = '8'"
        assert database.execute(again).fetchone() == (totals["resent"],)
        assert database.execute("SELECT count(*) FROM orders").fetchone() == (ORDERS,)


def test_it_tells_one_story_and_the_kept_folder_tells_it_again(ran: Ran) -> None:
    shows = [line for line in ran.output.splitlines() if " audit story " in line]
    order_id = shows[0].split(" audit story ")[1].split()[0]
    told = fixgate("audit", "story", order_id, "--data-dir", str(ran.folder)).stdout
    assert f"Order {order_id}" in told
    for text in ("NewOrderSingle(D)", "OrderCancelReplaceRequest(G)", "fixgate > SIM", "executed"):
        assert text in told
        assert text in ran.output
    assert "UTC covers: `fixgate audit verify` proves that" in told.splitlines()[-1]
    verified = fixgate("audit", "verify", "--data-dir", str(ran.folder)).stdout
    assert "there are no seals" not in verified


def test_the_kept_configuration_is_a_good_one(ran: Ran) -> None:
    kept = {name: value for name, value in environment().items() if name != "FIXGATE_DATA_DIR"}
    check = command("check", "--config", str(ran.folder / "fixgate.toml"))
    done = subprocess.run(check, env=kept, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("broker", [name for name in BROKERS if name != FIX])
def test_each_api_is_a_route_as_well(broker: str) -> None:
    done = fixgate("demo", "--json", "--orders", "40", "--broker", broker)
    totals = json.loads(done.stdout.splitlines()[-1])
    assert all(totals[key] for key in KEYS)
    assert totals["orders"] == 40


def test_a_folder_with_something_in_it_is_left_alone(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("dear to me")
    done = fixgate("demo", "--keep", str(tmp_path), code=2)
    assert f"{tmp_path}: must be a new or empty folder" in done.stderr
    assert [path.name for path in tmp_path.iterdir()] == ["mine"]


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_leaves_no_process_and_no_folder(number: signal.Signals) -> None:
    with short_folder() as folder, started(TMPDIR=str(folder)) as demo:
        (temporary,) = folder.iterdir()
        with ControlClient(temporary / "control.sock") as client:
            gateway = client.status().pid
        demo.send_signal(number)
        _, errors = demo.communicate()
        assert demo.returncode == 1
        assert errors == "the demo was stopped; nothing of it runs any more\n"
        assert list(folder.iterdir()) == []
        with pytest.raises(ProcessLookupError):
            os.kill(gateway, 0)


def test_a_gateway_that_dies_is_told() -> None:
    with short_folder() as folder, started("--keep", str(folder)) as demo:
        with ControlClient(folder / "control.sock") as client:
            os.kill(client.status().pid, signal.SIGKILL)
        _, errors = demo.communicate()
        assert demo.returncode == 1
        assert errors == "the demo failed: the gateway ended by itself, signal 9\n"


# --- the parts --------------------------------------------------------------------------------


@given(st.integers(0, 300), st.integers())
def test_a_program_has_exactly_the_orders_asked_for(orders: int, seed: int) -> None:
    assert sum(tale.orders for tale in program(orders, random.Random(seed))) == orders


@given(st.integers())
def test_a_program_tells_every_tale_when_there_is_room(seed: int) -> None:
    room = sum(tale.orders for tale in TALES)
    assert set(program(room, random.Random(seed))) == set(TALES)
    assert program(200, random.Random(seed)) == program(200, random.Random(seed))


def record(**changes: Any) -> Record:
    empty = Record(messages=0, resent=0, orders=0, executions=0, verified=Result(Verification()))
    return replace(empty, **changes)


def test_what_does_not_add_up_is_told() -> None:
    day = Day(orders=0, seed=1)
    assert told(day, record()) == ["no message was lost, so none was sent again"]
    assert "messages in the audit database, in and out: 1 is not 0" in told(day, record(messages=1))
    assert "orders in the audit database, sent: 2 is not 0" in told(day, record(orders=2))
    assert "executions in the audit database, at the clients: 3 is not 0" in told(
        day, record(executions=3)
    )
    assert "orders sent, planned: 0 is not 10" in told(Day(orders=10, seed=1), record())
    assert isinstance(day.broker, FixBroker)
    day.broker.simulator.truth.doubled.append("A1")
    assert "an order reached the broker twice: A1" in told(day, record())


def test_a_fault_of_the_record_is_told() -> None:
    broken = Result(Verification(), findings=[Finding(kind=DATABASE, text="row 7 is missing")])
    assert "row 7 is missing" in told(Day(orders=0, seed=1), record(verified=broken))


def told(day: Day, found: Record) -> list[str]:
    return list(faults(day, totals_of(day, found), found))
