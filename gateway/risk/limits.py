"""The limits that hold for an order: of all its scopes, the tightest.

A limit of LIMITS that is required and that no scope sets blocks the order; OFF is said in so many
words. Most limits are of one order, and of several only the tightest counts. Those that are summed
are held against what their own scope has in all, so the tightest of each kind of scope counts.
"""

from collections.abc import Callable, Iterable, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from gateway.risk.fed_rates import FedRates
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.rate_table import RateTable
from gateway.risk.scope_limits import OFF, ScopeLimits, configured_text, over_configured
from gateway.risk.scopes import (
    ACCOUNT,
    CLIENT,
    EACH,
    FIRM,
    KINDS,
    SECTOR,
    SESSION,
    STRATEGY,
    SYMBOL,
    Subjects,
    scope_text,
)

if TYPE_CHECKING:
    from gateway.breakers.rules import Breaker
    from gateway.refusals import Refusal
    from gateway.risk.candidate import Candidate

SECOND_NS: Final = 1_000_000_000
WINDOW_MAX_S: Final = Decimal(3600)
DRIFT_WINDOW_S: Final = Decimal(60)  # where no scope sets one
Limit = Decimal | None

NAMES: Final = tuple(LIMITS)
SUMMED: Final = frozenset({name for name, kind in LIMITS.items() if kind.is_summed})
CANCEL_RATE_PER_S: Final = 1000.0  # where no scope sets one: a limit on cancels never blocks


class SumLimit:
    """A limit on what the scope of an order has in all; `kind` is the kind of scope, `count` the
    value of one that counts.
    """

    __slots__ = ("count", "kind", "name", "value")

    def __init__(self, kind: int, name: str, value: Decimal) -> None:
        self.kind = kind
        self.name = name
        self.value = value
        self.count = int(value)


NO_SUMS: Final[tuple[SumLimit, ...]] = ()


class Limits:
    """The tightest limits of a set of scopes. `instrument_known` None: not set.

    `rate_per_s` and `burst` are the token bucket of order_rate_per_s (0: off or not set),
    `window_ns` the duplicate window and `drift_ns` that of price drift (0 likewise),
    `requests_per_s` and `requests_burst` the bucket of cancel_rate_per_s (0: off), ready for use.
    `client_scopes`: see LimitTable. `values` has the limits of one order that are on, `scopes` who
    set them, `sums` those that are summed; `missing`
    is one that is required and not set, "" for none. `checks` is what `gateway.risk` makes of it.
    """

    __slots__ = (
        "burst",
        "checks",
        "client_scopes",
        "drift_ns",
        "instrument_known",
        "is_planned",
        "missing",
        "rate_per_s",
        "requests_burst",
        "requests_per_s",
        "scopes",
        "sums",
        "values",
        "window_ns",
    )

    def __init__(self) -> None:
        self.client_scopes: tuple[str, ...] = ()
        self.instrument_known: bool | None = None
        self.values: dict[str, Decimal] = {}
        self.scopes: dict[str, str] = {}
        self.sums: dict[str, tuple[SumLimit, ...]] = {}
        self.missing = ""
        self.checks: tuple[Callable[[Candidate], Refusal | None], ...] = ()
        self.is_planned = False
        self.rate_per_s = 0.0
        self.burst = 0.0
        self.window_ns = 0
        self.drift_ns = 0
        self.requests_per_s = CANCEL_RATE_PER_S
        self.requests_burst = CANCEL_RATE_PER_S

    def of(self, name: str) -> str:
        """Who set a limit of one order, for people: "limit=5 scope=firm"."""
        return f"limit={self.values[name]} scope={self.scopes[name]}"

    def finish(self, merged: "Merged") -> None:
        """Take what is merged of all scopes, and make what is derived of it."""
        if self.instrument_known is None:
            self.missing = "instrument_known"
        for name, kind in LIMITS.items():
            if kind.is_required and name not in merged.said:
                self.missing = name
                break
        self.values = {n: v for n, v in merged.values.items() if v != OFF}
        self.scopes = merged.scopes
        for (name, of_kind), value in sorted(merged.sums.items()):
            if value != OFF:
                self.sums[name] = (*self.sums.get(name, ()), SumLimit(of_kind, name, value))
        self._make_buckets(merged.values)

    def _make_buckets(self, values: Mapping[str, Decimal]) -> None:
        rate = self.values.get("order_rate_per_s")
        if rate is not None:
            self.rate_per_s = float(rate)
            self.burst = _burst(self.rate_per_s, values.get("order_burst"))
        rate = values.get("cancel_rate_per_s")
        if rate is not None:
            self.requests_per_s = 0.0 if rate == OFF else float(rate)
        self.requests_burst = _burst(self.requests_per_s, values.get("cancel_burst"))
        window = self.values.get("duplicate_window_s")
        if window is not None:
            self.window_ns = int(min(window, WINDOW_MAX_S) * SECOND_NS)
        if "price_drift_pct" in self.values:
            drift = self.values.get("price_drift_window_s", DRIFT_WINDOW_S)
            self.drift_ns = int(min(drift, WINDOW_MAX_S) * SECOND_NS)


def _burst(rate_per_s: float, burst: Limit) -> float:
    """At least one; not set: one second's worth."""
    return max(rate_per_s if burst is None or burst == OFF else float(burst), 1.0)


class Merged:
    """Limits of several scopes as they are put together: `said` names all that is set, also to
    OFF, `sums` has the tightest by limit and kind of scope.
    """

    __slots__ = ("said", "scopes", "sums", "values")

    def __init__(self) -> None:
        self.said: set[str] = set()
        self.values: dict[str, Decimal] = {}
        self.scopes: dict[str, str] = {}
        self.sums: dict[tuple[str, int], Decimal] = {}

    def add(self, limits: Limits, scope: ScopeLimits) -> None:
        """One more scope."""
        if scope.instrument_known is not None:
            limits.instrument_known = bool(limits.instrument_known) or scope.instrument_known
        for name, value in scope.values.items():
            self.said.add(name)
            if name in SUMMED:
                key = (name, scope.kind)
                self.sums[key] = _tightest(name, self.sums.get(key), value)
                continue
            held = self.values.get(name)
            tightest = _tightest(name, held, value)
            if held is None or tightest != held:
                self.values[name] = tightest
                self.scopes[name] = scope.scope


class LimitTable(RateTable):
    """Limits by scope, merged once a combination.

    `clients` are the clients of sessions that are not called like them. A session that a template
    made is called "TEMPLATE.COMPID" and has the template's scopes as well: each such session, and
    each such client, may reach those limits by itself. `sectors` by symbol; `capital`: what
    shares are of, None where it is not known. `warn_at_pct`: see `Warnings`. `breakers` are not
    limits, and are for the same scopes.
    """

    __slots__ = (
        "_client_of",
        "_clients",
        "_configured",
        "_merged",
        "_named",
        "_of_scope",
        "_scopes",
        "_templates",
        "breakers",
        "capital",
        "sectors",
        "set_anywhere",
        "warn_at_pct",
    )

    def __init__(
        self,
        scopes: Iterable[ScopeLimits],
        templates: Sequence[str] = (),
        *,
        clients: Mapping[str, str] | None = None,
        sectors: Mapping[str, str] | None = None,
        money: Mapping[str, Decimal | None] | None = None,
        rates: Mapping[str, Decimal] | None = None,
        capital: Decimal | None = None,
        warn_at_pct: Sequence[Decimal] = (),
        breakers: "Sequence[Breaker]" = (),
        fed: FedRates | None = None,
        fed_instruments: Mapping[str, tuple[str, Decimal]] | None = None,
    ) -> None:
        self._templates = tuple(templates)
        self._clients = dict(clients or {})
        self._client_of: dict[str, str] = {}
        self.sectors = dict(sectors or {})
        super().__init__(money, rates, fed, fed_instruments)
        self.capital = capital
        self.warn_at_pct = tuple(warn_at_pct)
        self.breakers = tuple(breakers)
        self._configured = tuple(scopes)
        self.put_over({})

    def put_over(self, changes: Mapping[tuple[str, str], str]) -> None:
        """Have other values, by scope and limit, than are configured: texts as written there."""
        self._scopes: dict[tuple[int, str], list[ScopeLimits]] = {}
        self._merged: dict[Subjects, Limits] = {}
        self._of_scope: dict[tuple[int, tuple[str, ...]], dict[str, Decimal]] = {}
        self.set_anywhere: set[str] = set()  # names of limits that some scope has on
        for scope in over_configured(self._configured, changes, self.capital):
            self._scopes.setdefault((scope.kind, scope.name), []).append(scope)
            self.set_anywhere |= {name for name, value in scope.values.items() if value != OFF}
        self._named = [
            {name for k, name in self._scopes if k == kind} for kind in range(len(KINDS))
        ]

    def configured(self, key: tuple[str, str]) -> str:
        """What a scope is configured to have for a limit, as text; "" where it is not set."""
        return configured_text(self._configured, key, self.capital)

    def of(
        self, session: str, account: str, symbol: str, broker: str = "", strategy: str = ""
    ) -> Limits:
        """The limits of an order. Only what has limits of its own gets an entry, so that names
        that a client makes up cannot fill the memory.
        """
        named = self._named
        own_account = account if account in named[ACCOUNT] else ""
        own_symbol = symbol if symbol in named[SYMBOL] else ""
        if strategy and strategy not in named[STRATEGY]:
            strategy = EACH
        sector = self.sectors.get(symbol, "") if self.sectors else ""
        key = ("", broker, "", own_account, session, strategy, own_symbol, sector)
        merged = self._merged.get(key)
        if merged is None:
            merged = self._merged[key] = self._merge(key)
        return merged

    def subjects(
        self, session: str, account: str, symbol: str, broker: str, strategy: str
    ) -> Subjects:
        """What an order belongs to, by kind of scope."""
        client = self._client_of.get(session)
        if client is None:
            client = self._client_of[session] = self._client_names(session)[0]
        sector = self.sectors.get(symbol, "") if self.sectors else ""
        return ("", broker, client, account, session, strategy, symbol, sector)

    def scopes_of(
        self, session: str, account: str, symbol: str, broker: str, strategy: str
    ) -> tuple[str, ...]:
        """The scopes that an order is in, as they are written, those of templates among them."""
        sector = self.sectors.get(symbol, "") if self.sectors else ""
        found = ["firm", f"broker:{broker}", *self.client_scopes(session), f"account:{account}"]
        found += [scope_text(SESSION, name) for name in (session, *self.made_by(session))]
        found += [f"strategy:{strategy}"] if strategy else []
        found += [f"symbol:{symbol}"]
        return tuple(found + ([f"sector:{sector}"] if sector else []))

    def client_scopes(self, session: str) -> tuple[str, ...]:
        """The scopes of a session's client: its own, and its template's."""
        return tuple([scope_text(CLIENT, name) for name in self._client_names(session)])

    def named_in(self, kind: int, names: frozenset[str]) -> frozenset[str]:
        """Who of a kind of scope has one of these limits on; EACH among them: all."""
        found = [
            name
            for (of_kind, name), scopes in self._scopes.items()
            if of_kind == kind
            for scope in scopes
            if any(scope.values.get(limit, OFF) != OFF for limit in names)
        ]
        if kind in (CLIENT, SESSION) and not set(found).isdisjoint(self._templates):
            found.append(EACH)
        return frozenset(found)

    def unknown_watched_in(self, kind: int) -> frozenset[str]:
        """The same of breakers that ask for unknown orders."""
        rules = [rule for rule in self.breakers if rule.condition == "unknown_count"]
        return frozenset(name for rule in rules for k, name in rule.scopes if k == kind)

    def of_scope(self, kind: int, name: str) -> dict[str, Decimal]:
        """The tightest limits that a scope has by itself, or as one of its kind; those that are on,
        by name, to be read.
        """
        own = name if (kind, name) in self._scopes else EACH
        names = [own, EACH] if kind != FIRM else [own]
        if kind in (CLIENT, SESSION):
            names += self.made_by(name)
        key = (kind, tuple(names))
        merged = self._of_scope.get(key)
        if merged is None:
            merged = self._of_scope[key] = self._merge_scopes(kind, names)
        return merged

    def _merge_scopes(self, kind: int, names: list[str]) -> dict[str, Decimal]:
        found: dict[str, Decimal] = {}
        for name in names:
            for scope in self._scopes.get((kind, name), ()):
                for limit, value in scope.values.items():
                    found[limit] = _tightest(limit, found.get(limit), value)
        return {limit: value for limit, value in found.items() if value != OFF}

    def made_by(self, name: str) -> list[str]:
        """The templates that a session or client may have been made by."""
        return [made for made in self._templates if name.startswith(f"{made}.")]

    def _client_names(self, session: str) -> list[str]:
        client = self._clients.get(session)
        if client is not None:
            return [client]
        templates = self.made_by(session)
        shared = [self._clients[made] for made in templates if made in self._clients]
        return shared or [session, *templates]

    def _merge(self, key: Subjects) -> Limits:
        limits = Limits()
        session = key[SESSION]
        limits.client_scopes = self.client_scopes(session)
        merged = Merged()
        for kind in range(len(KINDS)):
            for name in self._names(kind, key, session):
                for found in self._scopes.get((kind, name), ()):
                    merged.add(limits, found)
        limits.finish(merged)
        return limits

    def _names(self, kind: int, key: Subjects, session: str) -> list[str]:
        """The names that scopes of a kind may have for an order, EACH among them."""
        if kind == FIRM:
            return [""]
        if kind == CLIENT:
            return [*self._client_names(session), EACH]
        if kind == SESSION:
            return [session, *self.made_by(session), EACH]
        name = key[kind]
        if kind in (STRATEGY, SECTOR):  # an order may be of none
            return [name, EACH] if name not in ("", EACH) else [EACH] if name else []
        return [name, EACH]


def _tightest(name: str, held: Limit, value: Decimal) -> Decimal:
    if held is None or held == OFF:
        return value
    if value == OFF:
        return held
    return max(held, value) if LIMITS[name].larger_is_tighter else min(held, value)
