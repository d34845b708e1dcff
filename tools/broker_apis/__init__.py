"""Simulators of brokers' REST, WebSocket and streaming APIs, which a real API's client cannot tell
from the real one.

`python -m tools.broker_apis alpaca --port 8081` runs one; Simulator is the same as a library.

To add an API, make a folder NAME/ with a class that derives from `api.Api`, and enter it in APIS:
- `answer(request)` carries a request out and returns a `Reply`, or `Streaming` for a chunked
  reply without an end; `connect(request)` returns a `Conversation` for a WebSocket, or a refusal;
  `failure(status)` is how this API words a 404, 429 or 5xx; `client_id(request)` feeds fault rules.
- Orders live in `world.exchange`: `receive` one, let `world.desk.accept` work it (at once where the
  reply tells of fills, else by `world.agenda.after(0, ...)`, which runs after the reply), and let
  `world.desk.race` decide a cancel or a replace by the order's treatment.
- Facts come back by `world.exchange.listeners`; render them and `outlet.send` them to every
  conversation that subscribed. What is said while nobody is connected is lost, as it is in life.
- Queries ask `world.visible(order)`, which is the read-after-write lag. Times in replies come from
  `world.clock.shown_ns()`, ids and chance from `world.uuid()` and `world.dice`, heartbeats from
  `world.agenda.every`. What its documentation leaves open is a switch: `world.offer(SWITCHES)`.
Faults, control endpoints, truth, clock, TLS and the sockets are common and need nothing of an API.
What connects to the gateway instead of listening is a Simulator of its own, see `osengine`.
An API over a plain socket names its own shell in place of `connection`, as `ibkr` does.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Final

from tools.broker_apis.alpaca import Alpaca
from tools.broker_apis.api import Api
from tools.broker_apis.binance import Binance
from tools.broker_apis.ibkr import Ibkr
from tools.broker_apis.oanda import Oanda
from tools.broker_apis.osengine import Terminal
from tools.broker_apis.simulator import Simulator
from tools.broker_apis.world import Settings, World

APIS: Final[Mapping[str, Callable[[World], Api]]] = MappingProxyType(
    {"alpaca": Alpaca, "binance": Binance, "ibkr": Ibkr, "oanda": Oanda}
)

CALLERS: Final[Mapping[str, Callable[[Settings], Simulator]]] = MappingProxyType(
    {"osengine": Terminal}
)
"""Those that connect to a gateway."""

__all__ = ["APIS", "CALLERS", "Api", "Settings", "Simulator", "World"]
