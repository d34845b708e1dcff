"""Evaluates the state once a second, a piece at a time, so that orders have their turn in between.

Owns what has to be remembered from one round to the next: tallies of sessions. Knows no loop and no
clock.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from decimal import Decimal
from heapq import heappush, heappushpop
from typing import Final

from gateway.commands import CommandedCore
from gateway.monitor.flow import NO_FLOW, WINDOW_NS, Flow, Tally, Window
from gateway.monitor.loss_limits import LOSS, LossLimits
from gateway.monitor.readings import Acked, DayResult, Readings
from gateway.orders.order import ZERO
from gateway.risk.candidate import ONE, Market
from gateway.risk.exposure import Exposures
from gateway.risk.limits import SumLimit
from gateway.risk.losses import Valuation, result_of
from gateway.risk.scopes import ACCOUNT, CLIENT, FIRM, KINDS, NOBODY
from gateway.risk.usage import Usage, usages
from gateway.setup import Broker, Setup
from gateway.state import State

Tallies = Iterable[tuple[str, Tally]]
AT_ONCE: Final = 50  # positions, scopes or sessions in one piece
NEAREST_MAX: Final = 1000
NO_RESULT: Final = DayResult(ZERO)
SLACK_PCT: Final = Decimal(5)
UNWARNED: Final = frozenset({"max_order_trade_ratio"})  # it has an alarm of its own


class Monitor:
    """One for a gateway; `readings` are those of the last round that came to its end."""

    def __init__(self) -> None:
        self.readings = Readings()
        self._windows: dict[str, Window] = {}
        self._worked = 0
        self._setup: Setup | None = None
        self._clients = 0
        self._owners: dict[str, list[str]] = {}

    def evaluate(self, core: CommandedCore, tallies: Tallies, now: int) -> Readings:
        """A whole round at once. `tallies`: each session by its name; `now` in UTC ns."""
        for _ in self.round(core, tallies, now):
            pass
        return self.readings

    def flow(self, session: str, now: int, window_ns: int = WINDOW_NS) -> Flow:
        """What a session did within a window of its own, at most WINDOW_NS."""
        window = self._windows.get(session)
        return window.flow(now, window_ns) if window is not None else NO_FLOW

    def round(self, core: CommandedCore, tallies: Tallies, now: int) -> Iterator[None]:
        """A round, with a pause after each piece of bounded work. Warnings that are due wait in
        the state's `history.warnings.told`.
        """
        found = Readings(time_ns=now)
        yield from self._flows(found, tallies, now)
        for broker in list(core.setup.brokers.values()):
            found.acks[broker.name] = _acked(broker, core.state, now)
            found.unknown[broker.name] = core.state.exposures.unknown.get(broker.name, 0)
        yield
        yield from self._results(found, core, now)
        yield from self._usages(found, core, now)
        self.readings = found

    # --- sessions -------------------------------------------------------------------------------

    def _flows(self, found: Readings, tallies: Tallies, now: int) -> Iterator[None]:
        for number, (name, tally) in enumerate(tallies, 1):
            window = self._windows.setdefault(name, Window())
            window.add(tally, now)
            found.flows[name] = window.flow(now)
            if number % AT_ONCE == 0:
                yield
        for name in self._windows.keys() - found.flows.keys():
            del self._windows[name]

    # --- results --------------------------------------------------------------------------------

    def _results(self, found: Readings, core: CommandedCore, now: int) -> Iterator[None]:
        owners = self._owners_in(core.setup)
        sums: dict[tuple[int, str], DayResult] = {(FIRM, ""): NO_RESULT}
        for owned in owners.values():
            sums |= {(CLIENT, client): NO_RESULT for client in owned}
        for account in core.state.positions.accounts():
            market = market_of(core.setup, core.state, now)
            yield from self._value(core.state, market, account, now)
            result = result_of(core.state.history, market, account, now)
            told = _told(result.money, result.unknown)
            if told != NO_RESULT:
                found.accounts[account] = told
            for place in ((FIRM, ""), *((CLIENT, name) for name in owners.get(account, ()))):
                so_far = sums[place]
                unknown = so_far.unknown or result.unknown
                sums[place] = DayResult(so_far.money + result.money, unknown)
        for (kind, name), made in sums.items():
            result_now = _told(made.money, made.unknown)
            if kind == FIRM:
                found.firm = result_now
            else:
                found.clients[name] = result_now
        yield

    def _value(self, state: State, market: Market, account: str, now: int) -> Iterator[None]:
        """Have an account's positions valued; checks of orders use that as well."""
        valuation = Valuation(state.positions, market, now)
        self._worked += 1
        for position in list(state.positions.of_account(account)):
            valuation.add(position)
            self._worked += 1
            if self._worked >= AT_ONCE:
                self._worked = 0
                yield
        state.history.losses.keep(account, valuation.result)

    def _owners_in(self, setup: Setup) -> dict[str, list[str]]:
        """Made anew when clients may be others."""
        if setup is not self._setup or len(setup.clients) != self._clients:
            self._setup, self._clients = setup, len(setup.clients)
            self._owners = owners_of(setup)
        return self._owners

    # --- limits ---------------------------------------------------------------------------------

    def _usages(self, found: Readings, core: CommandedCore, now: int) -> Iterator[None]:
        warnings = core.state.history.warnings
        nearest: list[tuple[float, int, Usage]] = []
        for number, used in enumerate(self._each_usage(found, core, now), 1):
            if used is not None:
                push = heappush if len(nearest) < NEAREST_MAX else heappushpop
                push(nearest, (used.ratio, number, used))
                if used.limit not in UNWARNED:
                    limit = SumLimit(used.kind, used.limit, used.value)
                    warnings.look(limit, used.scope, used.used, SLACK_PCT)
            if number % AT_ONCE == 0:
                yield
        found.nearest = [used for _, _, used in sorted(nearest, reverse=True)]

    def _each_usage(self, found: Readings, core: CommandedCore, now: int) -> Iterator[Usage | None]:
        """None for a scope without limits, so that those count as work too."""
        for kind in range(len(KINDS)):
            for name in _names(core.state.exposures, kind):
                state, setup = core.state, core.setup
                date = state.positions.today(now)
                yield None
                yield from usages(setup.limits, state.exposures, kind, name, date)
        losses = LossLimits(core.setup, core.state)
        for account, result in found.accounts.items():
            value = losses.of(account)
            if value is not None and not result.unknown:
                yield Usage(LOSS, ACCOUNT, account, value, max(-result.money, ZERO))
            yield None


def _told(money: Decimal, unknown: str) -> DayResult:
    return DayResult(ZERO if unknown else money, unknown)


def owners_of(setup: Setup) -> dict[str, list[str]]:
    """The clients of each account that is configured for some."""
    owners: dict[str, list[str]] = {}
    for client in setup.clients.values():
        name = setup.limits.subjects(client.name, *NOBODY[:4])[CLIENT]
        for account in client.accounts:
            owned = owners.setdefault(account, [])
            if name not in owned:
                owned.append(name)
    return owners


def market_of(setup: Setup, state: State, now: int) -> Market:
    """Prices and rates as they are now, of no symbol."""
    limits = setup.limits
    rates = limits.rates_at(now)
    return Market("", ONE, setup.currency, setup.reference, state.prices, rates, limits.fed, now)


def _names(exposures: Exposures, kind: int) -> Iterable[str]:
    return [""] if kind == FIRM else exposures.names(kind)


def _acked(broker: Broker, state: State, now: int) -> Acked:
    since = now - WINDOW_NS
    took = sorted([took for at, took in broker.acks.samples if at >= since])
    oldest = broker.acks.oldest(state.book.open)
    waits = max(now - oldest, 0) if oldest else 0
    if not took:
        return Acked(0, 0, 0, waits)
    return Acked(len(took), took[len(took) // 2], took[len(took) * 99 // 100], waits)
