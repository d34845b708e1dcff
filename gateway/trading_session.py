"""TradingSessionStatusRequest(g): whether a client may trade now, and on wish each change of it.

What refuses all orders of the firm, the client or its session counts, and what closes that; not a
level of an account or a symbol, which is a matter of single orders. A subscription outlives
connections and restarts.
"""

from typing import Final

from gateway.decision import Decision
from gateway.events import TradingStatusSubscribed
from gateway.orders.lengths import id_too_long
from gateway.orders.mass import missing
from gateway.orders.requests import refuse_request, too_fast, unsupported
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.setup import Client
from gateway.translate import trading_session as told
from sessions.message import Message

# SubscriptionRequestType(263)
SNAPSHOT: Final = "0"
SUBSCRIBE: Final = "1"
UNSUBSCRIBE: Final = "2"
KINDS: Final = (SNAPSHOT, SUBSCRIBE, UNSUBSCRIBE)
UNKNOWN_ID: Final = 1  # BusinessRejectReason(380)
STOPPING: Final = Code.GATEWAY_STOPPING


def request(decision: Decision, client: Client, message: Message) -> None:
    """Handle one TradingSessionStatusRequest(g)."""
    if client.dialect.fits is not None:
        unsupported(decision, client, message)
        return
    fields = message.fields
    request_id, kind = fields.get("335", ""), fields.get("263", "")
    refusal = (
        id_too_long(client, "TradSesReqID(335)", request_id)
        or too_fast(decision, client)
        or missing(message, "335")
    )
    if refusal is None and kind not in KINDS:
        refusal = Refusal(Code.FIELD_INVALID, f"tag=263 value={kind}")
    if refusal is not None:
        refuse_request(decision, client, message, refusal, request_id)
    elif fields.get("336", told.DAY) != told.DAY:
        _refuse_session(decision, client, message)
    else:
        _subscribe(decision, client, request_id, kind)
        if kind != UNSUBSCRIBE:
            _send(decision, client, request_id, unsolicited=False)


def _subscribe(decision: Decision, client: Client, request_id: str, kind: str) -> None:
    """One subscription a client: another one takes its place."""
    held = decision.state.subscriptions.get(client.link, "")
    wanted = {SNAPSHOT: held, SUBSCRIBE: request_id, UNSUBSCRIBE: ""}[kind]
    if wanted != held:
        decision.emit(0, TradingStatusSubscribed(client.link, wanted))


def _refuse_session(decision: Decision, client: Client, message: Message) -> None:
    request_id, session_id = message.fields["335"], message.fields["336"]
    body = told.unknown_session(client.dialect, request_id, session_id)
    if body:
        decision.send(client.link, "h", body, 0)
    else:
        refusal = Refusal(Code.FIELD_INVALID, f"tag=336 value={session_id} known={told.DAY}")
        refuse_request(decision, client, message, refusal, request_id, UNKNOWN_ID)


def tell_changes(decision: Decision, before: frozenset[str]) -> None:
    """Levels changed since `before`, the scopes that refused orders: tell subscribers to whom it
    makes a difference.
    """
    for link, request_id in decision.state.subscriptions.items():
        client = decision.client(link)
        if client is not None and _status(decision, client, before) != _now(decision, client):
            _send(decision, client, request_id, unsolicited=True)


def _send(decision: Decision, client: Client, request_id: str, *, unsolicited: bool) -> None:
    moment = client.schedule.at(decision.now) if client.schedule is not None else None
    now_is = _now(decision, client)
    body = told.status(request_id, now_is, moment, unsolicited=unsolicited)
    decision.send(client.link, "h", body, 0)


def _now(decision: Decision, client: Client) -> str:
    return _status(decision, client, decision.state.levels.refusing)


def _status(decision: Decision, client: Client, refusing: frozenset[str]) -> str:
    """TradSesStatus(340) of a client while these scopes refuse orders."""
    schedule = client.schedule
    is_open = schedule is None or schedule.at(decision.now).is_open
    if decision.refuse_new == STOPPING or not is_open:
        return told.CLOSED
    if decision.refuse_new or not refusing.isdisjoint(_scopes(decision, client)):
        return told.HALTED
    return told.OPEN


def _scopes(decision: Decision, client: Client) -> tuple[str, ...]:
    shared = decision.setup.limits.client_scopes(client.name)
    return ("firm", *client.scopes, *shared, *client.session_scopes)
