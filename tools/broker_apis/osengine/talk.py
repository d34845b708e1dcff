"""The robot's side of one connection: the greeting, then requests and facts. Knows no socket."""

from __future__ import annotations

import hmac
import json
from typing import Final

from tools.broker_apis.http import Conversation
from tools.broker_apis.osengine.bridge import Bridge, Said
from tools.broker_apis.world import World

VERSION: Final = "1"
STREAM: Final = "robot"


def line_of(said: Said) -> str:
    """A line, without its end."""
    return json.dumps(said, separators=(",", ":"))


class Talk(Conversation):
    """From the gateway's greeting on."""

    name = STREAM

    def __init__(self, world: World, bridge: Bridge) -> None:
        super().__init__()
        self._world = world
        self._bridge = bridge
        self._nonces = "", ""
        self._is_welcome = False

    def received(self, message: str | bytes) -> None:
        """A line of the gateway's; ValueError for what is none, or of somebody who lacks the
        secret.
        """
        said = json.loads(message)
        if self._is_welcome:
            self._bridge.take(said)
        elif said["t"] == "hello":
            self._greet(said["nonce"])
        elif said["t"] == "welcome":
            self._begin(said)

    def closed(self) -> None:
        """Facts are kept, and told to the next gateway that is welcome."""
        self._bridge.say = lambda said: None

    def _greet(self, theirs: str) -> None:
        ours = self._world.uuid()
        self._nonces = theirs, ours
        switches, bridge = self._world.switches, self._bridge
        self._say(
            {
                "t": "hello",
                "version": VERSION,
                "robot": str(switches["robot"]),
                "connector": str(switches["connector"]),
                "nonce": ours,
                "log": bridge.log_id,
                "first": str(bridge.first),
                "last": str(bridge.last),
                "seal": self._seal("robot", theirs, ours),
            }
        )

    def _begin(self, said: Said) -> None:
        theirs, ours = self._nonces
        if not hmac.compare_digest(said["seal"], self._seal("gateway", ours, theirs)):
            raise ValueError("the gateway has another secret")
        self._is_welcome = True
        self._bridge.watched.clear()
        self._bridge.say = self._say
        self._bridge.tell_since(int(said["since"]))
        self._say(self._bridge.state())

    def beat(self) -> None:
        """Say that all is well."""
        if self._is_welcome:
            self._say(self._bridge.state())

    def _seal(self, who: str, *nonces: str) -> str:
        secret = str(self._world.switches["secret"]).encode()
        return hmac.new(secret, ":".join((who, *nonces)).encode(), "sha256").hexdigest()

    def _say(self, said: Said) -> None:
        self.outlet.send(line_of(said), said["t"])
