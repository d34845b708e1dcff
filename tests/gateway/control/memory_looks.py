"""How the gateway in memory looks at requests that may need two people."""

from __future__ import annotations

from gateway.control.desk import unknown_session
from gateway.control.errors import DeskError
from gateway.control.limit_models import LimitKey, OverrideLimit, PermitOrder, SetLimit
from gateway.control.position_models import AdjustPosition
from gateway.control.requests import (
    Adopt,
    Book,
    Breaker,
    News,
    Request,
    Resume,
    SetNumbers,
    Settle,
    StatePrice,
)


class MemoryLooks:
    """Part of the desk in memory."""

    def look_at_session(self, ask: Request, name: str) -> None:
        self.session(name)

    def look_at_numbers(self, ask: SetNumbers, name: str) -> None:
        self.session(name)
        if ask.next_in is None and ask.next_out is None:
            raise DeskError("BAD_REQUEST", "no number is given", "give one", 422)

    def look_at_settlement(self, ask: Settle, key: str) -> None:
        self.order(key)

    def look_at_adoption(self, ask: Adopt, key: str) -> None:
        self.orphan(key)
        self.order(ask.order)

    def look_at_booking(self, ask: Book, key: str) -> None:
        self.orphan(key)

    def look_at_adjustment(self, ask: AdjustPosition) -> None:
        """It takes any."""

    def look_at_price(self, ask: StatePrice, symbol: str) -> None:
        if symbol == "NONE":
            raise DeskError("UNKNOWN_SYMBOL", f"there is no instrument {symbol}", "", 404)

    def look_at_limit(self, ask: SetLimit) -> None:
        raise AssertionError("the gateway in memory has no limits")

    def look_at_unset(self, ask: LimitKey) -> None:
        raise AssertionError("the gateway in memory has no limits")

    def look_at_override(self, ask: OverrideLimit) -> None:
        raise AssertionError("the gateway in memory has no limits")

    def look_at_permit(self, ask: PermitOrder) -> None:
        raise AssertionError("the gateway in memory has no limits")

    def look_at_roll(self, ask: Request) -> None:
        if self.rolled:
            raise DeskError("DAY_ROLLED", "business date 20261123 has begun already", "wait")

    def look_at_reset(self, ask: Breaker, name: str) -> None:
        self.breaker(name)

    def look_at_broker(self, ask: Request, name: str) -> None:
        if name != "SIM":
            raise DeskError("UNKNOWN_BROKER", f"there is no broker {name}", "", 404)

    def look_at_resume(self, ask: Resume) -> None:
        if ask.scope not in self.latched:
            text = f'"{ask.scope}" is not halted'
            raise DeskError("NOT_HALTED", text, "`fixgate status` shows halts")

    def look_at_news(self, ask: News) -> None:
        known = ["ACME", "BETA"]
        for name in ask.clients:
            if name not in known:
                raise unknown_session(name, known)
