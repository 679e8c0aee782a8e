"""A store in a database gets into a backup, and a backup into a database: everything is the same there (FED-50)."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from entrepot_node.backing_up import restore_backup, write_backup
from entrepot_node.home import Home
from entrepot_node.storage.contract_records import NOW
from entrepot_node.storage.engine import open_engine, reading
from entrepot_node.storage.search import SearchQuery
from entrepot_node.storage.search_tables import search_removed
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.storage.tables import metadata
from entrepot_schema.errors import Misuse

from ..postgresql_server import PostgresqlServer  # noqa: TID252  pytest puts no folder of tests on the path

Company = Callable[..., dict[str, Any]]
TIME = "2026-11-23T09:30:00Z"


def rows_of(place: Path | str) -> dict[str, list[Any]]:
    """Everything in a store but what was removed from its search index, in which numbers go on."""
    engine = open_engine(place)
    with reading(engine) as connection:
        found = {
            table.name: sorted(tuple(row) for row in connection.execute(sa.select(table)))
            for table in metadata.sorted_tables
            if table is not search_removed
            and not table.name.startswith(("search_", "identifiers", "relations"))
        }
    engine.dispose()
    found["documents"] = [row for row in found["documents"] if row[0] not in ("search-index", "node")]
    return found


@pytest.fixture
def full(node: Any, company: Company, add_peer: Callable[..., Any]) -> Any:
    """A node with records of its own and of a peer, some of them replaced or taken back."""
    node.refresh_node_document()
    node.publish(*(company(f"Company {number}", number) for number in range(8)))
    node.publish(company("Company 3, renamed", 3))
    node.withdraw(company(number=5)["id"])
    add_peer("agri.example", *(company(f"Peer company {number}") for number in range(3)))
    return node


@pytest.fixture
def file(full: Any, tmp_path: Path) -> Path:
    """A backup of a node that holds a file."""
    write_backup(full.home, tmp_path / "first.backup", passphrase="p", time=TIME)
    return tmp_path / "first.backup"


def restored(file: Path, path: Path, database: str, patch: pytest.MonkeyPatch) -> Home:
    """Restore with the settings of the environment; they hold from then on."""
    patch.setenv("ENTREPOT_DATABASE", database)
    home = Home(path)
    restore_backup(file, home, passphrase="p")
    return home


def test_a_backup_goes_into_a_database_and_back(
    full: Any, file: Path, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = restored(file, tmp_path / "database", postgresql_url, monkeypatch)
    write_backup(home, tmp_path / "second.backup", passphrase="p", time=TIME)
    again = restored(tmp_path / "second.backup", tmp_path / "file", "", monkeypatch)

    wanted = rows_of(full.home.store_file)
    assert not home.store_file.exists()
    assert rows_of(postgresql_url) == wanted
    assert rows_of(again.store_file) == wanted
    for place in (postgresql_url, again.store_file):
        with closing(SqlStore.open(place)) as store:
            query = SearchQuery("company", {}, "name")
            one, other = store.search(query, now=NOW), full.store.search(query, now=NOW)
            assert [hit.subject for hit in one.hits] == [hit.subject for hit in other.hits] != []


def test_numbers_go_on_in_a_copy(
    full: Any, file: Path, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch,
    company: Company, open_node: Callable[[Path], Any],
) -> None:  # fmt: skip
    """Who reads changes behind the last one they know misses none, also where the last ones are gone."""
    last_given = full.store.last_change()
    full.store.remove_follow(next(feed.id for feed in full.store.feeds() if not feed.own))
    write_backup(full.home, tmp_path / "later.backup", passphrase="p", time=TIME)
    last = full.store.last_change()
    home = restored(tmp_path / "later.backup", tmp_path / "database", postgresql_url, monkeypatch)

    node = open_node(home.path)
    node.publish(company("Another"))
    seen = [change.seq for change in node.store.changes(after=last, limit=9)]
    node.store.close()

    assert seen == [last_given + 1]


def test_a_database_that_holds_a_store_is_not_restored_over(
    file: Path, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = restored(file, tmp_path / "one", postgresql_url, monkeypatch)
    held = rows_of(postgresql_url)

    with pytest.raises(Misuse) as refusal:
        restored(file, tmp_path / "two", postgresql_url, monkeypatch)

    assert refusal.value.code == "backup.database"
    assert not (tmp_path / "two").exists()
    assert rows_of(postgresql_url) == held
    assert home.settings_file.exists()


def test_keys_beside_an_empty_database_make_no_new_store(
    file: Path,
    tmp_path: Path,
    postgresql_url: str,
    postgresql_server: PostgresqlServer,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """D12: as where the file is gone."""
    home = restored(file, tmp_path / "one", postgresql_url, monkeypatch)
    monkeypatch.setenv("ENTREPOT_DATABASE", postgresql_server.new_database())

    with pytest.raises(Misuse) as refusal:
        home.open_store()

    assert refusal.value.code == "store.lost"


def test_a_database_of_another_node_is_refused(
    file: Path, tmp_path: Path, postgresql_url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = restored(file, tmp_path / "one", postgresql_url, monkeypatch)
    monkeypatch.setenv("ENTREPOT_ORIGIN", "agri.example")

    with pytest.raises(Misuse) as refusal:
        home.open_store()

    assert refusal.value.code == "store.other-node"
