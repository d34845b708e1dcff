"""Certificates are read again when their files change, and only good ones are put to use."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from gateway.certificates import CERTIFICATE, Certificates, Current
from gateway.config import BrokerTls, ListenerTls
from sessions.tls import HandshakeError
from tests.certificates import Authority

Alarms = list[tuple[str, str]]


def listener(folder: Path, **more: object) -> ListenerTls:
    files = {"certificate": folder / "gate.pem", "key": folder / "gate.key"}
    return ListenerTls.model_validate({**files, **more})


def looked(current: Current, times: int = 2) -> list[bool]:
    return [current.look(at_once=False) for _ in range(times)]


def test_files_that_stay_are_not_read_again(tmp_path: Path) -> None:
    Authority(tmp_path).issue("gate")
    current = Current(listener(tmp_path), "listener")
    context = current()
    assert looked(current) == [False, False]
    assert not current.look(at_once=True)
    assert current() is context


def test_changed_files_are_used_when_they_stay_as_they_are(tmp_path: Path) -> None:
    authority = Authority(tmp_path)
    authority.issue("gate")
    current = Current(listener(tmp_path), "listener")
    context = current()
    authority.issue("gate")
    assert looked(current, 3) == [False, True, False]
    assert current.problem == ""
    assert current() is not context
    authority.issue("gate")
    assert current.look(at_once=True)


@pytest.mark.parametrize("spoilt", ["gone", "damaged", "another key", "open to others"])
def test_what_cannot_be_used_leaves_the_old_in_use(tmp_path: Path, spoilt: str) -> None:
    authority = Authority(tmp_path)
    certificate, key = authority.issue("gate")
    current = Current(listener(tmp_path, client_ca=authority.file), "listener")
    context, good = current(), key.read_bytes()
    if spoilt == "gone":
        certificate.rename(tmp_path / "away.pem")
    elif spoilt == "damaged":
        authority.file.write_text("nothing")
    elif spoilt == "another key":
        key.write_bytes(Authority(tmp_path, "other").issue("other")[1].read_bytes())
    else:
        key.chmod(0o644)
    assert looked(current, 3) == [False, True, False], "told once"
    said = {
        "gone": "certificate: DIR/gate.pem: No such file or directory",
        "damaged": "client_ca: DIR/ca.pem: has no certificate in PEM format",
        "another key": "key: DIR/gate.key: is not the key of the certificate in DIR/gate.pem",
        "open to others": "key: DIR/gate.key: mode 0644 leaves it open to others",
    }[spoilt]
    assert current.problem.startswith(said.replace("DIR", str(tmp_path)))
    assert current() is context
    if spoilt == "another key":
        key.write_bytes(good)
        assert looked(current) == [False, True]
        assert current.problem == ""
        assert current() is not context


def test_where_nothing_was_ever_good_nobody_is_spoken_to(tmp_path: Path) -> None:
    current = Current(BrokerTls(ca=tmp_path / "ca.pem"), "SIM")
    with pytest.raises(HandshakeError, match=r"ca: .*ca\.pem: No such file"):
        current()
    Authority(tmp_path)
    assert current.look(at_once=True)
    assert current() is not None


def play(script: Callable[[Certificates, Alarms], Awaitable[None]]) -> None:
    async def main() -> None:
        alarms: Alarms = []
        certificates = Certificates(lambda code, text: alarms.append((code, text)))
        await script(certificates, alarms)
        certificates.close()

    asyncio.run(main())


def test_what_is_wrong_is_told_in_one_line(tmp_path: Path) -> None:
    async def script(certificates: Certificates, alarms: Alarms) -> None:
        authority = Authority(tmp_path)
        authority.issue("gate")
        current = certificates.of(listener(tmp_path), "listener 0.0.0.0:5001")
        (tmp_path / "gate.key").write_text("nothing")
        await certificates.look()
        await certificates.look()
        why = f"tls.key: {tmp_path}/gate.key: has no private key in PEM format"
        text = f"listener 0.0.0.0:5001: {why}; those before stay in use"
        assert alarms == [(CERTIFICATE, text)]
        authority.issue("gate")
        await certificates.look()
        assert len(alarms) == 1
        assert current.problem == ""

    play(script)


def test_those_of_a_broker_that_is_gone_are_not_looked_at(tmp_path: Path) -> None:
    async def script(certificates: Certificates, alarms: Alarms) -> None:
        authority = Authority(tmp_path)
        current = certificates.of(BrokerTls(ca=authority.file), "SIM")
        assert current.problem == ""
        authority.file.unlink()
        del current
        await certificates.look()
        assert alarms == []

    play(script)
