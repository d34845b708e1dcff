"""Lists of orders: each order like one by itself, a list told as a whole, bad ones refused."""

from __future__ import annotations

import pytest

from gateway.setup import ListRules
from gateway.snapshot import snapshot
from gateway.state import State
from tests.gateway.bench import ACME, BETA, SECOND, SIM, Bench, limits_off
from tests.gateway.test_versions import checked
from tests.simulation.checks import facts

TIME = "60=20261121-12:00:00"


def listed(cl_ord_id: str, seq: int, more: str = "38=100|40=2|44=100") -> str:
    return f"11={cl_ord_id}|67={seq}|21=1|55=IBM|54=1|{TIME}|{more}"


def basket(
    *orders: str, list_id: str = "L1", total: int = 0, more: str = "", count: int = 0
) -> str:
    head = f"35=E|66={list_id}|394=3|68={total or len(orders)}"
    return "|".join([head, *filter(None, [more]), f"73={count or len(orders)}", *orders])


THREE = (listed("A", 1), listed("B", 2), listed("C", 3))


def sent_to(link: int, sent: list[dict[str, str]], msg_type: str) -> list[dict[str, str]]:
    return [m for m in sent if m["link"] == str(link) and m["35"] == msg_type]


class ListBench(Bench):
    """A bench that keeps the rows of each ListStatus(N), since a dict has room for one."""

    rows: list[dict[str, str]]

    def _sent(self, link: int, msg_type: str, body: str) -> dict[str, str]:
        if msg_type == "N":
            _, *rows = body.removesuffix("\x01").split("\x0111=")
            pairs = [[pair.partition("=") for pair in f"11={row}".split("\x01")] for row in rows]
            self.rows = [{tag: value for tag, _, value in row} for row in pairs]
        return super()._sent(link, msg_type, body)

    def statuses(self) -> list[tuple[str, ...]]:
        return [(row["11"], row["39"]) for row in self.rows]


@pytest.fixture
def bench() -> ListBench:
    return ListBench()


def filled(bench: Bench, request: dict[str, str], quantity: str = "100") -> list[dict[str, str]]:
    left = 100 - int(quantity)
    return bench.broker(
        f"35=8|11={request['11']}|37=B{request['11']}|17=E{request['11']}{quantity}|150=F"
        f"|39={1 if left else 2}|32={quantity}|31=100|38=100|14={quantity}|151={left}|6=100"
    )


def test_each_order_of_a_list_goes_its_way_and_the_list_is_acknowledged_first(
    bench: ListBench,
) -> None:
    sent = bench.client(basket(*THREE))
    assert [m["35"] for m in sent] == ["N", "D", "D", "D"]
    told = sent[0]
    assert (told["66"], told["429"], told["431"], told["68"], told["73"]) == (
        "L1", "1", "2", "3", "3",
    )  # fmt: skip
    assert (told["82"], told["83"]) == ("1", "1")
    assert bench.rows[1] == {
        "11": "B", "14": "0", "39": "A", "151": "100", "84": "0", "6": "0",
    }  # fmt: skip
    for request in sent[1:]:
        assert not {"66", "67", "68", "394"} & request.keys()
        [report] = filled(bench, request)
        assert (report["35"], report["39"], report["66"]) == ("8", "2", "L1")


def test_orders_go_by_their_numbers_in_the_list(bench: ListBench) -> None:
    sent = bench.client(basket(listed("B", 2), listed("A", 1)))
    names = [bench.found(name).broker_cl_ord_id for name in ("A", "B")]
    assert [m["11"] for m in sent_to(SIM, sent, "D")] == names
    assert [bench.found(name).order_no for name in ("A", "B")] == [1, 2]


def test_an_order_of_a_list_that_is_refused_leaves_the_others_alone() -> None:
    bench = ListBench(limits_off(max_quantity=500))
    bad = listed("B", 2, "38=501|40=2|44=100")
    sent = bench.client(basket(listed("A", 1), bad, listed("C", 3)))
    assert [m["35"] for m in sent] == ["N", "D", "8", "D"]
    assert bench.statuses() == [("A", "A"), ("B", "8"), ("C", "A")]
    assert (bench.rows[1]["103"], bench.rows[1]["58"][:12]) == ("13", "MAX_QUANTITY")
    [report] = sent_to(ACME, sent, "8")
    assert (report["11"], report["39"], report["66"]) == ("B", "8", "L1")
    assert bench.limits_hit == ["max_quantity"]


def test_a_list_whose_orders_are_all_refused_is_told_as_rejected() -> None:
    bench = ListBench(limits_off(max_quantity=50))
    [told, *reports] = bench.client(basket(*THREE))
    assert (told["431"], [m["39"] for m in reports]) == ("7", ["8"] * 3)


def test_a_status_request_tells_what_became_of_each_order(bench: ListBench) -> None:
    first, second, _ = sent_to(SIM, bench.client(basket(*THREE)), "D")
    filled(bench, first, "40")
    bench.client(f"35=F|11=X|41=B|55=IBM|54=1|{TIME}")
    bench.broker(f"35=8|11={second['11']}|37=BB|17=C1|150=4|39=4|14=0|151=0|38=100|6=0")
    [told] = bench.client("35=M|66=L1")
    assert (told["429"], told["431"], told["68"]) == ("2", "3", "3")
    assert [(r["11"], r["14"], r["39"], r["151"], r["84"], r["6"]) for r in bench.rows[:2]] == [
        ("A", "40", "1", "60", "0", "100"), ("B", "0", "4", "0", "100", "0"),
    ]  # fmt: skip
    assert bench.rows[2]["39"] == "A"


def test_a_list_is_all_done_when_no_order_works_any_more(bench: ListBench) -> None:
    for request in sent_to(SIM, bench.client(basket(*THREE)), "D"):
        filled(bench, request)
    [told] = bench.client("35=M|66=L1")
    assert told["431"] == "6"
    assert bench.statuses() == [("A", "2"), ("B", "2"), ("C", "2")]


def test_lists_of_other_clients_are_unknown(bench: ListBench) -> None:
    bench.client(basket(*THREE))
    for kind in ("35=M|66=L1", f"35=K|66=L1|{TIME}"):
        [told] = bench.client(kind, BETA)
        assert (told["35"], told["380"], told["379"]) == ("j", "1", "L1")
        assert told["58"] == "UNKNOWN_LIST: list_id=L1"
    assert bench.client(basket(*THREE), BETA)[0]["431"] == "2"


def test_a_list_cancel_cancels_what_is_open_of_it(bench: ListBench) -> None:
    bench.order("Z")
    requests = sent_to(SIM, bench.client(basket(*THREE)), "D")
    filled(bench, requests[0])
    told, *cancels = bench.client(f"35=K|66=L1|{TIME}")
    assert (told["35"], told["429"], told["431"]) == ("N", "1", "4")
    assert [m["41"] for m in cancels] == [m["11"] for m in requests[1:]]
    assert bench.found("Z").pending_cancel is None
    for cancel in cancels:
        body = f"35=8|11={cancel['11']}|41={cancel['41']}|37=X|17=C{cancel['11']}|150=4|39=4"
        [report] = bench.broker(f"{body}|14=0|151=0")
        assert (report["39"], report["66"], report["58"]) == (
            "4",
            "L1",
            "canceled by list cancel L1",
        )
    [again] = bench.client(f"35=K|66=L1|{TIME}")
    assert (again["35"], again["431"]) == ("N", "6")


def test_a_refused_cancel_of_a_list_cancel_is_told_of_its_order(bench: ListBench) -> None:
    bench.client(basket(listed("A", 1)))
    [cancel] = sent_to(SIM, bench.client(f"35=K|66=L1|{TIME}"), "F")
    [told] = bench.broker(f"35=9|11={cancel['11']}|41={cancel['41']}|37=X|39=0|434=1|102=0")
    assert (told["35"], told["11"], told["41"], told["66"], told["102"]) == (
        "9", "A", "A", "L1", "0",
    )  # fmt: skip


def test_a_list_id_is_used_once_and_a_possible_resend_asks_for_the_status(
    bench: ListBench,
) -> None:
    bench.client(basket(*THREE))
    [told] = bench.client(basket(listed("D", 1)))
    assert (told["35"], told["379"], told["58"]) == ("j", "L1", "DUPLICATE_LIST_ID: list_id=L1")
    [told] = bench.client(basket(*THREE, more="97=Y"))
    assert (told["35"], told["429"], told["431"]) == ("N", "2", "2")
    assert len(bench.core.state.book) == 3


UNSUPPORTED = [
    ("394=1", "394 value=1"),
    ("433=3", "433 value=3"),
    ("414=2", "414 value=2"),
    ("69=carefully", "69"),
    ("1116=1|1117=X", "1116"),
]


@pytest.mark.parametrize(("field", "text"), UNSUPPORTED)
def test_what_lists_cannot_be_here_is_refused_by_its_tag(
    bench: ListBench, field: str, text: str
) -> None:
    order = listed("A", 1)
    [told] = bench.client(f"35=E|66=L1|{field}|394=3|68=1|73=1|{order}")
    assert (told["35"], told["431"], told["444"]) == ("N", "7", f"LIST_UNSUPPORTED: tag={text}")
    assert bench.statuses() == [("A", "8")]
    assert bench.client(basket(order))[0]["431"] == "2"  # nothing of it was kept


@pytest.mark.parametrize(
    ("orders", "text", "row"),
    [
        ((listed("A", 1), listed("A", 2)), "DUPLICATE_CL_ORD_ID: cl_ord_id=A", 1),
        ((listed("A", 1), listed("B", 1)), "FIELD_INVALID: tag=67 value=1", 1),
        ((listed("A", 1), "11=B|55=IBM|54=1|38=1|40=1"), "FIELD_INVALID: tag=67 value=", 1),
        ((listed("A", 1) + "|401=1",), "LIST_UNSUPPORTED: tag=401", 0),
        ((listed("A" * 65, 1),), "ID_TOO_LONG: field=ClOrdID(11) length=65 limit=64", 0),
        ((listed("Z", 1),), "DUPLICATE_CL_ORD_ID: cl_ord_id=Z", 0),
    ],
)
def test_a_list_with_an_order_that_cannot_be_told_apart_is_refused_whole(
    bench: ListBench, orders: tuple[str, ...], text: str, row: int
) -> None:
    bench.order("Z")
    [told] = bench.client(basket(*orders))
    assert (told["35"], told["431"], told["444"]) == ("N", "7", text)
    told_of = bench.rows[row]
    if told_of["11"] == "Z":
        assert told_of["39"] == "A"  # it is not the order of this list, and works
    else:
        assert (told_of["39"], told_of["58"]) == ("8", text)
    assert len(bench.core.state.book) == 1


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ("35=E|394=3|68=1|73=1|" + listed("A", 1), "FIELD_MISSING: tag=66"),
        ("35=E|66=L1|394=3|73=1|" + listed("A", 1), "FIELD_INVALID: tag=68 value="),
        ("35=E|66=L1|394=3|68=1", "FIELD_INVALID: tag=73 value="),
        ("35=E|66=L1|394=3|68=1|73=2|" + listed("A", 1), "FIELD_INVALID: tag=73 value=2"),
        ("35=E|66=L1|394=3|68=1|73=1|55=IBM|11=A", "FIELD_INVALID: tag=73 value=1"),
        ("35=E|66=" + "L" * 65 + "|394=3|68=1", "ID_TOO_LONG: field=ListID(66) length=65 limit=64"),
        (
            "35=E|66=L1|394=3|68=501|73=1|" + listed("A", 1),
            "LIST_ORDERS_MAX: TotNoOrders(68)=501 limit=500",
        ),
    ],
)
def test_what_names_no_list_that_could_be_told_of_gets_a_business_reject(
    bench: ListBench, body: str, text: str
) -> None:
    [told] = bench.client(body)
    assert (told["35"], told["372"], told["58"]) == ("j", "E", text)


# --- parts --------------------------------------------------------------------------------------


def test_parts_are_put_together_and_decided_when_all_are_there(bench: ListBench) -> None:
    assert bench.client(basket(THREE[2], total=3, more="893=N")) == []
    [told] = bench.client("35=M|66=L1")
    assert (told["431"], told["68"], told["444"]) == ("2", "3", "waits for 2 more orders")
    assert bench.statuses() == [("C", "A")]
    again = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(bench.core.state, bench.now):
        again.fold(payload, time_ns)
    assert facts(again)["snapshot"] == facts(bench.core.state)["snapshot"]
    bench.core.state = again
    sent = bench.client(basket(*THREE[:2], total=3, more="893=Y"))
    assert [m["35"] for m in sent] == ["N", "D", "D", "D"]
    assert bench.statuses() == [("A", "A"), ("B", "A"), ("C", "A")]


def test_data_in_parts_is_read_again_as_it_came(bench: ListBench) -> None:
    part = listed("A", 1) + "|354=3|355=a=b"
    bench.client(basket(part, total=2))
    bench.client(basket(THREE[1], total=2))
    assert "354=3\x01355=a=b\x01" in bench.found("A").extra


@pytest.mark.parametrize(
    ("second", "text"),
    [
        (basket(THREE[1], total=4), "FIELD_CHANGED: TotNoOrders(68)=3"),
        (basket(THREE[1], total=3, more="893=Y"), "LIST_INCOMPLETE: TotNoOrders(68)=3 orders=2"),
        (
            basket(*THREE[1:], listed("D", 4), total=3),
            "LIST_INCOMPLETE: TotNoOrders(68)=3 orders=4",
        ),
        (
            basket(*THREE[1:], total=3, more="893=N"),
            "FIELD_INVALID: LastFragment(893)=N TotNoOrders(68)=3 orders=3",
        ),
        (basket(THREE[0], total=3), "DUPLICATE_CL_ORD_ID: cl_ord_id=A"),
    ],
)
def test_parts_that_do_not_fit_refuse_the_list(bench: ListBench, second: str, text: str) -> None:
    bench.client(basket(THREE[0], total=3))
    [told] = bench.client(second)
    assert (told["35"], told["431"]) == ("N", "7")
    assert told["444"].startswith(text)
    assert bench.statuses()[0] == ("A", "8")
    assert not bench.core.state.book.lists.waiting()
    assert bench.client(basket(*THREE))[0]["431"] == "2"


def test_a_possible_resend_of_a_part_changes_nothing(bench: ListBench) -> None:
    bench.client(basket(THREE[0], total=2))
    assert bench.client(basket(THREE[0], total=2, more="97=Y")) == []
    assert bench.client(basket(THREE[1], total=2))[0]["431"] == "2"


def test_parts_that_wait_are_bounded_in_number_and_time() -> None:
    bench = ListBench()
    bench.setup.clients[ACME].lists = ListRules(5, 2, 60 * SECOND)
    for name in ("L1", "L2"):
        assert bench.client(basket(listed(name, 1), list_id=name, total=2)) == []
    [told] = bench.client(basket(listed("X", 1), list_id="L3", total=2))
    assert told["444"] == "LIST_FRAGMENTS_MAX: client=ACME limit=2"
    [told] = bench.client(basket(listed("X", 1), list_id="L3", total=6))
    assert told["58"] == "LIST_ORDERS_MAX: TotNoOrders(68)=6 limit=5"
    bench.now += 61 * SECOND
    told = bench.took(bench.core.tick(bench.now))
    assert [(m["66"], m["431"], m["444"][:12]) for m in told] == [
        ("L1", "7", "LIST_EXPIRED"), ("L2", "7", "LIST_EXPIRED"),
    ]  # fmt: skip
    assert bench.limits_hit == ["list_fragments_max", "list_orders_max", "list_fragment_age_max_s"]


def test_a_list_that_waits_for_parts_can_be_canceled(bench: ListBench) -> None:
    bench.client(basket(THREE[0], total=2))
    [told] = bench.client(f"35=K|66=L1|{TIME}")
    assert (told["35"], told["431"], told["444"]) == ("N", "7", "LIST_CANCELED: list_id=L1")


# --- what stays ---------------------------------------------------------------------------------


def test_a_restart_knows_the_lists_of_open_and_of_closed_orders(bench: ListBench) -> None:
    first, *_ = sent_to(SIM, bench.client(basket(*THREE)), "D")
    filled(bench, first)
    assert facts(bench.refolded()) == facts(bench.core.state)
    bench.core.state = bench.refolded()
    bench.client("35=M|66=L1")
    assert bench.statuses() == [("A", "2"), ("B", "A"), ("C", "A")]
    snapped = State(bench.limits, bench.refused_max)
    for time_ns, payload in snapshot(bench.core.state, bench.now):
        snapped.fold(payload, time_ns)
    bench.core.state = snapped
    [told] = bench.client("35=M|66=L1")
    assert (told["68"], told["444"]) == ("3", "1 orders are no longer known")
    assert bench.statuses() == [("B", "A"), ("C", "A")]


def test_a_list_is_forgotten_with_the_last_of_its_orders(bench: ListBench) -> None:
    requests = sent_to(SIM, bench.client(basket(*THREE[:2])), "D")
    filled(bench, requests[0])
    book = bench.core.state.book
    assert book.forget_closed_before(bench.now + 1, 9) == 1
    assert bench.client("35=M|66=L1")[0]["68"] == "2"
    filled(bench, requests[1])
    assert book.forget_closed_before(bench.now + 1, 9) == 1
    assert bench.client("35=M|66=L1")[0]["58"] == "UNKNOWN_LIST: list_id=L1"


# --- versions -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "version", ["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0", "FIX.5.0SP1", "FIX.5.0SP2"]
)
def test_lists_are_told_as_each_version_has_them(version: str) -> None:
    bench = Bench(limits_off(max_quantity=500), client_version=version)
    client_bodies: list[tuple[str, str]] = []

    def client(msg_type: str, body: str) -> None:
        message = checked(version, msg_type, body)
        decision = bench.core.message(ACME, message, "", bench.now)
        client_bodies.extend((s.msg_type, s.body) for s in decision.sends if s.link == ACME)
        bench.took(decision)

    orders = [listed(f"A{n}", n) for n in range(1, 300)]
    head = "66=L1|394=3|68=300|73=300|"
    client("E", head + "|".join([*orders, listed("BAD", 300, "38=501|40=2|44=100")]))
    client("M", "66=L1")
    client("K", f"66=L1|{TIME}")
    client("E", f"66=L2|394=1|68=1|73=1|{listed('B', 1)}")
    client("K", f"66=NONE|{TIME}")
    kinds = [kind for kind, _ in client_bodies]
    assert kinds.count("8") == 1
    assert kinds.count("j") == 1
    assert kinds.count("N") >= 7  # three of them in two parts or more
    for kind, body in client_bodies:
        assert "\x01" in body
        checked(version, kind, body.removesuffix("\x01").replace("\x01", "|"))
    parts = [body for kind, body in client_bodies if kind == "N" and "66=L1\x01429=2" in body]
    assert [f"\x0183={n}\x01" in body for n, body in enumerate(parts, 1)] == [True] * len(parts)
    assert all(f"\x0182={len(parts)}\x01" in body for body in parts)
    newer = version not in ("FIX.4.2", "FIX.4.3")
    assert ["\x01893=Y\x01" in body for body in parts] == [False] * (len(parts) - 1) + [newer]
    assert sum(body.count("\x0111=") for body in parts) == 300


@pytest.mark.parametrize("version", ["FIX.4.0", "FIX.4.1"])
@pytest.mark.parametrize("kind", ["E", "K", "M"])
def test_versions_whose_lists_come_order_by_order_are_not_served(version: str, kind: str) -> None:
    [told] = Bench(client_version=version).client(f"35={kind}|66=L1|11=A")
    assert (told["35"], told["58"]) == ("3", "Unsupported Message Type")
