"""What FIX versions say differently about orders, as tables.

To add a version: one entry in DIALECTS.
"""

from collections.abc import Mapping
from typing import Final

from gateway.translate import fits
from gateway.translate.accounts import AccountFields
from gateway.translate.fits import Fit

_OTHER: Final = 0
_THROTTLED: Final = 8
_REASONS_MAX: Final = 100
_RESTATEMENTS_42: Final = "0 1 2 3 5 4"  # 4: broker option
_RESTATEMENTS_44: Final = "0 1 2 3 4 5 6 7 8 9 10 99"
_RESTATEMENTS_50: Final = "0 1 2 3 4 5 6 7 8 9 10 11 99"
_RESTATEMENTS_SP2: Final = "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 19 20 99"


def _nearest(known: str, nearest: Mapping[int, int]) -> dict[int, int]:
    """For each reason that a version lacks one that it has: the nearest, or 0 for any other."""
    has = {int(value) for value in known.split()}
    lacks = [reason for reason in range(_REASONS_MAX) if reason not in has]
    return {reason: nearest.get(reason, _OTHER) for reason in lacks}


class Dialect:
    """One version. `exec_trans_type`: ExecTransType(20) exists and fills are ExecType 1 and 2;
    `replaced_status`: OrdStatus(39) has a value 5 for an order replaced before any fill.

    `ord_rej_reasons`, `cxl_rej_reasons`: for values it lacks those that it has. `restatements`: the
    values of ExecRestatementReason(378) that it has, the last of them for any other. `lacks`: tags
    of an instrument that it does not know. `throttled`: BusinessRejectReason(380) for too many
    messages. `names_version`: BusinessMessageReject(j) has RefApplVerID(1130). `mass_requests`:
    there are mass cancels and mass status requests; `names_mass_action`: their reports have a
    MassActionReportID(1369), `names_mass_status`: a MassStatusReqID(584), `affected_id`: the tag
    of the ClOrdIDs that a mass cancel concerns. `lists`: lists of orders come in one message;
    `last_fragment`: ListStatus(N) has LastFragment(893), `names_list_reject`: it has OrderIDs and
    ListRejectReason(1386). `working_indicator`: reports may say by WorkingIndicator(636) that an
    order is not in the market yet; `triggered`: there is an ExecType(150) for one that now is;
    `time_at_close`: on close is a TimeInForce(59) and no OrdType(40); `peg_price_type`,
    `display_qty`: PegPriceType(1094) and DisplayQty(1138) are there. `fits`: for versions before
    FIX.4.2, which have no j either, what is done to each message type; None for others. `accounts`:
    what a session's messages have of accounts and parties; None: fields pass as they are, and no
    report repeats them. `echoes`: what its reports repeat of clients' fields, so far.
    """

    __slots__ = (
        "accounts",
        "affected_id",
        "cxl_rej_reasons",
        "display_qty",
        "echoes",
        "exec_trans_type",
        "fits",
        "hand_inst_required",
        "lacks",
        "last_fragment",
        "lists",
        "mass_requests",
        "names_list_reject",
        "names_mass_action",
        "names_mass_status",
        "names_version",
        "ord_rej_reasons",
        "peg_price_type",
        "replaced_status",
        "restatements",
        "throttled",
        "time_at_close",
        "triggered",
        "version",
        "working_indicator",
    )

    def __init__(
        self,
        *,
        version: str,
        exec_trans_type: bool = False,
        hand_inst_required: bool = False,
        ord_rej_reasons: Mapping[int, int],
        cxl_rej_reasons: Mapping[int, int],
        restatements: str = _RESTATEMENTS_44,
        lacks: str = "205",
        throttled: int = _OTHER,
        names_version: bool = False,
        triggered: bool = False,
        mass_requests: bool = True,
        affected_id: str = "41",
        names_mass_status: bool = True,
        fits: Mapping[str, Fit] | None = None,
        accounts: AccountFields | None = None,
    ) -> None:
        self.version = version
        self.exec_trans_type = exec_trans_type
        self.replaced_status = exec_trans_type  # both went with FIX.4.3
        self.working_indicator = not exec_trans_type  # which came then
        self.time_at_close = not exec_trans_type  # as did this
        self.triggered = triggered
        self.peg_price_type = triggered  # all three came with FIX.5.0
        self.display_qty = triggered
        self.hand_inst_required = hand_inst_required
        self.ord_rej_reasons = ord_rej_reasons
        self.cxl_rej_reasons = cxl_rej_reasons
        self.restatements = tuple(restatements.split())
        self.lacks = frozenset(lacks.split())
        self.throttled = throttled
        self.names_version = names_version
        self.names_mass_action = names_version  # all three came with FIX.5.0SP1
        self.names_list_reject = names_version
        self.last_fragment = not hand_inst_required  # the one came, the other went with FIX.4.4
        self.lists = fits is None
        self.mass_requests = mass_requests
        self.affected_id = affected_id
        self.names_mass_status = names_mass_status
        self.fits = fits
        self.accounts = accounts
        self.echoes: dict[str, str] = {}

    def in_session(self, accounts: AccountFields) -> "Dialect":
        """The same as one session speaks it."""
        return Dialect(
            version=self.version,
            exec_trans_type=self.exec_trans_type,
            hand_inst_required=self.hand_inst_required,
            ord_rej_reasons=self.ord_rej_reasons,
            cxl_rej_reasons=self.cxl_rej_reasons,
            restatements=" ".join(self.restatements),
            lacks=" ".join(self.lacks),
            throttled=self.throttled,
            names_version=self.names_version,
            mass_requests=self.mass_requests,
            affected_id=self.affected_id,
            names_mass_status=self.names_mass_status,
            triggered=self.triggered,
            fits=self.fits,
            accounts=accounts,
        )


# OrdRejReason 13 (incorrect quantity) is nearest to 3 (exceeds limit), CxlRejReason 6 (duplicate
# ClOrdID) to 2 (broker option).
_QUANTITY: Final = {13: 3}
_DUPLICATE: Final = {6: 2, 99: 2}
_FUTURES: Final = "167 200 201 202 205 207"
_LATEST: Final = _nearest(
    "0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 19 20 21 22 23 24 25 26 27 28 29 99", {}
)

_DIALECTS: Final = (
    Dialect(
        version="FIX.4.0",
        restatements=_RESTATEMENTS_42,
        exec_trans_type=True,
        hand_inst_required=True,
        ord_rej_reasons=_nearest("0 1 2 3 4", _QUANTITY),
        cxl_rej_reasons={},
        lacks=f"{_FUTURES} 461 541",
        mass_requests=False,
        fits=fits.FIX40,
    ),
    Dialect(
        version="FIX.4.1",
        restatements=_RESTATEMENTS_42,
        exec_trans_type=True,
        hand_inst_required=True,
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6", _QUANTITY),
        cxl_rej_reasons={},
        lacks="461 541",
        mass_requests=False,
        fits=fits.FIX41,
    ),
    Dialect(
        version="FIX.4.2",
        restatements=_RESTATEMENTS_42,
        exec_trans_type=True,
        hand_inst_required=True,
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8", _QUANTITY),
        cxl_rej_reasons=_nearest("0 1 2 3", {**_DUPLICATE, 4: 2, 5: 2}),
        lacks="461 541",
        mass_requests=False,
    ),
    Dialect(
        version="FIX.4.3",
        names_mass_status=False,
        restatements="0 1 2 3 5 6 7 8 4",
        hand_inst_required=True,
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 9 10 11 12", _QUANTITY),
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6", {99: 2}),
        lacks="201 205",
    ),
    Dialect(
        version="FIX.4.4",
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 9 10 11 13 14 15 99", {}),
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6 99", {18: 99}),
    ),
    Dialect(
        version="FIX.5.0",
        triggered=True,
        restatements=_RESTATEMENTS_50,
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 18 99", {}),
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6 18 99", {}),
    ),
    Dialect(
        version="FIX.5.0SP1",
        triggered=True,
        restatements=_RESTATEMENTS_50,
        ord_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 18 99", {}),
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 18 99", {}),
        names_version=True,
    ),
    Dialect(
        version="FIX.5.0SP2",
        triggered=True,
        restatements=_RESTATEMENTS_SP2,
        ord_rej_reasons=_LATEST,
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 18 99", {}),
        throttled=_THROTTLED,
        affected_id="1824",
        names_version=True,
    ),
    Dialect(
        version="FIX.Latest",
        triggered=True,
        restatements=_RESTATEMENTS_SP2,
        ord_rej_reasons=_LATEST,
        cxl_rej_reasons=_nearest("0 1 2 3 4 5 6 7 8 18 99", {}),
        throttled=_THROTTLED,
        affected_id="1824",
        names_version=True,
    ),
)
DIALECTS: Final[dict[str, Dialect]] = {dialect.version: dialect for dialect in _DIALECTS}

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
    "L": "triggered",
}

# ExecTransType(20) of FIX.4.2, which wins over ExecType(150): a bust there says 150=1.
EXEC_TRANS_TYPES: Final[dict[str, str]] = {"1": "bust", "2": "correct", "3": "status"}

# OrdStatus(39) of a report without ExecType(150), as in FIX.4.0, to the fact it states. A fill
# without shares states nothing new.
ORD_STATUSES: Final[dict[str, str]] = {
    **{status: EXEC_TYPES[status] for status in "03456789ABC"},
    "1": "status",
    "2": "status",
}
