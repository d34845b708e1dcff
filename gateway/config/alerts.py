"""Settings of alerts: whom alarms are told to, besides the log and `fixgate alarms list`.

Owns the three types of sinks. Knows nothing of how they are delivered.
"""

from __future__ import annotations

from typing import Annotated, Final, Literal
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, Field

from gateway.config.kinds import Name, Seconds, Texts, Whole, one_or_many
from gateway.config.section import Section

EVERY: Final = "*"
SECRET_LENGTH_MIN: Final = 16


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        host, _ = parts.hostname, parts.port
    except ValueError:
        parts, host = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not host or not text.isascii() or " " in text:
        raise ValueError("must be http://HOST/PATH or https://HOST/PATH")
    if parts.username or parts.password:
        raise ValueError("must have no user and password in it: the signature shows who sends")
    return text


def _secret(text: str) -> str:
    if len(text) < SECRET_LENGTH_MIN:
        raise ValueError(f"must have {SECRET_LENGTH_MIN} characters or more")
    return text


def _address(text: str) -> str:
    user, at, host = text.rpartition("@")
    if not (user and at and host) or not text.isascii() or not text.isprintable() or " " in text:
        raise ValueError(f'"{text}" must be an address such as "desk@example.com"')
    return text


Address = Annotated[str, AfterValidator(_address)]


class AlertSink(Section):
    """What all types of sinks have in common."""

    name: Name
    """The sink's name in commands, metrics and the log."""
    codes: Texts = Field(default=(EVERY,), min_length=1)
    """Codes of the alarms that it is sent, see "Observing it" in README.md; "*": all."""
    repeat_every_s: Seconds = Field(default=300.0, ge=0, le=604_800)
    """The same alarm is sent again after so many seconds at the earliest, with how often it was
    raised; one that was acknowledged in between is sent at once."""
    queue_max: Whole = Field(default=1000, ge=1, le=100_000)
    """Alerts that may wait to be sent; those beyond are dropped and counted."""
    gather_s: Seconds = Field(default=1.0, ge=0, le=3600)
    """Seconds that a first alert waits for others, to be sent together."""


class _Sent(AlertSink):
    """What is sent over a network that may fail."""

    timeout_s: Seconds = Field(default=10.0, gt=0, le=20)
    """Seconds to connect, and to be answered."""
    attempts_max: Whole = Field(default=6, ge=1, le=100)
    """Attempts before alerts are given up, counted and logged."""
    retry_min_s: Seconds = Field(default=1.0, gt=0, le=3600)
    """First wait before another attempt; doubles with each, with jitter."""
    retry_max_s: Seconds = Field(default=60.0, gt=0, le=86_400)
    """Longest wait before another attempt."""


class WebhookSink(_Sent):
    """Alerts by HTTP: JSON that is posted to a URL, signed."""

    type: Literal["webhook"]
    """Always "webhook"."""
    url: Annotated[str, AfterValidator(_url)] = Field(repr=False)
    """Where it is posted to, directly and without redirects; "env:NAME", "file:PATH" or
    "keyring:SERVICE/USER" where the URL itself is a secret."""
    secret: Annotated[str, AfterValidator(_secret)] = Field(repr=False)
    """Key of the signature (HMAC-SHA256), 16 characters or more; stands elsewhere: "env:NAME",
    "file:PATH" or "keyring:SERVICE/USER"."""


class EmailSink(_Sent):
    """Alerts by e-mail (SMTP)."""

    type: Literal["email"]
    """Always "email"."""
    host: str = Field(min_length=1)
    """The mail server."""
    port: Whole = Field(default=587, ge=1, le=65535)
    """Its TCP port."""
    encryption: Literal["starttls", "tls", "none"] = "starttls"
    """With "starttls" encrypted after STARTTLS or not sent at all, with "tls" from the first byte
    (port 465), with "none" never."""
    username: str = ""
    """Who logs on to it; "": nobody does."""
    password: str = Field(default="", repr=False)
    """Stands elsewhere: "env:NAME", "file:PATH" or "keyring:SERVICE/USER"."""
    sender: Address
    """The address that mails come from."""
    to: Annotated[tuple[Address, ...], BeforeValidator(one_or_many), Field(min_length=1)]
    """The addresses that they go to."""


class NewsSink(AlertSink):
    """Alerts by News(B) over FIX, to sessions of clients."""

    type: Literal["news"]
    """Always "news"."""
    sessions: Texts = Field(min_length=1)
    """Clients that are told, or templates for all of theirs."""
    urgency: Literal["normal", "flash", "background"] = "flash"
    """Urgency(61)."""


Alert = Annotated[WebhookSink | EmailSink | NewsSink, Field(discriminator="type")]
