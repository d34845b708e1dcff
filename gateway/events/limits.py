"""What was said of limits while the gateway ran. Values are texts as the configuration has them: a
number, "on", "off"; "" where nothing is set. `old`: what was in force before.
"""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class LimitSet(Event):
    """A limit of a scope is `value` from now on, whatever the configuration says; until
    `expires_ns` (UTC ns, 0: until it is withdrawn). `owner` answers for it.
    """

    scope: str
    limit: str
    old: str
    value: str
    owner: str
    who: str
    expires_ns: int
    why: str


@dataclass(slots=True)
class LimitWithdrawn(Event):
    """What was said of a limit counts no more: it is `value` again, as configured."""

    scope: str
    limit: str
    old: str
    value: str
    who: str
    why: str


@dataclass(slots=True)
class LimitLapsed(Event):
    """What was said of a limit for a time, or allowed by an override, is over: it is `value`."""

    scope: str
    limit: str
    old: str
    value: str


@dataclass(slots=True)
class LimitOverridden(Event):
    """A limit of a scope is `value` until `expires_ns` (UTC ns): one person asked for it, another
    approved. `number`: of the override.
    """

    number: int
    scope: str
    limit: str
    old: str
    value: str
    requester: str
    approver: str
    expires_ns: int
    why: str


@dataclass(slots=True)
class OrderPermitted(Event):
    """One order may pass the limits until `expires_ns` (UTC ns): that of a client with this
    ClOrdID(11), or, where that is "", the next one of the client, account, symbol and side; of
    `quantity` at most. `number`: of the override.
    """

    number: int
    client: str
    cl_ord_id: str
    account: str
    symbol: str
    side: str
    quantity: str
    requester: str
    approver: str
    expires_ns: int
    why: str


@dataclass(slots=True)
class PermissionEnded(Event):
    """The override of a number is over: `outcome` "used", by the order `order_no`, "expired" or
    "withdrawn".
    """

    number: int
    order_no: int
    outcome: str
    who: str
    why: str
