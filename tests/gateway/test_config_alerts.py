"""Sinks of alerts in the configuration: what is good, and what is said of what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config.alerts import EmailSink, WebhookSink
from gateway.config.diff import differences
from gateway.config.notes import notes
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

GOOD = f"""\
[[listeners]]
port = 5001

{ACME}accounts = "ACC1"

{SIM}
{ROUTE}
[[alerts]]
"""
WEBHOOK = """\
name = "ops"
type = "webhook"
url = "https://alerts.example.com/x"
secret = "env:OPS_SECRET"
"""
EMAIL = """\
name = "mail"
type = "email"
host = "smtp.example.com"
sender = "fixgate@example.com"
to = ["desk@example.com"]
"""
NEWS = 'name = "desk"\ntype = "news"\nsessions = "ACME"\n'
CODE_LIST = "APPROVAL_WANTED, ARCHIVE, AUDIT_LAG, AUTHENTICATION, BREAKER"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("OPS_SECRET", "sixteen characters")
    return with_reference_data(tmp_path)


def said(folder: Path, sink: str) -> list[str]:
    """The problems, without line and place in front."""
    return [line.partition(": ")[2] for line in problems(folder, GOOD + sink)]


def test_a_secret_is_kept_elsewhere_and_never_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = load(folder, GOOD + WEBHOOK)
    [sink] = config.alerts
    assert isinstance(sink, WebhookSink)
    assert sink.secret == "sixteen characters"
    assert "sixteen" not in repr(config)
    monkeypatch.setenv("OPS_SECRET", "another one of 26 characters")
    [change] = differences(config, load(folder, GOOD + WEBHOOK))
    assert change.text == "alerts[ops].secret: changed (not shown)"


def test_a_url_may_be_a_secret_too(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPS_URL", "https://alerts.example.com/t0ken")
    config = load(folder, GOOD + WEBHOOK.replace("https://alerts.example.com/x", "env:OPS_URL"))
    [sink] = config.alerts
    assert isinstance(sink, WebhookSink)
    assert sink.url.endswith("/t0ken")
    assert "t0ken" not in repr(config)


BAD: list[tuple[str, str, str, str]] = [
    (WEBHOOK, "https://alerts.example.com/x", "ftp://alerts.example.com",
     "alerts[0].url: must be http://HOST/PATH or https://HOST/PATH"),
    (WEBHOOK, "https://alerts.example.com/x", "https://me:pw@alerts.example.com/",
     "alerts[0].url: must have no user and password in it: the signature shows who sends"),
    (WEBHOOK, "https://alerts.example.com/x", "https://alerts.example.com:port/",
     "alerts[0].url: must be http://HOST/PATH or https://HOST/PATH"),
    (WEBHOOK, 'secret = "env:OPS_SECRET"', "", "alerts[0].secret: is missing"),
    (WEBHOOK, "env:OPS_SECRET", "env:NOT_THERE",
     "alerts[0].secret: the environment variable NOT_THERE is not set"),
    (WEBHOOK, "env:OPS_SECRET", "sixteen characters",
     'alerts[0].secret: a secret must not stand here: keep it elsewhere, and set "env:NAME",'
     ' "file:PATH" or "keyring:SERVICE/USER"'),
    (WEBHOOK, "webhook", "fax",
     'alerts[0]: must have a type, one of "webhook", "email", "news"'),
    (WEBHOOK + "retry_max_s = 0.5\n", "", "",
     "alerts[0].retry_max_s: must be at least retry_min_s, which is 1"),
    (EMAIL, 'sender = "fixgate@example.com"', 'sender = "fixgate"',
     'alerts[0].sender: "fixgate" must be an address such as "desk@example.com"'),
    (EMAIL, '"desk@example.com"', "", "alerts[0].to: must not be empty"),
    (EMAIL + 'password = "env:OPS_SECRET"\n', "", "", "alerts[0].password: needs a username"),
    (EMAIL + 'username = "me"\nencryption = "none"\n', "", "",
     'alerts[0].encryption: would send a password for all to read: set "starttls" or "tls"'),
    (NEWS, '"ACME"', '["ACME", "BETA"]',
     'alerts[0].sessions: there is no client "BETA"; there are: ACME'),
    (NEWS + "queue_max = 0\n", "", "",
     "alerts[0].queue_max: must be greater than or equal to 1, not 0"),
    (NEWS + "[[alerts]]\n" + NEWS, "", "",
     'alerts[1].name: "desk" is already the name of alerts[0]'),
]  # fmt: skip


@pytest.mark.parametrize(("sink", "old", "new", "expected"), BAD)
def test_a_mistake_is_one_line(folder: Path, sink: str, old: str, new: str, expected: str) -> None:
    assert said(folder, sink.replace(old, new)) == [expected]


def test_an_unknown_code_is_told_with_those_that_there_are(folder: Path) -> None:
    [text] = said(folder, NEWS + 'codes = ["ORDERS", "ODRERS"]\n')
    assert text.startswith(f'alerts[0].codes: there is no code "ODRERS"; there are: {CODE_LIST}')


def test_a_secret_that_is_too_short_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OPS_SECRET", "sh0rt")
    assert said(folder, WEBHOOK) == ["alerts[0].secret: must have 16 characters or more"]


def test_what_goes_over_a_network_for_all_to_read_is_told(folder: Path) -> None:
    quiet = load(folder, GOOD + WEBHOOK.replace("https://alerts.example.com", "http://127.0.0.1"))
    before = notes(quiet)
    loud = load(folder, GOOD + WEBHOOK.replace("https:", "http:"))
    assert [note for note in notes(loud) if note not in before] == [
        "alerts of ops go to alerts.example.com for all to read: they are not encrypted"
    ]
    config = load(folder, GOOD + EMAIL.replace('["desk@example.com"]', '"desk@example.com"'))
    assert isinstance(config.alerts[0], EmailSink)
    assert notes(config) == before
