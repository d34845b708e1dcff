"""The operators' desk for circuit breakers: what they read, tripped and reset by hand."""

from collections.abc import Iterator
from decimal import Decimal
from time import time_ns
from typing import Final

from gateway.breakers import CONDITIONS, COUNTED
from gateway.breakers.rules import SECOND_NS, Breaker
from gateway.breakers.trips import Trip
from gateway.breakers.watch import shown
from gateway.config import Config
from gateway.control.breaker_models import BreakerView, ReadingView, TripView
from gateway.control.desk import DeskError
from gateway.control.requests import Breaker as Ask
from gateway.engine import Engine
from gateway.operators import action
from gateway.risk.scopes import EACH, kind_of, scope_text
from gateway.scope_names import check_scope
from gateway.sweeper import Sweeper

READINGS_SHOWN: Final = 20
READ_MAX: Final = 5000  # scopes that are read for it


class BreakerDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine
    _config: Config
    _sweeper: Sweeper

    def breakers(self) -> list[BreakerView]:
        """All breakers, and for what they have tripped; also those that are not configured any
        more.
        """
        limits, trips = self._engine.core.setup.limits, self._engine.core.state.breakers.trips
        names = [rule.name for rule in limits.breakers]
        names += sorted({name for name, _ in trips} - set(names))
        return [self._breaker_view(name) for name in names]

    def breaker(self, name: str) -> BreakerView:
        """One breaker, with the highest of what it reads."""
        view = self._breaker_view(name)
        rule = self._rule(name)
        if rule is None:
            return view
        read = sorted(self._readings(rule), key=lambda one: one[1], reverse=True)
        top = [ReadingView(scope=s, reading=shown(r)) for s, r in read[:READINGS_SHOWN]]
        return view.model_copy(update={"readings": top})

    async def trip_breaker(self, name: str, ask: Ask, *, who: str) -> BreakerView:
        """Have a breaker trip for a scope that it watches."""
        core, rule = self._engine.core, self._rule(name)
        if rule is None:
            raise self._unknown_breaker(name)
        scope = ask.scope or self._only([scope_text(*one) for one in rule.scopes], name)
        check_scope(self._config, core, scope, force=True)
        if scope.endswith(f":{EACH}") or not rule.names(*kind_of(scope)):
            told = ", ".join(scope_text(*one) for one in rule.scopes)
            raise DeskError(
                "NOT_WATCHED", f"breaker {name} does not watch {scope}", f"it watches: {told}"
            )
        if (name, scope) in core.state.breakers.trips:
            raise DeskError(
                "TRIPPED",
                f"breaker {name} has tripped for {scope} already",
                f"`fixgate breakers reset {name} {scope}` has it work again",
            )
        now = time_ns()
        self._engine.operator(action(who, ask.reason, "trip breaker", name=name, scope=scope), now)
        self._engine.perform_decision(core.trip_breaker(rule, scope, who, ask.reason, now))
        self._sweeper.go_on()
        await self._engine.committer.flush()
        return self.breaker(name)

    async def reset_breaker(self, name: str, ask: Ask, *, who: str) -> BreakerView:
        """Have a breaker that has tripped for a scope work again."""
        core, trip = self._engine.core, self._to_reset(name, ask.scope)
        scope = trip.event.scope
        now = time_ns()
        said = action(who, ask.reason, "reset breaker", name=name, scope=scope)
        self._engine.operator(said, now)
        self._engine.perform_decision(core.reset_breaker(trip, who, ask.reason, now))
        await self._engine.committer.flush()
        if self._rule(name) is None:  # and nothing is left of it
            return _view_of(trip)
        return self.breaker(name)

    def look_at_reset(self, ask: Ask, name: str) -> None:
        """Raise DeskError if it could not be reset."""
        self._to_reset(name, ask.scope)

    def _to_reset(self, name: str, scope: str) -> Trip:
        trips = self._engine.core.state.breakers.trips
        mine = [scope for of, scope in trips if of == name]
        if not mine and self._rule(name) is None:
            raise self._unknown_breaker(name)
        scope = scope or self._only(mine, name)
        trip = trips.get((name, scope))
        if trip is None:
            told = f"tripped for: {', '.join(mine) or 'nothing'}"
            raise DeskError("NOT_TRIPPED", f"breaker {name} has not tripped for {scope}", told, 404)
        self.check_mended(trip)
        return trip

    def check_mended(self, trip: Trip) -> None:
        """Raise DeskError while what a breaker tripped for goes on: it would trip again at once."""
        core, event = self._engine.core, trip.event
        rule = self._rule(event.name)
        if rule is None or not CONDITIONS[rule.condition].is_level:
            return
        kind, name = kind_of(event.scope)
        reading = core.watch.reading(core.setup, core.state, rule, kind, name, time_ns())
        if reading is not None and reading >= rule.threshold:
            raise DeskError(
                "NOT_MENDED",
                f"{rule.condition} of {event.scope} is {shown(reading)}, and breaker {rule.name}"
                f" trips at {rule.threshold}",
                "bring it down first, or raise the threshold and `fixgate reload`",
            )

    def _rule(self, name: str) -> Breaker | None:
        rules = self._engine.core.setup.limits.breakers
        return next((rule for rule in rules if rule.name == name), None)

    def _unknown_breaker(self, name: str) -> DeskError:
        told = ", ".join(view.name for view in self.breakers()) or "none"
        return DeskError(
            "UNKNOWN_BREAKER", f'there is no breaker "{name}"', f"there are: {told}", 404
        )

    def _only(self, scopes: list[str], name: str) -> str:
        if len(scopes) == 1 and not scopes[0].endswith(f":{EACH}"):
            return scopes[0]
        told = f"one of: {', '.join(scopes)}" if scopes else "it has tripped for nothing"
        raise DeskError("WHICH_SCOPE", f"say for which scope of breaker {name}", told, 422)

    def _breaker_view(self, name: str) -> BreakerView:
        rule = self._rule(name)
        trips = [t for (of, _), t in self._engine.core.state.breakers.trips.items() if of == name]
        told = [_trip_view(trip) for trip in trips]
        if rule is None:
            if not trips:
                raise self._unknown_breaker(name)
            return _view_of(trips[0]).model_copy(update={"trips": told})
        condition = CONDITIONS[rule.condition]
        window = Decimal(rule.window_ns) / SECOND_NS if condition.source in COUNTED else None
        return BreakerView(
            name=name,
            condition=rule.condition,
            scopes=[scope_text(*one) for one in rule.scopes],
            threshold=str(rule.threshold),
            unit=condition.unit,
            actions=list(rule.actions),
            window_s=shown(window),
            trips=told,
        )

    def _readings(self, rule: Breaker) -> Iterator[tuple[str, Decimal]]:
        core = self._engine.core
        setup, state, now = core.setup, core.state, time_ns()
        for _, kind, name in core.watch.scopes(setup, state, rule)[:READ_MAX]:
            reading = core.watch.reading(setup, state, rule, kind, name, now)
            if reading is not None:
                yield scope_text(kind, name), reading


def _view_of(trip: Trip) -> BreakerView:
    """A breaker that is not configured any more, by what it tripped for."""
    event = trip.event
    return BreakerView(
        name=event.name,
        condition=event.condition,
        scopes=[event.scope],
        threshold=event.threshold,
        unit=CONDITIONS[event.condition].unit if event.condition in CONDITIONS else "",
        actions=event.actions.split(","),
        configured=False,
    )


def _trip_view(trip: Trip) -> TripView:
    event = trip.event
    return TripView(
        scope=event.scope,
        reading=event.reading,
        threshold=event.threshold,
        actions=event.actions.split(","),
        who=event.who,
        why=event.why,
        since_ns=trip.since_ns,
        route=trip.state if trip.route else "",
        closing=_closing(trip),
    )


def _closing(trip: Trip) -> str:
    if not trip.closes:
        return ""
    closings = trip.closings
    if closings.ended is None:
        return f"goes on, {len(closings.by_place)} position(s) so far"
    return f"given up: {closings.ended.open}" if closings.ended.open else "done"
