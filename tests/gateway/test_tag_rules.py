"""Rules that change a counterparty's messages: what each does, and what makes a file unusable."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from gateway.config import ConfigError
from gateway.config.tag_rules import compiled, read_rules
from gateway.translate.passing import Groups
from gateway.translate.tag_checks import Surroundings
from gateway.translate.tag_rules import ACTIONS, ROUTING, Rule, TagRules
from sessions.dictionary import Dictionary, builtin
from sessions.message import Message, parse

FIX42, FIX44 = builtin("FIX42"), builtin("FIX44")
ORDER = "11=A1|1=ACC|55=IBM|54=1|60=20261120-10:00:00|38=100|40=2|44=10|59=1|"
PARTIES = "453=2|448=X|447=D|452=1|802=1|523=x|803=1|448=Y|447=D|452=3|"


def around(dictionary: Dictionary = FIX44, said: frozenset[str] = frozenset()) -> Surroundings:
    return Surroundings(
        dictionary=dictionary,
        standard=dictionary,
        known=frozenset({*FIX42.fields, *FIX44.fields}),
        groups=Groups([FIX42, FIX44]).tags,
        said=said,
    )


def made(folder: Path, text: str, dictionary: Dictionary = FIX44) -> TagRules:
    path = folder / "rules.toml"
    path.write_text(f'version = "1"\n{text}')
    return compiled(read_rules(path), around(dictionary))


def sent(folder: Path, rules: str, body: str = ORDER, dictionary: Dictionary = FIX44) -> str:
    whole = made(folder, rules, dictionary).sent("D", body.replace("|", "\x01"))
    return whole.replace("\x01", "|")


def problems(folder: Path, text: str, said: frozenset[str] = frozenset()) -> list[str]:
    path = folder / "rules.toml"
    path.write_text(text)
    with pytest.raises(ConfigError) as caught:
        compiled(read_rules(path), around(said=said))
    return [line.replace(f"{folder}/", "") for line in caught.value.problems]


def rule(action: str, direction: str = "sent", messages: str = '["D"]') -> str:
    return f"[[{direction}]]\nmessages = {messages}\n{action}\n"


# --- what rules do ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("action", "was", "becomes"),
    [
        ('map = 59\nvalues = { 1 = "G" }', "59=1|", "59=G|"),
        ('map = 59\nvalues = { 0 = "G" }', "59=1|", "59=1|"),
        ('map = 59\nvalues = { 0 = "G" }\nother = "0"', "59=1|", "59=0|"),
        ("remove = 1", "1=ACC|", ""),
        ("remove = 15", "59=1|", "59=1|"),
        ("rename = 1\nto = 109", "1=ACC|", "109=ACC|"),
        ("rename = 59\nto = 40\n", "40=2|44=10|59=1|", "44=10|40=1|"),
        ('default = 21\nvalue = "2"', "59=1|", "59=1|21=2|"),
        ('default = 59\nvalue = "2"', "59=1|", "59=1|"),
        ('set = 59\nvalue = "2"', "59=1|", "59=2|"),
        ('set = 6102\nvalue = "VWAP"', "59=1|", "59=1|6102=VWAP|"),
        ("copy = 1\nto = 58", "59=1|", "59=1|58=ACC|"),
        ("copy = 15\nto = 58", "59=1|", "59=1|"),
        ('group = 386\nentries = "336=8"', "59=1|", "59=1|386=1|336=8|"),
        (
            'group = 78\nentries = ["79={1}|80={38}", "79={109}|80=1", "79=Z|80=1"]',
            "59=1|",
            "59=1|78=2|79=ACC|80=100|79=Z|80=1|",
        ),
        ('group = 78\nentries = ["79={109}"]', "59=1|", "59=1|"),
        ('set = 128\nvalue = "NYSE"', "11=A1|", "128=NYSE|11=A1|"),
        ("rename = 1\nto = 115", "11=A1|1=ACC|", "115=ACC|11=A1|"),
        ("copy = 1\nto = 50", "11=A1|", "50=ACC|11=A1|"),
        ('set = 58\nvalue = "x"\nwhen = { 40 = "2" }', "59=1|", "59=1|58=x|"),
        ('set = 58\nvalue = "x"\nwhen = { 40 = ["1", "3"] }', "59=1|", "59=1|"),
        ('set = 58\nvalue = "x"\nwhen = { 15 = [] }', "59=1|", "59=1|58=x|"),
        ('set = 58\nvalue = "x"\nwhen = { 15 = "USD" }', "59=1|", "59=1|"),
    ],
)
def test_a_rule_changes_one_field_and_leaves_the_others(
    tmp_path: Path, action: str, was: str, becomes: str
) -> None:
    assert was in ORDER
    assert sent(tmp_path, rule(action), dictionary=FIX42) == ORDER.replace(was, becomes)


def test_rules_hold_for_their_message_types_and_in_their_order(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        rule('set = 128\nvalue = "HUB"', messages='["*"]')
        + rule("copy = 1\nto = 115", messages='["D", "G"]')
        + rule("remove = 1", messages='["D"]'),
    )
    assert rules.sent("D", "11=A\x011=ACC\x01") == "128=HUB\x01115=ACC\x0111=A\x01"
    assert rules.sent("G", "11=A\x011=ACC\x01") == "128=HUB\x01115=ACC\x0111=A\x011=ACC\x01"
    assert rules.sent("H", "11=A\x011=ACC\x01") == "128=HUB\x0111=A\x011=ACC\x01"
    came = parse(b"35=8\x0137=X\x01")
    assert isinstance(came, Message)
    assert rules.received(came) is came


def test_two_fields_change_places_by_way_of_a_third(tmp_path: Path) -> None:
    swap = "".join(
        rule(f"rename = {old}\nto = {new}") for old, new in ((1, 5001), (109, 1), (5001, 109))
    )
    assert sent(tmp_path, swap, "1=ACC|109=ME|", FIX42) == "109=ACC|1=ME|"


def test_groups_and_data_go_whole_and_fields_inside_of_them_stay(tmp_path: Path) -> None:
    body = f"11=A1|58=top|{PARTIES}354=5|355=a|b=c|78=1|79=ACC|80=100|"
    coded = body.replace("355=a|b=c|", "355=a\x01b=c|")
    removed = sent(tmp_path, rule("remove = 453"), body.replace("355=a|b=c|", "355=a=b=c|"))
    assert removed == "11=A1|58=top|354=5|355=a=b=c|78=1|79=ACC|80=100|"
    assert (
        sent(tmp_path, rule("remove = 354"), coded) == f"11=A1|58=top|{PARTIES}78=1|79=ACC|80=100|"
    )
    assert sent(tmp_path, rule('set = 15\nvalue = "USD"'), f"11=A1|{PARTIES}") == (
        f"11=A1|15=USD|{PARTIES}"
    )


def test_a_group_is_written_in_place_of_the_one_that_is_there(tmp_path: Path) -> None:
    party = rule('group = 453\nentries = ["448={1}|447=D|452=24"]')
    assert sent(tmp_path, party, f"11=A1|1=ACC|{PARTIES}58=x|") == (
        "11=A1|1=ACC|58=x|453=1|448=ACC|447=D|452=24|"
    )


def test_groups_of_the_clients_versions_go_whole_to_a_broker_that_has_none(tmp_path: Path) -> None:
    body = f"11=A1|{PARTIES}58=x|"
    assert sent(tmp_path, rule("remove = 453"), body, FIX42) == "11=A1|58=x|"


def test_what_came_is_changed_for_the_house_and_kept_as_it_came(tmp_path: Path) -> None:
    rules = made(
        tmp_path,
        rule("rename = 6001\nto = 58", "received", '["8"]')
        + rule('map = 150\nvalues = { 5 = "E" }', "received", '["8"]')
        + rule("copy = 128\nto = 1", "received", '["8"]'),
    )
    raw = b"35=8\x01128=ACME\x01150=5\x016001=busy\x0137=X\x01"
    came = parse(raw)
    assert isinstance(came, Message)
    message = rules.received(came)
    assert message.fields == {
        "35": "8",
        "128": "ACME",
        "150": "E",
        "58": "busy",
        "37": "X",
        "1": "ACME",
    }
    assert message.raw == raw
    assert message.unique
    assert message.msg_type == "8"


@given(st.lists(st.sampled_from(ORDER.split("|")[:-1]), min_size=1, max_size=9, unique=True))
def test_rules_that_find_nothing_to_do_change_no_byte(pairs: list[str]) -> None:
    idle = [
        Rule(action="remove", messages=frozenset("D"), tag="6001"),
        Rule(action="map", messages=frozenset("D"), tag="59", values={"9": "1"}),
        Rule(action="copy", messages=frozenset("D"), tag="6001", to="6002"),
    ]
    rules = TagRules(
        path="", version="", digest="", sent=idle, received=idle, dictionary=FIX44, groups={}
    )
    body = "\x01".join([*pairs, ""])
    assert rules.sent("D", body) == body


# --- what is wrong with a file ------------------------------------------------------------------


V1 = 'version = "1"\n'


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("version =", "rules.toml:1: Invalid value"),
        (rule("remove = 1"), "rules.toml:1: version: must say which version of the rules this is"),
        (f"{V1}send = 1", 'rules.toml:2: send: there is no such key; did you mean "sent"?'),
        (
            f'{V1}[[sent]]\nmessages = ["D"]',
            "rules.toml:2: sent[0]: says not what it does: a rule has one of rename, remove,",
        ),
        (
            V1 + rule("remove = 1") + rule("remove = 1\nset = 2"),
            "rules.toml:5: sent[1]: has remove and set: a rule has one of",
        ),
        (V1 + rule("rename = 1"), 'rules.toml:2: sent[0]: rename needs "to"'),
        (
            V1 + rule("remove = 1\nvalue = 3"),
            "rules.toml:5: sent[0].value: there is no such key; here are: remove, messages, when",
        ),
        (
            V1 + rule("remove = true"),
            "rules.toml:4: sent[0].remove: must be the number of a tag, not True",
        ),
        (
            V1 + rule("map = 59\nvalues = 1"),
            "rules.toml:5: sent[0].values: must say what becomes of each value",
        ),
        (
            V1 + rule('group = 453\nentries = ["448"]'),
            "rules.toml:5: sent[0].entries: must list entries such as",
        ),
        (
            V1 + rule("remove = 58\nwhen = { Price = 1 }"),
            "rules.toml:5: sent[0].when: must give tags the values they must have",
        ),
        (
            f'{V1}[[samples]]\nsent = "55=IBM|"\nbecomes = "35=D|"',
            'rules.toml:3: samples[0].sent: must be a FIX message with "|" after each field',
        ),
        (
            f'{V1}[[samples]]\nsent = "35=D|"',
            'rules.toml:2: samples[0]: needs a message that is "sent" or "received"',
        ),
    ],
)
def test_a_mistake_in_the_file_is_named_with_its_line(
    tmp_path: Path, text: str, problem: str
) -> None:
    (found,) = problems(tmp_path, text)
    assert found.startswith(problem)


@pytest.mark.parametrize(
    ("rules", "problem"),
    [
        (rule("remove = 3333"), "2: sent[0]: there is no tag 3333 in any session's dictionary"),
        (
            rule("remove = 58\nwhen = { 3333 = 1 }"),
            "2: sent[0]: there is no tag 3333 in any session's dictionary",
        ),
        (
            rule("remove = 58", messages='["ZZ"]'),
            '2: sent[0]: there is no message type "ZZ" in the session\'s dictionary',
        ),
        (
            rule("remove = 58", messages='["5"]'),
            "2: sent[0]: Logout(5) is the session's own: no rule changes it",
        ),
        (
            rule("remove = 34"),
            "2: sent[0]: MsgSeqNum(34) is of the standard header or trailer, which only the session"
            " writes",
        ),
        (rule("rename = 58\nto = 10"), "2: sent[0]: CheckSum(10) is of the standard header or"),
        (rule("set = 35\nvalue = 8"), "2: sent[0]: MsgType(35) is of the standard header or"),
        (
            rule("remove = 11"),
            "2: sent[0]: ClOrdID(11) must stay as it is: by it answers find their order",
        ),
        (
            rule("remove = 448"),
            "2: sent[0]: PartyID(448) goes with NoPartyIDs(453): rules change plain fields, and"
            " remove = 453 takes away all of it",
        ),
        (
            rule("remove = 355"),
            "2: sent[0]: EncodedText(355) goes with EncodedTextLen(354): rules change plain fields,"
            " and remove = 354 takes away all of it",
        ),
        (
            rule("rename = 453\nto = 58"),
            "2: sent[0]: NoPartyIDs(453) begins what goes as one: it can only be removed",
        ),
        (
            rule("copy = 58\nto = 17"),
            "2: sent[0]: ExecID(17) is no field of NewOrderSingle(D) in the session's dictionary; a"
            " dialect can add it",
        ),
        (
            rule('set = 38\nvalue = "many"'),
            '2: sent[0]: "many" is no value that OrderQty(38) can have',
        ),
        (rule("remove = 40"), "2: sent[0]: OrdType(40) is required in NewOrderSingle(D)"),
        (
            rule("rename = 54\nto = 58"),
            "2: sent[0]: Side(54) is required in NewOrderSingle(D)",
        ),
        (
            rule("remove = 37", "received", '["8"]'),
            "2: received[0]: OrderID(37) is required in ExecutionReport(8)",
        ),
        (
            rule('group = 58\nentries = ["448=x"]'),
            "2: sent[0]: Text(58) begins no group of NewOrderSingle(D)",
        ),
        (
            rule('group = 453\nentries = ["447=D"]'),
            "2: sent[0]: an entry must begin with PartyID(448)",
        ),
        (
            rule('group = 453\nentries = ["448=x|58=y"]'),
            "2: sent[0]: Text(58) is no field of NoPartyIDs(453)",
        ),
        (rule("rename = 58\nto = 58"), "2: sent[0]: rename goes in a loop: 58 to 58"),
        (
            rule("rename = 58\nto = 5001") + rule("rename = 5001\nto = 58"),
            "2: sent[0]: rename goes in a loop: 58 to 5001 to 58",
        ),
    ],
)
def test_a_rule_that_makes_no_message_is_refused(tmp_path: Path, rules: str, problem: str) -> None:
    (found,) = problems(tmp_path, V1 + rules)
    assert found.startswith(f"rules.toml:{problem}")


def test_a_required_field_may_go_if_a_later_rule_gives_it_again(tmp_path: Path) -> None:
    again = rule("remove = 60") + rule('set = 60\nvalue = "20260101-00:00:00"')
    assert "60=20260101-00:00:00|" in sent(tmp_path, again)
    only_sometimes = again.replace('00"', '00"\nwhen = { 40 = 1 }')
    (found,) = problems(tmp_path, f'version = "1"\n{only_sometimes}')
    assert "TransactTime(60) is required" in found


def test_what_the_session_says_by_its_settings_is_no_business_of_rules(tmp_path: Path) -> None:
    text = V1 + rule("set = 50\nvalue = 7")
    (found,) = problems(tmp_path, text, said=frozenset({"50"}))
    assert found.endswith("SenderSubID(50) is written by the session, as its settings say")
    assert "50" in ROUTING


# --- samples ------------------------------------------------------------------------------------

GTC = rule('map = 59\nvalues = { 1 = "G" }')


def sample(before: str, becomes: str, direction: str = "sent") -> str:
    return f'[[samples]]\nname = "GTC"\n{direction} = "{before}"\nbecomes = "{becomes}"\n'


def test_samples_that_become_what_they_should_pass_with_and_without_a_header(
    tmp_path: Path,
) -> None:
    head = "8=FIX.4.4|9=100|35=D|49=US|56=THEM|34=7|52=20261120-10:00:00|"
    made(tmp_path, GTC + sample("35=D|11=A|59=1|", "35=D|11=A|59=G|"))
    made(tmp_path, GTC + sample(f"{head}11=A|59=1|10=000|", "35=D|11=A|59=G"))
    received = rule('map = 59\nvalues = { G = "1" }', "received", '["8"]')
    made(tmp_path, received + sample("35=8|59=G|", "35=8|59=1|", "received"))


def test_a_sample_that_becomes_another_message_is_told_field_by_field(tmp_path: Path) -> None:
    text = GTC + sample("35=D|11=A|54=1|59=1|58=x|", "35=D|11=A|54=1|59=6|58=x|")
    (found,) = problems(tmp_path, f'version = "1"\n{text}')
    assert found.splitlines() == [
        'rules.toml:6: samples[0]: "GTC" becomes another message (- expected, + made):',
        "     11=A  ClOrdID",
        "     54=1  Side BUY",
        "    -59=6  TimeInForce GOOD_TILL_DATE",
        "    +59=G  TimeInForce",
        "     58=x  Text",
    ]


def test_the_example_of_the_documentation_is_sound(tmp_path: Path) -> None:
    page = (Path(__file__).parents[2] / "docs" / "dialects.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"^```toml\n(version.*?)^```$", page, re.MULTILINE | re.DOTALL)
    path = tmp_path / "rules.toml"
    path.write_text(example)
    file = read_rules(path)
    assert {rule.action for rule in file.sent} == set(ACTIONS) - {"copy", "group"}
    for dictionary in (FIX42, FIX44):
        assert compiled(file, around(dictionary)).version == "2026-11-28"
