"""Reports that adapters have in common, as bodies of FIX.4.4 messages."""

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import Final

from gateway.brokers.api.contract import Report
from gateway.brokers.api.fields import write

NO_ID: Final = "NONE"
UNKNOWN_ORDER: Final = 5  # OrdRejReason(103)
OTHER: Final = 99
TOO_LATE: Final = 0  # CxlRejReason(102)
NO_ORDER: Final = 1
NOT_FOUND: Final = 2  # PosReqResult(728)


def rejected(cl_ord_id: str, text: str, reason: int = OTHER) -> Report:
    """An order that the broker refuses, or that never left."""
    fields = {37: NO_ID, 11: cl_ord_id, 17: "0", 150: "8", 39: "8", 103: reason, 58: text}
    return "8", write(fields)


def change_rejected(
    cl_ord_id: str, orig: str, broker_id: str, *, is_cancel: bool, reason: int, text: str
) -> Report:
    """An OrderCancelReject(9)."""
    fields = {37: broker_id or NO_ID, 11: cl_ord_id, 41: orig, 39: "0"}
    return "9", write(fields | {434: "1" if is_cancel else "2", 102: reason, 58: text})


def pending_cancel(cl_ord_id: str, orig: str, broker_id: str) -> Report:
    """The broker has taken a cancel, and is still to say what comes of it."""
    return "8", write({37: broker_id, 11: cl_ord_id, 41: orig, 17: "0", 150: "6", 39: "6"})


def not_there(cl_ord_id: str) -> Report:
    """The answer to an OrderStatusRequest(H) for an order that the broker does not find."""
    fields = {37: NO_ID, 11: cl_ord_id, 17: "0", 150: "I", 39: "8", 103: UNKNOWN_ORDER}
    return "8", write(fields)


def mass_status(asked: Mapping[str, str], bodies: Sequence[str]) -> list[Report]:
    """Answers to an OrderMassStatusRequest(AF): a body of each open order."""
    mark = {584: asked.get("584", ""), 911: len(bodies)}
    if not bodies:
        return [("8", not_there(NO_ID)[1] + write(mark | {912: "Y"}))]
    last = len(bodies)
    return [
        ("8", body + write(mark | {912: "Y" if number == last else "N"}))
        for number, body in enumerate(bodies, 1)
    ]


def positions(asked: Mapping[str, str], held: Mapping[str, Decimal]) -> list[Report]:
    """Answers to a RequestForPositions(AN): what is held by symbol, below 0 for short."""
    request_id = asked.get("710", "")
    head = {1: asked.get("1", ""), 710: request_id, 727: len(held)}
    if not held:
        return [("AO", write({721: f"{request_id}-0"} | head | {728: NOT_FOUND, 729: 0}))]
    reports = []
    for number, (symbol, quantity) in enumerate(held.items(), 1):
        side = 704 if quantity >= 0 else 705
        fields = {721: f"{request_id}-{number}"} | head
        fields |= {728: 0, 55: symbol, 702: 1, 703: "TOT", side: f"{abs(quantity):f}"}
        reports.append(("AP", write(fields)))
    return reports


def account_facts(*, blocked: Sequence[str] = (), **facts: object) -> dict[str, str]:
    """What an account has, by names for people; what is no text is left out. `blocked`: what the
    broker has stopped of it.
    """
    told = {name.replace("_", " "): str(fact) for name, fact in facts.items() if fact}
    return told | {"blocked": ", ".join(blocked)} if blocked else told


def refused(msg_type: str, fields: Mapping[str, str], text: str) -> list[Report]:
    """What is told of a request of this MsgType(35) that is not done."""
    get = fields.get
    if msg_type == "D":
        return [rejected(get("11", ""), text)]
    if msg_type in ("F", "G"):
        is_cancel = msg_type == "F"
        about = get("11", ""), get("41", ""), get("37", "")
        return [change_rejected(*about, is_cancel=is_cancel, reason=OTHER, text=text)]
    return []
