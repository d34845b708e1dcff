"""Checks of breakers: settings that belong to each other, and scopes that a condition can be of.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from gateway.breakers import CONDITIONS, COUNTED, MESSAGES, UNKNOWN
from gateway.config.breakers import BreakerSettings
from gateway.config.copy_checks import unknown_scope
from gateway.config.problems import Problem
from gateway.risk.scopes import EACH

if TYPE_CHECKING:
    from gateway.config.checks import Draft

_OF_ACTIONS: Final = {
    "slow_to_per_s": "slow_down",
    "probe_after_s": "switch_route",
    "probes": "switch_route",
    "halt_level": "halt",
    "close_positions": "close_positions",
}
"""Settings by the action that they are of; all but halt_level are needed for it."""
_CLOSED: Final = frozenset({"firm", "client", "account", "strategy", "symbol", "sector"})
"""Kinds of scope that positions are known to belong to."""
MESSAGES_WINDOW_MAX_S: Final = 60  # so far back the monitor knows
_MINOR: Final = frozenset({"halt_level"})


def breakers_resolve(draft: Draft) -> Iterator[Problem]:
    """Their scopes are there."""
    for index, scope in draft.written("breakers", "scopes"):
        text = unknown_scope(draft, scope)
        if text:
            yield Problem(("breakers", index, "scopes"), text)


def breakers_sound(draft: Draft) -> Iterator[Problem]:
    """What each says agrees."""
    templates = {client.name for client in draft.clients.values() if client.is_template}
    for index, breaker in draft.breakers.items():
        for name, text in (
            *_scopes(breaker, templates),
            *_owned(draft, breaker),
            *_counting(breaker),
            *_actions(breaker),
        ):
            yield Problem(("breakers", index, name), text)


def _scopes(breaker: BreakerSettings, templates: set[str]) -> Iterator[tuple[str, str]]:
    condition = CONDITIONS[breaker.condition]
    for scope in breaker.scopes:
        kind, _, name = scope.partition(":")
        if kind not in condition.kinds:
            kinds = ", ".join(condition.kinds)
            yield "scopes", f'"{scope}": {breaker.condition} is for {kinds} only'
        elif condition.source == UNKNOWN and name in templates:
            yield "scopes", f'"{scope}" is a template: say "{kind}:*", for each by itself'
        if "switch_route" in breaker.actions and kind != "broker":
            yield "actions", f"switch_route is for scopes of brokers, not {scope}"
        if "close_positions" in breaker.actions and kind not in _CLOSED:
            yield "actions", f"close_positions is not for {scope}: positions are in no {kind}"


def _owned(draft: Draft, breaker: BreakerSettings) -> Iterator[tuple[str, str]]:
    """Positions are those of the clients that name their accounts."""
    if "close_positions" not in breaker.actions:
        return
    for client in draft.clients.values():
        is_meant = not {f"client:{client.name}", f"client:{EACH}"}.isdisjoint(breaker.scopes)
        if is_meant and EACH in client.accounts:
            told = f"close_positions: client {client.name} may use any account, so that no position"
            yield "actions", f"{told} is known to be its: name its accounts"


def _counting(breaker: BreakerSettings) -> Iterator[tuple[str, str]]:
    name, condition = breaker.condition, CONDITIONS[breaker.condition]
    is_counted = condition.source in COUNTED
    if is_counted and breaker.window_s is None:
        yield "window_s", f"is needed for {name}: the seconds in which it counts"
    if condition.source == MESSAGES and (breaker.window_s or 0) > MESSAGES_WINDOW_MAX_S:
        yield "window_s", f"of {name} is at most {MESSAGES_WINDOW_MAX_S}"
    if not is_counted and breaker.window_s is not None:
        yield "window_s", f"has no effect on {name}, which counts nothing: take it out"
    if condition.is_share and breaker.min_count is None:
        yield "min_count", f"is needed for {name}: fewer orders tell nothing"
    if not condition.is_share and breaker.min_count is not None:
        yield "min_count", f"has no effect on {name}: take it out"
    if condition.unit == "%" and condition.is_share and breaker.threshold > 100:
        yield "threshold", f"is {breaker.threshold}, and a share of orders is at most 100 percent"


def _actions(breaker: BreakerSettings) -> Iterator[tuple[str, str]]:
    actions = breaker.actions
    for name, action in _OF_ACTIONS.items():
        is_set = getattr(breaker, name) is not None
        if action in actions and not is_set and name not in _MINOR:
            yield name, f"is needed for {action}"
        if is_set and action not in actions:
            yield name, f"has no effect without the action {action}"
    stopping = [action for action in ("halt", "reduce_only") if action in actions]
    if len(stopping) > 1:
        yield "actions", "halt and reduce_only exclude each other: halt lets nothing through"
    if "cancel_open" in actions and not stopping:
        yield "actions", "cancel_open needs halt or reduce_only: new orders would come at once"
    if "close_positions" in actions and not {"reduce_only", "cancel_open"} <= set(actions):
        yield (
            "actions",
            "close_positions needs reduce_only and cancel_open: what is open could open them anew",
        )
    if "slow_down" in actions and "halt" in actions:
        yield "actions", "slow_down and halt exclude each other: halt lets nothing through"
    others = sorted(set(actions) - {"switch_route", "alert"})
    if "switch_route" in actions and others:
        text = (
            f"switch_route excludes {', '.join(others)}: what it lets try the broker must get there"
        )
        yield "actions", text
