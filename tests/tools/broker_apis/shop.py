"""A broker's API of the smallest kind, to try what all simulators share.

POST /orders {"id", "quantity"} -> 201; GET /orders/ID; DELETE /orders/ID -> 204; a WebSocket and a
chunked GET of /events, which tell a JSON line for every fact.
"""

from __future__ import annotations

import json
from decimal import Decimal

from tools.broker_apis import Api, World
from tools.broker_apis.http import Answer, Conversation, Reply, Request, Streaming, json_reply
from tools.broker_apis.orders import BUY, Fact, Order, Terms


class Events(Conversation):
    """One client that listens; it says "quiet" to hear no more."""

    name = "events"

    def __init__(self, shop: Shop) -> None:
        super().__init__()
        self._shop = shop

    def opened(self) -> None:
        self._shop.talks.append(self)

    def received(self, message: str | bytes) -> None:
        self.outlet.send(message, "echo")

    def closed(self) -> None:
        self._shop.talks.remove(self)


class Shop(Api):
    """It sells one thing."""

    def __init__(self, world: World) -> None:
        super().__init__(world)
        self.talks: list[Events] = []
        world.exchange.listeners.append(self._told)

    def answer(self, request: Request) -> Answer:
        if request.path == "/events":
            return Streaming(conversation=Events(self))
        if request.method == "POST":
            row = request.json()
            terms = Terms(
                client_id=row["id"], symbol="X", side=BUY, quantity=Decimal(row["quantity"])
            )
            return json_reply(201, self.other_order(terms).as_dict())
        found = self.world.exchange.by_client_id(self.client_id(request))
        if not found or not self.world.visible(found[-1]):
            return self.failure(404)
        if request.method == "GET":
            return json_reply(200, found[-1].as_dict())
        order, desk = found[-1], self.world.desk
        how = desk.treatment_of(order).on_cancel
        desk.race(order, how, lambda: self.world.exchange.cancel(order), lambda why: None)
        return Reply(status=204)

    def connect(self, request: Request) -> Reply | Conversation:
        return Events(self) if request.path == "/events" else self.failure(404)

    def failure(self, status: int) -> Reply:
        return json_reply(status, {"oops": status})

    def client_id(self, request: Request) -> str:
        if request.method == "POST" and request.body:
            return str(request.json().get("id", ""))
        return request.path.removeprefix("/orders/")

    def other_order(self, terms: Terms) -> Order:
        order = self.world.exchange.receive(terms, self.world.uuid())
        self.world.agenda.after(0, lambda: self.world.desk.accept(order))
        return order

    def _told(self, fact: Fact, order: Order) -> None:
        for talk in self.talks:
            talk.outlet.send(json.dumps(fact.as_dict()) + "\n", fact.kind)
