"""Moves an order to another broker, once what the one before had of it is certainly over.

Nothing that may still work somewhere moves: callers see to that. What an order puts at risk goes
along, and the limits of the broker that it goes to are held.
"""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderMoved
from gateway.orders.candidates import checked, new_candidate
from gateway.orders.choosing import Choice, choose
from gateway.orders.order import Order
from gateway.orders.routes import take, tell_routing
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.verdicts import uses
from gateway.routing import LEGS, NO_BROKERS, Route
from gateway.translate.inbound import OrderTerms
from sessions.message import Message
from sessions.values import format_decimal, format_utc_timestamp

BROKER: Final = "broker:"


def wanted(order: Order, now: int) -> OrderTerms:
    """What is left of an order, as an order that comes now, as its broker would get it."""
    terms = order.terms
    given = {
        "11": order.cl_ord_id,
        "1": order.account,
        "55": order.symbol,
        "54": order.side,
        "38": format_decimal(terms.order_qty),
        "40": order.sent_as or terms.ord_type,
        "44": terms.price,
        "99": "" if order.sent_as else terms.stop_px,
        "59": order.time_sent_as or terms.time_in_force,
        "60": format_utc_timestamp(now, 3),
    }
    fields = {tag: text for tag, text in given.items() if text}
    pairs = [f"{tag}={text}" for tag, text in fields.items()]
    found = OrderTerms(Message(b"", "D", fields, pairs, True))
    found.problem()  # sets what the checks look at
    found.extra = order.extra
    found.on_behalf_of = order.on_behalf_of
    return found


def find(
    decision: Decision,
    order: Order,
    route: Route,
    tried: frozenset[str] = NO_BROKERS,
    swept: frozenset[str] = NO_BROKERS,
) -> Choice | Refusal:
    """The broker that may have what is left of an order as it is, for nothing more is emulated, and
    is there: none of those `tried`, and no leg for one that was `swept`.
    """
    terms = wanted(order, decision.now)
    terms.quantity = order.leaves_qty
    found = choose(decision, None, terms, route, tried, swept)
    if isinstance(found, Refusal):
        return found
    broker = decision.broker(found.broker)
    if broker is None or not broker.up or broker.reconciling:
        return Refusal(Code.BROKER_DOWN, f"broker={found.broker}")
    return found


def limits_problem(decision: Decision, order: Order, broker: str) -> Refusal | None:
    """Why an order may not go to a broker for the limits' sake: by those that it is within already,
    and by those of the broker, which has nothing of it yet.
    """
    client = decision.client(order.link)
    if client is None:
        return Refusal(Code.NO_ROUTE, "client=gone")
    terms = wanted(order, decision.now)
    terms.broker = broker
    refusal = checked(decision, new_candidate(decision, client, terms, order))
    if refusal is not None:
        return refusal
    for use in uses(new_candidate(decision, client, terms, None)):
        if use.scope == f"{BROKER}{broker}" and use.used is not None and use.used > use.limit:
            return Refusal(Code.NO_BROKER, f"limit={use.name} scope={use.scope}")
    return None


def move(decision: Decision, order: Order, route: Route, choice: Choice, why: str) -> None:
    """It belongs there from now on, whole or as the next slice; the caller sends it."""
    request_no, broker_id = 0, ""
    if _begins_anew(order, choice):
        request_no, broker_id = decision.new_request(choice.broker)
    event = OrderMoved(order.order_no, choice.broker, broker_id, request_no, why)
    decision.emit(order.order_no, event)
    _tell(decision, order, route, choice)


def _begins_anew(order: Order, choice: Choice) -> bool:
    """Whether nothing that went before matters there: else it is the next slice, which is told
    apart from those before it. So is every leg, and what a broker gets once more.
    """
    if order.slice is None:
        return True
    is_back = choice.broker == order.broker or choice.broker in order.past
    return not (order.cum_qty or choice.strategy in LEGS or is_back)


def _tell(decision: Decision, order: Order, route: Route, choice: Choice) -> None:
    terms = wanted(order, decision.now)
    take(terms, choice)
    tell_routing(decision, order.order_no, terms, route)


def route_anew(decision: Decision, order: Order) -> None:
    """An order that was held for its price goes to the broker that is the best now, of the several
    that its route leads to. It stays with the one that was chosen before where none can have it as
    it is, where the limits of the other do not let it, and in a list.
    """
    route = decision.setup.routes.by_name.get(order.route)
    if route is None or route.is_plain or order.list_id:
        return
    found = find(decision, order, route)
    if isinstance(found, Refusal):
        return
    if found.broker == order.broker:
        _tell(decision, order, route, found)
    elif limits_problem(decision, order, found.broker) is None:
        move(decision, order, route, found, "its price has come")


def is_there(decision: Decision, route: Route, tried: frozenset[str]) -> bool:
    """Whether a broker of a route is there that was not tried."""
    for name in route.brokers:
        broker = decision.broker(name)
        if broker is not None and broker.up and name not in tried:
            return True
    return False


def nothing_executed(order: Order) -> bool:
    """Whether no execution of it is booked."""
    return order.cum_qty == Decimal(0) and not order.executions
