"""News(B): what operators tell clients, and that trading is halted or goes on. Pure.

News changes nothing. It gets its number like every message, so that a client that is away has it
sent when it comes back and asks for what it missed.
"""

from collections.abc import Iterable, Sequence

from gateway.decision import Decision
from gateway.setup import Client, Setup
from gateway.translate import news as written


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


def tell_halt(decision: Decision, scope: str, *, halted: bool) -> None:
    """Clients that want to know hear that a scope that concerns them is halted, or no more. Why
    is between operators.
    """
    what = "halted" if halted else "resumed"
    line = "new orders and replaces are refused, cancels are not" if halted else ""
    for client in decision.setup.clients.values():
        concerned = _concerned(client, scope) if client.news_on_halt else ""
        if concerned:
            headline = f"Trading {what}: {concerned}"
            send(decision, [client], headline, [line] if line else [], "flash")


def _concerned(client: Client, scope: str) -> str:
    """What a client would call a scope; "" if nothing of it is the client's."""
    kind, _, name = scope.partition(":")
    if kind == "firm":
        return "all orders"
    if kind == "client":
        return "all your orders" if scope in client.scopes else ""
    if kind == "account" and client.accounts and name not in client.accounts:
        return ""
    return f"{kind} {name}"
