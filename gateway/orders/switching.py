"""Brokers that an operator switches off, lets run empty, and switches on again."""

from gateway.decision import Decision
from gateway.events import BrokerSwitched
from gateway.orders import queue
from gateway.routing.known import DRAINED, DRAINING, ENABLED


def switch(decision: Decision, broker: str, state: str, who: str, why: str) -> None:
    """From now on it gets orders, no new ones, or nothing but cancels; what waited for it goes when
    it gets orders again.
    """
    decision.emit(0, BrokerSwitched(broker, state, who, why))
    if state == ENABLED:
        queue.release_all(decision)
    else:
        look(decision)


def look(decision: Decision) -> None:
    """Tell of brokers that were to run empty and have."""
    for name, (_, event) in list(decision.state.routing.switches.items()):
        if event.state == DRAINING and not has_open(decision, name):
            decision.emit(0, BrokerSwitched(name, DRAINED, event.who, event.why))
            decision.alarm(f"DRAINED: broker {name} has no open order any more")


def has_open(decision: Decision, broker: str) -> bool:
    """Whether it has an open order."""
    return any(order.broker == broker for order in decision.state.book.open.values())
