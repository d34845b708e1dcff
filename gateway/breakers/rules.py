"""A breaker as it is configured. Pure, and never changed."""

from decimal import Decimal
from typing import Final

from gateway.risk.levels import HALTED, REDUCE_ONLY
from gateway.risk.scopes import EACH

SECOND_NS: Final = 1_000_000_000
HALT: Final = "halt"
REDUCE: Final = "reduce_only"
SLOW: Final = "slow_down"
CANCEL: Final = "cancel_open"
SWITCH: Final = "switch_route"
CLOSE: Final = "close_positions"


class Breaker:
    """Trips for each of its `scopes` (kind of scope, name or EACH) by itself, when the reading of
    its `condition` reaches the `threshold`. `min_count`: fewer than so many tell nothing.
    """

    __slots__ = (
        "actions",
        "condition",
        "halt_level",
        "min_count",
        "name",
        "probe_after_ns",
        "probes",
        "scopes",
        "slow_to_per_s",
        "threshold",
        "window_ns",
    )

    def __init__(
        self,
        *,
        name: str,
        condition: str,
        scopes: tuple[tuple[int, str], ...],
        threshold: Decimal,
        window_ns: int = SECOND_NS,
        min_count: int = 1,
        actions: tuple[str, ...] = (),
        halt_level: str = HALTED,
        slow_to_per_s: str = "",
        probe_after_ns: int = 0,
        probes: int = 1,
    ) -> None:
        self.name = name
        self.condition = condition
        self.scopes = scopes
        self.threshold = threshold
        self.window_ns = window_ns
        self.min_count = min_count
        self.actions = actions
        self.halt_level = halt_level
        self.slow_to_per_s = slow_to_per_s
        self.probe_after_ns = probe_after_ns
        self.probes = probes

    @property
    def level(self) -> str:
        """The level of trading that it wants of a scope, "" for none."""
        if HALT in self.actions:
            return self.halt_level
        return REDUCE_ONLY if REDUCE in self.actions else ""

    def names(self, kind: int, name: str) -> bool:
        """Whether it is for a scope."""
        return (kind, name) in self.scopes or (bool(name) and (kind, EACH) in self.scopes)

    def counts_as(self, other: "Breaker") -> bool:
        """Whether what was counted for the other is what it would have counted."""
        return (
            self.condition == other.condition
            and self.window_ns == other.window_ns
            and self.scopes == other.scopes
        )
