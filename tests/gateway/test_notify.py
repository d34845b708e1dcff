"""What a supervisor hears, over a real datagram socket."""

import os
import socket
from pathlib import Path

import pytest

from gateway.notify import notify, watchdog_s


def test_a_supervisor_that_listens_hears_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listener:
        listener.bind(address)
        monkeypatch.setenv("NOTIFY_SOCKET", address)
        notify("READY=1")
        assert listener.recv(100) == b"READY=1"


def test_without_a_supervisor_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NOTIFY_SOCKET", raising=False)
    notify("READY=1")
    monkeypatch.setenv("NOTIFY_SOCKET", "/nobody/listens/here")
    notify("READY=1")


@pytest.mark.parametrize(
    ("usec", "pid", "interval_s"),
    [
        ("30000000", "", 15.0),
        ("30000000", "ours", 15.0),
        ("30000000", "1", 0.0),
        ("100000", "", 0.25),
        ("0", "", 0.0),
        ("", "", 0.0),
        ("soon", "", 0.0),
    ],
)
def test_the_watchdog_hears_of_us_in_half_its_time(
    monkeypatch: pytest.MonkeyPatch, usec: str, pid: str, interval_s: float
) -> None:
    monkeypatch.setenv("WATCHDOG_USEC", usec)
    monkeypatch.setenv("WATCHDOG_PID", str(os.getpid()) if pid == "ours" else pid)
    assert watchdog_s() == interval_s
