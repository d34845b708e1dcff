"""Keys of seals: private ones stay private, and each vouches for the next."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, replace
from pathlib import Path

import pytest

from gateway.seals.documents import to_bytes
from gateway.seals.errors import SealKeyError
from gateway.seals.keys import PRIVATE, PUBLIC, KeyFolder, PublicKey, Trusted
from gateway.seals.signing import Signer

NOW = 1_767_000_000_000_000_000


@pytest.fixture
def keys(tmp_path: Path) -> KeyFolder:
    return KeyFolder(tmp_path / "keys")


def private_files(keys: KeyFolder) -> list[str]:
    return [path.name for path in keys.folder.glob(f"*{PRIVATE}")]


def test_a_new_key_is_its_owners_alone_and_public_beside(keys: KeyFolder) -> None:
    made = keys.new(NOW)
    assert keys.folder.stat().st_mode & 0o777 == 0o700
    assert keys.private_path(made.key).stat().st_mode & 0o777 == 0o600
    assert keys.all() == [made]
    signer, known = keys.signer()
    assert (signer.key_id, known) == (made.key, made)
    with pytest.raises(SealKeyError, match="audit keys rotate"):
        keys.new(NOW)


def test_a_rotation_is_signed_by_the_key_before_whose_private_file_goes(keys: KeyFolder) -> None:
    first = keys.new(NOW)
    second = keys.rotate(NOW + 10)
    third = keys.rotate(NOW + 5)  # the clock was set back
    assert keys.all() == [first, second, third]
    assert second.is_passed_on_by(first)
    assert not second.is_passed_on_by(third)
    assert third.from_ns > second.from_ns
    assert private_files(keys) == [f"{third.key}{PRIVATE}"]
    trusted = Trusted(keys)
    assert trusted.problems == []
    assert trusted.problem_with(first.key, NOW) == ""
    assert "before its first use" in trusted.problem_with(first.key, NOW - 1)
    assert trusted.problem_with(first.key, NOW + 9) == ""
    assert "after another took its place" in trusted.problem_with(first.key, NOW + 10)
    assert "not here or not trusted" in trusted.problem_with("0" * 16, NOW)


def test_a_rotation_that_a_crash_cut_off_changes_nothing(keys: KeyFolder) -> None:
    first = keys.new(NOW)
    (keys.folder / f"stray{PRIVATE}").write_bytes(Signer.new().pem())  # its public file never came
    (keys.folder / f"half{PUBLIC}.partial").write_bytes(b"{")
    assert keys.signer()[1] == first
    second = keys.rotate(NOW + 1)
    assert private_files(keys) == [f"{second.key}{PRIVATE}"]
    assert list(keys.folder.glob("*.partial")) == []
    assert Trusted(keys).problems == []


def test_a_first_key_that_a_crash_cut_off_is_none(keys: KeyFolder) -> None:
    keys.folder.mkdir()
    stray = keys.folder / f"{Signer.new().key_id}{PRIVATE}"
    stray.write_bytes(Signer.new().pem())  # its public file never came
    assert not keys.has_signer()
    made = keys.new(NOW)
    assert keys.signer()[1] == made


def test_two_private_files_after_a_crash_seal_by_the_newer(keys: KeyFolder) -> None:
    first = keys.new(NOW)
    kept = keys.private_path(first.key).read_bytes()
    second = keys.rotate(NOW + 1)
    keys.private_path(first.key).write_bytes(kept)
    keys.private_path(first.key).chmod(0o600)
    assert keys.signer()[1] == second


def test_a_key_that_others_may_read_is_refused(keys: KeyFolder) -> None:
    path = keys.private_path(keys.new(NOW).key)
    for mode in (0o640, 0o604, 0o620):
        path.chmod(mode)
        with pytest.raises(SealKeyError, match=f"chmod 600 {path}"):
            keys.signer()


def test_a_lost_key_is_followed_by_one_that_somebody_vouches_for(keys: KeyFolder) -> None:
    first = keys.new(NOW)
    keys.private_path(first.key).unlink()
    with pytest.raises(SealKeyError, match="there is no private key"):
        keys.signer()
    second = keys.new(NOW + 1)
    assert (second.previous, second.signature_before) == (first.key, "")
    [(path, problem)] = Trusted(keys).problems
    assert path == keys.folder / f"{second.key}{PUBLIC}"
    assert f"say --trust {second.key}" in problem
    trusted = Trusted(keys, [second.key])
    assert trusted.problems == []
    assert trusted.problem_with(second.key, NOW + 1) == ""


@pytest.mark.parametrize("content", [b"", b"not-so-secret", b"-----BEGIN PRIVATE KEY-----\nAAAA"])
def test_what_is_no_key_is_refused_without_being_shown(content: bytes, keys: KeyFolder) -> None:
    path = keys.private_path(keys.new(NOW).key)
    path.write_bytes(content)
    with pytest.raises(SealKeyError) as refused:
        keys.signer()
    assert str(refused.value) == f"{path}: is no private key in PEM, or has a password"


def test_another_private_key_than_that_of_the_public_file_is_refused(keys: KeyFolder) -> None:
    path = keys.private_path(keys.new(NOW).key)
    path.write_bytes(Signer.new().pem())
    with pytest.raises(SealKeyError, match="is not that of its public file"):
        keys.signer()


def put(keys: KeyFolder, key: PublicKey) -> None:
    (keys.folder / f"{key.key}{PUBLIC}").write_bytes(to_bytes(asdict(key)))


def forged(before: PublicKey, by: Signer) -> PublicKey:
    """A key that claims to follow one, which has not signed it."""
    new = Signer.new()
    key = PublicKey(
        version=1,
        key=new.key_id,
        public_key=new.public_key,
        from_ns=before.from_ns + 1,
        previous=before.key,
        signature_before="",
        signature="",
    )
    data = key.to_sign()
    return replace(key, signature=new.sign(data), signature_before=by.sign(data))


def root(key: PublicKey) -> PublicKey:
    """A key of somebody else, that claims to be the first."""
    new = Signer.new()
    made = replace(
        key, key=new.key_id, public_key=new.public_key, previous="", from_ns=key.from_ns + 1
    )
    return replace(made, signature=new.sign(made.to_sign()))


@pytest.mark.parametrize(
    ("make", "problem"),
    [
        (lambda key: forged(key, Signer.new()), "is not signed by key"),
        (root, "follows none that is here and trusted"),
        (lambda key: replace(forged(key, Signer.new()), from_ns=1), "its own signature is wrong"),
    ],
)
def test_a_key_that_nobody_vouches_for_is_not_trusted(
    make: Callable[[PublicKey], PublicKey], problem: str, keys: KeyFolder
) -> None:
    first = keys.new(NOW)
    stranger = make(first)
    put(keys, stranger)
    trusted = Trusted(keys)
    assert [text for _, text in trusted.problems if problem in text]
    assert trusted.problem_with(first.key, NOW + 5) == ""
    assert trusted.problem_with(stranger.key, NOW + 5)


def test_two_keys_that_follow_one_are_not_both_trusted(keys: KeyFolder) -> None:
    first = keys.new(NOW)
    signer, _ = keys.signer()
    second = keys.rotate(NOW + 1)
    put(keys, forged(first, signer))
    trusted = Trusted(keys)
    assert len(trusted) == 2
    assert len(trusted.problems) == 1
    assert f"follows key {first.key}, as another key does already" in trusted.problems[0][1]
    assert second.key


def test_a_public_file_under_another_name_is_refused(keys: KeyFolder) -> None:
    path = keys.folder / f"{keys.new(NOW).key}{PUBLIC}"
    path.rename(path.with_name(f"other{PUBLIC}"))
    with pytest.raises(SealKeyError, match="give it back its name"):
        keys.all()
