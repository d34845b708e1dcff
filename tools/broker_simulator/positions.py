"""What the broker holds for an account: RequestForPositionsAck(AO) and PositionReport(AP)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal

from tools.broker_simulator.book import Order
from tools.broker_simulator.reports import plain
from tools.fix_peer import Pairs, Received, tags

_BUYS = ("1", "3")  # Side(54)


def positions_of(
    start: Mapping[str, Decimal], orders: Iterable[Order], account: str
) -> dict[str, Decimal]:
    """Units by Symbol(55): those at the start, by "ACCOUNT:SYMBOL", and what was executed."""
    held: dict[str, Decimal] = {}
    for place, quantity in start.items():
        name, _, symbol = place.partition(":")
        if name == account:
            held[symbol] = quantity
    for order in orders:
        if order.terms.get(tags.ACCOUNT) == account:
            signed = order.cum if order.terms[tags.SIDE] in _BUYS else -order.cum
            held[order.symbol] = held.get(order.symbol, Decimal(0)) + signed
    return {symbol: quantity for symbol, quantity in held.items() if quantity}


def position_answers(
    request: Received, held: Mapping[str, Decimal], new_id: Callable[[], str]
) -> Iterable[tuple[str, Pairs]]:
    """What answers a RequestForPositions(AN): MsgType(35) and body of each message."""
    total = ("727", str(len(held)))
    account = request.get(tags.ACCOUNT)
    whose = [("453", "1"), ("448", account), ("447", "D"), ("452", "24")]
    whose += [(tags.ACCOUNT, account), ("581", "1")]
    asked = (tags.POS_REQ_ID, request.get(tags.POS_REQ_ID))
    result = "0" if held else "2"
    yield (
        tags.REQUEST_FOR_POSITIONS_ACK,
        [("721", new_id()), asked, total, ("728", result), ("729", "0"), *whose],
    )
    date = (tags.CLEARING_BUSINESS_DATE, request.get(tags.CLEARING_BUSINESS_DATE))
    for symbol, quantity in held.items():
        side = "704" if quantity > 0 else "705"
        yield (
            tags.POSITION_REPORT,
            [
                *(("721", new_id()), asked, total, ("728", "0"), date, *whose),
                *((tags.SYMBOL, symbol), ("730", "0"), ("731", "1"), ("734", "0")),
                *(("702", "1"), ("703", "TOT"), (side, plain(abs(quantity)))),
                *(("753", "1"), ("707", "FMTM"), ("708", "0")),
            ],
        )
