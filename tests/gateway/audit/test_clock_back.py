"""A clock that steps back by days: the record is in the order of the journal all the same."""

from __future__ import annotations

import json
from pathlib import Path

from click.testing import CliRunner

from gateway.audit.at import state_at
from gateway.audit.verify import verify
from gateway.cli import main
from gateway.retention.plan import DAY_NS
from tests.gateway.audit.journals import Writer, trade
from tests.gateway.audit.projecting import dump, expected, fill
from tests.gateway.audit.tampering import place_of, seal
from tests.gateway.bench import NOON, SECOND


def test_all_of_it_is_found_sealed_and_proven(tmp_path: Path, database_url: str) -> None:
    with Writer(tmp_path / "journal") as writer:
        place_of(tmp_path).keys.new(NOON)
        trade(writer, "FIRST")
        sealed = [seal(tmp_path, writer.now)]
        writer.now -= 3 * DAY_NS
        trade(writer, "BEFORE")
        sealed.append(seal(tmp_path, writer.now))
        fill(tmp_path, database_url)
        writer.now += 5 * DAY_NS
        trade(writer, "AFTER")
        sealed.append(seal(tmp_path, writer.now))
        end = writer.now
    assert [one.number for one in sealed] == [1, 2, 3]
    assert sealed[0].time_ns == sealed[1].time_ns < sealed[2].time_ns  # never before another
    fill(tmp_path, database_url)
    rows = dump(database_url)
    assert rows == expected(tmp_path, tmp_path / "other")
    times = [row["time_ns"] for row in rows["messages"]]
    assert times != sorted(times)
    result = verify(tmp_path, database_url, lambda _done, _total: None)
    assert result.problems == []
    place = ["--data-dir", str(tmp_path), "--database-url", database_url, "--json"]
    day = ["--from", "2026-11-18", "--to", "2026-11-19"]
    found = CliRunner().invoke(main, ["audit", "search", *day, *place])
    assert {row["cl_ord_id"] for row in json.loads(found.stdout)} >= {"BEFORE"}
    assert not {"FIRST", "AFTER"} & {row["cl_ord_id"] for row in json.loads(found.stdout)}
    told = json.loads(CliRunner().invoke(main, ["audit", "story", "BEFORE", *place]).stdout)
    assert (told["order"]["cum_qty"], told["proof"]["seal"]) == ("100", 2)
    assert state_at(tmp_path, NOON + SECOND).state.order_no == 2
    assert state_at(tmp_path, end).state.order_no == 3
