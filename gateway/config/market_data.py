"""Settings of those who send us market data over FIX."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from gateway.config.initiator import FixInitiator
from gateway.config.kinds import Switch, Texts, Whole
from gateway.config.section import STRICT


def _some(kinds: tuple[str, ...]) -> tuple[str, ...]:
    if not kinds or len(set(kinds)) != len(kinds):
        raise ValueError('must be a list such as ["bid", "ask", "last"], each once')
    return kinds


Entries = Annotated[
    tuple[Literal["bid", "ask", "last", "close"], ...], Field(min_length=1), AfterValidator(_some)
]


class MarketData(FixInitiator):
    """A session that sends prices: we log on, ask by MarketDataRequest(V), and take snapshots (W)
    and changes (X)."""

    model_config = STRICT

    entries: Entries = ("bid", "ask", "last")
    """What is asked for, by MDEntryType(269): "bid", "ask", "last" (trades), "close"."""
    symbols: Texts = ("*",)
    """Instruments it is asked for, by name or pattern such as "EUR*"; "*": all, and the symbols of
    fed_rates."""
    symbols_per_request: Whole = Field(default=100, ge=1, le=10_000)
    """Most symbols of one MarketDataRequest(V)."""
    updates: Literal["incremental", "full"] = "incremental"
    """Whether it is asked for changes (X), or a whole snapshot (W) each time: MDUpdateType(265)."""
    conflate_ms: Whole = Field(default=100, ge=0, le=60_000)
    """Of each symbol and kind of price the newest one in this time counts and is journalled."""
    record: Literal["conflated", "all"] = "conflated"
    """What the journal keeps: the prices that count, or each message of market data as well, whole.
    All other messages are always kept."""
    price_time: Literal["receipt", "entry"] = "receipt"
    """A price is as old as its message, or as MDEntryDate(272) and MDEntryTime(273) say, where they
    say something and it is not in the future."""
    reset_on_logon: Switch = Field(default=True, json_schema_extra={"quickfix": "ResetOnLogon"})
    """Begin at number 1 with every logon: what was missed is old, and asked for anew."""
    invalid_messages: Literal["reject", "deliver"] = Field(
        default="deliver", json_schema_extra={"quickfix": "RejectInvalidMessage"}
    )
    """An invalid message: "deliver" it, since each price is looked at by itself, or "reject" it."""
