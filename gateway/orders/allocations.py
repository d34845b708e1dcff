"""Pre-trade allocations of an order: NoAllocs(78) with the quantity of each account.

Risk counts the whole order for its Account(1); who gets what of it afterwards is the broker's
business. Here only the sum is looked at.
"""

from decimal import Decimal
from typing import Final

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms, positive
from gateway.translate.passing import fields_of

NO_ALLOCS: Final = "78="
ALLOC_QTY: Final = "80="
ZERO: Final = Decimal(0)


def allocations_problem(client: Client, terms: OrderTerms) -> Refusal | None:
    """Whether allocated quantities are not positive, or not those of the order. Accounts without a
    quantity share what the others leave, so there must be some left.
    """
    if NO_ALLOCS not in terms.extra or not client.check_allocations:
        return None
    pairs = fields_of(terms.extra)
    count = next((pair[3:] for pair in pairs if pair.startswith(NO_ALLOCS)), "")
    quantities = [pair[3:] for pair in pairs if pair.startswith(ALLOC_QTY)]
    if not count or not quantities:
        return None
    total = ZERO
    for text in quantities:
        quantity = positive(text)
        if quantity is None:
            return Refusal(Code.ALLOCATIONS_UNEQUAL, f"AllocQty(80)={text[:40]}")
        total += quantity
    whole = str(len(quantities)) == count.lstrip("0")
    if total == terms.quantity if whole else total < terms.quantity:
        return None
    return Refusal(Code.ALLOCATIONS_UNEQUAL, f"allocated={total} order_qty={terms.quantity}")
