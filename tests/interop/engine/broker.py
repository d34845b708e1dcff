"""A broker on QuickFIX: it fills orders in two halves, cancels and replaces those that stay open.

Orders have a limit price, and one with Text(58)=NOFILL stays open. Reports repeat the order's
parties. Orders and reports are in a file before anything is sent, so a broker that was killed knows
them when it is started again.
"""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from fields import PARTIES, built, optional, tree

Report = list[list[Any]]
FULL, HALF = "2", "1"


class Broker:
    """The orders of one session. `version`: which ExecType(150) values there are."""

    def __init__(self, version: str, path: str) -> None:
        self._old = version == "FIX.4.2"
        self._orders: dict[str, dict[str, Any]] = {}
        self._reports: list[Report] = []
        file = Path(path)
        if file.exists():
            for line in file.read_text().splitlines():
                orders, reports = json.loads(line)
                self._orders |= orders
                self._reports += reports
        self._file = file.open("a")

    def answers(self, message: Any) -> list[Any]:
        """What is to be sent for a message of the client; nothing for one that came before."""
        kind = message.getHeader().getField(35)
        cl_ord_id = optional(message, 11)
        if kind not in SERVED or (cl_ord_id in self._orders and kind != "H"):
            return []
        reports = SERVED[kind](self, message)
        if kind != "H":
            news = {one: self._orders[one] for one in (cl_ord_id,) if one in self._orders}
            self._file.write(json.dumps([news, reports]) + "\n")
            self._file.flush()
            self._reports += reports
        return [built(report) for report in reports]

    def again(self) -> list[Any]:
        """All reports once more: who was killed does not know which have left."""
        return [built([*report, [97, "Y"]]) for report in self._reports]

    def _new(self, message: Any) -> list[Report]:
        order = {str(tag): optional(message, tag) for tag in (11, 55, 54, 38, 44)}
        order |= {"37": f"Q{order['11']}", "14": "0", "39": "0", "41": "", "n": 0}
        order["parties"] = tree(message, PARTIES)
        self._orders[order["11"]] = order
        reports = [self._report(order, "0")]
        if optional(message, 58) == "NOFILL":
            return reports
        quantity = int(float(order["38"]))
        half = quantity // 2
        return [*reports, self._fill(order, half), self._fill(order, quantity - half)]

    def _cancel(self, message: Any) -> list[Report]:
        return self._request(message, "4")

    def _replace(self, message: Any) -> list[Report]:
        return self._request(message, "5")

    def _request(self, message: Any, exec_type: str) -> list[Report]:
        order = self._orders.get(message.getField(41))
        cl_ord_id = message.getField(11)
        if order is None or order["39"] not in "01":
            status = order["39"] if order else "8"
            reason = "1" if order is None else "0"
            chain = [[11, cl_ord_id], [41, message.getField(41)]]
            response_to = "1" if exec_type == "4" else "2"
            answer = [[434, response_to], [102, reason], [39, status]]
            return [[[35, "9"], [37, order["37"] if order else "NONE"], *chain, *answer]]
        order |= {"41": order["11"], "11": cl_ord_id}
        if exec_type == "4":
            order["39"] = "4"
        else:
            order |= {str(tag): optional(message, tag) for tag in (38, 44)}
        self._orders[cl_ord_id] = order
        return [self._report(order, exec_type)]

    def _status(self, message: Any) -> list[Report]:
        order = self._orders.get(message.getField(11))
        return [self._report(order, "I") if order else self._unknown(message)]

    def _unknown(self, message: Any) -> Report:
        kind = [[20, "3"], [150, "8"]] if self._old else [[150, "I"]]
        chain = [[37, "NONE"], [11, message.getField(11)], [17, "0"]]
        terms = [[tag, message.getField(tag)] for tag in (55, 54)]
        done = [[38, "0"], [151, "0"], [14, "0"], [6, "0"], [103, "5"], [60, _now()]]
        return [[35, "8"], *chain, *kind, [39, "8"], *terms, *done]

    def _fill(self, order: dict[str, Any], quantity: int) -> Report:
        cum = int(order["14"]) + quantity
        order |= {"14": str(cum), "39": FULL if cum == int(float(order["38"])) else HALF}
        report = self._report(order, "F")
        return [*report, [32, str(quantity)], [31, order["44"]]]

    def _report(self, order: dict[str, Any], exec_type: str) -> Report:
        order["n"] += 1
        cum, status = int(order["14"]), order["39"]
        leaves = 0 if status == "4" else int(float(order["38"])) - cum
        shown = status
        if self._old:
            trans_type = "3" if exec_type == "I" else "0"
            shown = "5" if exec_type == "5" else status
            kind = [[20, trans_type], [150, shown if exec_type in "FI" else exec_type]]
        else:
            kind = [[150, exec_type]]
        chain = [[11, order["11"]]] + ([[41, order["41"]]] if order["41"] else [])
        terms = [[int(tag), order[tag]] for tag in ("55", "54", "38", "44")]
        ids = [[37, order["37"]], [17, f"{order['37']}-{order['n']}"]]
        done = [[151, str(leaves)], [14, str(cum)], [6, order["44"] if cum else "0"], [60, _now()]]
        return [[35, "8"], *ids, *chain, *kind, [39, shown], *terms, *done, *order["parties"]]


SERVED = {"D": Broker._new, "F": Broker._cancel, "G": Broker._replace, "H": Broker._status}


def _now() -> str:
    return datetime.now(UTC).strftime("%Y%m%d-%H:%M:%S.%f")[:-3]
