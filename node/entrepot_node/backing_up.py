"""Backups: one file with the store as it was at one moment, the settings, and the keys if asked for (FED-50 to FED-54).

    manifest.json   what is in it, with sizes and SHA-256
    entrepot.db     the store, copied while the node runs, and verified before the backup counts
    entrepot.toml   the settings
    keys.enc        on request: record key and log keys, under a passphrase

Never in it: the high-water mark and what our cosigners have seen, which must not go back; cosigner keys, which are nothing
without that; the cards, which belong on paper. The records are public, so only the keys are encrypted.
"""

from __future__ import annotations

import hashlib
import io
import os
import re
import secrets
import shutil
import sqlite3
import tarfile
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from sqlalchemy.exc import SQLAlchemyError

from entrepot_node.cosigner import use_up
from entrepot_node.durable_files import sync_folder, write_secret
from entrepot_node.home import Home
from entrepot_node.keyring import ROLES, key_path, numbers_of
from entrepot_node.live_feed import live_feed
from entrepot_node.locked_feed import locked_live_feed
from entrepot_node.self_check import check_store
from entrepot_node.settings import FILE_NAME, read_settings
from entrepot_node.storage.copying import copy_between
from entrepot_node.storage.interface import NODE_DOCUMENT
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import Misuse, Refused
from entrepot_sync.signing_gate import Mark

STORE, KEYS, MANIFEST = "entrepot.db", "keys.enc", "manifest.json"
FORMAT = "entrepot-backup/1"
_MEMBERS = (STORE, FILE_NAME, KEYS)
_MOST = {MANIFEST: 65_536, FILE_NAME: 1 << 20, KEYS: 1 << 20, STORE: 1 << 42}
_COPY_BYTES = 1 << 20
_SALT_BYTES, _NONCE_BYTES = 16, 12
_COST = {"n": 2**17, "r": 8, "p": 1}  # 128 MiB and about half a second for each guess
_LABEL = b"entrepot-backup/1 keys"
_KEY_FILE = re.compile(r"(?:record|feed-[1-9][0-9]{0,9})\.pem", re.ASCII)


@dataclass(frozen=True, slots=True)
class Verified:
    """What a backup holds, as it was computed anew from its store: one sentence for each feed."""

    sentences: list[str]
    has_keys: bool


def write_backup(home: Home, file: Path, *, passphrase: str = "", time: str) -> Verified:
    """Write a backup of a running or resting node; whole, verified and durable, or not at all.

    With a passphrase the record key and the log keys are in it, encrypted.
    """
    if file.exists():
        raise Misuse("backup.file", f"{file} exists; a backup never takes the place of another")
    with _told_faults(file), _drafts(file.parent) as folder:
        copy = folder / STORE
        members: dict[str, Path] = {STORE: copy, FILE_NAME: home.settings_file}
        if passphrase:
            members[KEYS] = folder / KEYS
            with _settled(home):
                _copy_store(home, copy)
                key_files = _key_files(home)
            write_secret(members[KEYS], _seal(key_files, passphrase))
        else:
            _copy_store(home, copy)
        sentences = _verify(copy)
        draft = folder / "draft"
        _write_tar(draft, members, time)
        # A name is only given to what is whole, and never takes another file's place.
        os.link(draft, file)
        sync_folder(file.parent)
    return Verified(sentences, bool(passphrase))


def restore_backup(file: Path, home: Home, *, passphrase: str = "") -> Verified:
    """Put a backup into an empty folder. Withdrawn contents are erased; nothing is signed before a peer has answered.

    Where that fails, what was written is removed.
    """
    if home.path.exists() and any(home.path.iterdir()):
        raise Misuse("backup.home", f"{home.path} is not empty; a backup is restored into a new folder")
    try:
        with _told_faults(home.path):
            return _restore(file, home, passphrase)
    except BaseException:
        shutil.rmtree(home.path, ignore_errors=True)
        raise


def _restore(file: Path, home: Home, passphrase: str) -> Verified:
    home.path.mkdir(mode=0o700, parents=True, exist_ok=True)
    home.keys.mkdir(mode=0o700, exist_ok=True)
    manifest = _extract(file, home)
    sentences = _verify(home.store_file)
    settings = read_settings(home.path / f"{FILE_NAME}.new")
    with closing(_open_restored(home, settings.database)) as store:
        store.sweep_withdrawn()
        use_up(home.cosigner_states(settings), _cosigner_names(store))
        # Peers keep no lower revision of it than they have seen; the next start signs one above.
        store.remove_document(NODE_DOCUMENT)
        feed = live_feed(store)
        home.mark_file(feed.name).replace(Mark(feed.name, feed.size, feed.head.root, awaiting=True))
    has_keys = KEYS in manifest
    if has_keys and passphrase:
        for name, raw in _open_seal((home.path / KEYS).read_bytes(), passphrase).items():
            write_secret(home.keys / name, raw)
    (home.path / KEYS).unlink(missing_ok=True)
    # The settings last: a folder without them is no node yet.
    (home.path / f"{FILE_NAME}.new").replace(home.settings_file)
    sync_folder(home.path)
    return Verified(sentences, has_keys and bool(passphrase))


def _open_restored(home: Home, database: str) -> SqlStore:
    """The store of a restored node: its file, or the database that the settings name, filled from the file."""
    if not database:
        return SqlStore.open(home.store_file)
    with closing(SqlStore.open(database)) as store:
        if store.feeds():
            hint = "Name an empty database in ENTREPOT_DATABASE, or let it be empty for a file."
            raise Misuse("backup.database", "the database holds a store already", hint=hint)
    copy_between(home.store_file, database)
    for path in home.path.glob(f"{STORE}*"):
        path.unlink()
    return SqlStore.open(database)


def _cosigner_names(store: SqlStore) -> list[str]:
    """The names of the cosigner keys when the backup was made; those keys are not in it (FED-56)."""
    raw = store.document(NODE_DOCUMENT)
    try:
        profile = read_canonical(raw)["credentialSubject"]["profile"] if raw is not None else {}
        return [str(profile[role]["name"]) for role in ROLES if role in profile]
    except (Refused, KeyError, TypeError):
        return []  # it is signed anew anyway


@contextmanager
def _told_faults(place: Path) -> Iterator[None]:
    """Tell with a code where the disk is full or fails (D05): SQLite copies pages, and says so in its own way."""
    try:
        yield
    except (OSError, sqlite3.Error) as error:
        reason = error.strerror if isinstance(error, OSError) else error
        hint = "Is there room on its disk, and may you write there? What was begun is removed."
        raise Misuse("backup.file", f"{place} was not written: {reason}", hint=hint) from error


@contextmanager
def _drafts(parent: Path) -> Iterator[Path]:
    if not parent.is_dir():
        raise Misuse("backup.file", f"there is no folder {parent}")
    with tempfile.TemporaryDirectory(prefix=".entrepot-backup-", dir=parent) as folder:
        yield Path(folder)


@contextmanager
def _settled(home: Home) -> Iterator[None]:
    """Keep keys and store from changing, a change that was cut off finished or dropped: they are of one moment (FED-50)."""
    with closing(home.open_store()) as store, locked_live_feed(home, store, home.settings().passphrase):
        yield


def _copy_store(home: Home, copy: Path) -> None:
    """Copy the store as it is at one moment: page by page, with what still stands in its write-ahead log (D13)."""
    os.close(os.open(copy, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    database = home.settings().database
    if database:
        copy_between(database, copy)
        return
    with closing(sqlite3.connect(home.store_file)) as store, closing(sqlite3.connect(copy)) as target:
        store.backup(target)


def _verify(copy: Path) -> list[str]:
    """Compute everything in a copy anew, as `entrepot verify` does; then fold it into one file."""
    try:
        store = SqlStore.open(copy)
    except SQLAlchemyError as error:
        raise Refused("log.damaged", f"{copy.name} is no store of a node") from error
    try:
        sentences = [check_store(store, feed) for feed in store.feeds()]
    finally:
        store.close()
    with closing(sqlite3.connect(copy, isolation_level=None)) as connection:
        whole = connection.execute("PRAGMA integrity_check(1)").fetchone()[0]
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        connection.execute("PRAGMA journal_mode=DELETE")
    if whole != "ok":
        raise Refused("log.damaged", f"the copy of the store is damaged: {whole}")
    return sentences


def _write_tar(draft: Path, members: dict[str, Path], time: str) -> None:
    listed = {name: {"sha256": _digest(path), "size": path.stat().st_size} for name, path in members.items()}
    manifest = canonical_bytes({"files": listed, "format": FORMAT, "time": time})
    descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as raw:
        with tarfile.open(fileobj=raw, mode="w", format=tarfile.PAX_FORMAT) as tar:
            _add(tar, MANIFEST, len(manifest), io.BytesIO(manifest))
            for name, path in members.items():
                with path.open("rb") as file:
                    _add(tar, name, path.stat().st_size, file)
        raw.flush()
        os.fsync(raw.fileno())


def _add(tar: tarfile.TarFile, name: str, size: int, file: IO[bytes]) -> None:
    entry = tarfile.TarInfo(name)
    entry.size, entry.mode = size, 0o600
    tar.addfile(entry, file)


def _extract(file: Path, home: Home) -> dict[str, Any]:
    """Read the members by our own names, never by those in the file, and compare each with the manifest."""
    try:
        with _opened(file) as source, tarfile.open(fileobj=source, mode="r:") as tar:
            manifest = read_canonical(_reader(tar, MANIFEST).read(_MOST[MANIFEST]))
            files: dict[str, Any] = manifest["files"] if manifest.get("format") == FORMAT else {}
            if not {STORE, FILE_NAME} <= set(files) <= set(_MEMBERS):
                raise _damaged(file)
            for name in files:
                target = home.path / (f"{FILE_NAME}.new" if name == FILE_NAME else name)
                digest = _copy_out(_reader(tar, name), target, _MOST[name])
                if digest != files[name]["sha256"]:
                    raise _damaged(file)
    except (tarfile.TarError, KeyError, TypeError, Refused) as error:
        raise _damaged(file) from error
    return files


def _opened(file: Path) -> IO[bytes]:
    try:
        return file.open("rb")
    except OSError as error:
        raise Misuse("backup.damaged", f"{file} cannot be read: {error.strerror}") from error


def _reader(tar: tarfile.TarFile, name: str) -> IO[bytes]:
    found = tar.getmember(name)
    reader = tar.extractfile(found) if found.isfile() and found.size <= _MOST[name] else None
    if reader is None:
        raise KeyError(name)
    return reader


def _copy_out(source: IO[bytes], target: Path, most: int) -> str:
    digest = hashlib.sha256()
    descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        while part := source.read(_COPY_BYTES):
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _key_files(home: Home) -> dict[str, bytes]:
    numbers = sorted(numbers_of(home.keys, "feed", ".pem"))
    paths = [key_path(home.keys, name) for name in ("record", *(f"feed-{number}" for number in numbers))]
    return {path.name: path.read_bytes() for path in paths}


def _seal(files: dict[str, bytes], passphrase: str) -> bytes:
    """Encrypt the key files: salt ‖ nonce ‖ ChaCha20-Poly1305 under a key that scrypt makes of the passphrase."""
    salt, nonce = secrets.token_bytes(_SALT_BYTES), secrets.token_bytes(_NONCE_BYTES)
    plain = canonical_bytes({name: raw.decode("ascii") for name, raw in files.items()})
    return salt + nonce + ChaCha20Poly1305(_key(passphrase, salt)).encrypt(nonce, plain, _LABEL)


def _open_seal(sealed: bytes, passphrase: str) -> dict[str, bytes]:
    salt, nonce = sealed[:_SALT_BYTES], sealed[_SALT_BYTES : _SALT_BYTES + _NONCE_BYTES]
    try:
        plain = ChaCha20Poly1305(_key(passphrase, salt)).decrypt(
            nonce, sealed[_SALT_BYTES + _NONCE_BYTES :], _LABEL
        )
    except (InvalidTag, ValueError) as error:
        raise Misuse("backup.passphrase", "the passphrase does not open the keys of this backup") from error
    try:
        names = read_canonical(plain, max_bytes=_MOST[KEYS])
        files = {name: text.encode("ascii") for name, text in names.items() if _KEY_FILE.fullmatch(name)}
        whole = len(files) == len(names)  # a name that is no key file's could lead anywhere
    except (Refused, AttributeError, UnicodeEncodeError):
        whole = False
    if not whole:
        raise Misuse("backup.damaged", "what the backup holds under its passphrase are no key files")
    return files


def _key(passphrase: str, salt: bytes) -> bytes:
    return Scrypt(salt=salt, length=32, **_COST).derive(passphrase.encode("utf-8"))


def _damaged(file: Path) -> Misuse:
    hint = "Take another backup; this one was cut off or changed."
    return Misuse("backup.damaged", f"{file} is no whole backup", hint=hint)
