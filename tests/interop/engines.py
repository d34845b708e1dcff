"""QuickFIX engines as processes of their own, started, killed and asked by a test.

QuickFIX lives in an environment of its own, which `make interop` makes. Where there is none the
tests are skipped with that reason, unless FIXGATE_REQUIRE_INTEROP=1 says that they must run.
"""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).parents[2]
ENVIRONMENT = ROOT / ".venv-interop"
PYTHON = ENVIRONMENT / "bin" / "python"
OWN_DICTIONARIES = ENVIRONMENT / "share" / "quickfix"
REQUIRED = "FIXGATE_REQUIRE_INTEROP"
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")
LINE_MAX = 1 << 20


def require() -> None:
    """Skip, or fail where QuickFIX must be there."""
    if (ENVIRONMENT / ".installed").exists():
        return
    why = "no QuickFIX here: `make interop` builds it"
    if os.environ.get(REQUIRED) == "1":
        pytest.fail(f"{why}, but {REQUIRED}=1")
    pytest.skip(why)


class Said:
    """A line of the engine. `fields`: tag to value; `groups`: as QuickFIX found them."""

    def __init__(self, line: dict[str, Any]) -> None:
        self.event: str = line["event"]
        self.type: str = line.get("type", "")
        self.raw: str = line.get("raw", "")
        self.groups: list[Any] = line.get("groups", [])
        self.line = line
        pairs = [pair.partition("=") for pair in self.raw.split("\x01") if pair]
        self.fields = {tag: value for tag, _, value in pairs}

    def get(self, tag: int) -> str:
        """A field's value, "" if it is not there."""
        return self.fields.get(str(tag), "")

    def __repr__(self) -> str:
        return f"{self.event} {self.raw}".replace("\x01", "|") if self.raw else str(self.line)


class Engine:
    """One QuickFIX session. `role`: "client" connects to the port, "broker" listens on it.

    `settings` are QuickFIX's, `options` those of the program in the folder `engine`.
    """

    def __init__(
        self,
        role: str,
        version: str,
        folder: Path,
        port: int,
        *,
        name: str,
        dictionaries: Path = OWN_DICTIONARIES,
        settings: dict[str, str] | None = None,
        options: dict[str, Any] | None = None,
    ) -> None:
        self.role = role
        self.name = name
        self.events: list[Said] = []
        self.counts: Counter[tuple[str, str]] = Counter()
        """Of events, by event and MsgType(35)."""
        self.options: dict[str, Any] = {"version": version, "state": str(folder / "orders")}
        self.options |= options or {}
        self.folder = folder
        """With its `log` and its `store`."""
        self._settings = self._defaults(version, port, dictionaries) | (settings or {})
        self._seen = 0
        self._news = asyncio.Event()
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    def _defaults(self, version: str, port: int, dictionaries: Path) -> dict[str, str]:
        client = self.role == "client"
        settings = {
            "ConnectionType": "initiator" if client else "acceptor",
            "SenderCompID": self.name,
            "TargetCompID": "FIXGATE",
            "NonStopSession": "Y",
            "FileStorePath": str(self.folder / "store"),
            "FileLogPath": str(self.folder / "log"),
            "SocketNodelay": "Y",
            "UseDataDictionary": "Y",
            "HeartBtInt": "30",
        }
        if client:
            settings |= {"SocketConnectHost": "127.0.0.1", "SocketConnectPort": str(port)}
            settings["ReconnectInterval"] = "1"
        else:
            settings |= {"SocketAcceptPort": str(port), "SocketReuseAddress": "Y"}
        file = str(dictionaries / f"{version.replace('.', '')}.xml")
        if version.startswith("FIX.4"):
            return settings | {"BeginString": version, "DataDictionary": file}
        return settings | {
            "BeginString": "FIXT.1.1",
            "DefaultApplVerID": version,
            "AppDataDictionary": file,
            "TransportDataDictionary": str(dictionaries / "FIXT11.xml"),
        }

    async def start(self) -> None:
        """Start the process; its session then comes up by itself."""
        self.folder.mkdir(exist_ok=True)
        path = self.folder / "quickfix.cfg"
        lines = [f"{name}={value}" for name, value in self._settings.items()]
        path.write_text("\n".join(["[DEFAULT]", *lines, "[SESSION]", ""]))
        kept = {k: v for k, v in os.environ.items() if not k.startswith("PYTHON")}
        self._process = await asyncio.create_subprocess_exec(
            *(str(PYTHON), "-X", "faulthandler", str(Path(__file__).parent / "engine")),
            *(self.role, str(path), json.dumps(self.options)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            limit=LINE_MAX,
            env=kept,
        )
        self._reading = asyncio.create_task(self._read(self._process))

    def tell(self, do: str, **values: Any) -> None:
        """Give it a command."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.write(json.dumps({"do": do, **values}).encode() + b"\n")

    async def ask(self, do: str, **values: Any) -> dict[str, int]:
        """Give it a command and wait until it has done it; its next numbers, `in` and `out`."""
        before = self.counts["done", ""]
        self.tell(do, **values)
        await self.until(lambda: self.counts["done", ""] > before)
        numbers: dict[str, int] = self.all("done")[-1].line["numbers"]
        return numbers

    async def next(self, event: str, msg_type: str = "", **fields: str) -> Said:
        """The next line of a kind, after the one that was found last. `fields`: tag_11="A1"."""
        wanted = {tag.removeprefix("tag_"): value for tag, value in fields.items()}
        while True:
            for index in range(self._seen, len(self.events)):
                said = self.events[index]
                fits = said.event == event and msg_type in ("", said.type)
                if fits and wanted.items() <= said.fields.items():
                    self._seen = index + 1
                    return said
            await self._more()

    def all(self, event: str, msg_type: str = "") -> list[Said]:
        """All lines of a kind so far."""
        return [s for s in self.events if s.event == event and msg_type in ("", s.type)]

    async def until(self, condition: Callable[[], bool]) -> None:
        """Wait for what depends on the lines so far."""
        while not condition():
            await self._more()

    def orders(self) -> set[str]:
        """ClOrdIDs(11) of what a broker has taken, by its own record."""
        lines = Path(self.options["state"]).read_text().splitlines()
        return {cl_ord_id for line in lines for cl_ord_id in json.loads(line)[0]}

    def rejects(self) -> list[Said]:
        """What either side refused as a message, as opposed to an order."""
        return [said for said in self.events if said.type in ("3", "j")]

    def signal(self, number: int) -> None:
        """Send the process a signal."""
        assert self._process is not None
        self._process.send_signal(number)

    async def log_out(self) -> None:
        """Let it log out, and not log on again."""
        await self.ask("logout")
        await self.next("logout")

    async def stop(self) -> None:
        """End it; whoever wants it logged out does that before."""
        assert self._process is not None
        assert self._process.stdin is not None
        self._process.stdin.close()
        await self._ended()
        assert self._process.returncode == 0, self._process.returncode

    async def kill(self) -> None:
        """SIGKILL."""
        self.signal(signal.SIGKILL)
        await self._ended()

    async def close(self) -> None:
        """Leave no process behind, and show what was said."""
        if self._process is not None and self._process.returncode is None:
            await self.kill()
        for line in self._last_words():
            print(self.name, line)

    def _last_words(self) -> Iterator[str]:
        yield from (repr(said) for said in self.events[-30:])
        for path in sorted((self.folder / "log").glob("*.event.current.log")):
            yield from path.read_text(errors="replace").splitlines()[-20:]

    async def _ended(self) -> None:
        assert self._process is not None
        assert self._reading is not None
        await self._reading
        await self._process.wait()

    async def _more(self) -> None:
        assert self._reading is not None
        assert not self._reading.done(), f"{self.name} has ended"
        self._news.clear()
        await self._news.wait()

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for line in process.stdout:
            said = Said(json.loads(line))
            self.events.append(said)
            self.counts[said.event, said.type] += 1
            self._news.set()
        self._news.set()
