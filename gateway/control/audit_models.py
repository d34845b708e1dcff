"""What the control API tells of seals and of the archive, and takes about who reads the record."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, StringConstraints

from gateway.control.requests import GivenReason, Reason, Request
from gateway.control.views import View

_Name = Annotated[str, StringConstraints(min_length=1, max_length=64, pattern=r"^[a-z_ -]*$")]
_Value = Annotated[str, StringConstraints(max_length=300)]

Reading = Literal["audit search", "audit story", "audit at", "audit export", "replay"]


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


class ArchiveNow(Reason):
    """A step of what the policy asks for. `goes_on`: it is a further one of the same command;
    `dry_run`: nothing is done.
    """

    goes_on: bool = False
    dry_run: bool = False


class ArchiveView(View):
    """`archived` and `expired`: segments that the step was about, of `size` bytes before and
    `packed_size` after; `to_archive` and `to_expire`: those that are left; `stays` and `is_kept`:
    why no more are.
    """

    archived: list[int]
    expired: list[int]
    size: int
    packed_size: int
    to_archive: list[int]
    to_expire: list[int]
    stays: str
    is_kept: str


class Hold(GivenReason):
    """A legal hold on what was recorded from one time to before another (UTC ns); 0 and 0: on
    everything, `to_ns` 0: without an end.
    """

    from_ns: int = Field(ge=0, lt=2**63)
    to_ns: int = Field(ge=0, lt=2**63)


class HoldView(View):
    """The number of a hold that was set or released. `gone_until_ns` (UTC ns): a hold was set on
    what has expired up to then; `gone_through_batch`: up to which batch; 0: nothing of it is gone.
    """

    hold_no: int
    gone_until_ns: int = 0
    gone_through_batch: int = 0
