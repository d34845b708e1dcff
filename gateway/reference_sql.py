"""Reference data from a database: each table by a query, read and never written.

Owns the connection and the words for what goes wrong; knows no column. SQLAlchemy is slow to load,
so this is imported only where such a table is configured.
"""

from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Any, Final

from sqlalchemy import create_engine, text
from sqlalchemy.exc import SQLAlchemyError

from gateway.reference_rows import QueryError
from store.database import POSTGRESQL_ARGUMENTS, checked_url

ROWS_MAX: Final = 1_000_000


class ReferenceDatabase:
    """A database with reference data; `with` closes it. Nothing connects before a query."""

    def __init__(self, url: str, timeout_s: float) -> None:
        checked = checked_url(url)
        self._name = checked.render_as_string(hide_password=True)
        is_sqlite = checked.get_backend_name() == "sqlite"
        self._file = Path(checked.database or "") if is_sqlite else None
        options = (
            f"-c statement_timeout={int(timeout_s * 1000)} -c default_transaction_read_only=on"
        )
        arguments = {**POSTGRESQL_ARGUMENTS, "options": options}
        self._engine = create_engine(
            checked, connect_args={"timeout": timeout_s} if is_sqlite else arguments
        )

    def __enter__(self) -> "ReferenceDatabase":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._engine.dispose()

    def query(self, name: str, text_: str) -> "TableQuery":
        """A query that is called `name` in problems."""
        return TableQuery(self, name, text_)

    def answer(self, query: str) -> tuple[list[str], list[list[str]]]:
        """The names of the columns, and each row as text; raises QueryError."""
        if self._file is not None and not self._file.is_file():
            raise QueryError(f"database {self._name}: there is no such file")
        try:
            with self._engine.connect() as connection:
                if self._file is not None:
                    connection.execute(text("PRAGMA query_only = ON"))
                result = connection.execute(text(query.replace(":", "\\:")))
                if not result.returns_rows:
                    raise QueryError("the query gives no rows: it must be a SELECT")
                rows = [
                    [_as_text(value) for value in row] for row in result.fetchmany(ROWS_MAX + 1)
                ]
                names = [str(name) for name in result.keys()]  # noqa: SIM118 - a result, no dict
        except SQLAlchemyError as error:
            said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise QueryError(f"database {self._name}: {said}") from error
        if len(rows) > ROWS_MAX:
            raise QueryError(f"the query gives more than {ROWS_MAX} rows")
        return names, rows


class TableQuery:
    """One query of a database."""

    def __init__(self, database: ReferenceDatabase, name: str, text_: str) -> None:
        self.name = name
        self._database = database
        self._text = text_

    def answer(self) -> tuple[list[str], list[list[str]]]:
        """The names of the columns and each row as text; raises QueryError."""
        return self._database.answer(self._text)


def _as_text(value: Any) -> str:
    """As it would stand in a file."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, datetime | date):
        return value.isoformat()
    return str(value).strip()
