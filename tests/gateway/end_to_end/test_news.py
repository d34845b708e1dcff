"""News(B) over TCP: operators tell clients something, also those that are away."""

from __future__ import annotations

import json

from tests.gateway.end_to_end import agreement, settings
from tests.gateway.end_to_end.harness import play, world

CLIENTS = [settings.client("ACME", news_on_halt=True), settings.client("BETA", "FIX.4.2")]


def test_news_reaches_who_is_there_and_who_comes_back_and_is_in_the_record() -> None:
    async def script() -> None:
        async with world(clients=CLIENTS) as w:
            acme = w.raw()
            await acme.logon()
            code, said = await w.gate.fixgate(
                "news", "send", "Maintenance", "--text", "from 22:00", "--text", "to 23:00",
                "--urgency", "flash", "--reason", "a test",
            )  # fmt: skip
            assert code == 0
            assert said.startswith(
                "sent to 1 client(s): ACME\nkept for 1 client(s) not logged on: BETA; each gets"
            )
            got = await acme.next("B")
            assert (got.get("148"), got.get("61"), got.get("33")) == ("Maintenance", "1", "2")
            assert b"\x0158=from 22:00\x0158=to 23:00\x01" in got.raw
            beta = w.raw("BETA")
            await beta.logon()
            beta.send("2", "7=1|16=0|")
            got = await beta.next("B")
            assert (got.get("148"), got.get("43")) == ("Maintenance", "Y")
            code, said = await w.gate.fixgate("news", "send", "Hi", "--client", "BETA", "--json")
            assert (code, json.loads(said)["clients"]) == (0, ["BETA"])
            assert (await beta.next("B")).get("148") == "Hi"
            code, said = await w.gate.fixgate("news", "send", "Hi", "--client", "GAMMA")
            assert code == 1
            assert said == 'there is no session "GAMMA"; there are: ACME, BETA\n'
            code, _ = await w.gate.fixgate("halt", "--scope", "symbol:IBM", "--reason", "a rumour")
            assert code == 0
            assert (await acme.next("B")).get("148") == "Trading halted: symbol IBM"
            assert await w.gate.stop() == 0
            await w.gate.verify()
            rows = agreement.audit_rows(w.gate, "SELECT * FROM operator_actions ORDER BY time_ns")
            sent = [row for row in rows if row["what"] == "news"]
            told = [json.loads(row["details"]) for row in sent]
            assert [(t["headline"], t["clients"]) for t in told] == [
                ("Maintenance", "ACME, BETA"),
                ("Hi", "BETA"),
            ]
            assert sent[0]["why"] == "a test"

    play(script)


def test_a_subscriber_hears_of_halts_also_after_a_restart_of_the_gateway() -> None:
    async def script() -> None:
        async with world(clients=CLIENTS) as w:
            beta = w.raw("BETA")
            await beta.logon()
            beta.send("g", "335=T1|263=1|")
            told = await beta.next("h")
            assert (told.get("335"), told.get("340"), told.get("325")) == ("T1", "2", "N")
            beta.send("5", "")
            await beta.rest()
            assert await w.gate.stop() == 0
            await w.gate.start()
            await beta.logon()
            await w.gate.fixgate("halt", "--scope", "client:BETA", "--reason", "a test")
            told = await beta.next("h")
            assert (told.get("335"), told.get("340"), told.get("325")) == ("T1", "1", "Y")
            await w.gate.fixgate("resume", "--scope", "client:BETA", "--reason", "a test")
            assert (await beta.next("h")).get("340") == "2"
            assert await w.gate.stop() == 0
            await w.gate.verify()
            query = "SELECT * FROM session_events WHERE name = 'TradingStatusSubscribed'"
            assert len(agreement.audit_rows(w.gate, query)) == 1

    play(script)
