"""The order state conversations of the FIX specification, in the words of any version.

Reads the data (FIX 4.2 and 4.4 Vol. 4, 5.0SP2, Order State Change Matrices) and writes each row as
the fields of a message. The tables of words stand here once more, apart from the gateway's own, so
that a mistake there cannot agree with itself. Knows no gateway.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any, Final

FIX42: Final = "FIX.4.2"
FIX44: Final = "FIX.4.4"
FIX50: Final = "FIX.5.0SP2"
VERSIONS: Final = (FIX42, FIX44, FIX50)

SYMBOL: Final = "IBM"
CURRENCY: Final = "USD"
PRICE: Final = 100
"""Of limits, stops and, where no LastPx(31) is printed, of executions."""

Fields = dict[str, str]
Row = dict[str, Any]

DATA: Final = Path(__file__).parents[2] / "data" / "order_state_matrices.json"

# The page prints LeavesQty 0 on the acceptance of an order that is not executed at all, and leaves
# out the reason of a restatement, which the description of the message gives.
MISPRINTS: Final = {
    ("44-E.1.a", 1): {"leaves_qty": 10_000},
    ("44-H.1.b", 4): {"exec_restatement_reason": 0},
}
SPLIT: Final = {"44-H.1.b": "SPLT"}
"""Conversations in which shares are split two for one on the second day, and which."""

# ExecInst(18) is told in words; the older version has neither value.
EXEC_INSTS: Final = {"reinstate on trading halt": "J"}
RESTATEMENTS: Final = {FIX42: "012345", FIX44: "0123456789", FIX50: "0123456789"}
BROKER_OPTION: Final = "4"
OTHER: Final = "99"


class Conversation:
    """One of them: `steps` in order, each a message of the client, a report to it, or a note."""

    def __init__(self, data: Row) -> None:
        self.name: str = data["id"]
        self.steps: list[Row] = [self._step(i, step) for i, step in enumerate(data["steps"])]
        self.days = max(step.get("day", 1) for step in self.steps)
        self.good_till = any("day" in step for step in self.steps)
        self.symbol = SPLIT.get(self.name, SYMBOL)

    def _step(self, index: int, step: Row) -> Row:
        row = step.get("exec_report")
        if row is None:
            return step
        return {**step, "exec_report": canonical(row) | MISPRINTS.get((self.name, index), {})}

    @property
    def alternatives(self) -> list[int]:
        """The rows that may come in place of a main one, and end the conversation."""
        return [i for i, step in enumerate(self.steps) if step["branch"] == "alt_reject"]


def canonical(row: Row) -> Row:
    """A report's row with ExecType(150) and OrdStatus(39) as FIX.4.4 has them."""
    row = dict(row)
    exec_type, trans_type = row["exec_type"], row.pop("exec_trans_type", "0")
    row["exec_type"] = {"1": "H", "2": "G", "3": "I"}.get(
        trans_type, "F" if exec_type in "12" else exec_type
    )
    row["ord_status"] = "0" if row["ord_status"] == "5" else row["ord_status"]
    return row


def request(conversation: Conversation, said: Mapping[str, Any], versions: set[str]) -> Fields:
    """The client's message without its ids. `versions`: of all who will read it, since values are
    passed on as they are.
    """
    fields = {"97": "Y"} if said.get("poss_resend") else {}
    fields |= {"55": conversation.symbol, "54": "1"}
    if said["msg_type"] == "H":
        return fields
    fields["60"] = "20261121-12:00:00"
    if "order_qty" in said:
        fields["38"] = str(said["order_qty"])
    if said["msg_type"] == "F":
        return fields
    stop = "ord_type" in said  # the only one that is printed
    fields |= {"21": "1", "40": "3" if stop else "2", "99" if stop else "44": str(PRICE)}
    fields["59"] = said.get("time_in_force", "1" if conversation.good_till else "0")
    if "price" in said:
        fields["44"] = str(said["price"])
    if "cash_order_qty" in said:
        fields |= {"152": str(said["cash_order_qty"]), "15": CURRENCY}
    if "exec_inst" in said and FIX42 not in versions:
        fields["18"] = EXEC_INSTS.get(said["exec_inst"], said["exec_inst"])
    return fields


def has(row: Row, version: str) -> bool:
    """Whether a counterparty of this version can tell such a report."""
    return row["exec_type"] != "L" or version == FIX50


def report(row: Row, version: str, *, replaced: bool, avg_px: Decimal) -> Fields:
    """What a report on an order says in a version, without ids. `replaced`: the order has been."""
    fields = _kind(row, version, replaced)
    numbers = {"38": "order_qty", "14": "cum_qty", "151": "leaves_qty", "152": "cash_order_qty"}
    numbers |= {"424": "day_order_qty", "425": "day_cum_qty"}
    fields |= {t: str(row[n]) for t, n in numbers.items() if row.get(n) is not None}
    fields["6"] = str(avg_px)
    if row["exec_type"] in "FGH" or (row["exec_type"] == "7" and row["last_shares"]):
        last_px = row.get("last_px", PRICE)
        fields |= {"32": str(row["last_shares"]), "31": str(last_px)}
    if row["exec_type"] == "8" or "ord_rej_reason" in row:
        fields["103"] = str(row.get("ord_rej_reason", 0))
    if "exec_restatement_reason" in row:
        fields["378"] = restatement_reason(str(row["exec_restatement_reason"]), version)
    if not has(row, version):
        fields["378"] = BROKER_OPTION if version == FIX42 else OTHER
    if "working_indicator" in row and version != FIX42:
        fields["636"] = row["working_indicator"]
    return fields


def restatement_reason(reason: str, version: str) -> str:
    """ExecRestatementReason(378), or another where the version lacks it."""
    return reason if reason in RESTATEMENTS[version] else BROKER_OPTION


def status(ord_status: str, version: str, *, replaced: bool) -> str:
    """OrdStatus(39); FIX.4.2 has one of its own for an order that is new but for a replace."""
    return "5" if version == FIX42 and replaced and ord_status == "0" else ord_status


def _kind(row: Row, version: str, replaced: bool) -> Fields:
    exec_type, said = row["exec_type"], status(row["ord_status"], version, replaced=replaced)
    if not has(row, version):
        exec_type = "D"  # something has happened to the order that this version has no word for
    if version != FIX42:
        return {"150": exec_type, "39": said}
    executed = "2" if row["cum_qty"] >= (row["order_qty"] or 1) else "1" if row["cum_qty"] else "0"
    trans_type = {"H": "1", "G": "2", "I": "3"}.get(exec_type, "0")
    if exec_type in "FGH":
        exec_type = executed
    return {"20": trans_type, "150": said if exec_type == "I" else exec_type, "39": said}


CONVERSATIONS: Final = {c.name: c for c in map(Conversation, json.loads(DATA.read_text()))}
