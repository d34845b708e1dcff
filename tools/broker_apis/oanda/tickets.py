"""An order as OANDA numbers it: what is left after a partial fill is another one. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import Any, Final

from tools.broker_apis.oanda.entry import TYPES
from tools.broker_apis.orders import MARKET, Order

PENDING: Final = "PENDING"
FILLED: Final = "FILLED"
CANCELLED: Final = "CANCELLED"
NEW_FIELD: Final = {"x_not_documented": {"since": "today", "values": [1, 2]}}


@dataclass(slots=True, kw_only=True, eq=False)
class Ticket:
    """`order` is the world's: several tickets may be parts of one."""

    number: str
    order: Order
    units: Decimal
    created_ns: int
    state: str = PENDING
    ended_ns: int = 0
    ended_by: str = ""
    replaces: str = ""
    replaced_by: str = ""

    @property
    def client_id(self) -> str:
        """The client's own id of it."""
        return self.order.client_id

    def terms(self) -> dict[str, Any]:
        """What its order says, as transactions and queries repeat it."""
        terms = self.order.terms
        extras = terms.extras
        fields: dict[str, Any] = {
            "instrument": terms.symbol,
            "units": format(self.units * terms.sign, "f"),
            "price": extras.get("price"),
            "priceBound": extras.get("priceBound"),
            "timeInForce": terms.time_in_force.upper(),
            "gtdTime": extras.get("gtdTime"),
            "positionFill": extras.get("positionFill", "DEFAULT"),
            "triggerCondition": None if terms.kind == MARKET else "DEFAULT",
            "clientExtensions": extras.get("clientExtensions"),
            "replacesOrderID": self.replaces or None,
        }
        return {name: value for name, value in fields.items() if value is not None}

    def as_dict(self, *, extra: bool = False) -> dict[str, Any]:
        """As queries tell it."""
        row: dict[str, Any] = {
            "id": self.number,
            "type": TYPES[self.order.terms.kind],
            "createTime": self.created_ns,
            "state": self.state,
            **self.terms(),
            **(NEW_FIELD if extra else {}),
        }
        if self.state == FILLED:
            row |= {"fillingTransactionID": self.ended_by, "filledTime": self.ended_ns}
        elif self.state == CANCELLED:
            row |= {"cancellingTransactionID": self.ended_by, "cancelledTime": self.ended_ns}
        if self.replaced_by:
            row["replacedByOrderID"] = self.replaced_by
        return row
