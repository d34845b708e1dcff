"""One input decided: the facts it made and what goes out because of them.

Facts are applied the moment they are made, so that the next order of the same batch sees them.
Nothing here has left yet: the runtime journals events and sends, and releases after the sync.
"""

from gateway.events import Event, encode
from gateway.ids import broker_cl_ord_id
from gateway.prices.rule import reference_price
from gateway.reference import ReferencePrice
from gateway.refusals import Refusal
from gateway.routing import NO_BROKERS
from gateway.setup import Broker, Client, Setup
from gateway.state import State

DAY_NS = 86_400_000_000_000


class Send:
    """A message for a link, from its MsgType(35) on without the standard header."""

    __slots__ = ("body", "link", "msg_type", "order_no")

    def __init__(self, link: int, msg_type: str, body: str, order_no: int) -> None:
        self.link = link
        self.msg_type = msg_type
        self.body = body
        self.order_no = order_no


class Decision:
    """What one input led to. `refuse_new` names a condition under which no order is taken;
    `limit` the setting for whose sake the input was refused, "" for none; `refusals` what was
    refused, to be counted: the link, and the code or the broker's reason; `way_back`: header fields
    of answers to the link `way_back_link` that concern no order; `cancel_again` the orders of
    cancels that were lost on the way, each with who canceled; `impossible_of` the broker of each
    report that cannot be; `conflated`: of its message is kept that it came, and what the facts say;
    `wake_ns`: when (UTC ns) the core wants to tell more, 0 for never.
    """

    __slots__ = (
        "alarms",
        "cancel_again",
        "conflated",
        "events",
        "impossible_of",
        "limit",
        "now",
        "order_no",
        "refusals",
        "refuse_new",
        "sends",
        "setup",
        "state",
        "wake_ns",
        "way_back",
        "way_back_link",
    )

    def __init__(self, setup: Setup, state: State, refuse_new: str, now: int) -> None:
        self.setup = setup
        self.state = state
        self.refuse_new = refuse_new
        self.now = now
        self.order_no = 0
        self.cancel_again: tuple[tuple[int, str], ...] = ()
        self.limit = ""
        self.impossible_of: tuple[str, ...] = ()
        self.refusals: tuple[tuple[int, str], ...] = ()
        self.events: list[tuple[int, bytes]] = []
        self.sends: list[Send] = []
        self.alarms: list[str] = []
        self.conflated = False
        self.wake_ns = 0
        self.way_back = ""
        self.way_back_link = 0

    def emit(self, order_no: int, event: Event) -> None:
        """Make a fact: applied at once, journalled with this batch."""
        payload = encode(event)
        self.state.apply(event, self.now, payload)
        self.events.append((order_no, payload))
        if order_no:
            self.order_no = order_no

    def send(self, link: int, msg_type: str, body: str, order_no: int) -> None:
        """Queue a message for a link."""
        if self.way_back and not order_no and link == self.way_back_link:
            body = self.way_back + body
        self.sends.append(Send(link, msg_type, body, order_no))

    def refuse(self, link: int, refusal: Refusal) -> None:
        """Note that fixgate refuses what a link asked for."""
        self.limit = refusal.limit
        self.refusals += ((link, refusal.code),)

    def refused(self, link: int, code: str) -> None:
        """Note that what a link asked for is refused, or that the link, a broker's, refuses."""
        self.refusals += ((link, code),)

    def alarm(self, text: str) -> None:
        """Say something that a person must see."""
        self.alarms.append(text)

    def impossible(self, broker: str, text: str) -> None:
        """Say that a broker reports what cannot be, as far as is known here."""
        self.alarms.append(text)
        self.impossible_of += (broker,)

    def client(self, link: int) -> Client | None:
        """The client behind a link; None once it was taken out of the configuration."""
        return self.setup.clients.get(link)

    def broker(self, name: str) -> Broker | None:
        """The broker of this name; None once it was taken out of the configuration."""
        return self.setup.brokers.get(name)

    def closed_brokers(self) -> frozenset[str]:
        """Brokers that get no new orders, for their breakers' sake or an operator's."""
        breakers = self.state.breakers
        switches = self.state.routing.switches
        if not breakers.routes and not switches:
            return NO_BROKERS
        found = list(switches)
        for name in breakers.routes:
            broker = self.broker(name)
            is_up = broker is not None and broker.up
            if breakers.closed_to(name, is_up) is not None:
                found.append(name)
        return frozenset(found)

    def switched(self, broker: str) -> str:
        """How an operator has switched a broker off, "" if it gets new orders."""
        switches = self.state.routing.switches
        return switches[broker][1].state if broker in switches else ""

    def reference_price(self, symbol: str) -> ReferencePrice | None:
        """What its orders are valued and judged by."""
        return reference_price(self.state.prices, self.setup.reference, symbol, self.now)

    def new_order_no(self) -> int:
        """The next order number; it is taken by the event that carries it."""
        return self.state.order_no + 1

    def new_request(self, broker: str) -> tuple[int, str]:
        """The next number of a request, and its ClOrdID(11) towards this broker; taken by the event
        that carries them.
        """
        known = self.setup.brokers.get(broker)
        node = "" if known is not None and known.manners.digits_only else self.setup.node
        request_no = self.state.request_no + 1
        return request_no, broker_cl_ord_id(node, self.now, request_no)
