"""Times on the command line: a moment in UTC, and how long something lasts."""

from __future__ import annotations

import re
from datetime import UTC, datetime
from time import time_ns
from typing import Any, Final

import click

from sessions.values import NS_PER_S, parse_utc_timestamp

UNITS_S: Final = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LASTS_MAX_S: Final = 36_500 * 86_400
NS_MAX: Final = 2**63  # the journal has no later time
LASTS: Final = re.compile(r"([1-9][0-9]{0,8})([smhd])")


class Moment(click.ParamType[int]):
    """A time in UTC, to nanoseconds."""

    name = "time"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        moment = self._parsed(value)
        if not 0 <= moment < NS_MAX:
            self.fail(f"{value!r} is no time from 1970 to 2261")
        return moment

    def _parsed(self, value: Any) -> int:
        try:
            return parse_utc_timestamp(value)
        except ValueError:
            pass
        try:
            moment = datetime.fromisoformat(value)
        except ValueError:
            self.fail(f'{value!r}: write "2026-11-20" or "2026-11-20 10:11:12.345" (UTC)')
        if moment.tzinfo is None:
            moment = moment.replace(tzinfo=UTC)
        whole = int(moment.replace(microsecond=0).timestamp())
        return whole * 1_000_000_000 + moment.microsecond * 1_000


class Lasting(click.ParamType[int]):
    """How long from now, as the moment (UTC ns) at which it ends."""

    name = "duration"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> int:
        if isinstance(value, int):
            return value
        said = LASTS.fullmatch(str(value))
        if said is None:
            units = "minutes, hours, days or seconds"
            self.fail(f'{value} is no time; use {units}: write "90m", "12h", "90d"')
        seconds = int(said[1]) * UNITS_S[said[2]]
        if seconds > LASTS_MAX_S:
            self.fail(f"{value!r} is more than {LASTS_MAX_S // UNITS_S['d']} days")
        return time_ns() + seconds * NS_PER_S


def until_of(until: int | None, lasting: int | None, *, required: bool) -> int:
    """When something ends (UTC ns), 0 for never; raises UsageError."""
    if until is not None and lasting is not None:
        raise click.UsageError("say --for or --until, not both")
    if required and until is None and lasting is None:
        raise click.UsageError("say when it ends: --for 2h, or --until TIME")
    return until or lasting or 0
