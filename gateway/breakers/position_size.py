"""How large positions are."""

from decimal import Decimal

from gateway.breakers.seen import Seen


def position_size(seen: Seen) -> Decimal | None:
    """Units of an account's largest position, long or short; or of all accounts in a symbol."""
    return seen.size
