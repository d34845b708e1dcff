"""What becomes of requests that brokers refuse, ask for again, or do not answer. Pure."""

from typing import Final

from gateway.breaker_commands import BreakerCore
from gateway.decision import Decision
from gateway.events import OrderUnknown
from gateway.orders import (
    doubt,
    failover,
    linked,
    queue,
    reconciling,
    slices,
)
from gateway.orders.order import Order
from gateway.orders.scopes import stopped_by
from gateway.positions import asking
from gateway.prices import taking
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Broker
from sessions.message import Message

QUESTIONS: Final = frozenset({"H", "AF"})


class RequestCore(BreakerCore):
    """Part of the core."""

    __slots__ = ()

    def refused_by_broker(self, link: int, refused: Message, text: str, now: int) -> Decision:
        """A Reject(3) or BusinessMessageReject(j) that names a message of ours: a definite no."""
        decision = self.decision(now)
        if refused.msg_type == "V":
            taking.refused(decision, self.setup.feeds.get(link), refused, text)
            return decision
        broker = self.setup.brokers_by_link.get(link)
        if broker is None:
            decision.alarm(f"{self.state.client_name(link)}: refuses {refused.msg_type}: {text}")
            return decision
        if refused.msg_type == "AN":
            asking.refused(decision, broker, refused, text)
        elif refused.msg_type not in QUESTIONS:
            failover.ended_at_broker(decision, broker, refused, text, 99)
        elif reconciling.refused(decision, broker, refused, text):
            go_on(decision, broker)
        return self.settled(decision)

    def not_resent(self, link: int, message: Message, certain: bool, now: int) -> Decision:
        """A request of ours that the broker asked for again and that is too old to be sent.

        `certain`: it went out on an earlier connection, so the broker cannot hold it. Otherwise
        the broker may hold it behind a gap of its own: what becomes of it is unknown.
        """
        decision = self.decision(now)
        broker = self.setup.brokers_by_link[link]
        if certain:
            refusal = Refusal(Code.NOT_RECEIVED)
            failover.ended_at_broker(
                decision, broker, message, refusal.text, refusal.ord_rej_reason
            )
            return self.settled(decision)
        order = self.state.book.find_at_broker(broker.name, message.fields.get("11", ""))
        if order is not None and not doubt.is_doubted(order) and _is_unanswered(order, message):
            doubt.doubt(decision, order, f"{message.msg_type} was too old to be sent again")
            doubt.ask(decision, broker, order)
        return self.settled(decision)

    def is_stopped(self, broker: Broker, message: Message) -> bool:
        """Whether a level of trading stops an order or replace that a broker asks for again."""
        order = self.state.book.find_at_broker(broker.name, message.fields.get("11", ""))
        return order is not None and stopped_by(self.decision(0), order) is not None

    def requests_lost(self, name: str, why: str, now: int) -> Decision:
        """Requests to a broker over an API that were not answered may or may not have left, and
        nobody waits for the answers any more.
        """
        decision = self.decision(now)
        for order in list(self.state.book.open.values()):
            is_open = not order.accepted or order.open_requests
            is_here = order.broker == name and order.held is None
            if is_here and is_open and not doubt.is_doubted(order):
                decision.emit(order.order_no, OrderUnknown(order.order_no, why))
        return self.settled(decision)

    def unanswered(self, name: str, cl_ord_id: str, why: str, now: int) -> Decision:
        """Nobody knows whether a broker over an API took the request of this ClOrdID(11): it is
        asked, and what it does not have once it was quiet for long enough it never got.
        """
        decision = self.decision(now)
        broker = self.setup.brokers.get(name)
        order = self.state.book.find_at_broker(name, cl_ord_id)
        if broker is None or order is None:
            decision.alarm(f"broker {name}: ClOrdID(11)={cl_ord_id} was not answered: {why}")
            return self.settled(decision)
        decision.order_no = order.order_no
        is_answered = order.accepted and order.request(cl_ord_id) is None
        if order.ended or is_answered:
            return self.settled(decision)  # the broker has told of it otherwise
        doubt.doubt(decision, order, why)
        if broker.up:
            broker.asking = True
            doubt.ask(decision, broker, order)
        return self.settled(decision)


def go_on(decision: Decision, broker: Broker) -> None:
    """The broker is there, and may have answered: send it what waited for that."""
    queue.release_all(decision)
    linked.broker_up(decision, broker.name)


def _is_unanswered(order: Order, message: Message) -> bool:
    """Whether the broker owes an answer to this very request."""
    if order.closed:
        return False
    if message.msg_type == "D":
        return not order.accepted and not slices.is_earlier(order, message.fields.get("11", ""))
    return order.request(message.fields.get("11", "")) is not None
