"""Settings of the router: what brokers are as venues, and how they are compared."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from pydantic import Field

from gateway.config.kinds import Seconds, Whole
from gateway.config.section import Section


class VenueSettings(Section):
    """What the broker is to routes that lead to several; without this table, a primary venue that
    costs nothing and takes all sizes."""

    kind: Literal["primary", "ecn", "dark", "retail"] = "primary"
    """A "primary" venue, an "ecn", a "dark" pool, or a "retail" market maker."""
    fee_per_share: Decimal = Field(default=Decimal(0), ge=-1000, le=1000)
    """What it charges a unit, in the money of the instrument; below 0: a rebate."""
    fee_bps: Decimal = Field(default=Decimal(0), ge=-1000, le=1000)
    """What it charges of an order's value, in basis points; likewise."""
    priority: Whole = Field(default=0, ge=-1000, le=1000)
    """The higher is preferred where the score is equal, and a factor of it."""
    weight: Whole = Field(default=1, ge=1, le=1000)
    """Its share of the open orders where a route balances."""
    min_quantity: Decimal | None = Field(default=None, gt=0)
    """Least OrderQty(38) it takes, as dark pools have; included."""
    max_quantity: Decimal | None = Field(default=None, gt=0)
    """Greatest OrderQty(38), included."""
    min_notional: Decimal | None = Field(default=None, gt=0)
    """Least value of an order, in the money of the instrument."""


class WeightSettings(Section):
    """What one unit of each factor counts in the score of a broker; 0: it is not looked at."""

    fees: Decimal = Field(default=Decimal(1), ge=0, le=1000)
    """A basis point that it charges."""
    spread: Decimal = Field(default=Decimal(1), ge=0, le=1000)
    """A basis point of half the spread of its own live quote."""
    speed: Decimal = Field(default=Decimal("0.01"), ge=0, le=1000)
    """A millisecond that it takes to acknowledge and to fill."""
    fill_rate: Decimal = Field(default=Decimal("0.1"), ge=0, le=1000)
    """A percent of what it was given, and could fill at once, that it filled."""
    price_improvement: Decimal = Field(default=Decimal(1), ge=0, le=1000)
    """A basis point by which its fills were better than the market."""
    priority: Decimal = Field(default=Decimal(0), ge=0, le=1000)
    """A step of its priority."""


class RoutingSettings(Section):
    """How the brokers of a route are compared: by a score in basis points, the sum of the factors
    by their weights."""

    default_broker: str = ""
    """Where orders go that no route matches; "": they are refused."""
    measured_max_age_s: Seconds = Field(default=3600.0, gt=0, le=31_536_000)
    """What was measured of a broker counts so long after the last order that it was measured by."""
    quote_max_age_s: Seconds = Field(default=5.0, gt=0, le=86_400)
    """A broker's quote that is older tells nothing."""
    weights: WeightSettings = WeightSettings()
    """The weights, a table of its own."""
