"""The demo: a gateway, a broker simulator and two client simulators do the main job over TCP.

`fixgate demo --help` tells how to run it.
"""

from __future__ import annotations

from tools.demo.command import demo

__all__ = ["demo"]
