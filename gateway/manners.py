"""What brokers over FIX have each in their own way, where the standard has one: plain switches, so
that an order is the same here wherever it is.
"""

from typing import Final, NamedTuple


class Manners(NamedTuple):
    """`digits_only`: ClOrdID(11) has digits alone. `names_first`: OrigClOrdID(41) names the order's
    first ClOrdID(11) at the broker instead of the last. `counts_leaves`: OrderQty(38) of a replace
    is what is left to execute instead of the whole.
    """

    digits_only: bool = False
    names_first: bool = False
    counts_leaves: bool = False


STANDARD: Final = Manners()
