"""Batches of the journal to changes of the tables. Knows what each kind of record means.

Keeps what the next record's row depends on: sessions, halts in force, orders lately touched. All of
it comes from the tables, so a projector can be ended at any moment and begin again.
"""

from collections.abc import Callable, Iterable
from decimal import localcontext
from pathlib import Path
from typing import Any, Final

from gateway import events as ev
from gateway.audit import rows
from gateway.audit.message_rows import MessageRows
from gateway.audit.orders import Histories, Orders
from gateway.orders.beginning import BEGINNINGS
from gateway.orders.order import DECIMAL_DIGITS
from gateway.risk.levels import HALTED
from store.archive import known_numbers
from store.pieces import opening
from store.record import (
    EVENT,
    IN,
    IN_ADVANCES,
    OPERATOR,
    OUT,
    OUT_RESENT,
    RELEASED,
    SNAPSHOT,
    Batch,
    Record,
)
from store.segment import HEADER_BYTES
from store.writes import Changes, Row

# Only a restart needs them, or positions are made of them; who stated a price, or changed the
# configuration, stands in operator_actions.
IGNORED: Final = (
    ev.AlarmsSeen,
    ev.BrokerCursorMoved,
    ev.CountersSet,
    ev.HistoryFrom,
    ev.LinkedOrderEnded,
    ev.PriceSeen,
    ev.PriceStated,
    ev.PriceAdjusted,
    ev.PricesFed,
    ev.ClockSet,
    ev.DayRolled,
    ev.InstrumentTold,
    ev.PositionStated,
    ev.BreakerMarked,
    ev.RoutingKept,
    ev.ConfigurationInForce,
)


# What concerns many orders, of which each has an event of its own, or no order that is known here.
ABOUT_MANY: Final = (
    ev.LimitSet,
    ev.LimitWithdrawn,
    ev.LimitLapsed,
    ev.LimitOverridden,
    ev.OrderPermitted,
    ev.MassCancelEntered,
    ev.ListFragmentEntered,
    ev.ListDropped,
    ev.ListEntered,
    ev.ListCancelEntered,
    ev.ListExecuteEntered,
    ev.OrderOrphaned,
    ev.OrphanAccountTold,
    ev.AlarmRaised,
    ev.AlarmAcknowledged,
    ev.BrokerDoubted,
    ev.BrokerReconciled,
    ev.PositionImported,
    ev.PositionAdjusted,
    ev.PositionsActed,
    ev.OperatorRevoked,
    ev.ActionProposed,
    ev.ProposalDecided,
    ev.PositionsCompared,
    ev.PositionDiffers,
    ev.BreakerTripped,
    ev.BreakerReset,
    ev.RouteBreakerChanged,
    ev.ClosingEnded,
    ev.BrokerSwitched,
    ev.JournalSealed,
    ev.SegmentArchived,
    ev.SegmentsExpired,
    ev.LegalHoldSet,
    ev.LegalHoldReleased,
)


class Fold:
    """`sessions` by link, `halts` by scope and `parked` executions by key are rows as they stand in
    the tables.

    `folder`: of the journal. Only the snapshot that it begins with tells what is not known yet: in
    segment `first`, the first that there is if not given.
    """

    def __init__(
        self,
        sessions: dict[int, Row],
        halts: dict[str, Row],
        parked: dict[str, Row],
        histories: Histories,
        folder: Path,
        first: int | None = None,
    ) -> None:
        self._sessions = sessions
        self._halts = halts
        self._parked = parked
        self._orders = Orders(histories, self.session_name)
        self._folder = folder
        self._first_segment = first or min(known_numbers(folder), default=1)
        self._messages = MessageRows()
        self._changes = Changes()
        self._kinds: dict[type[ev.Event], Callable[[int, Record, Any], None]] = {
            ev.LinkDefined: self._link_defined,
            ev.NumbersChanged: self._numbers_changed,
            ev.NumberTaken: self._number_taken,
            ev.LinkStateChanged: self._link_state_changed,
            ev.IntervalBegun: self._interval_begun,
            ev.TradingStatusSubscribed: self._about_a_session,
            ev.TagRulesInForce: self._about_a_session,
            **dict.fromkeys(ABOUT_MANY, self._about_many),
            ev.ExecutionParked: self._execution_parked,
            ev.ExecutionAcknowledged: self._execution_acknowledged,
            ev.OperatorIssued: self._token_given,
            ev.OperatorRotated: self._token_given,
            ev.OrphanAdopted: self._orphan_adopted,
            ev.OrphanBooked: self._orphan_booked,
            ev.Halted: self._halted,
            ev.TradingLevelSet: self._level_set,
            ev.Resumed: self._resumed,
            ev.PasswordChanged: self._password_changed,
            ev.LoggedOnFrom: self._logon_event,
            ev.LockedOut: self._logon_event,
            ev.Unlocked: self._logon_event,
            **dict.fromkeys(IGNORED, self._ignored),
        }

    def session_name(self, link: int) -> str:
        """The name of a session."""
        return str(self._session(link)["name"])

    def take(self, batches: Iterable[Batch]) -> Changes:
        """What these batches change in the tables; they follow those that were taken before."""
        self._changes = changes = Changes()
        taken: list[tuple[int, Record, ev.Event | int]] = []
        told: set[int] = set()
        new: set[int] = set()
        for batch in batches:
            first, end = rows.record_id(batch.number, 0), rows.record_id(batch.number + 1, 0)
            for key, record in enumerate(self._records(batch), first):
                assert key < end, f"batch {batch.number} has more records than have keys"
                kind = record.kind
                if kind in (IN, OUT):
                    taken.append((key, record, batch.time_ns))
                elif kind in (EVENT, SNAPSHOT):
                    event = rows.read_event(record.payload)
                    (new if type(event) in BEGINNINGS else told).add(ev.order_no_of(event))
                    taken.append((key, record, event))
                elif kind == OPERATOR:
                    row = rows.operator_row(key, record.time_ns, record.payload)
                    changes.appended["operator_actions"].append(row)
                elif kind == RELEASED:
                    row = rows.release_row(key, record)
                    changes.appended["releases"].append(row)
        with localcontext(prec=DECIMAL_DIGITS):
            self._orders.want(told - new - {0})
            self._fold(taken)
        return changes

    def _fold(self, taken: list[tuple[int, Record, ev.Event | int]]) -> None:
        """Of each record its event, or of a message the time of its batch."""
        for key, record, event in taken:
            if isinstance(event, int):
                self._message(key, record, event)
            else:
                self._event(key, record, event)
        self._orders.finish(self._changes)

    def _records(self, batch: Batch) -> Iterable[Record]:
        """The pieces of a snapshot count as part of the first, for they tell of that moment."""
        if batch.first_kind != SNAPSHOT:
            return batch.records
        if batch.position == (self._first_segment, HEADER_BYTES):
            return opening(self._folder, self._first_segment)
        return ()

    # --- messages -------------------------------------------------------------------------------

    def _message(self, key: int, record: Record, batch_ns: int) -> None:
        link = record.link
        session = self._sessions.get(link) or self._session(link)
        row = self._messages.row(key, record, session["name"], batch_ns)
        self._changes.messages.append(row)
        if record.kind == IN:
            if record.flags & IN_ADVANCES:
                session = self._changing(link)
                session["next_in"] = record.seq + 1
                session["updated_ns"] = record.time_ns
        elif not record.flags & OUT_RESENT:
            session = self._changing(link)
            session["next_out"] = record.seq + 1
            session["updated_ns"] = record.time_ns

    # --- events ---------------------------------------------------------------------------------

    def _event(self, key: int, record: Record, event: ev.Event) -> None:
        handler = self._kinds.get(type(event))
        if handler is not None:
            handler(key, record, event)
            return
        number = ev.order_no_of(event)
        self._order_event(key, record, event, number)
        if number:
            self._orders.take(key, record.time_ns, event, self._changes)

    def _order_event(self, key: int, record: Record, event: ev.Event, number: int) -> None:
        row = rows.event_row(key, record.time_ns, event, order_no=number)
        self._changes.appended["order_events"].append(row)

    def _about_many(self, key: int, record: Record, event: ev.Event) -> None:
        """Each of the orders has an event of its own, or none is known here."""
        self._order_event(key, record, event, 0)

    def _token_given(
        self, key: int, record: Record, event: ev.OperatorIssued | ev.OperatorRotated
    ) -> None:
        """Who may operate is for everybody to read; the token's hash stays in the journal."""
        self._order_event(key, record, rows.without_secrets(event), 0)

    def _ignored(self, _key: int, _record: Record, _event: ev.Event) -> None:
        """Changes no table."""

    def _execution_parked(self, key: int, record: Record, event: ev.ExecutionParked) -> None:
        row = rows.parked_row(key, record, event)
        self._parked[row["parked_key"]] = self._changes.replaced["executions"][key] = row

    def _execution_acknowledged(
        self, _key: int, _record: Record, event: ev.ExecutionAcknowledged
    ) -> None:
        """Who did it and why stands in operator_actions."""
        self._no_longer_parked(event.key, status="acknowledged")

    def _orphan_adopted(self, key: int, record: Record, event: ev.OrphanAdopted) -> None:
        """Booked in a row of its own."""
        self._no_longer_parked(event.key, status="adopted")
        self._order_event(key, record, event, 0)

    def _orphan_booked(self, key: int, record: Record, event: ev.OrphanBooked) -> None:
        if event.account:
            text = f"booked by {event.who}: {event.why}"
            values = {"status": "suspense", "account": event.account, "text": text}
            self._no_longer_parked(event.key, **values)
        else:
            self._no_longer_parked(event.key, status="acknowledged")
        self._order_event(key, record, event, 0)

    def _no_longer_parked(self, parked_key: str, **values: str) -> None:
        row = self._parked.pop(parked_key, None)
        if row is not None:
            self._changes.replaced["executions"][row["record_id"]] = {**row, **values}

    def _halted(self, key: int, record: Record, event: ev.Halted) -> None:
        told = ev.TradingLevelSet(event.scope, HALTED, 0, event.who, event.why)
        self._level_set(key, record, told)

    def _level_set(self, key: int, record: Record, event: ev.TradingLevelSet) -> None:
        """Each level of a scope has a row; another one ends that before."""
        before = self._halts.get(event.scope)
        if before is not None and before["level"] == event.level:
            return  # in force already: who asked again stands in operator_actions
        self._resumed(key, record, ev.Resumed(event.scope, event.who, event.why))
        self._halts[event.scope] = self._changes.replaced["halts"][key] = {
            "record_id": key,
            "scope": event.scope,
            "level": event.level,
            "halted_ns": record.time_ns,
            "halted_by": event.who,
            "halted_why": event.why,
            "resumed_ns": None,
            "resumed_by": "",
            "resumed_why": "",
        }

    def _resumed(self, _key: int, record: Record, event: ev.Resumed) -> None:
        row = self._halts.pop(event.scope, None)
        if row is not None:
            self._changes.replaced["halts"][row["record_id"]] = {
                **row,
                "resumed_ns": record.time_ns,
                "resumed_by": event.who,
                "resumed_why": event.why,
            }

    # --- sessions -------------------------------------------------------------------------------

    def _session(self, link: int) -> Row:
        """A session's row; one that was never defined is shown by its number."""
        row = self._sessions.get(link)
        if row is None:
            defined = ev.LinkDefined(link, f"link-{link}", "", "", "", "")
            row = self._sessions[link] = _session_row(defined, 0)
            self._changes.replaced["sessions"][link] = row
        return row

    def _changing(self, link: int) -> Row:
        """A session's row, to be changed: as it stood it may be of a transaction before."""
        changed = self._changes.replaced["sessions"]
        row = changed.get(link)
        if row is None:
            row = self._sessions[link] = changed[link] = self._session(link).copy()
        return row

    def _change_session(self, link: int, now: int, **values: int | str) -> None:
        self._changing(link).update(values, updated_ns=now)

    def _session_event(self, key: int, now: int, link: int, event: ev.Event) -> None:
        self._changes.appended["session_events"].append(rows.event_row(key, now, event, link=link))

    def _link_defined(self, key: int, record: Record, event: ev.LinkDefined) -> None:
        row = self._sessions[event.number] = _session_row(event, record.time_ns)
        self._changes.replaced["sessions"][event.number] = row
        self._session_event(key, record.time_ns, event.number, event)

    def _numbers_changed(self, key: int, record: Record, event: ev.NumbersChanged) -> None:
        self._change_session(
            event.link,
            record.time_ns,
            epoch=event.epoch,
            next_in=event.next_in,
            next_out=event.next_out,
        )
        self._session_event(key, record.time_ns, event.link, event)

    def _number_taken(self, key: int, record: Record, event: ev.NumberTaken) -> None:
        self._change_session(event.link, record.time_ns, next_in=event.seq + 1)
        self._session_event(key, record.time_ns, event.link, event)

    def _link_state_changed(self, key: int, record: Record, event: ev.LinkStateChanged) -> None:
        self._change_session(event.link, record.time_ns, state=event.state, why=event.why)
        self._session_event(key, record.time_ns, event.link, event)

    def _interval_begun(self, key: int, record: Record, event: ev.IntervalBegun) -> None:
        self._session_event(key, record.time_ns, event.link, event)

    def _about_a_session(
        self, key: int, record: Record, event: ev.TradingStatusSubscribed | ev.TagRulesInForce
    ) -> None:
        self._session_event(key, record.time_ns, event.link, event)

    def _password_changed(self, key: int, record: Record, event: ev.PasswordChanged) -> None:
        """That it was changed is for everybody to read; its hash stays in the journal."""
        self._session_event(key, record.time_ns, event.link, rows.without_secrets(event))

    def _logon_event(
        self, key: int, record: Record, event: ev.LoggedOnFrom | ev.LockedOut | ev.Unlocked
    ) -> None:
        """Of a client's entry: a session, or a template, which is shown as nobody's."""
        found = [link for link, row in self._sessions.items() if row["name"] == event.entry]
        self._session_event(key, record.time_ns, max(found, default=0), event)


def _session_row(event: ev.LinkDefined, now: int) -> Row:
    return {
        "link": event.number,
        "name": event.name,
        "role": event.role,
        "begin_string": event.begin_string,
        "sender_comp_id": event.sender_comp_id,
        "target_comp_id": event.target_comp_id,
        "state": "",
        "why": "",
        "epoch": 1,
        "next_in": 1,
        "next_out": 1,
        "updated_ns": now,
    }
