"""What the control API says of risk, and is asked: one model for each. Numbers are texts, exact."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import StringConstraints

from gateway.control.requests import Request
from gateway.control.views import View

_Text = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
_Given = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]

SideName = Literal["buy", "sell", "short"]


class WhatIf(Request):
    """An order that nobody has sent: `client` is a session's name, `price` "" at market, `account`
    "" the client's default, `strategy` "" none.
    """

    client: _Given
    symbol: _Given
    side: SideName
    quantity: _Given
    price: _Text = ""
    account: _Text = ""
    strategy: _Text = ""


class VerdictView(View):
    """What a check says; `refusal` "" if it passes."""

    check: str
    refusal: str = ""


class UseView(View):
    """How much of a limit is used, with the order; `used` and `left` "" where it is no amount.
    `source`: "configured", or whose word it is.
    """

    limit: str
    scope: str
    value: str
    used: str = ""
    left: str = ""
    source: str = ""


class RiskView(View):
    """Whether an order passes, what each check says, and how much is left of each limit; `override`
    is the number of one that would let it pass, 0 for none; `passed_by` tells the one that did let
    it pass, "" for none.
    """

    order: str
    passes: bool
    override: int = 0
    passed_by: str = ""
    verdicts: list[VerdictView]
    uses: list[UseView]
