"""Looks which breakers have to trip. Pure, and no part of the fold: what it finds becomes facts.

What scopes do, and how brokers answer, is looked at each time that it is asked, a few times a
second; what the monitor reads once a second, and positions as often as so many can be gone through.
Each time only so many of any.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from gateway.breakers import (
    ANSWERS,
    CONDITIONS,
    FLOW,
    MESSAGES,
    RESULTS,
    SIZES,
    UNKNOWN,
)
from gateway.breakers.appraisal import Appraisal
from gateway.breakers.rules import SECOND_NS, Breaker
from gateway.breakers.seen import Seen
from gateway.decision import DAY_NS
from gateway.events import BreakerMarked
from gateway.monitor.monitor import Monitor
from gateway.monitor.readings import DayResult
from gateway.orders.order import ZERO
from gateway.risk.scopes import (
    ACCOUNT,
    BROKER,
    CLIENT,
    EACH,
    FIRM,
    STRATEGY,
    scope_text,
)
from gateway.setup import Setup
from gateway.state import State

AT_ONCE: Final = 2000  # scopes
PARTS_OF_THRESHOLD: Final = 100  # a peak is kept in steps of one of them
DRAWDOWN: Final = "drawdown"
DIGITS_SHOWN: Final = 28  # before the point; with more it is told in powers of ten
Scope = tuple[Breaker, int, str]


class Finding:
    """The reading of a scope reached the threshold of a breaker."""

    __slots__ = ("reading", "rule", "scope")

    def __init__(self, rule: Breaker, scope: str, reading: Decimal) -> None:
        self.rule = rule
        self.scope = scope
        self.reading = reading


class Watch:
    """`monitor` is that of the gateway; `appraised` the newest look at all positions."""

    __slots__ = (
        "_due_ns",
        "_going",
        "_judging",
        "_marks",
        "_peaks",
        "_read_ns",
        "_senders",
        "appraised",
        "monitor",
    )

    def __init__(self) -> None:
        self.monitor = Monitor()
        self.appraised = Appraisal(0, 0)
        self._going: Appraisal | None = None
        self._due_ns = self._read_ns = 0
        self._judging: list[Scope] = []
        self._senders: dict[str, dict[tuple[int, str], list[str]]] = {}  # sessions by breaker
        self._peaks: dict[tuple[str, str], tuple[int, Decimal]] = {}
        self._marks: list[BreakerMarked] = []

    def look(self, setup: Setup, state: State, now: int) -> list[Finding]:
        """What has to trip now."""
        found: list[Finding] = []
        for scope in self._touched(setup, state):
            found += self._judged(setup, state, *scope, now)
        if not self._judging:
            self._judging = [*self._read(setup, state), *self._appraise(setup, state, now)]
        for _ in range(min(AT_ONCE, len(self._judging))):
            rule, kind, name = self._judging.pop()
            if rule in setup.limits.breakers:
                found += self._judged(setup, state, rule, kind, name, now)
        return found

    def take_marks(self) -> list[BreakerMarked]:
        """The best results that are to be kept, once."""
        marks, self._marks = self._marks, []
        return marks

    def forget(self, name: str, scope: str) -> None:
        """A breaker was reset: the best result is that of now."""
        self._peaks.pop((name, scope), None)

    # --- which scopes to look at ------------------------------------------------------------------

    def _touched(self, setup: Setup, state: State) -> Iterator[Scope]:
        touched = state.breakers.flow.touched
        for key in list(touched)[:AT_ONCE]:
            tally = touched.pop(key)
            yield tally.rule, tally.kind, tally.name
        for rule in setup.limits.breakers:
            if CONDITIONS[rule.condition].source == ANSWERS:
                yield from ((rule, BROKER, n) for n in setup.brokers if rule.names(BROKER, n))

    def _read(self, setup: Setup, state: State) -> list[Scope]:
        """What the monitor has read anew."""
        readings = self.monitor.readings
        if readings.time_ns == self._read_ns:
            return []
        self._read_ns = readings.time_ns
        found: list[Scope] = []
        for rule in setup.limits.breakers:
            source = CONDITIONS[rule.condition].source
            if source == MESSAGES:
                self._senders[rule.name] = _senders(setup, state, rule)
            if source in (RESULTS, MESSAGES):
                found += self.scopes(setup, state, rule)
        return [(rule, kind, name) for rule, kind, name in found if kind != STRATEGY]

    def _appraise(self, setup: Setup, state: State, now: int) -> list[Scope]:
        rules = [rule for rule in setup.limits.breakers if _is_appraised(rule)]
        if not rules:
            return []
        if self._going is None:
            if 0 < self._due_ns - now <= SECOND_NS:
                return []
            self._going = Appraisal(state.positions.today(now), now)
            self._due_ns = now + SECOND_NS
        if not self._going.go_on(setup, state):
            return []
        self.appraised, self._going = self._going, None
        found = [scope for rule in rules for scope in self.scopes(setup, state, rule)]
        return [s for s in found if CONDITIONS[s[0].condition].source == SIZES or s[1] == STRATEGY]

    def scopes(self, setup: Setup, state: State, rule: Breaker) -> list[Scope]:
        """The scopes of a breaker of which there is something to read."""
        found = dict.fromkeys(scope for scope in rule.scopes if scope[1] != EACH)
        found |= dict.fromkeys(
            (kind, name)
            for kind, each in rule.scopes
            if each == EACH
            for name in self._names(setup, state, rule, kind)
        )
        return [(rule, kind, name) for kind, name in found]

    def _names(self, setup: Setup, state: State, rule: Breaker, kind: int) -> list[str]:
        source, readings = CONDITIONS[rule.condition].source, self.monitor.readings
        if source in (FLOW, UNKNOWN):
            return [t.name for t in state.breakers.flow.of(rule) if t.kind == kind]
        if source == SIZES or kind == STRATEGY:
            places = self.appraised.sizes if source == SIZES else self.appraised.results
            return [name for of_kind, name in places if of_kind == kind]
        if kind == BROKER:
            return list(setup.brokers)
        if source == RESULTS:
            return list(readings.accounts if kind == ACCOUNT else readings.clients)
        return [name for of_kind, name in self._senders.get(rule.name, ()) if of_kind == kind]

    # --- one scope --------------------------------------------------------------------------------

    def _judged(
        self, setup: Setup, state: State, rule: Breaker, kind: int, name: str, now: int
    ) -> Iterator[Finding]:
        scope = scope_text(kind, name)
        if (rule.name, scope) in state.breakers.trips:
            return
        reading = self.reading(setup, state, rule, kind, name, now)
        if reading is not None and reading >= rule.threshold:
            yield Finding(rule, scope, reading)

    def reading(
        self, setup: Setup, state: State, rule: Breaker, kind: int, name: str, now: int
    ) -> Decimal | None:
        """What a breaker reads of a scope now; None where there is nothing to tell."""
        condition = CONDITIONS[rule.condition]
        seen, scope = Seen(rule, now), scope_text(kind, name)
        since = state.breakers.counts_from(rule.name, scope, seen.since)
        if condition.source == FLOW:
            seen.tally = state.breakers.flow.find(rule.name, scope)
        elif condition.source == UNKNOWN:
            seen.unknown = state.exposures.of_scope(kind, name).unknown
        elif condition.source == ANSWERS:
            broker = setup.brokers.get(name)
            seen.waits = broker.acks.waits(now, since) if broker is not None else []
        elif condition.source == MESSAGES:
            sessions = self._senders.get(rule.name, {}).get((kind, name), ())
            flows = [self.monitor.flow(session, now, now - since) for session in sessions]
            seen.messages = sum(flow.messages for flow in flows)
        elif condition.source == SIZES:
            seen.size = self.appraised.size(kind, name)
        else:
            self._see_result(seen, state, kind, name)
        return condition.read(seen)

    # --- results ----------------------------------------------------------------------------------

    def result(self, kind: int, name: str) -> Decimal | None:
        """What a scope has won or lost today; None where that is not known."""
        readings = self.monitor.readings
        if kind == STRATEGY:
            return self.appraised.result(kind, name)
        if kind == FIRM:
            known = readings.firm
        elif kind == CLIENT:
            known = readings.clients.get(name)
        else:
            known = readings.accounts.get(name, NOTHING)
        return None if known is None or known.unknown or not readings.time_ns else known.money

    def _see_result(self, seen: Seen, state: State, kind: int, name: str) -> None:
        rule, scope = seen.rule, scope_text(kind, name)
        seen.result = self.result(kind, name)
        mark = self._mark(state, seen, scope)
        seen.mark = mark or seen.mark
        if rule.condition == DRAWDOWN and seen.result is not None:
            start = seen.result if mark is None else mark
            seen.peak = self._peak(state, rule, scope, seen, start)

    def _mark(self, state: State, seen: Seen, scope: str) -> Decimal | None:
        """The result at today's reset; the first one after it, if that was not known."""
        name, began = seen.rule.name, _day_began(state, seen.now)
        mark = state.breakers.mark_of(name, scope, began)
        if mark is not None or seen.result is None or seen.rule.condition == DRAWDOWN:
            return mark
        if not state.breakers.was_reset(name, scope, began):
            return None
        date = state.positions.today(seen.now)
        self._marks.append(BreakerMarked(name, scope, date, str(seen.result)))
        return seen.result

    def _peak(self, state: State, rule: Breaker, scope: str, seen: Seen, start: Decimal) -> Decimal:
        """The best result of the day. It is kept when it is better by a part of the threshold."""
        assert seen.result is not None, scope
        key, date = (rule.name, scope), state.positions.today(seen.now)
        told = state.breakers.marks.get(key)
        kept = Decimal(told.mark) if told is not None and told.date == date else None
        known = self._peaks.get(key)
        if known is not None and known[0] == date:
            start = known[1]
        elif kept is not None:
            start = kept
        peak = max(start, seen.result)
        self._peaks[key] = (date, peak)
        if kept is None or peak - kept >= rule.threshold / PARTS_OF_THRESHOLD:
            self._marks.append(BreakerMarked(rule.name, scope, date, str(peak)))
        return peak


NOTHING: Final = DayResult(ZERO)


def shown(reading: Decimal | None) -> str:
    """A reading for people, "" for none."""
    if reading is None:
        return ""
    if reading.adjusted() >= DIGITS_SHOWN:
        return f"{reading:.4E}"
    text = f"{reading:.4f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _senders(setup: Setup, state: State, rule: Breaker) -> dict[tuple[int, str], list[str]]:
    """The sessions in each scope of a breaker."""
    found: dict[tuple[int, str], list[str]] = {}
    for client in setup.clients.values():
        subjects = setup.limits.subjects(client.name, "", "", "", "")
        for scope in state.breakers.flow.scopes(rule, subjects):
            found.setdefault(scope, []).append(client.name)
    return found


def _is_appraised(rule: Breaker) -> bool:
    source = CONDITIONS[rule.condition].source
    return source == SIZES or (
        source == RESULTS and any(kind == STRATEGY for kind, _ in rule.scopes)
    )


def _day_began(state: State, now: int) -> int:
    return state.day.since_ns if state.day.date else now - now % DAY_NS
