"""What the control API says: one model for each answer. What it takes stands in `requests`.

Owns the JSON form. Prices and quantities are texts as FIX wrote them, times are UTC nanoseconds.
Knows nothing of how the gateway holds these things.
"""

from __future__ import annotations

from typing import Final, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field

ORDERS_MAX: Final = 1000
Outcome = Literal["working", "canceled", "rejected"]
PriceKind = Literal["last", "bid", "ask"]
Level = Literal["reduce-only", "cancel-only", "halted"]
LEVELS: Final = get_args(Level)
Urgency = Literal["normal", "flash", "background"]
URGENCIES: Final = get_args(Urgency)


class View(BaseModel):
    """Base of all answers: never changed, and fields of a newer gateway are ignored."""

    model_config = ConfigDict(frozen=True, extra="ignore", defer_build=True)


class SessionView(View):
    """A FIX session and its numbers. `role`: "client", "drop_copy", "broker", "market_data".
    `tag_rules`: its rules' file and version. `locked_out`: addresses from which it may not log on
    for now, each with until when. `next_change`: what its schedule does next, "opens", "closes",
    or "" for nothing; times are 0 where there is none. Counted since the gateway started:
    `received` and `sent` by MsgType(35), rejects by "MsgType TAG=REASON", `refused` orders and
    requests by fixgate's code (of a broker: those it rejected, by OrdRejReason(103)), `limits_hit`
    by setting, `garbled` pieces that were no message, `resent` messages, `kept` ones that got their
    number while it was not logged on, `disconnects` by cause, `market_data`: entries that "came",
    were "conflated" away, are of an "unknown_symbol" or have "no_price".
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
    tag_rules: str = ""
    locked_out: list[str] = []
    next_change: Literal["opens", "closes", ""] = ""
    next_change_ns: int = 0
    last_received_ns: int = 0
    last_sent_ns: int = 0
    round_trip_ns: int = 0
    unsent_bytes: int = 0
    held_bytes: int = 0
    stash_messages: int = 0
    received: dict[str, int] = {}
    sent: dict[str, int] = {}
    rejects_received: dict[str, int] = {}
    rejects_sent: dict[str, int] = {}
    refused: dict[str, int] = {}
    limits_hit: dict[str, int] = {}
    garbled: int = 0
    resent: int = 0
    kept: int = 0
    disconnects: dict[str, int] = {}
    market_data: dict[str, int] = {}


class OrderView(View):
    """An order as it stands.

    `status` is a value of ORDER_STATUSES; `unknown`: what the broker holds can't be told, only
    its evidence or a settlement ends that; `queued`: it waits for its broker to come back; `held`:
    why it is not at its broker, "BROKER", "TRIGGER", "PARENT", "EXECUTE" or "SLICE";
    `on_behalf_of`: the OnBehalfOfCompID(115) that it came with; `verbal`: its client gave it to the
    broker by voice; `whole`: OrderID(37) of the order that it is a part of, whose broker is "".
    `slice_number`: which slice its broker has of it, from 1; 0 for an order that is sent whole.
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
    held: str = ""
    on_behalf_of: str = ""
    verbal: bool = False
    whole: str = ""
    slice_number: int = 0
    slice_order_qty: str = ""
    slice_cum_qty: str = ""
    entered_ns: int
    text: str = ""


class OrphanView(View):
    """An execution that fits no order, or an order that only the broker knows. `key` names it;
    `why`: what is wrong with it; `account`: Account(1) if its report had one; quantity and price
    are LastQty(32) and LastPx(31) of an execution, OrderQty(38) and Price(44) of an order.
    """

    key: str
    parked_ns: int
    kind: Literal["execution", "order"]
    broker: str
    exec_id: str = ""
    broker_cl_ord_id: str
    broker_order_id: str
    account: str = ""
    symbol: str
    side: str
    quantity: str
    price: str
    why: str


class PriceView(View):
    """A price that is known, and when it was (UTC ns). `kind`: a value of PriceKind, or "close";
    `source`: who said it: a session with market data, "execution", "operator", "corporate action",
    or "reference data"; `is_reference`: orders are judged by it, or by the middle of it and the
    other side of the quote; `fresh`: it is not too old for that.
    """

    symbol: str
    kind: str
    price: str
    time_ns: int
    source: str = ""
    age_s: float = 0
    fresh: bool = True
    is_reference: bool = False


class ResidueView(View):
    """Open orders of one broker that are to be canceled, with one reason why they are not gone yet,
    in the broker's words of the first of them; so many are `good_till` orders. `order_ids` names
    some.
    """

    broker: str
    why: str
    orders: int
    good_till: int = 0
    order_ids: list[str] = []


class HaltView(View):
    """A level of trading in force. `cancel_open`: what was open then is canceled until it is gone;
    `cancels_sent` to brokers at once; `open_orders`: orders of its scope that brokers have not
    confirmed gone, `residue`: which of those are to be canceled, and why they are open (not in the
    status).
    """

    scope: str
    level: Level = "halted"
    who: str = ""
    why: str = ""
    since_ns: int = 0
    cancel_open: bool = False
    cancels_sent: int = 0
    open_orders: int = 0
    residue: list[ResidueView] = []


class DrillBrokerView(View):
    """What a halt would cancel at a broker, or of its orders held here; `why` it could not."""

    broker: str
    orders: int = 0
    held: int = 0
    good_till: int = 0
    why: str = ""


class DrillView(View):
    """What a halt would do: whose new orders it would refuse, and, with `cancel_open`, what it
    would cancel. `stricter`: what is in force in its scope already, and as strict.
    """

    scope: str
    level: Level
    cancel_open: bool = False
    sessions: list[str] = []
    brokers: list[DrillBrokerView] = []
    stricter: str = ""


class DayView(View):
    """The business date (yyyymmdd), since when it is, and who rolled it by hand; when it rolls next
    and to which. Without a date none is kept. `orders_to_roll`: open orders of earlier dates.
    """

    business_date: str = ""
    since_ns: int = 0
    who: str = ""
    why: str = ""
    next_date: str = ""
    next_roll_ns: int = 0
    orders_to_roll: int = 0


class JournalView(View):
    """Where the journal stands."""

    folder: str
    segment: int
    offset: int
    batches: int
    free_mb: int


class AuditView(View):
    """How far the audit database follows the journal. `state`: "off", "following", "failing" ...
    `lag_s`: seconds since the journal had what is missing; `lag_messages`: of this run.
    """

    state: str
    lag_batches: int = 0
    lag_s: float = 0.0
    lag_messages: int = 0
    text: str = ""


class AlarmView(View):
    """Something an operator must see. `key` names it; `count`: how often it was raised since it was
    acknowledged last, first and last at these times.
    """

    key: str
    time_ns: int
    first_ns: int
    code: str
    text: str
    count: int


class SinkView(View):
    """What became of a sink's alerts since the start: those `failed` were given up after their last
    attempt, those `dropped` came while queue_max of them waited. `problem`: why the last attempt
    failed, "" if it did not.
    """

    name: str
    type: str
    sent: int = 0
    failed: int = 0
    dropped: int = 0
    waiting: int = 0
    problem: str = ""


class ClockView(View):
    """Whether the machine's clock is "synchronised", "unsynchronised" or that is "unknown", and by
    how much it may be wrong.
    """

    status: str = ""
    error_max_us: int = 0


class StatusView(View):
    """The gateway as a whole. `limits_hit`: how often each named limit was reached; `alarm_counts`:
    how often there was an alarm, by code; `alarms`: the newest that nobody has acknowledged;
    `alerts`: what became of those by sink; `broker_reports_impossible`: reports that cannot be, by
    broker; `reconciling`: brokers whose answers new orders wait for; `configuration`: SHA-256 of
    the settings in force.
    """

    node: str
    version: str
    pid: int
    state: str
    started_ns: int
    now_ns: int
    data_dir: str
    configuration: str = ""
    clock: ClockView = ClockView()
    sessions_logged_on: int
    sessions_total: int
    orders_open: int
    orders_unknown: int
    orders_held: int = 0
    orders_total: int
    executions_parked: int = 0
    day: DayView = DayView()
    reconciling: list[str] = []
    halts: list[HaltView] = []
    breakers_tripped: list[str] = []
    journal: JournalView
    audit: AuditView
    alarms: list[AlarmView] = []
    alerts: list[SinkView] = []
    limits_hit: dict[str, int] = {}
    alarm_counts: dict[str, int] = {}
    broker_reports_impossible: dict[str, int] = {}


class NewsView(View):
    """Which clients News(B) is for; those `away` are not logged on, and get it when they log on and
    ask for what they missed.
    """

    headline: str
    clients: list[str]
    away: list[str] = []


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


class ChangeView(View):
    """A setting that is another one now. `text`: all of it in one line; `effect`: from when."""

    setting: str
    old: str
    new: str
    text: str
    effect: str


class ReloadView(View):
    """What a configuration that was read again changes, and whether it was `applied`. `problems`:
    what is wrong with it; `refused`: what of it cannot be applied to a gateway that runs.
    """

    file: str
    applied: bool
    changes: list[ChangeView] = []
    notes: list[str] = []
    refused: list[str] = []
    problems: list[str] = []


class ProblemView(View):
    """Why a request was not done, and what to do."""

    code: str
    text: str
    remedy: str = ""


class OrderFilter(BaseModel):
    """Which orders are wanted; an empty text means any. `unknown`: only those of which it cannot be
    told what their broker holds. Newest first.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    client: str = ""
    broker: str = ""
    account: str = ""
    symbol: str = ""
    status: str = ""
    open_only: bool = False
    unknown: bool = False
    limit: int = Field(default=100, ge=1, le=ORDERS_MAX)
