"""Alerts by e-mail: several in one mail when they come together."""

from __future__ import annotations

import ssl
from collections.abc import Iterable
from typing import TYPE_CHECKING, Final

from gateway.alerts.alert import Alert, UndeliveredError, printable
from gateway.config.alerts import EmailSink

if TYPE_CHECKING:
    import smtplib
    from email.message import EmailMessage

SUBJECT_MAX: Final = 120


class Mail:
    """Mails by one server; `node` names the gateway."""

    def __init__(self, config: EmailSink, node: str) -> None:
        self._config = config
        self._node = node
        self._context: ssl.SSLContext | None = None

    def open(self) -> None:
        """Part of Sink."""
        import smtplib  # noqa: F401, PLC0415 - only who has such a sink needs it

        if self._config.encryption != "none" and self._context is None:
            self._context = ssl.create_default_context()

    def close(self) -> None:
        """Part of Sink; each mail has a connection of its own."""

    def send(self, alerts: list[Alert]) -> str:
        """Part of Sink."""
        import smtplib  # noqa: PLC0415 - as above

        try:
            with self._connected() as server:
                refused = server.send_message(self._mail(alerts))
        except smtplib.SMTPRecipientsRefused as error:
            raise _refused(error.recipients.values()) from None
        except smtplib.SMTPResponseException as error:
            raise _refused([(error.smtp_code, error.smtp_error)]) from None
        except smtplib.SMTPNotSupportedError as error:
            raise UndeliveredError(str(error), again=False) from None
        except (OSError, smtplib.SMTPException) as error:
            text = str(error) or type(error).__name__
            raise UndeliveredError(printable(text), again=True) from None
        others = ", ".join(refused)
        return "taken by the mail server" + (f", but not for {others}" if others else "")

    def _connected(self) -> smtplib.SMTP:
        import smtplib  # noqa: PLC0415 - as above

        config = self._config
        server: smtplib.SMTP
        if config.encryption == "tls":
            server = smtplib.SMTP_SSL(
                config.host, config.port, timeout=config.timeout_s, context=self._context
            )
        else:
            server = smtplib.SMTP(config.host, config.port, timeout=config.timeout_s)
        try:
            if config.encryption == "starttls":
                server.starttls(context=self._context)
            if config.username:
                server.login(config.username, config.password)
        except BaseException:
            server.close()
            raise
        return server

    def _mail(self, alerts: list[Alert]) -> EmailMessage:
        from email.message import EmailMessage  # noqa: PLC0415 - as above
        from email.utils import formatdate, make_msgid  # noqa: PLC0415 - as above

        config = self._config
        mail = EmailMessage()
        mail["From"] = config.sender
        mail["To"] = ", ".join(config.to)
        mail["Subject"] = subject(self._node, alerts)
        mail["Date"] = formatdate()
        mail["Message-ID"] = make_msgid(domain=config.sender.rpartition("@")[2])
        mail["Auto-Submitted"] = "auto-generated"
        mail.set_content("".join(f"{alert.line}\n\n" for alert in alerts))
        return mail


def subject(node: str, alerts: list[Alert]) -> str:
    """One line of what it is about."""
    if len(alerts) == 1:
        said = f"{alerts[0].code}: {alerts[0].text}"
    else:
        codes = ", ".join(dict.fromkeys(alert.code for alert in alerts))
        said = f"{len(alerts)} alarms: {codes}"
    return printable(f"fixgate {node}: {said}")[:SUBJECT_MAX]


def _refused(said: Iterable[tuple[int, bytes | str]]) -> UndeliveredError:
    """A reply of 400 to 499 is for now, one from 500 on for good."""
    replies = list(said)
    texts = [
        f"{code} {text.decode('ascii', 'replace') if isinstance(text, bytes) else text}"
        for code, text in replies
    ]
    is_for_now = any(code < 500 for code, _ in replies)
    return UndeliveredError(printable(f"refused: {'; '.join(texts)}"), again=is_for_now)
