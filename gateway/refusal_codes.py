"""Why fixgate itself refuses an order or a request: every code. README.md has the table made of it.

Not compiled: an enum is slow to look up in there, and nothing that passes asks for a code.
"""

from enum import StrEnum


class Code(StrEnum):
    """A code as it stands in Text(58), with what it means for others.

    `ord_rej_reason` and `cxl_rej_reason` are OrdRejReason(103) and CxlRejReason(102) of FIX.4.4; a
    dialect that lacks a value falls back. `meaning`: what it means and what helps. `setting`: which
    one was reached, to be counted, "" for none.
    """

    ord_rej_reason: int
    cxl_rej_reason: int
    meaning: str
    setting: str

    def __new__(
        cls,
        code: str,
        ord_rej_reason: int,
        cxl_rej_reason: int,
        meaning: str,
        setting: str = "",
    ) -> "Code":
        """A member is its text; the rest hangs on it."""
        member = str.__new__(cls, code)
        member._value_ = code
        member.ord_rej_reason = ord_rej_reason
        member.cxl_rej_reason = cxl_rej_reason
        member.meaning = meaning
        member.setting = setting
        return member

    ACCOUNT_MISSING = (
        "ACCOUNT_MISSING",
        15,
        99,
        "Account(1) is required and this client has no default account.",
    )
    ACCOUNT_NOT_ALLOWED = (
        "ACCOUNT_NOT_ALLOWED",
        15,
        99,
        "Account(1) is not among the client's accounts.",
    )
    ADV_MISSING = "ADV_MISSING", 99, 99, "There is no average daily volume for the symbol."
    ALLOCATIONS_UNEQUAL = (
        "ALLOCATIONS_UNEQUAL",
        14,
        99,
        "The allocated quantities (80) are not those of the order.",
    )
    BREAKER_OPEN = "BREAKER_OPEN", 0, 2, "The broker's breaker is open, no other route fits."
    BROKER_CANNOT = (
        "BROKER_CANNOT",
        11,
        2,
        "The broker of the route lacks what the order or request needs.",
    )
    BROKER_DISABLED = "BROKER_DISABLED", 0, 2, "An operator keeps it from the broker of the route."
    BROKER_DOWN = (
        "BROKER_DOWN",
        0,
        2,
        "The broker of the route is not logged on; send it again later.",
    )
    CANCEL_ONLY = "CANCEL_ONLY", 2, 2, "In this scope an operator allows nothing but cancels."
    CHAIN_BROKEN = (
        "CHAIN_BROKEN",
        99,
        1,
        "OrigClOrdID(41) must name the last ClOrdID(11) not rejected.",
    )
    CXL_TYPE_UNSUPPORTED = (
        "CXL_TYPE_UNSUPPORTED",
        99,
        99,
        "A part of an order is canceled by a replace, not a cancel.",
    )
    DATA_UNREADABLE = "DATA_UNREADABLE", 99, 99, "Data fields FIX lacks, or without their length."
    DISPLAY_QTY = "DISPLAY_QTY", 13, 99, "So little of it may be shown: too many slices."
    DISK_RESERVE = (
        "DISK_RESERVE",
        0,
        2,
        "The gateway's disk is almost full; cancels still work.",
        "disk_reserve_mb",
    )
    DUPLICATE_CL_ORD_ID = "DUPLICATE_CL_ORD_ID", 6, 6, "ClOrdID(11) was used before."
    DUPLICATE_LIST_ID = "DUPLICATE_LIST_ID", 6, 6, "ListID(66) was used before."
    DUPLICATE_ORDER = (
        "DUPLICATE_ORDER",
        6,
        99,
        "Too many equal orders within the window.",
        "duplicate_max",
    )
    EXPIRY_PAST = "EXPIRY_PAST", 4, 99, "The order would have expired before it was entered."
    FIELD_CHANGED = "FIELD_CHANGED", 99, 99, "A replace may not change this field."
    FIELD_FORBIDDEN = "FIELD_FORBIDDEN", 99, 99, "A field that this kind of order may not have."
    FIELD_INVALID = "FIELD_INVALID", 99, 99, "A value is outside what the field may hold."
    FIELD_MISSING = "FIELD_MISSING", 99, 99, "A field that this kind of order needs is missing."
    FIELDS_TOO_LONG = (
        "FIELDS_TOO_LONG",
        99,
        99,
        "All fields that fixgate only passes on are too long together.",
        "other_fields_max_length",
    )
    FX_RATE_MISSING = "FX_RATE_MISSING", 99, 99, "The currency's rate is missing or too old."
    GATEWAY_STOPPING = "GATEWAY_STOPPING", 2, 2, "The gateway is shutting down."
    HALT_INVALID = "HALT_INVALID", 99, 99, "Text(58) must be: HALT scope=S level=L reason=WHY."
    HALT_NOT_ALLOWED = "HALT_NOT_ALLOWED", 99, 99, "The session's halt_scopes lack this scope."
    HALTED = "HALTED", 2, 2, "Trading in this scope is halted by an operator."
    ID_TOO_LONG = (
        "ID_TOO_LONG",
        99,
        99,
        "An id is longer than allowed; nothing of the request was kept.",
        "id_max_length",
    )
    INSTRUMENT_CURRENCY = (
        "INSTRUMENT_CURRENCY",
        99,
        99,
        "The instrument's currency has no rate to that of the limits.",
    )
    INSTRUMENT_RESTRICTED = (
        "INSTRUMENT_RESTRICTED",
        1,
        99,
        "The instruments say that it is restricted.",
    )
    INSTRUMENT_UNKNOWN = "INSTRUMENT_UNKNOWN", 1, 99, "Symbol(55) is not in the reference data."
    LIMIT_NOT_SET = "LIMIT_NOT_SET", 3, 99, 'A limit is set in no scope; set it, or say "off".'
    LINKED_QUANTITY = "LINKED_QUANTITY", 13, 99, "More than the order it depends on leaves for it."
    LIST_CANCELED = "LIST_CANCELED", 99, 99, "The list was canceled before all of it had come."
    LIST_EXPIRED = (
        "LIST_EXPIRED",
        99,
        99,
        "The other parts of the list did not come in time.",
        "list_fragment_age_max_s",
    )
    LIST_FRAGMENTS_MAX = (
        "LIST_FRAGMENTS_MAX",
        3,
        99,
        "Too many parts of lists wait for the others.",
        "list_fragments_max",
    )
    LIST_INCOMPLETE = (
        "LIST_INCOMPLETE",
        99,
        99,
        "The list has more or fewer orders than TotNoOrders(68).",
    )
    LIST_ORDERS_MAX = (
        "LIST_ORDERS_MAX",
        3,
        99,
        "The list has more orders than the limit allows.",
        "list_orders_max",
    )
    LIST_REFUSED = (
        "LIST_REFUSED",
        99,
        99,
        "Another order of the list was refused, and they are linked.",
    )
    LIST_UNSUPPORTED = (
        "LIST_UNSUPPORTED",
        11,
        99,
        "Lists with this field, or this value of it, are not served.",
    )
    LOCATE_MISSING = "LOCATE_MISSING", 99, 99, "A short sale needs LocateReqd(114)."
    LOSS_UNKNOWN = (
        "LOSS_UNKNOWN",
        99,
        99,
        "A position of the account has no fresh price, or no rate.",
    )
    LOT_SIZE = "LOT_SIZE", 13, 99, "OrderQty(38) is not a multiple of the lot size."
    MARKET_CLOSED = "MARKET_CLOSED", 2, 2, "The market of the instrument is closed."
    MARKET_ORDER = "MARKET_ORDER", 11, 2, "Orders without a limit price are not taken."
    MAX_CONCENTRATION = (
        "MAX_CONCENTRATION",
        3,
        99,
        "The scope would have too much of the capital at stake.",
        "max_concentration_pct",
    )
    MAX_CREDIT = (
        "MAX_CREDIT",
        3,
        99,
        "The scope would have more at stake than its credit.",
        "max_credit",
    )
    MAX_DAILY_LOSS = (
        "MAX_DAILY_LOSS",
        3,
        99,
        "The account has lost more than it may; orders that reduce go.",
        "max_daily_loss",
    )
    MAX_EXECUTIONS = (
        "MAX_EXECUTIONS",
        3,
        99,
        "The scope has as many executions on the day as it may have.",
        "max_executions",
    )
    MAX_GROSS_NOTIONAL = (
        "MAX_GROSS_NOTIONAL",
        3,
        99,
        "The scope would trade more on the day than it may.",
        "max_gross_notional",
    )
    MAX_LONG = (
        "MAX_LONG",
        3,
        99,
        "The account might be longer in the symbol than it may.",
        "max_long",
    )
    MAX_NOTIONAL = "MAX_NOTIONAL", 3, 99, "The order's value is above the limit.", "max_notional"
    MAX_OPEN_NOTIONAL = (
        "MAX_OPEN_NOTIONAL",
        3,
        99,
        "The scope's open orders would be worth more than the limit.",
        "max_open_notional",
    )
    MAX_OPEN_ORDERS = (
        "MAX_OPEN_ORDERS",
        3,
        99,
        "The scope has as many open orders as the limit allows.",
        "max_open_orders",
    )
    MAX_PARTICIPATION = (
        "MAX_PARTICIPATION",
        3,
        99,
        "The order is too much of the average daily volume.",
        "max_adv_pct",
    )
    MAX_QUANTITY = "MAX_QUANTITY", 13, 99, "OrderQty(38) is above the limit.", "max_quantity"
    MAX_SESSION_ORDERS = (
        "MAX_SESSION_ORDERS",
        3,
        99,
        "The session has as many open orders as it may have.",
        "open_orders_max",
    )
    MAX_SHORT = (
        "MAX_SHORT",
        3,
        99,
        "The account might be shorter in the symbol than it may.",
        "max_short",
    )
    MAX_UNKNOWN_ORDERS = (
        "MAX_UNKNOWN_ORDERS",
        0,
        2,
        "Too many orders of the scope are unknown; settle them first.",
        "max_unknown_orders",
    )
    MESSAGE_RATE = (
        "MESSAGE_RATE",
        3,
        99,
        "The session sends messages faster than it may; cancels still go.",
        "message_rate_per_s",
    )
    MIN_NOTIONAL = "MIN_NOTIONAL", 99, 99, "The order's value is below the limit.", "min_notional"
    MIN_QUANTITY = "MIN_QUANTITY", 13, 99, "OrderQty(38) is below the limit.", "min_quantity"
    NO_BROKER = (
        "NO_BROKER",
        0,
        99,
        "None of the brokers of the route can have it; why stands there.",
    )
    NO_ROUTE = "NO_ROUTE", 11, 99, "No routing rule matches the order, or its rule was taken out."
    NOT_PENDING = (
        "NOT_PENDING",
        99,
        99,
        "The broker has it not pending; its answer, if there was one, is lost.",
    )
    NOT_PERMITTED = "NOT_PERMITTED", 0, 2, "The client or account may not trade the symbol."
    NOT_RECEIVED = (
        "NOT_RECEIVED",
        4,
        2,
        "The broker never received it and it is too old to be sent now.",
    )
    ON_BEHALF_NOT_ALLOWED = (
        "ON_BEHALF_NOT_ALLOWED",
        99,
        99,
        "The session may not order for this OnBehalfOfCompID(115).",
    )
    ORD_TYPE_UNSUPPORTED = "ORD_TYPE_UNSUPPORTED", 11, 99, "OrdType(40) is not supported here."
    ORDER_RATE = (
        "ORDER_RATE",
        3,
        99,
        "The session sends orders faster than its limit.",
        "order_rate_per_s",
    )
    PENDING = "PENDING", 99, 3, "A request for this order is already pending."
    PRICE_COLLAR = (
        "PRICE_COLLAR",
        3,
        99,
        "The price is too far from the reference price.",
        "price_collar_pct",
    )
    PRICE_INVALID = "PRICE_INVALID", 99, 99, "The price is not a positive number."
    QUANTITY_INVALID = "QUANTITY_INVALID", 13, 99, "OrderQty(38) is not a positive number."
    QUEUE_EXPIRED = (
        "QUEUE_EXPIRED",
        4,
        2,
        "The order waited longer for its broker than the route allows.",
    )
    REDUCE_ONLY = "REDUCE_ONLY", 2, 2, "In this scope positions may only become smaller."
    REFERENCE_PRICE_MISSING = (
        "REFERENCE_PRICE_MISSING",
        99,
        99,
        "There is no reference price for the symbol.",
    )
    REFERENCE_PRICE_STALE = (
        "REFERENCE_PRICE_STALE",
        99,
        99,
        "The reference price is older than allowed.",
        "price_max_age_s",
    )
    REQUEST_RATE = (
        "REQUEST_RATE",
        3,
        99,
        "Too many requests that change nothing; first cancels still go.",
        "cancel_rate_per_s",
    )
    RESTRICTED = "RESTRICTED", 0, 2, "The restricted list has it."
    SCOPE_UNSUPPORTED = (
        "SCOPE_UNSUPPORTED",
        99,
        99,
        "A mass request is for all orders (7) or a Symbol(55) (1).",
    )
    SELF_MATCH = "SELF_MATCH", 99, 99, "The order would meet an open one of the same account."
    SHORT_UNMARKED = (
        "SHORT_UNMARKED",
        99,
        99,
        "More is sold than is owned, and the sale is not marked short.",
    )
    SIDE_UNSUPPORTED = "SIDE_UNSUPPORTED", 11, 99, "Side(54) is not supported here."
    SLOWED_DOWN = "SLOWED_DOWN", 3, 99, "A breaker lets only so many orders through a second."
    STALE_ORDER = "STALE_ORDER", 8, 99, "TransactTime(60) is too old.", "max_order_age_s"
    STREAM_RECONCILING = (
        "STREAM_RECONCILING",
        0,
        2,
        "The broker is being asked what it holds; send it again soon.",
    )
    TICK_SIZE = "TICK_SIZE", 99, 99, "The price is not a multiple of the tick size."
    TIME_IN_FORCE_UNSUPPORTED = (
        "TIME_IN_FORCE_UNSUPPORTED",
        11,
        99,
        "TimeInForce(59) is not supported here.",
    )
    TOO_LATE = "TOO_LATE", 4, 0, "The order is no longer working."
    UNKNOWN_LIST = "UNKNOWN_LIST", 5, 1, "No list of this client has that id."
    UNKNOWN_ORDER = "UNKNOWN_ORDER", 5, 1, "No order of this client has that id."
    UNKNOWN_STATE = (
        "UNKNOWN_STATE",
        0,
        2,
        "What the broker holds of this order is not known; cancels still go.",
    )
