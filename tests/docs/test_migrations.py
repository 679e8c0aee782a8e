"""The migrations of the store form one line, in the order of their numbers."""

from __future__ import annotations

from pathlib import Path

from alembic.script import ScriptDirectory

from entrepot_node.storage import migrations
from entrepot_node.storage.migrate import HEAD

FOLDER = Path(migrations.__file__).parent


def test_each_migration_revises_the_one_numbered_before_it() -> None:
    files = sorted(path.stem[:4] for path in (FOLDER / "versions").glob("[0-9]*.py"))
    found = sorted(
        (one.revision, one.down_revision, Path(one.path).stem[:4])
        for one in ScriptDirectory(str(FOLDER)).walk_revisions()
    )

    assert files == [f"{number:04}" for number in range(1, len(files) + 1)]
    assert found == list(zip(files, [None, *files], files, strict=False))
    assert files[-1] == HEAD
