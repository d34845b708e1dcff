"""What the control API asks of the gateway, and how the gateway says no.

Owns the contract between the API and the runtime. Reads answer at once from memory; actions put a
command in the inbox and return when it is decided and durable. `who` is what `admit` answered.
"""

from __future__ import annotations

from collections.abc import Iterable
from decimal import Decimal
from typing import Protocol

from gateway.control.alert_models import SinkTestView
from gateway.control.audit_desk import AuditDesk
from gateway.control.breaker_models import BreakerView
from gateway.control.errors import DeskError
from gateway.control.exposure_models import ExposureView, ReadingsView
from gateway.control.limit_models import (
    LimitChangeView,
    LimitFilter,
    LimitKey,
    LimitView,
    OverrideLimit,
    OverrideView,
    PermitOrder,
    SetLimit,
)
from gateway.control.looks import Looks
from gateway.control.operator_models import Issue, OperatorView, ProposalView, Rotate, TokenView
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
from gateway.control.requests import Breaker, Halt, News, Resume
from gateway.control.risk_models import RiskView, WhatIf
from gateway.control.routing_desk import RoutingDesk
from gateway.control.verbs import Verb
from gateway.control.views import (
    AlarmView,
    DayView,
    DrillView,
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
    "unknown_operator",
    "unknown_order",
    "unknown_orphan",
    "unknown_proposal",
    "unknown_session",
    "unknown_sink",
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


def unknown_sink(name: str, known: Iterable[str]) -> DeskError:
    """No sink of alerts has this name."""
    names = ", ".join(known) or "none; an [[alerts]] entry makes one"
    return DeskError("UNKNOWN_SINK", f'there is no sink "{name}"', f"there are: {names}", 404)


def unknown_orphan(key: str) -> DeskError:
    """No orphan has this key."""
    return DeskError(
        "UNKNOWN_ORPHAN",
        f'there is no orphan "{key}"',
        "`fixgate orders orphans list` shows them",
        status=404,
    )


def unknown_operator(name: str, known: Iterable[str]) -> DeskError:
    """No operator has this name."""
    names = ", ".join(sorted(known)) or "none"
    return DeskError(
        "UNKNOWN_OPERATOR", f'there is no operator "{name}"', f"there are: {names}", status=404
    )


def unknown_proposal(key: str) -> DeskError:
    """No proposal has this key, or none that is still known."""
    return DeskError(
        "UNKNOWN_PROPOSAL",
        f'there is no proposal "{key}"',
        "`fixgate approvals list --all` shows those that are known",
        status=404,
    )


def ambiguous_order(key: str, order_ids: Iterable[str]) -> DeskError:
    """Several clients used this ClOrdID(11)."""
    return DeskError(
        "AMBIGUOUS_ORDER",
        f'ClOrdID(11) "{key}" belongs to several orders',
        f"give the OrderID(37), one of {', '.join(order_ids)}",
    )


class Desk(Looks, RoutingDesk, AuditDesk, Protocol):
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

    async def exposure(self, scope: str) -> list[ExposureView]:
        """What a scope has at risk; "": the firm, each client and each account."""

    def readings(self) -> ReadingsView:
        """What the monitor found in the last second."""

    def day(self) -> DayView:
        """The business date and its next roll."""

    async def roll_day(self, *, who: str, why: str) -> DayView:
        """Begin the next business date before its time."""

    def alarms(self) -> list[AlarmView]:
        """Alarms that nobody has acknowledged, the newest first."""

    async def acknowledge_alarms(self, keys: list[str], *, who: str, why: str) -> list[AlarmView]:
        """Somebody has seen to these, or, without keys, to all; answers those that are left."""

    async def test_alerts(self, sink: str, *, who: str) -> SinkTestView:
        """Send a test by a sink, and say what came of it."""

    def breakers(self) -> list[BreakerView]:
        """All breakers, and for what they have tripped."""

    def breaker(self, name: str) -> BreakerView:
        """One breaker, with what it reads."""

    async def trip_breaker(self, name: str, ask: Breaker, *, who: str) -> BreakerView:
        """Have a breaker trip."""

    async def reset_breaker(self, name: str, ask: Breaker, *, who: str) -> BreakerView:
        """Have a breaker that has tripped work again."""

    async def halts(self) -> list[HaltView]:
        """The levels of trading in force, and what is still open that is to be canceled."""

    async def halt(self, ask: Halt, *, who: str) -> HaltView:
        """Latch a level of trading on a scope."""

    async def drill_halt(self, ask: Halt, *, who: str) -> DrillView:
        """What that would do; only that it was asked is kept."""

    async def resume(self, ask: Resume, *, who: str) -> list[HaltView]:
        """Let a scope trade again; answers the levels still in force."""

    async def send_news(self, news: News, *, who: str) -> NewsView:
        """Send News(B) to all clients, or to those that are named."""

    async def reload(self, *, dry_run: bool, who: str, why: str) -> ReloadView:
        """Read the configuration again, and apply what has changed."""

    @property
    def operators_required(self) -> bool:
        """Whether only named operators may command."""

    async def admit(self, verb: Verb, os_user: str, authorization: str) -> str:
        """Who it is that asks for a verb: the operator of a token, or the operating-system user."""

    def operators(self) -> list[OperatorView]:
        """Named operators."""

    async def issue_operator(self, ask: Issue, *, who: str) -> TokenView:
        """Name an operator; answers the token."""

    async def rotate_operator(self, name: str, ask: Rotate, *, who: str) -> TokenView:
        """Give an operator another token, and end the one before."""

    async def revoke_operator(self, name: str, *, who: str, why: str) -> list[OperatorView]:
        """End an operator; answers those that are left."""

    def needs_second_person(self, verb: Verb) -> bool:
        """Whether a verb is done by two people only, as things are."""

    async def propose(
        self, verb: Verb, arguments: dict[str, object], *, who: str, why: str
    ) -> ProposalView:
        """Keep what somebody asks for until somebody else approves."""

    def proposals(self, *, everything: bool) -> list[ProposalView]:
        """What waits for a second person; with `everything` also what was decided."""

    def proposal(self, key: str) -> ProposalView:
        """One of them."""

    def approve(self, key: str, *, who: str, why: str) -> tuple[Verb, ProposalView]:
        """Mark one approved; the caller does it, at once."""

    def fail(self, key: str, *, who: str, why: str) -> None:
        """What was approved could not be done."""

    async def refuse(self, key: str, *, who: str, why: str) -> ProposalView:
        """What was proposed shall not be done."""

    async def withdraw(self, key: str, *, who: str, why: str) -> ProposalView:
        """Who asked for it wants it no more."""

    async def flush(self) -> FlushView:
        """Make everything so far durable and say where the journal ends."""

    async def limits(self, wanted: LimitFilter) -> list[LimitView]:
        """Limits as they hold, by scope."""

    def limit_history(self, wanted: LimitFilter) -> list[LimitChangeView]:
        """What was said of limits, the newest first."""

    async def set_limit(self, ask: SetLimit, *, who: str) -> LimitView:
        """Have another value for a limit of a scope, from the next order on."""

    async def unset_limit(self, ask: LimitKey, *, who: str) -> list[LimitView]:
        """Have a limit as configured again."""

    def overrides(self) -> list[OverrideView]:
        """What is overridden now, by number."""

    async def override_limit(self, ask: OverrideLimit, *, who: str) -> OverrideView:
        """Have a limit raised for a time; `who` are two people."""

    async def permit_order(self, ask: PermitOrder, *, who: str) -> OverrideView:
        """Let one order pass the limits; `who` are two people."""

    async def revoke_override(self, number: int, *, who: str, why: str) -> list[OverrideView]:
        """End an override before its time; answers those that are left."""
