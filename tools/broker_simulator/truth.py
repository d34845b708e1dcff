"""The truth log: every order request that reached the broker and every execution it made.

This is what a test holds against the gateway's own record: nothing lost, nothing doubled. Kept in
memory and, when a path is given, written as JSON lines.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path

from tools.broker_simulator.mouth import Answer
from tools.fix_peer import Received, tags


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestSeen:
    """A request as the broker's orders saw it: each MsgSeqNum(34) once."""

    time_ns: int
    msg_type: str
    cl_ord_id: str
    orig_cl_ord_id: str
    seq: int
    poss_dup: bool
    poss_resend: bool
    doubled: bool
    """The ClOrdID(11) came before, and neither PossDupFlag(43) nor PossResend(97) says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExecutionMade:
    """A fill as it was told; `repeats` says so when it told of one that had been told before."""

    time_ns: int
    cl_ord_id: str
    order_id: str
    exec_id: str
    quantity: str
    price: str
    cum_quantity: str
    seq: int
    repeats: str


class TruthLog:
    """Requests and executions in the order of their happening."""

    def __init__(self, path: Path | None = None) -> None:
        self.requests: list[RequestSeen] = []
        self.executions: list[ExecutionMade] = []
        self.doubled: list[str] = []
        """ClOrdIDs that came twice without a word of warning."""
        self._ids: set[str] = set()
        self._file = None if path is None else path.open("a", encoding="utf-8", buffering=1)

    def remember(self, message: Received) -> None:
        """A request of an earlier run: its ClOrdID(11) is taken."""
        if message.msg_type != tags.ORDER_STATUS_REQUEST:
            self._ids.add(message.get(tags.CL_ORD_ID))

    def request(self, message: Received, now: int) -> None:
        """Note a D, F, G or H."""
        cl_ord_id = message.get(tags.CL_ORD_ID)
        poss_resend = message.get(tags.POSS_RESEND) == "Y"
        asks = message.msg_type == tags.ORDER_STATUS_REQUEST  # carries the order's own id
        doubled = cl_ord_id in self._ids and not (asks or message.poss_dup or poss_resend)
        entry = RequestSeen(
            time_ns=now,
            msg_type=message.msg_type,
            cl_ord_id=cl_ord_id,
            orig_cl_ord_id=message.get(tags.ORIG_CL_ORD_ID),
            seq=message.seq,
            poss_dup=message.poss_dup,
            poss_resend=poss_resend,
            doubled=doubled,
        )
        if doubled:
            self.doubled.append(cl_ord_id)
        if not asks:
            self._ids.add(cl_ord_id)
        self.requests.append(entry)
        self._write("request", entry)

    def execution(self, answer: Answer, seq: int, now: int) -> None:
        """Note a fill."""
        fields = dict(answer.body)
        entry = ExecutionMade(
            time_ns=now,
            cl_ord_id=fields[tags.CL_ORD_ID],
            order_id=fields[tags.ORDER_ID],
            exec_id=fields[tags.EXEC_ID],
            quantity=fields[tags.LAST_QTY],
            price=fields[tags.LAST_PX],
            cum_quantity=fields[tags.CUM_QTY],
            seq=seq,
            repeats=answer.repeats,
        )
        self.executions.append(entry)
        self._write("execution", entry)

    def new_orders(self) -> list[RequestSeen]:
        """Every NewOrderSingle(D) seen."""
        return [entry for entry in self.requests if entry.msg_type == tags.NEW_ORDER_SINGLE]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _write(self, what: str, entry: RequestSeen | ExecutionMade) -> None:
        if self._file is not None:
            self._file.write(json.dumps({"what": what, **asdict(entry)}) + "\n")
