"""Whether a scope that an operator names is there: a slip of the finger must not halt nobody."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from gateway.config import Config
from gateway.control.desk import DeskError
from gateway.decide import Core
from gateway.risk.scopes import KINDS

CONFIGURED: Final = frozenset({"broker", "client", "session"})
FORMS: Final = '"firm", ' + ", ".join(f'"{kind}:NAME"' for kind in KINDS[1:])


def check_scope(config: Config, core: Core, scope: str, *, force: bool) -> None:
    """Raise DeskError for a scope of no kind, or of a name that is not known. With `force` only
    brokers, clients and sessions must be.
    """
    kind, _, name = scope.partition(":")
    if scope == "firm":
        return
    if kind not in KINDS[1:] or not name:
        raise DeskError("BAD_SCOPE", f"{scope!r} is no scope", f"use {FORMS}", status=422)
    known = _known(config, core, kind)
    if name in known or (force and kind not in CONFIGURED):
        return
    if any(core.in_scope(order, scope) for order in core.state.book.open.values()):
        return  # also one that was taken out of the configuration
    near = get_close_matches(name, list(known), n=1)
    remedy = f'did you mean "{near[0]}"?' if near else _remedy(kind, known)
    if kind not in CONFIGURED:
        remedy += " If it is right, say --force"
    raise DeskError("UNKNOWN_SCOPE", f'there is no {kind} "{name}"', remedy, status=404)


def _remedy(kind: str, known: set[str]) -> str:
    if kind in CONFIGURED:
        return f"there are: {', '.join(sorted(known)) or 'none'}"
    return f"neither the configuration nor an open order has that {kind}."


def _known(config: Config, core: Core, kind: str) -> set[str]:
    setup, state = core.setup, core.state
    sessions = {client.name for client in setup.clients.values()}
    sessions |= {client.name for client in config.clients}
    if kind == "session":
        return sessions
    if kind == "client":
        shared = {client.client for client in config.clients if client.client}
        return shared | sessions
    if kind == "broker":
        return set(setup.brokers)
    if kind == "account":
        return _listed(config) | set(state.positions.accounts())
    if kind == "symbol":
        reference = setup.reference
        return set(reference.instruments) | set(reference.closes) | set(state.last_prices)
    return set(setup.limits.sectors.values()) if kind == "sector" else _strategies(core)


def _listed(config: Config) -> set[str]:
    listed: Iterable[str] = [name for client in config.clients for name in client.accounts]
    defaults = [client.default_account for client in config.clients]
    return {name for name in (*listed, *defaults) if name not in ("", "*")}


def _strategies(core: Core) -> set[str]:
    return {position.strategy for position in core.state.positions if position.strategy}
