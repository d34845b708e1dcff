"""The gateway under test: its configuration, its process, and when it is ready.

Every check is on; limits are numbers that a benchmark does not reach. Starts the gateway by its
command, so that any revision can stand behind it.
"""

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter_ns, sleep
from typing import Final

from tools.bench.errors import BenchError
from tools.bench.prepared import ACCOUNT, REFERENCE_CENTS, SYMBOLS
from tools.bench.worker import Worker, pin

HERE: Final = Path(__file__).resolve().parents[2]
READY_S: Final = 300.0
STOP_S: Final = 60.0
POLL_S: Final = 0.005
LOG_LINES: Final = 12

_MESSAGE_RATE: Final = "message_rate_per_s = 1_000_000"
CLIENT: Final = "BENCH"
_CLIENT: Final = """\
[[clients]]
name = "{name}"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "{name}"
accounts = ["{account}"]
{message_rate}
"""
_CONFIG: Final = """\
[gateway]
node = "B"
data_dir = "data"

[journal]
sync = "batch"

[audit]
enabled = {audit}

[log]
level = "warning"

[[listeners]]
host = "127.0.0.1"
port = {client_port}

{clients}
[[brokers]]
name = "BROKER"
type = "fix"
hosts = ["127.0.0.1:{broker_port}"]
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "BROKER"
reconnect_min_s = 0.1
reconnect_max_s = 1

[[routes]]
name = "all"
broker = "BROKER"

[reference]
instruments = "instruments.csv"
prices = "closes.csv"

[[risk.limits]]
scope = "firm"
instrument_known = "on"
max_quantity = 100_000
max_notional = 50_000_000
price_collar_pct = 10
max_open_orders = 100_000
max_open_notional = 1_000_000_000_000
max_gross_notional = "off"
max_credit = "off"
max_daily_loss = "off"
order_rate_per_s = 1_000_000
order_burst = 1_000_000
cancel_rate_per_s = 1_000_000
duplicate_window_s = 1
duplicate_max = 100
"""


def write_config(
    folder: Path,
    *,
    client_port: int,
    broker_port: int,
    audit: bool,
    tree: Path = HERE,
    clients: Sequence[str] = (CLIENT,),
) -> None:
    """Configuration and reference data of one gateway of the code in `tree`, with prices of now."""
    rate = _MESSAGE_RATE if _knows(tree, _MESSAGE_RATE) else ""
    account = ACCOUNT.decode()
    text = _CONFIG.format(
        audit=str(audit).lower(),
        client_port=client_port,
        broker_port=broker_port,
        clients="\n".join(
            _CLIENT.format(name=name, account=account, message_rate=rate) for name in clients
        ),
    )
    (folder / "fixgate.toml").write_text(text)
    symbols = [symbol.decode() for symbol in SYMBOLS]
    header = "symbol,security_type,currency,tick_size,lot_size,multiplier,restricted"
    rows = [f"{symbol},CS,USD,0.01,100,1,no" for symbol in symbols]
    (folder / "instruments.csv").write_text("\n".join([header, *rows, ""]))
    now = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    prices = [f"{symbol},{REFERENCE_CENTS / 100:.2f},{now}" for symbol in symbols]
    (folder / "closes.csv").write_text("\n".join(["symbol,price,time", *prices, ""]))


def _knows(tree: Path, line: str) -> bool:
    """Whether a revision has the setting that a line of its configuration would set."""
    setting = f"    {line.partition(' ')[0]}:"
    return any(setting in path.read_text() for path in (tree / "gateway" / "config").glob("*.py"))


class Gateway:
    """One gateway on one folder, as a process that can be started again."""

    def __init__(
        self, folder: Path, port: int, *, tree: Path, core: int, children_core: int
    ) -> None:
        self._folder = folder
        self._port = port
        self._tree = tree
        self._core = core
        self._children_core = children_core
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int:
        """Its process id while it runs."""
        assert self._process is not None
        return self._process.pid

    def start(self, client: Worker, broker: Worker) -> float:
        """Start it and wait until both peers are logged on; returns the seconds that took."""
        began = perf_counter_ns()
        command = [sys.executable, "-m", "gateway.cli", "run"]
        with (self._folder / "gateway.log").open("ab") as log:
            self._process = subprocess.Popen(
                [*command, "--config", str(self._folder / "fixgate.toml")],
                cwd=self._tree,
                env={**os.environ, "PYTHONPATH": str(self._tree)},
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
            )
        pin(self._process.pid, self._core)
        self._until(lambda: bool(broker.ask("state")["logged_on"]), "reach its broker")
        self._until(lambda: bool(client.ask("log_on", port=self._port)["logged_on"]), "listen")
        elapsed_s = (perf_counter_ns() - began) / 1e9
        self._move_children()
        return elapsed_s

    def _until(self, ready: Callable[[], bool], what: str) -> None:
        give_up = perf_counter_ns() + int(READY_S * 1e9)
        while not ready():
            assert self._process is not None
            if self._process.poll() is not None:
                raise BenchError("the gateway ended at its start")
            if perf_counter_ns() > give_up:
                raise BenchError(f"the gateway does not {what}")
            sleep(POLL_S)

    def _move_children(self) -> None:
        """The processes it started do not run on its core."""
        for task in Path(f"/proc/{self.pid}/task").iterdir():
            for child in (task / "children").read_text().split():
                pin(int(child), self._children_core)

    def log_tail(self) -> str:
        """The last lines it wrote."""
        path = self._folder / "gateway.log"
        log = path.read_text(errors="replace") if path.exists() else ""
        return "\n".join(log.splitlines()[-LOG_LINES:])

    def stop(self) -> None:
        """Ask it to end; kill it, by its id, if it does not."""
        process = self._process
        if process is None:
            return
        self._process = None
        with contextlib.suppress(ProcessLookupError):
            process.send_signal(signal.SIGTERM)
        try:
            process.wait(STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
            raise BenchError(f"the gateway did not stop within {STOP_S:g} s") from None
