"""Bad input gets the answer FIX defines, or none where it says so; good orders go on after it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from tests.fix import fix
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.gateway.end_to_end.raw_client import RawClient


def wrong_checksum(message: bytes) -> bytes:
    """The same message with a CheckSum(10) that is one too high."""
    return message[:-4] + b"%03d\x01" % ((int(message[-4:-1]) + 1) % 256)


LONG_PRICE = "187." + "0" * 36 + "1"
NO_MESSAGE = {
    "garbage": lambda c: b"\x00\xffHTTP/1.1 GET / 8=FIX\x019=\x01\r\n",
    "truncated": lambda c: c.message("D", "11=T|")[:40],
    "wrong checksum": lambda c: wrong_checksum(c.message("D", "11=T|")),
    "wrong length": lambda c: fix("8=FIX.4.4|9=5|35=D|49=ACME|56=FIXGATE|11=T|"),
    "length beyond": lambda c: fix("8=FIX.4.4|9=90|35=D|49=ACME|56=FIXGATE|11=T|"),
    "negative length": lambda c: c.message("D", "11=T|").replace(b"\x019=", b"\x019=-", 1),
    "no tag": lambda c: fix("8=FIX.4.4|35=D|49=ACME|=5|10x|"),
}


@asynccontextmanager
async def paper(**more: Any) -> AsyncIterator[World]:
    """A gateway on a paper broker that leaves orders open."""
    routes = [{"name": "all", "broker": "PAPER"}]
    brokers = [{"name": "PAPER", "type": "paper", "fill": "none"}]
    async with world(start_broker=False, brokers=brokers, routes=routes, **more) as w:
        yield w


async def goes_on(client: RawClient) -> None:
    """A good order is taken."""
    client.order(f"GOOD-{client.seq}")
    answer = await client.next("8")
    assert (answer.get("11"), answer.get("39")) == (f"GOOD-{client.seq - 1}", "0")


def test_what_is_no_message_is_ignored_within_a_session() -> None:
    async def script() -> None:
        async with paper() as w:
            client = w.raw()
            await client.logon()
            for name, data in NO_MESSAGE.items():
                client.write(data(client))
                client.write(client.message("1", f"112={name}|"))  # ends what was cut short
                client.seq += 1
                answer = await client.next()
                assert answer.get("112") == name, answer
                await goes_on(client)
            await w.gate.verify()

    play(script)


def test_what_is_no_message_closes_a_connection_without_a_session() -> None:
    async def script() -> None:
        async with paper() as w:
            stranger = w.raw()
            first = [
                NO_MESSAGE["wrong checksum"](stranger),
                stranger.message("D", "11=T|"),
                stranger.message("A", "98=0|108=30|", tag_49="NOBODY"),
                stranger.message("A", "98=0|108=30|", tag_56="OTHER"),
                stranger.message("A", "98=0|108=30|", tag_8="FIX.4.2"),
                stranger.message("A", "98=0|108=30|", tag_8="FIX.9.9"),
            ]
            for data in first:
                await stranger.connect()
                stranger.write(data)
                assert await stranger.rest() == []
            client = w.raw()
            await client.logon()
            again = w.raw()
            await again.connect()
            again.write(again.message("A", "98=0|108=30|"))
            assert await again.rest() == []
            await goes_on(client)
            await w.gate.verify()

    play(script)


def test_an_oversized_message_ends_the_connection_and_the_next_is_served() -> None:
    async def script() -> None:
        async with paper() as w:
            client = w.raw()
            await client.logon()
            client.write(b"8=FIX.4.4\x019=99999999\x0135=D\x01" + b"58=" + b"x" * 100_000)
            assert await client.rest() == ["5"]
            await client.logon()
            await goes_on(client)

    play(script)


def test_attacks_on_the_numbers() -> None:
    async def script() -> None:
        async with paper() as w:
            client = w.raw()
            await client.logon()
            client.order("FIRST")
            assert (await client.next("8")).get("39") == "0"
            client.write(client.message("1", "112=LOW|", tag_34="2"))
            assert await client.rest() == ["5"]
            await client.logon()
            client.write(client.message("1", "112=NONE|", tag_34=""))
            assert await client.rest() == ["5"]
            await client.logon()
            client.seq += 5
            client.order("AHEAD")
            begin = int((await client.next("2")).get("7"))
            assert begin == client.seq - 6
            back = client.message("4", "123=Y|36=1|", tag_34=str(begin))
            fill = client.message("4", f"123=Y|36={client.seq - 1}|", tag_34=str(begin + 1))
            client.write(back + fill)
            assert (await client.next("3")).get("373") == "5"
            assert (await client.next("8")).get("11") == "AHEAD"
            client.send("2", "7=1|16=1000000|")
            assert (await client.next("4")).get("36")
            client.send("2", "7=999999|16=0|")
            assert (await client.next("3")).get("373") == "5"
            await goes_on(client)
            client.write(client.message("1", "112=HIGH|", tag_34="9" * 30))
            assert "5" in await client.rest()
            await client.logon()
            client.write(client.message("4", "36=1|"))  # Reset backwards
            assert (await client.next("3")).get("373") == "5"
            await w.gate.verify()

    play(script)


# What is wrong: SessionRejectReason(373), RefTagID(371).
REJECTED = [
    ({"38": "NaN"}, "6", "38"),
    ({"38": "1e5"}, "6", "38"),
    ({"38": "Infinity"}, "6", "38"),
    ({"38": "+5"}, "6", "38"),
    ({"38": "1" + "0" * 30}, "5", "38"),
    ({"44": LONG_PRICE}, "5", "44"),
    ({"44": "0x10"}, "6", "44"),
    ({"54": "x"}, "5", "54"),
    ({"40": "?"}, "5", "40"),
    ({"59": "Z"}, "5", "59"),
    ({"60": "yesterday"}, "6", "60"),
    ({"54": ""}, "1", "54"),
    ({"4711": "1"}, "0", "4711"),
    ({"150": "0"}, "2", "150"),
]
# What is refused: the beginning of Text(58).
REFUSED = [
    ({"38": "0"}, "QUANTITY_INVALID: OrderQty(38)=0"),
    ({"38": "-100"}, "QUANTITY_INVALID: OrderQty(38)=-100"),
    ({"38": "1" + "0" * 9}, "MAX_QUANTITY: "),
    ({"38": "100.5"}, "LOT_SIZE: "),
    ({"38": ""}, "FIELD_MISSING: field=OrderQty(38)"),
    ({"44": "187.505"}, "TICK_SIZE: "),
    ({"44": "999.00"}, "PRICE_COLLAR: "),
    ({"44": "0"}, "PRICE_INVALID: "),
    ({"44": ""}, "FIELD_MISSING: field=Price(44)"),
    ({"55": "NOSUCH"}, "INSTRUMENT_UNKNOWN: symbol=NOSUCH"),
    ({"55": "GME", "44": "20"}, "INSTRUMENT_RESTRICTED: symbol=GME"),
    ({"1": "ELSE-1"}, "ACCOUNT_NOT_ALLOWED: account=ELSE-1"),
    ({"40": "I"}, "ORD_TYPE_UNSUPPORTED: OrdType(40)=I"),
    ({"38": "100000", "44": "187.50"}, "MAX_NOTIONAL: "),
]


@pytest.mark.parametrize("name", ["ACME", "BETA"])
def test_bad_fields_are_rejected_and_bad_orders_refused(name: str) -> None:
    limits = [{**settings.FIRM, "max_notional": 10_000_000}]

    async def script() -> None:
        async with paper(**{"risk.limits": limits}) as w:
            client = w.raw(name)
            await client.logon()
            for changes, reason, tag in REJECTED:
                client.order("BAD", **changes)
                answer = await client.next()
                told = (answer.msg_type, answer.get("373"), answer.get("371"))
                assert told == ("3", reason, tag), (changes, answer)
                await goes_on(client)
            for number, (changes, text) in enumerate(REFUSED):
                client.order(f"R-{number}", **changes)
                answer = await client.next()
                told = (answer.get("150"), answer.get("39"), answer.get("58")[: len(text)])
                assert told == ("8", "8", text), (changes, answer)
                client.send("H", f"11=R-{number}|55=AAPL|54=1|")
                assert (await client.next("8")).get("39") == "8"
                await goes_on(client)
            await w.gate.verify()

    play(script)


def test_requests_for_no_order_and_messages_for_nobody() -> None:
    async def script() -> None:
        async with paper() as w:
            client = w.raw()
            await client.logon()
            body = "41=NONE|55=AAPL|54=1|60=20260101-00:00:00|"
            client.send("F", f"11=C1|{body}38=1|")
            client.send("G", f"11=G1|{body}21=1|40=2|44=187.50|38=1|")
            for cl_ord_id in ("C1", "G1"):
                answer = await client.next("9")
                told = (answer.get("11"), answer.get("37"), answer.get("39"), answer.get("102"))
                assert told == (cl_ord_id, "NONE", "8", "1")
            client.send("H", "11=NONE|55=AAPL|54=1|")
            assert (await client.next("8")).get("39") == "8"
            client.send("V", "262=1|263=0|264=1|267=1|269=0|146=1|55=AAPL|")
            answer = await client.next("j")
            assert (answer.get("372"), answer.get("380")) == ("V", "3")
            client.send("ZZ", "")
            assert (await client.next("3")).get("373") == "11"
            client.order("ONE")
            client.order("ONE")
            answers = [await client.next("8") for _ in range(2)]
            assert sorted(answer.get("150") for answer in answers) == ["0", "8"]
            assert sorted(answer.get("103") for answer in answers) == ["", "6"]
            await goes_on(client)
            await w.gate.verify()

    play(script)
