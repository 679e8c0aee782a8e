"""Backups of a node that runs, and what a restored one may do (D07, D13; FED-50 to FED-54)."""

from __future__ import annotations

import hashlib
import io
import json
import sqlite3
import subprocess
import sys
import tarfile
from collections.abc import Callable, Sequence
from contextlib import closing
from pathlib import Path
from typing import IO, Any, cast

import pytest
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt

from entrepot_node.backing_up import restore_backup, write_backup
from entrepot_node.cards import read_card
from entrepot_node.cosigner import cosigner_standing, make_missing_cosigners
from entrepot_node.cosigner_states import StateFolder
from entrepot_node.home import Home
from entrepot_node.live_feed import live_feed
from entrepot_node.node_document import refresh_node_document
from entrepot_node.orders import Publication
from entrepot_node.publish import Publisher
from entrepot_node.rotation import KeyChanger, Wanted
from entrepot_node.signing_gate import SigningGate
from entrepot_schema.canonical import canonical_bytes, read_canonical
from entrepot_schema.errors import EntrepotError, Misuse, Refused, Unavailable
from entrepot_sync.feed_store import Status

from .conftest import Clock

FEED = "biomed.example/feed/1"
TIME = "2026-11-23T09:30:00Z"
Company = Callable[..., dict[str, Any]]


@pytest.fixture
def backup(node: Any, company: Company, tmp_path: Path) -> Path:
    """A backup of three records, taken while the node is open."""
    node.refresh_node_document()
    node.publish(*(company(f"Company {number}", number) for number in range(3)))
    file = tmp_path / "node.backup"
    write_backup(node.home, file, passphrase="six words on a sheet", time=TIME)
    return file


def restored(backup: Path, tmp_path: Path, passphrase: str = "six words on a sheet") -> Home:
    home = Home(tmp_path / "restored")
    restore_backup(backup, home, passphrase=passphrase)
    return home


def test_d13_a_backup_holds_all_that_was_committed(node: Any, backup: Path, tmp_path: Path) -> None:
    """FED-50: also what still stood in the write-ahead log."""
    store = restored(backup, tmp_path).open_store()
    feed = store.feed(FEED)
    assert feed is not None

    assert feed.head == node.feed.head
    assert store.contents(feed.id, 0, 99) == node.store.contents(node.feed.id, 0, 99)
    store.close()


def test_a_backup_leaves_out_what_must_not_go_back(backup: Path, tmp_path: Path) -> None:
    """K13. FED-51: no mark, no cosigner key, no state of one, no card."""
    with tarfile.open(backup) as tar:
        assert tar.getnames() == ["manifest.json", "entrepot.db", "entrepot.toml", "keys.enc"]
    home = restored(backup, tmp_path)

    assert sorted(path.name for path in home.keys.glob("*.pem")) == ["feed-1.pem", "record.pem"]
    assert not any(state.stat().st_size for state in home.states.iterdir())
    assert not home.cards.exists()


def test_keys_are_in_a_backup_only_on_request_and_never_in_clear(
    node: Any, backup: Path, tmp_path: Path
) -> None:
    """K15. FED-51."""
    plain = tmp_path / "plain.backup"
    write_backup(node.home, plain, time=TIME)

    with tarfile.open(plain) as tar:
        assert "keys.enc" not in tar.getnames()
    for file in (plain, backup):
        raw = file.read_bytes()
        assert b"PRIVATE KEY" not in raw
        assert node.home.keyring(1).log.seed not in raw


def test_a_wrong_passphrase_opens_no_keys(backup: Path, tmp_path: Path) -> None:
    """FED-51."""
    with pytest.raises(Misuse) as refused:
        restored(backup, tmp_path, "another")

    assert refused.value.code == "backup.passphrase"
    assert not (tmp_path / "restored" / "entrepot.toml").exists()


def test_d07_a_restored_store_signs_nothing_before_a_peer_has_answered(
    backup: Path, tmp_path: Path, company: Company, open_node: Callable[[Path], Any]
) -> None:
    """FED-53: although the backup knows of nobody who cosigned."""
    node = open_node(restored(backup, tmp_path).path)

    def nobody(_base_url: str, _allow_private: bool) -> Any:
        raise Unavailable("peer.unreachable", "down")

    publisher = Publisher(
        node.store, FEED, node.home.keyring(1), now=node.clock, random_bytes=node.random_bytes,
        gate=SigningGate(node.store, node.home.mark_file, nobody),
    )  # fmt: skip
    with pytest.raises(Unavailable) as refused:
        publisher.publish([Publication(company("New", 9), "CC0-1.0")])
    assert refused.value.code == "gate.no-answer"
    node.store.close()


def test_what_was_withdrawn_is_gone_after_a_restore(node: Any, company: Company, tmp_path: Path) -> None:
    """FED-52: the log is replayed."""
    node.publish(company("canary of the withdrawn", 1))
    node.withdraw(company(number=1)["id"])
    write_backup(node.home, tmp_path / "b", time=TIME)
    home = restored(tmp_path / "b", tmp_path)

    store = home.open_store()
    assert [version.status for version in store.versions(company(number=1)["id"])] == [Status.ERASED]
    store.close()
    assert b"canary of the withdrawn" not in home.store_file.read_bytes()


def rewritten(backup: Path, name: str, raw: bytes) -> Path:
    """The same backup with another member in the place of one, and a manifest that fits."""
    with tarfile.open(backup) as tar:
        members = {one.name: cast("IO[bytes]", tar.extractfile(one)).read() for one in tar.getmembers()}
    members[name] = raw
    manifest = read_canonical(members["manifest.json"])
    manifest["files"][name] = {"sha256": hashlib.sha256(raw).hexdigest(), "size": len(raw)}
    members["manifest.json"] = canonical_bytes(manifest)
    file = backup.with_name("rewritten.backup")
    with tarfile.open(file, "w") as tar:
        for member, body in members.items():
            entry = tarfile.TarInfo(member)
            entry.size = len(body)
            tar.addfile(entry, io.BytesIO(body))
    return file


def sealed(plain: bytes) -> bytes:
    """What somebody puts under a passphrase who wrote the backup with other software."""
    salt, nonce = bytes(16), bytes(12)
    key = Scrypt(salt=salt, length=32, n=2**17, r=8, p=1).derive(b"p")
    return salt + nonce + ChaCha20Poly1305(key).encrypt(nonce, plain, b"entrepot-backup/1 keys")


@pytest.mark.parametrize(
    "plain",
    [b'{"../../fallen":"x"}', b'{"/fallen":"x"}', b'{"record.pem":5}', '{"record.pem":"é"}'.encode(), b"[1]", b"\xff"],
)  # fmt: skip
def test_a18_what_is_no_key_file_is_not_restored(backup: Path, tmp_path: Path, plain: bytes) -> None:
    """FED-55: names are not taken from what somebody else may have made, passphrase included."""
    bent = rewritten(backup, "keys.enc", sealed(plain))

    with pytest.raises(Misuse) as refused:
        restored(bent, tmp_path, "p")

    assert refused.value.code == "backup.damaged"
    assert not list(tmp_path.rglob("fallen"))
    assert not list((tmp_path / "restored" / "keys").glob("*.pem"))


def test_a_store_that_is_none_is_refused(backup: Path, tmp_path: Path) -> None:
    """FED-50: however well its digest fits."""
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE feeds (x)")

    with pytest.raises(Refused) as refused:
        restored(rewritten(backup, "entrepot.db", other.read_bytes()), tmp_path)

    assert refused.value.code == "log.damaged"


def test_keys_and_store_are_of_one_moment(home: Home, tmp_path: Path) -> None:
    """FED-50, SIG-54: a change of keys that was cut off right after its commit is finished before."""
    store = home.open_store()
    card = read_card((home.cards / "card-a.txt").read_text("utf-8"))
    changer = KeyChanger(home, store, home.settings(), now=Clock())
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("entrepot_node.rotation.settle_keys", lambda *_: None)  # killed before it
        changer.rotate(card, Wanted(log_key=True))
    store.close()
    write_backup(home, tmp_path / "b", passphrase="p", time=TIME)

    again = restored(tmp_path / "b", tmp_path, "p")

    with closing(again.open_store()) as restored_store:
        named = live_feed(restored_store).key_log.latest
    assert again.keyring(1).record.public == named.record_key


def test_a_restored_node_gives_no_lost_cosigner_name_again(backup: Path, tmp_path: Path) -> None:
    """FED-56: peers know another key under it."""
    home = restored(backup, tmp_path)

    made = make_missing_cosigners(home.keys, StateFolder(home.states))

    assert [key.name("biomed.example") for key in made] == [
        "biomed.example/witness/2",
        "biomed.example/mirror/2",
    ]
    assert cosigner_standing(home.keys, StateFolder(home.states), "witness") == "ready"


def test_a_folder_with_anything_in_it_is_not_overwritten(backup: Path, tmp_path: Path) -> None:
    """FED-52."""
    (tmp_path / "restored").mkdir()
    (tmp_path / "restored" / "a").touch()

    with pytest.raises(Misuse) as refused:
        restored(backup, tmp_path)
    assert refused.value.code == "backup.home"


def test_a_backup_never_takes_the_place_of_another(node: Any, backup: Path) -> None:
    """FED-50."""
    before = backup.read_bytes()

    with pytest.raises(Misuse) as refused:
        write_backup(node.home, backup, time=TIME)
    assert refused.value.code == "backup.file"
    assert backup.read_bytes() == before


@pytest.mark.parametrize("damage", ["cut", "flipped", "not a backup"])
def test_a_damaged_backup_is_refused_whole(backup: Path, tmp_path: Path, damage: str) -> None:
    """FED-52."""
    raw = bytearray(backup.read_bytes())
    if damage == "cut":
        del raw[len(raw) // 2 :]
    elif damage == "flipped":
        raw[len(raw) // 2] ^= 1
    else:
        raw[:] = b"something else"
    backup.write_bytes(raw)

    with pytest.raises(EntrepotError) as refused:
        restored(backup, tmp_path)
    assert refused.value.code == "backup.damaged"
    assert not (tmp_path / "restored" / "entrepot.toml").exists()


def run_on_full_disk(arguments: Sequence[object], most_bytes: int) -> Any:
    """Run a command that can write no file above a size, and return what it answered."""
    blocks = str(most_bytes // 512)
    shell = ["sh", "-c", 'ulimit -f "$0" && exec "$@"', blocks, sys.executable, "-m", "entrepot_node.cli"]
    done = subprocess.run(
        [*shell, *map(str, arguments), "--json"], capture_output=True, text=True, check=False
    )
    assert done.returncode == 2, done.stderr
    return json.loads(done.stdout)["error"]


@pytest.mark.parametrize("part", ["store", "whole file"])
def test_d05_a_backup_for_which_there_is_no_room_is_told_and_leaves_nothing(
    node: Any, tmp_path: Path, part: str
) -> None:
    """FED-50."""
    folder = tmp_path / "backups"
    folder.mkdir()
    most = 65_536 if part == "store" else node.home.store_file.stat().st_size + 1024

    error = run_on_full_disk(["backup", folder / "b", "--home", node.home.path], most)

    assert error["code"] == "backup.file"
    assert list(folder.iterdir()) == []


def test_d05_a_restore_for_which_there_is_no_room_is_told_and_can_be_tried_again(
    backup: Path, tmp_path: Path
) -> None:
    """FED-52."""
    error = run_on_full_disk(["restore", backup, "--home", tmp_path / "restored"], 65_536)

    assert error["code"] == "backup.file"
    restored(backup, tmp_path)


def test_a_damaged_store_makes_no_backup(node: Any, company: Company, tmp_path: Path) -> None:
    """FED-50: a backup is verified before it counts."""
    node.publish(company("One", 1))
    node.store.close()
    with sqlite3.connect(node.home.store_file) as connection:
        connection.execute("UPDATE entries SET raw = x'00' WHERE idx = 1")

    with pytest.raises(EntrepotError):
        write_backup(node.home, tmp_path / "b", time=TIME)
    assert list(tmp_path.glob("b")) == []
    assert list(tmp_path.glob(".entrepot-backup-*")) == []


def test_a_restored_node_signs_its_document_above_any_that_peers_hold(
    node: Any, backup: Path, tmp_path: Path, open_node: Callable[[Path], Any]
) -> None:
    """FED-54."""
    again = open_node(restored(backup, tmp_path).path)

    document = refresh_node_document(
        again.store, again.settings, again.feed, again.home.keyring(1), now=again.clock,
        random_bytes=again.random_bytes, lost=True,
    )  # fmt: skip

    assert read_canonical(document)["revision"] == int(again.clock().timestamp())
    again.store.close()


def test_a_document_of_an_old_store_is_followed_by_one_above_any_that_peers_hold(node: Any) -> None:
    """FED-54: who put a folder back knows nothing of the documents that were signed since; a clock may stand still."""

    def signed(base_url: str) -> int:
        settings = node.settings.model_copy(update={"base_url": base_url})
        document = refresh_node_document(
            node.store, settings, node.feed, node.home.keyring(1), now=node.clock,
            random_bytes=node.random_bytes, lost=True,
        )  # fmt: skip
        return int(read_canonical(document)["revision"])

    node.refresh_node_document()  # the first, as a new node counts
    first = signed("https://one.example")

    assert first == int(node.clock().timestamp())
    assert signed("https://two.example") == first + 1
