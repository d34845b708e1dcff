"""What is known of a broker as a whole: whether it may hold more than it was heard to say."""

from dataclasses import dataclass

from gateway.events.base import Event


@dataclass(slots=True)
class BrokerDoubted(Event):
    """Messages of a broker's session may be lost, also those about orders that are closed here."""

    broker: str
    why: str


@dataclass(slots=True)
class BrokerReconciled(Event):
    """A broker was asked for `asked` orders after its logon; of `missing` it gave no answer."""

    broker: str
    asked: int
    missing: int


@dataclass(slots=True)
class BrokerCursorMoved(Event):
    """All executions of a broker over an API are known up to `cursor`, in that API's own terms."""

    broker: str
    cursor: str
