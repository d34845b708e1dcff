"""What becomes of an order as TWS's messages tell it, in whatever order and number they come."""

from __future__ import annotations

from gateway.brokers.ibkr.words import NO_CONTRACT
from tests.gateway.brokers.ibkr.messages import (
    PERM_ID,
    Desk,
    completed,
    execution,
    open_order,
    said,
    status,
    told,
)
from tools.broker_apis.ibkr import wire

LAST_ID = "00012ab3.65f0c1d2.02.01"


def shown(reports: list[dict[str, str]]) -> list[tuple[str, str]]:
    return [(one["35"], one.get("150", one.get("434", ""))) for one in reports]


def test_an_order_is_new_once_however_often_it_is_told() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    first = open_order(permId=0, status="PreSubmitted")
    reports = desk.hear(first, status("PreSubmitted", permId=0), open_order(), open_order())
    reports += desk.hear(status("Submitted"), status("Submitted"))
    (new,) = reports
    assert (new["150"], new["11"], new["37"]) == ("0", "A-1", str(PERM_ID))
    assert desk.mapping.outstanding() == []


def test_an_order_that_is_held_for_a_click_is_not_new() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    assert desk.hear(open_order(status="PendingSubmit"), status("PendingSubmit")) == []
    assert len(desk.mapping.outstanding()) == 1
    assert desk.mapping.hearing.open == {1042}  # who asks for it is told that it is there


def test_an_execution_is_told_once_and_makes_an_order_filled() -> None:
    desk = Desk()
    desk.works()
    whole = execution(shares=100, cumQty=100)
    (fill,) = desk.hear(whole, whole, status("Filled", filled=100, remaining=0))
    assert (fill["150"], fill["32"], fill["31"], fill["39"]) == ("F", "100", "187.21", "2")
    assert (fill["17"], fill["60"]) == ("00012ab3.65f0c1d2.01.01", "20991115-14:30:02")


def test_an_execution_of_an_order_that_was_not_acknowledged_is_told() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    assert shown(desk.hear(execution())) == [("8", "F")]
    assert desk.mapping.outstanding() == []


def test_the_next_number_behind_the_last_dot_corrects_an_execution() -> None:
    desk = Desk()
    desk.works()
    desk.hear(execution())
    again = execution("00012ab3.65f0c1d2.01.02", price="187.30")
    (corrected,) = desk.hear(again, again, execution())
    assert (corrected["150"], corrected["31"]) == ("G", "187.3")
    assert corrected["19"] == "00012ab3.65f0c1d2.01.01"


def test_an_end_waits_for_the_executions_before_it() -> None:
    desk = Desk()
    desk.works()
    heard = desk.heard(status("Cancelled", filled=40, remaining=60))
    assert heard.reports == []
    assert heard.look
    reports = desk.hear(execution(), status("Cancelled", filled=40, remaining=60))
    assert shown(reports) == [("8", "F"), ("8", "4")]
    assert reports[1]["14"] == "40"


def test_an_end_does_not_wait_for_what_tws_does_not_tell_any_more() -> None:
    desk = Desk()
    desk.works()
    desk.hear(status("Cancelled", filled=40, remaining=60))
    hearing = desk.mapping.hearing
    hearing.looking()
    (canceled,) = told(hearing.looked())
    assert (canceled["150"], canceled["14"]) == ("4", "40")


def test_a_fill_that_is_counted_while_executions_are_asked_for_is_not_taken_for_old() -> None:
    desk = Desk()
    desk.works()
    hearing = desk.mapping.hearing
    desk.hear(status("Submitted", filled=40, remaining=60))
    hearing.looking()
    desk.hear(execution())
    desk.hear(status("Submitted", filled=100, remaining=0))
    assert hearing.looked().reports == []
    (fill,) = desk.hear(execution(LAST_ID, shares=60, cumQty=100))
    assert fill["39"] == "2"


def test_a_cancel_is_done_once_by_status_and_by_202() -> None:
    desk = Desk()
    desk.works()
    desk.request("F", _11="A-2", _41="A-1")
    over = wire.error(1042, 202, "Order Canceled - reason:")
    (canceled,) = desk.hear(status("PendingCancel"), status("Cancelled"), over, over)
    assert (canceled["150"], canceled["11"], canceled["41"]) == ("4", "A-2", "A-1")
    assert desk.mapping.outstanding() == []


def test_a_cancel_that_comes_too_late_is_refused() -> None:
    desk = Desk()
    desk.works()
    desk.hear(execution(shares=100, cumQty=100))
    desk.request("F", _11="A-2", _41="A-1")
    (refused,) = desk.hear(wire.error(1042, 10148, "can not be cancelled, state: Filled."))
    assert (refused["35"], refused["434"], refused["102"]) == ("9", "1", "0")


def test_a_replace_is_done_when_the_order_has_its_terms() -> None:
    desk = Desk()
    desk.works()
    desk.request("G", _11="A-2", _41="A-1", _38="200")
    assert desk.hear(open_order(), status("Submitted")) == []
    (replaced,) = desk.hear(open_order(totalQuantity=200), open_order(totalQuantity=200))
    assert (replaced["150"], replaced["11"], replaced["41"]) == ("5", "A-2", "A-1")
    assert replaced["38"] == "200"
    again = desk.request("G", _11="A-3", _41="A-2", _38="300")
    assert again.number == 1042
    assert "A-1" in again.text.split("\0")  # the orderRef it keeps


def test_an_error_that_refuses_a_replace_leaves_the_order() -> None:
    desk = Desk()
    desk.works()
    desk.request("G", _11="A-2", _41="A-1", _38="200")
    heard = desk.heard(wire.error(1042, 201, "Order rejected - reason:no"))
    (refused,) = told(heard)
    assert (refused["35"], refused["434"], refused["11"]) == ("9", "2", "A-2")
    assert heard.ask
    desk.mapping.hearing.asking()
    desk.hear(open_order())
    assert desk.mapping.hearing.asked().reports == []


def test_an_error_on_an_order_that_worked_is_believed_by_the_lists_alone() -> None:
    desk = Desk()
    desk.works()
    heard = desk.heard(wire.error(1042, 201, "Order rejected - reason:margin"))
    assert (heard.reports, heard.ask) == ([], True)
    desk.mapping.hearing.asking()
    desk.hear(completed("Inactive"))
    (rejected,) = told(desk.mapping.hearing.asked())
    assert (rejected["150"], rejected["39"]) == ("8", "8")
    assert "margin" in rejected["58"]


def test_an_order_that_is_in_no_list_after_an_error_is_rejected() -> None:
    desk = Desk()
    desk.works()
    desk.hear(wire.error(1042, 201, "Order rejected - reason:margin"))
    desk.mapping.hearing.asking()
    (rejected,) = told(desk.mapping.hearing.asked())
    assert rejected["39"] == "8"


def test_a_new_order_is_rejected_by_an_error_that_refuses() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    (rejected,) = desk.hear(
        wire.error(1042, NO_CONTRACT, "No security definition has been found"),
        status("Inactive", permId=0),
    )
    assert (rejected["39"], rejected["103"], rejected["11"]) == ("8", "1", "A-1")


def test_warnings_change_nothing() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    held = wire.error(1042, 399, "will not be placed at the exchange until 09:30")
    assert desk.hear(held, wire.error(1042, 404, "locating"), wire.error(-1, 2104, "OK")) == []
    assert len(desk.mapping.outstanding()) == 1


def test_an_error_that_says_nothing_certain_leaves_the_order_in_doubt() -> None:
    desk = Desk()
    desk.request("D", _11="A-1")
    heard = desk.heard(wire.error(1042, 133, "Submit new order failed"))
    assert heard.unsure == [("A-1", "Submit new order failed (133)")]
    assert heard.reports == []
    assert shown(desk.hear(open_order(), status("Submitted"))) == [("8", "0")]


def test_what_is_refused_for_the_pace_goes_again_under_its_number() -> None:
    desk = Desk()
    message = desk.request("D", _11="A-1")
    heard = desk.heard(wire.error(1042, 100, "Max rate of messages"))
    assert heard.again is message
    assert heard.reports == []


def test_executions_of_others_are_told_without_an_order() -> None:
    desk = Desk()
    (other,) = desk.hear(execution(clientId=0, orderId=0, orderRef=""))
    assert (other["11"], other["150"], other["1"]) == ("NONE", "F", "DU1234567")
    assert desk.hear(execution(clientId=0, time="20200101 10:00:00 UTC")) == []
    assert desk.hear(execution(LAST_ID, clientId=0, acctNumber="DU7")) == []


def test_an_order_of_before_is_known_by_its_number() -> None:
    desk = Desk()
    assert desk.hear(open_order(2000, orderRef="B-1"), status("Submitted", 2000)) == []
    cancel = desk.request("F", _11="B-2", _41="B-1")
    assert cancel.number == 2000
    by_perm_id = desk.request("G", _11="B-3", _41="B-9", _37=str(PERM_ID))
    assert by_perm_id.number == 2000
    assert desk.request("D", _11="C-1").number == 2001


def test_what_cannot_be_read_is_said_to_be_so() -> None:
    broken = said(wire.said(*open_order().split("\0")[:20]), wire.said("<html>"))
    assert [one.name for one in broken] == ["broken", "broken"]
    (unread,) = said(wire.said(999, 1))
    assert unread.name == "unread"


def test_what_has_not_left_is_not_what_tws_refuses() -> None:
    desk = Desk()
    placed = desk.request("D", _11="A-1")
    for waiting in (
        desk.request("G", _11="A-2", _41="A-1"),
        desk.request("F", _11="A-3", _41="A-1"),
    ):
        waiting.has_left = False
    assert desk.heard(wire.error(placed.number, 100, "Too fast")).again is placed
    unsure = desk.heard(wire.error(placed.number, 133, "Who knows")).unsure
    assert [about for about, _ in unsure] == ["A-1"]
    (told,) = desk.hear(wire.error(placed.number, 201, "No margin"))
    assert (told["11"], told["150"]) == ("A-1", "8")


def test_a_message_that_lacks_fields_is_not_heard_as_one_that_has_them() -> None:
    whole = [status("Submitted"), execution(), open_order(), wire.said(55, 1, 7)]
    for message in whole:
        fields = message.split("\0")[:-1]
        (last,) = said(wire.said(*fields[: len(fields) // 2]))
        assert last.name == "broken"
    assert [one.name for one in said(wire.said(58, 1, 7))] == ["unread"]


def test_what_was_answered_while_it_waited_does_not_go_again() -> None:
    desk = Desk()
    placed = desk.request("D", _11="A-1")
    assert desk.heard(wire.error(placed.number, 100, "Too fast")).again is placed
    placed.has_left = False
    assert not desk.mapping.is_over(placed)
    desk.hear(wire.error(placed.number, 201, "No margin"))
    assert desk.mapping.is_over(placed)


def test_a_replace_that_never_left_is_not_the_one_behind_it() -> None:
    desk = Desk()
    desk.works()
    first = desk.request("G", _11="A-2", _41="A-1", _38="50")
    desk.request("G", _11="A-3", _41="A-1", _38="60")
    desk.mapping.never_left(first, "it waited")
    (told,) = desk.hear(open_order(totalQuantity=60))
    assert (told["150"], told["11"]) == ("5", "A-3")
