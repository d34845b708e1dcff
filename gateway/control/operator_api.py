"""The paths of the control API that are about operators, and about what needs two of them."""

from __future__ import annotations

from typing import Final

from fastapi import APIRouter, Request

from gateway.control.asking import At, Who
from gateway.control.operator_models import (
    ApprovedView,
    Issue,
    OperatorView,
    ProposalView,
    Rotate,
    TokenView,
)
from gateway.control.requests import GivenReason, Reason
from gateway.control.second import approve

operators: Final = APIRouter(prefix="/operators", tags=["operators"])
approvals: Final = APIRouter(prefix="/approvals", tags=["approvals"])


@operators.get("")
async def operators_list(desk: At) -> list[OperatorView]:
    """Named operators."""
    return desk.operators()


@operators.post("/issue")
async def operator_issue(desk: At, who: Who, ask: Issue) -> TokenView:
    """Name an operator; answers the token, once."""
    return await desk.issue_operator(ask, who=who)


@operators.post("/{name}/rotate")
async def operator_rotate(desk: At, who: Who, name: str, ask: Rotate) -> TokenView:
    """Give an operator another token, and end the one before."""
    return await desk.rotate_operator(name, ask, who=who)


@operators.post("/{name}/revoke")
async def operator_revoke(desk: At, who: Who, name: str, ask: GivenReason) -> list[OperatorView]:
    """End an operator; answers those that are left."""
    return await desk.revoke_operator(name, who=who, why=ask.reason)


@approvals.get("")
async def approvals_list(desk: At, everything: bool = False) -> list[ProposalView]:
    """What waits for a second person; with `everything` also what was decided."""
    return desk.proposals(everything=everything)


@approvals.get("/{key}")
async def approval(desk: At, key: str) -> ProposalView:
    """One of them."""
    return desk.proposal(key)


@approvals.post("/{key}/approve")
async def approval_approve(
    request: Request, desk: At, who: Who, key: str, ask: Reason
) -> ApprovedView:
    """Do what somebody else has asked for."""
    return await approve(desk, request.app.state.endpoints, key, who=who, why=ask.reason)


@approvals.post("/{key}/refuse")
async def approval_refuse(desk: At, who: Who, key: str, ask: GivenReason) -> ProposalView:
    """It shall not be done."""
    return await desk.refuse(key, who=who, why=ask.reason)


@approvals.post("/{key}/withdraw")
async def approval_withdraw(desk: At, who: Who, key: str, ask: Reason) -> ProposalView:
    """Who asked for it wants it no more."""
    return await desk.withdraw(key, who=who, why=ask.reason)
