"""Whether an order's broker can do what the order needs, and what the gateway does itself.

Decided before anything is reserved: what the broker's sheet lacks is refused, or emulated where the
client's `emulate` names it.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.extras import field_of
from gateway.orders.numbers import is_same, number
from gateway.orders.order import Order
from gateway.orders.order_parts import TRIGGER
from gateway.orders.order_types import (
    BY_ORD_TYPE,
    GTC,
    GTD,
    LIMIT,
    MARKET,
    TIMES_IN_FORCE,
    TRAILING_STOP,
    TRIGGERED_AS,
    OrderType,
    expires_at,
    kind_of,
)
from gateway.orders.sheet import ENLARGE_FILLED, ICEBERG, REPLACE, SLICE_REPLACE
from gateway.orders.triggers import LAST
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Broker, Client
from gateway.translate.inbound import OrderTerms

HELD_TIMES: Final = frozenset({"0", "1", "3", "4", "6"})
"""TimeInForce(59) of orders that can be held for a price: day, GTC, IOC, FOK, GTD."""
SLICED_TIMES: Final = frozenset({"0", GTC, GTD})
"""TimeInForce(59) of orders that can be sent in slices."""
NOT_SLICED: Final = (
    ("78", "NoAllocs(78)"),
    ("110", "MinQty(110)"),
    ("152", "CashOrderQty(152)"),
    ("1085", "DisplayLowQty(1085)"),
    ("1086", "DisplayHighQty(1086)"),
    ("1087", "DisplayMinIncr(1087)"),
    ("1088", "RefreshQty(1088)"),
)
DISPLAYS_DONE: Final = (
    ("1083", "DisplayWhen(1083)", "2"),  # when what was shown is executed
    ("1084", "DisplayMethod(1084)", "1"),  # as much as at first
)
LAST_TRADE: Final = "2"  # TriggerPriceType(1107)
PRICE_OFFSET: Final = "0"  # PegOffsetType(836): in the price's own unit


class Emulation:
    """What the gateway does of an order, or the `refusal` if neither it nor the broker can.

    `triggers`: it is held until its price comes. `slices`: its broker gets it in parts.
    `expires_ns`: it is ended here then (UTC ns), 0 for one that is not; `time_sent_as`: the
    TimeInForce(59) that its broker gets, "" for its own.
    """

    __slots__ = ("expires_ns", "refusal", "slices", "time_sent_as", "triggers")

    def __init__(self, refusal: Refusal | None = None) -> None:
        self.refusal = refusal
        self.triggers = self.slices = False
        self.expires_ns = 0
        self.time_sent_as = ""


def is_simple(broker: Broker, ord_type: str, time: str, extra: str) -> bool:
    """Whether the broker takes the order as it is, seen at a glance."""
    sheet = broker.sheet
    return ord_type + time in sheet.simple and (sheet.icebergs or not is_iceberg(extra))


def is_iceberg(extra: str) -> bool:
    """Whether only a part of the order is to be shown."""
    return field_of(extra, "111") != "" or field_of(extra, "1138") != ""


def emulation(
    client: Client | None, broker: Broker, ord_type: str, time: str, extra: str, now: int
) -> Emulation:
    """What is to be done for an order of a client, None for one that is gone, at a broker."""
    if is_simple(broker, ord_type, time, extra):
        return Emulation()
    emulates = client.emulates if client is not None else frozenset()
    sheet = broker.sheet
    plan = Emulation()
    kind = kind_of(ord_type, time, extra)
    if kind.name not in sheet.order_types:
        becomes = BY_ORD_TYPE[TRIGGERED_AS.get(ord_type, ord_type)]
        if kind.name not in emulates or becomes.name not in sheet.order_types:
            return _cannot(broker, f"order_type={kind.name}")
        if time not in HELD_TIMES:
            return _cannot(broker, f"order_type={kind.name} {_time(time)}")
        by_ours = _trigger_problem(client, broker, kind, extra)
        if by_ours is not None:
            return by_ours
        plan.triggers = True
    if sheet.lacks_time(kind, time):
        if TIMES_IN_FORCE[time].name not in emulates or sheet.lacks_time(kind, GTC):
            return _cannot(broker, _time(time))
        plan.time_sent_as = GTC
    if time == GTD and (plan.triggers or plan.time_sent_as):
        plan.expires_ns = expires_at(extra)
        if plan.expires_ns <= now:
            text = field_of(extra, "126") or field_of(extra, "432")
            return Emulation(Refusal(Code.EXPIRY_PAST, f"expires={text}"))
    if not sheet.icebergs and is_iceberg(extra):
        if ICEBERG not in emulates:
            return _cannot(broker, f"feature={ICEBERG}")
        refusal = _slicing_problem(broker, plan, kind, time, extra)
        if refusal is not None:
            return Emulation(refusal)
        plan.slices = True
    return plan


def display_qty(extra: str) -> Decimal:
    """How much of an order may be shown: DisplayQty(1138) or MaxFloor(111); 0 if neither is a
    quantity.
    """
    return number(field_of(extra, "1138") or field_of(extra, "111"))


def _slicing_problem(
    broker: Broker, plan: Emulation, kind: OrderType, time: str, extra: str
) -> Refusal | None:
    """What an order that is to be sent in slices wants and is not done here."""
    lacks = ""
    if kind is not MARKET and kind is not LIMIT and not plan.triggers:
        lacks = f"order_type={kind.name}"
    elif time not in SLICED_TIMES:
        lacks = _time(time)
    for tag, name in NOT_SLICED:
        if field_of(extra, tag):
            lacks = f"field={name}"
    for tag, name, done in DISPLAYS_DONE:
        if field_of(extra, tag) not in ("", done):
            lacks = f"{name}={field_of(extra, tag)}"
    if lacks:
        return Refusal(Code.BROKER_CANNOT, f"broker={broker.name} feature={ICEBERG} {lacks}")
    if display_qty(extra) <= 0:
        field = "DisplayQty(1138)" if field_of(extra, "1138") else "MaxFloor(111)"
        return Refusal(Code.FIELD_INVALID, f"{field}={display_qty(extra)}")
    return None


def _trigger_problem(
    client: Client | None, broker: Broker, kind: OrderType, extra: str
) -> Emulation | None:
    """What an order that is to be held for a price wants of its trigger and is not done here."""
    price_type = field_of(extra, "1107")
    by_last = client is None or client.trigger_on == LAST
    if price_type and not (by_last and price_type == LAST_TRADE):
        return _cannot(broker, f"order_type={kind.name} TriggerPriceType(1107)={price_type}")
    if kind is TRAILING_STOP:
        offset_type = field_of(extra, "836")
        if offset_type not in ("", PRICE_OFFSET):
            return _cannot(broker, f"order_type={kind.name} PegOffsetType(836)={offset_type}")
        if not number(field_of(extra, "211")):
            return Emulation(Refusal(Code.FIELD_INVALID, "PegOffsetValue(211)=0"))
    return None


def replace_problem(
    client: Client, broker: Broker, order: Order, terms: OrderTerms, now: int
) -> Refusal | None:
    """What stands against a replace of an order, wherever it is."""
    ord_type, time = terms.ord_type, terms.time_in_force
    lacks = _lacks(broker, order, terms)
    if lacks:
        return _cannot(broker, lacks).refusal
    plan = emulation(client, broker, ord_type, time, terms.extra, now)
    if plan.refusal is not None:
        return plan.refusal
    refusal = _slice_problem(broker, order, terms)
    if refusal is not None:
        return refusal
    if order.sent_as:
        changed = _trigger_changed(order, terms)
        if changed is not None:
            return changed
    if order.held is not None and order.held.reason == TRIGGER:
        kind = kind_of(order.terms.ord_type, order.terms.time_in_force, order.extra)
        if not plan.triggers or kind_of(ord_type, time, terms.extra) is not kind:
            return Refusal(Code.FIELD_CHANGED, f"OrdType(40)={order.terms.ord_type}")
    elif order.held is None or order.queued or order.slice is not None:
        # Too late to hold it for a price, or to begin to watch.
        if plan.triggers and not order.sent_as:
            return _cannot(
                broker, f"order_type={kind_of(ord_type, time, terms.extra).name}"
            ).refusal
        if plan.time_sent_as and not order.time_sent_as:
            return _cannot(broker, _time(time)).refusal
        if plan.slices and order.held is None and order.slice is None:
            return _cannot(broker, f"feature={ICEBERG}").refusal
    return None


def _lacks(broker: Broker, order: Order, terms: OrderTerms) -> str:
    """What a broker lacks for a replace, whatever its terms are; "" for nothing."""
    if order.held is None and order.slice is None and REPLACE not in broker.sheet.messages:
        return f"message={REPLACE}"
    if order.filled and ENLARGE_FILLED not in broker.sheet.features:
        return f"feature={ENLARGE_FILLED}"
    if broker.manners.counts_leaves and terms.quantity <= order.cum_qty:
        return "replace_order_qty=leaves"
    return ""


def _slice_problem(broker: Broker, order: Order, terms: OrderTerms) -> Refusal | None:
    """What stands against a replace of an order that is sent in slices: what earlier ones work for
    again cannot be changed, nor can a slice become one of nothing.
    """
    slice_ = order.slice
    if slice_ is None:
        return None
    asked = slice_qty(order, terms)
    if slice_.others and (asked is not None or terms.quantity - order.cum_qty < slice_.others):
        return _cannot(broker, f"feature={SLICE_REPLACE}").refusal
    if asked is None:
        return None
    if REPLACE not in broker.sheet.messages:
        return _cannot(broker, f"message={REPLACE}").refusal
    if not asked or not terms.quantity:
        return _cannot(broker, f"feature={SLICE_REPLACE}").refusal
    return None


def slice_qty(order: Order, terms: OrderTerms) -> Decimal | None:
    """The OrderQty(38) that a replace of an order asks of the slice that works, or would work after
    the replaces before it; None if only what was not shown yet is changed. The slice is left as
    large as it is where as much may be shown as before.
    """
    slice_, extra = order.slice, order.extra
    if slice_ is None:
        return None
    quantity, is_replaced = slice_.order_qty, False
    for request in order.open_requests:
        if request.slice_qty:
            quantity, extra, is_replaced = request.slice_qty, request.extra, True
    works = quantity - slice_.cum_qty
    left = terms.quantity - order.cum_qty - slice_.others
    shown = display_qty(terms.extra)
    if works > 0 and shown != display_qty(extra):
        works = shown or left
    asked = max(slice_.cum_qty + min(works, left), slice_.cum_qty)
    if is_replaced:
        return asked
    if not (slice_.leaves_qty or slice_.others) or _is_same_there(order, terms):
        return asked if slice_.leaves_qty and asked != slice_.order_qty else None
    return asked


def _is_same_there(order: Order, terms: OrderTerms) -> bool:
    """Whether but for quantities the broker would be told the same of it."""
    was = order.terms
    if terms.ord_type != was.ord_type or terms.time_in_force != was.time_in_force:
        return False
    if not is_same(order.price_at_broker(terms.price), order.price_at_broker(was.price)):
        return False
    return order.time_sent_as != "" or expires_at(terms.extra) == expires_at(order.extra)


def _trigger_changed(order: Order, terms: OrderTerms) -> Refusal | None:
    """What an order that has triggered here cannot have anew; a trailing stop is left out or where
    it had got to.
    """
    was = order.terms
    kind = kind_of(was.ord_type, was.time_in_force, order.extra)
    if kind_of(terms.ord_type, terms.time_in_force, terms.extra) is not kind:
        return Refusal(Code.FIELD_CHANGED, f"OrdType(40)={was.ord_type}")
    left_out = kind is TRAILING_STOP and not terms.stop_px
    if not left_out and not is_same(terms.stop_px, was.stop_px):
        return Refusal(Code.FIELD_CHANGED, f"StopPx(99)={was.stop_px}")
    return None


def _time(time: str) -> str:
    return f"time_in_force={TIMES_IN_FORCE[time].name}"


def _cannot(broker: Broker, lacks: str) -> Emulation:
    return Emulation(Refusal(Code.BROKER_CANNOT, f"broker={broker.name} {lacks}"))
