"""Every limit there is: how several of it are put together, and which check holds it.

To add one: an entry here, a setting of the same name in `gateway.config.rules.RiskLimit`, and the
check that heeds it.
"""

from typing import Final


class LimitKind:
    """A limit. `check` is the name of its check, "" for one that no check of orders holds.
    `is_required`: not set blocks orders; others that are not set are off. `is_summed`: it is held
    against what its scope has in all, not against one order. `is_daily`: that is of a day;
    `is_staked`: it is held against what open orders may make of a position.
    """

    __slots__ = (
        "check",
        "is_daily",
        "is_required",
        "is_staked",
        "is_summed",
        "larger_is_tighter",
    )

    def __init__(
        self,
        check: str,
        *,
        is_required: bool = False,
        is_summed: bool = False,
        is_daily: bool = False,
        is_staked: bool = False,
        larger_is_tighter: bool = False,
    ) -> None:
        self.check = check
        self.is_required = is_required
        self.is_summed = is_summed or is_daily
        self.is_daily = is_daily
        self.is_staked = is_staked
        self.larger_is_tighter = larger_is_tighter


LIMITS: Final[dict[str, LimitKind]] = {
    "max_quantity": LimitKind("max_quantity", is_required=True),
    "max_notional": LimitKind("max_notional", is_required=True),
    "price_collar_pct": LimitKind("price_collar", is_required=True),
    "max_open_orders": LimitKind("open_orders", is_required=True, is_summed=True),
    "max_open_notional": LimitKind("open_notional", is_required=True, is_summed=True),
    "order_rate_per_s": LimitKind("order_rate", is_required=True),
    "order_burst": LimitKind(""),
    # A longer window counts more orders, so there the larger value is the tighter one.
    "duplicate_window_s": LimitKind("duplicate_order", is_required=True, larger_is_tighter=True),
    "duplicate_max": LimitKind("duplicate_order", is_required=True),
    "cancel_rate_per_s": LimitKind(""),
    "cancel_burst": LimitKind(""),
}

DAILY: Final = frozenset({name for name, kind in LIMITS.items() if kind.is_daily})
STAKED: Final = frozenset({name for name, kind in LIMITS.items() if kind.is_staked})
