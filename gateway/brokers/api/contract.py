"""What a broker has to be that is not reached over FIX.

An adapter speaks FIX with the gateway and the broker's API with the broker: it takes the bodies of
NewOrderSingle(D), OrderCancelRequest(F), OrderCancelReplaceRequest(G), OrderStatusRequest(H),
OrderMassStatusRequest(AF), RequestForPositions(AN) and MarketDataRequest(V), and tells what came of
them by the bodies of ExecutionReport(8), OrderCancelReject(9), PositionReport(AP) and so on. All
that the gateway does with a broker over FIX it does with an API therefore: one order machine, one
reconciliation, one record. What was said over the API stands word for word in RawData(96) of the
message that tells of it. A G has CumQty(14) as well, as it is known when the request is made.

Rules. A request is made into what goes over the API at once, without waiting for anything, and its
text is in the journal before it leaves. Each request ends in one of three ways: the broker did it
or refuses it (a report says so), or it never left (a report rejects it), or nobody knows
(`Host.unanswered`): then the order is unknown until the broker's evidence ends that. A request is
never sent again by itself unless the broker said that it did not take it.
"""

from collections.abc import Mapping, Sequence
from typing import Protocol, runtime_checkable

Report = tuple[str, str]
"""MsgType(35), and the body: "37=..|11=.." with SOH after every field."""


class Outgoing(Protocol):
    """A request as it goes over the API. `raw`: its text as the record keeps it, no secret in it;
    empty where nothing goes.
    """

    @property
    def raw(self) -> bytes:
        """As above."""


class Host(Protocol):
    """The gateway, as an adapter sees it."""

    @property
    def cursor(self) -> str:
        """How far the broker's executions are known, as `reached` was last told; "" at first."""

    def heard(self, raw: bytes, reports: Sequence[Report], cursor: str = "") -> None:
        """The broker said `raw`, which means these reports; both are journalled together, and
        `cursor` with them, if there is another one.
        """

    def unanswered(self, raw: bytes, cl_ord_id: str, why: str) -> None:
        """Of the request with this ClOrdID(11) nobody knows whether the broker took it."""

    def up(self) -> None:
        """The broker is there, and all executions up to now were told."""

    def down(self, why: str) -> None:
        """The broker is not there: nothing is heard of orders until `up`."""

    def alarm(self, code: str, text: str) -> None:
        """Say something that a person must see."""


class Adapter(Protocol):
    """One broker over its API."""

    def start(self, host: Host) -> None:
        """Connect, and stay connected."""

    async def stop(self) -> None:
        """Let go of all connections."""

    def request(self, msg_type: str, body: str) -> Outgoing:
        """Make a request for the API of one of ours; pure, but for what is known of ids."""

    def submit(self, outgoing: Outgoing) -> None:
        """Send it; it is durable by now."""


@runtime_checkable
class KnowsAccount(Protocol):
    """An adapter that tells what its account has. `account`: facts by names for people, such as
    "buying power", empty while it knows none; `account_ns`: as of when (UTC ns).
    """

    account: Mapping[str, str]
    account_ns: int
