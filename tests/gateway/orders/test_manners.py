"""Brokers that have it otherwise than the standard: ids of digits, the first id for ever, replaces
by what is left.
"""

from __future__ import annotations

import pytest

from gateway.manners import Manners
from tests.gateway.bench import SIM, Bench

TIME = "60=20261121-12:00:00"
NEW = f"11=X|1=ACC|55=IBM|54=1|38=100|40=2|44=100|{TIME}"


def bench(**manners: bool) -> Bench:
    made = Bench()
    made.setup.brokers["SIM"].manners = Manners(**manners)
    return made


def replace(cl_ord_id: str, orig: str, quantity: int) -> str:
    return f"35=G|11={cl_ord_id}|41={orig}|55=IBM|54=1|38={quantity}|40=2|44=101|{TIME}"


def report(cl_ord_id: str, rest: str) -> str:
    return f"35=8|37=B|11={cl_ord_id}|55=IBM|54=1|{rest}"


def test_digits_make_greater_and_greater_ids() -> None:
    used = bench(digits_only=True)
    ids = []
    for number in range(3):
        [sent] = used.client("35=D|" + NEW.replace("11=X", f"11=X{number}"))
        ids.append(sent["11"])
    assert all(one.isdigit() for one in ids)
    assert sorted(ids, key=int) == ids
    assert len(set(ids)) == 3


def chain(used: Bench) -> list[str]:
    """An order that is replaced twice and canceled: its ids at the broker."""
    [first] = used.client("35=D|" + NEW)
    ids = [first["11"]]
    used.broker(report(ids[0], "17=E0|150=0|39=0|14=0|151=100|38=100"))
    for number in (1, 2):
        orig = "X" if number == 1 else "R1"
        [asked] = used.client(replace(f"R{number}", orig, 100 + number))
        assert asked["41"] == ids[0]
        ids.append(asked["11"])
        body = f"17=F{number}|41={ids[0]}|150=5|39=0|14=0|151={100 + number}|38={100 + number}"
        [told] = used.broker(report(ids[-1], body))
        assert (told["150"], told["11"], told["41"]) == ("5", f"R{number}", orig)
    return ids


def test_the_first_id_names_an_order_for_ever() -> None:
    used = bench(names_first=True)
    ids = chain(used)
    [asked] = used.client(f"35=F|11=C|41=R2|55=IBM|54=1|{TIME}")
    assert asked["41"] == ids[0]
    body = f"17=G|41={ids[0]}|150=4|39=4|14=0|151=0"
    [told] = used.broker(report(asked["11"], body))
    assert (told["150"], told["11"], told["41"]) == ("4", "C", "R2")
    assert used.found("R2").closed


def test_a_replace_that_nobody_asked_for_is_known_by_the_first_id() -> None:
    used = bench(names_first=True)
    ids = chain(used)
    body = f"17=G|41={ids[0]}|150=5|39=0|14=0|151=300|38=300"
    [told] = used.broker(report("THEIRS", body))
    assert (told["150"], told["11"], told["38"]) == ("D", "R2", "300")


def filled(used: Bench, quantity: int) -> str:
    [first] = used.client("35=D|" + NEW)
    left = 100 - quantity
    body = f"17=E1|150=F|39=1|14={quantity}|151={left}|32={quantity}|31=100|38=100"
    used.broker(report(first["11"], body))
    return first["11"]


def test_a_replace_tells_what_is_left_and_its_report_the_whole() -> None:
    used = bench(counts_leaves=True)
    first = filled(used, 30)
    [asked] = used.client(replace("R", "X", 150))
    assert asked["38"] == "120"
    body = f"17=E2|41={first}|150=5|39=1|14=30|151=120|38=120"
    [told] = used.broker(report(asked["11"], body))
    assert (told["150"], told["38"], told["14"], told["151"]) == ("5", "150", "30", "120")


def test_what_is_executed_while_it_is_asked_comes_on_top() -> None:
    used = bench(counts_leaves=True)
    first = filled(used, 30)
    [asked] = used.client(replace("R", "X", 150))
    used.broker(report(first, "17=E2|150=F|39=1|14=50|151=50|32=20|31=100|38=100"))
    body = f"17=E3|41={first}|150=5|39=1|14=50|151=120|38=120"
    [told] = used.broker(report(asked["11"], body))
    assert (told["150"], told["38"], told["14"], told["151"]) == ("5", "170", "50", "120")


@pytest.mark.parametrize("ends", ["150=4|39=4|14=30|151=0|38=0", "150=C|39=C|14=30|151=0|38=70"])
def test_what_is_told_at_the_end_says_nothing_of_the_whole(ends: str) -> None:
    used = bench(counts_leaves=True)
    first = filled(used, 30)
    [told] = used.broker(report(first, f"17=E2|{ends}"))
    assert (told["38"], told["14"], told["151"]) == ("100", "30", "0")
    assert used.found().closed


def test_nothing_left_cannot_be_asked_for() -> None:
    used = bench(counts_leaves=True)
    filled(used, 30)
    [told] = used.client(replace("R", "X", 30))
    assert (told["35"], told["58"]) == ("9", "BROKER_CANNOT: broker=SIM replace_order_qty=leaves")


def test_a_lost_replace_is_found_by_what_is_left() -> None:
    used = bench(counts_leaves=True)
    filled(used, 30)
    [asked] = used.client(replace("R", "X", 150))
    used.took(used.core.messages_lost("SIM", "a reset", used.now))
    body = "17=0|150=I|39=1|14=30|151=120|38=120|44=101"
    [told] = used.client(report(asked["11"], body), SIM)
    assert (told["150"], told["11"], told["38"]) == ("5", "R", "150")
