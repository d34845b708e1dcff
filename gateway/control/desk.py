"""What the control API asks of the gateway, and how the gateway says no.

Owns the contract between the API and the runtime. Reads answer at once from memory; actions put a
command in the inbox and return when it is decided and durable. `who` is the operating-system user.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from gateway.control.errors import DeskError
from gateway.control.position_models import (
    AdjustPosition,
    ComparedView,
    ImportedView,
    ImportPositions,
    PositionFilter,
    PositionView,
    ReconciledView,
    ReconcilePositions,
)
from gateway.control.requests import News
from gateway.control.risk_models import RiskView, WhatIf
from gateway.control.views import (
    AlarmView,
    DayView,
    FlushView,
    HaltView,
    HealthView,
    NewsView,
    OrderFilter,
    OrderView,
    OrphanView,
    Outcome,
    PriceKind,
    PriceView,
    ReloadView,
    SessionView,
    StatusView,
)

__all__ = [
    "Desk",
    "DeskError",
    "ambiguous_order",
    "unknown_alarm",
    "unknown_order",
    "unknown_orphan",
    "unknown_session",
]


def unknown_session(name: str, known: Iterable[str]) -> DeskError:
    """No session has this name."""
    names = ", ".join(sorted(known)) or "none"
    return DeskError(
        "UNKNOWN_SESSION", f'there is no session "{name}"', f"there are: {names}", status=404
    )


def unknown_order(key: str) -> DeskError:
    """No order has this OrderID(37) or ClOrdID(11)."""
    return DeskError(
        "UNKNOWN_ORDER",
        f'there is no order with OrderID(37) or ClOrdID(11) "{key}"',
        "`fixgate orders list --all` shows the orders",
        status=404,
    )


def unknown_alarm(key: str) -> DeskError:
    """No alarm has this key."""
    return DeskError(
        "UNKNOWN_ALARM",
        f'there is no alarm "{key}"',
        "`fixgate alarms list` shows them",
        status=404,
    )


def unknown_orphan(key: str) -> DeskError:
    """No orphan has this key."""
    return DeskError(
        "UNKNOWN_ORPHAN",
        f'there is no orphan "{key}"',
        "`fixgate orders orphans list` shows them",
        status=404,
    )


def ambiguous_order(key: str, order_ids: Iterable[str]) -> DeskError:
    """Several clients used this ClOrdID(11)."""
    return DeskError(
        "AMBIGUOUS_ORDER",
        f'ClOrdID(11) "{key}" belongs to several orders',
        f"give the OrderID(37), one of {', '.join(order_ids)}",
    )


class Desk(Protocol):
    """The gateway as operators see it. Every method may raise DeskError."""

    def status(self) -> StatusView:
        """The gateway as a whole."""

    def health(self) -> HealthView:
        """Whether it is alive and ready for orders."""

    async def sessions(self) -> list[SessionView]:
        """All sessions, clients first."""

    def session(self, name: str) -> SessionView:
        """One session."""

    async def session_reset(self, name: str, *, who: str, why: str) -> SessionView:
        """Begin a new epoch: both numbers 1. Nothing is deleted."""

    async def session_set_numbers(
        self, name: str, *, next_in: int | None, next_out: int | None, who: str, why: str
    ) -> SessionView:
        """Set the next MsgSeqNum(34) expected, sent, or both."""

    async def session_disconnect(self, name: str, *, who: str, why: str) -> SessionView:
        """Close the connection at once, without Logout(5)."""

    async def session_logout(self, name: str, *, who: str, why: str) -> SessionView:
        """Send Logout(5) and close when it is answered."""

    async def session_enable(self, name: str, *, who: str, why: str) -> SessionView:
        """Let the session log on (again)."""

    async def session_disable(self, name: str, *, who: str, why: str) -> SessionView:
        """Log the session out and keep it out; survives a restart."""

    async def orders(self, wanted: OrderFilter) -> list[OrderView]:
        """Orders held in memory that match, newest first."""

    def order(self, key: str) -> OrderView:
        """One order by OrderID(37), or by ClOrdID(11) where that is unique."""

    async def cancel_order(self, key: str, *, who: str, why: str) -> OrderView:
        """Send a cancel to the order's broker."""

    async def settle_order(self, key: str, *, outcome: Outcome, who: str, why: str) -> OrderView:
        """End the uncertainty of an UNKNOWN order."""

    def orphans(self) -> list[OrphanView]:
        """Executions that fit no order, and orders that only a broker knows, newest first."""

    async def adopt_orphan(self, key: str, order_key: str, *, who: str, why: str) -> OrderView:
        """Book a parked execution on an order, and tell its client."""

    async def book_orphan(self, key: str, account: str, *, who: str, why: str) -> OrphanView:
        """An orphan is dealt with by other means; `account` takes it in suspense, "" for none."""

    def prices(self) -> list[PriceView]:
        """Last trades and quotes that are known."""

    async def state_price(
        self,
        symbol: str,
        *,
        price: Decimal,
        kind: PriceKind,
        who: str,
        why: str,
        force: bool = False,
    ) -> PriceView:
        """Have a price by an operator's word: it triggers what waits for it. One that is far from
        the reference price is refused without `force`.
        """

    async def positions(self, wanted: PositionFilter) -> list[PositionView]:
        """Positions that match."""

    async def import_positions(self, ask: ImportPositions, *, who: str) -> ImportedView:
        """Have positions as a file says: all, or none and what is wrong with each line."""

    async def adjust_position(self, ask: AdjustPosition, *, who: str) -> PositionView:
        """Have one position by an operator's word."""

    async def reconcile_positions(self, ask: ReconcilePositions) -> ReconciledView:
        """Hold a broker's positions against ours; nothing is changed."""

    def position_breaks(self, broker: str) -> list[ComparedView]:
        """How brokers' positions compared with ours when they were last asked, "": all brokers'."""

    async def ask_positions(self, broker: str, *, who: str) -> list[ComparedView]:
        """Have a broker asked what its accounts hold."""

    def explain_risk(self, key: str) -> RiskView:
        """What the checks say of an order as it stands, and how much of each limit is left."""

    def what_if(self, ask: WhatIf) -> RiskView:
        """The same of an order that nobody has sent."""

    def day(self) -> DayView:
        """The business date and its next roll."""

    async def roll_day(self, *, who: str, why: str) -> DayView:
        """Begin the next business date before its time."""

    def alarms(self) -> list[AlarmView]:
        """Alarms that nobody has acknowledged, the newest first."""

    async def acknowledge_alarms(self, keys: list[str], *, who: str, why: str) -> list[AlarmView]:
        """Somebody has seen to these, or, without keys, to all; answers those that are left."""

    async def halt(self, scope: str, *, cancel_open: bool, who: str, why: str) -> HaltView:
        """Latch a halt of "firm", "client:NAME", "account:NAME" or "symbol:NAME"."""

    async def resume(self, scope: str, *, who: str, why: str) -> list[HaltView]:
        """Lift a halt; answers the halts still in force."""

    async def send_news(self, news: News, *, who: str) -> NewsView:
        """Send News(B) to all clients, or to those that are named."""

    async def reload(self, *, dry_run: bool, who: str, why: str) -> ReloadView:
        """Read the configuration again, and apply what has changed."""

    async def flush(self) -> FlushView:
        """Make everything so far durable and say where the journal ends."""
