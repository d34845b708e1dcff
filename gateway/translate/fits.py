"""What is left of a message in FIX.4.0 and FIX.4.1, which have fewer fields and values.

Messages are written for FIX.4.2 and then fitted: fields that the version lacks go, values are
replaced by the nearest it has, required ones that later versions made optional are added.
"""

from collections.abc import Mapping
from typing import Final

from gateway.translate.passing import fields_of

DROPPED: Final = ""  # in place of a value: the field goes
_TRANSACT_TIME: Final = "60"
_WHOLE_SECONDS: Final = len("20261120-10:00:00")


class Fit:
    """One message type: tags to drop, tag to value to the nearest there is, fields to have, and
    tags of ids that are whole numbers.
    """

    __slots__ = ("drop", "have", "values", "whole")

    def __init__(
        self,
        drop: str = "",
        values: Mapping[str, Mapping[str, str]] | None = None,
        have: Mapping[str, str] | None = None,
        whole: str = "",
    ) -> None:
        self.drop = frozenset(drop.split())
        self.values = values or {}
        self.have = have or {}
        self.whole = frozenset(whole.split())

    def fitted(self, body: str) -> str:
        """The body, with SOH after every field, as the version has it."""
        kept = []
        had = set()
        for pair in fields_of(body):
            tag, _, value = pair.partition("=")
            had.add(tag)
            if tag in self.drop:
                continue
            if tag == _TRANSACT_TIME:
                value = value[:_WHOLE_SECONDS]
            elif tag in self.whole:
                value = whole_number(value)
            value = self.values.get(tag, {}).get(value, value)
            if value != DROPPED:
                kept.append(f"{tag}={value}\x01")
        missing = [f"{tag}={value}\x01" for tag, value in self.have.items() if tag not in had]
        return "".join(kept + missing)


def whole_number(exec_id: str) -> str:
    """An ExecID(17) of ours as a number of 18 digits: day, order and report, or time and message.

    FIX.4.0 has int there. Two different ids of a day stay different.
    """
    parts = exec_id.split("-")
    if len(parts) == 4:
        _, day, order, number = parts
        return f"{day[2:]}{order:0>8}{number:0>4}"
    if len(parts) == 3:
        _, now, seq = parts
        return f"{now[1:-6]:0>12}{seq[-6:]:0>6}"
    return exec_id


_PENDING: Final = {"E": "6"}  # "pending cancel" was both
_REASONS: Final = dict.fromkeys(("2", "3", "4", "5", "6", "99"), DROPPED)  # 0 and 1 there are
_NO_EXECUTION: Final = {"32": "0", "31": "0", "38": "0"}  # required in every report
_LATER_INSTRUMENT: Final = "461 541"  # CFICode, MaturityDate
_DAY: Final = "424 425 426"  # DayOrderQty, DayCumQty, DayAvgPx
_FUTURES: Final = "167 200 201 202 205 207"  # SecurityType to SecurityExchange

FIX40: Final[dict[str, Fit]] = {
    "8": Fit(
        f"41 111 150 151 152 211 378 432 {_DAY} {_FUTURES} {_LATER_INSTRUMENT}",
        {"39": _PENDING},
        _NO_EXECUTION,
        "17 19",
    ),
    "9": Fit("1 39 41 60 434", {"102": _REASONS}),
    "D": Fit(f"60 {_FUTURES} {_LATER_INSTRUMENT}"),
    "F": Fit(f"1 60 {_FUTURES} {_LATER_INSTRUMENT}", have={"125": "F"}),
    "G": Fit(f"60 {_FUTURES} {_LATER_INSTRUMENT}"),
    "H": Fit(f"1 22 48 {_FUTURES} {_LATER_INSTRUMENT}"),
}
FIX41: Final[dict[str, Fit]] = {
    # There is no ExecType "restated": the terms have changed, as by a replace.
    "8": Fit(
        f"111 152 378 432 {_DAY} {_LATER_INSTRUMENT}",
        {"39": _PENDING, "150": {"E": "6", "D": "5"}},
        _NO_EXECUTION,
    ),
    "9": Fit("1 60 434", {"39": _PENDING, "102": _REASONS}),
    "D": Fit(f"60 {_LATER_INSTRUMENT}"),
    "F": Fit(f"1 60 {_LATER_INSTRUMENT}"),
    "G": Fit(f"60 {_LATER_INSTRUMENT}"),
    "H": Fit(f"1 {_LATER_INSTRUMENT}"),
}
