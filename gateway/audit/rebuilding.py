"""Makes empty tables anew from all whole segments of a journal, with every core of the machine.

Processes make the rows of messages, segment by segment; this one folds orders, sessions and what
else is told in sequence. Only when all is written is the place noted: tables without a place are
unfinished, and the next projector empties them.
"""

import os
from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from functools import partial
from multiprocessing import get_context
from pathlib import Path
from typing import Final

from sqlalchemy import delete

from gateway.audit import parts, rows
from gateway.audit.fold import Fold
from gateway.audit.parts import Task
from gateway.audit.projector import RECORDS_A_GROUP, expired, histories, place_behind
from store.archive import known_numbers
from store.database import AuditDatabaseError, Database
from store.expiry import expire
from store.parts import parts_folder, table_text, take_part
from store.record import Batch
from store.recovery import scan
from store.tables import messages
from store.writes import Place, move, put_others

SEGMENTS_MIN: Final = 2
"""Fewer are made anew sooner by one process than others are started."""


def whole_segments(folder: Path) -> list[int]:
    """Those that another one follows: nobody writes to them any more."""
    return known_numbers(folder)[:-1]


class Rebuilding:
    """Of tables that are empty and locked, from the journal in `folder` up to the end of its whole
    `segments`.
    """

    def __init__(self, folder: Path, database: Database, segments: list[int]) -> None:
        self._folder = folder
        self._database = database
        self._segments = segments
        self._fold = Fold({}, {}, {}, partial(histories, database), folder, makes_messages=False)
        self._waiting: list[tuple[Path | None, Future[None]]] = []
        self._expired_before = 0

    def run(self) -> Iterator[int]:
        """The number of the last batch, each time that some are taken."""
        parent = os.getpid()
        pool = ProcessPoolExecutor(
            max_workers=os.cpu_count(),
            mp_context=get_context("spawn"),  # a process with threads can't be forked
            initializer=parts.begin,
            initargs=(parent,),
        )
        with parts_folder(self._database) as beside:
            try:
                for task in self._tasks(beside):
                    self._waiting.append((task.part, pool.submit(parts.make, task, parent)))
                yield from self._follow()
            finally:
                pool.shutdown(cancel_futures=True)

    def _tasks(self, beside: Path | None) -> Iterator[Task]:
        url = self._database.url.render_as_string(hide_password=False)
        table = table_text(self._database) if beside is not None else ""
        for number in self._segments:
            part = beside / str(number) if beside is not None else None
            yield Task(self._folder, number, url, part, table)

    def _follow(self) -> Iterator[int]:
        place = Place()
        for group in _groups(self._folder, self._segments[-1]):
            self._take(group)
            place = place_behind(place, group)
            self._take_parts(wait=False)
            yield place.batch
        self._take_parts(wait=True)
        with self._database.writing() as connection:
            if self._expired_before:  # others may have written such rows after they were removed
                is_old = messages.c.record_id < self._expired_before
                connection.execute(delete(messages).where(is_old))
            move(connection, Place(), place)

    def _take(self, group: list[Batch]) -> None:
        changes = self._fold.take(group)
        with self._database.writing() as connection:
            put_others(connection, changes)
            for event in expired(group):
                self._expired_before = rows.record_id(event.last_batch + 1, 0)
                expire(connection, self._expired_before, event.last_ns)

    def _take_parts(self, *, wait: bool) -> None:
        """Those of the segments that are next, so that rows come in their order."""
        while self._waiting and (wait or self._waiting[0][1].done()):
            part, made = self._waiting.pop(0)
            try:
                made.result()
            except BrokenProcessPool as error:
                raise AuditDatabaseError(
                    f"audit database {self._database.name}: a process that made rows of messages"
                    " was ended: try again"
                ) from error
            if part is not None:
                take_part(self._database, part)


def _groups(folder: Path, last: int) -> Iterator[list[Batch]]:
    """All batches of a journal up to the end of segment `last`, checked and chained."""
    group: list[Batch] = []
    records = 0
    for batch in scan(folder):
        if batch.position.segment > last:
            break
        group.append(batch)
        records += batch.count
        if records >= RECORDS_A_GROUP:
            yield group
            group, records = [], 0
    if group:
        yield group
