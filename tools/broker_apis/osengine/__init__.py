"""A simulated terminal OsEngine with the robot FixgateBridge, which connects to a gateway."""

from tools.broker_apis.osengine.terminal import Terminal

__all__ = ["Terminal"]
