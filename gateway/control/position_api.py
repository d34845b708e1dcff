"""The paths of the control API that are about positions."""

from __future__ import annotations

from typing import Annotated, Final

from fastapi import APIRouter, Query

from gateway.control.asking import At, Who
from gateway.control.position_models import (
    AdjustPosition,
    AskPositions,
    ComparedView,
    ImportedView,
    ImportPositions,
    PositionFilter,
    PositionView,
    ReconciledView,
    ReconcilePositions,
)

router: Final = APIRouter(prefix="/positions", tags=["positions"])


@router.get("")
async def positions(desk: At, wanted: Annotated[PositionFilter, Query()]) -> list[PositionView]:
    """Positions that match, by account in the order of their first execution."""
    return await desk.positions(wanted)


@router.post("/import")
async def positions_import(desk: At, who: Who, ask: ImportPositions) -> ImportedView:
    """Have positions as a file says, all of them or none."""
    return await desk.import_positions(ask, who=who)


@router.post("/adjust")
async def positions_adjust(desk: At, who: Who, ask: AdjustPosition) -> PositionView:
    """Have one position by an operator's word."""
    return await desk.adjust_position(ask, who=who)


@router.post("/reconcile")
async def positions_reconcile(desk: At, ask: ReconcilePositions) -> ReconciledView:
    """Hold a broker's positions against ours; nothing is changed."""
    return await desk.reconcile_positions(ask)


@router.get("/breaks")
async def positions_breaks(desk: At, broker: str = "") -> list[ComparedView]:
    """How brokers' positions compared with ours when they were last asked."""
    return desk.position_breaks(broker)


@router.post("/ask")
async def positions_ask(desk: At, who: Who, ask: AskPositions) -> list[ComparedView]:
    """Ask a broker what its accounts hold; `asking` says when it has answered."""
    return await desk.ask_positions(ask.broker, who=who)
