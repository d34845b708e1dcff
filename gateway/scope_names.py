"""Whether a scope that an operator names is there: a slip of the finger must not halt nobody."""

from collections.abc import Iterable
from difflib import get_close_matches
from typing import Final

from gateway.config import Config, FixBroker
from gateway.control.desk import DeskError
from gateway.decide import Core
from gateway.risk.scopes import KINDS, kind_of

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
    if force and kind not in CONFIGURED:
        return
    known = _known(config, core, kind)
    if not _is_there(core, kind, name, known):
        remedy = "" if kind in CONFIGURED else " If it is right, say --force"
        raise _unknown(kind, name, known, remedy)


def check_known(config: Config, core: Core, kind: str, name: str) -> None:
    """Raise DeskError for a name in a scope that nothing is known of: no configuration, order or
    position, and no limit either.
    """
    known, state = _known(config, core, kind), core.state
    limited = {one.scope for one in config.risk.limits} | {
        of for of, _ in state.limit_changes.in_force
    }
    if f"{kind}:{name}" in limited or name in state.exposures.names(kind_of(f"{kind}:")[0]):
        return
    held = kind == "symbol" and state.positions.of_symbol(name)
    if not held and not _is_there(core, kind, name, known):
        raise _unknown(kind, name, known, "")


def account_problem(config: Config, core: Core, account: str) -> str:
    """Why a position of an account may be a slip of the pen, "" if not: where clients may use any
    account, any may have positions.
    """
    if any("*" in client.accounts for client in config.clients):
        return ""
    known = _known(config, core, "account")
    at_brokers = [one.position_accounts for one in config.brokers if isinstance(one, FixBroker)]
    known |= {name for names in at_brokers for name in names}
    if account in known:
        return ""
    near = get_close_matches(account, list(known), n=1)
    hint = f', did you mean "{near[0]}"?' if near else ""
    return f'no client has the account "{account}", nor has it a position{hint}'


def _is_there(core: Core, kind: str, name: str, known: set[str]) -> bool:
    """Also what was taken out of the configuration, while it has open orders."""
    scope = f"{kind}:{name}"
    opened = core.state.book.open.values()
    return name in known or any(core.in_scope(order, scope) for order in opened)


def _unknown(kind: str, name: str, known: set[str], more: str) -> DeskError:
    near = get_close_matches(name, list(known), n=1)
    remedy = f'did you mean "{near[0]}"?' if near else _remedy(kind, known)
    return DeskError("UNKNOWN_SCOPE", f'there is no {kind} "{name}"', remedy + more, status=404)


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
