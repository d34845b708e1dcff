"""What breakers do to trading, and what operators do to breakers. Pure, as `decide`.

A breaker that wants a level of trading latches it as an operator does, and never takes away what an
operator latched.
"""

from typing import Final

from gateway import closing
from gateway.breakers.rules import CANCEL, SWITCH, Breaker
from gateway.breakers.trips import BAD, HALF_OPEN, OPEN, WAITS, Trip
from gateway.breakers.watch import Watch, shown
from gateway.closing import Closer
from gateway.commands import CANCELED_AT_ONCE, CommandedCore
from gateway.decision import Decision
from gateway.events import (
    BreakerReset,
    BreakerTripped,
    RouteBreakerChanged,
    TradingLevelSet,
)
from gateway.orders import sweep
from gateway.orders.sweep import NOBODY
from gateway.risk.levels import ACTIVE, LEVELS
from gateway.risk.scopes import kind_of
from gateway.setup import Setup
from gateway.state import State

BREAKER: Final = "breaker "


class BreakerCore(CommandedCore):
    """Part of the core. `watch` looks which breakers have to trip, `closer` at positions that some
    close.
    """

    __slots__ = ("closer", "watch")

    def __init__(self, setup: Setup, state: State) -> None:
        super().__init__(setup, state)
        self.watch = Watch()
        self.closer = Closer()

    def look_at_breakers(self, now: int) -> Decision:
        """Trip those that have to, and let those of routes try whether their brokers answer."""
        decision = self.decision(now)
        cancels = False
        for finding in self.watch.look(self.setup, self.state, now):
            rule = finding.rule
            cancels = cancels or CANCEL in rule.actions
            reading, unit = shown(finding.reading), rule.condition
            why = f"{unit} of {finding.scope} is {reading}, threshold {rule.threshold}"
            self._trip(decision, rule, finding.scope, reading, f"{BREAKER}{rule.name}", why)
        if cancels:
            self._cancel_open(decision)
        for mark in self.watch.take_marks():
            decision.emit(0, mark)
        self._try_routes(decision)
        closing.go_on(decision, self.closer)
        return self.settled(decision)

    def trip_breaker(self, rule: Breaker, scope: str, who: str, why: str, now: int) -> Decision:
        """An operator has a breaker trip for a scope."""
        decision = self.decision(now)
        self._trip(decision, rule, scope, "", who, why)
        if CANCEL in rule.actions:
            self._cancel_open(decision)
        return self.settled(decision)

    def _cancel_open(self, decision: Decision) -> None:
        """Once after however many trips; `cancel_some` goes on with the rest."""
        self.sweep.go_over(self.state)
        sweep.go_on(decision, self.sweep, CANCELED_AT_ONCE, NOBODY)

    def _trip(
        self, decision: Decision, rule: Breaker, scope: str, reading: str, who: str, why: str
    ) -> None:
        before = self._set_by_operators(scope)
        event = BreakerTripped(
            rule.name,
            scope,
            rule.condition,
            reading,
            str(rule.threshold),
            ",".join(rule.actions),
            rule.level,
            before.level,
            before.cancel_to,
            before.who,
            before.why,
            rule.slow_to_per_s,
            who,
            why,
        )
        decision.emit(0, event)
        told = ", ".join(rule.actions)
        by = why if reading else f"{scope}, by {who}: {why}"  # what it read names the scope
        decision.alarm(f"BREAKER: {rule.name} has tripped: {by}; actions: {told}")
        if rule.level:
            self._want_level(decision, rule, scope, why)

    def _want_level(self, decision: Decision, rule: Breaker, scope: str, why: str) -> None:
        """A level that is in force stays whose it is."""
        who, level = f"{BREAKER}{rule.name}", rule.level
        held = self.state.levels.by_scope.get(scope)
        if held is not None and held.rank >= LEVELS.index(level):
            if CANCEL not in rule.actions:
                return
            who, why = held.who, held.why
        self.set_level(decision, scope, CANCEL in rule.actions, who, why, level)

    def _set_by_operators(self, scope: str) -> TradingLevelSet:
        """What operators want of a scope, whatever breakers want besides."""
        held = self.state.levels.by_scope.get(scope)
        if held is None:
            return TradingLevelSet(scope, ACTIVE, 0, "", "")
        if held.who.startswith(BREAKER):
            for trip in reversed(self.state.breakers.of_scope(scope)):
                if trip.event.level:
                    return _set_before(trip.event)
        return TradingLevelSet(scope, held.level, held.cancel_to, held.who, held.why)

    # --- resetting --------------------------------------------------------------------------------

    def resume(self, scope: str, who: str, why: str, now: int, level: str = ACTIVE) -> Decision:
        """Let a scope trade again, or go down to a `level` that is less strict. Breakers that had
        stopped it are reset when it is to trade freely.
        """
        decision = self.decision(now)
        if level == ACTIVE:
            for trip in self.state.breakers.of_scope(scope):
                if trip.event.level:
                    self._reset(decision, trip, who, why)
        self._lower(decision, scope, who, why, level)
        return self.settled(decision)

    def reset_breaker(self, trip: Trip, who: str, why: str, now: int) -> Decision:
        """An operator has a breaker work again; the level that it wanted goes with it, unless an
        operator or another breaker wants it too.
        """
        decision = self.decision(now)
        self._reset(decision, trip, who, why)
        event = trip.event
        held = self.state.levels.by_scope.get(event.scope)
        if event.level and held is not None and held.who.startswith(BREAKER):
            wanted = _set_before(event)
            for other in self.state.breakers.of_scope(event.scope):
                told = other.event
                if told.level and LEVELS.index(told.level) > LEVELS.index(wanted.level):
                    by, to = f"{BREAKER}{told.name}", held.cancel_to
                    wanted = TradingLevelSet(event.scope, told.level, to, by, told.why)
            if wanted.level == held.level:
                decision.emit(0, wanted)
            else:
                if wanted.level != ACTIVE:
                    who, why = wanted.who, wanted.why
                self._lower(decision, event.scope, who, why, wanted.level, wanted.cancel_to)
        return self.settled(decision)

    def _reset(self, decision: Decision, trip: Trip, who: str, why: str) -> None:
        event = trip.event
        result = self.watch.result(*kind_of(event.scope))
        mark = "" if result is None else str(result)
        self.watch.forget(event.name, event.scope)
        decision.emit(0, BreakerReset(event.name, event.scope, mark, who, why))

    # --- routes -----------------------------------------------------------------------------------

    def _try_routes(self, decision: Decision) -> None:
        breakers = self.state.breakers
        if not breakers.routes:
            return
        rules = {rule.name: rule for rule in self.setup.limits.breakers}
        for trip in list(breakers.trips.values()):
            rule = rules.get(trip.event.name)
            if trip.route and rule is not None and SWITCH in rule.actions:
                self._try_route(decision, rule, trip)

    def _try_route(self, decision: Decision, rule: Breaker, trip: Trip) -> None:
        event, age = trip.event, decision.now - trip.changed_ns
        if trip.state == OPEN:
            if age >= rule.probe_after_ns:
                text = f"{rule.probes} order(s) may try it"
                self._change(decision, trip, HALF_OPEN, rule.probes, text)
            return
        assert trip.state == HALF_OPEN, f"{event.name} {event.scope}: {trip.state}"
        for order_no, probe in trip.probes.items():
            late = decision.now - probe.since_ns >= rule.probe_after_ns
            if probe.outcome == BAD or (probe.outcome == WAITS and late):
                order = self.state.book.get(order_no)
                name = order.order_id if order is not None else str(order_no)
                said = "was refused" if probe.outcome == BAD else "is not answered"
                self._change(decision, trip, OPEN, 0, f"order {name} {said}")
                return
        if trip.good >= trip.probes_max:
            self.watch.forget(event.name, event.scope)
            why = f"{trip.probes_max} order(s) were answered"
            decision.emit(
                0, BreakerReset(event.name, event.scope, "", f"{BREAKER}{rule.name}", why)
            )
            decision.alarm(f"BREAKER: {rule.name} is closed: {event.scope}: {why}")

    def _change(self, decision: Decision, trip: Trip, state: str, probes: int, why: str) -> None:
        event, newest = trip.event, self.state.order_no
        told = RouteBreakerChanged(event.name, event.scope, state, probes, newest, 0, why)
        decision.emit(0, told)


def _set_before(event: BreakerTripped) -> TradingLevelSet:
    level, cancel_to = event.level_before, event.cancel_to_before
    return TradingLevelSet(event.scope, level, cancel_to, event.who_before, event.why_before)
