"""Circuit breakers: the visible lists of their conditions and actions.

To add a condition: one file with one function of this signature, one line here, and what it reads
in `seen` and `watch`.
"""

from collections.abc import Callable
from decimal import Decimal
from typing import Final

from gateway.breakers.ack_latency import ack_latency
from gateway.breakers.daily_loss import daily_loss
from gateway.breakers.drawdown import drawdown
from gateway.breakers.message_burst import message_burst
from gateway.breakers.order_rate import order_rate
from gateway.breakers.position_size import position_size
from gateway.breakers.rejection_rate import rejection_rate
from gateway.breakers.repeated_execution import repeated_execution
from gateway.breakers.seen import Seen
from gateway.breakers.unknown_count import unknown_count
from gateway.breakers.volatility import volatility
from gateway.risk.scopes import KINDS

FLOW: Final = "flow"
MESSAGES: Final = "messages"
ANSWERS: Final = "answers"
RESULTS: Final = "results"
SIZES: Final = "sizes"
UNKNOWN: Final = "unknown"
COUNTED: Final = frozenset({FLOW, MESSAGES, ANSWERS})
"""Sources that have a window."""


class Condition:
    """`read` gives the reading of a scope, None where there is nothing to tell. `kinds` of scope
    that it may be for. `source` of what it reads: one of those above. `is_share`: it needs a
    min_count. `is_level`: it goes on until somebody mends it, and a breaker cannot be reset before.
    """

    __slots__ = ("is_level", "is_share", "kinds", "read", "source", "unit")

    def __init__(
        self,
        read: Callable[[Seen], Decimal | None],
        unit: str,
        source: str,
        kinds: tuple[str, ...] = KINDS,
        *,
        is_share: bool = False,
        is_level: bool = False,
    ) -> None:
        self.read = read
        self.unit = unit
        self.source = source
        self.kinds = kinds
        self.is_share = is_share
        self.is_level = is_level


_LOSING: Final = ("firm", "client", "account", "strategy")

CONDITIONS: Final[dict[str, Condition]] = {
    "drawdown": Condition(drawdown, "money", RESULTS, _LOSING),
    "daily_loss": Condition(daily_loss, "money", RESULTS, _LOSING),
    "volatility": Condition(volatility, "%", FLOW, ("symbol",)),
    "rejection_rate": Condition(
        rejection_rate, "%", FLOW, ("firm", "broker", "client", "session"), is_share=True
    ),
    "position_size": Condition(position_size, "units", SIZES, ("account", "symbol"), is_level=True),
    "order_rate": Condition(order_rate, "a second", FLOW),
    "ack_latency": Condition(ack_latency, "ms", ANSWERS, ("broker",), is_share=True),
    "unknown_count": Condition(unknown_count, "orders", UNKNOWN, is_level=True),
    "repeated_execution": Condition(repeated_execution, "executions", FLOW),
    "message_burst": Condition(message_burst, "messages", MESSAGES, ("client", "session")),
}

ACTIONS: Final[dict[str, str]] = {
    "alert": "an alarm, which every trip is; nothing is stopped",
    "slow_down": "orders and replaces of the scope beyond slow_to_per_s are refused",
    "reduce_only": "the scope is reduce-only, as by `fixgate halt --level reduce-only`",
    "halt": "the scope is halted, or cancel-only by halt_level",
    "cancel_open": "besides, its open orders are canceled, as by `fixgate halt --cancel-open`",
    "close_positions": "besides, when those are over, its positions are closed by orders of"
    " fixgate's own; only where the setting of that name says so in words",
    "switch_route": "the broker gets no new orders; those go to the next route that fits",
}
