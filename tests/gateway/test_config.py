"""Loading `fixgate.toml`: what a good one becomes, and what is said of a bad one."""

from __future__ import annotations

import os
from decimal import Decimal
from pathlib import Path

import pytest
from pydantic import ValidationError

from gateway.config import ConfigError, FixBroker, PaperBroker, load_config
from gateway.config.locate import locate
from gateway.config.notes import notes, refuses_all
from tests.gateway.config_files import ACME, load, problems, with_reference_data

GOOD = f"""\
[gateway]
node = "B"

[[listeners]]
port = 5001

{ACME}accounts = ["ACC1", "ACC2"]

[[brokers]]
name = "SIM"
type = "fix"
hosts = ["127.0.0.1:9001", "[::1]:9002"]
begin_string = "FIX.4.2"
sender_comp_id = "FIXGATE"
target_comp_id = "SIM"

[[brokers]]
name = "PAPER"
type = "paper"

[[routes]]
name = "small"
client = "ACME"
symbol = ["AAPL", "MSFT"]
max_quantity = 99.5
broker = "PAPER"
pass_tags = [58, "5001"]

[[routes]]
name = "rest"
broker = "SIM"
when_down = "queue"

[[risk.limits]]
max_notional = 1000000.10
max_open_orders = 50
max_quantity = "off"
"""


@pytest.fixture(autouse=True)
def _clean_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in os.environ if name.startswith("FIXGATE_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return with_reference_data(tmp_path)


def changed(old: str, new: str) -> str:
    assert GOOD.count(old) == 1, f"{old!r} stands {GOOD.count(old)} times in GOOD"
    return GOOD.replace(old, new)


def only_problem(folder: Path, old: str, new: str) -> str:
    found = problems(folder, changed(old, new))
    assert len(found) == 1, found
    return found[0]


def test_a_good_file_becomes_a_tree(folder: Path) -> None:
    config = load(folder, GOOD)
    assert config.gateway.node == "B"
    assert config.listeners[0].host == "127.0.0.1"
    assert config.clients[0].role == "acceptor"
    assert config.clients[0].accounts == ("ACC1", "ACC2")
    sim, paper = config.brokers
    assert isinstance(sim, FixBroker)
    assert sim.role == "initiator"
    assert sim.endpoints == [("127.0.0.1", 9001), ("::1", 9002)]
    assert sim.resend_order_age_max_s == 5.0
    assert isinstance(paper, PaperBroker)
    small, rest = config.routes
    assert (small.client, small.symbol, small.max_quantity) == (
        ("ACME",),
        ("AAPL", "MSFT"),
        Decimal("99.5"),
    )
    assert small.pass_tags == ("58", "5001")
    assert (rest.client, rest.when_down, rest.pass_tags) == ((), "queue", "all")


def test_limits_are_exact_decimals_or_off_or_not_set(folder: Path) -> None:
    limit = load(folder, GOOD).risk.limits[0]
    assert limit.max_notional == Decimal("1000000.10")
    assert (limit.max_open_orders, limit.max_quantity) == (50, "off")
    assert limit.max_open_notional is None
    assert (limit.scope, limit.kind, limit.subject) == ("firm", "firm", "")


def test_the_tree_never_changes(folder: Path) -> None:
    config = load(folder, GOOD)
    with pytest.raises(ValidationError, match="frozen"):
        config.gateway.node = "C"
    with pytest.raises(ValidationError, match="frozen"):
        config.clients[0].name = "X"


def test_paths_count_from_the_files_folder(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (folder / "fixgate.toml").write_text(GOOD)
    monkeypatch.chdir(folder.parent)
    config = load_config(Path(folder.name) / "fixgate.toml")
    assert config.gateway.data_dir == folder / "data"
    assert config.control.socket == folder / "data" / "control.sock"
    assert config.audit.database_url == f"sqlite:///{folder}/data/audit.db"
    assert config.reference.instruments == folder / "instruments.csv"


def test_the_command_line_overrides_the_data_folder(folder: Path) -> None:
    (folder / "fixgate.toml").write_text(GOOD)
    config = load_config(folder / "fixgate.toml", Path("/srv/fixgate"))
    assert config.gateway.data_dir == Path("/srv/fixgate")
    assert config.control.socket == Path("/srv/fixgate/control.sock")


def test_the_environment_overrides_the_file(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("FIXGATE_DATA_DIR", "/srv/a")
    monkeypatch.setenv("FIXGATE_DATABASE_URL", "postgresql+psycopg://audit@db/fix")
    monkeypatch.setenv("FIXGATE_LOG_LEVEL", "debug")
    config = load(folder, GOOD)
    assert "postgresql" not in repr(config)  # the URL may hold a password
    assert config.gateway.data_dir == Path("/srv/a")
    assert config.audit.database_url == "postgresql+psycopg://audit@db/fix"
    assert config.log.level == "debug"
    assert load_config(folder / "fixgate.toml", Path("/srv/b")).gateway.data_dir == Path("/srv/b")


def test_every_problem_is_told_at_once_in_the_files_order(folder: Path) -> None:
    text = changed('node = "B"', 'node = "b!"').replace('type = "paper"', 'type = "paper"\nfil = 1')
    text = text.replace('broker = "SIM"', 'broker = "SIN"').replace("port = 5001", "port = 70000")
    assert problems(folder, text) == [
        'fixgate.toml:2: gateway.node: "b!" must be one or two capital letters or digits',
        "fixgate.toml:5: listeners[0].port: must be less than or equal to 65535, not 70000",
        'fixgate.toml:25: brokers[1].fil: there is no such setting; did you mean "fill"?',
        'fixgate.toml:37: routes[1].broker: there is no broker "SIN"; there are: PAPER, SIM',
    ]


@pytest.mark.parametrize(
    ("old", "new", "told"),
    [
        (
            'accounts = ["ACC1", "ACC2"]',
            "",
            "fixgate.toml:7: clients[0].accounts: is missing",
        ),
        (
            'accounts = ["ACC1", "ACC2"]',
            "accounts = []",
            "fixgate.toml:12: clients[0].accounts: must not be empty",
        ),
        (
            'accounts = ["ACC1", "ACC2"]',
            'accounts = ["A", "A"]',
            "fixgate.toml:12: clients[0].accounts: names A more than once",
        ),
        (
            'name = "rest"',
            'name = "re st"',
            'fixgate.toml:35: routes[1].name: "re st" must begin with a letter or digit and hold'
            " at most 64 of letters, digits, '_', '.', '-'",
        ),
        (
            'name = "rest"',
            'name = "small"',
            'fixgate.toml:35: routes[1].name: "small" is already the name of routes[0]',
        ),
        (
            'type = "paper"',
            'type = "papier"',
            'fixgate.toml:22: brokers[1]: must have a type, one of "fix", "alpaca", "binance", '
            '"ibkr", "oanda", "osengine", "paper"',
        ),
        (
            '"127.0.0.1:9001"',
            '"127.0.0.1"',
            'fixgate.toml:17: brokers[0].hosts[0]: "127.0.0.1" must be "host:port", for example'
            ' "127.0.0.1:9001"',
        ),
        (
            'when_down = "queue"',
            'when_down = "wait"',
            'fixgate.toml:37: routes[1].when_down: must be "refuse" or "queue", not "wait"',
        ),
        (
            'client = "ACME"',
            'client = "ACMI"',
            'fixgate.toml:28: routes[0].client: there is no client "ACMI"; there are: ACME',
        ),
        (
            "max_quantity = 99.5",
            "max_quantity = 99.5\nmin_quantity = 100",
            "fixgate.toml:30: routes[0].max_quantity: must be at least min_quantity, which is 100",
        ),
        (
            'pass_tags = [58, "5001"]',
            'pass_tags = "some"',
            'fixgate.toml:32: routes[0].pass_tags: must be "all", "none", or a list of tags such as'
            " [58, 5001]",
        ),
        (
            "max_open_orders = 50",
            "max_open_orders = 0",
            'fixgate.toml:41: risk.limits[0].max_open_orders: must be a number above 0, or "off"',
        ),
        (
            'max_quantity = "off"',
            'max_quantity = "Off"',
            'fixgate.toml:42: risk.limits[0].max_quantity: must be a number above 0, or "off"',
        ),
        (
            'max_quantity = "off"',
            "max_quantity = inf",
            'fixgate.toml:42: risk.limits[0].max_quantity: must be a number above 0, or "off"',
        ),
        (
            'max_quantity = "off"',
            'scope = "client:NOBODY"',
            'fixgate.toml:42: risk.limits[0].scope: there is no client "NOBODY"; there are: ACME',
        ),
        (
            'max_quantity = "off"',
            'scope = "account:ACC9"',
            'fixgate.toml:42: risk.limits[0].scope: there is no account "ACC9"; there are: ACC1,'
            " ACC2",
        ),
        (
            'max_quantity = "off"',
            'scope = "desk:X"',
            'fixgate.toml:42: risk.limits[0].scope: "desk:X" must be "firm", or "KIND:NAME"'
            ' or "KIND:*" with one of broker, client, account, session, strategy, symbol, sector',
        ),
        (
            'max_quantity = "off"',
            "[[risk.limits]]",
            'fixgate.toml:42: risk.limits[1].scope: "firm" already has limits in risk.limits[0]',
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIX.5.0SP2"',
            "fixgate.toml:18: brokers[0].begin_string: must be FIX.4.0 or FIX.4.1 or FIX.4.2 or"
            ' FIX.4.3 or FIX.4.4 or FIXT.1.1, not "FIX.5.0SP2": write "FIXT.1.1", and'
            ' default_appl_ver_id = "FIX.5.0SP2"',
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIXT.1.1"',
            "fixgate.toml:14: brokers[0].default_appl_ver_id: must be set in a FIXT.1.1 session,"
            ' for example to "FIX.5.0SP2"',
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIX.4.2"\nappl_ver_ids = ["FIX.4.4"]',
            "fixgate.toml:19: brokers[0].appl_ver_ids: is for FIXT.1.1 sessions, this one is"
            " FIX.4.2",
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIXT.1.1"\ndefault_appl_ver_id = "FIX.6.0"',
            'fixgate.toml:19: brokers[0].default_appl_ver_id: "FIX.6.0" must be one of FIX.4.0,'
            " FIX.4.1, FIX.4.2, FIX.4.3, FIX.4.4, FIX.5.0, FIX.5.0SP1, FIX.5.0SP2, FIX.Latest",
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIXT.1.1"\ndefault_appl_ver_id = "FIX.5.0"\n'
            'appl_dictionaries = { "FIX.4.4" = "instruments.csv" }',
            'fixgate.toml:20: brokers[0].appl_dictionaries: "FIX.4.4" is not among appl_ver_ids',
        ),
        (
            'begin_string = "FIX.4.2"',
            'begin_string = "FIX.4.2"\ndialect = "acme.xml"',
            "fixgate.toml:19: brokers[0].dialect: acme.xml: there is no such file",
        ),
        (
            'target_comp_id = "ACME"\n',
            'target_comp_id = "ACME"\ndefault_account = "ACC3"\n',
            'fixgate.toml:12: clients[0].default_account: "ACC3" is not one of the client\'s'
            " accounts: ACC1, ACC2",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nreconnect_min_s = 60',
            "fixgate.toml:14: brokers[0].reconnect_max_s: must be at least reconnect_min_s, which"
            " is 60",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nheart_bt_int_min_s = 3601',
            "fixgate.toml:21: brokers[0].heart_bt_int_min_s: must be less than or equal to 3600,"
            " not 3601",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nheart_bt_int_min_s = 60\nheart_bt_int_max_s = 30',
            "fixgate.toml:22: brokers[0].heart_bt_int_max_s: must be at least heart_bt_int_min_s,"
            " which is 60",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\ntest_request_delay_multiplier = 1.4',
            "fixgate.toml:14: brokers[0].heart_beat_timeout_multiplier: must be more than"
            " test_request_delay_multiplier, which is 1.4",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nquirks = ["low_resend_request", "bugs"]',
            'fixgate.toml:21: brokers[0].quirks[1]: "bugs" is none of the quirks'
            " low_number_rejected, low_resend_request, admin_duplicate_without_time,"
            " reset_at_any_number, next_expected_counts_logon",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nlogon_tags = ["9001=x", "554=secret"]',
            "fixgate.toml:21: brokers[0].logon_tags[1]: 554 is a field that the session writes"
            " itself",
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\nlogon_tags = ["9001"]',
            'fixgate.toml:21: brokers[0].logon_tags[0]: must be "tag=value", not "9001"',
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "SIM"\npassword = "tw\\u00f6"',
            "fixgate.toml:21: brokers[0].password: a secret must not stand here: keep it elsewhere,"
            ' and set "env:NAME", "file:PATH" or "keyring:SERVICE/USER"',
        ),
        (
            'target_comp_id = "SIM"',
            'target_comp_id = "S IM"',
            "fixgate.toml:20: brokers[0].target_comp_id: must be printable ASCII without blanks,"
            ' for it goes over FIX, not "S IM"',
        ),
        (
            "port = 5001",
            'port = 5001\n[[listeners]]\nhost = "0.0.0.0"\nport = 5001',
            "fixgate.toml:8: listeners[1].port: 5001 is already the port of listeners[0]",
        ),
        (
            "port = 5001",
            'port = "5001"',
            'fixgate.toml:5: listeners[0].port: must be a whole number, not "5001"',
        ),
        (
            "port = 5001",
            "port = true",
            "fixgate.toml:5: listeners[0].port: must be a whole number, not true",
        ),
        (
            'node = "B"',
            "drain_deadline_s = true",
            "fixgate.toml:2: gateway.drain_deadline_s: must be a number of seconds",
        ),
        (
            'node = "B"',
            "data_dir = 5",
            "fixgate.toml:2: gateway.data_dir: must be a text in quotes, not 5",
        ),
        (
            "[gateway]",
            "[gatewai]",
            'fixgate.toml:1: gatewai: there is no such setting; did you mean "gateway"?',
        ),
        (
            "[gateway]",
            "[log]",
            "fixgate.toml:2: log.node: there is no such setting; here are: format, level, messages",
        ),
        (
            'type = "paper"',
            'type = "paper"\nverbal_orders = "park"',
            "fixgate.toml:25: brokers[1].verbal_orders: there is no such setting for an entry of"
            " this type",
        ),
        (
            "[[risk.limits]]",
            "[risk.limits]",
            "fixgate.toml:39: risk.limits: can stand several times: write [[risk.limits]] in"
            " double brackets",
        ),
        (
            "[gateway]",
            "[[gateway]]",
            "fixgate.toml:1: gateway: stands once: write [gateway] in single brackets",
        ),
    ],
)
def test_a_mistake_is_told_with_its_line_and_remedy(
    folder: Path, old: str, new: str, told: str
) -> None:
    assert only_problem(folder, old, new) == told


def test_a_client_and_a_broker_need_different_names(folder: Path) -> None:
    text = changed('name = "PAPER"', 'name = "ACME"').replace('broker = "PAPER"', 'broker = "SIM"')
    assert problems(folder, text) == [
        'fixgate.toml:23: brokers[1].name: "ACME" is already the name of clients[0]'
    ]


def test_the_same_session_twice_is_a_problem(folder: Path) -> None:
    again = """
[[clients]]
name = "ACME2"
begin_string = "FIX.4.4"
sender_comp_id = "FIXGATE"
target_comp_id = "ACME"
accounts = ["ACC3"]
"""
    assert problems(folder, GOOD + again) == [
        "fixgate.toml:48: clients[1].target_comp_id: FIX.4.4 FIXGATE->ACME is already the session"
        " of clients[0]: SenderCompID(49) and TargetCompID(56) must differ from it"
    ]


def test_any_account_is_allowed_by_the_word_only(folder: Path) -> None:
    text = changed('accounts = ["ACC1", "ACC2"]', 'accounts = ["*"]\ndefault_account = "X"')
    text += '[[risk.limits]]\nscope = "account:WHATEVER"\n'
    assert load(folder, text).clients[0].accounts == ("*",)


def test_files_that_are_not_there_are_named(tmp_path: Path) -> None:
    (tmp_path / "closes.csv").mkdir()
    assert problems(tmp_path, GOOD + '[reference]\ninstruments = "instr.csv"\n') == [
        "fixgate.toml:43: reference.prices: closes.csv: is not a file",
        "fixgate.toml:44: reference.instruments: instr.csv: there is no such file",
    ]


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("mysql://root@localhost/x", "mysql is not supported; write sqlite or postgresql+psycopg"),
        ("sqlite://", "it must be a file; write sqlite:////folder/audit.db"),
        ("audit.db", 'write "sqlite:////folder/audit.db" or "postgresql+psycopg://user@host/name"'),
    ],
)
def test_a_database_that_cannot_be_used_is_told_before_the_start(
    folder: Path, url: str, said: str
) -> None:
    (told,) = problems(folder, GOOD + f'[audit]\ndatabase_url = "{url}"\n')
    assert told.startswith("fixgate.toml:44: audit.database_url: audit database")
    assert told.endswith(said)


def test_a_socket_path_that_is_too_long_is_told_before_the_start(folder: Path) -> None:
    text = GOOD + f'[control]\nsocket = "/tmp/{"x" * 120}"\n'
    (told,) = problems(folder, text)
    assert told.startswith("fixgate.toml:44: control.socket: /tmp/xxx")
    assert told.endswith("is 125 bytes long, a Unix socket's path at most 107: set a shorter one")


def test_missing_sections_are_named(folder: Path) -> None:
    assert problems(folder, "") == [
        f"fixgate.toml:1: {name}: is missing: write at least one [[{name}]] section"
        for name in ("listeners", "clients", "brokers", "routes")
    ]


def test_bad_toml_is_told_with_its_line(folder: Path) -> None:
    (told,) = problems(folder, changed("port = 5001", "port = "))
    assert told == "fixgate.toml:5: Invalid value"
    (told,) = problems(folder, GOOD + "[risk.limits\n")
    assert told.startswith("fixgate.toml:43: ")


def test_a_missing_file_names_the_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="there is no such file; `fixgate init` writes one"):
        load_config(tmp_path / "fixgate.toml")


def test_a_file_in_another_encoding_is_told(folder: Path) -> None:
    (folder / "fixgate.toml").write_bytes(b'[gateway]\nnode = "\xff"\n')
    with pytest.raises(ConfigError, match="is not UTF-8 text: byte 18 is 0xff"):
        load_config(folder / "fixgate.toml")


def test_a_folder_instead_of_a_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="can't be read: Is a directory"):
        load_config(tmp_path)


@pytest.mark.skipif(os.geteuid() == 0, reason="root may read every file")
def test_an_unreadable_file_is_told(folder: Path) -> None:
    (folder / "fixgate.toml").write_text(GOOD)
    (folder / "fixgate.toml").chmod(0)
    with pytest.raises(ConfigError, match="can't be read: Permission denied"):
        load_config(folder / "fixgate.toml")


def test_a_password_is_never_printed_in_a_problem(folder: Path) -> None:
    found = problems(folder, changed('name = "ACME"', 'name = "ACME"\npassword = 123454321'))
    assert len(found) == 1
    assert "123454321" not in found[0]


def test_limits_that_are_set_nowhere_are_noted(folder: Path) -> None:
    (first, second) = notes(load(folder, GOOD))
    assert first == (
        "orders of client ACME, account ACC1, are refused: no limit for price_collar_pct,"
        " max_open_notional, order_rate_per_s, duplicate_window_s, duplicate_max,"
        " max_gross_notional, max_credit, max_daily_loss; add each with a number or"
        ' "off" to a [[risk.limits]] scope: price_collar_pct = "off"'
    )
    assert "account ACC2" in second


def test_what_is_off_while_the_firm_s_holds_is_noted(folder: Path) -> None:
    rest = '[[risk.limits]]\nscope = "client:ACME"\nmax_notional = "off"\nmax_credit = "off"\n'
    found = [note for note in notes(load(folder, GOOD + rest)) if "off there" in note]
    assert found == ["max_notional of client:ACME: off there, but the firm's holds as well"]


def test_what_no_scope_sets_refuses_every_order(folder: Path) -> None:
    assert "max_credit" in refuses_all(load(folder, GOOD))
    rest = "".join(
        f'[[risk.limits]]\nscope = "symbol:IBM"\n{name} = "off"\n'
        if at == 0
        else f'{name} = "off"\n'
        for at, name in enumerate(refuses_all(load(folder, GOOD)))
    )
    assert refuses_all(load(folder, GOOD + rest)) == []


def test_the_rate_of_cancels_is_a_limit_of_sessions(folder: Path) -> None:
    rest = """[[risk.limits]]
scope = "client:ACME"
cancel_rate_per_s = 10
[[risk.limits]]
scope = "account:ACC1"
cancel_rate_per_s = "off"
cancel_burst = 5
"""
    text = 'is a limit of sessions: set it for "firm" or "client:NAME"'
    found = problems(folder, GOOD + rest)
    assert [line[line.index("risk") :] for line in found] == [
        f"risk.limits[2].cancel_rate_per_s: {text}",
        f"risk.limits[2].cancel_burst: {text}",
    ]


@pytest.mark.parametrize(
    ("limits", "told"),
    [
        ("order_rate_per_s = 20\ncancel_rate_per_s = 10", "is 10, and must be at least"),
        ("order_rate_per_s = 1200", "is 1000, and must be at least"),
    ],
)
def test_cancels_are_not_what_is_refused_first(folder: Path, limits: str, told: str) -> None:
    (found,) = problems(folder, f'{GOOD}[[risk.limits]]\nscope = "client:ACME"\n{limits}\n')
    assert f"risk.limits[1].cancel_rate_per_s: {told} order_rate_per_s" in found


def test_a_limit_of_any_scope_counts_as_set(folder: Path) -> None:
    rest = """\
price_collar_pct = 5
duplicate_window_s = "off"
duplicate_max = "off"
max_gross_notional = 50
max_daily_loss = "off"
[[risk.limits]]
scope = "client:ACME"
max_credit = 5
order_rate_per_s = 10
[[risk.limits]]
scope = "account:ACC1"
max_open_notional = 5
"""
    (left,) = notes(load(folder, GOOD + rest))
    assert "account ACC2, are refused: no limit for max_open_notional;" in left


def test_a_running_gateway_is_found_while_its_file_has_mistakes(folder: Path) -> None:
    path = folder / "fixgate.toml"
    path.write_text(changed("port = 5001", 'prot = "x"'))
    assert locate(path).control_socket == folder / "data" / "control.sock"
    path.write_text('[gateway]\ndata_dir = "other"\n[control]\nsocket = "c.sock"\n')
    place = locate(path)
    assert (place.data_dir, place.control_socket) == (folder / "other", folder / "c.sock")


def test_a_data_folder_is_enough_to_find_a_gateway(tmp_path: Path) -> None:
    place = locate(tmp_path / "no.toml", tmp_path / "d")
    assert place.control_socket == tmp_path / "d" / "control.sock"


def test_neither_file_nor_folder_is_told(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="give --config FILE or --data-dir DIR"):
        locate(tmp_path / "no.toml")
