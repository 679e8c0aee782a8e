"""The federation of the demo, with what pages must also bear: versions, a withdrawal, hostile records, a refused one."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx

from entrepot_node.commands.node import Node, open_node
from entrepot_node.demo import Demo
from entrepot_node.orders import Publication
from entrepot_node.storage.receipts import ReceiptRow
from entrepot_sync.chunk import ChunkBuilder
from entrepot_sync.content_check import by_digest

from ..node.page_reader import put, stored  # noqa: TID252  tests are no package with a name

_HOME, _PEER = "biomed", "lifepark"
_LONG = "Unaussprechlichkeitsbewältigungsgesellschaft" * 20


@dataclass(frozen=True, slots=True)
class Site:
    """A running node: its address, and the paths of its pages by what they show."""

    url: str
    pages: dict[str, str]
    expected: dict[str, int]

    def status_of(self, name: str) -> int:
        """What a page is answered with."""
        return self.expected.get(name, 200)


@contextmanager
def running_federation(folder: Path) -> Iterator[Site]:
    """Three real nodes that hold each other's records; the first one is looked at."""
    demo = Demo(folder, port=0)
    demo.found(lambda _text: None)
    with demo.servers():
        demo.exchange()
        with open_node(folder / _HOME) as node:
            subjects = _publish(
                node
            )  # while peers answer: alone a node signs nothing that others could contradict
    with open_node(folder / _HOME) as node, open_node(folder / _PEER) as peer:
        subjects |= {name: put(node, profile, stored) for name, profile in _hostile(node).items()}
        subjects["refused"] = _refuse(node, peer)
        subjects["hidden"] = _hide(node)
        _furnish_peers(node)
        url = node.settings.base_url
    with demo.servers():
        yield Site(
            url, _pages(url, subjects), {"withdrawn": 410, "unknown": 404, "hidden": 404, "wrong": 400}
        )


def _refuse(node: Node, peer: Node) -> str:
    """Let a peer publish what breaks a rule, and the node take it as it takes everything of a peer."""
    subject = put(peer, _company(peer, "k", name={"en": "Refused"}, website="javascript:alert(1)"), stored)
    copy, source = node.store.feed(peer.feed.name), peer.feed
    assert copy is not None
    builder = ChunkBuilder(node.store, copy)
    builder.decide(peer.store.entries(source.id, copy.size, source.size))
    contents = by_digest(peer.store.contents(source.id, copy.size, source.size))
    node.store.append(copy.id, builder.build(contents, source.head))
    return subject


def _hide(node: Node) -> str:
    """Hide a record of a peer; return its subject."""
    found = node.store.live_records(after=(-1, -1), limit=1_000, type="company")
    subject = next(row.subject for _, row in found if row.origin != node.settings.origin)
    node.store.hide(subject, "", now=0.0)
    return subject


def _furnish_peers(node: Node) -> None:
    """Let two mirrors be known, one that lags behind, evidence against the node, and a forked log with a name of markup."""
    size = node.feed.head.size
    for origin, held, code in (("near.example", size, ""), (f"{'far' * 20}.example", 1, "peer.unreachable")):
        node.store.put_receipt(ReceiptRow(origin, node.feed.name, held, 1, 1.0, 2.0, 2.0**40, size, 0, code))
    node.store.add_log_evidence('"><script>alert(1)</script>' + "x" * 200, b"{}", now=1.0)
    node.store.add_evidence(node.feed.id, b'{"of": "this node"}', now=2.0)


def _publish(node: Node) -> dict[str, str]:
    """Publish a second version and a withdrawal; return their subjects."""
    gone = _company(node, "g", name={"en": "Gone"})
    cluster = next(
        json.loads(version.raw)["credentialSubject"]["profile"]
        for _, version in node.store.live_records(after=(-1, -1), limit=100, type="cluster")
        if version.origin == node.settings.origin and version.raw
    )
    newer = {**cluster, "sectors": ["biopharma", "ai"], "website": "https://newer.example/"}
    with node.publisher() as publisher:
        publisher.publish([Publication(gone, "CC0-1.0"), Publication(newer, "CC0-1.0")])
        publisher.withdraw([gone["id"]])
    return {"withdrawn": gone["id"], "cluster": cluster["id"]}


def _hostile(node: Node) -> dict[str, dict[str, Any]]:
    attack = "\"'><script>alert(1)</script><img src=x onerror=alert(1)>"
    tags = [f"q{one}{two}" for one in "abcdefghijkl" for two in "abcdefghijklmnopqrstuvwxy"]
    bidi = "safe\u202egnp.exe\u202e \u0e01" + "\u0e49" * 60
    return {
        "markup": _company(
            node, "m", name={"en": attack, "ar": "شركة \u2067الاختبار"}, summary={"en": attack},
            website="javascript:alert(1)", ext={"x": {attack: attack}},
        ),
        "long": _company(node, "l", name={"de": _LONG}, summary={"de": f"{_LONG} " * 4}, sectors=["x-" + "y" * 58]),
        "languages": _company(node, "n", name=dict.fromkeys(tags, "N" * 20)),
        "bidi": _company(node, "b", name={"he": bidi, "en": bidi}, locations=[{"country": "IL", "locality": {"he": bidi}}]),
    }  # fmt: skip


def _company(node: Node, letter: str, **members: Any) -> dict[str, Any]:
    return {
        "id": f"https://{node.settings.origin}/id/{letter * 26}",
        "type": "company",
        "locations": [{"country": "DE"}],
        "status": "active",
        "updated": "2024-01-31",
        **members,
    }


def _pages(url: str, subjects: dict[str, str]) -> dict[str, str]:
    records = {name: f"/record/{subject}" for name, subject in subjects.items()}
    for record_type in ("company", "institution", "relation", "opportunity"):
        found = httpx.get(f"{url}/search.json", params={"type": record_type}, trust_env=False).json()["items"]
        records[record_type] = f"/record/{found[0]['id']}"
    return {
        "home": "/",
        "directory": "/search",
        "filtered": "/search?q=bio&type=company&country=CN&country=DE&sort=name",
        "all-countries": "/search?all=country",
        "nothing": "/search?q=bio&type=institution&sector=ai",
        "peers": "/peers",
        "refused-list": "/refused",
        "history": records["cluster"] + "/history",
        "version": records["cluster"] + "?revision=1",
        "german": records["cluster"] + "?content=de",
        "unknown": "/record/https://biomed.example/id/" + "z" * 26,
        "wrong": "/search?sort=x",
        **records,
    }
