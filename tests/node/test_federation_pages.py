"""What pages and the API show of the federation: who vouches, who mirrors, where erasures have come, what is stopped."""

from __future__ import annotations

import json
from typing import Any

import pytest

from entrepot_node.pages.federation_view import frozen_logs

from .federation import Federation
from .mirror_nodes import Member, profile_of
from .page_reader import Html
from .test_mirroring import found_member, mirror, origin
from .test_receipts import ask, second

__all__ = ["found_member", "mirror", "origin", "second"]

CHINESE = "?lang=zh-Hans"


def page(member: Member, path: str = "/peers") -> Html:
    """Read it as a browser without scripts would; every table cell has its heading."""
    answer = member.get(path, accept="text/html")
    assert answer.status_code == 200
    read = Html(answer.content)
    assert read.all("script") == []
    for cell in read.all("th"):
        assert cell.get("scope") in ("col", "row")
    return read


def twin(member: Member) -> dict[str, Any]:
    data: dict[str, Any] = member.get("/peers.json").json()
    return data


def own(member: Member) -> dict[str, Any]:
    peer: dict[str, Any] = member.get("/api/v1/peers").json()["items"][0]
    return peer


def test_a_node_without_mirrors_says_so(origin: Member) -> None:
    assert "No mirror of this node is known." in page(origin).text
    assert "No mirror of this node is known." in page(origin, "/").text
    assert "目前没有已知的镜像" in page(origin, "/peers" + CHINESE).text
    assert (twin(origin)["mirrors"], own(origin)["mirrors"], own(origin)["held"]) == ([], [], None)


def test_each_known_mirror_is_named_with_what_it_holds(
    origin: Member, mirror: Member, second: Member
) -> None:
    """FED-35: those that lag behind stand first."""
    ask(origin)
    assert "2 of 2 known mirrors hold our newest head." in page(origin).text
    before = origin.feed.head.size
    origin.publish(8)
    mirror.pull(origin)
    origin.line.silent.add("n.example")
    origin.clock.move(minutes=5)
    ask(origin)

    read = page(origin)
    assert "1 of 2 known mirrors hold our newest head." in read.text
    assert read.text.index("n.example", read.text.index("Mirrors of this node")) < read.text.index(
        "m.example", read.text.index("Mirrors of this node")
    )
    assert f"holds {before} of {before + 1} entries" in read.text
    assert "heard 5 minutes ago" in read.text
    assert "code peer.unreachable" in read.text
    assert "1 of 2 known mirrors hold our newest head." in page(origin, "/").text
    assert f"持有 {before + 1} 条条目中的 {before} 条" in page(origin, "/peers" + CHINESE).text
    assert [(one["origin"], one["newest"]) for one in twin(origin)["mirrors"]] == [
        ("n.example", False), ("m.example", True),
    ]  # fmt: skip
    assert [(one["origin"], one["size"], one["newest"], one["code"]) for one in own(origin)["mirrors"]] == [
        ("m.example", before + 1, True, ""), ("n.example", before, False, "peer.unreachable"),
    ]  # fmt: skip


def test_each_withdrawal_says_where_it_is_gone(origin: Member, mirror: Member, second: Member) -> None:
    """FED-35: of how many known mirrors, the others by name, and that backups are not covered."""
    origin.withdraw(1)
    assert "gone here; no mirror is known; backups not covered" in page(origin).text
    ask(origin)
    mirror.pull(origin)
    origin.clock.move(minutes=5)
    ask(origin)

    read = page(origin)
    assert "gone from 1 of 2 known mirrors; backups not covered" in read.text
    assert "not yet from \u2068n.example\u2069" in read.text or "not yet from n.example" in read.text
    subject = profile_of("a.example", 1)["id"]
    assert f"/record/{subject}" in read.links
    assert "2 个已知镜像中有 1 个已删除；不含备份" in page(origin, "/peers" + CHINESE).text
    (item,) = twin(origin)["withdrawals"]
    assert (item["id"], item["gone"], item["mirrors"], len(item["others"])) == (subject, 1, 2, 1)

    origin.withdraw(2)
    assert read.text.count("gone from") == 1
    assert page(origin).text.count("gone from") == 2


def test_many_withdrawals_are_shown_in_part_with_the_way_to_all(origin: Member) -> None:
    origin.publish(*range(20, 42))
    origin.withdraw(*range(20, 40))
    assert "/api/v1/withdrawals" not in page(origin).links
    origin.withdraw(40)
    read = page(origin)
    assert "/api/v1/withdrawals" in read.links
    assert read.text.count("no mirror is known;") == 20


def test_who_cosigned_our_newest_head_is_named(federation: Federation) -> None:
    """FED-08."""
    one, two, _ = federation
    one.publish("One")
    one.follow(two)
    two.follow(one)
    two.pull(one)
    url = f"{one.url}/peers"
    assert "cosigned by 0 of 1 peers" in Html(federation.get(url, accept="text/html").content).text

    one.push(two)

    text = Html(federation.get(url, accept="text/html").content).text
    assert "cosigned by 1 of 1 peers" in text
    assert "b.example, less than a minute ago" in text
    assert federation.get(f"{one.url}/peers.json").json()["cosigned"] == {"by": 1, "of": 1}


def test_a_mass_withdrawal_says_until_when_it_is_held(origin: Member, mirror: Member) -> None:
    """FED-31: how many, and when the contents are deleted; never which."""
    origin.publish(*range(100, 160))
    mirror.pull(origin)
    origin.withdraw(*range(100, 160))
    mirror.pull(origin)

    text = page(mirror).text
    assert (
        "it withdrew 60 records in a mass: out of view, their contents are deleted by 24 November 2026"
        in text
    )
    assert "其批量撤回了 60 条记录" in page(mirror, "/peers" + CHINESE).text
    peer = mirror.get("/api/v1/peers").json()["items"][1]
    assert peer["held"] == {"subjects": 60, "until": mirror.clock().timestamp() + 24 * 3600}
    assert "withdrew 60 records" in twin(mirror)["items"][0]["held"]

    mirror.store.erase_held(feed_id=mirror.copy_of(origin).id)
    assert "withdrew 60" not in page(mirror).text
    assert mirror.get("/api/v1/peers").json()["items"][1]["held"] is None


def test_the_evidence_of_a_frozen_feed_is_linked(origin: Member, mirror: Member) -> None:
    """FED-14."""
    feed = mirror.copy_of(origin)
    mirror.store.add_evidence(feed.id, b"{}", now=1.0)
    assert mirror.get("/api/v1/peers").json()["items"][1]["evidence"] == []
    mirror.store.set_state(feed.id, "forked", "log.fork", "two heads")

    (path,) = mirror.get("/api/v1/peers").json()["items"][1]["evidence"]
    assert path in page(mirror).links
    assert mirror.get(path).content == b"{}"


def test_evidence_against_our_own_feed_is_shown_with_what_it_means(origin: Member) -> None:
    """FED-14, D08: its operator has to see it before the peers stop following, though the feed still stands."""
    assert "Evidence against this node" not in page(origin).text
    origin.store.add_evidence(origin.feed.id, b"{}", now=1.0)

    read = page(origin)
    (path,) = origin.get("/api/v1/peers").json()["items"][0]["evidence"]
    assert path in read.links
    assert "A peer holds another version of this node's own history" in read.text
    assert "针对本节点的证据" in page(origin, "/peers" + CHINESE).text
    assert twin(origin)["accused"] == [{"feed": "a.example/feed/1", "evidence": path}]
    assert origin.get(path).content == b"{}"


@pytest.mark.parametrize("log", ["<script>alert(1)</script>", "a\x07b", "\u202egpj.exe"])
def test_the_name_of_a_frozen_log_is_only_text(origin: Member, log: str) -> None:
    """FED-72 (A01): its origin line is whatever its operator wrote."""
    origin.store.add_log_evidence(log, b"{}", now=1.0)

    raw = origin.get("/peers", accept="text/html").text
    assert "<script" not in raw
    assert "\x07" not in raw
    assert "Logs that are cosigned no more" in page(origin).text
    assert json.loads(origin.get("/peers.json").content)["frozen"][0]["evidence"].startswith("/evidence/")
    assert frozen_logs([(log, "0" * 64)])[0].evidence == "0" * 64
