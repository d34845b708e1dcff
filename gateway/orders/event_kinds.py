"""Events by what they leave as it was."""

from typing import Final

from gateway import events as ev

# Events that leave what an open order has at risk as it was.
EXPOSURE_KEPT: Final = frozenset(
    {
        ev.OrderAccepted,
        ev.RequestPending,
        ev.CancelEntered,
        ev.OrderListed,
        ev.OrderLinked,
        ev.OrderAsked,
        ev.OrderRenewed,
        ev.OrderOfStrategy,
        ev.SliceSent,
        ev.SliceCounted,
        ev.SliceReplaceSent,
        ev.ExecutionDated,
        ev.CancelToFollow,
        ev.OrderRouted,
        ev.LegPriced,
    }
)

# Of these the newest says all that an earlier one said, so an order's history keeps only that.
LAST_ONE_COUNTS: Final = {
    ev.StopMoved: ev.StopMoved.__name__.encode(),
    ev.OrderRenewed: ev.OrderRenewed.__name__.encode(),
}

# Events that change what was executed.
EXECUTIONS: Final = frozenset({ev.OrderExecuted, ev.ExecutionBusted, ev.ExecutionCorrected})

# Events that change nothing.
ONLY_TOLD: Final = (
    ev.TradeQuestioned,
    ev.ListCancelEntered,
    ev.ListExecuteEntered,
    ev.JournalSealed,
)
