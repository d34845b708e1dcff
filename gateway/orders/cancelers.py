"""Who cancels an order, where it is neither the client's OrderCancelRequest(F) nor an operator: how
the name begins that the cancel's event has.
"""

from typing import Final

MASS_CANCEL: Final = "mass cancel "
LIST_CANCEL: Final = "list cancel "
CANCEL_ON: Final = "cancel on "  # disconnect or start
EXPIRY: Final = "expiry at "
LINKED: Final = "linked order "
CORPORATE_ACTION: Final = "corporate action "
WHOLE: Final = "whole order "
AUTOMATIC: Final = (MASS_CANCEL, LIST_CANCEL, CANCEL_ON, EXPIRY, LINKED, CORPORATE_ACTION, WHOLE)
