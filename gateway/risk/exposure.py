"""What each account has at risk in open orders.

Exposure is not added and subtracted by event; it is measured again after each, and the
difference to what is reserved is booked. So nothing can be released twice or forgotten.
"""

from decimal import Decimal
from typing import Final

from gateway.orders.order import ZERO, Order


class AccountExposure:
    """Open orders of one account: their number and their notional."""

    __slots__ = ("open_notional", "open_orders")

    def __init__(self) -> None:
        self.open_orders = 0
        self.open_notional = ZERO


NOTHING_OPEN: Final = AccountExposure()


class Exposures:
    """Exposure by account; an account without open orders is not kept."""

    __slots__ = ("accounts",)

    def __init__(self) -> None:
        self.accounts: dict[str, AccountExposure] = {}

    def of(self, account: str) -> AccountExposure:
        """What an account has at risk, to be read."""
        return self.accounts.get(account, NOTHING_OPEN)

    def track(self, order: Order, closed: bool) -> None:
        """Book the difference between what `order` has at risk and what is reserved for it."""
        reserved = order.reserved
        if closed:
            if reserved is not None:
                self._release(order.account, reserved)
                order.reserved = None
            return
        wanted = order.exposure()
        exposure = self.accounts.get(order.account)
        if exposure is None:
            exposure = self.accounts[order.account] = AccountExposure()
        if reserved is None:
            exposure.open_orders += 1
            exposure.open_notional += wanted
        else:
            exposure.open_notional += wanted - reserved
        order.reserved = wanted

    def _release(self, account: str, reserved: Decimal) -> None:
        exposure = self.accounts[account]
        exposure.open_orders -= 1
        exposure.open_notional -= reserved
        if not exposure.open_orders:
            del self.accounts[account]
