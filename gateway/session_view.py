"""A session as operators see it: where it stands, and what it has counted since the start.

Reads what is there; changes nothing.
"""

from typing import Literal

from gateway.control.views import SessionView
from gateway.link import Link
from sessions.state import DISABLED

Change = tuple[Literal["opens", "closes", ""], int]


def session_view(
    link: Link, locked_out: list[str], now: int, market_data: dict[str, int] | None = None
) -> SessionView:
    """The view at `now` (UTC ns); `market_data`: entries of prices, counted."""
    session = link.session
    config = session.config
    numbers = session.numbers
    counts = session.counts
    connection = link.connection
    replay = session.replay
    rules = link.rules
    change, change_ns = next_change(link, now)
    return SessionView(
        name=link.name,
        role=link.role,
        begin_string=config.begin_string,
        sender_comp_id=config.sender_comp_id,
        target_comp_id=config.target_comp_id,
        state=session.state,
        logged_on=session.logged_on,
        enabled=session.state != DISABLED,
        epoch=numbers.epoch,
        next_in=numbers.next_in,
        next_out=numbers.next_out,
        peer=link.peer,
        alarm=link.alarm,
        tag_rules=f"{rules.path} version {rules.version}" if rules is not None else "",
        locked_out=locked_out,
        next_change=change,
        next_change_ns=change_ns,
        last_received_ns=session.last_received,
        last_sent_ns=session.last_sent,
        round_trip_ns=counts.round_trip_ns,
        unsent_bytes=connection.bytes_queued if connection is not None else 0,
        held_bytes=replay.held_bytes if replay is not None else 0,
        stash_messages=len(session.stash),
        received=counts.all_received(),
        sent=counts.all_sent(),
        rejects_received=counts.rejects_received,
        rejects_sent=counts.rejects_sent,
        refused=counts.refused,
        limits_hit=counts.limits,
        garbled=counts.garbled,
        resent=counts.resent,
        kept=counts.kept,
        disconnects=counts.ends,
        market_data=market_data or {},
    )


def next_change(link: Link, now: int) -> Change:
    """What the session's schedule does next, and when (UTC ns); ("", 0) if it is not known."""
    schedule = link.session.schedule
    if schedule is None:
        return "", 0
    moment = schedule.at(now)
    if moment.is_open:
        return ("closes", moment.closes_ns) if moment.closes_ns else ("", 0)
    return ("opens", moment.opens_ns) if moment.opens_ns else ("", 0)
