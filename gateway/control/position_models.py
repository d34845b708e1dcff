"""What the control API says of positions, and takes: one model for each answer and request.

Numbers are texts, exact; money is in the position's currency.
"""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from gateway.control.requests import GivenReason, Request
from gateway.control.views import View

POSITIONS_MAX: Final = 1000
ROWS_MAX: Final = 10_000  # decided in one turn of the loop

_Text = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
_Given = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]
_Number = Annotated[Decimal, Field(max_digits=30)]


class LotView(View):
    """Units of one price, and what they cost in all."""

    quantity: str
    cost: str
    price: str


class PositionView(View):
    """A position as it stands. `quantity` is below 0 for a short one; `average_price` "" for a flat
    one. `realised` and `unrealised` are by average cost, `realised_fifo` by lots, all gross of
    `commissions`, which are by currency; `income` is of dividends. `unpriced`: "missing" or "stale"
    where no price is known that could be gone by, then `unrealised` is "". `lots` only if one
    position is asked for, oldest first.
    """

    account: str
    symbol: str
    currency: str
    strategy: str = ""
    quantity: str
    average_price: str = ""
    cost: str
    realised: str
    realised_fifo: str
    realised_today: str
    unrealised: str = ""
    price: str = ""
    price_ns: int = 0
    unpriced: Literal["", "missing", "stale"] = ""
    income: str = "0"
    commissions: dict[str, str] = Field(default_factory=dict)
    lots: list[LotView] = Field(default_factory=list)


class PositionFilter(BaseModel):
    """Which positions are wanted; an empty text means any. `skip`: so many are passed over first,
    for those who read on.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    account: str = ""
    symbol: str = ""
    strategy: str = ""
    currency: str = ""
    open_only: bool = False
    lots: bool = False
    skip: int = Field(default=0, ge=0)
    limit: int = Field(default=100, ge=1, le=POSITIONS_MAX)


class PositionRow(Request):
    """A position as a line of a file has it: `price` of one unit, or `cost` of all, without a sign;
    `currency` "" is that of the instrument. `strategy` None: of all strategies, in a broker's file.
    """

    line: int = 0
    account: _Given
    symbol: _Given
    quantity: _Number
    price: _Number | None = None
    cost: _Number | None = None
    currency: _Text = ""
    strategy: _Text | None = None


class ImportPositions(GivenReason):
    """What positions are, all of them or none; `file` is where it comes from. `force`: also of
    accounts that no client has.
    """

    file: Annotated[str, StringConstraints(max_length=255, pattern=r"^[^\x00-\x1f]*$")] = ""
    rows: list[PositionRow] = Field(min_length=1, max_length=ROWS_MAX)
    force: bool = False


class AdjustPosition(GivenReason):
    """What one position is, by an operator's word. `force` as in `ImportPositions`."""

    position: PositionRow
    force: bool = False


class ReconcilePositions(Request):
    """A broker's positions. Differences within the tolerances, in units and as a part of the
    broker's average price, are none. Only the accounts in it are looked at.
    """

    rows: list[PositionRow] = Field(min_length=1, max_length=ROWS_MAX)
    quantity_tolerance: _Number = Field(default=Decimal(0), ge=0)
    price_tolerance: _Number = Field(default=Decimal("0.0001"), ge=0)


class BreakView(View):
    """A difference between a broker's position and ours; `kind` is one of `positions.breaks`."""

    line: int = 0
    kind: str
    account: str
    symbol: str
    currency: str
    strategy: str = ""
    quantity: str
    average_price: str = ""
    broker_quantity: str
    broker_price: str = ""


class ImportedView(View):
    """How many positions are as a file says now."""

    positions: int


class ReconciledView(View):
    """What a reconciliation found: `compared` positions, and the `breaks` among them."""

    compared: int
    breaks: list[BreakView]


class AskPositions(Request):
    """Which broker is asked."""

    broker: _Given


class ComparedView(View):
    """How an account's positions at a broker compared when it was last asked, at `time_ns` (UTC ns;
    0: never yet); `asking`: an answer is awaited.
    """

    broker: str
    account: str
    time_ns: int
    compared: int
    breaks: list[BreakView]
    asking: bool
