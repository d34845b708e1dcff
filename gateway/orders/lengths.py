"""How long the texts of a client's request may be: they are kept in memory as long as the order;
and whether others can read them.

Only those that a client makes up are looked at: numbers and codes are bounded by their types.
"""

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate.inbound import OrderTerms


def terms_too_long(client: Client, terms: OrderTerms) -> Refusal | None:
    """Whether an id of a NewOrderSingle(D) or replace(G) is too long, or all the rest of it, or
    that cannot be read by others.
    """
    longest = client.id_max_length
    extra_length = len(terms.extra)
    if (
        len(terms.cl_ord_id) <= longest
        and len(terms.symbol) <= longest
        and len(terms.account) <= longest
        and len(terms.orig_cl_ord_id) <= longest
        and extra_length <= client.other_fields_max_length
        and not terms.unreadable
    ):
        return None
    refusal = (
        ids_too_long(client, terms.cl_ord_id, terms.orig_cl_ord_id)
        or id_too_long(client, "Account(1)", terms.account)
        or id_too_long(client, "Symbol(55)", terms.symbol)
    )
    if refusal is not None:
        return refusal
    limit = client.other_fields_max_length
    if extra_length <= limit:
        return Refusal(Code.DATA_UNREADABLE, f"cl_ord_id={terms.cl_ord_id}")
    return Refusal(Code.FIELDS_TOO_LONG, f"length={extra_length} limit={limit}")


def ids_too_long(client: Client, cl_ord_id: str, orig_cl_ord_id: str) -> Refusal | None:
    """Whether an id of a cancel(F) is too long."""
    return id_too_long(client, "ClOrdID(11)", cl_ord_id) or id_too_long(
        client, "OrigClOrdID(41)", orig_cl_ord_id
    )


def id_too_long(client: Client, name: str, value: str) -> Refusal | None:
    """Whether one id is too long; `name` says which."""
    if len(value) <= client.id_max_length:
        return None
    return Refusal(
        Code.ID_TOO_LONG, f"field={name} length={len(value)} limit={client.id_max_length}"
    )
