"""Seals the journal of a running gateway: each day, at a clean stop, and when somebody asks.

Signing and writing are done in a thread: no order waits for them. The file comes first and the
event about it afterwards; what a crash leaves between the two, the next start enters.
"""

import asyncio
from datetime import UTC, datetime
from time import time_ns
from typing import Final

import structlog

from gateway.audit.reads import READS_FOLDER
from gateway.config import Config
from gateway.days import as_number
from gateway.engine import Engine
from gateway.events import JournalSealed
from gateway.seals.folder import SEALS_FOLDER, SealFolder
from gateway.seals.keys import KeyFolder
from gateway.seals.making import (
    Head,
    Place,
    check_holds,
    check_signed,
    has_news,
    is_told_of,
    make,
    newest_seal,
    our_keys,
)
from gateway.seals.seal import Seal
from sessions.values import NS_PER_S
from store.errors import StoreError

log = structlog.get_logger("fixgate")

SEAL: Final = "SEAL"
"""Code of the alarm for a journal that cannot be sealed, or is not what was sealed."""
RETRY_NS: Final = 60 * NS_PER_S
NEW_DAY: Final = "a new day"
STOPS: Final = "the gateway stops"


class Sealer:
    """`begin` at the start, `check` a few times a second, `finish` at a clean stop. `day`: the one
    that was sealed last, yyyymmdd; 0: none.
    """

    def __init__(self, engine: Engine, config: Config) -> None:
        data_dir = config.gateway.data_dir
        self._engine = engine
        self.place = Place(
            node=config.gateway.node,
            journal=engine.journal.folder,
            reads=data_dir / READS_FOLDER,
            seals=SealFolder(data_dir / SEALS_FOLDER),
            keys=KeyFolder(config.audit.keys_dir),
        )
        self._one_at_a_time = asyncio.Lock()
        self._task: asyncio.Task[None] | None = None
        self.day = 0  # that was sealed last
        self._again_ns = 0  # when a failed one is tried again
        self._problem = ""

    # --- starting -------------------------------------------------------------------------------

    def begin(self) -> None:
        """Look at what was sealed before, and enter what the journal does not tell of yet."""
        try:
            for path in self.place.seals.remove_unfinished():
                log.warning("seal", text=f"{path}: was never finished: removed")
            newest = newest_seal(self.place)
            if newest is None:
                return
            self.day = newest.business_date or _utc_day(newest.time_ns)
            check_holds(self.place.journal, newest)
            self._enter(self._untold(), "made while no gateway ran")
        except StoreError as error:
            self._failed(error)

    def _untold(self) -> list[Seal]:
        """Seals that the journal does not tell of, oldest first."""
        untold: list[Seal] = []
        trusted = our_keys(self.place)
        for number in reversed(self.place.seals.numbers()):
            seal = self.place.seals.read(number)
            if is_told_of(self.place.journal, seal):
                break
            check_signed(self.place, seal, trusted)
            untold.append(seal)
        return untold[::-1]

    def _enter(self, untold: list[Seal], how: str) -> None:
        for seal in untold:
            log.info("seal", number=seal.number, text=f"{how}: entered now")
            self._tell(seal)

    # --- sealing --------------------------------------------------------------------------------

    def check(self, now: int) -> None:
        """Begin to seal if the day is another than at the last seal, and there is a key."""
        if self._task is not None or now < self._again_ns or self._today(now) == self.day:
            return
        if not self.place.keys.has_signer():
            self._again_ns = now + RETRY_NS
            return
        self._task = self._engine.loop.create_task(self._seal_day())

    async def _seal_day(self) -> None:
        try:
            await self.seal(NEW_DAY)
        except StoreError as error:
            self._again_ns = time_ns() + RETRY_NS
            self._failed(error)
        self._task = None

    async def seal(self, why: str) -> Seal:
        """Seal all that is known now; raises StoreError."""
        async with self._one_at_a_time:
            await self._engine.committer.flush()
            untold = await asyncio.to_thread(self._untold)
            self._enter(untold, "the journal did not tell of it")
            await self._engine.committer.flush()
            now = time_ns()
            date = self._engine.core.state.day.date
            head = Head.of(self._engine.journal)
            seal = await asyncio.to_thread(
                make, self.place, head, now=now, business_date=date, why=why
            )
            self._tell(seal)
            await self._engine.committer.flush()
            self.day, self._problem = self._today(now), ""
            return seal

    def stop(self) -> None:
        """Begin nothing any more; a file that is being written will be whole."""
        if self._task is not None:
            self._task.cancel()

    async def finish(self) -> None:
        """Seal what came since the last seal, if there is a key."""
        try:
            if self.place.keys.has_signer() and await asyncio.to_thread(self._is_behind):
                await self.seal(STOPS)
        except StoreError as error:
            self._failed(error)

    def _is_behind(self) -> bool:
        newest = newest_seal(self.place)
        return newest is None or has_news(self.place.journal, newest)

    def _tell(self, seal: Seal) -> None:
        log.info("seal", number=seal.number, batch=seal.batch, key=seal.key, why=seal.why)
        told = JournalSealed(seal.number, seal.batch, seal.head, seal.key, seal.digest, seal.why)
        self._engine.event(told, time_ns())

    def _today(self, now: int) -> int:
        return self._engine.core.state.day.date or _utc_day(now)

    def _failed(self, error: StoreError) -> None:
        """Trading goes on; told once."""
        if str(error) != self._problem:
            self._problem = str(error)
            self._engine.alarm(SEAL, f"the record is not sealed: {error}")


def _utc_day(time_ns: int) -> int:
    return as_number(datetime.fromtimestamp(time_ns // NS_PER_S, UTC).date())
