"""What the control API says of limits, and takes. Numbers are texts, exact."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.control.requests import GivenReason, Request
from gateway.control.risk_models import SideName
from gateway.control.views import View

_Text = Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")]
_Given = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]
_Future = Annotated[int, Field(ge=0, lt=2**63)]

Source = Literal["configured", "set", "override"]
What = Literal[
    "set",
    "disabled",
    "withdrawn",
    "lapsed",
    "overridden",
    "permitted",
    "used",
    "expired",
    "revoked",
]


class LimitFilter(Request):
    """Limits that are asked for: of a scope, of a name; "": of any. `in_force`: those that hold for
    the scope, whichever scope sets them, with what it has of them itself.
    """

    scope: _Text = ""
    limit: _Text = ""
    in_force: bool = False


class LimitKey(GivenReason):
    """One limit of a scope."""

    scope: _Given
    limit: _Given


class SetLimit(LimitKey):
    """Another value for a limit, "off" too; money needs its `currency`. `owner` answers for it, ""
    who sets it. `expires_ns` (UTC ns): it holds until then, 0 until it is withdrawn.
    """

    value: _Given
    currency: _Text = ""
    owner: _Text = ""
    expires_ns: _Future = 0


class OverrideLimit(LimitKey):
    """A limit raised to `value` until `expires_ns` (UTC ns)."""

    value: _Given
    currency: _Text = ""
    expires_ns: Annotated[int, Field(gt=0, lt=2**63)]


class PermitOrder(GivenReason):
    """One order that may pass the limits until `expires_ns` (UTC ns): of `client` with `cl_ord_id`,
    or, where that is "", the next one of `account`, `symbol` and `side`; of `quantity` at most.
    """

    client: _Given
    quantity: Annotated[Decimal, Field(gt=0, max_digits=30, allow_inf_nan=False)]
    cl_ord_id: _Text = ""
    account: _Text = ""
    symbol: _Text = ""
    side: SideName | Literal[""] = ""
    expires_ns: Annotated[int, Field(gt=0, lt=2**63)]


class OverrideView(View):
    """An override that is in force: of a limit, or of an order."""

    number: int
    scope: str = ""
    limit: str = ""
    value: str = ""
    order: str = ""
    requester: str
    approver: str
    why: str
    since_ns: int
    expires_ns: int


class LimitView(View):
    """A limit of a scope as it holds. `configured` is what the configuration says, "" for nothing.
    `since_ns`: since when it holds, or when the configuration was read; `expires_ns` 0: it stays.
    `used` is how much of it is in use, `used_by` whose that is where each of a kind has it by
    itself; "" where it is no amount. `notes` say what came of setting it.
    """

    scope: str
    limit: str
    value: str
    currency: str = ""
    configured: str = ""
    source: Source
    owner: str = ""
    who: str = ""
    approver: str = ""
    why: str = ""
    since_ns: int
    expires_ns: int = 0
    override: int = 0
    used: str = ""
    used_by: str = ""
    left: str = ""
    notes: list[str] = Field(default_factory=list)


class LimitChangeView(View):
    """Something that was said of limits: what held before, and after. `override`: its number;
    `order`: whom a permission is for, or who used it.
    """

    time_ns: int
    what: What
    scope: str = ""
    limit: str = ""
    old: str = ""
    new: str = ""
    owner: str = ""
    who: str = ""
    approver: str = ""
    why: str = ""
    expires_ns: int = 0
    override: int = 0
    order: str = ""
