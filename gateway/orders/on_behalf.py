"""Clients that trade for others over one session, named by OnBehalfOfCompID(115).

Owns whose an order is among them: who may be named, and that nobody asks for another's orders. A
session without a list in its settings is one client, whatever its messages say.
"""

from gateway.decision import Decision
from gateway.orders.lengths import id_too_long
from gateway.orders.order import Order
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import ANYBODY, Broker, Client
from gateway.translate.inbound import OrderTerms
from sessions.admin import reversed_route
from sessions.fields import ON_BEHALF_OF_COMP_ID
from sessions.message import Message


def names_somebody(client: Client, message: Message) -> bool:
    """Whether a message is on behalf of another; lists of orders never are."""
    return bool(client.on_behalf_of) and ON_BEHALF_OF_COMP_ID in message.fields


def begin(decision: Decision, client: Client, message: Message) -> None:
    """Answers to the message that concern no order go back the way it came."""
    if message.fields.get(ON_BEHALF_OF_COMP_ID):
        decision.way_back = reversed_route(message.fields)
        decision.way_back_link = client.link


def take_names(message: Message, terms: OrderTerms) -> None:
    """Note for whom an order is, and the way back. For clients with a list."""
    name = message.fields.get(ON_BEHALF_OF_COMP_ID, "")
    if name:
        terms.on_behalf_of = name
        terms.way_back = reversed_route(message.fields)


def name_problem(client: Client, name: str) -> Refusal | None:
    """Whether a client may order for whom it names."""
    too_long = id_too_long(client, "OnBehalfOfCompID(115)", name)
    if too_long is not None:
        return too_long
    if ANYBODY in client.on_behalf_of or name in client.on_behalf_of:
        return None
    return Refusal(Code.ON_BEHALF_NOT_ALLOWED, f"OnBehalfOfCompID(115)={name}")


def send_to_broker(
    decision: Decision, broker: Broker, msg_type: str, body: str, order: Order
) -> None:
    """Send a broker a message about an order, with whom it is on behalf of if it is to know."""
    if order.on_behalf_of and broker.names_end_clients:
        body = f"{ON_BEHALF_OF_COMP_ID}={order.on_behalf_of}\x01{body}"
    decision.send(broker.link, msg_type, body, order.order_no)


def order_of(decision: Decision, client: Client, message: Message, cl_ord_id: str) -> Order | None:
    """The order of a ClOrdID(11), if it is of whom the message is on behalf of."""
    order = decision.state.book.find_of_client(client.link, cl_ord_id)
    return order if order is None or is_theirs(client, message, order) else None


def is_theirs(client: Client, message: Message, order: Order) -> bool:
    """Whether an order of the session is of whom a message is on behalf of."""
    if not client.on_behalf_of:
        return True
    return order.on_behalf_of == message.fields.get(ON_BEHALF_OF_COMP_ID, "")
