"""Clients that ask for too much: they wait, are told, or are sent away, and nothing is lost."""

from __future__ import annotations

from typing import Any

from store.reader import JournalReader
from store.record import IN
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import play, world

ORDERS = 150
LONG_REPORTS = 200
PAPER: dict[str, Any] = {
    "brokers": [
        {"name": "PAPER", "type": "paper", "fill": "partial", "slices": 1000, "fill_delay_ms": 200}
    ],
    "routes": [{"name": "all", "broker": "PAPER"}],
    "start_broker": False,
}


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


def test_a_client_that_does_not_read_is_cut_off_and_gets_everything_when_it_does() -> None:
    async def script() -> None:
        slow = settings.client("ACME", write_max_bytes=65_536)
        async with world(clients=[slow], **PAPER) as w:
            client = w.raw()
            await client.logon(takes_bytes=4096)
            for number in range(LONG_REPORTS):  # each report repeats what the security is
                client.order(f"X{number}", "107=" + "x" * 4000 + "|", tag_38="100000", tag_58="")
            await w.gate.until(lambda control: not control.session("ACME").logged_on)
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit == {"write_max_bytes": 1}
            (alarm,) = status.alarms
            assert alarm.code == "SLOW_CONSUMER"
            assert alarm.text.startswith("ACME: the peer does not read: ")
            taken = (await w.gate.ask(lambda control: control.session("ACME"))).next_in - 2
            assert 0 < taken <= LONG_REPORTS
            await w.gate.until(lambda control: control.status().orders_open == 0)
            client.seq = taken + 2
            await client.logon()
            client.send("2", "7=1|16=0|")
            filled = dict.fromkeys((f"X{number}" for number in range(taken)), 0)
            last = 1
            while any(quantity < 100_000 for quantity in filled.values()):
                report = await client.next()
                if report.msg_type == "4":
                    continue
                assert (report.get("43"), int(report.get("34"))) == ("Y", last + 1)
                last += 1
                filled[report.get("11")] += int(report.get("32") or 0)
            assert set(filled.values()) == {100_000}

    play(script)


def test_a_client_that_takes_too_long_to_read_is_cut_off_and_loses_nothing() -> None:
    async def script() -> None:
        slow = settings.client("ACME", write_max_bytes=67_108_864, write_max_age_s=4)
        at_once = {**PAPER["brokers"][0], "fill_delay_ms": 0}
        async with world(clients=[slow], **{**PAPER, "brokers": [at_once]}) as w:
            client = w.raw()
            await client.logon(takes_bytes=4096)
            for number in range(200):  # some fifty kilobytes of reports each
                client.order(f"X{number}", "107=" + "x" * 4000 + "|", tag_38="100000", tag_58="")
            await w.gate.until(lambda control: not control.session("ACME").logged_on)
            status = await w.gate.ask(lambda control: control.status())
            assert status.limits_hit == {"write_max_age_s": 1}
            assert [alarm.code for alarm in status.alarms] == ["SLOW_CONSUMER"]
            assert status.alarms[0].text.endswith(" bytes are unsent, some for 4 s")
            taken = (await w.gate.ask(lambda control: control.session("ACME"))).next_in - 2
            assert taken > 0
            client.seq = taken + 2
            await client.logon()
            client.send("2", "7=1|16=0|")
            filled, last = 0, 1
            while filled < 100_000 * taken:
                report = await client.next()
                if report.msg_type == "8":
                    assert int(report.get("34")) == last + 1, "nothing is missing"
                    last += 1
                    filled += int(report.get("32") or 0)

    play(script)


def test_a_client_that_comes_back_while_its_backlog_was_not_read_is_let_in() -> None:
    async def script() -> None:
        strict = settings.client("ACME", message_rate_per_s=1, message_burst=20)
        async with world(clients=[strict], **PAPER) as w:
            client = w.raw()
            await client.logon()
            for number in range(400):
                client.order(f"X{number}")
                await client.drained()
            await w.gate.until(lambda c: "message_rate_per_s" in c.status().limits_hit)
            await client.logon()  # long before what came is within the rate
            asked = await client.next("2")
            assert 1 < int(asked.get("7")) < client.seq

    play(script)


def test_a_connection_that_is_held_back_gives_way_to_its_own_peer_alone() -> None:
    async def script() -> None:
        strict = settings.client("ACME", message_rate_per_s=1, message_burst=20)
        async with world(clients=[strict], **PAPER) as w:
            client = w.raw()
            await client.logon()
            for number in range(100):  # the end of this connection would lie behind them
                client.order(f"X{number}")
            await w.gate.until(lambda c: "message_rate_per_s" in c.status().limits_hit)
            other = w.raw()
            other.seq = client.seq
            await other.connect(source="127.0.0.2")
            other.send("A", "98=0|108=30|")
            assert await other.rest() == [], "it is somebody else"
            again = w.raw()
            again.seq = client.seq
            await again.logon()
            await client.rest()  # its connection is over

    play(script)


def test_strangers_cannot_fill_the_disk() -> None:
    async def script() -> None:
        port = settings.free_port()
        few = {"port": port, "evidence_bytes_per_h": 3000}
        async with world(listeners=[few], **PAPER) as w:
            stranger = w.raw()
            for number in range(60):
                await stranger.connect()
                stranger.write(stranger.message("A", "98=0|108=30|", tag_49=f"NOBODY-{number}"))
                await stranger.rest()
            status = await w.gate.ask(lambda control: control.status())
            assert 30 < status.limits_hit["evidence_bytes_per_h"] < 60
            client = w.raw()
            await client.logon()
            assert await w.gate.stop() == 0
            records = [
                record
                for batch in JournalReader(w.gate.folder / "data" / "journal").batches()
                for record in batch.records
                if record.kind == IN and record.link == 0
            ]
            assert len(records) == 60 - status.limits_hit["evidence_bytes_per_h"]
            assert sum(len(record.payload) for record in records) < 3000

    play(script)


def test_strangers_that_only_sit_there_are_counted_when_they_are_too_many() -> None:
    async def script() -> None:
        few = {"port": settings.free_port(), "max_unidentified_connections": 2}
        async with world(listeners=[few], **PAPER) as w:
            idle = [w.raw() for _ in range(5)]
            for client in idle:
                await client.connect()
            counted = {"max_unidentified_connections": 3}
            await w.gate.until(lambda control: control.status().limits_hit == counted)
            client = w.raw()
            await client.logon()

    play(script)
