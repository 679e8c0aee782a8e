"""Proofs by the client, against a real node: what it verifies, counts and refuses."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from entrepot_client import AsyncClient, Client
from entrepot_node.commands.verify_proof import verify_proof
from entrepot_node.storage.vouching import HeadCosignature
from entrepot_schema.errors import EntrepotError, Misuse
from entrepot_schema.keys import SigningKey
from entrepot_sync import note
from entrepot_sync.cosignature import CosignerKey, cosign

WITNESS = SigningKey.from_seed(b"\x2a" * 32)
COSIGNER = CosignerKey("lifepark.example/witness/1", WITNESS.public)
TIME = 1_795_426_200


def cosign_head(node: Any, time: int = TIME) -> None:
    """What a push has brought back."""
    feed = node.store.feed("biomed.example/feed/1")
    line = cosign(note.split(feed.head.note).text, COSIGNER.name, WITNESS, time=time)
    node.store.put_cosignature(feed.id, HeadCosignature(COSIGNER.name, feed.head.size, str(line), time))


class Wire(httpx.BaseTransport):
    """The real wire, but for what `edit` makes of the body of a proof."""

    def __init__(self, edit: Callable[[bytes], bytes]) -> None:
        self._edit = edit
        self._inner = httpx.HTTPTransport()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        request.headers["accept-encoding"] = "identity"
        response = self._inner.handle_request(request)
        if not request.url.path.endswith("/proof"):
            return response
        return httpx.Response(response.status_code, stream=httpx.ByteStream(self._edit(response.read())))

    def close(self) -> None:
        self._inner.close()


def test_a_proof_is_verified_and_can_be_handed_on(node: Any, make: Any, tmp_path: Path) -> None:
    """LOG-84, LOG-85: also by `entrepot verify`, with nothing but the pinned key log."""
    receipts = node.publish(make("Acme"), make("Bios"))
    cosign_head(node)

    with Client(node.url, pins=node.pins) as client:
        proof = client.proof(receipts[1].subject, witnesses=[str(COSIGNER)])
        plain = client.proof(receipts[1].subject)

    assert (proof.feed, proof.index, proof.size) == ("biomed.example/feed/1", 2, 3)
    assert proof.document["credentialSubject"]["profile"]["name"] == {"en": "Bios"}
    assert (proof.witnesses, plain.witnesses) == ({COSIGNER.name: TIME}, {})
    (tmp_path / "keys.jsonl").write_bytes(node.store.feed(proof.feed).key_log.to_bytes())
    verdict = verify_proof(proof.raw, tmp_path, tmp_path / "keys.jsonl", [str(COSIGNER)], now=TIME)
    assert any("lifepark.example" in sentence for sentence in verdict.shown)


def test_l28_a_witness_that_dates_in_the_future_is_not_counted(node: Any, make: Any) -> None:
    """LOG-85: nobody has vouched yet at a time to come."""
    subject = node.publish(make("Acme"))[0].subject
    cosign_head(node, 2**40)

    with Client(node.url, pins=node.pins) as client:
        assert client.proof(subject, witnesses=[str(COSIGNER)]).witnesses == {}


def test_the_asynchronous_client_does_the_same(node: Any, make: Any) -> None:
    subject = node.publish(make("Acme"))[0].subject

    async def fetch() -> bytes:
        async with AsyncClient(node.url, pins=node.pins) as client:
            return (await client.proof(subject)).raw

    with Client(node.url, pins=node.pins) as client:
        assert asyncio.run(fetch()) == client.proof(subject).raw


@pytest.mark.parametrize(
    ("edit", "code"),
    [
        (lambda raw: raw.replace(b"index 1\n", b"index 0\n"), "log.proof"),
        (lambda raw: raw + b"x", "log.note"),
        (lambda raw: raw[:-20] + b"A" * 18 + raw[-2:], "log.signature"),
        (lambda _: b"no proof", "log.proof-file"),
    ],
)
def test_a_proof_that_was_changed_is_refused_whatever_is_made_of_records(
    node: Any, make: Any, edit: Callable[[bytes], bytes], code: str
) -> None:
    """LOG-82, LOG-84."""
    subject = node.publish(make("Acme"))[0].subject

    with (
        Client(node.url, pins=node.pins, unverified="mark", transport=Wire(edit)) as client,
        pytest.raises(EntrepotError) as refused,
    ):
        client.proof(subject)

    assert refused.value.code == code


def test_the_proof_of_another_record_is_refused(node: Any, make: Any) -> None:
    """L26: it is valid, and not what was asked for."""
    one, two = node.publish(make("Acme"), make("Bios"))
    with Client(node.url, pins=node.pins) as client:
        other = client.proof(two.subject).raw

    with (
        Client(node.url, pins=node.pins, transport=Wire(lambda _: other)) as client,
        pytest.raises(EntrepotError) as refused,
    ):
        client.proof(one.subject)

    assert refused.value.code == "client.answer"


def test_nothing_is_proven_without_a_pin_a_record_or_a_key(node: Any, make: Any) -> None:
    """Each with its code; without a pin nothing is fetched."""
    subject = node.publish(make("Acme"))[0].subject
    with Client(node.url) as client, pytest.raises(Misuse) as unpinned:
        client.proof(subject)
    with Client(node.url, pins=node.pins) as client:
        with pytest.raises(Misuse) as no_key:
            client.proof(subject, witnesses=["lifepark.example"])
        node.withdraw(subject)
        with pytest.raises(Misuse) as withdrawn:
            client.proof(subject)

    codes = [raised.value.code for raised in (unpinned, no_key, withdrawn)]
    assert codes == ["client.unpinned", "client.witness", "record.withdrawn"]
