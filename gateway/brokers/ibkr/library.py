"""What we have of ib_async: how messages are written and read, and the socket.

Its client and its decoder are used, not its picture of orders: that takes any error for the end of
an order, and is not told what was filled while nobody was connected. What the decoder makes of a
message is kept as it comes, and nothing is decided here.
"""

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from datetime import UTC
from types import SimpleNamespace
from typing import Any, Final

from ib_async import Contract, ExecutionFilter, Order
from ib_async.client import Client

SERVER_VERSION: Final = 178
"""The last that it speaks; taken until a TWS has said its own."""
HEARD: Final = {
    "openOrder": 4,
    "openOrderEnd": 0,
    "orderStatus": 10,
    "execDetails": 3,
    "execDetailsEnd": 1,
    "commissionReport": 1,
    "completedOrder": 3,
    "completedOrdersEnd": 0,
    "error": 4,
    "position": 4,
    "positionEnd": 0,
    "nextValidId": 1,
    "managedAccounts": 1,
    "currentTime": 1,
    "priceSizeTick": 4,
    "marketDataType": 2,
}
"""What the decoder tells, and how many values each has at least."""
MESSAGE_MAX: Final = 16 << 20
UNREAD_MAX: Final = 4 << 20
"""Bytes that a TWS may leave unread."""
NEEDED: Final = frozenset({"3", "4", "5", "11", "53", "55", "102"})
"""Messages about orders and executions: one that cannot be read breaks the connection."""
UNREAD: Final = "unread"
BROKEN: Final = "broken"
GONE: Final = "gone"
LOG: Final = logging.getLogger("ib_async")
LOG.addHandler(logging.NullHandler())
LOG.propagate = False  # what it would say of connections and errors we tell, in our log and record


class Said:
    """A message that came: `name` and `args` as the decoder has them; BROKEN or UNREAD of one
    that it cannot read, which does or does not matter; `raw`: its fields
    with a tab between. GONE: the connection is no more.
    """

    __slots__ = ("args", "name", "raw")

    def __init__(self, name: str, args: Sequence[Any], raw: bytes) -> None:
        self.name = name
        self.args = args
        self.raw = raw


class Ears:
    """What the decoder tells; one of HEARD at a time."""

    defaultTimezone = UTC  # noqa: N815 - the decoder reads it
    ib = SimpleNamespace(TimezoneTWS="UTC")

    def __init__(self) -> None:
        self.heard: list[tuple[str, Sequence[Any]]] = []

    def __getattr__(self, name: str) -> Callable[..., None]:
        if name not in HEARD:
            raise AttributeError(name)
        return lambda *args: self.heard.append((name, args))

    def connectAck(self) -> None:  # noqa: N802 - the client calls it
        """The handshake is done; nothing is to be done."""

    def setEventsDone(self) -> None:  # noqa: N802 - as above
        """Nobody waits for its events."""

    def connectionClosed(self) -> None:  # noqa: N802 - as above
        """`gone` tells it."""


class Tws:
    """A connection to a TWS. `take` is told each message, in its order; `number`: the order id that
    it says is free.
    """

    def __init__(self, take: Callable[[Said], None]) -> None:
        self._take = take
        self._ears = Ears()
        self._client: Any = Client(self._ears)
        self._client.MaxRequests = 0  # the pace is ours, for cancels go first
        self._client.decoder.serverVersion = SERVER_VERSION
        self._client.decoder.interpret = self.read
        self._client.conn.hasData += self._has_data
        self._client.conn.disconnected += self._is_gone
        self._gone = asyncio.Event()
        self._why = ""
        self.number = 0

    async def connect(self, host: str, port: int, client_id: int, timeout_s: float) -> None:
        """Return when it has told its accounts and the next order id; raises OSError or
        TimeoutError.
        """
        loop = asyncio.get_running_loop()
        logon = loop.create_task(self._client.connectAsync(host, port, client_id, timeout_s))
        gone = loop.create_task(self._gone.wait())
        try:
            await asyncio.wait({logon, gone}, return_when=asyncio.FIRST_COMPLETED)
            if not logon.done():
                raise ConnectionResetError(self._why or "TWS hung up before it told its accounts")
            logon.result()
        finally:
            for task in (logon, gone):
                task.cancel()
            await asyncio.gather(logon, gone, return_exceptions=True)

    @property
    def accounts(self) -> Sequence[str]:
        """Those that it is logged on to."""
        return list(self._client.getAccounts())

    @property
    def version(self) -> int:
        """How it writes its messages."""
        return int(self._client.serverVersion())

    def send(self, text: str) -> bool:
        """Whether the message is on its way; False: it certainly did not leave."""
        if not self._client.isReady():
            return False
        self._client.sendMsg(text)
        if self._unread > UNREAD_MAX:
            self._abort(f"TWS left {UNREAD_MAX} bytes unread")
        return True

    def close(self) -> None:
        """Let go of the connection; what is held up here must not leave later."""
        if self._unread:
            self._abort("")
        with suppress(OSError, RuntimeError):  # it may be half closed already
            self._client.disconnect()

    @property
    def _unread(self) -> int:
        """Bytes that are still to leave."""
        transport = self._client.conn.transport
        return transport.get_write_buffer_size() if transport is not None else 0

    def _has_data(self, _data: bytes) -> None:
        if len(self._client._data) > MESSAGE_MAX:  # the library has no limit
            self._abort(f"a message of more than {MESSAGE_MAX} bytes")

    def _abort(self, why: str) -> None:
        self._why = why
        self._client.conn.transport.abort()

    def _is_gone(self, why: str) -> None:
        self._gone.set()
        self._take(Said(GONE, (self._why or why or "TWS hung up",), b""))

    def read(self, fields: Sequence[str]) -> None:
        """One message. The library passes over what it cannot read; we do not."""
        heard = self._ears.heard
        raw = "\t".join(fields).encode()
        kind, why = fields[0] if fields else "", ""
        try:
            self._client.decoder.handlers[int(kind)](list(fields))
        except Exception as error:
            why = f"{type(error).__name__}: {error}"
            heard.clear()
        if any(len(args) < HEARD[name] for name, args in heard):
            why = "it lacks fields"
            heard.clear()
        if not heard and (kind in NEEDED or why):
            is_needed = kind in NEEDED or not kind.isdigit()
            why = why or "its fields cannot be read"
            self._take(Said(BROKEN if is_needed else UNREAD, (why,), raw))
        told, self._ears.heard = heard, []
        for name, args in told:
            if name == "nextValidId":
                self.number = int(args[0])
            self._take(Said(name, args, raw))


class Writer:
    """Messages as they go over the socket, for a TWS of this version; they go nowhere from here."""

    def __init__(self, version: int = SERVER_VERSION) -> None:
        self._written: list[str] = []
        self._client: Any = Client(Ears())
        self._client.isConnected = lambda: True
        self._client.serverVersion = lambda: version
        self._client.sendMsg = self._written.append

    def place(self, number: int, contract: Mapping[str, Any], order: Mapping[str, Any]) -> str:
        """An order, or a change of the one with this number."""
        self._client.placeOrder(number, Contract(**contract), Order(**order))
        return self._written.pop()

    def cancel(self, number: int) -> str:
        """A cancel."""
        self._client.cancelOrder(number)
        return self._written.pop()

    def open_orders(self) -> str:
        """All open orders, of all clients."""
        self._client.reqAllOpenOrders()
        return self._written.pop()

    def completed_orders(self) -> str:
        """Orders of the API that have ended."""
        self._client.reqCompletedOrders(True)
        return self._written.pop()

    def executions(self, number: int, account: str) -> str:
        """Executions of the day."""
        self._client.reqExecutions(number, ExecutionFilter(acctCode=account))
        return self._written.pop()

    def positions(self) -> str:
        """What the accounts hold."""
        self._client.reqPositions()
        return self._written.pop()

    def no_positions(self) -> str:
        """Tell no changes of positions."""
        self._client.cancelPositions()
        return self._written.pop()

    def quotes(self, number: int, contract: Mapping[str, Any]) -> str:
        """Quotes of a contract, until the connection ends."""
        self._client.reqMktData(number, Contract(**contract), "", False, False, [])
        return self._written.pop()

    def time(self) -> str:
        """Its time."""
        self._client.reqCurrentTime()
        return self._written.pop()
