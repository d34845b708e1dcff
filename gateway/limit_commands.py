"""What operators command of limits, and what ends by itself. Pure, as `decide`."""

from gateway.decision import Decision
from gateway.events import (
    LimitLapsed,
    LimitOverridden,
    LimitSet,
    LimitWithdrawn,
    OrderPermitted,
    PermissionEnded,
)
from gateway.operators import both
from gateway.risk.limit_changes import Key

EXPIRED, USED, WITHDRAWN = "expired", "used", "withdrawn"


class Permit:
    """What one order may do: see `events.OrderPermitted`."""

    __slots__ = ("account", "cl_ord_id", "client", "quantity", "side", "symbol")

    def __init__(
        self,
        client: str,
        quantity: str,
        *,
        cl_ord_id: str = "",
        account: str = "",
        symbol: str = "",
        side: str = "",
    ) -> None:
        self.client = client
        self.quantity = quantity
        self.cl_ord_id = cl_ord_id
        self.account = account
        self.symbol = symbol
        self.side = side


def in_force(decision: Decision, key: Key, now: int = 0) -> str:
    """A limit of a scope as it holds, as text; or will, when what is over at `now` has ended. "":
    it is not set.
    """
    said = decision.state.limit_changes.of(key, now)
    return decision.setup.limits.configured(key) if said is None else said.event.value


def look(decision: Decision) -> None:
    """End what held for a time that is over."""
    changes = decision.state.limit_changes
    if changes.due_ns > decision.now:
        return
    for key in changes.lapsed(decision.now):
        value = in_force(decision, key, decision.now)
        decision.emit(0, LimitLapsed(*key, in_force(decision, key), value))
    for number in changes.expired(decision.now):
        decision.emit(0, PermissionEnded(number, 0, EXPIRED, "", ""))


def set_limit(
    decision: Decision, key: Key, value: str, owner: str, expires_ns: int, who: str, why: str
) -> None:
    """A limit of a scope has another value, for good or until `expires_ns`."""
    look(decision)
    _end_override(decision, key, who, why)
    decision.emit(0, LimitSet(*key, in_force(decision, key), value, owner, who, expires_ns, why))


def withdraw(decision: Decision, key: Key, who: str, why: str) -> None:
    """It is as configured again."""
    look(decision)
    _end_override(decision, key, who, why)
    value = decision.setup.limits.configured(key)
    decision.emit(0, LimitWithdrawn(*key, in_force(decision, key), value, who, why))


def override(
    decision: Decision,
    key: Key,
    value: str,
    expires_ns: int,
    *,
    requester: str,
    approver: str,
    why: str,
) -> int:
    """A limit is raised until `expires_ns`, as one asked and another approved; its number."""
    look(decision)
    _look_at_people(decision, requester, approver, expires_ns)
    _end_override(decision, key, both(requester, approver), why)
    number = decision.state.limit_changes.number + 1
    old = in_force(decision, key)
    event = LimitOverridden(number, *key, old, value, requester, approver, expires_ns, why)
    decision.emit(0, event)
    return number


def permit(
    decision: Decision, wanted: Permit, expires_ns: int, *, requester: str, approver: str, why: str
) -> int:
    """One order may pass the limits until `expires_ns`, likewise; the number of the override."""
    look(decision)
    _look_at_people(decision, requester, approver, expires_ns)
    number = decision.state.limit_changes.number + 1
    event = OrderPermitted(
        number,
        wanted.client,
        wanted.cl_ord_id,
        wanted.account,
        wanted.symbol,
        wanted.side,
        wanted.quantity,
        requester,
        approver,
        expires_ns,
        why,
    )
    decision.emit(0, event)
    return number


def revoke(decision: Decision, number: int, who: str, why: str) -> None:
    """An order may not pass after all, or a limit is what it was."""
    decision.emit(0, PermissionEnded(number, 0, WITHDRAWN, who, why))


def _end_override(decision: Decision, key: Key, who: str, why: str) -> None:
    """That of a limit which is about to have another value."""
    said = decision.state.limit_changes.override_of(key)
    if said is not None:
        decision.emit(0, PermissionEnded(said.event.number, 0, WITHDRAWN, who, why))


def _look_at_people(decision: Decision, requester: str, approver: str, expires_ns: int) -> None:
    assert requester, "nobody asks for an override"
    assert approver, "nobody approves an override"
    assert requester != approver, f"{requester} asks for an override and approves it"
    assert expires_ns > decision.now, "an override ends before it begins"
