"""The record of a gateway that does not run goes by the same policy as that of one that does."""

from __future__ import annotations

from pathlib import Path

import pytest

from gateway.config import load_config
from gateway.events import Event, LegalHoldSet, LinkDefined, encode
from gateway.offline import offline
from gateway.retention.offline import plan_offline
from store.journal import Journal
from store.record import EVENT, OUT
from tests.gateway.audit.tampering import place_of, seal
from tests.gateway.bench import NOON
from tests.gateway.end_to_end import settings
from tests.gateway.end_to_end.harness import tables

GUEST, GONE = "DESK.ACME1", "ACME"


@pytest.mark.parametrize(("sent_to", "stays"), [(GUEST, True), (GONE, False)])
def test_what_a_client_of_a_template_may_ask_for_again_is_not_archived(
    sent_to: str, stays: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("gateway.recovery.MB", 1 << 16)
    monkeypatch.setattr("gateway.retention.plan.DAY_NS", 1)
    template = settings.client("DESK", target_comp_id="ACME*")
    given = tables(paper={}, clients=[template], archive={"after_days": 1})
    given["journal"] = {"segment_mb": 1, "disk_reserve_mb": 1, "disk_warn_mb": 0}
    settings.write(tmp_path, given)
    config = load_config(tmp_path / "fixgate.toml")
    data_dir = config.gateway.data_dir
    first_words(data_dir / "journal", sent_to)
    place_of(data_dir).keys.new(NOON)
    with offline(config) as found:
        while found.journal.segment < 4 or found.journal.in_pieces:
            found.state.history_from = found.journal.segment
            found.tell(LegalHoldSet(1, 0, 1, "ann", "a dispute" * 1000))
    seal(data_dir)
    plan = plan_offline(config)
    assert plan.archive == ([] if stays else [1])
    assert plan.stays.startswith(f"segment {1 if stays else 2} may be needed")


def first_words(folder: Path, name: str) -> None:
    """A journal that knows one client, which was sent a message."""
    known: Event = LinkDefined(1, name, "client", "FIX.4.4", "FIXGATE", name.rpartition(".")[2])
    journal = Journal(folder, segment_bytes=1 << 16)
    journal.add(EVENT, 0, 0, 0, 0, NOON, 0, encode(known))
    journal.add(OUT, 0, 1, 0, 1, NOON, 0, b"8=FIX.4.4\x01")
    journal.commit(NOON, list)
    journal.close()
