"""Options of sessions that both engines have, with the same on either side."""

from __future__ import annotations

import pytest

from tests.interop.engines import VERSIONS
from tests.interop.worlds import order, play, world

pytestmark = pytest.mark.interop
LONG = {"resend_order_age_max_s": 300}


@pytest.mark.parametrize("version", ["FIX.4.4", "FIX.5.0SP2"])
def test_what_next_expected_numbers_say_is_missing_comes_without_being_asked_for(
    version: str,
) -> None:
    ours = {"enable_next_expected_msg_seq_num": True}
    theirs = {"settings": {"SendNextExpectedMsgSeqNum": "Y"}}

    async def script() -> None:
        async with world(
            version, client=ours, broker=ours | LONG, client_engine=theirs, broker_engine=theirs
        ) as w:
            w.send(order("A1", [58, "NOFILL"]))
            await w.statuses("0")
            numbers = await w.settled("ACME")
            await w.client.log_out()
            for number in range(2, 5):
                w.send(order(f"A{number}"))
            await w.client.ask("number", **{"in": numbers["in"] - 1})
            await w.client.ask("logon")
            report = await w.client.next("in", "8", tag_43="Y")
            assert (report.get(11), report.get(39)) == ("A1", "0")
            for number in range(2, 5):
                await w.client.next("in", "8", tag_11=f"A{number}", tag_39="2")
            asked = [said for said in w.client.events if said.type == "2"]
            assert asked == []
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_times_may_have_any_number_of_digits(version: str, digits: int) -> None:
    ours = {"sending_time_digits": digits}
    theirs = {"settings": {"TimestampPrecision": str(digits)}}

    async def script() -> None:
        async with world(
            version, client=ours, broker=ours, client_engine=theirs, broker_engine=theirs
        ) as w:
            w.send(order("A1"))
            for report in await w.statuses("0", "1", "2"):
                assert len(report.get(52).partition(".")[2]) == digits
            assert len(w.client.all("out", "D")[0].get(52).partition(".")[2]) == digits
            await w.stop()

    play(script)
