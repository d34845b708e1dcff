"""Settings of circuit breakers."""

from __future__ import annotations

from decimal import Decimal
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.breakers import ACTIONS, CONDITIONS
from gateway.config.kinds import LimitScope, Name, Whole, one_or_many, unique
from gateway.config.section import Section

WINDOW_MAX_S: Final = 3600


def _condition(text: str) -> str:
    if text not in CONDITIONS:
        raise ValueError(f'"{text}" must be one of {", ".join(CONDITIONS)}')
    return text


def _actions(values: tuple[str, ...]) -> tuple[str, ...]:
    for text in values:
        if text not in ACTIONS:
            raise ValueError(f'"{text}" must be one of {", ".join(ACTIONS)}')
    if not values:
        raise ValueError('names no action: say "alert" if an alarm is all')
    return unique(values)


def _scopes(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError('names no scope: say "firm", "KIND:NAME" or "KIND:*"')
    return unique(values)


class BreakerSettings(Section):
    """A circuit breaker: it trips for a scope when the reading of its condition reaches the
    threshold, and stays so until a person resets it. Each scope trips by itself.
    """

    name: Name
    """The breaker's name."""
    condition: Annotated[str, AfterValidator(_condition)]
    """What it reads: drawdown, daily_loss, volatility, rejection_rate, position_size, order_rate,
    ack_latency, unknown_count, repeated_execution or message_burst."""
    scopes: Annotated[tuple[LimitScope, ...], BeforeValidator(one_or_many), AfterValidator(_scopes)]
    """Whom it watches: "firm", "KIND:NAME", or "KIND:*" for each of a kind by itself."""
    threshold: Decimal = Field(gt=0, allow_inf_nan=False)
    """The reading at which it trips: money in the risk currency, percent, units, milliseconds, or a
    number, by the condition."""
    window_s: Decimal | None = Field(default=None, gt=0, le=WINDOW_MAX_S, allow_inf_nan=False)
    """Seconds in which it counts, for conditions that do."""
    min_count: Whole | None = Field(default=None, gt=0)
    """Orders in the window without which nothing is read of rejection_rate and ack_latency."""
    actions: Annotated[tuple[str, ...], BeforeValidator(one_or_many), AfterValidator(_actions)]
    """What it does: alert, slow_down, reduce_only, halt, cancel_open (with one of those two),
    close_positions (with reduce_only and cancel_open) or switch_route. Each trip is an alarm
    besides."""
    halt_level: Literal["halted", "cancel-only"] | None = None
    """What halt makes of the scope; not set: halted."""
    close_positions: Literal["yes, by market orders"] | None = None
    """The word without which close_positions is no action: "yes, by market orders". Where a broker
    takes none, they are limit orders through the market."""
    slow_to_per_s: Decimal | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Orders and replaces of the scope that slow_down lets through a second."""
    probe_after_s: Decimal | None = Field(default=None, gt=0, allow_inf_nan=False)
    """Seconds after which switch_route lets a few orders try the broker again, and which it waits
    for their answers."""
    probes: Whole | None = Field(default=None, gt=0)
    """So many: if all are answered well the broker gets orders again, if one is not it goes on as
    before."""
