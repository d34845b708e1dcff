"""A small gateway in memory behind the control API: real answers, kept records, no sockets.

Every action is appended to `actions` as (verb, subject, who, why), as the journal would keep it.
"""

from __future__ import annotations

from pathlib import Path

from gateway.control.desk import (
    ambiguous_order,
    unknown_order,
    unknown_parked,
    unknown_session,
)
from gateway.control.errors import DeskError
from gateway.control.views import (
    AuditView,
    FlushView,
    HaltView,
    HealthView,
    JournalView,
    OrderFilter,
    OrderView,
    Outcome,
    ParkedView,
    SessionView,
    StatusView,
)

NOW_NS = 1_795_169_471_000_000_000  # 2026-11-20 10:11:11 UTC


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


def a_parked(key: str, exec_id: str) -> ParkedView:
    return ParkedView(
        key=key,
        parked_ns=NOW_NS,
        broker="SIM",
        exec_id=exec_id,
        broker_cl_ord_id="A1",
        broker_order_id="B1",
        symbol="IBM",
        side="2",
        last_qty="5",
        last_px="9.5",
        why="trade",
    )


class MemoryDesk:
    """Two sessions, four orders, halts; `ready` and `fail_with` steer what it answers."""

    def __init__(self, data_dir: Path = Path("data")) -> None:
        self.data_dir = data_dir
        self.ready = True
        self.crash = False
        self.actions: list[tuple[str, str, str, str]] = []
        self.halts: dict[str, HaltView] = {}
        self._parked = {v.key: v for v in (a_parked("P-aa", "E1"), a_parked("P-bb", "E2"))}
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
            halts=list(self.halts.values()),
            journal=JournalView(folder="journal", segment=1, offset=4096, batches=9, free_mb=5000),
            audit=AuditView(state="running", lag_batches=2),
            limits_hit={"max_unidentified_connections": 3},
        )

    def health(self) -> HealthView:
        if self.crash:
            raise RuntimeError("a bug in the desk")
        reasons = [] if self.ready else ["broker SIM is not logged on"]
        return HealthView(alive=True, ready=self.ready, reasons=reasons)

    def sessions(self) -> list[SessionView]:
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

    def parked(self) -> list[ParkedView]:
        return list(reversed(self._parked.values()))

    async def acknowledge_parked(self, key: str, *, who: str, why: str) -> ParkedView:
        if key not in self._parked:
            raise unknown_parked(key)
        self.actions.append(("acknowledge", key, who, why))
        return self._parked.pop(key)

    async def halt(self, scope: str, *, cancel_open: bool, who: str, why: str) -> HaltView:
        self.halts[scope] = HaltView(
            scope=scope,
            who=who,
            why=why,
            since_ns=NOW_NS,
            cancels_sent=4 if cancel_open else 0,
            open_orders=4,
        )
        self.actions.append(("halt", scope, who, why))
        return self.halts[scope]

    async def resume(self, scope: str, *, who: str, why: str) -> list[HaltView]:
        if scope not in self.halts:
            raise DeskError(
                "NOT_HALTED", f'"{scope}" is not halted', "`fixgate status` shows halts"
            )
        del self.halts[scope]
        self.actions.append(("resume", scope, who, why))
        return list(self.halts.values())

    async def flush(self) -> FlushView:
        return FlushView(folder=str(self.data_dir / "journal"), segment=1, offset=4096)
