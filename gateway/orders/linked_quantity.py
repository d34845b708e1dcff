"""How much of an order that is linked to others may be wanted at its broker: pure arithmetic.

ContingencyType(1385) of its list says how. One cancels the other (OCO): nothing, once another is
executed. One updates the other (OUO): what others execute is taken off, absolute or in proportion.
One triggers the other (OTO): the first order by ListSeqNo(67) is the parent, the others wait for it
and may never be more than it has filled; those of one ClOrdLinkID(583) update each other, which
makes a bracket of a take-profit and a stop-loss.
"""

from collections.abc import Mapping
from decimal import ROUND_FLOOR, Decimal
from typing import Final

from gateway.decision import Decision
from gateway.events import OrderAsked
from gateway.orders.known_lists import OrderList
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import PARENT
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import ListRules
from sessions.values import format_decimal

OCO: Final = "1"
OTO: Final = "2"
OUO: Final = "3"
PROPORTIONAL: Final = "4"
KINDS: Final = frozenset((OCO, OTO, OUO, PROPORTIONAL))
ALL: Final = "all"  # the group of a list without a parent
_RULES: Final = ListRules()
Orders = Mapping[int, Order]


def orders_of(decision: Decision, known: OrderList) -> dict[int, Order]:
    """The orders of a list by number; of some no more than the others need is known."""
    found = dict(known.gone)
    for order_no in sorted(known.numbers):
        order = decision.state.book.look_at(order_no)
        if order is not None:
            found[order_no] = order
    return found


def rules_of(decision: Decision, order: Order) -> ListRules:
    """Those of its client; the defaults for one that is configured no more."""
    client = decision.client(order.link)
    return client.lists if client is not None else _RULES


def waits(order: Order) -> bool:
    """Whether it waits for its parent."""
    return order.held is not None and order.held.reason == PARENT


def wanted(decision: Decision, known: OrderList, order: Order, orders: Orders) -> Decimal:
    """The OrderQty(38) that the order should have now; what it has executed counts in."""
    rules = rules_of(decision, order)
    base = order.asked
    parent_no = known.parents.get(order.order_no, 0)
    if parent_no:
        parent = orders.get(parent_no)
        if waits(order) or _in_same_units(parent, order):
            base = min(base, _passed_on(parent, order, rules))
    others = siblings(known, order, orders)
    if not others:
        return base
    kind = known.entered.contingency_type
    if kind == OCO:
        hit = any(o.filled or (rules.cancels_on_part and o.cum_qty > 0) for o in others)
        return ZERO if hit else base
    if kind == PROPORTIONAL:
        left = base * _share_left(others)
        return _whole_lots(decision, order, left)
    return max(base - sum([o.cum_qty for o in others], ZERO), ZERO)


def _in_same_units(parent: Order | None, order: Order) -> bool:
    """A corporate action leaves closed orders as they were: what they filled says nothing about
    quantities of after it.
    """
    return parent is None or parent.adjusted == order.adjusted


def may_be_compared(orders: Orders) -> bool:
    """Not while a corporate action has reached only some of the open orders in a symbol."""
    dates: dict[str, int] = {}
    for order in orders.values():
        if not order.asked or order.closed:
            continue
        if dates.setdefault(order.symbol, order.adjusted) != order.adjusted:
            return False
    return True


def _passed_on(parent: Order | None, order: Order, rules: ListRules) -> Decimal:
    """What a parent has filled, as far as it counts for an order that depends on it."""
    if parent is None:  # it ended long ago, and nothing of it changes any more
        return order.terms.order_qty
    if waits(order) and not rules.releases_on_part and not parent.closed:
        return ZERO
    return parent.cum_qty


def siblings(known: OrderList, order: Order, orders: Orders) -> list[Order]:
    """The other orders whose executions count against this one."""
    group = known.groups.get(order.order_no, "")
    if not group:
        return []
    return [o for n, o in orders.items() if o is not order and known.groups.get(n, "") == group]


def _share_left(others: list[Order]) -> Decimal:
    gone = sum([o.cum_qty / o.asked for o in others if o.asked], ZERO)
    return max(1 - gone, ZERO)


def _whole_lots(decision: Decision, order: Order, quantity: Decimal) -> Decimal:
    instrument = decision.setup.reference.instruments.get(order.symbol)
    lot = instrument.lot_size if instrument is not None else Decimal(1)
    return (quantity / lot).to_integral_value(ROUND_FLOOR) * lot


def note_asked(decision: Decision, order: Order, before: Decimal) -> None:
    """The quantity of an order may have changed otherwise than for the sake of linked ones."""
    if not order.asked or order.terms.order_qty == before:
        return
    known = decision.state.book.lists.find(order.link, order.list_id)
    if known is None:
        return
    others = siblings(known, order, orders_of(decision, known))
    asked = order.terms.order_qty
    kind = known.entered.contingency_type
    if kind == PROPORTIONAL:
        share = _share_left(others)
        asked = asked / share if share else asked
    elif kind != OCO:
        asked += sum([o.cum_qty for o in others], ZERO)
    decision.emit(order.order_no, OrderAsked(order.order_no, format_decimal(asked)))


def note_adjusted(decision: Decision, order: Order, before: Decimal) -> None:
    """A corporate action changed the quantity of an order, from `before`, and reaches the others
    that are open; those that are closed are counted as if it had reached them.
    """
    known = decision.state.book.lists.find(order.link, order.list_id)
    if known is None or not order.asked or not before:
        return
    after = order.terms.order_qty
    others = siblings(known, order, orders_of(decision, known))
    gone = sum([o.cum_qty for o in others if o.closed], ZERO)
    if known.entered.contingency_type not in (OUO, OTO):
        gone = ZERO
    asked = (order.asked - gone) * after / before + gone
    asked = _whole_lots(decision, order, asked)
    decision.emit(order.order_no, OrderAsked(order.order_no, format_decimal(asked)))


def replace_problem(decision: Decision, order: Order, quantity: Decimal) -> Refusal | None:
    """Whether a client wants more of an order than its parent has filled for it."""
    known = decision.state.book.lists.find(order.link, order.list_id)
    if known is None or not order.asked or waits(order):
        return None
    orders = orders_of(decision, known)
    parent = orders.get(known.parents.get(order.order_no, 0))
    if parent is None or not _in_same_units(parent, order):
        return None
    others = siblings(known, order, orders)
    limit = parent.cum_qty - sum([o.cum_qty for o in others], ZERO)
    if quantity <= max(limit, order.terms.order_qty):
        return None
    return Refusal(Code.LINKED_QUANTITY, f"limit={format_decimal(max(limit, ZERO))}")


def surplus(known: OrderList, orders: Orders) -> str:
    """What was executed that should not have been, for people; "" for nothing."""
    found: list[str] = []
    groups: dict[str, list[Order]] = {}
    for order_no, order in orders.items():
        if order.asked and known.groups.get(order_no, ""):
            groups.setdefault(known.groups[order_no], []).append(order)
    for members in groups.values():
        found += _surplus_of(known, members, orders)
    for order_no, parent_no in known.parents.items():
        parent, child = orders.get(parent_no), orders.get(order_no)
        if parent is None or child is None or not _in_same_units(parent, child):
            continue
        if child.cum_qty > parent.cum_qty:
            found.append(f"{child.order_id} executed more than its parent {parent.order_id}")
    return "; ".join(found)


def _surplus_of(known: OrderList, members: list[Order], orders: Orders) -> list[str]:
    executed = [order for order in members if order.cum_qty > 0]
    if len(executed) < 2:
        return []
    names = ", ".join([f"{order.order_id} CumQty(14)={order.cum_qty}" for order in executed])
    kind = known.entered.contingency_type
    if kind == OCO:
        return [f"more than one executed: {names}"]
    total = sum([order.cum_qty for order in executed], ZERO)
    limit = max([order.asked for order in members])
    parent = orders.get(known.parents.get(members[0].order_no, 0))
    if parent is not None and _in_same_units(parent, members[0]):
        limit = min(limit, parent.cum_qty)
    if kind == PROPORTIONAL or total <= limit:
        return []
    return [f"{format_decimal(total - limit)} more executed than was wanted: {names}"]
