"""Corporate actions on orders: which fact an action of the file makes, or a broker's restatement.

Quantities are rounded down and prices to the side that is safe for the client: a buyer's limit
and a seller's stop down, a seller's limit and a buyer's stop up. What a broker says of its own
order goes over what was computed here.
"""

from decimal import ROUND_UP, Decimal
from typing import Final

from gateway.corporate_actions import DIVIDEND, SCALES, SPLIT, CorporateAction
from gateway.decision import Decision
from gateway.events import Event, OrderAdjusted, OrderRestated, PriceAdjusted, PriceStated
from gateway.orders.extras import field_of
from gateway.orders.numbers import is_number, is_same, number
from gateway.orders.order import ZERO, Order
from gateway.orders.order_types import BUYS
from gateway.orders.triggers import ASK
from gateway.prices.rule import newest
from gateway.reference import Instrument
from gateway.translate.inbound import BrokerReport
from sessions.values import format_decimal

GT_CORPORATE_ACTION: Final = "0"  # ExecRestatementReason(378)
GT_RENEWAL: Final = "1"
DO_NOT_INCREASE: Final = "E"  # ExecInst(18)
DO_NOT_REDUCE: Final = "F"
_UNIT: Final = Decimal(1)
_RISK_STEP: Final = Decimal("1E-8")


def due(decision: Decision, order: Order) -> list[CorporateAction]:
    """Actions that an order has not been adjusted for, until today's date."""
    day = decision.state.day
    after = max(order.date or day.rolls[0].date, order.adjusted)
    return decision.setup.reference.actions.between(order.symbol, after, day.date)


def adjusted(
    order: Order, action: CorporateAction, instrument: Instrument | None
) -> OrderAdjusted | str:
    """The order after an action; or why that cannot be."""
    if instrument is None:
        return "its instrument is not known"
    terms = order.terms
    quantity, cum_qty = _quantities(order, action, instrument)
    if quantity <= cum_qty and terms.order_qty > order.cum_qty:
        return "less than a lot would be left"
    buys = order.side in BUYS
    price, stop_px = terms.price, terms.stop_px
    if action.kind in SCALES or _is_reduced(order, limit=True):
        price = _price(price, action, instrument.tick_size, up=not buys)
    if action.kind in SCALES or _is_reduced(order, limit=False):
        stop_px = _price(stop_px, action, instrument.tick_size, up=buys)
    if not (_is_positive(price) and _is_positive(stop_px)):
        return "no price would be left"
    return OrderAdjusted(
        order.order_no,
        action.date,
        format_decimal(quantity),
        format_decimal(cum_qty),
        price,
        stop_px,
        str(_risk_price(order, action, price, stop_px)),
        action.text,
    )


def _quantities(
    order: Order, action: CorporateAction, instrument: Instrument
) -> tuple[Decimal, Decimal]:
    """OrderQty(38) and CumQty(14): what is left stays whole lots, what was filled whole units."""
    quantity, cum_qty = order.terms.order_qty, order.cum_qty
    if action.kind not in SCALES:
        return quantity, cum_qty
    filled = action.quantity(cum_qty, min(instrument.lot_size, _UNIT))
    left = action.quantity(max(quantity - cum_qty, ZERO), instrument.lot_size)
    if DO_NOT_INCREASE in _exec_inst(order):
        left = min(left, max(quantity - cum_qty, ZERO))
    return filled + left, filled


def _is_reduced(order: Order, *, limit: bool) -> bool:
    """Whether a dividend lowers its limit, or its stop: a buyer's limit and a seller's stop, unless
    the client does not want it.
    """
    return (order.side in BUYS) is limit and DO_NOT_REDUCE not in _exec_inst(order)


def _exec_inst(order: Order) -> list[str]:
    return field_of(order.extra, "18").split(" ")


def _price(text: str, action: CorporateAction, tick: Decimal, *, up: bool) -> str:
    return format_decimal(action.price(number(text), tick, up=up)) if text else ""


def _is_positive(text: str) -> bool:
    return not text or number(text) > 0


def _risk_price(order: Order, action: CorporateAction, price: str, stop_px: str) -> Decimal:
    """What one unit may cost now: in proportion to the price that it was valued at."""
    terms = order.terms
    was, now = number(terms.price or terms.stop_px), number(price or stop_px)
    if not was:  # a market order, valued at what the market was then
        was, now = action.new, action.old
    return (terms.risk_price * now / was).quantize(_RISK_STEP, ROUND_UP)


def adjust_prices(decision: Decision, symbol: str, after: int) -> None:
    """Let the reference price and the quotes of a symbol follow its actions since the date `after`,
    or they would judge the first orders of the day by what is no more.
    """
    instrument = decision.setup.reference.instruments.get(symbol)
    due = decision.setup.reference.actions.between(symbol, after, decision.state.day.date)
    actions = [action for action in due if action.kind in SCALES or action.kind == DIVIDEND]
    if instrument is None or not actions:
        return
    tick = instrument.tick_size
    known = newest(decision.state.prices, decision.setup.reference, symbol, decision.now)
    if known is not None:
        price = _after(known.price, actions, tick, up=False)
        if price > 0 and price != known.price:
            decision.emit(0, PriceAdjusted(symbol, str(price), known.time_ns))
    for kind, quote in list(decision.state.quotes.get(symbol, {}).items()):
        price = _after(quote.price, actions, tick, up=kind == ASK)
        if price > 0 and price != quote.price:
            why = actions[-1].text
            decision.emit(0, PriceStated(symbol, kind, str(price), quote.time_ns, "", why))


def _after(price: Decimal, actions: list[CorporateAction], tick: Decimal, *, up: bool) -> Decimal:
    for action in actions:
        price = action.price(price, tick, up=up)
    return price


# --- by a broker's word ---------------------------------------------------------------------------


def restatement(decision: Decision, order: Order, said: BrokerReport) -> Event | None:
    """The fact that a broker's restatement states; None if that is known already: it renews an
    order that has been renewed, or repeats an adjustment that has been made.
    """
    quantity = said.order_qty if number(said.order_qty) > 0 else ""
    price = said.price if is_number(said.price) else ""
    if _says_nothing_new(order, said, quantity, price):
        return None
    reason = said.restatement_reason
    if reason == GT_CORPORATE_ACTION and _is_whole(order, said):
        return _by_broker(decision, order, said, price)
    return OrderRestated(order.order_no, quantity, price, reason, said.text)


def _says_nothing_new(order: Order, said: BrokerReport, quantity: str, price: str) -> bool:
    if order.before_qty is None and not order.adjusted:
        return False  # nothing that the gateway said of itself
    if said.restatement_reason not in (GT_CORPORATE_ACTION, GT_RENEWAL):
        return False
    if order.done_for_day or order.suspended:
        return False
    terms = order.terms
    return (
        (not quantity or number(quantity) == terms.order_qty)
        and (not price or is_same(price, terms.price))
        and (not is_number(said.cum_qty) or number(said.cum_qty) == order.cum_qty)
    )


def _is_whole(order: Order, said: BrokerReport) -> bool:
    """Whether what was filled has changed as the whole has: by a split, not by lost executions."""
    if not is_number(said.cum_qty) or number(said.order_qty) <= 0:
        return False
    filled, quantity = number(said.cum_qty), number(said.order_qty)
    return quantity * order.cum_qty == filled * order.terms.order_qty


def _by_broker(decision: Decision, order: Order, said: BrokerReport, price: str) -> OrderAdjusted:
    terms = order.terms
    ratio = CorporateAction(0, order.symbol, SPLIT, new=number(said.order_qty), old=terms.order_qty)
    instrument = decision.setup.reference.instruments.get(order.symbol)
    tick = instrument.tick_size if instrument is not None else _RISK_STEP
    stop_px = _price(terms.stop_px, ratio, tick, up=order.side in BUYS)
    price = price or terms.price
    return OrderAdjusted(
        order.order_no,
        _coming(decision, order),
        said.order_qty,
        said.cum_qty,
        price,
        stop_px,
        str(_risk_price(order, ratio, price, stop_px)),
        said.text,
    )


def _coming(decision: Decision, order: Order) -> int:
    """The date of the action that a broker has carried out already, 0 if none is known: it is not
    carried out again when that date begins here.
    """
    days, day = decision.setup.days, decision.state.day
    if days is None or not day.date:
        return order.adjusted
    after = max(order.date, order.adjusted)
    actions = decision.setup.reference.actions.between(order.symbol, after, days.after(day.date))
    return actions[0].date if actions else order.adjusted
