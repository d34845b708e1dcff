"""Certificates that are bound to CompIDs: who has another one is a stranger."""

from __future__ import annotations

import hashlib
import signal
import ssl
from collections.abc import Callable
from contextlib import suppress
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.certificates import Authority
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import World, play, world
from tests.tls_end import TlsEnd

PAPER: dict[str, Any] = {
    "brokers": [settings.paper_broker()],
    "routes": [{"name": "all", "broker": "PAPER"}],
    "start_broker": False,
}


def tls(authority: Authority, **more: Any) -> list[dict[str, Any]]:
    certificate, key = authority.issue("gate")
    table = {"certificate": str(certificate), "key": str(key), "client_ca": str(authority.file)}
    return [{"port": settings.free_port(), "tls": {**table, **more}}]


async def answers(w: World, context: ssl.SSLContext, name: str = "ACME") -> bool:
    """Whether a Logon(A) is answered; where it is not, nothing is said at all."""
    raw = w.raw(name)
    await raw.connect(tls=context)
    raw.send("A", "98=0|108=30|141=Y|")
    try:
        await raw.next("A")
    except AssertionError:
        return False
    raw.close()
    await w.gate.until(lambda control: not any(s.peer for s in control.sessions()))
    return True


def of_hash(authority: Authority) -> str:
    der = ssl.PEM_cert_to_DER_cert(_first(authority.issue("acme")[0]))
    digest = hashlib.sha256(der).hexdigest().upper()
    return "sha256:" + ":".join(digest[i : i + 2] for i in range(0, 64, 2))


def _first(file: Path) -> str:
    end = "-----END CERTIFICATE-----\n"
    return file.read_text().partition(end)[0] + end


@pytest.mark.parametrize(
    "named",
    [lambda _: "cn:acme", lambda _: "dns:fix.acme.example", of_hash],
    ids=["common name", "alternative name", "hash"],
)
def test_a_client_comes_in_with_its_certificate_only(
    tmp_path: Path, named: Callable[[Authority], str]
) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        right = authority.client()
        name = named(authority)
        if not name.startswith("sha256"):
            authority.issue("acme", "fix.acme.example")
        right.load_cert_chain(tmp_path / "acme.pem", tmp_path / "acme.key")
        clients = [settings.client("ACME", certificates=name), settings.client("BETA", "FIX.4.2")]
        async with world(**PAPER, listeners=tls(authority), clients=clients) as w:
            assert await answers(w, right)
            assert not await answers(w, authority.client("mallory"))
            alarm = await w.gate.said("alarm", code="AUTHENTICATION")
            assert "ACME has another certificate than cn:mallory, " in alarm["text"]
            assert not await answers(w, authority.client("acme2"), "NOBODY")
            assert await answers(w, authority.client("mallory"), "BETA"), "it is bound to none"
            assert await answers(w, right)
            await w.stop()

    play(script)


def test_where_certificates_are_optional_a_bound_client_still_needs_its_own(
    tmp_path: Path,
) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        listeners = tls(authority, client_certificate="optional")
        clients = [
            settings.client("ACME", certificates=["cn:other", "cn:acme"]),
            settings.client("BETA", "FIX.4.2"),
        ]
        async with world(**PAPER, listeners=listeners, clients=clients) as w:
            assert not await answers(w, authority.client())
            refused = await w.gate.said("connection refused", why="ACME must show a certificate")
            assert refused["peer"].startswith("127.0.0.1:")
            assert await answers(w, authority.client("acme"))
            assert await answers(w, authority.client(), "BETA")
            await w.stop()

    play(script)


def test_a_template_binds_each_client_to_its_own_certificate(tmp_path: Path) -> None:
    async def script() -> None:
        authority = Authority(tmp_path)
        template = settings.client("T", target_comp_id="ACME*", certificates="cn:{comp_id}")
        async with world(**PAPER, listeners=tls(authority), clients=[template]) as w:
            assert await answers(w, authority.client("ACME1"), "ACME1")
            assert not await answers(w, authority.client("ACME1"), "ACME2")
            assert not await answers(w, authority.client("ACME2"), "ACME1")
            assert await answers(w, authority.client("ACME2"), "ACME2")
            await w.stop()

    play(script)


def test_a_revoked_certificate_is_good_for_nothing(tmp_path: Path) -> None:
    """From the moment that the new list is there."""

    async def script() -> None:
        authority = Authority(tmp_path)
        good, lost = authority.client("good"), authority.client("lost")
        crl = authority.revoke()
        async with world(**PAPER, listeners=tls(authority, crl=str(crl))) as w:
            assert await answers(w, good)
            assert await answers(w, lost)
            authority.revoke(tmp_path / "lost.pem")
            w.gate.signal(signal.SIGHUP)
            await w.gate.said("certificates read again")
            with pytest.raises(ssl.SSLError, match="REVOKED"):
                await answers(w, lost)
            why = "its certificate is not accepted: certificate revoked"
            await w.gate.said("connection refused", why=why)
            assert await answers(w, good)
            authority.revoke(until=timedelta(days=-1))
            w.gate.signal(signal.SIGHUP)
            why = "its certificate is not accepted: CRL has expired"
            while not any(line.get("why") == why for line in w.gate.lines):
                with suppress(ssl.SSLError):
                    await answers(w, good)
            await w.stop()

    play(script)


@pytest.mark.parametrize("how", ["by themselves", "by SIGHUP", "by fixgate reload"])
def test_new_certificates_are_used_without_a_restart(tmp_path: Path, how: str) -> None:
    """And whoever is there stays."""

    async def script() -> None:
        old = Authority(tmp_path, "old")
        authority = Authority(tmp_path)
        async with world(**PAPER, listeners=tls(old)) as w:
            raw = w.raw()
            await raw.connect(tls=old.client("acme"))
            raw.send("A", "98=0|108=30|")
            await raw.next("A")
            (tmp_path / "gate.key").write_text("half written")
            w.gate.signal(signal.SIGHUP)
            alarm = await w.gate.said("alarm", code="CERTIFICATE")
            assert "gate.key: has no private key in PEM format; those before" in alarm["text"]
            assert await connects(w, old.client("beta"))
            new = authority.issue("gate")  # the same files
            old.file.write_bytes(authority.file.read_bytes())
            assert new[0] == tmp_path / "gate.pem"
            if how == "by SIGHUP":
                w.gate.signal(signal.SIGHUP)
            elif how == "by fixgate reload":
                code, said = await w.gate.fixgate("reload", "--reason", "new certificates")
                assert code == 0, said
            await w.gate.said("certificates read again")
            assert await connects(w, authority.client("beta"))
            raw.send("1", "112=STILL|")
            assert (await raw.next("0")).get("112") == "STILL"
            await w.stop()

    play(script)


async def connects(w: World, context: ssl.SSLContext) -> bool:
    """Whether there is TLS, both ways."""
    end = await TlsEnd.connect(w.gate.port, context)
    end.write(b"no FIX")
    end.close()
    return True
