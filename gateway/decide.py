"""The heart: one input in, facts and messages out. Pure: no socket, clock, disk or await.

Inputs are messages of clients and brokers, a broker's coming and going, operators' commands and
the passing of time. Each returns a Decision; nothing of it has left yet.
"""

from collections.abc import Callable, Mapping
from typing import Final

from gateway.decision import Decision
from gateway.events import (
    Halted,
    OrderReleased,
    OrderSettled,
    Resumed,
)
from gateway.orders import doubt, entry, parking, reports, requests
from gateway.orders.order import Order
from gateway.orders.paper_lost import paper_lost
from gateway.refusals import Refusal
from gateway.setup import Broker, Client, Setup
from gateway.state import State
from gateway.translate import inbound, outbound
from sessions.message import Message
from sessions.values import fix_text

UNSUPPORTED_MSG_TYPE: Final = 3

ClientHandler = Callable[[Decision, Client, Message], None]

CLIENT_HANDLERS: Final[dict[str, ClientHandler]] = {
    "D": entry.new_order,
    "F": requests.cancel,
    "G": requests.replace,
    "H": requests.status,
}

REJECTS: Final = frozenset({"3", "j"})
BROKER_REPORTS: Final = frozenset({"8", "9"})
OUTCOMES: Final = ("rejected", "canceled", "working")


class Core:
    """Setup and state, and what can happen to them."""

    __slots__ = ("refuse_new", "setup", "state")

    def __init__(self, setup: Setup, state: State) -> None:
        self.setup = setup
        self.state = state
        self.refuse_new = ""

    def decision(self, now: int) -> Decision:
        """An empty decision for an input that came at `now` (UTC ns)."""
        return Decision(self.setup, self.state, self.refuse_new, now)

    # --- messages -----------------------------------------------------------------------------

    def message(self, link: int, message: Message, problem: str, now: int) -> Decision:
        """An application message of a link. `problem` says what validation found in it; a session
        passes on such messages where its settings say so.
        """
        decision = self.decision(now)
        client = self.setup.clients.get(link)
        if client is not None:
            if problem:
                decision.alarm(f"client {client.name}: {message.msg_type}: {problem}")
            unhandled = _rejected if message.msg_type in REJECTS else _unsupported
            handler = CLIENT_HANDLERS.get(message.msg_type, unhandled)
            handler(decision, client, message)
            return decision
        broker = self.setup.brokers_by_link[link]
        if problem:
            decision.alarm(f"broker {broker.name}: {message.msg_type}: {problem}")
        self._broker_message(decision, broker, message)
        return decision

    def reject(self, link: int, message: Message, refusal: Refusal, now: int) -> Decision:
        """A client's message that is not looked at; nothing of it is kept."""
        decision = self.decision(now)
        decision.limit = refusal.limit
        if message.msg_type not in REJECTS:
            ref_id = message.fields.get("11", "")
            dialect = self.setup.clients[link].dialect
            kind, body = outbound.business_reject(
                dialect, message, dialect.throttled, ref_id, refusal.text
            )
            decision.send(link, kind, body, 0)
        return decision

    def _broker_message(self, decision: Decision, broker: Broker, message: Message) -> None:
        kind = message.msg_type
        if kind in BROKER_REPORTS:
            reports.broker_report(decision, broker, inbound.broker_report(message))
        elif kind in REJECTS:
            decision.alarm(f"broker {broker.name}: {_refusal_of(message)}")
        else:
            answer, body = outbound.business_reject(
                broker.dialect, message, UNSUPPORTED_MSG_TYPE, "", "Unsupported Message Type"
            )
            decision.send(broker.link, answer, body, 0)

    def refused_by_broker(self, link: int, refused: Message, text: str, now: int) -> Decision:
        """A Reject(3) or BusinessMessageReject(j) that names a message of ours: a definite no."""
        decision = self.decision(now)
        self._ended_at_broker(decision, self.setup.brokers_by_link[link], refused, text, 99)
        return decision

    def not_resent(self, link: int, message: Message, certain: bool, now: int) -> Decision:
        """A request of ours that the broker asked for again and that is too old to be sent.

        `certain`: it went out on an earlier connection, so the broker cannot hold it. Otherwise
        the broker may hold it behind a gap of its own: what becomes of it is unknown.
        """
        decision = self.decision(now)
        broker = self.setup.brokers_by_link[link]
        if certain:
            refusal = Refusal("NOT_RECEIVED")
            self._ended_at_broker(decision, broker, message, refusal.text, refusal.ord_rej_reason)
            return decision
        order = self.state.book.find_at_broker(broker.name, message.fields.get("11", ""))
        if order is not None and not order.unknown and _is_unanswered(order, message):
            doubt.doubt(decision, order, f"{message.msg_type} was too old to be sent again")
            doubt.ask(decision, broker, order)
        return decision

    def _ended_at_broker(
        self, decision: Decision, broker: Broker, message: Message, text: str, reason: int
    ) -> None:
        broker_id = message.fields.get("11", "")
        order = self.state.book.find_at_broker(broker.name, broker_id)
        if order is None:
            decision.alarm(f"broker {broker.name}: refused {message.msg_type}: {text}")
        elif message.msg_type == "D":
            if not order.ended and not order.accepted:
                reports.reject_order(decision, order, reason, text)
        else:
            reports.reject_request(decision, order, broker_id, 2, text)

    def report(self, broker: str, fields: Mapping[str, str], now: int) -> Decision:
        """A report of a broker without a FIX session, as the fields of an ExecutionReport(8) or,
        with CxlRejReason(102), an OrderCancelReject(9).
        """
        decision = self.decision(now)
        said = inbound.simulated_report(fields)
        reports.broker_report(decision, self.setup.brokers[broker], said)
        return decision

    # --- brokers coming and going ---------------------------------------------------------------

    def broker_up(self, name: str, now: int) -> Decision:
        """A broker's session is there: queued orders go, unknown ones are asked for."""
        decision = self.decision(now)
        broker = self.setup.brokers[name]
        broker.up = True
        self._release_all(decision)
        doubt.ask_all(decision, broker)
        return decision

    def ask_unknown(self, name: str, now: int) -> Decision:
        """Ask a broker whose session is there for what it holds of unknown orders."""
        decision = self.decision(now)
        broker = self.setup.brokers[name]
        if broker.up:
            doubt.ask_all(decision, broker)
        return decision

    def broker_down(self, name: str) -> None:
        """A broker's session is gone."""
        self.setup.brokers[name].up = False

    def messages_lost(self, name: str, why: str, now: int) -> Decision:
        """A broker's sequence numbers were moved: what it said or we asked under those left behind
        may never be told by a resend.
        """
        decision = self.decision(now)
        doubt.doubt_all(decision, self.setup.brokers[name], why)
        return decision

    def paper_lost(self, name: str, now: int) -> Decision:
        """A broker in memory began anew: what it held is gone."""
        decision = self.decision(now)
        paper_lost(decision, name)
        return decision

    def _release_all(self, decision: Decision) -> None:
        """Send queued orders to brokers that are there; what is halted goes on waiting."""
        for order in list(self.state.queued.values()):
            broker = self.setup.brokers.get(order.broker)
            halted = any(self.in_scope(order, scope) for scope in self.state.halts)
            if broker is not None and broker.up and not halted:
                self._release(decision, order)

    def _release(self, decision: Decision, order: Order) -> None:
        route = self.setup.routes.by_name.get(order.route)
        if self._expired(order, decision.now):
            self._expire(decision, order)
            return
        decision.emit(order.order_no, OrderReleased(order.order_no))
        entry.send_to_broker(decision, order, route)

    def _expired(self, order: Order, now: int) -> bool:
        route = self.setup.routes.by_name.get(order.route)
        age_max_ns = route.queue_age_max_ns if route is not None else 0
        return now - order.entered_ns > age_max_ns

    def _expire(self, decision: Decision, order: Order) -> None:
        refusal = Refusal("QUEUE_EXPIRED", f"route={order.route}")
        reports.reject_order(decision, order, refusal.ord_rej_reason, refusal.text)

    def tick(self, now: int) -> Decision:
        """Time passes: queued orders that waited too long are rejected."""
        decision = self.decision(now)
        for order in list(self.state.queued.values()):
            if self._expired(order, now):
                self._expire(decision, order)
        return decision

    # --- operators ------------------------------------------------------------------------------

    def cancel_order(self, order: Order, who: str, why: str, now: int) -> Decision:
        """An operator cancels an order; the client hears of it as an unsolicited cancel."""
        decision = self.decision(now)
        requests.enter_cancel(decision, order, "", order.cl_ord_id, who, why)
        return decision

    def halt(self, scope: str, cancel_open: bool, who: str, why: str, now: int) -> Decision:
        """Refuse new orders and replaces of a scope; on wish cancel what is open there."""
        decision = self.decision(now)
        decision.emit(0, Halted(scope, who, why))
        if cancel_open:
            for order in list(self.state.book.open.values()):
                if self.in_scope(order, scope) and order.pending_cancel is None:
                    requests.enter_cancel(decision, order, "", order.cl_ord_id, who, why)
        return decision

    def resume(self, scope: str, who: str, why: str, now: int) -> Decision:
        """Lift a halt."""
        decision = self.decision(now)
        decision.emit(0, Resumed(scope, who, why))
        self._release_all(decision)
        return decision

    def settle(self, order: Order, outcome: str, who: str, why: str, now: int) -> Decision:
        """An operator says what became of an order whose state is unknown."""
        assert outcome in OUTCOMES, f"outcome {outcome!r} is none of {OUTCOMES}"
        decision = self.decision(now)
        if outcome != "working":
            reports.refuse_requests(decision, order, "TOO_LATE")
        decision.emit(order.order_no, OrderSettled(order.order_no, outcome, who, why))
        exec_type = {"rejected": "8", "canceled": "4", "working": "I"}[outcome]
        text = fix_text(f"settled by the operator: {why}")
        reports.report(decision, order, exec_type, order.cl_ord_id, "", text=text)
        if outcome == "working":
            reports.refuse_lost_requests(decision, order)
        return decision

    def acknowledge(self, key: str, who: str, why: str, now: int) -> Decision:
        """An operator has dealt with the parked execution `key`."""
        decision = self.decision(now)
        parking.acknowledge(decision, key, who, why)
        return decision

    def in_scope(self, order: Order, scope: str) -> bool:
        """Whether a halt of `scope` concerns the order."""
        kind, _, name = scope.partition(":")
        if kind == "firm":
            return True
        if kind == "client":
            client = self.setup.clients.get(order.link)
            return client is not None and scope in self.setup.limits.client_scopes(client.name)
        return name == (order.account if kind == "account" else order.symbol)


def _is_unanswered(order: Order, message: Message) -> bool:
    """Whether the broker owes an answer to this very request."""
    if order.closed:
        return False
    if message.msg_type == "D":
        return not order.accepted
    return order.request(message.fields.get("11", "")) is not None


def _refusal_of(message: Message) -> str:
    get = message.fields.get
    return f"MsgType(35)={message.msg_type} refuses our message {get('45', '')}: {get('58', '')}"


def _rejected(decision: Decision, client: Client, message: Message) -> None:
    """A reject is never answered, or two sides that refuse each other's would never end."""
    decision.alarm(f"client {client.name}: {_refusal_of(message)}")


def _unsupported(decision: Decision, client: Client, message: Message) -> None:
    ref_id = message.fields.get("11", "")
    kind, body = outbound.business_reject(
        client.dialect, message, UNSUPPORTED_MSG_TYPE, ref_id, "Unsupported Message Type"
    )
    decision.send(client.link, kind, body, 0)
