"""Takes one journal into one audit database, group by group, each exactly once.

Rows and the place reached are written in one transaction, and only by the holder of the database's
lock, so it can be killed at any moment. What it can't do raises; who drives it tries again.
"""

from pathlib import Path
from types import TracebackType
from typing import Final

from gateway.audit.ahead import AheadEndedError, GroupsAhead
from gateway.audit.groups import Group, Groups
from store.archive import known_numbers, place_of
from store.database import Database
from store.errors import JournalError, JournalRewoundError
from store.expiry import expire
from store.schema import make_indexes, migrate
from store.segment import JOURNAL_FOLDER
from store.writes import Place, ProjectionMovedError, clear, read_place, write

FAR_BEHIND_BYTES: Final = 1 << 25


class Projector:
    """One journal, one database. `open` before `step`; `with` closes it.

    `place` is how far the tables follow; `alarm` says why they had to be made anew, or are filled
    slowly, if that is so.
    """

    def __init__(self, data_dir: Path, database: Database) -> None:
        self.folder = data_dir / JOURNAL_FOLDER
        self.database = database
        self.place = Place()
        self.alarm = ""
        self._may_have_help = True
        self._groups: Groups | GroupsAhead | None = None

    def __enter__(self) -> "Projector":
        self.open()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Let the journal and the lock go; the database stays the caller's."""
        self._let_go()
        self.database.unlock()

    def open(self) -> None:
        """Take the lock, bring the schema up to date, and find the place to go on from."""
        if not self.folder.is_dir():
            raise JournalError(
                f"{self.folder}: there is no journal: give the data folder of a gateway"
            )
        self.database.lock()
        migrate(self.database)
        with self.database.writing() as connection:
            make_indexes(connection)  # a rebuild that was killed left the tables without
        self.database.remember_file()
        try:
            self._look()
        except BaseException:
            self._let_go()
            raise

    def step(self) -> bool:
        """Take one group; false if there is nothing new. Raises for what a retry may heal."""
        if self.database.was_replaced():
            self.alarm = f"{self.database.name} was deleted or exchanged: the tables are made anew"
            migrate(self.database)
            self.database.remember_file()
            self._look()
        try:
            return self._step()
        except AheadEndedError as error:
            self._go_without_help(error)
            self._look()
        except JournalRewoundError as error:
            self._begin_anew(str(error))
        except ProjectionMovedError:
            self._look()  # `audit rebuild` emptied the tables
        return True

    def check_place(self) -> None:
        """Look whether somebody emptied the tables while there was nothing to do."""
        with self.database.reading() as connection:
            moved = read_place(connection) != self.place
        if moved:
            self._look()

    def _step(self) -> bool:
        groups = self._groups
        assert groups is not None, "step() before open()"
        group = groups.next()
        if group is None and isinstance(groups, Groups):
            return False
        if group is not None:
            self._take(group)
        is_full = group is not None and group.is_full
        if isinstance(groups, GroupsAhead):
            if not is_full:
                self._look(is_near=True)
        elif is_full and self._is_far_behind():
            self._look()
        return True

    def _take(self, group: Group) -> None:
        with self.database.writing() as connection:
            write(connection, group.rows, self.place, group.after)
            for below, before_ns in group.expired:
                expire(connection, below, before_ns)
        self.place = group.after

    # --- finding the place ----------------------------------------------------------------------

    def _look(self, is_near: bool = False) -> None:
        """Begin behind what the tables hold, by a second process if that is not `is_near`."""
        self._let_go()
        groups = self._groups = Groups(self.folder, self.database)
        self.place = groups.place
        why = groups.resume()
        if why:
            self._begin_anew(why)
        elif not is_near and self._is_far_behind():
            try:
                self._groups = GroupsAhead(self.folder, self.database)
            except OSError as error:
                self._go_without_help(error)
            else:
                groups.close()

    def _go_without_help(self, why: Exception) -> None:
        told = f"the audit database is filled by one process instead of two: {why}"
        self.alarm = f"{self.alarm}; {told}" if self.alarm else told
        self._may_have_help = False

    def _begin_anew(self, why: str) -> None:
        self.alarm = f"{why}; the tables are made anew"
        with self.database.writing() as connection:
            clear(connection)
        self._look()

    def _let_go(self) -> None:
        if self._groups is not None:
            self._groups.close()
            self._groups = None

    def _is_far_behind(self) -> bool:
        """So far that a second process is worth it. Whole segments count: in the last one there is
        space for what is still to come.
        """
        if not self._may_have_help:
            return False
        numbers = [n for n in known_numbers(self.folder) if n > self.place.segment]
        try:
            lacking = sum(place_of(self.folder, n).stat().st_size for n in numbers[:-1])
        except FileNotFoundError:
            return False  # archived or expired just now
        return lacking >= FAR_BEHIND_BYTES
