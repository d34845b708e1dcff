"""What a sound configuration will refuse, told before the first order finds out.

Owns the search for limits that no scope sets: such a limit blocks orders by design, which is safe
but seldom meant. What is open to a network is told by `exposure`. Knows the models only.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

from gateway.config.exposure import exposure
from gateway.config.kinds import OFF
from gateway.config.models import ANY, Config
from gateway.config.rules import LIMIT_NAMES, RiskLimit
from gateway.config.without_effect import without_effect
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.scope_limits import KNOWN
from gateway.risk.scopes import EACH, KINDS

NEEDED: Final = tuple(name for name, kind in LIMITS.items() if kind.is_required)


def notes(config: Config) -> list[str]:
    """One line for each client and account whose orders an unset limit blocks, for each setting
    that does nothing, and for each door that stands open.
    """
    idle = [*_without_dates(config), *without_effect(config), *_off_in_vain(config)]
    return [*_blocked(config), *idle, *exposure(config)]


def _blocked(config: Config) -> Iterator[str]:
    limits = {limit.scope: limit for limit in config.risk.limits}
    each = [f"{kind}:{EACH}" for kind in KINDS[1:] if kind not in ("strategy", "sector")]
    for client in config.clients:
        owner = client.client or client.name
        for account in client.accounts:
            own = [f"client:{owner}", f"session:{client.name}", f"account:{account}"]
            found = [limits[scope] for scope in ("firm", *own, *each) if scope in limits]
            unset = [name for name in NEEDED if not _is_set(found, name)]
            if unset:
                whose = "any account" if account == ANY else f"account {account}"
                yield (
                    f"orders of client {client.name}, {whose}, are refused: no limit for"
                    f' {", ".join(unset)}; add each with a number or "off" to a [[risk.limits]]'
                    f' scope: {unset[0]} = "off"'
                )


def refuses_all(config: Config) -> list[str]:
    """Limits that no scope sets at all, and without which every order is refused."""
    if not config.clients:
        return []
    return [name for name in (KNOWN, *NEEDED) if not _is_set(list(config.risk.limits), name)]


def _off_in_vain(config: Config) -> Iterator[str]:
    """What a scope says is off, and the firm's holds all the same."""
    firm = next((limit for limit in config.risk.limits if limit.scope == "firm"), None)
    for limit in config.risk.limits if firm is not None else ():
        vain = [
            name
            for name in LIMIT_NAMES
            if getattr(limit, name) == OFF and getattr(firm, name) not in (None, OFF)
        ]
        if vain:
            yield f"{', '.join(vain)} of {limit.scope}: off there, but the firm's holds as well"


def _without_dates(config: Config) -> Iterator[str]:
    if config.reference.corporate_actions is not None and not config.day.roll_time:
        yield "corporate_actions of [reference] are never carried out: [day] has no roll_time"


def _is_set(limits: list[RiskLimit], name: str) -> bool:
    return any(getattr(limit, name) is not None for limit in limits)
