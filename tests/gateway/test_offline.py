"""A session of a gateway that does not run is kept out of its next start, and that is on record."""

from __future__ import annotations

import json
import os
from pathlib import Path
from time import time_ns

import pytest

from gateway.build import limit_table
from gateway.config import Config, load_config
from gateway.control.errors import DeskError
from gateway.events import LinkDefined, encode
from gateway.offline import disable_session
from gateway.prepared import NO_REFERENCE
from gateway.recovery import recover
from sessions.state import DISABLED
from store.errors import JournalError, JournalLockedError
from store.journal import Journal
from store.record import EVENT, OPERATOR
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import tables


@pytest.fixture
def config(tmp_path: Path) -> Config:
    """A gateway that knows ACME under two identities, and a paper broker."""
    settings.write(tmp_path, tables(paper={}))
    journal = Journal(tmp_path / "data" / "journal")
    names = [("ACME", "client"), ("PAPER", "paper"), ("ACME", "client")]
    for number, (name, role) in enumerate(names, 1):
        event = LinkDefined(number, name, role, "FIX.4.4", f"GATE{number}", name)
        journal.add(EVENT, 0, 0, 0, 0, time_ns(), 0, encode(event))
    journal.commit(time_ns(), list)
    journal.close()
    return load_config(tmp_path / "fixgate.toml")


def folder(config: Config) -> Path:
    return config.gateway.data_dir / "journal"


def test_the_newest_session_of_the_name_is_disabled_once_and_on_record(config: Config) -> None:
    assert disable_session(config, "ACME", "fails")
    assert not disable_session(config, "ACME", "again")
    journal = Journal(folder(config))
    state = recover(journal, limit_table(config, NO_REFERENCE), 10)
    records = [record for batch in journal.batches() for record in batch.records]
    journal.close()
    assert [link.state for link in state.links.values()] == ["", "", DISABLED]
    [said] = [json.loads(record.payload) for record in records if record.kind == OPERATOR]
    assert (said["what"], said["session"], said["why"]) == ("session disable", "ACME", "fails")
    assert said["who"]
    assert said["offline"] is True


def test_a_paper_broker_has_no_session(config: Config) -> None:
    with pytest.raises(DeskError, match='there is no session "PAPER"; there are: ACME'):
        disable_session(config, "PAPER", "")


def test_a_journal_in_use_is_left_alone(config: Config) -> None:
    journal = Journal(folder(config))
    with pytest.raises(JournalLockedError):
        disable_session(config, "ACME", "")
    journal.close()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files away")
def test_another_users_journal_is_left_alone(config: Config) -> None:
    os.chown(folder(config), 4242, -1)
    with pytest.raises(JournalError, match="belongs to uid:4242; become that user"):
        disable_session(config, "ACME", "")
