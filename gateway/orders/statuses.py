"""OrdStatus(39) in words, as operators read and filter it."""

from typing import Final

ORDER_STATUSES: Final[dict[str, str]] = {
    "0": "new",
    "1": "partially_filled",
    "2": "filled",
    "3": "done_for_day",
    "4": "canceled",
    "6": "pending_cancel",
    "7": "stopped",
    "8": "rejected",
    "9": "suspended",
    "A": "pending_new",
    "B": "calculated",
    "C": "expired",
    "E": "pending_replace",
}
