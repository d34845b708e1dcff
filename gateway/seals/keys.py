"""The keys of seals, in a folder of their own: one private file, and a public one of each.

A public file says from when its key is used, and which key it follows; it is signed by its own key,
and by the one before. The private file of a key goes when another takes its place, so that nobody
can seal anything as of old. Whoever verifies needs the public files alone.
"""

import os
import stat
from collections.abc import Iterable
from dataclasses import asdict, dataclass, fields, replace
from pathlib import Path
from typing import Final

from gateway.seals.documents import read_document, to_bytes, to_sign
from gateway.seals.errors import SealError, SealKeyError
from gateway.seals.seal import Seal
from gateway.seals.signing import Signer, is_signed, key_id
from store.errors import cause
from store.segment import sync_folder
from store.whole_file import remove_partial, write_whole

FORMAT: Final = 1
KEYS_FOLDER: Final = "keys"
"""In the data folder, unless the configuration says another."""
PUBLIC: Final = ".public.json"
PRIVATE: Final = ".private.pem"
_OPEN: Final = stat.S_IRWXG | stat.S_IRWXO


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicKey:
    """A key as everybody may know it. `from_ns` (UTC ns): its first use; it ends with that of the
    one that follows. `previous`: the key before, "" for the first. `signature`: its own;
    `signature_before`: that of the key before, "" where there was none, or it was lost.
    """

    version: int
    key: str
    public_key: str
    from_ns: int
    previous: str
    signature_before: str
    signature: str

    def to_sign(self) -> bytes:
        """What both signatures are about."""
        return to_sign("key", asdict(self), "signature_before", "signature")

    @property
    def is_sound(self) -> bool:
        """Whether its name and its own signature are right."""
        own = is_signed(self.to_sign(), self.signature, self.public_key)
        return own and self.key == key_id(self.public_key)

    def is_passed_on_by(self, before: "PublicKey") -> bool:
        """Whether the key before has signed it."""
        return is_signed(self.to_sign(), self.signature_before, before.public_key)


_KINDS: Final = {f.name: f.type for f in fields(PublicKey) if isinstance(f.type, type)}


class KeyFolder:
    """The keys of one gateway. There may be no such folder yet."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    # --- reading --------------------------------------------------------------------------------

    def paths(self) -> list[Path]:
        """The files of all public keys."""
        return sorted(self.folder.glob(f"*{PUBLIC}"))

    def read(self, path: Path) -> PublicKey:
        """A public key; raises SealError."""
        try:
            data = path.read_bytes()
        except OSError as error:
            raise SealKeyError(f"{path}: cannot be read: {cause(error)}") from error
        key = PublicKey(**read_document(data, _KINDS, str(path)))
        if path.name != f"{key.key}{PUBLIC}":
            raise SealKeyError(f"{path}: is key {key.key}: give it back its name")
        return key

    def all(self) -> list[PublicKey]:
        """All public keys, each behind the one that it follows; raises SealError."""
        return in_order(map(self.read, self.paths()))

    def private_path(self, key: str) -> Path:
        """Where the private half of a key is, or was."""
        return self.folder / f"{key}{PRIVATE}"

    def has_signer(self) -> bool:
        """Whether there is a private key whose public file is there too: it is written first."""
        names = (path.name.removesuffix(PUBLIC) for path in self.paths())
        return any(self.private_path(name).exists() for name in names)

    def signer(self) -> tuple[Signer, PublicKey]:
        """The key that seals now; raises SealKeyError."""
        known = [key for key in self.all() if self.private_path(key.key).exists()]
        if not known:
            raise SealKeyError(
                f"{self.folder}: there is no private key here: `fixgate audit keys new` makes one"
            )
        newest = known[-1]
        signer = self._private(self.private_path(newest.key))
        if signer.public_key != newest.public_key:
            raise SealKeyError(f"{self.private_path(newest.key)}: is not that of its public file")
        return signer, newest

    def _private(self, path: Path) -> Signer:
        try:
            mode = path.stat().st_mode
            if mode & _OPEN:
                raise SealKeyError(
                    f"{path}: mode {stat.S_IMODE(mode):04o} leaves it open to others: run"
                    f" `chmod 600 {path}`, and rotate the key if somebody may have read it"
                )
            return Signer.from_pem(path.read_bytes(), str(path))
        except OSError as error:
            raise SealKeyError(f"{path}: cannot be read: {cause(error)}") from error

    # --- making ---------------------------------------------------------------------------------

    def new(self, now: int) -> PublicKey:
        """Make the first key, or, where the private one is lost, one that follows without its
        signature. Raises SealKeyError where there is a private key.
        """
        if self.has_signer():
            raise SealKeyError(
                f"{self.folder}: has a private key: `fixgate audit keys rotate` makes another one"
            )
        keys = self.all()
        return self._make(now, keys[-1] if keys else None, None)

    def rotate(self, now: int) -> PublicKey:
        """Make another key, signed by the one before, whose private file is removed."""
        signer, before = self.signer()
        made = self._make(now, before, signer)
        for path in self.folder.glob(f"*{PRIVATE}"):
            if path != self.private_path(made.key):
                path.unlink()
        sync_folder(self.folder)
        return made

    def _make(self, now: int, before: PublicKey | None, signer: Signer | None) -> PublicKey:
        new = Signer.new()
        key = PublicKey(
            version=FORMAT,
            key=new.key_id,
            public_key=new.public_key,
            from_ns=now if before is None else max(now, before.from_ns + 1),
            previous=before.key if before is not None else "",
            signature_before="",
            signature="",
        )
        data = key.to_sign()
        by_before = signer.sign(data) if signer is not None else ""
        key = replace(key, signature=new.sign(data), signature_before=by_before)
        try:
            os.makedirs(self.folder, mode=0o700, exist_ok=True)
            remove_partial(self.folder)
            write_whole(self.private_path(key.key), new.pem())
            write_whole(self.folder / f"{key.key}{PUBLIC}", to_bytes(asdict(key)))
        except OSError as error:
            raise SealKeyError(f"{self.folder}: {cause(error)}") from error
        return key


def in_order(keys: Iterable[PublicKey]) -> list[PublicKey]:
    """Keys, each behind the one that it follows; those that follow none that is here come last."""
    left = sorted(keys, key=lambda key: key.from_ns)
    placed: list[PublicKey] = []
    names = {""}
    while follows := [key for key in left if key.previous in names]:
        placed += follows
        names = {key.key for key in placed} | {""}
        left = [key for key in left if key not in placed]
    return placed + left


class Trusted:
    """The public keys of a folder as a verifier sees them. `problems`: why some are worth nothing,
    each with the file. `named`: keys that somebody vouches for by other means.
    """

    def __init__(self, folder: KeyFolder, named: Iterable[str] = ()) -> None:
        self.problems: list[tuple[Path, str]] = []
        self._known: dict[str, PublicKey] = {}
        self._until_ns: dict[str, int] = {}
        read = []
        for path in folder.paths():
            try:
                read.append(folder.read(path))
            except SealError as error:
                self.problems.append((path, str(error).removeprefix(f"{path}: ")))
        vouched = frozenset(named)
        for key in in_order(read):
            problem = self._take(key, vouched)
            if problem:
                self.problems.append((folder.folder / f"{key.key}{PUBLIC}", problem))

    def _take(self, key: PublicKey, vouched: frozenset[str]) -> str:
        """Trust a key, or say why not."""
        if not key.is_sound:
            return f"key {key.key}: its own signature is wrong"
        before = self._known.get(key.previous)
        if before is not None and key.key not in vouched and not key.is_passed_on_by(before):
            return (
                f"key {key.key} is not signed by key {key.previous}, which it follows: if that one"
                f" was lost, and you know this one by other means, say --trust {key.key}"
            )
        if before is None and self._known and key.key not in vouched:
            return f"key {key.key} follows none that is here and trusted"
        if before is not None and before.key in self._until_ns and key.key not in vouched:
            return f"key {key.key} follows key {key.previous}, as another key does already"
        self._known[key.key] = key
        if before is not None:
            self._until_ns[before.key] = key.from_ns
        return ""

    def __len__(self) -> int:
        return len(self._known)

    def problem_with(self, key: str, time_ns: int) -> str:
        """Why a key could not seal at that time (UTC ns), "" if it could."""
        known = self._known.get(key)
        if known is None:
            return f"is signed by key {key}, which is not here or not trusted"
        if time_ns < known.from_ns:
            return f"is signed by key {key} before its first use"
        if 0 < self._until_ns.get(key, 0) <= time_ns:
            return f"is signed by key {key} after another took its place"
        return ""

    def problem_with_seal(self, seal: Seal) -> str:
        """Why a seal is worth nothing, "" if it is signed as it should be."""
        problem = self.problem_with(seal.key, seal.time_ns)
        if not problem and not seal.is_signed_by(self._known[seal.key].public_key):
            return "its signature is wrong: it was changed"
        return problem
