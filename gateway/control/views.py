"""What the control API says and takes: one model for each answer and each request.

Owns the JSON form. Prices and quantities are texts as FIX wrote them, times are UTC nanoseconds.
Knows nothing of how the gateway holds these things.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

ORDERS_MAX: Final = 1000
REASON_LENGTH_MAX: Final = 500
ORDER_STATUSES: Final = {  # OrdStatus(39) as operators read and filter it
    "0": "new",
    "1": "partially_filled",
    "2": "filled",
    "3": "done_for_day",
    "4": "canceled",
    "6": "pending_cancel",
    "7": "stopped",
    "8": "rejected",
    "9": "suspended",
    "A": "pending_new",
    "B": "calculated",
    "C": "expired",
    "E": "pending_replace",
}

Outcome = Literal["working", "canceled", "rejected"]


class View(BaseModel):
    """Base of all answers: never changed, and fields of a newer gateway are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore")


class SessionView(View):
    """A FIX session and its numbers. `role`: "client" or "broker". `locked_out`: addresses from
    which it may not log on for now, each with until when.
    """

    name: str
    role: str
    begin_string: str
    sender_comp_id: str
    target_comp_id: str
    state: str
    logged_on: bool
    enabled: bool
    epoch: int
    next_in: int
    next_out: int
    peer: str = ""
    alarm: str = ""
    locked_out: list[str] = []


class OrderView(View):
    """An order as it stands.

    `status` is a value of ORDER_STATUSES; `unknown`: what the broker holds can't be told, only
    its evidence or a settlement ends that; `queued`: it waits for its broker to come back.
    """

    order_id: str
    client: str
    cl_ord_id: str
    broker: str
    broker_cl_ord_id: str
    broker_order_id: str = ""
    account: str
    symbol: str
    side: str
    ord_type: str
    time_in_force: str
    order_qty: str
    price: str = ""
    stop_px: str = ""
    cum_qty: str
    leaves_qty: str
    avg_px: str
    status: str
    open: bool
    unknown: bool = False
    queued: bool = False
    entered_ns: int
    text: str = ""


class ParkedView(View):
    """An execution that fits no order. `key` names it; `why`: what is wrong with it."""

    key: str
    parked_ns: int
    broker: str
    exec_id: str
    broker_cl_ord_id: str
    broker_order_id: str
    symbol: str
    side: str
    last_qty: str
    last_px: str
    why: str


class HaltView(View):
    """A halt in force. `open_orders`: orders of its scope that brokers have not confirmed gone."""

    scope: str
    who: str = ""
    why: str = ""
    since_ns: int = 0
    cancels_sent: int = 0
    open_orders: int = 0


class JournalView(View):
    """Where the journal stands."""

    folder: str
    segment: int
    offset: int
    batches: int
    free_mb: int


class AuditView(View):
    """How far the audit database follows the journal. `state`: "off", "running", "failing" ..."""

    state: str
    lag_batches: int = 0
    text: str = ""


class AlarmView(View):
    """Something an operator must see."""

    time_ns: int
    code: str
    text: str


class StatusView(View):
    """The gateway as a whole. `limits_hit`: how often each named limit was reached."""

    node: str
    version: str
    pid: int
    state: str
    started_ns: int
    now_ns: int
    data_dir: str
    sessions_logged_on: int
    sessions_total: int
    orders_open: int
    orders_unknown: int
    orders_total: int
    executions_parked: int = 0
    halts: list[HaltView] = []
    journal: JournalView
    audit: AuditView
    alarms: list[AlarmView] = []
    limits_hit: dict[str, int] = {}


class HealthView(View):
    """`alive`: the loop answers. `ready`: orders can come in; else `reasons` says why not."""

    alive: bool
    ready: bool
    reasons: list[str] = []


class FlushView(View):
    """The journal's end after everything so far became durable."""

    folder: str
    segment: int
    offset: int


class ProblemView(View):
    """Why a request was not done, and what to do."""

    code: str
    text: str
    remedy: str = ""


class OrderFilter(BaseModel):
    """Which orders are wanted; an empty text means any. Newest first."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str = ""
    broker: str = ""
    account: str = ""
    symbol: str = ""
    status: str = ""
    open_only: bool = False
    limit: int = Field(default=100, ge=1, le=ORDERS_MAX)


_Reason = Annotated[str, StringConstraints(strip_whitespace=True, max_length=REASON_LENGTH_MAX)]
_GivenReason = Annotated[
    str, StringConstraints(strip_whitespace=True, min_length=1, max_length=REASON_LENGTH_MAX)
]


_Scope = Annotated[str, StringConstraints(min_length=1, max_length=200, pattern=r"^[^\x00-\x1f]*$")]


class Request(BaseModel):
    """Base of all requests: an unknown field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Reason(Request):
    """Why, if the operator says so."""

    reason: _Reason = ""


class GivenReason(Request):
    """Why; it can't be left out."""

    reason: _GivenReason


class SetNumbers(GivenReason):
    """New sequence numbers; one that is not given stays."""

    next_in: int | None = Field(default=None, ge=1, lt=2**63)
    next_out: int | None = Field(default=None, ge=1, lt=2**63)


class Settle(GivenReason):
    """What became of an UNKNOWN order, by an operator's word."""

    outcome: Outcome


class Halt(GivenReason):
    """Refuse new orders and replaces of `scope`, and with `cancel_open` cancel its open ones."""

    scope: _Scope = "firm"
    cancel_open: bool = False


class Resume(GivenReason):
    """Lift the halt of `scope`."""

    scope: _Scope = "firm"
