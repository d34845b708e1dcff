"""What operators call a parked execution by."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0003"
down_revision: Final = "0002"


def upgrade() -> None:
    """Keys of what is parked already are in the journal: `fixgate audit rebuild` shows them."""
    op.add_column("executions", sa.Column("parked_key", sa.Text, nullable=False, server_default=""))
