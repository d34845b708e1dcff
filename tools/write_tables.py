"""`python -m tools.write_tables`: write the tables of README.md that the code knows best.

Each stands between `<!-- table: NAME -->` and `<!-- end -->`; a test holds them to the code.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from pathlib import Path
from typing import Final

from gateway.alarm_codes import ALARM_CODES
from gateway.breakers import ACTIONS, CONDITIONS, COUNTED
from gateway.control.verbs import ALWAYS, CONFIGURABLE, NEVER, ROLES, VERBS
from gateway.decide import CLIENT_HANDLERS
from gateway.orders.order_types import OPTIONAL, ORDER_TYPES, REQUIRED, TIMES_IN_FORCE, OrderType
from gateway.orders.sheet import FEATURES, FEATURES_DONE
from gateway.refusal_codes import Code
from gateway.risk import CHECKS
from gateway.risk.limit_kinds import LIMITS
from gateway.risk.scopes import KINDS
from gateway.routing import STRATEGIES
from gateway.translate.dialects import DIALECTS
from sessions.dictionary import builtin
from store.tables import DATA_TABLES
from store.views import VIEWS
from tools.tables.clauses import CLAUSES
from tools.tables.failures import FAILURES

README: Final = Path(__file__).parents[1] / "README.md"
NEWEST: Final = "FIX50SP2"

# MsgType(35) of a client: since when it is served, and what the client is told.
ANSWERS: Final[dict[str, tuple[str, str]]] = {
    "D": ("FIX.4.0", "ExecutionReport(8): New, Rejected, and all that becomes of it"),
    "F": ("FIX.4.0", "ExecutionReport(8): Pending Cancel, Canceled; or OrderCancelReject(9)"),
    "G": ("FIX.4.0", "ExecutionReport(8): Pending Replace, Replaced; or OrderCancelReject(9)"),
    "H": ("FIX.4.0", "ExecutionReport(8) with the order as it stands"),
    "q": ("FIX.4.3", "OrderMassCancelReport(r), then a report or reject for each order"),
    "AF": ("FIX.4.3", "ExecutionReport(8) for each open order"),
    "E": ("FIX.4.2", "ListStatus(N), then reports for each order as for one by itself"),
    "K": ("FIX.4.2", "ListStatus(N), then a report for each order"),
    "L": ("FIX.4.2", "ListStatus(N); the orders of the list go to their brokers"),
    "M": ("FIX.4.2", "ListStatus(N)"),
    "g": ("FIX.4.2", "TradingSessionStatus(h), at once and when it changes"),
    "Q": ("FIX.4.2", "nothing; it is an alarm, and kept in sight"),
}
_SECOND: Final = {NEVER: "", CONFIGURABLE: "if `second_person` names it", ALWAYS: "always"}
_PLACE: Final = re.compile(r"(<!-- table: ([a-z ]+) -->\n).*?(<!-- end -->\n)", re.DOTALL)


def order_types() -> str:
    """OrdType(40): how FIX says it, what it needs, and what is done where a broker lacks it."""
    rows = [
        (kind.name, kind.fix, kind.since, _needs(kind), kind.does or "refuses it")
        for kind in ORDER_TYPES.values()
    ]
    head = ("order type", "in FIX", "since", "fields", "where a broker lacks it, the gateway")
    return _table(head, rows)


def times_in_force() -> str:
    """TimeInForce(59), likewise."""
    rows = [(t.name, t.fix, t.since, t.does or "refuses it") for t in TIMES_IN_FORCE.values()]
    return _table(
        ("time in force", "in FIX", "since", "where a broker lacks it, the gateway"), rows
    )


def features() -> str:
    """What else a broker may lack."""
    rows = [(name, what, FEATURES_DONE.get(name, "refuses it")) for name, what in FEATURES.items()]
    return _table(("feature", "what it is", "where a broker lacks it, the gateway"), rows)


def messages() -> str:
    """What clients may send, since when it is served, and what they are told."""
    known = builtin(NEWEST).messages
    rows = [(f"{known[kind].name}({kind})", *ANSWERS[kind]) for kind in CLIENT_HANDLERS]
    return _table(("from a client", "since", "answered by"), rows)


def refusals() -> str:
    """The codes in Text(58) of what is refused here."""
    rows = [
        (
            f"`{code}`",
            _by_version(code.ord_rej_reason, {v: d.ord_rej_reasons for v, d in DIALECTS.items()}),
            _by_version(code.cxl_rej_reason, {v: d.cxl_rej_reasons for v, d in DIALECTS.items()}),
            code.meaning,
        )
        for code in Code
    ]
    return _table(("code", "OrdRejReason(103)", "CxlRejReason(102)", "why"), rows)


def _by_version(reason: int, versions: Mapping[str, Mapping[int, int]]) -> str:
    """The value of FIX.4.4, and that of older versions which lack it: "15, up to FIX.4.3: 0"."""
    said: dict[str, str] = {}  # value: the last version that has it instead
    for version, nearest in versions.items():
        value = str(nearest.get(reason, reason))
        if nearest and value != str(reason):
            said[value] = version
    return ", ".join([str(reason), *[f"up to {last}: {value}" for value, last in said.items()]])


def checks() -> str:
    """The checks of orders in their order, what they do, and the limits that they hold."""
    rows = []
    for check in CHECKS:
        limits = [f"`{name}`" for name, kind in LIMITS.items() if kind.check == check.__name__]
        words = " ".join((check.__doc__ or "").split()).rstrip(".")
        rows.append((f"`{check.__name__}`", words, ", ".join(limits)))
    return _table(("check", "what it does", "limits"), rows)


def strategies() -> str:
    """How a route chooses among several brokers."""
    rows = [(f"`{name}`", words) for name, words in STRATEGIES.items()]
    return _table(("strategy", "the broker that an order goes to"), rows)


def alarms() -> str:
    """The codes of alarms."""
    return _table(("code", "when"), [(f"`{code}`", words) for code, words in ALARM_CODES.items()])


def failures() -> str:
    """What happens on each failure, and the tests that show it."""
    rows = [
        (one.what, one.orders + _coded(one.codes), one.seen, _file(one.test)) for one in FAILURES
    ]
    return _table(("when", "orders and messages", "what is seen", "shown by"), rows)


def clauses() -> str:
    """Clauses of regulation, and what serves each."""
    rows = [
        (
            one.clause,
            one.demands,
            one.served,
            ", ".join(f"`{name}`" for name in one.checks),
            ", ".join(f"`{name}`" for name in one.commands),
            _file(one.test),
        )
        for one in CLAUSES
    ]
    return _table(("clause", "asks for", "served by", "checks", "commands", "shown by"), rows)


def _file(test: str) -> str:
    return f"`tests/{test.partition('::')[0]}`"


def _coded(codes: tuple[str, ...]) -> str:
    return f" ({', '.join([f'`{code}`' for code in codes])})" if codes else ""


def roles() -> str:
    """What an operator's role is for."""
    return _table(("role", "what for"), [(f"`{role}`", what) for role, what in ROLES.items()])


def who_may() -> str:
    """Which role may run which command, and which take a second person."""
    same: dict[tuple[frozenset[str], str], list[str]] = {}
    for verb in VERBS:
        for name in verb.commands:
            told = same.setdefault((verb.roles, _SECOND[verb.second_person]), [])
            if name not in told:
                told.append(name)
    rows = [
        (
            ", ".join(f"`{name}`" for name in names),
            *("yes" if role in allowed else "" for role in ROLES),
            second,
        )
        for (allowed, second), names in same.items()
    ]
    return _table(("commands", *ROLES, "second person"), rows)


def conditions() -> str:
    """The conditions of breakers: what they read, of which scopes, and whether within a window."""
    rows = [
        (
            f"`{name}`",
            " ".join((condition.read.__doc__ or "").split()).rstrip("."),
            "any" if len(condition.kinds) == len(KINDS) else ", ".join(condition.kinds),
            "yes" if condition.source in COUNTED else "",
        )
        for name, condition in CONDITIONS.items()
    ]
    return _table(("condition", "what is read", "scopes", "in `window_s`"), rows)


def actions() -> str:
    """The actions of breakers."""
    return _table(("action", "what it does"), [(f"`{n}`", words) for n, words in ACTIONS.items()])


def tables() -> str:
    """The tables of the audit database."""
    return _table(("table", "a row is"), [(f"`{t.name}`", t.comment or "") for t in DATA_TABLES])


def views() -> str:
    """The views of the audit database."""
    return _table(("view", "a row is"), [(f"`{name}`", v.tells) for name, v in VIEWS.items()])


TABLES: Final[dict[str, Callable[[], str]]] = {
    "order types": order_types,
    "times in force": times_in_force,
    "features": features,
    "messages": messages,
    "refusals": refusals,
    "checks": checks,
    "strategies": strategies,
    "alarms": alarms,
    "failures": failures,
    "clauses": clauses,
    "roles": roles,
    "who may": who_may,
    "conditions": conditions,
    "actions": actions,
    "tables": tables,
    "views": views,
}


def with_tables(text: str) -> str:
    """The same text with every table as the code has it; raises KeyError for one of no name."""
    return _PLACE.sub(lambda found: f"{found[1]}{TABLES[found[2]]()}{found[3]}", text)


def _needs(kind: OrderType) -> str:
    fields = [("Price(44)", kind.price), ("StopPx(99)", kind.stop_px)]
    said = [name for name, need in fields if need == REQUIRED]
    said += [f"{kind.needs[1]}({kind.needs[0]})"] if kind.needs is not None else []
    said += [f"{name} if wanted" for name, need in fields if need == OPTIONAL]
    return ", ".join(said)


def _table(head: tuple[str, ...], rows: Iterable[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines)


def main() -> None:
    """Write README.md anew."""
    README.write_text(with_tables(README.read_text()))


if __name__ == "__main__":
    main()
