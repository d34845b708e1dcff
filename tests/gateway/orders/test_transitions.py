"""Every report in every state: the transition table of FIX's order state change matrices.

Columns are the OrdStatus(39) an order has, rows what happens to it, cells what it has afterwards:
"=" as before, "!" as before with an alarm (an execution that fits nowhere is parked), a state with
"!" that state and an alarm. What ranks lower stays hidden, as FIX has it: a stopped order that is
suspended as well is shown as stopped.
"""

from __future__ import annotations

import pytest

from gateway.orders.order import Order
from tests.gateway.bench import ACME, Bench

STATES = {
    "PN": "A", "N": "0", "PF": "1", "F": "2", "DFD": "3", "C": "4", "X": "C", "R": "8",
    "PC": "6", "PR": "E", "ST": "7", "SU": "9", "CA": "B",
}  # fmt: skip

REPORTS = """
event           PN   N    PF   F    DFD  C    X    R    PC   PR   ST   SU
new             N    =    !    !    !    !    !    !    =    =    !    N
pending-new     =    =    !    !    !    !    !    !    =    =    !    !
rejected        R    R    C    !    =    =    =    =    R    R    R    R
double-refused  !    !    !    !    !    !    !    =    !    !    !    !
trade-part      PF   PF   PF   =!   =    =    =    PF!  =    =    =    =
trade-rest      F    F    F    =!   =    F    F    F!   =    =    F    F
pending-cancel  PC   PC   PC   PC   PC   !    !    !    =    PC   PC   PC
canceled        C    C    C    !    C    =    =    !    C    C    C    C
cancel-reject   =    =    =    =    =    =    =    =    N    =    =    =
pending-replace PR   PR   PR   PR   PR   !    !    !    =    =    PR   PR
replaced        N    N    PF   PF   PF   =    =    !    =    N    =    =
done-for-day    DFD  DFD  DFD  DFD  =    !    !    !    =    =    DFD  DFD
expired         X    X    X    !    X    =    =    !    X    X    X    X
restated        N    =    =    =    PF   =    =    !    =    =    =    =
stopped         ST   ST   ST   !    !    !    !    !    =    =    =    !
suspended       SU   SU   SU   !    !    !    !    !    =    =    =    =
calculated      !    !    !    CA   CA   =    =    !    !    !    !    !
bust            !    !    N    N    =    =    =    !    =    =    =    =
correct         !    !    PF   PF   =    =    =    !    =    =    =    =
status          =    =    =    =    =    =    =    =    =    =    =    =
triggered       N    =    =    =    !    !    !    !    =    =    =    N
"""
"""A request of the client that "pending", "replaced" and "cancel-reject" answer is under way
before; so is one in the states PC and PR.
"""

REQUESTS = """
event           PN   N    PF   F    DFD  C    X    R    PC   PR   ST   SU
cancel          sent sent sent 0    sent 0    0    0    3    sent sent sent
replace         sent sent sent sent sent 0    0    1    3    sent sent sent
"""
"""What becomes of the client's requests: to the broker, or refused with this CxlRejReason(102)."""

# Event to what the broker says; {id} is the order's ClOrdID(11), {request} that of a request.
SAYS = {
    "new": "150=0|11={id}|39=0",
    "pending-new": "150=A|11={id}|39=A",
    "rejected": "150=8|11={id}|39=8|103=0",
    "double-refused": "150=8|11={id}|39={now}|103=6",
    "trade-part": "150=F|11={id}|39=1|32=10|31=100",
    "trade-rest": "150=F|11={id}|39=2|32={rest}|31=100",
    "pending-cancel": "150=6|11={request}|41={id}|39=6",
    "canceled": "150=4|11={cancel}|39=4",
    "cancel-reject": "11={request}|41={id}|39=0|434=1|102=0",
    "pending-replace": "150=E|11={request}|41={id}|39=E",
    "replaced": "150=5|11={request}|41={id}|39=0|38=150",
    "done-for-day": "150=3|11={id}|39=3",
    "expired": "150=C|11={id}|39=C",
    "restated": "150=D|11={id}|39={now}|38=100",
    "stopped": "150=7|11={id}|39=7",
    "suspended": "150=9|11={id}|39=9",
    "calculated": "150=B|11={id}|39=B",
    "bust": "150=H|11={id}|39=0|19=FILL",
    "correct": "150=G|11={id}|39=1|19=FILL|32=30|31=100",
    "status": "150=I|11={id}|39=0",
    "triggered": "150=L|11={id}|39=0",
}
EXECUTION = ("bust", "correct")
ASKED = {"pending-cancel": "F", "cancel-reject": "F", "pending-replace": "G", "replaced": "G"}

# How an order gets there: reports, "F" and "G" stand for requests of the client.
WAYS: dict[str, tuple[str, ...]] = {
    "PN": (),
    "N": ("new",),
    "PF": ("new", "fill"),
    "F": ("new", "fill-all"),
    "DFD": ("new", "fill", "done-for-day"),
    "C": ("new", "fill", "canceled"),
    "X": ("new", "fill", "expired"),
    "R": ("rejected",),
    "PC": ("new", "F", "pending-cancel"),
    "PR": ("new", "G", "pending-replace"),
    "ST": ("new", "stopped"),
    "SU": ("new", "suspended"),
}
FILLS = {
    "fill": "150=F|11={id}|17=FILL|39=1|32=40|31=100",
    "fill-all": "150=F|11={id}|17=FILL|39=2|32=100|31=100",
}


def cells(table: str) -> list[tuple[str, str, str]]:
    """Event, state and cell, one by one."""
    head, *rows = [line.split() for line in table.strip().splitlines()]
    assert all(len(row) == len(head) for row in rows)
    return [
        (row[0], state, cell) for row in rows for state, cell in zip(head[1:], row[1:], strict=True)
    ]


class Scene:
    """One order, good till cancel, at the broker."""

    def __init__(self) -> None:
        self.bench = Bench()
        self.id = self.bench.order(tag59="1")[0]["11"]
        self.requests: dict[str, str] = {}
        self.reports = 0

    @property
    def order(self) -> Order:
        order = self.bench.core.state.book.get(1)
        assert order is not None
        return order

    def ask(self, msg_type: str) -> list[dict[str, str]]:
        """The client's cancel or replace; what the gateway sends."""
        orig = self.order.last_id
        terms = "|38=150|40=2|44=100|59=1" if msg_type == "G" else "|38=100"
        cl_ord_id = f"{msg_type}{len(self.requests)}"
        body = f"35={msg_type}|11={cl_ord_id}|41={orig}|55=IBM|54=1|60=20261121-12:00:00"
        sent = self.bench.client(body + terms)
        if sent[0]["35"] == msg_type:
            self.requests[msg_type] = sent[0]["11"]
        return sent

    def say(self, event: str, text: str = "") -> list[dict[str, str]]:
        """The broker's report; what the client is told."""
        self.reports += 1
        order = self.order
        values = {
            "id": order.broker_cl_ord_id,
            "request": self.requests.get(ASKED.get(event, ""), "NONE"),
            "cancel": self.requests.get("F", order.broker_cl_ord_id),
            "rest": max(order.terms.order_qty - order.cum_qty, 10),
            "now": order.ord_status,
        }
        body = (text or SAYS[event]).format_map(values)
        msg_type = "9" if event == "cancel-reject" else "8"
        exec_id = "" if "17=" in body else f"|17=E{self.reports}"
        told = self.bench.broker(f"35={msg_type}|37=B|{body}{exec_id}")
        assert all(message["link"] == str(ACME) for message in told)
        return told

    def go(self, state: str, event: str) -> None:
        """Bring the order into a state in which the event has what it is about."""
        way = list(WAYS[state])
        if event in EXECUTION and "new" in way and not {*FILLS} & {*way} and state != "N":
            way.insert(1, "fill")
        request = ASKED.get(event, "")
        if request and request not in way:  # a replace is not sent after a cancel
            way.insert(len(way) if request == "F" and "G" in way else 0, request)
        for step in way:
            if step in ("F", "G"):
                self.ask(step)
            else:
                self.say(step, FILLS.get(step, ""))
        assert self.order.ord_status == STATES[state]
        self.bench.alarms.clear()


@pytest.mark.parametrize(("event", "state", "cell"), cells(REPORTS))
def test_a_report_makes_of_an_order_what_the_table_says(event: str, state: str, cell: str) -> None:
    scene = Scene()
    scene.go(state, event)
    cum_qty, parked = scene.order.cum_qty, len(scene.bench.core.state.parked)
    told = scene.say(event)
    wanted = cell.rstrip("!")
    wanted = state if wanted in ("", "=") else wanted
    assert scene.order.ord_status == STATES[wanted], told
    assert bool(scene.bench.alarms) == cell.endswith("!"), scene.bench.alarms
    if event.startswith("trade"):
        assert scene.order.cum_qty > cum_qty, "an execution is lost"
        assert [message["39"] for message in told] == [STATES[wanted]]
    if cell == "!":
        assert not [message for message in told if message["35"] == "8"]
        too_late = (event, state) == ("replaced", "R")
        assert [message["58"] for message in told] == (["TOO_LATE"] if too_late else [])
        assert len(scene.bench.core.state.parked) - parked == (event in EXECUTION)
    again = scene.bench.refolded().book.get(1)
    assert again is not None
    assert (again.ord_status, again.cum_qty) == (scene.order.ord_status, scene.order.cum_qty)
    assert again.exposure() == scene.order.exposure()


@pytest.mark.parametrize(("event", "state", "cell"), cells(REQUESTS))
def test_a_request_is_sent_on_or_refused_as_the_table_says(
    event: str, state: str, cell: str
) -> None:
    scene = Scene()
    scene.go(state, "")
    [sent] = scene.ask({"cancel": "F", "replace": "G"}[event])
    assert (sent["35"] in "FG") == (cell == "sent")
    if cell != "sent":
        assert (sent["102"], sent["39"]) == (cell, STATES[state])
    assert scene.order.ord_status == STATES[state]
