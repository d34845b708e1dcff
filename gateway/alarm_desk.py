"""The operators' desk for alarms: what is in sight, and what somebody has seen to."""

from time import time_ns

from gateway.control.desk import unknown_alarm
from gateway.control.views import AlarmView
from gateway.engine import Engine
from gateway.events import AlarmAcknowledged
from gateway.operators import action


class AlarmDesk:
    """Part of the desk; `_engine` is that of the whole."""

    _engine: Engine

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
