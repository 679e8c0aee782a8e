"""nginx as docs/operate/nginx.conf sets it up, before a real node: what it keeps, and what it never serves again."""

from __future__ import annotations

import gzip
import http.client
import json
import re
import ssl
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from hashlib import sha256
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from entrepot_sync.content_coding import zstd
from entrepot_sync.hello import MEDIA_TYPE

from .nginx_server import let_pass, running_nginx
from .nodes import LiveNode, entrepot, free_port, serving

CONFIGURATION = Path(__file__).resolve().parents[2] / "docs" / "operate" / "nginx.conf"
CANARY = "Kanarienvogel"
YEAR = 31_536_000


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as it came: `body` is not inflated."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def cache(self) -> str:
        """What nginx did: HIT, MISS, STALE, REVALIDATED, …"""
        return self.headers.get("x-cache-status", "")


@dataclass(slots=True)
class Front:
    """A node with nginx in front of it. Ports: of http for followers of this machine, of TLS, of plain redirects."""

    folder: Path
    node: LiveNode
    port: int
    tls_port: int
    redirect_port: int
    cache: Path = field(init=False)

    def __post_init__(self) -> None:
        self.cache = self.folder / "cache"

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def ask(
        self, method: str, path: str, body: bytes = b"", source: str = "127.0.0.1", **headers: str
    ) -> Reply:
        connection = http.client.HTTPConnection(
            "127.0.0.1", self.port, timeout=60, source_address=(source, 0)
        )
        lines = {name.replace("_", "-"): value for name, value in headers.items()}
        connection.putrequest(method, path, skip_accept_encoding=True)
        for name, value in lines.items():
            connection.putheader(name, value)
        if body:
            connection.putheader("content-length", str(len(body)))
        connection.endheaders(body or None)
        answer = connection.getresponse()
        reply = Reply(
            answer.status, {name.lower(): text for name, text in answer.headers.items()}, answer.read()
        )
        connection.close()
        return reply

    def get(self, path: str, **headers: str) -> Reply:
        return self.ask("GET", path, **headers)

    def holds(self, words: bytes) -> bool:
        """Whether some bytes stand anywhere in the cache, packed or not."""
        return any(words in raw or words in inflated(raw) for raw in self.files())

    def files(self) -> list[bytes]:
        return [path.read_bytes() for path in self.cache.rglob("*") if path.is_file()]


def inflated(raw: bytes) -> bytes:
    """What is packed within a file of the cache; nothing where nothing is."""
    _, _, body = raw.partition(b"\r\n\r\n")
    if body.startswith(b"\x28\xb5\x2f\xfd"):
        return zstd.decompress(body)
    return gzip.decompress(body) if body.startswith(b"\x1f\x8b") else b""


def configuration(folder: Path, node_port: int, front: tuple[int, int, int]) -> str:
    """What operators are given, at ports and in folders of this test, with a way in for followers without TLS."""
    text = CONFIGURATION.read_text("utf-8")
    plain, tls, redirect = front
    for old, new in (
        ("127.0.0.1:8101", f"127.0.0.1:{node_port}"),
        ("/var/cache/nginx/", f"{folder}/cache/"),
        ("listen 80;", f"listen 127.0.0.1:{redirect};"),
        ("listen 443 ssl http2;", f"listen 127.0.0.1:{tls} ssl http2; listen 127.0.0.1:{plain};"),
        ("/etc/letsencrypt/live/biomed.example/", f"{folder}/"),
    ):
        assert old in text
        text = text.replace(old, new)
    return re.sub(r"listen \[::\][^;]*;", "", text)


def write_certificate(folder: Path) -> None:
    """A certificate for biomed.example that nobody signed but itself."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "biomed.example")])
    names = x509.SubjectAlternativeName(
        [x509.DNSName("biomed.example"), x509.IPAddress(ip_address("127.0.0.1"))]
    )
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name).public_key(key.public_key())
        .serial_number(1).not_valid_before(now - timedelta(days=1)).not_valid_after(now + timedelta(days=9))
        .add_extension(names, critical=False).sign(key, hashes.SHA256())
    )  # fmt: skip
    plain = serialization.NoEncryption()
    pem, form = serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8
    (folder / "fullchain.pem").write_bytes(built.public_bytes(pem))
    (folder / "privkey.pem").write_bytes(key.private_bytes(pem, form, plain))


@pytest.fixture
def front(tmp_path: Path) -> Iterator[Front]:
    """nginx, and a node that has published; the node is not running yet."""
    node_port, ports = free_port(), (free_port(), free_port(), free_port())
    url = f"http://127.0.0.1:{ports[0]}"
    options = (
        "--base-url",
        url,
        "--listen",
        f"127.0.0.1:{node_port}",
        "--takedown-email",
        "info@biomed.example",
    )
    entrepot(tmp_path, "init", "biomed.example", *options, "--home", "biomed.example")
    node = LiveNode(tmp_path / "biomed.example", url)
    node.set(proxies=["127.0.0.1"])
    node.publish(*(f"Company {number}" for number in range(300)), CANARY)
    write_certificate(tmp_path)
    (tmp_path / "cache").mkdir()
    with running_nginx(tmp_path, configuration(tmp_path, node_port, ports), ports[0]):
        yield Front(tmp_path, node, *ports)


def subject_of(front: Front, name: str) -> str:
    (item,) = front.node.command("search", name)["items"]
    subject: str = item["record"]["credentialSubject"]["profile"]["id"]
    return subject


LOG_PATHS = (
    "/feed/tile/0/000", "/feed/tile/0/001.p/46", "/feed/tile/1/000.p/1", "/feed/tile/entries/000",
    "/feed/tile/entries/001.p/46", "/feed/keys.jsonl", "/feed/addenda.v1", "/.well-known/entrepot",
    "/.well-known/did.json", "/.well-known/did.jsonl",
)  # fmt: skip


def test_the_log_is_served_while_the_node_is_stopped_and_no_contents_are(front: Front, figures: Any) -> None:
    """EXC-03: a year later still, tiles, entries, key log and the last head; contents are nobody's to give."""
    follower = entrepot(
        front.folder, "init", "lifepark.example", "--takedown-email", "info@lifepark.example", "--home", "b"
    )
    assert follower
    contents = ["/feed/contents/0", "/feed/contents/1", "/feed/delta?from=256&to=302"]
    with serving(front.node):
        scid = json.loads(front.get("/.well-known/did.jsonl").body.splitlines()[0])["state"]["id"].split(":")[
            2
        ]
        followed = entrepot(
            front.folder, "follow", front.url, "--allow-private", "--fingerprint", scid, "--home", "b"
        )
        (raw, *_) = front.get("/feed/contents/0").body.splitlines()
        digest = sha256(raw).hexdigest()
        contents.append(f"/feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}")
        first = {path: front.get(path) for path in (*LOG_PATHS, "/feed/checkpoint", *contents)}
        packed = {path: front.get(path, accept_encoding="gzip") for path in LOG_PATHS}
        again = {path: front.get(path).cache for path in LOG_PATHS}
    assert (followed[0]["stored"], followed[0]["missing"]) == (301, 0)
    assert [path for path, reply in first.items() if reply.status != 200] == []
    assert set(again.values()) == {"HIT"}

    assert let_pass(front.cache, YEAR + 1) > 10

    for path in (*LOG_PATHS, "/feed/checkpoint"):
        stopped = front.get(path)
        assert (stopped.status, stopped.body, stopped.cache) == (200, first[path].body, "STALE"), path
        for name in ("etag", "content-type", "cache-control"):
            assert stopped.headers[name] == first[path].headers[name], path
    for path in LOG_PATHS:
        stopped = front.get(path, accept_encoding="gzip")
        assert (stopped.body, stopped.headers["etag"]) == (packed[path].body, packed[path].headers["etag"]), (
            path
        )
    for path in contents:
        stopped = front.get(path)
        assert (stopped.status, stopped.headers["cache-control"]) == (502, "no-store"), path
        assert CANARY.encode() not in stopped.body
    held = front.get("/feed/checkpoint", if_none_match=first["/feed/checkpoint"].headers["etag"])
    assert (held.status, held.body) == (304, b"")
    idle = entrepot(front.folder, "sync", "--home", "b")
    assert (idle[0]["ok"], idle[0]["requests"], idle[0]["stored"]) == (True, 1, 0)
    figures.add("paths of the log served by nginx while the node was stopped", len(LOG_PATHS) + 1)


def test_what_is_erased_is_gone_from_nginx_and_its_disk_within_a_minute(front: Front, figures: Any) -> None:
    """EXC-03, EXC-42: nginx asks the node each time a second is over, and is told with a 304 that nothing has changed."""
    subject = subject_of(front, CANARY)
    encodings = ({}, {"accept_encoding": "gzip"}, {"accept_encoding": "zstd, gzip"})
    with serving(front.node):
        lines = front.get("/feed/contents/1").body.splitlines()
        digest = sha256(next(line for line in lines if CANARY.encode() in line)).hexdigest()
        addendum = f"/feed/addenda/{digest[:2]}/{digest[2:4]}/{digest}"
        paths = ("/feed/contents/1", addendum)
        for path in paths:
            for headers in encodings:
                before = front.get(path, **headers)
                let_pass(front.cache, 2)
                same = front.get(path, **headers)
                assert (before.status, same.status, same.cache) == (200, 200, "REVALIDATED"), path
                assert (same.body, same.headers["etag"]) == (before.body, before.headers["etag"]), path
                # Two seconds with nginx and this much with others: a minute is not over.
                assert same.headers["cache-control"] == "max-age=55, must-revalidate", path
        assert CANARY.encode() in front.get("/feed/delta?from=256&to=302").body
        assert front.holds(CANARY.encode())

        front.node.command("withdraw", subject, "--yes")
        let_pass(front.cache, 2)
        for path in paths:
            for headers in encodings:
                gone = front.get(path, **headers)
                assert CANARY.encode() not in (inflated(b"\r\n\r\n" + gone.body) or gone.body), path
                assert gone.cache in ("EXPIRED", "MISS"), path
        assert front.get(addendum).status == 410
        assert front.get("/feed/delta?from=256&to=303").cache == ""
        assert not front.holds(CANARY.encode())
        figures.add("ways to an erased content tried through nginx", len(paths) * len(encodings))
    let_pass(front.cache, 60)
    assert {front.get(path).status for path in paths} == {502}


def test_spellings_of_one_wish_share_what_is_kept_and_encodings_are_kept_apart(front: Front) -> None:
    """EXC-07."""
    with serving(front.node):
        for path in ("/feed/tile/entries/000", "/feed/contents/0"):
            packed = front.get(path, accept_encoding="gzip")
            assert (packed.cache, packed.headers["content-encoding"]) == ("MISS", "gzip")
            plain = front.get(path)
            assert (plain.cache, gzip.decompress(packed.body)) == ("MISS", plain.body)
            assert plain.headers["etag"] != packed.headers["etag"]
            assert plain.headers["vary"] == packed.headers["vary"] == "Accept-Encoding"
            for spelling in ("GZIP", "br, gzip;q=0.1, zstd", "deflate,gzip", "gzip ; q=1.0"):
                assert front.get(path, accept_encoding=spelling).body == packed.body, spelling
            for spelling in ("", "identity", "br, zstd", "gzip;q=0", "br, gzip; q=0.00", "xgzip", "*;q=0"):
                assert front.get(path, accept_encoding=spelling).body == plain.body, spelling
            newer = front.get(path, accept_encoding="zstd, gzip")
            assert (newer.cache, newer.headers["content-encoding"]) == ("MISS", "zstd")
            assert zstd.decompress(newer.body) == plain.body
            assert front.get(path, accept_encoding="zstd, gzip").cache == "HIT"
            for tag, headers in (
                (newer.headers["etag"], {"accept_encoding": "zstd, gzip"}),
                (packed.headers["etag"], {"accept_encoding": "gzip"}),
                (plain.headers["etag"], {}),
            ):
                assert front.get(path, if_none_match=tag, **headers).status == 304
            assert front.get(path, accept_encoding="dcz, zstd, gzip").headers["content-encoding"] == "zstd"
            head = front.ask("HEAD", path)
            assert (head.status, head.body, head.headers["etag"]) == (200, b"", plain.headers["etag"])
            assert front.get(path, range="bytes=0-3").body == plain.body


def test_what_must_not_be_kept_is_not_kept(front: Front) -> None:
    """EXC-02, EXC-55, EXC-90: errors, pages, what is posted; streams and large files go through."""
    with serving(front.node):
        for path in (
            "/feed/tile/0/009",
            "/feed/contents/9",
            "/feed/delta?from=9&to=1",
            "/api/v1/nothing",
            "/record/x",
        ):
            replies = [front.get(path) for _ in range(2)]
            assert {reply.status for reply in replies} <= {400, 404}, path
            assert {reply.headers["cache-control"] for reply in replies} == {"no-store"}, path
            assert {reply.cache for reply in replies} <= {"", "MISS"}, path
        pages = [front.get("/", accept="text/html", accept_language=tag) for tag in ("en", "zh-CN", "en")]
        assert [b'<html lang="zh-Hans"' in page.body for page in pages] == [False, True, False]
        assert front.get("/api/v1/records?limit=1").headers["cache-control"] == "max-age=60, must-revalidate"
        pushed = front.ask("POST", "/witness/add-checkpoint", b"x" * 100)
        assert (pushed.status, pushed.headers["cache-control"]) == (400, "no-store")
        assert (
            front.ask("POST", "/witness/add-checkpoint", b"x" * 70_000)
            .headers["content-type"]
            .startswith("application/problem+json")
        )
        assert front.ask("POST", "/witness/add-checkpoint", b"x" * 200_000).status == 413
        large = json.dumps([{"type": "company"}] * 20_000).encode()
        found = front.ask("POST", "/api/v1/check", large, content_type="application/json")
        assert (len(large) > 400_000, found.status) == (True, 200)
        posted = front.ask("POST", "/api/v1/records", large, content_type="application/json")
        assert (posted.status < 500, posted.status != 413) == (True, True)
        stream = http.client.HTTPConnection("127.0.0.1", front.port, timeout=60)
        stream.request("GET", "/api/v1/changes/stream")
        assert stream.getresponse().readline()
        stream.close()
        names = {path.parent.parent.parent.name for path in front.cache.rglob("*") if path.is_file()}
    assert names <= {"entrepot-log", "entrepot-contents"}
    assert not front.holds(b"<html")


def test_the_node_counts_by_the_address_of_the_client(front: Front) -> None:
    """FED-62: one busy client behind the proxy takes no turns away from others, and can't claim to be another."""
    with serving(front.node):

        def hello(source: str, claimed: str) -> int:
            return front.ask(
                "POST", "/hello", b"{}", source, content_type=MEDIA_TYPE, x_forwarded_for=claimed
            ).status

        busy = [hello("127.0.0.2", f"192.0.2.{number}") for number in range(12)]

        assert busy[-1] == 429
        assert hello("127.0.0.3", "127.0.0.2") not in (429, 502)


def test_tls_is_ready_and_plain_http_leads_there(front: Front) -> None:
    with serving(front.node):
        context = ssl.create_default_context(cafile=str(front.folder / "fullchain.pem"))
        secure = http.client.HTTPSConnection("127.0.0.1", front.tls_port, timeout=60, context=context)
        secure.request("GET", "/feed/checkpoint")
        answer = secure.getresponse()
        assert (answer.status, answer.read()) == (200, front.get("/feed/checkpoint").body)
        assert answer.headers["strict-transport-security"] == "max-age=31536000"
        secure.close()
        plain = http.client.HTTPConnection("127.0.0.1", front.redirect_port, timeout=60)
        plain.request("GET", "/search?q=a", headers={"host": "biomed.example"})
        moved = plain.getresponse()
        assert (moved.status, moved.headers["location"]) == (301, "https://biomed.example/search?q=a")
        plain.close()
