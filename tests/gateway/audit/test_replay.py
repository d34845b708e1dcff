"""The record played back: the lines, the pace, and those who listen."""

from __future__ import annotations

import asyncio
import json
import signal
import socket
import subprocess
import sys
from collections import Counter
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.audit.player import Player
from gateway.audit.replay import Line, Wanted, replayed
from gateway.cli import main
from gateway.events import OperatorIssued, PasswordChanged
from store.journal import SEGMENT_BYTES_MIN
from store.reader import JournalReader
from store.record import IN, IN_GARBLED, OUT, RELEASED, SNAPSHOT
from store.segment import path_of
from tests.gateway.audit.journals import Writer, busy_day, trade
from tests.gateway.audit.projecting import ROOT
from tests.gateway.bench import ACME, NOON, SECOND
from tests.simulation.clock import Clock
from tests.simulation.loop import SimulatedLoop

PATIENCE_S = 60


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Two seconds of trade."""
    monkeypatch.chdir(tmp_path)  # no fixgate.toml is near
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
    return tmp_path / "data"


def lines(folder: Path, **wanted: Any) -> list[Line]:
    return list(replayed(folder, Wanted(**wanted)))


def fixgate(folder: Path, *arguments: str) -> Result:
    return CliRunner().invoke(main, ["replay", "--data-dir", str(folder), *arguments])


# --- the lines ------------------------------------------------------------------------------------


def test_every_record_is_told_once_and_in_order(folder: Path) -> None:
    batches = JournalReader(folder / "journal").batches()
    records = [r for batch in batches for r in batch.records if r.kind != RELEASED]
    told = lines(folder)
    assert [one["time_ns"] for one in told] == [r.time_ns for r in records]
    messages = [one["raw"].encode("latin-1") for one in told if one["kind"] == "message"]
    assert messages == [r.payload for r in records if r.kind in (IN, OUT)]
    assert {one["kind"] for one in told} == {"message", "event", "operator"}
    assert [one["record_id"] for one in told] == sorted({one["record_id"] for one in told})


def test_a_line_has_what_show_and_search_have(folder: Path) -> None:
    """The same order by both ways."""
    runner = CliRunner()
    shown = runner.invoke(main, ["audit", "story", "T0", "--data-dir", str(folder), "--json"])
    entries = json.loads(shown.stdout)["entries"]
    told = lines(folder, order="T0")
    assert len(told) == len(entries)
    for line, entry in zip(told, entries, strict=True):
        overlap = entry.keys() & line.keys()
        assert overlap >= {"kind", "time_ns", "name"}
        assert {name: line[name] for name in overlap} == {name: entry[name] for name in overlap}
        assert entry.keys() - overlap <= {
            "latency_us",
            "latency_of",
            "released_ns",
        }  # of a whole story alone


def test_each_line_has_the_order_as_it_was_after_it(folder: Path) -> None:
    told = lines(folder, order="T0")
    assert [(one["ord_status"], one["cum_qty"]) for one in told if one["kind"] == "event"] == [
        ("A", "0"),
        ("0", "0"),
        ("1", "60"),
        ("2", "100"),
    ]
    assert told[0]["order_id"] == ""  # the message that made it
    assert {one["order_id"] for one in told[1:]} == {"A-20261121-000001"}
    assert told[-1]["text"] == "fixgate > ACME: ExecutionReport(8)"


def test_an_order_is_found_by_its_order_id_with_the_message_that_made_it(folder: Path) -> None:
    assert lines(folder, order="A-20261121-000001") == lines(folder, order="T0")


def test_a_stretch_in_the_middle_is_told_as_in_the_whole(tmp_path: Path) -> None:
    """It begins at a segment's snapshot, which is in pieces, and what came before is known."""
    with Writer(tmp_path / "journal", SEGMENT_BYTES_MIN) as writer:
        for number in range(20):
            writer.enter(f"W{number}")  # they stay open
            busy_day(writer, 1)
        assert writer.journal.segment > 3
    whole = lines(tmp_path)
    kinds = {r.kind for b in JournalReader(tmp_path / "journal").batches() for r in b.records}
    assert SNAPSHOT in kinds
    since, until = NOON + 8 * SECOND, NOON + 10 * SECOND
    expected = [one for one in whole if since <= one["time_ns"] < until]
    assert expected
    assert lines(tmp_path, since_ns=since, until_ns=until) == expected


def test_the_filters(folder: Path) -> None:
    acme = lines(folder, session="ACME", messages_only=True)
    assert {(one["kind"], one["session"]) for one in acme} == {("message", "ACME")}
    counted = Counter(one["session"] for one in lines(folder) if one["kind"] == "message")
    assert len(acme) == counted["ACME"] > 0
    assert lines(folder, order="NOBODY") != []  # a broker's report names it
    assert lines(folder, order="NEVER HEARD OF") == []


def test_no_secret_is_told(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal") as writer:
        writer.event(PasswordChanged(ACME, "hash-of-a-password", "hash-before"))
        writer.event(OperatorIssued("ben", "risk", "hash-of-a-token", 0, "anna", "risk desk"))
        writer.commit()
    told = json.dumps(lines(tmp_path))
    assert "operator issued: name=ben" in told
    assert "hash-" not in told


def test_a_clock_that_steps_back_ends_nothing(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "A")
        writer.now -= SECOND
        trade(writer, "B")
    assert lines(tmp_path, order="B", until_ns=NOON + SECOND)[-1]["cum_qty"] == "100"
    assert fixgate(tmp_path, "--speed", "100").exit_code == 0


def test_a_damaged_journal_is_told_up_to_there(folder: Path) -> None:
    whole = lines(folder)
    path = path_of(folder / "journal", 1)
    raw = bytearray(path.read_bytes())
    raw[20_000] ^= 1
    path.write_bytes(raw)
    result = fixgate(folder, "--speed", "max")
    assert result.exit_code == 1
    assert str(path) in result.stderr
    told = [json.loads(line) for line in result.stdout.splitlines()]
    assert 0 < len(told) < len(whole)
    assert told == whole[: len(told)]


# --- the command ----------------------------------------------------------------------------------


def test_it_is_recorded_as_a_read(folder: Path) -> None:
    result = fixgate(folder, "--speed", "max", "--order", "T0", "--messages-only")
    assert result.exit_code == 0, result.output
    assert [json.loads(line)["msg_type"] for line in result.stdout.splitlines()] == [*"DD888888"]
    assert result.stderr == "8 lines, the last of 2026-11-21 12:00:00.004\n"
    reads = CliRunner().invoke(main, ["audit", "reads", "--data-dir", str(folder), "--json"])
    [read] = json.loads(reads.stdout)
    assert (read["command"], read["asked"]["order"]) == ("replay", "T0")
    assert read["asked"]["messages_only"] == "True"


def test_nothing_of_the_journal_changes(folder: Path) -> None:
    before = {path: path.read_bytes() for path in (folder / "journal").iterdir()}
    assert fixgate(folder, "--speed", "max").exit_code == 0
    assert {path: path.read_bytes() for path in (folder / "journal").iterdir()} == before


@pytest.mark.parametrize(
    "given",
    [
        ("--speed", "0"),
        ("--speed", "-1"),
        ("--speed", "nan"),
        ("--speed", "fast"),
        ("--listen", "127.0.0.1"),
        ("--listen", "127.0.0.1:99999"),
        ("--from", "yesterday"),
    ],
)
def test_it_refuses_what_it_can_not_read(given: tuple[str, str], folder: Path) -> None:
    assert fixgate(folder, *given).exit_code == 2


def test_a_folder_without_a_journal_is_refused(tmp_path: Path) -> None:
    result = fixgate(tmp_path)
    assert result.exit_code == 1
    assert str(tmp_path) in result.stderr


def test_a_time_with_nothing_in_it(folder: Path) -> None:
    result = fixgate(folder, "--from", "2026-11-22")
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == "0 lines, the last of none\n"


# --- the pace -------------------------------------------------------------------------------------


@pytest.mark.parametrize(("speed", "took_s"), [(1.0, 8.0), (10.0, 0.8), (0.0, 0.0)])
def test_lines_come_as_far_apart_as_they_were(speed: float, took_s: float) -> None:
    clock = Clock(NOON)
    loop = SimulatedLoop(clock)
    given: list[dict[str, Any]] = [
        {"time_ns": NOON + at * SECOND}
        for at in (0, 3, 2, 3, 8)  # the clock was set back once
    ]
    out = StringIO()
    player = Player(out, speed)
    loop.run_until_complete(player.play(given))
    loop.close()
    assert [json.loads(line) for line in out.getvalue().splitlines()] == given
    assert clock.monotonic_ns / SECOND == pytest.approx(took_s, abs=0.01)
    assert (player.played, player.time_ns) == (5, NOON + 8 * SECOND)


@pytest.mark.parametrize("speed", [1.0, 0.0])
def test_others_have_their_turn_when_it_is_late(speed: float) -> None:
    """Else nobody could connect, nor Ctrl-C end it, as long as the lines come too fast."""
    turns: list[int] = []
    player = Player(StringIO(), speed)

    async def look() -> None:
        while True:
            turns.append(player.played)
            await asyncio.sleep(0)

    async def both() -> None:
        looking = asyncio.create_task(look())
        await player.play({"time_ns": NOON} for _ in range(1000))
        looking.cancel()

    asyncio.run(both())
    assert len(set(turns)) > 5


# --- those who listen -----------------------------------------------------------------------------


class Playing:
    """`fixgate replay --listen`, in a process of its own. `with` ends it."""

    def __init__(self, folder: Path, *arguments: str) -> None:
        command = [sys.executable, "-m", "gateway.cli", "replay", "--data-dir", str(folder)]
        self.process = subprocess.Popen(
            [*command, "--listen", "0", *arguments],
            cwd=ROOT,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        assert self.process.stderr is not None
        said = self.process.stderr.readline()
        assert "begins when somebody connects" in said
        self.address = ("127.0.0.1", int(said.split(":")[1].split(";")[0]))

    def __enter__(self) -> Playing:
        return self

    def __exit__(self, *_error: object) -> None:
        self.process.kill()
        self.process.communicate()

    def connect(self, **options: int) -> socket.socket:
        reader = socket.socket()
        for name, value in options.items():
            reader.setsockopt(socket.SOL_SOCKET, getattr(socket, name), value)
        reader.settimeout(PATIENCE_S)
        reader.connect(self.address)
        return reader


def read_all(playing: Playing, reader: socket.socket) -> tuple[str, str, str]:
    """What came by the connection, on standard output and on standard error, all read at once."""

    def received() -> str:
        with reader.makefile("r", encoding="utf-8") as file:
            return file.read()

    async def both() -> tuple[str, tuple[str, str]]:
        ended = asyncio.to_thread(playing.process.communicate, timeout=PATIENCE_S)
        return await asyncio.gather(asyncio.to_thread(received), ended)

    came, (printed, said) = asyncio.run(both())
    return came, printed, said


def test_who_connects_gets_the_same_lines(folder: Path) -> None:
    with Playing(folder, "--speed", "max") as playing, playing.connect() as reader:
        received, printed, said = read_all(playing, reader)
    assert received == printed
    assert len(received.splitlines()) == len(lines(folder))
    assert "dropped" not in said
    assert playing.process.returncode == 0


def test_a_slow_reader_is_dropped_and_slows_nobody(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal", now=NOON) as writer:
        for number in range(40):
            writer.raw(IN_GARBLED, ACME, 0, b"8=FIX.4.4\x01" + b"x" * 200_000)
            trade(writer, f"T{number}")
    playing = Playing(tmp_path, "--speed", "max")
    with playing, playing.connect(SO_RCVBUF=4096), playing.connect() as reader:
        received, printed, said = read_all(playing, reader)
    assert "reads too slowly: dropped after" in said
    assert len(said.splitlines()) == 2  # that, and how many lines
    assert len(printed.splitlines()) == len(lines(tmp_path))
    assert received  # it may have connected when the first lines had gone out
    assert printed.endswith(received)


@pytest.mark.usefixtures("ctrl_c")
def test_ctrl_c_ends_it_with_one_line(folder: Path) -> None:
    with Playing(folder, "--speed", "0.001") as playing, playing.connect() as reader:
        first = json.loads(reader.makefile("r", encoding="utf-8").readline())
        playing.process.send_signal(signal.SIGINT)
        _, said = playing.process.communicate(timeout=PATIENCE_S)
    assert first["name"] == "LinkDefined"
    assert said.startswith("stopped at 2026-11-21 12:00:00")
    assert said.count("\n") == 1
    assert playing.process.returncode == 0


def test_a_taken_port_is_one_line(folder: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        result = fixgate(folder, "--listen", f"127.0.0.1:{taken.getsockname()[1]}")
    assert result.exit_code == 1
    assert "address already in use" in result.stderr
    assert result.stderr.count("\n") == 1
