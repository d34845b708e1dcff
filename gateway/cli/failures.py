"""Failures of the commands: one clear line each on standard error, and the exit code.

Owns the exit codes and the table of what the environment can do to a command. Our own faults are
told as such; FIXGATE_TRACEBACK=1 shows where they happened.
"""

from __future__ import annotations

from typing import Final

import click

from gateway.config import ConfigError
from gateway.control.errors import (
    ControlSocketError,
    DeskError,
    GatewayNotRunning,
    NoAnswer,
    WaitsForApproval,
)
from sessions.dictionary import DictionaryError
from store.errors import StoreError

FAILED: Final = 1
BAD_USAGE: Final = 2
NOT_RUNNING: Final = 3
WAITS: Final = 4

EXIT_CODES: Final[tuple[tuple[type[Exception], int], ...]] = (
    (ConfigError, BAD_USAGE),
    (DictionaryError, BAD_USAGE),
    (GatewayNotRunning, NOT_RUNNING),
    (NoAnswer, NOT_RUNNING),
    (WaitsForApproval, WAITS),
    (DeskError, FAILED),
    (ControlSocketError, FAILED),
    (StoreError, FAILED),
)


def report(error: Exception) -> int:
    """Tell `error` in plain words; the exit code it means."""
    for kind, code in EXIT_CODES:
        if isinstance(error, kind):
            click.echo(str(error), err=True)
            return code
    if isinstance(error, OSError):
        where = f"{error.filename}: " if error.filename else ""
        click.echo(f"{where}{error.strerror or error}", err=True)
        return FAILED
    click.echo(
        f"fixgate has a fault: {type(error).__name__}: {error}; please report it with what"
        " FIXGATE_TRACEBACK=1 shows",
        err=True,
    )
    return FAILED
