"""Why fixgate itself refuses an order or a request: every code, in one table.

A refusal's text is `CODE: key=value ...`, so that people and programs can both read it.
"""

from typing import Final


class Refusal:
    """A code of REFUSALS and the values that explain it, as `key=value` text."""

    __slots__ = ("code", "detail")

    def __init__(self, code: str, detail: str = "") -> None:
        self.code = code
        self.detail = detail

    @property
    def text(self) -> str:
        """Text(58) of the report."""
        return f"{self.code}: {self.detail}" if self.detail else self.code

    @property
    def ord_rej_reason(self) -> int:
        """OrdRejReason(103) in FIX.4.4; a dialect that lacks the value falls back."""
        return REFUSALS[self.code][0]

    @property
    def cxl_rej_reason(self) -> int:
        """CxlRejReason(102) in FIX.4.4."""
        return REFUSALS[self.code][1]

    @property
    def limit(self) -> str:
        """The setting that was reached, "" for none."""
        return LIMITS.get(self.code, "")


# code: (OrdRejReason(103), CxlRejReason(102), what it means and what helps)
REFUSALS: Final[dict[str, tuple[int, int, str]]] = {
    "ACCOUNT_MISSING": (15, 99, "Account(1) is required and this client has no default account."),
    "ACCOUNT_NOT_ALLOWED": (15, 99, "Account(1) is not among the client's accounts."),
    "ADV_MISSING": (99, 99, "There is no average daily volume for the symbol."),
    "ALLOCATIONS_UNEQUAL": (14, 99, "The allocated quantities (80) are not those of the order."),
    "BROKER_CANNOT": (11, 2, "The broker of the route lacks what the order or request needs."),
    "BROKER_DOWN": (0, 2, "The broker of the route is not logged on; send it again later."),
    "CHAIN_BROKEN": (99, 1, "OrigClOrdID(41) must name the last ClOrdID(11) not rejected."),
    "CXL_TYPE_UNSUPPORTED": (99, 99, "A part of an order is canceled by a replace, not a cancel."),
    "DATA_UNREADABLE": (99, 99, "Data fields that FIX does not have, or apart from their length."),
    "DISPLAY_QTY": (13, 99, "So little of it may be shown that it would be too many slices."),
    "DISK_RESERVE": (0, 2, "The gateway's disk is almost full; cancels still work."),
    "DUPLICATE_CL_ORD_ID": (6, 6, "ClOrdID(11) was used before."),
    "DUPLICATE_LIST_ID": (6, 6, "ListID(66) was used before."),
    "DUPLICATE_ORDER": (6, 99, "Too many equal orders within the window."),
    "EXPIRY_PAST": (4, 99, "The order would have expired before it was entered."),
    "FIELD_CHANGED": (99, 99, "A replace may not change this field."),
    "FIELD_FORBIDDEN": (99, 99, "A field that this kind of order may not have."),
    "FIELD_INVALID": (99, 99, "A value is outside what the field may hold."),
    "FIELD_MISSING": (99, 99, "A field that this kind of order needs is missing."),
    "FIELDS_TOO_LONG": (99, 99, "All fields that fixgate only passes on are too long together."),
    "FX_RATE_MISSING": (99, 99, "The rate of the instrument's currency is not told, or too old."),
    "GATEWAY_STOPPING": (2, 2, "The gateway is shutting down."),
    "HALTED": (2, 2, "Trading in this scope is halted by an operator."),
    "ID_TOO_LONG": (99, 99, "An id is longer than allowed; nothing of the request was kept."),
    "INSTRUMENT_CURRENCY": (
        99,
        99,
        "The instrument's currency has no rate to that of the limits.",
    ),
    "INSTRUMENT_RESTRICTED": (1, 99, "The instruments say that it is restricted."),
    "INSTRUMENT_UNKNOWN": (1, 99, "Symbol(55) is not in the reference data."),
    "LIMIT_NOT_SET": (3, 99, 'A limit is set in no scope; set it, or say "off".'),
    "LINKED_QUANTITY": (13, 99, "More than the order it depends on leaves for it."),
    "LIST_CANCELED": (99, 99, "The list was canceled before all of it had come."),
    "LIST_EXPIRED": (99, 99, "The other parts of the list did not come in time."),
    "LIST_FRAGMENTS_MAX": (3, 99, "Too many parts of lists wait for the others."),
    "LIST_INCOMPLETE": (99, 99, "The list has more or fewer orders than TotNoOrders(68)."),
    "LIST_ORDERS_MAX": (3, 99, "The list has more orders than the limit allows."),
    "LIST_REFUSED": (99, 99, "Another order of the list was refused, and they are linked."),
    "LIST_UNSUPPORTED": (11, 99, "Lists with this field, or this value of it, are not served."),
    "LOCATE_MISSING": (99, 99, "A short sale needs LocateReqd(114)."),
    "LOSS_UNKNOWN": (
        99,
        99,
        "A position of the account has no fresh price, or no rate.",
    ),
    "LOT_SIZE": (13, 99, "OrderQty(38) is not a multiple of the lot size."),
    "MARKET_CLOSED": (2, 2, "The market of the instrument is closed."),
    "MARKET_ORDER": (11, 2, "Orders without a limit price are not taken."),
    "MAX_CONCENTRATION": (3, 99, "The scope would have too much of the capital at stake."),
    "MAX_CREDIT": (3, 99, "The scope would have more at stake than its credit."),
    "MAX_DAILY_LOSS": (3, 99, "The account has lost more than it may; orders that reduce go."),
    "MAX_EXECUTIONS": (3, 99, "The scope has as many executions on the day as it may have."),
    "MAX_GROSS_NOTIONAL": (3, 99, "The scope would trade more on the day than it may."),
    "MAX_LONG": (3, 99, "The account might be longer in the symbol than it may."),
    "MAX_NOTIONAL": (3, 99, "The order's value is above the limit."),
    "MAX_OPEN_NOTIONAL": (3, 99, "The scope's open orders would be worth more than the limit."),
    "MAX_OPEN_ORDERS": (3, 99, "The scope has as many open orders as the limit allows."),
    "MAX_PARTICIPATION": (3, 99, "The order is too much of the average daily volume."),
    "MAX_QUANTITY": (13, 99, "OrderQty(38) is above the limit."),
    "MAX_SESSION_ORDERS": (3, 99, "The session has as many open orders as it may have."),
    "MAX_SHORT": (3, 99, "The account might be shorter in the symbol than it may."),
    "MAX_UNKNOWN_ORDERS": (0, 2, "Too many orders of the scope are unknown; settle them first."),
    "MESSAGE_RATE": (3, 99, "The session sends messages faster than it may; cancels still go."),
    "MIN_NOTIONAL": (99, 99, "The order's value is below the limit."),
    "MIN_QUANTITY": (13, 99, "OrderQty(38) is below the limit."),
    "NO_ROUTE": (11, 99, "No routing rule matches the order, or its rule was taken out."),
    "NOT_PENDING": (
        99,
        99,
        "The broker has it not pending; its answer, if there was one, is lost.",
    ),
    "NOT_PERMITTED": (0, 2, "The client or account may not trade the symbol."),
    "NOT_RECEIVED": (4, 2, "The broker never received it and it is too old to be sent now."),
    "ON_BEHALF_NOT_ALLOWED": (99, 99, "The session may not order for this OnBehalfOfCompID(115)."),
    "ORD_TYPE_UNSUPPORTED": (11, 99, "OrdType(40) is not supported here."),
    "ORDER_RATE": (3, 99, "The session sends orders faster than its limit."),
    "PENDING": (99, 3, "A request for this order is already pending."),
    "PRICE_COLLAR": (3, 99, "The price is too far from the reference price."),
    "PRICE_INVALID": (99, 99, "The price is not a positive number."),
    "QUANTITY_INVALID": (13, 99, "OrderQty(38) is not a positive number."),
    "QUEUE_EXPIRED": (4, 2, "The order waited longer for its broker than the route allows."),
    "REFERENCE_PRICE_MISSING": (99, 99, "There is no reference price for the symbol."),
    "REFERENCE_PRICE_STALE": (99, 99, "The reference price is older than allowed."),
    "REQUEST_RATE": (3, 99, "Too many requests that change nothing; first cancels still go."),
    "RESTRICTED": (0, 2, "The restricted list has it."),
    "SCOPE_UNSUPPORTED": (99, 99, "A mass request is for all orders (7) or a Symbol(55) (1)."),
    "SELF_MATCH": (99, 99, "The order would meet an open one of the same account."),
    "SHORT_UNMARKED": (99, 99, "More is sold than is owned, and the sale is not marked short."),
    "SIDE_UNSUPPORTED": (11, 99, "Side(54) is not supported here."),
    "STALE_ORDER": (8, 99, "TransactTime(60) is too old."),
    "STREAM_RECONCILING": (0, 2, "The broker is being asked what it holds; send it again soon."),
    "TICK_SIZE": (99, 99, "The price is not a multiple of the tick size."),
    "TIME_IN_FORCE_UNSUPPORTED": (11, 99, "TimeInForce(59) is not supported here."),
    "TOO_LATE": (4, 0, "The order is no longer working."),
    "UNKNOWN_LIST": (5, 1, "No list of this client has that id."),
    "UNKNOWN_ORDER": (5, 1, "No order of this client has that id."),
    "UNKNOWN_STATE": (0, 2, "What the broker holds of this order is not known; cancels still go."),
}

# code: the setting that a refusal with it has reached, to be counted
LIMITS: Final[dict[str, str]] = {
    "DISK_RESERVE": "disk_reserve_mb",
    "DUPLICATE_ORDER": "duplicate_max",
    "FIELDS_TOO_LONG": "other_fields_max_length",
    "FX_RATE_MISSING": "rate_max_age_s",
    "ID_TOO_LONG": "id_max_length",
    "LIST_EXPIRED": "list_fragment_age_max_s",
    "LIST_FRAGMENTS_MAX": "list_fragments_max",
    "LIST_ORDERS_MAX": "list_orders_max",
    "MAX_CONCENTRATION": "max_concentration_pct",
    "MAX_CREDIT": "max_credit",
    "MAX_DAILY_LOSS": "max_daily_loss",
    "MAX_EXECUTIONS": "max_executions",
    "MAX_GROSS_NOTIONAL": "max_gross_notional",
    "MAX_LONG": "max_long",
    "MAX_NOTIONAL": "max_notional",
    "MAX_OPEN_NOTIONAL": "max_open_notional",
    "MAX_OPEN_ORDERS": "max_open_orders",
    "MAX_PARTICIPATION": "max_adv_pct",
    "MAX_QUANTITY": "max_quantity",
    "MAX_SESSION_ORDERS": "open_orders_max",
    "MAX_SHORT": "max_short",
    "MAX_UNKNOWN_ORDERS": "max_unknown_orders",
    "MESSAGE_RATE": "message_rate_per_s",
    "MIN_NOTIONAL": "min_notional",
    "MIN_QUANTITY": "min_quantity",
    "ORDER_RATE": "order_rate_per_s",
    "PRICE_COLLAR": "price_collar_pct",
    "REFERENCE_PRICE_STALE": "price_max_age_s",
    "REQUEST_RATE": "cancel_rate_per_s",
    "STALE_ORDER": "max_order_age_s",
}


BY_BROKER: Final = "BROKER"


def code_in(text: str) -> str:
    """The code of the refusal that a text states; BY_BROKER if it is somebody else's text."""
    code = text.partition(":")[0]
    return code if code in REFUSALS else BY_BROKER
