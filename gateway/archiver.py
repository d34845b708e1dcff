"""Lets a running gateway's record go by its policy: each day behind the seal, and when asked.

Compressing, reading back and removing are done in a thread: no order waits for them. The journal
tells of each step before anything is removed; what a crash leaves, the next round does.
"""

import asyncio
from time import sleep, time_ns
from typing import Final

import structlog

from gateway.config import Config
from gateway.engine import Engine
from gateway.retention.plan import Plan, Policy
from gateway.retention.work import Step, Task, begin, finish, look
from gateway.sealer import Sealer
from sessions.values import NS_PER_S
from store.errors import StoreError

log = structlog.get_logger("fixgate")

ARCHIVE: Final = "ARCHIVE"
"""Code of the alarm for a record that cannot be archived, or cannot expire."""
GATEWAY: Final = "fixgate"
BY_POLICY: Final = "by the policy"
RETRY_NS: Final = 600 * NS_PER_S
PAUSE_S: Final = 0.002  # between pieces: the journal's own writes come first


class Archiver:
    """`check` is called a few times a second."""

    def __init__(self, engine: Engine, sealer: Sealer) -> None:
        self._engine = engine
        self._sealer = sealer
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self._day = 0  # that was done last
        self._again_ns = 0  # when a failed one is tried again
        self._problem = ""

    def check(self, now: int, config: Config) -> None:
        """Begin what the policy asks for if a day was sealed since the last time."""
        is_new = self._sealer.day != self._day and now >= self._again_ns
        if is_new and self._task is None and config.archive.after_days:
            self._task = self._engine.loop.create_task(self._round(config, self._sealer.day))

    async def _round(self, config: Config, day: int) -> None:
        try:
            step = await self.step(config, who=GATEWAY, why=BY_POLICY)
            while step.is_one and (step.left.archive or step.left.expire):
                step = await self.step(config, who=GATEWAY, why=BY_POLICY)
            self._day, self._problem = day, ""
        except (StoreError, OSError) as error:
            self._again_ns = time_ns() + RETRY_NS
            self._failed(error)
        self._task = None

    async def step(self, config: Config, *, who: str, why: str) -> Step:
        """Put one segment away, or let some expire; raises StoreError."""
        async with self._one_at_a_time:
            task = self._task_of(config)
            now = time_ns()
            step = await asyncio.to_thread(
                begin, task, now, lambda: sleep(PAUSE_S), who=who, why=why
            )
            holds = self._engine.core.state.retention.holds
            if not step.number and step.event is not None and holds != task.retention.holds:
                return Step(step.plan, None, 0)  # somebody set or released one meanwhile
            if step.event is not None:
                self._engine.event(step.event, time_ns())
                await self._engine.committer.flush()
                log.info("archive", **_told(step))
            await asyncio.to_thread(finish, task, step)
            return step

    async def plan(self, config: Config) -> Plan:
        """What is to be done; raises StoreError."""
        found, _ = await asyncio.to_thread(look, self._task_of(config), time_ns())
        return found

    def _task_of(self, config: Config) -> Task:
        engine = self._engine
        return Task(
            place=self._sealer.place,
            folder=config.archive.folder,
            policy=Policy(config.archive.after_days, config.archive.keep_days),
            resends_from=engine.journal.resends_from(engine.links.keys()),
            retention=engine.core.state.retention.as_it_is(),
        )

    def stop(self) -> None:
        """Begin nothing any more."""
        if self._task is not None:
            self._task.cancel()

    def _failed(self, error: Exception) -> None:
        """Trading goes on; told once."""
        if str(error) != self._problem:
            self._problem = str(error)
            self._engine.alarm(ARCHIVE, f"the record is not archived: {error}")


def _told(step: Step) -> dict[str, object]:
    """A step as the log has it."""
    event = step.event
    numbers = {"segment": step.number} if step.number else {}
    return {"what": type(event).__name__, **numbers, "batch": getattr(event, "last_batch", 0)}
