"""Where an order goes: the rule that matches it, and of several brokers the one it is given to."""

from gateway.decision import Decision
from gateway.events import LegPriced, OrderRouted
from gateway.orders.cash import CASH_ORDER_QTY
from gateway.orders.choosing import Choice, arrival, choose
from gateway.orders.dividing import divided
from gateway.orders.extras import field_of
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.routing import SPLIT, Route
from gateway.routing.known import ENABLED
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms


def chosen_route(decision: Decision, client: Client, terms: OrderTerms) -> Route | Refusal:
    """The first route that matches, of those whose brokers' breakers let it through."""
    routes, closed, now = decision.setup.routes, decision.closed_brokers(), decision.now
    kind, entitled = field_of(terms.extra, "167"), client.ex_destinations
    route = routes.choose(client.entry, terms, kind, entitled, now, closed)
    if route is not None:
        return route
    if closed:
        route = routes.choose(client.entry, terms, kind, entitled, now)
        if route is not None:
            switched = decision.state.routing.state_of(route.broker)
            if switched != ENABLED:
                return Refusal(Code.BROKER_DISABLED, f"broker={route.broker} state={switched}")
            return Refusal(Code.BREAKER_OPEN, f"broker={route.broker}")
    return Refusal(Code.NO_ROUTE)


def choice_problem(
    decision: Decision, client: Client, terms: OrderTerms, route: Route, divides: bool = False
) -> Refusal | None:
    """Choose among the brokers of a route, or say why none can have the order. `divides`: several
    may have parts of it, where the route says so.
    """
    parts = divided(decision, client, terms, route) if divides and route.strategy == SPLIT else ""
    choice = choose(decision, client, terms, route) if isinstance(parts, str) else parts
    if isinstance(choice, Refusal):
        return choice
    if isinstance(parts, str) and parts:
        for one in choice.considered:
            if one.broker == choice.broker:
                one.share = f"all: {parts}"
    take(terms, choice)
    return None


def take(terms: OrderTerms, choice: Choice) -> None:
    """The order is to go there; what goes to several has no broker of its own."""
    terms.broker = choice.broker
    terms.shares = choice.shares
    terms.routing = choice.record
    terms.routed_as = choice.strategy
    terms.leg_price = choice.price


def route_problem(decision: Decision, route: Route, terms: OrderTerms) -> Refusal | None:
    """Why an order cannot take its route to its broker now; who gets parts of it is there."""
    if terms.shares:
        return None
    if not terms.order_qty and route.passing is not None and CASH_ORDER_QTY not in route.passing:
        return Refusal(Code.NO_ROUTE, f"route={route.name} passes_not=CashOrderQty(152)")
    broker = decision.broker(terms.broker)
    if broker is None or not broker.up:
        return None if route.queues else Refusal(Code.BROKER_DOWN, f"broker={terms.broker}")
    if broker.reconciling and not route.queues_reconciling:
        return Refusal(Code.STREAM_RECONCILING, f"broker={terms.broker}")
    return None


def tell_routing(decision: Decision, order_no: int, terms: OrderTerms, route: Route) -> None:
    """Keep how its broker was chosen."""
    event = OrderRouted(
        order_no,
        route.name,
        decision.setup.routes.version,
        terms.routed_as,
        terms.broker or " ".join([broker for broker, _ in terms.shares]),
        arrival(decision, terms),
        terms.routing,
    )
    decision.emit(order_no, event)
    if terms.leg_price:
        decision.emit(order_no, LegPriced(order_no, terms.leg_price))
