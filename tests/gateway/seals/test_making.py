"""Making seals: a chain, whole or not at all, and never of a journal that lacks something."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from gateway.events import JournalSealed, encode
from gateway.seals.errors import SealError, SealKeyError
from gateway.seals.making import (
    NO_HEAD,
    Head,
    Place,
    check_holds,
    has_news,
    is_told_of,
    last_head,
)
from gateway.seals.seal import Seal, read_seal
from store import whole_file
from store.journal import Journal
from tests.gateway.audit.tampering import place_of, seal
from tests.store.journals import NOW, fill, keep, opened


@pytest.fixture
def place(tmp_path: Path) -> Place:
    """A small journal, and a key."""
    made = place_of(tmp_path)
    made.keys.new(NOW)
    with opened(made.journal) as journal:
        keep(journal, b"one", b"two")
        keep(journal, b"three")
    return made


def tell(journal: Journal, made: Seal) -> None:
    told = JournalSealed(made.number, made.batch, made.head, made.key, made.digest, made.why)
    keep(journal, encode(told))


def test_seals_are_a_chain_of_their_own(place: Place, tmp_path: Path) -> None:
    first = seal(tmp_path, NOW)
    with opened(place.journal) as journal:
        keep(journal, b"four")
        assert Head.of(journal) == last_head(place.journal)
    second = seal(tmp_path, NOW - 5)  # the clock was set back
    assert (first.number, first.batch, first.previous) == (1, 2, "")
    assert (second.number, second.batch, second.previous) == (2, 3, first.digest)
    assert second.time_ns == first.time_ns
    for made in (first, second):
        path = place.seals.path_of(made.number)
        assert path.stat().st_mode & 0o777 == 0o600
        assert read_seal(path.read_bytes(), "") == place.seals.read(made.number) == made


def test_without_a_key_nothing_is_sealed(place: Place, tmp_path: Path) -> None:
    for path in place.keys.folder.iterdir():
        path.unlink()
    with pytest.raises(SealKeyError, match="audit keys new"):
        seal(tmp_path)
    assert place.seals.numbers() == []


def test_what_tells_of_seals_is_no_news(place: Place, tmp_path: Path) -> None:
    made = seal(tmp_path)
    assert not has_news(place.journal, made)
    assert not is_told_of(place.journal, made)
    with opened(place.journal) as journal:
        journal.released(made.time_ns)  # what was told with the batch before has left
        tell(journal, made)
        assert not has_news(place.journal, made)
        assert is_told_of(place.journal, made)
        keep(journal, b"news")
        assert has_news(place.journal, made)


def test_a_journal_that_lacks_what_was_sealed_is_not_sealed_again(
    place: Place, tmp_path: Path
) -> None:
    with opened(place.journal) as journal:
        keep(journal, b"four")
    seal(tmp_path)
    for path in place.journal.glob("*.journal"):
        path.unlink()
    with opened(place.journal) as journal:
        keep(journal, b"another")
    with pytest.raises(SealError, match="does not hold batch 3 as seal 1 has it"):
        seal(tmp_path)
    assert place.seals.numbers() == [1]


def test_what_was_archived_since_is_believed(place: Place, tmp_path: Path) -> None:
    made = seal(tmp_path)
    with opened(place.journal) as journal:
        fill(journal, 2)
    (place.journal / "00000001.journal").unlink()
    check_holds(place.journal, made)
    assert is_told_of(place.journal, made)
    assert has_news(place.journal, made)
    assert seal(tmp_path).number == 2


def test_an_empty_journal_has_no_head(tmp_path: Path) -> None:
    assert last_head(tmp_path / "nowhere") == NO_HEAD
    with opened(tmp_path / "journal") as journal:
        assert Head.of(journal).batch == 0
    assert last_head(tmp_path / "journal") == NO_HEAD


def test_nothing_is_built_on_a_seal_that_somebody_changed(place: Place, tmp_path: Path) -> None:
    made = seal(tmp_path)
    path = place.seals.path_of(1)
    path.write_bytes(replace(made, time_ns=2**80).data)
    with pytest.raises(SealError, match=f"{path}: is signed by key|{path}: its signature is wrong"):
        seal(tmp_path)
    path.write_bytes(replace(made, head="no hash").data)
    with pytest.raises(SealError, match=f"{path}: is not as it was written"):
        seal(tmp_path)
    path.write_bytes(made.data)
    assert seal(tmp_path).number == 2


@pytest.mark.parametrize("fails", ["open", "fsync", "rename"])
def test_a_seal_that_cannot_be_written_is_not_there(
    fails: str, place: Place, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A crash at that point leaves the same: the temporary file, which the next start removes."""
    made = seal(tmp_path)
    place.seals.path_of(1).unlink()

    def failing(*_given: object) -> None:
        raise OSError(28, "No space left on device")

    with monkeypatch.context() as patched:
        if fails == "open":
            patched.setattr(os, "open", failing)
        elif fails == "fsync":
            patched.setattr(os, "fsync", failing)
        else:
            patched.setattr(Path, "rename", failing)
        with pytest.raises(SealError, match="free space on this disk"):
            place.seals.add(made)
    assert place.seals.numbers() == []
    left = [path.name for path in place.seals.remove_unfinished()]
    assert left == ([] if fails == "open" else [f"00000001.seal.json{whole_file.PARTIAL}"])
    assert seal(tmp_path).number == 1


def test_a_seal_is_never_written_over_another(place: Place, tmp_path: Path) -> None:
    made = seal(tmp_path)
    before = place.seals.path_of(1).read_bytes()
    with pytest.raises(SealError, match="is already there"):
        place.seals.add(made)
    assert place.seals.path_of(1).read_bytes() == before
