"""The heart: one input in, facts and messages out. Pure: no socket, clock, disk or await.

Inputs are messages of clients and brokers, a broker's coming and going, operators' commands and
the passing of time. Each returns a Decision; nothing of it has left yet.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gateway import limit_commands, trading_session
from gateway.copies import DropCopy
from gateway.decision import Decision
from gateway.manners import STANDARD
from gateway.orders import (
    broker_requests,
    day_end,
    day_roll,
    doubt,
    entry,
    expiry,
    failover,
    halt_request,
    held,
    lists,
    mass,
    on_behalf,
    queue,
    reconciling,
    reports,
    requests,
    slicing,
    switching,
    trade_questions,
)
from gateway.orders.day_end import DayEnd
from gateway.orders.paper_lost import paper_lost
from gateway.positions import asking
from gateway.prices import taking
from gateway.refusals import Refusal
from gateway.request_commands import RequestCore, go_on
from gateway.setup import Broker, Client
from gateway.translate import inbound, outbound
from gateway.translate.inbound import BrokerReport
from sessions.message import Message

ClientHandler = Callable[[Decision, Client, Message], None]

CLIENT_HANDLERS: Final[dict[str, ClientHandler]] = {
    "D": entry.new_order,
    "F": requests.cancel,
    "G": requests.replace,
    "H": requests.status,
    "Q": trade_questions.from_client,
    "q": mass.cancel,
    "AF": mass.status,
    "E": lists.new_list,
    "K": lists.cancel,
    "L": lists.execute,
    "M": lists.status,
    "g": trading_session.request,
}

REJECTS: Final = frozenset({"3", "j"})
ABOUT_LISTS: Final = frozenset({"E", "K", "L", "M"})
BROKER_REPORTS: Final = frozenset({"8", "9"})
OF_POSITIONS: Final = frozenset({"AO", "AP"})


class Core(RequestCore):
    """Setup and state, and what can happen to them."""

    __slots__ = ()

    # --- messages -----------------------------------------------------------------------------

    def message(self, link: int, message: Message, problem: str, now: int) -> Decision:
        """An application message of a link. `problem` says what validation found in it; a session
        passes on such messages where its settings say so.
        """
        decision = self.decision(now)
        client = self.setup.clients.get(link)
        if client is not None:
            if self.state.limit_changes.due_ns <= now:
                limit_commands.look(decision)
            if problem:
                decision.alarm(f"client {client.name}: {message.msg_type}: {problem}")
            if self.state.day.date:
                day_roll.before_request(decision, client, message)
            if client.on_behalf_of:
                on_behalf.begin(decision, client, message)
            if halt_request.is_one(client, message):
                self._halt_asked(decision, client, message)
                return self.settled(decision)
            unhandled = _rejected if message.msg_type in REJECTS else requests.unsupported
            handler = CLIENT_HANDLERS.get(message.msg_type, unhandled)
            handler(decision, client, message)
            return self.settled(decision)
        broker = self.setup.brokers_by_link.get(link)
        feed = self.setup.feeds.get(link)
        if broker is None and feed is not None:
            taking.message(decision, feed, message, problem)
            return self.settled(decision)
        if broker is None:
            _of_a_copy(decision, self.setup.copies[link], message)
            return decision
        if feed is not None and message.msg_type in taking.MARKET_DATA:
            taking.take(decision, feed, message)
            return self.settled(decision)
        if problem:
            decision.alarm(f"broker {broker.name}: {message.msg_type}: {problem}")
        self._broker_message(decision, broker, message)
        return self.settled(decision)

    def _halt_asked(self, decision: Decision, client: Client, message: Message) -> None:
        asked = halt_request.read(decision, client, message)
        if asked is not None:
            halt_request.enter(decision, client, message, asked)
            self.latch(decision, asked.scope, True, asked.who, asked.why, asked.level)

    def reject(self, link: int, message: Message, refusal: Refusal, now: int) -> Decision:
        """A client's message that is not looked at; nothing of it is kept."""
        decision = self.decision(now)
        decision.refuse(link, refusal)
        if message.msg_type not in REJECTS:
            ref_id = message.fields.get("66" if message.msg_type in ABOUT_LISTS else "11", "")
            dialect = self.setup.dialect_of(link)
            kind, body = outbound.business_reject(
                dialect, message, dialect.throttled, ref_id, refusal.text
            )
            decision.send(link, kind, body, 0)
        return self.settled(decision)

    def _broker_message(self, decision: Decision, broker: Broker, message: Message) -> None:
        kind = message.msg_type
        if kind in BROKER_REPORTS:
            self._report(decision, broker, inbound.broker_report(message), message)
        elif kind in OF_POSITIONS:
            asking.answer(decision, broker, message)
        elif kind in REJECTS:
            decision.alarm(f"broker {broker.name}: {_refusal_of(message)}")
        else:
            requests.refuse_unsupported(decision, broker.link, broker.dialect, message)

    def _look_after(self, decision: Decision, kind: str) -> None:
        """What a broker's report means for orders that the gateway holds or watches."""
        order_no = decision.order_no
        order = self.state.book.get(order_no)
        if order is None:
            return
        if kind == "trade":
            held.look(decision, order.symbol)
            decision.order_no = order_no  # that is whom the report is about
        elif order.time_sent_as:
            held.terms_changed(decision, order)

    def report(self, broker: str, fields: Mapping[str, str], now: int) -> Decision:
        """A report of a broker without a FIX session, as the fields of an ExecutionReport(8) or,
        with CxlRejReason(102), an OrderCancelReject(9).
        """
        decision = self.decision(now)
        said = inbound.simulated_report(fields)
        self._report(decision, self.setup.brokers[broker], said, None)
        return self.settled(decision)

    def _report(
        self, decision: Decision, broker: Broker, said: BrokerReport, message: Message | None
    ) -> None:
        """A report, with the message that it came by, if it did."""
        order = self.state.book.find_at_broker(
            broker.name, said.cl_ord_id, said.orig_cl_ord_id, said.broker_order_id
        )
        told = None
        if order is not None:
            broker.acks.answered(order.order_no, decision.now)
            if broker.manners is not STANDARD:
                broker_requests.heard(decision, broker, order, message, said)
            failover.begin(decision, broker, order, said)
            if self.state.day.date:
                day_roll.catch_up(decision, order)
            if order.slice is not None:
                told = slicing.begin(decision, broker, order, said)
        goes_on = False
        if broker.asking and message is not None:
            goes_on = reconciling.report(decision, broker, order, message, said)
        else:
            reports.broker_report(decision, broker, order, said)
        if order is not None and told is not None:
            slicing.end(decision, order, said, told)
        if self.state.holds.expiries or self.state.holds.by_symbol:
            self._look_after(decision, said.kind)
        if order is not None and order.order_no in self.day_end.asked:
            day_end.answered(decision, self.day_end, order, said)
        if goes_on:
            go_on(decision, broker)

    # --- brokers coming and going ---------------------------------------------------------------

    def broker_up(self, name: str, now: int) -> Decision:
        """A broker's session is there: it is asked for its orders, and queued ones go, afterwards
        where its settings say so.
        """
        decision = self.decision(now)
        broker = self.setup.brokers[name]
        broker.up = True
        reconciling.begin(decision, broker)
        asking.want(broker)
        go_on(decision, broker)
        self.sweep.broker_up(self.state, name)
        if broker.link in self.setup.feeds:
            taking.begin(decision, self.setup.feeds[broker.link])
        return self.settled(decision)

    def ask_unknown(self, name: str, now: int) -> Decision:
        """Ask a broker whose session is there anew: its numbers were moved."""
        decision = self.decision(now)
        broker = self.setup.brokers[name]
        if broker.up:
            reconciling.begin(decision, broker)
            go_on(decision, broker)
        return self.settled(decision)

    def ask_positions(self, name: str, now: int) -> Decision:
        """Ask a broker whose session is there what its accounts hold."""
        decision = self.decision(now)
        broker = self.setup.brokers[name]
        asking.want(broker)
        asking.go_on(decision, broker)
        return decision

    def messages_lost(self, name: str, why: str, now: int) -> Decision:
        """A broker's sequence numbers were moved: what it said or we asked under those left behind
        may never be told by a resend.
        """
        decision = self.decision(now)
        doubt.doubt_all(decision, self.setup.brokers[name], why)
        return self.settled(decision)

    def paper_lost(self, name: str, now: int) -> Decision:
        """A broker in memory began anew: what it held is gone."""
        decision = self.decision(now)
        paper_lost(decision, name)
        return self.settled(decision)

    def tick(self, now: int) -> Decision:
        """Time passes: queued orders that waited too long are rejected, brokers asked for the next
        unknown orders, lists given up that stay incomplete.
        """
        decision = self.decision(now)
        limit_commands.look(decision)
        lists.expire(decision)
        if self.state.day.date:
            day_end.go_on(decision, self.day_end)
        for broker in self.setup.brokers.values():
            if broker.up and broker.asking and reconciling.go_on(decision, broker):
                go_on(decision, broker)
            if broker.up and broker.positions.is_busy:
                asking.go_on(decision, broker)
        failover.move_queued(decision)
        queue.expire(decision)
        slicing.release_all(decision)
        expiry.look(decision)
        switching.look(decision)
        return self.settled(decision)

    # --- market data ----------------------------------------------------------------------------

    def feed_up(self, link: int, now: int) -> Decision:
        """A session for market data is there: it is asked for all of it."""
        decision = self.decision(now)
        taking.begin(decision, self.setup.feeds[link])
        return decision

    def tell_prices(self, now: int) -> Decision:
        """Those that waited until their feed's interval was over."""
        decision = self.decision(now)
        for feed in self.setup.feeds.values():
            taking.tell_due(decision, feed)
        return self.settled(decision)

    def ask_prices(self, now: int) -> Decision:
        """Other symbols may be wanted of feeds since a reload."""
        decision = self.decision(now)
        for feed in self.setup.feeds.values():
            taking.ask(decision, feed)
        return decision

    # --- the business date ----------------------------------------------------------------------

    def begin_day(self, date: int, who: str, why: str, now: int) -> Decision:
        """The business date `date` (yyyymmdd) begins; its orders roll by `roll_some`."""
        decision = self.decision(now)
        day_roll.begin(decision, date, who, why)
        self.day_end = DayEnd()
        self.to_roll = list(reversed(self.state.book.open))
        return self.settled(decision)

    def day_due(self, now: int) -> int | None:
        """The business date that is to begin: none for a clock that was set back; 0 where no more
        dates are kept.
        """
        kept = self.state.day.date
        if self.setup.days is None:
            return 0 if kept else None
        date = self.setup.days.at(now).date
        return date if date > kept else None

    def roll_some(self, most: int, busy: frozenset[int], now: int) -> Decision:
        """Let so many of the orders that have not rolled do so, but for those of `busy` links."""
        decision = self.decision(now)
        day_roll.roll_some(decision, self.to_roll, most, busy, self.day_end)
        return self.settled(decision)


def _refusal_of(message: Message) -> str:
    get = message.fields.get
    return f"MsgType(35)={message.msg_type} refuses our message {get('45', '')}: {get('58', '')}"


def _of_a_copy(decision: Decision, copy: DropCopy, message: Message) -> None:
    """A drop copy has nothing to ask for."""
    if message.msg_type in REJECTS:
        decision.alarm(f"drop copy {copy.name}: {_refusal_of(message)}")
    else:
        requests.refuse_unsupported(decision, copy.link, copy.dialect, message)


def _rejected(decision: Decision, client: Client, message: Message) -> None:
    """A reject is never answered, or two sides that refuse each other's would never end."""
    decision.alarm(f"client {client.name}: {_refusal_of(message)}")
