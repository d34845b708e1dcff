"""The operators' desk for executions that fit no order: what is parked, and what is dealt with."""

from time import time_ns

from gateway.control.desk import unknown_parked
from gateway.control.views import ParkedView
from gateway.engine import Engine
from gateway.events import ExecutionParked
from gateway.operators import action


class ParkedDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

    def parked(self) -> list[ParkedView]:
        """Executions in sight, newest first."""
        held = self._engine.core.state.parked.items()
        return [_view(key, parked_ns, event) for key, parked_ns, event in reversed(held)]

    async def acknowledge_parked(self, key: str, *, who: str, why: str) -> ParkedView:
        """Somebody has dealt with it by other means; it is out of sight, not out of the journal."""
        engine = self._engine
        found = engine.core.state.parked.get(key)
        if found is None:
            raise unknown_parked(key)
        view = _view(key, *found)
        now = time_ns()
        what = "execution acknowledge"
        told = {"broker": view.broker, "exec_id": view.exec_id, "last_qty": view.last_qty}
        engine.operator(action(who, why, what, key=key, **told), now)
        engine.perform_decision(engine.core.acknowledge(key, who, why, now))
        await engine.committer.flush()
        return view


def _view(key: str, parked_ns: int, event: ExecutionParked) -> ParkedView:
    return ParkedView(
        key=key,
        parked_ns=parked_ns,
        broker=event.broker,
        exec_id=event.exec_id,
        broker_cl_ord_id=event.broker_cl_ord_id,
        broker_order_id=event.broker_order_id,
        symbol=event.symbol,
        side=event.side,
        last_qty=event.last_qty,
        last_px=event.last_px,
        why=event.why,
    )
