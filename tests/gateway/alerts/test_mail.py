"""Alerts by e-mail to a real mail server on this machine: encrypted, together, refused."""

from __future__ import annotations

import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, AuthResult, Envelope, Session

from gateway.alerts.alert import UndeliveredError
from gateway.alerts.courier import Courier
from gateway.alerts.mail import SUBJECT_MAX, Mail, subject
from gateway.config.alerts import EmailSink
from tests.certificates import Authority
from tests.gateway.alerts.receivers import HANG_S, alert
from tests.gateway.end_to_end.settings import free_port


class Box:
    """What a mail server took; it answers `says` to each mail."""

    def __init__(self) -> None:
        self.mails: list[EmailMessage] = []
        self.says = ["250 OK"]
        self.port = 0

    async def handle_DATA(  # noqa: N802 - as aiosmtpd calls it
        self, _server: SMTP, _session: Session, envelope: Envelope
    ) -> str:
        said = self.says.pop(0) if len(self.says) > 1 else self.says[0]
        if said.startswith("250"):
            assert isinstance(envelope.content, bytes)
            self.mails.append(message_from_bytes(envelope.content, policy=policy.default))  # type: ignore[arg-type]  # EmailMessage by its policy
        return said


def only_me(_server: SMTP, _session: Session, _envelope: Envelope, _how: str, data: Any) -> Any:
    is_right = (data.login, data.password) == (b"me", b"s3cret")
    return AuthResult(success=is_right, handled=False)


@contextmanager
def mail_server(folder: Path | None = None) -> Iterator[Box]:
    """With a folder it has STARTTLS and a password there, else neither."""
    box, options = Box(), {}
    if folder is not None:
        certificate, key = Authority(folder, "ca").issue("localhost")
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate, key)
        options = {"tls_context": context, "authenticator": only_me, "auth_required": True}
    box.port = free_port()
    controller = Controller(box, hostname="127.0.0.1", port=box.port, **options)
    controller.start()
    try:
        yield box
    finally:
        controller.stop()


def email(port: int, **changes: Any) -> EmailSink:
    given = {
        "name": "mail",
        "type": "email",
        "host": "127.0.0.1",
        "port": port,
        "encryption": "none",
        "sender": "fixgate@example.com",
        "to": ["one@example.com", "two@example.com"],
        "gather_s": 0,
        "retry_min_s": 0.01,
        "retry_max_s": 0.01,
    }
    return EmailSink.model_validate(given | changes)


def sent(config: EmailSink) -> str:
    mail = Mail(config, "A")
    mail.open()
    return mail.send([alert("a text")])


def test_alarms_that_come_together_are_one_mail() -> None:
    with mail_server() as box:
        courier = Courier(email(box.port), lambda config: Mail(config, "A"))  # type: ignore[arg-type]  # no other
        for number in range(3):
            courier.put(alert(f"number {number}", count=number))
        courier.start()
        while courier.waiting:
            courier.join(0.01)
        courier.end()
        courier.join(HANG_S)
    [mail] = box.mails
    assert mail["Subject"] == "fixgate A: 3 alarms: ORDERS"
    assert (mail["From"], mail["To"]) == ("fixgate@example.com", "one@example.com, two@example.com")
    assert mail.get_content().splitlines()[0:5:2] == [
        "L-1 ORDERS: number 0",
        "L-1 ORDERS: number 1",
        "L-1 ORDERS: number 2 (2 times)",
    ]
    assert courier.counts.sent == 3


def test_it_is_encrypted_and_the_server_proves_who_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server(tmp_path) as box:
        config = email(box.port, encryption="starttls", username="me", password="s3cret")
        with pytest.raises(UndeliveredError, match="certificate verify failed") as caught:
            sent(config)
        assert caught.value.again
        monkeypatch.setenv("SSL_CERT_FILE", str(tmp_path / "ca.pem"))
        assert sent(config) == "taken by the mail server"
        with pytest.raises(UndeliveredError, match="refused: 535") as caught:
            sent(config.model_copy(update={"password": "wrong"}))
        assert not caught.value.again
    assert len(box.mails) == 1


def test_without_starttls_nothing_is_sent_that_should_be_encrypted() -> None:
    with mail_server() as box:
        with pytest.raises(UndeliveredError, match="STARTTLS") as caught:
            sent(email(box.port, encryption="starttls"))
        assert not caught.value.again
    assert box.mails == []


def test_what_a_server_refuses_for_now_is_tried_again() -> None:
    with mail_server() as box:
        box.says = ["451 later", "552 too much"]
        with pytest.raises(UndeliveredError, match="refused: 451 later") as caught:
            sent(email(box.port))
        assert caught.value.again
        with pytest.raises(UndeliveredError, match="refused: 552 too much") as caught:
            sent(email(box.port))
        assert not caught.value.again


def test_a_text_steers_no_header() -> None:
    said = subject("A", [alert("x\r\nBcc: them@example.com" + "y" * 200)])
    assert said.startswith(
        "fixgate A: ORDERS: x\N{REPLACEMENT CHARACTER}\N{REPLACEMENT CHARACTER}Bcc"
    )
    assert len(said) == SUBJECT_MAX
