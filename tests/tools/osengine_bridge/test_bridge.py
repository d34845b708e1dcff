"""The robot FixgateBridge, compiled and run, with the gateway's own adapter at the other end.

The terminal is a declaration of OsEngine's public interface with a connector that a test drives.
"""

from __future__ import annotations

import asyncio
import shutil
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from gateway.brokers.osengine.shell import OsEngineAdapter
from gateway.config.osengine import OsEngineBroker
from tests.gateway.brokers.osengine.host import Host, order, send, until
from tests.gateway.end_to_end.settings import free_port

HERE = Path(__file__).parent
ROBOT = HERE.parents[2] / "tools" / "osengine_bridge" / "FixgateBridge.cs"
SECRET = "a secret of the test"

pytestmark = pytest.mark.skipif(
    not (shutil.which("mcs") and shutil.which("mono")),
    reason="no C# compiler and runtime here (Debian: mono-mcs mono-runtime)",
)


@pytest.fixture(scope="session")
def program(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made = tmp_path_factory.mktemp("robot") / "terminal.exe"
    command = ["mcs", f"-out:{made}", str(HERE / "Terminal.cs"), str(ROBOT)]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    return made


class Desk:
    """Gateway and terminal."""

    def __init__(self, program: Path, folder: Path, host: Host) -> None:
        self._program = program
        self._folder = folder
        self._port = free_port()
        self.host = host
        self.printed: list[str] = []
        self.adapter = self._adapter()
        self._process: Any = None

    def _adapter(self) -> OsEngineAdapter:
        table: dict[str, Any] = {"name": "B", "type": "osengine", "port": self._port}
        table |= {"secret": SECRET, "security_class": "TQBR", "portfolio": "L01"}
        return OsEngineAdapter(OsEngineBroker(**table), None)

    async def start_gateway(self) -> None:
        self.adapter = self._adapter()
        self.adapter.start(self.host)

    async def start_terminal(self, **more: str) -> None:
        (self._folder / "secret").write_text(SECRET + "\n")
        given = {
            "Is on": "yes",
            "Connector": "Alor",
            "Gateway port": str(self._port),
            "File with the secret": str(self._folder / "secret"),
            **more,
        }
        self._process = await asyncio.create_subprocess_exec(
            "mono",
            str(self._program),
            *[f"{name}={value}" for name, value in given.items()],
            cwd=self._folder,
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
        )
        self._reading = asyncio.get_running_loop().create_task(self._read())
        await until(lambda: self.host.is_up)

    async def _read(self) -> None:
        while line := await self._process.stdout.readline():
            self.printed.append(line.decode().strip())

    def befall(self, *lines: str) -> None:
        self._process.stdin.write("".join(line + "\n" for line in lines).encode())

    async def kill_terminal(self) -> None:
        self._process.kill()
        await self._process.wait()
        await self._reading
        await until(lambda: not self.host.is_up)

    async def close(self) -> None:
        if self._process is not None and self._process.returncode is None:
            self._process.kill()
            await self._process.wait()
        await self.adapter.stop()

    def send(self, kind: str, **fields: str) -> None:
        send(self.adapter, kind, **fields)

    def order(self, cl_ord_id: str, quantity: str = "100") -> None:
        order(self.adapter, cl_ord_id, quantity)

    async def told(self, count: int) -> None:
        try:
            await until(lambda: len(self.host.told) >= count)
        except TimeoutError:
            pytest.fail(f"{self.host.told}\n{self.printed}\n{self.host.doubted}")

    async def prints(self, line: str) -> None:
        try:
            await until(lambda: line in self.printed)
        except TimeoutError:
            pytest.fail(f"{line} in {self.printed}\n{self.host.told}")


@asynccontextmanager
async def desk(program: Path, folder: Path, **more: str) -> AsyncIterator[Desk]:
    made = Desk(program, folder, Host())
    try:
        await made.start_gateway()
        await made.start_terminal(**more)
        yield made
    finally:
        await made.close()


def test_an_order_works_and_is_filled_in_parts(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211", "trade 30211 7 40 271.3", "trade 30211 7 40 271.3")
            d.befall("trade 30211 8 60 271.30", "done 88001")
            await d.told(3)
            assert d.host.marks() == ["0", "F", "F"]
            _, last = d.host.told[-1]
            assert (last["37"], last["17"], last["14"]) == ("30211", "30211:8", "100")
            assert (last["31"], last["39"], last["55"]) == ("271.3", "2", "SBER")

    asyncio.run(script())


def test_a_trade_that_comes_before_its_orders_number_waits(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("trade 30211 7 100 271", "active 88001 30211")
            await d.told(2)
            assert d.host.marks() == ["0", "F"]

    asyncio.run(script())


def test_a_cancel_is_done_when_the_connector_says_so(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            d.send("F", _11="b", _41="a")
            await d.prints("cancel 88001 30211")
            assert d.host.marks() == ["0"]
            d.befall("canceled 88001")
            await d.told(2)
            _, last = d.host.told[-1]
            assert (last["150"], last["11"], last["41"]) == ("4", "b", "a")
            d.send("F", _11="c", _41="a")
            await d.told(3)
            assert (d.host.told[-1][0], d.host.told[-1][1]["102"]) == ("9", "0")

    asyncio.run(script())


def test_a_replace_orders_what_is_left_once_the_cancel_is_done(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            d.send("G", _11="b", _41="a", _38="200", _44="270")
            await d.prints("cancel 88001 30211")
            d.befall("trade 30211 7 30 271", "canceled 88001", "trade 30211 8 20 271")
            await d.prints("execute 88002 Buy SBER 150 270")
            d.befall("active 88002 30212")
            await d.told(4)
            assert d.host.marks() == ["0", "F", "F", "5"]
            _, last = d.host.told[-1]
            assert (last["11"], last["41"], last["38"], last["14"]) == ("b", "a", "200", "50")

    asyncio.run(script())


def test_a_replace_whose_new_order_is_refused_is_told_as_what_it_is(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            d.send("G", _11="b", _41="a", _38="200", _44="270")
            await d.prints("cancel 88001 30211")
            d.befall("canceled 88001")
            await d.prints("execute 88002 Buy SBER 200 270")
            d.befall("fail 88002 money")
            await until(lambda: len(d.host.told) + len(d.host.doubted) >= 3)
            assert d.host.marks() == ["0", "9", "4"]
            assert d.host.told[1][1]["58"] == "money"

    asyncio.run(script())


def test_lots_are_counted_by_the_security(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        more = {"The connector's volumes are lots": "yes"}
        async with desk(program, tmp_path, **more) as d:
            d.order("odd", quantity="105")
            await d.told(1)
            assert d.host.told[0][1]["58"] == "no quantity in whole lots of 10"
            d.order("a", quantity="100")
            await d.prints("execute 88001 Buy SBER 10 271.35")
            d.befall("active 88001 30211", "trade 30211 7 4 271", "position SBER 4")
            await d.told(3)
            assert d.host.told[-1][1]["32"] == "40"
            d.send("AN", _710="p", _1="ACME-1")
            await d.told(4)
            assert d.host.told[-1][1]["704"] == "40"

    asyncio.run(script())


def test_parts_of_a_unit_are_ordered_where_nothing_is_in_lots(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a", quantity="0.125")
            await d.prints("execute 88001 Buy SBER 0.125 271.35")
            d.befall("active 88001 30211", "trade 30211 7 0.025 271")
            await d.told(2)
            assert (d.host.told[-1][1]["32"], d.host.told[-1][1]["14"]) == ("0.025", "0.025")

    asyncio.run(script())


def test_a_terminal_that_was_killed_tells_what_it_knew_and_what_it_does_not(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            d.order("b")  # of this the connector has said nothing
            await d.prints("execute 88002 Buy SBER 100 271.35")
            await d.kill_terminal()
            await d.start_terminal()
            await until(lambda: d.host.lost() == ["b"])
            d.befall("trade 30211 7 40 271")
            await d.told(3)
            assert (d.host.told[-1][1]["11"], d.host.told[-1][1]["14"]) == ("a", "40")
            d.send("AF", _584="all")
            await d.told(5)
            found = {body["11"]: body["39"] for _, body in d.host.told[3:]}
            assert found == {"a": "1", "b": "A"}
            d.send("F", _11="c", _41="a")
            await d.prints("cancel 88001 30211")

    asyncio.run(script())


def test_a_gateway_that_was_away_is_told_what_it_missed(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            await d.adapter.stop()
            d.host.is_up = False
            d.befall("trade 30211 7 100 271")
            await asyncio.sleep(0.1)
            await d.start_gateway()
            await d.told(2)
            await until(lambda: d.host.is_up)
            assert d.host.marks() == ["0", "F"]
            assert d.host.alarms == []

    asyncio.run(script())


def test_an_error_behind_a_lost_link_leaves_the_order_in_doubt(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("disconnect")
            await until(lambda: not d.host.is_up)
            d.befall("fail 88001 timeout")
            await until(lambda: d.host.lost() == ["a"])
            d.befall("connect", "active 88001 30211")
            await d.told(2)
            assert d.host.marks() == ["I", "0"]
            await until(lambda: d.host.is_up)

    asyncio.run(script())


def test_what_the_connector_does_not_decide_is_told_in_time(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        more = {"Seconds that the connector may take to decide": "2"}
        async with desk(program, tmp_path, **more) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211")
            await d.told(1)
            d.send("G", _11="b", _41="a", _38="200", _44="270")
            await d.told(2)
            assert (d.host.told[-1][0], d.host.told[-1][1]["11"]) == ("9", "b")
            d.befall("canceled 88001")  # later than it was to be
            await d.told(3)
            assert d.host.marks() == ["0", "9", "4"]
            assert d.host.told[-1][1]["11"] == "a"

    asyncio.run(script())


def test_an_order_that_is_filled_without_its_trades_is_in_doubt_until_they_come(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        more = {"Seconds that the connector may take to decide": "2"}
        async with desk(program, tmp_path, **more) as d:
            d.order("a")
            await d.prints("execute 88001 Buy SBER 100 271.35")
            d.befall("active 88001 30211", "trade 30211 7 60 271", "done 88001")
            await until(lambda: d.host.lost() == ["a"])
            d.befall("trade 30211 8 40 271")
            await d.told(4)
            assert d.host.marks() == ["0", "F", "I", "F"]
            d.send("H", _11="a")
            await d.told(5)
            assert (d.host.told[-1][1]["39"], d.host.told[-1][1]["14"]) == ("2", "100")

    asyncio.run(script())


def test_what_makes_no_sense_is_refused_and_the_connection_stays(
    program: Path, tmp_path: Path
) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.send("D", _11="a", _55="GAZP", _54="1", _38="100", _40="2", _44="1")
            d.send("D", _11="b", _55="SBER", _54="1", _38="100", _40="2")
            d.send("F", _11="c", _41="never")
            await d.told(3)
            texts = [body["58"] for _, body in d.host.told]
            assert texts == ["no security GAZP of class TQBR", "no price", "no such order"]
            assert d.host.is_up

    asyncio.run(script())


def test_prices_and_another_secret(program: Path, tmp_path: Path) -> None:
    async def script() -> None:
        async with desk(program, tmp_path) as d:
            d.send("V", _262="v", _55="SBER")
            await asyncio.sleep(0.2)
            d.befall("prices 271.30 271.35")
            await d.told(1)
            assert d.host.told[0][0] == "W"
            await d.kill_terminal()
        other = tmp_path / "other"
        other.write_text("not the secret")
        host = Host()
        wrong = Desk(program, tmp_path, host)
        try:
            await wrong.start_gateway()
            with pytest.raises(TimeoutError):
                async with asyncio.timeout(5):
                    await wrong.start_terminal(**{"File with the secret": str(other)})
            assert any("another secret" in text for text in host.alarms)
        finally:
            await wrong.close()

    asyncio.run(script())
