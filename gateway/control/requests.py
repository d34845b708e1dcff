"""What the control API takes: one model for each request, with the bounds of its texts."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from gateway.control.views import Level, Outcome, PriceKind, Urgency
from sessions.values import fix_text

REASON_LENGTH_MAX: Final = 500
HEADLINE_LENGTH_MAX: Final = 200
NEWS_LENGTH_MAX: Final = 4000

_Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=REASON_LENGTH_MAX)]
_GivenReason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_LENGTH_MAX)
]


_Account = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f]*$")]


def _says_something(text: str) -> str:
    if not fix_text(text):
        raise ValueError("has no text that FIX could carry")
    return text


_Headline = Annotated[
    str, StringConstraints(max_length=HEADLINE_LENGTH_MAX), AfterValidator(_says_something)
]
_Scope = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Request(BaseModel):
    """Base of all requests: an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Request):
    """Why, if the operator says so."""

    reason: _Reason = ""


class GivenReason(Request):
    """Why; it can't be left out."""

    reason: _GivenReason


class SetNumbers(GivenReason):
    """New sequence numbers; one that is not given stays."""

    next_in: int | None = Field(default=None, ge=1, lt=2**63)
    next_out: int | None = Field(default=None, ge=1, lt=2**63)


class Settle(GivenReason):
    """What became of an UNKNOWN order, by an operator's word."""

    outcome: Outcome


class Acknowledge(GivenReason):
    """Alarms that are seen to; none: all of them."""

    keys: list[str] = []


class Adopt(GivenReason):
    """Book an orphan on the order with this OrderID(37) or ClOrdID(11)."""

    order: Annotated[str, StringConstraints(min_length=1, max_length=200)]


class Book(GivenReason):
    """Deal with an orphan otherwise; `account` takes it in suspense, "": nothing is taken."""

    account: _Account = ""


class StatePrice(GivenReason):
    """A price by an operator's word; with `force` also one far from the reference price."""

    price: Decimal = Field(gt=0, max_digits=30)
    kind: PriceKind = "last"
    force: bool = False


class Halt(GivenReason):
    """Latch a level on `scope`, and with `cancel_open` cancel its open orders; with `force` also on
    an account, symbol, strategy or sector that nobody knows.
    """

    scope: _Scope = "firm"
    level: Level = "halted"
    cancel_open: bool = False
    force: bool = False


class Breaker(GivenReason):
    """Trip or reset a breaker for `scope`, "" where only one can be meant."""

    scope: Annotated[str, StringConstraints(max_length=200, pattern=r"^[^\x00-\x1f]*$")] = ""


class Resume(GivenReason):
    """Let `scope` trade again, or go down to a `level` that is less strict."""

    scope: _Scope = "firm"
    level: Literal["active", "reduce-only", "cancel-only"] = "active"


class News(Reason):
    """Something that clients are told: all of them, or those that are named."""

    headline: _Headline
    text: Annotated[str, StringConstraints(max_length=NEWS_LENGTH_MAX)] = ""
    clients: list[str] = []
    urgency: Urgency = "normal"


class Reload(Reason):
    """Read the configuration again; with `dry_run` only say what would change."""

    dry_run: bool = False
