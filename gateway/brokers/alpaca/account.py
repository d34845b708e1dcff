"""An account as Alpaca tells it. Pure."""

from typing import Any, Final

from gateway.brokers.api.fields import plain
from gateway.brokers.api.reports import account_facts

PATH: Final = "/v2/account"
BLOCKS: Final = ("trading_blocked", "account_blocked", "trade_suspended_by_user")


def account_of(said: Any) -> dict[str, str]:
    """Facts for people, none of what is no account."""
    told = said if isinstance(said, dict) else {}
    return account_facts(
        equity=plain(told.get("equity")),
        cash=plain(told.get("cash")),
        buying_power=plain(told.get("buying_power")),
        currency=told.get("currency"),
        status=told.get("status"),
        blocked=[name for name in BLOCKS if told.get(name) is True],
    )
