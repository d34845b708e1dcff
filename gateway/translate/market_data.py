"""Market data over FIX: a MarketDataRequest(V), the entries of snapshots (W) and changes (X)."""

from collections.abc import Mapping, Sequence
from typing import Final

from sessions.message import Message
from sessions.values import parse_utc_timestamp

SUBSCRIBE: Final = "1"  # SubscriptionRequestType(263)
TOP_OF_BOOK: Final = "1"  # MarketDepth(264)
CHANGE: Final = "1"  # MDUpdateAction(279)
DELETE: Final = "2"
ENTRY_TYPES: Final[dict[str, str]] = {"bid": "0", "ask": "1", "last": "2", "close": "5"}
EMPTY_BOOK: Final = "empty book"
KINDS: Final[dict[str, str]] = {
    **{code: kind for kind, code in ENTRY_TYPES.items()},
    "J": EMPTY_BOOK,  # since FIX.5.0; told, and not asked for
}


def market_data_request(
    request_id: str, symbols: Sequence[str], kinds: Sequence[str], incremental: bool
) -> str:
    """The body of a MarketDataRequest(V) that subscribes to the top of the book."""
    entries = "".join([f"269={ENTRY_TYPES[kind]}\x01" for kind in kinds])
    instruments = "".join([f"55={symbol}\x01" for symbol in symbols])
    return (
        f"262={request_id}\x01263={SUBSCRIBE}\x01264={TOP_OF_BOOK}\x01"
        f"265={1 if incremental else 0}\x01267={len(kinds)}\x01{entries}"
        f"146={len(symbols)}\x01{instruments}"
    )


class Entry:
    """One entry. `kind` "": of a type that is not known; `replaces`: the MDEntryRefID(280) of the
    entry whose place it takes.
    """

    __slots__ = ("action", "date", "entry_id", "kind", "price", "replaces", "symbol", "time")

    def __init__(self, action: str, symbol: str) -> None:
        self.action = action
        self.symbol = symbol
        self.kind = ""
        self.entry_id = ""
        self.replaces = ""
        self.price = ""
        self.date = ""
        self.time = ""

    def read(self, tag: str, value: str) -> None:
        """One of its fields."""
        if tag == "269":
            self.kind = KINDS.get(value, "")
        elif tag == "270":
            self.price = value
        elif tag == "278":
            self.entry_id = value
        elif tag == "280":
            self.replaces = value
        elif tag == "55":
            self.symbol = value
        elif tag == "272":
            self.date = value
        elif tag == "273":
            self.time = value


def _entries(message: Message, begins: str, symbol: str) -> list[Entry]:
    """The entries of NoMDEntries(268), each of which begins with a tag."""
    found: list[Entry] = []
    inside = False
    for pair in message.pairs:
        tag, _, value = pair.partition("=")
        if tag == "268":
            inside = True
        elif inside and tag == begins:
            entry = Entry(value if begins == "279" else "", symbol)
            entry.read(tag, value)
            found.append(entry)
        elif found:
            found[-1].read(tag, value)
    return found


def read_snapshot(message: Message) -> list[Entry]:
    """The entries of a MarketDataSnapshotFullRefresh(W)."""
    return _entries(message, "269", message.fields.get("55", ""))


def read_changes(message: Message, places: Mapping[str, tuple[str, str]]) -> list[Entry]:
    """The entries of a MarketDataIncrementalRefresh(X). What they do not say, symbol and type, is
    that of the entry they name by MDEntryID(278) or MDEntryRefID(280), in `places`; else the symbol
    is that of the entry before (FIX.4.4 Vol. 3, Market Data Incremental Refresh).
    """
    entries = _entries(message, "279", "")
    before = ""
    for entry in entries:
        place = places.get(entry.entry_id) or places.get(entry.replaces)
        if place is not None:
            entry.symbol = entry.symbol or place[0]
            entry.kind = entry.kind or place[1]
        entry.symbol = before = entry.symbol or before
    return entries


def entry_time(entry: Entry, received_ns: int) -> int:
    """When it says it was made (UTC ns), by MDEntryDate(272) and MDEntryTime(273): not later than
    it was received; then also if it does not say.
    """
    try:
        return min(parse_utc_timestamp(f"{entry.date}-{entry.time}"), received_ns)
    except ValueError:
        return received_ns
