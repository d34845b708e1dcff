"""A small gateway in memory behind the control API: real answers, kept records, no sockets.

Every action is appended to `actions` as (verb, subject, who, why), as the journal would keep it.
"""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

from gateway.approval_desk import ApprovalDesk
from gateway.config import Config
from gateway.config.process import ControlSettings
from gateway.control.alert_models import SinkTestView
from gateway.control.breaker_models import BreakerView, ReadingView, TripView
from gateway.control.desk import (
    ambiguous_order,
    unknown_alarm,
    unknown_order,
    unknown_orphan,
    unknown_session,
    unknown_sink,
)
from gateway.control.errors import DeskError
from gateway.control.exposure_models import (
    BrokerReading,
    ExposureView,
    LimitUse,
    ReadingsView,
    SessionReading,
)
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
from gateway.control.requests import Breaker, GivenReason, Halt, News, Resume
from gateway.control.risk_models import RiskView, UseView, VerdictView, WhatIf
from gateway.control.views import (
    AlarmView,
    AuditView,
    ChangeView,
    DayView,
    DrillBrokerView,
    DrillView,
    FlushView,
    HaltView,
    HealthView,
    JournalView,
    NewsView,
    OrderFilter,
    OrderView,
    OrphanView,
    Outcome,
    PriceKind,
    PriceView,
    ReloadView,
    ResidueView,
    SessionView,
    SinkView,
    StatusView,
)
from gateway.engine import Engine
from tests.gateway.control.memory_audit import MemoryAudit
from tests.gateway.control.memory_engine import MemoryEngine
from tests.gateway.control.memory_limits import MemoryLimits
from tests.gateway.control.memory_looks import MemoryLooks
from tests.gateway.control.memory_routing import MemoryRouting

NOW_NS = 1_795_169_471_000_000_000  # 2026-11-20 10:11:11 UTC
HELD: dict[str, Any] = {
    "account": "ACC1",
    "symbol": "AAPL",
    "currency": "USD",
    "quantity": "100",
    "average_price": "187.5",
    "cost": "18750",
    "realised": "12.5",
    "realised_fifo": "12.5",
    "realised_today": "0",
    "price": "188",
    "price_ns": NOW_NS,
    "unpriced": "stale",
}


def a_session(name: str, role: str = "client") -> SessionView:
    return SessionView(
        name=name,
        role=role,
        begin_string="FIX.4.4",
        sender_comp_id="FIXGATE",
        target_comp_id=name,
        state="LOGGED_ON",
        logged_on=True,
        enabled=True,
        epoch=1,
        next_in=12,
        next_out=34,
        peer="127.0.0.1:50001",
        next_change="closes",
        next_change_ns=NOW_NS,
        last_received_ns=NOW_NS,
        last_sent_ns=NOW_NS,
        round_trip_ns=1_250_000,
        unsent_bytes=17,
        received={"D": 10, "A": 1},
        sent={"8": 20, "A": 1},
        rejects_sent={"3 373=5": 1},
        refused={"MAX_QUANTITY": 2},
        disconnects={"lost": 1, "closed": 3},
    )


def an_order(order_id: str, cl_ord_id: str, client: str = "ACME", **changes: object) -> OrderView:
    order = OrderView(
        order_id=order_id,
        client=client,
        cl_ord_id=cl_ord_id,
        broker="PAPER",
        broker_cl_ord_id=f"{order_id}-1",
        account="ACC1",
        symbol="AAPL",
        side="1",
        ord_type="2",
        time_in_force="0",
        order_qty="100",
        price="187.50",
        cum_qty="40",
        leaves_qty="60",
        avg_px="187.5",
        status="partially_filled",
        open=True,
        entered_ns=NOW_NS,
    )
    return order.model_copy(update=changes)


def an_alarm(key: str) -> AlarmView:
    return AlarmView(
        key=key, time_ns=NOW_NS, first_ns=NOW_NS, code="ORDERS", text="overfilled", count=3
    )


def an_orphan(key: str, exec_id: str) -> OrphanView:
    return OrphanView(
        key=key,
        parked_ns=NOW_NS,
        kind="execution",
        broker="SIM",
        exec_id=exec_id,
        broker_cl_ord_id="A1",
        broker_order_id="B1",
        symbol="IBM",
        side="2",
        quantity="5",
        price="9.5",
        why="trade",
    )


class MemoryDesk(MemoryLimits, MemoryRouting, MemoryAudit, MemoryLooks, ApprovalDesk):
    """Two sessions, four orders, halts; `ready` and `fail_with` steer what it answers."""

    def __init__(self, data_dir: Path = Path("data"), **control: Any) -> None:
        """`control`: settings of `[control]`."""
        super().__init__()
        self.memory = MemoryEngine()
        self._engine = cast(Engine, self.memory)
        self._config = cast(Config, SimpleNamespace(control=ControlSettings(**control)))
        self.data_dir = data_dir
        self.reads = []
        self.ready = True
        self.crash = False
        self.actions: list[tuple[str, str, str, str]] = []
        self.latched: dict[str, HaltView] = {}
        self._alarms = {v.key: v for v in (an_alarm("L-aa"), an_alarm("L-bb"))}
        self._orphans = {v.key: v for v in (an_orphan("P-aa", "E1"), an_orphan("P-bb", "E2"))}
        self._prices: dict[tuple[str, str], PriceView] = {}
        self.rolled: tuple[str, str] | None = None
        self._breaker = BreakerView(
            name="LOSS",
            condition="daily_loss",
            scopes=["account:*"],
            threshold="500",
            unit="money",
            actions=["halt"],
            readings=[ReadingView(scope="account:ACC1", reading="120.5")],
        )
        self._sessions = {v.name: v for v in (a_session("ACME"), a_session("SIM", "broker"))}
        self._orders = {
            order.order_id: order
            for order in (
                an_order("A-20261120-000001", "C1"),
                an_order("A-20261120-000002", "C/2 x?"),
                an_order("A-20261120-000003", "SAME"),
                an_order("A-20261120-000004", "SAME", client="OTHER", unknown=True, account="ACC2"),
                an_order("A-20261120-000005", "C5", open=False, status="filled", leaves_qty="0"),
            )
        }

    def status(self) -> StatusView:
        return StatusView(
            node="A",
            version="0.1.0",
            pid=4711,
            state="ready" if self.ready else "starting",
            started_ns=NOW_NS,
            now_ns=NOW_NS + 3_600_000_000_000,
            data_dir=str(self.data_dir),
            sessions_logged_on=2,
            sessions_total=2,
            orders_open=4,
            orders_unknown=1,
            orders_total=5,
            day=self.day(),
            halts=list(self.latched.values()),
            journal=JournalView(folder="journal", segment=1, offset=4096, batches=9, free_mb=5000),
            audit=AuditView(state="running", lag_batches=2),
            alarm_counts={"GAP": 2},
            alerts=[
                SinkView(name="ops", type="webhook", sent=7, failed=2, dropped=1, problem="refused")
            ],
            limits_hit={"max_unidentified_connections": 3},
        )

    def health(self) -> HealthView:
        if self.crash:
            raise RuntimeError("a bug in the desk")
        reasons = [] if self.ready else ["broker SIM is not logged on"]
        return HealthView(alive=True, ready=self.ready, reasons=reasons)

    async def sessions(self) -> list[SessionView]:
        return list(self._sessions.values())

    def session(self, name: str) -> SessionView:
        if name not in self._sessions:
            raise unknown_session(name, self._sessions)
        return self._sessions[name]

    async def session_reset(self, name: str, *, who: str, why: str) -> SessionView:
        epoch = self.session(name).epoch + 1
        return self._change("reset", name, who, why, epoch=epoch, next_in=1, next_out=1)

    async def session_set_numbers(
        self, name: str, *, next_in: int | None, next_out: int | None, who: str, why: str
    ) -> SessionView:
        now = self.session(name)
        return self._change(
            "set-seq",
            name,
            who,
            why,
            next_in=now.next_in if next_in is None else next_in,
            next_out=now.next_out if next_out is None else next_out,
        )

    async def session_disconnect(self, name: str, *, who: str, why: str) -> SessionView:
        return self._change("disconnect", name, who, why, state="LATENT", logged_on=False, peer="")

    async def session_logout(self, name: str, *, who: str, why: str) -> SessionView:
        return self._change("logout", name, who, why, state="LOGGING_OUT")

    async def session_enable(self, name: str, *, who: str, why: str) -> SessionView:
        return self._change("enable", name, who, why, enabled=True)

    async def session_disable(self, name: str, *, who: str, why: str) -> SessionView:
        return self._change("disable", name, who, why, enabled=False, state="DISABLED")

    def _change(self, verb: str, name: str, who: str, why: str, **fields: object) -> SessionView:
        changed = self.session(name).model_copy(update=fields)
        self._sessions[name] = changed
        self.actions.append((verb, name, who, why))
        return changed

    async def orders(self, wanted: OrderFilter) -> list[OrderView]:
        found = [
            order
            for order in reversed(self._orders.values())
            if wanted.client in ("", order.client)
            and wanted.account in ("", order.account)
            and wanted.symbol in ("", order.symbol)
            and wanted.broker in ("", order.broker)
            and wanted.status in ("", order.status)
            and (order.unknown or not wanted.unknown)
            and (order.open or not wanted.open_only)
        ]
        return found[: wanted.limit]

    def order(self, key: str) -> OrderView:
        found = [o for o in self._orders.values() if key in (o.order_id, o.cl_ord_id)]
        if not found:
            raise unknown_order(key)
        if len(found) > 1:
            raise ambiguous_order(key, [order.order_id for order in found])
        return found[0]

    async def cancel_order(self, key: str, *, who: str, why: str) -> OrderView:
        order = self.order(key)
        if not order.open:
            raise DeskError("ORDER_CLOSED", f"order {order.order_id} is {order.status} already")
        return self._order_change("cancel", order, who, why, status="pending_cancel")

    async def settle_order(self, key: str, *, outcome: Outcome, who: str, why: str) -> OrderView:
        order = self.order(key)
        if not order.unknown:
            raise DeskError(
                "ORDER_NOT_UNKNOWN",
                f"order {order.order_id} is {order.status}, not unknown",
                "only unknown orders can be settled",
            )
        return self._order_change("settle", order, who, why, status=outcome, unknown=False)

    def _order_change(
        self, verb: str, order: OrderView, who: str, why: str, **fields: object
    ) -> OrderView:
        changed = order.model_copy(update=fields)
        self._orders[order.order_id] = changed
        self.actions.append((verb, order.order_id, who, why))
        return changed

    def alarms(self) -> list[AlarmView]:
        return list(self._alarms.values())

    async def acknowledge_alarms(self, keys: list[str], *, who: str, why: str) -> list[AlarmView]:
        for key in keys or list(self._alarms):
            if self._alarms.pop(key, None) is None:
                raise unknown_alarm(key)
            self.actions.append(("acknowledge", key, who, why))
        return self.alarms()

    def orphans(self) -> list[OrphanView]:
        return list(reversed(self._orphans.values()))

    async def adopt_orphan(self, key: str, order_key: str, *, who: str, why: str) -> OrderView:
        order = self.order(order_key)
        self._take_orphan(key)
        self.actions.append(("adopt", f"{key} {order.order_id}", who, why))
        return order

    async def book_orphan(self, key: str, account: str, *, who: str, why: str) -> OrphanView:
        orphan = self._take_orphan(key)
        self.actions.append(("book", f"{key} {account}", who, why))
        return orphan

    def _take_orphan(self, key: str) -> OrphanView:
        return self._orphans.pop(self.orphan(key).key)

    def orphan(self, key: str) -> OrphanView:
        if key not in self._orphans:
            raise unknown_orphan(key)
        return self._orphans[key]

    def prices(self) -> list[PriceView]:
        return list(self._prices.values())

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
        view = PriceView(symbol=symbol, kind=kind, price=str(price), time_ns=NOW_NS)
        self._prices[symbol, kind] = view
        how = " by force" if force else ""
        self.actions.append(("price", f"{symbol} {kind} {price}{how}", who, why))
        return view

    async def exposure(self, scope: str) -> list[ExposureView]:
        if scope.startswith("planet"):
            raise DeskError("BAD_SCOPE", f"{scope!r} is no scope", "name another", 422)
        scopes = [scope] if scope else ["firm", "client:ACME", "account:ACC1"]
        use = UseView(limit="max_credit", scope="firm", value="1000", used="900", left="100")
        return [
            ExposureView(
                scope=one,
                currency="USD",
                open_orders=4,
                unknown_orders=1,
                open_buys="750",
                open_sells="0",
                open_buys_quantity="4",
                open_sells_quantity="0",
                long_value="18800",
                gross_value="19550",
                unpriced=["MSFT"],
                limits=[use],
            )
            for one in scopes
        ]

    def readings(self) -> ReadingsView:
        return ReadingsView(
            time_ns=NOW_NS,
            took_ns=2_000_000,
            sessions=[
                SessionReading(
                    session="ACME", messages_per_s=2.5, orders_per_s=1.5, rejection_ratio=0.25
                )
            ],
            brokers=[
                BrokerReading(
                    broker="SIM",
                    answers=3,
                    p50_ns=1_000_000,
                    p99_ns=9_000_000,
                    waits_ns=2_000_000_000,
                    unknown_orders=1,
                )
            ],
            uses=[LimitUse(limit="max_credit", scope="firm", ratio=0.9)],
            result_today=-12.5,
        )

    async def test_alerts(self, sink: str, *, who: str) -> SinkTestView:
        if sink not in ("ops", "mail"):
            raise unknown_sink(sink, ["ops", "mail"])
        self.actions.append(("alarm test", sink, who, ""))
        said = "HTTP status 200" if sink == "ops" else "no answer within 10 s"
        return SinkTestView(
            name=sink, type="webhook", delivered=sink == "ops", text=said, took_ms=12
        )

    def explain_risk(self, key: str) -> RiskView:
        said = [VerdictView(check="max_quantity", refusal="MAX_QUANTITY: order_qty=9 limit=5")]
        left = [UseView(limit="max_quantity", scope="firm", value="5", used="9", left="-4")]
        return RiskView(order=key, passes=False, verdicts=said, uses=left)

    def what_if(self, ask: WhatIf) -> RiskView:
        said = [VerdictView(check="halt")]
        return RiskView(order=f"{ask.side} {ask.quantity}", passes=True, verdicts=said, uses=[])

    async def positions(self, wanted: PositionFilter) -> list[PositionView]:
        held = [PositionView(**HELD)] if wanted.account in ("", "ACC1") else []
        return held[wanted.skip : wanted.skip + wanted.limit]

    async def import_positions(self, ask: ImportPositions, *, who: str) -> ImportedView:
        self.actions.append(("import", f"{len(ask.rows)} of {ask.file}", who, ask.reason))
        return ImportedView(positions=len(ask.rows))

    async def adjust_position(self, ask: AdjustPosition, *, who: str) -> PositionView:
        said = ask.position
        self.actions.append(("adjust", f"{said.account} {said.symbol}", who, ask.reason))
        return PositionView(**HELD | {"quantity": str(said.quantity)})

    async def reconcile_positions(self, ask: ReconcilePositions) -> ReconciledView:
        return ReconciledView(compared=len(ask.rows), breaks=[])

    def position_breaks(self, broker: str) -> list[ComparedView]:
        one = ComparedView(
            broker="SIM", account="ACC1", time_ns=NOW_NS, compared=3, breaks=[], asking=False
        )
        return [one] if broker in ("", "SIM") else []

    async def ask_positions(self, broker: str, *, who: str) -> list[ComparedView]:
        self.actions.append(("ask", broker, who, ""))
        return self.position_breaks(broker)

    def day(self) -> DayView:
        who, why = self.rolled or ("", "")
        return DayView(
            business_date="20261123" if self.rolled else "20261120",
            since_ns=NOW_NS,
            who=who,
            why=why,
            next_date="20261124" if self.rolled else "20261123",
            next_roll_ns=NOW_NS + 3_600_000_000_000,
            orders_to_roll=3,
        )

    async def roll_day(self, *, who: str, why: str) -> DayView:
        self.look_at_roll(GivenReason(reason=why))
        self.rolled = who, why
        self.actions.append(("day roll", "", who, why))
        return self.day()

    async def reload(self, *, dry_run: bool, who: str, why: str) -> ReloadView:
        if not dry_run:
            self.actions.append(("reload", "", who, why))
        lower = ChangeView(
            setting="risk.limits[firm].max_quantity",
            old="100",
            new="50",
            text="risk.limits[firm].max_quantity: 100 -> 50",
            effect="at once",
        )
        return ReloadView(file="fixgate.toml", applied=not dry_run, changes=[lower])

    def breakers(self) -> list[BreakerView]:
        return [self._breaker.model_copy(update={"readings": []})]

    def breaker(self, name: str) -> BreakerView:
        if name != self._breaker.name:
            raise DeskError("UNKNOWN_BREAKER", f'there is no breaker "{name}"', "there are: LOSS")
        return self._breaker

    async def trip_breaker(self, name: str, ask: Breaker, *, who: str) -> BreakerView:
        self.breaker(name)
        self.actions.append(("trip breaker", f"{name} {ask.scope}", who, ask.reason))
        trip = TripView(
            scope=ask.scope,
            reading="",
            threshold="500",
            actions=["halt"],
            who=who,
            why=ask.reason,
            since_ns=NOW_NS,
        )
        self._breaker = self._breaker.model_copy(update={"trips": [trip]})
        return self._breaker

    async def reset_breaker(self, name: str, ask: Breaker, *, who: str) -> BreakerView:
        self.breaker(name)
        self.actions.append(("reset breaker", f"{name} {ask.scope}", who, ask.reason))
        self._breaker = self._breaker.model_copy(update={"trips": []})
        return self._breaker

    async def halts(self) -> list[HaltView]:
        return list(self.latched.values())

    async def halt(self, ask: Halt, *, who: str) -> HaltView:
        left = ResidueView(broker="SIM", why="the broker is down", orders=3, order_ids=["A-1"])
        self.latched[ask.scope] = HaltView(
            scope=ask.scope,
            level=ask.level,
            who=who,
            why=ask.reason,
            since_ns=NOW_NS,
            cancel_open=ask.cancel_open,
            cancels_sent=4 if ask.cancel_open else 0,
            open_orders=4,
            residue=[left] if ask.cancel_open else [],
        )
        self.actions.append(("halt", ask.scope, who, ask.reason))
        return self.latched[ask.scope]

    async def drill_halt(self, ask: Halt, *, who: str) -> DrillView:
        self.actions.append(("halt drill", ask.scope, who, ask.reason))
        there = DrillBrokerView(broker="SIM", orders=3, held=1, why="the broker is down")
        return DrillView(
            scope=ask.scope,
            level=ask.level,
            cancel_open=ask.cancel_open,
            sessions=["ACME"],
            brokers=[there],
            stricter="halted=firm",
        )

    async def send_news(self, news: News, *, who: str) -> NewsView:
        self.actions.append(("news", news.headline, who, news.reason))
        return NewsView(
            headline=news.headline, clients=news.clients or ["ACME", "BETA"], away=["BETA"]
        )

    async def resume(self, ask: Resume, *, who: str) -> list[HaltView]:
        self.look_at_resume(ask)
        del self.latched[ask.scope]
        self.actions.append(("resume", ask.scope, who, ask.reason))
        return list(self.latched.values())

    async def flush(self) -> FlushView:
        return FlushView(folder=str(self.data_dir / "journal"), segment=1, offset=4096)
