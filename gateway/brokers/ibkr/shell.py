"""Connects to a TWS or IB Gateway: hears what it says, asks for what it did not.

After each connect, and whenever it has its own servers again, all orders and executions are asked
for before the broker is up; then now and then, for a socket that lost something says nothing of it.
"""

import asyncio
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from typing import Final

from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.pace import Pace
from gateway.brokers.api.requesting import Requesting
from gateway.brokers.api.staying import BrokenError, Staying
from gateway.brokers.ibkr import words
from gateway.brokers.ibkr.contracts import Defaults
from gateway.brokers.ibkr.hearing import Heard
from gateway.brokers.ibkr.library import BROKEN, GONE, UNREAD, Said, Tws, Writer
from gateway.brokers.ibkr.mapping import IbkrMapping
from gateway.brokers.ibkr.orders import Message, Question
from gateway.brokers.ibkr.quotes import IbkrQuotes
from gateway.brokers.ibkr.rounds import Rounds
from gateway.brokers.ibkr.sending import TOO_FAST_S, Sending
from gateway.config.ibkr import IbkrBroker

IDLE_S: Final = 20.0
"""TWS has no heartbeats: it is asked for its time when it was silent for so long."""
LOOK_AFTER_S: Final = 0.25
"""Executions may come after the orderStatus that counts them."""
ASK_EVERY_S: Final = 60.0
PAPER: Final = "D"
"""What ids of paper accounts begin with."""
KEPT: Final = frozenset({"openOrder", "orderStatus", "execDetails", "commissionReport", "error"})
"""What the record has of all that comes unasked."""


class IbkrAdapter(Requesting[IbkrMapping]):
    """One account at Interactive Brokers. Part of Adapter."""

    def __init__(self, settings: IbkrBroker, _context: object) -> None:
        exchanges = {"CASH": settings.exchange_cash, "CRYPTO": settings.exchange_crypto}
        self._defaults = Defaults(
            exchange=settings.exchange,
            primary_exchange=settings.primary_exchange,
            currency=settings.currency,
            pairs=settings.pairs,
            pairs_exchanges=exchanges,
            kinds=settings.security_types,
        )
        self.mapping = IbkrMapping(
            settings.client_id, self._defaults, outside=settings.outside_hours
        )
        self._hearing = self.mapping.hearing
        self._settings = settings
        self._tws: Tws | None = None
        self._writer = Writer()
        self._positions: list[Question] = []
        self._is_linked = True
        self._is_up = False
        self._staying = Staying(
            self._connection,
            min_s=settings.reconnect_min_s,
            max_s=settings.reconnect_max_s,
            on_down=self._down,
        )

    def start(self, host: Host) -> None:
        """Part of Adapter."""
        self.host = host
        self._loop = asyncio.get_running_loop()
        number, _, since = host.cursor.partition(" ")
        self._hearing.next_number = 0
        self._highest = int(number) if number.isdigit() else 0
        with suppress(ValueError):
            self._hearing.since = datetime.fromisoformat(since).replace(microsecond=0)
        self._newest = self._hearing.since
        self._pace = Pace(self._settings.messages_per_s, 1.0, self._loop.time)
        self._sending = Sending(
            self._pace,
            self._say,
            self._leave,
            self._sent,
            self._not_sent,
            self._settings.order_age_max_s,
        )
        self._rounds = Rounds(self._hearing, self._sending.ask, self._round_ended, self._loop.time)
        self._quotes = IbkrQuotes(host, self._defaults, self._sending.ask)
        self._staying.start()

    async def stop(self) -> None:
        """Part of Adapter."""
        await self._staying.stop()
        self._quotes.stop()
        await self._sending.stop()

    def _want(self, symbols: Sequence[str]) -> None:
        """Part of Requesting."""
        self._quotes.want(symbols)

    def _send(self, outgoing: Outgoing) -> None:
        """Part of Requesting."""
        if isinstance(outgoing, Message):
            self._sending.submit(outgoing)
        else:
            assert isinstance(outgoing, Question), "a request of another adapter"
            self._question(outgoing)

    def _question(self, question: Question) -> None:
        if question.kind != "AN":
            self._rounds.question(question)
            return
        self._positions.append(question)
        if len(self._positions) == 1:
            self._ask_positions()

    def _ask_positions(self) -> None:
        self._hearing.held = {}
        self._sending.ask([self._writer.positions()])

    # --- the socket -----------------------------------------------------------------------------

    async def _connection(self) -> None:
        heard: asyncio.Queue[Said] = asyncio.Queue()
        tws = Tws(heard.put_nowait)
        settings = self._settings
        try:
            await tws.connect(
                settings.host,
                settings.socket_port,
                settings.client_id,
                settings.request_timeout_s,
            )
            self._begin(tws)
            await self._listen(heard)
        except (OSError, TimeoutError):
            self._say_why(heard)
            raise
        finally:
            self._tws = None
            tws.close()

    def _say_why(self, heard: "asyncio.Queue[Said]") -> None:
        """What TWS said before it hung up."""
        while not heard.empty():
            said = heard.get_nowait()
            if said.name == "error" and said.args[1] == words.CLIENT_ID_TAKEN:
                self.host.alarm("LOGON_REFUSED", f"{said.args[2]} ({said.args[1]})")

    def _begin(self, tws: Tws) -> None:
        account = self._account_of(tws.accounts)
        self._tws = tws
        self._writer = Writer(tws.version)
        self._is_linked = True
        number = max(tws.number, self._highest + 1)
        self.mapping.connected(number, self._writer, account)
        self._rounds.reset(self._writer)
        self._rounds.begin()
        self._quotes.begin(self._writer)
        if self._positions:
            self._ask_positions()

    def _account_of(self, accounts: Sequence[str]) -> str:
        wanted_id = self._settings.account_id
        if not wanted_id and len(accounts) != 1:
            raise self._wrong(f"account_id must be one of {', '.join(accounts)}")
        account = wanted_id or accounts[0]
        if account not in accounts:
            raise self._wrong(f"TWS has no account {account}")
        if self._settings.environment == "paper" and not account.startswith(PAPER):
            raise self._wrong(f"{account} is no paper account")
        return account

    def _wrong(self, why: str) -> BrokenError:
        self.host.alarm("LOGON_REFUSED", why)
        return BrokenError(why)

    async def _listen(self, heard: "asyncio.Queue[Said]") -> None:
        """Take what comes, and notice when nothing does."""
        now = self._loop.time
        heard_at = asked_all_at = now()
        asked_at: float | None = None  # for the time, which is to show that it is there
        while True:
            try:
                async with asyncio.timeout(min(IDLE_S, self._settings.request_timeout_s)):
                    said = await heard.get()
            except TimeoutError:
                self._check(asked_at)
                if asked_at is None and now() - heard_at >= IDLE_S:
                    asked_at = now()
                    self._sending.ask([self._writer.time()])
                continue
            heard_at, asked_at = now(), None
            self._take(said)
            if heard.empty():  # else the answer may be here already
                self._check(None)
            if now() - asked_all_at > ASK_EVERY_S and self._is_linked:
                asked_all_at = now()
                self._rounds.begin()

    def _check(self, asked_at: float | None) -> None:
        """Whether something that it was asked is not answered in time; raises BrokenError."""
        limit = self._loop.time() - self._settings.request_timeout_s
        waits = (asked_at, self._rounds.waits_since)
        if any(since is not None and since < limit for since in waits):
            raise BrokenError("TWS does not answer")

    def _say(self, text: str) -> bool:
        return self._tws is not None and self._tws.send(text)

    def _leave(self, message: Message) -> str:
        if self.mapping.is_over(message):
            return "its order has ended"
        if message.connection == self.mapping.connection and self._say(message.text):
            return ""
        return "the connection to TWS is gone"

    def _sent(self, message: Message) -> None:
        self._loop.call_later(self._settings.request_timeout_s, self._overdue, message)

    def _not_sent(self, message: Message, why: str) -> None:
        if self.mapping.is_outstanding(message):
            self.host.heard(b"", self.mapping.never_left(message, why))

    def _overdue(self, message: Message) -> None:
        """One that was refused for the pace, and is still to go again, is in no doubt."""
        if message.has_left and self.mapping.is_outstanding(message):
            self.mapping.doubt(message)
            self.host.unanswered(b"", message.about, "TWS did not answer in time")

    def _down(self, why: str) -> None:
        """Of what was sent on this connection nobody knows."""
        self._is_up = False
        self.host.down(why)
        for message in [one for one in self.mapping.outstanding() if one.has_left]:
            self.mapping.doubt(message)
            self.host.unanswered(b"", message.about, why)

    # --- what it says ---------------------------------------------------------------------------

    def _take(self, said: Said) -> None:
        if said.name == GONE:
            raise BrokenError(str(said.args[0]))
        if said.name in (BROKEN, UNREAD):
            self.host.heard(said.raw, ())
            why = f"a message that cannot be read: {said.args[0]}"
            if said.name == BROKEN:
                raise BrokenError(why)
            self.host.alarm("ORDERS", why)
            return
        meant = self._hearing.hear(said)
        is_news = said.name == "error" or (said.name in KEPT and self._rounds.waits_since is None)
        self._tell(said.raw, meant, is_news=is_news)
        self._quotes.heard(said)
        if said.name == "error":
            self._system(*said.args[1:3])
        elif said.name == "positionEnd":
            self._tell_positions()
        self._rounds.heard(said)

    def _tell(self, raw: bytes, meant: Heard, *, is_news: bool) -> None:
        if is_news or meant.reports:
            self.host.heard(raw, meant.reports, self._cursor())
        for about, why in meant.unsure:
            self.host.unanswered(b"", about, why)
        if meant.again is not None:
            self._sending.again(meant.again)
        if meant.look:
            self._loop.call_later(LOOK_AFTER_S, self._look)
        if meant.ask:
            self._rounds.begin()

    def _cursor(self) -> str:
        """The highest number that was ever used, and since when all executions are told."""
        self._highest = max(self._highest, self._hearing.next_number - 1)
        return f"{self._highest} {self._newest.isoformat()}"

    def _look(self) -> None:
        """Executions are missing: one round at a time."""
        if self._tws is None or not self._is_linked:
            return
        if self._rounds.waits_since is not None:
            self._loop.call_later(LOOK_AFTER_S, self._look)
            return
        self._rounds.look()

    def _round_ended(
        self, told: Sequence[Heard], questions: Sequence[Question], *, is_all: bool
    ) -> None:
        for meant in told:
            self._tell(b"", meant, is_news=False)
        if is_all:
            lasted = timedelta(seconds=self._settings.request_timeout_s)  # at most
            self._newest = datetime.now(UTC) - lasted
        if is_all and not self._is_up and self._is_linked:
            self._is_up = True
            if not self.host.cursor:
                self.host.heard(b"", (), self._cursor())
            self._staying.is_up()
            self.host.up()
        for question in questions:
            self.host.heard(b"", self.mapping.answer(question))

    def _tell_positions(self) -> None:
        asked, self._positions = self._positions, []
        for question in asked:
            self.host.heard(b"", self.mapping.answer(question))
        self._sending.ask([self._writer.no_positions()])

    def _system(self, code: int, text: str) -> None:
        """What an error says of the connection, if it is about that."""
        if code == words.TOO_FAST:
            self._pace.stop_for(TOO_FAST_S)
        elif code == words.LINK_LOST and self._is_linked:
            self._is_linked = False
            self._down(f"{text} ({code})")
        elif code in words.LINK_BACK:
            self._is_linked = True
            self._rounds.begin()
            if code == words.DATA_LOST:
                self._quotes.begin(self._writer)
