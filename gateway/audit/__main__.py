"""The projector as a process: `python -m gateway.audit --data-dir DIR --database-url URL`.

`fixgate run` starts it and reads what it says as JSON lines; by hand it says it in plain lines. It
ends when it is told to (SIGTERM: after it has reached the journal's end) or its parent is gone.
"""

import json
import os
import signal
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from gateway import garbage
from gateway.audit.follower import RETRIED, Follower, Told

NICE: Final = 10  # trading goes first
FAILED: Final = 1


class ProcessControl:
    """Ends by signal, or when the parent that started it is gone."""

    def __init__(self, parent: int | None) -> None:
        self._parent = parent
        self._stopping = False
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._stop)

    def _stop(self, _number: int, _frame: object) -> None:
        self._stopping = True

    def stopping(self) -> bool:
        """A signal came."""
        return self._stopping

    def abandoned(self) -> bool:
        """The parent ended."""
        return self._parent is not None and os.getppid() != self._parent


def _tell_parent(told: Told) -> None:
    print(json.dumps(told._asdict()), flush=True)  # noqa: T201 - the line protocol of Supervisor


def _tell_person(told: Told) -> None:
    if told.text:
        click.echo(told.text, err=True)


@click.command()
@click.option("--data-dir", type=click.Path(path_type=Path), required=True)
@click.option(
    "--database-url", envvar="FIXGATE_DATABASE_URL", required=True, help="SQLAlchemy URL."
)
@click.option("--parent", type=int, help="End when this is no longer the parent process.")
def main(data_dir: Path, database_url: str, parent: int | None) -> None:
    """Follow a gateway's journal into its audit database."""
    os.nice(NICE)
    garbage.seldom()
    tell: Callable[[Told], None] = _tell_person if parent is None else _tell_parent
    follower = Follower(data_dir, database_url, ProcessControl(parent), tell)
    try:
        follower.run(patient=parent is not None)
    except BrokenPipeError:
        os._exit(FAILED)  # the parent is gone, and nothing can be flushed to it
    except RETRIED as error:
        click.echo(str(error), err=True)
        sys.exit(FAILED)


if __name__ == "__main__":
    main()
