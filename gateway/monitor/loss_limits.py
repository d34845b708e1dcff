"""Which limit on a day's loss holds for an account, whoever of its orders set it. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Final

from gateway.risk.scopes import (
    ACCOUNT,
    BROKER,
    CLIENT,
    FIRM,
    KINDS,
    NOBODY,
    SECTOR,
    SESSION,
    STRATEGY,
    SYMBOL,
)
from gateway.setup import Client, Setup
from gateway.state import State

LOSS: Final = "max_daily_loss"
_NAMES: Final = frozenset({LOSS})


class LossLimits:
    """Of one look at accounts: `kinds` of scope that have such limits at all."""

    __slots__ = ("_kinds", "_setup", "_state")

    def __init__(self, setup: Setup, state: State) -> None:
        self._setup = setup
        self._state = state
        limits = setup.limits
        self._kinds = [kind for kind in range(len(KINDS)) if limits.named_in(kind, _NAMES)]

    def of(self, account: str) -> Decimal | None:
        """The tightest of all scopes that an order of the account may be in: of those who may use
        it, of what it holds, of every broker.
        """
        limits = self._setup.limits
        found = [
            value
            for kind in self._kinds
            for name in self._places(kind, account)
            if (value := limits.of_scope(kind, name).get(LOSS)) is not None
        ]
        return min(found, default=None)

    def _places(self, kind: int, account: str) -> Iterable[str]:
        if kind in (FIRM, ACCOUNT):
            return [account if kind == ACCOUNT else ""]
        if kind == BROKER:
            return self._setup.brokers
        if kind == SESSION:
            return [client.name for client in self._users(account)]
        if kind == CLIENT:
            subjects = self._setup.limits.subjects
            return [subjects(c.name, *NOBODY[:4])[CLIENT] for c in self._users(account)]
        held = [one for one in self._state.positions.of_account(account) if one.now.net]
        if kind == STRATEGY:
            return {position.strategy for position in held} - {""}
        symbols = {position.symbol for position in held}
        if kind == SYMBOL:
            return symbols
        assert kind == SECTOR, KINDS[kind]
        sectors = self._setup.limits.sectors
        return {sectors[symbol] for symbol in symbols if symbol in sectors}

    def _users(self, account: str) -> list[Client]:
        """Those who are configured with it; if nobody is, those who may use any."""
        clients = self._setup.clients.values()
        named = [client for client in clients if account in client.accounts]
        return named or [client for client in clients if not client.accounts]
