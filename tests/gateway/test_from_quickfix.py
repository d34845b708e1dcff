"""A configuration of QuickFIX as one of fixgate: what is carried over, and what is told."""

from __future__ import annotations

from pathlib import Path

import pytest
from click.testing import CliRunner

from gateway.cli import main
from gateway.config import Config, FixBroker, PaperBroker, load_config
from gateway.config.from_quickfix import convert
from gateway.config.quickfix_file import QuickfixFileError, read_sessions
from tests.gateway.config_files import with_reference_data

ACCEPTOR = """\
# shared by all
[DEFAULT]
ConnectionType=acceptor
SocketAcceptPort=9876
ReconnectInterval=60
FileStorePath=store
SenderCompID=HOUSE
BeginString=FIX.4.4

[SESSION]
TargetCompID=ONE
"""
INITIATOR = """\
[session]
ConnectionType = initiator
BeginString = FIX.4.2
SenderCompID = HOUSE
TargetCompID = BROKER
SocketConnectHost = 10.0.0.5
SocketConnectPort = 7001
SocketConnectHost1 = 10.0.0.6
SocketConnectPort1 = 7002
"""


def made(folder: Path, text: str) -> tuple[Config, list[str]]:
    """It loads without a problem."""
    written, notes = convert(text, folder)
    with_reference_data(folder)
    (folder / "fixgate.toml").write_text(written)
    return load_config(folder / "fixgate.toml"), notes


def test_sections_and_what_they_share() -> None:
    text = "[DEFAULT]\nA=1\nB = two = 2\n// a comment\n[SESSION]\nA=3\n\n[session]\n"
    assert read_sessions(text) == [{"A": "3", "B": "two = 2"}, {"A": "1", "B": "two = 2"}]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("", "no \\[SESSION\\]"),
        ("A=1\n", "line 1: 'A=1' stands before any section"),
        ("[SESSION]\nwhat\n", "line 2: 'what' is no key=value"),
        ("[gateway]\n", "line 1: \\[gateway\\] is neither"),
    ],
)
def test_what_is_no_configuration_of_quickfix(text: str, why: str, tmp_path: Path) -> None:
    with pytest.raises(QuickfixFileError, match=why):
        convert(text, tmp_path)


def test_an_acceptor_becomes_a_client_and_a_listener(tmp_path: Path) -> None:
    config, notes = made(tmp_path, ACCEPTOR + "[SESSION]\nTargetCompID=TWO\nResetOnLogon=Y\n")
    assert [(one.host, one.port) for one in config.listeners] == [("0.0.0.0", 9876)]
    one, two = config.clients
    assert (one.name, one.begin_string, one.sender_comp_id) == ("ONE", "FIX.4.4", "HOUSE")
    assert (one.reset_on_logon, two.reset_on_logon) == (False, True)
    assert isinstance(config.brokers[0], PaperBroker)
    assert "FileStorePath=store: see data_dir in [gateway]" in notes
    assert "ONE: may use any Account(1): list its own in accounts" in notes
    assert not any("ReconnectInterval" in note for note in notes)


def test_an_initiator_becomes_a_broker(tmp_path: Path) -> None:
    config, notes = made(tmp_path, INITIATOR + "ReconnectInterval=60\nHeartBtInt=20\n")
    (broker,) = config.brokers
    assert isinstance(broker, FixBroker)
    assert broker.hosts == ("10.0.0.5:7001", "10.0.0.6:7002")
    assert (broker.reconnect_min_s, broker.reconnect_max_s) == (60, 60)
    assert broker.heart_bt_int_s == 20
    assert config.routes[0].broker == "BROKER"
    assert "there is no acceptor in it: the client ACME is an example" in notes


@pytest.mark.parametrize(
    ("line", "setting", "value"),
    [
        ("CheckLatency=N", "check_latency", False),
        ("MaxLatency=30", "max_latency_s", 30.0),
        ("TimeStampPrecision=NANOS", "sending_time_digits", 9),
        ("TimestampPrecision=6", "sending_time_digits", 6),
        ("MillisecondsInTimeStamp=N", "sending_time_digits", 0),
        ("RejectInvalidMessage=N", "invalid_messages", "deliver"),
        ("ResendRequestChunkSize=500", "resend_request_chunk_size", 500),
        ("HeartBeatTimeoutMultiplier=2.5", "heart_beat_timeout_multiplier", 2.5),
        ("SendNextExpectedMsgSeqNum=Y", "enable_next_expected_msg_seq_num", True),
        ("LogonTag=1=ACC\nLogonTag1=9001=x", "logon_tags", ("1=ACC", "9001=x")),
        ("SenderSubID=DESK", "sender_sub_id", "DESK"),
        ("SocketSendTimeout=5000", "write_max_age_s", 5.0),
        ("SocketLocalHost=127.0.0.1", "source_host", "127.0.0.1"),
    ],
)
def test_values_are_translated(tmp_path: Path, line: str, setting: str, value: object) -> None:
    config, notes = made(tmp_path, f"{INITIATOR}{line}\n")
    assert getattr(config.brokers[0], setting) == value
    assert not any(line.partition("=")[0] in note for note in notes)


def test_a_fixt_session_has_its_version(tmp_path: Path) -> None:
    text = INITIATOR.replace("FIX.4.2", "FIXT.1.1")
    for version in ("9", "FIX.5.0SP2"):
        config, _ = made(tmp_path, f"{text}DefaultApplVerID={version}\n")
        broker = config.brokers[0]
        assert isinstance(broker, FixBroker)
        assert broker.default_appl_ver_id == "FIX.5.0SP2"


def test_a_dictionary_is_carried_over_if_it_is_there(tmp_path: Path) -> None:
    (tmp_path / "their.xml").write_text("<fix/>")
    config, _ = made(tmp_path, f"{INITIATOR}DataDictionary=their.xml\n")
    assert config.fix_links[-1].dictionary == tmp_path / "their.xml"
    config, notes = made(tmp_path, f"{INITIATOR}DataDictionary=spec/FIX42.xml\n")
    assert config.fix_links[-1].dictionary is None
    told = "DataDictionary=spec/FIX42.xml: there is no such file, the built-in one is taken"
    assert told in notes


@pytest.mark.parametrize(
    ("lines", "schedule"),
    [
        ("NonStopSession=Y", None),
        ("StartTime=08:00:00\nEndTime=17:30:00", ("UTC", ("08:00:00-17:30:00",), ("window",))),
        ("StartTime=00:00:00\nEndTime=00:00:00", ("UTC", ("00:00:00-00:00:00",), ("window",))),
        (
            "StartTime=17:00:00 America/New_York\nEndTime=16:00:00\nStartDay=sunday\nEndDay=fri",
            ("America/New_York", ("Sun 17:00:00-Fri 16:00:00",), ("window",)),
        ),
        ("EnableResetSeqTime=Y\nResetSeqTime=17:00:00", ("UTC", (), ("17:00:00",))),
    ],
)
def test_times_become_a_schedule(
    tmp_path: Path, lines: str, schedule: tuple[str, tuple[str, ...], tuple[str, ...]] | None
) -> None:
    config, _ = made(tmp_path, f"{INITIATOR}{lines}\n")
    found = [(one.time_zone, one.windows, one.reset) for one in config.schedules]
    assert found == ([schedule] if schedule else [])
    broker = config.brokers[0]
    assert isinstance(broker, FixBroker)
    assert broker.schedule == ("schedule1" if schedule else "")


def test_weekdays_and_sessions_that_share_a_schedule(tmp_path: Path) -> None:
    times = "StartTime=08:00:00\nEndTime=17:00:00\nWeekdays=Mon,tuesday\nTimeZone=Europe/London\n"
    other = INITIATOR.replace("BROKER", "OTHER")
    config, _ = made(tmp_path, f"{INITIATOR}{times}{other}{times}")
    (schedule,) = config.schedules
    assert (schedule.weekdays, schedule.time_zone) == (("Mon", "Tue"), "Europe/London")


@pytest.mark.parametrize(
    ("line", "note"),
    [
        ("PersistMessages=N", "PersistMessages=N: everything is journalled"),
        ("Foo=Bar", "Foo=Bar: is not known here"),
        ("MaxScheduledWriteRequests=9", "MaxScheduledWriteRequests=9: see write_max_bytes in"),
        ("LogonTime=08:00:00", "BROKER: LogonTime and LogoutTime: write them as windows"),
        ("UseLocalTime=Y", "BROKER: UseLocalTime=Y: set time_zone"),
        ("AppDataDictionary.FIX.4.4=x.xml", "AppDataDictionary.FIX.4.4=x.xml: see dictionary in"),
    ],
)
def test_what_is_not_carried_over_is_told(tmp_path: Path, line: str, note: str) -> None:
    _, notes = made(tmp_path, f"{INITIATOR}{line}\n")
    assert [told for told in notes if told.startswith(note)]


def test_passwords_are_neither_written_nor_shown(tmp_path: Path) -> None:
    lines = "LogonTag=553=joe\nLogonTag1=554=s3cret\nSocketKeyStorePassword=s3cret\n"
    written, notes = convert(INITIATOR + lines, tmp_path)
    assert 'username = "joe"' in written
    assert "s3cret" not in written + "".join(notes)
    assert [n for n in notes if n.startswith("BROKER: Password(554) must not stand here")]
    assert [n for n in notes if n.startswith("SocketKeyStorePassword=(not shown): ")]


def test_the_command_writes_it_and_tells(tmp_path: Path) -> None:
    file = tmp_path / "quickfix.cfg"
    file.write_text(ACCEPTOR + INITIATOR + "Foo=Bar\n")
    target = tmp_path / "new"
    arguments = ["init", str(target), "--from-quickfix", str(file)]
    done = CliRunner().invoke(main, arguments)
    assert done.exit_code == 0, done.output
    assert "note: Foo=Bar: is not known here\n" in done.output
    config = target / "fixgate.toml"
    checked = CliRunner().invoke(main, ["check", "--config", str(config)])
    assert checked.exit_code == 0, checked.output
    file.write_text("what is this")
    other = CliRunner().invoke(main, ["init", str(tmp_path / "o"), *arguments[2:]])
    assert other.exit_code == 1
    assert "is no QuickFIX configuration: line 1" in other.output
