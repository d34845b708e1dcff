"""What differs between two configurations, as operators read it."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import Config
from gateway.config.diff import NOT_SHOWN, Change, differences
from gateway.passwords import hash_password
from tests.certificates import Authority
from tests.gateway.config_files import load, with_reference_data

HASHES = hash_password("first"), hash_password("second")
BASE = """\
[journal]
history_days = 2

[[listeners]]
port = 5001

[[schedules]]
name = "day"
windows = ["08:00-17:00"]
reset = "window"

[[clients]]
name = "ACME"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "ACME"
accounts = ["A-1", "A-2"]

[[clients]]
name = "GUESTS"
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "G*"
accounts = "*"

[[clients]]
name = "OTHERS"
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "*"
accounts = "*"

[[brokers]]
name = "PAPER"
type = "paper"

[[routes]]
name = "big"
min_quantity = 1000
broker = "PAPER"

[[routes]]
name = "all"
broker = "PAPER"

[[risk.limits]]
scope = "firm"
max_quantity = 100
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def changes(folder: Path, *replaced: tuple[str, str], base: str = BASE) -> list[Change]:
    text = base
    for old, new in replaced:
        assert old in text
        text = text.replace(old, new, 1)
    before, after = load(folder, base), load(folder, text)
    assert isinstance(before, Config)
    return differences(before, after)


def told(folder: Path, *replaced: tuple[str, str], base: str = BASE) -> list[str]:
    return [change.text for change in changes(folder, *replaced, base=base)]


def test_the_same_configuration_differs_in_nothing(folder: Path) -> None:
    assert changes(folder) == []
    assert changes(folder, ("[journal]", "# another comment\n[journal]")) == []
    assert changes(folder, ('accounts = "*"', 'accounts = ["*"]')) == []


def test_a_setting_is_told_with_old_and_new_value(folder: Path) -> None:
    assert told(
        folder,
        ("history_days = 2", "history_days = 3"),
        ('windows = ["08:00-17:00"]', 'windows = ["08:00-18:00"]\nholidays = [2026-12-25]'),
        ('accounts = ["A-1", "A-2"]', 'accounts = "A-1"\nheart_bt_int_s = 20'),
        ("min_quantity = 1000", "max_quantity = 1000"),
        ("max_quantity = 100\n", 'max_quantity = "off"\n'),
    ) == [
        "journal.history_days: 2 -> 3",
        'schedules[day].windows: ["08:00-17:00"] -> ["08:00-18:00"]',
        "schedules[day].holidays: [] -> [2026-12-25]",
        "clients[ACME].heart_bt_int_s: 30 -> 20",
        'clients[ACME].accounts: ["A-1", "A-2"] -> ["A-1"]',
        "routes[big].min_quantity: 1000 -> not set",
        "routes[big].max_quantity: not set -> 1000",
        'risk.limits[firm].max_quantity: 100 -> "off"',
    ]


def test_entries_come_and_go_by_their_names(folder: Path) -> None:
    assert told(
        folder,
        ('name = "ACME"', 'name = "NEW"'),
        (
            "[[risk.limits]]",
            '[[risk.limits]]\nscope = "client:NEW"\nmax_quantity = 5\n[[risk.limits]]',
        ),
    ) == [
        "clients[ACME]: removed",
        'clients[NEW]: added: begin_string = "FIX.4.4", sender_comp_id = "FIXGATE",'
        ' target_comp_id = "ACME", name = "NEW", accounts = ["A-1", "A-2"]',
        'risk.limits[client:NEW]: added: scope = "client:NEW", max_quantity = 5',
    ]


def test_another_kind_of_broker_is_another_broker(folder: Path) -> None:
    fix = (
        'type = "fix"\nhosts = ["127.0.0.1:9001"]\nbegin_string = "FIX.4.4"\n'
        'sender_comp_id = "FIXGATE"\ntarget_comp_id = "SIM"'
    )
    removed, added = changes(folder, ('type = "paper"', fix))
    assert removed.is_removed
    assert added.is_added
    assert removed.setting == added.setting == "brokers[PAPER]"


def test_order_is_told_where_it_decides(folder: Path) -> None:
    routes = BASE[BASE.index("[[routes]]") : BASE.index("[[risk")]
    first, second = ("[[routes]]" + part for part in routes.split("[[routes]]")[1:])
    assert told(folder, (routes, second + first)) == ["routes.order: big, all -> all, big"]
    assert told(folder, ('"GUESTS"', '"X"'), ('"OTHERS"', '"GUESTS"'), ('"X"', '"OTHERS"'))[-1] == (
        "clients.order: GUESTS, OTHERS -> OTHERS, GUESTS"
    )


def test_a_client_that_stands_elsewhere_is_the_same(folder: Path) -> None:
    clients = BASE[BASE.index("[[clients]]") : BASE.index("[[brokers")]
    acme, guests, others = ("[[clients]]" + part for part in clients.split("[[clients]]")[1:])
    assert told(folder, (clients, guests + others + acme)) == []


def test_secrets_are_never_shown(folder: Path) -> None:
    base = BASE.replace("accounts = [", f'password_hash = "{HASHES[0]}"\naccounts = [')
    (line,) = told(folder, (HASHES[0], HASHES[1]), base=base)
    assert line == f"clients[ACME].password_hash: changed {NOT_SHOWN}"
    added = told(folder, (f'password_hash = "{HASHES[0]}"\n', ""), base=base)
    assert added == [f"clients[ACME].password_hash: changed {NOT_SHOWN}"]
    gone = told(folder, ('name = "ACME"', 'name = "NEW"'), base=base)
    assert not any("argon2" in line for line in gone)
    assert any("password_hash = (not shown)" in line for line in gone)


def test_a_listener_without_a_name_is_known_by_its_address(folder: Path) -> None:
    assert told(folder, ("port = 5001", "port = 5001\nlogon_timeout_s = 5")) == [
        "listeners[127.0.0.1:5001].logon_timeout_s: 10.0 -> 5.0"
    ]
    assert told(folder, ("port = 5001", "port = 5002")) == [
        "listeners[127.0.0.1:5001]: removed",
        "listeners[127.0.0.1:5002]: added: port = 5002",
    ]


def test_tables_of_an_entry_are_told_setting_by_setting(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    authority = Authority(folder)
    monkeypatch.setenv("FIRST", "s3cret")
    monkeypatch.setenv("SECOND", "other-s3cret")
    authority.issue("gate", password="s3cret")
    authority.issue("new", password="other-s3cret")
    authority.issue("b")
    tls = '{ certificate = "gate.pem", key = "gate.key", key_password = "env:FIRST" }'
    named = '{ "b.example" = { certificate = "b.pem", key = "b.key" } }'
    other = (
        '{ certificate = "new.pem", key = "new.key", key_password = "env:SECOND",'
        f' by_server_name = {named}, client_ca = "ca.pem" }}'
    )
    plain, with_tls = "port = 5001\n", f"port = 5001\ntls = {tls}\n"
    where = "listeners[127.0.0.1:5001].tls"
    found = [line.replace(f"{folder}/", "") for line in told(folder, (plain, with_tls))]
    assert found == [
        f'{where}.min_version: not set -> "1.2"',
        f'{where}.ciphers: not set -> ""',
        f'{where}.certificate: not set -> "gate.pem"',
        f'{where}.key: not set -> "gate.key"',
        f"{where}.key_password: changed {NOT_SHOWN}",
        f"{where}.by_server_name: not set -> {{}}",
        f'{where}.client_certificate: not set -> "required"',
    ]
    base = BASE.replace(plain, with_tls)
    found = [line.replace(f"{folder}/", "") for line in told(folder, (tls, other), base=base)]
    assert found == [
        f'{where}.certificate: "gate.pem" -> "new.pem"',
        f'{where}.key: "gate.key" -> "new.key"',
        f"{where}.key_password: changed {NOT_SHOWN}",
        f'{where}.by_server_name: {{}} -> {{ "b.example" = {{ "certificate" = "b.pem",'
        ' "key" = "b.key" } }',
        f'{where}.client_ca: not set -> "ca.pem"',
    ]
    gone = told(folder, (f"tls = {tls}\n", ""), base=base)
    assert f"{where}.key_password: changed {NOT_SHOWN}" in gone
    assert "s3cret" not in "".join(gone + found)


def test_a_table_of_a_section_that_comes_changes_and_goes_is_told(tmp_path: Path) -> None:
    folder = with_reference_data(tmp_path)
    head = f'{BASE}\n[reference.sql]\ndatabase_url = "sqlite:////r.db"\nprices = "SELECT 1"\n'
    none, some = load(folder, BASE), load(folder, head)
    other = load(folder, f"{head}refresh_s = 5\n".replace("r.db", "s.db"))
    come = {change.setting: (change.old, change.new) for change in differences(none, some)}
    assert come["reference.sql.database_url"] == (NOT_SHOWN, NOT_SHOWN)
    assert come["reference.sql.prices"] == ("not set", '"SELECT 1"')
    assert [(c.setting, c.old, c.new) for c in differences(some, other)] == [
        ("reference.sql.database_url", NOT_SHOWN, NOT_SHOWN),
        ("reference.sql.refresh_s", "0.0", "5.0"),
    ]
    gone = [change for change in differences(other, none) if change.name == "sql.prices"]
    assert [(c.old, c.new) for c in gone] == [('"SELECT 1"', "not set")]
