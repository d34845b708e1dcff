"""The operators' desk for alarms: what is in sight, what somebody has seen to, who is told."""

from time import time_ns

from gateway.alerts.board import Alerts
from gateway.control.alert_models import SinkTestView
from gateway.control.desk import unknown_alarm, unknown_sink
from gateway.control.views import AlarmView
from gateway.engine import Engine
from gateway.events import AlarmAcknowledged
from gateway.operators import action


class AlarmDesk:
    """Part of the desk; `_engine` and `_alerts` are those of the whole."""

    _engine: Engine
    _alerts: Alerts

    def alarms(self) -> list[AlarmView]:
        """Alarms that nobody has acknowledged, the newest first."""
        return [
            AlarmView(
                key=key,
                time_ns=alarm.last_ns,
                first_ns=alarm.first_ns,
                code=alarm.code,
                text=alarm.text,
                count=alarm.count,
            )
            for key, alarm in reversed(self._engine.core.state.alarms.items())
        ]

    async def acknowledge_alarms(self, keys: list[str], *, who: str, why: str) -> list[AlarmView]:
        """Somebody has seen to these, or, without keys, to all; answers those that are left."""
        engine = self._engine
        held = engine.core.state.alarms
        for key in keys:
            if key not in held:
                raise unknown_alarm(key)
        now = time_ns()
        for key in keys or [key for key, _ in held.items()]:
            engine.operator(action(who, why, "alarm acknowledge", key=key), now)
            engine.event(AlarmAcknowledged(key, who, why), now)
        await engine.committer.flush()
        return self.alarms()

    async def test_alerts(self, sink: str, *, who: str) -> SinkTestView:
        """Send a test by a sink, once, and say what came of it."""
        known = [view.name for view in self._alerts.views()]
        if sink not in known:
            raise unknown_sink(sink, known)
        self._engine.operator(action(who, "", "alarm test", sink=sink), time_ns())
        view = await self._alerts.test(sink, who)
        await self._engine.committer.flush()
        return view
