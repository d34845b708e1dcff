"""What every path of the control API is given: the desk, and who asks.

Owns the order of things before a handler is called: who is it, may he, and does it take two.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import Depends, Request

from gateway.control.desk import Desk
from gateway.control.peer import PEER_UID, user_name
from gateway.control.second import Endpoints, Waits, propose


async def admit(request: Request) -> None:
    """Raise DeskError for one who may not, and Waits for what needs a second person."""
    desk: Desk = request.app.state.desk
    endpoints: Endpoints = request.app.state.endpoints
    verb = endpoints.verb_of(request.scope["endpoint"])
    if verb.open:
        return
    os_user = await user_name(request.scope.get(PEER_UID))
    authorization = request.headers.get("authorization", "")
    who = await desk.admit(verb, os_user, authorization)
    request.state.who = who
    if desk.needs_second_person(verb):
        path, body = request.path_params, await request.body()
        raise Waits(await propose(desk, verb, endpoints[verb], path, body, who=who))


async def _desk(request: Request) -> Desk:
    desk: Desk = request.app.state.desk
    return desk


async def _who(request: Request) -> str:
    who: str = request.state.who
    return who


At = Annotated[Desk, Depends(_desk)]
Who = Annotated[str, Depends(_who)]
