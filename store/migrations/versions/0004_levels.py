"""The level of a halt; before there were levels each was a full one."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0004"
down_revision: Final = "0003"


def upgrade() -> None:
    """Halts of before read as halted."""
    op.add_column("halts", sa.Column("level", sa.Text, nullable=False, server_default="halted"))
