"""Heads that lie: rolled back, forked, run ahead, malformed, signed by others (LOG-31 to LOG-37, LOG-60 to LOG-64)."""

from __future__ import annotations

import base64
from collections.abc import Callable

from entrepot_conformance.lying.feed import Feed
from entrepot_conformance.lying.peer import Peer, at
from entrepot_conformance.making.seeds import checkpoint_text
from entrepot_conformance.reader.ed25519 import L
from entrepot_conformance.reader.merkle import EMPTY_ROOT
from entrepot_conformance.suite.case import Side
from entrepot_conformance.toy_node import Response

from .play import Play, Row, slug

Tell = Callable[[Peer], object]
OTHER_ROOT = bytes(range(32))


def rows() -> list[Row]:
    """All attacks with heads."""
    return [*_history(), *_sizes(), *_notes(), *_signers(), *_good()]


def head(raw: Callable[[Feed], bytes]) -> Tell:
    """Show another head than the honest one."""

    def tell(peer: Peer) -> None:
        shown = raw(peer.feed)
        peer.lie = at("checkpoint")(lambda told: Response(200, shown))

    return tell


def refused(tell: Tell, *codes: str, stays: str = "", grow: bool = True) -> Callable[[Play], None]:
    """A good state, then one more record under a lie: refused, nothing moves, and the truth is taken again, or never (`stays`)."""

    def act(play: Play) -> None:
        peer = play.followed()
        size, root, live = peer.feed.size, peer.feed.root(), peer.feed.live()
        if grow:
            peer.grow()
        tell(peer)
        play.refuse(peer, *codes)
        play.look(peer, size=size, root=root, live=live)
        peer.tell()
        if stays:
            play.refuse(peer, stays)
        else:
            play.accept(peer)

    return act


def accepted(tell: Tell) -> Callable[[Play], None]:
    """A good state, then one more record, told in a way that is odd but good."""

    def act(play: Play) -> None:
        peer = play.followed()
        peer.grow()
        tell(peer)
        play.accept(peer, live=peer.feed.live())

    return act


def other_history(records: int) -> Tell:
    """Show another feed under the same name and keys."""

    def tell(peer: Peer) -> None:
        other = Feed(peer.identity)
        for number in range(records):
            other.publish(f"other company {number}")
        peer.tell(other.shown(peer.url))

    return tell


def _history() -> list[Row]:
    rollback, fork = "log.rollback", "log.fork"

    def empty(feed: Feed) -> bytes:
        return feed.head(0, root=EMPTY_ROOT)

    return [
        Row("rollback", "It refuses a head smaller than the trusted one", "LOG-60",
            refused(head(lambda feed: feed.head(2)), rollback), "L01"),
        Row("fork-same-size", "It stops a feed that shows another root at the trusted size", "LOG-61",
            refused(head(lambda feed: feed.head(root=OTHER_ROOT)), fork, stays=fork, grow=False), "L02"),
        Row("fork-larger", "It proves a fork where a larger tree has other entries below", "LOG-62 LOG-63",
            refused(other_history(6), fork, stays=fork), "L04"),
        Row("larger-root-of-nothing", "It believes no entries that do not yield the signed root", "LOG-62",
            refused(head(lambda feed: feed.head(root=OTHER_ROOT)), "log.damaged"), "L04"),
        Row("size-0-with-root", "It refuses size 0 with a root that is not empty", "LOG-32",
            refused(head(lambda feed: feed.head(0, root=OTHER_ROOT)), "log.checkpoint"), "L05"),
        Row("size-0", "It takes an empty tree after a full one for a rollback", "LOG-60",
            refused(head(empty), rollback), "L05"),
        Row("restart-smaller", "It takes a log that begins anew for a rollback", "LOG-60",
            refused(other_history(1), rollback), "L06"),
        Row("restart-and-outgrow", "It takes a log that began anew and outgrew the old one for a fork", "LOG-63",
            refused(other_history(300), fork, stays=fork), "L06"),
        Row("fast-forward", "It waits for its operator before a jump beyond the growth limit", "LOG-64",
            refused(head(lambda feed: feed.head(10**12 + feed.size, root=OTHER_ROOT)), "log.growth"), "L24"),
    ]  # fmt: skip


def _sizes() -> list[Row]:
    odd = {
        "2-to-53": "9007199254740992", "2-to-63": "9223372036854775808", "2-to-64": "18446744073709551616",
        "negative": "-5", "leading-zeros": "007", "plus": "+7", "underscore": "1_000", "arabic-digits": "٧",
        "trailing-space": "7 ", "fraction": "7.0", "exponent": "1e3", "hexadecimal": "0x7", "empty": "",
        "thousand-digits": "1" * 1000,
    }  # fmt: skip

    def sized(text: str) -> Tell:
        def raw(feed: Feed) -> bytes:
            root = base64.b64encode(feed.root()).decode()
            return _signed(feed, f"{feed.name}\n{text}\n{root}\n")

        return head(raw)

    return [
        Row(f"size-{name}", f"It refuses the size {text[:24]!r}", "LOG-31 LOG-32",
            refused(sized(text), "log.checkpoint"), "L07")
        for name, text in odd.items()
    ]  # fmt: skip


def _signed(feed: Feed, text: str, name: str = "") -> bytes:
    return f"{text}\n{feed.log.note_line(name or feed.name, text)}".encode()


def _text(feed: Feed) -> str:
    return checkpoint_text(feed.name, feed.size, feed.root())


_BASE64 = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"


def _loose(encoded: str) -> str:
    """Set a bit that counts for nothing, in the last letter before one `=`."""
    return f"{encoded[:-2]}{_BASE64[_BASE64.index(encoded[-2]) | 1]}="


def _loose_root(text: str) -> str:
    name, size, root = text.splitlines()
    return f"{name}\n{size}\n{_loose(root)}\n"


def _notes() -> list[Row]:
    """Notes that are none."""
    changes: dict[str, Callable[[bytes], bytes]] = {
        "no empty line": lambda raw: raw.replace(b"\n\n", b"\n"),
        "no final line feed": lambda raw: raw[:-1],
        "carriage returns": lambda raw: raw.replace(b"\n", b"\r\n"),
        "a byte order mark": lambda raw: b"\xef\xbb\xbf" + raw,
        "a NUL": lambda raw: raw[:-1] + b"\x00\n",
        "bytes that are no UTF-8": lambda raw: raw[:-1] + b"\xff\n",
        "a hyphen for the dash": lambda raw: raw.replace("—".encode(), b"-"),
        "two spaces": lambda raw: raw.replace("— ".encode(), "—  ".encode()),
        "no signatures": lambda raw: raw.partition(b"\n\n")[0] + b"\n\n",
        "base64 without padding": lambda raw: raw.rstrip(b"=\n") + b"\n",
        "base64 in another spelling": lambda raw: raw.rstrip(b"=\n") + b"===\n",
        "base64 with loose bits": lambda raw: _loose(raw.decode()[:-1]).encode() + b"\n",
        "nothing at all": lambda raw: b"",
        "a key name with plus": lambda raw: raw + "— a+b AAAAAAAA\n".encode(),
        "a key name with a wide space": lambda raw: raw + "— a\u3000b AAAAAAAA\n".encode(),
        "a line without key name": lambda raw: raw + "— AAAAAAAA\n".encode(),
        "101 signatures": lambda raw: raw + "— x.example/w AAAAAAAA\n".encode() * 100,
    }

    def changed(change: Callable[[bytes], bytes]) -> Tell:
        return head(lambda feed: change(feed.head()))

    def text(change: Callable[[str], str]) -> Tell:
        return head(lambda feed: _signed(feed, change(_text(feed))))

    attacks = {"101 signatures": "L11"}
    checkpoint = "log.checkpoint"
    return [
        *(Row(f"note-{slug(name)}", f"It refuses a note with {name}", "LOG-33 LOG-34",
              refused(changed(change), "log.note", checkpoint), attacks.get(name, "S16" if "key name" in name else ""))
          for name, change in changes.items()),
        Row("note-of-100000-signatures", "It refuses a note with 100,000 signatures, at little cost", "LOG-33 EXC-20",
            refused(changed(lambda raw: raw + "— x.example/w AAAAAAAA\n".encode() * 100_000),
                    "log.note", "peer.too-large"), "L11"),
        Row("note-of-20-megabytes", "It refuses a head of 20 MB, at little cost", "LOG-33 EXC-20",
            refused(changed(lambda raw: b"x" * 20_000_000 + raw), "log.note", "peer.too-large"), "L11"),
        Row("extension-line", "It refuses a checkpoint with a fourth line", "LOG-31",
            refused(text(lambda told: f"{told}extension\n"), checkpoint)),
        Row("root-with-loose-bits", "It refuses a root in another spelling", "LOG-31", refused(text(_loose_root), checkpoint)),
        Row("root-of-31-bytes", "It refuses a root that has not 32 bytes", "LOG-31 LOG-30",
            refused(head(lambda feed: feed.head(root=bytes(31))), checkpoint)),
        Row("other-feed-line", "It refuses the head of another origin, signed by this one's key", "LOG-31 LOG-02",
            refused(text(lambda told: told.replace("/feed/1", ".other.example/feed/1", 1)), checkpoint), "L08"),
        Row("feed-line-in-capitals", "It refuses a feed name in another spelling", "LOG-31 LOG-01",
            refused(text(lambda told: told[0].upper() + told[1:]), checkpoint), "L08"),
        Row("unannounced-feed", "It refuses a head of a feed that the key log does not name", "LOG-31 LOG-02",
            refused(text(lambda told: told.replace("/feed/1", "/feed/2", 1)), checkpoint), "L08"),
    ]  # fmt: skip


def _signature_of(feed: Feed) -> bytes:
    line = feed.head().decode().rpartition(" ")[2]
    return base64.b64decode(line)


def _with_signature(change: Callable[[bytes], bytes]) -> Tell:
    def raw(feed: Feed) -> bytes:
        blob = _signature_of(feed)
        encoded = base64.b64encode(blob[:4] + change(blob[4:])).decode()
        return f"{_text(feed)}\n— {feed.name} {encoded}\n".encode()

    return head(raw)


def _plus_l(signature: bytes) -> bytes:
    return signature[:32] + (int.from_bytes(signature[32:], "little") + L).to_bytes(32, "little")


def _signers() -> list[Row]:
    def stranger(feed: Feed) -> bytes:
        return feed.head(by=feed.identity.key("somebody"))

    def beside(feed: Feed) -> bytes:
        """A line of the known key that does not fit, beside good ones of others."""
        blob = base64.b64encode(_signature_of(feed)[:4] + bytes(64)).decode()
        good = feed.identity.key("witness").note_line("w.example/witness/1", _text(feed))
        return f"{_text(feed)}\n— {feed.name} {blob}\n{good}".encode()

    def renamed(feed: Feed) -> bytes:
        return _signed(feed, _text(feed), "other.example/feed/1")

    def twice(feed: Feed) -> bytes:
        return feed.head() + feed.log.note_line(feed.name, _text(feed)).encode()

    signature = ("log.signature", "log.note")
    return [
        Row("unknown-log-key", "It refuses a head by a key it does not know", "LOG-35",
            refused(head(stranger), "log.unsigned"), "L09"),
        Row("log-key-under-another-name", "It refuses a head whose key has another name", "LOG-35 LOG-31",
            refused(head(renamed), "log.unsigned"), "S16"),
        Row("record-key-signs-head", "It refuses a head signed by the record key", "LOG-35",
            refused(head(lambda feed: feed.head(by=feed.identity.records[0])), "log.unsigned"), "S04"),
        Row("bad-signature-beside-good", "It refuses a note whose known key signed wrongly, whoever else signed", "LOG-35",
            refused(head(beside), *signature), "L10"),
        Row("log-key-signs-twice", "It refuses a note in which one key signs twice", "LOG-35",
            refused(head(twice), *signature), "L10"),
        Row("head-signature-plus-l", "It refuses a signature of a head with S above the group order", "SIG-13 LOG-35",
            refused(_with_signature(_plus_l), *signature), "S01"),
        Row("head-signature-r-identity", "It refuses a signature of a head whose R is the identity", "SIG-13 LOG-35",
            refused(_with_signature(lambda old: b"\x01" + bytes(63)), *signature), "S03"),
        Row("head-signature-of-63-bytes", "It refuses a signature of a head that is cut short", "LOG-35 LOG-34",
            refused(_with_signature(lambda old: old[:63]), *signature)),
    ]  # fmt: skip


def _good() -> list[Row]:
    def more(line: Callable[[Feed], str]) -> Tell:
        return head(lambda feed: feed.head() + line(feed).encode())

    def nothing_new(play: Play) -> None:
        peer = play.followed()
        for _ in range(3):
            assert play.accept(peer)["stored"] == 0, "it stored again what it had"
        play.look_whole(peer, live=peer.feed.live())

    unknown = "— w.example/witness/1 " + base64.b64encode(bytes(76)).decode() + "\n"
    return [
        Row("unknown-signatures", "It ignores lines of keys it does not know", "LOG-35 LOG-72",
            accepted(more(lambda feed: unknown * 99)), "L10", Side.ACCEPT),
        Row("log-name-with-other-key", "It ignores a line under the feed's name by another key", "LOG-35",
            accepted(more(lambda feed: feed.identity.key("x").note_line(feed.name, _text(feed)))), "S16", Side.ACCEPT),
        Row("frozen-head", "It takes an unchanged head for what it is", "LOG-65", nothing_new, "L23", Side.ACCEPT),
    ]  # fmt: skip
