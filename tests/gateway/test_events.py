"""Events as text: what was written is what is read, in every version to come."""

from __future__ import annotations

from dataclasses import fields

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.events import EVENTS, Event, OrderReleased, UnknownEventError, decode, encode

PLAIN = st.text(st.characters(exclude_characters="\x01", exclude_categories=["Cs"]), max_size=20)
LAST = st.text(st.characters(exclude_categories=["Cs"]), max_size=20)


@st.composite
def events(draw: st.DrawFn) -> Event:
    kind = draw(st.sampled_from(EVENTS))
    declared = fields(kind)
    values = [
        draw(st.integers(-(2**62), 2**62))
        if field.type is int
        else draw(LAST if field is declared[-1] else PLAIN)
        for field in declared
    ]
    return kind(*values)


@given(events())
def test_every_event_reads_back_as_it_was_written(event: Event) -> None:
    assert decode(encode(event)) == event


def test_an_unknown_event_names_itself_and_the_remedy() -> None:
    with pytest.raises(UnknownEventError, match=r"'OrderTeleported' is unknown: open .* newer"):
        decode(b"OrderTeleported\x017")


@pytest.mark.parametrize(
    "payload", [b"OrderReleased\x01x", b"OrderAccepted\x017", b"OrderReleased"]
)
def test_an_event_without_its_values_names_itself(payload: bytes) -> None:
    with pytest.raises(UnknownEventError, match=r"event 'Order.*' does not have its values"):
        decode(payload)


def test_the_text_form_is_fixed() -> None:
    assert encode(OrderReleased(42)) == b"OrderReleased\x0142"


# The names and fields of every event that a journal may hold. A line here never changes: a changed
# event gets a new name.
FORMATS = {
    "OrderEntered": "order_no order_id link cl_ord_id account symbol side ord_type time_in_force "
    "order_qty price stop_px risk_price route broker broker_cl_ord_id request_no queued extra",
    "OrderExecuted": "order_no exec_id last_qty last_px broker_order_id text",
    "OrderAccepted": "order_no broker_order_id",
    "NumbersChanged": "link epoch next_in next_out why",
    "LinkDefined": "number name role begin_string sender_comp_id target_comp_id",
    "Halted": "scope who why",
    "TradingLevelSet": "scope level cancel_to who why",
    "BreakerTripped": "name scope condition reading threshold actions level level_before "
    "cancel_to_before who_before why_before slow_to_per_s who why",
    "BreakerReset": "name scope mark who why",
    "BreakerMarked": "name scope date mark",
    "RouteBreakerChanged": "name scope state probes after_no answered why",
    "ClosingOrderSent": "order_no name scope account symbol currency strategy tries",
    "ClosingEnded": "name scope open",
    "ListFragmentEntered": "link list_id tot_no_orders exec_inst_type contingency_type body",
    "ListEntered": "link list_id tot_no_orders exec_inst_type contingency_type first_order_no",
    "OrderListed": "order_no list_seq_no list_id",
    "OrderHeld": "order_no reason detail since_ns text",
    "OrderActivated": "order_no ord_type price text",
}


@pytest.mark.parametrize("name", FORMATS)
def test_formats_of_released_events_do_not_change(name: str) -> None:
    [kind] = [kind for kind in EVENTS if kind.__name__ == name]
    assert " ".join(field.name for field in fields(kind)) == FORMATS[name]
