"""Plain values to FIX message bodies, in the dialect of the counterparty.

A body starts after the standard header: "11=..|55=..|" with SOH after every field. MsgType(35)
is given beside it.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from gateway.orders.cash import CASH_ORDER_QTY
from gateway.orders.extras import field_of
from gateway.orders.order import ZERO, Order
from gateway.orders.order_parts import Request, Terms
from gateway.orders.order_types import AT_CLOSE, PLAIN
from gateway.refusals import Refusal
from gateway.translate import at_broker
from gateway.translate.dialects import Dialect
from gateway.translate.inbound import BrokerReport, OrderTerms
from gateway.translate.passing import Groups, Passing
from sessions.message import Message
from sessions.values import format_decimal, format_utc_timestamp

# Client tags that reports repeat, because they say which instrument is meant.
_INSTRUMENT: Final = "22 48 65 106 107 167 200 201 202 205 207 461 541"
INSTRUMENT_TAGS: Final = frozenset(_INSTRUMENT.split(" "))
# Currency(15) is no field of cancels, nor are those that say what kind of order it is;
# CashOrderQty(152) stands in for OrderQty(38).
_KIND_TAGS: Final = "15 18 111 126 152 211 432 1094 1138"
ECHOED: Final = Passing(INSTRUMENT_TAGS | frozenset(_KIND_TAGS.split(" ")), Groups())
AVG_PX_DECIMALS: Final = 8
AVG_PX_STEP: Final = Decimal("1E-8")
NO_EXECUTION: Final = ""
NO_ID: Final = "NONE"  # of an order that was given by voice
OTHER_RESTATEMENT: Final = "99"  # ExecRestatementReason(378) of FIX.4.4
ECHOES_MAX: Final = 1024


def execution_report(
    dialect: Dialect,
    order: Order,
    exec_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    exec_id: str,
    now: int,
    detail: str = NO_EXECUTION,
    text: str = "",
) -> str:
    """The body of an ExecutionReport(8) on an order as it now stands. `exec_type` is FIX.4.4's;
    `detail` holds further fields (32, 31, 19, 103, 378).
    """
    status = order.ord_status
    if exec_type == "0" and status == "6":
        status = "0"  # B.1.d: an acceptance inside a pending cancel prints New
    terms = order.terms
    cum_qty = order.cum_qty
    if dialect.exec_trans_type:
        status = _with_replaced(dialect, order, status)
        kind = _kind_with_trans_type(order, exec_type, status)
    else:
        kind = f"150={exec_type}\x01"
    chain = f"11={cl_ord_id}\x01" if cl_ord_id else ""
    if orig_cl_ord_id:
        chain += f"41={orig_cl_ord_id}\x01"
    account = f"1={order.account}\x01" if order.account else ""
    executed = "14=0\x016=0\x01"
    if cum_qty:
        executed = f"14={format_decimal(cum_qty)}\x016={average_text(order.avg_px)}\x01"
    if order.before_qty is not None:
        executed += _of_the_day(order, order.before_qty)
    tail = _echo(dialect, order.extra) if order.extra else ""
    if order.list_id:
        tail += f"66={order.list_id}\x01"
    if text:
        tail += f"58={text}\x01"
    body = (
        f"{order.way_back}37={order.order_id}\x01{chain}17={exec_id}\x01{kind}39={status}\x01"
        f"{account}55={order.symbol}\x0154={order.side}\x01{terms.text or _terms(terms)}{detail}"
        f"151={format_decimal(order.leaves_qty)}\x01{executed}"
        f"60={format_utc_timestamp(now, 3)}\x01{tail}"
    )
    return body if dialect.fits is None else _fitted(dialect, "8", body)


def _of_the_day(order: Order, before_qty: Decimal) -> str:
    """DayOrderQty(424), DayCumQty(425) and DayAvgPx(426) of an order that has outlived a business
    date (FIX 4.4 Vol. 4, Execution Report: "GT orders").
    """
    day_cum_qty = order.cum_qty - before_qty
    average = "0"
    if day_cum_qty:
        average = average_text((order.notional - order.before_notional) / day_cum_qty)
    day_order_qty = format_decimal(order.terms.order_qty - before_qty)
    return f"424={day_order_qty}\x01425={format_decimal(day_cum_qty)}\x01426={average}\x01"


def trade_date(date: int) -> str:
    """TradeDate(75) as a field, where business dates are kept."""
    return f"75={date}\x01" if date else ""


def _fitted(dialect: Dialect, msg_type: str, body: str) -> str:
    """The body as versions before FIX.4.2 have it."""
    assert dialect.fits is not None, f"{dialect.version} needs no fitting"
    return dialect.fits[msg_type].fitted(body)


def _with_replaced(dialect: Dialect, order: Order, status: str) -> str:
    """OrdStatus(39); versions that have "Replaced" say so of an order that is new but for that."""
    return "5" if status == "0" and order.replaced and dialect.replaced_status else status


def _field(tag: str, value: str) -> str:
    return f"{tag}={value}\x01" if value else ""


def _kind_with_trans_type(order: Order, exec_type: str, status: str) -> str:
    """ExecTransType(20) and ExecType(150) of FIX.4.2 for an ExecType of FIX.4.4."""
    filled = "2" if order.filled else ("1" if order.cum_qty else "0")
    if exec_type == "F":
        return f"20=0\x01150={filled}\x01"
    if exec_type == "H":
        return f"20=1\x01150={filled}\x01"
    if exec_type == "G":
        return f"20=2\x01150={filled}\x01"
    if exec_type == "I":
        return f"20=3\x01150={status}\x01"
    return f"20=0\x01150={exec_type}\x01"


def average_text(value: Decimal) -> str:
    """A price of at most 8 decimals without trailing zeros."""
    text = format_decimal(value)
    if "." not in text:
        return text
    if len(text) - text.index(".") > AVG_PX_DECIMALS + 1:
        text = format_decimal(value.quantize(AVG_PX_STEP))
    return text.rstrip("0").rstrip(".")


def _echo(dialect: Dialect, extra: str) -> str:
    """The fields among a client's other tags that reports repeat; clients send few different."""
    echoes = dialect.echoes
    echo = echoes.get(extra)
    if echo is None:
        echo = ECHOED.chosen(extra)
        if dialect.accounts is not None:
            echo += dialect.accounts.told(extra)
        if len(echoes) >= ECHOES_MAX:
            echoes.clear()
        echoes[extra] = echo
    return echo


def ord_rej_reason(dialect: Dialect, reason: int) -> str:
    """OrdRejReason(103) as a field, with a value that the version has."""
    return f"103={dialect.ord_rej_reasons.get(reason, reason)}\x01"


def restatement_reason(dialect: Dialect, reason: str) -> str:
    """ExecRestatementReason(378) as a field, with a value that the version has."""
    known = dialect.restatements
    return f"378={reason if reason in known else known[-1]}\x01"


def refused_order(
    dialect: Dialect, terms: OrderTerms, order_id: str, exec_id: str, refusal: Refusal, now: int
) -> str:
    """ExecutionReport(8) for an order that never became one."""
    trans_type = "20=0\x01" if dialect.exec_trans_type else ""
    quantity = _field("38", terms.order_qty) if terms.quantity else ""
    if not terms.order_qty:
        quantity = _field(CASH_ORDER_QTY, field_of(terms.extra, CASH_ORDER_QTY))
    body = (
        f"37={order_id}\x0111={terms.cl_ord_id}\x0117={exec_id}\x01{trans_type}150=8\x01"
        f"39=8\x01{_field('1', terms.account)}{_field('55', terms.symbol)}54={terms.side}\x01"
        f"{_field('66', terms.list_id)}{quantity}40={terms.ord_type}\x01{_field('44', terms.price)}"
        f"{_field('99', terms.stop_px)}151=0\x0114=0\x016=0\x01"
        f"{ord_rej_reason(dialect, refusal.ord_rej_reason)}"
        f"60={format_utc_timestamp(now, 3)}\x0158={refusal.text}\x01"
    )
    return body if dialect.fits is None else _fitted(dialect, "8", body)


def held_mark(dialect: Dialect, order: Order) -> str:
    """WorkingIndicator(636)=N as a field for an order held here, where the version has it."""
    return "636=N\x01" if order.held is not None and dialect.working_indicator else ""


def unknown_order_status(dialect: Dialect, message: Message, now: int) -> str:
    """The answer to an OrderStatusRequest(H) for an order that this client does not have."""
    get = message.fields.get
    kind = "20=3\x01150=8\x01" if dialect.exec_trans_type else "150=I\x01"
    body = (
        f"37=NONE\x01{_field('11', get('11', ''))}17=0\x01{kind}39=8\x01"
        f"{_field('55', get('55', ''))}54={get('54', '')}\x0138=0\x01151=0\x0114=0\x016=0\x01"
        f"{ord_rej_reason(dialect, 5)}60={format_utc_timestamp(now, 3)}\x01"
        f"58=UNKNOWN_ORDER\x01"
    )
    return body if dialect.fits is None else _fitted(dialect, "8", body)


def cancel_reject(
    dialect: Dialect,
    order: Order | None,
    msg_type: str,
    cl_ord_id: str,
    orig_cl_ord_id: str,
    reason: int,
    text: str,
    now: int,
) -> str:
    """OrderCancelReject(9) to a cancel ("F") or replace ("G"); without an order: unknown."""
    way_back = order.way_back if order is not None else ""
    order_id = order.order_id if order is not None else "NONE"
    status = _with_replaced(dialect, order, order.ord_status) if order is not None else "8"
    account = order.account if order is not None else ""
    list_id = order.list_id if order is not None else ""
    response_to = "1" if msg_type == "F" else "2"
    body = (
        f"{way_back}37={order_id}\x0111={cl_ord_id}\x01{_field('41', orig_cl_ord_id)}"
        f"39={status}\x01{_field('66', list_id)}{_field('1', account)}"
        f"60={format_utc_timestamp(now, 3)}\x01434={response_to}\x01"
        f"102={dialect.cxl_rej_reasons.get(reason, reason)}\x01{_field('58', text)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "9", body)


def business_reject(
    dialect: Dialect, message: Message, reason: int, ref_id: str, text: str
) -> tuple[str, str]:
    """MsgType(35) and body of a BusinessMessageReject(j): the syntax is right, but it cannot be
    served. Versions before FIX.4.2 have none: a Reject(3) says so in its text.
    """
    ref_seq = f"45={message.fields.get('34', '0')}\x01"
    if dialect.fits is not None:
        return "3", ref_seq + _field("58", text)
    version = message.fields.get("1128", "") if dialect.names_version else ""
    return "j", (
        f"{ref_seq}372={message.msg_type}\x01{_field('1130', version)}"
        f"{_field('379', ref_id)}380={reason}\x01{_field('58', text)}"
    )


# --- towards brokers --------------------------------------------------------------------------


def new_order(dialect: Dialect, order: Order, passing: Passing | None, now: int) -> str:
    """NewOrderSingle(D) for a broker."""
    body = (
        f"11={order.broker_cl_ord_id}\x01{_field('1', order.account)}"
        f"{_hand_inst(dialect, order.extra, passing)}55={order.symbol}\x0154={order.side}\x01"
        f"60={format_utc_timestamp(now, 3)}\x01"
        f"{_terms_and_others(dialect, order, order.terms, order.extra, passing, _slice_qty(order))}"
    )
    return body if dialect.fits is None else _fitted(dialect, "D", body)


def replace_order(
    dialect: Dialect,
    order: Order,
    request: Request,
    orig_cl_ord_id: str,
    passing: Passing | None,
    now: int,
) -> str:
    """OrderCancelReplaceRequest(G) for a broker."""
    terms = request.terms
    assert terms is not None, f"{order!r}: a replace without terms"
    body = (
        f"{_field('37', order.broker_order_id)}41={orig_cl_ord_id}\x01"
        f"11={request.broker_cl_ord_id}\x01{_field('1', order.account)}"
        f"{_hand_inst(dialect, request.extra, passing)}55={order.symbol}\x01"
        f"54={order.side}\x0160={format_utc_timestamp(now, 3)}\x01"
        f"{_terms_and_others(dialect, order, terms, request.extra, passing, request.slice_qty)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "G", body)


def cancel_order(
    dialect: Dialect, order: Order, request: Request, orig_cl_ord_id: str, now: int
) -> str:
    """OrderCancelRequest(F) for a broker."""
    body = (
        f"41={orig_cl_ord_id or NO_ID}\x01{_field('37', order.broker_order_id)}"
        f"11={request.broker_cl_ord_id}\x01{_field('1', order.account)}55={order.symbol}\x01"
        f"54={order.side}\x0160={format_utc_timestamp(now, 3)}\x01"
        f"{_quantity(order)}{_instrument(dialect, order.extra)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "F", body)


def _quantity(order: Order) -> str:
    """OrderQty(38), or the amount of an order in money whose quantity is not known yet."""
    if order.slice is not None:
        return f"38={format_decimal(order.slice.order_qty)}\x01"
    if order.terms.order_qty:
        return f"38={format_decimal(order.terms.order_qty)}\x01"
    return f"152={field_of(order.extra, CASH_ORDER_QTY)}\x01"


def status_request(dialect: Dialect, order: Order) -> str:
    """OrderStatusRequest(H) for a broker."""
    body = (
        f"{_field('37', order.broker_order_id)}11={order.broker_cl_ord_id or NO_ID}\x01"
        f"{_field('1', order.account)}55={order.symbol}\x0154={order.side}\x01"
        f"{_instrument(dialect, order.extra)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "H", body)


def dont_know_trade(said: BrokerReport, reason: str, text: str) -> str:
    """DontKnowTrade(Q) about a broker's execution, by DKReason(127)."""
    exec_id = said.exec_id.removeprefix(said.prefix)
    return (
        f"37={said.broker_order_id}\x0117={exec_id}\x01127={reason}\x0155={said.symbol}\x01"
        f"54={said.side}\x01{_field('38', said.order_qty or said.last_qty)}"
        f"{_field('32', said.last_qty)}{_field('31', said.last_px)}58={text}\x01"
    )


def mass_status_request(request_id: str) -> str:
    """OrderMassStatusRequest(AF) for all orders that a broker has of ours."""
    return f"584={request_id}\x01585=7\x01"


def _instrument(dialect: Dialect, extra: str) -> str:
    """The client's fields that say which instrument is meant, as far as the version has them."""
    return _instrument_fields(dialect.lacks).chosen(extra) if extra else ""


@lru_cache(maxsize=64)
def _instrument_fields(lacks: frozenset[str]) -> Passing:
    return Passing(INSTRUMENT_TAGS - lacks, Groups())


def _terms(terms: Terms) -> str:
    """What each message on an order says of its terms: kept with them as their text."""
    quantity = f"38={format_decimal(terms.order_qty)}\x01" if terms.order_qty else ""
    terms.text = (
        f"{quantity}40={terms.ord_type}\x01"
        f"{_field('44', terms.price)}{_field('99', terms.stop_px)}59={terms.time_in_force}\x01"
    )
    return terms.text


def _slice_qty(order: Order) -> Decimal:
    return order.slice.order_qty if order.slice is not None else ZERO


def _terms_and_others(
    dialect: Dialect,
    order: Order,
    terms: Terms,
    extra: str,
    passing: Passing | None,
    slice_qty: Decimal,
) -> str:
    """What a broker is told of its terms, and the client's other fields that go on."""
    if (
        terms.ord_type in PLAIN
        and terms.time_in_force != AT_CLOSE
        and not order.sent_as
        and not order.time_sent_as
        and order.slice is None
    ):
        text = terms.text or _terms(terms)
        if extra:
            text += at_broker.others(dialect, extra, passing)
    else:
        text = at_broker.terms_text(dialect, order, terms, slice_qty)
        text += at_broker.extra_text(dialect, order, terms, extra, passing)
    if not dialect.display_qty and at_broker.DISPLAY_QTY in text:
        return at_broker.max_floor(text)
    return text


def _hand_inst(dialect: Dialect, extra: str, passing: Passing | None) -> str:
    """HandlInst(21)=1 (automated, private) where the version requires it and none is passed."""
    if not dialect.hand_inst_required:
        return ""
    passes = passing is None or "21" in passing
    if passes and ("\x01" + extra).find("\x0121=") >= 0:
        return ""
    return "21=1\x01"
