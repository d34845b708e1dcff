"""A session that trades for several clients of its own, named by OnBehalfOfCompID(115)."""

from __future__ import annotations

import pytest

from gateway.orders.shelf import shelved, unshelved
from tests.gateway.bench import ACME, SIM, Bench, message
from tests.gateway.test_versions import VERSIONS, checked

FUNDS = frozenset({"RED", "BLUE"})
ORDER = "1=ACC|21=1|55=IBM|54=1|38=100|40=2|44=100|60=20261121-12:00:00"


class House:
    """What leaves because of messages, in their order: "link|35=..|body"."""

    def __init__(self, allowed: frozenset[str] = FUNDS, version: str = "FIX.4.4") -> None:
        self.bench = Bench(client_version=version)
        self.client = self.bench.setup.clients[ACME]
        self.client.on_behalf_of = allowed
        self.broker = self.bench.setup.brokers["SIM"]

    def says(self, kind: str, body: str, link: int = ACME) -> list[str]:
        decision = self.bench.core.message(link, message(kind, body), "", self.bench.now)
        self.bench.took(decision)
        sends = [f"{s.link}|35={s.msg_type}|{s.body}" for s in decision.sends]
        return [sent.replace("\x01", "|") for sent in sends]

    def order(self, cl_ord_id: str, fund: str, terms: str = ORDER) -> list[str]:
        return self.says("D", f"115={fund}|11={cl_ord_id}|{terms}")

    def working(self, cl_ord_id: str, fund: str) -> list[str]:
        """An order that the broker has accepted; what the client is told."""
        self.order(cl_ord_id, fund)
        broker_id = self.bench.found(cl_ord_id).broker_cl_ord_id
        body = f"37=B{cl_ord_id}|11={broker_id}|17=E{cl_ord_id}|150=0|39=0|151=100|14=0|6=0"
        return self.says("8", body, SIM)


def test_reports_go_back_to_whom_the_order_is_for_and_the_broker_hears_of_it_by_setting() -> None:
    house = House()
    (asked,) = house.order("X", "RED")
    assert "|115=" not in asked
    house.broker.names_end_clients = True
    (asked,) = house.order("Y", "BLUE")
    assert asked.startswith(f"{SIM}|35=D|115=BLUE|11=")
    (told,) = house.working("Z", "RED")
    assert told.startswith(f"{ACME}|35=8|128=RED|37=")


def test_sub_and_location_ids_go_back_as_well() -> None:
    house = House()
    house.says("D", f"115=RED|116=desk|144=ZRH|11=X|{ORDER}")
    assert house.bench.found().way_back == "128=RED\x01129=desk\x01145=ZRH\x01"


@pytest.mark.parametrize(
    ("fund", "code"),
    [
        ("GREEN", "ON_BEHALF_NOT_ALLOWED: OnBehalfOfCompID(115)=GREEN"),
        ("R" * 65, "ID_TOO_LONG: field=OnBehalfOfCompID(115) length=65 limit=64"),
    ],
)
def test_who_is_not_listed_is_refused_and_told(fund: str, code: str) -> None:
    (told,) = House().order("X", fund)
    assert told.startswith(f"{ACME}|35=8|128={fund}|37=")
    assert "|39=8|" in told
    assert told.endswith(f"|58={code}|")


def test_anybody_may_be_named_where_the_settings_say_so_and_none_where_they_say_nothing() -> None:
    assert House(frozenset({"*"})).order("X", "GREEN")[0].startswith(f"{SIM}|35=D|")
    silent = House(frozenset())
    assert silent.order("X", "GREEN")[0].startswith(f"{SIM}|35=D|")
    assert silent.bench.found().on_behalf_of == ""
    assert silent.says("H", "11=X|55=IBM|54=1")[0].startswith(f"{ACME}|35=8|37=")


def test_who_is_logged_on_may_order_for_itself_as_well() -> None:
    house = House()
    house.says("D", f"11=X|{ORDER}")
    assert house.bench.found().way_back == ""


@pytest.mark.parametrize(
    ("kind", "body"),
    [
        ("F", "115=BLUE|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00|38=100"),
        ("F", "11=C|41=X|55=IBM|54=1|60=20261121-12:00:00|38=100"),
        ("G", f"115=BLUE|11=C|41=X|{ORDER}"),
        ("H", "115=BLUE|11=X|55=IBM|54=1"),
    ],
)
def test_nobody_gets_at_anothers_order(kind: str, body: str) -> None:
    house = House()
    house.working("X", "RED")
    (told,) = house.says(kind, body)
    assert "UNKNOWN_ORDER" in told
    assert "|37=NONE|" in told
    assert ("|128=BLUE|" in told) == ("115=BLUE" in body)
    assert house.bench.found().open_requests == ()


def test_nobody_learns_of_anothers_order_by_using_its_id() -> None:
    house = House()
    house.working("X", "RED")
    (told,) = house.order("X", "BLUE")
    assert told.startswith(f"{ACME}|35=8|128=BLUE|37=NONE|")
    assert "DUPLICATE_CL_ORD_ID" in told
    (told,) = house.order("X", "RED")
    assert told.startswith(f"{ACME}|35=8|128=RED|37=A-")


def test_a_request_of_the_right_one_goes_to_the_broker_and_its_answers_back() -> None:
    house = House()
    house.broker.names_end_clients = True
    house.working("X", "RED")
    (asked,) = house.says("F", "115=RED|11=C|41=X|55=IBM|54=1|60=20261121-12:00:00|38=100")
    assert asked.startswith(f"{SIM}|35=F|115=RED|41=")
    request = house.bench.found().open_requests[0]
    refusal = f"37=BX|11={request.broker_cl_ord_id}|41=O|39=0|434=1|102=0|58=no"
    (told,) = house.says("9", refusal, SIM)
    assert told.startswith(f"{ACME}|35=9|128=RED|37=A-")


def test_mass_requests_are_for_the_orders_of_whom_they_name() -> None:
    house = House()
    house.working("X", "RED")
    house.working("Y", "BLUE")
    listed = house.says("AF", "115=BLUE|584=M|585=7")
    assert [("|11=X|" in one, "|11=Y|" in one) for one in listed] == [(False, True)]
    report, canceled = house.says("q", "115=RED|11=MC|530=7|60=20261121-12:00:00")
    assert report.startswith(f"{ACME}|35=r|128=RED|")
    assert canceled.startswith(f"{SIM}|35=F|41={house.bench.found('X').broker_cl_ord_id}|")


def test_a_message_that_is_not_served_is_answered_to_whom_it_was_from() -> None:
    (told,) = House().says("V", "115=RED|262=M1")
    assert told.startswith(f"{ACME}|35=j|128=RED|45=7|")


@pytest.mark.parametrize("kind", ["E", "K", "L", "M"])
def test_lists_are_of_who_is_logged_on_alone(kind: str) -> None:
    (told,) = House().says(kind, "115=RED|66=L1")
    assert told.startswith(f"{ACME}|35=j|128=RED|45=7|")
    assert told.endswith("|58=Unsupported Message Type|")


def test_a_restart_and_the_shelf_know_whose_order_it_is() -> None:
    house = House()
    house.working("X", "RED")
    again = house.bench.refolded().book.find_of_client(ACME, "X")
    assert again is not None
    assert (again.on_behalf_of, again.way_back) == ("RED", "128=RED\x01")
    again.history = None
    kept = unshelved(again.order_no, shelved(again))
    assert (kept.on_behalf_of, kept.way_back) == ("RED", "128=RED\x01")


@pytest.mark.parametrize("version", VERSIONS)
def test_what_goes_back_is_valid_in_every_version(version: str) -> None:
    house = House(version=version)
    for told in [*house.working("X", "RED"), *house.order("Y", "GREEN"), *house.order("X", "RED")]:
        link, kind, body = told.split("|", 2)
        assert link == str(ACME)
        checked(version, kind[3:], body)
        assert body.startswith("128=")
