"""Allocations, parties and capacities of orders: to brokers of any version, and back in reports."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.decision import Send
from gateway.setup import Client
from gateway.translate.accounts import AccountFields
from gateway.translate.dialects import DIALECTS, Dialect
from gateway.translate.passing import Groups, Passing
from sessions.dictionary import Dictionary, builtin, builtin_of
from sessions.versions import spec_name
from tests.gateway.bench import ACME, SIM, Bench, message
from tests.gateway.test_versions import OLDEST, VERSIONS, begin_string, checked

TERMS = "21=1|55=IBM|54=1|38=100|40=2|44=100|1=ACC"
ALLOCS = "78=2|79=A1|80=60|79=A2|80=40|"
OF_42 = f"109=CL|76=EX|47=A|439=CF|440=CA|{ALLOCS}"
OF_43 = (
    "453=2|448=CL|447=D|452=3|523=desk|448=EX|447=D|452=1|581=1|528=A|"
    "78=2|79=A1|467=I1|539=1|524=N|525=D|538=3|545=s|80=60|79=A2|80=40|"
)
OF_44 = (
    "453=2|448=CL|447=D|452=3|802=2|523=desk|803=1|523=row|803=2|448=EX|447=D|452=1|581=1|528=A|"
    "78=2|79=A1|661=1|467=I1|539=1|524=N|525=D|538=3|804=1|545=s|805=1|80=60|79=A2|80=40|"
)
SAID = {
    "FIX.4.0": "109=CL|76=EX|47=A|",
    "FIX.4.1": "109=CL|76=EX|47=A|",
    "FIX.4.2": OF_42,
    "FIX.4.3": OF_43,
}


def dictionary(version: str) -> Dictionary:
    begin = begin_string(version)
    return builtin_of(begin, version if begin == "FIXT.1.1" else "")


class Trade:
    """One order of a client in a version at a broker in another; what left, checked."""

    def __init__(self, client: str, broker: str) -> None:
        self.client, self.broker = client, broker
        self.bench = bench = Bench(client_version=client, broker_version=broker)
        ours, theirs = dictionary(client), dictionary(broker)
        groups = Groups([ours, theirs]).tags
        self.acme = bench.setup.clients[ACME]
        self.acme.other_fields_max_length = 1000
        self.acme.dialect = DIALECTS[client].in_session(AccountFields(ours, groups))
        sim = bench.setup.brokers["SIM"]
        sim.dialect = DIALECTS[broker].in_session(AccountFields(theirs, groups, [ours]))

    def says(self, kind: str, body: str) -> list[str]:
        """What leaves because of a client's message, each "to|35=..|..."."""
        checked(self.client, kind, body)
        return self._left(self.bench.core.message(ACME, message(kind, body[:-1]), "", 0).sends)

    def accepted(self) -> str:
        """What the client is told when the broker accepts."""
        order = self.bench.found()
        body = f"37=B1|11={order.broker_cl_ord_id}|17=E1|20=0|150=0|39=0|55=IBM|54=1|14=0|151=100"
        (told,) = self._left(self.bench.core.message(SIM, message("8", body), "", 0).sends)
        return told

    def _left(self, sends: list[Send]) -> list[str]:
        bodies = []
        for send in sends:
            body = send.body.replace("\x01", "|")
            checked(self.client if send.link == ACME else self.broker, send.msg_type, body)
            bodies.append(body)
        return bodies

    def order(self, extra: str) -> str:
        """What the broker gets of an order."""
        time = "" if self.client in OLDEST else "|60=20261121-12:00:00"
        (asked,) = self.says("D", f"11=X|{TERMS}{time}|{extra}")
        return asked


@pytest.mark.parametrize("broker", VERSIONS)
@pytest.mark.parametrize("client", VERSIONS)
def test_what_orders_say_of_accounts_is_valid_in_every_version(client: str, broker: str) -> None:
    trade = Trade(client, broker)
    trade.order(SAID.get(client, OF_44))
    trade.accepted()


@pytest.mark.parametrize("version", ["FIX.4.2", "FIX.4.3", "FIX.4.4", "FIX.5.0SP2"])
def test_in_one_version_all_goes_to_the_broker_as_it_came(version: str) -> None:
    said = SAID.get(version, OF_44)
    assert Trade(version, version).order(said).endswith(f"|{said}")


@pytest.mark.parametrize(
    ("client", "broker", "there"),
    [
        ("FIX.4.4", "FIX.4.2", f"109=CL|76=EX|47=A|{ALLOCS}"),
        ("FIX.5.0SP2", "FIX.4.0", "109=CL|76=EX|47=A|"),
        ("FIX.4.4", "FIX.4.3", OF_43),
        (
            "FIX.4.3",
            "FIX.4.4",
            OF_43.replace("523=desk", "802=1|523=desk").replace("545=s", "804=1|545=s"),
        ),
        (
            "FIX.4.2",
            "FIX.4.4",
            f"528=A|{ALLOCS}453=2|448=CL|447=D|452=3|448=EX|447=D|452=1|",
        ),
        (
            "FIX.4.2",
            "FIX.5.0SP2",
            f"528=A|{ALLOCS}453=2|448=CL|447=D|452=3|448=EX|447=D|452=1|",
        ),
    ],
)
def test_another_version_gets_it_in_its_own_words(client: str, broker: str, there: str) -> None:
    assert Trade(client, broker).order(SAID.get(client, OF_44)).endswith(f"|21=1|{there}")


@pytest.mark.parametrize(
    ("version", "repeated"),
    [
        ("FIX.4.0", "109=CL|76=EX|47=A|"),
        ("FIX.4.2", "109=CL|76=EX|47=A|439=CF|440=CA|"),
        ("FIX.4.3", OF_43.partition("78=")[0]),
        ("FIX.4.4", OF_44.partition("78=")[0]),
        ("FIX.5.0SP1", OF_44),
        ("FIX.5.0SP2", OF_44),
    ],
)
def test_reports_repeat_what_the_version_has_in_them(version: str, repeated: str) -> None:
    trade = Trade(version, "FIX.4.4")
    trade.order(SAID.get(version, OF_44))
    told = trade.accepted()
    assert f"|{repeated}" in told
    assert ("|78=" in told) == ("78=" in repeated)


def test_a_replace_says_anew_what_holds_from_then_on() -> None:
    trade = Trade("FIX.4.4", "FIX.4.4")
    trade.order(OF_44)
    trade.accepted()
    again = "453=1|448=NEW|447=D|452=3|78=1|79=A3|80=150|"
    replace = TERMS.replace("38=100", "38=150")
    (asked,) = trade.says("G", f"41=X|11=Y|{replace}|60=20261121-12:00:00|{again}")
    assert asked.endswith(f"|{again}")
    request = trade.bench.found().open_requests[0]
    body = f"37=B1|11={request.broker_cl_ord_id}|17=E2|150=5|39=0|55=IBM|54=1|38=150|14=0|151=150"
    (told,) = trade.bench.core.message(SIM, message("8", body), "", 0).sends
    assert told.body.replace("\x01", "|").endswith("|453=1|448=NEW|447=D|452=3|")


def test_a_route_that_does_not_pass_them_keeps_them_from_the_broker_not_from_the_client() -> None:
    trade = Trade("FIX.4.4", "FIX.4.2")
    route = trade.bench.setup.routes.by_name["all"]
    route.passing = Passing(frozenset({"78", "21"}), Groups([dictionary("FIX.4.4")]))
    assert trade.order(OF_44).endswith(f"59=0|21=1|{ALLOCS}")
    assert "|448=CL|" in trade.accepted()


# --- quantities ---------------------------------------------------------------------------------


def refused(allocs: str, version: str = "FIX.4.4", **settings: bool) -> dict[str, str]:
    bench = Bench(client_version=version)
    client: Client = bench.setup.clients[ACME]
    client.check_allocations = settings.get("check", True)
    (sent,) = bench.client(f"35=D|11=X|{TERMS}|60=20261121-12:00:00|{allocs}")
    return sent


@pytest.mark.parametrize(
    ("allocs", "text"),
    [
        ("78=2|79=A|80=60|79=B|80=41", "ALLOCATIONS_UNEQUAL: allocated=101 order_qty=100"),
        ("78=2|79=A|80=60|79=B|80=39.5", "ALLOCATIONS_UNEQUAL: allocated=99.5 order_qty=100"),
        ("78=2|79=A|80=100|79=B", "ALLOCATIONS_UNEQUAL: allocated=100 order_qty=100"),
        ("78=2|79=A|80=101|79=B|80=-1", "ALLOCATIONS_UNEQUAL: AllocQty(80)=-1"),
    ],
)
def test_allocations_that_are_not_the_orders_quantity_are_refused(allocs: str, text: str) -> None:
    told = refused(allocs)
    assert (told["35"], told["39"], told["103"], told["58"]) == ("8", "8", "14", text)


@pytest.mark.parametrize(
    ("version", "reason"),
    [("FIX.4.2", "0"), ("FIX.4.3", "0"), ("FIX.4.4", "14"), ("FIX.5.0SP2", "14")],
)
def test_the_refusal_has_a_reason_of_the_version(version: str, reason: str) -> None:
    assert refused("78=1|79=A|80=99", version)["103"] == reason


@pytest.mark.parametrize(
    "allocs", ["78=2|79=A|80=60|79=B|80=40", "78=2|79=A|80=60|79=B", "78=2|79=A|79=B", "78=0"]
)
def test_allocations_that_can_be_are_taken(allocs: str) -> None:
    assert refused(allocs)["35"] == "D"


def test_a_client_may_be_left_to_allocate_as_it_likes() -> None:
    assert refused("78=1|79=A|80=7", check=False)["link"] == str(SIM)


def test_a_replace_is_held_to_its_own_quantity() -> None:
    bench = Bench()
    bench.order(tag78="1|79=A|80=100")
    bench.broker(f"35=8|37=B|11={bench.found().broker_cl_ord_id}|17=1|150=0|39=0|151=100|14=0")
    body = f"11=Y|41=X|{TERMS.replace('38=100', '38=90')}|60=20261121-12:00:00|78=1|79=A|80=100"
    (told,) = bench.client(f"35=G|{body}")
    assert (told["35"], told["102"]) == ("9", "99")
    assert told["58"] == "ALLOCATIONS_UNEQUAL: allocated=100 order_qty=90"


def test_risk_counts_the_order_for_its_account_not_for_those_it_is_allocated_to() -> None:
    bench = Bench(accounts=frozenset({"ACC"}))
    (sent,) = bench.client(f"35=D|11=X|{TERMS[:-6]}|60=20261121-12:00:00|78=1|79=OTHER|80=100")
    assert sent["1"] == "ACC"  # the client's default account
    assert bench.core.state.exposures.of("ACC").open_notional == Decimal(10_000)
    client = bench.setup.clients[ACME]
    client.default_account = ""
    (told,) = bench.client(f"35=D|11=Y|{TERMS[:-6]}|60=20261121-12:00:00|78=1|79=OTHER|80=100")
    assert told["58"] == "ACCOUNT_MISSING: client=ACME"


# --- data ---------------------------------------------------------------------------------------


def data_order(pairs: list[str]) -> dict[str, str]:
    bench = Bench()
    made = message("D", f"11=X|{TERMS}|60=20261121-12:00:00")
    made.pairs.extend(pairs)
    assert not made.is_plain
    (sent,) = bench.core.message(ACME, made, "", 0).sends
    return dict(pair.partition("=")[::2] for pair in sent.body.split("\x01"))


@pytest.mark.parametrize(
    "pairs",
    [
        ["5010=9", "5011=a\x0155=EVIL"],
        ["354=12", "58=x", "355=a"],
        ["354=3", "355=ab"],
        ["354=3"],
    ],
)
def test_data_that_others_would_read_otherwise_is_refused(pairs: list[str]) -> None:
    told = data_order(pairs)
    assert (told["39"], told["58"]) == ("8", "DATA_UNREADABLE: cl_ord_id=X")


@given(st.text(st.characters(min_codepoint=1, max_codepoint=255), min_size=1, max_size=20))
def test_any_data_with_its_length_goes_to_the_broker_as_it_came(data: str) -> None:
    bench = Bench()
    made = message("D", f"11=X|{TERMS}|60=20261121-12:00:00")
    pairs = [f"354={len(data)}", f"355={data}", "5001=mine"]
    made.pairs.extend(pairs)
    (sent,) = bench.core.message(ACME, made, "", 0).sends
    assert sent.msg_type == "D"
    assert sent.body.endswith("\x01".join(["", *pairs, ""]))


# --- dialects of sessions -----------------------------------------------------------------------


@pytest.mark.skipif(
    not hasattr(Dialect, "__slots__"), reason="a compiled class does not tell its facts"
)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_sessions_dialect_is_its_versions_in_all_but_accounts(version: str) -> None:
    plain = DIALECTS[version]
    known = builtin(spec_name(version))
    made = plain.in_session(AccountFields(known, {}))
    for name in set(plain.__slots__) - {"accounts", "echoes"}:
        assert getattr(made, name) == getattr(plain, name), name
