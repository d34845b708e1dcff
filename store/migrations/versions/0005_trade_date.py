"""The TradeDate(75) of executions."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0005"
down_revision: Final = "0004"


def upgrade() -> None:
    """Dates of executions that are there already are in the journal: `fixgate audit rebuild` shows
    them.
    """
    op.add_column("executions", sa.Column("trade_date", sa.Text, nullable=False, server_default=""))
