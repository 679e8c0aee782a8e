"""A store on a network file system is refused before it is opened (D06)."""

from __future__ import annotations

from pathlib import Path, PurePosixPath
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_node import network_file_system
from entrepot_node.genesis import found_node
from entrepot_node.home import Home
from entrepot_node.network_file_system import MOUNT_TABLE, Mount, mount_of, parse_mounts, require_local
from entrepot_node.settings import Settings, write_settings
from entrepot_schema.errors import Misuse

from .conftest import Clock

TABLE = """\
22 1 8:1 / / rw,relatime shared:1 - ext4 /dev/sda1 rw
30 22 0:40 / /srv/nodes rw,noatime shared:7 master:2 - nfs4 files:/nodes rw,vers=4.2
31 30 8:2 / /srv/nodes/local rw - xfs /dev/sdb1 rw
32 22 0:41 / /mnt/my\\040share rw - cifs //files/share rw
33 22 0:42 / /home/ops/far rw - fuse.sshfs ops@far: rw
34 22 0:43 / /home/ops/near rw - fuse.bindfs /data rw
35 22 0:44 / /over rw - nfs4 files:/over rw
36 22 8:3 / /over rw - ext4 /dev/sdc1 rw
"""


@pytest.mark.parametrize(
    ("path", "kind", "of_network"),
    [
        ("/var/lib/entrepot", "ext4", False),
        ("/srv/nodes/biomed/entrepot.db", "nfs4", True),
        ("/srv/nodesmore/entrepot.db", "ext4", False),
        ("/srv/nodes/local/biomed", "xfs", False),
        ("/mnt/my share/biomed", "cifs", True),
        ("/home/ops/far", "fuse.sshfs", True),
        ("/home/ops/near/biomed", "fuse.bindfs", False),
        ("/over/biomed", "ext4", False),
    ],
)
def test_the_deepest_and_last_mount_counts(path: str, kind: str, of_network: bool) -> None:
    mount = mount_of(PurePosixPath(path), parse_mounts(TABLE))

    assert mount is not None
    assert (mount.kind, mount.of_network) == (kind, of_network)


names = st.text(st.characters(codec="utf-8", exclude_characters="/\n\0"), min_size=1, max_size=9)


def escaped(point: str) -> str:
    return "".join(f"\\{ord(letter):03o}" if letter in " \t\\" else letter for letter in point)


@given(st.lists(st.tuples(st.lists(names, max_size=3), st.sampled_from(["ext4", "nfs", "fuse.sshfs"]))))
def test_what_a_kernel_writes_is_read_back(mounts: list[tuple[list[str], str]]) -> None:
    written = [Mount(PurePosixPath("/", *parts), kind) for parts, kind in mounts]
    lines = [f"9 1 0:9 / {escaped(str(one.point))} rw a:1 b:2 - {one.kind} source rw" for one in written]

    assert parse_mounts("\n".join(lines)) == written


@given(st.text())
def test_any_other_text_is_read_without_an_error(text: str) -> None:
    for mount in parse_mounts(text):
        assert mount.of_network in (True, False)


def test_the_table_of_this_machine_names_where_this_file_lies() -> None:
    if not MOUNT_TABLE.exists():
        pytest.skip("this system has no table of mounts in /proc")
    mounts = parse_mounts(MOUNT_TABLE.read_text("utf-8"))

    found = mount_of(PurePosixPath(Path(__file__).resolve()), mounts)

    assert found is not None
    assert Path(found.point).is_mount()


@pytest.fixture
def far(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of which the table says that it is mounted over a network."""
    folder = tmp_path / "far"
    folder.mkdir()
    table = tmp_path / "mountinfo"
    table.write_text(f"1 0 8:1 / / rw - ext4 disk rw\n2 1 0:9 / {folder.resolve()} rw - nfs4 files:/ rw\n")
    monkeypatch.setattr(network_file_system, "MOUNT_TABLE", table)
    return folder


def test_d06_a_node_on_a_network_file_system_does_not_start(node: Any, far: Path) -> None:
    """D06: nor where a link leads there; the setting lets it."""
    home = node.home.path.rename(far / "node")
    link = far.parent / "link"
    link.symlink_to(home)
    for place in (home, link):
        with pytest.raises(Misuse, match="nfs4") as refused:
            Home(place).open_store()
        assert refused.value.code == "store.network"
        assert "allow_network_disk" in refused.value.hint

    settings = Home(home).settings().model_copy(update={"allow_network_disk": True})
    write_settings(home, settings)
    Home(home).open_store().close()


def test_d06_no_node_is_founded_on_a_network_file_system(far: Path) -> None:
    """D06: and nothing is left there."""
    with pytest.raises(Misuse) as refused:
        found_node(Home(far / "node"), Settings(origin="biomed.example"), now=Clock())

    assert refused.value.code == "store.network"
    assert list(far.iterdir()) == []


def test_where_there_is_no_table_nothing_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(network_file_system, "MOUNT_TABLE", tmp_path / "nothing")

    require_local(tmp_path)
