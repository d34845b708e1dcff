"""Positions over FIX, since FIX.4.4: a RequestForPositions(AN), and what answers it,
RequestForPositionsAck(AO) and PositionReport(AP).
"""

from decimal import Decimal
from typing import Final

from gateway.orders.numbers import is_number, number
from sessions.message import Message
from sessions.values import format_utc_timestamp, is_digits

ZERO: Final = Decimal(0)
POSITIONS: Final = "0"  # PosReqType(724)
VALID: Final = "0"  # PosReqResult(728)
NONE_FOUND: Final = "2"
REJECTED: Final = "2"  # PosReqStatus(729)
POS_TYPES: Final = ("TOT", "FIN", "TQ")
"""PosType(703) of what is held now: of those that a report has, the first counts."""


def position_request(request_id: str, account: str, date: int, now: int) -> str:
    """The body of a RequestForPositions(AN) for all that an account holds on business date `date`
    (yyyymmdd).
    """
    return (
        f"710={request_id}\x01724={POSITIONS}\x01453=1\x01448={account}\x01447=D\x01452=24\x01"
        f"1={account}\x01581=1\x01715={date}\x0160={format_utc_timestamp(now)}\x01"
    )


class PositionAnswer:
    """An AO or AP. `total`: how many reports there are, None where it does not say; `problem`: why
    it is of no use, "" for none. Of an AP `quantity` is below 0 for a short position.
    """

    __slots__ = (
        "account",
        "currency",
        "is_report",
        "problem",
        "quantity",
        "request_id",
        "symbol",
        "total",
    )

    def __init__(self, message: Message) -> None:
        get = message.fields.get
        self.is_report = message.msg_type == "AP"
        self.request_id = get("710", "")
        self.account = get("1", "")
        self.symbol = get("55", "")
        self.currency = get("15", "")
        self.quantity = ZERO
        total = get("727", "")
        self.total = int(total) if is_digits(total) and len(total) < 10 else None
        self.problem = ""
        result = get("728", VALID)
        if result == NONE_FOUND:
            self.is_report = False
            self.total = 0
        elif result != VALID or (not self.is_report and get("729", "") == REJECTED):
            self.problem = f"PosReqResult(728)={result} {get('58', '')}".rstrip()
        elif self.is_report:
            self._read(message)

    def _read(self, message: Message) -> None:
        """The quantity, of the kind that tells what is held now."""
        told: dict[str, Decimal] = {}
        kind = ""
        for pair in message.pairs:
            tag, _, value = pair.partition("=")
            if tag == "703":
                kind = value
                told[kind] = ZERO
            elif tag in ("704", "705") and kind:
                if not is_number(value):
                    self.problem = f"tag {tag}={value[:20]} is no quantity"
                    return
                told[kind] += number(value) if tag == "704" else -number(value)
        chosen = next((kind for kind in POS_TYPES if kind in told), None)
        if chosen is None or not self.symbol:
            self.problem = f"no Symbol(55), or none of {', '.join(POS_TYPES)} as PosType(703)"
        else:
            self.quantity = told[chosen]
