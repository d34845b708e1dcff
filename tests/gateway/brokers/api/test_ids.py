"""Ids that belong together are found from each other."""

from __future__ import annotations

from gateway.brokers.api.ids import Ids


def test_all_of_an_order_is_one_lane() -> None:
    ids = Ids()
    assert ids.begin("A") == "A"
    assert ids.follow("B", "A", "") == "A"
    assert ids.follow("C", "B", "") == "A"
    assert ids.lane_of("C") == "A"


def test_an_order_of_before_a_restart_is_known_by_the_brokers_id_in_the_request() -> None:
    ids = Ids()
    assert ids.of("A") == ""
    ids.follow("B", "A", "broker-1")
    assert ids.of("A") == "broker-1"
    assert ids.name_of("broker-1") == "A"


def test_an_id_that_was_told_is_not_taken_from_a_request() -> None:
    ids = Ids()
    ids.learn("A", "broker-2")
    ids.follow("B", "A", "broker-1")
    assert ids.of("A") == "broker-2"


def test_only_so_many_are_kept() -> None:
    ids = Ids(kept_max=2)
    for name in "ABC":
        ids.learn(name, f"broker-{name}")
    assert [ids.of(name) for name in "ABC"] == ["", "broker-B", "broker-C"]
