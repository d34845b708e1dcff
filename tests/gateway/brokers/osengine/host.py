"""A gateway that keeps what an adapter tells it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import Final

from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import read
from gateway.brokers.osengine.shell import OsEngineAdapter

PATIENCE_S: Final = 60.0


class Host:
    """What the gateway would hear."""

    def __init__(self) -> None:
        self.cursor = ""
        self.told: list[tuple[str, dict[str, str]]] = []
        self.doubted: list[str] = []
        self.alarms: list[str] = []
        self.why = ""
        self.is_up = False

    def heard(self, raw: bytes, reports: Sequence[Report], cursor: str = "") -> None:
        self.cursor = cursor or self.cursor
        self.told += [(kind, read(body)) for kind, body in reports]

    def unanswered(self, raw: bytes, cl_ord_id: str, why: str) -> None:
        self.doubted.append(cl_ord_id)

    def up(self) -> None:
        self.is_up = True

    def down(self, why: str) -> None:
        self.why = why
        self.is_up = False

    def alarm(self, code: str, text: str) -> None:
        self.alarms.append(text)

    def lost(self) -> list[str]:
        """Orders that the broker does not see."""
        return [body["11"] for _, body in self.told if body.get("103") == "5"]

    def marks(self) -> list[str]:
        """ExecType(150) of reports, or MsgType(35) of others, in their order."""
        return [body.get("150", kind) for kind, body in self.told]


async def until(condition: Callable[[], bool]) -> None:
    """Wait for it; TimeoutError."""
    async with asyncio.timeout(PATIENCE_S):
        while not condition():
            await asyncio.sleep(0.01)


def send(adapter: OsEngineAdapter, kind: str, **fields: str) -> None:
    """A request, by tags such as _11."""
    body = "".join(f"{tag[1:]}={value}\x01" for tag, value in fields.items())
    adapter.submit(adapter.request(kind, body))


def order(adapter: OsEngineAdapter, cl_ord_id: str, quantity: str = "100") -> None:
    """A limit order for SBER."""
    fields = {"_55": "SBER", "_54": "1", "_38": quantity, "_40": "2", "_44": "271.35"}
    send(adapter, "D", _11=cl_ord_id, **fields)
