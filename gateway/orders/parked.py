"""Orphans: executions that fit no order, and orders that only a broker knows, as far as they are
kept in sight: the newest, up to a limit.

The journal has them all. Knows no decision.
"""

from collections.abc import Callable
from hashlib import blake2b
from typing import Any, Final

from gateway.events import (
    Event,
    ExecutionAcknowledged,
    ExecutionParked,
    OrderOrphaned,
    OrphanAccountTold,
    OrphanAdopted,
    OrphanBooked,
    encode,
)

KEPT_MAX: Final = 10_000
KEY_BYTES: Final = 5

Orphan = ExecutionParked | OrderOrphaned
Gone = ExecutionAcknowledged | OrphanAdopted | OrphanBooked


def key_of(payload: bytes) -> str:
    """What operators call a parked execution, made of its event: the same one told again is the
    same one here, and a restart finds it under the same key.
    """
    return f"P-{blake2b(payload, digest_size=KEY_BYTES).hexdigest()}"


def orphan_key(orphan: Orphan) -> str:
    """Likewise; of an order its ids alone, since all else of it may change."""
    if isinstance(orphan, ExecutionParked):
        return key_of(encode(orphan))
    ids = (orphan.broker, orphan.broker_cl_ord_id, orphan.broker_order_id)
    return key_of("\x01".join(("order", *ids)).encode())


def is_trade(orphan: Orphan) -> bool:
    """Whether it is an execution with a quantity and price, not one that changes another."""
    return isinstance(orphan, ExecutionParked) and orphan.why.partition(" ")[0] == "trade"


class ParkedExecutions:
    """By key, oldest first, each with the time it was parked (UTC ns). `accounts`: Account(1) of
    those whose report had one.
    """

    __slots__ = ("_kept", "_most", "accounts")

    def __init__(self, most: int) -> None:
        self._kept: dict[str, tuple[int, Orphan]] = {}
        self._most = most
        self.accounts: dict[str, str] = {}

    def appliers(self) -> dict[type[Event], Callable[[Any, int, bytes], None]]:
        """What applies each event that concerns nothing else."""
        return {
            ExecutionParked: self.add,
            OrderOrphaned: self.add,
            ExecutionAcknowledged: self.gone,
            OrphanAccountTold: self.account_told,
            OrphanAdopted: self.gone,
        }

    def add(self, orphan: Orphan, now: int, _payload: bytes = b"") -> None:
        """Keep one; the oldest beyond the limit is forgotten."""
        self._kept[orphan_key(orphan)] = (now, orphan)
        if len(self._kept) > self._most:
            self.remove(next(iter(self._kept)))

    def account_told(self, event: OrphanAccountTold, _now: int, _payload: bytes) -> None:
        """Whose one is, as its broker says."""
        if event.key in self._kept:
            self.accounts[event.key] = event.account

    @property
    def is_full(self) -> bool:
        """Whether the next one makes the oldest forgotten."""
        return len(self._kept) >= self._most

    def get(self, key: str) -> tuple[int, Orphan] | None:
        """The orphan of a key and when it was parked."""
        return self._kept.get(key)

    def remove(self, key: str) -> None:
        """It is dealt with."""
        self._kept.pop(key, None)
        self.accounts.pop(key, None)

    def gone(self, event: Gone, _now: int, _payload: bytes) -> None:
        """Somebody has dealt with it."""
        self.remove(event.key)

    def items(self) -> list[tuple[str, int, Orphan]]:
        """Key, time and event of each, oldest first."""
        return [(key, time_ns, event) for key, (time_ns, event) in self._kept.items()]

    def executions(self) -> list[ExecutionParked]:
        """Those that are executions."""
        return [event for _, event in self._kept.values() if isinstance(event, ExecutionParked)]

    def __len__(self) -> int:
        return len(self._kept)
