"""How long to wait before the next attempt to connect, and to which host. Pure."""

from collections.abc import Callable, Sequence


class Backoff:
    """Exponential waits with jitter over a list of hosts.

    Begins with the first host and stays with one that gave a logon. A failure to reach a logon
    moves on to the next; the wait doubles after each round through all of them. `random` returns
    a number in [0, 1), which spreads a wait over its upper half.
    """

    def __init__(
        self,
        hosts: Sequence[tuple[str, int]],
        *,
        min_s: float,
        max_s: float,
        random: Callable[[], float],
    ) -> None:
        if not hosts:
            raise ValueError("no hosts to connect to")
        self._hosts = list(hosts)
        self._min_s = min_s
        self._max_s = max_s
        self._random = random
        self._at = 0
        self._wait_s = min_s
        self._succeeded = False
        self._failures = 0

    @property
    def host(self) -> tuple[str, int]:
        """(host, port) to connect to."""
        return self._hosts[self._at]

    def succeeded(self) -> None:
        """The connection reached its logon: stay with this host and forget the failures."""
        self._succeeded = True
        self._wait_s = self._min_s
        self._failures = 0

    def failed(self) -> float:
        """The attempt failed or the connection ended: the seconds to wait before the next one."""
        if self._succeeded:
            self._succeeded = False
        else:
            self._at = (self._at + 1) % len(self._hosts)
            self._failures += 1
        wait_s = self._wait_s * (0.5 + 0.5 * self._random())
        if self._failures and self._failures % len(self._hosts) == 0:
            self._wait_s = min(self._wait_s * 2, self._max_s)
        return wait_s
