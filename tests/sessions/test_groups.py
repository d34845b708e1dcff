"""Groups as plain data, nested to any depth, also out of faulty messages."""

import pytest

from sessions.dictionary import builtin
from sessions.groups import read_group
from sessions.message import Message, parse
from tests.fix import fix

ORDER = builtin("FIX44").messages["D"]
PARTIES = ORDER.groups["453"]


def message(text: str) -> Message:
    parsed = parse(fix(f"8=FIX.4.4|35=D|{text}"))
    assert isinstance(parsed, Message)
    return parsed


def test_nested_groups_are_lists_of_entries() -> None:
    text = "11=A|453=2|448=A|447=D|452=1|802=2|523=x|803=1|523=y|448=B|447=D|55=AAPL|"
    assert read_group(message(text), PARTIES) == [
        {
            "448": "A",
            "447": "D",
            "452": "1",
            "802": [{"523": "x", "803": "1"}, {"523": "y"}],
        },
        {"448": "B", "447": "D"},
    ]


def test_three_levels() -> None:
    text = "78=2|79=X|539=1|524=N|525=D|804=2|545=s|805=1|545=t|80=100|79=Y|80=5|"
    assert read_group(message(text), ORDER.groups["78"]) == [
        {
            "79": "X",
            "539": [{"524": "N", "525": "D", "804": [{"545": "s", "805": "1"}, {"545": "t"}]}],
            "80": "100",
        },
        {"79": "Y", "80": "5"},
    ]


@pytest.mark.parametrize("text", ["55=AAPL|", "453=0|55=AAPL|", "453=1|", "453=2|447=D|"])
def test_no_entries(text: str) -> None:
    assert read_group(message(text), PARTIES) == []


@pytest.mark.parametrize("count", ["1", "9", "1000000000000", "abc", "-1", ""])
def test_a_wrong_count_gives_the_entries_there_are(count: str) -> None:
    entries = read_group(message(f"453={count}|448=A|447=D|55=AAPL|"), PARTIES)
    assert entries == [{"448": "A", "447": "D"}]


def test_a_count_too_small_ends_the_group() -> None:
    assert read_group(message("453=1|448=A|448=B|"), PARTIES) == [{"448": "A"}]


def test_the_order_inside_an_entry_does_not_matter_to_a_reader() -> None:
    assert read_group(message("453=1|448=A|452=1|447=D|"), PARTIES) == [
        {"448": "A", "452": "1", "447": "D"}
    ]


def test_a_field_of_an_entry_that_the_outer_group_has_too_goes_where_it_fits() -> None:
    # NestedPartyID(524) begins NoNestedPartyIDs(539); AllocQty(80) belongs to the outer group
    text = "78=1|79=X|539=2|524=N|524=M|80=100|"
    assert read_group(message(text), ORDER.groups["78"]) == [
        {"79": "X", "539": [{"524": "N"}, {"524": "M"}], "80": "100"}
    ]
