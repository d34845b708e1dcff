"""Ids: readable, unique for ever, short enough for every broker."""

from __future__ import annotations

from gateway.ids import broker_cl_ord_id, order_id
from tests.gateway.bench import NOON


def test_an_order_id_names_node_day_and_number() -> None:
    assert order_id("A", NOON, 42) == "A-20261121-000042"


def test_ids_stay_within_twenty_characters_for_a_hundred_million() -> None:
    assert len(order_id("AB", NOON, 9_999_999)) <= 20
    assert len(broker_cl_ord_id("AB", NOON, 999_999_999)) <= 20


def test_the_day_changes_at_midnight_utc() -> None:
    midnight = NOON + 12 * 3600 * 10**9
    assert order_id("A", midnight - 1, 1)[2:10] == "20261121"
    assert order_id("A", midnight, 1)[2:10] == "20261122"


def test_broker_ids_are_plain_letters_and_digits() -> None:
    assert broker_cl_ord_id("A", NOON, 42) == "A2611210000042"
