"""The kinds of order that fixgate takes: order types, TimeInForce(59), Side(54).

Each says how FIX writes it by version, which fields it needs and which it may not have, and what
the gateway can do for a broker that lacks it. The names are those of capability sheets and of
`emulate`. To add one: an entry in its table.
"""

from typing import Final

from gateway.ids import DAY_NS
from gateway.orders.extras import field_of
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from sessions.values import parse_utc_timestamp

VERSIONS: Final = (
    "FIX.4.0",
    "FIX.4.1",
    "FIX.4.2",
    "FIX.4.3",
    "FIX.4.4",
    "FIX.5.0",
    "FIX.5.0SP1",
    "FIX.5.0SP2",
    "FIX.Latest",
)

FORBIDDEN: Final = 0
OPTIONAL: Final = 1
REQUIRED: Final = 2

AT_CLOSE: Final = "7"  # TimeInForce(59)
GTC: Final = "1"
GTD: Final = "6"
PEGGED: Final = "P"  # OrdType(40)
TRAILING_PEG: Final = "a"  # ExecInst(18), FIX.4.4
TRAILING_PEG_TYPE: Final = "8"  # PegPriceType(1094), FIX.5.0


class OrderType:
    """A kind of order. `ord_type`: its OrdType(40). `price`, `stop_px`: whether Price(44) and
    StopPx(99) are REQUIRED, OPTIONAL or FORBIDDEN. `needs`: further fields it must have, by tag and
    name. `fix` says how FIX writes it, `since` is the first version that can, `does` says what the
    gateway does where a broker lacks it.
    """

    __slots__ = ("does", "fix", "name", "needs", "ord_type", "price", "since", "stop_px")

    def __init__(
        self,
        name: str,
        ord_type: str,
        *,
        price: int = FORBIDDEN,
        stop_px: int = FORBIDDEN,
        needs: tuple[str, str] | None = None,
        since: str = "FIX.4.0",
        fix: str = "",
        does: str = "",
    ) -> None:
        self.name = name
        self.ord_type = ord_type
        self.price = price
        self.stop_px = stop_px
        self.needs = needs
        self.since = since
        self.fix = fix or f"OrdType(40)={ord_type}"
        self.does = does


MARKET: Final = OrderType("market", "1")
LIMIT: Final = OrderType("limit", "2", price=REQUIRED)
STOP: Final = OrderType(
    "stop", "3", stop_px=REQUIRED, does="holds it, and sends a market order when it triggers"
)
STOP_LIMIT: Final = OrderType(
    "stop_limit",
    "4",
    price=REQUIRED,
    stop_px=REQUIRED,
    does="holds it, and sends a limit order when it triggers",
)
MARKET_ON_CLOSE: Final = OrderType(
    "market_on_close",
    "5",
    fix="OrdType(40)=5 up to FIX.4.2; OrdType(40)=1 with TimeInForce(59)=7 since FIX.4.3",
)
LIMIT_ON_CLOSE: Final = OrderType(
    "limit_on_close",
    "B",
    price=REQUIRED,
    fix="OrdType(40)=B up to FIX.4.2; OrdType(40)=2 with TimeInForce(59)=7 since FIX.4.3",
)
MARKET_IF_TOUCHED: Final = OrderType(
    "market_if_touched",
    "J",
    stop_px=REQUIRED,
    since="FIX.4.3",
    fix="OrdType(40)=J since FIX.4.3, touched at StopPx(99)",
    does="holds it, and sends a market order when it triggers",
)
PEGGED_ORDER: Final = OrderType(
    "pegged",
    PEGGED,
    price=OPTIONAL,
    stop_px=OPTIONAL,  # where a trailing stop begins
    since="FIX.4.1",
    fix=(
        "OrdType(40)=P with a peg in ExecInst(18) or PegOffsetValue(211); PegPriceType(1094) since"
        " FIX.5.0"
    ),
)
TRAILING_STOP: Final = OrderType(
    "trailing_stop",
    PEGGED,
    stop_px=OPTIONAL,
    needs=("211", "PegOffsetValue"),
    since="FIX.4.4",
    fix=(
        "OrdType(40)=P with PegOffsetValue(211) and ExecInst(18)=a in FIX.4.4,"
        " PegPriceType(1094)=8 since FIX.5.0; StopPx(99) where it begins"
    ),
    does="holds it, moves the stop, and sends a market order when it triggers",
)
PREVIOUSLY_QUOTED: Final = OrderType(
    "previously_quoted", "D", price=OPTIONAL, needs=("117", "QuoteID")
)
PREVIOUSLY_INDICATED: Final = OrderType(
    "previously_indicated", "E", price=OPTIONAL, needs=("23", "IOIID")
)

ORDER_TYPES: Final[dict[str, OrderType]] = {
    kind.name: kind
    for kind in (
        MARKET,
        LIMIT,
        STOP,
        STOP_LIMIT,
        MARKET_ON_CLOSE,
        LIMIT_ON_CLOSE,
        MARKET_IF_TOUCHED,
        PEGGED_ORDER,
        TRAILING_STOP,
        PREVIOUSLY_QUOTED,
        PREVIOUSLY_INDICATED,
    )
}

# OrdType(40) to what it is where no other field says more.
BY_ORD_TYPE: Final[dict[str, OrderType]] = {
    kind.ord_type: kind for kind in ORDER_TYPES.values() if kind is not TRAILING_STOP
}
_ON_CLOSE: Final = {"1": MARKET_ON_CLOSE, "2": LIMIT_ON_CLOSE}
PEG_INSTS: Final = frozenset("LMOPRTWad")  # ExecInst(18)


class TimeInForce:
    """How long an order works; `since` is the first version that can say it, `fix` how, `does` what
    the gateway does where a broker lacks it.
    """

    __slots__ = ("does", "fix", "name", "since")

    def __init__(
        self, name: str, value: str, since: str = "FIX.4.0", fix: str = "", does: str = ""
    ) -> None:
        self.name = name
        self.since = since
        self.fix = fix or f"TimeInForce(59)={value}"
        self.does = does


TIMES_IN_FORCE: Final[dict[str, TimeInForce]] = {
    "0": TimeInForce("day", "0"),
    "1": TimeInForce("gtc", "1"),
    "2": TimeInForce("opg", "2"),
    "3": TimeInForce("ioc", "3"),
    "4": TimeInForce("fok", "4"),
    "5": TimeInForce("gtx", "5"),
    "6": TimeInForce(
        "gtd",
        "6",
        fix="TimeInForce(59)=6 with ExpireTime(126), or ExpireDate(432) since FIX.4.2",
        does="sends it as GTC, and cancels it when it expires",
    ),
    "7": TimeInForce("at_close", AT_CLOSE, "FIX.4.3"),
}

SIDES: Final[dict[str, str]] = {
    "1": "buy",
    "2": "sell",
    "3": "buy minus",
    "4": "sell plus",
    "5": "sell short",
    "6": "sell short exempt",
}

BUYS: Final = frozenset({"1", "3"})
"""Side(54) of those who buy: buy, buy minus."""

# Once triggered here: OrdType(40) of the client to that at the broker.
TRIGGERED_AS: Final[dict[str, str]] = {"3": "1", "4": "2", "J": "1", PEGGED: "1"}
PLAIN: Final = frozenset({"1", "2", "3", "4"})  # OrdTypes(40) that every version writes the same
TERM_TAGS: Final = frozenset(
    {"111", "117", "126", "211", "23", "432", "835", "836", "1094", "1138"}
)
"""Fields without which such an order is another one: they go to its broker always."""


def kind_of(ord_type: str, time_in_force: str, extra: str) -> OrderType:
    """What an order is, by its OrdType(40), TimeInForce(59) and other fields ("tag=value" SOH ...);
    its OrdType(40) is known.
    """
    if time_in_force == AT_CLOSE and ord_type in _ON_CLOSE:
        return _ON_CLOSE[ord_type]
    if ord_type == PEGGED and is_trailing(extra):
        return TRAILING_STOP
    return BY_ORD_TYPE[ord_type]


def is_trailing(extra: str) -> bool:
    """Whether a pegged order's peg is that of a trailing stop."""
    insts = field_of(extra, "18").split(" ")
    return TRAILING_PEG in insts or field_of(extra, "1094") == TRAILING_PEG_TYPE


def _names_peg(extra: str) -> bool:
    if field_of(extra, "1094") or field_of(extra, "211"):
        return True
    return not PEG_INSTS.isdisjoint(field_of(extra, "18").split(" "))


def details_problem(
    ord_type: str, time_in_force: str, price: str, stop_px: str, extra: str
) -> Refusal | None:
    """What is wrong with the fields that only some kinds of order have."""
    kind = kind_of(ord_type, time_in_force, extra)
    if kind is PEGGED_ORDER and not _names_peg(extra):
        return Refusal(Code.FIELD_MISSING, "field=PegOffsetValue(211)")
    if kind is TRAILING_STOP and price:
        return Refusal(Code.FIELD_FORBIDDEN, "field=Price(44) order_type=trailing_stop")
    if kind is PEGGED_ORDER and stop_px:
        return Refusal(Code.FIELD_FORBIDDEN, "field=StopPx(99) order_type=pegged")
    if kind is LIMIT_ON_CLOSE and not price:
        return Refusal(Code.FIELD_MISSING, "field=Price(44)")
    needs = kind.needs
    if needs is not None and not field_of(extra, needs[0]):
        return Refusal(Code.FIELD_MISSING, f"field={needs[1]}({needs[0]})")
    if time_in_force == GTD and not field_of(extra, "126") and not field_of(extra, "432"):
        return Refusal(Code.FIELD_MISSING, "field=ExpireTime(126) or=ExpireDate(432)")
    return None


def expires_at(extra: str) -> int:
    """When a GTD order with these other fields expires (UTC ns): at ExpireTime(126), or when the
    UTC day of ExpireDate(432) is over, where no business date is kept; 0 if that cannot be read.
    """
    time = field_of(extra, "126")
    try:
        if time:
            return parse_utc_timestamp(time)
        return parse_utc_timestamp(f"{field_of(extra, '432')}-00:00:00") + DAY_NS
    except ValueError:
        return 0
