"""What the control API tells of breakers."""

from __future__ import annotations

from pydantic import Field

from gateway.control.views import View


class ReadingView(View):
    """What a breaker reads of a scope."""

    scope: str
    reading: str


class TripView(View):
    """For what a breaker has tripped, by whom, why and since when (UTC ns); what it read then and
    its threshold then. `route`: "open" or "half-open" of one that keeps orders from a broker, else
    "". `closing`: how far it is with closing positions, "" where it does not.
    """

    scope: str
    reading: str
    threshold: str
    actions: list[str]
    who: str
    why: str
    since_ns: int
    route: str = ""
    closing: str = ""


class BreakerView(View):
    """A breaker as it is configured; `configured`: it still is. `readings`: the scopes with the
    highest (not in the list of all).
    """

    name: str
    condition: str
    scopes: list[str]
    threshold: str
    unit: str
    actions: list[str]
    window_s: str = ""
    configured: bool = True
    trips: list[TripView] = Field(default_factory=list)
    readings: list[ReadingView] = Field(default_factory=list)
