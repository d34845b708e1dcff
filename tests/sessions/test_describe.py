"""Describing: names and labels for every field, groups indented, nothing left out."""

from sessions.describe import FieldRow, describe, message_name
from sessions.dictionary import builtin
from sessions.message import Message, parse
from tests.fix import fix

FIX44 = builtin("FIX44")


def message(text: str) -> Message:
    parsed = parse(fix(text))
    assert isinstance(parsed, Message)
    return parsed


def test_fields_have_names_and_labels_and_groups_their_depth() -> None:
    order = message(
        "8=FIX.4.4|9=99|35=D|453=2|448=A|452=1|802=1|523=x|448=B|18=1 6|54=1|55=AAPL|5001=y|10=000|"
    )
    assert describe(order, FIX44) == [
        FieldRow(0, "8", "BeginString", "FIX.4.4", ""),
        FieldRow(0, "9", "BodyLength", "99", ""),
        FieldRow(0, "35", "MsgType", "D", "NEW_ORDER_SINGLE"),
        FieldRow(0, "453", "NoPartyIDs", "2", ""),
        FieldRow(1, "448", "PartyID", "A", ""),
        FieldRow(1, "452", "PartyRole", "1", "EXECUTING_FIRM"),
        FieldRow(1, "802", "NoPartySubIDs", "1", ""),
        FieldRow(2, "523", "PartySubID", "x", ""),
        FieldRow(1, "448", "PartyID", "B", ""),
        FieldRow(0, "18", "ExecInst", "1 6", "NOT_HELD PARTICIPATE_DO_NOT_INITIATE"),
        FieldRow(0, "54", "Side", "1", "BUY"),
        FieldRow(0, "55", "Symbol", "AAPL", ""),
        FieldRow(0, "5001", "", "y", ""),
        FieldRow(0, "10", "CheckSum", "000", ""),
    ]
    assert message_name(order, FIX44) == "NewOrderSingle"


def test_a_message_of_unknown_type_is_described_field_by_field() -> None:
    odd = message("8=FIX.4.4|9=99|35=U9|453=1|448=A|54=?|18=1 ?|10=000|")
    rows = describe(odd, FIX44)
    assert [row.tag for row in rows] == ["8", "9", "35", "453", "448", "54", "18", "10"]
    assert {row.depth for row in rows} == {0}
    assert [row.label for row in rows[5:7]] == ["", ""]
    assert message_name(odd, FIX44) == ""


def test_no_field_of_a_faulty_message_is_left_out() -> None:
    odd = message("8=FIX.4.4|35=D|453=1|448=A|447=D|447=E|448=B|54=1|54=2|")
    assert [f"{row.tag}={row.value}" for row in describe(odd, FIX44)] == odd.pairs
