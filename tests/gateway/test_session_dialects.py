"""Which dialect a session speaks: its version's, with what its own dictionary has."""

from __future__ import annotations

from pathlib import Path

from gateway.config import Config
from gateway.dictionaries import Dictionaries
from gateway.session_dialects import SessionDialects
from tests.gateway.config_files import ACME, ROUTE, SIM, load, with_reference_data

LISTENER = "[[listeners]]\nport = 1\n"
ACCOUNTS = 'accounts = ["*"]\n'
BETA = ACME.replace('name = "ACME"', 'name = "BETA"').replace(
    'target_comp_id = "ACME"', 'target_comp_id = "BETA"'
)
PARTIES = "453=1\x01448=X\x01447=D\x01452=3\x015003=note\x01"


def config(folder: Path, acme: str = "") -> Config:
    clients = f"{ACME}{ACCOUNTS}{acme}{BETA}{ACCOUNTS}"
    return load(with_reference_data(folder), f"{LISTENER}{clients}{SIM}{ROUTE}")


def test_sessions_of_one_version_share_a_dialect(tmp_path: Path) -> None:
    read = config(tmp_path)
    dialects = SessionDialects(read, Dictionaries())
    acme, beta = (dialects.of(client) for client in read.clients)
    (sim,) = (dialects.of(link) for link in read.fix_links if link not in read.clients)
    assert acme is beta
    assert acme.version == sim.version == "FIX.4.4"
    assert sim.accounts is not None
    assert sim.accounts.asked(PARTIES) == PARTIES


def test_a_clients_own_field_in_a_group_is_repeated_to_it_and_kept_from_others(
    tmp_path: Path,
) -> None:
    group = '<group name="NoPartyIDs"><field name="Note" required="N"/></group>'
    messages = "".join(f'<message msgtype="{kind}">{group}</message>' for kind in "DG8")
    field = '<fields><field number="5003" name="Note" type="STRING"/></fields>'
    (tmp_path / "acme.xml").write_text(f"<dialect>{field}{messages}</dialect>")
    read = config(tmp_path, 'dialect = "acme.xml"\n')
    dialects = SessionDialects(read, Dictionaries())
    acme, beta, sim = (dialects.of(link).accounts for link in read.fix_links)
    assert acme is not None
    assert beta is not None
    assert sim is not None
    assert acme is not beta
    assert acme.told(PARTIES) == PARTIES
    assert sim.asked(PARTIES) == PARTIES.replace("5003=note\x01", "")
    assert beta.told(PARTIES) == PARTIES.replace("5003=note\x01", "")
