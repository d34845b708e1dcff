"""Contexts made of certificates and keys in files, and what is said of files that are wrong."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import pytest

from sessions.certificates import (
    CertificateError,
    KeyPair,
    Rules,
    client_context,
    server_context,
)
from tests.certificates import Authority


def server(pair: KeyPair, client_ca: Path | None = None, **rules: str) -> ssl.SSLContext:
    return server_context(pair, {}, client_ca=client_ca, client_needed=True, rules=Rules(**rules))


def test_an_old_version_is_never_spoken(tmp_path: Path) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate"))
    assert server(pair).minimum_version == ssl.TLSVersion.TLSv1_2
    assert server(pair, min_version="1.3").minimum_version == ssl.TLSVersion.TLSv1_3
    ours = client_context(None, ca=None, check_hostname=True, rules=Rules())
    assert ours.minimum_version == ssl.TLSVersion.TLSv1_2


def test_a_server_s_certificate_is_always_checked(tmp_path: Path) -> None:
    ours = client_context(None, ca=None, check_hostname=False, rules=Rules())
    assert ours.verify_mode == ssl.CERT_REQUIRED


def test_ciphers_can_be_chosen(tmp_path: Path) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate"))
    chosen = server(pair, ciphers="ECDHE-RSA-AES256-GCM-SHA384").get_ciphers()
    old = [cipher["name"] for cipher in chosen if not cipher["name"].startswith("TLS_")]
    assert old == ["ECDHE-RSA-AES256-GCM-SHA384"]


def test_certificate_and_key_may_be_in_one_file(tmp_path: Path) -> None:
    certificate, key = Authority(tmp_path).issue("gate")
    both = tmp_path / "both.pem"
    both.write_bytes(key.read_bytes() + certificate.read_bytes())
    assert server(KeyPair(both)).num_tickets == 0


def test_a_key_with_a_password_is_opened(tmp_path: Path) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate", password="s3cret"), "s3cret")
    server(pair)
    assert "s3cret" not in repr(pair)


Spoil = Callable[[Path, Path], KeyPair]


def no_file(certificate: Path, key: Path) -> KeyPair:
    certificate.unlink()
    return KeyPair(certificate, key)


def no_key(certificate: Path, key: Path) -> KeyPair:
    key.unlink()
    return KeyPair(certificate, key)


def swapped(certificate: Path, key: Path) -> KeyPair:
    return KeyPair(key, certificate)


def without_key(certificate: Path, key: Path) -> KeyPair:
    return KeyPair(certificate)


def of_another(certificate: Path, key: Path) -> KeyPair:
    return KeyPair(certificate, Authority(key.parent, "other").issue("other")[1])


def locked(certificate: Path, key: Path) -> KeyPair:
    return KeyPair(*Authority(key.parent).issue("gate", password="s3cret"))


def locked_otherwise(certificate: Path, key: Path) -> KeyPair:
    return KeyPair(*Authority(key.parent).issue("gate", password="s3cret"), "wrong")


def damaged(certificate: Path, key: Path) -> KeyPair:
    lines = certificate.read_text().splitlines()
    certificate.write_text("\n".join(lines[:3] + lines[5:]))
    return KeyPair(certificate, key)


@pytest.mark.parametrize(
    ("spoil", "setting", "text"),
    [
        (no_file, "certificate", "/gate.pem: No such file or directory"),
        (no_key, "key", "/gate.key: No such file or directory"),
        (swapped, "certificate", "/gate.key: has no certificate in PEM format"),
        (without_key, "key", "/gate.pem: has no private key in PEM format"),
        (of_another, "key", "/other.key: is not the key of the certificate in DIR/gate.pem"),
        (locked, "key_password", "is needed for DIR/gate.key"),
        (locked_otherwise, "key_password", "does not open DIR/gate.key"),
        (damaged, "certificate", "/gate.pem and DIR/gate.key: no certificate with its key: "),
    ],
    ids=lambda value: getattr(value, "__name__", None),
)
def test_what_is_wrong_with_a_file_is_told(
    tmp_path: Path, spoil: Spoil, setting: str, text: str
) -> None:
    pair = spoil(*Authority(tmp_path).issue("gate"))
    with pytest.raises(CertificateError) as caught:
        server(pair)
    assert caught.value.setting == setting
    assert text.replace("DIR", str(tmp_path)) in str(caught.value)
    assert "s3cret" not in str(caught.value)


def test_authorities_that_are_none_are_told(tmp_path: Path) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate"))
    with pytest.raises(CertificateError, match="has no certificate in PEM format") as caught:
        server(pair, pair.key)
    assert caught.value.setting == "client_ca"
    with pytest.raises(CertificateError, match="No such file") as caught:
        client_context(None, ca=tmp_path / "no.pem", check_hostname=True, rules=Rules())
    assert caught.value.setting == "ca"


def test_ciphers_that_are_none_are_told(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match='"NO-SUCH" allows no cipher') as caught:
        server(KeyPair(*Authority(tmp_path).issue("gate")), ciphers="NO-SUCH")
    assert caught.value.setting == "ciphers"
