"""Where secrets are kept, and what is said when they cannot be had."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from gateway.config import FixBroker
from gateway.passwords import hash_password
from tests.gateway.config_files import ACME, ROUTE, SIM, load, problems, with_reference_data

HASH = hash_password("s3cret")
GOOD = f"""\
[[listeners]]
port = 5001

{ACME}accounts = "ACC1"
CLIENT

{SIM}BROKER

{ROUTE}"""
AT_CLIENT, AT_BROKER = "fixgate.toml:10: clients[0].", "fixgate.toml:19: brokers[0]."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def text(client: str = "", broker: str = "") -> str:
    return GOOD.replace("CLIENT", client).replace("BROKER", broker)


def secret_file(folder: Path, name: str, value: str, mode: int = 0o600) -> None:
    (folder / name).write_text(value + "\n")
    (folder / name).chmod(mode)


def test_secrets_come_from_the_environment_or_a_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ACME_HASH", HASH)
    secret_file(folder, "sim.key", "0ther", 0o640)
    config = load(folder, text('password_hash = "env:ACME_HASH"', 'password = "file:sim.key"'))
    client, broker = config.clients[0], config.brokers[0]
    assert isinstance(broker, FixBroker)
    assert [client.password_hash, broker.password] == [HASH, "0ther"]
    assert HASH not in repr(config)
    assert "0ther" not in repr(config)


def test_a_hash_may_stand_in_the_file(folder: Path) -> None:
    config = load(folder, text(f'username = "me"\npassword_hash = "{HASH}"'))
    assert config.clients[0].password_hash == HASH


def test_missing_secrets_are_problems_at_their_lines(folder: Path) -> None:
    found = problems(folder, text('password_hash = "env:NOT_THERE"', 'password = "file:no.key"'))
    assert found == [
        AT_CLIENT + "password_hash: the environment variable NOT_THERE is not set",
        AT_BROKER + "password: no.key: No such file or directory",
    ]


@pytest.mark.parametrize("mode", [0o644, 0o604, 0o620, 0o602])
def test_a_file_that_others_may_read_or_write_keeps_no_secret(folder: Path, mode: int) -> None:
    secret_file(folder, "sim.key", "other", mode)
    (found,) = problems(folder, text("", 'password = "file:sim.key"'))
    assert found.startswith(AT_BROKER + f"password: sim.key: mode {mode:04o} leaves it open")
    assert "`chmod 600 sim.key`" in found


@pytest.mark.parametrize(
    ("client", "broker", "found"),
    [
        (
            'password = "s3cret"',
            "",
            AT_CLIENT + "password: no client's password is kept: set password_hash to the line that"
            " `fixgate hash-password` prints",
        ),
        (
            'password = "env:PATH"',
            "",
            AT_CLIENT + "password: no client's password is kept: set password_hash to the line that"
            " `fixgate hash-password` prints",
        ),
        (
            'password_hash = "s3cret"',
            "",
            AT_CLIENT + "password_hash: must be the line that `fixgate hash-password` prints",
        ),
        (
            "",
            'password = "s3cret"',
            AT_BROKER + "password: a secret must not stand here: keep it elsewhere, and set"
            ' "env:NAME", "file:PATH" or "keyring:SERVICE/USER"',
        ),
        (
            "",
            'password = "keyring:broker"',
            AT_BROKER + 'password: must be "keyring:SERVICE/USER"',
        ),
        (
            'username = "me"',
            "",
            AT_CLIENT + "username: needs a password_hash: `fixgate hash-password` makes one",
        ),
        (
            "new_password_allowed = true",
            "",
            AT_CLIENT + "new_password_allowed: needs a password_hash to begin with",
        ),
    ],
)
def test_what_is_wrong_with_a_secret_is_told_with_its_remedy_and_not_shown(
    folder: Path, client: str, broker: str, found: str
) -> None:
    (said,) = problems(folder, text(client, broker))
    assert said == found
    assert "s3cret" not in said


KEYRING = """\
import sys, keyring
from pathlib import Path
from gateway.config import ConfigError, load_config
keyring.set_password("broker", "trader", "from the keyring")
try:
    print(load_config(Path(sys.argv[1])).brokers[0].password)
except ConfigError as error:
    print(error)
"""


def with_keyring(folder: Path, broker: str, program: str = KEYRING) -> str:
    """What a process says whose keyring is a file in the folder."""
    (folder / "fixgate.toml").write_text(text("", broker))
    done = subprocess.run(
        [sys.executable, "-c", program, str(folder / "fixgate.toml")],
        env={
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "PYTHON_KEYRING_BACKEND": "keyrings.alt.file.PlaintextKeyring",
            "XDG_DATA_HOME": str(folder),
            "HOME": str(folder),
        },
        capture_output=True,
        text=True,
        check=True,
    )
    return done.stdout.strip()


def test_a_secret_comes_from_the_keyring(folder: Path) -> None:
    said = with_keyring(folder, 'password = "keyring:broker/trader"')
    assert said == "from the keyring"


def test_a_keyring_without_it_is_a_problem_that_names_the_command(folder: Path) -> None:
    said = with_keyring(folder, 'password = "keyring:broker/other"')
    assert said.endswith("run `keyring set broker other`")


def test_a_keyring_that_is_not_installed_is_a_problem_that_names_the_extra(folder: Path) -> None:
    program = "import sys\nsys.modules['keyring'] = None\n" + KEYRING.replace(
        "import sys, keyring\n", ""
    ).replace('keyring.set_password("broker", "trader", "from the keyring")\n', "")
    said = with_keyring(folder, 'password = "keyring:broker/trader"', program)
    assert said.endswith("needs the keyring library: pip install 'fixgate[keyring]'")


@pytest.mark.parametrize(
    "url",
    [
        "postgresql+psycopg://fixgate:s3cret@localhost/fixgate",
        "postgresql://fixgate:s3%40cret@localhost/fixgate?sslmode=require",
        "postgresql+psycopg://fixgate@localhost/fixgate?password=s3cret",
        "postgresql+psycopg:///fixgate?sslpassword=s3cret",
    ],
)
def test_a_database_password_does_not_stand_in_the_file(
    folder: Path, monkeypatch: pytest.MonkeyPatch, url: str
) -> None:
    monkeypatch.setenv("FIXGATE_DATABASE_URL", "sqlite:////elsewhere/audit.db")
    (told,) = problems(folder, text() + f'[audit]\ndatabase_url = "{url}"\n')
    assert told.startswith("fixgate.toml:25: audit.database_url: a URL with a password must not")
    assert '"env:NAME"' in told
    assert "cret" not in told.partition("keep")[0]


@pytest.mark.parametrize("kept", ["env:AUDIT_URL", "file:audit.url", "environment"])
def test_a_database_password_comes_from_elsewhere(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kept: str
) -> None:
    url = "postgresql+psycopg://fixgate:s3cret@localhost/fixgate"
    name = "FIXGATE_DATABASE_URL" if kept == "environment" else "AUDIT_URL"
    monkeypatch.setenv(name, url)
    secret_file(folder, "audit.url", url)
    written = "" if kept == "environment" else f'[audit]\ndatabase_url = "{kept}"\n'
    assert load(folder, text() + written).audit.database_url == url


def test_a_database_url_without_a_password_may_stand_in_the_file(folder: Path) -> None:
    url = "postgresql+psycopg://fixgate@localhost/fixgate"
    assert load(folder, text() + f'[audit]\ndatabase_url = "{url}"\n').audit.database_url == url


@pytest.mark.parametrize(
    ("kind", "key"),
    [
        ('type = "alpaca"\nkey_id = "K"', "secret"),
        ('type = "alpaca"\nsecret = "env:GOOD"', "key_id"),
        ('type = "oanda"\naccount_id = "1-1-1-1"', "secret"),
        ('type = "binance"\nsecret = "env:GOOD"', "key_id"),
    ],
)
@pytest.mark.parametrize("value", ["s3cret\n", "s3 cret", "s3cr\u00e9t"])
def test_what_goes_into_a_header_fits_there_and_is_not_shown(
    folder: Path, monkeypatch: pytest.MonkeyPatch, kind: str, key: str, value: str
) -> None:
    monkeypatch.setenv("GOOD", "good")
    monkeypatch.setenv("BAD", value)
    given = '"env:BAD"' if key == "secret" else json.dumps(value)
    broker = f'[[brokers]]\nname = "SIM"\n{kind}\n{key} = {given}\n'
    found = problems(folder, GOOD.replace(SIM, broker).replace("CLIENT", "").replace("BROKER", ""))
    assert len(found) == 1
    assert f"brokers[0].{key}: must have letters, digits and signs of ASCII alone" in found[0]
    assert "cr" not in found[0].partition(key)[2]
