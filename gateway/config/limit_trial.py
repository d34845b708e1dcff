"""Whether a limit that somebody wants to set would do in the configuration, or why it would not.

The same models and checks as for the file, so that nothing is taken here that is refused there.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from decimal import Decimal, InvalidOperation
from difflib import get_close_matches
from typing import Any, Final

from pydantic import ValidationError

from gateway.config.checks import LIMIT_CHECKS, Draft
from gateway.config.copy_checks import unknown_scope
from gateway.config.kinds import OFF
from gateway.config.models import Config
from gateway.config.problems import model_problems
from gateway.config.rules import LIMIT_NAMES, MONEY_LIMITS, RiskLimit

NUMBERS_LENGTH_MAX: Final = 30
ON: Final = "on"


class LimitError(ValueError):
    """What is wrong with a limit, in one sentence."""


def limit_text(config: Config, limit: str, value: str, currency: str) -> str:
    """A limit's value as it is kept; raises LimitError."""
    if limit not in LIMIT_NAMES:
        near = get_close_matches(limit, LIMIT_NAMES, n=1)
        hint = f', did you mean "{near[0]}"?' if near else f": {', '.join(LIMIT_NAMES)}"
        raise LimitError(f'there is no limit "{limit}"{hint}')
    sound = _sound(RiskLimit, {limit: _as_written(value)})
    found = getattr(sound, limit)
    if found is None:
        raise LimitError(f"{limit}: no value is given")
    _look_at_currency(config, limit, value, currency)
    text = f"{found.normalize():f}" if isinstance(found, Decimal) else str(found)
    if len(text) > NUMBERS_LENGTH_MAX:
        raise LimitError(f"{limit} must be a number of at most {NUMBERS_LENGTH_MAX} digits")
    return text


def scope_problem(config: Config, scope: str, sessions: Iterable[str]) -> str:
    """What is wrong with a scope, "" if nothing is. `sessions`: those that templates made."""
    try:
        _sound(RiskLimit, {"scope": scope})
    except LimitError as error:
        return str(error)
    kind, _, name = scope.partition(":")
    if kind in ("client", "session") and name in sessions:
        return ""
    return unknown_scope(_draft(config, []), scope)


def contradictions(config: Config, changes: Mapping[tuple[str, str], str]) -> list[str]:
    """What does not fit together when `changes`, by scope and limit, take the place of what is
    configured: one line each.
    """
    tables = {limit.scope: limit.model_dump(exclude_none=True) for limit in config.risk.limits}
    for (scope, name), text in changes.items():
        tables.setdefault(scope, {"scope": scope})[name] = _as_written(text)
    limits = [RiskLimit.model_validate(table) for table in tables.values()]
    draft = _draft(config, limits)
    changed = {scope for scope, _ in changes}
    return [
        f"{limits[at].scope}: {name} {problem.text}"
        for check in LIMIT_CHECKS
        for problem in check(draft)
        if isinstance(at := problem.path[2], int) and limits[at].scope in changed
        for name in problem.path[3:]
    ]


def _as_written(value: str) -> object:
    if value in (ON, OFF):
        return value
    try:
        return Decimal(value) if len(value) <= NUMBERS_LENGTH_MAX else value
    except InvalidOperation:
        return value


def _sound(model: type[RiskLimit], data: dict[str, object]) -> RiskLimit:
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problem = model_problems(error, data)[0]
        raise LimitError(f"{problem.path[-1]} {problem.text}") from None


def _look_at_currency(config: Config, limit: str, value: str, currency: str) -> None:
    wanted = config.risk.currency if limit in MONEY_LIMITS and value not in (ON, OFF) else ""
    if wanted and not currency:
        raise LimitError(f"{limit} is money: say its currency, {wanted}")
    if currency and not wanted:
        raise LimitError(f"{limit} is no money, and has no currency")
    if currency != wanted:
        raise LimitError(f"limits are in {wanted}, the currency of [risk], not in {currency}")


def _draft(config: Config, limits: list[RiskLimit]) -> Draft:
    data: dict[str, Any] = {
        "clients": [
            {"name": one.name, "client": one.client, "accounts": list(one.accounts)}
            for one in config.clients
        ],
        "brokers": [{"name": one.name} for one in config.brokers],
        "risk": {"capital": config.risk.capital},
    }
    return Draft(data, limits=dict(enumerate(limits)))
