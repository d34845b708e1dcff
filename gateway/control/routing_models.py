"""What the control API tells of brokers and of how one was chosen, and is asked. Numbers are texts,
exact."""

from __future__ import annotations

from typing import Annotated

from pydantic import Field, StringConstraints

from gateway.control.requests import Request
from gateway.control.risk_models import SideName
from gateway.control.views import View

_Text = Annotated[str, StringConstraints(max_length=64, pattern=r"^[^\x00-\x1f]*$")]
_Given = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[^\x00-\x1f]*$")]


class WhatRoute(Request):
    """An order that nobody has sent: `client` is a session's name, `price` "" at market, `account`
    "" the client's default, the rest "" as an order without it.
    """

    client: _Given
    symbol: _Given
    side: SideName
    quantity: _Given
    price: _Text = ""
    account: _Text = ""
    time_in_force: _Text = ""
    security_type: _Text = ""
    ex_destination: _Text = ""
    on_behalf_of: _Text = ""


class ConsideredView(View):
    """A broker that a route leads to: `left_out` says why it cannot have the order, "" if it can;
    `score` in basis points, and `factors` in their units, as far as they are known; `quote`: its
    own price for the order, where the strategy goes by that; `share`: how much of a split order it
    gets, or why it gets all of one that was to be.
    """

    broker: str
    left_out: str = ""
    score: str = ""
    factors: dict[str, str] = Field(default_factory=dict)
    quote: str = ""
    share: str = ""


class RouteView(View):
    """Where an order goes, and why. `strategy` and `considered` are empty where its route leads to
    one broker; `version` tells one routing configuration from another. `refusal`: why it goes
    nowhere. `time_ns`: when it was decided (UTC ns). `leg_price`: Price(44) of a leg that has one
    of its own.
    """

    order: str = ""
    route: str = ""
    broker: str = ""
    strategy: str = ""
    version: str = ""
    refusal: str = ""
    time_ns: int = 0
    arrival: str = ""
    leg_price: str = ""
    considered: list[ConsideredView] = Field(default_factory=list)


class MeasureView(View):
    """What was measured of a broker: the mean, and of how many it is made (at most 32)."""

    name: str
    value: str
    unit: str
    count: int


class BrokerView(View):
    """A broker. `state`: enabled, draining, drained or disabled, by `who`, `why` and since when
    (UTC ns, 0: ever since); `breakers` that keep new orders from it; `open_orders` of it;
    `account`: what it tells of its account, as of `account_ns` (UTC ns), where its API does.
    """

    name: str
    type: str
    venue: str
    state: str
    up: bool
    reconciling: bool = False
    breakers: list[str] = Field(default_factory=list)
    who: str = ""
    why: str = ""
    since_ns: int = 0
    open_orders: int = 0
    routes: list[str] = Field(default_factory=list)
    measures: list[MeasureView] = Field(default_factory=list)
    account: dict[str, str] = Field(default_factory=dict)
    account_ns: int = 0
