"""An account as OANDA tells it. Pure."""

from typing import Any

from gateway.brokers.api.fields import plain
from gateway.brokers.api.reports import account_facts


def account_of(said: Any) -> dict[str, str]:
    """Facts for people of an answer of /summary, none of what is no account. Its buying power is
    the margin that is left.
    """
    told = said.get("account") if isinstance(said, dict) else None
    account = told if isinstance(told, dict) else {}
    return account_facts(
        equity=plain(account.get("NAV")),
        cash=plain(account.get("balance")),
        buying_power=plain(account.get("marginAvailable")),
        currency=account.get("currency"),
    )
