"""Checks of drop copies, and of scopes: whom they name must be there.

Part of `checks.CHECKS`; each check takes a draft and yields problems.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from gateway.config.models import ANY
from gateway.config.problems import Problem, no_such

if TYPE_CHECKING:
    from gateway.config.checks import Draft


def unknown_scope(draft: Draft, scope: str) -> str:
    """What is wrong with a scope that names a client or account that there is not; "" if nothing
    is.
    """
    sessions = {name for _, name in draft.names("clients")}
    shared = {name for _, name in draft.written("clients", "client") if name}
    accounts = {account for _, account in draft.written("clients", "accounts")}
    known = {
        "client": sessions | shared,
        "session": sessions,
        "broker": {name for _, name in draft.names("brokers")},
    }
    if ANY not in accounts:
        known["account"] = accounts
    kind, _, subject = scope.partition(":")
    if kind in known and subject not in ("", ANY, *known[kind]):
        return no_such(kind, subject, known[kind])
    return ""


def copies_resolve(draft: Draft) -> Iterator[Problem]:
    """Those whose reports are copied, or whom a session may halt, must be there."""
    for section, setting in (("drop_copies", "of"), ("clients", "halt_scopes")):
        for index, scope in draft.written(section, setting):
            text = unknown_scope(draft, scope)
            if text:
                yield Problem((section, index, setting), text)
