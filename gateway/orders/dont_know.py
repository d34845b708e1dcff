"""DontKnowTrade(Q) to brokers that want it, about executions that cannot be right.

What is questioned is parked or booked all the same: the broker's bust takes it back. FIX has no
answer to a Q.
"""

from typing import Final

from gateway.decision import Decision
from gateway.orders.numbers import number
from gateway.orders.order import Order
from gateway.setup import Broker
from gateway.translate import outbound
from gateway.translate.inbound import BrokerReport

# DKReason(127)
UNKNOWN_SYMBOL: Final = "A"
WRONG_SIDE: Final = "B"
QUANTITY_EXCEEDS_ORDER: Final = "C"
NO_MATCHING_ORDER: Final = "D"
PRICE_EXCEEDS_LIMIT: Final = "E"
OTHER: Final = "Z"

BUYS: Final = frozenset({"1", "3"})
SELLS: Final = frozenset({"2", "4", "5", "6"})
LIMITED: Final = frozenset({"2", "4"})  # OrdType(40)


def question(decision: Decision, broker: Broker, said: BrokerReport, reason: str, why: str) -> None:
    """Tell a broker that wants to hear it that one of its executions is not known."""
    if not broker.dont_know_trade or said.kind != "trade":
        return
    if "" in (said.broker_order_id, said.exec_id, said.symbol, said.side):
        return  # a Q must name them
    body = outbound.dont_know_trade(said, reason, why)
    decision.send(broker.link, "Q", body, decision.order_no)


def unmatched_reason(decision: Decision, said: BrokerReport) -> str:
    """Why no order fits an execution."""
    known = said.symbol in decision.setup.reference.instruments
    return NO_MATCHING_ORDER if known else UNKNOWN_SYMBOL


def is_wrong_side(order: Order, said: BrokerReport) -> bool:
    """Whether a sale is told of a purchase or the other way; kinds of sales are all alike."""
    if said.side in BUYS:
        return order.side in SELLS
    return said.side in SELLS and order.side in BUYS


def question_booked(decision: Decision, broker: Broker, order: Order, said: BrokerReport) -> None:
    """A trade of an order was booked: question one that is more or worse than ordered."""
    if order.cum_qty > order.terms.order_qty:
        question(decision, broker, said, QUANTITY_EXCEEDS_ORDER, "more than OrderQty(38)")
        return
    if order.terms.ord_type not in LIMITED:
        return
    price, limit = number(said.last_px), number(order.terms.price)
    if (price > limit and order.side in BUYS) or (price < limit and order.side in SELLS):
        decision.impossible(
            broker.name, f"{order!r}: LastPx(31)={said.last_px} is beyond its limit"
        )
        question(decision, broker, said, PRICE_EXCEEDS_LIMIT, "worse than Price(44)")
