"""The tables of README.md are what the code says."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import pytest

from gateway.cli import COMMANDS
from gateway.decide import CLIENT_HANDLERS
from gateway.orders.order_types import ORDER_TYPES, TIMES_IN_FORCE
from gateway.refusal_codes import Code
from gateway.risk import CHECKS
from tools.tables.clauses import CLAUSES, Clause
from tools.tables.failures import FAILURES, Failure
from tools.write_tables import README, TABLES, messages, with_tables

TESTS: Final = Path(__file__).parents[1]


def test_readme_is_as_written() -> None:
    text = README.read_text()
    assert with_tables(text) == text, "run `python -m tools.write_tables`"


def test_every_table_stands_in_the_readme_with_every_entry() -> None:
    text = README.read_text()
    for name in TABLES:
        assert f"<!-- table: {name} -->" in text
    for entry in (*ORDER_TYPES, *[time.name for time in TIMES_IN_FORCE.values()], *Code):
        assert entry in text
    assert messages().count("\n") == len(CLIENT_HANDLERS) + 2


@pytest.mark.parametrize("failure", FAILURES, ids=lambda failure: failure.what)
def test_a_failure_names_a_test_and_codes_that_are_there(failure: Failure) -> None:
    place, _, function = failure.test.partition("::")
    assert f"def {function}(" in (TESTS / place).read_text()
    assert set(failure.codes) <= set(Code)


@pytest.mark.parametrize("clause", CLAUSES, ids=lambda clause: clause.clause)
def test_a_clause_names_checks_commands_and_a_test_that_are_there(clause: Clause) -> None:
    place, _, function = clause.test.partition("::")
    assert f"def {function}(" in (TESTS / place).read_text()
    assert set(clause.checks) <= {check.__name__ for check in CHECKS}
    assert set(clause.commands) <= COMMANDS.keys()


def test_every_check_serves_a_clause() -> None:
    served = {name for clause in CLAUSES for name in clause.checks}
    assert {check.__name__ for check in CHECKS} - served == set()


def test_a_table_that_says_something_else_is_written_anew() -> None:
    changed = README.read_text().replace("`BROKER_DOWN`", "`NO_SUCH_CODE`")
    assert with_tables(changed) == README.read_text()


def test_an_unknown_table_is_named() -> None:
    with pytest.raises(KeyError, match="no such"):
        with_tables("<!-- table: no such -->\n<!-- end -->\n")
