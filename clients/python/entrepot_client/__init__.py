"""Read an Entrepot node from Python: typed, polite, and every record verified with pinned keys.

    from entrepot_client import Client, Pins

    with Client("https://biomed.example", pins=Pins({"biomed.example": "QmS3Ui…"})) as client:
        for record in client.search("antibody", country=["DE", "CN"]):
            print(record.profile["name"], record.id)

`AsyncClient` has the same methods. Errors are those of `entrepot_schema.errors`, each with a stable code.
"""

from entrepot_client._async.client import AsyncClient
from entrepot_client._sync.client import Client
from entrepot_client.answers import (
    ChangeAnswer,
    ChangedField,
    FacetCount,
    PublishedAnswer,
    ReceiptAnswer,
    VersionAnswer,
)
from entrepot_client.manners import Manners
from entrepot_client.pins import Pins
from entrepot_client.problem import PublishRejected
from entrepot_client.proof import ServedProof
from entrepot_client.verification import ServedRecord

__all__ = [
    "AsyncClient",
    "ChangeAnswer",
    "ChangedField",
    "Client",
    "FacetCount",
    "Manners",
    "Pins",
    "PublishRejected",
    "PublishedAnswer",
    "ReceiptAnswer",
    "ServedProof",
    "ServedRecord",
    "VersionAnswer",
]
