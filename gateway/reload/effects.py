"""When a changed setting takes hold. What is not named here needs a restart, or a new logon."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from gateway.config import (
    ApiBroker,
    Broker,
    Client,
    Config,
    DropCopy,
    FixBroker,
    MarketData,
    PaperBroker,
)
from gateway.config.diff import Change
from gateway.known_links import Session
from gateway.link import CALLED, Link
from gateway.orders.book import OrderBook
from gateway.reload.open_orders import named

AT_ONCE: Final = "at once"
NEXT_LOGON: Final = "from its next logon"
NEXT_START: Final = "when the gateway is started next"
ANEW: Final = "its session logs out, and comes back with it"
ANEW_OVER_API: Final = "it is connected to anew"
RESTART: Final = "needs a restart"

_ENTRIES: Final[Mapping[str, str]] = {
    "clients": "may log on",
    "drop_copies": "may log on",
    "brokers": "is connected to",
    "market_data": "is connected to",
}
"""Sections whose entries come and go, and what a new one means."""
SECTIONS: Final[Mapping[type[Session], str]] = {
    Client: "clients",
    DropCopy: "drop_copies",
    FixBroker: "brokers",
    MarketData: "market_data",
}
_IDENTITY: Final = frozenset({"begin_string", "sender_comp_id", "target_comp_id"})
_SECTIONS: Final = frozenset(
    {
        "alerts",
        "archive",
        "breakers",
        "day",
        "passwords",
        "schedules",
        "routes",
        "routing",
        "routing.weights",
        "reference",
        "reference.sql",
        "risk",
        "risk.limits",
    }
)
"""All that is in them is heeded at once."""
_SINGLE: Final = frozenset(
    {
        ("gateway", "drain_deadline_s"),
        ("gateway", "clock_unsynchronised"),
        ("control", "operators"),
        ("control", "proposals_max"),
        ("control", "refusals_per_minute_max"),
        ("control", "second_person"),
        ("control", "second_person_expires_s"),
        ("log", "level"),
        ("log", "format"),
        ("log", "messages"),
        ("journal", "history_days"),
        ("journal", "disk_reserve_mb"),
        ("journal", "disk_warn_mb"),
        ("audit", "lag_max_s"),
        ("clients", "order"),
    }
)
_OF_AN_ACCEPTOR: Final[Mapping[str, str]] = {
    "allow_from": NEXT_LOGON,
    "certificates": NEXT_LOGON,
    "listeners": NEXT_LOGON,
    "log_messages": AT_ONCE,
    "message_burst": AT_ONCE,
    "message_policy": AT_ONCE,
    "message_rate_per_s": AT_ONCE,
    "new_password_allowed": NEXT_LOGON,
    "password_hash": NEXT_LOGON,
    "schedule": AT_ONCE,
    "username": NEXT_LOGON,
}
_OF_A_CLIENT: Final[Mapping[str, str]] = {
    **_OF_AN_ACCEPTOR,
    "accounts": AT_ONCE,
    "cancel_grace_s": AT_ONCE,
    "cancel_on_disconnect": AT_ONCE,
    "cancel_on_start": NEXT_START,
    "check_allocations": AT_ONCE,
    "client": AT_ONCE,
    "comp_ids": AT_ONCE,
    "default_account": AT_ONCE,
    "emulate": AT_ONCE,
    "ex_destinations": AT_ONCE,
    "halt_scopes": AT_ONCE,
    "id_max_length": AT_ONCE,
    "list_fragment_age_max_s": AT_ONCE,
    "list_fragments_max": AT_ONCE,
    "list_orders_max": AT_ONCE,
    "oco_cancels_on": AT_ONCE,
    "news_on_halt": AT_ONCE,
    "on_behalf_of": AT_ONCE,
    "open_orders_max": AT_ONCE,
    "other_fields_max_length": AT_ONCE,
    "oto_releases_on": AT_ONCE,
    "sessions_max": AT_ONCE,
    "strategy_tag": AT_ONCE,
    "trigger_on": AT_ONCE,
}
_OF_A_DROP_COPY: Final[Mapping[str, str]] = {
    **_OF_AN_ACCEPTOR,
    "cancel_rejects": AT_ONCE,
    "of": AT_ONCE,
}
_OF_A_BROKER: Final[Mapping[str, str]] = {
    "capabilities": AT_ONCE,
    "cl_ord_ids": AT_ONCE,
    "day_end": AT_ONCE,
    "log_messages": AT_ONCE,
    "names_end_clients": AT_ONCE,
    "password": NEXT_LOGON,
    "dont_know_trade": AT_ONCE,
    "mass_status": AT_ONCE,
    "orig_cl_ord_id": AT_ONCE,
    "position_accounts": AT_ONCE,
    "profile": AT_ONCE,
    "reconcile": AT_ONCE,
    "reconcile_closed_max": AT_ONCE,
    "reconcile_time_limit_s": AT_ONCE,
    "replace_order_qty": AT_ONCE,
    "resend_order_age_max_s": AT_ONCE,
    "schedule": AT_ONCE,
    "status_requests_per_s": AT_ONCE,
    "venue": AT_ONCE,
    "verbal_orders": AT_ONCE,
    "username": NEXT_LOGON,
    "when_not_found": AT_ONCE,
}
_OF_MARKET_DATA: Final[Mapping[str, str]] = {
    "conflate_ms": AT_ONCE,
    "log_messages": AT_ONCE,
    "password": NEXT_LOGON,
    "price_time": AT_ONCE,
    "record": AT_ONCE,
    "schedule": AT_ONCE,
    "symbols": AT_ONCE,
    "symbols_per_request": AT_ONCE,
    "username": NEXT_LOGON,
}
_OF_A_SESSION: Final[Mapping[type[Session], Mapping[str, str]]] = {
    Client: _OF_A_CLIENT,
    DropCopy: _OF_A_DROP_COPY,
    FixBroker: _OF_A_BROKER,
    MarketData: _OF_MARKET_DATA,
}
_OF_PAPER: Final = frozenset({"fill", "ack_delay_ms", "fill_delay_ms", "slices", "venue"})


def effect_of(change: Change, before: Config, retired: list[Link], book: OrderBook) -> str:
    """When a change takes hold. `before`: the configuration that it changes; `retired`: the
    sessions that it takes out.
    """
    if change.section not in _ENTRIES or not change.entry:
        place = (change.section, change.name)
        return AT_ONCE if change.section in _SECTIONS or place in _SINGLE else RESTART
    if change.is_added:
        return _ENTRIES[change.section]
    gone = [link for link in retired if link.name == change.entry]
    if change.is_removed:
        return taken_out(gone, book)
    if change.name in _IDENTITY:
        return f"another session, its numbers begin at 1; the one before is {taken_out(gone, book)}"
    entries: Sequence[Session | Broker] = getattr(before, change.section)
    return _of_an_entry(change.name, next(e for e in entries if e.name == change.entry))


def _of_an_entry(name: str, entry: Session | Broker) -> str:
    if isinstance(entry, ApiBroker):
        return ANEW_OVER_API
    if isinstance(entry, PaperBroker):
        return AT_ONCE if name.partition(".")[0] in _OF_PAPER else RESTART
    return _OF_A_SESSION[type(entry)].get(name.partition(".")[0], ANEW)  # of a table by the table


def taken_out(links: list[Link], book: OrderBook) -> str:
    """What becomes of sessions that are there no more, and of their orders."""
    numbers = {link.number for link in links if link.role not in CALLED}
    orders = [order for order in book.open.values() if order.link in numbers]
    said = "logged out and refused"
    if orders:
        said += (
            f"; {len(orders)} open order(s) stay at their brokers, and it is not told of them any"
            f" more: {named(orders)}"
        )
    held = [order for order in orders if order.held is not None]
    if held:
        said += f"; {len(held)} of them are held here, and are sent all the same: {named(held)}"
    return said


def comes_anew(held: Session, wanted: Session) -> bool:
    """Whether a session has to be made anew to go by other settings."""
    table = _OF_A_SESSION[type(wanted)]
    return any(
        getattr(held, name) != getattr(wanted, name)
        for name in type(wanted).model_fields
        if name not in table
    )
