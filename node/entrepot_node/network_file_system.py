"""A store must lie on a disk of this machine: on a network file system locks and fsync promise less than a log needs (D06).

Two processes that both believe they hold the lock sign two histories. So such a place is refused before anything is opened.
What is mounted where tells `/proc/self/mountinfo` (proc_pid_mountinfo(5)); where there is none nothing is refused.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from entrepot_schema.errors import Misuse

MOUNT_TABLE = Path("/proc/self/mountinfo")
_KINDS = frozenset({
    "afs", "beegfs", "ceph", "cifs", "coda", "davfs", "gfs", "gfs2", "glusterfs", "gpfs", "lustre", "ncpfs", "nfs", "nfs4",
    "ocfs2", "orangefs", "pvfs2", "smb2", "smb3", "smbfs",
})  # fmt: skip
_FUSE = frozenset({
    "ceph", "cephfs", "cifs", "curlftpfs", "davfs", "davfs2", "gcsfuse", "glusterfs", "goofys", "gvfsd-fuse", "hdfs", "httpfs",
    "juicefs", "mfs", "moosefs", "nfs", "rclone", "s3fs", "s3ql", "seaweedfs", "smbnetfs", "sshfs",
})  # fmt: skip
_ESCAPE = re.compile(r"\\([0-3][0-7]{2})")


@dataclass(frozen=True, slots=True)
class Mount:
    """Where a file system is mounted, and its type, such as `ext4`, `nfs4` or `fuse.sshfs`."""

    point: PurePosixPath
    kind: str

    @property
    def of_network(self) -> bool:
        """Whether its files lie on other machines."""
        kind = self.kind.lower()
        return kind in _KINDS or (kind.startswith("fuse.") and kind.removeprefix("fuse.") in _FUSE)


def parse_mounts(table: str) -> list[Mount]:
    """Read a mount table; lines of another form are left out."""
    found = []
    for line in table.split("\n"):
        fields, dash, rest = line.partition(" - ")
        words, kinds = fields.split(" "), rest.split(" ")
        if dash and len(words) >= 6 and words[4].startswith("/") and kinds[0]:
            point = _ESCAPE.sub(lambda octal: chr(int(octal[1], 8)), words[4])
            found.append(Mount(PurePosixPath(point), kinds[0]))
    return found


def mount_of(path: PurePosixPath, mounts: Iterable[Mount]) -> Mount | None:
    """The mount that an absolute path without links lies on: the deepest, and of those at one place the last."""
    found = None
    for mount in mounts:
        deeper = found is None or len(mount.point.parts) >= len(found.point.parts)
        if deeper and path.is_relative_to(mount.point):
            found = mount
    return found


def require_local(path: Path, *, allowed: bool = False) -> None:
    """Raise `store.network` if a file, or the folder it will be made in, lies on a network file system."""
    if allowed:
        return
    mount = mount_of(PurePosixPath(path.resolve()), parse_mounts(_table()))
    if mount is not None and mount.of_network:
        hint = (
            "Move the folder to a disk of this machine; copy nothing while a node runs there. If you know that locks and fsync hold "
            "over this network: `allow_network_disk = true` in entrepot.toml."
        )
        message = f"{path} lies on {mount.point}, a network file system ({mount.kind})"
        raise Misuse("store.network", message, hint=hint)


def _table() -> str:
    try:
        return MOUNT_TABLE.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""  # another system: nothing can be told
