"""OrderMassCancelRequest(q) by which a client's session that may do so halts a scope.

It is one for all orders, MassCancelRequestType(530)=7, whose Text(58) begins with HALT and names
the scope, the level and the reason. Nobody resumes trading so: that is operators' business.
"""

import re
from typing import Final

from gateway.decision import Decision
from gateway.events import MassCancelEntered
from gateway.orders import mass
from gateway.orders.lengths import id_too_long
from gateway.orders.scopes import is_in_scope
from gateway.refusal_codes import Code
from gateway.refusals import Refusal
from gateway.risk.levels import ACTIVE, LEVELS
from gateway.risk.scopes import KINDS
from gateway.setup import Client
from gateway.translate import mass as written
from sessions.message import Message
from sessions.values import fix_text

BEGINS: Final = "HALT "
SCOPE_MAX: Final = 100
WHY_MAX: Final = 500
LATCHES_MAX: Final = 100
_FORM: Final = re.compile(r"HALT scope=(?P<scope>.+?) level=(?P<level>[a-z-]+) reason=(?P<why>.+)")


class Asked:
    """A halt that a client may have."""

    __slots__ = ("level", "scope", "who", "why")

    def __init__(self, scope: str, level: str, who: str, why: str) -> None:
        self.scope = scope
        self.level = level
        self.who = who
        self.why = why


def is_one(client: Client, message: Message) -> bool:
    """Whether a message asks for a halt."""
    is_mass_cancel = message.msg_type == "q" and client.dialect.mass_requests
    return is_mass_cancel and message.fields.get("58", "").startswith(BEGINS)


def read(decision: Decision, client: Client, message: Message) -> Asked | None:
    """What it asks for; None if it is refused, which its client is told."""
    cl_ord_id = message.fields.get("11", "")
    refusal = id_too_long(client, "ClOrdID(11)", cl_ord_id) or mass.missing(message, "11")
    if refusal is not None:
        mass.answer_refused(decision, client, message, written.OTHER, refusal)
        return None
    found = _FORM.fullmatch(message.fields["58"])
    scope = found["scope"] if found is not None else ""
    level = found["level"] if found is not None else ""
    if decision.state.book.is_used(client.link, cl_ord_id):
        refusal = Refusal(Code.DUPLICATE_CL_ORD_ID, f"cl_ord_id={cl_ord_id}")
    elif message.fields.get("530") != mass.ALL or "55" in message.fields or "54" in message.fields:
        refusal = Refusal(Code.SCOPE_UNSUPPORTED, "tag=530 value=7")
    elif found is None or level not in LEVELS or level == ACTIVE:
        refusal = Refusal(Code.HALT_INVALID)
    elif not _is_there(decision, scope):
        refusal = Refusal(Code.HALT_INVALID, f"scope={scope[:SCOPE_MAX]}")
    elif not client.halt_scopes & {"firm", scope}:
        refusal = Refusal(Code.HALT_NOT_ALLOWED, f"client={client.name} scope={scope}")
    else:
        refusal = _too_many(decision, scope)
    changes = refusal is None and _is_stricter(decision, scope, level)
    if not changes and mass.is_too_fast(decision, client, message):
        return None
    if refusal is not None or found is None:
        assert refusal is not None, f"ClOrdID(11) {cl_ord_id}: refused without a reason"
        mass.refuse(decision, client, message, cl_ord_id, refusal)
        return None
    return Asked(scope, level, f"session {client.name}", found["why"][:WHY_MAX])


def _is_stricter(decision: Decision, scope: str, level: str) -> bool:
    """Whether it is not in force already, or a stricter one: then it is never too fast."""
    latch = decision.state.levels.by_scope.get(scope)
    return latch is None or latch.rank < LEVELS.index(level)


def _too_many(decision: Decision, scope: str) -> Refusal | None:
    """Only so many scopes are latched by sessions: each is kept until an operator resumes it."""
    held = decision.state.levels.by_scope
    if scope not in held and len(held) >= LATCHES_MAX:
        return Refusal(Code.HALT_INVALID, f"halts={len(held)} max={LATCHES_MAX}")
    return None


def _is_there(decision: Decision, scope: str) -> bool:
    """Whether there is such a kind, and such a broker, client or session."""
    kind, _, name = scope.partition(":")
    setup = decision.setup
    if kind == "broker":
        return name in setup.brokers
    if kind in ("client", "session"):
        found = [setup.limits.scopes_of(c.name, "", "", "", "") for c in setup.clients.values()]
        return any(scope in scopes for scopes in found)
    return scope == "firm" or (kind in KINDS[1:] and bool(name))


def enter(decision: Decision, client: Client, message: Message, asked: Asked) -> None:
    """Keep that it was asked, and answer with how many orders it concerns."""
    setup, state = decision.setup, decision.state
    opened = state.book.open
    orders = [order for order in opened.values() if not order.is_whole]  # but its parts
    count = len(orders)
    if asked.scope != "firm":
        count = sum(is_in_scope(setup, state, order, asked.scope) for order in orders)
    event = MassCancelEntered(
        client.link, message.fields["11"], message.fields["530"], "", "", count
    )
    decision.emit(0, event)
    level = state.levels.stricter(asked.scope, asked.level)
    text = fix_text(f"{asked.scope} is {level}")
    report_id = mass.report_id_of(decision, message)
    body = written.halt_report(client.dialect, message, report_id, count, text, decision.now)
    decision.send(client.link, "r", body, 0)
