"""What a broker can do: its capability sheet, prepared so that most orders are one look-up."""

from typing import Final

from gateway.orders.order_types import (
    BY_ORD_TYPE,
    LIMIT_ON_CLOSE,
    MARKET_ON_CLOSE,
    ORDER_TYPES,
    PLAIN,
    TIMES_IN_FORCE,
    VERSIONS,
    OrderType,
    kind_of,
)

REPLACE: Final = "replace"
STATUS: Final = "status"
MESSAGES: Final[dict[str, str]] = {
    REPLACE: "OrderCancelReplaceRequest(G)",
    STATUS: "OrderStatusRequest(H)",
}
ICEBERG: Final = "iceberg"
SLICE_REPLACE: Final = "iceberg_replace"
"""What the gateway itself lacks: a slice becomes none of nothing, and of two only one changes."""
ENLARGE_FILLED: Final = "enlarge_filled"
FEATURES: Final[dict[str, str]] = {
    ICEBERG: "orders of which only a part is shown: MaxFloor(111), DisplayQty(1138)",
    ENLARGE_FILLED: "replaces that make a filled order work again, by a larger OrderQty(38)",
}

FEATURES_DONE: Final[dict[str, str]] = {
    ICEBERG: "sends it in slices of what may be shown, each when the one before it is filled",
}
"""What the gateway does where a broker lacks the feature."""
EMULATED: Final = (
    *[kind.name for kind in ORDER_TYPES.values() if kind.does],
    *[time.name for time in TIMES_IN_FORCE.values() if time.does],
    *FEATURES_DONE,
)
"""What the gateway can do itself."""


class Sheet:
    """Names of what a broker takes. `simple`: OrdType(40) and TimeInForce(59), one after the other,
    of orders that it takes as they are.
    """

    __slots__ = ("features", "icebergs", "messages", "order_types", "simple", "times_in_force")

    def __init__(
        self,
        order_types: frozenset[str],
        times_in_force: frozenset[str],
        messages: frozenset[str],
        features: frozenset[str],
    ) -> None:
        self.order_types = order_types
        self.times_in_force = times_in_force
        self.messages = messages
        self.features = features
        self.icebergs = ICEBERG in features
        self.simple = frozenset(
            ord_type + time
            for ord_type in BY_ORD_TYPE
            for time in TIMES_IN_FORCE
            if ord_type in PLAIN and not self.lacks(kind_of(ord_type, time, ""), time)
        )

    def lacks(self, kind: OrderType, time: str) -> bool:
        """Whether the broker lacks what an order of this kind and TimeInForce(59) needs."""
        return kind.name not in self.order_types or self.lacks_time(kind, time)

    def lacks_time(self, kind: OrderType, time: str) -> bool:
        """Whether it has not the TimeInForce(59); what is on close says its time by that."""
        if kind is MARKET_ON_CLOSE or kind is LIMIT_ON_CLOSE:
            return False
        return TIMES_IN_FORCE[time].name not in self.times_in_force


def full_sheet(version: str) -> Sheet:
    """All that a FIX version can say."""
    return Sheet(
        frozenset(kind.name for kind in ORDER_TYPES.values() if has(version, kind.since)),
        frozenset(time.name for time in TIMES_IN_FORCE.values() if has(version, time.since)),
        frozenset(MESSAGES),
        frozenset(FEATURES),
    )


def has(version: str, since: str) -> bool:
    """Whether a version has what came with another."""
    return VERSIONS.index(version) >= VERSIONS.index(since)


PAPER: Final = Sheet(
    frozenset({"market", "limit"}),
    frozenset({"day", "gtc", "ioc", "fok"}),
    frozenset(MESSAGES),
    frozenset(),
)
