"""What the audit database holds after the day, and whether the journal verifies.

Reads through the same parts as `fixgate audit`.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import func, select

from gateway.audit.story import Story, story
from gateway.audit.verify import Result, verify
from store.database import Database
from store.tables import executions, messages, orders
from tools.demo.place import Place
from tools.fix_peer import tags


@dataclass(frozen=True, slots=True, kw_only=True)
class Record:
    """Numbers of rows, and what verification found."""

    messages: int
    """Of FIX sessions: what is said over an API is counted by nobody else."""
    resent: int
    """Application messages sent again on request."""
    orders: int
    executions: int
    verified: Result

    @property
    def chain_ok(self) -> bool:
        """The journal's hash chain is whole."""
        return self.verified.journal.ok

    @property
    def problems(self) -> list[str]:
        """Every fault of journal and tables."""
        return self.verified.problems


def read_record(place: Place, sessions: Sequence[str]) -> Record:
    """Verify the journal and the tables, and count, messages of `sessions` alone. StoreError."""
    verified = verify(place.folder, place.database_url, lambda _done, _total: None)
    ours = messages.c.session.in_(sessions)
    again = (messages.c.resent, messages.c.msg_type.not_in(tags.SESSION_MESSAGES))
    with Database(place.database_url) as database, database.reading() as connection:
        return Record(
            messages=connection.scalar(select(func.count()).select_from(messages).where(ours)) or 0,
            resent=connection.scalar(select(func.count()).select_from(messages).where(*again)) or 0,
            orders=connection.scalar(select(func.count()).select_from(orders)) or 0,
            executions=connection.scalar(select(func.count()).select_from(executions)) or 0,
            verified=verified,
        )


def story_of(place: Place, order_id: str) -> Story:
    """The whole story of the order with this OrderID(37)."""
    with Database(place.database_url) as database:
        return story(database, order_id)
