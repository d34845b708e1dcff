"""The operators' desk for the business date: which it is, and its roll by hand."""

from time import time_ns

from gateway.control.desk import DeskError
from gateway.control.requests import Request
from gateway.control.views import DayView
from gateway.day_roller import DayRoller
from gateway.days import as_text
from gateway.engine import Engine


class DayDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine
    _roller: DayRoller

    def day(self) -> DayView:
        """The business date and what comes next; nothing where none is kept."""
        core = self._engine.core
        days, today = core.setup.days, core.state.day
        if days is None or not today.date:
            return DayView()
        now = time_ns()
        coming = days.at(now)
        while coming.next_date <= today.date:  # somebody rolled by hand
            coming = days.at(coming.until_ns)
        rolled = today.rolls[-1]
        return DayView(
            business_date=str(today.date),
            since_ns=today.since_ns,
            who=rolled.who,
            why=rolled.why,
            next_date=str(coming.next_date),
            next_roll_ns=coming.until_ns,
            orders_to_roll=len(core.to_roll),
        )

    async def roll_day(self, *, who: str, why: str) -> DayView:
        """Begin the next business date now; its time does not begin it again."""
        now = time_ns()
        date = self._next_date(now)
        self._roller.roll(date, who, why, now)
        await self._engine.committer.flush()
        return self.day()

    def look_at_roll(self, ask: Request) -> None:
        """Raise DeskError if the next business date could not begin."""
        self._next_date(time_ns())

    def _next_date(self, now: int) -> int:
        core = self._engine.core
        days, today = core.setup.days, core.state.day
        if days is None:
            text = "this gateway keeps no business date"
            raise DeskError("NO_BUSINESS_DATE", text, "set roll_time in [day], and reload")
        due = days.at(now)
        if today.date > due.date:
            raise DeskError(
                "DAY_ROLLED",
                f"business date {as_text(today.date)} has begun already, before its time",
                "it rolls by itself when it is over",
            )
        return days.after(max(today.date, due.date))
