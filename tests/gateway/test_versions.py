"""Every FIX version on either side: what leaves is what that version's own dictionary allows."""

from __future__ import annotations

import pytest

from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.translate.dialects import DIALECTS
from sessions.dictionary import builtin_of
from sessions.versions import APPL_VER_IDS
from tests.gateway.bench import ACME, SIM, Bench, limits_off, message
from tests.gateway.conversations.checked import OLDEST, begin_string, checked

VERSIONS = tuple(DIALECTS)
WITH_TRANS_TYPE = (*OLDEST, "FIX.4.2")
STATUS_OF = {"0": "0", "F": "1", "4": "4", "5": "5", "6": "6", "E": "6", "8": "8", "C": "C"}


class Day:
    """Orders of a client in one version at a broker of another, everything checked."""

    def __init__(self, client: str, broker: str, *limits: object) -> None:
        self.client_version, self.broker_version = client, broker
        self.bench = Bench(*limits, client_version=client, broker_version=broker)  # type: ignore[arg-type]  # limits
        self.told: list[dict[str, str]] = []
        self.sent: list[dict[str, str]] = []
        self.executions = 0

    def says(self, msg_type: str, **fields: str) -> None:
        """The client's message, with the fields that its version wants."""
        body = {"11": "", "21": "1", "55": "IBM", "54": "1", "60": "20261121-12:00:00"}
        if msg_type in "DG":
            body |= {"38": "100", "40": "2", "44": "100", "1": "ACC"}
        if msg_type == "F":
            body |= {"38": "100", "125": "F"}
        body |= {tag.removeprefix("tag"): value for tag, value in fields.items()}
        self._take(ACME, self._for(self.client_version, msg_type, body))

    def reports(self, exec_type: str, cl_ord_id: str, **fields: str) -> None:
        """The broker's report, given as FIX.4.4 would have it."""
        self.executions += 1
        body = {
            "37": "B1", "11": cl_ord_id, "17": f"90{self.executions}", "20": "0",
            "150": exec_type, "39": STATUS_OF.get(exec_type, "0"), "55": "IBM", "54": "1",
            "38": "100", "32": "0", "31": "0", "151": "100", "14": "0", "6": "0",
        }  # fmt: skip
        body |= {tag.removeprefix("tag"): value for tag, value in fields.items()}
        old = self.broker_version in WITH_TRANS_TYPE
        if old and exec_type in "FGH":
            body |= {"150": "1", "20": {"F": "0", "G": "2", "H": "1"}[exec_type]}
        if self.broker_version == "FIX.4.1" and exec_type == "E":
            body["150"] = "6"
        if not old and exec_type == "5":
            body["39"] = "0"
        self._take(SIM, self._for(self.broker_version, "8", body))

    def rejects(self, cl_ord_id: str, orig: str, reason: str) -> None:
        """The broker's OrderCancelReject."""
        body = {"37": "B1", "11": cl_ord_id, "41": orig, "39": "0", "434": "1", "102": reason}
        self._take(SIM, self._for(self.broker_version, "9", body))

    def _for(self, version: str, msg_type: str, body: dict[str, str]) -> str:
        begin = begin_string(version)
        known = builtin_of(begin, version if begin[3] == "T" else "").messages[msg_type].allowed
        text = "|".join(f"{tag}={value}" for tag, value in body.items() if tag in known)
        checked(version, msg_type, text)
        return f"35={msg_type}|{text}"

    def _take(self, link: int, text: str) -> None:
        kind, _, body = text.partition("|")
        self.took(self.bench.core.message(link, message(kind[3:], body), "", self.bench.now))

    def took(self, decision: object) -> None:
        for sent in self.bench.took(decision):  # type: ignore[arg-type]  # a Decision
            fields = {tag: value for tag, value in sent.items() if tag not in ("link", "35")}
            body = "".join(f"{tag}={value}|" for tag, value in fields.items())
            to_client = sent["link"] == str(ACME)
            checked(self.client_version if to_client else self.broker_version, sent["35"], body)
            (self.told if to_client else self.sent).append(sent)

    @property
    def last(self) -> str:
        """ClOrdID(11) of what the broker got last."""
        return self.sent[-1]["11"]


def play(client: str, broker: str) -> Day:
    """An order that is filled in part, corrected, replaced, and canceled at the second try."""
    day = Day(client, broker)
    day.says("D", tag11="A1", tag22="1", tag48="X", tag15="USD", tag100="4", tag207="N", tag58="t")
    first = day.last
    day.reports("0", first)
    day.reports("F", first, tag32="40", tag31="99.5", tag14="40", tag151="60", tag6="99.5")
    day.reports("G", first, tag19="902", tag32="30", tag31="99.5", tag14="30", tag151="70")
    day.says("G", tag11="A2", tag41="A1", tag38="90")
    second = day.last
    day.reports("E", second, tag41=first)
    day.reports("5", second, tag41=first, tag38="90", tag151="60")
    day.says("F", tag11="A3", tag41="A2")
    day.rejects(day.last, second, "0")
    day.says("F", tag11="A4", tag41="A2")
    third = day.last
    day.reports("6", third, tag41=second)
    day.reports("4", third, tag41=second, tag151="0")
    day.reports("H", second, tag19="903", tag32="0", tag14="0", tag151="0")
    day.says("H", tag11="A2")
    return day


@pytest.mark.parametrize("broker", VERSIONS)
@pytest.mark.parametrize("client", VERSIONS)
def test_an_order_goes_through_its_life_between_any_two_versions(client: str, broker: str) -> None:
    day = play(client, broker)
    order = day.bench.found("A2")
    assert (order.ord_status, order.cum_qty) == ("4", 0)
    assert [sent["35"] for sent in day.sent] == ["D", "G", "F", "F"]
    kinds = [told["35"] for told in day.told]
    assert kinds == ["8", "8", "8", "8", "8", "9", "8", "8", "8", "8"]
    assert not day.bench.alarms


@pytest.mark.parametrize("client", VERSIONS)
def test_what_the_client_is_told_has_the_words_of_its_version(client: str) -> None:
    day = play(client, "FIX.4.4")
    told = day.told
    kinds = [report.get("150", "-") for report in told if report["35"] == "8"]
    trans = [report.get("20", "-") for report in told if report["35"] == "8"]
    expected = {
        "FIX.4.0": ["-"] * 9,
        "FIX.4.1": ["0", "1", "1", "6", "5", "6", "4", "0", "4"],
        "FIX.4.2": ["0", "1", "1", "E", "5", "6", "4", "0", "4"],
    }
    assert kinds == expected.get(client, ["0", "F", "G", "E", "5", "6", "4", "H", "I"])
    has_trans = client in WITH_TRANS_TYPE
    assert trans == (["0", "0", "2", "0", "0", "0", "0", "1", "3"] if has_trans else ["-"] * 9)


@pytest.mark.parametrize("client", VERSIONS)
@pytest.mark.parametrize("code", ["HALTED", "DUPLICATE_ORDER", "MAX_QUANTITY", "FIELD_MISSING"])
def test_a_refused_order_is_refused_in_values_the_version_has(client: str, code: str) -> None:
    day = Day(client, "FIX.4.4")
    day.bench.core.refuse_new = code
    day.says("D", tag11="A1")
    assert day.told[0]["39"] == "8"
    assert day.told[0]["58"] == Refusal(Code[code]).text


@pytest.mark.parametrize("client", VERSIONS)
def test_requests_for_nothing_known_are_answered(client: str) -> None:
    day = Day(client, "FIX.4.4")
    day.says("F", tag11="A9", tag41="NONE")
    day.says("G", tag11="A8", tag41="NONE")
    day.says("H", tag11="A7")
    assert [told["35"] for told in day.told] == ["9", "9", "8"]
    if client not in OLDEST:
        assert [told["434"] for told in day.told[:2]] == ["1", "2"]


@pytest.mark.parametrize("client", VERSIONS)
def test_what_cannot_be_served_gets_a_business_reject_or_before_it_a_reject(client: str) -> None:
    day = Day(client, "FIX.4.4")
    # A message that is not checked: only its answer matters here.
    day.took(day.bench.core.message(ACME, message("C", "11=A1|1128=9"), "", day.bench.now))
    [told] = day.told
    assert told["35"] == ("3" if client in OLDEST else "j")
    assert told["58"] == "Unsupported Message Type"
    assert told.get("380") == (None if client in OLDEST else "3")
    names_version = client in ("FIX.5.0SP1", "FIX.5.0SP2", "FIX.Latest")
    assert told.get("1130") == ("9" if names_version else None)


@pytest.mark.parametrize("client", VERSIONS)
def test_too_many_requests_are_refused_with_the_reason_that_the_version_has(client: str) -> None:
    day = Day(client, "FIX.4.4", limits_off(cancel_rate_per_s=1, cancel_burst=1))
    day.says("H", tag11="A1")
    day.says("H", tag11="A2")
    has_reason = client in ("FIX.5.0SP2", "FIX.Latest")
    expected = None if client in OLDEST else "8" if has_reason else "0"
    assert day.told[-1].get("380") == expected
    assert day.told[-1]["58"].startswith("REQUEST_RATE")


@pytest.mark.parametrize("broker", VERSIONS)
def test_a_brokers_refusal_and_an_unknown_order_in_every_version(broker: str) -> None:
    day = Day("FIX.4.4", broker)
    day.says("D", tag11="A1")
    day.reports("8", day.last, tag103="3", tag151="0")
    assert (day.told[-1]["39"], day.told[-1]["103"]) == ("8", "3")
    day.says("D", tag11="A2")
    refused = message("D", f"11={day.last}")
    day.took(day.bench.core.not_resent(SIM, refused, False, day.bench.now))
    assert day.sent[-1]["35"] == "H"


def test_a_partial_cancel_of_the_oldest_version_is_refused_and_changes_nothing() -> None:
    day = Day("FIX.4.0", "FIX.4.4")
    day.says("D", tag11="A1")
    day.reports("0", day.last)
    day.says("F", tag11="A2", tag41="A1", tag38="10", tag125="P")
    assert day.told[-1]["35"] == "9"
    assert day.told[-1]["58"] == "CXL_TYPE_UNSUPPORTED: CxlType(125)=P"
    assert [sent["35"] for sent in day.sent] == ["D"]


def test_a_fill_of_the_oldest_version_is_told_by_its_shares() -> None:
    day = Day("FIX.4.4", "FIX.4.0")
    day.says("D", tag11="A1")
    day.reports("0", day.last)
    day.reports("F", day.last, tag39="1")  # says so again, without shares
    assert len(day.told) == 1
    day.reports("F", day.last, tag39="2", tag32="100", tag31="99")
    assert (day.told[-1]["150"], day.told[-1]["39"]) == ("F", "2")


def test_every_version_of_a_session_has_a_dialect() -> None:
    assert set(DIALECTS) == set(APPL_VER_IDS)


def test_exec_ids_of_the_oldest_version_are_numbers_and_stay_different() -> None:
    day = play("FIX.4.0", "FIX.4.4")
    ids = [told["17"] for told in day.told if told["35"] == "8"]
    assert ids[0] == "261121000000010001"
    assert len(set(ids)) == len(ids)
    for code in ("11=A1", "11=A2"):  # used before: refused, and no report of an order
        day.says("D", tag11=code.removeprefix("11="))
    ids += [told["17"] for told in day.told[-2:]]
    assert all(text.isdigit() and len(text) <= 18 for text in ids)
    [busted] = [told for told in day.told if told.get("20") == "1"]
    assert busted["19"] in ids


@pytest.mark.parametrize("client", VERSIONS)
@pytest.mark.parametrize("reason", ["0", "4", "8", "11", "20", "99"])
def test_a_restatement_reason_is_told_in_values_the_version_has(client: str, reason: str) -> None:
    day = Day(client, "FIX.5.0SP2")
    day.says("D", tag11="A1")
    day.reports("0", day.last)
    day.reports("D", day.last, tag38="60", tag151="60", tag378=reason)
    day.reports("4", day.last, tag39="4", tag38="60", tag151="0", tag378=reason)
    restated, canceled = day.told[-2:]
    expected = {
        "FIX.4.2": reason if reason in "04" else "4",
        "FIX.4.4": reason if reason in ("0", "4", "8") else "99",
        "FIX.5.0SP2": reason,
    }
    assert restated.get("378") == canceled.get("378")
    if client in expected:
        assert restated["378"] == expected[client]
