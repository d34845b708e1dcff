"""Whether a message was sent, or only kept until the peer asks for it."""

from typing import Final

import sqlalchemy as sa
from alembic import op

revision: Final = "0002"
down_revision: Final = "0001"


def upgrade() -> None:
    """Journals from before do not tell the two apart, and say of none that it was only kept."""
    flag = sa.Boolean(create_constraint=False)
    op.add_column("messages", sa.Column("kept", flag, nullable=False, server_default=sa.false()))
