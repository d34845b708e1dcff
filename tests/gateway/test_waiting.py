"""A line in which each address has its turn."""

from __future__ import annotations

from gateway.waiting import Line


def served(line: Line[str]) -> list[str]:
    found = []
    while (one := line.next()) is not None:
        found.append(one)
    return found


def test_each_address_has_its_turn() -> None:
    line: Line[str] = Line(10)
    for one in ("a1", "a2", "a3", "b1", "c1", "b2"):
        assert line.add(one[0], one) is None
    assert len(line) == 6
    assert served(line) == ["a1", "b1", "c1", "a2", "b2", "a3"]
    assert len(line) == 0


def test_when_it_is_full_the_last_of_who_has_most_gives_way() -> None:
    line: Line[str] = Line(3)
    for one in ("a1", "b1", "a2"):
        line.add(one[0], one)
    assert line.add("c", "c1") == "a2"
    assert line.add("a", "a3") == "a3"
    assert served(line) == ["a1", "b1", "c1"]
