"""Drop copies: whose reports they get, in which words, and that nothing else comes of them."""

from __future__ import annotations

import pytest

from gateway.copies import DropCopy
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.translate.dialects import DIALECTS
from sessions.dictionary import builtin_of
from sessions.message import Message
from tests.gateway.bench import ACME, BETA, NOON, SECOND, SIM, Bench, limits_off, message
from tests.gateway.orders.test_held import check, holding, released
from tests.gateway.test_versions import VERSIONS, begin_string, checked

RISK = 7
ALL = ("firm",)
TIME = "60=20261121-12:00:00"


def drop_copy(*scopes: str, version: str = "FIX.4.4", rejects: bool = True) -> DropCopy:
    begin = begin_string(version)
    known = builtin_of(begin, version if begin[3] == "T" else "").messages
    kinds = ("8", "9") if rejects else ("8",)
    return DropCopy(
        name="RISK",
        link=RISK,
        dialect=DIALECTS[version],
        scopes=scopes or ALL,
        tags={kind: known[kind].allowed for kind in kinds},
    )


def trading(bench: Bench) -> list[dict[str, str]]:
    """A day of a client: all that anybody was sent."""
    sent = bench.order("A1", tag22="1", tag48="X", tag15="USD", tag541="20261231")
    first = sent[-1]["11"]
    report = "37=B1|17=E{}|150={}|39={}|55=IBM|54=1|38=100"
    sent += bench.broker(f"35=8|11={first}|" + report.format(1, "0", "0"))
    sent += bench.broker(f"35=8|11={first}|32=40|31=99.5|" + report.format(2, "F", "1"))
    sent += bench.broker(f"35=8|11={first}|19=E2|32=30|31=99.5|" + report.format(3, "G", "1"))
    sent += bench.client(f"35=G|11=A2|41=A1|55=IBM|54=1|38=90|40=2|44=100|{TIME}")
    second = sent[-1]["11"]
    sent += bench.broker(f"35=8|11={second}|41={first}|" + report.format(4, "E", "E"))
    sent += bench.broker(f"35=8|11={second}|41={first}|" + report.format(5, "5", "1"))
    sent += bench.client(f"35=F|11=A3|41=A2|55=IBM|54=1|{TIME}")
    third = sent[-1]["11"]
    sent += bench.broker(f"35=9|11={third}|41={second}|37=B1|39=1|434=1|102=0|58=too late")
    sent += bench.broker(f"35=8|11={second}|378=3|" + report.format(6, "4", "4"))
    sent += bench.broker(f"35=8|11={second}|19=E3|" + report.format(7, "H", "4"))
    sent += bench.client("35=H|11=A2|55=IBM|54=1")
    sent += bench.order("A2")  # used before
    sent += bench.client(f"35=F|11=A9|41=NONE|55=IBM|54=1|{TIME}")
    bench.core.refuse_new = "HALTED"
    sent += bench.order("A4")
    sent += bench.order("A5" * 40)
    bench.core.refuse_new = ""
    return sent


def of(link: int, sent: list[dict[str, str]]) -> list[dict[str, str]]:
    return [m for m in sent if m["link"] == str(link)]


def original(copy: dict[str, str]) -> dict[str, str]:
    """What the client got, by its copy."""
    kept = {tag: value for tag, value in copy.items() if tag not in ("115", "797")}
    return {**kept, "link": str(ACME)}


def test_a_copy_says_what_the_client_is_told_and_who_that_was() -> None:
    bench = Bench(copies=[drop_copy()])
    sent = trading(bench)
    told, copies = of(ACME, sent), of(RISK, sent)
    assert [original(copy) for copy in copies] == told
    assert {copy["115"] for copy in copies} == {"ACME"}
    assert [copy.get("797") for copy in copies] == [
        "Y" if copy["35"] == "8" else None for copy in copies
    ]
    kinds = [copy.get("150", "9") for copy in copies]
    assert kinds == ["0", "F", "G", "E", "5", "9", "4", "H", "I", "8", "9", "8", "8"]
    assert all(list(copy)[2] == "115" for copy in copies), "a header field stands first"


@pytest.mark.parametrize("client", VERSIONS)
@pytest.mark.parametrize("version", VERSIONS)
def test_a_copy_is_written_in_the_version_of_its_session(client: str, version: str) -> None:
    bench = Bench(client_version=client, copies=[drop_copy(version=version)])
    sent = trading(bench)
    told, copies = of(ACME, sent), of(RISK, sent)
    assert [copy["35"] for copy in copies] == [m["35"] for m in told]
    for copy, original_ in zip(copies, told, strict=True):
        fields = {tag: value for tag, value in copy.items() if tag not in ("link", "35")}
        checked(version, copy["35"], "".join(f"{tag}={value}|" for tag, value in fields.items()))
        both = {client, version}
        for tag in ("11", "37", "17", "55", "14", "58"):
            if tag != "17" or "FIX.4.0" not in both:  # there it is a number
                assert copy.get(tag) == original_.get(tag), tag
    fills = [copy.get("150") for copy in copies if copy.get("32") == "40"]
    expected = {"FIX.4.0": [None], "FIX.4.1": ["1"], "FIX.4.2": ["1"]}
    assert fills == expected.get(version, ["F"])


@pytest.mark.parametrize(
    ("scopes", "names"),
    [
        (("firm",), ["A1", "A2", "B1"]),
        (("client:ACME",), ["A1", "A2"]),
        (("client:BETA",), ["B1"]),
        (("account:OTHER",), ["A2"]),
        (("account:OTHER", "client:BETA"), ["A2", "B1"]),
        (("client:ACME", "account:OTHER", "firm"), ["A1", "A2", "B1"]),
        (("symbol:IBM",), ["A1", "A2", "B1"]),
        (("symbol:MSFT",), []),
    ],
)
def test_a_copy_is_of_whom_it_is_for_and_comes_once(
    scopes: tuple[str, ...], names: list[str]
) -> None:
    bench = Bench(copies=[drop_copy(*scopes)])
    for name, link, account in (("A1", ACME, ""), ("A2", ACME, "OTHER"), ("B1", BETA, "")):
        broker_id = bench.order(name, link, tag1=account)[-1]["11"]
        sent = bench.broker(f"35=8|11={broker_id}|37={name}|17=E|150=0|39=0")
        copies = of(RISK, sent)
        assert [copy["11"] for copy in copies] == [name] * (name in names)
        assert all(copy["115"] == ("ACME" if link == ACME else "BETA") for copy in copies)


@pytest.mark.parametrize("client", ["FIX.4.2", "FIX.4.4", "FIX.5.0SP2"])
@pytest.mark.parametrize("version", VERSIONS)
def test_what_is_held_here_and_goes_on_is_told_in_words_of_the_copy(
    client: str, version: str
) -> None:
    bench = Bench(client_version=client, copies=[drop_copy(version=version)])
    sent = [*holding(bench), *released(bench)]
    told, copies = of(ACME, sent), of(RISK, sent)
    assert [copy["58"] for copy in copies] == [m["58"] for m in told]
    for copy in copies:
        check(version, copy)
    triggered = client == "FIX.5.0SP2" and DIALECTS[version].triggered
    restated = {"FIX.4.0": None, "FIX.4.1": "5"}.get(version, "D")
    assert copies[-1].get("150") == ("L" if triggered else restated)


def test_orders_refused_before_anything_was_known_are_copied_to_whom_it_concerns() -> None:
    bench = Bench(
        limits_off(max_quantity=10),
        copies=[drop_copy("account:ACC"), drop_copy_at(8, "client:BETA")],
    )
    sent = bench.order("A1")
    [told], [copy] = of(ACME, sent), of(RISK, sent)
    assert original(copy) == told
    assert (copy["150"], copy["39"], copy["103"]) == ("8", "8", "13")
    assert not of(8, sent)


def drop_copy_at(link: int, *scopes: str) -> DropCopy:
    made = drop_copy(*scopes)
    made.link = link
    return made


def test_cancel_rejects_are_copied_where_they_are_wanted() -> None:
    request = f"35=F|11=A9|41=NONE|55=IBM|54=1|{TIME}"
    assert [m["35"] for m in of(RISK, Bench(copies=[drop_copy()]).client(request))] == ["9"]
    without = Bench(copies=[drop_copy(rejects=False)])
    assert of(RISK, without.client(request)) == []
    assert of(RISK, Bench(copies=[drop_copy("account:ACC")]).client(request)) == []


def test_each_drop_copy_that_is_for_a_report_gets_it() -> None:
    bench = Bench(copies=[drop_copy(), drop_copy_at(8, "account:ACC")])
    broker_id = bench.order()[-1]["11"]
    sent = bench.broker(f"35=8|11={broker_id}|37=B|17=E|150=0|39=0")
    assert [m["link"] for m in sent] == [str(ACME), str(RISK), "8"]


def test_a_drop_copy_may_ask_for_nothing_and_its_rejects_are_not_answered() -> None:
    bench = Bench(copies=[drop_copy()])
    for msg_type in ("D", "H", "AF", "B"):
        [answer] = bench.client(f"35={msg_type}|11=X|55=IBM|54=1|38=1|40=1|{TIME}", RISK)
        assert (answer["link"], answer["35"], answer["372"]) == (str(RISK), "j", msg_type)
        assert (answer["380"], answer["58"]) == ("3", "Unsupported Message Type")
    assert not len(bench.core.state.book)
    for msg_type in ("3", "j"):
        assert bench.client(f"35={msg_type}|45=3|58=what is 797", RISK) == []
    assert bench.alarms[-1] == "drop copy RISK: MsgType(35)=j refuses our message 3: what is 797"


def test_what_a_drop_copy_sends_too_fast_is_refused() -> None:
    bench = Bench(copies=[drop_copy(version="FIX.5.0SP2")])
    asked: Message = message("H", "11=X")
    [answer] = bench.took(bench.core.reject(RISK, asked, Refusal(Code.MESSAGE_RATE), NOON + SECOND))
    assert (answer["35"], answer["380"], answer["58"]) == ("j", "8", "MESSAGE_RATE")


def test_copies_change_nothing_of_the_state() -> None:
    with_copies, without = Bench(copies=[drop_copy()]), Bench()
    sent = trading(with_copies)
    assert [m for m in sent if m["link"] != str(RISK)] == trading(without)
    assert with_copies.events == without.events
    assert of(SIM, sent)


@pytest.mark.parametrize(("scope", "copies"), [("firm", 1), ("account:A", 1), ("account:B", 0)])
def test_what_becomes_of_an_order_whose_client_is_gone_is_copied_and_an_alarm(
    scope: str, copies: int
) -> None:
    bench = Bench(copies=[drop_copy(scope)])
    broker_id = bench.order(tag1="A")[0]["11"]
    del bench.setup.clients[ACME]
    told = bench.broker(
        f"35=8|11={broker_id}|37=B1|17=E1|150=F|39=1|55=IBM|54=1|38=100|32=40|31=99.5|14=40"
    )
    assert [(t["link"], t["150"], t["14"], t["115"]) for t in told] == [
        (str(RISK), "F", "40", "ACME")
    ] * copies
    assert len(bench.alarms) == 1
    assert bench.alarms[0].endswith(
        "its client ACME is no longer configured and was not told of ExecType(150)=F, CumQty(14)=40"
    )
