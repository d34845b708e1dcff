"""A broker generator that takes orders and cancels and answers nothing: the worst that a kill
switch can meet. It tells when it read the last cancel.
"""

from time import time_ns

from tools.bench.broker import Broker, serve
from tools.bench.wire import split_frames, value


class SilentBroker(Broker):
    """One session of FIX.4.4 that keeps to itself but for what the session itself asks."""

    cancels = 0
    last_cancel_ns = 0

    def handle(self, frames: bytes) -> bytes:
        """The answers to whole frames."""
        return b"".join(self._answer(message) for message in split_frames(frames))

    def _answer(self, message: bytes) -> bytes:
        kind = value(message, b"35")
        if kind not in (b"D", b"F"):
            return self._one(message)
        self._taken([b"34=" + value(message, b"34")])
        if kind == b"D":
            self.orders += 1
        else:
            self.cancels += 1
            self.last_cancel_ns = time_ns()
        return b""

    def state(self) -> dict[str, object]:
        """Besides, how many cancels it read, and when the last of them (UTC ns)."""
        told = {"cancels": self.cancels, "last_cancel_ns": self.last_cancel_ns}
        return {**super().state(), **told}


if __name__ == "__main__":
    serve(SilentBroker("BROKER", "FIXGATE"))
