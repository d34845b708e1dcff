"""What `fixgate check` says of doors that stand open, and of certificates that end."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from gateway.config.exposure import exposure, lifetimes
from gateway.passwords import hash_password
from tests.certificates import Authority
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data

HASH = hash_password("s3cret")
TEXT = f"""\
[[listeners]]
host = "HOST"
port = 5001
LISTENER

{ACME}accounts = "ACC1"
CLIENT

{SIM}BROKER

{ROUTE}"""
PLAIN = (
    "listener 0.0.0.0:5001 can be reached from other machines, and is not encrypted: set its tls"
    " table"
)
OPEN = (
    "client ACME may log on from other machines by its CompIDs alone: set a password_hash,"
    " certificates or allow_from"
)
PROXIES = (
    "listener 0.0.0.0:5001 takes whomever its proxies let through: allow_from names the networks"
    " that clients come from"
)
TLS = 'tls = { certificate = "gate.pem", key = "gate.key" }'
MUTUAL = 'tls = { certificate = "gate.pem", key = "gate.key", client_ca = "ca.pem" }'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    Authority(tmp_path).issue("gate")
    return with_reference_data(tmp_path)


def text(host: str = "0.0.0.0", listener: str = "", client: str = "", broker: str = "") -> str:
    given = {"HOST": host, "LISTENER": listener, "CLIENT": client, "BROKER": broker}
    made = TEXT
    for word, value in given.items():
        made = made.replace(word, value)
    return made


@pytest.mark.parametrize("host", ["127.0.0.1", "127.1.2.3", "::1", "localhost"])
def test_what_is_for_this_machine_alone_stands_not_open(folder: Path, host: str) -> None:
    assert [*exposure(load(folder, text(host)))] == []


@pytest.mark.parametrize(
    ("listener", "client", "said"),
    [
        ("", "", [PLAIN, OPEN]),
        (TLS, "", [OPEN]),
        (TLS, f'password_hash = "{HASH}"', []),
        (TLS, 'allow_from = "10.0.0.1"', []),
        (f'{TLS}\nallow_from = "10.0.0.0/8"', "", []),
        (MUTUAL, "", []),
        (MUTUAL.replace(" }", ', client_certificate = "optional" }'), "", [OPEN]),
        (MUTUAL, 'certificates = "cn:acme"', []),
        ('proxies = "10.0.0.1"', 'allow_from = "10.0.0.1"', [PROXIES]),
        ('proxies = "10.0.0.1"\nallow_from = "192.0.2.0/24"', "", []),
    ],
)
def test_doors_that_stand_open_are_told(
    folder: Path, listener: str, client: str, said: list[str]
) -> None:
    assert [*exposure(load(folder, text(listener=listener, client=client)))] == said


def test_certificates_that_end_are_told(folder: Path) -> None:
    now = datetime.now(UTC)
    authority = Authority(folder)
    authority.issue("gate", expires=now - timedelta(hours=1))
    end = now + timedelta(days=5)
    authority.issue("other", expires=end)
    authority.issue("good", expires=now + timedelta(days=90))
    named = ", ".join(
        f'"{name}" = {{ certificate = "{name}.pem", key = "{name}.key" }}'
        for name in ("other", "good")
    )
    listener = TLS.replace(" }", f", by_server_name = {{ {named} }} }}")
    broker = 'tls = { certificate = "gate.pem", key = "gate.key" }'
    config = load(folder, text(listener=listener, broker=broker))
    expired = "is taken by nobody: certificate has expired"
    assert [line.replace(f"{folder}/", "") for line in lifetimes(config)] == [
        f"listeners[0].tls.certificate: gate.pem {expired}",
        f"listeners[0].tls.by_server_name.other.certificate: other.pem expires on"
        f" {end:%Y-%m-%d %H:%M} UTC",
        f"brokers[0].tls.certificate: gate.pem {expired}",
    ]
