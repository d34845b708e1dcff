"""Allocations and parties through two gateways: a client in FIX.4.4, its broker in FIX.5.0SP2."""

from __future__ import annotations

from pathlib import Path

from tests.fix import pipes
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.agreement import audit_rows
from tests.gateway.end_to_end.harness import play, tables
from tests.gateway.end_to_end.two_gates import begin, client_of, end, made

IDS = {"sender_comp_id": "HOUSE", "target_comp_id": "FIXGATE"}
SP2 = {"begin_string": "FIXT.1.1", "default_appl_ver_id": "FIX.5.0SP2"}
PARTIES = "453=2|448=CL|447=D|452=3|802=1|523=desk|803=1|448=EX|447=D|452=1|"
ALLOCS = "78=2|79=A1|80=60|79=A2|80=40|"


def test_they_reach_the_broker_and_come_back_whole_over_tcp() -> None:
    async def script(folder: Path) -> None:
        floor, gate = made(
            folder,
            tables(
                paper={"fill": "full"}, clients=[settings.client("HOUSE", accounts=["*"]) | SP2]
            ),
            lambda port: tables(brokers=[settings.fix_broker(port) | SP2 | IDS]),
        )
        async with client_of(gate, floor) as client:
            await begin(gate, floor, client)
            client.order("A1", f"581=1|528=A|{PARTIES}{ALLOCS}")
            for status in ("0", "2"):
                told = await client.next("8")
                assert told.get("39") == status, told
                assert f"|581=1|528=A|{PARTIES}" in pipes(told.raw)
            client.order("A2", ALLOCS.replace("80=40", "80=41"))
            refused = await client.next("8")
            assert (refused.get("39"), refused.get("103")) == ("8", "14")
            await end(gate, floor)
            raw = [row["raw"] for row in audit_rows(floor, "SELECT raw FROM messages")]
            (order,) = [text for text in raw if b"\x0135=D\x01" in text]
            said = f"|{PARTIES}{ALLOCS}".replace("|", "\x01").encode()
            assert said in order
            reports = [text for text in raw if b"\x0135=8\x01" in text]
            assert len(reports) == 2
            assert all(said in text for text in reports)

    with short_folder() as folder:
        play(lambda: script(folder))
