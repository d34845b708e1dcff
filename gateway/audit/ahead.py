"""Makes the rows of the next group in a process of its own, while those of the last are written.

For tables that are far behind. That process only reads. Whatever becomes of it, the projector goes
on without it from where the tables stand.
"""

import fcntl
import marshal
import os
import subprocess
import sys
from contextlib import suppress
from dataclasses import astuple
from pathlib import Path
from struct import Struct
from typing import Any, BinaryIO, Final

from gateway import garbage, same_code
from gateway.audit.groups import Group, Groups
from store.database import Database
from store.errors import StoreError
from store.writes import Place

_HEAD: Final = Struct("<Q?")
"""Bytes that follow, and whether they are a full group, after which another one is wanted."""
_PLEASE: Final = b"\n"
_PIPE_BYTES: Final = 1 << 20
_URL: Final = "FIXGATE_DATABASE_URL"  # no argument: it may hold a password


class AheadEndedError(Exception):
    """The process gives no more groups; the text says why."""


class GroupsAhead:
    """As `Groups`, behind the place where the tables stand when it is made."""

    def __init__(self, folder: Path, database: Database) -> None:
        url = database.url.render_as_string(hide_password=False)
        self._process = subprocess.Popen(  # noqa: S603 - this program
            [*same_code.module("gateway.audit.ahead"), str(folder)],
            env=same_code.environment(**{_URL: url}),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            process_group=0,  # Ctrl-C is for the one that asks
        )
        assert self._process.stdin is not None, "no pipe to the process"
        assert self._process.stdout is not None, "no pipe from the process"
        self._questions, self._answers = self._process.stdin, self._process.stdout
        with suppress(AttributeError, OSError):  # Linux alone has it, and not more than it allows
            fcntl.fcntl(self._answers, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
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
        """The rows of the next group; to be asked for again only if that was a full one. Raises
        AheadEndedError.
        """
        size, is_full = _HEAD.unpack(self._read(_HEAD.size))
        if is_full:
            self._ask()
        told = marshal.loads(self._read(size))  # noqa: S302 - of a process that was started here
        if isinstance(told, str):
            raise AheadEndedError(told)
        if told is None:
            return None
        rows, after, expired = told
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
            raise AheadEndedError(f"the second one ended with {self._process.wait()}")
        return data


def _tell(answers: BinaryIO, told: Any, is_full: bool = False) -> None:
    data = marshal.dumps(told)
    answers.write(_HEAD.pack(len(data), is_full))
    answers.write(data)
    answers.flush()


def _tell_group(answers: BinaryIO, group: Group | None) -> None:
    if group is None:
        _tell(answers, None)
    else:
        _tell(answers, (group.rows, astuple(group.after), group.expired), group.is_full)


def main() -> None:
    """`python -m gateway.audit.ahead FOLDER`: the journal's. Gives a group each time that one is
    asked for, until nobody is there to ask; a text instead of one says why there is none.
    """
    garbage.seldom()
    questions, answers = sys.stdin.buffer, sys.stdout.buffer
    try:
        with Database(os.environ[_URL]) as database:
            groups = Groups(Path(sys.argv[1]), database)
            why = groups.resume()
            if why:
                _tell(answers, why)
                return
            while questions.read(1):
                _tell_group(answers, groups.next())
    except BrokenPipeError:
        os._exit(0)  # nobody asks any more, and nothing can be flushed
    except (StoreError, OSError) as error:
        _tell(answers, str(error))


if __name__ == "__main__":
    main()
