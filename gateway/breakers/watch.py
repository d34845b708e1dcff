"""Looks which breakers have to trip. Pure, and no part of the fold: what it finds becomes facts.

What scopes do is looked at each time that it is asked, a few times a second; positions once a
second, or as often as so many can be gone through. Each time only so many of either.
"""

from collections.abc import Iterator
from decimal import Decimal
from typing import Final

from gateway.breakers import CONDITIONS, FLOW, POSITIONS, UNKNOWN
from gateway.breakers.appraisal import Appraisal
from gateway.breakers.rules import SECOND_NS, Breaker
from gateway.breakers.seen import Seen
from gateway.breakers.tallies import Tally
from gateway.decision import DAY_NS
from gateway.events import BreakerMarked
from gateway.risk.scopes import EACH, scope_text
from gateway.setup import Setup
from gateway.state import State

AT_ONCE: Final = 2000  # scopes
PARTS_OF_THRESHOLD: Final = 100  # a peak is kept in steps of one of them
LATENCY: Final = "ack_latency"
DRAWDOWN: Final = "drawdown"
SHOWN: Final = Decimal("0.0001")


class Finding:
    """The reading of a scope reached the threshold of a breaker."""

    __slots__ = ("reading", "rule", "scope")

    def __init__(self, rule: Breaker, scope: str, reading: Decimal) -> None:
        self.rule = rule
        self.scope = scope
        self.reading = reading


class Watch:
    """`appraised`: the newest look at all positions, None before the first."""

    __slots__ = (
        "_due_ns",
        "_going",
        "_judging",
        "_marks",
        "_peaks",
        "_priced",
        "_symbols",
        "_totals",
        "appraised",
    )

    def __init__(self) -> None:
        self.appraised: Appraisal | None = None
        self._going: Appraisal | None = None
        self._due_ns = 0
        self._judging: list[tuple[Breaker, int, str]] = []
        self._peaks: dict[tuple[str, str], tuple[int, Decimal]] = {}
        self._marks: list[BreakerMarked] = []
        self._totals: dict[str, int] = {}
        self._symbols: list[str] = []
        self._priced: dict[str, int] = {}  # by symbol, of when the newest price is (UTC ns)

    def received(self, state: State, session: str, total: int, now: int) -> None:
        """A client's session has received so many messages in all, since it was made."""
        before = self._totals.get(session, total)
        self._totals[session] = total
        count = total - before if total >= before else total
        if count:
            state.breakers.flow.messages(session, count, now)

    def look(self, setup: Setup, state: State, now: int) -> list[Finding]:
        """What has to trip now."""
        self._look_at_prices(state)
        found = list(self._flow(setup, state, now))
        self._appraise(setup, state, now)
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

    # --- what scopes do ---------------------------------------------------------------------------

    def _flow(self, setup: Setup, state: State, now: int) -> Iterator[Finding]:
        touched = state.breakers.flow.touched
        for key in list(touched)[:AT_ONCE]:
            tally = touched.pop(key)
            yield from self._judged(setup, state, tally.rule, tally.kind, tally.name, now, tally)
        for tally in state.breakers.flow.of(LATENCY):  # who waits longer need not be touched
            yield from self._judged(setup, state, tally.rule, tally.kind, tally.name, now, tally)

    def _look_at_prices(self, state: State) -> None:
        """Those that were told besides trades; each once, with the time that it is of."""
        flow = state.breakers.flow
        if not flow.wants_prices:
            return
        if not self._symbols:
            self._symbols = list(state.last_prices)
        for _ in range(min(AT_ONCE, len(self._symbols))):
            symbol = self._symbols.pop()
            price = state.last_prices.get(symbol)
            if price is not None and price.time_ns > self._priced.get(symbol, 0):
                self._priced[symbol] = price.time_ns
                flow.priced(symbol, price.price, price.time_ns)

    # --- positions --------------------------------------------------------------------------------

    def _appraise(self, setup: Setup, state: State, now: int) -> None:
        rules = [r for r in setup.limits.breakers if CONDITIONS[r.condition].source == POSITIONS]
        if not rules or self._judging:
            return
        if self._going is None:
            if 0 < self._due_ns - now <= SECOND_NS:
                return
            self._going = Appraisal(state.positions.today(now), now)
            self._due_ns = now + SECOND_NS
        if self._going.go_on(setup, state):
            self.appraised, self._going = self._going, None
            self._judging = list(_scopes(rules, self.appraised))

    # --- one scope --------------------------------------------------------------------------------

    def _judged(
        self,
        setup: Setup,
        state: State,
        rule: Breaker,
        kind: int,
        name: str,
        now: int,
        tally: Tally | None = None,
    ) -> Iterator[Finding]:
        scope = scope_text(kind, name)
        if (rule.name, scope) in state.breakers.trips:
            return
        reading = self.reading(state, rule, kind, name, now, tally)
        if reading is not None and reading >= rule.threshold:
            yield Finding(rule, scope, reading)

    def reading(
        self,
        state: State,
        rule: Breaker,
        kind: int,
        name: str,
        now: int,
        tally: Tally | None = None,
    ) -> Decimal | None:
        """What a breaker reads of a scope now; None where there is nothing to tell."""
        condition = CONDITIONS[rule.condition]
        seen = Seen(rule, now)
        if condition.source == FLOW:
            seen.tally = tally or state.breakers.flow.find(rule.name, scope_text(kind, name))
        elif condition.source == UNKNOWN:
            seen.unknown = state.exposures.of_scope(kind, name).unknown
        elif self.appraised is not None:
            self._see_positions(seen, state, kind, name, self.appraised)
        return condition.read(seen)

    def _see_positions(
        self, seen: Seen, state: State, kind: int, name: str, appraised: Appraisal
    ) -> None:
        rule, scope = seen.rule, scope_text(kind, name)
        seen.size = appraised.size(kind, name)
        seen.result = appraised.result(kind, name)
        mark = state.breakers.mark_of(rule.name, scope, _day_began(state, seen.now))
        seen.mark = mark or seen.mark
        if rule.condition == DRAWDOWN and seen.result is not None:
            start = seen.result if mark is None else mark
            seen.peak = self._peak(state, rule, scope, seen.result, start)

    def _peak(
        self, state: State, rule: Breaker, scope: str, result: Decimal, start: Decimal
    ) -> Decimal:
        """The best result of the day. It is kept when it is better by a part of the threshold."""
        assert self.appraised is not None, scope
        key, date = (rule.name, scope), self.appraised.date
        told = state.breakers.marks.get(key)
        kept = Decimal(told.mark) if told is not None and told.date == date else None
        known = self._peaks.get(key)
        if known is not None and known[0] == date:
            start = known[1]
        elif kept is not None:
            start = kept
        peak = max(start, result)
        self._peaks[key] = (date, peak)
        if kept is None or peak - kept >= rule.threshold / PARTS_OF_THRESHOLD:
            self._marks.append(BreakerMarked(rule.name, scope, date, str(peak)))
        return peak


def shown(reading: Decimal | None) -> str:
    """A reading for people, "" for none."""
    if reading is None:
        return ""
    text = f"{reading.quantize(SHOWN):f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def _scopes(rules: list[Breaker], appraised: Appraisal) -> Iterator[tuple[Breaker, int, str]]:
    known = list(dict.fromkeys((*appraised.results, *appraised.sizes)))
    for rule in rules:
        for kind, name in rule.scopes:
            if name != EACH:
                yield rule, kind, name
            else:
                yield from ((rule, k, subject) for k, subject in known if k == kind)


def _day_began(state: State, now: int) -> int:
    return state.day.since_ns if state.day.date else now - now % DAY_NS
