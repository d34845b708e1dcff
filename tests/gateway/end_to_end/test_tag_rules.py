"""Rules of a broker in real processes: orders trade through them, a reload changes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from gateway.events import TagRulesInForce, decode
from store.reader import JournalReader
from store.record import EVENT
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.agreement import audit_rows
from tests.gateway.end_to_end.harness import play, tables
from tests.gateway.end_to_end.two_gates import begin, client_of, end, made

RULES = """\
version = "{version}"

[[sent]]
messages = ["*"]
set = 128
value = "FLOOR"

[[sent]]
messages = ["D", "G"]
rename = 1
to = 58

[[received]]
messages = ["8"]
map = 40
values = {{ 2 = "1" }}

[[received]]
messages = ["8"]
copy = 37
to = 58

[[samples]]
sent = "35=D|11=A|1=ACME-1|55=AAPL|"
becomes = "35=D|128=FLOOR|11=A|58={account}|55=AAPL|"
"""


def write_rules(folder: Path, version: str, account: str = "ACME-1") -> None:
    (folder / "floor.toml").write_text(RULES.format(version=version, account=account))


def in_force(folder: Path) -> list[TagRulesInForce]:
    """Those that the journal names, in their order."""
    facts = [
        decode(record.payload)
        for batch in JournalReader(folder / "data" / "journal").batches()
        for record in batch.records
        if record.kind == EVENT
    ]
    return [fact for fact in facts if isinstance(fact, TagRulesInForce)]


def test_orders_trade_through_rules_that_a_reload_changes() -> None:
    async def script(folder: Path) -> None:
        def ruled(port: int) -> dict[str, Any]:
            house = settings.fix_broker(port, sender_comp_id="ACME", target_comp_id="FIXGATE")
            return tables(brokers=[house | {"tag_rules": "floor.toml"}])

        floor, gate = made(folder, tables(paper={"fill": "full"}), ruled)
        async with client_of(gate, floor) as client:
            write_rules(gate.folder, "1", "nobody")
            code, said = await gate.fixgate("check")
            assert code == 2
            assert "floor.toml:23: samples[0]: becomes another message" in said
            assert "    -58=nobody  Text\n    +58=ACME-1  Text\n" in said
            write_rules(gate.folder, "1")
            await begin(gate, floor, client)
            client.order("A1")
            for status in ("0", "2"):
                told = await client.next("8")
                assert (told.get("39"), told.get("1")) == (status, "ACME-1")
                assert told.get("58").startswith("A")  # the floor's OrderID(37)
            write_rules(gate.folder, "2")
            view = await gate.reload()
            (change,) = view.changes
            assert change.text.startswith("brokers[SIM].tag_rules: ")
            assert change.effect == "its session logs out, and comes back with it"
            await gate.until(lambda control: control.session("SIM").logged_on)
            client.order("A2")
            assert [(await client.next("8")).get("39") for _ in range(2)] == ["0", "2"]
            await end(gate, floor)
            facts = in_force(gate.folder)
            assert [fact.version for fact in facts] == ["1", "2"]
            assert facts[0].digest != facts[1].digest
            arrived = [row["raw"] for row in audit_rows(floor, "SELECT raw FROM messages")]
            orders = [raw for raw in arrived if b"\x0135=D\x01" in raw]
            assert len(orders) == 2
            for raw in orders:
                assert b"\x01128=FLOOR\x01" in raw
                assert b"\x0158=ACME-1\x01" in raw
            shown = audit_rows(gate, "SELECT name FROM session_events")
            assert [row["name"] for row in shown].count("TagRulesInForce") == 2

    with short_folder() as folder:
        play(lambda: script(folder))
