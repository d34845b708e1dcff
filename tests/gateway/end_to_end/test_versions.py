"""Two gateways, one the other's broker, and a client in every FIX version, over TCP.

What the first one sends as initiator the second takes as acceptor in the same version, so that both
roles of every version are proved against the dictionaries, with everything checked.
"""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

from gateway.translate.dialects import DIALECTS
from sessions.versions import APPL_VER_IDS
from tests.gateway.control.running import short_folder
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import Gate, play, tables
from tests.gateway.end_to_end.raw_client import RawClient
from tools.fix_peer.wire import Received

NEWS = "33=1|58=hello|"
MARKET_DATA_REQUEST = "262=M1|263=1|264=0|265=0|267=1|269=0|146=1|55=AAPL|"
STRICT = {"check_user_defined_fields": True}


def session(version: str) -> dict[str, Any]:
    """The settings that make a session one of this version."""
    if version.startswith("FIX.4"):
        return {"begin_string": version, **STRICT}
    return {"begin_string": "FIXT.1.1", "default_appl_ver_id": version, **STRICT}


def name_of(version: str) -> str:
    return "V" + version.removeprefix("FIX.").replace(".", "")


def exchange() -> dict[str, Any]:
    """The second gateway: it fills what the first one sends."""
    clients = [settings.client(name_of(v), accounts=["*"]) | session(v) for v in DIALECTS]
    return tables(paper={"fill": "partial"}, clients=clients)


def house(port: int) -> dict[str, Any]:
    """The first gateway: a client and a broker in each version."""
    clients, brokers, routes = [], [], []
    for version in DIALECTS:
        name = name_of(version)
        clients.append(settings.client(name) | session(version))
        ids = {"name": f"TO{name}", "sender_comp_id": name, "target_comp_id": "FIXGATE"}
        brokers.append(settings.fix_broker(port) | session(version) | ids)
        routes.append({"name": name, "broker": f"TO{name}", "client": name})
    return tables(paper={}, clients=clients, brokers=brokers, routes=routes)


async def trade(port: int, version: str) -> list[Received]:
    """Log on, have an order filled in two parts, ask for it, cancel what is not there, log out."""
    fixt = not version.startswith("FIX.4")
    client = RawClient(port, name_of(version), "FIXT.1.1" if fixt else version)
    appl_ver_id = f"1137={APPL_VER_IDS[version]}|" if fixt else ""
    logon = await client.logon(f"98=0|108=30|{appl_ver_id}")
    assert logon.get("1137") == (APPL_VER_IDS[version] if fixt else "")
    old = version in ("FIX.4.0", "FIX.4.1")
    client.order("A1", tag_58="all of it", tag_60="" if old else "20261120-10:00:00")
    told = [await client.next("8") for _ in range(3)]
    client.send("H", "11=A1|55=AAPL|54=1|")
    told.append(await client.next("8"))
    time = "" if old else "60=20261120-10:00:00|"
    quantity = "38=1|125=F|" if version == "FIX.4.0" else "38=1|"
    client.send("F", f"11=A2|41=NONE|55=AAPL|54=1|{time}{quantity}")
    told.append(await client.next("9"))
    headline = "148=hello|" if version == "FIX.4.1" else ""
    client.send("B" if old else "V", headline + NEWS if old else MARKET_DATA_REQUEST)
    told.append(await client.next("3" if old else "j"))
    client.send("5", "")
    await client.next("5")
    client.close()
    return told


def judged(version: str, told: list[Received]) -> None:
    new, first, second, status, refused, unserved = told
    assert [report.get("39") for report in (new, first, second, status)] == ["0", "1", "2", "2"]
    assert (second.get("14"), second.get("6")) == ("100", "187.5")
    has_exec_type = version != "FIX.4.0"
    old = version in ("FIX.4.0", "FIX.4.1", "FIX.4.2")
    assert (new.get("20") == "0") is old
    assert second.get("150") == ("" if not has_exec_type else "2" if old else "F")
    assert status.get("150") == ("" if not has_exec_type else "2" if old else "I")
    assert refused.get("58").startswith("UNKNOWN_ORDER")
    assert unserved.get("58") == "Unsupported Message Type"


def test_orders_trade_in_every_version_through_both_roles() -> None:
    async def script(folder: Path) -> None:
        behind, before = folder / "b", folder / "a"
        behind.mkdir()
        before.mkdir()
        second = Gate(behind, exchange())
        first = Gate(before, house(second.port))
        try:
            await second.start()
            await first.start()
            for version in DIALECTS:
                broker = f"TO{name_of(version)}"
                await first.until(lambda control, name=broker: control.session(name).logged_on)
            told = await asyncio.gather(*[trade(first.port, v) for v in DIALECTS])
            for version, reports in zip(DIALECTS, told, strict=True):
                judged(version, reports)
            for gate in (first, second):
                rejected = [line for line in gate.lines if "refuses our message" in str(line)]
                assert rejected == []
                assert await gate.stop() == 0
                await gate.verify()
        finally:
            for gate in (first, second):
                for line in gate.lines[-30:]:
                    print(line)
                await gate.close()

    with short_folder() as folder:
        play(lambda: script(folder))
