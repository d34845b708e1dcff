"""The commands' side of the control API: typed calls over the Unix socket.

Knows the views and paths, nothing of the terminal.
"""

from __future__ import annotations

import socket
from decimal import Decimal
from http.client import HTTPException
from pathlib import Path
from types import TracebackType
from typing import Any, Final, TypeVar
from urllib.parse import quote

from pydantic import BaseModel, TypeAdapter

from gateway.control import http
from gateway.control.errors import DeskError, GatewayNotRunning
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
    PriceKind,
    PriceView,
    ReloadView,
    SessionView,
    StatusView,
)

__all__ = ["ControlClient", "DeskError", "GatewayNotRunning"]

ANSWER_TIMEOUT_S: Final = 30.0
T = TypeVar("T", bound=BaseModel)


class ControlClient:
    """A connection to one gateway, as a context manager. Raises GatewayNotRunning and DeskError."""

    def __init__(self, path: Path, timeout_s: float = ANSWER_TIMEOUT_S) -> None:
        self._path = path
        self._timeout_s = timeout_s

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

    def import_positions(self, rows: list[PositionRow], *, file: str, reason: str) -> ImportedView:
        """Have positions as a file says."""
        ask = ImportPositions(rows=rows, file=file, reason=reason)
        return self._one(ImportedView, "POST", "/positions/import", json=_body(ask))

    def adjust_position(self, row: PositionRow, *, reason: str) -> PositionView:
        """Have one position by the operator's word."""
        ask = AdjustPosition(position=row, reason=reason)
        return self._one(PositionView, "POST", "/positions/adjust", json=_body(ask))

    def explain_risk(self, order: str) -> RiskView:
        """What the checks say of an order as it stands."""
        return self._one(RiskView, "GET", f"/risk/explain/{quote(order, safe='')}")

    def what_if(self, ask: WhatIf) -> RiskView:
        """What the checks would say of an order."""
        return self._one(RiskView, "POST", "/risk/what-if", json=_body(ask))

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

    def halt(self, scope: str, *, cancel_open: bool, reason: str) -> HaltView:
        """Refuse new orders of a scope."""
        body = {"scope": scope, "cancel_open": cancel_open, "reason": reason}
        return self._one(HaltView, "POST", "/halt", json=body)

    def resume(self, scope: str, *, reason: str) -> list[HaltView]:
        """Lift a halt; the halts still in force."""
        return self._many(HaltView, "POST", "/resume", json={"scope": scope, "reason": reason})

    def send_news(self, **news: object) -> NewsView:
        """Tell clients something; `news` is as `requests.News` has it."""
        return self._one(NewsView, "POST", "/news", json=news)

    def reload(self, *, dry_run: bool, reason: str) -> ReloadView:
        """Have it read its configuration again."""
        body = {"dry_run": dry_run, "reason": reason}
        return self._one(ReloadView, "POST", "/reload", json=body)

    def flush(self) -> FlushView:
        """Make everything so far durable."""
        return self._one(FlushView, "POST", "/flush", json={})

    def _one(self, view: type[T], method: str, path: str, **request: Any) -> T:
        return view.model_validate(self._answer(method, path, **request))

    def _many(self, view: type[T], method: str, path: str, **request: Any) -> list[T]:
        return TypeAdapter(list[view]).validate_python(  # type: ignore[valid-type]  # made at run time
            self._answer(method, path, **request)
        )

    def _answer(self, method: str, path: str, **request: Any) -> Any:
        try:
            answer = http.request(self._path, self._timeout_s, method, path, **request)
        except TimeoutError:
            raise GatewayNotRunning(
                f"{self._path}: the gateway does not answer; is it stopped or stalled?"
            ) from None
        except (OSError, HTTPException) as error:
            raise GatewayNotRunning(f"{self._path}: the gateway went away: {error}") from None
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
                f"{path}: only the gateway's own user may use this socket; become that user"
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
