"""One gateway as a process: its log, its loop, the signals that end it, its exit code."""

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from contextlib import suppress
from decimal import getcontext
from typing import Final, TextIO, cast

import structlog

from gateway import garbage
from gateway.config import Config, ConfigError
from gateway.config.load import ConfigFile
from gateway.descriptors import allow_all
from gateway.orders.order import DECIMAL_DIGITS
from gateway.runtime import Gateway, StartError
from store.errors import StoreError

log = structlog.get_logger("fixgate")

EXIT_OK: Final = 0
EXIT_FAILED: Final = 1
EXIT_CONFIGURATION: Final = 2
PRIVATE: Final = 0o077  # whoever is not the gateway's user reads no orders and no messages


def run(config: Config, file: ConfigFile | None = None) -> int:
    """Run a gateway until a signal ends it; returns the exit code of the process. `file`: where the
    configuration can be read again.
    """
    configure_log(config)
    os.umask(PRIVATE)
    sys.unraisablehook = _told_where_nobody_hears
    getcontext().prec = DECIMAL_DIGITS
    allow_all()
    with asyncio.Runner(loop_factory=_loop_factory()) as runner:
        return runner.run(_main(config, file))


def _told_where_nobody_hears(told: "sys.UnraisableHookArgs") -> None:
    """An error that cannot be raised is printed, but for one that a stranger chooses to make, as
    often as it likes: `ssl` has it of a server's name (SNI) that is no ASCII. The handshake fails.
    """
    if not (isinstance(told.exc_value, UnicodeDecodeError) and isinstance(told.object, bytes)):
        sys.__unraisablehook__(told)


def _loop_factory() -> Callable[[], asyncio.AbstractEventLoop] | None:
    try:
        import uvloop  # noqa: PLC0415 - not on every platform
    except ImportError:
        return None
    return uvloop.new_event_loop


async def _main(config: Config, file: ConfigFile | None) -> int:
    loop = asyncio.get_running_loop()
    garbage.hold()
    try:
        gateway = Gateway(config, loop, file)
        loop.set_exception_handler(gateway.fault)
        signals = _signals(loop)  # from before anybody is told that it runs
        loop.add_signal_handler(signal.SIGHUP, gateway.hang_up)
        gateway.on_config = configure_log
        await gateway.start()
        garbage.settle()
    except ConfigError as error:
        return _refuse(error, EXIT_CONFIGURATION)
    except (StartError, StoreError) as error:
        return _refuse(error, EXIT_FAILED)
    return await _serve(gateway, signals)


def _refuse(error: Exception, status: int) -> int:
    for line in str(error).splitlines():
        log.error("cannot start", problem=line)
    return status


def _signals(loop: asyncio.AbstractEventLoop) -> asyncio.Queue[int]:
    signals: asyncio.Queue[int] = asyncio.Queue()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, signals.put_nowait, number)
    return signals


async def _serve(gateway: Gateway, signals: asyncio.Queue[int]) -> int:
    asked = asyncio.create_task(signals.get())
    await asyncio.wait((asked, gateway.failed), return_when=asyncio.FIRST_COMPLETED)
    if gateway.failed.done():
        await gateway.abandon()
        return EXIT_FAILED
    stopping = asyncio.create_task(gateway.stop())
    again = asyncio.create_task(signals.get())
    await asyncio.wait((stopping, again, gateway.failed), return_when=asyncio.FIRST_COMPLETED)
    if stopping.done() and not gateway.failed.done():
        stopping.result()
        return EXIT_OK
    log.warning("ends at once", why="a second signal" if again.done() else gateway.failed.result())
    stopping.cancel()
    await gateway.abandon()
    return EXIT_FAILED


class PatientLog:
    """A log that may be on a full disk, or whose reader may be gone. A line that cannot be written
    is lost; raised, the error would end a decision in its middle. The journal has every fact.
    """

    def __init__(self, file: TextIO) -> None:
        self._file = file

    def write(self, text: str) -> None:
        """Write what can be written."""
        with suppress(OSError, ValueError):
            self._file.write(text)

    def flush(self) -> None:
        """As `write`."""
        with suppress(OSError, ValueError):
            self._file.flush()


def configure_log(config: Config) -> None:
    """Structured lines on standard error, for people or as JSON."""
    renderer = (
        structlog.processors.JSONRenderer()
        if config.log.format == "json"
        else structlog.dev.ConsoleRenderer(colors=False)
    )
    structlog.configure(
        processors=[
            structlog.processors.add_log_level,
            structlog.processors.TimeStamper(fmt="iso", utc=True),
            renderer,
        ],
        wrapper_class=structlog.make_filtering_bound_logger(config.log.level),
        logger_factory=structlog.WriteLoggerFactory(file=cast(TextIO, PatientLog(sys.stderr))),
    )
