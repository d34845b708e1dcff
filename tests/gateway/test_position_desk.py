"""Positions that an operator says: of accounts that somebody has."""

from __future__ import annotations

import asyncio
from decimal import Decimal
from pathlib import Path

import pytest

from gateway.control.errors import DeskError
from gateway.control.position_models import (
    AdjustPosition,
    ImportedView,
    ImportPositions,
    PositionRow,
    PositionView,
)
from gateway.position_desk import PositionDesk
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data
from tests.gateway.links import Gate


class Desk(PositionDesk):
    """That of a gate whose clients have some accounts."""

    def __init__(self, folder: Path, accounts: str) -> None:
        self._engine = Gate(folder / "journal").engine
        sim = f'{SIM}position_accounts = ["HOUSE"]\n'
        text = f"[[listeners]]\nport = 5001\n{ACME}accounts = {accounts}\n{sim}{ROUTE}"
        self._config = load(with_reference_data(folder), text)

    def adjust(self, account: str, *, force: bool = False) -> PositionView:
        ask = AdjustPosition(position=row(account), force=force, reason="x")
        return asyncio.run(self.adjust_position(ask, who="ann"))

    def imported(self, *accounts: str, force: bool = False) -> ImportedView:
        rows = [row(account, line) for line, account in enumerate(accounts, 2)]
        ask = ImportPositions(rows=rows, force=force, reason="x")
        return asyncio.run(self.import_positions(ask, who="ann"))


def row(account: str, line: int = 0) -> PositionRow:
    one = Decimal(1)
    return PositionRow(line=line, account=account, symbol="IBM", quantity=one, price=one)


def test_an_account_that_nobody_has_needs_force(tmp_path: Path) -> None:
    desk = Desk(tmp_path, '["ACC1"]')
    with pytest.raises(DeskError) as refused:
        desk.adjust("ACC2")
    told = 'no client has the account "ACC2", nor has it a position, did you mean "ACC1"?'
    assert (refused.value.text, refused.value.remedy) == (told, "if it is right, say --force")
    with pytest.raises(DeskError) as refused:
        desk.imported("ACC1", "ACC2", "HOUSE")
    assert refused.value.text == f"line 3: {told}"
    assert "say --force" in refused.value.remedy
    assert list(desk._engine.core.state.positions) == []
    assert desk.imported("ACC1", "HOUSE").positions == 2
    assert desk.adjust("ACC2", force=True).quantity == "1"
    assert desk.adjust("ACC2").quantity == "1"  # it has a position now
    assert desk.imported("OTHER", force=True).positions == 1


def test_where_a_client_may_use_any_account_all_are_known(tmp_path: Path) -> None:
    desk = Desk(tmp_path, '["*"]')
    assert desk.adjust("ACC2").account == "ACC2"
    assert desk.imported("OTHER").positions == 1
