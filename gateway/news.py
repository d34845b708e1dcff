"""News(B): what operators tell clients, and at which level trading goes on. Pure.

News changes nothing. It gets its number like every message, so that a client that is away has it
sent when it comes back and asks for what it missed.
"""

from collections.abc import Iterable, Sequence
from typing import Final

from gateway.decision import Decision
from gateway.risk.levels import ACTIVE, CANCEL_ONLY, HALTED, REDUCE_ONLY
from gateway.setup import Client, Setup
from gateway.translate import news as written

TOLD: Final = {
    ACTIVE: ("Trading resumed", ""),
    REDUCE_ONLY: (
        "Trading reduce-only",
        "orders and replaces are refused unless they make a position smaller; cancels are not",
    ),
    CANCEL_ONLY: (
        "Trading cancel-only",
        "new orders are refused, and replaces unless they only lower the quantity; cancels are not",
    ),
    HALTED: ("Trading halted", "new orders and replaces are refused, cancels are not"),
}
"""Headline and text by level."""


def send(
    decision: Decision,
    clients: Iterable[Client],
    headline: str,
    lines: Sequence[str],
    urgency: str,
) -> None:
    """News for these clients, each in its version; `urgency` is one of translate.news.URGENCIES."""
    for client in clients:
        body = written.news(client.dialect, headline, lines, urgency, decision.now)
        decision.send(client.link, "B", body, 0)


def named(setup: Setup, names: Iterable[str]) -> list[Client]:
    """The clients of these names: their own, or those of the entries that they are of."""
    wanted = set(names)
    return [c for c in setup.clients.values() if wanted & {c.entry, c.name}]


def tell_level(decision: Decision, scope: str, level: str) -> None:
    """Clients that want to know hear at which level of trading a scope that concerns them is now.
    Why is between operators.
    """
    what, line = TOLD[level]
    for client in decision.setup.clients.values():
        concerned = _concerned(decision, client, scope) if client.news_on_halt else ""
        if concerned:
            send(decision, [client], f"{what}: {concerned}", [line] if line else [], "flash")


def _concerned(decision: Decision, client: Client, scope: str) -> str:
    """What a client would call a scope; "" if nothing of it is the client's."""
    kind, _, name = scope.partition(":")
    if kind == "firm":
        return "all orders"
    if kind == "client":
        shared = decision.setup.limits.client_scopes(client.name)
        return "all your orders" if scope in (*client.scopes, *shared) else ""
    if kind == "session":
        return f"session {client.name}" if scope in client.session_scopes else ""
    if kind == "account" and client.accounts and name not in client.accounts:
        return ""
    if kind == "strategy" and not client.strategy_tag:
        return ""
    return f"{kind} {name}"
