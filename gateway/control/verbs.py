"""Who may do what: every path of the control API, as the verb of a command, with its roles.

The table is complete: a path that is not in it stops the start, and tests walk all paths and all
commands. `second_person` says which verbs are not done at once but stored as a proposal, until
somebody else who may do them approves it:

- NEVER: what must not wait (a halt, a cancel), only reads, or takes what no proposal can hold;
- CONFIGURABLE: if `[control] second_person` names it;
- ALWAYS: also if nobody has configured anything.

To add a verb that always needs two people: one path in the API as any other (a POST whose handler
takes nothing but `desk`, `who`, `ask` and names in the path), and one line here:

    _verb("limits override", "POST", "/limits/override", DECIDES, ALWAYS),

and one in `LOOKS`. That is all. The handler is called when the second person has approved, with the
arguments of the request as they were, and `who` "REQUESTER, approved by APPROVER". See
`gateway.approval_desk`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

VIEWER: Final = "viewer"
TRADER: Final = "trader"
RISK: Final = "risk"
ADMINISTRATOR: Final = "administrator"
ROLES: Final[dict[str, str]] = {
    VIEWER: "reads everything, changes nothing",
    TRADER: "cancels and settles orders, deals with orphans, halts",
    RISK: "halts and resumes, changes and overrides limits, states prices and positions",
    ADMINISTRATOR: "sessions, configuration, business date, other operators",
}
"""No ladder: none but `viewer` is part of another, and one operator may have several."""

ANYBODY: Final = frozenset(ROLES)
ACTS: Final = frozenset({TRADER, RISK, ADMINISTRATOR})
TRADES: Final = frozenset({TRADER, RISK})
DECIDES: Final = frozenset({RISK})
ADMINISTERS: Final = frozenset({ADMINISTRATOR})

NEVER: Final = "never"
CONFIGURABLE: Final = "configurable"
ALWAYS: Final = "always"


@dataclass(frozen=True, slots=True)
class Verb:
    """`name` is the command that does it, maybe with an option, `commands` are all that do; `open`
    to whoever reaches the socket, without a token.
    """

    name: str
    method: str
    path: str
    roles: frozenset[str]
    second_person: str
    commands: tuple[str, ...]
    open: bool


def _verb(
    name: str,
    method: str,
    path: str,
    roles: frozenset[str],
    second_person: str = NEVER,
    *,
    also: tuple[str, ...] = (),
    is_command: bool = True,
    is_open: bool = False,
) -> Verb:
    return Verb(
        name=name,
        method=method,
        path=path,
        roles=roles,
        second_person=second_person,
        commands=(name, *also) if is_command else (),
        open=is_open,
    )


VERBS: Final[tuple[Verb, ...]] = (
    _verb("status", "GET", "/status", ANYBODY),
    _verb("health", "GET", "/health", ANYBODY, is_open=True),
    _verb("health", "GET", "/ready", ANYBODY, is_open=True),
    _verb("openapi", "GET", "/openapi.json", ANYBODY, is_command=False),
    _verb("backup", "POST", "/flush", ADMINISTERS),
    _verb("reload", "POST", "/reload", ADMINISTERS),  # the file may change until it is approved
    _verb("sessions list", "GET", "/sessions", ANYBODY, also=("sessions watch",)),
    _verb("sessions show", "GET", "/sessions/{name}", ANYBODY),
    _verb("sessions reset", "POST", "/sessions/{name}/reset", ADMINISTERS, CONFIGURABLE),
    _verb("sessions set-seq", "POST", "/sessions/{name}/numbers", ADMINISTERS, CONFIGURABLE),
    _verb("sessions disconnect", "POST", "/sessions/{name}/disconnect", ADMINISTERS),
    _verb("sessions logout", "POST", "/sessions/{name}/logout", ADMINISTERS),
    _verb("sessions enable", "POST", "/sessions/{name}/enable", ADMINISTERS, CONFIGURABLE),
    _verb("sessions disable", "POST", "/sessions/{name}/disable", ADMINISTERS),
    _verb("orders list", "GET", "/orders", ANYBODY),
    _verb("orders show", "GET", "/orders/{key:path}", ANYBODY),
    _verb("orders cancel", "POST", "/orders/{key:path}/cancel", TRADES),
    _verb("orders settle", "POST", "/orders/{key:path}/settle", TRADES, CONFIGURABLE),
    _verb("orders orphans list", "GET", "/orphans", ANYBODY),
    _verb("orders orphans adopt", "POST", "/orphans/{key}/adopt", TRADES, CONFIGURABLE),
    _verb("orders orphans book", "POST", "/orphans/{key}/book", TRADES, CONFIGURABLE),
    _verb("positions list", "GET", "/positions", ANYBODY, also=("positions show",)),
    _verb("positions import", "POST", "/positions/import", DECIDES),  # too long for a proposal
    _verb("positions adjust", "POST", "/positions/adjust", DECIDES, CONFIGURABLE),
    _verb("positions reconcile", "POST", "/positions/reconcile", ANYBODY),
    _verb("positions breaks", "GET", "/positions/breaks", ANYBODY),
    _verb("positions breaks --ask", "POST", "/positions/ask", TRADES),
    _verb("prices list", "GET", "/prices", ANYBODY),
    _verb("prices set", "POST", "/prices/{symbol:path}", DECIDES, CONFIGURABLE),
    _verb("risk explain", "GET", "/risk/explain/{key:path}", ANYBODY),
    _verb("exposure", "GET", "/exposure", ANYBODY),
    _verb("readings", "GET", "/readings", ANYBODY, is_command=False),
    _verb("risk what-if", "POST", "/risk/what-if", ANYBODY),
    _verb("limits list", "GET", "/limits", ANYBODY, also=("limits show",)),
    _verb("limits history", "GET", "/limits/history", ANYBODY),
    _verb("limits overrides", "GET", "/limits/overrides", ANYBODY),
    _verb("limits set", "POST", "/limits/set", DECIDES, CONFIGURABLE, also=("limits disable",)),
    _verb("limits unset", "POST", "/limits/unset", DECIDES, CONFIGURABLE),
    _verb("limits override", "POST", "/limits/override", DECIDES, ALWAYS),
    _verb("limits permit", "POST", "/limits/permit", DECIDES, ALWAYS),
    _verb("limits revoke", "POST", "/limits/overrides/{number}/revoke", DECIDES),
    _verb("day show", "GET", "/day", ANYBODY),
    _verb("day roll", "POST", "/day/roll", ADMINISTERS, CONFIGURABLE),
    _verb("alarms list", "GET", "/alarms", ANYBODY),
    _verb("alarms acknowledge", "POST", "/alarms/acknowledge", ACTS, also=("alarms ack",)),
    _verb("alarms test", "POST", "/alarms/test", ACTS),
    _verb("breakers list", "GET", "/breakers", ANYBODY),
    _verb("breakers show", "GET", "/breakers/{name}", ANYBODY),
    _verb("breakers trip", "POST", "/breakers/{name}/trip", ACTS),
    _verb("breakers reset", "POST", "/breakers/{name}/reset", DECIDES, CONFIGURABLE),
    _verb("route explain", "GET", "/route/explain/{key:path}", ANYBODY),
    _verb("route what-if", "POST", "/route/what-if", ANYBODY),
    _verb("brokers list", "GET", "/brokers", ANYBODY),
    _verb("brokers show", "GET", "/brokers/{name}", ANYBODY),
    _verb("brokers enable", "POST", "/brokers/{name}/enable", TRADES, CONFIGURABLE),
    _verb("brokers disable", "POST", "/brokers/{name}/disable", TRADES),
    _verb("brokers drain", "POST", "/brokers/{name}/drain", TRADES),
    _verb("halt", "POST", "/halt", ACTS),
    _verb("halt --drill", "POST", "/halt/drill", ACTS),
    _verb("halts", "GET", "/halts", ANYBODY),
    _verb("resume", "POST", "/resume", DECIDES, CONFIGURABLE),
    _verb("news send", "POST", "/news", ACTS, CONFIGURABLE),
    _verb("audit seal", "POST", "/audit/seal", ADMINISTERS),
    _verb("audit archive", "POST", "/audit/archive", ADMINISTERS),
    _verb("audit hold set", "POST", "/audit/holds", ADMINISTERS),
    _verb("audit hold release", "POST", "/audit/holds/{number}/release", ADMINISTERS, CONFIGURABLE),
    _verb(
        "audit search",
        "POST",
        "/audit/reads",
        ANYBODY,
        also=("audit story", "audit at", "audit export", "replay"),
    ),
    _verb("operators list", "GET", "/operators", ANYBODY),
    _verb("operators issue", "POST", "/operators/issue", ADMINISTERS),  # the token is told once
    _verb("operators rotate", "POST", "/operators/{name}/rotate", ADMINISTERS),  # likewise
    _verb("operators revoke", "POST", "/operators/{name}/revoke", ADMINISTERS),
    _verb("approvals list", "GET", "/approvals", ANYBODY),
    _verb("approvals show", "GET", "/approvals/{key}", ANYBODY),
    _verb("approvals approve", "POST", "/approvals/{key}/approve", ACTS),  # and the verb's roles
    _verb("approvals refuse", "POST", "/approvals/{key}/refuse", ACTS),  # likewise
    _verb("approvals withdraw", "POST", "/approvals/{key}/withdraw", ACTS),  # his own
)

BY_NAME: Final[dict[str, Verb]] = {verb.name: verb for verb in VERBS}
MAY_NEED_TWO: Final[tuple[str, ...]] = tuple(
    verb.name for verb in VERBS if verb.second_person == CONFIGURABLE
)
"""What `[control] second_person` may name."""

LOOKS: Final[dict[str, str]] = {
    "sessions reset": "look_at_session",
    "sessions set-seq": "look_at_numbers",
    "sessions enable": "look_at_session",
    "orders settle": "look_at_settlement",
    "orders orphans adopt": "look_at_adoption",
    "orders orphans book": "look_at_booking",
    "positions adjust": "look_at_adjustment",
    "prices set": "look_at_price",
    "limits set": "look_at_limit",
    "limits unset": "look_at_unset",
    "limits override": "look_at_override",
    "limits permit": "look_at_permit",
    "day roll": "look_at_roll",
    "audit hold release": "look_at_hold",
    "breakers reset": "look_at_reset",
    "brokers enable": "look_at_broker",
    "resume": "look_at_resume",
    "news send": "look_at_news",
}
"""By verb that may need two people, the method of the desk that raises DeskError for a request that
could not be done. It is called, with what the handler is given but `who`, before the request
becomes a proposal, so that nobody is asked to approve a slip of the pen; the verb itself looks
again.
"""

WITHOUT_GATEWAY: Final[tuple[str, ...]] = (
    "init",
    "check",
    "hash-password",
    "run",
    "demo",
    "audit reads",
    "audit hold list",
    "audit verify",
    "audit rebuild",
    "audit import-quickfix",
    "audit keys new",
    "audit keys rotate",
    "audit keys list",
    "decode",
)
"""Commands that ask no gateway: for those who may read the files they work on."""


def needs_second_person(verb: Verb, configured: tuple[str, ...]) -> bool:
    """Whether a verb is done by two people only, under this setting."""
    return verb.second_person == ALWAYS or (
        verb.second_person == CONFIGURABLE and verb.name in configured
    )
