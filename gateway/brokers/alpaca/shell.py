"""Connects to Alpaca: its REST API, and its stream of trade updates.

After each connect all executions since the last one known are read before the stream is heard, and
now and then while it is: a stream that lost something says nothing of it.
"""

import asyncio
import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from time import monotonic, time
from typing import Any, Final
from urllib.parse import quote

from websockets.asyncio.client import ClientConnection

from gateway.brokers.alpaca.account import PATH as ACCOUNT
from gateway.brokers.alpaca.account import account_of
from gateway.brokers.alpaca.mapping import AlpacaMapping
from gateway.brokers.alpaca.quotes import AlpacaQuotes
from gateway.brokers.api.adapter import Context, HttpAdapter
from gateway.brokers.api.calls import Answer, Call, Outcome
from gateway.brokers.api.pace import READ, Pace
from gateway.brokers.api.said import read as read_json
from gateway.brokers.api.staying import BrokenError
from gateway.brokers.api.websocket import FAILURES, drain, opened, read, receive, stream_url
from gateway.config.alpaca import AlpacaBroker

MINUTE_S: Final = 60.0
REPLY_S: Final = 10.0
CATCH_UP_EVERY_S: Final = 60.0
OVERLAP: Final = timedelta(seconds=60)
"""So much is read again: executions are told in the order of their times, but for a little."""
PAGE: Final = 100
BEGINNING: Final = datetime(1970, 1, 1, tzinfo=UTC)
AHEAD_MAX: Final = timedelta(hours=1)


class AlpacaAdapter(HttpAdapter[AlpacaBroker, AlpacaMapping]):
    """One account at Alpaca. Part of Adapter."""

    def __init__(self, settings: AlpacaBroker, context: Context) -> None:
        self._pace = Pace(settings.requests_per_min, MINUTE_S, monotonic)
        super().__init__(
            settings,
            context,
            mapping=AlpacaMapping(replaces_leaves=settings.replace_qty == "leaves"),
            turns=self._pace,
            failures=FAILURES,
        )
        self.quotes = (
            AlpacaQuotes(settings, self._tls, is_crypto=False),
            AlpacaQuotes(settings, self._tls, is_crypto=True),
        )
        self._keys = {
            "APCA-API-KEY-ID": settings.key_id,
            "APCA-API-SECRET-KEY": settings.secret,
        }

    def _headers(self, _call: Call) -> Mapping[str, str]:
        return self._keys

    def _heed(self, answer: Answer) -> None:
        """The limit as each answer tells it."""
        found = answer.headers.get
        texts = [found(f"x-ratelimit-{name}", "") for name in ("limit", "remaining", "reset")]
        if all(text.isdecimal() for text in texts):
            limit, left, reset = map(int, texts)
            self._pace.heed(limit, left, min(reset - time(), MINUTE_S))  # clocks may be apart

    # --- the stream -----------------------------------------------------------------------------

    async def _connection(self) -> None:
        url = stream_url(self.settings.address, "/stream")
        async with opened(url, self._tls()) as stream:
            await self._log_on(stream)
            await self._catch_up()
            await drain(stream, self._take)
            self._is_there()
            due = asyncio.get_running_loop().time() + CATCH_UP_EVERY_S
            while True:
                left_s = due - asyncio.get_running_loop().time()
                message = await receive(stream, left_s) if left_s > 0 else None
                if message is not None:
                    self._take(message)
                else:
                    await self._catch_up()
                    due = asyncio.get_running_loop().time() + CATCH_UP_EVERY_S

    async def _log_on(self, stream: ClientConnection) -> None:
        secret = {"key_id": self.settings.key_id, "secret_key": self.settings.secret}
        await stream.send(json.dumps({"action": "authenticate", "data": secret}))
        status = (await self._reply(stream, "authorization")).get("status")
        if status != "authorized":
            self.host.alarm(
                "LOGON_REFUSED", "key_id or secret is wrong, or of the other environment"
            )
            raise BrokenError(f"the stream refuses our key: {status}")
        wanted = {"action": "listen", "data": {"streams": ["trade_updates"]}}
        await stream.send(json.dumps(wanted))
        await self._reply(stream, "listening")

    async def _reply(self, stream: ClientConnection, kind: str) -> dict[str, Any]:
        raw = await receive(stream, REPLY_S)
        if raw is None:
            raise BrokenError(f"no {kind} came within {REPLY_S:g} s")
        message = read(raw)
        data = message.get("data") if isinstance(message, dict) else None
        if not isinstance(data, dict) or message.get("stream") != kind:
            raise BrokenError(f"{raw[:80]!r} came where {kind} was awaited")
        return data

    def _take(self, raw: bytes) -> None:
        message = read(raw)
        data = message.get("data") if isinstance(message, dict) else None
        is_update = isinstance(data, dict) and message.get("stream") == "trade_updates"
        outcome = self.mapping.event(data) if is_update and data is not None else Outcome()
        cursor = outcome.cursor if _is_past(outcome.cursor) else ""
        self.host.heard(raw, outcome.reports, cursor)
        for call in outcome.calls:
            self.caller.submit(call)

    async def _read_account(self) -> Mapping[str, str]:
        return account_of(await self._read(ACCOUNT))

    # --- what was missed ------------------------------------------------------------------------

    async def _catch_up(self) -> None:
        """Tell all executions since the last one that is known; those told before are known."""
        cursor = self.host.cursor
        if not cursor:  # nothing was ever sent to it
            self.host.heard(b"", (), datetime.now(UTC).isoformat())
            return
        after = quote((_time(cursor) - OVERLAP).isoformat(), safe="")
        page = ""
        while True:
            path = f"/v2/account/activities/FILL?after={after}&direction=asc&page_size={PAGE}{page}"
            found = await self._read(path)
            for one in found if isinstance(found, list) else ():
                await self._tell(one)
            if not isinstance(found, list) or len(found) < PAGE:
                return
            last = found[-1].get("id") if isinstance(found[-1], dict) else None
            if not last:
                raise BrokenError("an activity has no id to read on from")
            page = f"&page_token={quote(str(last), safe='')}"

    async def _tell(self, one: Any) -> None:
        if not isinstance(one, dict):
            return
        order_id = str(one.get("order_id") or "")
        if order_id and not self.mapping.ids.name_of(order_id):
            order = await self._read(f"/v2/orders/{quote(order_id, safe='')}")
            self.mapping.learn(order)
        report = self.mapping.activity(one)
        if report is not None:
            told = str(one.get("transaction_time") or "")
            known = self.host.cursor
            cursor = max(told, known, key=_time) if _is_past(told) else known
            self.host.heard(json.dumps(one, default=str).encode(), [report], cursor)

    async def _read(self, path: str) -> Any:
        """What a GET answers; raises BrokenError where that is nothing of use."""
        answer = await self.caller.ask(Call("GET", path, rank=READ))
        if answer.status == 404:
            return None
        if answer.status != 200:
            raise BrokenError(f"HTTP {answer.status} on {path}")
        found = read_json(answer.body)
        if found is None:
            raise BrokenError(f"no JSON on {path}")
        return found


def _time(text: str) -> datetime:
    """A time of Alpaca's or a cursor; of what is none the beginning of all."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        return BEGINNING
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _is_past(text: str) -> bool:
    """Whether executions may be read on from it: from a time to come none would be found."""
    return BEGINNING < _time(text) < datetime.now(UTC) + AHEAD_MAX
