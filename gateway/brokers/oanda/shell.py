"""Connects to OANDA: its REST API, and the stream of the account's transactions.

The stream begins when it is opened and replays nothing. Transactions are numbered without gaps, so
that what is missing shows: by the number of the next one, or of a heartbeat. It is read then, as
after each connect.
"""

from collections.abc import Mapping
from time import monotonic
from typing import Final

from gateway.brokers.api.adapter import Context, HttpAdapter
from gateway.brokers.api.calls import Answer, Call
from gateway.brokers.api.lines import FAILURES, RefusedError, lines
from gateway.brokers.api.pace import NO_RESERVE, READ, Pace
from gateway.brokers.api.said import Json, read_object
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.oanda.account import account_of
from gateway.brokers.oanda.log import number_of
from gateway.brokers.oanda.mapping import OandaMapping
from gateway.brokers.oanda.quotes import OandaQuotes
from gateway.config.oanda import OandaBroker

SECOND_S: Final = 1.0
CONNECTS_MAX: Final = 2
"""New connections a second that OANDA takes of one address, streams among them."""
SILENT_MAX_S: Final = 10.0
"""A heartbeat comes every 5 s."""
NOT_ALLOWED: Final = frozenset({401, 403})
TOO_MANY: Final = 429
BACK_OFF_S: Final = 0.5
CLIENT_REQUEST_ID: Final = "ClientRequestID"


class OandaAdapter(HttpAdapter[OandaBroker, OandaMapping]):
    """One account at OANDA. Part of Adapter."""

    def __init__(self, settings: OandaBroker, context: Context) -> None:
        self._pace = Pace(settings.requests_per_s, SECOND_S, monotonic)
        self._connects_anew = Pace(CONNECTS_MAX, SECOND_S, monotonic, NO_RESERVE)
        super().__init__(
            settings,
            context,
            mapping=OandaMapping(settings.account_id),
            turns=self._pace,
            connects=self._connects_anew,
            failures=FAILURES,
        )
        self._always = {
            "Authorization": f"Bearer {settings.secret}",
            "Accept-Datetime-Format": "RFC3339",
            "Content-Type": "application/json",
        }
        self._path = f"/v3/accounts/{settings.account_id}"
        self.quotes = (
            OandaQuotes(settings, self._tls, self._always, self._read, self._connects_anew),
        )

    def _headers(self, call: Call) -> Mapping[str, str]:
        """Transactions repeat the label of the cancel or replace that led to them."""
        if call.kind in ("F", "G"):
            return {**self._always, CLIENT_REQUEST_ID: call.about}
        return self._always

    def _heed(self, answer: Answer) -> None:
        """OANDA tells no limits before they are hit."""
        if answer.status == TOO_MANY:
            self._pace.stop_for(BACK_OFF_S)

    # --- the stream -----------------------------------------------------------------------------

    async def _connection(self) -> None:
        url = f"{self.settings.streams}{self._path}/transactions/stream"
        await self._connects_anew.turn(READ)
        try:
            async with lines(
                url, self._always, silent_max_s=SILENT_MAX_S, context=self._tls()
            ) as stream:
                await self._catch_up()
                self._is_there()
                async for line in stream:
                    await self._take(line)
        except RefusedError as error:
            if error.status in NOT_ALLOWED:
                what = "the token is wrong, of the other environment, or not for this account_id"
                self.host.alarm("LOGON_REFUSED", what)
            raise

    async def _take(self, line: bytes) -> None:
        said = read_object(line)
        if said is None:
            raise BrokenError(f"a line that is no JSON object: {line[:80]!r}")
        log = self.mapping.log
        if said.get("type") == "HEARTBEAT":
            if log.is_behind(number_of(said.get("lastTransactionID"))):
                await self._catch_up()
            return
        if log.is_behind(number_of(said.get("id")) - 1):
            await self._catch_up()
        self.host.heard(line, self.mapping.transactions.tell([said]), self.mapping.cursor)

    async def _read_account(self) -> Mapping[str, str]:
        return account_of(await self._read("/summary"))

    # --- what was missed ------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        """Tell all transactions since the last one that is known."""
        account_id, _, last = self.host.cursor.rpartition(":")
        if account_id != self.settings.account_id:  # nothing was ever sent to it
            found = await self._read("/summary")
            self.mapping.log.begin(number_of(found.get("lastTransactionID")))
            self.host.heard(b"", (), self.mapping.cursor)
            return
        self.mapping.log.begin(number_of(last))
        while True:
            call = self.mapping.since()
            answer = await self._ask(call)
            told, is_all = self.mapping.caught_up(read_object(answer.body) or {})
            if told:
                self.host.heard(answer.raw(call), told, self.mapping.cursor)
            if is_all:
                return

    async def _read(self, path: str) -> Json:
        """What a GET below the account answers; raises BrokenError where that is of no use."""
        answer = await self._ask(Call("GET", f"{self._path}{path}", rank=READ))
        return read_object(answer.body) or {}

    async def _ask(self, call: Call) -> Answer:
        answer = await self.caller.ask(call)
        if answer.status != 200 or read_object(answer.body) is None:
            raise BrokenError(f"HTTP {answer.status} on {call.path}: {answer.body[:80]!r}")
        return answer
