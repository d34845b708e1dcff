"""TLS between the gateway and QuickFIX's own TLS classes, in each version: both sides show
certificates, and nobody trades with one that shows none, or a stranger's.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.gateway.end_to_end import settings
from tests.interop.engines import VERSIONS
from tests.interop.worlds import World, order, play, world

pytestmark = pytest.mark.interop
ALWAYS_ASKED = "2"


def engine(authority: Authority, name: str, kind: str = "") -> dict[str, Any]:
    """Arguments of an engine that trusts the authority. `kind`: whose certificate it shows, as
    "Client" or "Server"; "": none.
    """
    chosen = {"CertificationAuthoritiesFile": str(authority.file)}
    chosen["CertificateVerifyLevel"] = ALWAYS_ASKED
    if kind:
        certificate, key = authority.issue(name)
        chosen |= {
            f"{kind}CertificateFile": str(certificate),
            f"{kind}CertificateKeyFile": str(key),
        }
    return {"settings": chosen, "options": {"tls": True}}


def own(authority: Authority) -> dict[str, str]:
    """The gateway's certificate."""
    certificate, key = authority.issue("gate")
    return {"certificate": str(certificate), "key": str(key)}


def listeners(authority: Authority) -> list[dict[str, Any]]:
    """One that wants certificates."""
    tls = {**own(authority), "client_ca": str(authority.file)}
    return [{"port": settings.free_port(), "tls": tls}]


def certificate_is_why(w: World, event: str) -> Iterator[bool]:
    """Of each line of the gateway about such an event."""
    return ("certificate" in line["why"] for line in w.gate.lines if line["event"] == event)


@pytest.mark.parametrize("version", VERSIONS)
def test_orders_go_over_tls_with_certificates_of_all_sides(version: str, tmp_path: Path) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        async with world(
            version,
            listeners=listeners(authority),
            broker={"tls": {**own(authority), "ca": str(authority.file)}},
            client_engine=engine(authority, "acme", "Client"),
            broker_engine=engine(authority, "sim", "Server"),
        ) as w:
            for number in range(20):
                w.send(order(f"A{number}"))
            for number in range(20):
                await w.client.next("in", "8", tag_11=f"A{number}", tag_39="2")
            await w.client.kill()
            await w.client.start()
            await w.client.next("logon")
            await w.stop()

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize("shown", ["", "Client"])
def test_the_gateway_takes_no_client_without_a_certificate_that_it_trusts(
    version: str, shown: str, tmp_path: Path
) -> None:
    async def script() -> None:
        authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
        client = engine(stranger, "acme", shown)
        client["settings"]["CertificationAuthoritiesFile"] = str(authority.file)
        async with world(
            version,
            paper=True,
            listeners=listeners(authority),
            client_engine=client,
            started=False,
        ) as w:
            await w.gate.start()
            await w.client.start()
            await w.gate.until(lambda _: any(certificate_is_why(w, "connection refused")))
            await w.client.kill()
            assert not w.client.all("logon")

    play(script)


@pytest.mark.parametrize("version", VERSIONS)
def test_the_gateway_refuses_a_broker_with_a_strangers_certificate(
    version: str, tmp_path: Path
) -> None:
    async def script() -> None:
        authority, stranger = Authority(tmp_path), Authority(tmp_path, "stranger")
        async with world(
            version,
            broker={"tls": {"ca": str(authority.file)}},
            broker_engine=engine(stranger, "sim", "Server"),
            started=False,
        ) as w:
            await w.broker.start()
            await w.broker.next("created")
            await w.gate.start()
            await w.gate.until(lambda _: any(certificate_is_why(w, "cannot connect")))
            assert not w.broker.all("logon")

    play(script)
