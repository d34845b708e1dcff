"""The order state conversations of FIX 4.2 and 4.4 (Vol. 4, Order State Change Matrices).

Each is played from both sides: the client's messages as printed, the broker's reports as printed
(with ids of the broker's chain); what the gateway tells the client must be what is printed.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.gateway.bench import ACME, BETA, SIM, Bench
from tests.gateway.test_state import order_facts

DATA = Path(__file__).parents[2] / "data" / "order_state_matrices.json"
CONVERSATIONS = {c["id"]: c for c in json.loads(DATA.read_text())}

# What needs more than D, F, G, H and a broker's reports on them: day roll and GT restatement (H),
# orders by telephone (E.1.a, F.1.c), trading halts with reinstatement (K), orders in money (L),
# orders held by the exchange in 5.0SP2.
LATER = {
    "44-E.1.a",
    "44-F.1.c",
    "44-H.1.a",
    "44-H.1.b",
    "44-H.1.c",
    "44-J.1.c",
    "44-K.1.a",
    "44-L.1.b",
    "50SP2-E.1.f",
    "42-D27",
}
PLAYED = sorted(set(CONVERSATIONS) - LATER)

TAGS = {
    "exec_type": "150",
    "ord_status": "39",
    "exec_trans_type": "20",
    "clordid": "11",
    "origclordid": "41",
    "order_qty": "38",
    "cum_qty": "14",
    "leaves_qty": "151",
    "last_shares": "32",
    "avg_px": "6",
    "ord_rej_reason": "103",
    "cxl_rej_reason": "102",
    "order_id": "37",
    "exec_restatement_reason": "378",
}
NUMBERS = {"38", "14", "151", "32", "6"}


class Play:
    """One conversation against a fresh core."""

    def __init__(self, conversation: dict[str, Any]) -> None:
        self.is_42 = conversation["id"].startswith("42")
        self.bench = Bench(broker_version="FIX.4.2" if self.is_42 else "FIX.4.4")
        self.link = BETA if self.is_42 else ACME
        self.broker_ids: dict[str, str] = {}
        self.told: list[dict[str, str]] = []
        self.fills = 0

    def client_says(self, said: dict[str, Any]) -> None:
        body = f"35={said['msg_type']}|11={said['clordid']}|55=IBM|54=1|60=20261121-12:00:00"
        if "origclordid" in said:
            body += f"|41={said['origclordid']}"
        if "order_qty" in said:
            body += f"|38={said['order_qty']}"
        if said["msg_type"] in "DG":
            body += f"|40=2|44=100|59={said.get('time_in_force', '0')}"
        for sent in self.bench.client(body, self.link):
            if sent["link"] == str(SIM):
                self.broker_ids[said["clordid"]] = sent["11"]
            else:
                self.told.append(sent)

    def broker_says(self, row: dict[str, Any], msg_type: str) -> None:
        fields = {"35": msg_type, "37": "B-1"}
        for name, tag in TAGS.items():
            if name in row:
                fields[tag] = str(row[name])
        fields["11"] = self.broker_ids.get(fields["11"], fields["11"])
        if "41" in fields:
            fields["41"] = self.broker_ids.get(fields["41"], fields["41"])
        self.fills += 1
        fields["17"] = row.get("exec_id", f"E{self.fills}")
        if "exec_ref_id" in row:
            fields["19"] = row["exec_ref_id"]
        fields["31"] = str(row.get("last_px", 100))
        if msg_type == "9":
            fields["434"] = "1"
        body = "|".join(f"{tag}={value}" for tag, value in fields.items())
        self.told += [m for m in self.bench.broker(body) if m["link"] == str(self.link)]

    def expect(self, row: dict[str, Any], msg_type: str) -> None:
        assert self.told, f"the client was told nothing, expected {row}"
        told = self.told.pop(0)
        assert told["35"] == msg_type
        for name, tag in TAGS.items():
            if name not in row or (name == "order_id" and row[name] != "NONE"):
                continue
            if msg_type == "9" and name == "order_qty":
                continue
            expected, actual = str(row[name]), told.get(tag, "0" if tag in NUMBERS else "")
            if tag in NUMBERS:
                assert float(actual) == float(expected), f"{name}: {told}"
            else:
                assert actual == expected, f"{name}: {told}"


def play(conversation: dict[str, Any], upto_alternative: int | None) -> Play:
    """Play the main path, or up to an alternative row and that row in place of its main one."""
    game = Play(conversation)
    for index, step in enumerate(conversation["steps"]):
        if step["branch"] != "main" and index != upto_alternative:
            continue
        if "msg_in" in step:
            game.client_says(step["msg_in"])
            continue
        if "exec_report" not in step and "cancel_reject" not in step:
            continue  # a note between messages, such as a telephone call
        msg_type = "8" if "exec_report" in step else "9"
        row = step.get("exec_report") or step["cancel_reject"]
        if not game.told:  # else the gateway answered of its own accord
            game.broker_says(row, msg_type)
        game.expect(row, msg_type)
        if index == upto_alternative:
            break
    return game


@pytest.mark.parametrize("name", PLAYED)
def test_client_is_told_what_the_matrix_prints(name: str) -> None:
    game = play(CONVERSATIONS[name], None)
    assert not game.told, "the client was told more than printed"


ALTERNATIVES = [
    (name, index)
    for name in PLAYED
    for index, step in enumerate(CONVERSATIONS[name]["steps"])
    if step["branch"] == "alt_reject"
]


@pytest.mark.parametrize(("name", "index"), ALTERNATIVES)
def test_alternative_rejections_of_the_matrix(name: str, index: int) -> None:
    play(CONVERSATIONS[name], index)


@pytest.mark.parametrize("name", PLAYED)
def test_a_restart_finds_every_order_as_it_was(name: str) -> None:
    bench = play(CONVERSATIONS[name], None).bench
    again = {order.order_no: order for order in bench.refolded().book}
    for order in bench.core.state.book:
        assert order_facts(again[order.order_no]) == order_facts(order)
        assert again[order.order_no].exposure() == order.exposure()
