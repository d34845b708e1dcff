"""NewOrderSingle(D) from a client: to a broker, into a queue, or refused with its reason."""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderEntered, OrderRefused
from gateway.ids import broker_cl_ord_id, order_id
from gateway.orders.lengths import terms_too_long
from gateway.orders.order import Order
from gateway.reference import ReferencePrice
from gateway.refusals import Refusal
from gateway.risk import first_refusal
from gateway.risk.candidate import Candidate
from gateway.risk.flow import order_key
from gateway.routing import Route
from gateway.setup import Client
from gateway.state import State
from gateway.translate import outbound
from gateway.translate.inbound import OrderTerms, positive
from sessions.message import Message

SECURITY_TYPE: Final = "\x01167="


def new_order(decision: Decision, client: Client, message: Message) -> None:
    """Handle one NewOrderSingle(D)."""
    terms = OrderTerms(message)
    too_long = terms_too_long(client, terms)
    if too_long is not None:
        _refuse_unkept(decision, client, message, terms, too_long)
        return
    book = decision.state.book
    known = book.find_of_client(client.link, terms.cl_ord_id)
    if known is not None or book.is_used(client.link, terms.cl_ord_id):
        _repeated(decision, client, message, terms, known)
        return
    refusal = _problem(decision, client, terms)
    route = None
    if refusal is None:
        route = decision.setup.routes.choose(
            client.entry, terms.account, terms.symbol, security_type(terms.extra), terms.quantity
        )
        refusal = _route_problem(decision, route)
    if refusal is None:
        candidate = new_candidate(decision, client, terms, None)
        terms.risk_price = candidate.risk_price
        refusal = first_refusal(candidate)
    if refusal is not None or route is None:
        assert refusal is not None, f"ClOrdID(11) {terms.cl_ord_id}: no route and no refusal"
        _refuse(decision, client, terms, refusal)
    else:
        _enter(decision, client, terms, route)


def _repeated(
    decision: Decision, client: Client, message: Message, terms: OrderTerms, known: Order | None
) -> None:
    """F.1.a and F.1.b: a PossResend of a known order asks for its status; any other use of a
    known ClOrdID(11) is refused, and the same report restates the first order.
    """
    if known is None:
        refusal = Refusal("DUPLICATE_CL_ORD_ID", f"cl_ord_id={terms.cl_ord_id}")
        _refuse_unkept(decision, client, message, terms, refusal)
        return
    decision.order_no = known.order_no
    exec_type, exec_id, detail, text = "I", "0", "", ""
    if message.fields.get("97") != "Y":
        exec_type = "8"
        exec_id = _refusal_id(decision, message)
        detail = outbound.ord_rej_reason(client.dialect, 6)
        text = f"DUPLICATE_CL_ORD_ID: cl_ord_id={terms.cl_ord_id}"
    body = outbound.execution_report(
        client.dialect, known, exec_type, terms.cl_ord_id, "", exec_id, decision.now, detail, text
    )
    decision.send(client.link, "8", body, known.order_no)


def _refuse_unkept(
    decision: Decision, client: Client, message: Message, terms: OrderTerms, refusal: Refusal
) -> None:
    """Refuse an order of which nothing is kept, not even its id."""
    decision.limit = refusal.limit
    exec_id = _refusal_id(decision, message)
    body = outbound.refused_order(client.dialect, terms, "NONE", exec_id, refusal, decision.now)
    decision.send(client.link, "8", body, 0)


def _refusal_id(decision: Decision, message: Message) -> str:
    """ExecID(17) of a report that belongs to no order's own reports: no two messages of a session
    have the same number at the same time.
    """
    return f"R-{decision.now}-{message.fields.get('34', '')}"


def _problem(decision: Decision, client: Client, terms: OrderTerms) -> Refusal | None:
    if decision.refuse_new:
        return Refusal(decision.refuse_new)
    if decision.state.book.open_count(client.link) >= client.open_orders_max:
        text = f"client={client.name} limit={client.open_orders_max}"
        return Refusal("MAX_SESSION_ORDERS", text)
    if not terms.account:
        terms.account = client.default_account
    return account_problem(client, terms.account) or terms.problem()


def account_problem(client: Client, account: str) -> Refusal | None:
    """Whether a client may use an Account(1)."""
    if not account:
        return Refusal("ACCOUNT_MISSING", f"client={client.name}")
    if client.accounts and account not in client.accounts:
        return Refusal("ACCOUNT_NOT_ALLOWED", f"account={account}")
    return None


def _route_problem(decision: Decision, route: Route | None) -> Refusal | None:
    if route is None:
        return Refusal("NO_ROUTE")
    broker = decision.broker(route.broker)
    if not route.queues and (broker is None or not broker.up):
        return Refusal("BROKER_DOWN", f"broker={route.broker}")
    return None


def security_type(extra: str) -> str:
    """SecurityType(167) among a client's other tags, or ""."""
    if "167=" not in extra:
        return ""
    text = "\x01" + extra
    start = text.find(SECURITY_TYPE)
    if start < 0:
        return ""
    start += len(SECURITY_TYPE)
    return text[start : text.find("\x01", start)]


def reference_price(decision: Decision, symbol: str) -> ReferencePrice | None:
    """The newer of last trade and close."""
    last = decision.state.last_prices.get(symbol)
    close = decision.setup.reference.closes.get(symbol)
    if last is None or (close is not None and close.time_ns > last.time_ns):
        return close
    return last


def new_candidate(
    decision: Decision, client: Client, terms: OrderTerms, existing: Order | None
) -> Candidate:
    """What the risk checks look at, for an order or the replace of `existing`."""
    state: State = decision.state
    setup = decision.setup
    symbol = existing.symbol if existing is not None else terms.symbol
    account = existing.account if existing is not None else terms.account
    side = existing.side if existing is not None else terms.side
    key = order_key(account, symbol, side, terms.ord_type, terms.quantity, terms.price)
    return Candidate(
        client.name,
        account,
        symbol,
        side,
        terms.ord_type,
        terms.quantity,
        terms.risk_price,
        decision.now,
        setup.limits.of(client.name, account, symbol),
        setup.reference.instruments.get(symbol),
        reference_price(decision, symbol),
        setup.reference.price_max_age_ns,
        state.exposures.of(account),
        state.bucket(client.link),
        state.recent,
        setup.currency,
        state.halts,
        existing,
        key,
    )


def _refuse(decision: Decision, client: Client, terms: OrderTerms, refusal: Refusal) -> None:
    decision.limit = refusal.limit
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
    body = outbound.refused_order(
        client.dialect, terms, our_id, f"{our_id}-1", refusal, decision.now
    )
    decision.send(client.link, "8", body, order_no)


def _enter(decision: Decision, client: Client, terms: OrderTerms, route: Route) -> None:
    order_no = decision.new_order_no()
    request_no = decision.new_request_no()
    node = decision.setup.node
    broker = decision.broker(route.broker)
    queued = broker is None or not broker.up
    event = OrderEntered(
        order_no,
        order_id(node, decision.now, order_no),
        client.link,
        terms.cl_ord_id,
        terms.account,
        terms.symbol,
        terms.side,
        terms.ord_type,
        terms.time_in_force,
        terms.order_qty,
        terms.price,
        terms.stop_px,
        str(terms.risk_price or 0),
        route.name,
        route.broker,
        broker_cl_ord_id(node, decision.now, request_no),
        request_no,
        1 if queued else 0,
        terms.extra,
    )
    decision.emit(order_no, event)
    if not queued:
        send_to_broker(decision, decision.state.book.open[order_no], route)


def send_to_broker(decision: Decision, order: Order, route: Route | None) -> None:
    """Put the order's NewOrderSingle(D) on its broker's link."""
    broker = decision.broker(order.broker)
    assert broker is not None, f"{order!r}: broker {order.broker!r} is not configured"
    passing = route.passing if route is not None else None
    body = outbound.new_order(broker.dialect, order, passing, decision.now)
    decision.send(broker.link, "D", body, order.order_no)
