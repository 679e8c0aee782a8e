"""did:web and did:webvh identifiers and the URLs of their documents."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from entrepot_schema.did_url import did_url
from entrepot_schema.errors import Refused
from entrepot_schema.key_log import multihash

ROWS = json.loads(
    (Path(__file__).parent / "vectors" / "did-and-multikey" / "did-to-url.json").read_text("utf-8")
)
SCID = multihash(b"line 1")
KEPT = [row for row in ROWS["resolve"] if "strict profile rejects" not in row["source"]]
REFUSED = [row["did"] for row in ROWS["resolve"] if row not in KEPT]
REFUSED += [row["did"] for row in ROWS["strict_profile_rejects"]]


def code_of(did: str) -> str:
    with pytest.raises(Refused) as refusal:
        did_url(did)
    return refusal.value.code


@pytest.mark.parametrize("row", KEPT, ids=lambda row: str(row["did"]))
def test_published_did_web_identifiers(row: dict[str, str]) -> None:
    """did:web: `.well-known` without a path, else the path; a port as %3A."""
    assert did_url(row["did"]) == row["url"]


@pytest.mark.parametrize("row", ROWS["webvh"], ids=lambda row: str(row["did"]))
def test_published_did_webvh_identifiers(row: dict[str, str]) -> None:
    """did:webvh: the same place, but the key log."""
    assert did_url(row["did"].replace("{SCID}", SCID)) == row["url"]


@pytest.mark.parametrize("did", REFUSED)
def test_identifiers_that_a_strict_reader_refuses(did: str) -> None:
    assert len(REFUSED) == 19
    assert code_of(did) == "key.did"


@pytest.mark.parametrize(
    "did",
    ["", "did", "did:", "did:web", "web:biomed.example", "did:key:z6Mk", "did:webs:biomed.example", "did:web:localhost",
     "did:web:biomed.example\n", "did:web: biomed.example", "did:web:biomed.example:a b", "did:web:biomed.example:.",
     "did:web:biomed.example::a", "did:web:biomed.example:a:", "did:web:biomed.example:%2e%2e", "did:web:biomed.example:é",
     "did:web:biomed.example:a/b", "did:web:biomed.example/a", "did:web:biomed.example%3A", "did:web:biomed.example%3A080",
     "did:web:biomed.example%3A80%3A80", "did:web:biomed.example%3A+80", "did:web:biomed.example%3A８０",
     "did:web:biomed.example%3A65536", "did:web:%3A80", "did:webvh:biomed.example", "did:webvh::biomed.example",
     f"did:webvh:{SCID}", f"did:webvh:{SCID}:", f"did:webvh:{SCID[:-1]}:biomed.example", f"did:webvh:{SCID}:192.0.2.7",
     "did:webvh:{SCID}:biomed.example", f"did:webvh:{SCID}:biomed.example:123"],
)  # fmt: skip
def test_other_identifiers_that_name_no_place(did: str) -> None:
    assert code_of(did) == "key.did"


def test_the_largest_port() -> None:
    assert did_url("did:web:biomed.example%3A65535") == "https://biomed.example:65535/.well-known/did.json"


@given(
    st.text(),
    st.sampled_from(["", "did:web:", "did:web:biomed.example", f"did:webvh:{SCID}:biomed.example:"]),
)
def test_any_text_gives_an_https_url_or_is_refused(text: str, start: str) -> None:
    try:
        url = did_url(start + text)
    except Refused as refused:
        assert refused.code == "key.did"
    else:
        assert url.startswith("https://")
        assert url.isascii()
        assert not set(url) & set(" \n\\@?#%")
