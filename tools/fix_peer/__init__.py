"""A small FIX peer on simplefix, over TCP: what the simulator counterparties stand on."""

from __future__ import annotations

from tools.fix_peer.counts import LinkCounts
from tools.fix_peer.link import Acceptor, Initiator, Link
from tools.fix_peer.memory import Memory
from tools.fix_peer.samples import SAMPLE_PRICES
from tools.fix_peer.session import PeerSession
from tools.fix_peer.settings import ACCEPTOR, BEGIN_STRINGS, INITIATOR, PeerSettings
from tools.fix_peer.watch import Watch
from tools.fix_peer.wire import Pairs, Received, encode, read_one, readable, timestamp

__all__ = [
    "ACCEPTOR",
    "BEGIN_STRINGS",
    "INITIATOR",
    "SAMPLE_PRICES",
    "Acceptor",
    "Initiator",
    "Link",
    "LinkCounts",
    "Memory",
    "Pairs",
    "PeerSession",
    "PeerSettings",
    "Received",
    "Watch",
    "encode",
    "read_one",
    "readable",
    "timestamp",
]
