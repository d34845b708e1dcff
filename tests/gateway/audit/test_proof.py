"""A story says where it is recorded, and what proves it."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.cli import main
from tests.gateway.audit.journals import Writer, trade
from tests.gateway.audit.tampering import place_of, seal
from tests.gateway.bench import NOON, SECOND


def said(data_dir: Path, key: str, *options: str) -> str:
    nowhere = str(data_dir / "fixgate.toml")
    command = ["audit", "story", key, "--data-dir", str(data_dir), "--config", nowhere, *options]
    result = CliRunner().invoke(main, command)
    assert result.exit_code == 0, result.output
    return result.stdout


def test_it_is_the_first_seal_that_covers_all_of_it(tmp_path: Path) -> None:
    with Writer(tmp_path / "journal") as writer:
        trade(writer, "T0")
        last = writer.journal.batch_number
        proof = json.loads(said(tmp_path, "T0", "--json"))["proof"]
        assert (proof["last_batch"], proof["seal"], proof["is_sealed"]) == (last, 0, False)
        where = f"In batches {proof['first_batch']} to {last} of the journal, "
        unsealed = "which is not sealed: `fixgate audit keys new` makes a key that seals it."
        assert said(tmp_path, "T0").splitlines()[-1] == where + unsealed
        place_of(tmp_path).keys.new(NOON)
        seal(tmp_path, NOON + SECOND)
        trade(writer, "T1")
        not_yet = "which no seal covers yet: `fixgate audit seal` makes one."
        assert said(tmp_path, "T1").splitlines()[-1].endswith(not_yet)
        seal(tmp_path, NOON + 2 * SECOND)
        seal(tmp_path, NOON + 3 * SECOND)
        assert said(tmp_path, "T0").splitlines()[-1] == (
            f"{where}which seal 1 of 2026-11-21 12:00:01.000000 UTC covers:"
            " `fixgate audit verify` proves that nothing was changed since."
        )
        proof = json.loads(said(tmp_path, "T1", "--json"))["proof"]
        assert (proof["seal"], proof["sealed_ns"]) == (2, NOON + 2 * SECOND)
        place_of(tmp_path).seals.path_of(2).write_bytes(b"no seal")
        told = json.loads(said(tmp_path, "T0", "--json"))  # the story is told all the same
        assert told["order"]["cum_qty"] == "100"
        assert "not as it was written" in told["proof"]["problem"]
        assert "whose seal is not known" in said(tmp_path, "T0")
