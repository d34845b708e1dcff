"""Takes market data: asks for it after each logon, and tells what came, conflated.

Of each symbol and kind the newest price waits until the feed's interval is over; then all that wait
become facts at once, and held orders are looked at. The first ones after a pause do not wait.
"""

from typing import Final

from gateway.decision import Decision
from gateway.orders import held, requests
from gateway.prices.feed import Feed, Place
from gateway.prices.known import ASK, BID, LAST, together, told_as
from gateway.translate.inbound import positive
from gateway.translate.market_data import (
    CHANGE,
    DELETE,
    EMPTY_BOOK,
    Entry,
    entry_time,
    market_data_request,
    read_changes,
    read_snapshot,
)
from sessions.message import Message

MARKET_DATA: Final = frozenset({"W", "X", "Y"})
REJECTS: Final = frozenset({"3", "j"})
OF_A_SYMBOL: Final = frozenset({"", "0", "3"})
"""MDReqRejReason(281): not said, an unknown symbol, not permitted."""
BOOK: Final = frozenset({BID, ASK})


def begin(decision: Decision, feed: Feed) -> None:
    """It has logged on: ask for everything."""
    feed.begin()
    ask(decision, feed)


def ask(decision: Decision, feed: Feed) -> None:
    """Ask for what was not asked for yet, if it is there."""
    if not feed.up:
        return
    wanted = sorted(feed.symbols - feed.asked)
    for at in range(0, len(wanted), feed.per_request):
        _ask_for(decision, feed, wanted[at : at + feed.per_request])
    feed.asked.update(wanted)


def _ask_for(decision: Decision, feed: Feed, symbols: list[str]) -> None:
    feed.asked_times += 1
    request_id = f"M-{decision.now}-{feed.asked_times}"
    feed.requests[request_id] = symbols
    body = market_data_request(request_id, symbols, feed.kinds, feed.incremental)
    decision.send(feed.link, "V", body, 0)


def message(decision: Decision, feed: Feed, said: Message, problem: str) -> None:
    """A message of a session that is for market data alone."""
    if said.msg_type in MARKET_DATA:
        take(decision, feed, said)
    elif said.msg_type in REJECTS:
        get = said.fields.get
        text = f"MsgType(35)={said.msg_type} refuses our message {get('45', '')}: {get('58', '')}"
        decision.alarm(f"market data {feed.name}: {text}")
    else:
        if problem:
            decision.alarm(f"market data {feed.name}: {said.msg_type}: {problem}")
        requests.refuse_unsupported(decision, feed.link, feed.dialect, said)


def take(decision: Decision, feed: Feed, said: Message) -> None:
    """A snapshot (W), changes (X), or a refusal (Y)."""
    if said.msg_type == "Y":
        _rejected(decision, feed, said)
        return
    decision.conflated = not feed.keeps_frames
    if said.fields.get("43", "") == "Y":
        return  # it comes again, so it is old; and all was asked for anew
    if said.msg_type == "W":
        _snapshot(decision, feed, said)
    else:
        _changes(decision, feed, read_changes(said, feed.places))
    tell_due(decision, feed)


def _rejected(decision: Decision, feed: Feed, said: Message) -> None:
    """A MarketDataRequestReject(Y). One symbol of many may be the reason: those are asked for anew
    by halves, so that the others come and the alarm names the one.
    """
    get = said.fields.get
    symbols = feed.requests.get(get("262", ""), ())
    if len(symbols) > 1 and get("281", "") in OF_A_SYMBOL:
        del feed.requests[get("262", "")]
        middle = len(symbols) // 2
        for half in (symbols[:middle], symbols[middle:]):
            _ask_for(decision, feed, list(half))
        return
    refused(decision, feed, said, f"MDReqRejReason(281)={get('281', '')} {get('58', '')}")


def refused(decision: Decision, feed: Feed | None, named: Message, text: str) -> None:
    """A request is refused, by a reject of any kind that names it."""
    if feed is not None:
        symbols = feed.requests.pop(named.fields.get("262", ""), ())
        what = f"symbol {symbols[0]}" if len(symbols) == 1 else f"{len(symbols)} symbols"
        said = f"a request for {what} is refused: {text.rstrip()}"
        decision.alarm(f"market data {feed.name}: {said}")


def tell_due(decision: Decision, feed: Feed) -> None:
    """Make facts of what waits, if the interval is over; else be called when it is."""
    if not feed.pending:
        return
    if decision.now < feed.due_ns <= decision.now + feed.conflate_ns:
        wake_ns = decision.wake_ns
        decision.wake_ns = min(wake_ns, feed.due_ns) if wake_ns else feed.due_ns
        return
    feed.due_ns = decision.now + feed.conflate_ns
    told = [told_as(*place, *price) for place, price in feed.pending.items()]
    symbols = dict.fromkeys([symbol for symbol, _ in feed.pending])
    feed.pending.clear()
    for event in together(feed.name, told):
        decision.emit(0, event)
    waiting = decision.state.holds.by_symbol
    if waiting:
        for symbol in symbols:
            if symbol in waiting:
                held.look(decision, symbol)


def _snapshot(decision: Decision, feed: Feed, said: Message) -> None:
    symbol = said.fields.get("55", "")
    entries = read_snapshot(said)
    if symbol not in feed.symbols:
        feed.counts.came += len(entries)
        feed.counts.unknown += len(entries)
        return
    before = {kind for kind in feed.kinds if kind in BOOK and (symbol, kind) in feed.sides}
    for kind in before:
        feed.forget((symbol, kind))
    _changes(decision, feed, entries)
    for kind in feed.kinds:
        if kind in BOOK and (symbol, kind) not in feed.sides and _has(decision, feed, symbol, kind):
            _wait(feed, (symbol, kind), "", decision.now)


def _has(decision: Decision, feed: Feed, symbol: str, kind: str) -> bool:
    """Whether there is a price of it, or will be once what waits is told."""
    waiting = feed.pending.get((symbol, kind))
    if waiting is not None:
        return bool(waiting[0])
    return kind in decision.state.quotes.get(symbol, {})


def _changes(decision: Decision, feed: Feed, entries: list[Entry]) -> None:
    """The best of each side is looked for once, however many entries of it there are."""
    touched: dict[Place, int] = {}  # when (UTC ns)
    for entry in entries:
        _change(decision, feed, entry, touched)
    for place, time_ns in touched.items():
        _wait(feed, place, feed.best(place), time_ns)


def _change(decision: Decision, feed: Feed, entry: Entry, touched: dict[Place, int]) -> None:
    feed.counts.came += 1
    symbol, kind = entry.symbol, entry.kind
    if symbol not in feed.symbols:
        feed.counts.unknown += 1
        return
    if kind == EMPTY_BOOK:
        _empty(decision, feed, symbol, touched)
    if kind not in feed.kinds:
        return
    place = (symbol, kind)
    if entry.action == DELETE:
        if kind in BOOK:
            feed.remove(place, entry.entry_id)
            _touch(feed, place, decision.now, touched)
        return
    price = positive(entry.price)
    if entry.action == CHANGE and not entry.price and kind in BOOK:
        price = feed.held(place, entry.entry_id)  # the price is required of new entries only
    if price is None:
        _refuse(decision, feed, entry)
        return
    feed.bad.discard(symbol)
    time_ns = entry_time(entry, decision.now) if feed.by_entry_time else decision.now
    if kind in BOOK:
        if entry.replaces:
            feed.remove(place, entry.replaces)
        feed.put(place, entry.entry_id, price)
        _touch(feed, place, time_ns, touched)
        return
    known = decision.state.last_prices.get(symbol) if kind == LAST else None
    if known is not None and time_ns < known.time_ns <= decision.now:
        return  # an older trade that is told late; one of a time to come was made by another clock
    _wait(feed, place, str(price), time_ns)


def _empty(decision: Decision, feed: Feed, symbol: str, touched: dict[Place, int]) -> None:
    """Both sides are gone; what was not known stays so."""
    for kind in feed.kinds:
        if kind in BOOK:
            feed.forget((symbol, kind))
            if _has(decision, feed, symbol, kind):
                _touch(feed, (symbol, kind), decision.now, touched)


def _touch(feed: Feed, place: Place, time_ns: int, touched: dict[Place, int]) -> None:
    feed.counts.conflated += place in touched
    touched[place] = time_ns


def _wait(feed: Feed, place: Place, price: str, time_ns: int) -> None:
    if place in feed.pending:
        feed.counts.conflated += 1
    feed.pending[place] = (price, time_ns)


def _refuse(decision: Decision, feed: Feed, entry: Entry) -> None:
    """It is no price: the one before stays, and ages. Said once a symbol, until one is good."""
    feed.counts.bad += 1
    if entry.symbol not in feed.bad:
        feed.bad.add(entry.symbol)
        decision.alarm(
            f"market data {feed.name}: {entry.kind} {entry.price[:20]!r} of {entry.symbol} is no"
            " price above 0: not taken"
        )
