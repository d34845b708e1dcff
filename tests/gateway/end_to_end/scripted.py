"""Scripted counterparties over TCP: one gateway, and pairs of a client and a broker around it.

Each pair is a Stage for conversations. It is driven from outside the loop, which runs only while
somebody waits for something.
"""

from __future__ import annotations

import asyncio
import random
import time
from collections import deque
from collections.abc import Hashable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Generic, TypeVar
from zoneinfo import ZoneInfo

from tests.gateway.control.running import short_folder
from tests.gateway.conversations.checked import begin_string, judged
from tests.gateway.conversations.matrices import PRICE, SPLIT, SYMBOL, Fields
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import HANG_S, Gate, tables
from tools.fix_peer import (
    ACCEPTOR,
    INITIATOR,
    Acceptor,
    Initiator,
    Link,
    LinkCounts,
    Memory,
    PeerSession,
    PeerSettings,
    Received,
    Watch,
)

Key = TypeVar("Key", bound=Hashable)
OFF = dict.fromkeys(settings.FIRM, "off") | {"scope": "firm", "instrument_known": "on"}


class Peer:
    """One side of a session that says what a script wants; keeps what it hears."""

    def __init__(self, role: str, version: str, name: str, watch: Watch) -> None:
        given = PeerSettings(
            role=role, begin_string=begin_string(version), sender=name, target="FIXGATE"
        )
        self.version = version
        self.name = name
        self.session = PeerSession(given, Memory(), LinkCounts())
        self.link = Link(self.session, self)
        self.heard: deque[Fields] = deque()
        self._watch = watch

    def says(self, msg_type: str, fields: Fields) -> None:
        """Send a message."""
        self.session.send(msg_type, list(fields.items()), time.time_ns())
        self.link.flush()

    def messages(self, messages: list[Received], _now: int) -> None:
        """Take what came; the version's dictionary must find it good."""
        for message in messages:
            judged(self.version, message.raw)
            self.heard.append(message.fields)
        self._watch.changed()

    def link_up(self, _now: int) -> None:
        self._watch.changed()

    def link_down(self, _now: int) -> None:
        """The test that waits for something fails."""

    def tick(self, _now: int) -> None:
        """Nothing is due of itself."""

    def deadline(self) -> int | None:
        return None


class NetworkStage:
    """A client and a broker of their own, on sockets."""

    def __init__(self, runner: asyncio.Runner, number: int, versions: tuple[str, str]) -> None:
        self.client_version, self.broker_version = versions
        self.watch = Watch()
        self.client = Peer(INITIATOR, self.client_version, f"CLIENT{number}", self.watch)
        self.broker = Peer(ACCEPTOR, self.broker_version, f"BROKER{number}", self.watch)
        self.account = f"{self.client.name}-1"
        self.at_client = self.client.heard
        self.at_broker = self.broker.heard
        self._runner = runner
        self._acceptor = Acceptor(self.broker.link)
        self._initiator = Initiator(self.client.link, 0.05, 0.1, random.Random(number))
        self._ends = 0

    def entries(self) -> tuple[dict[str, Any], dict[str, Any], dict[str, Any]]:
        """`[[clients]]`, `[[brokers]]` and `[[routes]]` of the gateway."""
        client, broker = self.client.name, self.broker.name
        return (
            settings.client(client) | _session(self.client_version),
            settings.fix_broker(
                self._acceptor.port, name=broker, target_comp_id=broker, verbal_orders="report"
            )
            | _session(self.broker_version),
            {"name": client, "broker": broker, "client": client},
        )

    async def listen(self) -> None:
        """The broker can be connected to, at a port that the system chose."""
        await self._acceptor.start("127.0.0.1", 0)

    async def log_on(self, port: int) -> None:
        """Both are logged on."""
        await self._initiator.start("127.0.0.1", port)
        both = (self.client.session, self.broker.session)
        assert await self.watch.until(lambda: all(s.logged_on for s in both), HANG_S)

    async def log_out(self) -> None:
        """The client goes; the broker hears of it from the gateway."""
        await self._initiator.stop()
        await self.client.link.logout("", HANG_S)

    async def stop(self) -> None:
        """Nothing of either is left."""
        await self._initiator.stop()
        await self._acceptor.stop()
        for peer in (self.client, self.broker):
            peer.link.abort()
            peer.link.stop_timer()

    # --- a stage for conversations --------------------------------------------------------------

    def client_says(self, msg_type: str, fields: Fields) -> None:
        self._runner.run(self._say(self.client, msg_type, fields))

    def broker_says(self, msg_type: str, fields: Fields) -> None:
        self._runner.run(self._say(self.broker, msg_type, fields))

    async def _say(self, peer: Peer, msg_type: str, fields: Fields) -> None:
        peer.says(msg_type, fields)

    def wait(self, *boxes: deque[Fields]) -> None:
        heard = self._runner.run(self.watch.until(lambda: any(boxes), HANG_S))
        assert heard, "nothing was heard"

    def ends(self) -> None:
        """What a status request is answered with would come after anything else."""
        self._ends += 1
        cl_ord_id = f"END-{self._ends}"
        self.client_says("H", {"11": cl_ord_id, "55": SYMBOL, "54": "1"})
        self.wait(self.at_client)
        told = self.at_client.popleft()
        assert told["11"] == cl_ord_id, f"the client was told more than printed: {told}"
        assert not self.at_broker, "the broker heard more than was answered"

    def next_day(self) -> None:
        raise AssertionError("a day ends for all stages of a gateway at once")


def _session(version: str) -> dict[str, Any]:
    begin = begin_string(version)
    return {
        "begin_string": begin,
        "check_user_defined_fields": True,
        **({"default_appl_ver_id": version} if begin != version else {}),
    }


class Around(Generic[Key]):
    """A gateway with stages around it, by whatever they are asked for."""

    def __init__(self, gate: Gate, stages: dict[Key, NetworkStage], runner: asyncio.Runner) -> None:
        self.gate = gate
        self.stages = stages
        self._runner = runner

    def next_day(self) -> None:
        """The next business date begins, and has begun for every order."""
        self._runner.run(self._roll())

    async def _roll(self) -> None:
        await self.gate.ask(lambda control: control.roll_day(reason="the day is over"))
        await self.gate.until(lambda control: control.day().orders_to_roll == 0)

    async def start(self) -> None:
        """All are logged on."""
        await self.gate.start()
        for stage in self.stages.values():
            await stage.log_on(self.gate.port)
            broker = stage.broker.name
            await self.gate.until(lambda control, name=broker: control.session(name).logged_on)

    async def end(self) -> None:
        """All in good order; the record is whole."""
        for stage in self.stages.values():
            await stage.log_out()
        assert await self.gate.stop() == 0
        for stage in self.stages.values():
            assert stage.client.session.counts.problems == []
            assert stage.broker.session.counts.problems == []
        await self.gate.verify()

    async def close(self) -> None:
        """Nothing is left."""
        for stage in self.stages.values():
            await stage.stop()
        await self.gate.close()


@contextmanager
def around(pairs: Mapping[Key, tuple[str, str]], **more: Any) -> Iterator[Around[Key]]:
    """A gateway with a stage for each pair of versions, of client and broker. `more`: tables of its
    configuration.
    """
    with asyncio.Runner() as runner, short_folder() as folder:
        made = {
            key: NetworkStage(runner, i, pair) for i, (key, pair) in enumerate(pairs.items(), 1)
        }
        for stage in made.values():
            runner.run(stage.listen())
        entries = zip(*[stage.entries() for stage in made.values()], strict=True)
        clients, brokers, routes = map(list, entries)
        given = tables(clients=clients, brokers=brokers, routes=routes, **{"risk.limits": [OFF]})
        if "day" in more:
            given["reference"] = {"corporate_actions": _splits(folder, more["day"]["time_zone"])}
        gate = Gate(folder, {**given, **more})
        settings.write_reference(folder, dict.fromkeys((SYMBOL, *SPLIT.values()), str(PRICE)))
        world = Around(gate, made, runner)
        try:
            runner.run(world.start())
            yield world
            runner.run(world.end())
        finally:
            for line in gate.lines[-40:]:
                print(line)
            runner.run(world.close())


def by_hand() -> dict[str, Any]:
    """`[day]` of a gateway whose business date, today's, ends by hand only."""
    now = datetime.now(UTC)
    zone = "UTC" if 1 <= now.hour <= 22 else "Pacific/Pago_Pago"  # where no midnight is near
    every_day = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"]
    return {"roll_time": "00:00", "time_zone": zone, "weekdays": every_day}


def _splits(folder: Path, zone: str) -> str:
    """A file of the splits of tomorrow; its name."""
    tomorrow = datetime.now(ZoneInfo(zone)).date() + timedelta(days=1)
    rows = [f"{tomorrow},{symbol},split,2:1," for symbol in SPLIT.values()]
    (folder / "actions.csv").write_text("\n".join(["date,symbol,kind,ratio,amount", *rows, ""]))
    return "actions.csv"
