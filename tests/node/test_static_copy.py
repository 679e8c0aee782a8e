"""A feed as files for any web host: whole at every moment, incremental, and as good as a node to who follows it."""

from __future__ import annotations

import itertools
import json
import multiprocessing
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from entrepot_node.static_copy.plan import read_contents
from entrepot_node.static_copy.record_page import Place
from entrepot_node.static_copy.rendering import WORTH_PROCESSES, Batches, Look, PageJob
from entrepot_node.static_copy.site import StaticSite
from entrepot_node.storage.sql_store import SqlStore
from entrepot_schema.canonical import read_canonical, sha256
from entrepot_schema.errors import Conflict, Misuse
from entrepot_sync.tiles import bundle_path, tiles_for

from .page_reader import Html, put, stored
from .static_copies import (
    URL,
    Crash,
    DyingFolder,
    Folder,
    files_of,
    found_in,
    introduce,
    pull,
    write_copy,
)

Company = Callable[..., dict[str, Any]]


@pytest.fixture
def copy(tmp_path: Path) -> Path:
    return tmp_path / "copy"


@pytest.fixture
def follower(tmp_path: Path) -> Iterator[SqlStore]:
    store = SqlStore.open(tmp_path / "follower.db")
    yield store
    store.close()


def test_a_follower_takes_a_copy_with_all_checks(full: Any, copy: Path, follower: SqlStore) -> None:
    """EXC-95, EXC-98: the same bytes as a node, but for `delta`."""
    report = write_copy(full, copy)
    pulled = pull(copy, follower)

    assert (report.size, report.records) == (full.feed.size, 7)
    assert (pulled.size_after, pulled.stored, pulled.refused, pulled.missing) == (full.feed.size, 7, 0, 0)
    feed = full.feed
    paths = ["checkpoint", "keys.jsonl", "addenda.v1", "contents/0", f"{bundle_path(0, feed.size)}"]
    paths += [ref.path for ref in tiles_for(0, feed.size)]
    paths += [f"addenda/{d[:2]}/{d[2:4]}/{d}" for _, _, d in full.store.live_places(feed.id)]
    full.refresh_node_document()
    for path in [*(f"feed/{path}" for path in paths), ".well-known/did.json", ".well-known/did.jsonl"]:
        assert (copy / path).read_bytes() == full.get(f"/{path}").body, path


def test_the_node_document_names_the_url_and_nothing_that_is_missing(full: Any, copy: Path) -> None:
    """EXC-96."""
    live = read_canonical(full.refresh_node_document())["credentialSubject"]["profile"]
    write_copy(full, copy)
    profile = read_canonical((copy / ".well-known/entrepot").read_bytes())["credentialSubject"]["profile"]

    assert (profile["baseUrls"], profile["capabilities"], profile["mirroring"]) == ([URL], [], "none")
    assert not {"witness", "mirror"} & set(profile)
    assert live["capabilities"], "a running node has some"
    assert introduce(copy).fingerprint == full.feed.key_log.scid  # by `.json`: this host types by ending
    assert read_canonical(full.refresh_node_document())["credentialSubject"]["profile"] == live


def test_a_second_run_writes_nothing(full: Any, copy: Path) -> None:
    write_copy(full, copy)
    before = {path: path.stat().st_mtime_ns for path in copy.rglob("*")}

    report = write_copy(full, copy)

    assert (report.written, report.removed) == (0, 0)
    assert {path: path.stat().st_mtime_ns for path in copy.rglob("*")} == before


def test_one_change_touches_only_what_shows_it(
    node: Any, company: Company, copy: Path, follower: SqlStore
) -> None:
    """EXC-95: and a follower pulls it."""
    node.publish(*(company(f"Company {number}", number) for number in range(600)))
    write_copy(node, copy)
    pull(copy, follower)
    before = files_of(copy)

    node.publish(company("Company 7, renamed", 7))
    report = write_copy(node, copy)

    after = files_of(copy)
    letters = company(number=7)["id"][-26:]
    changed = {path for path in after if before.get(path) != after[path]}
    assert {path for path in changed if path.startswith("record/")} == {f"record/{letters}/index.html"}
    assert {path for path in changed if path.startswith("feed/contents/")} == {
        "feed/contents/0",
        "feed/contents/2",
    }
    assert len([path for path in changed if path.startswith("feed/addenda/")]) == 1
    assert len([path for path in changed if path.startswith("directory/")]) <= 9
    assert report.written == len(changed) < 25
    assert len(set(before) - set(after)) == report.removed == 1  # the content that was replaced
    pulled = pull(copy, follower)
    assert (pulled.stored, pulled.missing) == (1, 0)


def test_a_page_changes_with_the_name_of_a_record_it_refers_to(
    node: Any, company: Company, copy: Path
) -> None:
    cluster = {**company("Old Cluster", 1), "type": "cluster", "kind": "network"}
    node.publish(cluster, company("Member", 2, memberOf=[{"cluster": cluster["id"]}]))
    write_copy(node, copy)
    page = copy / "record" / company(number=2)["id"][-26:] / "index.html"
    assert "Old Cluster" in page.read_text("utf-8")

    node.publish({**cluster, "name": {"en": "New Cluster"}})
    write_copy(node, copy)

    assert "New Cluster" in page.read_text("utf-8")
    assert "Old Cluster" not in page.read_text("utf-8")


def test_partial_tiles_stay_for_who_has_just_read_the_head_before(
    node: Any, company: Company, copy: Path
) -> None:
    """EXC-95."""
    names = []
    for number in range(3):
        node.publish(company(number=number))
        write_copy(node, copy)
        names.append(f"feed/{bundle_path(0, node.feed.size)}")

    assert [(copy / name).is_file() for name in names] == [False, True, True]


def test_what_is_withdrawn_is_nowhere_in_the_folder(node: Any, company: Company, copy: Path) -> None:
    """EXC-97: contents, pages, lists, and the bookkeeping."""
    node.publish(*(company(f"Stays {number}", number) for number in range(4)))
    raws = [
        node.store.contents(node.feed.id, receipt.index, receipt.index + 1)[0]
        for receipt in node.publish(company("Canary of the withdrawn", 9))
    ]
    write_copy(node, copy)
    digest = sha256(raws[0]).hex().encode()
    assert len(found_in(copy, [b"Canary"])) >= 5

    node.withdraw(company(number=9)["id"])
    write_copy(node, copy)

    assert found_in(copy, [b"Canary", digest]) == []
    assert not (copy / "record" / company(number=9)["id"][-26:]).exists()


def test_files_of_others_are_left_alone(node: Any, company: Company, copy: Path) -> None:
    node.publish(company("A", 1))
    write_copy(node, copy)
    letters = company(number=1)["id"][-26:]
    theirs = [copy / "robots.txt", copy / "CNAME", copy / "record" / letters / "photo.txt", copy / "feed/x"]
    for path in theirs:
        path.write_text("theirs", "utf-8")

    node.withdraw(company(number=1)["id"])
    write_copy(node, copy)

    assert [path.read_text("utf-8") for path in theirs] == ["theirs"] * 4
    assert not (copy / "record" / letters / "index.html").exists()


def test_a_run_killed_anywhere_leaves_a_copy_that_verifies_and_the_next_run_mends_it(
    node: Any, company: Company, copy: Path, tmp_path: Path
) -> None:
    """EXC-95, EXC-97: at every write, removal and sync."""
    node.publish(*(company(f"Company {number}", number) for number in range(25)))
    write_copy(node, copy)
    old_head = (copy / "feed/checkpoint").read_bytes()
    node.publish(company("Renamed", 3), *(company(f"More {number}", number) for number in range(300, 304)))
    node.withdraw(company(number=4)["id"], company(number=5)["id"])
    whole = tmp_path / "whole"
    write_copy(node, whole)
    for survives in itertools.count():
        killed = Path(shutil.copytree(copy, tmp_path / f"killed-{survives}"))
        try:
            write_copy(node, DyingFolder(killed, survives))
            break
        except Crash:
            pass
        head = (killed / "feed/checkpoint").read_bytes()
        assert head in (old_head, node.feed.head.note)
        store = SqlStore.open(tmp_path / f"{survives}.db")
        pulled = pull(killed, store)
        store.close()
        assert pulled.refused == 0
        if head != old_head:
            assert pulled.missing == 0
        write_copy(node, killed)
        assert {**files_of(killed)}.items() >= files_of(whole).items()
        assert found_in(killed, [b"Company 4<", b"Company 5<", b'"Company 4"', b'"Company 5"']) == []
        shutil.rmtree(killed)
    assert survives >= 40


def test_a_first_run_killed_anywhere_is_taken_up(
    node: Any, company: Company, copy: Path, tmp_path: Path
) -> None:
    """And what was withdrawn between the two runs does not stay behind."""
    node.publish(*(company(f"Company {number}", number) for number in range(3)))
    for survives in range(0, 30, 3):
        killed = tmp_path / f"killed-{survives}"
        with pytest.raises(Crash):
            write_copy(node, DyingFolder(killed, survives))
        assert not (killed / "feed/checkpoint").exists()
    node.withdraw(company(number=1)["id"])
    write_copy(node, copy)
    for survives in range(0, 30, 3):
        killed = tmp_path / f"killed-{survives}"
        write_copy(node, killed)
        assert files_of(killed).items() >= files_of(copy).items()
        assert found_in(killed, [b"Company 1<", b'"Company 1"']) == []


def test_a_folder_of_another_origin_is_refused(
    node: Any, copy: Path, company: Company, tmp_path: Path
) -> None:
    node.publish(company("A", 1))
    write_copy(node, copy)
    listed = copy / ".entrepot-static"
    listed.write_bytes(listed.read_bytes().replace(b'"biomed.example"', b'"photonics.example"', 1))
    before = files_of(copy)

    with pytest.raises(Misuse) as refused:
        write_copy(node, copy)

    assert refused.value.code == "static.foreign"
    assert files_of(copy) == before


@pytest.mark.parametrize("name", ["index.html", "feed", ".well-known", "record"])
def test_a_folder_with_somebody_elses_files_is_refused(node: Any, copy: Path, name: str) -> None:
    copy.mkdir()
    (copy / name).write_text("theirs", "utf-8")

    with pytest.raises(Misuse) as refused:
        write_copy(node, copy)

    assert refused.value.code == "static.foreign"
    assert (copy / name).read_text("utf-8") == "theirs"


def test_a_link_out_of_the_folder_is_refused(node: Any, copy: Path, tmp_path: Path) -> None:
    copy.mkdir()
    (tmp_path / "elsewhere").mkdir()
    (copy / "feed").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(Misuse) as refused:
        write_copy(node, copy)

    assert refused.value.code == "static.foreign"


def test_a_link_below_a_folder_of_ours_is_refused(node: Any, copy: Path, tmp_path: Path) -> None:
    """Neither written nor removed is what lies behind it, whatever the list of the copy says."""
    write_copy(node, copy)
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "theirs").write_text("kept", "utf-8")
    (copy / "record").mkdir(exist_ok=True)
    (copy / "record" / "x").symlink_to(tmp_path / "elsewhere")
    listed = copy / ".entrepot-static"
    listed.write_bytes(listed.read_bytes() + b'["f","record/x/theirs","x"]\n')

    with pytest.raises(Misuse) as refused:
        write_copy(node, copy)
    with pytest.raises(Misuse):
        Folder(copy).put("record/x/ours", b"ours")

    assert refused.value.code == "static.foreign"
    assert [file.name for file in (tmp_path / "elsewhere").iterdir()] == ["theirs"]


@pytest.mark.parametrize(
    "line",
    [
        b'["f",5,"x"]', b'["f","feed/\\u0000","x"]', b'["f","../outside.txt","x"]',
        b'["f","/etc/passwd","x"]', b'["f","feed/../../outside.txt","x"]',
        b'["c","../../outside",true]', b'["p","../x","","","","","","",[]]', b"{", b'["f"]', b"[]", b"7",
    ],
)  # fmt: skip
def test_a_list_that_names_places_outside_is_refused(node: Any, copy: Path, line: bytes) -> None:
    """A copy may have come from elsewhere; its list must not remove other files."""
    write_copy(node, copy)
    outside = copy.parent / "outside.txt"
    outside.write_text("kept", "utf-8")
    listed = copy / ".entrepot-static"
    listed.write_bytes(listed.read_bytes() + line + b"\n")

    with pytest.raises(Misuse) as refused:
        write_copy(node, copy)

    assert refused.value.code == "static.manifest"
    assert outside.read_text("utf-8") == "kept"


def test_d12_a_restored_store_does_not_take_a_copy_back(
    node: Any, company: Company, copy: Path, tmp_path: Path, open_node: Any
) -> None:
    """EXC-98."""
    node.publish(company("A", 1))
    backup = shutil.copytree(node.home.path, tmp_path / "backup")
    node.publish(company("B", 2))
    write_copy(node, copy)
    before = files_of(copy)
    old = open_node(backup)

    with pytest.raises(Misuse) as refused:
        write_copy(old, copy)
    old.store.close()

    assert refused.value.code == "static.newer"
    assert files_of(copy) == before


def test_two_runs_never_write_at_once(node: Any, copy: Path) -> None:
    copy.mkdir()
    with Folder(copy).alone(), pytest.raises(Conflict) as refused:
        write_copy(node, copy)

    assert refused.value.code == "static.locked"


def test_a_dry_run_writes_nothing_and_tells_what_it_would(node: Any, company: Company, copy: Path) -> None:
    node.publish(company("A", 1))

    told = write_copy(node, copy, dry=True)
    assert list(copy.iterdir()) == []

    assert write_copy(node, copy) == told


def test_pages_of_records_are_whole_relative_and_escaped(node: Any, company: Company, copy: Path) -> None:
    """H-attacks: a name is text, whatever it holds."""
    hostile = "<script>alert(1)</script>&\"'"
    put(node, company(hostile, 1, website="https://acme.example/?a=1&b=2", summary={"en": hostile}), stored)
    write_copy(node, copy)
    raw = (copy / "record" / company(number=1)["id"][-26:] / "index.html").read_text("utf-8")
    page = Html(raw.encode())

    assert "<script" not in raw
    assert hostile in page.text
    for path in copy.rglob("*.html"):
        for link in Html(path.read_bytes()).links:
            if "://" not in link and not link.startswith(("#", "mailto:", "data:")):
                assert not link.startswith("/"), link
                assert (path.parent / link.partition("#")[0]).resolve().is_file(), (path, link)


def test_the_directory_lists_every_record_once_in_pages_and_as_data(
    node: Any, company: Company, copy: Path
) -> None:
    node.publish(*(company(f"Company {number:03}", number) for number in range(40)))
    write_copy(node, copy)
    titles = []
    names = [path.parent.name for path in (copy / "directory").glob("*/records.json")]
    for name in names:
        items = json.loads((copy / "directory" / name / "records.json").read_bytes())["items"]
        titles += [item["title"] for item in items]
        for item in items:
            record = (copy / "directory" / name / item["record"]).resolve().read_bytes()
            assert sha256(record).hex() == item["digest"]

    assert sorted(titles) == [f"Company {number:03}" for number in range(40)]
    assert len(names) > 1
    index = (copy / "directory/index.html").read_text("utf-8")
    assert all(f'"{name}/index.html"' in index for name in names)


def test_a_copy_in_chinese_speaks_chinese(node: Any, company: Company, copy: Path) -> None:
    node.settings = node.settings.model_copy(update={"language": "zh-Hans"})
    node.publish({**company("Acme", 1), "name": {"en": "Acme", "zh-Hans": "顶点生物"}})
    write_copy(node, copy)

    page = (copy / "record" / company(number=1)["id"][-26:] / "index.html").read_text("utf-8")
    assert '<html lang="zh-Hans"' in page
    assert '<h1><bdi lang="zh-Hans" dir="ltr">顶点生物</bdi></h1>' in page


def test_pages_are_the_same_from_one_process_and_from_many(node: Any, company: Company) -> None:
    """Many pages are rendered on all cores; a batch comes back with its tag and in order, also when processes die."""
    node.publish(*(company(f"Company {number}", number) for number in range(9)))
    site = StaticSite(node.settings, node.feed, URL)
    look = Look(site.record_frame(), site.reader, node.feed.name, node.feed.key_log.scid)
    places = [Place(*row) for row in node.store.live_places(node.feed.id)]
    jobs = [PageJob(raw, place, {}) for place, raw in read_contents(node.store, node.feed.id, places)]
    batches = [(number, jobs[number : number + 2]) for number in range(0, 9, 2)]

    alone = list(Batches[int](look, len(jobs)).render(batches))
    together = list(Batches[int](look, WORTH_PROCESSES).render(batches))

    assert together == alone
    assert [tag for tag, _ in alone] == [0, 2, 4, 6, 8]
    assert b"Company 8" in alone[-1][1][0]

    def killing() -> Iterator[tuple[int, list[PageJob]]]:
        for batch in batches:
            yield batch
            for worker in multiprocessing.active_children():
                worker.kill()
                worker.join()

    assert list(Batches[int](look, WORTH_PROCESSES).render(killing())) == alone
