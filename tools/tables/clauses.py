"""Clauses of regulation, and what serves each: checks, commands, and the test that shows it.

A reading aid, no legal advice: whether it is enough is for the firm to say, which owns its
controls. Paraphrased from 17 CFR 240.15c3-5, Delegated Regulation (EU) 2017/589 ("RTS 6"), and the
papers of the Futures Industry Association.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RISK: Final = "gateway/risk/test_checks.py::"
SCOPES: Final = "gateway/risk/test_scopes.py::"


@dataclass(frozen=True, slots=True)
class Clause:
    """`checks` are names of `gateway.risk.CHECKS`, `commands` of `fixgate`, `test` is "file of
    tests/::function".
    """

    clause: str
    demands: str
    served: str
    test: str
    checks: tuple[str, ...] = ()
    commands: tuple[str, ...] = ()


CLAUSES: Final = (
    Clause(
        "SEC 15c3-5 (c)(1)(i)",
        "no order beyond credit or capital thresholds, of each customer and in all",
        "limits of firm, clients and accounts; the tightest wins",
        RISK + "test_credit_is_what_was_bought_less_what_was_sold",
        ("credit", "gross_notional", "open_notional", "concentration", "daily_loss"),
        ("limits", "risk"),
    ),
    Clause(
        "SEC 15c3-5 (c)(1)(ii)",
        "no erroneous order, by price, size or repetition",
        "checks of each order and of a short period",
        "gateway/test_risk.py::test_equal_orders_within_the_window_are_refused",
        (
            "price_collar",
            "max_quantity",
            "max_notional",
            "duplicate_order",
            "order_rate",
            "price_drift",
        ),
        ("risk",),
    ),
    Clause(
        "SEC 15c3-5 (c)(2)(i)",
        "no order unless the rules that hold before entry are met",
        "short sales, hours, ticks and lots",
        RISK + "test_a_closed_market_takes_no_orders",
        ("short_sale", "market_hours", "instrument_known", "stale_order"),
        ("risk",),
    ),
    Clause(
        "SEC 15c3-5 (c)(2)(ii)",
        "no order in what the firm or the customer may not trade",
        "a restricted list, by symbol, side, client, account and date",
        RISK + "test_the_restricted_list",
        ("restricted_list", "permission"),
        ("reload",),
    ),
    Clause(
        "SEC 15c3-5 (c)(2)(iii)",
        "access for authorised persons only",
        "passwords, certificates, addresses and lockout of sessions; named operators with roles",
        "gateway/test_guard.py::test_guesses_sent_all_at_once_are_not_all_looked_at",
        (),
        ("sessions", "operators"),
    ),
    Clause(
        "SEC 15c3-5 (c)(2)(iv)",
        "surveillance gets execution reports at once",
        "drop copies with numbers and resend of their own",
        "gateway/orders/test_copies.py::test_a_copy_says_what_the_client_is_told_and_who_that_was",
        (),
        ("sessions",),
    ),
    Clause(
        "SEC 15c3-5 (d), (e)",
        "controls are the firm's own; regular review",
        "each limit has an owner, a reason and a date; every change is in the record",
        "gateway/risk/test_limit_changes.py::test_who_and_why_old_and_new_are_kept",
        (),
        ("limits", "audit"),
    ),
    Clause(
        "RTS 6 art. 12",
        "cancel at once any or all open orders, anywhere",
        "the kill switch by scope, with a drill; it survives a restart",
        "gateway/end_to_end/test_kill_switch.py"
        "::test_cancels_survive_a_kill_of_the_gateway_and_reach_a_broker_that_was_away",
        ("halt",),
        ("halt", "halts", "resume"),
    ),
    Clause(
        "RTS 6 art. 13",
        "surveillance: all orders and their origin are reconstructed",
        "every message and decision is in a hash-chained record",
        "gateway/audit/test_story.py::test_both_sides_with_what_happened_between_them",
        (),
        ("audit",),
    ),
    Clause(
        "RTS 6 art. 14",
        "business goes on after a disruption",
        "what was acknowledged is known after a kill at any instant; backups that are verified",
        "gateway/crash/test_killed.py::test_a_gateway_killed_under_load_loses_and_doubles_nothing",
        (),
        ("backup", "run"),
    ),
    Clause(
        "RTS 6 art. 15(1)",
        "price collars, maximum value, volume and messages, by order and over time",
        "checks before entry, on new orders and replaces",
        "gateway/test_risk.py::test_a_market_order_is_valued_at_reference_price_plus_collar",
        ("price_collar", "max_notional", "max_quantity", "order_rate", "price_drift"),
        ("limits", "risk"),
    ),
    Clause(
        "RTS 6 art. 15(2)",
        "every order sent counts at once",
        "reserved when it is decided, before the next one is looked at; released once",
        "gateway/risk/test_sums.py::test_sums_are_the_fold_of_open_orders_whatever_happens",
        ("open_orders", "open_notional", "gross_notional", "net_position"),
        ("risk",),
    ),
    Clause(
        "RTS 6 art. 15(3)",
        "an algorithm that repeats itself is stopped until a person enables it",
        "a breaker of any scope, which a named person resets; a limit of executions a day",
        "gateway/breakers/test_actions.py"
        "::test_it_stays_over_windows_days_and_reloads_until_somebody_resets_it",
        ("repeated_execution", "duplicate_order"),
        ("breakers", "limits"),
    ),
    Clause(
        "RTS 6 art. 15(4)",
        "market and credit limits from capital, strategy, experience",
        "eight scopes, from firm to sector",
        SCOPES + "test_a_limit_on_what_is_open_holds_in_every_scope",
        ("credit", "net_position", "concentration", "participation"),
        ("limits", "risk"),
    ),
    Clause(
        "RTS 6 art. 15(5)",
        "orders of who has no permission, or beyond thresholds, are blocked",
        "what is missing refuses: no limit, price, account or route, no order",
        "gateway/test_risk.py::test_a_limit_that_is_set_nowhere_blocks",
        ("limits_set", "permission", "instrument_known", "reference_price", "market_order"),
        ("check",),
    ),
    Clause(
        "RTS 6 art. 15(6)",
        "a control is overridden only for a time, for cause, by who may",
        "overrides with amount and expiry, asked for by one person and approved by another",
        "gateway/test_limit_desk.py::test_an_override_is_asked_for_by_one_and_approved_by_another",
        (),
        ("limits", "approvals"),
    ),
    Clause(
        "RTS 6 art. 16",
        "real-time monitoring, alerts within five seconds",
        "use of limits each second; alerts by log, webhook, e-mail and News(B)",
        "gateway/end_to_end/test_alerts.py"
        "::test_an_alarm_reaches_a_session_and_a_webhook_until_it_is_acknowledged",
        ("order_trade_ratio", "price_drift", "broker_health"),
        ("alarms", "exposure", "breakers"),
    ),
    Clause(
        "RTS 6 art. 17",
        "post-trade controls: exposure at any time, reconciliation with brokers",
        "positions at each fill, exposure on demand; brokers are asked for orders and positions at"
        " each logon",
        "gateway/positions/test_asking.py"
        "::test_what_differs_is_asked_for_again_before_anybody_is_told",
        ("net_position", "daily_loss"),
        ("exposure", "positions", "orders"),
    ),
    Clause(
        "RTS 6 art. 18",
        "security and limits to access",
        "TLS and client certificates, secrets out of the configuration, roles",
        "gateway/control/test_operators.py"
        "::test_each_role_may_do_what_the_table_says_and_nothing_else",
        (),
        ("operators", "check"),
    ),
    Clause(
        "FIA market access",
        "size, position and credit limits, a kill switch, cancel on disconnect",
        "as above; `cancel_on_disconnect` by session",
        "gateway/end_to_end/test_absences.py::test_orders_of_a_client_that_is_away_are_canceled",
        ("max_quantity", "min_size", "net_position", "self_match", "order_value", "slow_down"),
        ("halt", "limits", "breakers"),
    ),
    Clause(
        "FIA 2024, post-trade",
        "drop-copy reconciliation, post-trade credit over the whole portfolio",
        "positions of brokers against ours, differences are kept in sight",
        "gateway/positions/test_saying.py::test_today_and_corporate_actions_explain_a_difference",
        ("gross_notional", "credit"),
        ("positions",),
    ),
)
