"""The history of QuickFIX as a record of ours: complete, once, provable."""

from __future__ import annotations

import json
import shutil
from collections import Counter
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result

from gateway.audit import quickfix_import
from gateway.audit.quickfix_files import ENTRY_BYTES_MAX
from gateway.audit.quickfix_import import NotImportedError, import_logs
from gateway.cli import main
from sessions.message import encode
from store.errors import JournalLockedError
from store.journal import SEGMENT_BYTES_MIN, Journal
from store.reader import JournalReader
from store.record import IN, IN_GARBLED, OUT, OUT_RESENT, Record
from store.segment import numbers_in
from tests.gateway.audit.journals import Writer, busy_day

SESSION = "FIX.4.4-BANK-BROKER"


def frame(body: str, *, out: bool = True, seq: int = 1, version: str = "FIX.4.4") -> bytes:
    """35=D|11=.. of BANK to BROKER, or the other way."""
    sender, target = ("BANK", "BROKER") if out else ("BROKER", "BANK")
    head, _, rest = body.partition("|")
    text = f"{head}|34={seq}|49={sender}|52=20251120-10:00:00.000|56={target}|"
    return encode(version, (text + (rest + "|" if rest else "")).replace("|", "\x01"))


def line(second: int, data: bytes, fraction: str = ".000000000", gap: str = " : ") -> bytes:
    return f"20251120-10:00:{second:02d}{fraction}{gap}".encode() + data + b"\n"


LOGON = frame("35=A|98=0|108=30|554=sesame")
ORDER = frame("35=D|11=A1|55=IBM|54=1|38=100|40=2|44=99.5|58=two\nlines", seq=2)
REPORT = frame("35=8|11=A1|37=X1|17=E1|150=0|39=0|55=IBM|54=1", out=False, seq=1)
MESSAGES = [line(1, LOGON), line(2, ORDER), line(3, REPORT)]


@pytest.fixture
def logs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """What a session of one minute leaves."""
    monkeypatch.chdir(tmp_path)  # no fixgate.toml is near
    folder = tmp_path / "log"
    folder.mkdir()
    (folder / f"{SESSION}.messages.current.log").write_bytes(b"".join(MESSAGES))
    events = line(0, b"Created session") + line(4, b"Disconnecting")
    (folder / f"{SESSION}.event.current.log").write_bytes(events)
    (folder / "GLOBAL.messages.current.log").write_bytes(b"")
    return folder


def do(logs: Path, into: Path) -> quickfix_import.Imported:
    return import_logs(logs, into, "anna", lambda _done, _total: None)


def kept(into: Path) -> list[Record]:
    """The messages of the journal."""
    batches = JournalReader(into / "journal").batches()
    return [r for batch in batches for r in batch.records if r.kind in (IN, OUT)]


def audit(*arguments: str | Path) -> Result:
    return CliRunner().invoke(main, ["audit", *map(str, arguments)])


def as_json(*arguments: str | Path) -> Any:
    result = audit(*arguments, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


# --- what is in it --------------------------------------------------------------------------------


def test_each_message_is_there_with_its_time_and_direction(logs: Path, tmp_path: Path) -> None:
    said = do(logs, tmp_path / "old")
    assert (said.sessions, said.messages, said.events, said.garbled) == ([SESSION], 3, 2, 0)
    assert said.problems == []
    rows = as_json("search", "--data-dir", tmp_path / "old")
    assert [(row["direction"], row["msg_type"], row["msg_seq_num"]) for row in rows] == [
        ("out", "A", 1),
        ("out", "D", 2),
        ("in", "8", 1),
    ]
    assert rows[1]["raw"].encode("latin-1") == ORDER  # with the line break in its text
    assert rows[2]["time_ns"] == 1_763_632_803_000_000_000
    assert {row["session"] for row in rows} == {SESSION}
    assert as_json("search", "--data-dir", tmp_path / "old", "--cl-ord-id", "A1")[0] == rows[1]


def test_no_password_gets_in(logs: Path, tmp_path: Path) -> None:
    path = logs / f"{SESSION}.event.current.log"
    path.write_bytes(
        path.read_bytes() + line(5, b"refused: " + LOGON) + line(6, b"x\x01554=sesame")
    )
    do(logs, tmp_path / "old")
    [file] = (tmp_path / "old" / "journal").glob("*.journal")
    assert b"554=******" in file.read_bytes()
    assert b"sesame" not in file.read_bytes()


def test_events_are_found_beside_the_messages(logs: Path, tmp_path: Path) -> None:
    do(logs, tmp_path / "old")
    asked = ["replay", "--data-dir", str(tmp_path / "old"), "--speed", "max", "--session", SESSION]
    told = [json.loads(one) for one in CliRunner().invoke(main, asked).stdout.splitlines()]
    texts = [one["text"] for one in told if one["kind"] == "operator"]
    assert texts[0] == "quickfix: quickfix event: Created session"
    assert "quickfix: quickfix event: Disconnecting" in texts
    times = [one["time_ns"] for one in told]
    assert times == sorted(times)


def test_it_is_proven_and_rebuilt_as_any_record(logs: Path, tmp_path: Path) -> None:
    into = tmp_path / "old"
    do(logs, into)
    before = as_json("search", "--data-dir", into)
    assert as_json("rebuild", "--data-dir", into)["rows"]["messages"] == 3
    assert as_json("search", "--data-dir", into) == before
    for command in (("keys", "new"), ("seal",)):
        result = audit(*command, "--data-dir", into)
        assert result.exit_code == 0, result.output
    verified = as_json("verify", "--data-dir", into)
    assert verified["ok"]
    [file] = (into / "journal").glob("*.journal")
    raw = bytearray(file.read_bytes())
    raw[raw.index(b"11=A1") + 4] ^= 1
    file.write_bytes(raw)
    assert audit("verify", "--data-dir", into).exit_code == 1


@pytest.mark.parametrize(
    ("fraction", "gap"), [("", " : "), (".123", ": "), (".123456", " : "), (".123456789", " : ")]
)
def test_the_times_of_its_kin(fraction: str, gap: str, tmp_path: Path) -> None:
    """QuickFIX/J has milliseconds and no blank, QuickFIX/n no fraction at all if so configured."""
    folder = tmp_path / "log"
    folder.mkdir()
    text = line(1, LOGON, fraction, gap) + line(2, REPORT, fraction, gap)
    (folder / f"{SESSION}.messages.log").write_bytes(text.replace(b"\n", b"\r\n"))
    assert do(folder, tmp_path / "old").messages == 2
    [_, report] = kept(tmp_path / "old")
    assert report.payload == REPORT
    assert report.time_ns % 1_000_000_000 == int(fraction[1:].ljust(9, "0"))


def test_backups_come_before_the_current_file(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    names = ["backup.2", "backup.10", "current"]
    for seq, name in enumerate(names, 1):
        text = line(9, frame("35=0", seq=seq))  # all of one second: only their order tells
        (folder / f"{SESSION}.messages.{name}.log").write_bytes(text)
    do(folder, tmp_path / "old")
    assert [record.seq for record in kept(tmp_path / "old")] == [1, 2, 3]


def test_numbers_that_begin_anew_are_another_epoch(tmp_path: Path) -> None:
    folder = tmp_path / "log"
    folder.mkdir()
    frames = [
        frame("35=A", seq=1),
        frame("35=A", out=False, seq=1),
        frame("35=0", seq=2),
        frame("35=0|43=Y", seq=1),  # sent again: no new epoch
        frame("35=A|141=Y", seq=1),
        frame("35=A|141=Y", out=False, seq=1),
    ]
    text = b"".join(line(at, one) for at, one in enumerate(frames))
    (folder / f"{SESSION}.messages.current.log").write_bytes(text)
    do(folder, tmp_path / "old")
    found = [
        (r.epoch, r.seq, r.kind == OUT and r.flags == OUT_RESENT) for r in kept(tmp_path / "old")
    ]
    assert found == [
        *((1, 1, False), (1, 1, False), (1, 2, False), (1, 1, True)),
        *((2, 1, False), (2, 1, False)),
    ]


def test_the_store_serves_where_there_is_no_message_log(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    folder.mkdir()
    sent = [LOGON, ORDER]
    (folder / f"{SESSION}.body").write_bytes(b"".join(sent))
    places = f"1,0,{len(LOGON)} 2,{len(LOGON)},{len(ORDER)} "
    (folder / f"{SESSION}.header").write_text(places)
    assert do(folder, tmp_path / "old").messages == 2
    assert [(r.kind, r.seq) for r in kept(tmp_path / "old")] == [(OUT, 1), (OUT, 2)]
    assert kept(tmp_path / "old")[1].payload == ORDER
    third = frame("35=0", seq=3)
    (folder / f"{SESSION}.body").write_bytes(b"".join(sent) + third)
    (folder / f"{SESSION}.header").write_text(
        f"{places}3,{len(LOGON + ORDER)},{len(third)} 4,999999,5 "
    )
    said = do(folder, tmp_path / "old")
    assert (said.messages, said.garbled) == (1, 1)
    assert "'4,999999,5' is no place in it" in said.problems[0]


# --- what is wrong with it ------------------------------------------------------------------------


def test_what_is_garbled_is_kept_and_named_by_file_and_line(logs: Path, tmp_path: Path) -> None:
    path = logs / f"{SESSION}.messages.current.log"
    wrong = [
        b"what is this\n",
        *MESSAGES[:2],
        line(5, ORDER[:40]),
        line(6, ORDER.replace(b"99.5", b"99.6")),
        b"20251199-10:00:07.000 : " + REPORT + b"\n",
        line(8, REPORT + REPORT),
        MESSAGES[2],
    ]
    path.write_bytes(b"".join(wrong))
    said = do(logs, tmp_path / "old")
    assert (said.messages, said.garbled) == (3, 5)
    assert [problem.removeprefix(f"{path}:").split(":")[0] for problem in said.problems] == [
        *("1", "5", "6", "8", "9")
    ]
    garbled = [r.payload for r in kept(tmp_path / "old") if r.flags == IN_GARBLED]
    assert garbled[0] == b"what is this"
    assert garbled[1] == ORDER[:40]
    assert garbled[3] == b"20251199-10:00:07.000 : " + REPORT


def test_a_line_without_an_end_waits(logs: Path, tmp_path: Path) -> None:
    path = logs / f"{SESSION}.messages.current.log"
    whole = path.read_bytes()
    path.write_bytes(whole[:-30])
    said = do(logs, tmp_path / "old")
    assert said.messages == 2
    assert said.problems == [f"{path}: its last line has no end yet: left for another time"]
    path.write_bytes(whole)
    said = do(logs, tmp_path / "old")
    assert (said.messages, said.problems) == (1, [])
    assert len(kept(tmp_path / "old")) == 3


def test_endless_lines_are_kept_in_pieces(logs: Path, tmp_path: Path) -> None:
    path = logs / f"{SESSION}.messages.current.log"
    path.write_bytes(b"x" * (2 * ENTRY_BYTES_MAX + 5) + b"\n" + MESSAGES[0])
    said = do(logs, tmp_path / "old")
    assert (said.messages, said.garbled) == (1, 3)
    sizes = [len(r.payload) for r in kept(tmp_path / "old")[:3]]
    assert sizes == [ENTRY_BYTES_MAX, ENTRY_BYTES_MAX, 5]


def test_a_folder_with_nothing_in_it_is_refused(tmp_path: Path) -> None:
    result = audit("import-quickfix", tmp_path, "--into", tmp_path / "old")
    assert result.exit_code == 1
    assert "holds no log of QuickFIX" in result.stderr
    assert not (tmp_path / "old").exists()


def test_the_journal_of_a_gateway_is_left_alone(logs: Path, tmp_path: Path) -> None:
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 1)
    before = {path: path.read_bytes() for path in (tmp_path / "data" / "journal").iterdir()}
    with pytest.raises(NotImportedError, match="journal of a gateway: import into a folder apart"):
        do(logs, tmp_path / "data")
    after = {path: path.read_bytes() for path in (tmp_path / "data" / "journal").iterdir()}
    assert after == before


def test_two_at_a_time_are_refused(logs: Path, tmp_path: Path) -> None:
    journal = Journal(tmp_path / "old" / "journal")
    try:
        with pytest.raises(JournalLockedError):
            do(logs, tmp_path / "old")
    finally:
        journal.close()


# --- once -----------------------------------------------------------------------------------------


def test_the_same_files_are_imported_once(logs: Path, tmp_path: Path) -> None:
    do(logs, tmp_path / "old")
    first = kept(tmp_path / "old")
    said = as_json("import-quickfix", logs, "--into", tmp_path / "old")
    assert (said["messages"], said["events"]) == (0, 0)
    assert said["known_bytes"] == sum(path.stat().st_size for path in logs.iterdir())
    assert len(kept(tmp_path / "old")) == len(first)


def test_files_of_the_same_size_are_imported_once(logs: Path, tmp_path: Path) -> None:
    """As event logs of two days are, whose lines differ in their times alone."""
    for number, second in ((1, 1), (2, 2)):
        text = line(second, b"Created session") + line(second + 5, b"Disconnecting")
        (logs / f"{SESSION}.event.backup.{number}.log").write_bytes(text)
    assert do(logs, tmp_path / "old").events == 6
    assert do(logs, tmp_path / "old").events == 0


def test_only_what_has_come_since_is_imported(logs: Path, tmp_path: Path) -> None:
    """The file has grown, and was then put aside for another."""
    do(logs, tmp_path / "old")
    path = logs / f"{SESSION}.messages.current.log"
    with path.open("ab") as file:
        file.write(line(7, frame("35=0", seq=3)))
    path.rename(logs / f"{SESSION}.messages.backup.1.log")
    path.write_bytes(line(8, frame("35=0", seq=4)))
    said = do(logs, tmp_path / "old")
    assert said.messages == 2
    assert [r.seq for r in kept(tmp_path / "old")] == [1, 2, 1, 3, 4]
    assert do(logs, tmp_path / "old").messages == 0
    assert {r.epoch for r in kept(tmp_path / "old")} == {1}


def test_another_day_of_a_session_goes_on_with_it(logs: Path, tmp_path: Path) -> None:
    do(logs, tmp_path / "old")
    other = tmp_path / "next"
    shutil.copytree(logs, other)
    text = line(9, frame("35=0", seq=3))
    (other / f"{SESSION}.messages.current.log").write_bytes(text)
    said = do(other, tmp_path / "old")
    assert (said.messages, said.events) == (1, 0)  # its events are those of before
    rows = as_json("search", "--data-dir", tmp_path / "old")
    assert len({row["link"] for row in rows}) == 1


@pytest.mark.parametrize("after", [1, 30, 61, 100])
def test_a_crash_in_its_midst_doubles_and_loses_nothing(
    after: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(quickfix_import, "RECORDS_A_BATCH", 10)
    folder = tmp_path / "log"
    folder.mkdir()
    frames = [frame(f"35=D|11=A{at}", seq=at) for at in range(1, 101)]
    text = b"".join(line(at % 60, one) for at, one in enumerate(frames))
    (folder / f"{SESSION}.messages.current.log").write_bytes(text)
    seen = Counter[str]()

    def crash(_done: int, _total: int) -> None:
        seen["entries"] += 1
        if seen["entries"] == after:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        import_logs(folder, tmp_path / "old", "anna", crash)
    do(folder, tmp_path / "old")
    assert [record.payload for record in kept(tmp_path / "old")] == frames


def test_a_long_history_fills_several_segments(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each begins with a snapshot, so that a stretch is played back from there."""
    monkeypatch.setattr(quickfix_import, "Journal", _small)
    monkeypatch.setattr(quickfix_import, "RECORDS_A_BATCH", 50)
    folder = tmp_path / "log"
    folder.mkdir()
    frames = [frame(f"35=D|11=A{at}|58={'x' * 200}", seq=at) for at in range(1, 1001)]
    text = b"".join(line(at // 20, one) for at, one in enumerate(frames))
    (folder / f"{SESSION}.messages.current.log").write_bytes(text)
    do(folder, tmp_path / "old")
    assert len(numbers_in(tmp_path / "old" / "journal")) > 3
    assert as_json("verify", "--data-dir", tmp_path / "old")["ok"]
    asked = ["replay", "--data-dir", str(tmp_path / "old"), "--speed", "max", "--messages-only"]
    result = CliRunner().invoke(main, [*asked, "--from", "2025-11-20 10:00:40"])
    assert len(result.stdout.splitlines()) == 200
    assert do(folder, tmp_path / "old").messages == 0


def _small(folder: Path) -> Journal:
    return Journal(folder, segment_bytes=SEGMENT_BYTES_MIN)


# --- there and back -------------------------------------------------------------------------------


def test_what_we_export_is_imported_to_the_byte(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    with Writer(tmp_path / "data" / "journal") as writer:
        busy_day(writer, 2)
    folder = tmp_path / "log"
    folder.mkdir()
    path = folder / "FIX.4.4-GATE-ACME.messages.current.log"
    ours = ("--data-dir", tmp_path / "data", "--session", "ACME")
    assert audit("export", *ours, "--format", "fix", "-o", path).exit_code == 0
    do(folder, tmp_path / "old")
    wanted = ("direction", "time_ns", "raw", "msg_seq_num", "cl_ord_id", "garbled")
    here = [{name: row[name] for name in wanted} for row in as_json("search", *ours)]
    there = as_json("search", "--data-dir", tmp_path / "old")
    assert [{name: row[name] for name in wanted} for row in there] == here
