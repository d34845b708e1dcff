"""A Host that keeps what it is told by an adapter."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Any

from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import read


class Host:
    """`reports` have their MsgType as field "35"; `states`: "up" and "down" in their order."""

    def __init__(self, cursor: str = "") -> None:
        self.cursor = cursor
        self.raws: list[bytes] = []
        self.bodies: list[Report] = []
        self.reports: list[dict[str, str]] = []
        self.doubts: list[tuple[str, str]] = []
        self.alarms: list[tuple[str, str]] = []
        self.states: list[str] = []
        self._news = asyncio.Event()

    @property
    def is_up(self) -> bool:
        return self.states[-1:] == ["up"]

    @property
    def ups(self) -> int:
        return self.states.count("up")

    def heard(self, raw: bytes, reports: Sequence[Report], cursor: str = "") -> None:
        self.raws.append(raw)
        self.bodies += reports
        self.reports += [read(text) | {"35": kind} for kind, text in reports]
        self.cursor = cursor or self.cursor
        self._news.set()

    def unanswered(self, raw: bytes, cl_ord_id: str, why: str) -> None:
        self.raws.append(raw)
        self.doubts.append((cl_ord_id, why))
        self._news.set()

    def up(self) -> None:
        self.states.append("up")
        self._news.set()

    def down(self, why: str) -> None:
        self.states.append("down")
        self._news.set()

    def alarm(self, code: str, text: str) -> None:
        self.alarms.append((code, text))
        self._news.set()

    async def until(self, condition: Callable[[], Any], look_s: float | None = None) -> None:
        """Looks at each news, and every `look_s` for what is not told here."""
        while not condition():
            self._news.clear()
            try:
                async with asyncio.timeout(look_s):
                    await self._news.wait()
            except TimeoutError:
                pass

    def told(self, cl_ord_id: str = "A1") -> list[str]:
        """ExecType(150), or the MsgType of what has none."""
        return [one.get("150", one["35"]) for one in self.reports if one.get("11") == cl_ord_id]

    def exec_ids(self, cl_ord_id: str = "A1") -> list[str]:
        """ExecID(17) of executions."""
        return [
            one["17"]
            for one in self.reports
            if one.get("11") == cl_ord_id and one.get("150") == "F"
        ]
