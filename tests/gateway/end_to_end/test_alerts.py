"""Alarms of a running gateway reach people: over FIX and over HTTP, tested, changed by a reload."""

from __future__ import annotations

import json

from gateway.control.client import ControlClient
from tests.gateway.alerts.receivers import SECRET, web_server
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import play, world


def sent(client: ControlClient) -> dict[str, int]:
    return {sink.name: sink.sent for sink in client.status().alerts}


def test_an_alarm_reaches_a_session_and_a_webhook_until_it_is_acknowledged() -> None:
    async def script() -> None:
        with web_server() as server:
            desk = {"name": "desk", "type": "news", "sessions": ["BETA"], "gather_s": 0}
            ops = {"name": "ops", "type": "webhook", "url": server.url, "secret": "env:OPS_SECRET"}
            ops |= {"gather_s": 0, "codes": ["ORDERS"]}
            clients = [settings.client("ACME"), settings.client("BETA", "FIX.4.2")]
            async with world(
                {"fill": "none"},
                clients=clients,
                alerts=[desk, ops],
                environment={"OPS_SECRET": SECRET},
            ) as w:
                beta = w.raw("BETA")
                await beta.logon()
                acme = w.raw()
                await acme.logon()
                acme.send("3", "45=2|58=no such thing|")
                got = await beta.next("B")
                assert got.get("148") == "fixgate A: alarm"
                assert str(got.get("58")).endswith("refuses our message 2: no such thing")
                server.wait(1)
                acme.send("3", "45=2|58=no such thing|")  # as before: nobody is told again
                acme.send("3", "45=3|58=no such thing|")
                server.wait(1)
                assert [text.partition("our message ")[2] for text in server.texts] == [
                    "2: no such thing",
                    "3: no such thing",
                ]
                code, said = await w.gate.fixgate("alarms", "test", "--sink", "ops")
                assert (code, said.startswith("ops (webhook): delivered after ")) == (0, True)
                assert said.endswith(" ms: HTTP status 200\n")
                server.statuses = [500]
                code, said = await w.gate.fixgate("alarms", "test", "--sink", "ops", "--json")
                assert (code, json.loads(said)["text"]) == (1, "HTTP status 500")
                code, said = await w.gate.fixgate("alarms", "test", "--sink", "fax")
                assert (code, said) == (1, 'there is no sink "fax"; there are: desk, ops\n')
                code, said = await w.gate.fixgate("alarms", "ack", "--all", "--reason", "seen")
                assert (code, said) == (0, "no alarms\n")
                acme.send("3", "45=2|58=no such thing|")
                server.wait(3)  # the two tests, and this
                assert server.bodies[-1]["alerts"][0]["count"] == 1
                await w.gate.until(lambda client: sent(client) == {"desk": 3, "ops": 3})
                acme.order("A1")
                await acme.next("8")
                code, said = await w.gate.fixgate("exposure", "--scope", "firm", "--json")
                assert (code, json.loads(said)[0]["open_orders"]) == (0, 1)
                view = await w.gate.reload(alerts=[desk | {"codes": ["TOO_LONG"]}])
                assert [(change.setting, change.effect) for change in view.changes] == [
                    ("alerts[ops]", "at once"),
                    ("alerts[desk].codes", "at once"),
                ]
                acme.send("3", "45=9|58=no such thing|")
                assert await w.gate.ask(sent) == {"desk": 3}
                assert await w.gate.stop() == 0
                await w.gate.verify()

    play(script)
