"""The pure parts that every API's simulator is made of, joined once."""

from __future__ import annotations

import random
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tools.broker_apis.accounts import Accounts
from tools.broker_apis.clock import NANOSECONDS, Agenda, Clock
from tools.broker_apis.desk import Desk
from tools.broker_apis.exchange import Exchange
from tools.broker_apis.faults import Faults
from tools.broker_apis.market import Market, Quote
from tools.broker_apis.orders import Order
from tools.broker_apis.treatments import Treatments
from tools.broker_apis.truth import Truth
from tools.fix_peer.samples import SAMPLE_PRICES

TICK: Final = Decimal("0.01")


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Everything that can be chosen when a simulator is made."""

    host: str = "127.0.0.1"
    port: int = 0
    """0 takes a free port. Of what connects to a gateway: the gateway's."""
    control_port: int = 0
    """Where what connects to a gateway serves /_sim/; 0 takes a free port."""
    ca: Path | None = None
    """Of what connects to a gateway: PEM of who vouches for its certificate, TLS is spoken then."""
    seed: int = 1
    truth_file: Path | None = None
    certificate: Path | None = None
    """PEM of a certificate and its key: TLS is spoken then."""
    key: Path | None = None
    prices: Mapping[str, Decimal] = field(default_factory=lambda: SAMPLE_PRICES)
    """Bid and ask are a tick around them at first."""
    quotes_per_s: float = 0
    """Seeded steps of every symbol; 0: quotes change when they are told to."""
    switches: Mapping[str, Any] = field(default_factory=dict)
    """Over the API's own defaults, see its `SWITCHES`."""


class World:
    """Clock, market, exchange, desk, accounts, faults and the truth of one simulator."""

    def __init__(self, settings: Settings, clock: Clock | None = None) -> None:
        self.clock = clock or Clock()
        self.agenda = Agenda(self.clock)
        self.dice = random.Random(settings.seed)
        self.market = Market(random.Random(settings.seed))
        self.exchange = Exchange(self.clock)
        self.accounts = Accounts(self.exchange)
        self.truth = Truth(self.exchange, self.accounts, settings.truth_file)
        self.treatments = Treatments()
        self.desk = Desk(self.exchange, self.market, self.agenda, self.treatments)
        self.faults = Faults()
        self.switches: dict[str, Any] = {"read_lag_s": 0.0, "extra_fields": False}
        """`read_lag_s`: queries miss an order for so long after it was received. `extra_fields`:
        replies and events carry a field that no documentation knows."""
        self.ticks: dict[str, Decimal] = {}
        """By how much a symbol's price steps, where it is not a cent."""
        self._chosen = dict(settings.switches)
        for symbol, price in settings.prices.items():
            self.market.set(Quote(symbol=symbol, bid=price - TICK, ask=price + TICK))
        if settings.quotes_per_s:
            self.agenda.every(1 / settings.quotes_per_s, self._walk)

    def offer(self, switches: Mapping[str, Any]) -> None:
        """An API's own switches with their defaults; what was chosen is set. ValueError."""
        self.switches |= switches
        self.choose(self._chosen)

    def choose(self, switches: Mapping[str, Any]) -> None:
        """Set switches; ValueError if there is no such one."""
        unknown = set(switches) - set(self.switches)
        if unknown:
            known = ", ".join(sorted(self.switches))
            raise ValueError(f"no switch {sorted(unknown)[0]!r}: must be one of {known}")
        self.switches |= switches

    def visible(self, order: Order) -> bool:
        """Whether a query finds it already."""
        age_ns = self.clock.shown_ns() - order.received_ns
        return age_ns >= float(self.switches["read_lag_s"]) * NANOSECONDS

    def _walk(self) -> None:
        for symbol in list(self.market.quotes):
            self.market.walk(symbol, self.ticks.get(symbol, TICK))

    def uuid(self) -> str:
        """A seeded random UUID."""
        return str(UUID(int=self.dice.getrandbits(128), version=4))
