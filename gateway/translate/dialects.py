"""What FIX versions say differently about orders, as tables.

To add a version: one entry in DIALECTS.
"""

from collections.abc import Mapping
from typing import Final


class Dialect:
    """One version. `exec_trans_type`: ExecTransType(20) exists and fills are ExecType 1 and 2;
    `replaced_status`: OrdStatus(39) has a value 5 for an order replaced before any fill.
    """

    __slots__ = (
        "begin_string",
        "cxl_rej_reasons",
        "exec_trans_type",
        "hand_inst_required",
        "ord_rej_reasons",
        "replaced_status",
    )

    def __init__(
        self,
        *,
        begin_string: str,
        exec_trans_type: bool,
        replaced_status: bool,
        hand_inst_required: bool,
        ord_rej_reasons: Mapping[int, int],
        cxl_rej_reasons: Mapping[int, int],
    ) -> None:
        self.begin_string = begin_string
        self.exec_trans_type = exec_trans_type
        self.replaced_status = replaced_status
        self.hand_inst_required = hand_inst_required
        self.ord_rej_reasons = ord_rej_reasons
        self.cxl_rej_reasons = cxl_rej_reasons


DIALECTS: Final[dict[str, Dialect]] = {
    "FIX.4.2": Dialect(
        begin_string="FIX.4.2",
        exec_trans_type=True,
        replaced_status=True,
        hand_inst_required=True,
        # Values that came later, by the nearest that exists here.
        ord_rej_reasons={11: 0, 13: 3, 15: 0, 99: 0},
        cxl_rej_reasons={6: 2, 99: 2},
    ),
    "FIX.4.4": Dialect(
        begin_string="FIX.4.4",
        exec_trans_type=False,
        replaced_status=False,
        hand_inst_required=False,
        ord_rej_reasons={},
        cxl_rej_reasons={},
    ),
}

# ExecType(150) as brokers of any version send it, to the fact it states.
EXEC_TYPES: Final[dict[str, str]] = {
    "0": "new",
    "1": "trade",
    "2": "trade",
    "3": "mark",
    "4": "canceled",
    "5": "replaced",
    "6": "pending",
    "7": "mark",
    "8": "rejected",
    "9": "mark",
    "A": "mark",
    "B": "mark",
    "C": "mark",
    "D": "restated",
    "E": "pending",
    "F": "trade",
    "G": "correct",
    "H": "bust",
    "I": "status",
}

# ExecTransType(20) of FIX.4.2, which wins over ExecType(150): a bust there says 150=1.
EXEC_TRANS_TYPES: Final[dict[str, str]] = {"1": "bust", "2": "correct", "3": "status"}
