"""Orders that a client gave its broker by voice: they begin with the broker's first report.

FIX 4.4 Vol. 4, E.1.a. Such a report has no ClOrdID(11); its Account(1) tells whose the order is.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import OrderGivenVerbally
from gateway.ids import order_id
from gateway.orders.book import NO_ID
from gateway.orders.numbers import number
from gateway.orders.order import ZERO, Order
from gateway.setup import Broker, Client
from gateway.translate.inbound import BrokerReport, positive
from sessions.message import Tags

BEGINS: Final = frozenset({"new", "trade"})
_TERMS: Final = Tags("1 40 59 99")
_MARKET: Final = "1"
_DAY: Final = "0"


def given_verbally(decision: Decision, broker: Broker, said: BrokerReport) -> Order | None:
    """The order that a broker's report on an unknown one begins; None where it begins none."""
    message = said.message
    if message is None or said.kind not in BEGINS or not broker.verbal_orders:
        return None
    if said.cl_ord_id not in NO_ID or not said.broker_order_id or not number(said.order_qty) > 0:
        return None
    if said.is_repeated:
        return None  # of an order that is long gone, perhaps
    account, ord_type, time_in_force, stop_px = message.pick(_TERMS)
    client = _of_account(decision, account)
    if client is None:
        decision.alarm(f"broker {broker.name}: an order by voice of nobody: Account(1)={account}")
        return None
    number_ = decision.new_order_no()
    event = OrderGivenVerbally(
        number_,
        order_id(decision.setup.node, decision.now, number_),
        client.link,
        account,
        said.symbol,
        said.side,
        ord_type or _MARKET,
        time_in_force or _DAY,
        said.order_qty,
        said.price if positive(said.price) is not None else "",
        stop_px,
        _unit_value(decision, said),
        broker.name,
    )
    decision.emit(number_, event)
    return decision.state.book.open[number_]


def _of_account(decision: Decision, account: str) -> Client | None:
    """The only client that is configured with this account."""
    found = [c for c in decision.setup.clients.values() if account in c.accounts]
    return found[0] if len(found) == 1 else None


def _unit_value(decision: Decision, said: BrokerReport) -> str:
    """What one unit may cost, as far as anything tells."""
    price = positive(said.price) or positive(said.last_px)
    if price is None:
        reference = decision.reference_price(said.symbol)
        price = reference.price if reference is not None else ZERO
    instrument = decision.setup.reference.instruments.get(said.symbol)
    return str(price if instrument is None else price * instrument.multiplier)
