"""Which fields of a client's order a route passes on."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.build import build_setup, limit_table, undefined_links
from gateway.dictionaries import Dictionaries
from gateway.prepared import NO_REFERENCE, Prepared
from gateway.reference import Reference
from gateway.state import State
from gateway.translate.at_broker import max_floor
from gateway.translate.passing import Groups, Passing, passed
from sessions.dictionary import builtin
from sessions.message import Message
from tests.gateway.bench import ACME, Bench, message
from tests.gateway.test_config import GOOD, folder, load, problems

__all__ = ["folder"]

PARTIES = "453=2|448=A|447=D|452=1|802=1|523=x|803=1|448=B|447=D|452=3|"
ALLOCS = "78=1|79=ACC|80=100|"
FIX44 = Groups([builtin("FIX44")])


def let_through(extra: str, tags: set[str], groups: Groups = FIX44) -> str:
    passing = Passing(frozenset(tags), groups)
    return passed(extra.replace("|", "\x01"), passing).replace("\x01", "|")


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"453"}, PARTIES),
        ({"453", "448"}, PARTIES),
        ({"58", "453"}, f"58=hello|{PARTIES}"),
        ({"78", "5001"}, f"{ALLOCS}5001=mine|"),
        ({"453", "78"}, PARTIES + ALLOCS),
        ({"58"}, "58=hello|"),
        ({"448", "447", "452", "802"}, ""),
        ({"79", "58"}, "58=hello|"),
        (set(), ""),
    ],
)
def test_a_group_passes_whole_by_its_count_tag_or_not_at_all(tags: set[str], kept: str) -> None:
    assert let_through(f"58=hello|{PARTIES}{ALLOCS}5001=mine|", tags) == kept


def test_groups_are_those_of_the_clients_own_dictionaries() -> None:
    """FIX.4.2 has no parties: there the tags are fields like any other."""
    old = Groups([builtin("FIX42")])
    assert let_through(PARTIES, {"448"}, old) == "448=A|448=B|"
    assert let_through(PARTIES, {"448"}, Groups([builtin("FIX42"), builtin("FIX44")])) == ""
    assert let_through("386=1|336=DAY|58=x|", {"386"}, old) == "386=1|336=DAY|"


def test_no_group_of_a_version_hides_a_field_of_another() -> None:
    versions = [builtin(name) for name in ("FIX42", "FIX43", "FIX44", "FIX50SP2")]
    top = frozenset().union(*(v.messages[kind].top for v in versions for kind in "DG"))
    assert Groups(versions).members.isdisjoint(top)
    assert "629" not in Groups(versions).members  # of the header: it never passes


@pytest.mark.parametrize(
    ("tags", "kept"),
    [
        ({"354", "355", "58"}, "354=6|355=a\x0158=b|58=c|"),
        ({"58"}, "58=c|"),
        ({"355", "58"}, "58=c|"),
        ({"354"}, ""),
    ],
)
def test_data_with_soh_passes_whole_with_its_length_or_not_at_all(
    tags: set[str], kept: str
) -> None:
    extra = "354=6|355=a\x0158=b|58=c|5001=x|".replace("|", "\x01")
    passing = Passing(frozenset(tags), Groups())
    assert passed(extra, passing) == kept.replace("|", "\x01")


def test_what_looks_like_a_field_inside_of_data_is_none() -> None:
    """An order of a pegged kind loses its pegs, one for FIX.4.4 its DisplayQty(1138)."""
    coded = "354=15\x01355=a\x0118=R\x011138=5\x01b\x01"
    assert max_floor(f"1138=9\x01{coded}1138=10\x01") == f"111=9\x01{coded}111=10\x01"
    bench = Bench()
    (sent,) = bench.core.message(ACME, pegged(coded), "", 0).sends
    assert sent.body.endswith(f"\x01{coded}18=M R\x01")


def pegged(coded: str) -> Message:
    order = "11=X|1=ACC|21=1|55=IBM|54=1|38=100|40=P|60=20261121-12:00:00|18=M R"
    made = message("D", order)
    length, _, rest = coded.partition("\x01")
    made.pairs.extend([length, rest[:-1]])
    return made


def test_a_list_that_would_split_a_group_is_refused(folder: Path) -> None:
    text = GOOD.replace('[58, "5001"]', "[58, 448, 802, 79]")
    assert problems(folder, text) == [
        "fixgate.toml:32: routes[0].pass_tags: 448, 802 are of the repeating group"
        " NoPartyIDs(453), which passes whole or not at all: name 453 as well, or leave 448, 802"
        " out",
        "fixgate.toml:32: routes[0].pass_tags: 79 is of the repeating group NoAllocs(78), which"
        " passes whole or not at all: name 78 as well, or leave 79 out",
    ]


def test_only_the_clients_of_a_route_say_what_a_group_is(folder: Path) -> None:
    """The FIX.4.2 client of the same gateway has no parties."""
    old = '[[clients]]\nname = "OLD"\nbegin_string = "FIX.4.2"\nsender_comp_id = "FIXGATE"\n'
    old += 'target_comp_id = "OLD"\naccounts = ["ACC3"]\n'
    text = GOOD.replace('[58, "5001"]', "[448]") + old
    assert len(problems(folder, text)) == 1
    assert load(folder, text.replace('client = "ACME"', 'client = "OLD"')).routes[0].pass_tags


def test_a_list_with_the_count_tag_is_taken(folder: Path) -> None:
    assert load(folder, GOOD.replace('[58, "5001"]', "[453, 448]")).routes[0].pass_tags


def test_a_route_gets_the_groups_of_its_clients(folder: Path) -> None:
    config = load(folder, GOOD.replace('[58, "5001"]', "[453]"))
    limits = limit_table(config, NO_REFERENCE)
    state = State(limits, 10)
    for defined in undefined_links(config, state):
        state.apply(defined, 0, b"")
    prepared = Prepared(config, Reference({}, {}, 0), Dictionaries())
    table = build_setup(prepared, state, limits).routes
    passing = table.by_name["small"].passing
    assert passed("453=1\x01448=A\x0158=x\x01", passing) == "453=1\x01448=A\x01"
    assert table.by_name["rest"].passing is None
