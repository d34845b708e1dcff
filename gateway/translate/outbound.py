"""Plain values to FIX message bodies, in the dialect of the counterparty.

A body starts after the standard header: "11=..|55=..|" with SOH after every field. MsgType(35)
is given beside it.
"""

from decimal import Decimal
from functools import lru_cache
from typing import Final

from gateway.orders.order import Order, Request, Terms
from gateway.refusals import Refusal
from gateway.translate.dialects import Dialect
from gateway.translate.inbound import OrderTerms
from gateway.translate.passing import Groups, Passing, passed
from sessions.message import Message
from sessions.values import format_decimal, format_utc_timestamp

# Client tags that reports repeat, because they say which instrument is meant.
_INSTRUMENT: Final = "22 48 65 106 107 167 200 201 202 205 207 461 541"
INSTRUMENT_TAGS: Final = frozenset(_INSTRUMENT.split(" "))
# Currency(15) is no field of cancels.
ECHOED: Final = Passing(INSTRUMENT_TAGS | {"15"}, Groups())
AVG_PX_DECIMALS: Final = 8
AVG_PX_STEP: Final = Decimal("1E-8")
NO_EXECUTION: Final = ""
ECHOES_MAX: Final = 1024
_echoes: Final[dict[str, str]] = {}


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
        kind = _kind_with_trans_type(order, exec_type, status)
        if status == "0" and order.replaced and dialect.replaced_status:
            status = "5"
    else:
        kind = f"150={exec_type}\x01"
    chain = f"11={cl_ord_id}\x01" if cl_ord_id else ""
    if orig_cl_ord_id:
        chain += f"41={orig_cl_ord_id}\x01"
    account = f"1={order.account}\x01" if order.account else ""
    executed = "14=0\x016=0\x01"
    if cum_qty:
        executed = f"14={format_decimal(cum_qty)}\x016={average_text(order.avg_px)}\x01"
    tail = _echo(order.extra)
    if text:
        tail += f"58={text}\x01"
    body = (
        f"37={order.order_id}\x01{chain}17={exec_id}\x01{kind}39={status}\x01"
        f"{account}55={order.symbol}\x0154={order.side}\x01{_terms(terms)}{detail}"
        f"151={format_decimal(order.leaves_qty)}\x01{executed}"
        f"60={format_utc_timestamp(now, 3)}\x01{tail}"
    )
    return body if dialect.fits is None else _fitted(dialect, "8", body)


def _fitted(dialect: Dialect, msg_type: str, body: str) -> str:
    """The body as versions before FIX.4.2 have it."""
    assert dialect.fits is not None, f"{dialect.version} needs no fitting"
    return dialect.fits[msg_type].fitted(body)


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


def _echo(extra: str) -> str:
    """The fields among a client's other tags that reports repeat; clients send few different."""
    if not extra:
        return ""
    echo = _echoes.get(extra)
    if echo is None:
        echo = ECHOED.chosen(extra)
        if len(_echoes) >= ECHOES_MAX:
            _echoes.clear()
        _echoes[extra] = echo
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
    quantity = f"38={terms.order_qty}\x01" if terms.quantity else ""
    body = (
        f"37={order_id}\x0111={terms.cl_ord_id}\x0117={exec_id}\x01{trans_type}150=8\x01"
        f"39=8\x01{_field('1', terms.account)}{_field('55', terms.symbol)}54={terms.side}\x01"
        f"{quantity}40={terms.ord_type}\x01{_field('44', terms.price)}"
        f"{_field('99', terms.stop_px)}151=0\x0114=0\x016=0\x01"
        f"{ord_rej_reason(dialect, refusal.ord_rej_reason)}"
        f"60={format_utc_timestamp(now, 3)}\x0158={refusal.text}\x01"
    )
    return body if dialect.fits is None else _fitted(dialect, "8", body)


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
    order_id = order.order_id if order is not None else "NONE"
    status = order.ord_status if order is not None else "8"
    account = order.account if order is not None else ""
    response_to = "1" if msg_type == "F" else "2"
    body = (
        f"37={order_id}\x0111={cl_ord_id}\x01{_field('41', orig_cl_ord_id)}39={status}\x01"
        f"{_field('1', account)}60={format_utc_timestamp(now, 3)}\x01434={response_to}\x01"
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
        f"60={format_utc_timestamp(now, 3)}\x01{_terms(order.terms)}"
        f"{passed(order.extra, passing)}"
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
        f"54={order.side}\x0160={format_utc_timestamp(now, 3)}\x01{_terms(terms)}"
        f"{passed(request.extra, passing)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "G", body)


def cancel_order(
    dialect: Dialect, order: Order, request: Request, orig_cl_ord_id: str, now: int
) -> str:
    """OrderCancelRequest(F) for a broker."""
    body = (
        f"41={orig_cl_ord_id}\x01{_field('37', order.broker_order_id)}"
        f"11={request.broker_cl_ord_id}\x01{_field('1', order.account)}55={order.symbol}\x01"
        f"54={order.side}\x0160={format_utc_timestamp(now, 3)}\x01"
        f"38={format_decimal(order.terms.order_qty)}\x01{_instrument(dialect, order.extra)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "F", body)


def status_request(dialect: Dialect, order: Order) -> str:
    """OrderStatusRequest(H) for a broker."""
    body = (
        f"{_field('37', order.broker_order_id)}11={order.broker_cl_ord_id}\x01"
        f"{_field('1', order.account)}55={order.symbol}\x0154={order.side}\x01"
        f"{_instrument(dialect, order.extra)}"
    )
    return body if dialect.fits is None else _fitted(dialect, "H", body)


def _instrument(dialect: Dialect, extra: str) -> str:
    """The client's fields that say which instrument is meant, as far as the version has them."""
    return _instrument_fields(dialect.lacks).chosen(extra) if extra else ""


@lru_cache(maxsize=64)
def _instrument_fields(lacks: frozenset[str]) -> Passing:
    return Passing(INSTRUMENT_TAGS - lacks, Groups())


def _terms(terms: Terms) -> str:
    """What each message on an order says of its terms."""
    if not terms.text:
        terms.text = (
            f"38={format_decimal(terms.order_qty)}\x0140={terms.ord_type}\x01"
            f"{_field('44', terms.price)}{_field('99', terms.stop_px)}59={terms.time_in_force}\x01"
        )
    return terms.text


def _hand_inst(dialect: Dialect, extra: str, passing: Passing | None) -> str:
    """HandlInst(21)=1 (automated, private) where the version requires it and none is passed."""
    if not dialect.hand_inst_required:
        return ""
    passes = passing is None or "21" in passing
    if passes and ("\x01" + extra).find("\x0121=") >= 0:
        return ""
    return "21=1\x01"
