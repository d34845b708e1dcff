"""What the control API takes and says about operators, and about what needs two of them."""

from __future__ import annotations

import re
from typing import Annotated, Any, Final

from pydantic import AfterValidator, Field

from gateway.control.requests import GivenReason
from gateway.control.views import View

OPERATOR_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")


def _is_name(text: str) -> str:
    if not OPERATOR_NAME.fullmatch(text):
        raise ValueError("a name is 1 to 32 letters, digits, _ or -")
    return text


_Name = Annotated[str, AfterValidator(_is_name)]


class Issue(GivenReason):
    """Name an operator. `expires_ns`: of the token, UTC ns; 0: never."""

    name: _Name
    roles: list[str] = Field(min_length=1)
    expires_ns: int = Field(default=0, ge=0, lt=2**63)


class Rotate(GivenReason):
    """Give an operator another token; the one before is worth nothing from now on. `expires_ns`:
    UTC ns; 0: never; None: when the one before would have.
    """

    expires_ns: int | None = Field(default=None, ge=0, lt=2**63)


class OperatorView(View):
    """An operator; times are UTC ns, 0: never."""

    name: str
    roles: list[str]
    issued_ns: int
    issued_by: str
    rotated_ns: int = 0
    rotated_by: str = ""
    expires_ns: int = 0
    expired: bool = False


class TokenView(View):
    """A new token; nobody can tell it again."""

    operator: OperatorView
    token: str


class ProposalView(View):
    """What somebody asked for that needs a second person. `state`: "waiting", "approved",
    "refused", "withdrawn", "expired", or "failed" when it was approved; times are UTC ns.
    `arguments`: names in the path, and the request as it was.
    """

    key: str
    verb: str
    arguments: dict[str, Any]
    who: str
    why: str
    proposed_ns: int
    expires_ns: int
    state: str = "waiting"
    decided_by: str = ""
    decided_why: str = ""
    decided_ns: int = 0


class ApprovedView(View):
    """What was approved, and what the verb answered."""

    proposal: ProposalView
    answer: Any
