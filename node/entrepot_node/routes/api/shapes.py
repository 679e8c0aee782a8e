"""The answers of the API as types: what the reference describes and what a client may rely on.

Answers with records are not made through these types: the signed bytes are put in as they are. Tests hold both
together.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import BaseModel, Field

_SUBJECT = "https://biomed.example/id/aaaaaaaaaaaaaaaaaaaaaaaaab"
_DIGEST = "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08"

OriginName = Annotated[
    str, Field(description="The permanent name of the node that signed.", examples=["biomed.example"])
]
FeedNameText = Annotated[str, Field(description="The feed it stands in.", examples=["biomed.example/feed/1"])]
Index = Annotated[int, Field(description="Index of the entry in the feed.", ge=0, examples=[7])]
Digest = Annotated[str, Field(description="SHA-256 of the record's bytes, hex.", examples=[_DIGEST])]
SubjectId = Annotated[str, Field(description="Id of the subject.", examples=[_SUBJECT])]
TypeName = Annotated[str, Field(description="Type of the record.", examples=["company"])]
Revision = Annotated[
    int, Field(description="Which version of the subject in its feed, from 1.", ge=0, examples=[2])
]
Code = Annotated[str, Field(description="Reason code; empty where there is none.", examples=[""])]
Pointer = Annotated[str, Field(description="JSON Pointer to what the code is about.", examples=[""])]
Time = Annotated[
    str, Field(description="When, by the clock of the origin.", examples=["2026-11-23T09:30:00Z"])
]
Next = Annotated[str, Field(description="Cursor of the next page; empty on the last.", examples=[""])]
HeldStatus = Annotated[
    Literal["stored", "missing", "refused", "kept", "erased"],
    Field(
        description="What is held of the content: `stored`; `missing`, it could not be fetched yet; `refused`, it "
        "breaks a rule; `kept`, it is of a newer version of the standard; `erased`, it was withdrawn.",
        examples=["stored"],
    ),
]
SIGNED_EXAMPLE: dict[str, Any] = {
    "@context": ["https://www.w3.org/ns/credentials/v2", "https://w3id.org/entrepot/ns/v1"],
    "credentialSubject": {
        "id": _SUBJECT,
        "profile": {
            "id": _SUBJECT,
            "locations": [{"country": "DE"}],
            "name": {"en": "Acme Bio"},
            "status": "active",
            "type": "company",
            "updated": "2026-11-23",
        },
    },
    "id": f"{_SUBJECT}/2",
    "issuer": "did:web:biomed.example",
    "license": "CC-BY-4.0",
    "proof": {"type": "DataIntegrityProof", "cryptosuite": "eddsa-jcs-2022"},
    "revision": 2,
}
Record = Annotated[
    dict[str, Any],
    Field(description="The signed document (shortened in this example).", examples=[SIGNED_EXAMPLE]),
]


class Problem(BaseModel):
    """What went wrong (RFC 9457). Programs act on `code`; people read `detail`."""

    type: str = Field(
        description="URI of the kind of problem; `about:blank` for a plain HTTP error.",
        examples=["https://w3id.org/entrepot/code/http.cursor"],
    )
    title: str = Field(description="The HTTP status in words.", examples=["Bad Request"])
    status: int = Field(description="The HTTP status.", examples=[400])
    code: str = Field(description="Stable reason code, listed in the standard.", examples=["http.cursor"])
    detail: str = Field(
        description="What is wrong, for people.", examples=["this list of this node did not give this cursor"]
    )
    hint: str | None = Field(
        None,
        description="What to do about it, where that can be told.",
        examples=["Use the `next` of an answer of this list as it is, or none to begin at the start."],
    )


class Place(BaseModel):
    """Where a record stands: the feed, the index of its entry, and the digest in that entry."""

    origin: OriginName
    feed: FeedNameText
    index: Index
    digest: Digest


class RecordItem(Place):
    """One live record: where it comes from, and the signed document."""

    record: Record


class RecordPage(BaseModel):
    """A page of records."""

    items: list[RecordItem]
    next: Next


class Version(Place):
    """One version of a subject, without its content."""

    revision: Revision
    status: HeldStatus
    live: bool = Field(description="Whether this is the version that counts.", examples=[True])
    withdrawn: bool = Field(
        description="Whether the subject was withdrawn after this version.", examples=[False]
    )
    code: Code
    pointer: Pointer


class VersionItem(Version):
    """One version of a subject; `record` is there when it was asked for and its content is held."""

    record: Annotated[
        dict[str, Any] | None, Field(description="The signed document.", examples=[SIGNED_EXAMPLE])
    ]


class HistoryPage(BaseModel):
    """A page of versions of one subject, newest first."""

    items: list[VersionItem]
    next: Next


class Change(BaseModel):
    """One effective entry, or a content that came late, in the order of arrival at this node."""

    origin: OriginName
    feed: FeedNameText
    index: Index
    op: Literal["publish", "withdraw", "keys"] = Field(
        description="What the entry does.", examples=["publish"]
    )
    subject: SubjectId
    type: TypeName
    time: Time
    digest: Annotated[
        str | None, Field(description="Digest of the record; null when it withdraws.", examples=[_DIGEST])
    ]
    status: Annotated[
        Literal["stored", "missing", "refused", "kept", "erased"] | None,
        Field(description="What is held of the content by now; null when it withdraws.", examples=["stored"]),
    ]
    resigned: bool = Field(
        description="Whether it says what the version before it said, say because its origin has a new key: only the "
        "signature is new. No change of content, so no news for readers.",
        examples=[False],
    )


class ChangePage(BaseModel):
    """A page of changes. Read on from `next` at any time; it is never empty."""

    items: list[Change]
    next: Annotated[str, Field(description="Cursor to come back with.", examples=["Yy40Mg"])]
    more: bool = Field(description="Whether more is there already.", examples=[False])


class RefusedItem(Place):
    """A live record that breaks a rule: its place and the reason, never its content."""

    subject: SubjectId
    code: Annotated[
        str, Field(description="The rule it breaks, as a reason code.", examples=["schema.required"])
    ]
    pointer: Annotated[str, Field(description="JSON Pointer to the fault.", examples=["/name"])]
    meaning: Annotated[
        str, Field(description="What the code says of a record.", examples=["a field is missing"])
    ]


class RefusedPage(BaseModel):
    """A page of refused records, newest first within a feed."""

    items: list[RefusedItem]
    next: Next
