"""The signed Logon(A), against the one that Binance publishes with its key."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from sessions.effects import Outbound
from sessions.sequence import Numbers
from sessions.values import parse_utc_timestamp
from tests.fix import pipes
from tests.sessions.sessions_under_test import NOW, sent, session

PEM = """-----BEGIN PRIVATE KEY-----
MC4CAQAwBQYDK2VwBCIEIIJEYWtGBrhACmb9Dvy+qa8WEf0lQOl1s4CLIAB9m89u
-----END PRIVATE KEY-----"""
USERNAME = "sBRXrJx2DsOraMXOaUovEhgVRcjOvCtQwnWj8VxkOh1xqboS02SPGfKi2h8spZJb"
PUBLISHED = (
    "8=FIX.4.4|9=247|35=A|34=1|49=EXAMPLE|52=20240627-11:17:25.223|56=SPOT|95=88|96=4MHXelVVcpkdwuL"
    "bl6n73HQUXUf1dse2PCgT1DYqW9w8AVZ1RACFGM+5UdlGPrQHrgtS3CvsRURC1oj73j8gCA==|98=0|108=30|141=Y"
    f"|553={USERNAME}|25035=2|"
)


def test_the_logon_is_signed_as_the_published_one() -> None:
    one = session(
        role="initiator",
        sender_comp_id="EXAMPLE",
        target_comp_id="SPOT",
        username=USERNAME,
        reset_on_logon=True,
        logon_tags=["25035=2"],
        logon_key=PEM,
    )
    effects = one.connected(parse_utc_timestamp("20240627-11:17:25.223"))
    [frame] = [pipes(effect.frame) for effect in effects if isinstance(effect, Outbound)]
    fields = frame.rpartition("10=")[0].strip("|").split("|")
    assert sorted(fields) == sorted(PUBLISHED.strip("|").split("|"))
    assert fields.index("95=88") + 1 == next(i for i, f in enumerate(fields) if f[:3] == "96=")


@pytest.mark.parametrize("digits", [0, 3, 6, 9])
def test_what_is_signed_is_the_time_and_number_that_go(digits: int) -> None:
    settings = {"role": "initiator", "sending_time_digits": digits, "logon_key": PEM}
    logons = {
        sent(session(Numbers(1, 1, out), **settings).connected(NOW + later))[0]
        for out, later in ((7, 0), (8, 0), (7, 1_000_000_000))
    }
    assert len({logon.partition("96=")[2].partition("|")[0] for logon in logons}) == 3


def test_without_a_key_nothing_is_signed() -> None:
    [logon] = sent(session(role="initiator").connected(NOW))
    assert "|96=" not in logon


def test_what_is_no_key_is_refused_without_being_shown() -> None:
    with pytest.raises(ValidationError) as refused:
        session(logon_key="not-so-secret")
    assert "no private key in PEM" in str(refused.value.errors(include_input=False))
