"""What caches are told, on every path of a node: tags, freshness, Vary, 304, encodings, HEAD (exchange §1, §3, §5)."""

from __future__ import annotations

import gzip
import re
import shutil
from collections.abc import Callable, Iterator, Sequence
from hashlib import sha256
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fastapi import FastAPI, Request

from entrepot_node.app import create_app
from entrepot_node.hello_desk import HelloDesk
from entrepot_node.keyring import WITNESS
from entrepot_node.orders import Publication
from entrepot_node.routes.codings import DELTA, accepted
from entrepot_node.storage.sql_store import SqlStore
from entrepot_node.witnessing import Witness
from entrepot_sync.content_coding import available_dictionary, zstd
from entrepot_sync.feed_paths import mirror_path, witness_path
from entrepot_sync.feed_store import FeedRow

from .conftest import Answer, Clock, OwnNode
from .mirror_nodes import Line, Member, found, profile_of

Company = Callable[..., dict[str, Any]]
FOR_EVER = "max-age=31536000, immutable"
MINUTE = "max-age=60, must-revalidate"
SECOND = "max-age=1, must-revalidate"
PLAIN, PACKED, SMALL = "", "Accept-Encoding", "Accept-Encoding, Available-Dictionary"
DATA, PAGE = "Accept-Language, Accept-Encoding", "Accept-Language, Accept-Encoding, Accept"
API = "/api/v1"
DCZ = "dcz, zstd, gzip"
ENCODINGS = ("gzip", "zstd", DCZ)
LEI = "529900D6BF99LW9R2E68"
EVIDENCE = b'{"what":"two heads of one size"}'
NEVER_KEPT = {f"{API}/changes/stream", "/health"}


def feed_table(base: str, template: str) -> list[tuple[str, str, str, str]]:
    """The rows of a feed of 260 entries or more, whose first 256 are full."""
    return [
        (f"{template}/checkpoint", f"{base}/checkpoint", SECOND, PLAIN),
        (f"{template}/keys.jsonl", f"{base}/keys.jsonl", MINUTE, PACKED),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/0/000", FOR_EVER, PLAIN),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/0/001.p/2", FOR_EVER, PLAIN),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/1/000.p/1", FOR_EVER, PLAIN),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/entries/000", FOR_EVER, PACKED),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/entries/000.p/9", FOR_EVER, PACKED),
        (f"{template}/tile/{{path:path}}", f"{base}/tile/entries/001.p/2", FOR_EVER, PACKED),
        (f"{template}/addenda.v1", f"{base}/addenda.v1", MINUTE, PLAIN),
        (f"{template}/addenda/{{first}}/{{second}}/{{digest}}", f"{base}/addenda/*", MINUTE, PACKED),
        (f"{template}/contents/{{index}}", f"{base}/contents/0", MINUTE, PACKED),
        (f"{template}/contents/{{index}}", f"{base}/contents/1", MINUTE, PACKED),
        (f"{template}/delta", f"{base}/delta?from=0&to=256", MINUTE, SMALL),
        (f"{template}/delta", f"{base}/delta?from=200&to=*", MINUTE, SMALL),
    ]


def table(node: Everything) -> list[tuple[str, str, str, str]]:
    """Every path: its route, itself, Cache-Control, Vary."""
    one = profile_of(node.own.origin, 1)["id"]
    letters, subject = one[-26:], f"{API}/subjects/{node.own.origin}/{one[-26:]}"
    route = f"{API}/subjects/{{origin}}/{{letters}}"
    mirrored, witnessed = mirror_path(node.peer.name), witness_path(node.peer.name)
    found = sha256(EVIDENCE).hexdigest()
    style = re.search(r"/static/entrepot\.css\?v=[0-9a-f]+", node.get("/", accept="text/html").body.decode())
    assert style is not None
    return [
        *feed_table("/feed", "/feed"),
        *feed_table(mirrored, "/mirror/{feed_hash}"),
        ("/witness/{feed_hash}/checkpoint", witnessed, SECOND, PLAIN),
        ("/.well-known/entrepot", "/.well-known/entrepot", MINUTE, PLAIN),
        ("/.well-known/did.jsonl", "/.well-known/did.jsonl", MINUTE, PLAIN),
        ("/.well-known/did.json", "/.well-known/did.json", MINUTE, PLAIN),
        (f"{API}/", f"{API}/", MINUTE, PACKED),
        (API, API, MINUTE, PACKED),
        (f"{API}/records", f"{API}/records?limit=20", MINUTE, PACKED),
        (f"{API}/records.jsonl", f"{API}/records.jsonl?type=company", MINUTE, PACKED),
        (f"{API}/search", f"{API}/search?q=company&limit=20", MINUTE, PACKED),
        (f"{API}/identifiers/{{scheme}}/{{id:path}}", f"{API}/identifiers/LEI/{LEI}", MINUTE, PACKED),
        (route, subject, MINUTE, PACKED),
        (f"{route}/history", f"{subject}/history?content=true", MINUTE, PACKED),
        (f"{route}/versions/{{revision}}", f"{subject}/versions/1", MINUTE, PACKED),
        (f"{route}/difference", f"{subject}/difference?from=1&to=2", MINUTE, PACKED),
        (f"{route}/proof", f"{subject}/proof", MINUTE, PACKED),
        (f"{route}/relations", f"{subject}/relations", MINUTE, PACKED),
        (f"{route}/schema.org", f"{subject}/schema.org", MINUTE, PACKED),
        (f"{API}/relations", f"{API}/relations", MINUTE, PACKED),
        (f"{API}/changes", f"{API}/changes?limit=20", SECOND, PACKED),
        (f"{API}/statistics", f"{API}/statistics", MINUTE, PACKED),
        (f"{API}/peers", f"{API}/peers", SECOND, PACKED),
        (f"{API}/peers/{{origin}}/keys.jsonl", f"{API}/peers/{node.own.origin}/keys.jsonl", MINUTE, PACKED),
        (f"{API}/peers/known", f"{API}/peers/known", SECOND, PACKED),
        (f"{API}/refused", f"{API}/refused", MINUTE, PACKED),
        (f"{API}/withdrawals", f"{API}/withdrawals", SECOND, PACKED),
        (f"{API}/catalogue", f"{API}/catalogue", MINUTE, PACKED),
        (f"{API}/schemas", f"{API}/schemas", MINUTE, PACKED),
        (f"{API}/schemas/{{name}}.json", f"{API}/schemas/company.json", MINUTE, PACKED),
        (f"{API}/context", f"{API}/context", MINUTE, PACKED),
        (f"{API}/openapi.json", f"{API}/openapi.json", MINUTE, PACKED),
        ("/api/docs", "/api/docs", SECOND, PAGE),
        ("/", "/", SECOND, PAGE),
        ("/index.json", "/index.json", SECOND, DATA),
        ("/search", "/search?q=company", SECOND, PAGE),
        ("/search.json", "/search.json?q=company", SECOND, DATA),
        ("/record/{subject:path}/history", f"/record/{one}/history", SECOND, PAGE),
        ("/record/{subject:path}/history.json", f"/record/{one}/history.json", SECOND, DATA),
        ("/record/{subject:path}.json", f"/record/{one}.json", SECOND, DATA),
        ("/record/{subject:path}", f"/record/{one}", SECOND, PAGE),
        ("/id/{letters}", f"/id/{letters}", SECOND, PAGE),
        ("/peers", "/peers", SECOND, PAGE),
        ("/peers.json", "/peers.json", SECOND, DATA),
        ("/refused", "/refused", SECOND, PAGE),
        ("/refused.json", "/refused.json", SECOND, DATA),
        ("/evidence/{name}", f"/evidence/{found}", MINUTE, PLAIN),
        ("/static/entrepot.css", style[0], FOR_EVER, PACKED),
        ("/static/entrepot.css", "/static/entrepot.css", MINUTE, PACKED),
    ]  # fmt: skip


class Everything:
    """A node with all its routes: records of its own, a mirror of a peer, heads that it cosigned."""

    def __init__(self, folder: Path) -> None:
        line, clock = Line(), Clock()
        self._peer = found(folder, line, clock, "peer.example", mirroring="any")
        self.own: Member = found(folder, line, clock, "own.example")
        for member in (self._peer, self.own):
            member.publish(*range(258))
        again = {**profile_of(self.own.origin, 1, "Renamed"), "identifiers": [{"scheme": "LEI", "id": LEI}]}
        self.own.publisher().publish([Publication(again, "CC0-1.0")])
        self.own.withdraw(2)

        self.own.follow(self._peer, mirror=True)
        self.own.pull(self._peer)
        self.own.store.add_log_evidence("log.example/1", EVIDENCE, now=0.0)
        self.app = self._application()
        self._got: dict[tuple[str, str], Answer] = {}

    def _application(self) -> FastAPI:
        own = self.own

        def now() -> float:
            return own.clock().timestamp()

        cosigner = own.home.cosigner(WITNESS, own.origin)
        assert cosigner is not None
        return create_app(
            own.store, own.settings, mirrors=own.mirrors, witness=Witness(own.store, cosigner, now=now),
            hellos=HelloDesk(own.store, own.origin, now=now), now=own.clock,
        )  # fmt: skip

    @property
    def peer(self) -> FeedRow:
        return self.own.copy_of(self._peer)

    def ask(self, method: str, path: str, **headers: str) -> Answer:
        asking = OwnNode(self.own.home, self.own.store, self.own.clock, self.own.settings)
        asking.served, asking.app = (asking.store, asking.settings), self.app
        return asking.ask(method, self._filled(path), **headers)

    def get(self, path: str, **headers: str) -> Answer:
        return self.ask("GET", path, **headers)

    def whole(self, path: str) -> Answer:
        """What a reader gets that takes no encoding; asked for once."""
        return self._once(path, "")

    def small(self, path: str, encoding: str = "gzip") -> Answer:
        """What a reader gets that has the dictionary and takes encodings; asked for once."""
        return self._once(path, encoding)

    def _once(self, path: str, encoding: str) -> Answer:
        if (path, encoding) not in self._got:
            self._got[path, encoding] = self.get(
                path, accept_encoding=encoding, available_dictionary=available_dictionary()
            )
        return self._got[path, encoding]

    def _filled(self, path: str) -> str:
        feed = self.peer if path.startswith("/mirror/") else self.own.feed
        if path.endswith("/addenda/*"):
            digest = self.own.store.live_digests(feed.id, 0, 9)[0].hex()
            return path.removesuffix("*") + f"{digest[:2]}/{digest[2:4]}/{digest}"
        return path.replace("*", str(feed.size))

    def close(self) -> None:
        self.own.store.close()
        self._peer.store.close()


@pytest.fixture(scope="module")
def node(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Everything]:
    node = Everything(tmp_path_factory.mktemp("everything"))
    yield node
    node.close()


@pytest.fixture(scope="module")
def rows(node: Everything) -> Sequence[tuple[str, str, str, str]]:
    return table(node)


def test_no_path_is_left_out(node: Everything, rows: Any) -> None:
    routes: Any = node.app.routes
    templates = {route.path for route in routes if "GET" in route.methods}

    assert templates - NEVER_KEPT == {template for template, *_ in rows}
    for path in NEVER_KEPT:
        assert node.ask("HEAD", path).headers["cache-control"] == "no-store"


def test_every_path_says_how_long_and_by_what_it_may_be_kept(node: Everything, rows: Any) -> None:
    """EXC-03, EXC-07, EXC-57: freshness, a strong tag, and Vary by what the answer is made of and by nothing else."""
    for template, path, cache, vary in rows:
        answer = node.whole(path)
        assert (answer.status, answer.headers["cache-control"]) == (200, cache), path
        assert answer.headers.get("vary", "") == vary, path
        assert re.fullmatch(r'"[A-Za-z0-9_-]{12}"', answer.headers["etag"]), path
        assert "content-encoding" not in answer.headers, path
        assert not {"set-cookie", "expires", "pragma", "age", "last-modified"} & set(answer.headers), path
        if template.startswith(("/feed", "/mirror", "/witness", "/.well-known")):
            assert "language" not in vary.lower(), path


def test_each_coding_has_a_tag_of_its_own_and_the_same_bytes_inside(node: Everything, rows: Any) -> None:
    """EXC-07, EXC-10: RFC 9110 §8.8.3: two encodings are two representations. The dictionary is for `delta` alone."""
    for _, path, cache, vary in rows:
        whole = node.whole(path)
        tags = {whole.headers["etag"]}
        for asked in ENCODINGS:
            small = node.small(path, asked)
            packed = "Accept-Encoding" in vary and len(whole.body) > 600
            best = asked.split(", ")[0]
            coding = "zstd" if best == "dcz" and vary != SMALL else best
            assert small.headers.get("content-encoding") == (coding if packed else None), path
            assert small.plain == whole.body, path
            assert (small.headers["etag"] not in tags) is (packed and coding == best), path
            tags.add(small.headers["etag"])
            assert (small.headers["cache-control"], small.headers.get("vary", "")) == (cache, vary), path
            assert small.headers["content-type"] == whole.headers["content-type"], path


def test_without_its_dictionary_delta_comes_in_zstd(node: Everything) -> None:
    """EXC-10: a reader that has none, or another, must be able to read the answer."""
    path = "/feed/delta?from=0&to=256"
    for named in ({}, {"available_dictionary": ":pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4=:"}):
        answer = node.get(path, accept_encoding="dcz, zstd, gzip", **named)

        assert (answer.headers["content-encoding"], answer.headers["vary"]) == ("zstd", SMALL)
        assert answer.plain == node.whole(path).body


@pytest.mark.parametrize(
    ("lines", "named"),
    [
        ([("accept-encoding", "gzip"), ("accept-encoding", "zstd;q=0, dcz")], ["gzip"]),
        ([("accept-encoding", "gzip"), ("accept-encoding", "gzip;q=0")], []),
        ([("accept-encoding", "dcz"), ("available-dictionary", available_dictionary())], ["dcz"]),
        ([("accept-encoding", "dcz"), *[("available-dictionary", available_dictionary())] * 2], []),
        ([("accept-encoding", "*"), ("available-dictionary", available_dictionary())], ["gzip"]),
        ([("accept-encoding", "GZIP ; q = 0.000, Zstd;q=0.1")], ["zstd"]),
        ([("accept-encoding", "x-gzip, br, " * 5_000)], []),
    ],
)
def test_a_wish_in_several_lines_is_one(lines: list[tuple[str, str]], named: list[str]) -> None:
    """EXC-07, EXC-10: RFC 9110 §5.3; two dictionaries are none (RFC 9842 §2.2)."""
    headers = [(name.encode(), value.encode()) for name, value in lines]
    request = Request({"type": "http", "headers": headers})

    assert [one.name for one in accepted(request, DELTA)] == named


def test_the_dictionary_makes_small_answers_smaller(node: Everything) -> None:
    """EXC-10: as RFC 9842 has it: 40 bytes that name the dictionary, then a frame that any zstd reads with it."""
    path = f"/feed/delta?from={node.own.feed.size - 2}&to={node.own.feed.size}"
    sizes = [len(node.small(path, asked).body) for asked in ENCODINGS]
    raw = (Path(__file__).parents[2] / "schema/v1/delta-dictionary.txt").read_bytes()
    dictionary = zstd.ZstdDict(raw, is_raw=True)

    small = node.small(path, DCZ).body

    assert small[:40] == bytes.fromhex("5e2a4d1820000000") + sha256(raw).digest()
    assert zstd.decompress(small[40:], dictionary) == node.whole(path).body
    assert len(small) < 0.75 * min(sizes[:-1])


def test_whoever_holds_an_answer_in_either_encoding_gets_a_304(node: Everything, rows: Any) -> None:
    """EXC-03, EXC-57: with the lines that a cache must take over, and never for an encoding it did not ask for."""
    for _, path, cache, vary in rows:
        whole, small = node.whole(path), node.small(path)
        tag, packed, newer = (
            whole.headers["etag"],
            small.headers["etag"],
            node.small(path, DCZ).headers["etag"],
        )
        for asked, held, named in (
            ("", tag, tag),
            ("", f"W/{tag}", tag),
            ("gzip", packed, packed),
            ("gzip", tag, tag),
            ("gzip", f'"other", {tag},{packed}', packed),
            (DCZ, newer, newer),
            (DCZ, packed, packed),
            (DCZ, f'"other", {tag}', tag),
            ("br", "*", tag),
        ):
            same = node.get(
                path, accept_encoding=asked, if_none_match=held, available_dictionary=available_dictionary()
            )
            assert (same.status, same.body, same.headers["etag"]) == (304, b"", named), (path, asked, held)
            assert (same.headers["cache-control"], same.headers.get("vary", "")) == (cache, vary), path
            assert "content-encoding" not in same.headers, path
        for asked, held in (
            ("identity", packed), ("gzip", newer), ("gzip", '"other"'), ("", tag.strip('"')), ("", '""'),
        ):  # fmt: skip
            if held != tag:
                again = node.get(path, accept_encoding=asked, if_none_match=held)
                assert (again.status, again.plain) == (200, whole.body), (path, asked, held)


def test_head_has_the_lines_of_get(node: Everything, rows: Any) -> None:
    """EXC-71; the server leaves the body out (test_feed_routes asks one on the wire)."""
    for _, path, _, _ in rows:
        for got, headers in ((node.whole(path), {}), (node.small(path), {"accept_encoding": "gzip"})):
            head = node.ask("HEAD", path, **headers)
            lines = {name: value for name, value in head.headers.items() if name != "content-length"}
            assert (head.status, lines) == (
                200, {name: value for name, value in got.headers.items() if name != "content-length"},
            ), path  # fmt: skip
            held = node.ask("HEAD", path, if_none_match=got.headers["etag"], **headers)
            assert (held.status, held.body) == (304, b""), path


def test_h23_a_range_is_answered_with_the_whole(node: Everything, rows: Any) -> None:
    """EXC-74, H23: RFC 9110 §14.2: a server may ignore it, and says nothing of ranges."""
    for _, path, _, _ in rows:
        whole = node.whole(path)
        ranged = node.get(path, range="bytes=0-3", if_range=whole.headers["etag"])
        assert (ranged.status, ranged.body) == (200, whole.body), path
        assert not {"accept-ranges", "content-range"} & set(ranged.headers), path


def test_what_is_not_there_is_not_kept(node: Everything) -> None:
    """EXC-02: an absence may end any moment; only what was withdrawn may be remembered, a minute."""
    for path in (
        "/feed/tile/0/009",
        "/feed/contents/9",
        f"{API}/nothing",
        "/record/x",
        "/witness/x/checkpoint",
    ):
        answer = node.get(path, accept="text/html")
        assert (answer.status, answer.headers["cache-control"]) == (404, "no-store"), path
        assert "etag" not in answer.headers, path


def test_different_bytes_never_share_a_tag(
    open_node: Any, founded_home: Path, tmp_path: Path, company: Company
) -> None:
    """EXC-03, EXC-57: gathered over many states of a node, whatever the tags are made of."""
    node = open_node(shutil.copytree(founded_home, tmp_path / "home"))
    seen: dict[str, set[bytes]] = {}
    tags = 0
    try:
        for step in range(24):
            if step % 5 == 2:
                node.publish(company(f"Renamed {step}", step - 1))
            elif step % 5 == 3:
                node.withdraw(company(number=step - 2)["id"])
            elif step % 5 == 4:
                node.publish(company(f"Again {step}", step - 3), company(f"Beside {step}", 100 + step))
            else:
                node.publish(company(f"Company {step}", step))
            size = node.feed.size
            paths = [
                "checkpoint",
                "contents/0",
                f"delta?from=0&to={size}",
                f"delta?from={size - 1}&to={size}",
            ]
            paths += [f"tile/entries/000.p/{size}", f"tile/0/000.p/{size}", f"tile/entries/000.p/{size - 1}"]
            digests = [digest.hex() for digest in node.store.live_digests(node.feed.id, 0, size)]
            paths += [f"addenda/{name[:2]}/{name[2:4]}/{name}" for name in digests[-2:]]
            records = f"{API}/records.jsonl", f"{API}/records", f"{API}/changes", "/search.json", "/"
            for path in (*(f"/feed/{path}" for path in paths), *records):
                for encoding in ("identity", "gzip"):
                    answer = node.get(path, accept_encoding=encoding)
                    assert answer.status == 200, path
                    seen.setdefault(answer.headers["etag"], set()).add(answer.body)
                    tags += 1
    finally:
        node.store.close()

    assert [tag for tag, bodies in seen.items() if len(bodies) > 1] == []
    assert tags > len(seen) > 300


class Unread(SqlStore):
    """A store that gives no bytes of entries and contents away once it is shut."""

    shut: ClassVar[bool] = False

    def entries(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        assert not self.shut
        return super().entries(feed_id, begin, end)

    def contents(self, feed_id: int, begin: int, end: int) -> list[bytes]:
        assert not self.shut
        return super().contents(feed_id, begin, end)


@pytest.mark.parametrize(
    "path", ["tile/entries/000.p/3", "contents/0", "delta?from=0&to=4", "delta?from=1&to=4"]
)
def test_a_304_is_decided_without_reading_what_it_spares(
    node: Any, home: Any, open_node: Any, company: Company, monkeypatch: pytest.MonkeyPatch, path: str
) -> None:
    own = open_node(home.path)
    own.store.close()
    own.store = Unread.open(home.store_file)
    try:
        own.publish(*(company(f"Company {number}", number) for number in range(3)))
        tags = [own.get(f"/feed/{path}", accept_encoding=one).headers["etag"] for one in ("", "gzip")]
        monkeypatch.setattr(Unread, "shut", True)

        for tag in tags:
            assert own.get(f"/feed/{path}", accept_encoding="gzip", if_none_match=tag).status == 304
    finally:
        own.store.close()


def test_a_full_bundle_is_packed_once(node: Everything, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is small, kept, and never read again; what carries contents is not kept in memory."""
    path = "/feed/tile/entries/000"
    first = node.get(path, accept_encoding="gzip")
    with monkeypatch.context() as patched:
        patched.setattr(SqlStore, "entries", lambda *_: pytest.fail("it was read again"))
        second = node.get(path, accept_encoding="gzip")

    assert (second.status, second.body, second.headers["etag"]) == (200, first.body, first.headers["etag"])
    assert len(first.body) <= len(gzip.compress(node.get(path).body, 6))
