"""Starts the projector's process beside the gateway, watches it, and stops it.

Trading never waits for it: whatever happens there ends in a log line, a state and another try.
"""

import asyncio
import json
import os
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Callable
from pathlib import Path
from time import monotonic
from typing import Final

import structlog

from gateway import same_code
from gateway.audit.lag import Lag
from gateway.audit.states import FAILING, STARTING
from gateway.control.views import AuditView

log = structlog.get_logger("fixgate")

RESTART_MIN_S: Final = 0.5
RESTART_MAX_S: Final = 30.0
STOP_DEADLINE_S: Final = 10.0
STOPPED: Final = "stopped"


class Supervisor:
    """`journal_batch` tells the number of the journal's last batch, and `messages` how many the
    sessions had since the start, for the lag.
    """

    def __init__(
        self,
        data_dir: Path,
        database_url: str,
        journal_batch: Callable[[], int] | None = None,
        messages: Callable[[], int] = int,
    ) -> None:
        self._data_dir = data_dir
        self._database_url = database_url
        self._journal_batch = journal_batch
        self._messages = messages
        self._lag = Lag()
        self._task: asyncio.Task[None] | None = None
        self._process: Process | None = None
        self._stopping = False
        self._state = STARTING
        self._text = ""
        self._batch = 0
        self._wait_s = RESTART_MIN_S

    @property
    def pid(self) -> int | None:
        """The projector's process, if it runs."""
        return self._process.pid if self._process is not None else None

    def status(self) -> AuditView:
        """How far the audit database follows the journal; it is to be asked now and then, for the
        lag is as exact as that.
        """
        newest = self._journal_batch() if self._journal_batch is not None else self._batch
        now_s = monotonic()
        self._lag.note(newest, self._messages(), now_s, self._batch)
        return AuditView(
            state=self._state,
            lag_batches=max(newest - self._batch, 0),
            lag_s=round(self._lag.seconds(now_s), 3),
            lag_messages=self._lag.messages,
            text=self._text,
        )

    async def start(self) -> None:
        """Start it; does not wait for it."""
        assert self._task is None, "the supervisor was started twice"
        self._task = asyncio.create_task(self._run())

    async def stop(self, deadline_s: float = STOP_DEADLINE_S) -> None:
        """Let it reach the journal's end and stop it; after the deadline it is killed, which loses
        nothing: it goes on from there at the next start.
        """
        self._stopping = True
        task = self._task
        if task is None:
            return
        if self._process is None:
            task.cancel()
        else:
            _signal(self._process.terminate)
        _, late = await asyncio.wait((task,), timeout=deadline_s)
        if late:
            log.warning("audit", text="the audit database lags: it catches up at the next start")
            if self._process is not None:
                _signal(self._process.kill)
            task.cancel()
            await asyncio.wait((task,))
        self._task = None
        self._state = STOPPED

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self._live()
            except OSError as error:
                self._note(FAILING, f"the projector can't be started: {error}")
            if self._stopping:
                return
            await asyncio.sleep(self._wait_s)
            self._wait_s = min(self._wait_s * 2, RESTART_MAX_S)

    async def _live(self) -> None:
        """One life of the process."""
        process = await asyncio.create_subprocess_exec(
            *same_code.module("gateway.audit"),
            *("--data-dir", str(self._data_dir), "--parent", str(os.getpid())),
            # Not as an argument: it may hold a password, and arguments are shown to everybody.
            env=same_code.environment(FIXGATE_DATABASE_URL=self._database_url),
            stdin=DEVNULL,
            stdout=PIPE,
            start_new_session=True,  # Ctrl-C is for the gateway, which then stops this in order
        )
        self._process = process
        if self._stopping:
            _signal(process.terminate)
        try:
            assert process.stdout is not None, "no pipe to the projector"
            async for line in process.stdout:
                self._heard(line)
            code = await process.wait()
        finally:
            self._process = None
        if not self._stopping:
            self._note(FAILING, f"the projector ended ({_how(code)}): it is started again")

    def _heard(self, line: bytes) -> None:
        told = json.loads(line)
        self._batch = told["batch"] or self._batch
        if told["state"] != FAILING:
            self._wait_s = RESTART_MIN_S
        self._note(told["state"], told["text"])

    def _note(self, state: str, text: str) -> None:
        self._state = state
        self._text = text if state == FAILING else ""
        if text and state == FAILING:
            log.warning("audit", text=text)
        elif text:
            log.info("audit", text=text)


def _signal(send: Callable[[], None]) -> None:
    try:
        send()
    except ProcessLookupError:
        return  # it has just ended by itself


def _how(code: int) -> str:
    return f"signal {-code}" if code < 0 else f"exit code {code}"
