"""A node whose disk burned gets its feed back from a mirror, with its keys alone (D07, D12; FED-45 to FED-48)."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest

from entrepot_node.commands import recover
from entrepot_node.home import Home
from entrepot_node.recovering import Recovered, find_copy, recover_feed
from entrepot_node.settings import write_settings
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.errors import Misuse, PeerFault, Unavailable
from entrepot_schema.key_log import create_key_log
from entrepot_schema.key_state import build_state
from entrepot_schema.keys import SigningKey
from entrepot_sync.carried import FolderTransport
from entrepot_sync.feed_store import Head
from entrepot_sync.note import VerifierKey
from entrepot_sync.transport import Fetched, PeerTransport

from .conftest import Clock
from .mirror_nodes import Line, Member, found


@pytest.fixture
def line() -> Line:
    return Line()


@pytest.fixture
def burned(tmp_path: Path, line: Line) -> Iterator[Member]:
    """A node with a history, its feed mirrored by another."""
    clock = Clock()
    node = found(tmp_path, line, clock, "a.example", mirroring="any")
    mirror = found(tmp_path, line, clock, "b.example")
    node.publish(*range(300))
    node.withdraw(3)
    node.publish(4, 301)
    node.serve()
    mirror.follow(node, mirror=True)
    mirror.pull(node)
    mirror.serve()
    yield node
    for member in (node, mirror):
        member.store.close()


def get_back(node: Member, store: SqlStore, source: PeerTransport) -> Recovered:
    async def run() -> Recovered:
        key = node.home.keyring(1).log.public
        copy = await find_copy(source, "a.example/feed/1", key)
        mark = node.home.mark_file("a.example/feed/1").read()
        return await recover_feed(copy, store, "a.example/feed/1", key, mark, now=0.0)

    return asyncio.run(run())


def forged_key_log(node: Member) -> bytes:
    """A key log that names our keys, which anybody knows, under cards that are not ours."""
    one, two, three = (SigningKey.from_seed(bytes([number]) * 32) for number in (1, 2, 3))
    keys = node.home.keyring(1)
    vkey = str(VerifierKey("a.example/feed/1", keys.log.public))
    state = build_state("a.example", keys.record.public, {1: vkey})
    cards = (one.public, two.public)
    return create_key_log(state, cards=cards, update_key=three, time="2026-11-23T09:30:00Z").to_bytes()


def test_d12_a_burned_node_is_rebuilt_from_a_mirror(burned: Member, line: Line, tmp_path: Path) -> None:
    """K23. FED-45, FED-46: every entry, every live content, and the same head; withdrawn contents stay away."""
    before = burned.feed
    store = SqlStore.open(tmp_path / "new.db")

    got = get_back(burned, store, line.open("https://b.example", False))

    assert got.feed.own
    assert (got.feed.head.root, got.feed.size, got.feed.frontier) == (
        before.head.root,
        before.size,
        before.frontier,
    )
    assert store.entries(got.feed.id, 0, 999) == burned.store.entries(before.id, 0, 999)
    assert store.contents(got.feed.id, 0, 999) == burned.store.contents(before.id, 0, 999)
    assert store.counts(got.feed.id) == burned.store.counts(before.id)
    store.close()


def test_d12_it_goes_on_publishing_and_its_followers_see_one_history(
    burned: Member, line: Line, tmp_path: Path
) -> None:
    """K20. FED-45, FED-48."""
    mirror = line.members["b.example"]
    old = burned.store
    burned.store = SqlStore.open(tmp_path / "new.db")
    get_back(burned, burned.store, line.open("https://b.example", False))
    burned.serve()
    burned.publish(500)

    mirror.pull(burned)

    assert mirror.copy_of(burned).head == burned.feed.head
    assert mirror.copy_of(burned).state == "live"
    old.close()


def test_d07_a_store_that_is_behind_is_brought_up(burned: Member, line: Line, tmp_path: Path) -> None:
    """K20. FED-45: an old backup, from before the last records."""
    mirror = line.members["b.example"]
    burned.store.close()
    backup = shutil.copy(burned.home.store_file, tmp_path / "backup.db")
    burned.store = SqlStore.open(burned.home.store_file)
    burned.serve()
    burned.publish(600)
    mirror.pull(burned)
    newest = burned.feed.head
    store = SqlStore.open(backup)

    got = get_back(burned, store, line.open("https://b.example", False))

    assert got.feed.head.root == newest.root
    assert got.report.size_after == got.report.size_before + 1
    store.close()


def test_a_mirror_that_is_behind_the_mark_does_not_open_the_gate(
    burned: Member, line: Line, tmp_path: Path
) -> None:
    """K22. FED-47: what left after the mirror's last pull must come from somewhere else."""
    burned.publish(600)
    burned.home.mark_file("a.example/feed/1").raise_to(burned.feed.head)
    store = SqlStore.open(tmp_path / "new.db")

    with pytest.raises(Misuse) as refused:
        get_back(burned, store, line.open("https://b.example", False))

    assert refused.value.code == "gate.behind"
    store.close()


def test_a_recovery_that_was_cut_off_goes_on(burned: Member, line: Line, tmp_path: Path) -> None:
    """FED-45, LOG-67: nothing may be signed from a part, and the next try takes the rest."""
    store = SqlStore.open(tmp_path / "new.db")
    source = line.open("https://b.example", False)

    class Cut:
        async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
            if "/delta" in path:
                return Fetched(404, b"", None, 0)
            if path.endswith("/contents/1"):
                raise Unavailable("peer.unreachable", "cut")
            return await source.fetch(path, max_bytes=max_bytes, etag=etag)

        async def aclose(self) -> None:
            pass

    with pytest.raises(Unavailable):
        get_back(burned, store, Cut())
    got = get_back(burned, store, line.open("https://b.example", False))

    assert got.feed.size == got.feed.head.size == burned.feed.size
    store.close()


def test_another_log_key_recovers_nothing(burned: Member, line: Line, tmp_path: Path) -> None:
    """K23. FED-46: the head must be signed by the key at hand."""
    key = line.members["b.example"].home.keyring(1).log.public

    with pytest.raises(PeerFault) as refused:
        asyncio.run(find_copy(line.open("https://b.example", False), "a.example/feed/1", key))
    assert refused.value.code == "recover.no-copy"


def test_a_mirror_cannot_slip_in_another_key_log(burned: Member, line: Line, tmp_path: Path) -> None:
    """FED-46: the entries that our key signed commit to the lines of the real one."""
    source = line.open("https://b.example", False)
    other = forged_key_log(burned)

    class Liar:
        async def fetch(self, path: str, *, max_bytes: int, etag: str | None = None) -> Fetched:
            fetched = await source.fetch(path, max_bytes=max_bytes, etag=etag)
            return Fetched(200, other, None, 0) if path.endswith("keys.jsonl") else fetched

        async def aclose(self) -> None:
            pass

    store = SqlStore.open(tmp_path / "new.db")
    with pytest.raises(PeerFault) as refused:
        get_back(burned, store, Liar())

    assert refused.value.code == "log.keys-mismatch"
    store.close()


def test_a_folder_with_the_files_of_the_feed_serves_too(burned: Member, tmp_path: Path) -> None:
    """FED-45: carried by hand."""
    folder = tmp_path / "stick"
    paths = [
        "/feed/checkpoint",
        "/feed/keys.jsonl",
        "/feed/tile/entries/000",
        f"/feed/tile/entries/001.p/{burned.feed.size % 256}",
    ]
    for path in (*paths, "/feed/contents/0", "/feed/contents/1"):
        answer = burned.get(path)
        assert answer.status_code == 200, path
        (folder / path[1:]).parent.mkdir(parents=True, exist_ok=True)
        (folder / path[1:]).write_bytes(answer.content)
    store = SqlStore.open(tmp_path / "new.db")

    got = get_back(burned, store, FolderTransport(folder))

    assert store.counts(got.feed.id) == burned.store.counts(burned.feed.id)
    store.close()


def test_a18_a_copy_that_links_elsewhere_is_refused(burned: Member, tmp_path: Path) -> None:
    """FED-37: also by a recovery."""
    write_settings(burned.home.path, burned.settings)
    (tmp_path / "checkpoint").write_bytes(burned.get("/feed/checkpoint").content)
    (tmp_path / "copy" / "feed").mkdir(parents=True)
    (tmp_path / "copy" / "feed" / "checkpoint").symlink_to(tmp_path / "checkpoint")

    with pytest.raises(PeerFault) as refused:
        recover.run_recover(burned.home.path, str(tmp_path / "copy"), allow_private=False, as_json=False)

    assert refused.value.code == "carried.name"


@pytest.mark.parametrize(
    "path", ["/feed/../secret", "/feed//checkpoint", "/feed/delta?from=0&to=1", "/", "/feed/."]
)
def test_a_folder_is_never_left(tmp_path: Path, path: str) -> None:
    """FED-45."""
    (tmp_path / "secret").write_bytes(b"secret")
    (tmp_path / "copy" / "feed").mkdir(parents=True)
    transport = FolderTransport(tmp_path / "copy")

    assert asyncio.run(transport.fetch(path, max_bytes=10)).status == 404


def test_an_override_is_written_down_and_only_breaks_silence(
    burned: Member, capsys: pytest.CaptureFixture[str]
) -> None:
    """K19. FED-43: without a reason there is none; below the mark there is none."""
    write_settings(burned.home.path, burned.settings)
    marks = burned.home.mark_file("a.example/feed/1")
    marks.raise_to(burned.feed.head)

    assert recover.run_override(burned.home.path, "the other two are closed for good", as_json=False) == 0

    assert "closed for good" in (burned.home.path / recover.OVERRIDES).read_text("utf-8")
    mark = marks.read()
    assert mark is not None
    assert mark.forgiven > 0
    with pytest.raises(Misuse):
        recover.run_override(burned.home.path, " ", as_json=False)
    marks.raise_to(Head(burned.feed.size + 5, bytes(32), b""))
    with pytest.raises(Misuse) as refused:
        recover.run_override(burned.home.path, "I want to", as_json=False)
    assert refused.value.code == "gate.behind"


def test_an_override_covers_what_was_published_while_it_waited_for_the_lock(
    burned: Member, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FED-43: the mark it sets is that of the newest head, not of the one it found when it was called."""
    write_settings(burned.home.path, burned.settings)
    real = Home.append_lock

    def late(home: Home, number: int, **options: float) -> AbstractContextManager[None]:
        monkeypatch.setattr(Home, "append_lock", real)
        burned.publish(400)
        return real(home, number, **options)

    monkeypatch.setattr(Home, "append_lock", late)
    recover.run_override(burned.home.path, "the other two are closed for good", as_json=False)

    mark = burned.home.mark_file("a.example/feed/1").read()
    assert mark is not None
    assert (mark.size, mark.root) == (burned.feed.size, burned.feed.head.root)


def test_d12_a_recovery_that_finds_nothing_leaves_no_empty_store(burned: Member, tmp_path: Path) -> None:
    """FED-44: an empty store would hide that the real one is gone."""
    write_settings(burned.home.path, burned.settings)
    burned.store.close()
    for path in burned.home.path.glob("entrepot.db*"):
        path.unlink()
    (tmp_path / "nothing").mkdir()

    with pytest.raises(PeerFault):
        recover.run_recover(burned.home.path, str(tmp_path / "nothing"), allow_private=False, as_json=False)

    assert not burned.home.store_file.exists()
