"""Connects to OANDA: its REST API, and the stream of the account's transactions.

The stream begins when it is opened and replays nothing. Transactions are numbered without gaps, so
that what is missing shows: by the number of the next one, or of a heartbeat. It is read then, as
after each connect.
"""

import asyncio
import ssl
from collections.abc import Callable
from typing import Any, Final

from gateway.brokers.api.calls import Answer, Call, Nothing
from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.fields import read as read_fields
from gateway.brokers.api.http import Caller, HttpApi
from gateway.brokers.api.lines import FAILURES, RefusedError, lines
from gateway.brokers.api.pace import READ, Pace
from gateway.brokers.api.prices import Wish, wanted
from gateway.brokers.api.staying import BrokenError, Staying
from gateway.brokers.oanda.log import number_of
from gateway.brokers.oanda.mapping import OandaMapping, read_json
from gateway.brokers.oanda.quotes import OandaQuotes
from gateway.config.oanda import OandaBroker

SECOND_S: Final = 1.0
SILENT_MAX_S: Final = 10.0
"""A heartbeat comes every 5 s."""
NOT_ALLOWED: Final = frozenset({401, 403})
TOO_MANY: Final = 429
BACK_OFF_S: Final = 0.5
CLIENT_REQUEST_ID: Final = "ClientRequestID"


class OandaAdapter:
    """One account at OANDA. Part of Adapter."""

    def __init__(self, settings: OandaBroker, context: Callable[[], ssl.SSLContext] | None) -> None:
        self.mapping = OandaMapping(settings.account_id)
        self._settings = settings
        self._context = context
        self._headers = {
            "Authorization": f"Bearer {settings.secret}",
            "Accept-Datetime-Format": "RFC3339",
            "Content-Type": "application/json",
        }
        self._path = f"/v3/accounts/{settings.account_id}"
        self._quotes = OandaQuotes(settings, self._headers, context, self._read)
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
            failures=FAILURES,
        )

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        settings = self._settings
        self._host = host
        self._pace = Pace(settings.requests_per_s, SECOND_S, asyncio.get_running_loop().time)
        api = HttpApi(
            settings.address,
            self._headers_of,
            timeout_s=settings.request_timeout_s,
            connections_max=settings.connections_max,
            context=self._context() if self._context is not None else None,
        )
        self._caller = Caller(api, self.mapping, self._pace, self._heed)
        self._caller.host = host
        self._staying.start()

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._staying.stop()
        await self._quotes.stop()
        await self._caller.stop()

    def request(self, msg_type: str, body: str) -> Outgoing:
        """Part of Adapter."""
        if msg_type == "V":
            return Wish(wanted(body))
        return self.mapping.request(msg_type, read_fields(body))

    def submit(self, outgoing: Outgoing) -> None:
        """Part of Adapter."""
        if isinstance(outgoing, Wish):
            self._quotes.want(self._host, outgoing.symbols)
            return
        assert isinstance(outgoing, Call | Nothing), "a request of another adapter"
        self._caller.submit(outgoing)

    def _headers_of(self, call: Call) -> dict[str, str]:
        """Transactions repeat the label of the cancel or replace that led to them."""
        if call.kind in ("F", "G"):
            return {**self._headers, CLIENT_REQUEST_ID: call.about}
        return self._headers

    def _heed(self, answer: Answer) -> None:
        """OANDA tells no limits before they are hit."""
        if answer.status == TOO_MANY:
            self._pace.stop_for(BACK_OFF_S)

    # --- the stream -----------------------------------------------------------------------------

    def _down(self, why: str) -> None:
        self._host.down(why)

    async def _connection(self) -> None:
        url = f"{self._settings.streams}{self._path}/transactions/stream"
        context = self._context() if self._context is not None else None
        try:
            async with lines(
                url, self._headers, silent_max_s=SILENT_MAX_S, context=context
            ) as stream:
                await self._catch_up()
                self._staying.is_up()
                self._host.up()
                async for line in stream:
                    await self._take(line)
        except RefusedError as error:
            if error.status in NOT_ALLOWED:
                what = "the token is wrong, of the other environment, or not for this account_id"
                self._host.alarm("LOGON_REFUSED", what)
            raise

    async def _take(self, line: bytes) -> None:
        said = read_json(line)
        if said is None:
            raise BrokenError(f"a line that is no JSON object: {line[:80]!r}")
        log = self.mapping.log
        if said.get("type") == "HEARTBEAT":
            if log.is_behind(number_of(said.get("lastTransactionID"))):
                await self._catch_up()
            return
        if log.is_behind(number_of(said.get("id")) - 1):
            await self._catch_up()
        self._host.heard(line, self.mapping.transactions.tell([said]), self.mapping.cursor)

    # --- what was missed ------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        """Tell all transactions since the last one that is known."""
        account_id, _, last = self._host.cursor.rpartition(":")
        if account_id != self._settings.account_id:  # nothing was ever sent to it
            found = await self._read("/summary")
            self.mapping.log.begin(number_of(found.get("lastTransactionID")))
            self._host.heard(b"", (), self.mapping.cursor)
            return
        self.mapping.log.begin(number_of(last))
        while True:
            call = self.mapping.since()
            answer = await self._ask(call)
            told, is_all = self.mapping.caught_up(read_json(answer.body) or {})
            if told:
                self._host.heard(answer.raw(call), told, self.mapping.cursor)
            if is_all:
                return

    async def _read(self, path: str) -> dict[str, Any]:
        """What a GET below the account answers; raises BrokenError where that is of no use."""
        answer = await self._ask(Call("GET", f"{self._path}{path}", rank=READ))
        return read_json(answer.body) or {}

    async def _ask(self, call: Call) -> Answer:
        answer = await self._caller.ask(call)
        if answer.status != 200 or read_json(answer.body) is None:
            raise BrokenError(f"HTTP {answer.status} on {call.path}: {answer.body[:80]!r}")
        return answer
