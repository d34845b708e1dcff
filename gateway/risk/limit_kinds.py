"""Every limit there is: how several of it are put together, and which check holds it.

To add one: an entry here, a setting of the same name in `gateway.config.rules.RiskLimit`, and the
check that heeds it.
"""

from typing import Final


class LimitKind:
    """A limit. `check` is the name of its check, "" for one that no check of orders holds.
    `is_required`: not set blocks orders, as all do that bound the money at risk; others that are
    not set are off. `is_summed`: it is held
    against what its scope has in all, not against one order. `is_daily`: that is of a day;
    `is_staked`: it is held against what open orders may make of a position. `is_switch`: it is on
    or off, without a number.
    """

    __slots__ = (
        "check",
        "is_daily",
        "is_required",
        "is_staked",
        "is_summed",
        "is_switch",
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
        is_switch: bool = False,
        larger_is_tighter: bool = False,
    ) -> None:
        self.check = check
        self.is_required = is_required
        self.is_summed = is_summed or is_daily
        self.is_daily = is_daily
        self.is_staked = is_staked
        self.is_switch = is_switch
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
    "max_reference_age_s": LimitKind("reference_price"),
    "min_quantity": LimitKind("min_size", larger_is_tighter=True),
    "min_notional": LimitKind("min_size", larger_is_tighter=True),
    "max_long": LimitKind("net_position", is_staked=True),
    "max_short": LimitKind("net_position", is_staked=True),
    "max_gross_notional": LimitKind("gross_notional", is_required=True, is_daily=True),
    "max_credit": LimitKind("credit", is_required=True, is_daily=True),
    "max_concentration_pct": LimitKind("concentration", is_daily=True),
    "max_daily_loss": LimitKind("daily_loss", is_required=True, is_staked=True),
    "max_executions": LimitKind("repeated_execution", is_daily=True),
    "max_order_trade_ratio": LimitKind("order_trade_ratio", is_daily=True),
    "max_order_age_s": LimitKind("stale_order"),
    "max_adv_pct": LimitKind("participation"),
    "price_drift_pct": LimitKind("price_drift"),
    "price_drift_window_s": LimitKind("price_drift", larger_is_tighter=True),
    "max_unknown_orders": LimitKind("broker_health", is_summed=True),
    "refuse_market_orders": LimitKind("market_order", is_switch=True),
    "check_short_sales": LimitKind("short_sale", is_staked=True, is_switch=True),
    "check_hours": LimitKind("market_hours", is_switch=True),
    "refuse_self_match": LimitKind("self_match", is_staked=True, is_switch=True),
}

DAILY: Final = frozenset({name for name, kind in LIMITS.items() if kind.is_daily})
STAKED: Final = frozenset({name for name, kind in LIMITS.items() if kind.is_staked})
