"""A feed that is carried by hand, in a folder or a zip file."""

from __future__ import annotations

import asyncio
import stat
import zipfile
from collections.abc import Callable
from contextlib import aclosing
from pathlib import Path

import pytest

from entrepot_schema.errors import EntrepotError, Misuse, PeerFault
from entrepot_sync import carried as carried_module
from entrepot_sync.carried import open_carried
from entrepot_sync.transport import NOT_FOUND, OK, Fetched


def fetch(path: Path, name: str, max_bytes: int = 100) -> Fetched:
    async def run() -> Fetched:
        async with aclosing(open_carried(path)) as transport:
            return await transport.fetch(name, max_bytes=max_bytes)

    return asyncio.run(run())


def code_of(call: Callable[[], object]) -> str:
    with pytest.raises(EntrepotError) as refused:
        call()
    return refused.value.code


@pytest.fixture(params=["folder", "zip"])
def carried(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    files = {"feed/checkpoint": b"head", "feed/tile/entries/000.p/5": b"e" * 101, ".well-known/x.json": b"{}"}
    if request.param == "folder":
        for name, raw in files.items():
            (tmp_path / "copy" / name).parent.mkdir(parents=True, exist_ok=True)
            (tmp_path / "copy" / name).write_bytes(raw)
        return tmp_path / "copy"
    with zipfile.ZipFile(tmp_path / "copy.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        for name, raw in files.items():
            archive.writestr(name, raw)
    return tmp_path / "copy.zip"


def test_the_paths_of_a_copy_are_read(carried: Path) -> None:
    """FED-37."""
    assert fetch(carried, "/feed/checkpoint") == Fetched(OK, b"head", None, 4)
    assert len(fetch(carried, "/feed/tile/entries/000.p/5", 101).body) == 101
    assert code_of(lambda: fetch(carried, "/feed/tile/entries/000.p/5")) == "peer.too-large"


@pytest.mark.parametrize(
    "name",
    ["/feed/delta?from=0&to=5", "/feed", "/feed/tile", "/nothing", "/../copy/feed/checkpoint", "//feed/checkpoint",
     "/feed/../feed/checkpoint", "/feed/./checkpoint", "feed/checkpoint", "/feed/checkpoint/", "/feed/checkpoint\n"],
)  # fmt: skip
def test_all_else_is_absent(carried: Path, name: str) -> None:
    """FED-37, A18: nothing outside of the copy can be named."""
    assert fetch(carried, name).status == NOT_FOUND


def test_a18_a_link_in_a_folder_is_refused(tmp_path: Path) -> None:
    """FED-37."""
    (tmp_path / "secret").write_bytes(b"key")
    (tmp_path / "copy" / "feed").mkdir(parents=True)
    (tmp_path / "copy" / "feed" / "checkpoint").symlink_to(tmp_path / "secret")
    (tmp_path / "copy" / "mirror").symlink_to(tmp_path)

    assert code_of(lambda: fetch(tmp_path / "copy", "/feed/checkpoint")) == "carried.name"
    assert code_of(lambda: fetch(tmp_path / "copy", "/mirror/secret")) == "carried.name"


@pytest.mark.parametrize(
    "name",
    ["../key", "/etc/passwd", "feed/../../key", "C:/key", "feed\\..\\key", "feed//x", "fe ed/x", "./x"],
)
def test_a18_a_zip_with_one_name_that_leads_elsewhere_is_refused(tmp_path: Path, name: str) -> None:
    """FED-37."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("feed/checkpoint", b"head")
        member = zipfile.ZipInfo("x")
        member.filename = name
        archive.writestr(member, b"x")

    assert code_of(lambda: open_carried(tmp_path / "x.zip")) == "carried.name"


@pytest.mark.parametrize("lies", [False, True])
def test_a_zip_with_too_many_members_is_refused_before_its_directory_is_taken_apart(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, lies: bool
) -> None:
    """FED-37: whatever number it names itself."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in range(20):
            archive.writestr(f"feed/{number}", b"")
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    if lies:
        raw[-14:-10] = b"\1\0\1\0"  # one on this disk, one in all
    (tmp_path / "x.zip").write_bytes(raw)
    assert fetch(tmp_path / "x.zip", "/feed/19").status == OK

    monkeypatch.setattr(carried_module, "MAX_MEMBERS", 19)
    monkeypatch.setattr(zipfile.ZipInfo, "__init__", None)  # none is made

    assert code_of(lambda: open_carried(tmp_path / "x.zip")) == "carried.name"


def test_a_zip_whose_directory_is_too_large_is_refused_unread(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FED-37."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        for number in range(2_000):
            archive.writestr(f"feed/{number}", b"")
    monkeypatch.setattr(carried_module, "MAX_DIRECTORY_BYTES", 70_000)

    assert code_of(lambda: open_carried(tmp_path / "x.zip")) == "carried.name"


def test_a18_a_link_in_a_zip_is_refused(tmp_path: Path) -> None:
    """FED-37."""
    member = zipfile.ZipInfo("feed/checkpoint")
    member.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr(member, b"/etc/passwd")

    assert code_of(lambda: open_carried(tmp_path / "x.zip")) == "carried.name"


def test_a_bomb_is_inflated_up_to_the_bound_only(tmp_path: Path) -> None:
    """FED-37, EXC-20: whatever the archive says of its sizes."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feed/checkpoint", b"\0" * 50_000_000)

    assert code_of(lambda: fetch(tmp_path / "x.zip", "/feed/checkpoint", 65_536)) == "peer.too-large"


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_what_cannot_be_inflated_within_a_bound_is_not_inflated(tmp_path: Path, method: int) -> None:
    """FED-37: a few hundred bytes of bzip2 are gigabytes, and nothing stops it on the way."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w", method) as archive:
        archive.writestr("feed/checkpoint", b"head")

    assert code_of(lambda: fetch(tmp_path / "x.zip", "/feed/checkpoint")) == "carried.damaged"


def test_a_link_that_leads_to_itself_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    """FED-37."""
    (tmp_path / "checkpoint").symlink_to("checkpoint")

    assert code_of(lambda: fetch(tmp_path, "/checkpoint")) == "carried.damaged"


@pytest.mark.parametrize("cut", [0, 10, 60, 100])
def test_a_damaged_zip_is_a_fault_and_no_crash(tmp_path: Path, cut: int) -> None:
    with zipfile.ZipFile(tmp_path / "x.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("feed/checkpoint", b"head of a feed, " * 9)
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    (tmp_path / "cut.zip").write_bytes(raw[:cut])
    raw[45:55] = b"\xff" * 10
    (tmp_path / "bent.zip").write_bytes(raw)

    assert code_of(lambda: open_carried(tmp_path / "cut.zip")) == "carried.damaged"
    with pytest.raises(PeerFault):
        fetch(tmp_path / "bent.zip", "/feed/checkpoint", 65_536)


def test_a_second_name_that_is_no_text_is_a_fault_and_no_crash(tmp_path: Path) -> None:
    """FED-37: each member is named twice, and the two need not agree."""
    with zipfile.ZipFile(tmp_path / "x.zip", "w") as archive:
        archive.writestr("feed/checkpoint", b"head")
    raw = bytearray((tmp_path / "x.zip").read_bytes())
    raw[6:8] = (0x800).to_bytes(2, "little")  # says that the name is UTF-8
    raw[30] = 0xFF
    (tmp_path / "x.zip").write_bytes(raw)

    assert code_of(lambda: fetch(tmp_path / "x.zip", "/feed/checkpoint")) == "carried.damaged"


def test_what_is_not_there_is_said(tmp_path: Path) -> None:
    with pytest.raises(Misuse) as misuse:
        open_carried(tmp_path / "nothing.zip")

    assert misuse.value.code == "carried.none"
