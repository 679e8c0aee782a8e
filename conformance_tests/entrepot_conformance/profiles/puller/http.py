"""Answers that break HTTP, lie about their length, lead elsewhere or explode (EXC-20 to EXC-32)."""

from __future__ import annotations

from collections.abc import Callable

from entrepot_conformance.lying import wire
from entrepot_conformance.lying.certificate import self_signed
from entrepot_conformance.lying.peer import Lie, Peer, as_static_host, at
from entrepot_conformance.lying.wire import Send
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response

from .heads import accepted, refused
from .play import Play, Row, slug

Bend = Callable[[Response], Response | Send]
PROTOCOL = ("peer.protocol", "peer.unreachable", "peer.too-large")


def rows() -> list[Row]:
    """All attacks below the feed."""
    return [
        *_redirects(), *_statuses(), *_throttling(), *_lengths(), *_rubbish(), *_endless(),
        *_documents(), *_urls(), *_good(),
    ]  # fmt: skip


def bent(bend: Bend, *places: str) -> Callable[[Peer], None]:
    """Bend the head, or what stands at some places."""

    def tell(peer: Peer) -> None:
        peer.lie = at(*(places or ("checkpoint",)))(bend)

    return tell


def _redirects() -> list[Row]:
    def to(place: str, status: int) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            location = place.replace("CANARY", play.scene.canary.url)
            refused(bent(lambda told: Response(status, b"", {"Location": location})), "peer.redirect")(play)

        return act

    places = {
        "to-loopback": ("CANARY/feed/checkpoint", "H01"), "to-metadata": ("http://169.254.169.254/latest/meta-data", "H01"),
        "to-a-file": ("file:///etc/passwd", "H01"), "to-another-host": ("https://honest.example/feed/checkpoint", "H02"),
        "to-itself": ("/feed/checkpoint", "H03"), "nowhere": ("", "H03"),
    }  # fmt: skip
    return [
        *(Row(f"redirect-{name}", f"It follows no redirect {name.replace('-', ' ')}", "EXC-21", to(place, 302), attack)
          for name, (place, attack) in places.items()),
        *(Row(f"redirect-{status}", f"It follows no redirect of status {status}", "EXC-21", to("CANARY/", status), "H02")
          for status in (300, 301, 303, 307, 308)),
    ]  # fmt: skip


def _statuses() -> list[Row]:
    def status(number: int, **headers: str) -> Callable[[Play], None]:
        told_headers = {name.replace("_", "-"): value for name, value in headers.items()}
        return refused(
            bent(lambda told: Response(number, told.body, told_headers)), "peer.status", "peer.protocol"
        )

    def no_content(told: Response) -> Send:
        return wire.just(b"HTTP/1.1 204 No Content\r\n\r\n")

    page = b"<!doctype html><title>Welcome to the hotel</title><p>Please log in.</p>"
    return [
        Row("status-206", "It takes no part for the whole", "EXC-25", status(206, Content_Range="bytes 0-9/10"), "H15"),
        Row("status-204", "It takes no answer without content for one", "EXC-25",
            refused(bent(no_content), "peer.status", "peer.protocol"), "H15"),
        *(Row(f"status-{number}", f"It takes the status {number} for no answer", "EXC-25", status(number), "H15")
          for number in (201, 203, 400, 403, 500, 502, 599)),
        Row("status-401", "It answers no challenge", "EXC-21", status(401, WWW_Authenticate='Basic realm="x"'), "H20"),
        Row("status-407", "It answers no challenge of a proxy", "EXC-21", status(407, Proxy_Authenticate="Basic"), "H20"),
        Row("page-for-a-head", "It takes no web page for a head", "LOG-33 EXC-25",
            refused(bent(lambda told: Response(200, page, {"Content-Type": "text/html"})), "log.note"), "H15"),
    ]  # fmt: skip


def _throttling() -> list[Row]:
    def asked_to_wait(status: int, value: str) -> Callable[[Play], None]:
        """Refused, and nothing moves; when it may be asked again is for the node to know."""

        def act(play: Play) -> None:
            peer = play.followed()
            size, root = peer.feed.size, peer.feed.root()
            peer.grow()
            headers = {"Retry-After": value} if value else {}
            peer.lie = at("checkpoint")(lambda told: Response(status, b"", headers))
            play.refuse(peer, "peer.throttled")
            play.look(peer, size=size, root=root)

        return act

    values = {
        "5": "5", "date": "Fri, 31 Dec 2099 23:59:59 GMT", "past": "Thu, 01 Jan 1970 00:00:00 GMT", "billion": "1000000000",
        "minus-1": "-1", "text": "soon", "none": "", "digits": "9" * 400, "fraction": "1.5",
    }  # fmt: skip
    return [
        Row(f"throttled-{status}-{name}", f"It honours {status} with Retry-After {name}", "EXC-26",
            asked_to_wait(status, value), "H16")
        for status in (429, 503) for name, value in values.items() if status == 429 or name in ("5", "text")
    ]  # fmt: skip


def _lengths() -> list[Row]:
    def length(value: str, more: bytes = b"") -> Bend:
        return lambda told: wire.framed(told, told.body + more, Content_Length=value.format(len(told.body)))

    def shifted(by: int) -> Bend:
        return lambda told: wire.framed(told, Content_Length=str(len(told.body) + by))

    def twice(told: Response) -> Send:
        head = wire.head_of(told, Content_Length="")[:-2]
        size = len(told.body)
        return wire.just(
            head + b"Content-Length: %d\r\nContent-Length: %d\r\n\r\n" % (size, size - 1) + told.body
        )

    def both(told: Response) -> Send:
        return wire.framed(
            told, b"%x\r\n%s\r\n0\r\n\r\n" % (len(told.body), told.body), Transfer_Encoding="chunked"
        )

    def bad_chunk(told: Response) -> Send:
        return wire.framed(told, b"zz\r\n" + told.body, Content_Length="", Transfer_Encoding="chunked")

    table: dict[str, tuple[str, Bend]] = {
        "too-long": ("announces more than it sends", shifted(10)),
        "too-short": ("sends more than it announces", shifted(-10)),
        "negative": ("announces less than nothing", length("-5")),
        "plus": ("announces its length with a sign", length("+{}")),
        "huge": ("announces a terabyte", length("1000000000000")),
        "twice": ("has two lengths", twice),
        "and-chunked": ("has a length and chunks", both),
        "bad-chunk": ("has a chunk without size", bad_chunk),
        "chunks-cut-off": ("has no last chunk", lambda told: wire.chunked(told, end=b"")),
        "giant-extensions": ("hides megabytes in the extensions of its chunks",
                             lambda told: wire.chunked(told, extension=b";x=" + b"y" * 200_000)),
        "transfer-gzip": ("has a transfer encoding of its own",
                          lambda told: wire.framed(told, Content_Length="", Transfer_Encoding="gzip, chunked")),
    }  # fmt: skip
    return [
        Row(f"length-{name}", f"It refuses an answer that {what}", "EXC-25 EXC-20",
            refused(bent(bend), *PROTOCOL, "peer.too-slow"), "H12")
        for name, (what, bend) in table.items()
    ]  # fmt: skip


def _rubbish() -> list[Row]:
    answers: dict[str, bytes] = {
        "nothing": b"",
        "no-http": b"220 mail.example ESMTP\r\n",
        "http-0.9": b"biomed.example/feed/1\n",
        "http-2": b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n",
        "status-of-letters": b"HTTP/1.1 OK\r\n\r\n",
        "status-of-four-digits": b"HTTP/1.1 2000 OK\r\nContent-Length: 0\r\n\r\n",
        "header-without-colon": b"HTTP/1.1 200 OK\r\nContent-Length\r\n\r\n",
        "header-with-nul": b"HTTP/1.1 200 OK\r\nX: a\x00b\r\nContent-Length: 0\r\n\r\n",
        "header-name-with-space": b"HTTP/1.1 200 OK\r\nContent Length: 0\r\n\r\n",
        "binary": bytes(range(256)) * 20,
        "head-cut-off": b"HTTP/1.1 200 OK\r\nContent-Le",
        "ten-thousand-100s": b"HTTP/1.1 100 Continue\r\n\r\n" * 10_000,
        "switching-protocols": b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: h2c\r\n\r\n",
    }
    return [
        Row(f"rubbish-{slug(name)}", f"It survives an answer that is no HTTP ({name.replace('-', ' ')})", "EXC-25",
            refused(bent(lambda told, raw=raw: wire.just(raw)), "peer.*", "log.note"), "H12")  # type: ignore[misc]
        for name, raw in answers.items()
    ]  # fmt: skip


def _endless() -> list[Row]:
    def body(told: Response) -> Send:
        return wire.endless(told, b"x")

    def chunks(told: Response) -> Send:
        return wire.endless(Response(200), b"4\r\nabcd\r\n", Transfer_Encoding="chunked")

    def entries_only(bend: Bend) -> Callable[[Peer], None]:
        """A static host whose bundles never end."""

        def tell(peer: Peer) -> None:
            peer.lie = as_static_host(at("tile/")(bend))

        return tell

    large = ("peer.too-large", "peer.protocol")
    return [
        Row("endless-body", "It stops reading a body without end", "EXC-20", refused(bent(body), *large), "H11"),
        Row("endless-chunks", "It stops reading chunks without end", "EXC-20", refused(bent(chunks), *large), "H11"),
        Row("endless-head", "It stops reading headers without end", "EXC-20",
            refused(bent(wire.endless_head), *large, "peer.unreachable"), "H11"),
        Row("endless-entries", "It stops reading entries without end, at little cost", "EXC-20",
            refused(entries_only(body), *large, "log.bundle"), "H11"),
    ]  # fmt: skip


def _documents() -> list[Row]:
    """What a node says of itself comes with its media type and from its own path."""
    place = "/.well-known/entrepot"

    def typed(media_type: str) -> Lie:
        return at(place)(
            lambda told: Response(200, told.body, {"Content-Type": media_type} if media_type else {})
        )

    def act(lie: Lie, *codes: str) -> Callable[[Play], None]:
        def play_it(play: Play) -> None:
            peer = play.peer(1)
            peer.lie = lie
            play.reject(peer, *codes)

        return play_it

    types = ("text/plain", "text/html", "application/ld+json", "application/json-seq", "image/png", "")
    media = ("peer.media-type", "peer.status")
    return [
        *(Row(f"node-document-as-{slug(name) or 'nothing'}", f"It takes no node document of the type {name!r}", "EXC-32",
              act(typed(name), *media), "H14") for name in types),
        Row("node-document-absent", "It follows no host without node document", "EXC-08",
            act(at(place)(lambda told: Response(404)), "peer.status", "peer.media-type"), "H15"),
        Row("node-document-page", "It takes no page for a node document, whatever its type says", "EXC-32 SIG-08",
            act(at(place)(lambda told: Response(200, b"<html>", {"Content-Type": "application/json"})), "json.*"), "H15"),
        Row("certificate-of-nobody", "It follows no node whose certificate nobody vouches for", "EXC-27",
            _certificate_of_nobody, "H17"),
        Row("node-document-redirected", "It follows no redirect to a node document", "EXC-21",
            act(at(place)(lambda told: Response(302, b"", {"Location": "/elsewhere"})), "peer.redirect"), "H02"),
    ]  # fmt: skip


def _certificate_of_nobody(play: Play) -> None:
    peer = play.peer(1, tls=self_signed())
    play.reject(peer, "peer.unreachable")
    assert not peer.requests, "it asked a host whose certificate it must refuse"


def _urls() -> list[Row]:
    """Base URLs that two programs would read differently."""

    def odd(change: Callable[[str], str]) -> Callable[[Play], None]:
        def act(play: Play) -> None:
            peer = play.peer(1)
            peer.url = change(peer.url)
            play.reject(peer, "peer.url", "peer.address", "peer.unreachable")
            assert not peer.requests, "it went to a host under a name that is none"

        return act

    changes: dict[str, Callable[[str], str]] = {
        "decimal": lambda url: url.replace("127.0.0.1", "2130706433"),
        "short": lambda url: url.replace("127.0.0.1", "127.1"),
        "hexadecimal": lambda url: url.replace("127.0.0.1", "0x7f.1"),
        "octal": lambda url: url.replace("127.0.0.1", "0177.0.0.1"),
        "zeros": lambda url: url.replace("127.0.0.1", "127.0.0.001"),
        "circled digits": lambda url: url.replace("127.0.0.1", "①②⑦.0.0.1"),
        "mapped in long form": lambda url: url.replace("127.0.0.1", "[0:0:0:0:0:ffff:7f00:1]"),
        "user part": lambda url: url.replace("http://", "http://honest.example@"),
        "query": lambda url: url + "?x=",
        "fragment": lambda url: url + "#x",
        "backslash": lambda url: url + "\\@honest.example",
        "percent": lambda url: url + "/%2e%2e",
        "dots": lambda url: url + "/a/../b",
        "capitals": lambda url: url.replace("http://127.0.0.1", "HTTP://LOCALHOST"),
        "trailing dot": lambda url: url.replace("127.0.0.1", "localhost."),
        "ftp": lambda url: url.replace("http://", "ftp://"),
        "file": lambda url: "file:///etc/passwd",
        "line feed": lambda url: url + "\r\nX: y",
        "emoji label": lambda url: url.replace("127.0.0.1", "xn--n3h.com.xn--0"),
        "nothing": lambda url: "",
    }
    return [
        Row(f"url-{slug(name)}", f"It goes to no base URL with {name}", "EXC-24", odd(change),
            {"emoji label": "H08", "capitals": "A05", "trailing dot": "A05", "line feed": "A15"}.get(name, "H06"))
        for name, change in changes.items()
    ]  # fmt: skip


def _good() -> list[Row]:
    def cookies(play: Play) -> None:
        peer = play.followed()
        peer.grow()
        headers = {"Set-Cookie": "id=1; Path=/", "WWW-Authenticate": "Basic", "Alt-Svc": 'h3=":443"'}
        peer.lie = at("")(lambda told: Response(told.status, told.body, {**told.headers, **headers}))
        play.accept(peer)
        peer.grow()
        play.accept(peer)
        sent = {name for one in peer.requests for name in one.headers} & {
            "cookie",
            "authorization",
            "proxy-authorization",
        }
        assert not sent, f"it sent {', '.join(sorted(sent))}"
        play.look_whole(peer)

    def stale(play: Play) -> None:
        """A cache answers 304 although there is news."""
        peer = play.followed()
        size, root = peer.feed.size, peer.feed.root()
        peer.grow()
        peer.lie = at("checkpoint")(lambda told: Response(304))
        verdict = play.sync(peer)
        assert verdict.details.get("size", size) == size, "it came to entries that nobody showed"
        play.look(peer, size=size, root=root)
        peer.tell()
        play.accept(peer)

    def static_host(peer: Peer) -> None:
        peer.lie = at("delta")(lambda told: Response(404))

    odd: dict[str, tuple[str, Callable[[Peer], None], str]] = {
        "gzip": ("gzip where it offered it", bent(wire.zipped, ""), "H13"),
        "chunks": ("chunks of seven bytes", bent(wire.chunked, ""), "H12"),
        "static-host": ("a host without deltas", static_host, ""),
        "other-media-types": ("feeds under any media type, since hashes decide",
                              bent(lambda told: Response(told.status, told.body, {"Content-Type": "text/html"}), ""), "H14"),
        "connection-close": ("connections that are closed after each answer",
                             bent(lambda told: wire.just(wire.plain(told)), ""), ""),
        "delta-broken": ("a delta that is no HTTP, where bundles are good",
                         bent(lambda told: wire.just(b"x" * 100), "delta"), "H12"),
        "delta-redirected": ("a delta that leads elsewhere, where bundles are good",
                             bent(lambda told: Response(302, b"", {"Location": "http://127.0.0.1:9/"}), "delta"), "H01"),
    }  # fmt: skip
    return [
        *(Row(f"takes-{name}", f"It takes {what}", "EXC-22 EXC-25", accepted(tell), attack, Side.ACCEPT)
          for name, (what, tell, attack) in odd.items()),
        Row("cookies", "It sends back no cookies and no credentials", "EXC-21", cookies, "H20", Side.ACCEPT),
        Row("stale-304", "It loses nothing to a cache that says 304 too long", "LOG-65", stale, "H21", Side.ACCEPT),
    ]  # fmt: skip
