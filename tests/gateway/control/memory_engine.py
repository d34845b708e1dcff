"""As much of an engine as operators and their proposals need: the real fold, kept records."""

from __future__ import annotations

import json
from types import SimpleNamespace
from typing import Any

from gateway.alarm_list import AlarmList
from gateway.events import AlarmRaised, Event, OperatorIssued, decode, encode
from gateway.operators.book import Operators


class MemoryEngine:
    """`events` that happened, `records` of what operators did, `alarms` as (code, text)."""

    def __init__(self) -> None:
        self.operators = Operators()
        self.alarm_list = AlarmList()
        state = SimpleNamespace(operators=self.operators, alarms=self.alarm_list)
        self.core = SimpleNamespace(state=state)
        self.committer = SimpleNamespace(flush=self._flush)
        self.events: list[Event] = []
        self.records: list[dict[str, Any]] = []
        self.alarms: list[tuple[str, str]] = []
        self.hits: list[str] = []

    def event(self, event: Event, now: int) -> None:
        event = decode(encode(event))  # as the journal has it
        appliers = self.operators.appliers() | self.alarm_list.appliers()
        appliers[type(event)](event, now, b"")
        self.events.append(event)

    def issue(self, name: str, roles: str, token_hash: str) -> None:
        self.event(OperatorIssued(name, roles, token_hash, 0, "root", "a test"), 1)

    def operator(self, payload: bytes, _now: int) -> None:
        self.records.append(json.loads(payload))

    def alarm(self, code: str, text: str) -> None:
        self.alarms.append((code, text))
        self.event(AlarmRaised(code, text), 1)

    def hit(self, limit: str) -> None:
        self.hits.append(limit)

    async def _flush(self) -> None:
        """Nothing is kept."""
