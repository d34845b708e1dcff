"""What quotes of adapters have in common: what is wanted of them, and a stream that is kept."""

import ssl
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, TypeVar

import structlog

from gateway.brokers.api.contract import Host
from gateway.brokers.api.prices import Prices
from gateway.brokers.api.staying import Staying
from gateway.config.api_broker import HttpBroker

log = structlog.get_logger("fixgate")

S = TypeVar("S", bound=HttpBroker)


class Quotes(ABC, Generic[S]):
    """One stream of market data. Connects once something is wanted. `tls`: the TLS context of a
    connection, None for the system's; `failures`: as those of an adapter.
    """

    def __init__(
        self,
        settings: S,
        tls: Callable[[], ssl.SSLContext | None],
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.settings = settings
        self.wanted: dict[str, None] = {}
        self.host: Host
        self.prices: Prices
        self._tls = tls
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=failures,
        )

    def want(self, host: Host, symbols: Iterable[str]) -> None:
        """Prices of these as well, as far as it has them."""
        found = self._had(host, [one for one in symbols if one])
        if not found:
            return
        if not self.wanted:
            self.host = host
            self.prices = Prices(host)
        self.wanted.update(dict.fromkeys(found))
        self._staying.start()

    async def stop(self) -> None:
        """Let go of the connection."""
        await self._staying.stop()
        if self.wanted:
            self.prices.stop()

    def _had(self, host: Host, symbols: Sequence[str]) -> Sequence[str]:
        """Those of these symbols that the stream has, under the names that it has for them."""
        return symbols

    @abstractmethod
    async def _connection(self) -> None:
        """Connect, ask for what is wanted, and tell prices; returns or raises when it is gone."""

    def _down(self, why: str) -> None:
        log.warning("no quotes", broker=self.settings.name, why=why)
