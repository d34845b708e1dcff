"""What the control API tells of seals, and takes about who reads the record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.control.requests import Request
from gateway.control.views import View

_Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_ -]*$")]
_Value = Annotated[str, StringConstraints(max_length=300)]

Reading = Literal["audit search", "audit story", "audit at", "audit export"]


class Read(Request):
    """Somebody is about to read the record: by which command, and what he asks for."""

    command: Reading
    asked: dict[_Name, _Value] = Field(max_length=20)


class ReadView(View):
    """It is recorded that `who` reads."""

    who: str


class SealView(View):
    """A seal; `head` is the hash of batch `batch`, hex."""

    number: int
    segment: int
    offset: int
    batch: int
    head: str
    time_ns: int
    business_date: int
    why: str
    key: str
