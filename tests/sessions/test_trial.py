"""Whether peers would take a certificate: its dates, read by a handshake in memory."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from sessions.certificates import CertificateError, KeyPair
from sessions.trial import trial
from tests.certificates import Authority

NOW = datetime.now(UTC).replace(microsecond=0)


@pytest.mark.parametrize("as_server", [True, False])
def test_a_good_certificate_holds_until_its_last_moment(tmp_path: Path, as_server: bool) -> None:
    until = NOW + timedelta(days=3)
    pair = KeyPair(*Authority(tmp_path).issue("gate", expires=until))
    assert trial(pair, as_server=as_server) == until


@pytest.mark.parametrize("as_server", [True, False])
def test_an_expired_one_is_taken_by_nobody(tmp_path: Path, as_server: bool) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate", expires=NOW - timedelta(days=3)))
    assert trial(pair, as_server=as_server) == "certificate has expired"


def test_a_key_with_a_password_is_tried_too(tmp_path: Path) -> None:
    pair = KeyPair(*Authority(tmp_path).issue("gate", password="s3cret"), "s3cret")
    assert isinstance(trial(pair, as_server=True), datetime)


def test_files_that_cannot_be_used_are_another_matter(tmp_path: Path) -> None:
    with pytest.raises(CertificateError, match="No such file"):
        trial(KeyPair(tmp_path / "no.pem"), as_server=True)
