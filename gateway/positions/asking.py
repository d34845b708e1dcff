"""Asks brokers what their accounts hold and holds the answers against ours; repairs nothing.

It begins after each logon, once the broker's orders are known, or when an operator says so. An
account that differs is asked for once more before anybody is told: an execution may have crossed
with the answer.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import PositionDiffers, PositionsCompared
from gateway.orders.inquiry import QUIET_NS
from gateway.positions.breaks import Break, Theirs, Tolerance
from gateway.positions.comparing import breaks_of
from gateway.positions.inquiry import AT_ONCE, Asked
from gateway.setup import Broker
from gateway.translate.positions import PositionAnswer, position_request
from sessions.message import Message

TOLERANCE: Final = Tolerance()
NAMED_MAX: Final = 5
REPORTS_MAX: Final = 10_000
"""Of one account: more is no answer, and would fill the memory where no total is told."""


def want(broker: Broker) -> None:
    """Begin once its orders are known."""
    broker.positions.wanted = bool(broker.position_accounts)


def go_on(decision: Decision, broker: Broker) -> None:
    """Ask for what is due, and give up what stays without an answer."""
    inquiry = broker.positions
    if inquiry.wanted and not broker.inquiry.is_open:
        inquiry.begin(broker.position_accounts)
    for request_id, asked in list(inquiry.on_the_way.items()):
        if asked.until_ns <= decision.now:
            del inquiry.on_the_way[request_id]
            if asked.total is None and (asked.rows or asked.acknowledged):
                _end(decision, broker, asked)  # it does not say how many there are
            else:
                _tell(decision, broker, asked, "was not answered in time")
    for account, due_ns in list(inquiry.again.items()):
        if due_ns <= decision.now:
            del inquiry.again[account]
            inquiry.to_ask.append(account)
    while inquiry.to_ask and len(inquiry.on_the_way) < AT_ONCE:
        _ask(decision, broker, inquiry.to_ask.pop())


def _ask(decision: Decision, broker: Broker, account: str) -> None:
    inquiry = broker.positions
    inquiry.count += 1
    request_id = f"P-{decision.now}-{inquiry.count}"
    inquiry.on_the_way[request_id] = Asked(account, decision.now + QUIET_NS)
    date = decision.state.positions.today(decision.now)
    body = position_request(request_id, account, date, decision.now)
    decision.send(broker.link, "AN", body, 0)


def answer(decision: Decision, broker: Broker, message: Message) -> None:
    """A RequestForPositionsAck(AO) or PositionReport(AP) came."""
    said = PositionAnswer(message)
    asked = broker.positions.on_the_way.get(said.request_id)
    if asked is None:
        text = f"{message.msg_type} with PosReqID(710)={said.request_id} answers no question"
        decision.impossible(broker.name, f"broker {broker.name}: {text}")
        return
    asked.until_ns = decision.now + QUIET_NS
    asked.acknowledged = True
    asked.total = said.total if said.total is not None else asked.total
    if said.is_report:
        _take(asked, said)
    asked.problem = asked.problem or said.problem
    refused = bool(said.problem) and not said.is_report
    if refused or (asked.total is not None and asked.reports >= asked.total):
        del broker.positions.on_the_way[said.request_id]
        _end(decision, broker, asked)
        go_on(decision, broker)


def _take(asked: Asked, said: PositionAnswer) -> None:
    asked.reports += 1
    if asked.reports > REPORTS_MAX:
        asked.rows.clear()
        asked.problem = f"more than {REPORTS_MAX} reports came"
        return
    if said.account != asked.account:
        asked.problem = f"a report is of Account(1)={said.account}"
        return
    for row in asked.rows:  # long and short, or the parts of strategies, may come apart
        if row.symbol == said.symbol and row.currency == said.currency:
            row.quantity += said.quantity
            return
    row = Theirs(
        account=said.account, symbol=said.symbol, quantity=said.quantity, currency=said.currency
    )
    asked.rows.append(row)


def refused(decision: Decision, broker: Broker, message: Message, text: str) -> None:
    """A Reject(3) or BusinessMessageReject(j) of the question."""
    asked = broker.positions.on_the_way.pop(message.fields.get("710", ""), None)
    if asked is not None:
        _tell(decision, broker, asked, f"was refused: {text}")
    go_on(decision, broker)


def _tell(decision: Decision, broker: Broker, asked: Asked, what: str) -> None:
    decision.alarm(
        f"broker {broker.name}: a RequestForPositions(AN) for account {asked.account} {what}:"
        " its positions are not compared"
    )


def _end(decision: Decision, broker: Broker, asked: Asked) -> None:
    """All was told of an account, or there is no more to come."""
    if asked.problem:
        _tell(decision, broker, asked, f"got no answer of use, {asked.problem}")
        return
    inquiry, account = broker.positions, asked.account
    compared = list(breaks_of(decision, asked.rows, (account,), TOLERANCE))
    found = [one for one in compared if one is not None]
    if found and account not in inquiry.differed:
        inquiry.differed.add(account)
        inquiry.again[account] = decision.now + QUIET_NS
        return
    told = PositionsCompared(broker.name, account, decision.now, len(compared), len(found))
    decision.emit(0, told)
    for one in found:
        decision.emit(0, _differs(broker, one))
    if found:
        named = ", ".join(f"{one.symbol} {one.kind}" for one in found[:NAMED_MAX])
        more = "" if len(found) <= NAMED_MAX else f" and {len(found) - NAMED_MAX} more"
        text = f"of account {account} differ from ours: {named}{more}"
        decision.alarm(
            f"broker {broker.name}: {len(found)} position(s) {text}; `fixgate positions breaks`"
        )


def _differs(broker: Broker, one: Break) -> PositionDiffers:
    return PositionDiffers(
        broker.name,
        one.account,
        one.symbol,
        one.currency,
        one.kind,
        one.quantity,
        one.average_price,
        one.broker_quantity,
    )
