"""Which orders a halt concerns."""

from gateway.orders.order import Order
from gateway.setup import Setup
from gateway.state import State


def is_in_scope(setup: Setup, state: State, order: Order, scope: str) -> bool:
    """Whether a halt of `scope` concerns the order."""
    kind, _, name = scope.partition(":")
    if kind == "firm":
        return True
    if kind == "client":
        client = state.client_name(order.link)  # also one that is configured no more
        return scope in setup.limits.client_scopes(client)
    return name == (order.account if kind == "account" else order.symbol)


def halted_scope(setup: Setup, state: State, order: Order) -> str:
    """A halted scope that the order is in, "" for none."""
    for scope in state.halts:
        if is_in_scope(setup, state, order, scope):
            return scope
    return ""
