"""Plays a conversation from both sides and compares what the client is told with what is printed.

The player is the client and the broker; the gateway between them, in memory or behind sockets, is a
Stage. Every message that the client gets is compared, field by field, and none may be left over.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from decimal import Decimal
from typing import Any, Protocol

from tests.gateway.conversations import matrices
from tests.gateway.conversations.matrices import FIX42, PRICE, Conversation, Fields, Row

NUMBERS = frozenset({"38", "14", "151", "32", "31", "6", "152", "424", "425", "426"})
CHAIN = ("11", "41", "19", "434", "102", "103", "378", "636", "20", "424", "425", "152")
"""Fields that must not stand in a report for which they are not printed."""


class Stage(Protocol):
    """A gateway with one client and one broker."""

    client_version: str
    broker_version: str
    account: str
    at_client: deque[Fields]
    at_broker: deque[Fields]

    def client_says(self, msg_type: str, fields: Fields) -> None:
        """A message from the client, MsgType(35) apart."""

    def broker_says(self, msg_type: str, fields: Fields) -> None:
        """A message from the broker."""

    def wait(self, *boxes: deque[Fields]) -> None:
        """Go on when one of the boxes holds something; fails where that will never be."""

    def ends(self) -> None:
        """The client is told nothing more."""

    def next_day(self) -> None:
        """The business day after this one begins."""


class Ledger:
    """AvgPx(6) as the executions told so far make it; ids are those printed."""

    def __init__(self) -> None:
        self._rows: dict[str, tuple[Decimal, Decimal]] = {}
        self._count = 0

    def after(self, row: Row) -> Decimal:
        """The average once this report is told."""
        self._count += 1
        if row["exec_type"] in "GH":
            del self._rows[row["exec_ref_id"]]
        if row["exec_type"] in "FG":
            exec_id = row.get("exec_id", str(self._count))
            price = Decimal(str(row.get("last_px", PRICE)))
            self._rows[exec_id] = (Decimal(row["last_shares"]), price)
        self._adjust(row)
        cum_qty = sum(quantity for quantity, _ in self._rows.values())
        if not cum_qty or not row["cum_qty"]:
            return Decimal(0)
        return sum(quantity * price for quantity, price in self._rows.values()) / cum_qty

    def _adjust(self, row: Row) -> None:
        """A split: so many times as much, each worth so much less."""
        cum_qty = sum(quantity for quantity, _ in self._rows.values())
        if row["exec_type"] == "D" and cum_qty:
            ratio = Decimal(row["cum_qty"]) / cum_qty
            self._rows = {i: (q * ratio, p / ratio) for i, (q, p) in self._rows.items()}


class Player:
    """One conversation. `mark` makes its ids different from those of others on the same stage."""

    def __init__(self, conversation: Conversation, stage: Stage, mark: str = "") -> None:
        self.conversation = conversation
        self.stage = stage
        self.mark = mark
        self.said: list[str] = []
        """What was said, for a failure."""
        self._unheard: deque[str] = deque()  # printed ids that the broker has not got yet
        self._broker_ids: dict[str, str] = {}
        self._kinds: dict[str, str] = {}
        self._roots: dict[str, str] = {}
        self._replaced: set[str] = set()
        self._order_ids: dict[str, str] = {}
        self._exec_ids: dict[str, str] = {}
        self._told_ids: set[str] = set()
        self._ledger = Ledger()
        self._count = 0

    def play(self, alternative: int | None = None) -> None:
        """The main path, or up to an alternative row and that row in place of its main one."""
        for _ in self.days(alternative):
            self.stage.next_day()
        self.stage.ends()

    def days(self, alternative: int | None = None) -> Iterator[None]:
        """The same day by day: yields where the next one must begin."""
        day = 1
        for index, step in enumerate(self.conversation.steps):
            if step["branch"] != "main" and index != alternative:
                continue
            if step.get("day", 1) > day:
                day += 1
                yield
            self._play(step)
            if index == alternative:
                break

    def _play(self, step: Row) -> None:
        if "msg_in" in step:
            self._client_says(step["msg_in"], crosses=step.get("crosses", False))
        elif "exec_report" in step:
            self._report(step["exec_report"])
        elif "cancel_reject" in step:
            self._reject(step["cancel_reject"])

    # --- the two sides --------------------------------------------------------------------------

    def _client_says(self, said: Row, *, crosses: bool) -> None:
        stage, cl_ord_id = self.stage, said["clordid"]
        versions = {stage.client_version, stage.broker_version}
        fields = matrices.request(self.conversation, said, versions)
        fields["11"] = self.mark + cl_ord_id
        if "origclordid" in said:
            fields["41"] = self.mark + said["origclordid"]
        self._kinds[cl_ord_id] = said["msg_type"]
        orig = said.get("origclordid", cl_ord_id)
        self._roots.setdefault(cl_ord_id, self._roots.get(orig, cl_ord_id))
        self._unheard.append(cl_ord_id)
        self._note("client", said["msg_type"], fields)
        stage.client_says(said["msg_type"], fields)
        if not crosses:  # else what the broker says next is on its way already
            stage.wait(stage.at_client, stage.at_broker)
            self._hear()

    def _hear(self) -> None:
        """The broker learns the gateway's ids for what it got; the rest the gateway answered."""
        while self.stage.at_broker:
            heard = self.stage.at_broker.popleft()
            cl_ord_id = self._unheard.popleft()
            self._note("to the broker", heard["35"], heard)
            assert heard["35"] == self._kinds[cl_ord_id], self.said
            self._broker_ids[cl_ord_id] = heard["11"]
        if self.stage.at_client:
            self._unheard.clear()

    def _broker_id(self, cl_ord_id: str) -> str:
        while cl_ord_id not in self._broker_ids:
            self.stage.wait(self.stage.at_broker)
            self._hear()
        return self._broker_ids[cl_ord_id]

    def _broker_says(self, msg_type: str, row: Row, fields: Fields) -> None:
        fields = {"37": f"{self.mark}B", **fields}
        for tag, name in (("11", "clordid"), ("41", "origclordid")):
            if name in row:
                fields[tag] = self._broker_id(row[name])
        self._note("broker", msg_type, fields)
        self.stage.broker_says(msg_type, fields)
        self.stage.wait(self.stage.at_client)

    def _report(self, row: Row) -> None:
        self._count += 1
        avg_px = self._ledger.after(row)
        replaced = self._roots.get(row.get("clordid", ""), "") in self._replaced
        replaced = replaced or row["exec_type"] == "5"
        broker = self.stage.broker_version
        exec_id = row.get("exec_id", str(self._count))
        if not self.stage.at_client:  # else the gateway answered of its own accord
            if not matrices.has(row, broker):
                return
            fields = matrices.report(row, broker, replaced=replaced, avg_px=avg_px)
            fields |= {"17": self.mark + exec_id, "55": self.conversation.symbol, "54": "1"}
            fields |= {"1": self.stage.account}
            if "exec_ref_id" in row:
                fields["19"] = self.mark + row["exec_ref_id"]
            self._broker_says("8", row, fields)
        printed = self._expected(row, replaced, avg_px)
        told = self._told("8", row, printed)
        self._exec_ids[exec_id] = told["17"]
        if replaced:
            self._replaced.add(self._roots.get(row["clordid"], ""))

    def _expected(self, row: Row, replaced: bool, avg_px: Decimal) -> Fields:
        version = self.stage.client_version
        if "exec_restatement_reason" in row:
            reason = str(row["exec_restatement_reason"])
            said = matrices.restatement_reason(reason, self.stage.broker_version)
            row = {**row, "exec_restatement_reason": said}
        if self.stage.broker_version == FIX42:  # it cannot say this
            row = {name: value for name, value in row.items() if name != "working_indicator"}
        printed = matrices.report(row, version, replaced=replaced, avg_px=avg_px)
        if "exec_ref_id" in row:
            printed["19"] = self._exec_ids[row["exec_ref_id"]]
        return printed

    def _reject(self, row: Row) -> None:
        root = self._roots.get(row["clordid"], "")
        printed = {
            "39": row["ord_status"],
            "434": "1" if self._kinds[row["clordid"]] == "F" else "2",
            "102": str(row.get("cxl_rej_reason", 0)),
        }
        replaced = root in self._replaced
        said = [
            {**printed, "39": matrices.status(row["ord_status"], version, replaced=replaced)}
            for version in (self.stage.broker_version, self.stage.client_version)
        ]
        if not self.stage.at_client:
            self._broker_says("9", row, said[0])
        self._told("9", row, said[1])

    # --- the comparison -------------------------------------------------------------------------

    def _told(self, msg_type: str, row: Row, printed: Fields) -> Fields:
        told = self.stage.at_client.popleft()
        self._note("to the client", told["35"], told)
        printed = {"35": msg_type, **printed}
        for tag, name in (("11", "clordid"), ("41", "origclordid")):
            if name in row:
                printed[tag] = self.mark + row[name]
        if row.get("order_id") == "NONE":
            printed["37"] = "NONE"
        wrong = {
            tag: (printed.get(tag), told.get(tag))
            for tag in {*printed, *CHAIN}
            if not _same(tag, printed.get(tag), told.get(tag))
        }
        text = "\n".join(self.said)
        assert not wrong, f"(printed, told) by tag: {wrong}\n{text}"
        self._check_ids(told, self._roots.get(row.get("clordid", ""), ""), text)
        return told

    def _check_ids(self, told: Fields, root: str, text: str) -> None:
        """OrderID(37) is that of the chain, ExecID(17) a new one but in answers to requests."""
        if told["37"] != "NONE":
            assert self._order_ids.setdefault(root, told["37"]) == told["37"], text
        if told.get("17", "0") != "0":
            assert told["17"] not in self._told_ids, text
            self._told_ids.add(told["17"])

    def _note(self, who: str, msg_type: str, fields: Any) -> None:
        self.said.append(f"{who}: 35={msg_type} {fields}")


def _same(tag: str, printed: str | None, told: str | None) -> bool:
    if tag in NUMBERS and printed is not None and told is not None:
        return abs(Decimal(printed) - Decimal(told)) < Decimal("1E-7")  # AvgPx(6) is rounded
    return printed == told
