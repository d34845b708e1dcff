"""What an operator may do to a gateway that does not run: first, keep a session out of its start.

The way out when a message makes the gateway fail, its peer sends it again after each restart, and
so nobody trades. It writes to the journal what the running gateway would, under the same lock.
"""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from decimal import localcontext
from pathlib import Path
from time import time_ns

from gateway.build import limit_table
from gateway.config import Config
from gateway.control.desk import unknown_session
from gateway.control.peer import login_name
from gateway.events import Event, LinkStateChanged, encode
from gateway.link_numbers import LinkNumbers
from gateway.operators import action
from gateway.orders.order import DECIMAL_DIGITS
from gateway.prepared import NO_REFERENCE
from gateway.recovery import open_journal, recover
from gateway.snapshot import snapshot
from gateway.state import State
from sessions.state import DISABLED
from store.errors import JournalError
from store.journal import Journal
from store.record import EVENT, OPERATOR
from store.segment import numbers_in


class Offline:
    """The journal and the state of a gateway that does not run; `tell` writes as it would."""

    def __init__(self, config: Config, journal: Journal) -> None:
        kept = config.journal
        limits = limit_table(config, NO_REFERENCE)
        self.journal = journal
        self.state = recover(journal, limits, kept.history_refused_max, kept.parked_executions_max)

    def tell(self, event: Event | None, said: bytes = b"") -> None:
        """Make an event a fact, and before it what an operator did; durable when it returns."""
        now = time_ns()
        if said:
            self.journal.add(OPERATOR, 0, 0, 0, 0, now, 0, said)
        if event is not None:
            payload = encode(event)
            self.state.apply(event, now, payload)
            self.journal.add(EVENT, 0, 0, 0, 0, now, 0, payload)
        self.journal.commit(now, lambda: snapshot(self.state, now))
        while self.journal.in_pieces:
            self.journal.commit(now, lambda: snapshot(self.state, now))


@contextmanager
def offline(config: Config) -> Iterator[Offline]:
    """Recover the state of a data folder; raises StoreError while a gateway runs on it."""
    with _journal(config) as journal, localcontext(prec=DECIMAL_DIGITS):
        yield Offline(config, journal)


def disable_session(config: Config, name: str, why: str) -> bool:
    """Keep a session out until an operator enables it; False if it was disabled before.

    Raises StoreError while a gateway runs on the folder, DeskError for a name nobody has.
    """
    with offline(config) as found:
        link = _link(found.state, name)
        if link.state == DISABLED:
            return False
        who = login_name(os.geteuid())
        said = action(who, why, "session disable", session=name, offline=True)
        event = LinkStateChanged(link.number, DISABLED, why or "disabled by the operator")
        found.tell(event, said)
    return True


@contextmanager
def _journal(config: Config) -> Iterator[Journal]:
    _check_place(config.gateway.data_dir / "journal")
    journal = open_journal(config)
    try:
        yield journal
    finally:
        journal.close()


def _check_place(folder: Path) -> None:
    """Make no journal where there is none, and no file that the gateway's user cannot write."""
    if not numbers_in(folder):
        raise JournalError(f"{folder}: there is no journal here; see --config and --data-dir")
    owner = folder.stat().st_uid
    if owner != os.geteuid():
        raise JournalError(f"{folder}: belongs to {login_name(owner)}; become that user")


def _link(state: State, name: str) -> LinkNumbers:
    known = state.links.values()
    links = {link.defined.name: link for link in known if link.defined.role != "paper"}
    if name not in links:
        raise unknown_session(name, links)
    return links[name]  # of several with one name the newest is in use
