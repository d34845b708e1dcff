"""Clients that ask for too much: they wait, are told, or are sent away, and nothing is lost."""

from __future__ import annotations

from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import play, world

ORDERS = 150


def test_a_client_that_floods_is_read_at_its_rate_and_everything_is_answered() -> None:
    async def script() -> None:
        slow = settings.client("ACME", message_rate_per_s=200, message_burst=20)
        async with world(clients=[slow]) as w:
            client = w.raw()
            await client.logon()
            for part in range(3):
                for number in range(ORDERS // 3):
                    client.order(f"X{part}-{number}")
                accepted = [await client.next("8") for _ in range(ORDERS // 3)]
                assert {report.get("150") for report in accepted} == {"0"}
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit["message_rate_per_s"] > 0
            assert [alarm.code for alarm in status.alarms] == ["MESSAGE_RATE"]
            assert status.orders_open == ORDERS
            await w.gate.verify()

    play(script)


def test_a_client_that_asks_for_everything_again_and_again_is_sent_away() -> None:
    async def script() -> None:
        strict = settings.client("ACME", resend_repeats_max=2, resend_max_messages=5)
        async with world(clients=[strict]) as w:
            client = w.raw()
            await client.logon()
            client.order("X")
            await client.next("8")
            for _ in range(2):
                client.send("2", "7=1|16=0|")
                assert (await client.next("8")).get("43") == "Y"
            client.send("2", "7=1|16=0|")
            logout = await client.next("5")
            assert logout.get("58") == (
                "messages from 1 on were sent again 2 times without any progress"
            )
            assert await client.rest() == []
            await client.logon()
            for number in range(4):
                client.order(f"Y{number}")
                await client.next("8")
            client.send("2", "7=1|16=0|")
            text = "8 messages are too many to be sent again: ask for at most 5 at a time"
            assert (await client.next("5")).get("58") == text
            assert await client.rest() == []
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit == {"resend_repeats_max": 1, "resend_max_messages": 1}
            await client.logon()
            client.send("2", "7=2|16=2|")
            assert (await client.next("8")).get("43") == "Y"

    play(script)
