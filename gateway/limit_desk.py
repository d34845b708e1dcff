"""The operators' desk for limits: as they hold, changed, and what was said of them before."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from decimal import Decimal
from time import time_ns
from typing import Any, Final

from gateway import events as ev
from gateway.config import Config, RiskLimit
from gateway.config.limit_trial import LimitError, contradictions, limit_text, scope_problem
from gateway.config.rules import LIMIT_NAMES, MONEY_LIMITS
from gateway.control.errors import DeskError
from gateway.control.limit_models import (
    LimitChangeView,
    LimitFilter,
    LimitKey,
    LimitView,
    OverrideLimit,
    SetLimit,
    Source,
    What,
)
from gateway.engine import Engine
from gateway.operators import action, both
from gateway.risk.limit_changes import Key, LimitChanges, Said
from gateway.risk.limit_kinds import DAILY, LIMITS
from gateway.risk.limits import SUMMED
from gateway.risk.scope_limits import OFF_TEXT, SHARE, limit_number
from gateway.risk.scopes import CLIENT, EACH, FIRM, SESSION, kind_of, scope_text
from gateway.risk.usage import HELD, most_in_use
from sessions.values import format_decimal

AT_ONCE: Final = 20  # limits whose use is looked up before the loop goes on
WHATS: Final[dict[type[ev.Event], What]] = {
    ev.LimitSet: "set",
    ev.LimitWithdrawn: "withdrawn",
    ev.LimitLapsed: "lapsed",
    ev.LimitOverridden: "overridden",
    ev.OrderPermitted: "permitted",
}
ENDS: Final[dict[str, What]] = {"used": "used", "expired": "expired", "withdrawn": "revoked"}


class LimitDesk:
    """Part of the desk; `_engine` and `_config` are those of the whole, `_config_ns` when the
    configuration was read.
    """

    _engine: Engine
    _config: Config
    _config_ns: int

    async def limits(self, wanted: LimitFilter) -> list[LimitView]:
        """Limits that are set, from the firm's on."""
        if wanted.in_force:
            return await self._in_force(wanted)
        views = []
        for looked_at, key in enumerate(self._keys(wanted), 1):
            view = self._limit(key)
            if view is not None:
                views.append(view)
            if looked_at % AT_ONCE == 0:
                await asyncio.sleep(0)
        return views

    async def _in_force(self, wanted: LimitFilter) -> list[LimitView]:
        """Of each limit what holds for a scope: its own, that of each of its kind, the firm's."""
        scope = wanted.scope
        self._check_scope(scope)
        kind, name = kind_of(scope)
        names = [name, EACH] if kind != FIRM else [name]
        if kind in (CLIENT, SESSION):
            names[1:1] = self._engine.core.setup.limits.made_by(name)
        places = dict.fromkeys([*(scope_text(kind, one) for one in names), "firm"])
        found: list[LimitView] = []
        for limit in LIMIT_NAMES:
            if wanted.limit in ("", limit):
                set_ = [self._limit((place, limit), name) for place in places]
                found += self._holding(limit, [view for view in set_ if view is not None])
                await asyncio.sleep(0)
        return found

    def _holding(self, limit: str, views: list[LimitView]) -> list[LimitView]:
        """All of what is summed; else the tightest alone; one that is off where nothing is on."""
        on = [view for view in views if view.value != OFF_TEXT]
        if not on or limit in SUMMED:
            return on or views[:1]
        is_larger = limit in LIMITS and LIMITS[limit].larger_is_tighter
        by_value = [(limit_number(limit, view.value, None), view) for view in on]
        pick = max if is_larger else min
        return [pick(by_value, key=lambda one: one[0])[1]]

    def limit_history(self, wanted: LimitFilter) -> list[LimitChangeView]:
        """What was said of limits, the newest first; the audit database has what is older."""
        found = [_change_view(said) for said in reversed(self._changes.history)]
        return [view for view in found if _is_wanted(wanted, view.scope, view.limit)]

    async def set_limit(self, ask: SetLimit, *, who: str) -> LimitView:
        """Have another value for a limit of a scope, from the next order on."""
        engine, now = self._engine, time_ns()
        key = (ask.scope, ask.limit)
        value = self._sound(ask, now)
        notes = [*self._news(key, value), *self._ends(key)]
        owner = ask.owner or who
        told = {"scope": ask.scope, "limit": ask.limit, "value": value, "owner": owner}
        engine.operator(action(who, ask.reason, "limit set", **told), now)
        engine.perform_decision(
            engine.core.set_limit(key, value, owner, ask.expires_ns, who, ask.reason, now)
        )
        view = self._limit(key)
        assert view is not None, f"{key}: set and not there"
        await engine.committer.flush()
        return view.model_copy(update={"notes": [*notes, *_beyond(view)]})

    async def unset_limit(self, ask: LimitKey, *, who: str) -> list[LimitView]:
        """Have a limit as configured again."""
        engine, now = self._engine, time_ns()
        key = (ask.scope, ask.limit)
        self.look_at_unset(ask)
        notes = [*self._ends(key)]
        told = {"scope": ask.scope, "limit": ask.limit}
        engine.operator(action(who, ask.reason, "limit unset", **told), now)
        engine.perform_decision(engine.core.withdraw_limit(key, who, ask.reason, now))
        await engine.committer.flush()
        view = self._limit(key)
        return [] if view is None else [view.model_copy(update={"notes": [*notes, *_beyond(view)]})]

    # --- what is wrong with it --------------------------------------------------------------------

    def look_at_limit(self, ask: SetLimit) -> None:
        """Raise DeskError if it could not be set."""
        self._sound(ask, time_ns())

    def look_at_unset(self, ask: LimitKey) -> None:
        """Raise DeskError if it could not be unset."""
        key = (ask.scope, ask.limit)
        if self._changes.of(key) is None:
            remedy = "`fixgate limits list` shows what was set"
            raise DeskError("NOT_SET", f"{ask.limit} of {ask.scope} is as configured", remedy, 404)
        self._fits({k: v for k, v in self._changes.in_force.items() if k != key}, ask.scope)

    def _sound(self, ask: SetLimit | OverrideLimit, now: int) -> str:
        """The value as it is kept; raises DeskError."""
        try:
            value = limit_text(self._config, ask.limit, ask.value, ask.currency)
        except LimitError as error:
            raise bad_limit(str(error)) from None
        self._check_scope(ask.scope)
        if ask.expires_ns and ask.expires_ns <= now:
            raise bad_limit("it would end before it begins: give a later time")
        self._fits({**self._changes.in_force, (ask.scope, ask.limit): value}, ask.scope)
        return value

    def _check_scope(self, scope: str) -> None:
        state = self._engine.core.state
        sessions = {link.defined.name for link in state.links.values()}
        problem = scope_problem(self._config, scope, sessions) or self._unknown(scope)
        if problem:
            raise bad_limit(problem)

    def _unknown(self, scope: str) -> str:
        """A symbol or sector that no instrument has."""
        kind, _, name = scope.partition(":")
        known = self._engine.core.setup.reference.instruments
        if not known or kind not in ("symbol", "sector") or name == "*":
            return ""
        names = set(known) if kind == "symbol" else {one.sector for one in known.values()}
        return "" if name in names else f'there is no {kind} "{name}" in the reference data'

    def _fits(self, changes: dict[Key, str], scope: str) -> None:
        """Nothing of a scope may contradict the rest of it."""
        problems = contradictions(self._config, changes)
        of_scope = [problem for problem in problems if problem.startswith(f"{scope}: ")]
        if of_scope:
            raise bad_limit("; ".join(of_scope))

    def _news(self, key: Key, value: str) -> Iterator[str]:
        """What somebody who sets a limit might not think of."""
        kind, name = kind_of(key[0])
        wider = [scope_text(kind, EACH), "firm"] if kind != FIRM else []
        for scope in wider if value == OFF_TEXT else ():
            view = self._limit((scope, key[1])) if scope != key[0] else None
            if view is not None and view.value != OFF_TEXT:
                yield f"{key[1]} of {scope} holds all the same: {view.value}"
        exposures = self._engine.core.state.exposures
        if key[1] in DAILY and not exposures.counts_day_of(kind, name):
            yield f"what {key[0]} did on this day before was not counted: it counts from now on"

    def _ends(self, key: Key) -> Iterator[str]:
        """What two people said of a limit, which ends when one says another thing."""
        said = self._changes.override_of(key)
        if said is not None:
            people = both(said.event.requester, said.event.approver)
            yield f"override {said.event.number} of {people}, ends"

    # --- as they hold -----------------------------------------------------------------------------

    @property
    def _changes(self) -> LimitChanges:
        return self._engine.core.state.limit_changes

    def _keys(self, wanted: LimitFilter) -> list[Key]:
        keys = {(one.scope, name) for one in self._config.risk.limits for name in LIMIT_NAMES}
        keys |= set(self._changes.in_force)
        found = [key for key in keys if _is_wanted(wanted, *key)]
        return sorted(found, key=lambda key: (kind_of(key[0]), LIMIT_NAMES.index(key[1])))

    def _limit(self, key: Key, whose: str = EACH) -> LimitView | None:
        """One limit of a scope, None where it is not set; `whose` use, of one that is for each."""
        scope, limit = key
        written = next((one for one in self._config.risk.limits if one.scope == scope), None)
        configured = "" if written is None else _text(getattr(written, limit))
        said = self._changes.of(key)
        if said is None and (not configured or written is None):
            return None
        value = configured if said is None else said.event.value
        who = _said_view(said) if said is not None else _configured_view(written, self._config_ns)
        return LimitView(
            scope=scope,
            limit=limit,
            value=value,
            currency=self._config.risk.currency if limit in MONEY_LIMITS else "",
            configured=configured,
            **who,
            **self._use(key, value, whose),
        )

    def _use(self, key: Key, value: str, whose: str) -> dict[str, Any]:
        scope, limit = key
        if limit not in HELD or value == OFF_TEXT:
            return {}
        core, (kind, name) = self._engine.core, kind_of(scope)
        name = whose if name == EACH else name
        made = [
            one.defined.name
            for one in core.state.links.values()
            if name and name in core.setup.limits.made_by(one.defined.name)
        ]
        today = core.state.positions.today(time_ns())
        exposures = core.state.exposures
        used, by = most_in_use(exposures, limit, kind, name, made, today)
        capital = self._config.risk.capital
        if limit == SHARE and isinstance(capital, Decimal):
            used = used * 100 / capital
        return {
            "used": _plain(used),
            "used_by": scope_text(kind, by) if by != name else "",
            "left": _plain(Decimal(value) - used),
        }


def _is_wanted(wanted: LimitFilter, scope: str, limit: str) -> bool:
    return wanted.scope in ("", scope) and wanted.limit in ("", limit)


def bad_limit(text: str) -> DeskError:
    """Why a limit, or an override, is not taken."""
    return DeskError("BAD_LIMIT", text, "what holds stays in force", 422)


def _text(value: Any) -> str:
    return _plain(value) if isinstance(value, Decimal) else str(value or "")


def _plain(number: Decimal) -> str:
    return format_decimal(number.normalize())


def _configured_view(written: RiskLimit | None, read_ns: int) -> dict[str, Any]:
    assert written is not None
    source: Source = "configured"
    told = {"owner": written.owner, "why": written.reason}
    return {"source": source, "since_ns": read_ns, **told}


def _said_view(said: Said) -> dict[str, Any]:
    event = said.event
    told = {"since_ns": said.time_ns, "expires_ns": event.expires_ns, "why": event.why}
    if isinstance(event, ev.LimitSet):
        return {"source": "set", "owner": event.owner, "who": event.who, **told}
    people = {"who": event.requester, "approver": event.approver, "override": event.number}
    return {"source": "override", **people, **told}


def _change_view(said: Said) -> LimitChangeView:
    event = said.event
    if isinstance(event, ev.PermissionEnded):
        what: What = ENDS[event.outcome]
    else:
        what = WHATS[type(event)]
    if isinstance(event, ev.LimitSet) and event.value == OFF_TEXT:
        what = "disabled"
    order = str(event.order_no) if isinstance(event, ev.PermissionEnded) and event.order_no else ""
    if isinstance(event, ev.OrderPermitted):
        order = permit_text(event)
    return LimitChangeView(
        time_ns=said.time_ns,
        what=what,
        scope=getattr(event, "scope", ""),
        limit=getattr(event, "limit", ""),
        old=getattr(event, "old", ""),
        new=getattr(event, "value", ""),
        owner=getattr(event, "owner", ""),
        who=getattr(event, "who", "") or getattr(event, "requester", ""),
        approver=getattr(event, "approver", ""),
        why=getattr(event, "why", ""),
        expires_ns=getattr(event, "expires_ns", 0),
        override=getattr(event, "number", 0),
        order=order,
    )


def permit_text(event: ev.OrderPermitted) -> str:
    """Whom a permission is for."""
    if event.cl_ord_id:
        which = f"ClOrdID(11) {event.cl_ord_id}"
    else:
        which = f"the next of {event.account} in {event.symbol}, Side(54)={event.side}"
    return f"{event.client}: {which}, up to {event.quantity}"


def _beyond(view: LimitView) -> Iterator[str]:
    if view.left.startswith("-"):
        whose = view.used_by or view.scope
        yield f"{whose} has {view.used} in use, beyond {view.value}: it stays, and more is refused"
