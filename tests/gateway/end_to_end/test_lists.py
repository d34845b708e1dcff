"""Lists of orders over TCP, in three versions, with a killed gateway between their parts."""

from __future__ import annotations

import pytest

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.gateway.end_to_end.raw_client import RawClient

TIME = "60=20261120-10:00:00"
VERSIONS = ("FIX.4.2", "FIX.4.4", "FIX.5.0SP2")


def session(version: str) -> dict[str, str]:
    if version.startswith("FIX.4"):
        return {"begin_string": version, "dialect": "linked_orders"}
    return {"begin_string": "FIXT.1.1", "default_appl_ver_id": version}


def listed(cl_ord_id: str, seq: int, text: str = "NOFILL") -> str:
    return f"11={cl_ord_id}|67={seq}|21=1|55=AAPL|54=1|{TIME}|38=100|40=2|44=187.50|58={text}|"


async def told(client: RawClient, count: int) -> set[tuple[str, str]]:
    """ClOrdID(11) and OrdStatus(39) of the next reports."""
    reports = [await client.next("8") for _ in range(count)]
    assert {report.get("66") for report in reports} == {"L1"}
    return {(report.get("11"), report.get("39")) for report in reports}


async def logged_on(w: World, version: str, seq: int = 1) -> RawClient:
    client = RawClient(w.gate.port, "ACME", session(version)["begin_string"])
    client.seq = seq
    w.raw_clients.append(client)
    await client.logon("98=0|108=30|" + ("" if version.startswith("FIX.4") else "1137=9|"))
    return client


@pytest.mark.parametrize("version", VERSIONS)
def test_a_list_comes_in_parts_before_and_after_a_crash_and_is_canceled(version: str) -> None:
    async def script() -> None:
        clients = [settings.client("ACME", **session(version))]
        async with world(clients=clients) as w:
            client = await logged_on(w, version)
            last = "" if version == "FIX.4.2" else "893=N|"
            client.send("E", f"66=L1|394=3|68=3|{last}73=1|{listed('A', 1)}")
            client.send("M", "66=L1|")
            waits = await client.next("N")
            assert (waits.get("431"), waits.get("39")) == ("2", "A")
            await w.gate.kill()
            await w.gate.start()
            await w.broker_is(up=True)
            client = await logged_on(w, version, client.seq)
            last = last.replace("N", "Y")
            body = f"{listed('B', 2)}{listed('C', 3, 'FILL')}"
            client.send("E", f"66=L1|394=3|68=3|{last}73=2|{body}")
            ack = await client.next("N")
            assert (ack.get("429"), ack.get("431"), ack.get("73")) == ("1", "2", "3")
            expected = {("A", "0"), ("B", "0"), ("C", "0"), ("C", "2")}
            assert await told(client, 4) == expected
            client.send("K", f"66=L1|{TIME}|")
            canceling = await client.next("N")
            assert canceling.get("431") == "4"
            assert await told(client, 2) == {("A", "4"), ("B", "4")}
            client.send("M", "66=L1|")
            assert (await client.next("N")).get("431") == "6"
            client.send("E", f"66=L2|394=3|68=2|73=2|{listed('D', 1)}{listed('D', 2)}")
            refused = await client.next("N")
            assert refused.get("431") == "7"
            text = "DUPLICATE_CL_ORD_ID: cl_ord_id=D"
            assert (refused.get("444"), refused.get("39")) == (text, "8")

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_a_bracket_goes_on_after_a_crash(version: str) -> None:
    async def script() -> None:
        clients = [settings.client("ACME", **session(version))]
        async with world(clients=clients) as w:
            client = await logged_on(w, version)
            children = [listed("T", 2), listed("S", 3)]
            linked = "".join(child.replace("|21=", "|583=X|21=") for child in children)
            if version == "FIX.4.2":  # whose orders never had the field: it comes last
                linked = "".join(f"{child}583=X|" for child in children)
            body = f"{listed('P', 1, 'PARTIAL')}{linked}"
            client.send("E", f"66=L1|394=3|1385=2|68=3|73=3|{body}")
            ack = await client.next("N")
            assert (ack.get("431"), ack.get("73")) == ("2", "3")
            # Held, the parent taken and filled by half, and each leg restated and released.
            assert await told(client, 8) == {("T", "0"), ("S", "0"), ("P", "0"), ("P", "1")}
            await w.broker.until(lambda: w.broker.stats().orders == 3)
            await w.gate.kill()
            await w.gate.start()
            await w.broker_is(up=True)
            client = await logged_on(w, version, client.seq)
            terms = f"21=1|55=AAPL|54=1|{TIME}|38=50|40=2|44=187.50|58=FILL|"
            client.send("G", f"11=T2|41=T|{terms}")
            filled = [await client.next("8") for _ in range(3)]
            assert {(m.get("11"), m.get("39")) for m in filled} >= {("T2", "2"), ("S", "4")}
            assert filled[-1].get("58") == "canceled by linked order T2"

    play(script)
