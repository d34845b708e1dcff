"""An account as Binance tells it. Pure."""

from typing import Any, Final

from gateway.brokers.api.fields import amount, plain
from gateway.brokers.api.reports import account_facts

PATH: Final = "/api/v3/account?omitZeroBalances=true"


def account_of(said: Any, money: str) -> dict[str, str]:
    """Facts for people, none of what is no account. Its cash is its balance of the asset `money`,
    what of it is free its buying power.
    """
    told = said if isinstance(said, dict) else {}
    listed = told.get("balances")
    rows = [one for one in listed if isinstance(one, dict)] if isinstance(listed, list) else []
    mine = [one for one in rows if one.get("asset") == money]
    free = sum((amount(one.get("free")) for one in mine), amount(None))
    held = sum((amount(one.get("locked")) for one in mine), amount(None))
    return account_facts(
        cash=plain(free + held) if rows else "",
        buying_power=plain(free) if rows else "",
        currency=money if rows else "",
        blocked=["canTrade is false"] if told.get("canTrade") is False else [],
    )
