"""A message to a client as a drop copy has it: for whom it was, and only what its version knows.

OnBehalfOfCompID(115) names the client, CopyMsgIndicator(797) says that it is a copy where the
version has it (FIX.4.4 and later, in reports). All ids are those that the client was told.
"""

from collections.abc import Set
from typing import Final

from gateway.translate.dialects import Dialect
from gateway.translate.outbound import ord_rej_reason, restatement_reason

ON_BEHALF_OF_COMP_ID: Final = "115"
COPY_MSG_INDICATOR: Final = "797"


def detail_in(dialect: Dialect, detail: str) -> str:
    """What one client was told in fields of a report, with values that another version has."""
    if "103=" not in detail and "378=" not in detail:
        return detail
    fields = []
    for pair in detail.split("\x01")[:-1]:
        tag, _, value = pair.partition("=")
        if tag == "103":
            fields.append(ord_rej_reason(dialect, int(value)))
        elif tag == "378":
            fields.append(restatement_reason(dialect, value))
        else:
            fields.append(f"{pair}\x01")
    return "".join(fields)


def copied(body: str, comp_id: str, tags: Set[str]) -> str:
    """The body as a copy of what `comp_id` got, of the `tags` that the receiver knows."""
    pairs = body.split("\x01")[:-1]
    known = [f"{pair}\x01" for pair in pairs if pair[: pair.find("=")] in tags]
    flag = f"{COPY_MSG_INDICATOR}=Y\x01" if COPY_MSG_INDICATOR in tags else ""
    return f"{ON_BEHALF_OF_COMP_ID}={comp_id}\x01{''.join(known)}{flag}"
