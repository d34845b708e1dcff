"""What adapters over HTTP have in common: a mapping, a caller, a stream that is kept, quotes.

Owns how they begin and end, and what becomes of requests. What a connection is, and what its API
says, each adapter knows.
"""

import asyncio
import ssl
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from time import time_ns
from typing import Final, Generic, TypeVar

import structlog

from gateway.brokers.api.caller import Caller
from gateway.brokers.api.calls import Answer, Call
from gateway.brokers.api.calls import Mapping as ApiMapping
from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.http import HttpApi
from gateway.brokers.api.pace import Turns
from gateway.brokers.api.quotes import Quotes
from gateway.brokers.api.requesting import Requesting
from gateway.brokers.api.staying import Staying
from gateway.config.api_broker import HttpBroker

log = structlog.get_logger("fixgate")

ACCOUNT_EVERY_S: Final = 60.0
Context = Callable[[], ssl.SSLContext] | None
"""Makes the TLS context of a connection; None for the system's."""
S = TypeVar("S", bound=HttpBroker)
M = TypeVar("M", bound=ApiMapping)


class HttpAdapter(Requesting[M], Generic[S, M]):
    """One account at a broker. Part of Adapter. `turns`: when its requests may go; `connects`: when
    it may connect anew, None for always; `failures`: how its stream may end, besides those of every
    connection.
    """

    def __init__(
        self,
        settings: S,
        context: Context,
        *,
        mapping: M,
        turns: Turns,
        connects: Turns | None = None,
        failures: tuple[type[Exception], ...],
    ) -> None:
        self.settings = settings
        self.mapping = mapping
        self.account: Mapping[str, str] = {}
        self.account_ns = 0
        self.quotes: Sequence[Quotes[S]] = ()
        self.caller: Caller
        self._context = context
        self._turns = turns
        self._connects = connects
        self._looking: asyncio.Task[None] | None = None
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=failures,
        )

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        self.host = host
        api = HttpApi(
            self.settings, self._headers, self._tls(), sign=self._signed, connects=self._connects
        )
        self.caller = Caller(
            api,
            self.mapping,
            self._turns,
            self._heed,
            host=host,
            order_age_max_s=self.settings.order_age_max_s,
        )
        self._staying.start()

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._staying.stop()
        self._look_no_more()
        for quotes in self.quotes:
            await quotes.stop()
        await self.caller.stop()

    def _want(self, symbols: Sequence[str]) -> None:
        """Part of Requesting."""
        for quotes in self.quotes:
            quotes.want(self.host, symbols)

    def _send(self, outgoing: Outgoing) -> None:
        """Part of Requesting."""
        assert isinstance(outgoing, Call), "a request of another adapter"
        self.caller.submit(outgoing)

    # --- what each of them does in its own way --------------------------------------------------

    @abstractmethod
    async def _connection(self) -> None:
        """Connect, catch up, call `_is_there`, and listen; returns or raises when it is gone."""

    @abstractmethod
    def _headers(self, call: Call) -> Mapping[str, str]:
        """Those of a request."""

    @abstractmethod
    def _heed(self, answer: Answer) -> None:
        """Look at each answer for what it says of limits."""

    @abstractmethod
    async def _read_account(self) -> Mapping[str, str]:
        """Part of KnowsAccount: ask for its facts; raises what connections fail by."""

    def _signed(self, path: str) -> str:
        """The path of a request with what only holds when it leaves."""
        return path

    # --- inside ---------------------------------------------------------------------------------

    def _tls(self) -> ssl.SSLContext | None:
        return self._context() if self._context is not None else None

    def _is_there(self) -> None:
        """All executions up to now were told, and the stream is heard."""
        self._staying.is_up()
        self.host.up()
        self._look_no_more()
        self._looking = asyncio.get_running_loop().create_task(self._look_at_account())

    def _down(self, why: str) -> None:
        self._look_no_more()
        self.caller.connection_ended()
        self.host.down(why)

    def _look_no_more(self) -> None:
        if self._looking is not None:
            self._looking.cancel()

    async def _look_at_account(self) -> None:
        """Now and then, for people alone: nothing is decided by it, and nothing waits for it."""
        while True:
            try:
                self.account = await self._read_account()
                self.account_ns = time_ns()
            except self._staying.failures as error:
                log.warning("no account", broker=self.settings.name, why=str(error))
            await asyncio.sleep(ACCOUNT_EVERY_S)
