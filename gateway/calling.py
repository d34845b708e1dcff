"""How we come to a broker or to market data over FIX: from where, over TLS or not, how often."""

import asyncio
import random

from gateway.certificates import Certificates
from gateway.config import FixInitiator
from gateway.doors import BrokerDoor
from gateway.engine import Engine
from gateway.link import Link
from sessions.backoff import Backoff
from sessions.framing import Framer
from sessions.transport import Initiator


def caller(
    loop: asyncio.AbstractEventLoop,
    engine: Engine,
    config: FixInitiator,
    link: Link,
    certificates: Certificates,
) -> Initiator:
    """Connects the broker's link."""
    door = BrokerDoor(engine, link, lambda: Framer(*config.framing_rules))
    tls = config.tls
    return Initiator(
        loop,
        door,
        Backoff(
            config.endpoints,
            min_s=config.reconnect_min_s,
            max_s=config.reconnect_max_s,
            random=random.random,
        ),
        source=(config.source_host, config.source_port) if config.source_host else None,
        secure=certificates.of(tls, config.name) if tls is not None else None,
        server_name=tls.server_name if tls is not None else "",
        on_failed=door.cannot_connect,
    )
