"""Key logs resolve with `didwebvh-ts`, an implementation of did:webvh 1.0 by others (SIG-40 to SIG-48)."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from entrepot_schema.errors import Refused
from entrepot_schema.key_log import KeyLog, parse_key_log
from entrepot_schema.key_state import did_web_document

from .conftest import ORIGIN, Figures, FoundedNode, Judge
from .key_logs import THIEF, rotated, with_forged_line

VECTORS = Path(__file__).resolve().parents[2] / "conformance_tests" / "vectors" / "key-logs"
STATED = ("@context", "alsoKnownAs", "assertionMethod", "id", "verificationMethod")  # resolvers add services


def with_whole_ids(document: dict[str, Any]) -> dict[str, Any]:
    """Write `#feed-1` as `<document id>#feed-1`: in a DID document both are the same id (DID Core §3.2.2)."""
    services = [
        {**service, "id": document["id"] + service["id"] if service["id"].startswith("#") else service["id"]}
        for service in document["service"]
    ]
    return {**document, "service": services}


@pytest.fixture(params=["genesis", "rotation with card A"])
def key_log(request: pytest.FixtureRequest, node: FoundedNode) -> KeyLog:
    return node.key_log if request.param == "genesis" else rotated(node)


def test_the_key_log_resolves_to_the_state_we_read(judge: Judge, key_log: KeyLog, figures: Figures) -> None:
    (answer,) = judge({"keyLogs": [key_log.to_bytes().decode()]})

    assert answer.get("did") == f"did:webvh:{key_log.scid}:{ORIGIN}", answer
    assert answer["versionId"].startswith(f"{len(key_log.lines)}-")
    assert {name: answer["document"][name] for name in STATED} == {
        name: key_log.latest.document[name] for name in STATED
    }
    assert answer["prerotation"] is True
    figures.add("key log resolved by a foreign resolver")


def test_the_did_web_twin_is_the_one_that_did_webvh_prescribes(judge: Judge, key_log: KeyLog) -> None:
    """Parallel did:web (did:webvh 1.0): ids replaced, both implicit services written out, the did:webvh named."""
    (answer,) = judge({"keyLogs": [key_log.to_bytes().decode()]})

    assert with_whole_ids(answer["parallel"]) == did_web_document(key_log.latest)


@pytest.mark.parametrize(
    "names_card", [False, True], ids=["thief's key named", "public half of card A named too"]
)
def test_a_forged_line_is_refused(
    judge: Judge, node: FoundedNode, figures: Figures, names_card: bool
) -> None:
    named = [node.card_a.public.multikey] if names_card else [THIEF.public.multikey]
    forged = with_forged_line(node, named=named, signer=THIEF)

    (answer,) = judge({"keyLogs": [forged.decode()]})

    assert "refused" in answer
    with pytest.raises(Refused):
        parse_key_log(forged)
    figures.add("forged key log refused by a foreign resolver")


def test_a_line_changed_after_signing_is_refused(judge: Judge, node: FoundedNode) -> None:
    text = rotated(node).to_bytes().decode()
    first, second, _ = text.split("\n")

    answers = judge({"keyLogs": [f"{first}\n{second.replace('09:00:00Z', '09:00:01Z')}\n", f"{second}\n"]})

    assert all("refused" in answer for answer in answers)


@pytest.mark.parametrize("path", sorted(VECTORS.glob("valid-*.jsonl")), ids=lambda path: str(path.stem))
def test_the_published_vectors_resolve(judge: Judge, path: Path, figures: Figures) -> None:
    (answer,) = judge({"keyLogs": [path.read_text(encoding="utf-8")]})

    assert "refused" not in answer
    figures.add("key log resolved by a foreign resolver")


@pytest.mark.parametrize("path", sorted(VECTORS.glob("forged-*.jsonl")), ids=lambda path: str(path.stem))
def test_the_published_forgeries_are_refused(judge: Judge, path: Path, figures: Figures) -> None:
    (answer,) = judge({"keyLogs": [path.read_text(encoding="utf-8")]})

    assert "refused" in answer
    figures.add("forged key log refused by a foreign resolver")
