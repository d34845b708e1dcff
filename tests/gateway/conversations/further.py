"""Conversations of FIX's order state change matrices that are not in the data file.

Written from the rules: what each side may do, which status ranks highest, what ids name, how
quantities add up. A line is a message, in FIX.4.4 terms:

    > MsgType ClOrdID[/OrigClOrdID] OrderQty           the client says
    < ExecType OrdStatus ClOrdID[/Orig] OrderQty CumQty LeavesQty [LastQty]      it is told
    x ClOrdID/Orig OrdStatus CxlRejReason               a request of it is refused
    -                                                   the next day

A "*" in front: the message crosses the next one on the wire. Further values follow as name=value,
by the names of the data file.
"""

from __future__ import annotations

from typing import Final

from tests.gateway.conversations.matrices import Conversation, Row

TEXT: Final = """
B.1.c  an order is filled while its cancel is on the way
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 2000 8000 2000
*> F Y/X 10000
< F 2 X 10000 10000 0 8000
x Y/X 2 0

C.1.b  more is wanted of an order in part filled, which trades on while that is pending
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
> G Y/X 12000
< E E Y/X 10000 1000 9000
< F E X 10000 1100 8900 100
< 5 1 Y/X 12000 1100 10900
< F 2 Y 12000 12000 0 10900

C.2.a  another price is wanted of an order that is filled meanwhile
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
*> G Y/X 10000 price=101
< F 2 X 10000 10000 0 9000
x Y/X 2 0

D.1.c  a replace is refused after it was pending, the next one taken
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
> G Y/X 8000
< E E Y/X 10000 1000 9000
< F E X 10000 1500 8500 500
x Y/X 1 0
< F 1 X 10000 3500 6500 2000
> G Z/X 6000
< E E Z/X 10000 3500 6500
< 5 1 Z/X 6000 3500 2500
< F 2 Z 6000 6000 0 2500

D.2.b  two replaces are both pending before either is done
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
> G Y/X 8000
> G Z/Y 7000
< E E Y/X 10000 1000 9000
< E E Z/X 10000 1000 9000
< 5 E Y/X 8000 1000 7000
< 5 1 Z/Y 7000 1000 6000
< F 2 Z 7000 7000 0 6000

D.3  of three replaces the middle one is refused, and a cancel ends the order
> D X 10000
< 0 0 X 10000 0 10000
> G Y/X 8000
> G Z/Y 7000
> G W/Z 6000
< 5 0 Y/X 8000 0 8000
x Z/Y 0 0
< 5 0 W/Y 6000 0 6000
> F V/W 6000
< 6 6 V/W 6000 0 6000
x V/W 0 0
> F U/W 6000
< 4 4 U/W 6000 0 0

E.1.c  more is agreed on by voice
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
< D 1 X 11000 1000 10000 exec_restatement_reason=2
< F 2 X 11000 11000 0 10000

F.1.b  an order that may have been sent before: one has been, one has not
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
> D X 10000 poss_resend=Y
< I 1 X 10000 1000 9000
> D Y 15000 poss_resend=Y
< 0 0 Y 15000 0 15000

G.1.c  its client asks for an order again and again
> D X 10000
> H X 10000
< I A X 10000 0 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 2000 8000 2000
> H X 10000
< I 1 X 10000 2000 8000
> F Y/X 10000
< 6 6 Y/X 10000 2000 8000
> H X 10000
< I 6 X 10000 2000 8000
< F 6 X 10000 10000 0 8000
x Y/X 2 0
> H X 10000
< I 2 X 10000 10000 0

H.1.d  more is wanted of an order on its second day
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 2000 8000 2000
< 3 3 X 10000 2000 8000
-
< D 1 X 10000 2000 8000 day_order_qty=8000 day_cum_qty=0 exec_restatement_reason=1
> G Y/X 15000
< E E Y/X 10000 2000 8000 day_order_qty=8000 day_cum_qty=0
< 5 1 Y/X 15000 2000 13000 day_order_qty=13000 day_cum_qty=0
< F 1 Y 15000 3000 12000 1000 day_order_qty=13000 day_cum_qty=1000

I.1.b  what is not done at once is canceled
> D X 10000 time_in_force=3
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
< 4 4 X 10000 1000 0

I.1.c  the day ends for an order in part filled
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 1000 9000 1000
< C C X 10000 1000 0

J.1.b  a canceled order loses its execution and gets another
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 5000 5000 5000 exec_id=A
> F Y/X 10000
< 4 4 Y/X 10000 5000 0
< H 4 Y 10000 0 0 0 exec_id=B exec_ref_id=A last_px=0
< F 4 Y 10000 4000 0 4000 exec_id=C

J.1.d  a day's order is done, then its execution is corrected and taken back
> D X 10000
< 0 0 X 10000 0 10000
< F 1 X 10000 2000 8000 2000 exec_id=A
< 3 3 X 10000 2000 0
< G 3 X 10000 1500 0 1500 exec_id=B exec_ref_id=A
< H 3 X 10000 0 0 0 exec_id=C exec_ref_id=B last_px=0

K.1.b  trading is halted, and the order wanted to be canceled then
> D X 10000 exec_inst=K
< 0 0 X 10000 0 10000
< 4 4 X 10000 0 0 exec_restatement_reason=6

L.1.a  a price is guaranteed before there is an execution
> D X 10000
< 0 0 X 10000 0 10000
< 7 7 X 10000 0 10000 1000
< F 7 X 10000 1000 9000 1000
< F 2 X 10000 10000 0 9000

P.1  it is told that the order is pending, suspended and goes on
> D X 10000
< A A X 10000 0 10000
< 0 0 X 10000 0 10000
< 9 9 X 10000 0 10000
< 0 0 X 10000 0 10000
< F 2 X 10000 10000 0 10000
< B B X 10000 10000 0

R.1  fills come before the acknowledgement, which is then no news
> D X 10000
< F 1 X 10000 1000 9000 1000
> F Y/X 10000
< F 2 X 10000 10000 0 9000
x Y/X 2 0
"""


def _conversation(text: str) -> Conversation:
    head, *lines = text.splitlines()
    steps: list[Row] = []
    day = 1
    for line in lines:
        if line == "-":
            day += 1
            continue
        steps.append({"day": day, "branch": "main", **_step(line.split())})
    if day == 1:
        for step in steps:
            del step["day"]
    return Conversation({"id": head.split()[0], "steps": steps})


def _step(words: list[str]) -> Row:
    more = dict(word.split("=") for word in words if "=" in word)
    mark, *rest = [word for word in words if "=" not in word]
    if mark == "x":
        ids, status, reason = rest
        return {"cancel_reject": {**_ids(ids), "ord_status": status, "cxl_rej_reason": int(reason)}}
    if mark == "<":
        kind, status, ids, *numbers = rest
        names = ("order_qty", "cum_qty", "leaves_qty", "last_shares")
        quantities = dict(zip(names, map(int, [*numbers, "0"]), strict=False))
        row = {"exec_type": kind, "ord_status": status, **_ids(ids), **quantities, **more}
        return {"exec_report": row}
    kind, ids, quantity = rest
    said = {"msg_type": kind, **_ids(ids), "order_qty": int(quantity), **more}
    return {"msg_in": said, "crosses": mark == "*>"}


def _ids(text: str) -> Row:
    cl_ord_id, _, orig = text.partition("/")
    return {"clordid": cl_ord_id, **({"origclordid": orig} if orig else {})}


FURTHER: Final = {c.name: c for c in map(_conversation, TEXT.strip().split("\n\n"))}
