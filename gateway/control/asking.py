"""What every path of the control API is given: the desk, and who asks."""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from gateway.control.desk import Desk
from gateway.control.peer import PEER_UID, user_name


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _who(request: Request) -> str:
    return await user_name(request.scope.get(PEER_UID))


At = Annotated[Desk, Depends(_desk)]
Who = Annotated[str, Depends(_who)]
