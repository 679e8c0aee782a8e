"""The ten checks of a node, read-only. Each raises AssertionError with what is wrong, or returns; a static copy skips what it has not.

A check that fails while the node grew under it is repeated on a new head, a few times; see `_fair`.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from functools import wraps

from . import paths
from .node_under_test import FEED, NodeUnderTest
from .offline_proof import inclusion_proof_from_tiles
from .reader import merkle, tiles
from .reader.contents import check_delta_range, check_keys, decode_delta, encode_contents
from .reader.entries import Entry, digest_of
from .reader.key_state import did_web_twin
from .reader.rule_error import RuleError
from .reader.strict_json import parse_object
from .suite.outcome import Skipped

Check = Callable[[NodeUnderTest], None]
MAX_ATTEMPTS = 8
MAX_SAMPLES = 100
_OTHER_DICTIONARY = ":pZGm1Av0IEBKARczz7exkNYsZb8LzaMrV7J32a2fFG4=:"


def _fair(check: Check) -> Check:
    """Turn broken rules into assertions, and repeat a check that failed while the node grew."""

    @wraps(check)
    def fair(node: NodeUnderTest) -> None:
        for attempt in range(MAX_ATTEMPTS):
            try:
                check(node)
            except (AssertionError, RuleError, ValueError) as error:
                last = attempt == MAX_ATTEMPTS - 1
                if last or not _grew(node):
                    raise AssertionError(str(error)) from error
                node.forget()
            else:
                return

    return fair


def _grew(node: NodeUnderTest) -> bool:
    try:
        return node.has_grown()
    except (AssertionError, RuleError):
        return False


@_fair
def check_node_document(node: NodeUnderTest) -> None:
    """EXC-08, EXC-32, EXC-96, EXC-99: the node document is signed by the newest record key and names the live feed."""
    profile = node.verify_node_document()
    _check_media_type(node)
    feed = node.log_key.name
    assert profile.get("feed") == feed, (
        f"the node document names {profile.get('feed')!r}, the key log {feed!r}"
    )
    for name in ("baseUrls", "specVersions", "capabilities", "license", "takedown"):
        assert name in profile, f"the node document does not name {name}"
    if node.is_static:
        here = {"witness", "mirror"} & set(profile)
        assert not here, f"the node document of a static copy names {sorted(here)}"
    else:
        named = profile["capabilities"]
        assert isinstance(named, list), "capabilities are no list"
        assert "delta" in named, "a running node does not name the capability delta"


def _check_media_type(node: NodeUnderTest) -> None:
    """A static host may know media types from file endings alone; the document then has to stand there too, as a .json."""
    answer = node.node_document_answer
    if node.is_static and answer.media_type != "application/json":
        answer = node.get(f"{answer.path}.json")
        assert answer.body == node.node_document, f"{answer.path} is another node document"
    assert answer.media_type == "application/json", f"{answer.path} comes as {answer.media_type!r}"


@_fair
def check_key_log(node: NodeUnderTest) -> None:
    """SIG-40 to SIG-48: the key log is valid from its first line, and did.json is the twin of its last."""
    last = node.key_lines[-1]
    copy = node.get("/.well-known/did.jsonl").body
    assert copy == node.key_log, "/.well-known/did.jsonl differs from keys.jsonl"
    scid = node.key_lines[0].fields["parameters"]["scid"]
    wanted = did_web_twin(last.fields["state"], scid, node.origin)
    found = parse_object(node.get("/.well-known/did.json").body)
    for name in ("id", "verificationMethod", "assertionMethod"):
        assert found.get(name) == wanted[name], f"{name} of did.json is not that of the key log"
    did_webvh = f"did:webvh:{scid}:{node.origin}"
    also = found.get("alsoKnownAs")
    assert isinstance(also, list), "did.json has no alsoKnownAs"
    assert did_webvh in also, f"did.json does not name {did_webvh}"
    assert _services(found) == _services(wanted), "the services of did.json are not those of the key log"


def _services(document: dict[str, object]) -> dict[str, object]:
    """Return feeds with their keys, and the types of the implicit services, by fragment."""
    services = document.get("service")
    assert isinstance(services, list), "no services"
    endpoints = {}
    for service in services:
        assert isinstance(service, dict), "a service is not an object"
        fragment = str(service.get("id")).removeprefix(str(document["id"]))
        is_feed = service.get("type") == "EntrepotFeed"
        endpoints[fragment] = service.get("serviceEndpoint") if is_feed else service.get("type")
    return endpoints


@_fair
def check_checkpoint(node: NodeUnderTest) -> None:
    """LOG-31 to LOG-36: the checkpoint is well-formed and signed by the log key that the key log names."""
    head = node.head
    assert head.feed == node.log_key.name
    assert head.feed.startswith(f"{node.origin}/feed/"), f"{head.feed} is no feed of {node.origin}"


@_fair
def check_entries(node: NodeUnderTest) -> None:
    """LOG-30, LOG-42, LOG-62: all bundles are there, and the root recomputed from them is the signed one."""
    assert len(node.entries) == node.size
    root = merkle.root([merkle.leaf_hash(entry) for entry in node.entries])
    assert root == node.head.root, (
        f"the entries yield the root {root.hex()}, signed is {node.head.root.hex()}"
    )


@_fair
def check_tiles(node: NodeUnderTest) -> None:
    """LOG-40, LOG-41, EXC-05: every tile of every level is there and fits the entries, and no other is."""
    leaves = [merkle.leaf_hash(entry) for entry in node.entries]
    for level, index, width in tiles.implied_tiles(node.size):
        found = node.tile(level, index, width)
        path = tiles.tile_path(level, index, width)
        assert found == tiles.tile_bytes(leaves, level, index, width), f"{path} does not fit the entries"
    for path in paths.tiles_beyond(node.size):
        _assert_status(node, f"{FEED}/{path}", 404)


@_fair
def check_effects(node: NodeUnderTest) -> None:
    """LOG-10 to LOG-19, LOG-23, LOG-25: every entry has its effect, and `keys` commit to the key log."""
    state = node.state
    assert not state.inert, f"inert entries (index, code): {state.inert[:10]}"
    assert state.size == node.size, f"the entry at {state.size} stops the feed: log.needs-newer-software"
    verdict = check_keys(state, [line.raw for line in node.key_lines])
    assert verdict == "believed", "the key log lacks a line that the feed commits to"


@_fair
def check_contents(node: NodeUnderTest) -> None:
    """LOG-21, LOG-24, LOG-50, EXC-04, SIG-20 to SIG-28: each live record is there and verifies; no two have one nonce."""
    nonces: set[object] = set()
    for entry in node.state.live():
        record = node.contents.get(entry.digest or b"")
        assert record is not None, f"{_place(entry)} is in no contents/<N>"
        try:
            node.verify_live_record(entry, record)
        except RuleError as error:
            raise AssertionError(f"{_place(entry)}: {error}") from error
        nonce = json.loads(record).get("nonce")  # a kept record of a newer schema may have none
        assert nonce is None or nonce not in nonces, f"{_place(entry)}: its nonce was used before"
        nonces.add(nonce)
    for index, _ in enumerate(tiles.implied_bundles(node.size)):
        start = index * tiles.WIDTH
        wanted = encode_contents(node.state.live(), node.contents, start, start + tiles.WIDTH)
        found = node.get(f"{FEED}/contents/{index}").body
        assert found == wanted, f"contents/{index} is not the live contents of bundle {index} in order"


@_fair
def check_absent(node: NodeUnderTest) -> None:
    """EXC-02, LOG-43, LOG-51: withdrawn contents are gone, unknown ones absent, odd paths answered 404."""
    assert node.get(f"{FEED}/addenda.v1").body == b"", "addenda.v1 is not empty"
    withdrawn = node.state.withdrawn()
    gone = (404, 410) if node.is_static else (410,)
    for entry in withdrawn[:MAX_SAMPLES] + withdrawn[MAX_SAMPLES:][-MAX_SAMPLES:]:
        answer = node.content(entry.digest or b"")
        assert answer.status in gone, f"withdrawn {_place(entry)}: {answer.status} where 410 was due"
    digests = {(e.digest or b"").hex() for e in withdrawn}
    for index, _ in enumerate(tiles.implied_bundles(node.size)):
        lines = node.get(f"{FEED}/contents/{index}").body.split(b"\n")
        again = digests & {digest_of(line).hex() for line in lines}
        assert not again, f"contents/{index} holds withdrawn contents: {sorted(again)[:3]}"
    unknown = hashlib.sha256(b"nobody ever published this").digest()
    assert node.content(unknown).status == 404, "a content nobody had is not answered 404"
    live = next(((e.digest or b"").hex() for e in node.state.live()), None)
    for path in paths.odd_paths(node.size, live):
        if node.is_static and paths.is_folder(path):
            continue
        _assert_status(node, path, 404)


@_fair
def check_delta(node: NodeUnderTest) -> None:
    """LOG-53, EXC-02, EXC-06, EXC-07, EXC-10: a delta is entries and live contents, packed for who can read it; its bounds are kept."""
    if node.is_static:
        for start, end in paths.good_deltas(node.size):
            _assert_status(node, f"{FEED}/delta?from={start}&to={end}", 404)
        raise Skipped("a static copy, by its node document: it has no delta (EXC-99)")
    for start, end in paths.good_deltas(node.size):
        raw = node.get(f"{FEED}/delta?from={start}&to={end}").body
        entries, rest = decode_delta(raw, end - start)
        assert entries == node.entries[start:end], f"delta {start} to {end}: other entries than the bundles"
        wanted = encode_contents(node.state.live(), node.contents, start, end)
        assert rest == wanted, f"delta {start} to {end}: not the live contents of its entries in order"
        _check_dictionary(node, f"{FEED}/delta?from={start}&to={end}", raw)
    for query in paths.odd_deltas(node.size):
        try:
            check_delta_range(query, node.size)
        except RuleError as error:
            _assert_status(node, f"{FEED}/delta?{query}", int(error.code))


def _check_dictionary(node: NodeUnderTest, path: str, raw: bytes) -> None:
    """EXC-07, EXC-10: nothing is packed with a dictionary for who has none, or another."""
    for named in ({}, {"available_dictionary": _OTHER_DICTIONARY}):
        answer = node.http.get(path, accept_encoding="dcz", **named)
        assert (answer.encoding, answer.body) == ("identity", raw), (
            f"GET {path}: came as {answer.encoding!r}, which the request has no dictionary for"
        )


@_fair
def check_offline_proof(node: NodeUnderTest) -> None:
    """EXC-01, EXC-03, EXC-07, LOG-30: one record proves itself offline; answers are cached as promised."""
    live = node.state.live()
    if live:
        entry = live[-1]
        answer = node.content(entry.digest or b"")
        assert answer.status == 200, f"{_place(entry)}: {answer.status} where 200 was due"
        assert digest_of(answer.body) == entry.digest, (
            f"{_place(entry)}: other bytes than the entry commits to"
        )
        node.verify_live_record(entry, answer.body)
    if node.size:
        index = live[-1].index if live else node.size - 1
        proof = inclusion_proof_from_tiles(node.tile, index, node.size)
        leaf = merkle.leaf_hash(node.entries[index])
        merkle.verify_inclusion(index, node.size, leaf, proof, node.head.root)
    newest = live[-1].digest if live else None
    for path, kind in paths.cached_paths(node.size, newest, deltas=not node.is_static):
        paths.check_caching(node, path, kind)


def _assert_status(node: NodeUnderTest, path: str, status: int) -> None:
    found = node.http.get(path).status
    assert found == status, f"GET {path}: {found} where {status} was due"


def _place(entry: Entry) -> str:
    return f"{entry.op} at index {entry.index} ({entry.subject})"


CHECKS: tuple[Check, ...] = (
    check_node_document,
    check_key_log,
    check_checkpoint,
    check_entries,
    check_tiles,
    check_effects,
    check_contents,
    check_absent,
    check_delta,
    check_offline_proof,
)
