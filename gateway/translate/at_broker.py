"""How an order's terms are written for its broker where that is not as the client wrote them.

By version: orders on close, pegs, quantities shown. By what the gateway does itself: an order that
triggered here, one whose expiry is watched here, a slice of one.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.extras import field_of
from gateway.orders.order import Order
from gateway.orders.order_parts import Terms
from gateway.orders.order_types import (
    AT_CLOSE,
    GTD,
    LIMIT,
    PEG_INSTS,
    PEGGED,
    TRAILING_PEG,
    TRIGGERED_AS,
)
from gateway.translate.dialects import Dialect
from gateway.translate.passing import Passing, fields_of, passed
from sessions.values import format_decimal

_AS_TIME: Final = {"5": "1", "B": "2"}  # OrdType(40) on close to that with TimeInForce(59)=7
_AS_TYPE: Final = {"1": "5", "2": "B"}
_PEG_INSTS: Final = {  # PegPriceType(1094) to ExecInst(18)
    "1": "L",
    "2": "M",
    "3": "O",
    "4": "P",
    "5": "R",
    "6": "T",
    "7": "W",
    "8": TRAILING_PEG,
    "9": "d",
}
IOC: Final = "3"
_EXPIRY: Final = frozenset({"126", "432"})
DISPLAY_QTY: Final = "\x011138="
_DISPLAY: Final = frozenset({"111", "1082", "1083", "1084", "1138"})
_TRIGGER: Final = frozenset([str(tag) for tag in range(1100, 1114)])  # TriggerType to its session
_PEG_TAGS: Final = frozenset({"211", "835", "836", "1094"})


def terms_text(dialect: Dialect, order: Order, terms: Terms, slice_qty: Decimal) -> str:
    """The fields of its terms; of an order in slices with this OrderQty(38)."""
    ord_type, time, stop_px = terms.ord_type, terms.time_in_force, terms.stop_px
    if order.sent_as and ord_type in TRIGGERED_AS:
        ord_type, stop_px = TRIGGERED_AS[ord_type], ""
    elif dialect.time_at_close and ord_type in _AS_TIME:
        ord_type, time = _AS_TIME[ord_type], AT_CLOSE
    elif time == AT_CLOSE and not dialect.time_at_close and ord_type in _AS_TYPE:
        ord_type, time = _AS_TYPE[ord_type], "0"
    if order.time_sent_as and time == GTD:
        time = order.time_sent_as
    if order.leg:
        time = IOC
    if order.leg_price:
        ord_type = LIMIT.ord_type
    limit = order.price_at_broker(terms.price)
    price = f"44={limit}\x01" if limit else ""
    stop = f"99={stop_px}\x01" if stop_px else ""
    quantity = format_decimal(terms.order_qty if order.slice is None else slice_qty)
    return f"38={quantity}\x0140={ord_type}\x01{price}{stop}59={time}\x01"


def others(dialect: Dialect, extra: str, passing: Passing | None) -> str:
    """The client's fields that a route lets through, as the broker's version has them."""
    kept = passed(extra, passing)
    return kept if dialect.accounts is None else dialect.accounts.asked(kept)


def extra_text(
    dialect: Dialect, order: Order, terms: Terms, extra: str, passing: Passing | None
) -> str:
    """The client's other fields that go to the broker."""
    kept = others(dialect, extra, passing)
    if order.slice is not None:  # what is shown of it is our business
        kept = _without(kept, _DISPLAY)
    if order.time_sent_as:  # its expiry is ours
        kept = _without(kept, _EXPIRY)
    if order.sent_as:  # as is its trigger
        kept = _without(kept, _TRIGGER)
    if terms.ord_type != PEGGED:
        return kept
    insts = [inst for inst in field_of(kept, "18").split(" ") if inst]
    pegs = [inst for inst in field_of(extra, "18").split(" ") if inst in PEG_INSTS]
    drop = frozenset({"18"})
    if order.sent_as:  # it is pegged no more
        insts = [inst for inst in insts if inst not in pegs]
        drop |= _PEG_TAGS
    else:
        if not dialect.peg_price_type and field_of(extra, "1094"):
            pegs.append(_PEG_INSTS.get(field_of(extra, "1094"), ""))
            drop |= {"1094"}
        insts += [inst for inst in pegs if inst and inst not in insts]
    kept = _without(kept, drop)
    return f"{kept}18={' '.join(insts)}\x01" if insts else kept


def _without(fields: str, tags: frozenset[str]) -> str:
    if not fields:
        return ""
    pairs = [pair for pair in fields_of(fields) if pair.partition("=")[0] not in tags]
    return "".join([f"{pair}\x01" for pair in pairs])


def max_floor(text: str) -> str:
    """The same fields, with DisplayQty(1138) as the MaxFloor(111) that it was before FIX.5.0."""
    pairs = fields_of(text)
    return "".join(
        [f"111={pair[5:]}\x01" if pair.startswith("1138=") else f"{pair}\x01" for pair in pairs]
    )
