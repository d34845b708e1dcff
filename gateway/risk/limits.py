"""The limits that hold for an order: of all its scopes, the tightest.

A limit that no scope sets is None and blocks the order; OFF is said in so many words.
"""

from collections.abc import Iterable, Sequence
from decimal import Decimal
from typing import Final

OFF: Final = Decimal("-1")
SECOND_NS: Final = 1_000_000_000
WINDOW_MAX_S: Final = Decimal(3600)
Limit = Decimal | None

NAMES: Final = (
    "max_quantity",
    "max_notional",
    "price_collar_pct",
    "max_open_orders",
    "max_open_notional",
    "order_rate_per_s",
    "order_burst",
    "duplicate_window_s",
    "duplicate_max",
    "cancel_rate_per_s",
    "cancel_burst",
)
CANCEL_RATE_PER_S: Final = 1000.0  # where no scope sets one: a limit on cancels never blocks


class Limits:
    """The tightest limits of a set of scopes. `instrument_known` None: not set.

    `rate_per_s` and `burst` are the token bucket of order_rate_per_s (0: off or not set),
    `window_ns` the duplicate window (0 likewise), `requests_per_s` and `requests_burst` the bucket
    of cancel_rate_per_s (0: off), ready for use. `client_scopes`: see LimitTable.
    """

    __slots__ = (
        "burst",
        "client_scopes",
        "instrument_known",
        "rate_per_s",
        "requests_burst",
        "requests_per_s",
        "window_ns",
        *NAMES,
    )

    def __init__(self) -> None:
        self.client_scopes: tuple[str, ...] = ()
        self.instrument_known: bool | None = None
        self.max_quantity: Limit = None
        self.max_notional: Limit = None
        self.price_collar_pct: Limit = None
        self.max_open_orders: Limit = None
        self.max_open_notional: Limit = None
        self.order_rate_per_s: Limit = None
        self.order_burst: Limit = None
        self.duplicate_window_s: Limit = None
        self.duplicate_max: Limit = None
        self.cancel_rate_per_s: Limit = None
        self.cancel_burst: Limit = None
        self.rate_per_s = 0.0
        self.burst = 0.0
        self.window_ns = 0
        self.requests_per_s = CANCEL_RATE_PER_S
        self.requests_burst = CANCEL_RATE_PER_S

    def finish(self) -> None:
        """Make the derived values once every scope is merged."""
        rate = self.order_rate_per_s
        if rate is not None and rate != OFF:
            self.rate_per_s = float(rate)
            self.burst = _burst(self.rate_per_s, self.order_burst)
        rate = self.cancel_rate_per_s
        if rate is not None:
            self.requests_per_s = 0.0 if rate == OFF else float(rate)
        self.requests_burst = _burst(self.requests_per_s, self.cancel_burst)
        window = self.duplicate_window_s
        if window is not None and window != OFF:
            self.window_ns = int(min(window, WINDOW_MAX_S) * SECOND_NS)


def _burst(rate_per_s: float, burst: Limit) -> float:
    """At least one; not set: one second's worth."""
    return max(rate_per_s if burst is None or burst == OFF else float(burst), 1.0)


class ScopeLimits:
    """What one scope sets: values by name of NAMES, and whether the instrument must be known."""

    __slots__ = ("instrument_known", "scope", "values")

    def __init__(
        self, scope: str, instrument_known: bool | None, values: dict[str, Decimal]
    ) -> None:
        self.scope = scope
        self.instrument_known = instrument_known
        self.values = values


class LimitTable:
    """Limits by scope ("firm", "client:X", "account:X", "symbol:X"), merged once a combination.

    A client that a template made is called "TEMPLATE.COMPID" and has two scopes, the template's
    as well: each such client may reach its limits by itself.
    """

    __slots__ = ("_accounts", "_merged", "_scopes", "_symbols", "_templates")

    def __init__(self, scopes: Iterable[ScopeLimits], templates: Sequence[str] = ()) -> None:
        self._templates = tuple(templates)
        self._scopes: dict[str, list[ScopeLimits]] = {}
        for scope in scopes:
            self._scopes.setdefault(scope.scope, []).append(scope)
        self._accounts = self._named("account:")
        self._symbols = self._named("symbol:")
        self._merged: dict[tuple[str, str, str], Limits] = {}

    def of(self, client: str, account: str, symbol: str) -> Limits:
        """The limits of an order. Only accounts and symbols with limits of their own get an entry,
        so that those a client makes up cannot fill the memory.
        """
        own_account = account if account in self._accounts else ""
        own_symbol = symbol if symbol in self._symbols else ""
        key = (client, own_account, own_symbol)
        merged = self._merged.get(key)
        if merged is None:
            merged = self._merged[key] = self._merge(*key)
        return merged

    def client_scopes(self, client: str) -> tuple[str, ...]:
        """The scopes of a client: its own, and its template's."""
        made_by = [f"client:{name}" for name in self._templates if client.startswith(f"{name}.")]
        return (f"client:{client}", *made_by)

    def _named(self, kind: str) -> set[str]:
        return {scope.removeprefix(kind) for scope in self._scopes if scope.startswith(kind)}

    def _merge(self, client: str, account: str, symbol: str) -> Limits:
        limits = Limits()
        limits.client_scopes = self.client_scopes(client)
        for scope in ("firm", *limits.client_scopes, f"account:{account}", f"symbol:{symbol}"):
            for found in self._scopes.get(scope, ()):
                _tighten(limits, found)
        limits.finish()
        return limits


def _tighten(limits: Limits, scope: ScopeLimits) -> None:
    if scope.instrument_known is not None:
        limits.instrument_known = bool(limits.instrument_known) or scope.instrument_known
    for name, value in scope.values.items():
        setattr(limits, name, _tightest(name, getattr(limits, name), value))


def _tightest(name: str, held: Limit, value: Decimal) -> Decimal:
    if held is None or held == OFF:
        return value
    if value == OFF:
        return held
    # A longer window counts more orders, so there the larger value is the tighter one.
    return max(held, value) if name == "duplicate_window_s" else min(held, value)
