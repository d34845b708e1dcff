"""The commands' side of the control API: typed calls over the Unix socket.

Knows the views and paths, nothing of the terminal.
"""

from __future__ import annotations

import socket
from decimal import Decimal
from http import HTTPStatus
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from gateway.control import http
from gateway.control.alert_models import SinkTestView
from gateway.control.audit_calls import AuditCalls
from gateway.control.breaker_models import BreakerView
from gateway.control.errors import DeskError, GatewayNotRunning, NoAnswer, WaitsForApproval
from gateway.control.exposure_models import ExposureView
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
from gateway.control.operator_models import (
    ApprovedView,
    Issue,
    OperatorView,
    ProposalView,
    Rotate,
    TokenView,
)
from gateway.control.position_models import (
    AdjustPosition,
    ComparedView,
    ImportedView,
    ImportPositions,
    PositionFilter,
    PositionRow,
    PositionView,
    ReconciledView,
    ReconcilePositions,
)
from gateway.control.risk_models import RiskView, WhatIf
from gateway.control.routing_calls import RoutingCalls
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
    PriceKind,
    PriceView,
    ReloadView,
    SessionView,
    StatusView,
)

__all__ = ["ControlClient", "DeskError", "GatewayNotRunning"]

ANSWER_TIMEOUT_S: Final = 30.0
T = TypeVar("T", bound=BaseModel)


class ControlClient(RoutingCalls, AuditCalls):
    """A connection to one gateway, as a context manager. Raises GatewayNotRunning, NoAnswer,
    DeskError, and WaitsForApproval for what is not done yet.
    """

    def __init__(self, path: Path, timeout_s: float = ANSWER_TIMEOUT_S, token: str = "") -> None:
        """`token`: of a named operator, where the gateway wants one."""
        self._path = path
        self._timeout_s = timeout_s
        self._headers = {"Authorization": f"Bearer {token}"} if token else {}

    def __enter__(self) -> ControlClient:
        _probe(self._path)
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Nothing is kept open."""

    def status(self) -> StatusView:
        """The gateway as a whole."""
        return self._one(StatusView, "GET", "/status")

    def health(self) -> HealthView:
        """Whether it is alive and ready."""
        return self._one(HealthView, "GET", "/health")

    def sessions(self) -> list[SessionView]:
        """All sessions."""
        return self._many(SessionView, "GET", "/sessions")

    def session(self, name: str) -> SessionView:
        """One session."""
        return self._one(SessionView, "GET", f"/sessions/{_part(name)}")

    def session_action(self, name: str, action: str, **body: object) -> SessionView:
        """`action`: reset, numbers, disconnect, logout, enable or disable."""
        return self._one(SessionView, "POST", f"/sessions/{_part(name)}/{action}", json=body)

    def orders(self, wanted: OrderFilter) -> list[OrderView]:
        """Orders that match, newest first."""
        return self._many(OrderView, "GET", "/orders", params=wanted.model_dump())

    def order(self, key: str) -> OrderView:
        """One order by OrderID(37) or ClOrdID(11)."""
        return self._one(OrderView, "GET", f"/orders/{_part(key)}")

    def order_action(self, key: str, action: str, **body: object) -> OrderView:
        """`action`: cancel or settle."""
        return self._one(OrderView, "POST", f"/orders/{_part(key)}/{action}", json=body)

    def orphans(self) -> list[OrphanView]:
        """Executions that fit no order, and orders that only a broker knows, newest first."""
        return self._many(OrphanView, "GET", "/orphans")

    def adopt_orphan(self, key: str, order: str, *, reason: str) -> OrderView:
        """Book a parked execution on an order."""
        body = {"order": order, "reason": reason}
        return self._one(OrderView, "POST", f"/orphans/{_part(key)}/adopt", json=body)

    def book_orphan(self, key: str, account: str, *, reason: str) -> OrphanView:
        """Somebody has dealt with an orphan by other means."""
        body = {"account": account, "reason": reason}
        return self._one(OrphanView, "POST", f"/orphans/{_part(key)}/book", json=body)

    def prices(self) -> list[PriceView]:
        """Last trades and quotes that are known."""
        return self._many(PriceView, "GET", "/prices")

    def state_price(
        self, symbol: str, *, price: Decimal, kind: PriceKind, reason: str, force: bool = False
    ) -> PriceView:
        """Have a price by an operator's word."""
        body = {"price": str(price), "kind": kind, "reason": reason, "force": force}
        return self._one(PriceView, "POST", f"/prices/{_part(symbol)}", json=body)

    def positions(self, wanted: PositionFilter) -> list[PositionView]:
        """Positions that match."""
        return self._many(PositionView, "GET", "/positions", params=wanted.model_dump())

    def import_positions(
        self, rows: list[PositionRow], *, file: str, reason: str, force: bool = False
    ) -> ImportedView:
        """Have positions as a file says."""
        ask = ImportPositions(rows=rows, file=file, reason=reason, force=force)
        return self._one(ImportedView, "POST", "/positions/import", json=_body(ask))

    def adjust_position(
        self, row: PositionRow, *, reason: str, force: bool = False
    ) -> PositionView:
        """Have one position by the operator's word."""
        ask = AdjustPosition(position=row, reason=reason, force=force)
        return self._one(PositionView, "POST", "/positions/adjust", json=_body(ask))

    def explain_risk(self, order: str) -> RiskView:
        """What the checks say of an order as it stands."""
        return self._one(RiskView, "GET", f"/risk/explain/{quote(order, safe='')}")

    def what_if(self, ask: WhatIf) -> RiskView:
        """What the checks would say of an order."""
        return self._one(RiskView, "POST", "/risk/what-if", json=_body(ask))

    def limits(self, wanted: LimitFilter) -> list[LimitView]:
        """Limits as they hold."""
        return self._many(LimitView, "GET", "/limits", params=wanted.model_dump())

    def limit_history(self, wanted: LimitFilter) -> list[LimitChangeView]:
        """What was said of limits, the newest first."""
        return self._many(LimitChangeView, "GET", "/limits/history", params=wanted.model_dump())

    def set_limit(self, ask: SetLimit) -> LimitView:
        """Have another value for a limit."""
        return self._one(LimitView, "POST", "/limits/set", json=_body(ask))

    def unset_limit(self, ask: LimitKey) -> list[LimitView]:
        """Have a limit as configured again; it, or nothing if it is not configured."""
        return self._many(LimitView, "POST", "/limits/unset", json=_body(ask))

    def override_limit(self, ask: OverrideLimit) -> OverrideView:
        """Have a limit raised for a time; raises WaitsForApproval."""
        return self._one(OverrideView, "POST", "/limits/override", json=_body(ask))

    def permit_order(self, ask: PermitOrder) -> OverrideView:
        """Let one order pass the limits; raises WaitsForApproval."""
        return self._one(OverrideView, "POST", "/limits/permit", json=_body(ask))

    def overrides(self) -> list[OverrideView]:
        """What is overridden now."""
        return self._many(OverrideView, "GET", "/limits/overrides")

    def revoke_override(self, number: int, *, reason: str) -> list[OverrideView]:
        """End an override before its time; those that are left."""
        body = {"reason": reason}
        return self._many(OverrideView, "POST", f"/limits/overrides/{number}/revoke", json=body)

    def reconcile_positions(self, ask: ReconcilePositions) -> ReconciledView:
        """Hold a broker's positions against the gateway's."""
        return self._one(ReconciledView, "POST", "/positions/reconcile", json=_body(ask))

    def position_breaks(self, broker: str) -> list[ComparedView]:
        """How brokers' positions compared with the gateway's."""
        return self._many(ComparedView, "GET", "/positions/breaks", params={"broker": broker})

    def ask_positions(self, broker: str) -> list[ComparedView]:
        """Have a broker asked what its accounts hold."""
        return self._many(ComparedView, "POST", "/positions/ask", json={"broker": broker})

    def day(self) -> DayView:
        """The business date and its next roll."""
        return self._one(DayView, "GET", "/day")

    def roll_day(self, *, reason: str) -> DayView:
        """Begin the next business date now."""
        return self._one(DayView, "POST", "/day/roll", json={"reason": reason})

    def alarms(self) -> list[AlarmView]:
        """Alarms that nobody has acknowledged, the newest first."""
        return self._many(AlarmView, "GET", "/alarms")

    def acknowledge_alarms(self, keys: list[str], *, reason: str) -> list[AlarmView]:
        """Somebody has seen to these, or, without keys, to all."""
        body = {"keys": keys, "reason": reason}
        return self._many(AlarmView, "POST", "/alarms/acknowledge", json=body)

    def halts(self) -> list[HaltView]:
        """The levels of trading in force, and what is still open that is to be canceled."""
        return self._many(HaltView, "GET", "/halts")

    def exposure(self, scope: str) -> list[ExposureView]:
        """What a scope has at risk; "": the firm, clients and accounts."""
        return self._many(ExposureView, "GET", "/exposure", params={"scope": scope})

    def test_alerts(self, sink: str) -> SinkTestView:
        """Send a test by a sink of alerts."""
        return self._one(SinkTestView, "POST", "/alarms/test", json={"sink": sink})

    def halt(self, scope: str, **halt: object) -> HaltView:
        """Refuse new orders of a scope; `halt` is as `requests.Halt` has it."""
        return self._one(HaltView, "POST", "/halt", json={"scope": scope, **halt})

    def drill_halt(self, scope: str, **halt: object) -> DrillView:
        """What that would do; nothing is done."""
        return self._one(DrillView, "POST", "/halt/drill", json={"scope": scope, **halt})

    def resume(self, scope: str, *, reason: str, level: str = "active") -> list[HaltView]:
        """Let a scope trade again; what is still in force."""
        body = {"scope": scope, "reason": reason, "level": level}
        return self._many(HaltView, "POST", "/resume", json=body)

    def breakers(self) -> list[BreakerView]:
        """All breakers, and for what they have tripped."""
        return self._many(BreakerView, "GET", "/breakers")

    def breaker(self, name: str) -> BreakerView:
        """One breaker, with what it reads."""
        return self._one(BreakerView, "GET", f"/breakers/{_part(name)}")

    def breaker_action(self, name: str, action: str, scope: str, *, reason: str) -> BreakerView:
        """`action`: trip or reset."""
        body = {"scope": scope, "reason": reason}
        return self._one(BreakerView, "POST", f"/breakers/{_part(name)}/{action}", json=body)

    def send_news(self, **news: object) -> NewsView:
        """Tell clients something; `news` is as `requests.News` has it."""
        return self._one(NewsView, "POST", "/news", json=news)

    def reload(self, *, dry_run: bool, reason: str) -> ReloadView:
        """Have it read its configuration again."""
        body = {"dry_run": dry_run, "reason": reason}
        return self._one(ReloadView, "POST", "/reload", json=body)

    def operators(self) -> list[OperatorView]:
        """Named operators."""
        return self._many(OperatorView, "GET", "/operators")

    def issue_operator(self, ask: Issue) -> TokenView:
        """Name an operator; the token is told once."""
        return self._one(TokenView, "POST", "/operators/issue", json=_body(ask))

    def rotate_operator(self, name: str, ask: Rotate) -> TokenView:
        """Give an operator another token."""
        return self._one(TokenView, "POST", f"/operators/{_part(name)}/rotate", json=_body(ask))

    def revoke_operator(self, name: str, *, reason: str) -> list[OperatorView]:
        """End an operator; those that are left."""
        path = f"/operators/{_part(name)}/revoke"
        return self._many(OperatorView, "POST", path, json={"reason": reason})

    def proposals(self, *, everything: bool) -> list[ProposalView]:
        """What waits for a second person; or also what was decided."""
        return self._many(ProposalView, "GET", "/approvals", params={"everything": everything})

    def proposal(self, key: str) -> ProposalView:
        """One of them."""
        return self._one(ProposalView, "GET", f"/approvals/{_part(key)}")

    def approve(self, key: str, *, reason: str) -> ApprovedView:
        """Do what somebody else has asked for."""
        path = f"/approvals/{_part(key)}/approve"
        return self._one(ApprovedView, "POST", path, json={"reason": reason})

    def end_proposal(self, key: str, how: str, *, reason: str) -> ProposalView:
        """`how`: refuse or withdraw."""
        path = f"/approvals/{_part(key)}/{how}"
        return self._one(ProposalView, "POST", path, json={"reason": reason})

    def flush(self) -> FlushView:
        """Make everything so far durable."""
        return self._one(FlushView, "POST", "/flush")

    def _one(self, view: type[T], method: str, path: str, **request: Any) -> T:
        return view.model_validate(self._answer(method, path, **request))

    def _many(self, view: type[T], method: str, path: str, **request: Any) -> list[T]:
        return TypeAdapter(list[view]).validate_python(  # type: ignore[valid-type]  # made at run time
            self._answer(method, path, **request)
        )

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = http.request(
                self._path, self._timeout_s, method, path, headers=self._headers, **request
            )
        except TimeoutError:
            raise NoAnswer(
                f"{self._path}: the gateway does not answer; is it stopped or stalled?"
            ) from None
        except (OSError, HTTPException) as error:
            raise NoAnswer(f"{self._path}: the gateway went away: {error}") from None
        if answer.status == HTTPStatus.ACCEPTED:
            asked = ProposalView.model_validate(answer.json())
            raise WaitsForApproval(asked.key, asked.verb)
        if answer.is_success:
            return answer.json()
        raise _refusal(answer)


def _probe(path: Path) -> None:
    """Tell apart why nothing answers, which the HTTP client does not."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as probe:
        try:
            probe.connect(str(path))
        except PermissionError:
            raise GatewayNotRunning(
                f"{path}: only the gateway's own user may use this socket, and the group that"
                " [control] socket_group names; become that user"
            ) from None
        except OSError as error:
            raise GatewayNotRunning(
                f"{path}: no gateway is running here ({error.strerror or error}); start it with"
                " `fixgate run`, or name another with --config or --data-dir"
            ) from None


def _body(ask: BaseModel) -> Any:
    return ask.model_dump(mode="json", exclude_none=True)


def _part(text: str) -> str:
    return quote(text, safe="")


def _refusal(answer: http.Answer) -> DeskError:
    try:
        problem = answer.json()
        return DeskError(problem["code"], problem["text"], problem["remedy"], answer.status)
    except (ValueError, KeyError, TypeError):
        text = f"the gateway answered {answer.status}: {answer.text[:200]}"
        return DeskError("UNEXPECTED", text, status=answer.status)
