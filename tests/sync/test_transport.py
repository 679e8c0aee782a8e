"""EXC-20 to EXC-27: a fetch from a hostile peer ends, within bounds, in an answer or in a declared error.

Peers are scripted servers on a real socket: each test writes down the bytes that the peer sends. Names of
attacks (H01 ...) stand in the names of the tests.
"""

from __future__ import annotations

import asyncio
import gzip
import ssl
import tracemalloc
import zlib
from contextlib import aclosing, asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from ipaddress import ip_address

import httpcore
import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.errors import EntrepotError, Misuse, PeerFault, Unavailable
from entrepot_sync.body_reader import BodyReader
from entrepot_sync.fetch_limits import Limits
from entrepot_sync.guarded_backend import GuardedBackend, tls_context
from entrepot_sync.peer_url import BaseUrl, parse_base_url
from entrepot_sync.transport import Fetched, HttpTransport

NOW = datetime(2026, 3, 1, 12, 0, 0, tzinfo=UTC)
CAP = 1000
BIOMED = BaseUrl("https", "biomed.example", 443, "")
DEFAULT = Limits()
FAST = Limits(total_seconds=0.2)
NEVER = object()  # in a script: send nothing more, keep the connection


def packed(data):
    """Return a gzip member that is the same at any time of day: some are names of tests."""
    return gzip.compress(data, mtime=0)


class HostileServer:
    """Sends scripted bytes: one script per request, in order; the last one serves all that follow.

    A script is bytes (then the connection stays open), or a list of bytes; at its end `None` closes the
    connection and `NEVER` leaves it hanging. A callable gets the writer.
    """

    def __init__(self, *scripts):
        self.scripts = list(scripts)
        self.requests = []
        self.asked = asyncio.Event()
        self.connections = 0
        self.sent = 0
        self.port = 0

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            while True:
                self.requests.append(await reader.readuntil(b"\r\n\r\n"))
                self.asked.set()
                script = self.scripts.pop(0) if len(self.scripts) > 1 else self.scripts[0]
                if not await self._play(script, reader, writer):
                    return
        except (asyncio.IncompleteReadError, ConnectionError, ssl.SSLError):
            pass
        finally:
            writer.transport.abort()

    async def _play(self, script, reader, writer):
        if callable(script):
            await script(self, writer)
            return False
        for part in [script] if isinstance(script, bytes) else script:
            if part is None:
                await writer.drain()
                writer.close()
                await writer.wait_closed()
                return False
            if part is NEVER:
                await reader.read()
                return False
            await self.send(writer, part)
        return True

    async def send(self, writer, part):
        writer.write(part)
        self.sent += len(part)
        await writer.drain()


class MuteServer(HostileServer):
    """Answers the first byte with scripted bytes, whatever it is, and then only listens."""

    async def _serve(self, reader, writer):
        self.connections += 1
        try:
            await reader.read(1)
            await self.send(writer, self.scripts[0])
            await reader.read()
        except ConnectionError:
            pass
        finally:
            writer.transport.abort()


@asynccontextmanager
async def serving(server, tls=None):
    """Listen on a free port; at the end wait for all connections to be gone."""
    open_connections = {}

    async def accept(reader, writer):
        open_connections[asyncio.current_task()] = writer
        await server._serve(reader, writer)

    listener = await asyncio.start_server(accept, "127.0.0.1", 0, ssl=tls)
    server.port = listener.sockets[0].getsockname()[1]
    try:
        yield server
    finally:
        listener.close()
        await listener.wait_closed()
        for writer in open_connections.values():
            writer.transport.abort()  # not cancel: asyncio's streams of Python 3.11 log a cancelled handler
        await asyncio.gather(*open_connections)


@dataclass
class ScriptedResolver:
    """Answers from a table; each call takes the next answer, and the last one stays."""

    answers: list = field(default_factory=lambda: [["127.0.0.1"]])
    asked: list = field(default_factory=list)

    async def resolve(self, host, port):
        self.asked.append(host)
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer


def local(port, prefix=""):
    return BaseUrl("http", "127.0.0.1", port, prefix)


async def fetch_all(server, *fetches, limits=DEFAULT, tls=None, base=local, **options):
    """Serve, make the fetches one after the other over one transport, and return answers or errors."""
    results = []
    async with serving(server, tls):
        transport = HttpTransport(
            base(server.port), **{"allow_private": True, "limits": limits, "now": lambda: NOW, **options}
        )
        async with aclosing(transport):
            for arguments in fetches or ({},):
                try:
                    results.append(await transport.fetch(**{"path": "/a", "max_bytes": CAP, **arguments}))
                except EntrepotError as error:  # any other class fails the test: H08
                    results.append(error)
    return results


def fetch(script, *, limits=DEFAULT, **arguments):
    """Let one peer play one script to one fetch."""
    return asyncio.run(fetch_all(HostileServer(script), arguments, limits=limits))[0]


def refused(result, kind, code):
    assert isinstance(result, kind), result
    assert result.code == code
    return result


def answer(body=b"", *headers, status="200 OK"):
    lines = [f"HTTP/1.1 {status}", f"Content-Length: {len(body)}", *headers]
    return "\r\n".join(lines).encode("latin-1") + b"\r\n\r\n" + body


def chunked(*chunks, extension=b""):
    head = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"
    return head + b"".join(b"%x%s\r\n%s\r\n" % (len(each), extension, each) for each in (*chunks, b""))


# What an honest peer gets.


def test_a_200_is_returned_with_its_body_and_etag():
    result = fetch(answer(b"hello", 'ETag: "v1"', "Content-Type: text/html"))

    assert (result.status, result.body, result.etag, result.requests) == (200, b"hello", '"v1"', 1)


@pytest.mark.parametrize("status", ["404 Not Found", "410 Gone"])
def test_404_and_410_are_answers_without_a_body(status):
    result = fetch(answer(b"<html>whatever</html>", "Content-Encoding: br", status=status))

    assert (f"{result.status}", result.body) == (status[:3], b"")


def test_a_304_answers_a_fetch_with_an_etag_and_keeps_it():
    server = HostileServer(
        b"HTTP/1.1 304 Not Modified\r\n\r\n", b'HTTP/1.1 304 X\r\nETag: "v2"\r\nContent-Length: 5\r\n\r\n'
    )

    first, second = asyncio.run(fetch_all(server, {"etag": '"v1"'}, {"etag": '"v1"'}))

    assert (first.status, first.body, first.etag) == (304, b"", '"v1"')
    assert (second.status, second.etag) == (304, '"v2"')
    assert b'If-None-Match: "v1"\r\n' in server.requests[0]
    assert server.connections == 1


def test_a_304_that_nobody_asked_for_is_refused():
    refused(fetch(b"HTTP/1.1 304 Not Modified\r\n\r\n"), PeerFault, "peer.status")


@pytest.mark.parametrize("etag", ["v1", '"a" "b"', '"a\r\nX: y"', '"' + "a" * 300 + '"', '"ü"', ""])
def test_an_etag_that_is_not_well_formed_is_neither_sent_nor_kept(etag):
    server = HostileServer(answer(b"x", "ETag: v1"))

    (result,) = asyncio.run(fetch_all(server, {"etag": etag}))

    assert result.etag is None
    assert b"If-None-Match" not in server.requests[0]


def test_the_request_has_exactly_the_headers_it_needs():
    server = HostileServer(answer())

    asyncio.run(
        fetch_all(
            server, {"path": "/feed/delta?from=0&to=256", "etag": '"v1"'}, base=lambda port: local(port, "/n")
        )
    )

    assert server.requests[0] == (
        f"GET /n/feed/delta?from=0&to=256 HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        "User-Agent: entrepot\r\n"
        "Accept-Encoding: dcz, zstd, gzip\r\n"
        "Available-Dictionary: :3bCuPXuFEEvwb0PKqvjuPwmB6MyX/ut/A8BxH8vqxRE=:\r\n"
        'If-None-Match: "v1"\r\n\r\n'
    ).encode("ascii")


@pytest.mark.parametrize(
    "response",
    [
        answer(b"hello"),
        chunked(b"hel", b"lo"),
        answer(packed(b"hello"), "Content-Encoding: gzip"),
        b"HTTP/1.1 100 Continue\r\n\r\n" + answer(b"hello"),
        answer(b"gone", status="410 Gone"),
    ],
)
def test_wire_bytes_are_all_bytes_of_request_and_response(response):
    server = HostileServer(response)

    results = asyncio.run(fetch_all(server, {}, {}))

    assert [each.wire_bytes for each in results] == [len(server.requests[0]) + len(response)] * 2
    assert server.connections == 1


def test_wire_bytes_of_an_injected_wire_are_what_http_would_write():
    response = b'HTTP/1.1 200 OK\r\ncontent-length: 5\r\netag: "v1"\r\n\r\nhello'
    request = b"GET /a HTTP/1.1\r\nHost: biomed.example\r\nUser-Agent: entrepot\r\n"
    request += b"Accept-Encoding: zstd, gzip\r\n\r\n"

    assert asyncio.run(fetch_app(app(b"hello", (b"etag", b'"v1"')))).wire_bytes == len(request) + len(
        response
    )


def test_a_name_is_resolved_once_for_a_connection_and_the_connection_is_kept():
    server = HostileServer(answer(b"x"), answer(status="404 Not Found"), answer(b"x"))
    resolver = ScriptedResolver([["127.0.0.1"], ["127.0.0.2"]])

    results = asyncio.run(fetch_all(server, {}, {}, {}, base=named("http"), resolver=resolver))

    assert [each.status for each in results] == [200, 404, 200]
    assert resolver.asked == ["biomed.example"]
    assert server.connections == 1


def test_the_next_address_is_tried_when_the_first_does_not_answer():
    # Nothing listens at ::1 on the server's port: what `localhost` is on most machines.
    (result,) = asyncio.run(
        fetch_all(
            HostileServer(answer(b"x")), base=named("http"), resolver=ScriptedResolver([["::1", "127.0.0.1"]])
        )
    )

    assert result.body == b"x"


def test_no_more_than_two_requests_are_open_at_once():
    open_now, most = 0, 0

    async def count(scope, receive, send):
        nonlocal open_now, most
        open_now += 1
        most = max(most, open_now)
        for _ in range(5):
            await asyncio.sleep(0)
        open_now -= 1
        await app(b"x")(scope, receive, send)

    async def main():
        async with aclosing(over_app(count)) as transport:
            await asyncio.gather(*(transport.fetch("/a", max_bytes=CAP) for _ in range(9)))

    asyncio.run(main())

    assert most == 2


# EXC-21: redirects, cookies, credentials, proxies.


@pytest.mark.parametrize("status", [300, 301, 302, 303, 305, 307, 308])
@pytest.mark.parametrize(
    "location",
    [
        "http://127.0.0.1:1/latest/meta-data", "http://169.254.169.254/", "https://evil.example/",
        "http://biomed.example/", "/a", "//evil.example", "http://xn--n3h.com/", "http://[::1", "",
    ],
)  # fmt: skip
def test_H01_H02_H03_no_redirect_is_followed(status, location):
    server = HostileServer(answer(b"", f"Location: {location}", status=f"{status} Moved"))

    (result,) = asyncio.run(fetch_all(server))

    refused(result, PeerFault, "peer.redirect")
    assert len(server.requests) == 1


def test_H20_cookies_and_challenges_are_ignored():
    server = HostileServer(
        answer(b"x", "Set-Cookie: id=1; Path=/", "WWW-Authenticate: Basic realm=x"),
        answer(b"x"),
        answer(b"", "WWW-Authenticate: Digest realm=x, nonce=y", status="401 Unauthorized"),
    )

    first, second, third = asyncio.run(fetch_all(server, {}, {}, {}))

    assert first.body == second.body == b"x"
    refused(third, PeerFault, "peer.status")
    assert len(server.requests) == 3
    assert server.requests[0] == server.requests[1] == server.requests[2]


def test_H20_proxies_and_credentials_of_the_environment_are_ignored(monkeypatch, tmp_path):
    netrc = tmp_path / "netrc"
    netrc.write_text("machine 127.0.0.1 login a password b\n")
    monkeypatch.setenv("NETRC", str(netrc))
    for name in ("HTTP_PROXY", "http_proxy", "ALL_PROXY", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:1")
    server = HostileServer(answer(b"x"))

    (result,) = asyncio.run(fetch_all(server))

    assert result.body == b"x"
    assert b"uthorization" not in server.requests[0]


# EXC-23: addresses.


def named(scheme):
    return lambda port: BaseUrl(scheme, "biomed.example", port, "")


def test_H04_the_checked_address_is_the_one_connected_to():
    """The second answer of the resolver would be loopback; it is never asked for."""
    server = HostileServer(answer(b"secret"))
    resolver = ScriptedResolver([["192.0.2.1", "203.0.113.9"], ["127.0.0.1"]])

    (result,) = asyncio.run(fetch_all(server, base=named("https"), allow_private=False, resolver=resolver))

    refused(result, PeerFault, "peer.address")
    assert (resolver.asked, server.connections) == (["biomed.example"], 0)


class SocketsToNowhere(httpcore.AsyncNetworkBackend):
    """Notes where a connection would go."""

    def __init__(self):
        self.connected = []

    async def connect_tcp(self, host, port, *_):
        self.connected.append(host)
        raise httpcore.ConnectError("no route")


def test_H04_a_name_that_turns_private_is_refused_at_its_next_connection():
    resolver, sockets = ScriptedResolver([["8.8.8.8"], ["127.0.0.1"]]), SocketsToNowhere()
    backend = GuardedBackend(resolver, allow_private=False, limits=DEFAULT, sockets=sockets)

    with pytest.raises(httpcore.ConnectError):
        asyncio.run(backend.connect_tcp("biomed.example", 443))
    with pytest.raises(PeerFault) as caught:
        asyncio.run(backend.connect_tcp("biomed.example", 443))

    assert caught.value.code == "peer.address"
    assert sockets.connected == ["8.8.8.8"]


@pytest.mark.parametrize(
    "addresses", [["8.8.8.8", "127.0.0.1"], ["127.0.0.1", "8.8.8.8"], ["8.8.8.8", "::1"]]
)
def test_H05_a_name_with_a_public_and_a_private_address_is_refused(addresses):
    server = HostileServer(answer(b"secret"))

    (result,) = asyncio.run(
        fetch_all(server, base=named("https"), allow_private=False, resolver=ScriptedResolver([addresses]))
    )

    refused(result, PeerFault, "peer.address")
    assert server.connections == 0


@pytest.mark.parametrize("host", ["127.0.0.1", "::1", "::ffff:7f00:1", "64:ff9b::7f00:1", "2002:7f00:1::"])
def test_H06_literals_are_checked_too(host):
    resolver = ScriptedResolver()
    server = HostileServer(answer(b"secret"))

    (result,) = asyncio.run(
        fetch_all(
            server, base=lambda port: BaseUrl("https", host, port, ""), allow_private=False, resolver=resolver
        )
    )

    refused(result, PeerFault, "peer.address")
    assert (resolver.asked, server.connections) == ([], 0)


def test_http_needs_the_flag():
    with pytest.raises(Misuse):
        HttpTransport(BaseUrl("http", "biomed.example", 80, ""))


@pytest.mark.parametrize("path", ["https://evil.example/", "//evil.example/a", "/../a", "a", "/a\r\nX: y"])
def test_H07_only_a_path_of_the_peer_can_be_fetched(path):
    server = HostileServer(answer(b"x"))

    (result,) = asyncio.run(fetch_all(server, {"path": path}))

    refused(result, Misuse, "peer.url")
    assert server.connections == 0


# H08: no class of the libraries leaves `fetch`.


class UnexpectedError(Exception):
    pass


@pytest.mark.parametrize(
    "error",
    [
        UnexpectedError("?"), OSError("no route"), TimeoutError("etimedout"), ValueError("x"),
        UnicodeError("label too long"), ssl.SSLError("bad"), httpx.InvalidURL("x"), httpx.ReadError("x"),
        httpx.StreamClosed(), RuntimeError("x"), KeyError("x"),
    ],
)  # fmt: skip
def test_H08_any_exception_of_the_wire_is_mapped(error):
    async def fail(scope, receive, send):
        raise error

    refused(asyncio.run(fetch_app(fail)), Unavailable, "peer.unreachable")
    (result,) = asyncio.run(
        fetch_all(HostileServer(answer()), base=named("http"), resolver=ScriptedResolver([error]))
    )
    assert refused(result, Unavailable, "peer.unreachable").__cause__ is error


def test_H08_a_host_that_breaks_the_client_library_is_an_error_of_ours():
    """httpx 0.28 raises `idna.InvalidCodepoint` for this host where it decodes it."""
    base = parse_base_url("https://xn--n3h.com", allow_private=False)

    refused(asyncio.run(fetch_app(app(b"x"), base=base)), Unavailable, "peer.unreachable")


def test_a_cancelled_fetch_stays_cancelled():
    async def main():
        server = HostileServer([b"HTTP/1.1 200 OK\r\n", NEVER])
        async with (
            serving(server),
            aclosing(HttpTransport(local(server.port), allow_private=True)) as transport,
        ):
            task = asyncio.create_task(transport.fetch("/a", max_bytes=CAP))
            await server.asked.wait()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task

    asyncio.run(main())


def test_a_port_where_nobody_listens_is_unreachable():
    async def main():
        async with serving(HostileServer(b"")) as server:
            pass
        async with aclosing(HttpTransport(local(server.port), allow_private=True)) as transport:
            await transport.fetch("/a", max_bytes=CAP)

    with pytest.raises(Unavailable) as caught:
        asyncio.run(main())
    assert caught.value.code == "peer.unreachable"


@pytest.mark.parametrize("script", [[None], [b"", None]])
def test_a_connection_closed_without_an_answer_is_unreachable(script):
    refused(fetch(script), Unavailable, "peer.unreachable")


def test_a_kept_connection_that_is_closed_before_it_answers_again_is_replaced():
    """A peer closes what is idle, and may do so while a request is under way."""

    async def main():
        answer = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nhi"
        async with serving(HostileServer(answer, [None], answer)) as server:
            async with aclosing(HttpTransport(local(server.port), allow_private=True)) as transport:
                bodies = [(await transport.fetch("/a", max_bytes=CAP)).body for _ in range(2)]
            return bodies, len(server.requests), server.connections

    assert asyncio.run(main()) == ([b"hi", b"hi"], 3, 2)


@pytest.mark.parametrize(
    "data",
    [
        b"SSH-2.0-OpenSSH_9.6\r\n", b"\x15\x03\x03\x00\x02\x02\x46", b"HTTP/2 200\r\n\r\n",
        b"HTTP/1.1 200\r\n: x\r\n\r\n", b"HTTP/1.1 20 OK\r\n\r\n", b"HTTP/1.1 200 OK\r\nA B: c\r\n\r\n",
        b"\r\n\r\n\r\n", b"HTTP/1.1 2",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0x5\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: gzip, chunked\r\n\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n-1\r\n\r\n",
    ],
)  # fmt: skip
def test_H08_what_is_not_http_is_a_fault_of_the_peer(data):
    result = refused(fetch([data, None]), PeerFault, "peer.protocol")

    assert len(str(result)) < 300
    assert str(result).isprintable()


@given(st.binary(max_size=300), st.booleans())
def test_H08_random_bytes_end_in_an_answer_or_a_declared_error(data, as_body):
    head = b"HTTP/1.1 200 OK\r\n" if as_body else b""

    assert isinstance(fetch([head + data, None]), Fetched | EntrepotError)


# EXC-20: time.


@pytest.mark.parametrize(
    "script",
    [
        [NEVER],
        [b"HTTP/1.1 200 OK\r\nX: ", NEVER],
        [b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\n12345", NEVER],
        [b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n12345\r\n", NEVER],
        [b"HTTP/1.1 200 OK\r\n\r\n12345", NEVER],
        [b"HTTP/1.1 404 Not Found\r\nContent-Length: 10\r\n\r\n1", NEVER],
    ],
)
def test_H10_an_answer_that_never_ends_meets_the_deadline(script):
    refused(fetch(script, limits=FAST), PeerFault, "peer.too-slow")


def test_H09_a_drip_meets_the_deadline():
    async def drip(server, writer):
        await server.send(writer, b"HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n")
        for _ in range(900):
            await server.send(writer, b"x")
            await asyncio.sleep(0.02)

    refused(fetch(drip, limits=FAST), PeerFault, "peer.too-slow")


def test_H10_a_tls_handshake_that_never_ends_meets_the_deadline():
    server = MuteServer(b"")

    (result,) = asyncio.run(fetch_all(server, base=named("https"), limits=FAST, resolver=ScriptedResolver()))

    refused(result, PeerFault, "peer.too-slow")
    assert server.connections == 1


def test_EXC29_a_slow_answer_leaves_the_transport_usable():
    server = HostileServer([b"HTTP/1.1 200 OK\r\n", NEVER], answer(b"x"))

    slow, good = asyncio.run(fetch_all(server, {}, {}, limits=Limits(total_seconds=0.5)))

    refused(slow, PeerFault, "peer.too-slow")
    assert good.body == b"x"


# EXC-20: bytes.


def test_a_body_of_the_cap_passes_and_one_byte_more_does_not():
    for make in (answer, chunked):
        assert len(fetch(make(b"x" * CAP)).body) == CAP
        refused(fetch(make(b"x" * (CAP + 1))), PeerFault, "peer.too-large")


def test_L11_an_announced_size_over_the_cap_is_refused_before_the_body():
    script = [b"HTTP/1.1 200 OK\r\nContent-Length: 52428800\r\n\r\n", NEVER]

    refused(fetch(script), PeerFault, "peer.too-large")


@pytest.mark.parametrize(
    ("head", "part"),
    [
        (b"HTTP/1.1 200 OK\r\n\r\n", b"x" * 65_536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"10000\r\n" + b"x" * 65_536 + b"\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", b"1;" + b"e" * 4000 + b"\r\nx\r\n"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1;", b"e" * 65_536),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n", b"X: y\r\n" * 1000),
        (
            b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\n\r\n" + packed(b"")[:10],
            b"\x00\x00\x00\xff\xff" * 1000,
        ),
        (b"HTTP/1.1 200 OK\r\n", b"X: y\r\n" * 1000),
        (b"HTTP/1.1 200 OK\r\nX: ", b"y" * 65_536),
        (b"", b"HTTP/1.1 100 Continue\r\n\r\n" * 100),
    ],
    ids=[
        "body",
        "chunks",
        "extensions",
        "one extension",
        "trailers",
        "empty blocks",
        "headers",
        "one header",
        "interim",
    ],
)
def test_H11_H12_L11_what_has_no_end_is_cut_off(head, part):
    async def flood(server, writer):
        await server.send(writer, head)
        while server.sent < 50_000_000:
            await server.send(writer, part)

    server = HostileServer(flood)
    (result,) = asyncio.run(fetch_all(server))

    refused(result, PeerFault, "peer.too-large")
    assert server.sent < 20_000_000  # what the sockets' buffers took before the connection was closed


def test_H11_an_endless_body_beside_a_404_is_not_read():
    async def flood(server, writer):
        await server.send(writer, b"HTTP/1.1 404 Not Found\r\n\r\n")
        while server.sent < 50_000_000:
            await server.send(writer, b"x" * 65_536)

    server = HostileServer(flood, answer(b"x"))
    first, second = asyncio.run(fetch_all(server, {}, {}))

    assert (first.status, second.body) == (404, b"x")
    assert first.wire_bytes < 100_000
    assert server.connections == 2


@pytest.mark.parametrize(
    "data",
    [
        b"HTTP/1.1 200 OK\r\nContent-Length: 10\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 404 No\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhello\r\n0\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel",
        b"HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nhello",
        b"HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\nhello",
    ],
)
def test_H12_a_length_that_lies_is_refused(data):
    refused(fetch([data, None]), PeerFault, "peer.protocol")


@pytest.mark.parametrize(
    "first", [answer(b"hello"), b"HTTP/1.1 304 Not Modified\r\n\r\n", answer(status="404 No")]
)
def test_H12_bytes_after_the_end_never_answer_the_next_request(first):
    server = HostileServer(first + answer(b"smuggled"), answer(b"honest"))

    surplus, following = asyncio.run(fetch_all(server, {"etag": '"v1"'}, {}))

    refused(surplus, PeerFault, "peer.protocol")
    assert following.body == b"honest"
    assert server.connections == 2


def test_H12_a_length_that_an_injected_wire_does_not_keep_is_refused():
    for length in (b"4", b"6", b"five", b"5, 6"):
        result = asyncio.run(fetch_app(app(b"hello", length=length)))

        refused(result, PeerFault, "peer.protocol")


# EXC-22: encodings.


def test_gzip_and_identity_are_read():
    assert fetch(answer(packed(b"hello"), "Content-Encoding: gzip")).body == b"hello"
    assert fetch(answer(packed(b"hello"), "Content-Encoding: GZIP")).body == b"hello"
    assert fetch(answer(b"hello", "Content-Encoding: identity")).body == b"hello"


@pytest.mark.parametrize(
    "headers",
    [
        ["br"], ["zstd"], ["dcz"], ["deflate"], ["compress"], ["x-gzip"], ["gzip, gzip"], ["gzip", "gzip"],
        ["gzip,identity"], ["gzip,"], ["identity", "gzip"], ["gzip;q=1"], ["\xff"], ["br, gzip"],
    ],
)  # fmt: skip
def test_H13_other_and_stacked_encodings_are_refused(headers):
    body = packed(b"hello")

    result = fetch(answer(body, *(f"Content-Encoding: {value}" for value in headers)))

    refused(result, PeerFault, "peer.encoding")


@pytest.mark.parametrize(
    "body",
    [
        b"", b"hello", packed(b"hello")[:-1], packed(b"hello")[:-8],
        packed(b"hello") + b"x", packed(b"hello") + packed(b"again"),
        packed(b"hello")[:-8] + bytes(8), zlib.compress(b"hello"),
    ],
)  # fmt: skip
def test_H13_a_gzip_body_is_one_whole_member(body):
    refused(fetch(answer(body, "Content-Encoding: gzip")), PeerFault, "peer.encoding")
    chunks = b"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"
    chunks += b"".join(b"1\r\n%c\r\n" % byte for byte in body) + b"0\r\n\r\n"
    refused(fetch(chunks), PeerFault, "peer.encoding")


def gzip_bomb(size):
    packer = zlib.compressobj(9, zlib.DEFLATED, 31)
    block = bytes(1 << 20)
    return b"".join(packer.compress(block) for _ in range(size >> 20)) + packer.flush()


def test_H13_a_gzip_bomb_is_refused_in_bounded_memory():
    """100 MiB in 100 KB: never more is inflated than the cap and one byte."""
    bomb = gzip_bomb(100 << 20)
    script = answer(bomb, "Content-Encoding: gzip")
    cap = 256 * 1024

    fetch(answer(b"x"))  # what is loaded once does not count
    tracemalloc.start()
    try:
        result = fetch(script, max_bytes=cap)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()

    assert len(bomb) < cap
    refused(result, PeerFault, "peer.too-large")
    assert peak < 4 << 20


def test_H13_a_bomb_inside_of_a_bomb_is_only_opened_once():
    body = packed(gzip_bomb(64 << 20))

    refused(fetch(answer(body, "Content-Encoding: gzip, gzip")), PeerFault, "peer.encoding")


@given(st.binary(max_size=400), st.integers(1, 300), st.integers(1, 50))
def test_the_reader_gives_back_what_was_packed_or_says_too_large(data, cap, step):
    for encoding, wire in (("gzip", packed(data)), ("identity", data)):
        reader = BodyReader("u", encoding, cap)
        try:
            for start in range(0, len(wire), step):
                reader.feed(wire[start : start + step])
            assert reader.finish() == data
            assert len(data) <= cap
        except PeerFault as error:
            refused(error, PeerFault, "peer.too-large")
            assert len(data) > cap


@given(st.lists(st.binary(max_size=40), max_size=5))
def test_the_reader_takes_any_bytes_as_gzip_or_refuses_them(chunks):
    reader = BodyReader("u", "gzip", 50)
    try:
        for chunk in chunks:
            reader.feed(chunk)
        reader.finish()
    except PeerFault as error:
        if error.code != "peer.too-large":
            refused(error, PeerFault, "peer.encoding")


# EXC-25, EXC-26: statuses.


@pytest.mark.parametrize(
    ("status", "kind"),
    [
        (201, PeerFault), (202, PeerFault), (203, PeerFault), (204, PeerFault),
        (206, PeerFault), (226, PeerFault), (400, PeerFault), (401, PeerFault), (403, PeerFault),
        (407, PeerFault), (418, PeerFault), (499, PeerFault), (500, Unavailable), (502, Unavailable),
        (504, Unavailable), (599, Unavailable), (999, Unavailable),
    ],
)  # fmt: skip
def test_H15_only_exactly_200_is_a_success(status, kind):
    head = f"HTTP/1.1 {status} Status\r\nContent-Range: bytes 0-4/5\r\n\r\n".encode("ascii")

    refused(fetch([head, None]), kind, "peer.status")


def test_H15_an_error_page_with_200_is_bytes_for_the_checks_that_follow():
    """Captive portals: media types decide nothing, hashes and signatures do (EXC-25)."""
    assert fetch(answer(b"<html>Please log in</html>", "Content-Type: text/html")).body.startswith(b"<html>")


def test_H15_a_switch_of_protocols_is_refused():
    switch = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n"

    refused(fetch([switch, None]), PeerFault, "peer.protocol")


@pytest.mark.parametrize("status", ["429 Too Many Requests", "503 Service Unavailable"])
@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        (["Retry-After: 5"], 5),
        (["Retry-After: Sun, 01 Mar 2026 12:10:00 GMT"], 600),
        (["Retry-After: 1000000000"], 3600),
        (["Retry-After: 0"], 1),
        (["Retry-After: -1"], 60),
        (["Retry-After: soon"], 60),
        (["Retry-After: 5", "Retry-After: 7"], 60),
        ([], 60),
    ],
)
def test_H16_throttling_is_reported_with_the_seconds_to_wait(status, headers, seconds):
    result = refused(fetch(answer(b"", *headers, status=status)), Unavailable, "peer.throttled")

    assert result.retry_after == seconds


# EXC-27: TLS.


@dataclass
class Authority:
    """A certificate authority that lives for one test run."""

    key: ec.EllipticCurvePrivateKey
    cert: x509.Certificate

    @property
    def pem(self):
        return self.cert.public_bytes(serialization.Encoding.PEM).decode("ascii")


def make_certificate(name, key, issuer=None, *, days=(-1, 1), ca=False):
    subject = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, name)])
    now = datetime.now(UTC)
    signer = issuer.key if issuer else key
    try:
        alternative = x509.IPAddress(ip_address(name))
    except ValueError:
        alternative = x509.DNSName(name)
    builder = (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer.cert.subject if issuer else subject)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now + timedelta(days=days[0]))
        .not_valid_after(now + timedelta(days=days[1]))
        .add_extension(x509.BasicConstraints(ca=ca, path_length=None), critical=True)
        .add_extension(x509.SubjectAlternativeName([alternative]), critical=False)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
        .add_extension(
            x509.AuthorityKeyIdentifier.from_issuer_public_key(signer.public_key()), critical=False
        )
    )
    if ca:
        others = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment")
        usage = dict.fromkeys((*others, "key_agreement", "encipher_only", "decipher_only"), False)
        builder = builder.add_extension(
            x509.KeyUsage(key_cert_sign=True, crl_sign=True, **usage), critical=True
        )
    return builder.sign(signer, hashes.SHA256())


@pytest.fixture(scope="module")
def authority():
    key = ec.generate_private_key(ec.SECP256R1())
    return Authority(key, make_certificate("Test Authority", key, ca=True))


@pytest.fixture
def server_tls(tmp_path):
    """Make the TLS side of a server for a name; `issuer=None` signs itself."""

    def make(name, issuer=None, *, days=(-1, 1), protocols=("http/1.1",)):
        key = ec.generate_private_key(ec.SECP256R1())
        chain = tmp_path / "chain.pem"
        pem = serialization.Encoding.PEM
        chain.write_bytes(
            make_certificate(name, key, issuer, days=days).public_bytes(pem)
            + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        )
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(chain)
        context.set_alpn_protocols(list(protocols))
        return context

    return make


def fetch_tls(server, tls, *, roots="", base=None):
    """Fetch from `biomed.example`, which leads to the scripted server."""
    options = {"resolver": ScriptedResolver(), "extra_roots_pem": roots}
    return asyncio.run(fetch_all(server, tls=tls, base=base or named("https"), **options))[0]


def test_a_certificate_of_an_added_authority_is_accepted_for_its_name(authority, server_tls):
    server = HostileServer(answer(b"hello"))

    result = fetch_tls(server, server_tls("biomed.example", authority), roots=authority.pem)

    assert result.body == b"hello"
    assert result.wire_bytes == len(server.requests[0]) + len(answer(b"hello"))


def test_a_certificate_may_be_for_an_address(authority, server_tls):
    tls = server_tls("127.0.0.1", authority)

    result = fetch_tls(
        HostileServer(answer(b"x")),
        tls,
        roots=authority.pem,
        base=lambda port: BaseUrl("https", "127.0.0.1", port, ""),
    )

    assert result.body == b"x"


@pytest.mark.parametrize(
    ("name", "days", "signed", "says"),
    [
        ("biomed.example", (-3, -1), True, "expired"),
        ("biomed.example", (1, 3), True, "not yet valid"),
        ("other.example", (-1, 1), True, "mismatch"),
        ("127.0.0.1", (-1, 1), True, "mismatch"),
        ("biomed.example", (-1, 1), False, "self-signed"),
    ],
)
def test_H17_a_certificate_that_does_not_verify_is_refused(authority, server_tls, name, days, signed, says):
    server = HostileServer(answer(b"secret"))
    tls = server_tls(name, authority if signed else None, days=days)

    result = fetch_tls(server, tls, roots=authority.pem)

    assert says in str(refused(result, Unavailable, "peer.unreachable"))
    assert server.requests == []


def test_H17_an_authority_is_trusted_only_where_it_was_added(authority, server_tls):
    server = HostileServer(answer(b"secret"))

    refused(fetch_tls(server, server_tls("biomed.example", authority)), Unavailable, "peer.unreachable")
    assert server.requests == []


def test_H17_a_peer_that_speaks_only_old_tls_is_unreachable():
    server = MuteServer(b"\x15\x03\x01\x00\x02\x02\x46")  # TLS 1.0, fatal, protocol_version

    (result,) = asyncio.run(fetch_all(server, base=named("https"), resolver=ScriptedResolver()))

    refused(result, Unavailable, "peer.unreachable")


def test_H17_tls_below_1_2_is_never_offered():
    assert tls_context("").minimum_version >= ssl.TLSVersion.TLSv1_2


def test_H17_http_on_the_port_of_https_is_unreachable():
    server = HostileServer(answer(b"secret"))

    (result,) = asyncio.run(fetch_all(server, base=named("https"), limits=FAST, resolver=ScriptedResolver()))

    assert result.code in ("peer.unreachable", "peer.too-slow")


def test_H19_http2_is_never_offered(authority, server_tls):
    chosen = []

    async def look(server, writer):
        chosen.append(writer.get_extra_info("ssl_object").selected_alpn_protocol())
        await server.send(writer, answer(b"x"))

    tls = server_tls("biomed.example", authority, protocols=("h2", "http/1.1"))

    assert fetch_tls(HostileServer(look), tls, roots=authority.pem).body == b"x"
    assert chosen == ["http/1.1"]


def test_roots_that_are_no_certificates_are_misuse():
    with pytest.raises(Misuse):
        HttpTransport(BaseUrl("https", "biomed.example", 443, ""), extra_roots_pem="nonsense")


# An injected wire.


def app(body, *headers, length=None):
    """An ASGI application with one answer."""

    async def answer_all(scope, receive, send):
        own = [(b"content-length", length or str(len(body)).encode("ascii")), *headers]
        await send({"type": "http.response.start", "status": 200, "headers": own})
        await send({"type": "http.response.body", "body": body})

    return answer_all


def over_app(application, base=BIOMED, **options):
    return HttpTransport(base, inner=httpx.ASGITransport(application), **options)


async def fetch_app(application, **options):
    async with aclosing(over_app(application, **options)) as transport:
        try:
            return await transport.fetch("/a", max_bytes=CAP)
        except EntrepotError as error:
            return error


def test_an_injected_wire_meets_the_same_rules():
    assert asyncio.run(fetch_app(app(packed(b"hello"), (b"content-encoding", b"gzip")))).body == b"hello"
    refused(asyncio.run(fetch_app(app(b"x" * (CAP + 1)))), PeerFault, "peer.too-large")
    refused(asyncio.run(fetch_app(app(b"x", (b"content-encoding", b"br")))), PeerFault, "peer.encoding")

    async def never(scope, receive, send):
        await asyncio.Event().wait()

    refused(asyncio.run(fetch_app(never, limits=FAST)), PeerFault, "peer.too-slow")
