"""Makes the rows of the next group in a process of its own, while those of the last are written.

For tables that are far behind. That process only reads. Whatever becomes of it, the projector goes
on without it from where the tables stand, and so meets the same trouble.
"""

import marshal
import os
import signal
import subprocess
import sys
from dataclasses import astuple
from pathlib import Path
from struct import Struct
from typing import Final

from gateway import garbage
from gateway.audit.groups import Group, Groups
from store.database import Database
from store.errors import StoreError
from store.writes import Place

_SIZE: Final = Struct("<Q")
_PLEASE: Final = b"\n"
_URL: Final = "FIXGATE_DATABASE_URL"  # no argument: it may hold a password
FAILED: Final = 1


class AheadEndedError(Exception):
    """The process ended before it gave a group."""


class GroupsAhead:
    """As `Groups`, behind the place where the tables stand when it is made."""

    def __init__(self, folder: Path, database: Database) -> None:
        url = database.url.render_as_string(hide_password=False)
        self._process = subprocess.Popen(  # noqa: S603 - this program
            [sys.executable, "-m", "gateway.audit.ahead", str(folder)],
            env={**os.environ, _URL: url},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self._process.stdin is not None, "no pipe to the process"
        assert self._process.stdout is not None, "no pipe from the process"
        self._questions, self._answers = self._process.stdin, self._process.stdout
        self._ask()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def close(self) -> None:
        """End the process."""
        self._process.kill()
        self._process.wait()
        self._answers.close()
        try:
            self._questions.close()
        except BrokenPipeError:
            return  # a question that was not asked any more

    def next(self) -> Group | None:
        """The rows of the next group, None if there was nothing new when the last was given.
        Raises AheadEndedError.
        """
        (size,) = _SIZE.unpack(self._read(_SIZE.size))
        data = self._read(size)
        self._ask()
        told = marshal.loads(data)  # noqa: S302 - of a process that was started here
        if told is None:
            return None
        rows, after, is_full, expired = told
        return Group(rows, Place(*after), is_full, expired)

    def _ask(self) -> None:
        try:
            self._questions.write(_PLEASE)
            self._questions.flush()
        except BrokenPipeError:
            return  # reading tells

    def _read(self, size: int) -> bytes:
        data = self._answers.read(size)
        if len(data) < size:
            raise AheadEndedError(f"process {self.pid} ended")
        return data


def _answer(groups: Groups) -> None:
    """Give a group each time that one is asked for, until nobody is there to ask."""
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    while questions.read(1):
        group = groups.next()
        told = None
        if group is not None:
            told = (group.rows, astuple(group.after), group.is_full, group.expired)
        data = marshal.dumps(told)
        answers.write(_SIZE.pack(len(data)))
        answers.write(data)
        answers.flush()


def main() -> None:
    """`python -m gateway.audit.ahead FOLDER`: the journal's. Ends with what it was started by."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for the one that asks
    garbage.seldom()
    try:
        with Database(os.environ[_URL]) as database:
            groups = Groups(Path(sys.argv[1]), database)
            if not groups.resume():
                _answer(groups)
    except (StoreError, OSError):
        sys.exit(FAILED)  # the projector meets it too, and tells it


if __name__ == "__main__":
    main()
