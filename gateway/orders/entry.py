"""NewOrderSingle(D) from a client: to a broker, into a queue, or refused with its reason."""

from decimal import Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderedOnBehalf, OrderEntered, OrderOfStrategy, OrderRefused
from gateway.ids import order_id
from gateway.orders import capability, on_behalf, permits, telling
from gateway.orders.allocations import allocations_problem
from gateway.orders.candidates import checked, new_candidate, strategy_of
from gateway.orders.cash import CURRENCY, ZERO, bought, cash_of
from gateway.orders.extras import field_of
from gateway.orders.held import begin, send_to_broker
from gateway.orders.lengths import terms_too_long
from gateway.orders.order import Order
from gateway.orders.parts import send_parts
from gateway.orders.routes import choice_problem, chosen_route, route_problem, tell_routing
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.order_value import no_rate
from gateway.routing import LEGS, Route
from gateway.setup import Client
from gateway.translate import outbound
from gateway.translate.inbound import OrderTerms, positive
from sessions.message import Message
from sessions.values import DIGITS_MAX

ONE: Final = Decimal(1)
SLICES_MAX: Final = 1000
"""So many slices one order may be sent in: each is an order to its broker."""


def new_order(decision: Decision, client: Client, message: Message) -> None:
    """Handle one NewOrderSingle(D)."""
    terms = OrderTerms(message)
    too_long = terms_too_long(client, terms)
    if too_long is not None:
        _refuse_unkept(decision, client, message, terms, too_long)
        return
    if client.on_behalf_of:
        on_behalf.take_names(message, terms)
    book = decision.state.book
    if book.is_used(client.link, terms.cl_ord_id):
        known = book.find_of_client(client.link, terms.cl_ord_id)
        _repeated(decision, client, message, terms, known)
        return
    place(decision, client, terms)


def place(decision: Decision, client: Client, terms: OrderTerms) -> None:
    """Enter or refuse an order whose ClOrdID(11) is new; either way it gets a number."""
    judged = judge(decision, client, terms)
    if isinstance(judged, Refusal):
        refuse(decision, client, terms, judged)
    else:
        _go(decision, client, terms, judged)


class Passed:
    """An order passed every check: its route and broker, and what the gateway does of it, None for
    nothing.
    """

    __slots__ = ("broker", "plan", "route")

    def __init__(self, route: Route, broker: str, plan: capability.Emulation | None) -> None:
        self.route = route
        self.broker = broker
        self.plan = plan


def judge(decision: Decision, client: Client, terms: OrderTerms) -> Passed | Refusal:
    """Whether an order passes every check, or why it does not."""
    refusal = _problem(decision, client, terms)
    if refusal is None and not terms.order_qty:
        refusal = _estimate(decision, terms)
    if refusal is not None:
        return refusal
    route = chosen_route(decision, client, terms)
    if isinstance(route, Refusal):
        return route
    plan = None
    terms.broker = route.broker
    refusal = None if route.is_plain else choice_problem(decision, client, terms, route, True)
    refusal = refusal or route_problem(decision, route, terms)
    if refusal is None:
        goes_plain = terms.routed_as in LEGS or terms.shares
        plan = None if goes_plain else _plan(decision, client, terms)
        if plan is not None:
            refusal = plan.refusal or display_problem(decision, terms.broker, terms)
    if refusal is None:
        candidate = new_candidate(decision, client, terms, None)
        terms.risk_price = candidate.risk_price
        refusal = checked(decision, candidate)
        if refusal is not None:
            refusal = permits.permitted(decision, client, terms, candidate, refusal)
    return refusal or Passed(route, terms.broker, plan)


def _repeated(
    decision: Decision, client: Client, message: Message, terms: OrderTerms, known: Order | None
) -> None:
    """F.1.a and F.1.b: a PossResend of a known order asks for its status; any other use of a
    known ClOrdID(11) is refused, and the same report restates the first order.
    """
    if known is None or not on_behalf.is_theirs(client, message, known):
        refusal = Refusal(Code.DUPLICATE_CL_ORD_ID, f"cl_ord_id={terms.cl_ord_id}")
        _refuse_unkept(decision, client, message, terms, refusal)
        return
    decision.order_no = known.order_no
    exec_type, exec_id, detail, text = "I", "0", "", ""
    if message.fields.get("97") != "Y":
        exec_type = "8"
        exec_id = _refusal_id(decision, message)
        detail = outbound.ord_rej_reason(client.dialect, 6)
        text = f"DUPLICATE_CL_ORD_ID: cl_ord_id={terms.cl_ord_id}"
    telling.execution_report(
        decision, client, known, exec_type, terms.cl_ord_id, "", exec_id, detail, text
    )


def _refuse_unkept(
    decision: Decision, client: Client, message: Message, terms: OrderTerms, refusal: Refusal
) -> None:
    """Refuse an order of which nothing is kept, not even its id."""
    decision.refuse(client.link, refusal)
    exec_id = _refusal_id(decision, message)
    telling.order_refused(decision, client, terms, "NONE", exec_id, refusal, 0)


def _refusal_id(decision: Decision, message: Message) -> str:
    """ExecID(17) of a report that belongs to no order's own reports: no two messages of a session
    have the same number at the same time.
    """
    return f"R-{decision.now}-{message.fields.get('34', '')}"


def _problem(decision: Decision, client: Client, terms: OrderTerms) -> Refusal | None:
    if decision.refuse_new:
        return Refusal(Code[decision.refuse_new])
    if decision.state.book.open_count(client.link) >= client.open_orders_max:
        text = f"client={client.name} limit={client.open_orders_max}"
        return Refusal(Code.MAX_SESSION_ORDERS, text)
    if terms.on_behalf_of:
        refusal = on_behalf.name_problem(client, terms.on_behalf_of)
        if refusal is not None:
            return refusal
    if not terms.account:
        terms.account = client.default_account
    in_money = not terms.order_qty and cash_of(terms.extra) > ZERO
    return (
        account_problem(client, terms.account)
        or terms.problem(in_money)
        or allocations_problem(client, terms)
    )


def _estimate(decision: Decision, terms: OrderTerms) -> Refusal | None:
    """Set the quantity by which an order in money is judged: what it may buy at the price that
    counts, in the currency of the limits. The amount must be in that currency.
    """
    setup = decision.setup
    currency = field_of(terms.extra, CURRENCY)
    if currency not in ("", setup.currency):
        detail = f"Currency(15)={currency} limits={setup.currency}"
        return Refusal(Code.INSTRUMENT_CURRENCY, detail)
    price = terms.risk_price
    if price is None:
        reference = decision.reference_price(terms.symbol)
        if reference is None:
            return Refusal(Code.REFERENCE_PRICE_MISSING, f"symbol={terms.symbol}")
        price = reference.price
    instrument = setup.reference.instruments.get(terms.symbol)
    money = setup.limits.money_at(terms.symbol, decision.now)
    if money is None:
        code, detail = no_rate(setup.limits.fed, instrument, setup.currency, decision.now)
        return Refusal(code, f"symbol={terms.symbol} {detail}")
    lot_size = ONE if instrument is None else instrument.lot_size
    terms.quantity = bought(cash_of(terms.extra), price * money, lot_size)
    if terms.quantity.adjusted() >= DIGITS_MAX:
        return Refusal(Code.QUANTITY_INVALID, f"order_qty={terms.quantity.normalize()}")
    return None


def account_problem(client: Client, account: str) -> Refusal | None:
    """Whether a client may use an Account(1)."""
    if not account:
        return Refusal(Code.ACCOUNT_MISSING, f"client={client.name}")
    if client.accounts and account not in client.accounts:
        return Refusal(Code.ACCOUNT_NOT_ALLOWED, f"account={account}")
    return None


def _plan(decision: Decision, client: Client, terms: OrderTerms) -> capability.Emulation | None:
    """What the gateway does of it, None for an order that its broker takes as it is."""
    broker = decision.setup.brokers.get(terms.broker)
    if broker is None:
        return None
    ord_type, time, extra = terms.ord_type, terms.time_in_force, terms.extra
    sheet = broker.sheet
    if sheet.icebergs and ord_type + time in sheet.simple:
        return None  # most are
    if capability.is_simple(broker, ord_type, time, extra):
        return None
    return capability.emulation(client, broker, ord_type, time, extra, decision.now)


def display_problem(decision: Decision, broker_name: str, terms: OrderTerms) -> Refusal | None:
    """Whether an order that goes to its broker in slices of what may be shown makes whole lots of
    them, and not too many.
    """
    broker = decision.broker(broker_name)
    if broker is None or broker.sheet.icebergs or not capability.is_iceberg(terms.extra):
        return None
    shown = capability.display_qty(terms.extra)
    instrument = decision.setup.reference.instruments.get(terms.symbol)
    if instrument is not None and shown % instrument.lot_size and shown < terms.quantity:
        return Refusal(Code.LOT_SIZE, f"display_qty={shown} lot={instrument.lot_size}")
    if terms.quantity > shown * SLICES_MAX:
        return Refusal(Code.DISPLAY_QTY, f"display_qty={shown} slices_max={SLICES_MAX}")
    return None


def refuse(decision: Decision, client: Client, terms: OrderTerms, refusal: Refusal) -> None:
    """Keep that it was refused, and tell the client."""
    decision.refuse(client.link, refusal)
    order_no = decision.new_order_no()
    our_id = order_id(decision.setup.node, decision.now, order_no)
    if not terms.quantity:  # refused before it was looked at; reports state it all the same
        terms.quantity = positive(terms.order_qty) or terms.quantity
    event = OrderRefused(
        order_no,
        our_id,
        client.link,
        terms.cl_ord_id,
        terms.account,
        terms.symbol,
        terms.side,
        terms.ord_type,
        terms.time_in_force,
        terms.order_qty if terms.quantity else "",
        terms.price,
        terms.stop_px,
        refusal.ord_rej_reason,
        refusal.code,
        refusal.text,
    )
    decision.emit(order_no, event)
    telling.order_refused(decision, client, terms, our_id, f"{our_id}-1", refusal, order_no)


def _go(decision: Decision, client: Client, terms: OrderTerms, passed: Passed) -> None:
    route = passed.route
    if passed.plan is not None:
        begin(decision, enter(decision, client, terms, route, False), passed.plan)
        return
    if terms.shares:
        whole = enter(decision, client, terms, route, False)
        send_parts(decision, whole, route, terms.shares)
        return
    broker = decision.broker(terms.broker)
    queued = broker is None or not broker.up or broker.reconciling
    order = enter(decision, client, terms, route, queued)
    if not queued:
        send_to_broker(decision, order, route)


def enter(
    decision: Decision, client: Client, terms: OrderTerms, route: Route, queued: bool
) -> Order:
    """Make it an order, with what it puts at risk reserved: one that is `queued` for its broker, or
    that the caller sends or holds in the same decision. One that goes out in parts is at no broker
    itself.
    """
    order_no = decision.new_order_no()
    request_no, broker, broker_id = 0, "", ""
    if not terms.shares:
        broker = terms.broker or route.broker
        request_no, broker_id = decision.new_request(broker)
    event = OrderEntered(
        order_no,
        order_id(decision.setup.node, decision.now, order_no),
        client.link,
        terms.cl_ord_id,
        terms.account,
        terms.symbol,
        terms.side,
        terms.ord_type,
        terms.time_in_force,
        terms.order_qty or "0",
        terms.price,
        terms.stop_px,
        str(terms.risk_price or 0),
        route.name,
        broker,
        broker_id,
        request_no,
        1 if queued else 0,
        terms.extra,
    )
    decision.emit(order_no, event)
    if terms.routing:
        tell_routing(decision, order_no, terms, route)
    if terms.way_back:
        decision.emit(order_no, OrderedOnBehalf(order_no, terms.on_behalf_of, terms.way_back))
    if terms.override_no:
        permits.use(decision, order_no, terms)
    strategy = strategy_of(client, terms)
    if strategy:
        decision.emit(order_no, OrderOfStrategy(order_no, strategy))
    return decision.state.book.open[order_no]
