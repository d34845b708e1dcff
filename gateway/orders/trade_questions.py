"""DontKnowTrade(Q) of clients, about executions that they were told. FIX has no answer to it."""

from typing import Final

from gateway.decision import Decision
from gateway.events import TradeQuestioned
from gateway.orders.lengths import id_too_long
from gateway.orders.requests import refuse_request, too_fast
from gateway.setup import Client
from sessions.message import Message

TEXT_MAX: Final = 200


def from_client(decision: Decision, client: Client, message: Message) -> None:
    """A client does not know an execution that it was told: people have to see to that, so nobody
    may send very many.
    """
    get = message.fields.get
    exec_id, order_id = get("17", ""), get("37", "")
    if id_too_long(client, "ExecID(17)", exec_id) or id_too_long(client, "OrderID(37)", order_id):
        exec_id, order_id = exec_id[: client.id_max_length], order_id[: client.id_max_length]
    slow_down = too_fast(decision, client)
    if slow_down is not None:
        refuse_request(decision, client, message, slow_down, exec_id)
        return
    order = decision.state.book.find_order_id(exec_id.rpartition("-")[0])
    if order is not None and order.link != client.link:
        order = None
    order_no = order.order_no if order is not None else 0
    reason, text = get("127", "")[:1], get("58", "")[:TEXT_MAX]
    decision.emit(order_no, TradeQuestioned(order_no, client.link, order_id, exec_id, reason, text))
    what = f"{order!r}" if order is not None else f"OrderID(37)={order_id}, which is not its own"
    said = f"does not know ExecID(17)={exec_id} of {what}: DKReason(127)={reason} {text}"
    decision.alarm(f"client {client.name}: {said}")
