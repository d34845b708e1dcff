"""What becomes of a gateway's requests, whatever the API: prices are wished for, what the API has
nothing for is answered, the rest is sent.
"""

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Generic, Protocol, TypeVar

from gateway.brokers.api.calls import Nothing
from gateway.brokers.api.contract import Host, Outgoing
from gateway.brokers.api.fields import read
from gateway.brokers.api.prices import Wish, wanted


class Makes(Protocol):
    """A mapping, as far as it makes requests."""

    def request(self, msg_type: str, fields: Mapping[str, str]) -> Outgoing:
        """What is sent for one of our requests, or Nothing."""


M = TypeVar("M", bound=Makes)


class Requesting(ABC, Generic[M]):
    """Two parts of Adapter. `host` is there once it is started."""

    host: Host
    mapping: M

    def request(self, msg_type: str, body: str) -> Outgoing:
        """Part of Adapter."""
        if msg_type == "V":
            return Wish(wanted(body))
        return self.mapping.request(msg_type, read(body))

    def submit(self, outgoing: Outgoing) -> None:
        """Part of Adapter."""
        if isinstance(outgoing, Wish):
            self._want(outgoing.symbols)
        elif not isinstance(outgoing, Nothing):
            self._send(outgoing)
        elif outgoing.reports:
            self.host.heard(b"", outgoing.reports)

    @abstractmethod
    def _want(self, symbols: Sequence[str]) -> None:
        """Prices of these as well."""

    @abstractmethod
    def _send(self, outgoing: Outgoing) -> None:
        """What the mapping has made goes."""
