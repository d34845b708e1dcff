"""The control API: paths, requests and answers over a `Desk`.

Owns the mapping of HTTP to the desk's verbs. Handlers run in the gateway's loop, so they only read
what is there or enqueue a command. Knows nothing of how the gateway works.
"""

from __future__ import annotations

import logging
from typing import Annotated, Any, Final

from fastapi import APIRouter, Depends, FastAPI, Query, Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Receive, Scope, Send

from gateway.control.alert_models import SinkTest, SinkTestView
from gateway.control.asking import At, Who, admit
from gateway.control.audit_api import router as _audit
from gateway.control.breaker_api import router as _breakers
from gateway.control.desk import Desk
from gateway.control.errors import DeskError
from gateway.control.halt_api import router as _halts
from gateway.control.limit_api import router as _limits
from gateway.control.operator_api import approvals as _approvals
from gateway.control.operator_api import operators as _operators
from gateway.control.position_api import router as _positions
from gateway.control.requests import (
    Acknowledge,
    Adopt,
    Book,
    GivenReason,
    News,
    Reason,
    Reload,
    SetNumbers,
    Settle,
    StatePrice,
)
from gateway.control.risk_api import router as _risk
from gateway.control.routing_api import router as _routing
from gateway.control.second import Waits, endpoints
from gateway.control.views import (
    AlarmView,
    DayView,
    FlushView,
    HealthView,
    NewsView,
    OrderFilter,
    OrderView,
    OrphanView,
    PriceView,
    ProblemView,
    ReloadView,
    SessionView,
    StatusView,
)

_LOG: Final = logging.getLogger(__name__)
_PROBLEMS: Final[dict[int | str, dict[str, Any]]] = {
    "default": {"model": ProblemView, "description": "Why it was not done"}
}


def build_app(desk: Desk) -> FastAPI:
    """The ASGI application; it holds nothing but `desk`."""
    app = FastAPI(
        title="fixgate control",
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        responses=_PROBLEMS,
        dependencies=[Depends(admit)],
    )
    app.state.desk = desk
    app.state.endpoints = endpoints(ROUTERS)
    for router in ROUTERS:
        app.include_router(router)
    app.add_exception_handler(DeskError, _refused)
    app.add_exception_handler(Waits, _waits)
    app.add_exception_handler(RequestValidationError, _bad_request)
    app.add_exception_handler(HTTPException, _no_such_path)
    app.add_middleware(_Guard)
    return app


_gateway = APIRouter(tags=["gateway"])
_sessions = APIRouter(prefix="/sessions", tags=["sessions"])
_orders = APIRouter(prefix="/orders", tags=["orders"])
_alarms = APIRouter(prefix="/alarms", tags=["alarms"])
_orphans = APIRouter(prefix="/orphans", tags=["orphans"])
_prices = APIRouter(prefix="/prices", tags=["prices"])


@_gateway.get("/status")
async def status(desk: At) -> StatusView:
    """The gateway as a whole."""
    return desk.status()


@_gateway.get("/openapi.json", include_in_schema=False)
async def openapi(request: Request) -> dict[str, Any]:
    """What there is, for programs."""
    app: FastAPI = request.app
    return app.openapi()


@_gateway.get("/health")
async def health(desk: At) -> HealthView:
    """Whether the loop answers and orders can come in."""
    return desk.health()


@_gateway.get("/ready")
async def ready(desk: At, response: Response) -> HealthView:
    """As /health, with status 503 while not ready: for probes that read only the status."""
    view = desk.health()
    response.status_code = 200 if view.ready else 503
    return view


@_gateway.get("/day")
async def day(desk: At) -> DayView:
    """The business date and its next roll."""
    return desk.day()


@_gateway.post("/day/roll")
async def day_roll(desk: At, who: Who, ask: GivenReason) -> DayView:
    """Begin the next business date now."""
    return await desk.roll_day(who=who, why=ask.reason)


@_gateway.post("/news")
async def news(desk: At, who: Who, ask: News) -> NewsView:
    """Tell clients something by News(B)."""
    return await desk.send_news(ask, who=who)


@_gateway.post("/reload")
async def reload(desk: At, who: Who, ask: Reload) -> ReloadView:
    """Read the configuration again, and apply what has changed."""
    if not (ask.dry_run or ask.reason):
        raise DeskError("BAD_REQUEST", "no reason is given", "say why in a few words", 422)
    return await desk.reload(dry_run=ask.dry_run, who=who, why=ask.reason)


@_gateway.post("/flush")
async def flush(desk: At) -> FlushView:
    """Make everything so far durable and say where the journal ends."""
    return await desk.flush()


@_sessions.get("")
async def sessions(desk: At) -> list[SessionView]:
    """All sessions."""
    return await desk.sessions()


@_sessions.get("/{name}")
async def session(desk: At, name: str) -> SessionView:
    """One session."""
    return desk.session(name)


@_sessions.post("/{name}/reset")
async def session_reset(desk: At, who: Who, name: str, ask: GivenReason) -> SessionView:
    """Begin a new epoch with both numbers 1."""
    return await desk.session_reset(name, who=who, why=ask.reason)


@_sessions.post("/{name}/numbers")
async def session_numbers(desk: At, who: Who, name: str, ask: SetNumbers) -> SessionView:
    """Set the next MsgSeqNum(34) expected, sent, or both."""
    desk.look_at_numbers(ask, name)
    return await desk.session_set_numbers(
        name, next_in=ask.next_in, next_out=ask.next_out, who=who, why=ask.reason
    )


@_sessions.post("/{name}/disconnect")
async def session_disconnect(desk: At, who: Who, name: str, ask: Reason) -> SessionView:
    """Close the connection at once."""
    return await desk.session_disconnect(name, who=who, why=ask.reason)


@_sessions.post("/{name}/logout")
async def session_logout(desk: At, who: Who, name: str, ask: Reason) -> SessionView:
    """Send Logout(5)."""
    return await desk.session_logout(name, who=who, why=ask.reason)


@_sessions.post("/{name}/enable")
async def session_enable(desk: At, who: Who, name: str, ask: Reason) -> SessionView:
    """Let the session log on."""
    return await desk.session_enable(name, who=who, why=ask.reason)


@_sessions.post("/{name}/disable")
async def session_disable(desk: At, who: Who, name: str, ask: Reason) -> SessionView:
    """Log the session out and keep it out."""
    return await desk.session_disable(name, who=who, why=ask.reason)


@_orders.get("")
async def orders(desk: At, wanted: Annotated[OrderFilter, Query()]) -> list[OrderView]:
    """Orders that match, newest first."""
    return await desk.orders(wanted)


@_orders.get("/{key:path}")
async def order(desk: At, key: str) -> OrderView:
    """One order by OrderID(37) or ClOrdID(11), which may hold any character."""
    return desk.order(key)


@_orders.post("/{key:path}/cancel")
async def order_cancel(desk: At, who: Who, key: str, ask: Reason) -> OrderView:
    """Send a cancel to the order's broker."""
    return await desk.cancel_order(key, who=who, why=ask.reason)


@_orders.post("/{key:path}/settle")
async def order_settle(desk: At, who: Who, key: str, ask: Settle) -> OrderView:
    """End the uncertainty of an UNKNOWN order."""
    return await desk.settle_order(key, outcome=ask.outcome, who=who, why=ask.reason)


@_orphans.get("")
async def orphans(desk: At) -> list[OrphanView]:
    """Executions that fit no order, and orders that only a broker knows, newest first."""
    return desk.orphans()


@_orphans.post("/{key}/adopt")
async def orphan_adopt(desk: At, who: Who, key: str, ask: Adopt) -> OrderView:
    """Book a parked execution on an order, and tell its client."""
    return await desk.adopt_orphan(key, ask.order, who=who, why=ask.reason)


@_orphans.post("/{key}/book")
async def orphan_book(desk: At, who: Who, key: str, ask: Book) -> OrphanView:
    """Somebody has dealt with an orphan by other means."""
    return await desk.book_orphan(key, ask.account, who=who, why=ask.reason)


@_prices.get("")
async def prices(desk: At) -> list[PriceView]:
    """Last trades and quotes that are known."""
    return desk.prices()


@_prices.post("/{symbol:path}")
async def price_state(desk: At, who: Who, symbol: str, ask: StatePrice) -> PriceView:
    """Have a price by an operator's word."""
    return await desk.state_price(
        symbol, price=ask.price, kind=ask.kind, who=who, why=ask.reason, force=ask.force
    )


@_alarms.get("")
async def alarms(desk: At) -> list[AlarmView]:
    """Alarms that nobody has acknowledged, the newest first."""
    return desk.alarms()


@_alarms.post("/acknowledge")
async def alarms_acknowledge(desk: At, who: Who, ask: Acknowledge) -> list[AlarmView]:
    """Somebody has seen to alarms; answers those that are left."""
    return await desk.acknowledge_alarms(ask.keys, who=who, why=ask.reason)


@_alarms.post("/test")
async def alarms_test(desk: At, who: Who, ask: SinkTest) -> SinkTestView:
    """Send a test by a sink of alerts."""
    return await desk.test_alerts(ask.sink, who=who)


ROUTERS: Final = (
    _gateway,
    _halts,
    _sessions,
    _orders,
    _orphans,
    _alarms,
    _prices,
    _positions,
    _risk,
    _breakers,
    _routing,
    _operators,
    _approvals,
    _limits,
    _audit,
)


class _Guard:
    """A fault of ours in a handler is logged and answered; it must not reach the trading loop."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        try:
            await self._app(scope, receive, send)
        except Exception as error:
            _LOG.exception("control API: %s %s failed", scope.get("method"), scope.get("path"))
            text = f"the gateway could not answer: {type(error).__name__}: {error}"
            problem = ProblemView(code="INTERNAL", text=text, remedy="its log has the details")
            await JSONResponse(problem.model_dump(), 500)(scope, receive, send)


async def _refused(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, DeskError)
    problem = ProblemView(code=error.code, text=error.text, remedy=error.remedy)
    return JSONResponse(problem.model_dump(), error.status)


async def _waits(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, Waits)
    return JSONResponse(error.proposal.model_dump(mode="json"), 202)


async def _bad_request(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, RequestValidationError)
    faults = [_fault_text(fault) for fault in error.errors()]
    problem = ProblemView(code="BAD_REQUEST", text="; ".join(faults))
    return JSONResponse(problem.model_dump(), 422)


def _fault_text(fault: dict[str, Any]) -> str:
    """What is wrong, and with what field; not whether it is in the body, the path or the query."""
    of, *where = fault["loc"]
    text = fault["msg"].removeprefix("Value error, ")
    return f"{'.'.join(map(str, where or [of]))}: {text}"


async def _no_such_path(request: Request, error: Exception) -> JSONResponse:
    assert isinstance(error, HTTPException)
    text = f"{request.method} {request.url.path}: {error.detail}"
    problem = ProblemView(code="NO_SUCH_PATH", text=text, remedy="/openapi.json lists the paths")
    return JSONResponse(problem.model_dump(), error.status_code)
