"""TLS in the configuration: what is read, and what is said of files that cannot be used."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import FixBroker
from tests.certificates import Authority
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

GOOD = f"""\
[[listeners]]
port = 5001
[listeners.tls]
LISTENER

{ACME}accounts = "ACC1"

{SIM}[brokers.tls]
BROKER

{ROUTE}"""
PAIR = 'certificate = "gate.pem"\nkey = "gate.key"'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


@pytest.fixture
def authority(folder: Path) -> Authority:
    made = Authority(folder)
    made.issue("gate")
    return made


def text(listener: str = PAIR, broker: str = "") -> str:
    return GOOD.replace("LISTENER", listener).replace("BROKER", broker)


def test_files_are_beside_the_configuration_and_passwords_elsewhere(
    folder: Path, authority: Authority, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("KEY_PASSWORD", "s3cret")
    authority.issue("locked", password="s3cret")
    locked = 'certificate = "locked.pem"\nkey = "locked.key"\nkey_password = "env:KEY_PASSWORD"'
    named = 'by_server_name = { "b.example" = { certificate = "gate.pem", key = "gate.key" } }'
    config = load(folder, text(f'{locked}\nclient_ca = "ca.pem"\n{named}', 'ca = "ca.pem"'))
    listener, broker = config.listeners[0].tls, config.brokers[0]
    assert listener is not None
    assert isinstance(broker, FixBroker)
    assert broker.tls is not None
    assert broker.tls.check_hostname
    assert [listener.certificate, listener.key] == [folder / "locked.pem", folder / "locked.key"]
    assert listener.by_server_name["b.example"].certificate == folder / "gate.pem"
    assert listener.client_certificate == "required"
    assert "s3cret" not in repr(config)


def test_without_a_table_there_is_no_tls(folder: Path) -> None:
    config = load(
        folder, text().replace("[listeners.tls]\n" + PAIR, "").replace("[brokers.tls]", "")
    )
    assert config.listeners[0].tls is None


def test_a_secret_is_never_in_the_file(folder: Path, authority: Authority) -> None:
    found = problems(folder, text(PAIR + '\nkey_password = "s3cret"'))
    assert len(found) == 1
    assert found[0].startswith("fixgate.toml:6: listeners[0].tls.key_password: a secret must not")
    assert "s3cret" not in found[0]


def test_every_problem_has_its_place(folder: Path, authority: Authority) -> None:
    authority.issue("other")
    listener = 'certificate = "gate.pem"\nkey = "other.key"\nclient_ca = "no.pem"\nciphers = "RC9"'
    broker = 'ca = "instruments.csv"\ncertificate = "gate.pem"\nkey = "no.key"'
    assert problems(folder, text(listener, broker)) == [
        'fixgate.toml:7: listeners[0].tls.ciphers: "RC9" allows no cipher',
        "fixgate.toml:24: brokers[0].tls.ca: instruments.csv: has no certificate in PEM format",
    ]
    fewer = text(listener.replace('"RC9"', '""'), broker.replace("instruments.csv", "ca.pem"))
    assert problems(folder, fewer) == [
        "fixgate.toml:5: listeners[0].tls.key: other.key: is not the key of the certificate in"
        " gate.pem",
        "fixgate.toml:26: brokers[0].tls.key: no.key: No such file or directory",
    ]
    assert problems(folder, text(PAIR + '\nclient_ca = "no.pem"')) == [
        "fixgate.toml:6: listeners[0].tls.client_ca: no.pem: No such file or directory",
    ]


def test_a_certificate_for_a_name_is_looked_at_too(folder: Path, authority: Authority) -> None:
    named = 'by_server_name = { "b.example" = { certificate = "b.pem" } }'
    assert problems(folder, text(f"{PAIR}\n{named}")) == [
        "fixgate.toml:6: listeners[0].tls.by_server_name.b.example.certificate: b.pem: No such"
        " file or directory"
    ]


def test_a_key_that_others_may_read_is_refused(folder: Path, authority: Authority) -> None:
    (folder / "gate.key").chmod(0o644)
    broker = 'certificate = "gate.pem"\nkey = "gate.key"'
    why = "gate.key: mode 0644 leaves it open to others: run `chmod 600 gate.key`"
    why += ", or 640 for a group"
    assert problems(folder, text(broker=broker)) == [
        f"fixgate.toml:5: listeners[0].tls.key: {why}",
        f"fixgate.toml:23: brokers[0].tls.key: {why}",
    ]


def test_a_key_needs_its_certificate(folder: Path, authority: Authority) -> None:
    assert problems(folder, text(broker='key = "gate.key"')) == [
        "fixgate.toml:22: brokers[0].tls.key: is the key of a certificate: set that too"
    ]


def test_old_versions_and_unknown_settings_are_refused(folder: Path, authority: Authority) -> None:
    assert problems(folder, text(f'{PAIR}\nmin_version = "1.1"\nverify = true')) == [
        'fixgate.toml:6: listeners[0].tls.min_version: must be "1.2" or "1.3", not "1.1"',
        "fixgate.toml:7: listeners[0].tls.verify: there is no such setting; here are: "
        "by_server_name, certificate, ciphers, client_ca, client_certificate, crl, key,"
        " key_password, min_version",
    ]


def test_a_bound_certificate_needs_a_listener_that_asks_for_one(
    folder: Path, authority: Authority
) -> None:
    bound = text().replace('accounts = "ACC1"', 'accounts = "ACC1"\ncertificates = "cn:acme"')
    why = "no listener that it may log on at asks for one: set client_ca in its tls table"
    assert problems(folder, bound) == [f"fixgate.toml:13: clients[0].certificates: {why}"]
    asking = bound.replace(PAIR, f'{PAIR}\nclient_ca = "ca.pem"')
    assert load(folder, asking).clients[0].certificates == ("cn:acme",)
    named = asking.replace("port = 5001", 'port = 5001\nname = "tls"')
    other = named + '\n[[listeners]]\nname = "plain"\nport = 5002\n'
    other = other.replace('"cn:acme"', '"cn:acme"\nlisteners = "plain"')
    assert problems(folder, other) == [f"fixgate.toml:15: clients[0].certificates: {why}"]


def test_names_of_certificates_are_read_as_people_write_them(
    folder: Path, authority: Authority
) -> None:
    digest = "AB:" * 31 + "AB"
    names = f'["cn:Acme Ltd", "dns:FIX.acme.example", "sha256:{digest}", "cn:{{comp_id}}"'
    names += ', "ip:2001:DB8::1"]'
    given = text(f'{PAIR}\nclient_ca = "ca.pem"')
    bound = given.replace('accounts = "ACC1"', f'accounts = "ACC1"\ncertificates = {names}')
    assert load(folder, bound).clients[0].certificates == (
        "cn:Acme Ltd",
        "dns:fix.acme.example",
        "sha256:" + "ab" * 32,
        "cn:{comp_id}",
        "ip:2001:db8::1",
    )
    for bad in ("acme", "cn:", "o:acme", "sha256:ab", "ip:ten"):
        found = problems(folder, bound.replace(names, f'"{bad}"'))
        assert found == [
            f'fixgate.toml:14: clients[0].certificates[0]: "{bad}" must be "cn:NAME", "dns:NAME",'
            ' "uri:NAME", "email:NAME", "ip:ADDRESS" or "sha256:HASH" of the certificate'
        ]


def test_networks_that_are_none_are_told(folder: Path) -> None:
    plain = text().replace(f"[listeners.tls]\n{PAIR}", 'allow_from = ["10.0.0.1/8", "::1", "ten"]')
    bad = plain.replace("[brokers.tls]", "").replace(
        "port = 5001", 'port = 5001\nproxies = "10.0.0.0/33"'
    )
    assert problems(folder, bad) == [
        'fixgate.toml:3: listeners[0].proxies[0]: "10.0.0.0/33" must be an address or a network,'
        ' such as "10.1.0.0/16"',
        'fixgate.toml:4: listeners[0].allow_from[0]: "10.0.0.1/8" has bits behind its prefix: write'
        ' "10.0.0.0/8"',
        'fixgate.toml:4: listeners[0].allow_from[2]: "ten" must be an address or a network, such as'
        ' "10.1.0.0/16"',
    ]


def test_a_revocation_list_is_one_and_needs_authorities(folder: Path, authority: Authority) -> None:
    authority.revoke()
    assert problems(folder, text(f'{PAIR}\ncrl = "ca.crl"')) == [
        "fixgate.toml:6: listeners[0].tls.crl: is for certificates of clients: set client_ca too"
    ]
    asking = f'{PAIR}\nclient_ca = "ca.pem"\ncrl = '
    assert problems(folder, text(f'{asking}"ca.pem"')) == [
        "fixgate.toml:7: listeners[0].tls.crl: ca.pem: has no revocation list in PEM format"
    ]
    listener = load(folder, text(f'{asking}"ca.crl"')).listeners[0].tls
    assert listener is not None
    assert listener.crl == folder / "ca.crl"
