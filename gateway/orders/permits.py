"""Orders that may pass the limits, because one person asked for it and another approved.

Whether somebody may trade at all is no limit: halts, permissions, restrictions and everything that
makes an order unsound refuse it all the same.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import PermissionEnded
from gateway.limit_commands import USED
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk import refusals_of
from gateway.risk.candidate import Candidate
from gateway.risk.scopes import CLIENT
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms

OVERRIDABLE: Final = frozenset(
    {
        Code.DUPLICATE_ORDER,
        Code.MAX_CONCENTRATION,
        Code.MAX_CREDIT,
        Code.MAX_DAILY_LOSS,
        Code.MAX_EXECUTIONS,
        Code.MAX_GROSS_NOTIONAL,
        Code.MAX_LONG,
        Code.MAX_NOTIONAL,
        Code.MAX_OPEN_NOTIONAL,
        Code.MAX_OPEN_ORDERS,
        Code.MAX_PARTICIPATION,
        Code.MAX_QUANTITY,
        Code.MAX_SHORT,
        Code.MIN_NOTIONAL,
        Code.MIN_QUANTITY,
        Code.PRICE_COLLAR,
    }
)
"""What an override of an order lets pass."""


def permitted(
    decision: Decision,
    client: Client,
    terms: OrderTerms,
    candidate: Candidate,
    refusal: Refusal,
) -> Refusal | None:
    """None if an override lets an order pass that is refused, which is noted in its terms."""
    if not decision.state.limit_changes.permits:
        return refusal
    terms.override_no = override_for(decision, client, terms, candidate)
    return None if terms.override_no else refusal


def override_for(
    decision: Decision, client: Client, terms: OrderTerms, candidate: Candidate
) -> int:
    """The number of the override that lets an order pass which is refused, 0 for none."""
    number = decision.state.limit_changes.permit_for(
        (client.name, client.entry, candidate.subjects[CLIENT]),
        terms.cl_ord_id,
        candidate.account,
        candidate.symbol,
        candidate.side,
        candidate.order_qty,
        decision.now,
    )
    if number and all(one.code in OVERRIDABLE for one in refusals_of(candidate)):
        return number
    return 0


def use(decision: Decision, order_no: int, terms: OrderTerms) -> None:
    """The override that let it pass is over."""
    event = PermissionEnded(terms.override_no, order_no, USED, "", "")
    decision.emit(order_no, event)
