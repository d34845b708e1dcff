"""Which ids belong together at a broker: ours, its own, those of cancels and replaces.

Only so many are remembered: an older order's id of the broker's comes with each request about it.
"""

from typing import Final, TypeVar

KEPT_MAX: Final = 200_000
K = TypeVar("K")
V = TypeVar("V")


class Ids:
    """By ClOrdID(11). A lane is the first ClOrdID(11) of an order: what concerns one order goes to
    the broker in its order.
    """

    def __init__(self, kept_max: int = KEPT_MAX) -> None:
        self._kept_max = kept_max
        self._ids: dict[str, str] = {}
        self._names: dict[str, str] = {}
        self._lanes: dict[str, str] = {}
        self._cancels: dict[str, str] = {}
        self._replaces: dict[str, str] = {}
        self._in_place: dict[str, str] = {}

    def begin(self, cl_ord_id: str) -> str:
        """A new order; returns its lane."""
        self._keep(self._lanes, cl_ord_id, cl_ord_id)
        return cl_ord_id

    def follow(self, cl_ord_id: str, orig: str, broker_id: str) -> str:
        """A request about an order, which may name the broker's id; returns its lane."""
        if broker_id and orig not in self._ids:
            self.learn(orig, broker_id)
        lane = self._lanes.get(orig, orig)
        self._keep(self._lanes, cl_ord_id, lane)
        return lane

    def lane_of(self, cl_ord_id: str) -> str:
        """That of an order or a request about it."""
        return self._lanes.get(cl_ord_id, cl_ord_id)

    def learn(self, cl_ord_id: str, broker_id: str) -> None:
        """The broker's id of it."""
        self._keep(self._ids, cl_ord_id, broker_id)
        self._keep(self._names, broker_id, cl_ord_id)

    def of(self, cl_ord_id: str) -> str:
        """The broker's id, "" while it is not known."""
        return self._ids.get(cl_ord_id, "")

    def name_of(self, broker_id: str) -> str:
        """The ClOrdID(11) of a broker's id, "" for one that is not known."""
        return self._names.get(broker_id, "")

    def cancels(self, orig: str, cl_ord_id: str) -> None:
        """A cancel of it is on its way."""
        self._keep(self._cancels, orig, cl_ord_id)

    def cancel_of(self, orig: str) -> str:
        """The ClOrdID(11) of the last cancel of it that has not ended, "" for none."""
        return self._cancels.get(orig, "")

    def cancel_ended(self, orig: str) -> str:
        """The same, which is done or refused by now."""
        return self._cancels.pop(orig, "")

    def replaces(self, orig: str, cl_ord_id: str) -> None:
        """A replace of it is on its way."""
        self._keep(self._replaces, orig, cl_ord_id)

    def replace_ended(self, orig: str) -> str:
        """The ClOrdID(11) of the last replace of it, which is done or refused by now; "" for
        none.
        """
        return self._replaces.pop(orig, "")

    def took_place(self, broker_id: str) -> None:
        """This order of the broker's has taken the place of another one."""
        self._keep(self._in_place, broker_id, "")

    def is_in_place(self, broker_id: str) -> bool:
        """Whether it has; of an order that replaces another one."""
        return broker_id in self._in_place

    def _keep(self, kept: dict[str, str], key: str, value: str) -> None:
        keep(kept, key, value, self._kept_max)


def keep(kept: dict[K, V], key: K, value: V, most: int = KEPT_MAX) -> None:
    """Remember it as the newest, and of all of them so many."""
    kept.pop(key, None)
    kept[key] = value
    if len(kept) > most:
        del kept[next(iter(kept))]
