"""What an API is to the simulator: answers to requests, conversations on WebSockets, its errors."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable
from typing import ClassVar, Protocol

from tools.broker_apis.http import Answer, Conversation, Reply, Request
from tools.broker_apis.orders import Order, Terms
from tools.broker_apis.world import World


class Shell(Protocol):
    """One connection of a client."""

    async def run(self) -> None:
        """Until either side ends it."""


class Api(ABC):
    """One broker's API over a world. It knows no socket: the shell calls, it answers.

    It listens to `world.exchange.listeners` for facts and says them to its conversations' outlets;
    the shell sends what is in the outlets after each reply and whenever something was due.
    """

    shell: ClassVar[Callable[..., Shell] | None] = None
    """What talks on a connection, by (simulator, reader, writer); None: HTTP."""

    def __init__(self, world: World) -> None:
        self.world = world

    @abstractmethod
    def answer(self, request: Request) -> Answer:
        """Carry the request out."""

    def connect(self, request: Request) -> Reply | Conversation:
        """A WebSocket is asked for: the broker's side of it, or the refusal."""
        return self.failure(404)

    @abstractmethod
    def failure(self, status: int) -> Reply:
        """The body and headers this API has for such a status (429, 5xx, 404)."""

    def client_id(self, request: Request) -> str:
        """The client's order id that a request is about, for fault rules; "" if none."""
        return ""

    @abstractmethod
    def other_order(self, terms: Terms) -> Order:
        """Take in and accept an order that another trader placed on the account. ValueError."""
