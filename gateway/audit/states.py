"""How far the audit database is. Kept apart, for the gateway itself does not load SQLAlchemy."""

from typing import Final

STARTING: Final = "starting"
CATCHING_UP: Final = "catching up"
FOLLOWING: Final = "following"
FAILING: Final = "failing"
