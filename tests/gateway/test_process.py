"""The process's log: what reads it may be gone, what holds it may be full."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
import structlog

from gateway.process import PatientLog


def lines_to(descriptor: int) -> None:
    """Log more than a buffer holds."""
    with os.fdopen(descriptor, "w") as file:
        factory = structlog.WriteLoggerFactory(file=PatientLog(file))  # type: ignore[arg-type]  # a part of TextIO
        for _ in range(10_000):
            factory().info("a line of a log")
        with pytest.raises(OSError, match=r"No space|Broken pipe"):
            file.flush()
        os.dup2(os.open(os.devnull, os.O_WRONLY), descriptor)  # so that closing it is quiet


def test_a_log_whose_reader_is_gone_stops_nobody() -> None:
    reader, writer = os.pipe()
    os.close(reader)
    lines_to(writer)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no /dev/full")
def test_a_log_on_a_full_disk_stops_nobody() -> None:
    lines_to(os.open("/dev/full", os.O_WRONLY))
