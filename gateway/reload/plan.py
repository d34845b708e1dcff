"""What another configuration would change: settings, sessions, and what stands in its way.

Owns the decision, applies nothing. It is made in one turn of the loop, just before it is carried
out, so that nothing happens between the two.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from gateway.config import AcceptorLink, Config, FixInitiator
from gateway.config.diff import Change, differences
from gateway.config.limit_trial import contradictions
from gateway.config.notes import notes
from gateway.engine import Engine
from gateway.known_links import Session, renamed, same_session, sessions_of
from gateway.link import Link
from gateway.operators.required import without_administrator
from gateway.orders.book import OrderBook
from gateway.prepared import Prepared
from gateway.reload.effects import (
    ANEW,
    AT_ONCE,
    RESTART,
    SECTIONS,
    comes_anew,
    effect_of,
    taken_out,
)
from gateway.reload.obstacles import brokers_in_use, still_ending
from gateway.reload.open_orders import beyond_limits, limits_said, routes_gone
from gateway.reload.reference_diff import reference_differences


@dataclass(frozen=True, slots=True)
class Told:
    """A change, and when it takes hold."""

    change: Change
    effect: str


@dataclass(slots=True)
class Plan:
    """`problems`: why nothing of it is applied. The sessions that are taken out, that come anew,
    that go on by other settings, and those that are new.
    """

    prepared: Prepared
    told: list[Told] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    retired: list[Link] = field(default_factory=list)
    renewed: list[tuple[Link, Session]] = field(default_factory=list)
    adjusted: list[tuple[Link, Session]] = field(default_factory=list)
    untouched: list[tuple[Link, Session]] = field(default_factory=list)
    added: list[Session] = field(default_factory=list)

    @property
    def changes_nothing(self) -> bool:
        """Whether it is what is in force."""
        return not self.told


def make_plan(before: Prepared, after: Prepared, engine: Engine) -> Plan:
    """What it takes to go from one configuration to the other."""
    plan = Plan(after)
    for link in engine.links.values():
        engine.core.state.links[link.number].stand_at(link.session.numbers)
    _sort_sessions(plan, before, engine)
    book = engine.core.state.book
    for change in differences(before.config, after.config):
        plan.told.append(Told(change, effect_of(change, before.config, plan.retired, book)))
    plan.told += [Told(change, ANEW) for change in _contents(before, after)]
    data = reference_differences(before.reference, after.reference)
    plan.told += [Told(change, AT_ONCE) for change in data]
    plan.problems += [f"{t.change.text}: {RESTART}" for t in plan.told if t.effect == RESTART]
    plan.problems += brokers_in_use(before.config, after.config, book)
    plan.problems += contradictions(after.config, engine.core.state.limit_changes.in_force)
    plan.problems += renamed(after.config, engine.core.state)
    plan.problems += without_administrator(after.config, engine.core.state.operators)
    plan.problems += still_ending(plan.added, engine.core.state, engine.links)
    if not plan.problems:
        said = notes(before.config)
        plan.notes += [note for note in notes(after.config) if note not in said]
        plan.notes += _guests_gone(plan.retired, before.config, book)
        plan.notes += routes_gone(before.config, after.config, book)
        plan.notes += limits_said(after.config, engine.core.state, after.reference)
        plan.notes += beyond_limits(after.config, engine.core.state, after.reference)
    return plan


# --- sessions -----------------------------------------------------------------------------------


def _sort_sessions(plan: Plan, before: Prepared, engine: Engine) -> None:
    after = plan.prepared
    wanted = {one.name: one for one in sessions_of(after.config, engine.core.state)}
    present = {link.name: link for _, link in sorted(engine.links.items())}  # the newest of a name
    calendars = _calendars(before.config), _calendars(after.config)
    for name, link in present.items():
        session = wanted.get(name)
        held = link.session.config
        assert isinstance(held, AcceptorLink | FixInitiator), f"{name}: not configured"
        if session is None or not same_session(held, session):
            plan.retired.append(link)
        elif _comes_anew(link, held, session, before, after):
            plan.renewed.append((link, session))
        elif held != session or _differ(calendars, held, session):
            plan.adjusted.append((link, session))
        else:
            plan.untouched.append((link, session))
    gone = {link.name for link in plan.retired}
    plan.added = [s for name, s in wanted.items() if name not in present or name in gone]


def _comes_anew(
    link: Link, held: Session, session: Session, before: Prepared, after: Prepared
) -> bool:
    """Also one that is on its way out already, by a reload before this one."""
    differ = held != session and comes_anew(held, session)
    return differ or before.contents(held) != after.contents(session) or link.renewal is not None


def _calendars(config: Config) -> dict[str, Any]:
    return {schedule.name: schedule for schedule in config.schedules}


def _differ(
    calendars: tuple[dict[str, Any], dict[str, Any]], held: Session, session: Session
) -> bool:
    before, after = calendars
    return before.get(held.schedule) != after.get(session.schedule)


def _guests_gone(retired: list[Link], before: Config, book: OrderBook) -> Iterator[str]:
    """Sessions that templates made; those of entries are told with their entries."""
    entries = {session.name for session in before.fix_links}
    for link in retired:
        if link.name not in entries:
            yield f"session {link.name}: {taken_out([link], book)}"


def _contents(before: Prepared, after: Prepared) -> Iterator[Change]:
    """Dictionaries and dialects that are named as before, and hold something else."""
    held: dict[str, Session] = {link.name: link for link in before.config.fix_links}
    for link in after.config.fix_links:
        old = held.get(link.name)
        if old is not None and old.files == link.files:
            pairs = zip(before.contents(old), after.contents(link), strict=True)
            for (name, was), (_, is_) in pairs:
                if was != is_:
                    section = SECTIONS[type(link)]
                    yield Change(section, link.name, name, was.hex()[:8], is_.hex()[:8])
